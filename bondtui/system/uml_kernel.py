"""The programs and modules that a user-mode-linux guest is made of, and what is said when there are none."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from bondtui.model.record import NamedTuple

SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PACKAGES = {"linux.uml": "user-mode-linux", "depmod": "kmod", "modprobe": "kmod", "ip": "iproute2"}
"""Of Debian, whose user-mode-linux comes with modules."""
MODULE_ROOT = Path("/usr/lib/uml/modules")


class UmlError(Exception):
    """The guest cannot run here, or ended too early; the text says in one line what to do."""


class Kernel(NamedTuple):
    """The programs and modules a guest is made of."""

    program: str
    release: str
    modprobe: str
    depmod: str


def kernel() -> Kernel:
    """Find the guest's kernel; raises UmlError when something is not installed."""
    path = f"{os.environ.get('PATH', '')}:{SEARCH_PATH}"
    found = {name: shutil.which(name, path=path) for name in PACKAGES}
    if absent := sorted({PACKAGES[name] for name, where in found.items() if where is None}):
        raise UmlError(f"no kernel guest without {', '.join(absent)}: apt-get install {' '.join(absent)}")
    program, modprobe, depmod = (str(found[name]) for name in ("linux.uml", "modprobe", "depmod"))
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError as error:
        raise UmlError(f"{program} does not run here: {error.strerror}") from None
    release = answer.stdout.strip()
    if not release or not (MODULE_ROOT / release / "kernel").is_dir():
        raise UmlError(
            f"no modules for {program} ({release or 'no version'}) in {MODULE_ROOT}: "
            "apt-get install --reinstall user-mode-linux"
        )
    return Kernel(program, release, modprobe, depmod)


def module_tree(found: Kernel, folder: Path) -> None:
    """Put the modules where ``modprobe -d FOLDER`` finds them: at lib/modules/RELEASE. Raises UmlError."""
    modules = folder / "lib/modules"
    packaged = MODULE_ROOT / found.release
    if (packaged / "modules.dep.bin").exists():
        modules.parent.mkdir()
        modules.symlink_to(MODULE_ROOT)
        return
    (modules / found.release).mkdir(parents=True)
    for each in packaged.iterdir():
        (modules / found.release / each.name).symlink_to(each)
    done = subprocess.run([found.depmod, "-b", folder, found.release], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UmlError(f"depmod failed for the modules of {found.program}: {done.stderr.strip() or done.returncode}")
