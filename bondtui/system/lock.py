"""The lock of one network namespace: whoever holds it has the one pending change."""

from __future__ import annotations

import fcntl
import os
import time

BUSY_SECONDS = 0.3
"""How long to wait for a holder that is just ending."""
AGAIN_SECONDS = 0.02


class Lock:
    """An exclusive flock(2). It belongs to the open file, so it is never left stale: it dies with its holder."""

    def __init__(self, folder: str) -> None:
        path = os.path.join(folder, "lock")
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def take(self, seconds: float = BUSY_SECONDS) -> bool:
        """Take it, waiting at most so long; False when somebody else goes on holding it."""
        until = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    return False
                time.sleep(AGAIN_SECONDS)
            else:
                return True

    def release(self) -> None:
        """Let go of it, also on behalf of forked children. The file stays: deleting it would make two locks of one."""
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self.forget()

    def forget(self) -> None:
        """Close the file without letting go of the lock for the process that it was inherited from."""
        os.close(self._file)
