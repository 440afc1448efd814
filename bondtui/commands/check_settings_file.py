"""The settings of ``bondtui check``, read from TOML key by key."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from bondtui.commands.check_settings import BondSettings, Settings, SettingsError
from bondtui.commands.toml_lines import Path, lines
from bondtui.commands.toml_mistakes import mistake
from bondtui.core.words import printable
from bondtui.model.finding import SEVERITIES
from bondtui.report.grade import NEVER, Levels
from bondtui.triage.limits import Limits

RANGES: Mapping[str, tuple[float, float]] = {
    "flap_failures": (1, 1000),
    "flap_carrier_losses": (1, 1000),
    "flap_lacp_silences": (1, 1000),
    "flap_window_s": (1, 600),
    "miimon_slow_ms": (1, 1_000_000),
    "miimon_unit_ms": (1, 1_000_000_000),
    "downdelay_long_ms": (0, 1_000_000),
    "arp_interval_short_ms": (0, 1_000_000),
    "lacp_settle_s": (0, 60),
    "share_percent": (50, 100),
    "share_at_least_mbps": (0, 1_000_000),
    "errors_per_million": (0, 1_000_000),
}
"""The least and the most that each threshold may be. The kernel log is searched for lost links ten minutes back."""
_LEVELS = (*SEVERITIES, NEVER)
_NO_BONDS = ("unknown", "ok")
LARGEST_SAID = 10**40


class SettingsFile:
    """One file, as it is checked key by key."""

    def __init__(self, name: str, data: bytes) -> None:
        self._name = name
        self._text = ""
        data = data.removeprefix(codecs.BOM_UTF8)
        try:
            self._text = data.decode()
            self._document = tomllib.loads(self._text)
            self._lines = lines(self._text)
        except UnicodeDecodeError as error:
            raise self._at_line(data.count(b"\n", 0, error.start) + 1, "this is not UTF-8") from None
        except ValueError as error:  # also a number with too many digits
            found = mistake(str(error), self._text)
            raise self._at_line(found.line, found.words) from None
        except RecursionError:
            raise SettingsError(f"{printable(name)}: nested too deep") from None

    def settings(self) -> Settings:
        """What all of it comes to."""
        made = Settings(self._name)
        for key, value in self._document.items():
            if key == "severity":
                made = made._replace(levels=self._levels((key,), value))
            elif key == "no_bonds":
                made = made._replace(no_bonds_is_fine=self._one_of((key,), value, _NO_BONDS) == "ok")
            elif key == "mute":
                made = made._replace(muted=self._rules((key,), value))
            elif key == "limits":
                made = made._replace(limits=Limits()._replace(**self._limits((key,), value)))
            elif key == "bond":
                made = made._replace(
                    bonds={name: self._bond((key, name), each) for name, each in self._table((key,), value)}
                )
            else:
                raise self._unknown((key,), ("severity", "no_bonds", "mute", "limits", "bond"))
        return made

    def _bond(self, path: Path, value: object) -> BondSettings:
        made = BondSettings()
        for key, each in self._table(path, value):
            here = (*path, key)
            if key == "ignore":
                if not isinstance(each, bool):
                    raise self._wrong(here, f"{_said(each)} is neither true nor false")
                made = made._replace(ignore=each)
            elif key == "mute":
                made = made._replace(muted=self._rules(here, each))
            elif key == "limits":
                made = made._replace(limits=self._limits(here, each))
            else:
                raise self._unknown(here, ("ignore", "mute", "limits"))
        return made

    def _levels(self, path: Path, value: object) -> Levels:
        named: dict[str, str] = {}
        for key, each in self._table(path, value):
            if key not in Levels._fields:
                raise self._unknown((*path, key), Levels._fields)
            named[key] = self._one_of((*path, key), each, _LEVELS)
        made = Levels()._replace(**named)
        if _LEVELS.index(made.warning) > _LEVELS.index(made.critical):
            key = "warning" if "warning" in named else "critical"
            raise self._wrong(
                (*path, key), f"a warning from {made.warning} on would be above critical, from {made.critical} on"
            )
        return made

    def _limits(self, path: Path, value: object) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, each in self._table(path, value):
            here = (*path, key)
            if key not in RANGES:
                raise self._unknown(here, Limits._fields)
            made[key] = self._number(here, each, *RANGES[key], whole=isinstance(getattr(Limits(), key), int))
        return made

    def _number(self, path: Path, value: object, least: float, most: float, *, whole: bool) -> float:
        right = int if whole else (int, float)
        if isinstance(value, right) and not isinstance(value, bool) and least <= value <= most:
            return value if whole else float(value)
        kind = "a whole number" if whole else "a number"
        raise self._wrong(path, f"{_said(value)} is not {kind} from {least:g} to {most:.0f}")

    def _rules(self, path: Path, value: object) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise self._wrong(path, f'{_said(value)} is not a list of rules, such as ["BT055", "same-nic"]')
        known = _rule_words()
        for number, each in enumerate(value):
            if not isinstance(each, str) or each not in known:
                raise self._wrong(
                    (*path, number), f"there is no rule {_said(each)}{_near(each, known)}; 'bondtui explain' lists them"
                )
        return tuple(value)

    def _one_of(self, path: Path, value: object, words: tuple[str, ...]) -> str:
        if not isinstance(value, str) or value not in words:
            raise self._wrong(path, f"{_said(value)} is none of {', '.join(words)}")
        return value

    def _table(self, path: Path, value: object) -> Iterator[tuple[str, Any]]:
        if not isinstance(value, dict):
            raise self._wrong(path, f"{_said(value)} is not a table")
        return iter(value.items())

    def _unknown(self, path: Path, known: tuple[str, ...]) -> SettingsError:
        return self._wrong(path, f"there is no such key{_near(path[-1], known)}; here may be {', '.join(known)}")

    def _wrong(self, path: Path, why: str) -> SettingsError:
        line = next((self._lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self._lines), 1)
        return self._at_line(line, f"{_key(path)}: {why}")

    def _at_line(self, line: int, words: str) -> SettingsError:
        return SettingsError(f"{printable(self._name)}, line {line}: {printable(words)}")


def _key(path: Path) -> str:
    """The path as it could be written: ``bond.bond0.mute``."""
    return ".".join(each if _is_bare(each) else _said(each) for each in path if isinstance(each, str))


def _is_bare(key: str) -> bool:
    return key.isascii() and key.replace("-", "").replace("_", "").isalnum()


def _said(value: object) -> str:
    """A value of the file, in short."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and abs(value) >= LARGEST_SAID:
        return "so large a number"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _near(word: object, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(str(word), known, n=1)
    return f" (is {near[0]} meant?)" if near else ""


def _rule_words() -> tuple[str, ...]:
    """All ids and names of rules."""
    from bondtui.triage.catalogue import RULES

    return tuple(word for rule in RULES for word in (rule.id, rule.name))
