"""What the bonding part of ``ip -d link`` tells of a bond and of a slave, in the fields of the model (iproute2)."""

from __future__ import annotations

from bondtui.model.bond import LACP, MODES, MODES_WITH_ACTIVE_SLAVE, AdInfo, BondOptions, SlaveState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBERS = {
    **{each: each for each in ("miimon", "updelay", "downdelay", "use_carrier", "arp_interval", "arp_missed_max")},
    **{each: each for each in ("resend_igmp", "all_slaves_active", "min_links", "lp_interval", "packets_per_slave")},
    **{each: each for each in ("ad_actor_sys_prio", "ad_user_port_key", "tlb_dynamic_lb")},
    "peer_notify_delay": "peer_notif_delay",
    "num_grat_arp": "num_peer_notif",
}
_WORDS = frozenset(
    (
        "arp_validate",
        "arp_all_targets",
        "primary_reselect",
        "fail_over_mac",
        "xmit_hash_policy",
        "lacp_rate",
        "lacp_active",
        "ad_select",
        "ad_actor_system",
    )
)
_SWITCHES = {"coupled_control", "broadcast_neighbor", "lacp_strict"}
_ON_OFF = {"on": 1, "off": 0, "1": 1, "0": 0}
_SLAVE_NUMBERS = {
    "link_failure_count": "link_failure_count",
    "queue_id": "queue_id",
    "prio": "prio",
    "actor_port_prio": "actor_port_prio",
    "ad_aggregator_id": "aggregator_id",
    "ad_actor_oper_port_state": "actor_port_state",
    "ad_partner_oper_port_state": "partner_port_state",
}
_LONGEST = 20
_APART = ("mode", "active_slave", "primary", "arp_ip_target", "ns_ip6_target")
_AGGREGATOR = ("ad_aggregator", "ad_num_ports", "ad_actor_key", "ad_partner_key", "ad_partner_mac")
OPTIONS = frozenset((*_NUMBERS, *_WORDS, *_SWITCHES, *_APART, *_AGGREGATOR))
"""The words of a bond that a value follows."""
SLAVE_OPTIONS = frozenset((*_SLAVE_NUMBERS, "state", "mii_status", "perm_hwaddr"))


def options(said: Mapping[str, str], indexes: Mapping[str, int]) -> BondOptions:
    """The options of a bond; ``indexes`` are those of its slaves, by name."""
    values: dict[str, object] = {"arp_ip_targets": None, "ns_ip6_targets": None}
    for name, text in said.items():
        if name in _NUMBERS:
            values[_NUMBERS[name]] = _number(text)
        elif name in _WORDS:
            values[name] = text
        elif name in _SWITCHES:
            values[name] = _ON_OFF.get(text)
    mode = MODES.index(said["mode"]) if said.get("mode") in MODES else None
    values["mode"] = mode
    if "arp_interval" in said:
        values["arp_ip_targets"] = _addresses(said.get("arp_ip_target"))
    if "ns_ip6_target" in said:
        values["ns_ip6_targets"] = _addresses(said["ns_ip6_target"])
    if mode in MODES_WITH_ACTIVE_SLAVE and "miimon" in said:
        for name in ("active_slave", "primary"):  # the kernel leaves them out where there is none
            values[name] = indexes.get(said[name]) if name in said else 0
    if mode == LACP and "ad_aggregator" in said:
        values["ad_info"] = _ad_info(said)
    return BondOptions(**values)  # type: ignore[arg-type]


def slave_state(said: Mapping[str, str]) -> SlaveState:
    """What the driver keeps for a slave."""
    values: dict[str, object] = {_SLAVE_NUMBERS[name]: _number(said[name]) for name in _SLAVE_NUMBERS if name in said}
    for name in ("state", "mii_status"):
        if name in said:
            values[name] = said[name].lower().replace("_", " ")
    if "perm_hwaddr" in said:
        values["perm_hwaddr"] = said["perm_hwaddr"].lower()
    return SlaveState(**values)  # type: ignore[arg-type]


def _ad_info(said: Mapping[str, str]) -> AdInfo:
    return AdInfo(
        aggregator_id=_number(said.get("ad_aggregator")),
        num_ports=_number(said.get("ad_num_ports")),
        actor_key=_number(said.get("ad_actor_key")),
        partner_key=_number(said.get("ad_partner_key")),
        partner_mac=said.get("ad_partner_mac"),
    )


def _addresses(text: str | None) -> tuple[str, ...]:
    return tuple(each for each in text.split(",") if each) if text else ()


def _number(text: str | None) -> int | None:
    if text is None or len(text) > _LONGEST:
        return None
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdecimal() else None
