"""Which option has an effect in which mode, and what an unprivileged reading must not erase."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core.options import MODES_BY_OPTION, applies, merged
from bondtui.model.bond import BondOptions

ALL = frozenset(range(7))
ACTIVE, ARP = {1, 5, 6}, {0, 1, 2, 3}

# from the kernel's documentation, written down a second time
TABLE: dict[str, set[int] | frozenset[int]] = {
    "mode": ALL,
    "active_slave": ACTIVE,
    "miimon": ALL,
    "updelay": ALL,
    "downdelay": ALL,
    "use_carrier": ALL,
    "arp_interval": ARP,
    "arp_ip_targets": ARP,
    "arp_validate": ARP,
    "arp_all_targets": ARP,
    "primary": ACTIVE,
    "primary_reselect": ACTIVE,
    "fail_over_mac": {1},
    "xmit_hash_policy": {2, 4},
    "resend_igmp": {0, 1, 5, 6},
    "num_peer_notif": {1},
    "all_slaves_active": ALL,
    "min_links": {4},
    "lp_interval": {5, 6},
    "packets_per_slave": {0},
    "lacp_rate": {4},
    "ad_select": {4},
    "ad_info": {4},
    "ad_actor_sys_prio": {4},
    "ad_user_port_key": {4},
    "ad_actor_system": {4},
    "tlb_dynamic_lb": {5, 6},
    "peer_notif_delay": {1},
    "lacp_active": {4},
    "arp_missed_max": ARP,
    "ns_ip6_targets": ARP,
    "coupled_control": {4},
    "broadcast_neighbor": {4},
    "lacp_strict": {4},
}


def test_every_option_is_in_the_table() -> None:
    assert set(TABLE) == set(BondOptions._fields)
    assert set(MODES_BY_OPTION) <= set(TABLE)


@pytest.mark.parametrize("option", BondOptions._fields)
def test_an_option_applies_in_its_modes_alone(option: str) -> None:
    assert {mode for mode in ALL if applies(option, BondOptions(mode=mode))} == set(TABLE[option])


@pytest.mark.parametrize(("dynamic", "hashes"), [(0, True), (1, False), (None, False)])
def test_load_balancing_hashes_only_without_dynamic_balancing(dynamic: int | None, hashes: bool) -> None:
    for mode in (5, 6):
        assert applies("xmit_hash_policy", BondOptions(mode=mode, tlb_dynamic_lb=dynamic)) is hashes


@pytest.mark.parametrize("mode", [None, 7, 200])
def test_everything_applies_in_a_mode_that_is_not_known(mode: int | None) -> None:
    assert all(applies(option, BondOptions(mode=mode)) for option in BondOptions._fields)


PRIVILEGED = {"ad_actor_sys_prio": 65535, "ad_user_port_key": 5, "ad_actor_system": "02:00:00:00:00:01"}
SEEN = BondOptions(mode=4, miimon=100, ad_actor_sys_prio=65535, ad_user_port_key=5, ad_actor_system="02:00:00:00:00:01")


def test_what_only_events_tell_is_kept() -> None:
    assert merged(SEEN, BondOptions(mode=4, miimon=200)) == SEEN._replace(miimon=200)


@pytest.mark.parametrize(("option", "value"), [("ad_actor_sys_prio", 1), ("ad_user_port_key", 0)])
def test_what_is_told_anew_is_believed(option: str, value: int) -> None:
    changes: Any = {option: value}
    new = SEEN._replace(**changes)
    assert merged(SEEN, new) == new


def test_other_options_that_are_gone_are_gone() -> None:
    new = merged(SEEN._replace(active_slave=3, arp_ip_targets=("192.0.2.1",)), BondOptions(mode=4))
    assert (new.active_slave, new.miimon, new.arp_ip_targets) == (None, None, ())


def test_a_change_of_mode_forgets() -> None:
    assert merged(SEEN, BondOptions(mode=1)) == BondOptions(mode=1)
    assert merged(None, SEEN) == SEEN


SOME_FIELDS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"mode": st.integers(0, 6)},
    optional={
        "miimon": st.integers(0, 9),
        "active_slave": st.integers(1, 3),
        "ad_actor_sys_prio": st.integers(0, 2),
        "ad_user_port_key": st.integers(0, 2),
        "ad_actor_system": st.sampled_from(["a", "b"]),
    },
)
SOME_OPTIONS = SOME_FIELDS.map(lambda fields: BondOptions(**fields))


@given(SOME_OPTIONS, SOME_OPTIONS)
def test_nothing_that_is_told_is_ever_replaced(old: BondOptions, new: BondOptions) -> None:
    both = merged(old, new)
    assert all(after == told for told, after in zip(new, both, strict=True) if told not in (None, ()))
    assert {name for name in BondOptions._fields if getattr(both, name) != getattr(new, name)} <= set(PRIVILEGED)
