"""What something on the screen means: a list of all that can be asked about with its value now, and the text of one of it."""

from __future__ import annotations

from bondtui.core.words import command_line, printable, sentence
from bondtui.model.record import NamedTuple
from bondtui.view.line import ACCENT, CHOSEN, DIM, PLAIN, STRONG, WARN, Line, Span, clip, flowed, pad, width
from bondtui.view.look import chosen_bond, chosen_slave
from bondtui.view.page import BLANK, WIDE_FROM, Frame, Page, Pane, Scroll, labelled, titled, window
from bondtui.view.topics import GROUPS, VERDICT, Topic, topics

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bondtui.explain.entry import Entry
    from bondtui.model.bond import Bond, Slave
    from bondtui.view.look import Look

LEFT_CELLS = 66
GROUP_CELLS = 10
LABEL_AT_MOST = 29
LIST_AT_LEAST = 3
SEE, SOURCE = "See", "Source"
EXAMPLE_BOND, EXAMPLE_SLAVE = "bond0", "eno1"
"""What the texts call any bond and any slave."""


class Asked(NamedTuple):
    """What the reader wants to have explained."""

    topic: Topic | None = None
    """The highlighted one as it was when it was chosen."""
    position: int = 0
    scroll: Scroll = Scroll()
    """Of the text."""


def offered(look: Look) -> list[Topic]:
    """All that can be asked about the chosen bond and its highlighted slave."""
    bond, judgement = chosen_bond(look.bonds, look.bond)
    return topics(look, bond, judgement, chosen_slave(bond, look.slave))


def at_topic(offers: Sequence[Topic], position: int) -> Asked:
    """One of them is asked about."""
    there = max(0, min(len(offers) - 1, position))
    return Asked(offers[there], there)


def first_asked(offers: Sequence[Topic]) -> Asked:
    """What is explained first when nothing else is asked for: the reason of the verdict, which is the first finding, or the verdict."""
    return at_topic(offers, next((n for n, each in enumerate(offers) if each.finding is not None), 0))


def first_asked_of(offers: Sequence[Topic], before: Asked) -> Asked:
    """What is explained first of another bond: the same field, or else what is worst."""
    topic = before.topic
    if topic is None or topic.finding is not None:
        return first_asked(offers)
    there = next((n for n, each in enumerate(offers) if _key(each) == _key(topic)), 0)
    return at_topic(offers, there) if there or topic.group == VERDICT else first_asked(offers)


class Listed(NamedTuple):
    """All that is listed, and which of it is highlighted."""

    topics: list[Topic]
    here: int
    gone: bool = False
    """The highlighted one is not offered any more. It keeps its place until another is chosen: somebody reads it."""


def listed(offers: Sequence[Topic], asked: Asked) -> Listed:
    """The list as it is for somebody who has asked this."""
    topic = asked.topic
    if topic is None:
        return Listed([*offers], max(0, min(asked.position, len(offers) - 1)))
    for n, each in enumerate(offers):
        if _key(each) == _key(topic):
            return Listed([*offers], n)
    ranks = [GROUPS.index(each.group) for each in offers]
    rank = GROUPS.index(topic.group)
    there = max(sum(each < rank for each in ranks), min(asked.position, sum(each <= rank for each in ranks)))
    return Listed([*offers[:there], topic._replace(value=("gone", WARN)), *offers[there:]], there, gone=True)


def chosen_at(offers: Sequence[Topic], asked: Asked, row: int) -> Asked:
    """What stands in this row of the list is asked about."""
    shown = listed(offers, asked)
    row = max(0, min(len(shown.topics) - 1, row))
    if shown.gone and row == shown.here:
        return asked
    return at_topic(offers, row - (shown.gone and row > shown.here))


def moved(offers: Sequence[Topic], asked: Asked, step: int) -> Asked:
    """Another one is asked about, so many further down."""
    return chosen_at(offers, asked, listed(offers, asked).here + step)


def _key(topic: Topic) -> tuple[object, ...]:
    finding = topic.finding
    about = None if finding is None else finding.subject if finding.ifindex is None else finding.ifindex
    return topic.group, topic.label if finding is None else finding.rule, about


def explained_page(look: Look, asked: Asked, cells: int, rows: int) -> Page:
    """Draw it for a terminal of this size. There must be a bond."""
    judged = look.bonds
    bond, judgement = chosen_bond(judged, look.bond)
    slave = chosen_slave(bond, look.slave)
    shown = listed(topics(look, bond, judgement, slave), asked)
    topic, changed = _as_asked(shown, asked)
    title, right = _title(topic, bond, slave), _what_became_of_it(look, topic, shown.gone, changed)
    frame = Frame(look, judged, titled(title, right, cells), cells, rows)
    frame.rule()
    wide = cells >= WIDE_FROM
    width_left = LEFT_CELLS if wide else cells
    all_of_it = Pane(
        [_offer(look, each, shown.topics, width_left, chosen=n == shown.here) for n, each in enumerate(shown.topics)],
        keep=range(shown.here, shown.here + 1),
        spots={n: n for n in range(len(shown.topics))},
    )
    told = Pane(explanation(topic, bond, slave, cells - LEFT_CELLS - 2 if wide else cells), by_hand=True)
    if wide:
        left = window(all_of_it, LEFT_CELLS, frame.room, Scroll())
        seen = window(told, cells - LEFT_CELLS - 2, frame.room, asked.scroll)
        frame.beside(left, seen)
    else:
        most = min(len(shown.topics), max(LIST_AT_LEAST, frame.room // 3))
        frame.below(window(all_of_it, cells, most, Scroll()))
        frame.rule()
        seen = window(told, cells, frame.room, asked.scroll)
        frame.below(seen)
    return frame.done(seen, free=asked.scroll.free)


def _as_asked(shown: Listed, asked: Asked) -> tuple[Topic, str]:
    """What is explained, and how its value has changed since: the text stays that of the value that was asked about."""
    topic, before = shown.topics[shown.here], asked.topic
    if before is None or (topic.word, topic.about_value) == (before.word, before.about_value):
        return topic, ""
    was, now = (each.about_value or each.word for each in (before, topic))
    return topic._replace(word=before.word, about_value=before.about_value), f"{was} is explained, it is {now} now"


def _title(topic: Topic, bond: Bond, slave: Slave | None) -> Line:
    if topic.finding is not None:
        about = f"{topic.finding.rule} of {printable(topic.finding.subject)}"
    else:
        about = ", ".join(printable(each.name) for each in (bond, slave) if each is not None)
    return ("Explained: ", STRONG), (about, STRONG)


def _what_became_of_it(look: Look, topic: Topic, gone: bool, changed: str) -> list[Line]:
    """What must be said of it before it is read, in more words and in fewer."""
    if gone:
        sign = look.glyphs.ok if topic.finding is not None else look.glyphs.warn
        said = "it is not found any more" if topic.finding is not None else "it is not shown any more"
        return [((f"{sign} gone: {said}", WARN),), ((f"{sign} gone", WARN),)]
    return [((f"{look.glyphs.warn} {said}", WARN),) for said in (changed, "changed")] if changed else []


def _offer(look: Look, topic: Topic, offers: Sequence[Topic], cells: int, *, chosen: bool) -> Line:
    labels = min(LABEL_AT_MOST, max(width(each.label) for each in offers))
    text, tone = topic.value
    spans: list[Span] = [(f"{look.glyphs.chosen if chosen else ' '} ", ACCENT)]
    if cells >= LEFT_CELLS:
        first = topic is next(each for each in offers if each.group == topic.group)
        spans.append((pad(topic.group if first or chosen else "", GROUP_CELLS), DIM))
    spans += [
        (clip(topic.label, labels, look.glyphs.cut), CHOSEN if chosen else PLAIN),
        (" " * (labels - min(labels, width(topic.label)) + 2), PLAIN),
    ]
    if topic.finding is not None:
        text += f"  {printable(topic.finding.subject)}"
    room = max(0, cells - sum(width(each) for each, _ in spans))
    return (*spans, (clip(text, room, look.glyphs.cut), tone))


def explanation(topic: Topic, bond: Bond, slave: Slave | None, cells: int) -> list[Line]:
    """What is seen of it here, then what there is to say about it anywhere."""
    lines: list[Line] = []
    if topic.finding is not None:
        finding = topic.finding
        lines += flowed(((sentence(finding.summary), STRONG),), cells)
        for n, each in enumerate(finding.evidence):
            lines += labelled("" if n else "Evidence", printable(each), cells)
        lines.append(BLANK)
    found = entries(topic)
    names = _names(topic, bond, slave)
    for n, entry in enumerate(found):
        lines += [BLANK] if n else []
        lines += _entry(entry, names, cells)
    return lines or [*flowed(((f"there is no text about {printable(topic.word)}", WARN),), cells)]


def entries(topic: Topic) -> list[Entry]:
    """The texts about it: about the thing itself, and about the value that it has."""
    from bondtui.explain import find  # noqa: PLC0415 - all the texts are read when they are asked for

    found = [entry for word in (topic.word, topic.about_value) if word for entry in find(word)]
    return [entry for n, entry in enumerate(found) if entry not in found[:n]]


def _entry(entry: Entry, names: Mapping[str, str], cells: int) -> Iterator[Line]:
    from bondtui.explain.wording import head, parts  # noqa: PLC0415 - see above

    yield from flowed(((printable(head(entry)), STRONG), (f": {sentence(entry.title)}", PLAIN)), cells)
    for label, texts in parts(entry):
        tone = STRONG if label == SEE else DIM if label == SOURCE else PLAIN
        for n, text in enumerate(texts):
            said = printable(" ".join(_named(word, names) for word in text.split(" ")))
            yield from labelled("" if n else label, ((said, tone),), cells)


def _names(topic: Topic, bond: Bond, slave: Slave | None) -> dict[str, str]:
    """The names that a text about any bond and slave gets, so that its commands can be pasted.

    A finding is explained with the slave that it is about, be it gone by now, and all else with the highlighted one.
    """
    about = slave.name if slave is not None else EXAMPLE_SLAVE
    if topic.finding is not None and topic.finding.subject != bond.name:
        about = topic.finding.subject
    return {EXAMPLE_BOND: bond.name, EXAMPLE_SLAVE: about}


def _named(word: str, names: Mapping[str, str]) -> str:
    for example, name in names.items():
        if example in word:
            return word.replace(example, command_line((name,)))
    return word
