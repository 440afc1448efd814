"""What is said between a lab and those who ask it survives the way through JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.lab import messages
from bondtui.model.lab import (
    FAULTS,
    KERNELS,
    TRAFFICS,
    About,
    BondWish,
    Fault,
    FaultInPlace,
    Host,
    LabBond,
    LabWish,
)

TEXTS = st.text(max_size=12)
SOME_TEXTS = st.lists(TEXTS, max_size=3).map(tuple)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=3).map(tuple)
ASKED = st.builds(Fault, st.sampled_from(FAULTS), TEXTS, st.none() | st.integers(0, 9000))
WISHES = st.builds(
    LabWish,
    st.lists(st.builds(BondWish, TEXTS, st.integers(1, 16), PAIRS), max_size=3).map(tuple),
    st.sampled_from(KERNELS),
    st.sampled_from(TRAFFICS),
    st.floats(10, 1e6),
    SOME_TEXTS,
)
BONDS = st.builds(
    LabBond,
    TEXTS,
    TEXTS,
    SOME_TEXTS,
    SOME_TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
    st.lists(st.builds(Host, TEXTS, TEXTS), max_size=2).map(tuple),
    PAIRS,
)
IN_PLACE = st.builds(FaultInPlace, ASKED, TEXTS, st.floats(0, 1e9), st.booleans())
LABS = st.builds(
    About,
    TEXTS,
    TEXTS,
    st.lists(BONDS, max_size=2).map(tuple),
    st.lists(IN_PLACE, max_size=2).map(tuple),
    TEXTS,
    TEXTS,
    SOME_TEXTS,
)


@given(wish=WISHES)
def test_a_wish_comes_back(wish: LabWish) -> None:
    assert messages.wish_of(_through_json(messages.wish_record(wish))) == wish


@given(about=LABS)
def test_what_a_lab_tells_of_itself_comes_back(about: About) -> None:
    assert messages.about_of(_through_json(messages.about_record(about))) == about


@given(fault=ASKED)
def test_a_fault_comes_back(fault: Fault) -> None:
    assert messages.fault_of(_through_json(messages.request(messages.PUT, fault))) == fault


@pytest.mark.parametrize(
    "said", [{}, {"kind": "pull"}, {"kind": "pull", "subject": 3}, {"kind": "loss", "subject": "a", "value": "9"}]
)
def test_what_is_no_fault_is_said_so(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="that is no fault"):
        messages.fault_of(said)


def _through_json(record: messages.Record) -> Any:
    return json.loads(json.dumps(record))
