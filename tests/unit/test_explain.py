"""``bondtui explain``: everything that is shown has a text, every word finds its own, and the document is made of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bondtui.actions.guards import GUARDS
from bondtui.cli import main
from bondtui.commands.explain import explain
from bondtui.core.lacp import BITS, carries, letters
from bondtui.explain import entries, find, near
from bondtui.explain.document import document
from bondtui.explain.entry import BIT, FIELD, GUARD, KINDS, LACP, MODE, OPTION, RULE, VERDICT, Entry
from bondtui.explain.wording import head, lines, overview
from bondtui.model.bond import MODES, Bond, BondOptions, LacpDetails, Lacpdus, LinkErrors, SlaveState
from bondtui.model.finding import CONFIDENCES, INFO, SEVERITIES, SIDES, VERDICTS, WORDS, Finding
from bondtui.model.text import Unread
from bondtui.options import Options
from bondtui.report import document as status_document
from bondtui.triage.catalogue import RULES
from bondtui.view import columns, lacp_table
from bondtui.view.facts import HIDDEN, fact_items
from bondtui.view.lacp import lacp_page
from bondtui.view.line import DIM
from bondtui.view.page import Scroll
from tests.builders import a_bond, a_lacp_bond, a_look, a_pair, a_port, a_slave, a_track, some_rates

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "rules.md"
ALL_RULES = [f"BT{number:03}" for number in range(1, 85)]
MODE_STRINGS = (
    "load balancing (round-robin)",
    "fault-tolerance (active-backup)",
    "load balancing (xor)",
    "fault-tolerance (broadcast)",
    "IEEE 802.3ad Dynamic link aggregation",
    "transmit load balancing",
    "adaptive load balancing",
)
"""As /proc/net/bonding prints them, by number (drivers/net/bonding/bond_main.c, bond_mode_name)."""
PROC_LABELS = (
    *("Bonding Mode", "Transmit Hash Policy", "Primary Slave", "Currently Active Slave", "MII Status"),
    *("MII Polling Interval (ms)", "Up Delay (ms)", "Down Delay (ms)", "Peer Notification Delay (ms)"),
    *(
        "ARP Polling Interval (ms)",
        "ARP Missed Max",
        "ARP IP target/s (n.n.n.n form)",
        "NS IPv6 target/s (xx::xx form)",
    ),
    *("802.3ad info", "LACP active", "LACP rate", "Min links", "Aggregator selection policy (ad_select)"),
    *("System priority", "System MAC address", "Active Aggregator Info", "Aggregator ID", "Number of ports"),
    *("Actor Key", "Partner Key", "Partner Mac Address", "Slave Interface", "Speed", "Duplex", "Link Failure Count"),
    *("Permanent HW addr", "Slave queue ID", "Actor Churn State", "Partner Churn State", "Actor Churned Count"),
    *("Partner Churned Count", "details actor lacp pdu", "details partner lacp pdu", "system priority"),
    *("system mac address", "port key", "oper key", "port priority", "port number", "port state"),
)
"""What /proc/net/bonding prints (drivers/net/bonding/bond_procfs.c)."""
READERS = {
    *("bondtui", "cat", "dmesg", "ethtool", "grep", "journalctl", "ls", "lldpctl", "lspci", "netplan", "nmcli"),
    *("networkctl", "nstat", "readlink", "ip", "bridge", "tc", "tcpdump", "uname", "sudo", "modprobe"),
}
"""Programs that look; the words after them are checked as well."""
CHANGES = {"set", "add", "del", "delete", "change", "replace", "flush", "modify", "up", "apply", "reload", "reapply"}

by_name = pytest.mark.parametrize("entry", entries(), ids=lambda entry: f"{entry.kind}-{entry.name}")


def names(word: str, *kinds: str) -> list[str]:
    return [entry.name for entry in find(word, *kinds)]


def said(*words: str) -> tuple[int, Options]:
    options = Options("explain")
    options.words = list(words)
    return explain(options), options


# What there is a text for


def test_every_rule_has_a_text_with_its_name_and_severity() -> None:
    there = {entry.name: (entry.also[0], entry.severity) for entry in entries() if entry.kind == RULE}
    assert list(there) == ALL_RULES
    assert {rule.id: (rule.name, rule.severity) for rule in RULES} == there


@by_name
def test_an_entry_says_what_it_must(entry: Entry) -> None:
    assert entry.kind in KINDS
    assert entry.title
    assert not entry.title.endswith(".")
    for text in (entry.means, entry.why, entry.do, entry.limit):
        assert not text or (text.endswith((".", "?")) and text[0] != " " and "  " not in text and "\n" not in text)
    assert entry.means
    if entry.kind == RULE:
        assert all((entry.why, entry.see, entry.do, entry.source))
        assert entry.severity in SEVERITIES
        assert set(entry.side) <= set(SIDES)
        assert entry.side or entry.severity == INFO
    if entry.kind in (MODE, BIT):
        assert all((entry.why, entry.see, entry.do, entry.source))
    if entry.kind in (OPTION, LACP):
        assert entry.see
        assert entry.source


@by_name
def test_what_it_says_to_look_at_changes_nothing(entry: Entry) -> None:
    for command in entry.see:
        program, *words = command.split()
        assert program in READERS
        assert not CHANGES & set(words)
        assert not set(command) & set(">|&`")


@pytest.mark.parametrize("title", [each.title for each in columns.COLUMNS if each.title])
def test_every_column_has_a_text(title: str) -> None:
    assert find(title, FIELD, LACP, OPTION)


@pytest.mark.parametrize("title", [each.title for each in lacp_table.COLUMNS])
def test_every_column_of_the_table_of_lacp_has_a_text(title: str) -> None:
    assert find(title, FIELD, LACP, OPTION)


@pytest.mark.parametrize("title", lacp_table.BIT_HEADS)
def test_every_head_of_a_bit_has_a_text(title: str) -> None:
    assert len(find(title, BIT)) == 1


@pytest.mark.parametrize(
    "bond",
    [
        a_pair(primary=2, primary_reselect="always", miimon=100, updelay=100, downdelay=100),
        a_pair(miimon=0),
        a_pair(arp_interval=500, arp_ip_targets=("192.0.2.1",)),
        a_bond(a_slave("eno1", 2), mode=2, xmit_hash_policy="layer2"),
        a_lacp_bond(xmit_hash_policy="layer2", ad_select="stable", min_links=2),
        a_lacp_bond(info=None),
    ],
)
def test_every_fact_of_a_bond_has_a_text(bond: Bond) -> None:
    look = a_look(bond)
    tracks = {bond.ifindex: a_track(rates=some_rates(1.0, 1.0))}
    look = look._replace(monitor=look.monitor._replace(tracks=tracks))
    labels = [item[0][0].strip() for item in fact_items(look, bond)[1:] if len(item) > 1]
    assert len(labels) > 3
    assert [label for label in labels if not find(label, FIELD, LACP, OPTION)] == []
    assert find(HIDDEN)


def test_every_label_on_the_screen_of_lacp_has_a_text() -> None:
    bond = a_lacp_bond(
        a_port("eno1", 2),
        a_port("eno2", 3, aggregator=2)._replace(lacpdus=Lacpdus(1, 2, 3, 4)),
        ad_actor_system="02:00:00:00:00:01",
        ad_actor_sys_prio=1,
        ad_select="stable",
        min_links=1,
    )
    page = lacp_page(a_look(bond), Scroll(), 100, 60)
    labels = {
        text.strip(" :")
        for line in page.lines[1:]
        for text, tone in line
        if tone == DIM and text.strip(" -") and text[0] != " "
    }
    assert {"other aggregator", "LACPDUs", "actor system prio", "illegal"} <= labels
    assert [label for label in labels if label[0].isalpha() and not find(label, FIELD, LACP, OPTION)] == []


def keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return {*value, *(key for each in value.values() for key in keys(each))}
    return {key for each in value for key in keys(each)} if isinstance(value, list) else set()


@pytest.mark.parametrize("bond", [a_pair(), a_lacp_bond()])
def test_every_name_in_the_documents_has_a_text(bond: Bond) -> None:
    made = status_document.status((bond,), host="host", wall=0.0, simulated=False)
    there = keys(made)
    assert len(there) > 70
    assert sorted(key for key in there if not find(key)) == []


def test_every_name_in_the_document_of_a_check_has_a_text(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "--demo", "--json"])
    made = json.loads(capsys.readouterr().out)
    for bond in made["bonds"]:
        for finding in bond["findings"]:
            finding["fix"] = None  # in it are names of network managers
    there = keys(made) | {*Unread._fields}
    assert {"findings", "what_if", "evidence", "unread", "exit_status"} <= there
    assert sorted(key for key in there if not find(key)) == []


@pytest.mark.parametrize(
    "fields", [BondOptions._fields, SlaveState._fields, LacpDetails._fields, Finding._fields], ids=lambda each: each[0]
)
def test_everything_that_is_known_has_a_text(fields: tuple[str, ...]) -> None:
    assert [field for field in fields if not find(field)] == []


def test_every_counter_of_lacpdus_and_errors_has_a_text() -> None:
    assert [field for field in Lacpdus._fields if not find(field)] == []
    assert [field for field in LinkErrors._fields if not find(field)] == []


@pytest.mark.parametrize("label", PROC_LABELS)
def test_every_label_of_proc_finds_a_text(label: str) -> None:
    assert find(label)
    assert find(f"\t{label}: 1") == find(label) or label in ("Bonding Mode", "port state")


def test_every_verdict_and_word_of_a_finding_has_a_text() -> None:
    for word, verdict in zip(WORDS, VERDICTS, strict=True):
        assert names(word, VERDICT) == names(verdict, VERDICT) == names(f"verdict {word}") == [word]
    assert names("verdict") == list(WORDS)
    for word in (*SEVERITIES, *SIDES, *CONFIDENCES):
        assert find(word, VERDICT)


def test_every_guard_has_a_text() -> None:
    assert [entry.name for entry in entries() if entry.kind == GUARD] == list(GUARDS)
    for name, words in GUARDS.items():
        assert words[1:] in find(name, GUARD)[0].means


def test_every_mode_is_found_by_name_number_and_what_proc_calls_it() -> None:
    for number, (name, in_proc) in enumerate(zip(MODES, MODE_STRINGS, strict=True)):
        for word in (name, str(number), f"mode {number}", f"mode {name}", in_proc, f"Bonding Mode: {in_proc}"):
            assert names(word, MODE) == [name]
        assert f"Mode {number}." in find(name)[0].means


def test_every_bit_is_found_by_letter_word_and_number() -> None:
    for number, (bit, letter, word) in enumerate(BITS):
        for asked in (letter, word, str(bit), f"bit {number}"):
            assert word in names(asked, BIT)
    assert names("4") == ["802.3ad", "aggregating", "port state 4"]


def test_no_two_entries_of_a_kind_have_one_name() -> None:
    there = [(entry.kind, entry.name.lower()) for entry in entries()]
    assert len(set(there)) == len(there)


# Whole port states


@given(st.integers(0, 255))
def test_a_port_state_is_healthy_exactly_when_the_rules_say_so(state: int) -> None:
    entry = find(f"port state {state}")[0]
    assert entry.title.startswith(letters(state))
    assert entry.title.endswith(", healthy") == (carries(state, 0xFF) is True)
    assert all(word in entry.means.lower() for bit, _, word in BITS if state & bit)
    assert find(letters(state))[-1] == find(hex(state))[-1] == entry


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (61, "slow"),
        (63, "fast"),
        (60, "passive"),
        (71, "idle"),
        (79, "last resort"),
        (77, "last resort"),
        (143, "gone silent"),
        (135, "gone silent"),
        (207, "loop"),
        (199, "loop"),
        (7, "Negotiating"),
        (15, "waiting"),
        (0, "no partner"),
        (1, "no partner"),
    ],
)
def test_typical_port_states_are_said_to_be_what_they_are(state: int, told: str) -> None:
    entry = find(f"state {state}")[0]
    assert told in entry.why


@pytest.mark.parametrize("word", ["256", "999", "-1", "0x", "0x100", "0xzz", "1000", "A-GSCD-", "AAAAAAAA", "²", "٣"])
def test_what_is_no_byte_is_no_port_state(word: str) -> None:
    assert [entry for entry in find(word) if entry.name.startswith("port state")] == []


# Finding


@pytest.mark.parametrize("word", ["BT001", "bt001", "  Bt001 ", "no-monitor", "NO_MONITOR", "no monitor", "rule BT001"])
def test_a_rule_is_found_by_id_and_name(word: str) -> None:
    assert "BT001" in names(word)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("Actor Churn State", "actor_churn"),
        ("Actor Churn State: churned", "actor_churn"),
        ("miimon", "miimon"),
        ("miimon_ms", "miimon"),
        ("MIIMonitorSec", "miimon"),
        ("num_grat_arp", "num_peer_notif"),
        ("at risk", "AT RISK"),
        ("one failure from loss", "AT RISK"),
        ("monitoring", "actor_churn"),
        ("rx b/s", "rx b/s"),
        ("rr", "balance-rr"),
        ("mode5", "balance-tlb"),
        ("MODE 5", "balance-tlb"),
        ("bit3", "in sync"),
        ("NO-CARRIER", "carr"),
        ("BT001 no-monitor", "BT001"),
        ("BT001 no-monitor:", "BT001"),
    ],
)
def test_a_word_finds_its_entry(word: str, name: str) -> None:
    assert names(word) == [name]


def test_a_word_with_several_meanings_finds_them_all() -> None:
    assert names("no-monitor") == ["BT001", "no-monitor"]
    assert names("active") == ["active", "active_slave", "role"]
    assert names("active", BIT) == ["active"]


def test_of_several_meanings_the_one_that_is_written_so_comes_first() -> None:
    assert names("LOST") == ["carr", "what_if"]
    assert names("lost") == ["what_if", "carr"]


@pytest.mark.parametrize("word", ["-1", " - 1", "-63", "256", "mode7", "BT1 nonsense"])
def test_a_number_that_means_nothing_finds_nothing(word: str) -> None:
    assert names(word) == []


def test_a_line_of_proc_is_read_with_its_value_where_that_means_something() -> None:
    assert names("    port state: 61") == ["actor", "port state 61"]
    assert names("Slave queue ID: 0") == ["queue_id"]


@given(st.text(max_size=40))
@example("\udcff")
@example("e\x1b[31m")
@example(":" * 40)
def test_any_word_is_looked_up(word: str) -> None:
    for entry in find(word):
        assert lines(entry)
    assert len(near(word)) <= 5


@by_name
def test_an_entry_is_found_by_all_its_names(entry: Entry) -> None:
    for name in (entry.name, *entry.also):
        assert entry in find(name)
        assert entry in find(name.upper(), entry.kind)


def test_only_the_beginning_of_a_very_long_word_is_compared() -> None:
    assert near("x-" * 1_000_000) == ()
    assert near("miimons" + " " * 80 + "x" * 1_000_000)[0] == "miimon"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("bt1", "BT001"),
        ("BT84", "BT084"),
        ("bt0001", "BT001"),
        ("mimon", "miimon"),
        ("actve-backup", "active-backup"),
        ("churn st", "Actor Churn State"),
    ],
)
def test_near_words_are_offered(word: str, meant: str) -> None:
    assert find(word) == ()
    assert meant in near(word)


def test_nothing_is_near_a_rule_that_is_not_there() -> None:
    assert "BT000" not in near("bt0")
    assert "BT999" not in near("bt999")


def test_what_a_number_may_be_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert said("256")[0] == 64
    assert "a port state is a number from 0 to 255" in capsys.readouterr().err


# What is printed


def test_the_list_names_everything_in_80_columns() -> None:
    listed = overview()
    assert max(map(len, listed)) < 80
    for entry in entries():
        assert any(line.startswith(f"  {entry.name} ") and line.endswith(entry.title) for line in listed)


@by_name
def test_an_entry_is_printed_whole_in_80_columns(entry: Entry) -> None:
    shown = lines(entry)
    assert max(len(line) for line in shown if "nmcli connection" not in line) < 80
    together = " ".join(" ".join(shown).split())
    for text in (entry.title, entry.means, entry.why, entry.do, entry.limit, entry.source, *entry.see):
        assert text in together
    assert shown[0] == head(entry)


def test_a_rule_is_printed_with_severity_side_and_its_fix_for_each_manager() -> None:
    shown = lines(find("BT001")[0])
    assert shown[0] == "BT001 no-monitor (rule, critical, configuration)"
    for manager in ("systemd-networkd", "NetworkManager", "netplan", "ifupdown"):
        assert f"    {manager}" in shown
    assert "      MIIMonitorSec=100ms" in shown
    assert not any("systemd-networkd" in line for line in lines(find("BT008")[0]))


def test_without_a_word_everything_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert said()[0] == 0
    assert capsys.readouterr().out.splitlines() == overview()


def test_several_words_are_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert said("at", "risk")[0] == 0
    assert capsys.readouterr().out.startswith("AT RISK (verdict)\n")


def test_all_that_match_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert said("no-monitor")[0] == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line for line in shown if line.startswith(("BT001 ", "no-monitor "))] == [
        "BT001 no-monitor (rule, critical, configuration)",
        "no-monitor (guard)",
    ]


@pytest.mark.parametrize("word", ["mimon", "xyzzy", "e\x1b[31m\n", "\udcff"])
def test_an_unknown_word_is_one_line_and_wrong_usage(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(word)[0] == 64
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert "\x1b" not in shown.err
    assert ("miimon" if word == "mimon" else "'bondtui explain' lists everything") in shown.err


def test_the_command_prints_plain_text() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bondtui", "explain", "Actor", "Churn", "State"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=ROOT,
    )
    assert ran.stdout.startswith("actor_churn (LACP)\n")
    assert ran.stdout.isascii()
    assert ran.stderr == ""


@pytest.mark.parametrize("words", ["", "BT001", "no-monitor"])
def test_an_answer_that_cannot_be_written_is_said(words: str) -> None:
    ran = subprocess.run(
        ["/bin/sh", "-c", f'"$0" -m bondtui explain {words} >/dev/full', sys.executable],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )
    assert (ran.returncode, ran.stderr) == (3, "bondtui: cannot write the answer: No space left on device\n")


@pytest.mark.parametrize(
    "word", ["drop/s", "rx_dropped", "BT063", "monitoring", "BT084", "BT012", "BT066", "BT082", "BT083"]
)
def test_what_is_benign_is_said_to_be(word: str) -> None:
    assert any("benign" in (entry.means + entry.why).lower() for entry in find(word))


def test_61_is_said_to_be_as_good_as_63() -> None:
    assert find("61")[0].title.endswith("healthy")
    assert "61" in find("actor")[0].means
    assert "61" in find("short timeout")[0].why


# The document


def test_the_document_in_the_repository_is_the_one_that_is_made() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run: make docs"


def test_the_document_holds_every_entry_and_lists_what_cannot_be_decided() -> None:
    made = document()
    for entry in entries():
        title = f"### {entry.name} {entry.also[0]}" if entry.kind == RULE else f"### `{entry.name}`"
        assert f"\n{title}\n" in made
    undecided = made.partition("## What cannot be decided")[2].partition("\n## ")[0]
    assert [entry.name for entry in entries() if entry.limit and f"**{entry.name} " not in undecided] == []
    assert {"BT056", "BT058", "BT064"} <= {entry.name for entry in entries() if entry.limit}


def test_the_links_of_the_table_lead_to_its_sections() -> None:
    made = document()
    anchors = {
        line.removeprefix("### ").lower().replace(" ", "-").replace("/", "")
        for line in made.splitlines()
        if line.startswith("### BT")
    }
    linked = {part.partition(")")[0] for part in made.split("](#")[1:]}
    assert linked == anchors


def test_the_generator_prints_it() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bondtui.explain"], capture_output=True, timeout=60, check=True, cwd=ROOT
    )
    assert ran.stdout.decode() == document()
