"""A button in one row of plain characters, so that it is the same in every locale and without colour."""

from __future__ import annotations

from textual import events
from textual.app import RenderResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget


class Choice(Widget, can_focus=True):
    """``[ Cancel ]``; a sign and the reverse of its colours mark the one that Enter presses."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Choice { width: auto; height: 1; margin: 0 1; }
    Choice:focus { text-style: bold reverse; }
    """
    BINDINGS = [Binding("enter", "press", "press", show=False)]

    class Pressed(Message):
        """Enter or a click."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

        @property
        def control(self) -> Choice:
            """Which one."""
            return self.choice

    def __init__(self, label: str, sign: str, id: str) -> None:  # noqa: A002
        """Make it.

        Args:
            label: Our own word, never one from outside.
            sign: One cell wide; stands before the word while the focus is here.
            id: Textual's own.
        """
        super().__init__(id=id)
        self.cells = len(label) + 4
        self._label = label
        self._sign = sign

    def render(self) -> RenderResult:
        """The word in brackets."""
        return Content(f"[{self._sign if self.has_focus else ' '}{self._label} ]")

    def action_press(self) -> None:
        """Enter."""
        self.post_message(self.Pressed(self))

    def on_click(self, event: events.Click) -> None:
        """The mouse presses without moving the focus first."""
        event.stop()
        self.action_press()
