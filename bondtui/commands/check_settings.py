"""The settings of ``bondtui check``: thresholds, muted rules, and what is a warning.

Every key is in ``docs/check.toml``. A mistake in the file is an error that names the file, the line and the key,
because a threshold that is silently not used would be worse than no check.
"""

from __future__ import annotations

from bondtui.core.words import printable
from bondtui.model.record import NamedTuple
from bondtui.options import SETTINGS_FILE
from bondtui.report.grade import Levels
from bondtui.triage.limits import Limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class SettingsError(Exception):
    """The file cannot be used; the text says where and why, in one line."""


class BondSettings(NamedTuple):
    """What is different for one bond."""

    ignore: bool = False
    muted: tuple[str, ...] = ()
    limits: Mapping[str, Any] = {}


class Settings(NamedTuple):
    """Everything that the file says."""

    path: str = ""
    levels: Levels = Levels()
    no_bonds_is_fine: bool = False
    muted: tuple[str, ...] = ()
    """Ids and names of rules, as they were written."""
    limits: Limits = Limits()
    bonds: Mapping[str, BondSettings] = {}

    def ignores(self, bond: str) -> bool:
        """Whether this bond is left out."""
        return self.bonds.get(bond, BondSettings()).ignore

    def muted_of(self, bond: str) -> tuple[str, ...]:
        """The rules that say nothing about this bond."""
        return tuple(dict.fromkeys((*self.muted, *self.bonds.get(bond, BondSettings()).muted)))

    def limits_of(self, bond: str) -> Limits:
        """The thresholds for this bond."""
        return self.limits._replace(**self.bonds.get(bond, BondSettings()).limits)


def settings(path: str | None, *, usual: bool = True) -> Settings:
    """Those of this file; without one those of the usual file, which need not be there. Raises SettingsError.

    The usual file is about the machine's own bonds, so for those of a lab it is not asked for.
    """
    if path is None and not usual:
        return Settings()
    from bondtui.system.check_file import FileError, read_settings

    name = SETTINGS_FILE if path is None else path
    try:
        data = read_settings(name)
    except FileNotFoundError:
        if path is None:
            return Settings()
        raise SettingsError(f"{printable(name)}: no such file") from None
    except FileError as error:
        raise SettingsError(f"{printable(name)}: {error}") from None
    from bondtui.commands.check_settings_file import SettingsFile  # tomllib is needed only where there is a file

    return SettingsFile(name, data).settings()
