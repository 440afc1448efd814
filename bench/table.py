"""The samples as a Markdown table: medians, spread, ratios, targets and verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bench.rows import US, Row
from bench.samples import Samples, median, percentile

HEAD = ("what", "where", "bondtui", "beside", "ratio", "target", "verdict")
MET, MISSED = "met", "**MISSED**"


def table(rows: Iterable[Row], samples: Samples) -> str:
    """All rows at all their places."""
    lines = [HEAD, ("---",) * len(HEAD)]
    for row in rows:
        lines += [line for place in row.places if (line := _line(row, place, samples))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _line(row: Row, place: str, samples: Samples) -> tuple[str, ...] | None:
    by_program = samples.of(row.key, place)
    reasons = [reason for key, where, reason in samples.failures if (key, where) == (row.key, place)]
    if reasons:
        return row.title, row.where(place), "-", "-", "-", row.target, f"**not measured**: {reasons[0]}"
    if US not in by_program:
        return None
    ours = by_program.pop(US)
    peers = ", ".join(f"{name} {_figure(values, row)}" for name, values in by_program.items())
    ratio = _ratio(row, ours, by_program)
    return (
        row.title,
        row.where(place),
        _figure(ours, row) + _tail(row, ours),
        peers or "-",
        "-" if ratio is None else f"{ratio:.2f}x",
        row.target,
        MET if met(row, ours, by_program) else MISSED,
    )


def met(row: Row, ours: Sequence[float], by_program: Mapping[str, Sequence[float]]) -> bool:
    """Whether the target is reached."""
    if row.p99_below is not None and percentile(ours, 99) >= row.p99_below:
        return False
    if row.percent != 50 and percentile(ours, row.percent) > row.most:
        return False
    ratio = _ratio(row, ours, by_program)
    return median(ours) < row.at_most if ratio is None else ratio <= row.at_most


def _ratio(row: Row, ours: Sequence[float], peers: Mapping[str, Sequence[float]]) -> float | None:
    """Our median, or what counts in this row, against the smallest of theirs."""
    if not peers:
        return None
    cheapest = min(_compared(row, values) for values in peers.values())
    return _compared(row, ours) / cheapest if cheapest else float("inf")


def _compared(row: Row, values: Sequence[float]) -> float:
    return median(values) if row.percent == 50 else percentile(values, row.percent)


def _figure(values: Sequence[float], row: Row) -> str:
    """The median, and the middle four fifths of the samples."""
    low, high = percentile(values, 10), percentile(values, 90)
    words = f"{_short(median(values))} {row.unit} ({_short(low)}-{_short(high)})"
    return (
        words if row.percent == 50 else f"{words}, p{row.percent} {_short(percentile(values, row.percent))} {row.unit}"
    )


def _tail(row: Row, values: Sequence[float]) -> str:
    return "" if row.p99_below is None else f", p99 {_short(percentile(values, 99))} {row.unit}, n={len(values)}"


def _short(value: float) -> str:
    """Three figures that mean something."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
