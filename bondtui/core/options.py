"""Which bonding options have an effect in which mode (Documentation/networking/bonding.rst)."""

from __future__ import annotations

from bondtui.model.bond import (
    ACTIVE_BACKUP,
    BALANCE_ALB,
    BALANCE_RR,
    BALANCE_TLB,
    BALANCE_XOR,
    BROADCAST,
    LACP,
    MODES_WITH_ACTIVE_SLAVE,
    BondOptions,
)

_ONLY_LACP = frozenset({LACP})
_ONLY_ACTIVE_BACKUP = frozenset({ACTIVE_BACKUP})
_ARP_MONITORED = frozenset({BALANCE_RR, ACTIVE_BACKUP, BALANCE_XOR, BROADCAST})
_LOAD_BALANCING = frozenset({BALANCE_TLB, BALANCE_ALB})

MODES_BY_OPTION: dict[str, frozenset[int]] = {
    "active_slave": MODES_WITH_ACTIVE_SLAVE,
    "primary": MODES_WITH_ACTIVE_SLAVE,
    "primary_reselect": MODES_WITH_ACTIVE_SLAVE,
    "fail_over_mac": _ONLY_ACTIVE_BACKUP,
    "num_peer_notif": _ONLY_ACTIVE_BACKUP,
    "peer_notif_delay": _ONLY_ACTIVE_BACKUP,
    "arp_interval": _ARP_MONITORED,
    "arp_ip_targets": _ARP_MONITORED,
    "ns_ip6_targets": _ARP_MONITORED,
    "arp_validate": _ARP_MONITORED,
    "arp_all_targets": _ARP_MONITORED,
    "arp_missed_max": _ARP_MONITORED,
    "xmit_hash_policy": frozenset({BALANCE_XOR, LACP, BALANCE_TLB, BALANCE_ALB}),
    "resend_igmp": MODES_WITH_ACTIVE_SLAVE | {BALANCE_RR},
    "lp_interval": _LOAD_BALANCING,
    "tlb_dynamic_lb": _LOAD_BALANCING,
    "packets_per_slave": frozenset({BALANCE_RR}),
    "min_links": _ONLY_LACP,
    "lacp_rate": _ONLY_LACP,
    "lacp_active": _ONLY_LACP,
    "lacp_strict": _ONLY_LACP,
    "ad_select": _ONLY_LACP,
    "ad_info": _ONLY_LACP,
    "ad_actor_sys_prio": _ONLY_LACP,
    "ad_user_port_key": _ONLY_LACP,
    "ad_actor_system": _ONLY_LACP,
    "coupled_control": _ONLY_LACP,
    "broadcast_neighbor": _ONLY_LACP,
}
"""Options that are not named here have an effect in every mode."""


def applies(option: str, options: BondOptions) -> bool:
    """Whether the option has an effect in the mode of this bond. Unknown modes get everything."""
    if options.mode is None or options.mode > BALANCE_ALB:
        return True
    if option == "xmit_hash_policy" and options.mode in _LOAD_BALANCING:
        return options.tlb_dynamic_lb == 0  # with dynamic balancing the driver hashes by itself
    return options.mode in MODES_BY_OPTION.get(option, frozenset({options.mode}))


def merged(old: BondOptions | None, new: BondOptions) -> BondOptions:
    """The new options, with what only privileged messages carry kept from the old ones.

    The kernel shows these three to the sender of an event but not to an unprivileged reader
    (drivers/net/bonding/bond_netlink.c, bond_fill_info), so a plain dump must not erase them.
    """
    if old is None or old.mode != new.mode:
        return new
    kept = {
        name: getattr(old, name)
        for name in ("ad_actor_sys_prio", "ad_user_port_key", "ad_actor_system")
        if getattr(new, name) is None
    }
    return new._replace(**kept) if kept else new
