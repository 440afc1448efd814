"""The faults of a lab on a real kernel: each does to a bond what it says, and leaves nothing behind when it is undone."""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from bondtui.core.lacp import SILENT as SILENT_PARTNER
from bondtui.lab.faults import offered
from bondtui.lab.layout import layout
from bondtui.model.lab import (
    AGGREGATOR,
    FLAP,
    LACP_STOP,
    LOSS,
    MTU,
    PULL,
    SILENT,
    SPREAD,
    BondWish,
    Fault,
    LabBond,
)
from bondtui.ports import LabError
from bondtui.system.lab_faults import Faults
from bondtui.system.lab_network import SWITCH, build
from tests.kernel import namespaces
from tests.kernel.commands import command
from tests.kernel.lab import Lab
from tests.kernel.waiting import until

VOLATILE = re.compile(
    r"state|mii_status|link_failure_count|ad_\w+_id|ad_info|timer|topology|designated|carrier|stats|perm_hwaddr"
)
"""Parts of ``ip -d -j link`` that the drivers change by themselves, or that tell of the past."""
FLOOD = 200
QUICKLY = ("-i", "0.05")


class Clock:
    """Goes on when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Rehearsal:
    """A lab as ``bondtui lab`` builds it, and its faults."""

    def __init__(self, lab: Lab, *wishes: BondWish) -> None:
        self.lab = lab
        self.bonds = layout(wishes)
        self.clock = Clock()
        lab.within(lambda: build(self.bonds, SPREAD))
        self.faults = Faults(self.bonds, clock=self.clock)
        self.is_well()

    def is_well(self) -> None:
        """All slaves are up and carry."""
        for bond in self.bonds:
            self.lab.settled(bond.name)

    def answers(self, bond: LabBond, *options: str, count: int = 3) -> int:
        """How many pings of the gateway are answered; the sender must not be told of any loss."""
        argv = self.lab.argv("ping", "-q", "-c", str(count), "-W", "0.5", *(options or QUICKLY), bond.gateway)
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        found = re.search(r"(\d+) received", done.stdout)
        assert found is not None, done.stdout
        assert done.stderr == ""
        return int(found[1])

    def state(self, slave: str, attribute: str) -> str:
        """A file of the slave's ``bonding_slave``."""
        return self.lab.sysfs(slave, f"bonding_slave/{attribute}") or ""

    def active(self, bond: LabBond) -> str:
        """The current active slave."""
        return self.lab.sysfs(bond.name, "bonding/active_slave") or ""

    def picture(self) -> list[Any]:
        """The switch, as far as it does not change by itself."""
        links = json.loads(command("ip", "-n", SWITCH, "-d", "-j", "link"))
        ports = [port for bond in self.bonds for port in bond.ports]
        shows = ["qdisc show", *(f"filter show dev {port} {way}" for port in ports for way in ("ingress", "egress"))]
        return [_lasting(links), command("tc", "-n", SWITCH, "-batch", "-", stdin="\n".join([*shows, ""]))]


@pytest.fixture(autouse=True)
def _switch_ends() -> Iterator[None]:
    """The peer's namespace has a fixed name."""
    yield
    namespaces.delete(SWITCH)


def test_what_a_bond_over_a_bridge_makes_of_the_faults(lab: Lab) -> None:
    arp = BondWish(options=(("arp_interval", "100"),))
    there = Rehearsal(lab, BondWish(), arp)
    faults, (watched, asked) = there.faults, there.bonds

    # A pulled cable is seen, and another slave takes over.
    done = faults.put(Fault(PULL, "eno1"))
    assert done.commands == ("ip -n switch link set p1 down",)
    lab.slave_is("eno1", "down")
    until(lambda: there.active(watched) == "eno2")
    assert there.answers(watched) == 3
    faults.undo(Fault(PULL, "eno1"))
    lab.slave_is("eno1", "up")

    # miimon does not see a silent port, the ARP monitor does.
    failures = there.state("eno2", "link_failure_count")
    for slave in ("eno2", "eno3"):
        faults.put(Fault(SILENT, slave))
    lab.slave_is("eno3", "down")
    until(lambda: there.active(asked) == "eno4")
    assert there.answers(watched) == 0
    assert there.answers(asked) == 3
    assert (there.active(watched), there.state("eno2", "mii_status")) == ("eno2", "up")
    assert (lab.sysfs("eno2", "carrier"), there.state("eno2", "link_failure_count")) == ("1", failures)
    assert lab.sysfs("eno3", "carrier") == "1"
    for slave in ("eno2", "eno3"):
        faults.undo(Fault(SILENT, slave))
    lab.slave_is("eno3", "up")
    assert there.answers(watched) == 3

    # A question and its answer both run the risk: 40 % of 40 % come back.
    faults.put(Fault(LOSS, "eno2", 60))
    assert there.answers(watched, "-f", "-l", "100", count=FLOOD) / FLOOD == pytest.approx(0.16, abs=0.12)
    faults.undo(Fault(LOSS, "eno2"))

    # What is longer than the MTU is lost, to the byte; an IPv4 header has 20 bytes, that of a ping 8.
    faults.put(Fault(MTU, "eno2"))
    assert there.answers(watched, "-s", "1372", *QUICKLY) == 3
    assert there.answers(watched, "-s", "1373", "-M", "do", *QUICKLY) == 0
    faults.undo(Fault(MTU, "bond0"))
    assert there.answers(watched, "-s", "1472", "-M", "do", *QUICKLY) == 3

    # A flap is counted by the driver, and ends plugged in.
    faults.put(Fault(FLAP, "eno2", 2))
    while (due := faults.due()) is not None:
        lab.slave_is("eno2", "down" if "p2" in _down() else "up")
        there.clock.now += due
        faults.tick()
    lab.slave_is("eno2", "up")
    assert int(there.state("eno2", "link_failure_count")) == int(failures) + 2


def test_what_an_lacp_bond_makes_of_the_faults_and_that_all_are_undone(lab: Lab) -> None:
    there = Rehearsal(lab, BondWish("802.3ad"), BondWish())
    faults, (trunk, other) = there.faults, there.bonds
    built = there.picture()

    # A port in another aggregator has a partner, and what is sent over the first one is answered.
    done = faults.put(Fault(AGGREGATOR, "eno2"))
    assert "ip -n switch link set p2 master sw0-b" in done.commands
    until(lambda: "system mac address: 02:ff" in lab.proc(), what="another partner")
    until(lambda: there.state("eno2", "ad_aggregator_id") != there.state("eno1", "ad_aggregator_id"))
    lab.slave_is("eno2", "up")
    assert there.answers(trunk) == 3
    faults.undo(Fault(AGGREGATOR, "eno2"))
    there.is_well()
    assert there.state("eno2", "ad_aggregator_id") == there.state("eno1", "ad_aggregator_id")

    # Without LACPDUs the partner expires, and although the carrier stays nothing comes through.
    faults.put(Fault(LACP_STOP, "bond0"))
    until(lambda: all(int(there.state(each, "ad_actor_oper_port_state")) & SILENT_PARTNER for each in trunk.slaves))
    assert (lab.sysfs("bond0", "carrier"), there.answers(trunk)) == ("1", 0)
    assert there.answers(other) == 3

    elsewhere = Faults([trunk._replace(ports=("p1", "p9"))])
    with pytest.raises(LabError, match=r'^ip -n switch link set p9 down: Cannot find device "p9"$'):
        elsewhere.put(Fault(PULL, "eno2"))
    with pytest.raises(LabError, match=r'^ip -n nowhere -j link: Cannot open network namespace "nowhere"'):
        Faults(there.bonds, "nowhere").put(Fault(MTU, "bond0"))

    seed = random.randrange(1 << 32)
    _do_at_random(there, random.Random(seed), steps=20)
    for each in trunk.slaves + other.slaves:
        lab.slave_is(each, "up")
    until(lambda: there.picture() == built, what=f"all as it was built (seed {seed})")


def _do_at_random(there: Rehearsal, chance: random.Random, steps: int) -> None:
    """Faults of both bonds come and go, and at the end all are undone, one by one."""
    subjects = [slave for bond in there.bonds for slave in bond.slaves]
    for _ in range(steps):
        slave = chance.choice(subjects)
        kind = chance.choice(offered(there.bonds, slave))
        value = chance.randint(kind.value.least, kind.value.most) if kind.value is not None else None
        if chance.random() < 0.7:
            there.faults.put(Fault(kind.name, slave, value))
        else:
            there.faults.undo(Fault(kind.name, slave))
        there.clock.now += 0.5
        there.faults.tick()
    left = [each.fault for each in there.faults.in_place]
    chance.shuffle(left)
    for fault in left:
        there.faults.undo(fault)
    assert there.faults.in_place == ()


def _down() -> list[str]:
    """What is set down in the switch."""
    return [
        link["ifname"] for link in json.loads(command("ip", "-n", SWITCH, "-j", "link")) if "UP" not in link["flags"]
    ]


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lasting(each) for key, each in value.items() if not VOLATILE.search(key)}
    return [_lasting(each) for each in value] if isinstance(value, list) else value
