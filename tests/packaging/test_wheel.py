"""The wheel as a user gets it: built from the checkout, installed elsewhere, run from another folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from bondtui import __version__
from tests.kernel.terminal import Terminal

CHECKOUT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(600)  # pip may have to fetch what the wheel needs


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built once."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(CHECKOUT))
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in an environment that has the wheel and what it needs, and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    _run(str(folder / "bin/python"), "-m", "pip", "install", "--quiet", str(wheel))
    return folder / "bin/bondtui"


def test_the_wheel_holds_the_package_its_styles_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/", 1)[0] for name in names} == {"bondtui", f"bondtui-{__version__}.dist-info"}
    styles = {path.name for path in (CHECKOUT / "styles").glob("*.tcss")}
    assert styles
    assert {f"bondtui/styles/{name}" for name in styles} <= set(names)
    assert "bondtui/py.typed" in names
    assert any(name.endswith("LICENSE") for name in names)


def test_the_installed_command_tells_its_version(installed: Path, tmp_path: Path) -> None:
    assert _run(str(installed), "--version", cwd=tmp_path) == f"bondtui {__version__}\n"


def test_the_installed_command_prints_the_simulated_bonds(installed: Path, tmp_path: Path) -> None:
    document = json.loads(_run(str(installed), "status", "--demo", "--json", cwd=tmp_path))
    assert document["simulated"] is True
    assert document["bonds"]


def test_the_installed_command_opens_the_dashboard(installed: Path) -> None:
    with Terminal(["env", "-C", "/", *_clean_environment(), str(installed), "--demo"]) as terminal:
        terminal.wait_for("SIMULATED", "q quit")
        terminal.send("q")
        assert terminal.wait_end() == 0


def _clean_environment() -> list[str]:
    """Words for ``env``: nothing that lets Python find the checkout."""
    return ["-u", "PYTHONPATH", "-u", "PYTHONHOME", "-u", "VIRTUAL_ENV"]


def _run(*argv: str, cwd: Path = CHECKOUT) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(argv, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
