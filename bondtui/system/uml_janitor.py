"""Who tidies up after a guest when the process that started it was killed."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path

SCRIPT = """
trap '' HUP INT QUIT TERM
read -r guest
read -r dismissed && exit
[ -z "$guest" ] || kill -9 "-$guest"
for each in 1 2 3 4 5; do
  rm -rf -- "$1" && exit
  sleep 0.2
done
"""
"""A process that is just being killed may still make a file: then once more."""


class Janitor:
    """A process of its own, in a session of its own, that waits for the end of this one."""

    def __init__(self, folder: Path) -> None:
        """Have a folder removed."""
        heard, self._line = os.pipe()
        try:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", SCRIPT, "bondtui-janitor", folder],
                stdin=heard,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )
        except BaseException:
            os.close(self._line)
            raise
        finally:
            os.close(heard)

    def watch(self, group: int) -> None:
        """Have a process group killed, too. It is a child's, which must not be reaped before ``dismiss``."""
        self._say(b"%d\n" % group)

    def dismiss(self) -> None:
        """There is nothing to be done any more."""
        self._say(b"\n\n")
        os.close(self._line)
        self._process.wait()

    def _say(self, words: bytes) -> None:
        with suppress(BrokenPipeError):  # it was killed, and we are still here to tidy up
            os.write(self._line, words)
