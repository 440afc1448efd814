"""The figures of an outage in words: what is sure is said with its bounds, and nothing is ever ``0 ms``."""

from __future__ import annotations

from math import ceil, floor

from bondtui.model.drill import Outage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS_FROM_MS = 10_000


def words(outage: Outage, period_s: float) -> str:
    """The figure with its bounds: ``120 ms (100-140)``, ``0 lost (< 10 ms)``, ``at least 3.2 s, not over``."""
    if not outage.sent:
        return "no probe was sent"
    if not outage.gaps:
        bound = outage.high_ms
        return "0 lost so far" if bound is None else f"0 lost (< {span(max(bound, period_s * 1000), ceil)})"
    if outage.high_ms is not None and outage.middle_ms is not None:
        return with_bounds(outage.middle_ms, outage.low_ms, outage.high_ms)
    since = f"at least {span(outage.low_ms, floor)}" if outage.low_ms >= 1 else f"{outage.lost} lost"
    return f"{since}, not over" if outage.gaps[-1].good_after is None else f"{since}, begun before the first answer"


def with_bounds(middle_ms: float, low_ms: float, high_ms: float) -> str:
    """``120 ms (100-140)``, ``4.2 ms (3.1-5.3)``, ``12.3 s (12.2-12.4)``; bounds are rounded outwards."""
    if middle_ms >= SECONDS_FROM_MS:
        unit, size, digits = "s", 1000, 1
    else:
        unit, size, digits = "ms", 1, 0 if middle_ms >= 9.95 else 1
    middle = max(middle_ms / size, 0.1)
    low, high = _rounded(low_ms / size, digits, floor), _rounded(high_ms / size, digits, ceil)
    return f"{middle:.{digits}f} {unit} ({low:.{digits}f}-{high:.{digits}f})"


def span(ms: float, towards: Callable[[float], int] = round) -> str:
    """A length of time, never ``0 ms``: ``0.1 ms``, ``4.2 ms``, ``120 ms``, ``3.2 s``."""
    if ms >= 1000:
        return f"{_rounded(ms / 1000, 1, towards):.1f} s"
    if ms >= 9.95 or ms == int(ms) > 0:
        return f"{_rounded(ms, 0, towards):.0f} ms"
    return f"{max(0.1, _rounded(ms, 1, towards)):.1f} ms"


def _rounded(value: float, digits: int, towards: Callable[[float], int]) -> float:
    """Rounded, with what is a matter of binary fractions alone left aside."""
    scale = 10.0**digits
    return towards(round(value * scale, 3)) / scale
