"""What all dialogs have in common: a title, a text that scrolls, and choices that are always in sight."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen

from bondtui.ui.widgets.canvas import Canvas
from bondtui.ui.widgets.choice import Choice
from bondtui.view.glyphs import ASCII
from bondtui.view.line import BAD, DIM, LAB, PLAIN, STRONG, Line, Span, fit, line_width, width
from bondtui.view.look import Look

WIDEST, BESIDE_AT_LEAST = 92, 8
"""A dialog is so wide at most; it takes the whole width when less than this were left beside it."""
SMALL_CELLS, SMALL_ROWS = 50, 16
"""Below these a dialog takes the whole screen and has no frame."""
NO = "no"


class Sheet(ModalScreen[str | None]):
    """A dialog. Its result is ``None`` unless something was agreed to."""

    AUTO_FOCUS = f"#{NO}"
    BINDINGS = [
        Binding("escape", "leave", "cancel", show=False),
        Binding("ctrl+c", "leave", "cancel", show=False, priority=True),
        Binding("up", "scroll(-1)", "scroll", show=False),
        Binding("down", "scroll(1)", "scroll", show=False),
        Binding("pageup", "scroll(-8)", "scroll", show=False),
        Binding("pagedown", "scroll(8)", "scroll", show=False),
        Binding("left", "app.focus_previous", "choose", show=False),
        Binding("right", "app.focus_next", "choose", show=False),
    ]
    HINT = "Enter or Esc closes"
    NO_LABEL = "Close"

    def __init__(self, look: Look, title: Span, *, colour: bool) -> None:
        """Make it.

        Args:
            look: For the signs, and whether all this is simulated or a lab.
            title: Safe to draw.
            colour: Whether colours are wanted.
        """
        super().__init__()
        self.look = look
        self._title = title
        self._colour = colour
        self.cells = 0
        """How wide the inside is."""
        self._hidden_rows = 0

    def text(self, cells: int, rows: int) -> list[Line]:
        """What there is to read, for a width and the rows that there are without scrolling."""
        raise NotImplementedError

    def field(self) -> Iterable[Horizontal]:
        """A row to type into, if there is one."""
        return ()

    def more_choices(self) -> Iterable[Choice]:
        """What there is beside Cancel or Close."""
        return ()

    def attend(self, event: events.Key | events.Paste) -> None:
        """Called before the widget that has the focus is given what was typed or pasted."""

    def canvas(self, id: str) -> Canvas:  # noqa: A002
        """A place for styled lines in a dialog."""
        return Canvas(colour=self._colour, paint=lambda _: False, id=id)

    def compose(self) -> ComposeResult:
        """Title, text, field, choices."""
        with Vertical(id="sheet", classes="-ascii" if self.look.glyphs is ASCII else ""):
            yield self.canvas("title")
            with VerticalScroll(id="body", can_focus=False):
                yield self.canvas("text")
            yield from self.field()
            with Horizontal(id="choices"):
                yield Choice(self.NO_LABEL, self.look.glyphs.chosen, NO)
                yield from self.more_choices()
                yield self.canvas("hint")

    def on_resize(self) -> None:
        """Share the room out: what the title and the choices leave is for the text."""
        small = self.size.width < SMALL_CELLS or self.size.height < SMALL_ROWS
        self.set_class(small, "-small")
        whole = WIDEST if self.size.width >= WIDEST + 2 * BESIDE_AT_LEAST else self.size.width
        self.cells = cells = max(10, whole - (0 if small else 2))
        fixed = 2 + bool(self.query("#field")) + (0 if small else 5)  # the frame, two empty rows, the top line
        room = max(1, self.size.height - fixed)
        lines = self.text(cells - 1, room)
        sheet, body, text = self.query_one("#sheet"), self.query_one("#body"), self.query_one("#text", Canvas)
        sheet.styles.width = whole
        body.styles.height = room if small else min(room, len(lines))
        text.styles.height = len(lines)
        self._hidden_rows = max(0, len(lines) - room)
        text.show(lines)
        self.query_one("#title", Canvas).show([self._title_line(cells)])
        self.laid_out()
        self.show_hint()

    def laid_out(self) -> None:
        """Called when the inside has got its width."""

    def show_hint(self, complaint: str = "") -> None:
        """The keys that answer, or what was wrong with the answer."""
        room = self.cells - sum(choice.cells + 1 for choice in self.query(Choice)) - 2
        said = [f"{self.HINT}, up and down scroll", "down: more below"] if self._hidden_rows else [self.HINT]
        fitting = next((each for each in said if width(each) <= room), "")
        line: Line = ((complaint, BAD),) if complaint else ((fitting, DIM),)
        self.query_one("#hint", Canvas).show([fit(line, max(line_width(line), self.cells))])

    def _title_line(self, cells: int) -> Line:
        said = self.look.monitor.label
        label: Line = ((f" {said} ", LAB),) if said else ()
        title: Line = ((" ", PLAIN), (self._title[0], self._title[1] or STRONG))
        return (*fit(title, max(0, cells - line_width(label))), *label)

    def action_leave(self) -> None:
        """Agree to nothing."""
        self.dismiss(None)

    def action_scroll(self, rows: int) -> None:
        """Read on, or back."""
        self.query_one("#body").scroll_relative(y=rows, animate=False)

    @on(Choice.Pressed, f"#{NO}")
    def _declined(self) -> None:
        self.action_leave()
