"""A machine with 64 bonds of 8 slaves each, and one with many other interfaces."""

from __future__ import annotations

from tests.kernel.lab import Lab
from tests.kernel.waiting import until

BONDS, SLAVES = 64, 8


def test_64_bonds_with_8_slaves_each_are_told_completely(lab: Lab) -> None:
    wanted = {f"bond{bond}": [f"s{bond}.{slave}" for slave in range(SLAVES)] for bond in range(BONDS)}
    lab.batch(_making(wanted))
    bonds = lab.status()["bonds"]
    assert {bond["name"]: [slave["name"] for slave in bond["slaves"]] for bond in bonds} == wanted
    assert {bond["active_slave"] for bond in bonds} == {f"s{bond}.0" for bond in range(BONDS)}
    slaves = [slave for bond in bonds for slave in bond["slaves"]]
    assert {slave["mii_status"] for slave in slaves} == {"up"}
    with lab.watched() as watch:
        lab.batch([f"link set s{bond}.0 down" for bond in range(BONDS)])
        until(
            lambda: (
                {bond.active and bond.active.name for bond in watch.monitor.bonds}
                == {f"s{bond}.1" for bond in range(BONDS)}
            ),
            what="all bonds switched",
        )
        told = {event.subject for event in watch.events if event.kind == "active-changed"}
        assert told == set(wanted)


def test_other_interfaces_are_not_told(lab: Lab) -> None:
    lab.batch([f"link add d{number} type dummy" for number in range(50)])
    lab.bond()
    lab.settled()
    assert [bond["name"] for bond in lab.status()["bonds"]] == ["bond0"]
    with lab.watched() as watch:
        lab.batch([f"link set d{number} {way}" for number in range(50) for way in ("up", "down")])
        lab.ip("link", "delete", "d7")
        lab.pull("eno1")
        watch.event("active-changed")
        assert {event.subject for event in watch.events} == {"eno1", "bond0"}


def _making(wanted: dict[str, list[str]]) -> list[str]:
    lines = []
    for bond, slaves in wanted.items():
        lines.append(f"link add {bond} type bond mode active-backup miimon 100")
        for slave in slaves:
            lines += [f"link add {slave} type dummy", f"link set {slave} master {bond}"]
        lines.append(f"link set {bond} up")
    return lines
