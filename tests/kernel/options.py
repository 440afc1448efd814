"""Every bonding option with a value that is not its default, for the modes that take it.

Which modes take an option: drivers/net/bonding/bond_options.c. An option may be set in a mode where
it has no effect; then the documents must not tell it.
"""

from __future__ import annotations

from typing import NamedTuple

from bondtui.model.bond import BALANCE_ALB, BALANCE_RR, BALANCE_TLB, LACP, MODES, BondOptions


class Option(NamedTuple):
    """One option set: our name for it, and the words that make ``ip`` set it."""

    field: str
    words: tuple[str, ...]


def _option(field: str, words: str) -> Option:
    return Option(field, tuple(words.split()))


_EVERYWHERE = (
    _option("miimon", "miimon 250"),
    _option("updelay", "miimon 100 updelay 200"),
    _option("downdelay", "miimon 100 downdelay 300"),
    _option("peer_notif_delay", "miimon 100 peer_notify_delay 400"),
    _option("use_carrier", "use_carrier 0"),
    _option("arp_ip_targets", "arp_ip_target 192.0.2.254,198.51.100.7"),
    _option("ns_ip6_targets", "ns_ip6_target 2001:db8::1,2001:db8:0:0:1::"),
    _option("arp_all_targets", "arp_all_targets all"),
    *(_option("primary_reselect", f"primary_reselect {word}") for word in ("better", "failure")),
    *(_option("fail_over_mac", f"fail_over_mac {word}") for word in ("active", "follow")),
    *(
        _option("xmit_hash_policy", f"xmit_hash_policy {word}")
        for word in ("layer2+3", "layer3+4", "encap2+3", "encap3+4", "vlan+srcmac")
    ),
    _option("resend_igmp", "resend_igmp 5"),
    _option("num_peer_notif", "num_grat_arp 3"),
    _option("all_slaves_active", "all_slaves_active 1"),
    _option("min_links", "min_links 2"),
    _option("lp_interval", "lp_interval 3"),
    *(_option("ad_select", f"ad_select {word}") for word in ("bandwidth", "count")),
)
_ARP = (
    _option("arp_interval", "arp_interval 200 arp_ip_target 192.0.2.254"),
    _option("arp_missed_max", "arp_missed_max 5"),
    *(
        _option("arp_validate", f"arp_interval 200 arp_ip_target 192.0.2.254 arp_validate {word}")
        for word in ("active", "backup", "all", "filter", "filter_active", "filter_backup")
    ),
)
_LACP = (
    _option("lacp_rate", "lacp_rate fast"),
    _option("lacp_active", "lacp_active off"),
    _option("ad_actor_sys_prio", "ad_actor_sys_prio 1000"),
    _option("ad_user_port_key", "ad_user_port_key 100"),
    _option("ad_actor_system", "ad_actor_system 02:00:00:00:00:99"),
)
_ONLY = {
    BALANCE_RR: (_option("packets_per_slave", "packets_per_slave 7"), *_ARP),
    LACP: _LACP,
    BALANCE_TLB: (_option("tlb_dynamic_lb", "tlb_dynamic_lb 0"),),
    BALANCE_ALB: (_option("tlb_dynamic_lb", "tlb_dynamic_lb 0"),),
}

ALL = {mode: (*_EVERYWHERE, *_ONLY.get(number, _ARP)) for number, mode in enumerate(MODES)}
"""What can be set on a bond without slaves, by mode."""

WITH_SLAVES = frozenset({"mode", "active_slave", "primary", "ad_info"})
"""What is another story; other tests have it."""
NOT_SETTABLE = frozenset({"coupled_control", "broadcast_neighbor", "lacp_strict"})
"""Of kernels newer than the ``ip`` command of the systems we test on."""


def setting_names() -> set[str]:
    """All options that can be set on a bond without slaves."""
    return set(BondOptions._fields) - WITH_SLAVES - NOT_SETTABLE
