"""What can be explained of what is on the screen: the findings, then the fields with the values that they have now."""

from __future__ import annotations

from bondtui.core.lacp import BITS
from bondtui.core.tracks import Rates, Track
from bondtui.core.words import UNKNOWN
from bondtui.model.bond import LACP
from bondtui.model.record import NamedTuple
from bondtui.view.columns import COLUMNS, Row
from bondtui.view.facts import fact_items
from bondtui.view.line import DIM, PLAIN, Span, plain
from bondtui.view.look import sign
from bondtui.view.slaves import total_rates
from bondtui.view.weight import loss_tone, severity_sign
from bondtui.view.what_if import shared_thing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bondtui.model.bond import Bond, Slave
    from bondtui.model.finding import Finding, Judgement
    from bondtui.view.look import Look

VERDICT, FINDINGS, BOND, SLAVE, BIT = "Verdict", "Findings", "Bond", "Slave", "LACP bits"
GROUPS = (VERDICT, FINDINGS, BOND, SLAVE, BIT)
"""In the order in which they are listed."""
WORDS_FOR = {"active": "active_slave", "lacp": "lacp_rate", "partner": "partner_mac", "monitor": "miimon"}
"""What facts about the bond are looked up by, where their label means more than one thing."""
WHAT_IF = "lost if it dies"


class Topic(NamedTuple):
    """One thing that can be explained."""

    group: str
    word: str
    """What it is looked up by."""
    label: str
    value: Span = ("", PLAIN)
    """What it is now."""
    finding: Finding | None = None
    about_value: str = ""
    """What the value itself is looked up by, where there is a text about that too."""


def topics(look: Look, bond: Bond, judgement: Judgement, slave: Slave | None) -> list[Topic]:
    """All of them in the order in which they are listed."""
    return [
        _verdict(look, judgement),
        *_what_if(judgement, slave),
        *(_finding(look, each) for each in judgement.findings),
        *_facts(look, bond),
        *(_columns(look, bond, slave) if slave is not None else ()),
        *(_bits(slave) if slave is not None and bond.options.mode == LACP else ()),
    ]


def _verdict(look: Look, judgement: Judgement) -> Topic:
    glyph, tone = sign(judgement.rank, look.glyphs)
    return Topic(VERDICT, judgement.verdict, judgement.word, (f"{glyph} {judgement.verdict}", tone))


def _what_if(judgement: Judgement, slave: Slave | None) -> Iterator[Topic]:
    for each in judgement.losses:
        if slave is not None and each.ifindex == slave.ifindex:
            said = each.alone if each.lost == each.alone else f"{each.alone} ({shared_thing(each)}: {each.lost})"
            yield Topic(VERDICT, "what_if", WHAT_IF, (said, loss_tone(each.lost)))


def _finding(look: Look, finding: Finding) -> Topic:
    glyph, tone = severity_sign(finding.severity, look.glyphs)
    return Topic(
        FINDINGS, finding.rule, f"{finding.rule} {finding.name}", (f"{glyph} {finding.severity}", tone), finding
    )


def _facts(look: Look, bond: Bond) -> Iterator[Topic]:
    """The facts about the bond, as they stand above the table of its slaves."""
    mode = bond.options.mode_name
    yield Topic(BOND, mode, "mode", (mode, PLAIN))
    for item in fact_items(look, bond)[1:]:
        if len(item) > 1:
            label = item[0][0].strip()
            yield Topic(BOND, WORDS_FOR.get(label, label), label, (plain(item[1:]).strip(), item[1][1]))
    yield Topic(BOND, "addresses", "addresses", (" ".join(bond.addresses or ()) or UNKNOWN, PLAIN))


def _columns(look: Look, bond: Bond, slave: Slave) -> Iterator[Topic]:
    """The columns of the table of slaves, as they are for this slave."""
    tracks = look.monitor.tracks
    total: Rates = total_rates(tracks[each.ifindex].rates for each in bond.slaves if each.ifindex in tracks)
    row = Row(slave, tracks.get(slave.ifindex) or Track(None), bond, total)
    for column in COLUMNS:
        if column.title and column.title != "slave" and column.says_something(bond):
            state = {"actor": slave.state.actor_port_state, "partner": slave.state.partner_port_state}.get(column.title)
            about_value = "" if state is None else f"port state {state}"
            yield Topic(SLAVE, column.title, column.title, column.draw(row), about_value=about_value)


def _bits(slave: Slave) -> Iterator[Topic]:
    actor, partner = slave.state.actor_port_state, slave.state.partner_port_state
    for bit, letter, word in BITS:
        said = f"actor {_bit(actor, bit)}, partner {_bit(partner, bit)}"
        yield Topic(BIT, f"bit {word}", f"{letter} {word}", (said, PLAIN if slave.usable else DIM))


def _bit(state: int | None, bit: int) -> str:
    return UNKNOWN if state is None else "yes" if state & bit else "no"
