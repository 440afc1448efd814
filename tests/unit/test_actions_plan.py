"""A plan: the words of its command and of its undo, when it holds no more, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.actions.plan import difference
from bondtui.actions.situation import Situation
from bondtui.core.tracks import Rates, Track
from bondtui.model.action import ACTIVATE, ASK, DOWN, KINDS, OK, REFUSE, UP, Guarded, Plan, Undo
from bondtui.model.bond import Bond, Hardware
from bondtui.model.host import HostFacts, Route, Session
from tests.actions import a_plan, random_bonds
from tests.builders import (
    HOSTILE_NAMES,
    a_bond,
    a_lacp_bond,
    a_lost_slave,
    a_pair,
    a_port,
    a_situation,
    a_slave,
    some_counters,
)
from tests.machine import a_pending, with_carrier, with_options, with_slave

MINE = Session("198.51.100.7", "192.0.2.10", "bond0", ("bond0",), mine=True)
OTHERS = Session("198.51.100.8", "192.0.2.10", "bond0", ("bond0",))
DEFAULT = Route("default", "192.0.2.1", "bond0")
ASKED = HostFacts(
    sessions=(MINE, OTHERS),
    default_routes=(DEFAULT,),
    managers={2: "NetworkManager", 3: "NetworkManager"},
    addresses={2: ("198.51.100.2/24",)},
    lost_links={2: (300.0,), 3: (300.0,)},
)
"""Surroundings in which most guards ask."""


def one_down(bond: Bond) -> Bond:
    return with_slave(bond, "eno1", admin_up=False, carrier=False, mii="down")


def a_change(kind: str, slave: str = "eno2", bond: Bond | None = None, **rest: Any) -> Plan:
    """The plan for a wish that has something to do."""
    bond = bond or a_pair()
    return a_plan(a_situation(one_down(bond) if kind == UP else bond, kind, "eno1" if kind == UP else slave, **rest))


def test_setting_a_slave_down_is_undone_by_setting_it_up() -> None:
    plan = a_change(DOWN, "eno1")
    assert plan.command == ("ip", "link", "set", "eno1", "down")
    assert plan.undo_command == ("ip", "link", "set", "eno1", "up")
    assert plan.undo == Undo("up", 10, 2, "02:00:00:00:00:02")
    assert (plan.bond, plan.slave, plan.action.slave, plan.active) == ("bond0", "eno1", 2, 2)
    assert (plan.verdict, plan.reasons, plan.refusal, plan.nothing_to_do) == (OK, (), "", "")


def test_setting_a_slave_up_is_not_undone_by_itself() -> None:
    plan = a_change(UP)
    assert plan.command == ("ip", "link", "set", "eno1", "up")
    assert plan.undo_command == ("ip", "link", "set", "eno1", "down")
    assert plan.undo is None


def test_a_change_of_the_active_slave_is_undone_by_the_one_before() -> None:
    plan = a_change(ACTIVATE)
    assert plan.command == ("ip", "link", "set", "bond0", "type", "bond", "active_slave", "eno2")
    assert plan.undo_command == ("ip", "link", "set", "bond0", "type", "bond", "active_slave", "eno1")
    assert plan.undo == Undo("activate", 10, 3, "02:00:00:00:00:03", 2, "02:00:00:00:00:02")


@pytest.mark.parametrize("name", ["eth0", "enp3s0f1np1", "bond0.100", "eno1", "x2", "漢3"])
def test_a_common_name_stands_alone(name: str) -> None:
    assert a_plan(a_situation(a_bond(a_slave(name, 2), a_slave("eno2", 3)), DOWN, name)).command[3:] == (name, "down")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "dev",
            "up",
            "down",
            "type",
            "master",
            "name",
            "group",
            "help",
            "address",
            "mtu",
            "netns",
            "alias",
            "nomaster",
        ),
        *("a", "ad", "b", "m", "l", "i", "ty", "tx", "arp", "xdp", "vf", "lan", "wan-a", "gso_max_size"),
        *HOSTILE_NAMES,
    ],
)
def test_a_name_that_ip_could_take_for_one_of_its_words_is_announced(name: str) -> None:
    bond = a_bond(a_slave(name, 2), a_slave("eno2", 3), name=name)
    plan = a_plan(a_situation(bond, DOWN, name))
    assert plan.command == ("ip", "link", "set", "dev", name, "down")
    assert plan.undo_command == ("ip", "link", "set", "dev", name, "up")
    plan = a_plan(a_situation(bond, ACTIVATE, "eno2"))
    assert plan.command == ("ip", "link", "set", "dev", name, "type", "bond", "active_slave", "eno2")
    assert plan.undo_command[-1] == name


@pytest.mark.parametrize(
    ("situation", "words"),
    [
        (a_situation(a_pair(), UP), "eno1 is set up already"),
        (a_situation(one_down(a_pair()), DOWN), "eno1 is set down already"),
        (a_situation(a_pair(), ACTIVATE, "eno1"), "eno1 is the active slave already"),
    ],
)
def test_nothing_needs_to_be_done(situation: Situation, words: str) -> None:
    plan = a_plan(situation)
    assert plan.nothing_to_do == words
    assert (plan.effect, plan.outage_ms) == ("Nothing would be done.", None)


@pytest.mark.parametrize(
    ("bond", "words"),
    [
        *((a_pair(mode=mode), f"bond0 is in mode {name}, which has no active slave") for mode, name in ((0, "balance-rr"), (2, "balance-xor"), (3, "broadcast"), (9, "mode 9"), (None, "unknown"))),
        (a_lacp_bond(), "bond0 is in mode 802.3ad, which has no active slave"),
        (a_pair(active_slave=None), "bond0 has no active slave now, and the driver switches only from one to another"),
    ],
)  # fmt: skip
def test_a_change_of_the_active_slave_makes_no_sense(bond: Bond, words: str) -> None:
    plan = a_plan(a_situation(bond, ACTIVATE, "eno2"))
    assert (plan.refusal, plan.verdict, plan.reasons[0]) == (words, REFUSE, words)
    assert plan.undo is None
    assert (plan.effect, plan.outage_ms) == ("Nothing would be done.", None)


@pytest.mark.parametrize("mode", [1, 5, 6])
def test_the_active_slave_can_be_changed_where_there_is_one(mode: int) -> None:
    assert a_plan(a_situation(a_pair(mode=mode), ACTIVATE, "eno2")).verdict == OK


def told(*results: str, refusal: str = "") -> Plan:
    guards = tuple(Guarded(f"guard-{n}", result, f"{result} {n}") for n, result in enumerate(results))
    return a_change(DOWN)._replace(guards=guards, refusal=refusal)


@pytest.mark.parametrize(
    ("plan", "verdict", "reasons"),
    [
        (told(OK, OK), OK, ()),
        (told(OK, ASK, OK, ASK), ASK, ("ask 1", "ask 3")),
        (told(ASK, OK, REFUSE, REFUSE), REFUSE, ("refuse 2", "refuse 3")),
        (told(OK, ASK, refusal="no sense"), REFUSE, ("no sense",)),
        (told(refusal="no sense"), REFUSE, ("no sense",)),
    ],
)
def test_the_verdict_is_the_worst_of_all(plan: Plan, verdict: str, reasons: tuple[str, ...]) -> None:
    assert (plan.verdict, plan.reasons) == (verdict, reasons)


def test_what_two_guards_have_seen_is_said_once() -> None:
    bond = a_bond(a_slave("eno1", 2), a_slave("eno2", 3, mii="going back"))
    plan = a_plan(a_situation(bond))
    assert [each.guard for each in plan.guards if each.result == REFUSE] == ["last-usable-slave", "updelay-running"]
    assert plan.reasons == (
        "no other slave of bond0 is usable: eno2 is still in its updelay (MII going back)",
    )  # fmt: skip


def three() -> Bond:
    return a_bond(a_slave("eno1", 2, state="active"), a_slave("eno2", 3), a_slave("eno3", 4))


def link_of(bond: Bond, **link: Any) -> Bond:
    return bond._replace(link=bond.link._replace(**link))


def ports() -> Bond:
    return a_lacp_bond(a_port("eno1", 2), a_port("eno2", 3), a_port("eno3", 4))


def renamed(name: str, to: str) -> Callable[[Bond], Bond]:
    return lambda bond: with_slave(bond, name, name=to)


Changed = Callable[[Bond], Bond]
CHANGES: list[tuple[str, Changed, str]] = [
    ("another lost its carrier", lambda b: with_slave(b, "eno3", carrier=False), "eno3 has no carrier now"),
    ("its carrier is not told any more", lambda b: with_slave(b, "eno3", carrier=None), "eno3 does not tell its carrier now"),
    ("another was set down", lambda b: with_slave(b, "eno3", admin_up=False), "eno3 is set down now"),
    ("MII", lambda b: with_slave(b, "eno3", mii="going down"), "MII of eno3 is going down now, it was up"),
    ("MII is not told any more", lambda b: with_slave(b, "eno3", mii=None), "MII of eno3 is unknown now, it was up"),
    ("both others lost their carrier", lambda b: with_slave(with_slave(b, "eno3", carrier=False), "eno2", carrier=False), "no other slave of bond0 is usable: eno2 has no carrier; eno3 has no carrier"),
    ("a rename of the slave", renamed("eno1", "lan1"), "the command would be 'ip link set lan1 down' now"),
    ("a rename of another", renamed("eno3", "lan3"), "eno3 is named lan3 now"),
    ("a rename of the bond", lambda b: link_of(b, name="bond7"), "bond0 is named bond7 now"),
    ("another active slave", lambda b: with_options(b, active_slave=3), "the active slave is eno2 now"),
    ("no active slave", lambda b: with_options(b, active_slave=None), "the active slave is none now"),
    ("the bond was set down", lambda b: link_of(b, admin_up=False), "bond0 itself is set down"),
    ("the bond lost its carrier", lambda b: with_carrier(b, carrier=False), "bond0 has no carrier"),
    ("the monitor was switched off", lambda b: with_options(b, miimon=0), "bond0 has no link monitor"),
    ("miimon", lambda b: with_options(b, miimon=1000), "miimon of bond0 changed"),
    ("updelay", lambda b: with_options(b, updelay=500), "updelay of bond0 changed"),
    ("downdelay", lambda b: with_options(b, downdelay=500), "downdelay of bond0 changed"),
    ("primary", lambda b: with_options(b, primary=4), "primary of bond0 changed"),
    ("primary_reselect", lambda b: with_options(b, primary_reselect="failure"), "primary_reselect of bond0 changed"),
    ("arp_missed_max", lambda b: with_options(b, arp_missed_max=5), "arp_missed_max of bond0 changed"),
    ("two options", lambda b: with_options(b, min_links=2, miimon=50), "miimon, min_links of bond0 changed"),
    ("a slave came", lambda b: b._replace(slaves=(*b.slaves, a_slave("eno9", 9))), "eno9 was added to the bond"),
    ("a slave went", lambda b: b._replace(slaves=b.slaves[:-1]), "eno3 left the bond"),
    ("another card under the same index", lambda b: b._replace(slaves=(a_slave("eno1", 2, hwaddr="02:ff:00:00:00:01"), *b.slaves[1:])), "the permanent address of a slave changed"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), [pytest.param(*rest, id=name) for name, *rest in CHANGES])
def test_a_plan_holds_no_more(change: Changed, words: str) -> None:
    before, after = three(), change(three())
    slave = after.slave_at(2)
    assert slave is not None
    found = difference(a_plan(a_situation(before)), a_plan(a_situation(after, DOWN, slave.name)))
    assert found.startswith(words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda bond: with_slave(bond, "eno2", admin_up=False), "eno2 is not ready to carry"),
        (lambda bond: bond._replace(slaves=(bond.slaves[0], a_port("eno2", 3, actor=7), bond.slaves[2])), "eno2"),
        (lambda bond: bond._replace(slaves=(bond.slaves[0], a_port("eno2", 3, aggregator=2), bond.slaves[2])), "eno2"),
        (lambda bond: with_options(bond, ad_info=None), "no other slave of bond0 is usable"),
    ],
)
def test_a_plan_for_a_port_holds_no_more(change: Changed, words: str) -> None:
    after = change(ports())
    found = difference(a_plan(a_situation(ports())), a_plan(a_situation(after)))
    assert "eno2" in found or words in found


def test_when_it_has_happened_already_that_is_the_reason() -> None:
    before = a_plan(a_situation(three()))
    assert difference(before, a_plan(a_situation(one_down(three())))) == "eno1 is set down already"
    before = a_plan(a_situation(three(), ACTIVATE, "eno2"))
    after = a_situation(with_options(three(), active_slave=3), ACTIVATE, "eno2")
    assert difference(before, a_plan(after)) == "eno2 is the active slave already"
    after = a_situation(with_options(three(), active_slave=None), ACTIVATE, "eno2")
    assert "has no active slave now" in difference(before, a_plan(after))


SURROUNDINGS: list[tuple[str, dict[str, Any], str]] = [
    ("you came in over it", {"sessions": (MINE._replace(peer="203.0.113.1"), OTHERS)}, "your own session from 203.0.113.1"),
    ("somebody else came in", {"sessions": (MINE, OTHERS, OTHERS)}, "another remote login"),
    ("nobody is there any more", {"sessions": ()}, "your session does not come in"),
    ("another default route", {"default_routes": (DEFAULT._replace(gateway="192.0.2.254"),)}, "the default route"),
    ("another manager", {"managers": {2: "systemd-networkd"}}, "systemd-networkd manages eno1"),
    ("another address", {"addresses": {2: ("198.51.100.99/24",)}}, "eno1 has addresses"),
    ("a static route", {"routes": {2: (Route("203.0.113.0/24", None, "eno1"),)}}, "routes through eno1"),
    ("the heir lost its link again", {"lost_links": {3: (1.0, 310.0)}}, "eno2 lost its link 2 times"),
    ("sessions cannot be told any more", {"unknown": {"session-on-bond": "no", "change-pending": "no"}}, "cannot tell"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "words"), [pytest.param(*rest, id=name) for name, *rest in SURROUNDINGS])
def test_a_plan_holds_no_more_when_its_surroundings_changed(facts: dict[str, Any], words: str) -> None:
    old = a_plan(a_situation(a_pair(), host=ASKED))
    new = a_plan(a_situation(a_pair(), host=ASKED._replace(**facts)))
    assert difference(old, new).startswith(words)


def test_a_change_that_somebody_else_made_meanwhile_is_the_reason() -> None:
    old = a_plan(a_situation(a_pair()))
    new = a_plan(a_situation(a_pair(), pending=a_pending(old)))
    assert difference(old, new).startswith("'down' of eno1 in bond0 is pending")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Hardware(1000, "full"), Hardware(100, "full")),
        (Hardware(1000, "full"), Hardware(None, "full")),
        (Hardware(10_000, "full"), Hardware(1000, "full")),
    ],
)
def test_a_slave_that_became_slower_still_is_the_reason(before: Hardware, after: Hardware) -> None:
    fast = a_slave("eno1", 2, hardware=Hardware(10_000, "full"))
    old = a_plan(a_situation(a_bond(fast, a_slave("eno2", 3, hardware=before))))
    new = a_plan(a_situation(a_bond(fast, a_slave("eno2", 3, hardware=after))))
    assert "eno2" in difference(old, new)


def test_counters_and_clocks_that_go_on_are_no_reason() -> None:
    def asked(errors: int, ago: float) -> Plan:
        bad = a_slave("eno2", 3, counters=some_counters(1000 * errors, errors=errors))
        host = ASKED._replace(lost_links={3: (ago,)})
        return a_plan(a_situation(a_bond(a_slave("eno1", 2), bad), host=host))

    assert asked(5, 10.0).guards != asked(6, 14.0).guards
    assert difference(asked(5, 10.0), asked(6, 14.0)) == ""


def test_the_first_error_seen_is_a_reason() -> None:
    track = Track("02:00:00:00:00:03", samples=(Rates(0, 0, 1.0, 0),))
    old, new = a_plan(a_situation(a_pair())), a_plan(a_situation(a_pair(), tracks={3: track}))
    assert difference(old, new) == "eno2 has counted errors since bondtui was started"


@given(bond=random_bonds(), kind=st.sampled_from(KINDS), asked=st.booleans())
def test_a_plan_made_twice_on_the_same_state_holds(bond: Bond, kind: str, asked: bool) -> None:
    situation = a_situation(bond, kind, bond.slaves[-1].name, host=ASKED if asked else None)
    plan = a_plan(situation)
    if not plan.refusal and not plan.nothing_to_do:
        assert difference(plan, a_plan(situation)) == ""


OTHER_OPTIONS: tuple[dict[str, Any], ...] = (
    *({"mode": mode} for mode in (0, 1, 4)),
    *({name: 77} for name in ("miimon", "updelay", "downdelay", "arp_interval", "arp_missed_max", "primary")),
    {"arp_ip_targets": ("192.0.2.77",)},
    {"ns_ip6_targets": ("2001:db8::77",)},
    {"primary_reselect": "77"},
    {"min_links": 77},
)
OTHER_STATES: tuple[dict[str, Any], ...] = (
    *({"admin_up": admin_up} for admin_up in (True, False)),
    *({"carrier": carrier} for carrier in (True, False, None)),
    *({"mii": mii} for mii in ("up", "down", "going back", None)),
    {"name": "other7"},
)
OF_BOND: tuple[Changed, ...] = (
    lambda bond: link_of(bond, name="other7"),
    lambda bond: bond._replace(slaves=(*bond.slaves, a_slave("eno77", 77))),
    *((lambda bond, options=options: with_options(bond, **options)) for options in OTHER_OPTIONS),
)
OF_SLAVE: tuple[Callable[[Bond, str], Bond], ...] = (
    *((lambda bond, name, state=state: with_slave(bond, name, **state)) for state in OTHER_STATES),
)


def check_that_it_is_said(before: Bond, after: Bond, kind: str, host: HostFacts | None) -> None:
    old, new = (a_plan(a_situation(bond, kind, bond.slaves[0].name, host=host)) for bond in (before, after))
    words = difference(old, new)
    assert (before == after and not new.nothing_to_do and not new.refusal) == (words == "")
    assert "None" not in words
    assert "\n" not in words
    assert not words.endswith(".")


SURROUNDED = st.sampled_from((None, ASKED))


@pytest.mark.parametrize("change", OF_BOND)
@given(bond=random_bonds(), kind=st.sampled_from(KINDS), host=SURROUNDED)
def test_whatever_is_different_in_a_bond_is_said(
    change: Changed, bond: Bond, kind: str, host: HostFacts | None
) -> None:
    check_that_it_is_said(bond, change(bond), kind, host)


@pytest.mark.parametrize("change", OF_SLAVE)
@given(bond=random_bonds(), kind=st.sampled_from(KINDS), which=st.integers(0, 3), host=SURROUNDED)
def test_whatever_is_different_in_a_slave_is_said(
    change: Callable[[Bond, str], Bond], bond: Bond, kind: str, which: int, host: HostFacts | None
) -> None:
    changed = change(bond, bond.slaves[which % len(bond.slaves)].name)
    check_that_it_is_said(bond, changed, kind, host)


def test_a_plan_says_nothing_of_a_slave_that_was_never_there() -> None:
    assert a_plan(a_situation(a_bond(a_lost_slave("eno1", 2)))).seen[0].name == "eno1"
