"""The benchmark's command line: every row at every place it belongs to, in one run, as one table."""

from __future__ import annotations

import argparse
import compileall
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from bench.rows import BY_KEY, GUEST, HOST, ROWS, Row
from bench.samples import Samples
from bench.table import table
from tests.guest import OUT, Guest, GuestError, ended_by_signals

ROOT = Path(__file__).parent.parent
LIMIT_SECONDS = 1800.0
HOW = """\
{rounds} rounds. Medians, in brackets the 10th to the 90th percentile; the ratio is that of the medians, against the
cheapest peer in the same run at the same place. Guest: user-mode-linux {release} with the bonding driver, one CPU, about
three times slower than the host. Host: {system}, {cpus} CPUs, Python {python}, Textual {textual}.
"""


def main() -> int:
    """Measure, print the table, and say by the exit status whether every row was measured."""
    arguments = _arguments()
    rows = [row for row in ROWS if not arguments.only or row.key in arguments.only]
    if arguments.list:
        for row in ROWS:
            print(f"{row.key:<12} {row.title} [{', '.join(row.places)}]: {row.target}")
        return 0
    samples = Samples()
    for folder in ("bondtui", "bench"):  # as an installed program is
        compileall.compile_dir(ROOT / folder, quiet=2)
    with ended_by_signals():
        try:
            for place in arguments.place or (HOST, GUEST):
                _measure(samples, place, rows, arguments.rounds)
        except KeyboardInterrupt:
            return 130
    if arguments.json:
        arguments.json.write_text(json.dumps(_document(samples, arguments.rounds), indent=1), encoding="utf-8")
    print(table(rows, samples), end="\n\n")
    print(_how(arguments.rounds))
    for key, place, reason in samples.failures:
        print(f"bench: {key} on the {place} was not measured: {reason}", file=sys.stderr)
    return 1 if samples.failures else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how often (default %(default)s)")
    parser.add_argument("--only", nargs="+", choices=BY_KEY, metavar="ROW", help="only these rows")
    parser.add_argument("--place", action="append", choices=(HOST, GUEST), help="only there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample there")
    parser.add_argument("--list", action="store_true", help="list the rows and stop")
    return parser.parse_args()


def _measure(samples: Samples, place: str, rows: Sequence[Row], rounds: int) -> None:
    keys = [row.key for row in rows if place in row.places]
    if not keys:
        return
    try:
        (_in_guest if place == GUEST else _on_host)(samples, keys, rounds)
    except (GuestError, OSError, subprocess.SubprocessError) as error:
        samples.failures += [(key, place, str(error)) for key in keys]


def _inside(place: str, rounds: int, out: str, keys: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "bench.inside", place, str(rounds), out, *keys]


def _on_host(samples: Samples, keys: Sequence[str], rounds: int) -> None:
    """In a network namespace without a name, which ends with the process; so does everything made in it."""
    fresh = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--net", "--mount"]
    mounted = ["sh", "-c", 'mount -t sysfs sysfs /sys && exec "$@"', "sh"]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "samples.json")
        with subprocess.Popen([*fresh, *mounted, *_inside(HOST, rounds, str(out), keys)], cwd=ROOT) as process:
            try:
                status = process.wait(LIMIT_SECONDS)
            finally:
                process.terminate()
        if status != 0:
            raise OSError(f"the measuring process ended with status {status}")
        samples.take(out)


def _in_guest(samples: Samples, keys: Sequence[str], rounds: int) -> None:
    with _one_cpu():
        guest = Guest(_inside(GUEST, rounds, f"{OUT}/samples.json", keys), cwd=ROOT)
    with guest, guest.output.open("rb") as said:
        until = time.monotonic() + LIMIT_SECONDS
        while (status := guest.poll()) is None and time.monotonic() < until:
            sys.stderr.buffer.write(said.read())
            sys.stderr.flush()
            time.sleep(0.1)
        sys.stderr.buffer.write(said.read())
        if status != 0:
            raise OSError(f"the measuring process ended with status {status}")
        samples.take(guest.folder / "samples.json")


@contextmanager
def _one_cpu() -> Iterator[None]:
    """What is started inside stays on one CPU: a guest whose parts wander between two is slower and less even."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _facts() -> dict[str, object]:
    uml = subprocess.run(["linux.uml", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return {
        "release": uml,
        "system": f"Linux {platform.release()}",
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "textual": version("textual"),
    }


def _how(rounds: int) -> str:
    return HOW.format(rounds=rounds, **_facts())


def _document(samples: Samples, rounds: int) -> dict[str, object]:
    units = {row.key: row.unit for row in ROWS}
    return {
        "rounds": rounds,
        **_facts(),
        "units": units,
        "samples": list(samples.records()),
        "failures": samples.failures,
    }


if __name__ == "__main__":
    sys.exit(main())
