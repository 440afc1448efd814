"""The line between the launcher of a lab and its keeper: frames over two files that never block.

A frame is one byte for its kind, four for its length (big endian) and what it carries. What cannot
be written yet waits here; who has much to send looks at ``waiting`` first, so that neither end has
to hold more than a little.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from struct import Struct

WISH, INPUT, SIZE, SIGNAL, REQUEST = b"b", b"i", b"w", b"s", b"q"
"""To the keeper: JSON of what to build, standard input (nothing is its end), ``ROWS COLUMNS``, a signal's number, JSON."""
HELLO, UP, OUTPUT, ERRORS, ROOM, ANSWER, ENDED, FAILED = b"h", b"u", b"o", b"e", b"r", b"a", b"x", b"f"
"""To the launcher: a keeper that waits for its wish, the command runs, what it writes (twice), input taken (a number),
JSON, an exit status, JSON of what is wrong."""

PIECE = 1 << 14
WINDOW = 1 << 16
"""Bytes of a stream that may be under way without having been taken."""
_HEAD = Struct("!cI")


class Channel:
    """One end of it."""

    def __init__(self, reading: int, writing: int) -> None:
        """Take over two files, which may be one and the same."""
        self.reading, self.writing = reading, writing
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        self._in = bytearray()
        self._out = bytearray()

    @property
    def waiting(self) -> int:
        """Bytes that are still to be written; call ``flush`` when the file takes some."""
        return len(self._out)

    def send(self, kind: bytes, carried: bytes = b"") -> None:
        """Say something, now or as soon as the file takes it; raises EOFError when there is nobody any more."""
        self._out += _HEAD.pack(kind, len(carried)) + carried
        self.flush()

    def flush(self) -> None:
        """Write what can be written without waiting."""
        while self._out:
            try:
                written = os.write(self.writing, memoryview(self._out)[:PIECE].tobytes())
            except BlockingIOError:
                return
            except OSError:
                raise EOFError from None
            del self._out[:written]

    def receive(self) -> Iterator[tuple[bytes, bytes]]:
        """The frames that have come whole, each as its kind and what it carries; raises EOFError at the end of the line."""
        try:
            data = os.read(self.reading, WINDOW)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            raise EOFError
        self._in += data
        while len(self._in) >= _HEAD.size:
            kind, length = _HEAD.unpack_from(self._in)
            if len(self._in) < _HEAD.size + length:
                return
            carried = bytes(self._in[_HEAD.size : _HEAD.size + length])
            del self._in[: _HEAD.size + length]
            yield kind, carried
