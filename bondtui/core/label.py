"""What says everywhere that the bonds are not the machine's own: they are simulated, or those of a lab."""

from __future__ import annotations

from bondtui.model.lab import NETNS, UML

_WORDS = {NETNS: "LAB netns", UML: "LAB uml"}
_THROW_AWAY = "LAB: these bonds are a throw-away network of bondtui's own,"
_SENTENCES = {
    NETNS: f"{_THROW_AWAY} in namespaces of this kernel.",
    UML: f"{_THROW_AWAY} with a kernel of its own (user-mode-linux).",
}


def word(*, simulated: bool, lab: str) -> str:
    """For a screen: ``SIMULATED``, ``LAB netns``, ``LAB uml``; ``""`` for bonds of the machine."""
    return "SIMULATED" if simulated else _WORDS.get(lab, "")


def sentence(*, simulated: bool, lab: str) -> str:
    """The line that a text begins with; ``""`` for bonds of the machine."""
    return "SIMULATED: nothing here is about a real interface." if simulated else _SENTENCES.get(lab, "")


def fleeting(path: str, lab: str) -> str:
    """What is to be added to the path of a file that does not outlast the lab: there, /run is the lab's own."""
    return " (gone with the lab)" if lab and path.startswith("/run/") else ""


def prefix(*, simulated: bool, lab: str) -> str:
    """In front of words that must be short, such as ``LAB: ``."""
    return "SIMULATED: " if simulated else "LAB: " if lab else ""
