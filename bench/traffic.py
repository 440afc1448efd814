"""Send a few frames per second on the packet sockets handed over, until the parent is gone or time is up."""

from __future__ import annotations

import os
import socket
import sys
import time

LIMIT_SECONDS = 1200
BEAT_SECONDS = 0.25
FRAME = bytes.fromhex("0200000000ff 0200000000fe 88b5") + bytes(1000)
"""From nobody to nobody, of the type kept for local experiments (IEEE 802)."""
MOST_FRAMES = 5


def main() -> None:
    """Change the number of frames from beat to beat, so that every rate on every screen moves."""
    parent = int(sys.argv[1])
    sockets = [socket.socket(fileno=int(number)) for number in sys.argv[2:]]
    for beat in range(int(LIMIT_SECONDS / BEAT_SECONDS)):
        if os.getppid() != parent:
            return
        for number, each in enumerate(sockets):
            for _ in range((beat * 7 + number * 3) % MOST_FRAMES + 1):
                _send(each)
        time.sleep(BEAT_SECONDS)


def _send(packet_socket: socket.socket) -> None:
    try:
        packet_socket.send(FRAME)
    except OSError:
        return  # the link is down just now


if __name__ == "__main__":
    main()
