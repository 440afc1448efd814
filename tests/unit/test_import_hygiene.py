"""What is imported when: the first words wait for nothing that they do not need."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LATE = {
    "textual",
    "rich",
    "asyncio",
    "typing",
    "re",
    "argparse",
    "dataclasses",
    "json",
    "psutil",
    "pyroute2",
    "socket",
    "subprocess",
    "logging",
    "ipaddress",
}
"""Modules that cost milliseconds before the first words about a bond are on the screen."""
SCREENS = {"textual", "rich"}


def loaded_by(*modules: str) -> set[str]:
    """Top-level modules that are there after these were imported into a bare interpreter."""
    code = f"""
import sys
sys.path[:0] = {[str(ROOT), *(each for each in sys.path if "site-packages" in each)]!r}
for module in {modules!r}:
    __import__(module)
print(*{{name.partition(".")[0] for name in sys.modules}})
"""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return set(ran.stdout.split())


def modules_of(package: str) -> list[str]:
    found = pkgutil.iter_modules([str(ROOT / package.replace(".", "/"))])
    return [package, *(f"{package}.{each.name}" for each in found)]


def test_the_command_imports_nothing_that_can_wait() -> None:
    assert loaded_by("bondtui.cli") & LATE == set()


def test_the_kernel_source_imports_nothing_that_can_wait() -> None:
    assert loaded_by("bondtui.cli", "bondtui.system.kernel") & LATE == set()


def test_the_version_costs_nothing() -> None:
    assert loaded_by("bondtui") & LATE == set()


@pytest.mark.parametrize("layer", ["model", "core", "view", "simulated", "report", "system"])
def test_the_screens_toolkit_is_not_needed_below_the_screens(layer: str) -> None:
    modules = modules_of(f"bondtui.{layer}")
    assert len(modules) > 2
    assert loaded_by(*modules) & SCREENS == set()


def test_the_bare_interpreter_of_these_tests_can_import_the_toolkit() -> None:
    assert loaded_by("bondtui.ui.app") >= SCREENS
