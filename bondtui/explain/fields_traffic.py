"""Fields of what an interface carries: rates, shares, errors, drops, counters."""

from __future__ import annotations

from bondtui.explain.entry import COUNTERS, FIELD, RST, STATISTICS, Entry

_KINDS = (
    *("rx_length", "rx_over", "rx_crc", "rx_frame", "rx_fifo", "rx_missed"),
    *("tx_aborted", "tx_carrier", "tx_fifo", "tx_heartbeat", "tx_window", "collisions"),
)
_STATS = "include/uapi/linux/if_link.h, struct rtnl_link_stats64"

ENTRIES = (
    Entry(
        FIELD,
        "rx b/s",
        ("tx b/s", "rx", "tx", "rate"),
        "Bits per second, received and sent",
        means="Over the last beat. Of the bond: its own counter, never a sum. '-': no two samples yet, or a counter was reset.",
        see=(COUNTERS,),
        source=_STATS,
    ),
    Entry(
        FIELD,
        "rx%",
        ("tx%", "share"),
        "A slave's part of what all slaves of the bond carry",
        means="One slave near 100 % is normal in active-backup and with one big flow; otherwise see BT049 and BT050.",
        see=(COUNTERS,),
        source=f"{RST} 12",
    ),
    Entry(
        FIELD,
        "err/s",
        ("errors", "rx_errors", "tx_errors", *_KINDS, *(f"{kind}_errors" for kind in _KINDS)),
        "Errors per second; in JSON all since the interface was made",
        means="Frames damaged on the wire or not sent. Any steady rate is a fault (BT062): crc, frame, tx_carrier of cable or"
        " optic; missed, over, fifo of a host that does not keep up.",
        see=(COUNTERS, STATISTICS),
        source=_STATS,
    ),
    Entry(
        FIELD,
        "drop/s",
        ("drops", "rx_dropped", "tx_dropped", "rx_nohandler"),
        "Drops per second; in JSON all since the interface was made",
        means="Frames that arrived whole and were thrown away. On a backup slave this is benign and by design (BT063).",
        see=(COUNTERS,),
        source=f"{_STATS}; {RST} 13.2",
    ),
    Entry(
        FIELD,
        "counters",
        ("rx_bytes", "rx_packets", "tx_bytes", "tx_packets"),
        "Bytes and packets since the interface was made",
        means="Of the bond: what its slaves carried while they were in it. Add up either bonds or slaves, never both.",
        see=(COUNTERS,),
        source=_STATS,
    ),
    Entry(
        FIELD,
        "graph",
        (),
        "The rate over time",
        means="One sample per cell, the newest right. All graphs share one ceiling and begin at zero. A gap is a missing sample.",
        see=(COUNTERS,),
    ),
)
"""What an interface carries."""
