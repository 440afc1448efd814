"""All entries, and how a word finds one."""

from __future__ import annotations

import re
from difflib import get_close_matches

from bondtui.explain import (
    fields,
    fields_traffic,
    lacp_fields,
    modes,
    options_monitor,
    options_traffic,
    port_state,
    rules_around,
    rules_balance,
    rules_lacp,
    rules_lacp_settling,
    rules_links,
    rules_monitoring,
    rules_selection,
    verdicts,
)
from bondtui.explain.entry import KINDS, RULE, Entry

_RULES = sorted(
    (
        *rules_links.ENTRIES,
        *rules_monitoring.ENTRIES,
        *rules_selection.ENTRIES,
        *rules_lacp.ENTRIES,
        *rules_lacp_settling.ENTRIES,
        *rules_balance.ENTRIES,
        *rules_around.ENTRIES,
    ),
    key=lambda entry: entry.name,
)
_ENTRIES: tuple[Entry, ...] = (
    *verdicts.ENTRIES,
    *_RULES,
    *modes.ENTRIES,
    *port_state.ENTRIES,
    *lacp_fields.ENTRIES,
    *options_monitor.ENTRIES,
    *options_traffic.ENTRIES,
    *fields.ENTRIES,
    *fields_traffic.ENTRIES,
    *verdicts.GUARD_ENTRIES,
)
_LONGEST = 80
"""So much of a word is compared with the names there are."""
_WITH_A_VALUE = ("bonding mode", "mode", "port state")
"""Labels of /proc whose value is looked up as well when a whole line is given."""
_NUMBERED = re.compile(r"(mode|bit|state)(\d+)", re.ASCII)
_RULE_NUMBER = re.compile(r"bt(\d{1,9})", re.ASCII)
_NEGATIVE = re.compile(r"\s*-\s*\d+\s*")


def entries() -> tuple[Entry, ...]:
    """All entries, by group in the order of KINDS, rules by id."""
    return _ENTRIES


def find(word: str, *kinds: str) -> tuple[Entry, ...]:
    """All entries that are called so: an id, a name, a label of /proc or the screen, a number; only these kinds, if given.

    Case, ``_``, ``-`` and white space do not matter; a whole line of /proc/net/bonding is looked up by its label. Every
    number of a byte is also read as a port state of LACP. LOST is first of all what is written so.
    """
    found = _called(word) or _of_a_kind(word)
    if not found and ":" in word:
        label, _, value = word.partition(": " if ": " in word else ":")
        found = _called(label)
        if found and _plain(label) in _WITH_A_VALUE:
            found += tuple(each for each in _called(value) if each not in found)
    if word.isalpha() and word.isupper():  # as the screen writes what is bad
        found = tuple(sorted(found, key=lambda each: word not in (each.name, *each.also)))
    return tuple(each for each in found if each.kind in kinds) if kinds else found


def near(word: str, at_most: int = 5) -> tuple[str, ...]:
    """The names that are most like this word; none when nothing is."""
    plain = _plain(word[:_LONGEST])
    names = {_plain(name): name for entry in _ENTRIES for name in reversed((entry.name, *entry.also))}
    if (number := _RULE_NUMBER.fullmatch(plain)) and (rule := f"bt{int(number[1]):03}") in names:
        return (names[rule],)
    inside = [each for each in names if len(plain) > 2 and plain in each]
    alike = get_close_matches(plain, names, n=at_most, cutoff=0.6)
    return tuple(
        dict.fromkeys(names[each] for each in (*sorted(inside, key=lambda each: not each.startswith(plain)), *alike))
    )[:at_most]


def _called(word: str) -> tuple[Entry, ...]:
    if _NEGATIVE.fullmatch(word):
        return ()
    plain = _NUMBERED.sub(r"\1 \2", _plain(word))
    found = tuple(entry for entry in _ENTRIES if plain in map(_plain, _names(entry)))
    state = port_state.read_state(word)
    return found if state is None else (*found, port_state.state_entry(state))


def _names(entry: Entry) -> tuple[str, ...]:
    """All its names, and a rule's as findings show them: ``BT001 no-monitor``."""
    shown = (f"{entry.name} {entry.also[0]}",) if entry.kind == RULE else ()
    return (entry.name, *entry.also, *shown)


def _of_a_kind(word: str) -> tuple[Entry, ...]:
    """``mode 4``, ``mode4``, ``rule no-monitor``: the group comes first."""
    kind, _, rest = _NUMBERED.sub(r"\1 \2", _plain(word)).partition(" ")
    wanted = next((each for each in KINDS if each.lower() == kind), None)
    return tuple(entry for entry in _called(rest) if entry.kind == wanted) if rest and wanted else ()


def _plain(word: str) -> str:
    """A word without what does not matter for finding it."""
    words = word.casefold().replace("_", " ").replace("-", " ").removesuffix("(ms)").rstrip(" :").split()
    return " ".join(words)
