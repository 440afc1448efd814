"""Whether an undo is still to be done, by what the kernel says: it must do no harm and give up only for good."""

from __future__ import annotations

from typing import Any

import pytest

from bondtui.actions.undoing import DONE, GONE, TO_DO, state
from bondtui.model.action import ACTIVATE, DOWN, Undo
from bondtui.model.bond import Bond, Link
from tests.actions import a_plan
from tests.builders import a_pair, a_situation, in_bond, links_of
from tests.machine import with_options, with_slave


def the_undo(kind: str) -> Undo:
    """Of setting eno1 down, or of making eno2 the active slave."""
    undo = a_plan(a_situation(a_pair(), kind, "eno1" if kind == DOWN else "eno2")).undo
    assert undo is not None
    return undo


DOWN_UNDO, SWITCH_UNDO = the_undo(DOWN), the_undo(ACTIVATE)
IS_DOWN = with_slave(a_pair(active_slave=3), "eno1", admin_up=False, carrier=False, mii="down")
SWITCHED = a_pair(active_slave=3)


def here(bond: Bond, *without: int) -> dict[int, Link]:
    return {link.ifindex: link for link in links_of(bond) if link.ifindex not in without}


def moved(of: Bond, index: int, /, **link: Any) -> dict[int, Link]:
    links = here(of)
    return {**links, index: links[index]._replace(**link)}


ELSEWHERE = a_pair(ifindex=77, name="bond7")
OTHER_CARD = a_pair().slaves[0].state._replace(perm_hwaddr="02:ff:ff:ff:ff:ff")
HIDDEN = a_pair().slaves[0].state._replace(perm_hwaddr=None)


@pytest.mark.parametrize(
    ("undo", "links", "expected", "why"),
    [
        (DOWN_UNDO, here(IS_DOWN), TO_DO, ""),
        (DOWN_UNDO, here(a_pair()), DONE, ""),
        (DOWN_UNDO, here(with_slave(a_pair(), "eno1", carrier=False, mii="down")), DONE, ""),
        (DOWN_UNDO, here(with_slave(IS_DOWN, "eno1", name="x\x1b")), TO_DO, ""),
        (DOWN_UNDO, here(IS_DOWN, 2), GONE, "the interface is gone"),
        (DOWN_UNDO, here(IS_DOWN, 3), TO_DO, ""),
        (DOWN_UNDO, here(IS_DOWN, 10), GONE, "the bond is gone"),
        (DOWN_UNDO, moved(IS_DOWN, 10, bond=None), GONE, "the bond is gone"),
        (DOWN_UNDO, moved(IS_DOWN, 2, slave=None, master=None), GONE, "eno1 is no longer in bond0"),
        (DOWN_UNDO, {**here(IS_DOWN), **here(ELSEWHERE, 2, 3), 2: in_bond(IS_DOWN.slaves[0], 77)}, GONE, "eno1 is no longer in bond0"),
        (DOWN_UNDO, moved(IS_DOWN, 2, slave=OTHER_CARD), GONE, "eno1 is another interface now, its permanent address is 02:ff:ff:ff:ff:ff"),
        (DOWN_UNDO, moved(IS_DOWN, 2, slave=HIDDEN), TO_DO, ""),
        (DOWN_UNDO._replace(perm_hwaddr=None), moved(IS_DOWN, 2, slave=OTHER_CARD), TO_DO, ""),
        (SWITCH_UNDO, here(SWITCHED), TO_DO, ""),
        (SWITCH_UNDO, here(a_pair()), DONE, ""),
        (SWITCH_UNDO, here(with_options(a_pair(), active_slave=None)), TO_DO, ""),
        (SWITCH_UNDO, here(SWITCHED, 3), TO_DO, ""),
        (SWITCH_UNDO, here(SWITCHED, 2), GONE, "the interface is gone"),
        (SWITCH_UNDO, here(SWITCHED, 10), GONE, "the bond is gone"),
        (SWITCH_UNDO, moved(SWITCHED, 2, master=77), GONE, "eno1 is no longer in bond0"),
        (SWITCH_UNDO, moved(SWITCHED, 2, slave=OTHER_CARD), GONE, "eno1 is another interface now, its permanent address is 02:ff:ff:ff:ff:ff"),
    ],
)  # fmt: skip
def test_whether_a_change_is_still_to_be_taken_back(
    undo: Undo, links: dict[int, Link], expected: str, why: str
) -> None:
    assert state(undo, links) == (expected, why)
