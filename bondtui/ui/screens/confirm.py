"""The dialogs of a guarded action: what would be done and whether it shall be, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events, on
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import Input

from bondtui.core.words import printable, sentence
from bondtui.model.action import ASK, REFUSE, Plan
from bondtui.ui.screens.sheet import Sheet
from bondtui.ui.widgets.canvas import Canvas
from bondtui.ui.widgets.choice import Choice
from bondtui.view.line import BAD, STRONG, WARN, Line, clip, fit, flowed, width
from bondtui.view.look import Look
from bondtui.view.plan import headline, plan_lines

YES = "yes"
LONGEST_NAME = 15
TYPING_CELLS = LONGEST_NAME + 3
"""A longest name and room to see that there is more in the field than that."""


class Told(Sheet):
    """Something that must not be missed."""

    def __init__(self, title: str, words: str, look: Look, *, colour: bool) -> None:
        super().__init__(look, (printable(title), BAD), colour=colour)
        self._words = words

    def text(self, cells: int, rows: int) -> list[Line]:
        """The words."""
        return [fit(line, cells) for line in flowed(((sentence(self._words), ""),), cells)]


class Shown(Sheet):
    """A plan that cannot be carried out, and why."""

    def __init__(self, plan: Plan, look: Look, *, colour: bool) -> None:
        tone = BAD if plan.verdict == REFUSE else WARN if plan.verdict == ASK else STRONG
        super().__init__(look, (headline(plan), tone), colour=colour)
        self.plan = plan
        self.bond = plan.bond

    def text(self, cells: int, rows: int) -> list[Line]:
        """All of the plan."""
        return plan_lines(self.plan, self.look.glyphs, cells, rows)


class Confirm(Shown):
    """Whether the plan shall be carried out. The result is what was typed, or ``""``."""

    NO_LABEL = "Cancel"
    YES_LABEL = "Apply"

    def more_choices(self) -> Iterable[Choice]:
        """Yes stands second, so that nobody gets there by Enter alone."""
        yield Choice(self.YES_LABEL, self.look.glyphs.chosen, YES)

    def action_agree(self) -> None:
        """Have it done."""
        self.dismiss("")

    @on(Choice.Pressed, f"#{YES}")
    def _applied(self) -> None:
        self.action_agree()


class ConfirmByKey(Confirm):
    """Where every guard is content, one key is enough."""

    BINDINGS = [
        Binding("y", "agree", "apply", show=False),
        Binding("n", "leave", "cancel", show=False),
    ]
    HINT = "y applies, n or Esc cancels"


class ConfirmByName(Confirm):
    """Where a guard asks, the bond's name must be typed. Letters are text here, not answers."""

    HINT = "Esc cancels"

    def field(self) -> Iterable[Horizontal]:
        """What to type, and where."""
        typed = Input(id="typed", placeholder="_" * LONGEST_NAME, compact=True, select_on_focus=False)
        yield Horizontal(self.canvas("label"), typed, id="field")

    def on_mount(self) -> None:
        """A cursor that stands still writes nothing to the terminal."""
        self._input.cursor_blink = False

    def laid_out(self) -> None:
        """The label leaves room for the field."""
        label = f" Type {printable(self.bond)} to {self.YES_LABEL.lower()}: "
        cells = min(width(label), max(8, self.cells - TYPING_CELLS))
        canvas = self.query_one("#label", Canvas)
        canvas.styles.width = cells
        canvas.show([fit(((clip(label, cells, self.look.glyphs.cut), STRONG),), cells)])

    def attend(self, event: events.Key | events.Paste) -> None:
        """Whatever is typed or pasted goes into the field, wherever the focus is."""
        if isinstance(event, events.Paste) or event.is_printable:
            self.set_focus(self._input)

    @on(Input.Changed)
    def _typed(self) -> None:
        self.show_hint()

    @on(Input.Submitted)
    def action_agree(self) -> None:
        """Have it done if the name is right."""
        typed = self._input.value.strip(" ")
        if typed in (self.bond, printable(self.bond)):
            self.dismiss(self.bond)
        else:
            self.show_hint(f"that is not {printable(self.bond)}" if typed else "type the name first")

    @property
    def _input(self) -> Input:
        return self.query_one("#typed", Input)


def dialog(plan: Plan, look: Look, *, colour: bool) -> Shown:
    """The dialog that suits what the guards say."""
    if plan.verdict == REFUSE or plan.nothing_to_do:
        return Shown(plan, look, colour=colour)
    return (ConfirmByName if plan.verdict == ASK else ConfirmByKey)(plan, look, colour=colour)
