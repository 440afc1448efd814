"""Time steady reads beside a crowd of other interfaces: so many reads for every line on standard input.

Run in a fresh network namespace of its own: ``unshare --net --mount python -m bench.refresh PLACE OTHERS``.
"""

from __future__ import annotations

import gc
import json
import sys
import time

from bench import dressed
from bench.network import add_crowd
from bench.places import PLACES
from bondtui.system.kernel import KernelSource


def main() -> None:
    """Answer each number with as many durations in microseconds, as JSON."""
    place = PLACES[sys.argv[1]]
    add_crowd(int(sys.argv[2]))
    wiring = place.wire()
    if not place.real:
        dressed.put_on()
    source = KernelSource()
    found = [link.name for link in source.read().links if link.slave]
    if sorted(found) != sorted(wiring.slaves):
        raise SystemExit(f"not all slaves were read, only {found}")
    print("ready", flush=True)
    for line in sys.stdin:
        durations = []
        gc.collect()
        for _ in range(int(line)):
            begin = time.perf_counter_ns()
            source.read()
            durations.append((time.perf_counter_ns() - begin) / 1000)
        print(json.dumps(durations), flush=True)


if __name__ == "__main__":
    main()
