"""What ``hostname``, ``uname -a`` and ``date`` print, as a sosreport keeps it."""

from __future__ import annotations

import calendar
import re

_DATE = re.compile(r"[A-Z][a-z]{2} +([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (?:UTC|GMT) (\d{4})", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONGEST_NAME = 253


def host(hostname: str | None, uname: str | None) -> str | None:
    """The name of the machine."""
    for words in ((hostname or "").split(), (uname or "").split()[1:2]):
        if len(words) == 1 and len(words[0]) <= LONGEST_NAME:
            return words[0]
    return None


def kernel(uname: str | None) -> str | None:
    """The release."""
    words = (uname or "").split()
    return words[2] if len(words) > 3 and words[0] == "Linux" and words[2][:1].isdecimal() else None


def date(text: str | None) -> float | None:
    """Seconds since 1970; ``None`` where the time is not told in UTC, because names of zones are ambiguous."""
    found = _DATE.search(text or "")
    if found is None or found[1] not in _MONTHS:
        return None
    month, day, hour, minute, second, year = (found[each] for each in range(1, 7))
    when = (int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), 0, 0, 0)
    return float(calendar.timegm(when)) if when[0] >= 1970 and 1 <= when[2] <= 31 else None
