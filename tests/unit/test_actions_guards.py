"""Each guard on a situation that it is there for, and on one beside it where it has nothing to say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bondtui.actions import readiness
from bondtui.actions.guards import GUARDS, guarded
from bondtui.actions.readiness import unready
from bondtui.actions.situation import Situation
from bondtui.core.tracks import Rates, Track
from bondtui.model.action import ACTIVATE, ASK, DOWN, KINDS, OK, REFUSE, UP, Guarded, Plan
from bondtui.model.bond import LACP, AdInfo, Bond, Counters, Hardware, Slave
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
)
from tests.machine import a_pending

CONTRACT = """last-usable-slave no-monitor change-pending min-links updelay-running lacp-not-ready session-on-bond
other-sessions default-route weaker-slave flapping-slave errors-on-slave managed-by address-on-slave"""
G10, G1 = Hardware(10_000, "full"), Hardware(1_000, "full")
MINE = Session("198.51.100.7", "192.0.2.10", "bond0", ("bond0",), mine=True)
OTHERS = Session("198.51.100.8", "192.0.2.10", "br0", ("bond0", "bond0.100", "br0"))
DEFAULT = Route("default", "192.0.2.1", "bond0")
STATIC = Route("203.0.113.0/24", "192.0.2.7", "eno1")
CONNECTED = Route("192.0.2.0/24", None, "eno1", static=False)
NOT_IN_SYNC = 7


def said(situation: Situation) -> dict[str, Guarded]:
    return {each.guard: each for each in guarded(situation)}


def second(slave: Slave, kind: str = DOWN, acted_on: str = "eno1", **options: Any) -> Situation:
    """The pair of eno1, which is active, and this other slave."""
    return a_situation(a_bond(a_slave("eno1", 2, state="active"), slave, **options), kind, acted_on)


def ports(second_port: Slave, *more: Slave, **rest: Any) -> Situation:
    return a_situation(a_lacp_bond(a_port("eno1", 2), second_port, *more, **rest))


def around(kind: str = DOWN, slave: str = "eno1", **facts: Any) -> Situation:
    """The healthy pair in these surroundings."""
    return a_situation(a_pair(), kind, slave, host=HostFacts(**facts))


def fast_and(other: Hardware, kind: str = DOWN, acted_on: str = "eno1", **options: Any) -> Situation:
    """eno1 with 10G is active, eno2 is another one."""
    slaves = a_slave("eno1", 2, state="active", hardware=G10), a_slave("eno2", 3, hardware=other)
    return a_situation(a_bond(*slaves, **options), kind, acted_on)


def counting(slave: str, **counters: int) -> Situation:
    """eno1 is to be set down while one slave has counted this."""
    told = Counters(**{**dict.fromkeys(Counters._fields, 0), **counters})
    slaves = [
        a_slave(name, index, counters=told if name == slave else None) for name, index in (("eno1", 2), ("x2", 3))
    ]
    return a_situation(a_bond(*slaves))


def seen_errors(ifindex: int, *errors: float | None) -> Situation:
    """eno1 is to be set down; the samples of one interface had so many errors per second."""
    samples = tuple(None if each is None else Rates(0, 0, each, 0) for each in errors)
    return a_situation(a_pair(), tracks={ifindex: Track("02:00:00:00:00:03", samples=samples)})


UPDELAY = a_slave("eno2", 3, mii="going back")
ADMIN_DOWN = a_slave("eno2", 3, admin_up=False, carrier=False, mii="down")
OTHER_AGGREGATOR = a_port("eno2", 3, aggregator=2)
OUT_OF_SYNC = a_port("eno2", 3, actor=NOT_IN_SYNC)
PAIR_PLAN = a_plan(a_situation(a_pair()))
NO_COUNTERS = a_slave("eno2", 3)._replace(link=a_slave("eno2", 3).link._replace(counters=None))

CASES: list[tuple[str, str, Situation, str, str]] = [
    # last-usable-slave
    ("last-usable-slave", "two healthy", a_situation(a_pair()), OK, "eno2 can carry the traffic"),
    ("last-usable-slave", "two are left", a_situation(a_bond(*(a_slave(n, i) for n, i in (("eno1", 2), ("b", 3), ("c", 4))))), OK, "b and c can carry the traffic"),
    ("last-usable-slave", "the only slave", a_situation(a_bond(a_slave("eno1", 2))), REFUSE, "no other slave of bond0 is usable: it is the only slave"),
    ("last-usable-slave", "other set down", second(ADMIN_DOWN), REFUSE, "eno2 is set down"),
    ("last-usable-slave", "other lost carrier", second(a_lost_slave("eno2", 3)), REFUSE, "eno2 has no carrier"),
    ("last-usable-slave", "other lost carrier, not noticed yet", second(a_slave("eno2", 3, carrier=False)), REFUSE, "eno2 has no carrier"),
    ("last-usable-slave", "carrier of the other unknown", second(a_slave("eno2", 3, carrier=None)), REFUSE, "carrier of eno2 unknown"),
    ("last-usable-slave", "MII of the other unknown", second(a_slave("eno2", 3, mii=None)), REFUSE, "MII of eno2 is unknown"),
    ("last-usable-slave", "other in updelay", second(UPDELAY), REFUSE, "still in its updelay"),
    ("last-usable-slave", "other in downdelay", second(a_slave("eno2", 3, mii="going down")), REFUSE, "MII of eno2 is going down"),
    ("last-usable-slave", "bond set down", a_situation(a_pair(admin_up=False)), REFUSE, "bond0 itself is set down"),
    ("last-usable-slave", "bond without carrier", a_situation(a_pair(carrier=False)), REFUSE, "bond0 has no carrier"),
    ("last-usable-slave", "carrier of the bond unknown", a_situation(a_pair(carrier=None)), REFUSE, "is not known"),
    ("last-usable-slave", "a dead one goes, a good one stays", second(a_lost_slave("eno2", 3), acted_on="eno2"), OK, "eno1 can carry"),
    ("last-usable-slave", "a dead one goes, none is good", a_situation(a_bond(a_lost_slave("eno1", 2), a_lost_slave("eno2", 3))), REFUSE, "eno2 has no carrier"),
    ("last-usable-slave", "up is never the last", second(a_lost_slave("eno2", 3), UP, "eno2"), OK, "nothing is taken away"),
    ("last-usable-slave", "up in a bond set down", a_situation(a_pair(admin_up=False), UP), OK, "nothing is taken away"),
    ("last-usable-slave", "switch to a healthy one", a_situation(a_pair(), ACTIVATE, "eno2"), OK, "eno2 is ready to take over"),
    ("last-usable-slave", "switch to one without carrier", second(a_lost_slave("eno2", 3), ACTIVATE, "eno2"), REFUSE, "it cannot take over"),
    ("last-usable-slave", "switch to one set down", second(ADMIN_DOWN, ACTIVATE, "eno2"), REFUSE, "eno2 is set down: it cannot"),
    ("last-usable-slave", "switch in a bond set down", a_situation(a_pair(admin_up=False), ACTIVATE, "eno2"), REFUSE, "itself is set down"),
    ("last-usable-slave", "switch away from a dead one", a_situation(a_bond(a_lost_slave("eno1", 2), a_slave("eno2", 3)), ACTIVATE, "eno2"), OK, "eno2 is ready"),
    ("last-usable-slave", "802.3ad, both ready", ports(a_port("eno2", 3)), OK, "eno2 can carry"),
    ("last-usable-slave", "802.3ad, other aggregator", ports(OTHER_AGGREGATOR), REFUSE, "LACP port eno2 is in aggregator 2, the active one is 1"),
    # no-monitor
    ("no-monitor", "miimon", a_situation(a_pair(miimon=1)), OK, "miimon 1 ms"),
    ("no-monitor", "no miimon, no ARP", a_situation(a_pair(miimon=0)), REFUSE, "miimon and arp_interval are 0"),
    ("no-monitor", "miimon not told", a_situation(a_pair(miimon=None)), REFUSE, "does not tell miimon"),
    ("no-monitor", "ARP with a target", a_situation(a_pair(miimon=0, arp_interval=500, arp_ip_targets=("192.0.2.1",))), OK, "ARP monitor every 500 ms"),
    ("no-monitor", "ARP with an IPv6 target", a_situation(a_pair(miimon=0, arp_interval=500, ns_ip6_targets=("2001:db8::1",))), OK, "ARP monitor"),
    ("no-monitor", "ARP without a target", a_situation(a_pair(miimon=0, arp_interval=500)), REFUSE, "has no target"),
    ("no-monitor", "switch without a monitor", a_situation(a_pair(miimon=0), ACTIVATE, "eno2"), REFUSE, "no link monitor"),
    ("no-monitor", "switch with a monitor", a_situation(a_pair(), ACTIVATE, "eno2"), OK, "miimon 100 ms"),
    ("no-monitor", "up without a monitor", a_situation(a_pair(miimon=0), UP), OK, "needs no monitor"),
    # change-pending
    ("change-pending", "none", a_situation(a_pair()), OK, "no other change is pending"),
    *(("change-pending", f"{kind} while one waits", a_situation(a_pair(), kind, pending=a_pending(PAIR_PLAN)), REFUSE, "'down' of eno1 in bond0 is pending; settle it with 'bondtui keep' or 'bondtui revert'") for kind in KINDS),
    ("change-pending", "its switch was killed", a_situation(a_pair(), pending=a_pending(PAIR_PLAN, alive=False)), REFUSE, "never settled, its dead-man's switch was killed"),
    # min-links
    ("min-links", "no limit", a_situation(a_lacp_bond()), OK, "1 port would be left, min_links is 0"),
    ("min-links", "just enough", a_situation(a_lacp_bond(min_links=1)), OK, "1 port would be left, min_links is 1"),
    ("min-links", "one too few", a_situation(a_lacp_bond(min_links=2)), REFUSE, "1 port would be left, min_links is 2"),
    ("min-links", "a port that is not ready does not count", ports(a_port("eno2", 3), a_port("eno3", 4, actor=NOT_IN_SYNC), min_links=2), REFUSE, "1 port would be left"),
    ("min-links", "three ports, two needed", ports(a_port("eno2", 3), a_port("eno3", 4), min_links=2), OK, "2 ports would be left"),
    ("min-links", "has no effect elsewhere", a_situation(a_pair(min_links=2)), OK, "no effect in active-backup"),
    ("min-links", "up takes no port away", a_situation(a_lacp_bond(min_links=2), UP), OK, "no port is taken away"),
    # updelay-running
    ("updelay-running", "none waits", a_situation(a_pair()), OK, "no slave"),
    ("updelay-running", "the only other waits", second(UPDELAY), REFUSE, "eno2 is still in its updelay (MII going back)"),
    ("updelay-running", "another is there", a_situation(a_bond(a_slave("eno1", 2), UPDELAY, a_slave("eno3", 4))), OK, "not counted on: eno2 is still in its updelay"),
    ("updelay-running", "the target waits", second(UPDELAY, ACTIVATE, "eno2"), REFUSE, "still in its updelay"),
    ("updelay-running", "another than the target waits", a_situation(a_bond(a_slave("eno1", 2), UPDELAY, a_slave("eno3", 4)), ACTIVATE, "eno3"), OK, "that is counted on"),
    ("updelay-running", "it waits itself", a_situation(a_bond(a_slave("eno1", 2, mii="going back"), a_slave("eno2", 3))), OK, "no slave"),
    ("updelay-running", "the other has just lost it", second(a_slave("eno2", 3, mii="going down")), OK, "no slave"),
    ("updelay-running", "up counts on nobody", second(UPDELAY, UP), OK, "nothing is counted on"),
    # lacp-not-ready
    ("lacp-not-ready", "both ready", a_situation(a_lacp_bond()), OK, "ready on both ends"),
    ("lacp-not-ready", "no LACP", a_situation(a_pair()), OK, "no LACP in active-backup"),
    ("lacp-not-ready", "other not in sync", ports(OUT_OF_SYNC), REFUSE, "LACP port eno2 is not in sync on both ends"),
    ("lacp-not-ready", "partner not in sync", ports(a_port("eno2", 3, partner=NOT_IN_SYNC)), REFUSE, "eno2"),
    ("lacp-not-ready", "collects but does not distribute", ports(a_port("eno2", 3, actor=63 - 32)), REFUSE, "eno2"),
    ("lacp-not-ready", "distributes but does not collect", ports(a_port("eno2", 3, partner=63 - 16)), REFUSE, "eno2"),
    ("lacp-not-ready", "defaulted", ports(a_port("eno2", 3, actor=63 + 64)), REFUSE, "eno2"),
    ("lacp-not-ready", "expired", ports(a_port("eno2", 3, actor=63 + 128)), REFUSE, "eno2"),
    ("lacp-not-ready", "slow rate is as good", ports(a_port("eno2", 3, actor=61, partner=61)), OK, "ready on both ends"),
    ("lacp-not-ready", "other aggregator", ports(OTHER_AGGREGATOR), REFUSE, "is in aggregator 2, the active one is 1"),
    ("lacp-not-ready", "a third one is ready", ports(OUT_OF_SYNC, a_port("eno3", 4)), OK, "not counted on: LACP port eno2"),
    ("lacp-not-ready", "other is down anyway", ports(a_lost_slave("eno2", 3)), OK, "all other ports that are up"),
    ("lacp-not-ready", "up counts on nobody", a_situation(a_lacp_bond(a_port("eno1", 2), OUT_OF_SYNC), UP), OK, "nothing"),
    # session-on-bond, other-sessions
    *(("session-on-bond", f"{kind} under your feet", around(kind, "eno2", sessions=(OTHERS, MINE)), ASK, "your own session from 198.51.100.7 comes in at 192.0.2.10 on bond0") for kind in KINDS),
    ("session-on-bond", "on a bridge over a VLAN", around(sessions=(OTHERS._replace(mine=True),)), ASK, "on br0 (br0 over bond0.100 over bond0)"),
    ("session-on-bond", "only others", around(sessions=(OTHERS,)), OK, "your session does not come in over bond0"),
    ("session-on-bond", "nobody", around(), OK, "your session does not"),
    *(("other-sessions", f"{kind}, somebody else", around(kind, "eno2", sessions=(MINE, OTHERS)), ASK, "another remote login from 198.51.100.8 comes in at 192.0.2.10 on br0") for kind in KINDS),
    ("other-sessions", "several", around(sessions=(OTHERS, OTHERS, OTHERS)), ASK, ", and 2 more"),
    ("other-sessions", "only you", around(sessions=(MINE,)), OK, "no other remote login"),
    # default-route
    *(("default-route", f"{kind}, through it", around(kind, "eno2", default_routes=(DEFAULT,)), ASK, "the default route leaves through bond0: default via 192.0.2.1 dev bond0") for kind in KINDS),
    ("default-route", "without a gateway", around(default_routes=(Route("default", None, "bond0.7"),)), ASK, "default dev bond0.7"),
    ("default-route", "elsewhere", around(), OK, "no default route leaves through bond0"),
    # weaker-slave
    ("weaker-slave", "slower", fast_and(G1), ASK, "eno2 has 1G, eno1 has 10G"),
    ("weaker-slave", "as fast", fast_and(G10), OK, "no slower slave than eno1 takes over"),
    ("weaker-slave", "speed of the heir unknown", fast_and(Hardware()), ASK, "the speed of eno2 is not known, eno1 has 10G"),
    ("weaker-slave", "half duplex", fast_and(Hardware(10_000, "half")), ASK, "eno2 is half duplex"),
    ("weaker-slave", "no speed known at all", a_situation(a_pair()), OK, "the speed of eno1 is not known"),
    ("weaker-slave", "a backup goes", fast_and(G1, acted_on="eno2"), OK, "eno1 stays the active slave"),
    ("weaker-slave", "a backup goes, a third is slower", a_situation(a_bond(*(a_slave(n, i, hardware=h) for n, i, h in (("eno1", 2, G10), ("eno2", 3, G10), ("eno3", 4, G1)))), slave="eno2"), OK, "eno1 stays"),
    *(("weaker-slave", f"mode {mode}: its share moves to a slower one", a_situation(a_bond(a_slave("eno1", 2, hardware=G1), a_slave("eno2", 3, hardware=G10), mode=mode), slave="eno2"), ASK, "eno1 has 1G, eno2 has 10G") for mode in (0, 2, 3, 5, 6)),
    ("weaker-slave", "switch to a slower one", fast_and(G1, ACTIVATE, "eno2"), ASK, "eno2 has 1G, eno1 has 10G"),
    ("weaker-slave", "switch to one as fast", fast_and(G10, ACTIVATE, "eno2"), OK, "no slower slave"),
    ("weaker-slave", "switch while there is no active one", fast_and(G1, ACTIVATE, "eno2", active_slave=None), OK, "no traffic moves"),
    ("weaker-slave", "up", fast_and(G1, UP, "eno2"), OK, "no traffic moves"),
    ("weaker-slave", "a dead one goes", a_situation(a_bond(a_lost_slave("eno1", 2, hardware=G10), a_slave("eno2", 3, hardware=G1), active_slave=3)), OK, "no traffic moves"),
    # flapping-slave
    ("flapping-slave", "the heir", around(lost_links={3: (130.0, 14.0, 500.0)}), ASK, "eno2 lost its link 3 times in 10 min, last 14 s ago"),
    ("flapping-slave", "the one that goes", around(lost_links={2: (14.0,)}), OK, "eno2 has not lost the link"),
    ("flapping-slave", "the target", around(ACTIVATE, "eno2", lost_links={3: (1.0,)}), ASK, "eno2 lost its link 1 time in"),
    ("flapping-slave", "the one before the target", around(ACTIVATE, "eno2", lost_links={2: (1.0,)}), OK, "eno2 has not"),
    ("flapping-slave", "the one set up", around(UP, "eno1", lost_links={2: (1.0,)}), OK, "no slave takes over"),
    ("flapping-slave", "no heir at all", second(a_lost_slave("eno2", 3)), OK, "no slave takes over"),
    ("flapping-slave", "a third that cannot take over", a_situation(a_bond(a_slave("eno1", 2), a_slave("eno2", 3), a_lost_slave("eno3", 4)), host=HostFacts(lost_links={4: (1.0,)})), OK, "eno2 has not"),
    # errors-on-slave
    ("errors-on-slave", "bad cable", counting("x2", rx_packets=1000, rx_errors=1), ASK, "x2 has counted 1 error in 1000 packets"),
    ("errors-on-slave", "errors while sending", counting("x2", tx_packets=1000, tx_errors=7), ASK, "7 errors in 1000 packets"),
    ("errors-on-slave", "just too many", counting("x2", rx_packets=10_000, rx_errors=1), ASK, "1 error in 10000"),
    ("errors-on-slave", "few of very many", counting("x2", rx_packets=10_001, rx_errors=1), OK, "few errors or none on x2"),
    ("errors-on-slave", "errors and no packet", counting("x2", rx_errors=1), ASK, "1 error in 0 packets"),
    ("errors-on-slave", "on the one that goes", counting("eno1", rx_packets=10, rx_errors=9), OK, "few errors or none on x2"),
    ("errors-on-slave", "not told", second(NO_COUNTERS), ASK, "the error counters of eno2 are not known"),
    ("errors-on-slave", "seen by us", seen_errors(3, 0.0, None, 0.5), ASK, "eno2 has counted errors since bondtui was started"),
    ("errors-on-slave", "none seen by us", seen_errors(3, 0.0, None), OK, "eno2"),
    ("errors-on-slave", "seen on the one that goes", seen_errors(2, 3.0), OK, "eno2"),
    ("errors-on-slave", "no heir at all", second(a_lost_slave("eno2", 3)), OK, "no slave takes over"),
    # managed-by
    *(("managed-by", f"{kind}, managed", around(kind, "eno1", managers={2: "NetworkManager"}), ASK, "NetworkManager manages eno1 and may undo the change") for kind in KINDS),
    ("managed-by", "another slave is", around(managers={3: "systemd-networkd"}), OK, "no network manager manages eno1"),
    # address-on-slave
    ("address-on-slave", "none", around(), OK, "eno1 has no address or route of its own"),
    ("address-on-slave", "an address", around(addresses={2: ("198.51.100.2/24",)}), ASK, "addresses of its own that cannot be reached while it is down: 198.51.100.2/24"),
    ("address-on-slave", "on the other one", around(addresses={3: ("198.51.100.2/24",)}), OK, "eno1 has no address"),
    ("address-on-slave", "a static route", around(routes={2: (CONNECTED, STATIC)}), REFUSE, "routes through eno1 would be lost for good: 203.0.113.0/24 via 192.0.2.7 dev eno1"),
    ("address-on-slave", "a connected route comes back", around(routes={2: (CONNECTED,)}), OK, "no address or route"),
    ("address-on-slave", "your session on the slave itself", around(sessions=(MINE._replace(interface="eno1", slave=2),)), REFUSE, "your own session comes in at an address of eno1 itself"),
    ("address-on-slave", "your session on the other slave", around(sessions=(MINE._replace(interface="eno2", slave=3),)), OK, "eno1 has no address"),
    ("address-on-slave", "up brings it to life", around(UP, addresses={2: ("198.51.100.2/24",)}), ASK, "addresses of its own that become reachable: 198.51.100.2/24"),
    ("address-on-slave", "up without one", around(UP), OK, "stay as they are"),
    ("address-on-slave", "switch", around(ACTIVATE, "eno2", addresses={3: ("198.51.100.2/24",)}, routes={3: (STATIC,)}), OK, "stay as they are"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("guard", "situation", "result", "evidence"),
    [pytest.param(guard, *rest, id=f"{guard}-{words}") for guard, words, *rest in CASES],
)
def test_a_guard_says(guard: str, situation: Situation, result: str, evidence: str) -> None:
    found = said(situation)[guard]
    assert found.result == result, found.evidence
    assert evidence in found.evidence


def test_every_guard_is_seen_to_fire_and_not_to_fire() -> None:
    for guard in GUARDS:
        results = {result for name, _, _, result, _ in CASES if name == guard}
        assert {OK} < results, guard


def test_the_guards_are_those_of_the_contract_in_its_order() -> None:
    assert list(GUARDS) == CONTRACT.split()
    assert [each.guard for each in guarded(a_situation(a_pair()))] == CONTRACT.split()
    assert [each.guard for each in guarded(a_situation(a_lacp_bond(), UP))] == CONTRACT.split()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", range(7))
def test_nothing_speaks_against_an_action_on_a_healthy_bond(kind: str, mode: int) -> None:
    bond = a_lacp_bond() if mode == LACP else a_pair(mode=mode)
    found = [each for each in guarded(a_situation(bond, kind, "eno2")) if each.result != OK]
    assert found == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_without_its_facts_asks(guard: str, kind: str) -> None:
    host = HostFacts(unknown={guard: "permission denied"})
    found = said(a_situation(a_pair(), kind, "eno2", host=host))
    if (guard, kind) == ("flapping-slave", UP):
        assert found[guard] == Guarded(guard, OK, "no slave takes over")  # there is nothing to know
        return
    assert found[guard] == Guarded(guard, ASK, "cannot tell: permission denied")
    assert {each.result for name, each in found.items() if name != guard} == {OK}


def test_what_a_guard_has_seen_counts_more_than_what_it_cannot_tell() -> None:
    unknown = {"session-on-bond": "some processes are hidden", "address-on-slave": "no answer"}
    found = said(around(sessions=(MINE,), routes={2: (STATIC,)}, unknown=unknown))
    assert found["session-on-bond"].evidence.startswith("your own session")
    assert found["address-on-slave"].result == REFUSE


UNREADY: list[tuple[str, Bond, str, str]] = [
    ("set down", a_bond(ADMIN_DOWN), readiness.ADMIN, "eno2 is set down"),
    ("set down comes first", a_bond(a_slave("eno2", 3, admin_up=False, mii="going back")), readiness.ADMIN, "eno2 is set down"),
    ("no carrier", a_bond(a_slave("eno2", 3, carrier=False)), readiness.CARRIER, "eno2 has no carrier"),
    ("carrier unknown", a_bond(a_slave("eno2", 3, carrier=None)), readiness.CARRIER, "carrier of eno2 unknown"),
    ("going back", a_bond(UPDELAY), readiness.UPDELAY, "eno2 is still in its updelay (MII going back)"),
    ("going down", a_bond(a_slave("eno2", 3, mii="going down")), readiness.MII, "MII of eno2 is going down"),
    ("MII down", a_bond(a_slave("eno2", 3, mii="down")), readiness.MII, "MII of eno2 is down"),
    ("MII unknown", a_bond(a_slave("eno2", 3, mii=None)), readiness.MII, "MII of eno2 is unknown"),
    ("other aggregator", a_lacp_bond(OTHER_AGGREGATOR), readiness.LACP_NOT_READY, "LACP port eno2 is in aggregator 2, the active one is 1"),
    ("aggregator unknown", a_lacp_bond(a_port("eno2", 3, aggregator=None)), readiness.LACP_NOT_READY, "LACP port eno2 is in aggregator unknown, the active one is 1"),
    ("no active aggregator", a_lacp_bond(a_port("eno2", 3), info=None), readiness.LACP_NOT_READY, "LACP port eno2 is in no active aggregator"),
    ("active aggregator unknown", a_lacp_bond(a_port("eno2", 3), info=AdInfo()), readiness.LACP_NOT_READY, "in no active aggregator"),
    ("actor not in sync", a_lacp_bond(OUT_OF_SYNC), readiness.LACP_NOT_READY, "(actor ATG-----, partner ATGSCD--)"),
    ("partner not in sync", a_lacp_bond(a_port("eno2", 3, partner=5)), readiness.LACP_NOT_READY, "(actor ATGSCD--, partner A-G-----)"),
    ("actor state unknown", a_lacp_bond(a_port("eno2", 3, actor=None)), readiness.LACP_NOT_READY, "does not tell its port state"),
    ("partner state unknown", a_lacp_bond(a_port("eno2", 3, partner=None)), readiness.LACP_NOT_READY, "does not tell its port state"),
    ("stale LACP state of a lost link", a_lacp_bond(a_port("eno2", 3, carrier=False, mii="down")), readiness.CARRIER, "eno2 has no carrier"),
]  # fmt: skip


@pytest.mark.parametrize(("bond", "reason", "phrase"), [pytest.param(*rest, id=words) for words, *rest in UNREADY])
def test_why_a_slave_is_not_ready(bond: Bond, reason: str, phrase: str) -> None:
    found, words = unready(bond, bond.slaves[0])
    assert (found, phrase in words) == (reason, True), words


@pytest.mark.parametrize("bond", [a_pair(), a_lacp_bond(), a_lacp_bond(a_port(actor=61, partner=60)), a_pair(mode=6)])
def test_a_healthy_slave_is_ready(bond: Bond) -> None:
    assert unready(bond, bond.slaves[0]) == ("", "")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_are_told_as_the_kernel_spells_them(name: str) -> None:
    bond = a_bond(a_slave("eno1", 2), a_lost_slave(name, 3))
    assert (
        said(a_situation(bond))["last-usable-slave"].evidence
        == f"no other slave of bond0 is usable: {name} has no carrier"
    )


MANY = max(settings().max_examples, 400)
"""Random bonds that must be looked at to see every verdict."""


def carries_traffic(bond: Bond, slave: Slave) -> bool:
    """A judgement of its own, from nothing but the kernel's words."""
    state, info = slave.state, bond.options.ad_info
    if not slave.link.admin_up or slave.link.carrier is not True or state.mii_status != "up":
        return False
    if bond.options.mode != 4:
        return True
    if info is None or info.aggregator_id is None or state.aggregator_id != info.aggregator_id:
        return False
    actor, partner = state.actor_port_state or 0, state.partner_port_state or 0
    return all(end & bit for end in (actor, partner) for bit in (8, 16, 32)) and not actor & (64 | 128)


@settings(max_examples=MANY)
@given(bond=random_bonds(), chosen=st.integers(0, 3))
def test_the_last_slave_that_carries_traffic_is_never_let_down(bond: Bond, chosen: int) -> None:
    slave = bond.slaves[chosen % len(bond.slaves)]
    plan = a_plan(a_situation(bond, DOWN, slave.name))
    if plan.verdict != REFUSE:
        left = [each for each in bond.slaves if each is not slave and carries_traffic(bond, each)]
        assert len(left) >= (max(1, bond.options.min_links or 0) if bond.options.mode == LACP else 1)
        assert bond.link.admin_up
        assert bond.link.carrier
        assert bond.options.miimon or bond.options.arp_interval


@settings(max_examples=MANY)
@given(bond=random_bonds(), chosen=st.integers(0, 3))
def test_traffic_is_never_moved_to_a_slave_that_cannot_carry_it(bond: Bond, chosen: int) -> None:
    slave = bond.slaves[chosen % len(bond.slaves)]
    plan = a_plan(a_situation(bond, ACTIVATE, slave.name))
    if plan.verdict != REFUSE:
        assert carries_traffic(bond, slave)
        assert bond.options.mode in {1, 5, 6}
        assert bond.active is not None


@given(bond=random_bonds(), kind=st.sampled_from(KINDS))
def test_every_guard_answers_in_one_line_of_words(bond: Bond, kind: str) -> None:
    plan: Plan = a_plan(a_situation(bond, kind, bond.slaves[0].name))
    for each in plan.guards:
        assert each.result in {OK, ASK, REFUSE}
        assert each.evidence
        assert each.evidence == each.evidence.strip()
        assert "\n" not in each.evidence
        assert "None" not in each.evidence
        assert not each.evidence.endswith(".")
    assert "None" not in plan.effect
    assert plan.effect.endswith(".")
    assert not plan.effect.endswith("..")


def test_the_random_bonds_reach_every_verdict() -> None:
    seen: set[tuple[str, str]] = set()

    @settings(max_examples=MANY)
    @given(bond=random_bonds(), kind=st.sampled_from(KINDS))
    def look(bond: Bond, kind: str) -> None:
        seen.add((kind, a_plan(a_situation(bond, kind, bond.slaves[-1].name)).verdict))

    look()
    assert seen >= {(kind, result) for kind in (DOWN, ACTIVATE) for result in (OK, ASK, REFUSE)} | {(UP, OK)}
