"""The line that says when failover over each slave of a bond was last proven."""

from __future__ import annotations

from bondtui.core.words import printable
from bondtui.drill.history import Proof, proof_of, words
from bondtui.model.drill import FAIL
from bondtui.view.line import DIM, PLAIN, WARN, Line, fit, packed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bondtui.model.bond import Bond
    from bondtui.view.look import Look

    Entry = Mapping[str, object]
    Slaves = tuple[tuple[str, str | None], ...]

LINES_AT_MOST = 2
FOLDED_AT_MOST = 100
_folded: dict[tuple[str, str, Slaves], tuple[Sequence[Entry], tuple[Proof, ...]]] = {}
"""By bond, lab and slaves what a history says of them: it is long, and drawn every second."""


def proven_lines(look: Look, bond: Bond, cells: int) -> list[Line]:
    """Its lines; none while the history is not known, or where there are no slaves."""
    if look.history is None or not bond.slaves:
        return []
    wall = (look.frozen or look.now).wall
    items: list[Line] = [((printable(words(each, wall)), _tone(each)),) for each in _proofs(look, bond, wall)]
    label, *more = items
    lines = list(packed([(("drill  ", DIM), *label), *more], cells - 1, gap="   "))
    return [fit(line, cells) for line in lines[:LINES_AT_MOST]]


def _proofs(look: Look, bond: Bond, wall: float) -> tuple[Proof, ...]:
    history, lab = look.history or (), look.monitor.lab
    key = bond.name, lab, tuple((slave.name, slave.state.perm_hwaddr) for slave in bond.slaves)
    known = _folded.get(key)
    if known is None or known[0] is not history:
        if len(_folded) >= FOLDED_AT_MOST:
            _folded.clear()
        known = history, tuple(proof_of(history, bond, slave, wall, lab) for slave in bond.slaves)
        _folded[key] = known
    return known[1]


def _tone(proof: Proof) -> str:
    if proof.newest is None:
        return DIM
    return WARN if proof.newest["verdict"] == FAIL else PLAIN
