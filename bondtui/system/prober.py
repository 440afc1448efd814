"""Start the process that sends probes, and hear from it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import subprocess
import threading
import time
from operator import itemgetter

from bondtui.core import probe_wire
from bondtui.core.probe_wire import NANOSECONDS, READY
from bondtui.core.words import printable
from bondtui.model.probe import News
from bondtui.ports import ProbeError
from bondtui.system import own_python

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import IO

    from bondtui.model.probe import Flow

ENGINE = "bondtui.system.probe_engine"
START_SECONDS, END_SECONDS = 10.0, 2.0
PIPE_BYTES = 1 << 20
"""As much as an ordinary user may have in one pipe (fs.pipe-max-size)."""
READ_BYTES, READS_AT_ONCE = 1 << 18, 16
LAST_WORDS = 4096
_AT = itemgetter(News._fields.index("at"))


class ProbeStream:
    """See ``bondtui.ports.Stream``. ``take`` and ``stop`` may be called from different threads."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._lock = threading.Lock()
        """Holds while a pipe is used, so that none is closed meanwhile."""
        self._stopped = False
        self._begun = b""
        """The first part of a record."""
        self._ended = ""
        """Why the engine has ended by itself."""

    @property
    def pid(self) -> int:
        """The process that sends."""
        return self._process.pid

    def take(self) -> Sequence[News]:
        """What has happened since the last call. Never waits; raises ProbeError when the engine has ended by itself."""
        with self._lock:
            if self._stopped:
                return ()
            data = self._begun + self._read()
            if not data and self._ended:
                raise ProbeError(self._ended)
        found, self._begun = probe_wire.news(data)
        found.sort(key=_AT)  # answers are told after the probes that were sent meanwhile
        return found

    def _read(self) -> bytes:
        pipe = _fd(self._process.stdout)
        parts = []
        for _ in range(READS_AT_ONCE):
            try:
                part = os.read(pipe, READ_BYTES)
            except BlockingIOError:
                break
            if not part:
                self._begun = b""
                self._ended = self._ended or f"the probes have ended: {_last_words(self._process)}"
                break
            parts.append(part)
        return b"".join(parts)

    def choose(self, flows: Collection[int] | None) -> None:
        """From now on send only these flows; ``None`` for all. An engine that has ended does not hear it."""
        with self._lock:
            if not self._stopped:
                with contextlib.suppress(OSError):
                    os.write(_fd(self._process.stdin), probe_wire.choice_line(flows))

    def stop(self) -> None:
        """End the engine and give everything back."""
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
            _close_pipes(self._process)
        _await_end(self._process)


def start_probes(flows: Sequence[Flow], period_s: float) -> ProbeStream:
    """Send probes from the network namespace of the calling thread; raises ProbeError.

    Returns when every socket is open. The probes end with ``stop`` and with this process, however it ends.
    """
    if trouble := probe_wire.trouble_with(flows, period_s):
        raise ProbeError(printable(trouble))
    program = own_python.program(ENGINE)
    if not program:
        raise ProbeError("no probes can be sent: Python does not know its own program")
    words = [str(round(period_s * NANOSECONDS)), *(probe_wire.word_of(flow) for flow in flows)]
    try:
        process = subprocess.Popen(
            [*program, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd="/",
            env=own_python.environment(),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise ProbeError(f"no probes can be sent: {error}") from None
    try:
        _await_ready(process)
    except ProbeError:
        _close_pipes(process)
        _await_end(process)
        raise
    return ProbeStream(process)


def _await_ready(process: subprocess.Popen[bytes]) -> None:
    pipe = _fd(process.stdout)
    with contextlib.suppress(OSError):  # too many large pipes of this user; then the engine keeps more in memory
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    until = time.monotonic() + START_SECONDS
    said = b""
    while len(said) < len(READY):
        if not _readable(pipe, until - time.monotonic()):
            raise ProbeError("no probes can be sent: their process did not start in time")
        part = os.read(pipe, len(READY) - len(said))
        if not part:
            raise ProbeError(_last_words(process))
        said += part
    os.set_blocking(pipe, False)


def _last_words(process: subprocess.Popen[bytes]) -> str:
    """The last line that it has complained with."""
    pipe = _fd(process.stderr)
    said = b""
    while _readable(pipe, END_SECONDS) and (part := os.read(pipe, LAST_WORDS)):
        said = (said + part)[-LAST_WORDS:]
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return printable(lines[-1]) if lines else "their process has ended without a word"


def _readable(pipe: int, seconds: float) -> bool:
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN)
    return bool(waiting.poll(max(0.0, seconds) * 1000))


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _await_end(process: subprocess.Popen[bytes]) -> None:
    """It ends as soon as its pipes are closed; or else it is killed."""
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _fd(pipe: IO[bytes] | None) -> int:
    assert pipe is not None  # noqa: S101 - they are pipes
    return pipe.fileno()
