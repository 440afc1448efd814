"""Raw samples by row, place and program, and what is said about them."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path


class Samples:
    """Everything measured so far, and everything that could not be."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str, str], list[float]] = {}
        """By row, place and program, in the row's own unit, in the order they were taken."""
        self.failures: list[tuple[str, str, str]] = []
        """Row, place, and why."""

    def add(self, row: str, place: str, program: str, *values: float) -> None:
        """Keep these."""
        self.values.setdefault((row, place, program), []).extend(values)

    def of(self, row: str, place: str) -> dict[str, list[float]]:
        """All programs of a row at a place."""
        return {program: values for (r, p, program), values in self.values.items() if (r, p) == (row, place)}

    def records(self) -> Iterator[dict[str, object]]:
        """One record per row, place and program."""
        for (row, place, program), values in self.values.items():
            yield {"row": row, "place": place, "program": program, "values": values}

    def write(self, path: Path) -> None:
        """Write them where another process reads them."""
        path.write_text(json.dumps({"samples": list(self.records()), "failures": self.failures}), encoding="utf-8")

    def take(self, path: Path) -> None:
        """Add what another process wrote."""
        document = json.loads(path.read_text(encoding="utf-8"))
        for record in document["samples"]:
            self.add(record["row"], record["place"], record["program"], *record["values"])
        self.failures += [(row, place, reason) for row, place, reason in document["failures"]]


def median(values: Sequence[float]) -> float:
    """The middle."""
    return statistics.median(values)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent of the samples do not exceed; of few samples, the nearest."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(percent / 100 * (len(ordered) - 1))))]
