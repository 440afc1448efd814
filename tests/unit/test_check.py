"""``bondtui check``: exit status, what is on stdout and stderr, and for whom it waits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bondtui import cli
from bondtui.cli import main
from bondtui.commands import check_settings
from bondtui.core.words import listed, printable
from bondtui.model.around import Around
from bondtui.model.bond import BALANCE_RR, AdInfo, Bond, Slave
from bondtui.model.finding import SEVERITIES, VERDICTS
from bondtui.model.reading import Heard, NoBonding, Overflow, Reading, SourceError
from bondtui.ports import Source, Surroundings
from tests.builders import (
    HOSTILE_NAMES,
    a_bond,
    a_lacp_bond,
    a_lost_slave,
    a_pair,
    a_port,
    a_reading,
    a_slave,
    told,
)

ROOT = Path(__file__).parents[2]
FINE, WARNING, CRITICAL, UNKNOWN, WRONG_USAGE = 0, 1, 2, 3, 64
EXPIRED, DEFAULTED = 0b1000_0111, 0b0100_0111
"""Actor states without a partner: it is waited for in the first seconds, later it is given up."""


class Machine:
    """A source of bonds that change when told so, on a clock that moves while somebody listens; also what lies around them.

    ``then`` are later states: the time on the clock, and the bonds from then on. ``speaks`` says whether messages of them are sent.
    """

    simulated = False

    def __init__(self, *bonds: Bond, then: Sequence[tuple[float, Sequence[Bond]]] = (), speaks: bool = False) -> None:
        self.clock = 100.0
        self.bonds: Sequence[Bond] = bonds
        self.then = list(then)
        self.speaks = speaks
        self.read_at: list[float] = []
        self.closed = False
        self.told_around = Around()
        self.asked_around: list[Sequence[Bond]] = []
        self.trouble: BaseException | None = None
        """What reading again raises."""

    def read(self) -> Reading:
        self.read_at.append(self.clock)
        if self.trouble is not None and len(self.read_at) > 1:
            raise self.trouble
        return a_reading(*self.bonds, mono=self.clock)

    def listen(self, seconds: float) -> Sequence[Heard | Overflow]:
        assert seconds > 0
        until = self.clock + seconds
        if self.then and self.then[0][0] <= until:
            at, self.bonds = self.then.pop(0)
            if self.speaks:
                self.clock = max(self.clock, at)
                return [told(slave, self.clock) for bond in self.bonds for slave in bond.slaves]
        self.clock = until
        return []

    def wake(self) -> None:
        raise AssertionError

    def close(self) -> None:
        self.closed = True

    def around(self, bonds: Sequence[Bond]) -> Around:
        self.asked_around.append(bonds)
        return self.told_around


class Ran:
    """What a command has left behind."""

    def __init__(self, status: int, out: str, error: str) -> None:
        self.status, self.out, self.error = status, out, error

    @property
    def document(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.out)
        return read


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the settings are looked for; nothing is there until a test writes it."""
    path = tmp_path / "usual.toml"
    monkeypatch.setattr(check_settings, "SETTINGS_FILE", str(path))
    return path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Check this machine, or what raises when it is opened."""

    def command(machine: Machine | SourceError, *arguments: str) -> Ran:
        def open_source(_: str | None) -> Source:
            if isinstance(machine, SourceError):
                raise machine
            return machine

        def surroundings(source: Source | None) -> Surroundings:
            assert isinstance(machine, Machine)
            assert source is machine
            return machine

        monkeypatch.setattr(cli, "_open", open_source)
        monkeypatch.setattr(cli, "_surroundings", surroundings)
        try:
            status = main(["check", *arguments])
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        out, error = capsys.readouterr()
        assert all(line.startswith("bondtui: ") and printable(line) == line for line in error.splitlines()), error
        if "--json" not in arguments:
            assert all(printable(line) == line for line in out.splitlines())
        if "--nagios" in arguments and status != WRONG_USAGE:
            assert out.startswith("BONDTUI ")
            assert out.count("\n") == 1
            assert error == ""
        return Ran(status, out, error)

    return command


def degraded() -> Bond:
    """Three slaves, one of them lost."""
    return a_bond(a_slave("eno1", 2, state="active"), a_slave("eno2", 3), a_lost_slave("eno3", 4))


def down(name: str = "bond0", ifindex: int = 10) -> Bond:
    """Both slaves lost."""
    lost = a_lost_slave("eno1", ifindex + 1), a_lost_slave("eno2", ifindex + 2)
    return a_bond(*lost, name=name, ifindex=ifindex, carrier=False, active_slave=None)


def untold(name: str = "bond2", ifindex: int = 40) -> Bond:
    """The kernel does not tell what its slaves do."""
    slaves = (a_slave(f"{name}{each}", ifindex + each, mii=None) for each in (1, 2))
    return a_bond(*slaves, name=name, ifindex=ifindex, num_peer_notif=2)


def healthy(name: str = "bond1", ifindex: int = 20) -> Bond:
    """Nothing is wrong with it."""
    slaves = a_slave(f"{name}a", ifindex + 1, state="active"), a_slave(f"{name}b", ifindex + 2)
    return a_bond(*slaves, name=name, ifindex=ifindex, num_peer_notif=2)


EXPECTED = {
    "healthy": (lambda: [healthy()], FINE, "carries traffic redundantly"),
    "degraded": (lambda: [degraded()], WARNING, "degraded"),
    "one left": (lambda: [a_bond(a_slave("eno1", 2), a_lost_slave("eno2", 3))], WARNING, "one failure from loss"),
    "down": (lambda: [down()], CRITICAL, "down"),
    "no monitor": (lambda: [a_pair(miimon=0)], CRITICAL, "one failure from loss"),
    "unknown": (lambda: [untold()], UNKNOWN, "cannot tell"),
    "unknown and degraded": (lambda: [untold(), degraded()], WARNING, "degraded"),
    "unknown and down": (lambda: [untold(), down()], CRITICAL, "down"),
    "healthy and down": (lambda: [healthy(), down()], CRITICAL, "down"),
    "healthy and unknown": (lambda: [healthy(), untold()], UNKNOWN, "cannot tell"),
}


@pytest.mark.parametrize("form", ["", "--json", "--nagios"])
@pytest.mark.parametrize(("bonds", "status", "verdict"), EXPECTED.values(), ids=EXPECTED)
def test_the_status_is_that_of_the_worst_bond_which_is_told_first(
    run: Run, bonds: Callable[[], list[Bond]], status: int, verdict: str, form: str
) -> None:
    machine = Machine(*bonds())
    ran = run(machine, *([form] if form else []))
    assert (ran.status, ran.error) == (status, "")
    assert machine.closed
    word = ("ok", "warning", "critical", "unknown")[status]
    if form == "--json":
        assert (ran.document["status"], ran.document["exit_status"]) == (word, status)
        assert ran.document["bonds"][0]["verdict"] == verdict
    elif form:
        assert ran.out.startswith(f"BONDTUI {word.upper()}: ")
        assert (f" {verdict}: " in ran.out) == (status != FINE)
    else:
        assert f": {verdict}. " in ran.out.splitlines()[0]


def test_the_document_has_the_fields_of_the_contract(run: Run) -> None:
    document = run(Machine(degraded(), healthy()), "--json").document
    assert document["schema"] == "bondtui.check/1"
    assert (document["host"], document["simulated"]) == (os.uname().nodename, False)
    assert document["taken_at"].endswith("Z")
    assert set(document) == {
        *("schema", "host", "taken_at", "simulated", "lab", "status", "exit_status", "settings", "bonds", "missing"),
        *("ignored", "unread"),
    }
    assert [each["name"] for each in document["bonds"]] == ["bond0", "bond1"]
    for bond in document["bonds"]:
        assert set(bond) == {
            *("name", "source", "status", "verdict", "sentence", "consequence", "next_step", "what_if", "findings"),
            "muted",
        }
        assert bond["source"] is None
        assert bond["verdict"] in VERDICTS
        for loss in bond["what_if"]:
            assert set(loss) == {"slave", "alone", "lost", "words", "shared"}
        for finding in bond["findings"]:
            assert set(finding) == {
                *("rule", "name", "severity", "subject", "summary", "evidence", "side", "confidence", "next_step"),
                *("because_of", "fix"),
            }
            assert finding["severity"] in SEVERITIES
            assert finding["evidence"]
            assert "" not in (finding["next_step"], finding["because_of"])
    lost = next(each for each in document["bonds"][0]["findings"] if each["rule"] == "BT008")
    assert (lost["name"], lost["subject"]) == ("slave-down", "eno3")
    assert [each["slave"] for each in document["bonds"][0]["what_if"]] == ["eno1", "eno2", "eno3"]


def test_a_permanent_cure_is_spelled_for_each_manager(run: Run) -> None:
    findings = run(Machine(a_pair(miimon=0)), "--json").document["bonds"][0]["findings"]
    fix = next(each["fix"] for each in findings if each["rule"] == "BT001")
    assert "MIIMonitorSec" in fix["systemd-networkd"]
    assert "NetworkManager" in fix


def test_people_read_what_is_wrong_and_what_to_do(run: Run) -> None:
    lines = run(Machine(a_bond(a_slave("eno1", 2), a_lost_slave("eno2", 3), num_peer_notif=2))).out.splitlines()
    assert lines[0].startswith("bond0: one failure from loss. eno2 ")
    assert lines[1].startswith("  If eno1 ")
    assert lines[2].startswith("  Next: '")
    finding = next(number for number, line in enumerate(lines) if line.startswith("  medium BT008 slave-down: eno2"))
    assert lines[finding + 1].startswith("    side: cable (likely); seen: eno2 ")
    assert "bondtui explain RULE" in lines[-1]


def many(names: Sequence[str], *, lost: int) -> Bond:
    """So many slaves are lost, the others carry the traffic."""
    slaves = [(a_lost_slave if at < lost else a_slave)(name, 2 + at) for at, name in enumerate(names)]
    return a_bond(*slaves, name="bond0", ifindex=1000, mode=BALANCE_RR, active_slave=None)


def of_rule(ran: Ran, rule: str) -> list[str]:
    return [line for line in ran.out.splitlines() if rule in line and "for information" not in line]


@pytest.mark.parametrize("names", [[f"eno{each}" for each in range(64)], [chr(97 + each) for each in range(26)]])
def test_the_same_of_many_slaves_is_said_once_with_all_their_names(run: Run, names: list[str]) -> None:
    machine = Machine(many(names, lost=20))
    ran = run(machine)
    (line,) = of_rule(ran, "BT008")
    assert line == f"  medium BT008 slave-down, of 20 slaves: {names[0]} has no carrier."
    lines = ran.out.splitlines()
    at = lines.index(line)
    assert lines[at + 1] == f"    the same of {listed(names[1:20])}"
    assert lines[at + 2].startswith(f"    side: cable (likely); seen of {names[0]}: {names[0]} ")
    assert len(lines) < 12
    found = [each for each in run(machine, "--json").document["bonds"][0]["findings"] if each["rule"] == "BT008"]
    assert [each["subject"] for each in found] == names[:20]


def test_the_same_of_few_slaves_is_said_of_each(run: Run) -> None:
    ran = run(Machine(many([f"eno{each}" for each in range(8)], lost=3)))
    assert len(of_rule(ran, "BT008")) == 3
    assert "the same" not in ran.out


def test_what_is_not_the_same_is_not_folded(run: Run) -> None:
    slaves = [a_lost_slave(f"eno{each}", 20 + each, admin_up=each > 0) for each in range(10)]
    ran = run(Machine(a_bond(*slaves, a_slave("eno10", 30), a_slave("eno11", 31), mode=BALANCE_RR)))
    assert of_rule(ran, "BT008") == ["  medium BT008 slave-down, of 9 slaves: eno1 has no carrier."]
    assert of_rule(ran, "BT009") == ["  medium BT009 slave-admin-down: eno0 is set down."]


def test_what_is_explained_is_folded_too(run: Run) -> None:
    ports = [a_port(f"eno{each}", 20 + each, actor=DEFAULTED, partner=0, partner_churn="churned") for each in range(12)]
    ran = run(Machine(a_lacp_bond(*ports, ad_info=AdInfo(1, 12, 9, 1, "00:00:00:00:00:00"))))
    lines = ran.out.splitlines()
    at = next(at for at, line in enumerate(lines) if "BT035 lacp-defaulted, of 12 slaves, because of BT030" in line)
    assert lines[at].startswith("    high ")
    assert lines[at + 1] == f"      the same of {listed([f'eno{each}' for each in range(1, 12)])}"
    assert "side:" not in lines[at + 2]


def test_a_bond_with_which_nothing_is_wrong_takes_one_line(run: Run) -> None:
    ran = run(Machine(healthy("bond1", 20), healthy("bond2", 30)))
    assert [line.partition(".")[0] for line in ran.out.splitlines()] == [
        "bond1: carries traffic redundantly",
        "bond2: carries traffic redundantly",
    ]


def test_what_lies_around_counts(run: Run) -> None:
    machine = Machine(healthy())
    machine.told_around = Around(addresses={21: ("192.0.2.77/24",), 22: ()})
    ran = run(machine)
    assert ran.status == WARNING
    assert "BT060" in ran.out
    assert [[bond.name for bond in bonds] for bonds in machine.asked_around] == [["bond1"]]


def test_only_the_bonds_asked_for_are_judged(run: Run) -> None:
    machine = Machine(down(), healthy(), healthy("bond2", 30))
    ran = run(machine, "bond2", "bond1", "--json")
    assert ran.status == FINE
    assert [each["name"] for each in ran.document["bonds"]] == ["bond1", "bond2"]
    assert [[bond.name for bond in bonds] for bonds in machine.asked_around] == [["bond1", "bond2"]]


def test_a_bond_that_is_not_there_cannot_be_told_but_hides_nothing(run: Run) -> None:
    ran = run(Machine(healthy()), "bond7", "bond1")
    assert (ran.status, ran.error) == (UNKNOWN, "bondtui: no bond named 'bond7' here; there is bond1\n")
    assert ran.out.startswith("bond1: carries")
    ran = run(Machine(healthy(), down()), "bond7", "bond0", "--json")
    assert (ran.status, ran.document["missing"]) == (CRITICAL, ["bond7"])
    ran = run(Machine(healthy()), "bond7", "bond1", "--nagios")
    assert (ran.status, ran.out.partition(" |")[0]) == (UNKNOWN, "BONDTUI UNKNOWN: bond7 not there; bond1 ok")


class Emptied(Machine):
    """The driver was unloaded after the source was opened."""

    def read(self) -> Reading:
        raise NoBonding("no bonding driver any more")


NOTHING_THERE = NoBonding("no bonding driver in this kernel; 'modprobe bonding' loads it"), Machine(), Emptied()


@pytest.mark.parametrize("machine", NOTHING_THERE, ids=["no driver", "no bond", "no driver any more"])
def test_without_any_bond_nothing_can_be_told(run: Run, machine: Machine | NoBonding, usual: Path) -> None:
    ran = run(machine)
    assert ran.status == UNKNOWN
    assert ("No bond here." in ran.out) == (ran.error == "") == (type(machine) is Machine)
    ran = run(machine, "--nagios")
    assert (ran.status, ran.out.startswith("BONDTUI UNKNOWN: no bond")) == (UNKNOWN, True)
    usual.write_text("no_bonds = 'ok'")
    assert (run(machine).status, run(machine).out) == (FINE, "No bond here.\n")
    assert run(machine, "--json").document["status"] == "ok"
    assert run(machine, "--nagios").out.startswith("BONDTUI OK: no bond here | ")
    assert run(machine, "bond0").status == UNKNOWN


@pytest.mark.parametrize("form", ["", "--json", "--nagios"])
def test_a_kernel_that_does_not_answer_is_said(run: Run, form: str) -> None:
    ran = run(SourceError("the kernel did not answer"), *([form] if form else []))
    said = (ran.out, ran.error)
    assert ran.status == UNKNOWN
    assert "the kernel did not answer\n" in said[form != "--nagios"]
    assert said[form == "--nagios"] == ""


def test_simulated_is_said_everywhere(run: Run) -> None:
    class Simulated(Machine):
        simulated = True

    assert run(Simulated(down())).out.startswith("SIMULATED: ")
    assert run(Simulated(down()), "--json").document["simulated"] is True
    assert run(Simulated(down()), "--nagios").out.startswith("BONDTUI CRITICAL: SIMULATED: bond0 down: ")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("form", ["", "--json", "--nagios"])
def test_a_name_is_printed_and_never_interpreted(run: Run, name: str, form: str) -> None:
    bond = a_bond(a_slave(f"{name}1", 2), a_lost_slave(f"{name}2", 3), name=name)
    ran = run(Machine(bond), *([form] if form else []), "--", name)
    assert (ran.status, ran.error) == (WARNING, "")
    if form == "--json":
        assert ran.document["bonds"][0]["name"] == name
    else:
        assert printable(name) in ran.out or form == "--nagios"


# --- settings


def test_a_muted_rule_is_no_finding(run: Run, usual: Path) -> None:
    machine = Machine(a_pair(num_peer_notif=0))
    assert run(machine).status == WARNING
    usual.write_text("mute = ['BT022']")
    ran = run(machine)
    assert (ran.status, "BT022" in ran.out.splitlines()[0]) == (FINE, False)
    assert ran.out.endswith(f"Muted, as {usual} says: BT022.\n")
    usual.write_text("[bond.bond0]\nmute = ['grat-arp-off']")
    document = run(machine, "--json").document
    assert (document["exit_status"], document["settings"]) == (FINE, str(usual))
    assert document["bonds"][0]["muted"] == ["grat-arp-off"]
    usual.write_text("[bond.bond1]\nmute = ['grat-arp-off']")
    assert run(machine).status == WARNING


def test_a_verdict_cannot_be_muted(run: Run, usual: Path) -> None:
    from bondtui.triage.catalogue import RULES

    usual.write_text(
        f"mute = {json.dumps([rule.id for rule in RULES])}\nseverity = {{warning='never', critical='never'}}"
    )
    for bond, status in (
        (down(), CRITICAL),
        (degraded(), WARNING),
        (a_bond(a_slave("eno1", 2), a_lost_slave("eno2", 3)), WARNING),
        (a_bond(carrier=False), CRITICAL),
        (a_pair(), FINE),
    ):
        ran = run(Machine(bond), "--json")
        assert (ran.status, ran.document["bonds"][0]["findings"]) == (status, [])


def test_a_bond_can_be_left_out_unless_it_is_named(run: Run, usual: Path) -> None:
    usual.write_text("[bond.bond0]\nignore = true")
    machine = Machine(a_bond(carrier=False), healthy())
    ran = run(machine)
    assert (ran.status, ran.out.splitlines()[-1]) == (FINE, f"Ignored, as {usual} says: bond0.")
    assert run(machine, "--json").document["ignored"] == ["bond0"]
    assert run(machine, "bond0").status == CRITICAL
    ran = run(Machine(a_bond(carrier=False)), "--nagios")
    assert (ran.status, ran.out.partition(" |")[0]) == (FINE, "BONDTUI OK: no bond to check, 1 bond ignored")


@pytest.mark.parametrize(
    ("severity", "status"),
    [
        ("", WARNING),
        ("warning = 'high'", FINE),
        ("warning = 'never'\ncritical = 'never'", FINE),
        ("critical = 'medium'", CRITICAL),
        ("warning = 'info'\ncritical = 'medium'", CRITICAL),
        ("warning = 'info'", WARNING),
    ],
)
def test_what_is_a_warning_can_be_chosen(run: Run, usual: Path, severity: str, status: int) -> None:
    usual.write_text(f"[severity]\n{severity}")
    assert run(Machine(a_pair(num_peer_notif=0))).status == status


def test_thresholds_can_be_chosen_for_all_and_for_one_bond(run: Run, usual: Path, tmp_path: Path) -> None:
    machine = Machine(a_pair(miimon=600, num_peer_notif=2))
    assert "BT014" in run(machine).out
    usual.write_text("limits.miimon_slow_ms = 600")
    assert "BT014" not in run(machine).out
    usual.write_text("[limits]\nmiimon_slow_ms = 600\n[bond.bond0.limits]\nmiimon_slow_ms = 599")
    assert "BT014" in run(machine).out
    other = tmp_path / "other.toml"
    other.write_text("[bond.bond0.limits]\nmiimon_slow_ms = 600")
    assert "BT014" not in run(machine, "--config", str(other)).out


@pytest.mark.parametrize("form", ["", "--json", "--nagios"])
def test_a_mistake_in_the_settings_checks_nothing(run: Run, usual: Path, form: str) -> None:
    usual.write_text("# here\nmute = 'BT001'\n")
    machine = Machine(down())
    ran = run(machine, *([form] if form else []))
    words = f'{usual}, line 2: mute: "BT001" is not a list of rules, such as ["BT055", "same-nic"]\n'
    if form == "--nagios":
        assert (ran.status, ran.out) == (UNKNOWN, f"BONDTUI UNKNOWN: {words}")
    else:
        assert (ran.status, ran.out, ran.error) == (WRONG_USAGE, "", f"bondtui: {words}")
    assert machine.read_at == []


def test_a_file_of_settings_that_is_named_must_be_there(run: Run, tmp_path: Path) -> None:
    ran = run(Machine(healthy()), "--config", str(tmp_path / "none"))
    assert (ran.status, ran.error) == (WRONG_USAGE, f"bondtui: {tmp_path}/none: no such file\n")


# --- waiting for LACP


def lone(name: str, ifindex: int, *, churn: str | None = "monitoring", **rest: Any) -> Slave:
    """A port without partner."""
    state = {"aggregator": ifindex, "actor": EXPIRED, "partner": 1, "actor_churn": churn, "partner_churn": churn}
    return a_port(name, ifindex, **{**state, **rest})


def new_bond(**rest: Any) -> Bond:
    """An 802.3ad bond that was made a moment ago."""
    nobody = AdInfo(1, 1, 15, 1, "00:00:00:00:00:00")
    return a_lacp_bond(lone("eno1", 2, **rest), lone("eno2", 3, **rest), info=nobody, num_peer_notif=2)


@pytest.mark.parametrize("speaks", [False, True], ids=["found by reading", "told by the kernel"])
def test_a_bond_that_negotiates_is_waited_for_until_it_has_settled(run: Run, speaks: bool) -> None:
    machine = Machine(new_bond(), then=[(103.2, [a_lacp_bond(num_peer_notif=2)])], speaks=speaks)
    ran = run(machine)
    assert (ran.status, ran.out.partition(".")[0]) == (FINE, "bond0: carries traffic redundantly")
    gaps = [after - before for before, after in zip(machine.read_at, machine.read_at[1:], strict=False)]
    assert gaps[:-1] == pytest.approx([0.5] * (len(gaps) - 1))
    assert machine.clock == pytest.approx(103.2 if speaks else 103.5)


def test_somebody_who_looks_on_is_told_what_it_waits_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(Machine(new_bond())).error == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert run(Machine(new_bond())).error == "bondtui: a bond has not settled yet; waiting for it, at most 10 s\n"
    assert run(Machine(healthy())).error == ""


def test_news_that_settle_nothing_make_it_read_no_oftener(run: Run) -> None:
    babble = [(100.0 + step / 50, [new_bond()]) for step in range(1, 150)]
    machine = Machine(new_bond(), then=[*babble, (103.2, [a_lacp_bond(num_peer_notif=2)])], speaks=True)
    assert run(machine).status == FINE
    gaps = [after - before for before, after in zip(machine.read_at, machine.read_at[1:], strict=False)]
    assert min(gaps[:-1]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("limit", "seconds"), [("", 10.0), ("limits.lacp_settle_s = 3", 3.0), ("limits.lacp_settle_s = 0", 0.0)]
)
def test_it_waits_no_longer_than_the_limit_and_then_accuses(run: Run, usual: Path, limit: str, seconds: float) -> None:
    usual.write_text(limit)
    machine = Machine(new_bond(actor=DEFAULTED))
    ran = run(machine)
    assert machine.clock - 100.0 == pytest.approx(seconds)
    assert (ran.status, "BT030" in ran.out) == (CRITICAL, True)


def test_a_bond_that_does_not_settle_is_accused_of_what_it_is_at_the_end(run: Run) -> None:
    machine = Machine(new_bond(), then=[(105.0, [new_bond(actor=7)])])
    ran = run(machine)
    assert machine.clock - 100.0 == pytest.approx(10.0)
    assert (ran.status, "cannot tell" in ran.out, "BT033" in ran.out) == (WARNING, False, True)


def test_a_partner_that_is_expired_and_then_given_up_has_been_silent_all_along(run: Run) -> None:
    machine = Machine(new_bond(actor=EXPIRED), then=[(103.0, [new_bond(actor=DEFAULTED)])])
    ran = run(machine)
    assert machine.clock - 100.0 == pytest.approx(10.0)
    assert (ran.status, "BT030" in ran.out) == (CRITICAL, True)


@pytest.mark.parametrize(
    "bond",
    [
        lambda: new_bond(actor=DEFAULTED, churn="churned"),
        lambda: a_lacp_bond(num_peer_notif=2),
        lambda: a_lacp_bond(*(lone(f"e{each}", each, mii="down", carrier=False) for each in (2, 3))),
        lambda: a_lacp_bond(*(lone(f"e{each}", each, mii="going back") for each in (2, 3))),
        lambda: a_lacp_bond(*(lone(f"e{each}", each, actor=None, partner=None) for each in (2, 3))),
        lambda: a_bond(a_slave("eno1", 2, mii="going back"), a_slave("eno2", 3)),
        lambda: a_bond(a_slave("eno1", 2), a_slave("eno2", 3, mii="going down"), mode=BALANCE_RR),
    ],
    ids=["churned", "settled", "link down", "updelay", "not told", "no LACP, updelay", "no LACP, downdelay"],
)
def test_what_needs_no_time_is_not_waited_for(run: Run, bond: Callable[[], Bond]) -> None:
    machine = Machine(bond())
    run(machine)
    assert machine.read_at == [100.0]


def test_a_bond_that_nobody_asks_for_is_not_waited_for(run: Run, usual: Path) -> None:
    machine = Machine(new_bond(), healthy())
    assert run(machine, "bond1").status == FINE
    assert machine.read_at == [100.0]
    usual.write_text("bond.bond0.ignore = true")
    machine = Machine(new_bond(), healthy())
    assert run(machine).status == FINE
    assert machine.read_at == [100.0]


def test_what_vanishes_meanwhile_is_no_error(run: Run) -> None:
    gone = a_lacp_bond(a_port("eno1", 2), num_peer_notif=2)
    ran = run(Machine(new_bond(), then=[(101.2, [gone])]), "--json")
    assert [each["slave"] for each in ran.document["bonds"][0]["what_if"]] == ["eno1"]
    ran = run(Machine(new_bond(), healthy(), then=[(101.2, [healthy()])]))
    assert (ran.status, ran.error) == (FINE, "")
    ran = run(Machine(new_bond(), healthy(), then=[(101.2, [healthy()])]), "bond0")
    assert (ran.status, ran.error) == (UNKNOWN, "bondtui: no bond named 'bond0' here; there is bond1\n")


@pytest.mark.parametrize("trouble", [SourceError("the kernel did not answer"), KeyboardInterrupt()], ids=repr)
def test_trouble_while_it_waits_is_said_in_one_line(run: Run, trouble: BaseException) -> None:
    machine = Machine(new_bond())
    machine.trouble = trouble
    ran = run(machine)
    assert (ran.status, ran.out, ran.error.count("\n")) == (UNKNOWN, "", 1)
    assert machine.closed


# --- texts


PAIR = """\
Ethernet Channel Bonding Driver: v6.8.0-90-generic

Bonding Mode: fault-tolerance (active-backup)
Primary Slave: None
Currently Active Slave: eno1
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 0
Down Delay (ms): 0
Peer Notification Delay (ms): 0

Slave Interface: eno1
MII Status: up
Speed: 1000 Mbps
Duplex: full
Link Failure Count: 0
Permanent HW addr: 02:00:00:00:00:01
Slave queue ID: 0

Slave Interface: eno2
MII Status: {mii}
Speed: 1000 Mbps
Duplex: full
Link Failure Count: 0
Permanent HW addr: 02:00:00:00:00:02
Slave queue ID: 0
"""
UP, LOST = PAIR.format(mii="up"), PAIR.format(mii="down")
NOT_ASKED = SourceError("the kernel is not asked for a text")


def a_text(folder: Path, name: str, text: str) -> str:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return str(folder / name)


def a_sosreport(folder: Path, host: str, **bonds: str) -> str:
    for name, text in bonds.items():
        a_text(folder, f"proc/net/bonding/{name}", text)
    a_text(folder, "hostname", f"{host}\n")
    return str(folder)


def test_a_text_is_judged_like_a_machine(run: Run, tmp_path: Path) -> None:
    good, bad = a_text(tmp_path, "bond0", UP), a_text(tmp_path, "bond1", LOST)
    ran = run(NOT_ASKED, "--proc", good)
    assert (ran.status, ran.error) == (FINE, "")
    assert ran.out.startswith(f"bond0 ({good}): carries traffic redundantly. ")
    ran = run(NOT_ASKED, "--proc", good, bad, "--json")
    assert ran.status == WARNING
    told = [(each["name"], each["source"], each["status"]) for each in ran.document["bonds"]]
    assert told == [("bond1", bad, "warning"), ("bond0", good, "ok")]
    assert (ran.document["host"], ran.document["taken_at"], ran.document["simulated"]) == (None, None, False)
    assert run(NOT_ASKED, "--proc", good, bad, "--", "bond0").status == FINE
    assert run(NOT_ASKED, "bond1", "--proc", good, bad).status == WARNING
    ran = run(NOT_ASKED, "--proc", bad, "--nagios")
    assert ran.out.startswith(f"BONDTUI WARNING: bond1 of {bad} one failure from loss: eno2 ")


NEW_LACP = """\
Ethernet Channel Bonding Driver: v6.8.0-90-generic

Bonding Mode: IEEE 802.3ad Dynamic link aggregation
Transmit Hash Policy: layer3+4 (1)
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 0
Down Delay (ms): 0

802.3ad info
LACP active: on
LACP rate: fast
Min links: 0
Aggregator selection policy (ad_select): stable
""" + "".join(
    f"""
Slave Interface: eno{number}
MII Status: up
Speed: 1000 Mbps
Duplex: full
Link Failure Count: 0
Permanent HW addr: 02:00:00:00:00:0{number}
Slave queue ID: 0
Aggregator ID: {number}
Actor Churn State: monitoring
Partner Churn State: monitoring
Actor Churned Count: 0
Partner Churned Count: 0
details actor lacp pdu:
    system priority: 65535
    system mac address: 02:00:00:00:00:0a
    port key: 9
    port priority: 255
    port number: {number}
    port state: 71
details partner lacp pdu:
    system priority: 65535
    system mac address: 00:00:00:00:00:00
    oper key: 1
    port priority: 255
    port number: 1
    port state: 1
"""
    for number in (1, 2)
)


def test_what_a_text_shows_is_taken_to_last(run: Run, tmp_path: Path) -> None:
    ran = run(NOT_ASKED, "--proc", a_text(tmp_path, "bond0", NEW_LACP))
    assert (ran.status, "BT030" in ran.out) == (CRITICAL, True)


def test_settings_are_for_texts_too(run: Run, tmp_path: Path, usual: Path) -> None:
    bad = a_text(tmp_path, "bond1", LOST.replace("Interval (ms): 100", "Interval (ms): 600"))
    found = [each["rule"] for each in run(NOT_ASKED, "--proc", bad, "--json").document["bonds"][0]["findings"]]
    assert {"BT008", "BT014"} <= set(found)
    usual.write_text("[bond.bond1]\nmute = ['BT008']\nlimits.miimon_slow_ms = 600")
    found = [each["rule"] for each in run(NOT_ASKED, "--proc", bad, "--json").document["bonds"][0]["findings"]]
    assert not {"BT008", "BT014"} & set(found)
    usual.write_text("[bond.bond1]\nignore = true\n")
    assert run(NOT_ASKED, "--proc", bad).out.startswith("No bond to check, 1 bond ignored.")


def test_a_line_that_was_not_understood_is_told(run: Run, tmp_path: Path) -> None:
    path = a_text(tmp_path, "bond0", UP.replace("Up Delay (ms): 0", "Warp Drive: on"))
    unread = run(NOT_ASKED, "--proc", path, "--json").document["unread"]
    assert [(each["source"], each["line"], each["text"]) for each in unread] == [(path, 8, "Warp Drive: on")]
    assert unread[0]["why"]
    assert f"{path}, line 8: {unread[0]['why']}." in run(NOT_ASKED, "--proc", path).out.splitlines()
    many = a_text(tmp_path, "bond1", UP.replace("Up Delay (ms): 0", "Warp Drive: on\n" * 50))
    last = run(NOT_ASKED, "--proc", many).out.splitlines()[-1]
    assert last.startswith(f"{many}: ")
    assert last.endswith(" lines were not understood or leave something open; --json lists them.")


def test_what_holds_no_bond_cannot_be_told(run: Run, tmp_path: Path, usual: Path) -> None:
    usual.write_text("no_bonds = 'ok'")
    for path in (a_text(tmp_path, "words", "nothing\n"), a_text(tmp_path, "empty", ""), str(tmp_path / "none")):
        ran = run(NOT_ASKED, "--proc", path)
        assert (ran.status, ran.out) == (UNKNOWN, "")
        assert path in ran.error
        ran = run(NOT_ASKED, "--proc", path, "--nagios")
        assert (ran.status, path in ran.out) == (UNKNOWN, True)
    ran = run(NOT_ASKED, "bond9", "--proc", a_text(tmp_path, "bond0", UP))
    assert (ran.status, ran.error) == (
        UNKNOWN,
        "bondtui: no bond named 'bond9' in what was read; there is bond0\n",
    )


def test_a_sosreport_is_judged_also_beside_other_texts(run: Run, tmp_path: Path) -> None:
    here, there = a_sosreport(tmp_path / "a", "db-07", bond0=UP), a_sosreport(tmp_path / "b", "db-08", bond0=LOST)
    document = run(NOT_ASKED, "--sos", here, "--json").document
    assert (document["host"], document["status"]) == ("db-07", "ok")
    document = run(NOT_ASKED, "--sos", here, "--sos", there, "--json").document
    assert document["host"] is None
    assert [each["status"] for each in document["bonds"]] == ["warning", "ok"]
    assert document["bonds"][0]["source"].startswith(there)
    document = run(NOT_ASKED, "--sos", here, "--proc", a_text(tmp_path, "bond1", LOST), "--json").document
    assert [each["name"] for each in document["bonds"]] == ["bond1", "bond0"]
    ran = run(NOT_ASKED, "--sos", here, there, "--nagios")
    assert ran.out.count("bond0 of ") == 2


# --- as a process


def process(*arguments: str, shell: str = "") -> subprocess.CompletedProcess[bytes]:
    """Run it as a person or cron does; ``shell`` stands behind it."""
    line = f'"$0" -m bondtui "$@" {shell}'
    return subprocess.run(
        ["/bin/sh", "-c", line, sys.executable, "check", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )


def test_a_reader_that_has_read_enough_changes_nothing() -> None:
    ran = process("--demo", "all-modes", shell='; echo "status $?" >&2')
    cut = process("--demo", "all-modes", shell="| head -c 1; exit 0")
    assert ran.stderr.startswith(b"status ")
    assert (cut.stdout, cut.stderr) == (b"S", b"")


def test_an_answer_that_cannot_be_written_is_unknown() -> None:
    ran = process("--demo", "healthy", shell=">/dev/full")
    assert (ran.returncode, ran.stderr) == (UNKNOWN, b"bondtui: cannot write the answer: No space left on device\n")


@pytest.mark.parametrize("form", ["--json", "--nagios"])
def test_with_nobody_to_tell_there_is_the_status(form: str) -> None:
    ran = process("--demo", "healthy", form, shell=">&- 2>&-")
    assert ran.returncode == FINE


def test_a_paste_is_read_from_standard_input() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bondtui", "check", "--proc", "-", "--json"],
        input=LOST.encode(),
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (WARNING, b"")
    assert json.loads(ran.stdout)["bonds"][0]["verdict"] == "one failure from loss"


def test_the_simulated_machine_is_checked_by_the_same_rules() -> None:
    ran = process("--demo", "lacp-split", "--nagios")
    assert ran.returncode in (WARNING, CRITICAL)
    assert ran.stdout.startswith((b"BONDTUI WARNING: SIMULATED: ", b"BONDTUI CRITICAL: SIMULATED: "))
