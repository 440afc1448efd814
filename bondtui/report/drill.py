"""A drill for machines and for a terminal: the JSON document, and what ``bondtui drill`` prints line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bondtui.core import label
from bondtui.core.words import command_line, counted, listed, printable, sentence
from bondtui.drill.defaults import flow_words
from bondtui.drill.figures import span, words
from bondtui.drill.passage_record import rfc3339
from bondtui.drill.record import KEYS, drill_record, samples_record
from bondtui.drill.trail import Trail
from bondtui.model.action import ASK, OK, REFUSE
from bondtui.model.drill import CABLE, INTERRUPTED, REFUSED, Check, Drill, Passage, Preflight
from bondtui.model.record import NamedTuple
from bondtui.report.document import Document, Head, status, whereabouts
from bondtui.report.drill_markdown import markdown

SCHEMA = "bondtui.drill/1"
FACTS = ("bondtui_version", "kernel", "machine", "operator")
GO = {REFUSE: "NO-GO", ASK: "ask", OK: "go"}
_NO_OPTIONS = frozenset(
    {
        *("name", "ifindex", "mode", "mode_number", "operstate", "admin_up", "mtu", "hwaddr", "addresses"),
        *("active_slave", "mii_status", "hidden", "counters", "slaves"),
    }
)
_OF_SLAVE = (
    *("name", "ifindex", "role", "permanent_hwaddr", "driver", "bus_info", "speed_mbps", "duplex", "admin_up"),
    *("carrier", "mii_status", "link_failure_count", "aggregator_id", "actor_port_state", "partner_port_state"),
)


class Scribe(NamedTuple):
    """Writes up the drills of one machine."""

    host: str
    simulated: bool
    facts: Mapping[str, object]
    """Of the machine: ``FACTS``, as far as they are known."""
    lab: str = ""
    """Which lab the bonds are in; ``""`` for none."""

    def document(self, drill: Drill, wall: float, trails: Sequence[Trail] | None = None) -> Document:
        """The document of ``bondtui drill --json``; with trails that of the report, which holds all samples."""
        told = {
            **_head(Head(self.host, wall, self.simulated, self.lab)),
            **drill_record(drill),
            **_surroundings(drill.preflight),
            **{key: self.facts.get(key) for key in FACTS},
        }
        if trails is not None:
            told["samples"] = samples_record(trails, drill.preflight.flows, drill.began.mono)
        return told

    def written(self, drill: Drill, wall: float, trails: Sequence[Trail]) -> tuple[Document, str]:
        """Both files of the report: the document with all samples, and the text for a ticket."""
        document = self.document(drill, wall, trails)
        return document, markdown(drill, document, trails)


def not_planned(
    bond: str, verdict: str, reason: str, head: Head, facts: Mapping[str, object] | None = None
) -> Document:
    """The document where no drill could be planned at all, for this reason."""
    empty: dict[str, Any] = {"bond": bond, "verdict": verdict, "reason": reason, "targets": [], "rounds": []}
    lists: dict[str, Any] = {"flows": [], "plans": [], "findings": [], "slaves_tested": [], "command": []}
    rest = dict.fromkeys(("mode", "mode_number", "options", "slaves"))
    known = {key: (facts or {}).get(key) for key in FACTS}
    return {**_head(head), **dict.fromkeys(KEYS), **empty, **lists, **rest, **known}


def preflight_lines(preflight: Preflight, *, simulated: bool, lab: str = "") -> Iterator[str]:
    """The pre-flight list: what would be done, and for each check go or no-go, the worst first."""
    wish = preflight.wish
    names = [printable(preflight.names.get(each, "?")) for each in preflight.slaves]
    if said := label.sentence(simulated=simulated, lab=lab):
        yield said
    yield f"Drill of {printable(preflight.bond)}: {wish.fault} of {listed(names)}, {counted(wish.rounds, 'round')}{' of each' if len(names) > 1 else ''}"
    for plan in preflight.plans:
        yield f"  command  {command_line(plan.command)}"
    if wish.fault == CABLE:
        yield "  command  none: you pull the cable"
    rtt = "" if preflight.rtt_s is None else f", round trip {span(preflight.rtt_s * 1000)}"
    why = f" ({printable(preflight.why_target)})" if preflight.why_target else ""
    for flow in preflight.flows:
        device = f" over {printable(flow.device)}" if flow.device else ""
        yield f"  probes   {printable(flow_words(flow))}{device}{why}"
    yield f"  every    {span(preflight.period_s * 1000)}{rtt}; undone after {preflight.revert_after_s:.0f} s at the latest"
    yield f"  predict  {sentence(preflight.predicted)}"
    for result, word in GO.items():
        for check in preflight.checks:
            if check.result == result:
                yield f"  {_mark(check, word):<7}  {check.name}: {printable(check.words)}"


def result_lines(drill: Drill, paths: tuple[str, str], *, simulated: bool, lab: str = "") -> Iterator[str]:
    """The verdict first, then the figures, the findings, and where the report is."""
    if said := label.sentence(simulated=simulated, lab=lab):
        yield said
    yield f"{drill.verdict.upper()}: {sentence(drill.reason)}"
    for each in drill.rounds:
        yield f"  round {each.number}, {printable(each.name)}: {figures(each.failover, each.failback, drill.preflight.period_s)}"
        if each.trouble:
            yield f"    ended early: {sentence(each.trouble)}"
    if drill.rounds:
        yield f"  predicted: {sentence(drill.preflight.predicted)}"
    for finding in drill.findings:
        yield f"  {finding.severity or 'note'}: {sentence(finding.words)}"
    if drill.verdict == INTERRUPTED:
        yield "  'bondtui pending' tells whether anything is still to be undone."
    if paths[1]:
        yield f"  report: {printable(paths[1])}{label.fleeting(paths[1], lab)}"


def figures(failover: Passage | None, failback: Passage | None, period_s: float) -> str:
    """``failover 120 ms (100-140), failback 0 lost (< 10 ms)``."""
    return f"failover {figure(failover, period_s)}, failback {figure(failback, period_s)}"


def figure(passage: Passage | None, period_s: float) -> str:
    """The outage of the flow that was interrupted longest, with its bounds."""
    worst = passage.worst if passage else None
    return "not measured" if worst is None else f"{words(worst, period_s)}{', coarse' if worst.coarse else ''}"


def refusal(preflight: Preflight) -> str:
    """Why nothing is done, in one line."""
    return f"{REFUSED}: {'; '.join(preflight.reasons)}"


def needs_name(preflight: Preflight) -> str:
    """Why a yes is not enough, in one line."""
    why = "; ".join(preflight.reasons)
    return f"{REFUSED}: the name of the bond must be given, because {why}; say '--confirm {preflight.bond}'"


def _mark(check: Check, word: str) -> str:
    return "doubt" if check.doubtful and check.result == OK else word


def _head(head: Head) -> Document:
    whose = whereabouts(simulated=head.simulated, lab=head.lab)
    return {"schema": SCHEMA, "host": head.host, "taken_at": rfc3339(head.wall), **whose}


def _surroundings(preflight: Preflight) -> Document:
    """The bond and its slaves as they were before, under the names of ``bondtui status --json``."""
    bond = preflight.snapshot
    if bond is None:
        slaves = [
            {**dict.fromkeys(_OF_SLAVE), "name": name, "ifindex": index} for index, name in preflight.names.items()
        ]
        return {"mode": None, "mode_number": None, "options": None, "slaves": slaves}
    (told,) = status((bond,), host="", wall=0.0, simulated=False)["bonds"]
    return {
        "mode": told["mode"],
        "mode_number": told["mode_number"],
        "options": {key: value for key, value in told.items() if key not in _NO_OPTIONS},
        "slaves": [{key: each[key] for key in _OF_SLAVE} for each in told["slaves"]],
    }
