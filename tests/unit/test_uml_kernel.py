"""What a kernel guest is made of, and the one line that names what is missing."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bondtui.system import uml_kernel
from bondtui.system.uml import UmlError, kernel
from bondtui.system.uml_kernel import Kernel, module_tree


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with nothing installed but what the test puts into ``bin`` and ``modules``."""
    for name in ("bin", "modules", "guest"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(uml_kernel, "SEARCH_PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(uml_kernel, "MODULE_ROOT", tmp_path / "modules")
    return tmp_path


def test_missing_packages_are_said_in_one_line(machine: Path) -> None:
    with pytest.raises(UmlError, match=r"^no kernel guest without .*: apt-get install iproute2 kmod user-mode-linux$"):
        kernel()
    _program(machine, "linux.uml")
    _program(machine, "ip")
    with pytest.raises(UmlError, match=r"^no kernel guest without kmod: apt-get install kmod$"):
        kernel()


def test_a_kernel_without_its_modules_is_said(machine: Path) -> None:
    for name in ("ip", "depmod", "modprobe"):
        _program(machine, name)
    linux = _program(machine, "linux.uml", "echo 6.1.0")
    with pytest.raises(UmlError, match=rf"^no modules for {linux} \(6.1.0\) in .*apt-get install --reinstall"):
        kernel()
    (machine / "modules/6.1.0/kernel").mkdir(parents=True)
    assert kernel().release == "6.1.0"
    linux.write_text("#!/nowhere\n")
    with pytest.raises(UmlError, match=f"^{linux} does not run here: No such file or directory$"):
        kernel()


def test_an_index_of_the_modules_is_made_where_the_package_has_none(machine: Path) -> None:
    (machine / "modules/6.1.0/kernel").mkdir(parents=True)
    depmod = _program(machine, "depmod", 'while [ $# -gt 1 ]; do shift; done; echo "no $1" >&2; exit 3')
    found = Kernel("linux.uml", "6.1.0", "modprobe", str(depmod))
    with pytest.raises(UmlError, match=r"^depmod failed for the modules of linux.uml: no 6\.1\.0$"):
        module_tree(found, machine / "guest")
    assert (machine / "guest/lib/modules/6.1.0/kernel").samefile(machine / "modules/6.1.0/kernel")


def _program(machine: Path, name: str, does: str = "") -> Path:
    program = machine / "bin" / name
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program
