"""``bondtui history``: the last proven failover and failback of each slave, as a document and line by line."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bondtui.core import label
from bondtui.core.words import printable
from bondtui.drill.history import NEVER, Proof, ago, figure, words
from bondtui.drill.passage_record import rfc3339
from bondtui.report.document import Document, Head, whereabouts

SCHEMA = "bondtui.history/1"
NOTHING = "no drill has been done here"
_TOLD = ("time", "verdict", "fault", "period_ms", "objective_ms", "failover", "failback", "report")


def document(proofs: Sequence[Proof], head: Head, trouble: str = "") -> Document:
    """The document of ``bondtui history --json``: per bond and slave the newest proof, and the newest that passed."""
    names = dict.fromkeys(each.bond for each in proofs)
    return {
        "schema": SCHEMA,
        "host": head.host,
        "taken_at": rfc3339(head.wall),
        **whereabouts(simulated=head.simulated, lab=head.lab),
        "bonds": [
            {
                "name": name,
                "present": any(each.present for each in proofs if each.bond == name),
                "slaves": [_slave(each, head.wall) for each in proofs if each.bond == name],
            }
            for name in names
        ],
        "trouble": trouble or None,
    }


def lines(proofs: Sequence[Proof], now: float, lab: str = "") -> Iterator[str]:
    """One line for each slave, those that are not there any more last."""
    if said := label.sentence(simulated=False, lab=lab):
        yield said
    if not any(each.rounds for each in proofs):
        yield f"{NOTHING[0].upper()}{NOTHING[1:]}."
    for bond in dict.fromkeys(each.bond for each in proofs):
        mine = [each for each in proofs if each.bond == bond]
        yield printable(bond) if any(each.present for each in mine) else f"{printable(bond)} (not there now)"
        for each in mine:
            yield f"  {printable(words(each, now))}{_failback(each)}{_gone(each, mine)}"


def of_bond(proofs: Sequence[Proof], name: str) -> list[Proof]:
    """What is known of this bond; nothing when neither the kernel nor the history knows it."""
    return [each for each in proofs if os.fsencode(each.bond) == os.fsencode(name)]


def _failback(proof: Proof) -> str:
    return f"; failback {figure(proof.newest.get('failback'))}" if proof.newest else ""


def _gone(proof: Proof, others: Sequence[Proof]) -> str:
    """What is known only from the history, with its address: another slave may have its name now."""
    if proof.present or not any(each.present for each in others):
        return ""
    return f" (not there now{f', {printable(proof.perm_hwaddr)}' if proof.perm_hwaddr else ''})"


def _slave(proof: Proof, now: float) -> dict[str, Any]:
    newest, newest_pass = proof.newest, proof.newest_pass
    return {
        "name": proof.slave,
        "present": proof.present,
        "permanent_hwaddr": proof.perm_hwaddr,
        "proven": newest is not None,
        "summary": words(proof, now).removeprefix(f"{proof.slave}: ") if newest else NEVER,
        "last": _told(newest, now),
        "last_pass": _told(newest_pass, now),
        "rounds": proof.rounds,
    }


def _told(entry: Mapping[str, Any] | None, now: float) -> dict[str, Any] | None:
    if entry is None:
        return None
    return {
        **{key: entry.get(key) for key in _TOLD},
        "age_s": round(now - entry["wall_s"]),
        "age": ago(now - entry["wall_s"]),
    }
