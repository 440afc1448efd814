"""Rules about what harms a bond from beside it: each fires, and is silent on what is not known."""

from __future__ import annotations

from typing import Any

import pytest

from bondtui.model.around import Around
from bondtui.model.bond import Bond
from bondtui.model.host import Route
from bondtui.triage import around
from bondtui.triage.case import Case
from bondtui.triage.rule import Sign
from tests.builders import BOND, a_bond, a_pair, a_slave

DEFAULT = Route("default", "192.0.2.254", "eno1")
CONNECTED = Route("192.0.2.0/24", None, "eno1.5", static=False)


def signs(bond: Bond, **facts: Any) -> list[tuple[str, Sign]]:
    case = Case(bond, around=Around(**facts))
    return [(rule.name, sign) for rule in around.RULES for sign in rule.look(case)]


def test_another_owner_of_the_mac_is_told() -> None:
    ((name, sign),) = signs(a_pair(), twins={BOND: ("eno9",)})
    assert name == "mac-duplicate"
    assert sign.summary.startswith("eno9 is up with the MAC of bond0: ")
    assert sign.evidence == ("bond0 address 02:00:00:00:00:0a", "eno9 up, address 02:00:00:00:00:0a")
    assert sign.next_step.startswith("'ip -d link show dev eno9'; ")
    ((_, sign),) = signs(a_pair(), twins={BOND: ("eno8", "eno9"), 99: ("x",)})
    assert sign.summary.startswith("eno8 and eno9 are up with ")


@pytest.mark.parametrize("twins", [{}, {BOND: ()}, {99: ("eno9",)}])
def test_without_one_nothing_is_said(twins: dict[int, tuple[str, ...]]) -> None:
    assert signs(a_pair(), twins=twins) == []


def test_addresses_and_routes_on_a_slave_are_told_of_that_slave() -> None:
    facts = {"addresses": {2: ("192.0.2.7/24", "2001:db8::7/64 on eno1.5"), 3: ()}, "routes": {2: (DEFAULT,), 3: ()}}
    ((name, sign),) = signs(a_pair(), **facts)
    assert (name, sign.subject.name) == ("slave-has-ip", "eno1")
    assert sign.summary.startswith("eno1 has 2 addresses and 1 route past bond0: ")
    assert sign.evidence == (
        "address 192.0.2.7/24",
        "address 2001:db8::7/64 on eno1.5",
        "route default via 192.0.2.254 dev eno1",
    )
    assert sign.next_step.startswith("'ip address show dev eno1'; ")
    assert sign.fix is not None
    assert (sign.fix.kind, sign.fix.slave) == ("no-address", "eno1")


def test_a_route_alone_is_told_too() -> None:
    ((_, sign),) = signs(a_pair(), routes={3: (CONNECTED,)})
    assert sign.subject.name == "eno2"
    assert sign.summary.startswith("eno2 has 1 route past bond0: ")
    assert sign.evidence == ("route 192.0.2.0/24 dev eno1.5",)
    assert sign.next_step.startswith("'ip route show table all dev eno1.5'; ")


def test_of_many_routes_the_first_ones_are_shown() -> None:
    many = tuple(Route(f"10.{number}.0.0/16", None, "eno1") for number in range(300))
    ((_, sign),) = signs(a_pair(), addresses={2: ("192.0.2.7/24",)}, routes={2: many})
    assert sign.summary.startswith("eno1 has an address and 300 routes past bond0: ")
    assert len(sign.evidence) == 7
    assert sign.evidence[-1] == "295 more"


def with_mtu(bond: int | None, *slaves: int | None) -> Bond:
    made = [a_slave(f"eno{number}", 1 + number) for number in range(1, 1 + len(slaves))]
    whole = a_bond(*(each._replace(link=each.link._replace(mtu=mtu)) for each, mtu in zip(made, slaves, strict=True)))
    return whole._replace(link=whole.link._replace(mtu=bond))


def test_a_smaller_mtu_loses_packets() -> None:
    ((name, sign),) = signs(with_mtu(9000, 9000, 1500))
    assert (name, sign.subject.name, sign.severity) == ("mtu-mismatch", "eno2", "")
    assert sign.summary == "eno2 has another MTU than bond0: larger packets are lost on it."
    assert sign.evidence == ("eno2 mtu 1500", "bond0 mtu 9000")
    assert sign.fix is not None
    assert (sign.fix.kind, sign.fix.value, sign.fix.slave) == ("mtu", "9000", "eno2")


def test_a_larger_one_is_merely_odd() -> None:
    ((_, sign),) = signs(with_mtu(1500, 9000))
    assert sign.severity == "low"


@pytest.mark.parametrize("bond", [with_mtu(1500, 1500), with_mtu(None, 1500), with_mtu(1500, None)])
def test_the_same_mtu_or_one_that_is_not_known_is_none(bond: Bond) -> None:
    assert signs(bond) == []
