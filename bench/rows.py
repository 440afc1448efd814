"""The rows of the table: what is measured, in which unit, where, beside what, and what it may cost."""

from __future__ import annotations

from typing import Any, NamedTuple

US = "bondtui"
GUEST, HOST = "guest", "host"
SMALLEST, BTOP, BMON, WATCH = "smallest Textual app", "btop", "bmon", "watch cat"
ALONE, IP_MONITOR = "no others", "ip monitor"
FPING, PING = "fping", "ping"
DASHBOARD, BARE_GUEST = "the dashboard alone", "a guest that runs nothing"


class Row(NamedTuple):
    """One cost."""

    key: str
    title: str
    unit: str
    at_most: float
    """The target: so many times the peer, or the value itself where there is no peer."""
    peers: tuple[str, ...] = ()
    """The programs it is held against: the cheapest of them counts."""
    places: tuple[str, ...] = (GUEST, HOST)
    commands: tuple[str, ...] = ()
    """What must be installed for it."""
    p99_below: float | None = None
    percent: int = 50
    """What is compared: the median, or such a percentile, which must not be above ``most`` then."""
    most: float = 0.0
    stand_in: str = ""
    """What is measured on the host, where there are no bonds."""

    @property
    def target(self) -> str:
        """The target in words."""
        if not self.peers:
            return f"< {self.at_most:g} {self.unit}"
        words = f"≤ {self.at_most:g}x"
        if self.percent != 50:
            return f"p{self.percent} {words}, ≤ {self.most:g} {self.unit}"
        return words if self.p99_below is None else f"{words}, p99 < {self.p99_below:g} {self.unit}"

    def where(self, place: str) -> str:
        """The place in words."""
        return "guest, real bonds" if place == GUEST else f"host, {self.stand_in}"


_CABLE = "cable pulled or plugged → words on the terminal"
SAME_RATE = 1.001
"""The shorter of two times between probes, as exactly as the table shows them."""
_BRIDGES = "bridges of veth pairs as bonds"
_EVERY, _ERROR = "time between two probes, every 5 ms", "error of an outage's length, a probe every 5 ms"
_PROBES = "CPU, a probe every 5 ms"
_DRAWING = "beside a dashboard drawing at 10 Hz"


def _probe_row(key: str, title: str, unit: str, at_most: float, peers: tuple[str, ...] = (FPING,), **more: Any) -> Row:
    return Row(key, title, unit, at_most, peers, (HOST,), commands=peers, stand_in="veth pairs", **more)


ROWS = (
    Row("words", "exec → first true words about the bond", "ms", 3.0, (BTOP,), commands=("btop",), stand_in=_BRIDGES),
    Row("interactive", "exec → a typed key is answered", "ms", 1.25, (SMALLEST,), stand_in=_BRIDGES),
    Row(
        "idle",
        "CPU, 2 bonds x 2 slaves, 1 Hz, live traffic",
        "%",
        1.0,
        (WATCH, BMON),
        (HOST, GUEST),
        commands=("watch", "bmon"),
        stand_in=_BRIDGES,
    ),
    Row(
        "slaves",
        "CPU, 64 slaves, 1 Hz, live traffic",
        "%",
        1.5,
        (BMON,),
        (HOST,),
        commands=("bmon",),
        stand_in=_BRIDGES,
    ),
    Row("bytes", "bytes to the terminal, nothing changing", "B/s", 100.0, places=(GUEST,)),
    Row("memory", "resident memory", "MiB", 1.3, (SMALLEST,), stand_in=_BRIDGES),
    Row("quit", "`q` → the program has ended", "ms", 1.5, (BTOP,), commands=("btop",), stand_in=_BRIDGES),
    Row("crowd", "one steady read beside 2,000 other interfaces", "µs", 1.2, (ALONE,), stand_in=_BRIDGES),
    Row("crowd-cpu", "CPU beside 2,000 other interfaces", "%", 1.2, (ALONE,), (HOST,), stand_in=_BRIDGES),
    Row("event", f"{_CABLE}, from the acknowledgement", "ms", 5.0, (IP_MONITOR,), p99_below=100.0, stand_in=_BRIDGES),
    Row("event-asked", f"{_CABLE}, from the request", "ms", 5.0, (IP_MONITOR,), p99_below=100.0, stand_in=_BRIDGES),
    Row("lab-netns", "`bondtui lab` → first true words, in namespaces", "ms", 4.0, (DASHBOARD,), (GUEST,)),
    Row(
        "lab-uml",
        "`bondtui lab` → first true words, with a kernel of its own",
        "ms",
        2.5,
        (BARE_GUEST,),
        (HOST,),
        commands=("linux.uml",),
        stand_in="a guest for each lab",
    ),
    _probe_row("probe-rate", _EVERY, "ms", SAME_RATE),
    _probe_row("probe-rate-busy", f"{_EVERY}, {_DRAWING}", "ms", SAME_RATE),
    _probe_row("probe-cpu", _PROBES, "%", 1.5),
    _probe_row("probe-cpu-busy", f"{_PROBES}, {_DRAWING}", "%", 1.5),
    _probe_row("outage", _ERROR, "ms", 1.0, (FPING, PING), percent=95, most=5.0),
    _probe_row("outage-busy", f"{_ERROR}, {_DRAWING}", "ms", 1.0, (FPING, PING), percent=95, most=5.0),
)
BY_KEY = {row.key: row for row in ROWS}
