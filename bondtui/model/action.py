"""What a person may ask to be done to a bond, and a change that waits to be kept or reverted."""

from __future__ import annotations

from bondtui.model.record import NamedTuple

DOWN, UP, ACTIVATE = "down", "up", "activate"
KINDS = (DOWN, UP, ACTIVATE)

REVERT_AFTER_S = 60.0
"""How long a change stays unless somebody keeps it: longer than a switch port needs to forward again (STP 30 to 50 s)."""
SHORTEST_REVERT_S, LONGEST_REVERT_S = 1.0, 3600.0


class Action(NamedTuple):
    """One wish, by interface index: names may change while a dialog is open."""

    kind: str
    """``down``, ``up`` or ``activate``."""
    bond: int
    slave: int
    revert_after: float | None = REVERT_AFTER_S
    """Seconds until the change is undone unless it is kept; ``None`` for ``up``, which is not reverted."""


class Undo(NamedTuple):
    """What takes a change back. It holds all that is needed, so that it works when everybody else is gone."""

    kind: str
    """``up``: set the slave up again. ``activate``: make ``active`` the active slave again."""
    bond: int
    slave: int
    """The slave that the change was about."""
    perm_hwaddr: str | None
    """Its permanent address, against an interface index that has been given to another interface since."""
    active: int | None = None
    """For ``activate``: the slave that was active before."""
    active_hwaddr: str | None = None
    """The permanent address of that one."""


class Guarded(NamedTuple):
    """What one guard says about a plan, and what it has seen."""

    guard: str
    """The guard's name, as in ``bondtui.actions.guards``."""
    result: str
    """``ok``, ``ask`` (the bond's name must be typed) or ``refuse``."""
    evidence: str
    """In words, with interface names as the kernel spells them."""


OK, ASK, REFUSE = "ok", "ask", "refuse"


class SlaveSeen(NamedTuple):
    """What a plan has relied on of one slave."""

    ifindex: int
    name: str
    admin_up: bool
    carrier: bool | None
    mii_status: str | None
    ready: bool
    """Whether the guards count it as usable."""


class Plan(NamedTuple):
    """What would be done, how it is undone, what the driver is predicted to do, and what the guards say."""

    action: Action
    bond: str
    slave: str
    command: tuple[str, ...]
    """The words of the ``ip`` command that does the same."""
    undo_command: tuple[str, ...]
    undo: Undo | None
    outage_ms: int | None
    """Predicted worst case from the bond's options; ``None`` when nothing bounds it."""
    effect: str
    guards: tuple[Guarded, ...]
    refusal: str = ""
    """Why it makes no sense at all, such as an active slave in a mode that has none."""
    nothing_to_do: str = ""
    """Why nothing needs to be done."""
    active: int | None = None
    """The active slave that the plan was made with."""
    options: tuple[object, ...] = ()
    """The bond's options that the plan relies on."""
    seen: tuple[SlaveSeen, ...] = ()

    @property
    def verdict(self) -> str:
        """The worst result of all guards."""
        results = {each.result for each in self.guards}
        return REFUSE if self.refusal or REFUSE in results else ASK if ASK in results else OK

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is refused, or else asked about; what one guard has said another does not say again."""
        said = [self.refusal] if self.refusal else []
        for each in self.guards:
            if each.result == self.verdict != OK and not any(each.evidence in earlier for earlier in said):
                said.append(each.evidence)
        return tuple(said)


class Pending(NamedTuple):
    """The one change of this network namespace that is not settled yet."""

    id: str
    action: str
    bond: str
    slave: str
    command: tuple[str, ...]
    undo_command: tuple[str, ...]
    outage_ms: int | None
    effect: str
    guards: tuple[Guarded, ...]
    verdict: str
    undo: Undo
    armed_at: float
    """Wall clock."""
    revert_at: float
    """Wall clock; what counts is the boot clock, ``seconds_left``."""
    seconds_left: float
    """Negative when it is overdue."""
    who: str = ""
    """Who asked for it, in words."""
    alive: bool = True
    """Whether the dead-man's switch still runs. If not, nothing will take the change back by itself."""
    trouble: str = ""
    """Why it could not be taken back so far."""
    applied: bool = True
    """Whether the change was made; the switch is armed before."""
