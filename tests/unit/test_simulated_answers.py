"""Which slaves carry a probe and its answer over a simulated bond, by mode and by what is wrong."""

from __future__ import annotations

import pytest

from bondtui.model.bond import (
    ACTIVE_BACKUP,
    BALANCE_ALB,
    BALANCE_RR,
    BALANCE_TLB,
    BALANCE_XOR,
    BROADCAST,
    LACP,
)
from bondtui.model.probe import UDP, Flow, Target
from bondtui.simulated.answers import RELEARN_S, Keys, keys, round_trip_s, way_back, ways_out
from bondtui.simulated.bond import SimulatedBond
from bondtui.simulated.driver import Driver
from bondtui.simulated.machines import LACP_OPTIONS, MACHINES, OPTIONS, plain_bond

ENO1 = 11
PEER = "192.0.2.7"
HASHING = [BALANCE_XOR, LACP, BALANCE_TLB, BALANCE_ALB]
SETTLED = 20.0


class Machine:
    """One bond over ``eno1``, ``eno2``, ... whose slaves are told by name."""

    def __init__(self, mode: int, slaves: int = 2, **options: object) -> None:
        base = LACP_OPTIONS if mode == LACP else OPTIONS._replace(xmit_hash_policy="layer3+4", num_peer_notif=2)
        self.options = base._replace(mode=mode, **options)  # type: ignore[arg-type]
        self.driver = Driver([plain_bond(self.options, slaves)])
        self.driver.advance(SETTLED)

    @property
    def bond(self) -> SimulatedBond:
        return self.driver.bonds["bond0"]

    def keys(self, port: int = 40_001, address: str = PEER) -> Keys:
        return keys(Flow(Target(address, UDP, 7), source_port=port), address, port, self.options)

    def out(self, port: int = 40_001, number: int = 0, address: str = PEER) -> list[str]:
        return [slave.nic.name for slave in ways_out(self.bond, self.keys(port, address), number)]

    def back(self, port: int = 40_001, number: int = 0, address: str = PEER) -> list[str | None]:
        """By which slave each copy of the probe is answered at once."""
        known, now = self.keys(port, address), self.driver.now
        sent = ways_out(self.bond, known, number)
        found = [way_back(self.bond, known, number, slave, now) for slave in sent]
        return [slave.nic.name if slave else None for slave in found]

    def spread(self) -> tuple[set[str], set[str | None]]:
        """The slaves that many flows use, on their way out and on their way back."""
        ports = range(40_001, 40_065)
        return {name for port in ports for name in self.out(port)}, {name for port in ports for name in self.back(port)}


def test_active_backup_uses_the_active_slave_both_ways() -> None:
    machine = Machine(ACTIVE_BACKUP, primary=ENO1 + 1)
    assert machine.spread() == ({"eno2"}, {"eno2"})


def test_active_backup_sends_into_a_dead_cable_until_the_driver_has_noticed() -> None:
    machine = Machine(ACTIVE_BACKUP)
    machine.driver.cut("eno1")
    assert (machine.out(), machine.back()) == (["eno1"], [None])
    machine.driver.advance(SETTLED + 0.11)
    assert (machine.out(), machine.back()) == (["eno2"], ["eno2"])


def test_a_bond_without_carrier_sends_nothing() -> None:
    machine = Machine(ACTIVE_BACKUP, slaves=1)
    machine.driver.set_down("eno1")
    machine.driver.advance(SETTLED + 0.11)
    assert machine.out() == []


def test_a_bond_with_too_few_ports_sends_nothing() -> None:
    machine = Machine(LACP, min_links=2)
    assert machine.out()
    machine.driver.cut("eno1")
    machine.driver.advance(SETTLED + 0.2)
    assert machine.bond.slaves[1].usable
    assert machine.spread() == (set(), set())


@pytest.mark.parametrize("mode", [BALANCE_XOR, LACP])
def test_what_is_under_way_is_lost_with_the_link_by_which_it_went(mode: int) -> None:
    machine = Machine(mode)
    port = next(
        port for port in range(40_001, 40_065) if (machine.out(port), machine.back(port)) == (["eno1"], ["eno2"])
    )
    first = machine.bond.slaves[0]
    assert way_back(machine.bond, machine.keys(port), 0, first, SETTLED) is machine.bond.slaves[1]
    machine.driver.cut("eno1")
    assert way_back(machine.bond, machine.keys(port), 0, first, SETTLED) is None


def test_a_switch_that_is_not_told_learns_a_little_later() -> None:
    machine = Machine(ACTIVE_BACKUP, num_peer_notif=0)
    assert machine.driver.set_active("bond0", "eno2")
    assert (machine.out(), machine.back()) == (["eno2"], [None])
    machine.driver.advance(SETTLED + RELEARN_S)
    assert machine.back() == ["eno2"]


def test_a_switch_that_is_told_knows_at_once() -> None:
    machine = Machine(ACTIVE_BACKUP, num_peer_notif=1)
    assert machine.driver.set_active("bond0", "eno2")
    assert machine.back() == ["eno2"]


def test_one_notice_is_lost_with_the_last_carrier() -> None:
    """With num_grat_arp=1 nobody is told when the carrier comes back after a total loss."""
    machine = Machine(ACTIVE_BACKUP, slaves=1, num_peer_notif=1)
    machine.driver.cut("eno1")
    machine.driver.advance(SETTLED + 1.0)
    machine.driver.plug("eno1")
    while not machine.bond.carrier:
        machine.driver.advance(machine.driver.next_due)
    assert (machine.out(), machine.back()) == (["eno1"], [None])


@pytest.mark.parametrize("mode", HASHING)
def test_a_flow_stays_on_its_slave_and_many_flows_use_all(mode: int) -> None:
    machine = Machine(mode, slaves=2)
    flows = [(machine.out(number=number), machine.back(number=number)) for number in range(50)]
    assert len({(*out, *back) for out, back in flows}) == 1
    out, back = Machine(mode, slaves=2).spread()
    addresses = [f"192.0.2.{host}" for host in range(1, 65)]
    if mode == BALANCE_ALB:  # by address alone
        assert len(out) == 1
        out = {name for address in addresses for name in machine.out(address=address)}
        back = {name for address in addresses for name in machine.back(address=address)}
    assert out == {"eno1", "eno2"}
    assert back == ({"eno1"} if mode == BALANCE_TLB else {"eno1", "eno2"})


@pytest.mark.parametrize("mode", [*HASHING, BALANCE_RR, BROADCAST])
def test_a_slave_without_carrier_is_left_out_at_once_even_if_nothing_watches(mode: int) -> None:
    machine = Machine(mode, slaves=3, miimon=1000 if mode in HASHING else 0)
    machine.driver.cut("eno2")
    used = {name for port in range(40_001, 40_065) for number in range(3) for name in machine.out(port, number)}
    assert "eno2" not in used
    assert used


@pytest.mark.parametrize("mode", [BALANCE_XOR, LACP, BALANCE_RR, BROADCAST])
def test_nothing_is_lost_where_the_peer_sees_the_link_go(mode: int) -> None:
    machine = Machine(mode)
    machine.driver.cut("eno1")
    assert machine.spread() == ({"eno2"}, {"eno2"})


def test_peers_of_balance_alb_send_to_a_dead_slave_until_the_driver_has_noticed() -> None:
    machine = Machine(BALANCE_ALB)
    addresses = [f"192.0.2.{host}" for host in range(1, 65)]
    before = {address: machine.back(address=address) for address in addresses}
    machine.driver.cut("eno2")
    assert {address: machine.back(address=address) for address in addresses} == {
        address: [None] if ways == ["eno2"] else ["eno1"] for address, ways in before.items()
    }
    machine.driver.advance(SETTLED + 0.11)
    assert all(machine.back(address=address) == ["eno1"] for address in addresses)


def test_peers_of_balance_alb_are_not_told_while_the_driver_waits() -> None:
    machine = Machine(BALANCE_ALB, downdelay=400)
    machine.driver.cut("eno2")
    machine.driver.advance(SETTLED + 0.3)
    answers = {name for host in range(1, 65) for name in machine.back(address=f"192.0.2.{host}")}
    assert answers == {"eno1", None}


def test_ipv6_is_not_balanced_on_its_way_back() -> None:
    machine = Machine(BALANCE_ALB)
    assert {name for host in range(1, 65) for name in machine.back(address=f"2001:db8::{host:x}")} == {"eno1"}


def test_round_robin_takes_turns_and_broadcast_sends_copies() -> None:
    machine = Machine(BALANCE_RR, slaves=3)
    turns = [machine.out(number=number) for number in range(6)]
    assert turns[:3] == turns[3:]
    assert sorted(turns[:3]) == [["eno1"], ["eno2"], ["eno3"]]
    assert machine.spread()[0] == {"eno1", "eno2", "eno3"}
    assert Machine(BROADCAST, slaves=3).back() == ["eno1", "eno2", "eno3"]


def test_round_robin_may_send_several_packets_per_turn() -> None:
    machine = Machine(BALANCE_RR, packets_per_slave=2)
    first, second, third = (machine.out(number=number) for number in range(3))
    assert first == second != third


@pytest.mark.parametrize(
    ("policy", "by_port", "by_address"),
    [("layer2", False, False), ("layer2+3", False, True), ("layer3+4", True, True)],
)
def test_the_policy_says_what_tells_flows_apart(policy: str, by_port: bool, by_address: bool) -> None:
    machine = Machine(BALANCE_XOR, xmit_hash_policy=policy)

    def over(port: int, address: str) -> str:
        flow = Flow(Target(address, UDP, 7))
        (slave,) = ways_out(machine.bond, keys(flow, "192.168.10.1", port, machine.options), 0)
        return slave.nic.name

    assert (len({over(port, PEER) for port in range(40_001, 40_065)}) == 2) == by_port
    assert (len({over(40_001, f"192.0.2.{host}") for host in range(64)}) == 2) == by_address


def test_only_the_active_aggregator_carries() -> None:
    driver = MACHINES["lacp-split"]()
    driver.advance(SETTLED)
    bond = driver.bonds["bond0"]
    for port in range(40_001, 40_065):
        known = keys(Flow(Target(PEER)), PEER, port, bond.spec.options)
        (out,) = ways_out(bond, known, 0)
        back = way_back(bond, known, 0, out, SETTLED)
        assert (out.nic.name, back and back.nic.name) == ("ens1f0np0", "ens1f0np0")


def test_a_silent_lacp_partner_swallows_its_flows_until_the_timeout() -> None:
    machine = Machine(LACP)
    machine.driver.silence("eno2")
    out, back = machine.spread()
    assert out == {"eno1", "eno2"}
    assert back == {"eno1", None}
    machine.driver.advance(SETTLED + 1.9)
    assert None in machine.spread()[1]
    machine.driver.advance(SETTLED + 3.2)
    assert machine.spread() == ({"eno1"}, {"eno1"})


@pytest.mark.parametrize("mode", [ACTIVE_BACKUP, BALANCE_XOR, BALANCE_ALB])
def test_a_link_that_stays_up_and_carries_nothing_is_never_noticed(mode: int) -> None:
    machine = Machine(mode)
    machine.driver.silence("eno1")
    machine.driver.advance(SETTLED + 60.0)
    addresses = [f"192.0.2.{host}" for host in range(1, 65)]
    assert None in {name for address in addresses for name in machine.back(address=address)}


def test_a_port_of_a_switch_without_lacp_carries_all_the_same() -> None:
    spec = plain_bond(LACP_OPTIONS)
    driver = Driver([spec._replace(nics=tuple(nic._replace(speaks=False) for nic in spec.nics))])
    driver.advance(SETTLED)
    bond = driver.bonds["bond0"]
    known = keys(Flow(Target(PEER)), PEER, 40_001, spec.options)
    (out,) = ways_out(bond, known, 0)
    assert way_back(bond, known, 0, out, SETTLED) is out


def test_a_switch_port_without_portfast_forwards_late() -> None:
    driver = MACHINES["spanning-tree"]()
    bond = driver.bonds["bond0"]
    known = keys(Flow(Target(PEER)), PEER, 40_001, bond.spec.options)

    def answered() -> str | None:
        (out,) = ways_out(bond, known, 0)
        back = way_back(bond, known, 0, out, driver.now)
        return back.nic.name if back else None

    driver.set_down("eno1")
    driver.advance(5.0)
    assert answered() == "eno2"
    driver.set_up("eno1")
    driver.advance(5.6)  # carrier after 0.4 s, and back on the primary
    assert bond.active.slave is bond.slaves[0]
    assert answered() is None
    driver.advance(6.8)
    assert answered() == "eno1"


def test_a_cable_that_goes_again_makes_the_switch_port_wait_again() -> None:
    driver = MACHINES["spanning-tree"]()
    slave = driver.bonds["bond0"].slaves[0]
    for verb, at in (("cut", 1.0), ("plug", 2.0), ("cut", 3.0), ("plug", 3.2)):
        driver.advance(at)
        getattr(driver, verb)("eno1")
    driver.advance(3.2 + 0.4 + 1.2)
    assert slave.link_ok
    assert not slave.passes
    driver.advance(3.2 + 0.4 + 1.3)
    assert slave.passes


def test_a_round_trip_is_a_fraction_of_a_millisecond_and_never_changes() -> None:
    known = Machine(ACTIVE_BACKUP).keys()
    trips = [round_trip_s(known, number) for number in range(1000)]
    assert trips == [round_trip_s(known, number) for number in range(1000)]
    assert 0.0002 <= min(trips) < max(trips) <= 0.0006
    assert len(set(trips)) > 100
