"""The smallest Textual app that answers a key: the floor that any Textual app stands on."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class Smallest(App[None]):
    """One line of text, which the space bar changes."""

    BINDINGS = [("space", "answer", "Answer"), ("q", "quit", "Quit")]

    def compose(self) -> ComposeResult:
        """Only the line."""
        yield Static("smallest app")

    def action_answer(self) -> None:
        """Show that the key was heard."""
        self.query_one(Static).update("answered")


if __name__ == "__main__":
    Smallest().run()
