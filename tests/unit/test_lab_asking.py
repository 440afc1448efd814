"""Which lab is meant when one is asked from a terminal."""

from __future__ import annotations

import json

import pytest

from bondtui.commands import lab_faults
from bondtui.model.lab import PULL, Fault
from bondtui.options import LabRequest
from bondtui.ports import LabError
from bondtui.system import lab_client
from tests.ui.small_lab import SmallLab, a_lab_bond


@pytest.fixture
def labs(monkeypatch: pytest.MonkeyPatch) -> dict[int, SmallLab]:
    """Two labs that run, seen from outside."""
    running = {611: SmallLab(), 7387: SmallLab(a_lab_bond(mode="802.3ad"), a_lab_bond("ens1", name="bond1"))}
    for pid, lab in running.items():
        vars(lab)["pid"] = pid
    monkeypatch.setattr(lab_client, "inside", lambda: None)
    monkeypatch.setattr(lab_client, "running", lambda: [*running.values()])
    return running


def test_of_several_labs_one_must_be_named_and_it_is_said_what_they_are(
    labs: dict[int, SmallLab], capsys: pytest.CaptureFixture[str]
) -> None:
    request = LabRequest("put", PULL, "eno1")
    assert lab_faults.ask(request, json=False) == 64
    said = "611: uml, bond0 active-backup; 7387: uml, bond0 802.3ad, bond1 active-backup"
    assert said in capsys.readouterr().err
    assert lab_faults.ask(request._replace(lab=5), json=False) == 3
    assert "no lab of yours has the process id 5; there is 611, 7387" in capsys.readouterr().err
    assert lab_faults.ask(request._replace(lab=7387), json=True) == 0
    assert json.loads(capsys.readouterr().out)["pid"] == 7387
    assert ([], [("put", Fault(PULL, "eno1"))]) == (labs[611].done, labs[7387].done)


def test_what_is_in_place_is_told_of_all_of_them(labs: dict[int, SmallLab], capsys: pytest.CaptureFixture[str]) -> None:
    labs[7387].put(Fault(PULL, "ens1"))
    labs[611].refuses = LabError("the lab does not answer", 3)
    assert lab_faults.ask(LabRequest("about"), json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["LAB, --lab 611: the lab does not answer", "LAB uml, Linux 6.1.0, --lab 7387"]
    assert lines[-1] == "ens1: cable pulled at p1  (bondtui lab --undo pull ens1 --lab 7387)"
    labs.clear()
    assert lab_faults.ask(LabRequest("about"), json=False) == 3
    labs[1] = SmallLab()
    assert lab_faults.ask(LabRequest("about"), json=False) == 0
    assert capsys.readouterr().out.splitlines()[0] == "LAB uml, Linux 6.1.0"
