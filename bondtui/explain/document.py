"""The same texts as one Markdown document, docs/rules.md."""

from __future__ import annotations

from bondtui.explain.catalogue import entries
from bondtui.explain.entry import HEADINGS, KINDS, RULE, Entry
from bondtui.explain.wording import parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.model.finding import Fix

_HEAD = """\
# Rules, and what the words mean

Made by `python -m bondtui.explain` from the texts that `bondtui explain` shows; change those, not this file.

A rule looks at what the kernel tells of a bond and of what lies around it, and speaks only of what it knows: what is
hidden, stale or unknown makes no finding. `bondtui check` and the screen use the same rules. Every id and name can be
muted, and the numbers can be set, in the file of `bondtui check`. `bond0` and `eno1` stand for any bond and slave; all
commands under *See* change nothing. `bondtui explain BT001` shows the permanent fix as systemd-networkd,
NetworkManager, netplan and ifupdown write it.
"""
_LIMITS = """\
## What cannot be decided, or only in part

From what one host can observe some conditions of the catalogue cannot be told for certain.
"""


def document() -> str:
    """The whole document, ending with a line break."""
    there = entries()
    rules = [entry for entry in there if entry.kind == RULE]
    said = [_HEAD, "## All rules\n", _table(rules), _LIMITS, _limits(rules), "## Each rule\n"]
    said += [_section(entry) for entry in rules]
    for kind in (each for each in KINDS if each != RULE):
        said += [f"## {HEADINGS[kind]}\n", *(_section(entry) for entry in there if entry.kind == kind)]
    return "\n".join(said)


def _table(rules: list[Entry]) -> str:
    rows = [
        f"| [{entry.name}](#{_anchor(entry)}) | {entry.also[0]} | {entry.severity} | {', '.join(entry.side)} | {entry.title} |"
        for entry in rules
    ]
    return "\n".join(["| Id | Name | Severity | Side | What it says |", "|---|---|---|---|---|", *rows, ""])


def _limits(rules: list[Entry]) -> str:
    return "\n".join([*(f"- **{each.name} {each.also[0]}**: {_safe(each.limit)}" for each in rules if each.limit), ""])


def _section(entry: Entry) -> str:
    names = f"{entry.name} {entry.also[0]}" if entry.kind == RULE else f"`{entry.name}`"
    beside = f" ({', '.join((entry.severity, *entry.side))})" if entry.severity else ""
    said = [f"### {names}\n", f"{_safe(entry.title)}{beside}.\n"]
    for label, texts in parts(entry):
        shown = ", ".join(f"`{text}`" for text in texts) if label == "See" else _safe(texts[0])
        said.append(f"- **{label}:** {shown}")
    if entry.fix is not None:
        said.append(f"- **Permanent:** {_fix(entry.fix)}")
    if entry.also and entry.kind != RULE:
        said.append(f"- **Also found as:** {', '.join(f'`{name}`' for name in entry.also)}")
    return "\n".join([*said, ""])


def _fix(fix: Fix) -> str:
    """A typical fix in the kernel's words."""
    options = [f"`{name} {value}`" for name, value in fix.options.items()]
    kind = [" ".join(each for each in (fix.kind, fix.value, fix.slave) if each)] if fix.kind else []
    return ", ".join([*options, *(f"`{each}`" for each in kind)])


def _anchor(entry: Entry) -> str:
    return f"{entry.name} {entry.also[0]}".lower().replace(" ", "-").replace("/", "")


def _safe(text: str) -> str:
    """A text that Markdown leaves as it is."""
    return text.replace("*", r"\*").replace("<", r"\<")
