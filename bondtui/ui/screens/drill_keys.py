"""The stages of the drill's screen, and the keys that the footer offers at each."""

from __future__ import annotations

SETUP, CHECKING, CHECKED, LIVE, RESULT, FAILED = "setup", "checking", "checked", "live", "result", "failed"

Keys = tuple[tuple[str, str, str], ...]

KEYS: dict[str, Keys] = {
    SETUP: (
        ("Enter", "pre-flight", "forward"),
        ("Up/Down", "field", "move(1)"),
        ("Left/Right", "choice", "choose(1)"),
        ("Esc", "back", "leave"),
    ),
    CHECKING: (("Esc", "cancel", "leave"),),
    CHECKED: (("Enter", "start", "forward"), ("Esc", "back", "leave")),
    LIVE: (("r", "stop and revert", "stop"), ("Esc", "leave", "leave")),
    RESULT: (("Enter", "back", "forward"), ("D", "again", "again")),
    FAILED: (("Enter", "back", "forward"), ("D", "again", "again")),
}
"""What the footer offers: key, word, action."""
NO_GO: Keys = (("Enter", "back", "forward"),)
"""The only way where the pre-flight says no-go."""
RANKS = {"choose(1)": 1, "move(1)": 2}
"""Which keys give way first where there is not room for all; see ``view.look.Key``."""
