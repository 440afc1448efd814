"""What bondtui asks of the world. The kernel and the simulated driver answer the same questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from bondtui.core.monitor import Monitor, Note
    from bondtui.drill.trail import Trail
    from bondtui.model.action import Pending, Plan
    from bondtui.model.around import Around
    from bondtui.model.bond import Bond
    from bondtui.model.drill import Drill, Preflight
    from bondtui.model.host import HostFacts
    from bondtui.model.lab import About, Fault
    from bondtui.model.probe import Candidate, Flow, News, Target, Way
    from bondtui.model.reading import Heard, Overflow, Reading, Stamp


class Source(Protocol):
    """Where bond facts come from. One thread uses it; only ``wake`` may be called from another."""

    @property
    def simulated(self) -> bool:
        """Whether the facts are made up; then every screen and document says so."""

    def read(self) -> Reading:
        """Everything known now. Blocks; raises SourceError when nothing can be read."""

    def listen(self, seconds: float) -> Sequence[Heard | Overflow]:
        """Wait for messages for at most this long and return those that came, oldest first.

        Returns early, possibly with nothing, after ``wake``.
        """

    def wake(self) -> None:
        """Make a waiting ``listen`` return at once. May be called from any thread."""

    def close(self) -> None:
        """Give back sockets and files."""


class Surroundings(Protocol):
    """What tells of all that lies around bonds and changes seldom."""

    def around(self, bonds: Sequence[Bond]) -> Around:
        """Everything that can be had of the surroundings of these bonds, now.

        Blocks, for about two seconds at most. Never raises for what cannot be had: that is in ``Around.unknown``.
        """


class Watcher(Protocol):
    """Something that keeps a Monitor up to date in the background."""

    @property
    def latest(self) -> Monitor:
        """The newest state of affairs."""

    def start(self, on_news: Callable[[], None]) -> None:
        """Begin; ``on_news`` is called from another thread after every change."""

    def stop(self) -> None:
        """End, without waiting for a read that hangs."""

    def set_interval(self, seconds: float) -> None:
        """Change the steady beat."""

    def note(self, note: Note) -> None:
        """Have a line written into the event log. May be called from any thread."""


class ActionError(Exception):
    """An action, or the arming of its dead-man's switch, did not work; the text says why in one line."""


class NotPermitted(ActionError):
    """The kernel will not let this process change a link."""


class NothingPending(ActionError):
    """There is no change to keep or to revert."""


class Hands(Protocol):
    """What a guarded action needs of the machine. Every call may block; any one thread at a time."""

    def obstacle(self) -> str:
        """Why this process cannot change a link at all, such as a missing capability; ``""`` if it can."""

    def now(self) -> Stamp:
        """This moment on the clocks of the events."""

    def pause(self, seconds: float) -> None:
        """Let so much time pass."""

    def look(self) -> Reading:
        """Everything read anew; raises SourceError."""

    def host(self, bond: Bond) -> HostFacts:
        """The surroundings of this bond."""

    def pending(self) -> Pending | None:
        """The change that is not settled yet, whoever made it."""

    def arm(self, plan: Plan) -> Pending:
        """Start the dead-man's switch that holds the undo of this plan, and wait for its answer.

        Raises ActionError when it does not answer or when another change is pending.
        """

    def apply(self, plan: Plan) -> Stamp:
        """Send the change to the kernel and wait for its answer; returns when it was sent. Raises ActionError."""

    def keep(self) -> str:
        """Have the pending change stay. Returns what happened in words; raises ActionError."""

    def revert(self) -> str:
        """Have the pending change taken back at once. Returns what happened in words; raises ActionError."""

    def write_down(self, what: str, plan: Plan, details: Mapping[str, object]) -> None:
        """Add an entry to the audit log and to syslog; raises ActionError if it cannot be written.

        ``what`` is the step: ``refused``, ``cancelled``, ``applying``, ``applied``, ``failed``.
        """


class Stream(Protocol):
    """Probes that are being sent, in a process of their own or in simulated time."""

    def take(self) -> Sequence[News]:
        """What has happened since the last call, in the order in which it happened. Never waits.

        Raises ProbeError when the engine has ended by itself.
        """

    def choose(self, flows: Collection[int] | None) -> None:
        """From now on send only these flows; ``None`` for all of them."""

    def stop(self) -> None:
        """Send no more and give everything back. May be called twice."""


class ProbeError(Exception):
    """Probes cannot be sent, or no target can be found; the text says why in one line."""


class Probing(Protocol):
    """What a drill needs to know of targets, and what sends probes. Every call but those of a Stream may block."""

    def candidates(self, bond: Bond) -> Sequence[Candidate]:
        """Who could answer over this bond, best first: gateways, then neighbours. Raises ProbeError with the reason for none."""

    def way(self, bond: Bond, target: Target) -> Way:
        """Which way the kernel sends to this target; raises ProbeError for what is no address."""

    def start(self, flows: Sequence[Flow], period_s: float) -> Stream:
        """Send probes of all flows from now on, each flow one every ``period_s``, spread evenly over the period.

        Raises ProbeError. The probes end with ``stop``, and with the process that has started them.
        """


class Archive(Protocol):
    """Where reports and the history of drills are kept. Every call may block; raises ArchiveError."""

    def begin(self, name: str) -> None:
        """Settle where the two files of this drill will be, such as ``<name>.json``; raises ArchiveError if they cannot be."""

    @property
    def paths(self) -> tuple[str, str]:
        """The report's JSON and Markdown files; empty words where nothing is kept."""

    def write(self, document: Mapping[str, object], text: str) -> None:
        """Put both files in place of what was there before, each one whole or not at all."""

    def remember(self, entries: Sequence[Mapping[str, object]]) -> None:
        """Add to the history."""

    def history(self) -> Sequence[Mapping[str, object]]:
        """Everything that is remembered, oldest first; what is damaged is kept aside, never lost and never fatal."""


class ArchiveError(Exception):
    """A report or the history cannot be written; the text says where and why in one line."""


class Recorder(Protocol):
    """Keeps what a drill finds out, from its first moment on. Every call may block; raises ArchiveError."""

    def begin(self, preflight: Preflight) -> None:
        """A drill is about to begin; raises ArchiveError when nothing could be written later."""

    def write(self, drill: Drill, trails: Sequence[Trail]) -> None:
        """Put the report of a drill in place of the one before: as far as it has come, or as it has ended."""

    def remember(self, drill: Drill) -> None:
        """Add a drill that has ended to the history."""

    @property
    def report(self) -> str:
        """The path of the report for people; ``""`` where nothing is kept."""


class LabError(Exception):
    """A lab cannot be had, or does not do what it was asked for; the text says why in one line.

    Args:
        words: That line.
        status: The exit status of a command that ends with it.
    """

    def __init__(self, words: str, status: int = 4) -> None:
        super().__init__(words)
        self.status = status


class Lab(Protocol):
    """The lab in which the bonds are. All of it blocks for a moment and raises LabError."""

    def about(self) -> About:
        """What stands in it, and which faults are in place."""

    def put(self, fault: Fault) -> About:
        """Make something go wrong; nothing is changed where it is wrong already."""

    def undo(self, fault: Fault) -> About:
        """Put it right again; nothing is changed where it is right already."""
