"""Where the program begins: without garbage collection, which finds nothing while modules are loaded.

It is a tenth of the loading time. The dashboard switches it on when its screen is loaded, every other command at once.
"""

from __future__ import annotations

import gc

gc.disable()

from bondtui.cli import main  # noqa: E402 - loaded without it

__all__ = ["main"]
