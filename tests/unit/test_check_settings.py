"""The settings of ``bondtui check``: what a file says, and how a mistake in it is named."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.commands import check_settings
from bondtui.commands.check_settings import Settings, SettingsError, settings
from bondtui.commands.check_settings_file import SettingsFile
from bondtui.commands.toml_lines import lines
from bondtui.report.grade import Levels
from bondtui.triage.catalogue import RULES
from bondtui.triage.limits import Limits

EXAMPLE = Path(__file__).parents[2] / "docs" / "check.toml"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "check.toml"


def read(path: Path, text: str | bytes) -> Settings:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return settings(str(path))


def mistake(path: Path, text: str | bytes) -> str:
    """What is said of it, without the name of the file."""
    with pytest.raises(SettingsError) as caught:
        read(path, text)
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith(str(path))
    return said.removeprefix(str(path))


def test_without_a_file_everything_is_as_on_the_screen(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_settings, "SETTINGS_FILE", str(path))
    assert settings(None) == Settings()
    assert (Settings().limits, Settings().levels) == (Limits(), Levels("medium", "critical"))


def test_the_usual_file_is_read_if_it_is_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_settings, "SETTINGS_FILE", str(path))
    path.write_text("mute = ['BT016']")
    assert settings(None) == Settings(str(path), muted=("BT016",))


def test_a_file_that_is_named_must_be_there(path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        settings(str(path))


@pytest.mark.parametrize("name", ["", "/proc/self/mem", "a\0b"])
def test_what_cannot_be_read_is_said_in_one_line(path: Path, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(name or str(path.parent))
    assert str(caught.value).isprintable()


def test_every_key_has_its_effect(path: Path) -> None:
    made = read(
        path,
        """
        mute = ["BT016", "same-nic"]
        no_bonds = "ok"
        severity = { warning = "low", critical = "high" }
        limits.flap_failures = 5
        limits.lacp_settle_s = 4
        [bond.bond0]
        mute = ["no-monitor", "BT016"]
        limits = { miimon_slow_ms = 900, flap_failures = 7 }
        [bond."bond 9"]
        ignore = true
        """,
    )
    assert made.no_bonds_is_fine
    assert made.levels == Levels("low", "high")
    assert made.muted_of("bond1") == ("BT016", "same-nic")
    assert made.muted_of("bond0") == ("BT016", "same-nic", "no-monitor")
    assert made.limits_of("bond1") == Limits(flap_failures=5, lacp_settle_s=4.0)
    assert made.limits_of("bond0") == Limits(flap_failures=7, lacp_settle_s=4.0, miimon_slow_ms=900)
    assert [made.ignores(name) for name in ("bond0", "bond1", "bond 9")] == [False, False, True]


def test_the_example_says_every_key_with_its_default() -> None:
    made = settings(str(EXAMPLE))
    assert made._replace(path="", bonds={}) == Settings()
    assert made.limits_of("bond0") == Limits()
    document = tomllib.loads(EXAMPLE.read_text())
    assert set(document) == {"mute", "no_bonds", "severity", "limits", "bond"}
    assert set(document["severity"]) == set(Levels._fields)
    assert set(document["limits"]) == set(Limits._fields)
    assert set(document["bond"]["bond0"]) == {"ignore", "mute", "limits"}


@pytest.mark.parametrize("field", Limits._fields)
def test_each_limit_takes_the_bounds_that_the_example_names_and_nothing_beyond(path: Path, field: str) -> None:
    comment = next(line for line in EXAMPLE.read_text().splitlines() if line.startswith(field))
    if "(" not in comment:
        comment += "(0 to 60)"  # it goes on in the next line, see there
        assert field == "lacp_settle_s"
        assert "(0 to 60;" in EXAMPLE.read_text()
    least, most = comment.rpartition("(")[2].rstrip(")").split(" to ")
    for bound in (least, most):
        assert getattr(read(path, f"limits.{field} = {bound}").limits, field) == float(bound)
    default = getattr(Limits(), field)
    for wrong in (
        f"{int(least) - 1}",
        f"{int(most) + 1}",
        "true",
        '"3"',
        "[]",
        "nan",
        "inf",
        "1979-05-27",
        f"1{400 * '0'}",
    ):
        said = mistake(path, f"\n\nlimits.{field} = {wrong}")
        assert said.startswith(f", line 3: limits.{field}: ")
        assert ("a whole number" if isinstance(default, int) else "a number") in said
        assert f"from {least} to {most}" in said
    if isinstance(default, int):
        assert "a whole number" in mistake(path, f"limits.{field} = {default}.0")


def test_every_rule_can_be_muted_by_id_and_by_name(path: Path) -> None:
    words = [word for rule in RULES for word in (rule.id, rule.name)]
    assert read(path, f"mute = {json.dumps(words)}").muted == tuple(words)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[serverity]\n",
            ", line 1: serverity: there is no such key (is severity meant?); here may be severity, no_bonds",
        ),
        (
            "mute = []\n\n[severity]\nwarning = 1\n",
            ", line 4: severity.warning: 1 is none of info, low, medium, high, critical, never",
        ),
        ("[severity]\nwarning = 'bad'", ', line 2: severity.warning: "bad" is none of info'),
        (
            "[severity]\nmedium = 'warning'",
            ", line 2: severity.medium: there is no such key; here may be warning, critical",
        ),
        ("severity = 3", ", line 1: severity: 3 is not a table"),
        (
            "[severity]\nwarning = 'never'\n",
            ", line 2: severity.warning: a warning from never on would be above critical",
        ),
        (
            "[severity]\ncritical = 'low'",
            ", line 2: severity.critical: a warning from medium on would be above critical, from low",
        ),
        ("no_bonds = true", ", line 1: no_bonds: true is none of unknown, ok"),
        ("mute = 'BT016'", ', line 1: mute: "BT016" is not a list of rules'),
        (
            "mute = [\n  'BT016', # one\n  'same-nick',\n]",
            ', line 3: mute: there is no rule "same-nick" (is same-nic meant?)',
        ),
        ("mute = ['BT016',\n\n 16]", ", line 3: mute: there is no rule 16; 'bondtui explain' lists them"),
        (
            "[limits]\n# here\n'flap_failure' = 3",
            ", line 3: limits.flap_failure: there is no such key (is flap_failures meant?)",
        ),
        ("[limits]\nflap_failures = '3'", ', line 2: limits.flap_failures: "3" is not a whole number from 1 to 1000'),
        ("bond = []", ", line 1: bond: a list is not a table"),
        ("[[bond]]\n", ", line 1: bond: a list is not a table"),
        ("[bond]\nbond0 = 1", ", line 2: bond.bond0: 1 is not a table"),
        (
            "[bond.bond0]\nmutes = []",
            ", line 2: bond.bond0.mutes: there is no such key (is mute meant?); here may be ignore, mute, limits",
        ),
        ("[bond.bond0]\nignore = 1\n", ", line 2: bond.bond0.ignore: 1 is neither true nor false"),
        ("\nbond.'b 0'.limits = {\tmiimon_slow_ms = 0 }", ', line 2: bond."b 0".limits.miimon_slow_ms: 0 is not'),
        (
            '[bond.bond0]\n[bond.bond0.limits]\n\n"mii\\u006don_slow" = 5',
            ", line 4: bond.bond0.limits.miimon_slow: there is no such key",
        ),
        ("x = '''\na\n'''\ny = 1", ", line 1: x: there is no such key"),
        ("no_bonds = '''\nok\n'''", ', line 1: no_bonds: "ok\\x0a" is none of'),
        ("mute = [\n\n", ", line 2: mute: the value is missing or is none"),
        ("mute = ['BT016' 'BT017']", ", line 1: mute: ',' or ']' is missing"),
        ("mute = ['BT016',\n'BT017,\n]", ", line 3: mute: the quote at the end of a text is missing"),
        ("mute = [\n]\nlimits", ", line 3: limits: '=' and a value are missing"),
        ("mute = []\nmute = []\n", ", line 2: mute: it is there already"),
        ("[severity]\n[severity]\n", ", line 2: severity: it is there already"),
        ("[limits]\nmiimon_slow_ms = 1\n# twice\n[limits] # again\n", ", line 4: limits: it is there already"),
        ("[limits]\nmiimon_slow_ms = 1\nmiimon_slow_ms = 2", ", line 3: limits.miimon_slow_ms: it is there already"),
        ("limits = { flap_failures = 1, flap_failures = 1 }", ", line 1: limits: it is there already"),
        ("limits = 1\n[limits]\n", ", line 2: limits: it is there already"),
        ("no_bonds = ok", ", line 1: no_bonds: the value is missing or is none; a text stands in quotes"),
        ("[bond.'b 0']\nignore = yes", ", line 2: bond.'b 0'.ignore: the value is missing or is none"),
        ("no_bonds =\nmute = []", ", line 1: no_bonds: the value is missing or is none"),
        ("no_bonds = 'ok' 'ok'", ", line 1: no_bonds: nothing but a remark may follow the value"),
        ("no_bonds = 'ok", ", line 1: no_bonds: the quote at the end of a text is missing"),
        (r'no_bonds = "\q"', ", line 1: no_bonds: in double quotes a backslash is written twice"),
        ("mute = []\n= 3", ", line 2: a key or a table is expected here"),
        ("mute = []\n[limits\n", ", line 2: limits: ']' is missing"),
        ("mute = []\nlimits. = 3", ", line 2: limits.: a key is letters, digits, '-' and '_', or it stands in quotes"),
        (b"\xef\xbb\xbfmutes = []", ", line 1: mutes: there is no such key (is mute meant?)"),
        (b"\xef\xbb\xbf\n\n\xff", ", line 3: this is not UTF-8"),
        ("mute = []".encode("utf-16"), ", line 1: this is not UTF-8"),
        (b"mute = [] # \xff", ", line 1: this is not UTF-8"),
        (b"\n\nmute = '\x1b[31m'", ", line 3: "),
        ("x = " + "[" * 5000 + "]" * 5000, ": nested too deep"),
        ("no_bonds = 0x" + "f" * 5000, ", line 1: no_bonds: so large a number is none of"),
        ("\nno_bonds = " + "1" * 5000, ", line 2: no_bonds: this number has too many digits"),
        ("#" * 1_000_001, ": it is larger than 1000000 bytes"),
    ],
)
def test_a_mistake_is_named_with_line_and_key(path: Path, text: str | bytes, said: str) -> None:
    assert mistake(path, text).startswith(said)


@given(st.text("[]{}='\"\\ab.,#1\n", max_size=40))
def test_no_mistake_is_said_in_the_words_of_python(text: str) -> None:
    try:
        SettingsFile("check.toml", text.encode()).settings()
    except SettingsError as error:
        said = str(error)
        assert said.startswith("check.toml, line ")
        assert not any(
            word in said for word in ("(at ", "namespace", "Cannot", "Invalid", "Expected", "Unclosed", "None")
        )


def test_a_byte_order_mark_does_not_matter(path: Path) -> None:
    assert read(path, b"\xef\xbb\xbfmute = ['BT016']\r\n").muted == ("BT016",)


@pytest.mark.parametrize("key", ["\x1b[31m", "\u202e", "a\nb"])
def test_a_mistake_is_said_without_control_characters(path: Path, key: str) -> None:
    assert mistake(path, f"{json.dumps(key)} = 1").isprintable()


def paths(value: object, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of everything in a document."""
    if here:
        yield here
    if isinstance(value, dict):
        for key, each in value.items():
            yield from paths(each, (*here, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from paths(each, (*here, number))


EVERYTHING = '''\
# comment with "quotes" and = [ ] {
a = 1 # = 2
"b c".d.'e"f' = "x # no comment \\" = \\\\"
text = """
not = "a key"
[nor.a.table] \\""" ""\\
"""
raw = \'\'\'
key = 1 \\\'\'\'\'
[t]
x = 1979-05-27T07:32:00Z
list = [ 1, # one
  "two, [", { three = 3, four = { five = [ 5,
 6 ] } },
]
empty = []
none = {}
[t.u."v.w"]
y = +inf
[[many]]
z = 1
[[many]]

z = 2
[many.inner]
q = 3
[[many.deep]]
r = 4
[[many.deep]]
r.s = 5
'''
WHERE = {
    ("a",): 2,
    ("b c",): 3,
    ("b c", "d", 'e"f'): 3,
    ("text",): 4,
    ("raw",): 8,
    ("t",): 10,
    ("t", "list", 0): 12,
    ("t", "list", 1): 13,
    ("t", "list", 2, "three"): 13,
    ("t", "list", 2, "four", "five", 1): 14,
    ("t", "none"): 17,
    ("t", "u", "v.w"): 18,
    ("many",): 20,
    ("many", 0, "z"): 21,
    ("many", 1): 22,
    ("many", 1, "z"): 24,
    ("many", 1, "inner", "q"): 26,
    ("many", 1, "deep", 0, "r"): 28,
    ("many", 1, "deep", 1): 29,
    ("many", 1, "deep", 1, "r", "s"): 30,
}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_key_of_a_document_is_found_on_its_line(end: str) -> None:
    text = EVERYTHING.replace("\n", end)
    found = lines(text)
    assert {path: found.get(path) for path in WHERE} == WHERE
    assert set(found) == set(paths(tomllib.loads(text)))


keys = st.text(max_size=6) | st.sampled_from(["a", "b-c", "_", '"', "'", ".", "#", "]", "=", "\\"])
leaves: st.SearchStrategy[Any] = st.integers() | st.booleans() | st.text(max_size=12) | st.floats(allow_nan=False)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3))


def spelled(value: object) -> str:
    """A value as TOML: JSON but for its tables."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {spelled(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",\n".join(spelled(each) for each in value) + "]"
    if isinstance(value, str):
        return quoted(value)
    return json.dumps(value).replace("Infinity", "inf")


def quoted(text: str) -> str:
    """A basic string."""
    return '"' + "".join(each if each.isalnum() and each.isascii() else f"\\U{ord(each):08x}" for each in text) + '"'


@given(st.dictionaries(keys.filter(lambda key: key.isprintable()), values, max_size=6))
def test_every_key_of_any_document_is_found(document: dict[str, Any]) -> None:
    text, expected = "", {}
    for key, value in document.items():
        text += "# more\n"
        expected[key,] = text.count("\n") + 1
        text += f"{quoted(key)} = {spelled(value)}\n"
    found = lines(text)
    assert {path: found[path] for path in expected} == expected
    assert set(found) == set(paths(tomllib.loads(text)))
