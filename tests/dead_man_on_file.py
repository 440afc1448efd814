"""A dead-man's switch whose kernel is a file, for tests of everything else about it.

``python -m tests.dead_man_on_file`` is ``python -m bondtui.system.dead_man`` on the bond that the file
named by ``BONDTUI_TEST_KERNEL`` describes: whether eno1 is up, and whether it is there at all.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bondtui.core.rtnetlink import IFF_UP, LINK_HEADER
from bondtui.model.action import Undo
from bondtui.model.bond import Link
from bondtui.system import dead_man, holding, runtime
from bondtui.system.taking_back import TakingBack
from tests.builders import a_pair, links_of

VARIABLE = "BONDTUI_TEST_KERNEL"


class FileKernel:
    """The healthy bond0 of eno1 and eno2, but for what the file says of eno1."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or Path(os.environ[VARIABLE])

    @property
    def state(self) -> dict[str, Any]:
        """``up``, ``there``, and for how many seconds a look at it takes."""
        found: dict[str, Any] = json.loads(self.path.read_text())
        return found

    def put(self, **changed: Any) -> None:
        """Have it be different from now on."""
        before = self.state if self.path.exists() else {"up": True, "there": True, "seconds": 0.0}
        new = self.path.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps({**before, **changed}))
        new.replace(self.path)

    def links(self, indexes: Iterable[int]) -> list[Link]:
        """Those that exist."""
        state = self.state
        time.sleep(state["seconds"])
        links = {link.ifindex: link for link in links_of(a_pair())}
        links[2] = links[2]._replace(admin_up=state["up"])
        return [links[each] for each in indexes if each in links and (each != 2 or state["there"])]

    def change(self, body: bytes) -> None:
        """Set eno1 up or down."""
        _, _, _, flags, _ = LINK_HEADER.unpack_from(body)
        self.put(up=bool(flags & IFF_UP))

    def close(self) -> None:
        """Nothing to give back."""


def taking_back(undo: Undo) -> TakingBack:
    """Take it back on the kernel that the environment names."""
    return TakingBack(undo, FileKernel)


if __name__ == "__main__":
    setattr(holding, "TakingBack", taking_back)  # noqa: B010
    runtime.could_change_links = lambda *_: True
    os._exit(dead_man.main())
