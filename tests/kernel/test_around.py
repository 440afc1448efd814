"""What lies around real bonds, and that the rules that need it speak of exactly that."""

from __future__ import annotations

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.model.around import Around, Device
from bondtui.model.bond import Bond
from bondtui.model.host import Route
from bondtui.system.around import KernelAround
from bondtui.triage import around as around_rules
from bondtui.triage import hardware
from bondtui.triage.case import Case
from tests.kernel.commands import command
from tests.kernel.lab import Lab
from tests.kernel.waiting import until
from tests.unit.test_lldp import FRAME, NEIGHBOUR, a_frame, said, stored

CALM = {"virtual-slave"}
"""What is true of every bond of these tests."""


def looked(lab: Lab) -> tuple[tuple[Bond, ...], Around]:
    """The bonds of the machine and what is around them."""

    def look() -> tuple[tuple[Bond, ...], Around]:
        source = lab.source()
        try:
            bonds = fold.took(Monitor(), source.read()).bonds
        finally:
            source.close()
        return bonds, KernelAround(str(lab.root)).around(bonds)

    return lab.within(look)


def signs(lab: Lab) -> set[str]:
    """``RULE SUBJECT`` of all that these rules find."""
    bonds, told = looked(lab)
    found = set()
    for bond in bonds:
        for rule in (*hardware.RULES, *around_rules.RULES):
            found |= {f"{rule.name} {sign.subject.name}" for sign in rule.look(Case(bond, around=told))}
    return {each for each in found if each.split()[0] not in CALM}


def test_around_a_healthy_bond_there_is_nothing(lab: Lab) -> None:
    lab.bond()
    lab.bond("balance-xor", name="bond1", slaves=("eno3", "eno4"))
    bonds, told = looked(lab)
    indexes = [slave.ifindex for bond in bonds for slave in bond.slaves]
    assert len(indexes) == 4
    nothing: tuple[object, ...] = (dict.fromkeys(indexes, ()),) * 2
    assert (told.addresses, told.routes) == nothing
    assert told.devices == dict.fromkeys(indexes, Device(virtual=True))
    assert told.masters == dict.fromkeys((bond.ifindex for bond in bonds), "")
    assert told.twins == dict.fromkeys((bond.ifindex for bond in bonds), ())
    assert told.qdiscs == dict.fromkeys((bond.ifindex for bond in bonds), ("noqueue",))
    assert told.neighbours == {}
    assert set(told.unknown) <= {"neighbours", "configured", "lost_links", "log"}
    assert signs(lab) == set()


def test_addresses_and_routes_of_a_slave(lab: Lab) -> None:
    lab.bond()
    lab.ip("address", "add", "198.51.100.7/24", "dev", "eno1")
    lab.batch(
        ["link add link eno2 name eno2.5 type vlan id 5", "link set eno2.5 up", "address add 2001:db8::5/64 dev eno2.5"]
    )
    (bond,), told = looked(lab)
    eno1, eno2 = bond.slaves
    assert told.addresses == {eno1.ifindex: ("198.51.100.7/24",), eno2.ifindex: ("2001:db8::5/64 on eno2.5",)}
    assert told.routes[eno1.ifindex] == (Route("198.51.100.0/24", None, "eno1", static=False),)
    assert signs(lab) == {"slave-has-ip eno1", "slave-has-ip eno2"}
    lab.batch(["address flush dev eno1", "link delete eno2.5"])
    assert signs(lab) == set()


def test_the_mtu_of_a_slave(lab: Lab) -> None:
    lab.bond()
    lab.ip("link", "set", "eno2", "mtu", "1400")
    assert signs(lab) == {"mtu-mismatch eno2"}
    lab.ip("link", "set", "bond0", "mtu", "1400")
    assert signs(lab) == set()


def test_a_bond_under_a_bridge(lab: Lab) -> None:
    lab.bond("balance-alb")
    lab.batch(["link add br0 type bridge", "link set bond0 master br0", "link set br0 up"])
    (bond,), told = looked(lab)
    assert told.masters == {bond.ifindex: "bridge"}
    assert signs(lab) == set()


def test_a_slave_that_has_left_and_is_set_up_is_a_twin(lab: Lab) -> None:
    lab.bond()
    lab.batch(["link add link bond0 name bond0.7 type vlan id 7", "link add link bond0 name mv0 type macvlan"])
    lab.batch(["link set eno1 nomaster", "link set bond0.7 up", "link set mv0 up"])
    (bond,), told = looked(lab)
    assert told.twins == {bond.ifindex: ()}
    lab.ip("link", "set", "eno1", "up")
    assert signs(lab) == {"mac-duplicate bond0"}
    lab.ip("link", "set", "eno1", "address", "02:00:00:00:00:77")
    assert signs(lab) == set()


def test_the_queues_of_a_bond(lab: Lab) -> None:
    lab.bond()
    command("tc", "-n", lab.machine, "qdisc", "add", "dev", "bond0", "root", "netem", "delay", "1ms")
    command("tc", "-n", lab.machine, "qdisc", "add", "dev", "eno1", "root", "netem", "delay", "1ms")
    (bond,), told = looked(lab)
    assert told.qdiscs == {bond.ifindex: ("netem",)}


def test_the_neighbours_that_networkd_has_heard(lab: Lab) -> None:
    lab.bond("balance-xor")
    (bond,), _ = looked(lab)
    first, second = bond.slaves
    folder = lab.root / "run/systemd/netif/lldp"
    folder.mkdir(parents=True)
    (lab.root / "proc/500").mkdir()
    (lab.root / "proc/500/comm").write_text("systemd-network\n")
    for slave in bond.slaves:
        (folder / str(slave.ifindex)).write_bytes(stored(FRAME))
    assert looked(lab)[1].neighbours == {first.ifindex: NEIGHBOUR, second.ifindex: NEIGHBOUR}
    assert signs(lab) == {"same-switch bond0"}
    (folder / str(second.ifindex)).write_bytes(stored(a_frame(*said(b"\x07another"))))
    assert signs(lab) == {"static-lag-split bond0"}


def test_what_the_driver_says_of_lacp(lab: Lab) -> None:
    lab.bond("802.3ad", name="lonely", slaves=("x", "y"), partner_kind="bridge")
    (lab.root / "dev").mkdir()
    (lab.root / "dev/kmsg").symlink_to("/dev/kmsg")
    until(lambda: any(word.bond == "lonely" for word in looked(lab)[1].log), what="a word in the kernel log")
    bonds, told = looked(lab)
    assert {(word.kind, word.bond) for word in told.log} == {("no-partner", "lonely")}
    assert all(slave.ifindex in told.lost_links for bond in bonds for slave in bond.slaves)
