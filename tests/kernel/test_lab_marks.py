"""What an ordinary user does in a lab says so, works there as it does for root, and leaves nothing outside."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.kernel.lab import BONDTUI, Lab

SCRIPT = """
"$@" down bond0 eno2 --yes --confirm bond0 --json
"$@" revert
find /run/bondtui -type f
exec "$@" down bond0 eno1 --yes --confirm bond0
"""


def test_what_is_done_in_a_lab_says_so_and_stays_there(lab: Lab, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o777)
    command = ["--kernel", "netns", "--traffic", "none", "--", "sh", "-c", SCRIPT, "sh", *BONDTUI]
    argv = lab.argv("env", f"HOME={home}", *BONDTUI, "lab", *command, ordinary=True)
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    lines = ran.stdout.splitlines()
    assert '  "lab": "netns",' in lines
    assert sum(line.startswith("LAB: these bonds are") and "namespaces" in line for line in lines) == 2
    assert "/run/bondtui/audit.jsonl" in lines
    assert "  ok       flapping-slave: eno2 has not lost the link in the last 10 min" in lines, "it was set down"
    assert lines[-1] == "The lab ends here, and the change with it."
    assert not Path("/run/bondtui/audit.jsonl").exists()
    assert list(home.iterdir()) == []
