"""How a process of our own program is started: with which Python, and where it finds this package."""

from __future__ import annotations

import os
import site
import sys
from pathlib import Path

import bondtui


def program(module: str) -> list[str]:
    """The words that run a module of this package; ``[]`` when Python does not know its own program."""
    return [sys.executable, "-P", "-m", module] if sys.executable else []


def environment() -> dict[str, str]:
    """Ours; with the folder that bondtui was found in, unless that is one in which every Python looks."""
    found = str(Path(bondtui.__file__).resolve().parent.parent)
    if found in (*site.getsitepackages(), site.getusersitepackages()):
        return dict(os.environ)
    before = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{found}{os.pathsep}{before}" if before else found}
