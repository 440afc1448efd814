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
CHANGING = ("bondtui.actions", "bondtui.operation", "bondtui.commands.change", "bondtui.report", "bondtui.system.hands")
"""What only a command that changes a link needs."""
DEAD_MAN = "bondtui.system.dead_man"
"""It must be there in a moment, so it needs nothing but the kernel."""


def loaded_by(*modules: str) -> set[str]:
    """Top-level modules that are there after these were imported into a bare interpreter."""
    return {name.partition(".")[0] for name in all_loaded_by(*modules)}


def all_loaded_by(*modules: str) -> set[str]:
    """All modules, by their full names."""
    code = f"""
import sys
sys.path[:0] = {[str(ROOT), *(each for each in sys.path if "site-packages" in each)]!r}
for module in {modules!r}:
    __import__(module)
print(*sys.modules)
"""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return set(ran.stdout.split())


def modules_of(package: str) -> list[str]:
    found = pkgutil.iter_modules([str(ROOT / package.replace(".", "/"))])
    return [package, *(f"{package}.{each.name}" for each in found)]


def test_the_command_imports_nothing_that_can_wait() -> None:
    assert loaded_by("bondtui.start") & LATE == set()


def test_the_kernel_source_imports_nothing_that_can_wait() -> None:
    assert loaded_by("bondtui.cli", "bondtui.system.kernel") & LATE == set()


@pytest.mark.parametrize("modules", [["bondtui.cli"], ["bondtui.cli", "bondtui.system.kernel"]])
def test_the_first_words_do_not_wait_for_what_changes_links(modules: list[str]) -> None:
    assert [name for name in all_loaded_by(*modules) if name.startswith(CHANGING)] == []


def test_the_first_words_do_without_the_rules_that_change_no_verdict() -> None:
    loaded = all_loaded_by("bondtui.start", "bondtui.system.kernel")
    assert "bondtui.triage.outages" in loaded
    later = (
        "bondtui.triage.catalogue",
        "bondtui.triage.traffic",
        "bondtui.triage.fixes",
        "bondtui.explain",
        "bondtui.texts",
    )
    assert [name for name in loaded if name.startswith(later)] == []


def test_the_dead_mans_switch_needs_no_screen_and_no_list_of_processes() -> None:
    there = [DEAD_MAN] if (ROOT / f"{DEAD_MAN.replace('.', '/')}.py").exists() else []
    loaded = all_loaded_by("bondtui", *there)
    assert {name.partition(".")[0] for name in loaded} & {*SCREENS, "psutil", "asyncio"} == set()
    assert [name for name in loaded if name.startswith(("bondtui.ui", "bondtui.view", "bondtui.simulated"))] == []


def test_the_version_costs_nothing() -> None:
    assert loaded_by("bondtui") & LATE == set()


@pytest.mark.parametrize("layer", ["model", "core", "actions", "view", "simulated", "report", "system"])
def test_the_screens_toolkit_is_not_needed_below_the_screens(layer: str) -> None:
    modules = modules_of(f"bondtui.{layer}")
    assert len(modules) > 2
    assert loaded_by(*modules) & SCREENS == set()


def test_the_bare_interpreter_of_these_tests_can_import_the_toolkit() -> None:
    assert loaded_by("bondtui.ui.app") >= SCREENS
