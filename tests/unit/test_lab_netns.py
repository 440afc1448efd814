"""Why there is no lab in namespaces here: what exactly is missing, and the cure, in one phrase."""

from __future__ import annotations

import errno
import gzip
import os
from pathlib import Path

import pytest

from bondtui.system import lab_entering as entering
from bondtui.system.lab_obstacles import Machine, why_refused, without_driver

RELEASE = os.uname().release
NAMESPACES = (entering.USER, entering.RIGHTS, entering.NAMESPACES)


def machine(root: Path, **files: str) -> Machine:
    """A machine with these files; ``__`` stands for ``/``, and RELEASE for that of the kernel."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("RELEASE", RELEASE)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Machine(str(root))


def test_a_driver_that_can_be_loaded_is_told_with_the_command_that_makes_no_bond(tmp_path: Path) -> None:
    there = machine(tmp_path, lib__modules__RELEASE__empty="")
    assert without_driver("bonding", there) == f"this kernel, {RELEASE}, has no bonding driver"
    folder = tmp_path / "lib/modules" / RELEASE
    (folder / "modules.dep").write_text("kernel/drivers/net/bonding/bonding.ko.xz: kernel/net/tls/tls.ko.xz\n")
    (folder / "modules.builtin").write_text("kernel/drivers/net/veth.ko\n")
    words = "the bonding driver is not loaded: 'modprobe bonding max_bonds=0' as root loads it"
    assert without_driver("bonding", there) == words
    assert there.has_module("veth")
    assert not there.has_module("tls")


def test_where_no_modules_are_installed_the_kernels_own_configuration_decides(tmp_path: Path) -> None:
    there = machine(tmp_path, proc__version="")
    assert "no modules of this kernel" in without_driver("bonding", there)
    (tmp_path / "proc/config.gz").write_bytes(gzip.compress(b"CONFIG_VETH=y\n# CONFIG_BONDING is not set\n"))
    assert without_driver("bonding", there) == f"this kernel, {RELEASE}, has no bonding driver"
    assert there.has_module("veth") is None
    (tmp_path / "proc/config.gz").write_bytes(b"no gzip")
    assert there.has_module("bonding") is None


@pytest.mark.parametrize(
    ("setting", "value", "step", "said"),
    [
        ("kernel__unprivileged_userns_clone", "0\n", entering.USER, "'sysctl kernel.unprivileged_userns_clone=1'"),
        (
            "kernel__apparmor_restrict_unprivileged_userns",
            "1\n",
            entering.RIGHTS,
            "'sysctl kernel.apparmor_restrict_unprivileged_userns=0'",
        ),
    ],
)
def test_a_switch_of_the_system_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, step: str, said: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    there = machine(tmp_path, **{f"proc__sys__{setting}": value})
    assert said in why_refused(step, errno.EPERM, there, as_root=False)
    open_here = machine(tmp_path, **{f"proc__sys__{setting}": "1\n" if value == "0\n" else "0\n"})
    words = why_refused(step, errno.EPERM, open_here, as_root=False)
    assert "sysctl" not in words
    assert "seccomp" in words


def test_a_limit_is_named(tmp_path: Path) -> None:
    there = machine(tmp_path, proc__sys__user__max_user_namespaces="0\n", proc__sys__user__max_uts_namespaces="0\n")
    words = why_refused(entering.USER, errno.ENOSPC, there, as_root=False)
    assert words.startswith("user namespaces are switched off: 'sysctl user.max_user_namespaces=")
    assert words.endswith("or start it as root")
    words = why_refused(entering.NAMESPACES, errno.ENOSPC, there, as_root=True)
    assert "'sysctl user.max_uts_namespaces=" in words
    assert "start it as root" not in words


def test_every_step_has_words_of_its_own(tmp_path: Path) -> None:
    steps = (*NAMESPACES, entering.MOUNTS, entering.PROC, entering.SYS, entering.RUN, entering.LOOPBACK)
    there = machine(tmp_path)
    words = {why_refused(step, errno.EIO, there, as_root=True) for step in steps}
    assert len(words) == len(steps)
    assert all(each.endswith("Input/output error") for each in words)
    assert why_refused(entering.PROC, errno.EPERM, there, as_root=True).startswith("/proc cannot be mounted")
    assert why_refused(entering.USER, errno.EINVAL, there, as_root=False).startswith(
        "this kernel has no user namespaces"
    )
