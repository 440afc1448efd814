"""Speed and duplex by ioctl, through psutil, for the interfaces of which sysfs will not speak."""

from __future__ import annotations


def link_settings() -> dict[str, tuple[int | None, str | None]]:
    """Speed in Mb/s and duplex of every interface by name (SIOCETHTOOL); slow where there are many."""
    import psutil  # noqa: PLC0415 - 25 ms that most runs never need

    try:
        found = psutil.net_if_stats()
    except (OSError, UnicodeError):
        return {}
    words = ((psutil.NIC_DUPLEX_FULL, "full"), (psutil.NIC_DUPLEX_HALF, "half"))
    return {
        name: (stats.speed or None, next((word for known, word in words if stats.duplex == known), None))
        for name, stats in found.items()
    }
