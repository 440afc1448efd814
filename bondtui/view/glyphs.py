"""The signs that are drawn, once in Unicode and once in ASCII for locales that have nothing else."""

from __future__ import annotations

from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Glyphs(NamedTuple):
    """One set of signs, all one cell wide."""

    ok: str
    warn: str
    bad: str
    unknown: str
    chosen: str
    rule: str
    wall: str
    levels: str
    """Bars of a graph: the first is zero, the last is the ceiling."""
    gap: str
    cut: str
    answered: str
    """A probe that was answered; in the same row stand the three signs below, ``unknown`` for one that is still
    on its way, and ``gap`` where none was sent."""
    late: str
    lost: str
    mark: str
    """Points at the moment of an event."""
    note: str
    """Before what is merely worth knowing."""


UNICODE = Glyphs("●", "▲", "✖", "◌", "▸", "─", "│", "▁▂▃▄▅▆▇█", "·", "…", "▪", "▫", "╳", "▴", "•")  # noqa: RUF001
ASCII = Glyphs("o", "!", "X", "?", ">", "-", "|", "_.:-=+*#", " ", "~", "o", "l", "X", "^", "-")


def glyphs_for(environment: Mapping[str, str]) -> Glyphs:
    """The set that the locale of this environment can show."""
    value = environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or ""
    coerced = (
        value == "C.UTF-8"
        and not environment.get("LC_ALL")
        and environment.get("LC_CTYPE") == value
        and environment.get("LANG", "C") in ("", "C", "POSIX")
    )  # Python itself writes LC_CTYPE=C.UTF-8 into its environment when the locale is C (PEP 538)
    utf8 = "utf-8" in value.lower() or "utf8" in value.lower()
    return UNICODE if utf8 and not coerced else ASCII
