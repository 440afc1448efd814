"""Make bonds and a crowd of other interfaces in this fresh namespace, send traffic, and become the dashboard.

Run as ``unshare --net --mount python -m bench.alone PLACE OTHERS``.
"""

from __future__ import annotations

import os
import sys

from bench.network import add_crowd
from bench.places import PLACES


def main() -> None:
    """The far ends of the cables stay, because the traffic's sockets do."""
    place = PLACES[sys.argv[1]]
    add_crowd(int(sys.argv[2]))
    wiring = place.wire()
    program = place.dashboard()
    with wiring.traffic():
        os.execvp(program.argv[0], program.argv)


if __name__ == "__main__":
    main()
