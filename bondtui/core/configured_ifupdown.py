"""What /etc/network/interfaces says of bonds: interfaces(5), README.Debian of ifenslave, ifupdown2-addons-interfaces(5).

A key may have underscores for hyphens. What ifenslave ignores, such as ``bond-min-links``, counts as said.
"""

from __future__ import annotations

from bondtui.core.configured_words import Options, is_name, names, unique
from bondtui.model.around import Configured
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MANAGER = "ifupdown"
START = "/etc/network/interfaces"
_KEYWORDS = (
    "auto",
    "mapping",
    "source",
    "source-directory",
    "template",
    "no-auto-down",
    "no-scripts",
    "rename",
    "vlan",
)
_SLAVES = ("slaves", "ports")
_VAGUE = frozenset({"all", "glob", "regex", "none"})
"""Words in a list of slaves that are no names."""
OPTIONS = {
    key.replace("_", "-"): key
    for key in (
        *("mode", "miimon", "updelay", "downdelay", "peer_notif_delay", "use_carrier", "arp_interval", "arp_ip_target"),
        *("arp_validate", "arp_all_targets", "arp_missed_max", "ns_ip6_target", "primary_reselect", "fail_over_mac"),
        *("xmit_hash_policy", "lacp_rate", "lacp_active", "ad_select", "ad_actor_sys_prio", "ad_user_port_key"),
        *("ad_actor_system", "min_links", "num_grat_arp", "num_unsol_na", "resend_igmp", "all_slaves_active"),
        *("packets_per_slave", "tlb_dynamic_lb", "lp_interval", "primary", "active_slave"),
    )
}
"""The kernel's name of each key, without its ``bond-``."""


class _Stanza(NamedTuple):
    """All ``iface`` blocks of one interface; keys without ``bond-``, and how each line was written."""

    path: str
    values: dict[str, tuple[str, str]]


def read(files: Mapping[str, str | None]) -> Iterator[Configured]:
    """What the files say, by path, in the order in which they are read; ``None`` could not be read."""
    stanzas: dict[str, _Stanza] = {}
    for path, text in files.items():
        _collect(path, text or "", stanzas)
    masters = {name: stanza.values.get("master", ("", ""))[0] for name, stanza in stanzas.items()}
    slaves: dict[str, list[str]] = {}
    primaries: dict[str, tuple[str, str]] = {}
    for name, master in masters.items():
        if is_name(master) and is_name(name):
            slaves.setdefault(master, []).append(name)
            primaries.setdefault(master, stanzas[name].values.get("primary", ("", "")))
    for name, stanza in stanzas.items():
        mine = [*_listed(stanza), *slaves.get(name, ())]
        if is_name(name) and not masters[name] and (mine or stanza.values):
            chosen = _options(stanza, primaries.get(name))
            yield Configured(MANAGER, stanza.path, name, chosen.options, chosen.written, unique(mine) or None)


def _listed(stanza: _Stanza) -> list[str]:
    """The slaves by name; nothing if the list holds a pattern."""
    found: list[str] = []
    for key in _SLAVES:
        words = stanza.values.get(key, ("", ""))[0].split()
        if not _VAGUE.intersection(words):
            found += names(" ".join(words))
    return found


def _options(stanza: _Stanza, primary: tuple[str, str] | None) -> Options:
    chosen = Options()
    values = {"primary": primary, **stanza.values} if primary else stanza.values
    for key, (value, written) in values.items():
        if key in OPTIONS:
            chosen.take(OPTIONS[key], value, written)
    return chosen


def _collect(path: str, text: str, stanzas: dict[str, _Stanza]) -> None:
    stanza: _Stanza | None = None
    for key, value in lines(text):
        if key == "iface":
            name = next(iter(value.split()), "")
            stanza = stanzas.setdefault(name, _Stanza(path, {}))
        elif key in _KEYWORDS or key.startswith("allow-"):
            stanza = None
        elif stanza is not None and key.startswith(("bond-", "bond_")):
            plain = key[5:].replace("_", "-")
            stanza.values[plain] = (value, f"{key} {value}")


def lines(text: str) -> Iterator[tuple[str, str]]:
    """The first word of each line and the rest; a backslash at the end joins lines."""
    parts: list[str] = []
    for line in (*text.split("\n"), ""):
        bare = line.strip()
        if bare.startswith("#") and not parts:
            continue
        if bare.endswith("\\"):
            parts.append(bare[:-1])
            continue
        words = " ".join((*parts, bare)).split(None, 1)
        parts.clear()
        if words:
            yield words[0], words[1].strip() if len(words) > 1 else ""


def sources(text: str) -> Iterator[tuple[str, bool]]:
    """The patterns of further files, and whether each is that of a folder whose files are meant."""
    for key, value in lines(text):
        if key in ("source", "source-directory"):
            yield from ((word, key == "source-directory") for word in value.split())
