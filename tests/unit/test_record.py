"""The records behave as ``typing.NamedTuple`` does: each test asks both and compares the answers."""

from __future__ import annotations

import copy
import pickle
import typing
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.model.bond import Bond, BondOptions, Counters, Link
from bondtui.model.record import NamedTuple
from tests.builders import a_lacp_bond


class Ours(NamedTuple):
    """Three fields, one with a default."""

    first: int
    second: str
    third: object = None
    """A word about the last one."""

    @property
    def both(self) -> str:
        return f"{self.first}{self.second}"


class Theirs(typing.NamedTuple):
    first: int
    second: str
    third: object = None

    @property
    def both(self) -> str:
        return f"{self.first}{self.second}"


OURS: Any = Ours
THEIRS: Any = Theirs


def outcome(action: Callable[[], Any]) -> Any:
    """What came of it: the plain values, or the kind of error."""
    try:
        result = action()
    except (TypeError, ValueError, AttributeError) as error:
        return type(error)
    return tuple(result) if isinstance(result, (Ours, Theirs)) else result


VALUES = st.one_of(st.none(), st.integers(), st.text(max_size=3), st.tuples(st.integers()))
POSITIONAL = st.lists(VALUES, max_size=5)
NAMED = st.dictionaries(st.sampled_from(["first", "second", "third", "fourth", "self", "cls"]), VALUES, max_size=4)


@given(POSITIONAL, NAMED.filter(lambda named: not {"self", "cls"} & named.keys()))
def test_it_is_made_from_the_same_arguments(values: list[object], named: dict[str, object]) -> None:
    assert outcome(lambda: OURS(*values, **named)) == outcome(lambda: THEIRS(*values, **named))


@given(VALUES, VALUES, VALUES)
def test_it_has_the_same_parts(first: object, second: object, third: object) -> None:
    ours, theirs = OURS(first, second, third), THEIRS(first, second, third)
    assert ours == theirs == (first, second, third)
    assert (ours.first, ours.second, ours.third, ours.both) == (first, second, third, theirs.both)
    assert (len(ours), list(ours), ours[1], hash(ours)) == (3, list(theirs), theirs[1], hash(theirs))
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert ours._asdict() == theirs._asdict()
    assert list(ours._asdict()) == ["first", "second", "third"]


@given(NAMED.filter(lambda named: "self" not in named))
def test_it_is_replaced_in_the_same_way(named: dict[str, object]) -> None:
    ours, theirs = OURS(1, "a"), THEIRS(1, "a")
    if named.keys() <= {"first", "second", "third"}:
        assert ours._replace(**named) == theirs._replace(**named)
    else:
        with pytest.raises(ValueError, match="no field"):
            ours._replace(**named)
    assert ours == (1, "a", None)


def test_it_says_the_same_of_its_fields() -> None:
    assert (OURS._fields, OURS._field_defaults) == (THEIRS._fields, THEIRS._field_defaults)
    assert OURS.__annotations__ == {"first": "int", "second": "str", "third": "object"}
    assert Ours.__doc__ == "Three fields, one with a default."


@pytest.mark.parametrize("change", ["first", "fourth", "_fields"])
def test_it_cannot_be_changed(change: str) -> None:
    for each in (OURS(1, "a"), THEIRS(1, "a")):
        with pytest.raises(AttributeError):
            setattr(each, change, 2)


def test_it_is_compared_and_ordered_as_a_tuple() -> None:
    assert OURS(1, "a") == (1, "a", None)
    assert OURS(1, "a") != OURS(1, "b")
    assert OURS(1, "a", 0) < OURS(2, "a", 0)
    assert {OURS(1, "a"): "found"}[THEIRS(1, "a")] == "found"


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_it_is_copied_and_pickled_whole(again: Callable[[Any], Any]) -> None:
    for original in (OURS(1, "a", (2,)), Counters(*range(8)), a_lacp_bond()):
        copied = again(original)
        assert copied == original
        assert type(copied) is type(original)


def test_it_unpacks_and_matches_like_one() -> None:
    first, *rest = Ours(1, "a", None)
    assert (first, rest) == (1, ["a", None])
    match OURS(1, "a", 2):
        case Ours(first=1, third=third):
            assert third == 2
        case _:
            pytest.fail("did not match")


def test_what_the_type_checker_lets_pass_works() -> None:
    assert OURS._make([1, "a", 2]) == THEIRS._make([1, "a", 2])
    assert OURS.__match_args__ == THEIRS.__match_args__


def test_an_error_names_the_fields() -> None:
    with pytest.raises(TypeError, match=r"Ours: .*\bfourth\b"):
        OURS(1, "a", fourth=2)
    with pytest.raises(TypeError, match=r"\bfirst\b"):
        OURS(second="a")
    with pytest.raises(ValueError, match="fourth"):
        OURS(1, "a")._replace(fourth=2)


def test_the_models_are_such_records() -> None:
    assert Link(1, "a", True).carrier is None
    assert BondOptions().arp_ip_targets == ()
    assert Link(1, "a", admin_up=True)._replace(mtu=9)._asdict()["mtu"] == 9
    assert Bond(Link(1, "a", True), BondOptions()).slaves == ()
