"""Copies of /proc/net/bonding: of every version of the driver, damaged by mails and logs, and anything else."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bondtui.model.bond import AdInfo, Bond, BondOptions, Hardware, LacpDetails, SlaveState
from bondtui.model.text import Copy
from bondtui.report import copies as report
from bondtui.texts.joining import Beside, Text, copy_of
from tests.builders import HOSTILE_NAMES
from tests.procfs import BACKUP, LACP, POLICIES, VERSIONS, Printed, Version

CAPTURES = Path(__file__).parent / "captures"


def understood(text: str, source: str = "a file") -> Copy:
    return copy_of([Text(source, text)], Beside(), itertools.count(-1, -1))


def only(text: str, source: str = "a file") -> Bond:
    (bond,) = understood(text, source).bonds
    return bond


def capture(name: str) -> str:
    return (CAPTURES / f"{name}.txt").read_text()


def whys(copy: Copy) -> list[str]:
    return [each.why for each in copy.unread if "does not name the bond" not in each.why]


# What a version prints is what is understood


def kernel_names() -> st.SearchStrategy[str]:
    allowed = [byte for byte in range(1, 256) if byte not in b"/:\t\n\v\f\r \xa0"]
    raw = st.lists(st.sampled_from(allowed), min_size=1, max_size=15).map(bytes)
    usual = st.from_regex(r"\A(eth|eno|enp\ds)\d\Z")
    hostile = raw.filter(lambda name: name not in (b".", b"..", b"None")).map(os.fsdecode)
    return usual | hostile | st.sampled_from(HOSTILE_NAMES)


NUMBERS = st.integers(0, 2**32 - 1)
SHORT = st.integers(0, 65535)
MACS = st.binary(min_size=6, max_size=6).map(lambda raw: raw.hex(":")) | st.binary(min_size=20, max_size=20).map(
    lambda raw: raw.hex(":")
)
CHURN = st.sampled_from(["monitoring", "churned", "none"])


def ends() -> dict[str, st.SearchStrategy[Any]]:
    made: dict[str, st.SearchStrategy[Any]] = {}
    for end in ("actor", "partner"):
        made |= {f"{end}_{field}": SHORT for field in ("system_priority", "key", "port_priority", "port")}
        made |= {f"{end}_system_mac": MACS, f"{end}_port_state": st.integers(0, 255)}
        made |= {f"{end}_churn": CHURN, f"{end}_churned_count": NUMBERS}
    return made


@st.composite
def bonds(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(kernel_names(), max_size=4, unique=True))
    slave = st.fixed_dictionaries(
        {
            "mii_status": st.sampled_from(["up", "going down", "down", "going back"]),
            "speed_mbps": st.none() | st.sampled_from([10, 1000, 2500, 400000]),
            "duplex": st.sampled_from([None, "full", "half"]),
            "link_failure_count": NUMBERS,
            "perm_hwaddr": MACS,
            "queue_id": SHORT,
            "aggregator_id": st.none() | SHORT,
            **ends(),
        }
    )
    one_or_none = st.sampled_from([None, *names])
    return draw(
        st.fixed_dictionaries(
            {
                "name": st.just("bond7"),
                "mode": st.integers(0, 6),
                "carrier": st.booleans(),
                "fail_over_mac": st.sampled_from(["none", "active", "follow"]),
                "xmit_hash_policy": st.sampled_from(POLICIES),
                "tlb_dynamic_lb": st.integers(0, 1),
                "primary": one_or_none,
                "primary_reselect": st.sampled_from(["always", "better", "failure"]),
                "active": one_or_none,
                "miimon": NUMBERS,
                "updelay": NUMBERS,
                "downdelay": NUMBERS,
                "peer_notif_delay": NUMBERS,
                "arp_interval": st.sampled_from([0, 100, 3000]),
                "arp_missed_max": st.integers(1, 255),
                "arp_ip_targets": st.lists(st.ip_addresses(v=4).map(str), max_size=16).map(tuple),
                "ns_ip6_targets": st.lists(st.ip_addresses(v=6).map(str), max_size=16).map(tuple),
                "lacp_active": st.sampled_from(["on", "off"]),
                "lacp_rate": st.sampled_from(["slow", "fast"]),
                "min_links": SHORT,
                "ad_select": st.sampled_from(["stable", "bandwidth", "count", "actor_port_prio", "newer"]),
                "ad_actor_sys_prio": st.integers(1, 65535),
                "system_mac": MACS,
                "ad_info": st.none() | st.builds(AdInfo, SHORT, SHORT, SHORT, SHORT, MACS),
                "slaves": st.tuples(*(st.builds(dict, slave, name=st.just(name)) for name in names)),
            }
        )
    )


def agrees(bond: Bond, printed: Printed) -> None:
    indexes = {slave.name: slave.ifindex for slave in bond.slaves}
    options = dict(printed.options)
    for role in ("active_slave", "primary"):
        if role in options:
            options[role] = indexes.get(options[role], 0)
    assert bond.options == BondOptions(**options)
    assert bond.link.carrier == printed.carrier
    assert bond.link.admin_up is None
    assert bond.addresses is None
    assert set(bond.hidden) >= set(printed.hidden)
    assert bool(bond.hidden) == bool(printed.hidden)
    assert [slave.name for slave in bond.slaves] == [told["name"] for told in printed.slaves]
    assert len(set(indexes.values())) == len(bond.slaves)
    assert all(index < 0 for index in (bond.ifindex, *indexes.values()))
    for slave, told in zip(bond.slaves, printed.slaves, strict=True):
        state = {field: told[field] for field in SlaveState._fields if field in told}
        if bond.options.mode == BACKUP and bond.options.active_slave:
            state["state"] = "active" if slave.ifindex == bond.options.active_slave else "backup"
        assert slave.state == slave.link.slave == SlaveState(**state)
        hardware = Hardware(**{field: told[field] for field in ("speed_mbps", "duplex") if field in told})
        assert slave.hardware == hardware._replace(speed_unknown="speed_mbps" in told and told["speed_mbps"] is None)
        assert slave.lacp == LacpDetails(**{field: told[field] for field in LacpDetails._fields if field in told})
        assert slave.link.master == bond.ifindex
        assert (slave.link.admin_up, slave.link.carrier) == (None, None)


@given(bonds(), st.sampled_from(VERSIONS), st.booleans())
def test_every_version_is_read_back(made: dict[str, Any], version: Version, privileged: bool) -> None:
    printed = Printed(made, version, privileged=privileged)
    copy = understood(printed.text, "/x/proc/net/bonding/bond7")
    (bond,) = copy.bonds
    agrees(bond, printed)
    assert (bond.name, copy.kernel, copy.unread) == ("bond7", printed.kernel, ())


def each_line(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "\n".join(map(change, text.split("\n")))


DAMAGES: dict[str, Callable[[str], str]] = {
    "quoted": each_line(lambda line: f"> {line}"),
    "quoted thrice": each_line(lambda line: f">>> {line}"),
    "indented": each_line(lambda line: f"        {line}"),
    "of a log": each_line(lambda line: f"Nov 22 18:00:01 db-07 kernel: {line}"),
    "of a log with ISO times": each_line(lambda line: f"2026-11-22T18:00:01.123456+01:00 {line}"),
    "of compose": each_line(lambda line: f"host1  | {line}"),
    "of ansible": each_line(lambda line: f"stdout: {line}"),
    "numbered": each_line(lambda line: f"    12\t{line}"),
    "of grep": each_line(lambda line: f"/proc/net/bonding/bond7:{line}"),
    "of Windows": lambda text: text.replace("\n", "\r\n"),
    "of UTF-8 of Windows": lambda text: "\ufeff" + text,
    "with blanks that do not break": lambda text: text.replace(" ", "\xa0"),
    "with tabs": lambda text: text.replace(" ", "\t"),
    "without blank lines": lambda text: "\n".join(line for line in text.split("\n") if line),
    "without indentation": each_line(lambda line: line.lstrip(" \t")),
    "with doubled blank lines": lambda text: text.replace("\n\n", "\n\n\n"),
    "remarked": each_line(lambda line: f"{line}   # a remark" if line else line),
    "remarked in Chinese": each_line(lambda line: f"{line}  ——说明" if line else line),
    "pointed at": each_line(lambda line: f"{line} <---- see here" if line else line),
    "in a table": each_line(lambda line: f"| {line} |" if line else line),
    "ending in blanks": each_line(lambda line: f"{line}  \t"),
    "with NUL": lambda text: text + "\0" * 100,
    "written as a string": lambda text: '{"stdout": "' + text.replace("\n", "\\n").replace("\t", "\\t") + '"}',
    "on one line": lambda text: " ".join(text.split("\n")),
}


@pytest.mark.parametrize("damage", DAMAGES)
@settings(max_examples=30)
@given(version=st.sampled_from(VERSIONS), made=bonds(), privileged=st.booleans())
def test_what_mails_and_logs_do_to_lines_is_undone(
    damage: str, version: Version, made: dict[str, Any], privileged: bool
) -> None:
    names = [slave["name"] for slave in made["slaves"]]
    if damage == "written as a string" and any("\\" in name for name in names):
        return  # that is not how such a string spells it
    printed = Printed(made, version, privileged=privileged)
    agrees(only(DAMAGES[damage](printed.text)), printed)


@pytest.mark.parametrize("remark", ["# MII Status: down before", "<--- MII Status: down", "——MII Status: down"])
def test_a_remark_is_neither_a_value_nor_a_doubt(remark: str) -> None:
    text = capture("balance-rr")
    copy = understood(text.replace("MII Status: up\n", f"MII Status: up {remark}\n"), "bond0")
    assert (copy.bonds, copy.unread) == (understood(text).bonds, ())


# Captures of our own


def test_every_capture_is_understood_without_a_doubt() -> None:
    for path in sorted(CAPTURES.glob("*.txt")):
        assert whys(understood(path.read_text())) == [], path.name


@pytest.mark.parametrize(
    ("name", "mode", "active", "mii"),
    [
        ("balance-rr", 0, None, ["up", "up"]),
        ("active-backup", 1, "e11", ["up", "down"]),
        ("balance-xor", 2, None, ["up", "up"]),
        ("broadcast", 3, None, ["up", "up"]),
        ("lacp", 4, None, ["up", "up"]),
        ("balance-tlb", 5, "e41", ["up", "up"]),
        ("balance-alb", 6, "e51", ["up", "up"]),
        ("arp-changing", 1, 0, ["going back", "going down"]),
        ("tlb-static-hash", 5, 0, []),
    ],
)
def test_a_capture_tells_mode_active_slave_and_mii(
    name: str, mode: int, active: str | int | None, mii: list[str]
) -> None:
    bond = only(capture(name))
    assert bond.options.mode == mode
    assert (bond.active.name if bond.active else bond.options.active_slave) == active
    assert [slave.state.mii_status for slave in bond.slaves] == mii


def test_a_silent_partner_is_seen_in_the_details() -> None:
    bond = only(capture("lacp-defaulted"))
    well, silent = bond.slaves
    assert bond.options.ad_info == AdInfo(1, 1, 15, 15, "d2:18:1a:e7:28:b0")
    assert (well.state.actor_port_state, well.state.partner_port_state, well.state.aggregator_id) == (63, 63, 1)
    assert (silent.state.actor_port_state, silent.state.partner_port_state, silent.state.aggregator_id) == (71, 0, 2)
    assert silent.lacp.partner_system_mac == "00:00:00:00:00:00"


def test_the_same_text_without_privilege_says_what_is_hidden() -> None:
    bond = only(capture("lacp-defaulted-unprivileged"))
    assert {"partner_key", "ad_info", "actor_port_state"} <= set(bond.hidden)
    assert bond.options.ad_info is None
    assert [slave.state.aggregator_id for slave in bond.slaves] == [1, 2]


def test_a_bond_that_has_no_slave_yet_has_no_system() -> None:
    copy = understood(capture("lacp-no-slaves"), "some text")
    assert copy.bonds[0].name == "none"  # the line about its aggregator names it
    assert copy.bonds[0].options.ad_actor_sys_prio is None
    assert copy.bonds[0].hidden == ()


def test_targets_that_were_removed_are_no_targets() -> None:
    options = only(capture("arp-no-targets")).options
    assert (options.arp_interval, options.arp_ip_targets, options.ns_ip6_targets) == (500, (), ())


# What is missing is not known


def test_a_text_that_ends_early_tells_what_comes_before() -> None:
    whole = capture("lacp")
    for length in range(0, len(whole), 7):
        copy = understood(whole[:length])
        for bond in copy.bonds:
            assert bond.options.mode in (None, LACP)
            assert bond.options.miimon in (None, 100, 10, 1)


@pytest.mark.parametrize(
    "line", ["MII Polling Interval (ms): 100\n", "Currently Active Slave: e11\n", "Primary Slave: None\n"]
)
def test_a_missing_line_is_none_and_not_zero(line: str) -> None:
    field = {"M": "miimon", "C": "active_slave", "P": "primary"}[line[0]]
    assert getattr(only(capture("active-backup")).options, field) is not None
    assert getattr(only(capture("active-backup").replace(line, "")).options, field) is None


def test_without_slaves_it_is_not_known_whether_the_arp_monitor_is_off() -> None:
    head = capture("balance-rr").partition("Slave Interface")[0]
    assert only(head).options.arp_interval is None
    assert only(capture("balance-rr")).options.arp_interval == 0


def test_a_value_that_is_not_understood_is_not_taken_for_a_missing_line() -> None:
    arp = capture("arp-primary")
    assert only(arp.replace("Interval (ms): 200", "Interval (ms): soon")).options.arp_interval is None
    assert only(arp.replace("(fail_over_mac active)", "(fail_over_m")).options.fail_over_mac is None
    lacp = capture("lacp")
    agnostic = lacp.partition("System priority")[0] + "System priority: some\n\nSlave" + lacp.partition("\n\nSlave")[2]
    assert only(agnostic).hidden == ()


def test_a_value_that_is_missing_is_told() -> None:
    text = capture("active-backup").replace("Permanent HW addr: ea:5f:12:af:fe:c1", "Permanent HW addr:")
    copy = understood(text)
    assert copy.bonds[0].slaves[0].state.perm_hwaddr is None
    assert whys(copy) == ["the value is missing"]


def test_a_speed_that_the_driver_does_not_know_is_not_one_that_is_not_told() -> None:
    text = capture("active-backup")
    assert [slave.hardware for slave in only(text).slaves] == [Hardware(10_000, "full")] * 2
    unknown = text.replace("Speed: 10000 Mbps\nDuplex: full", "Speed: Unknown\nDuplex: Unknown", 1)
    assert [slave.hardware for slave in only(unknown).slaves] == [
        Hardware(speed_unknown=True),
        Hardware(10_000, "full"),
    ]
    shown = list(report.lines([understood(unknown)]))
    assert sum("speed unknown" in line for line in shown) == 1
    for other in ("", "Speed: fast\n", "Speed:\n"):
        assert only(text.replace("Speed: 10000 Mbps\n", other)).slaves[0].hardware == Hardware(duplex="full")
    assert not any("speed" in line for line in report.lines([understood(text.replace("Speed: 10000 Mbps\n", ""))]))


@pytest.mark.parametrize("redacted", ["xx:xx:xx:xx:xx:xx", "ea:5f:12:XX:XX:XX", "**:**:**:**:**:**"])
def test_a_blacked_out_address_is_not_known(redacted: str) -> None:
    copy = understood(capture("active-backup").replace("ea:5f:12:af:fe:c1", redacted))
    assert copy.bonds[0].slaves[0].state.perm_hwaddr is None
    assert whys(copy) == ["the address is blacked out"]


@pytest.mark.parametrize("value", ["-1", "0x64", "3.5", "N/A", "99999999999999999999", "4294967296", "100ms"])
def test_a_number_that_is_none_is_kept_as_a_line(value: str) -> None:
    copy = understood(capture("active-backup").replace("Interval (ms): 100", f"Interval (ms): {value}"))
    assert copy.bonds[0].options.miimon is None
    assert whys(copy) == ["a number is expected here"]


def test_unknown_lines_are_kept_with_their_numbers() -> None:
    text = capture("active-backup").replace("MII Polling", "Future Knob (ms): 12\nMII Polling")
    copy = understood(text, "/tmp/bond0")
    assert [(each.source, each.line, each.text) for each in copy.unread] == [("/tmp/bond0", 7, "Future Knob (ms): 12")]
    assert only(text).options == only(capture("active-backup")).options


def test_an_unknown_label_that_ends_like_a_known_one_is_not_that_one() -> None:
    text = capture("active-backup").replace("Speed: 10000 Mbps", "Nominal Speed: 25000 Mbps")
    copy = understood(text)
    assert [slave.hardware.speed_mbps for slave in copy.bonds[0].slaves] == [None, None]
    assert [each.text for each in copy.unread][1:] == ["Nominal Speed: 25000 Mbps"] * 2


def test_of_many_unknown_lines_it_is_said_how_many_there_are() -> None:
    copy = understood(capture("balance-rr") + "nonsense\n" * 5000)
    assert len(copy.unread) < 300
    assert "more lines are not understood" in copy.unread[-1].why


def test_words_of_a_future_kernel_are_kept() -> None:
    text = capture("lacp").replace("layer3+4 (1)", "quantum (9)").replace("ad_select): stable", "ad_select): luck")
    options = only(text).options
    assert (options.xmit_hash_policy, options.ad_select) == ("quantum", "luck")
    copy = understood(text.replace("IEEE 802.3ad Dynamic link aggregation", "telepathy"))
    assert whys(copy) == ["this mode is not known"]
    assert copy.bonds[0].options.mode == LACP  # no other mode has such lines


def cut_after(text: str, line: str) -> str:
    return text.partition(line)[0] + line


@pytest.mark.parametrize(
    "text",
    [
        cut_after(capture("lacp"), "ad_select): stable\nSystem priority: 65535\n"),
        cut_after(capture("lacp"), "Slave Interface: l2\nMII Status: up\n"),
        cut_after(capture("balance-rr"), "Bonding Mode: load balancing (round-robin)\n"),
        capture("balance-rr").partition("Slave Interface")[0],
        "Slave Interface" + capture("lacp").partition("Slave Interface")[2],
        capture("lacp").partition("Slave Interface: l1\n")[2],
        "Bonding Mode: telepathy\n",
    ],
)
def test_a_text_that_shows_a_part_of_a_bond_is_known_as_such(text: str) -> None:
    copy = understood(text)
    assert copy.partial == {copy.bonds[0].ifindex}
    assert "  the text shows a part of this bond only; it may have more slaves" in report.lines([copy])


def test_a_whole_text_is_not_taken_for_a_part() -> None:
    for path in CAPTURES.glob("*.txt"):
        text = path.read_text()
        assert understood(text).partial == frozenset(), path.name
        without_addresses = re.sub(r"(Permanent HW addr:).*", r"\1", text)
        assert understood(without_addresses).partial == frozenset(), path.name


# Roles


def test_a_primary_that_is_no_slave_of_the_text_is_not_lost() -> None:
    copy = understood(
        capture("active-backup").replace("Primary Slave: None", "Primary Slave: eth9 (primary_reselect always)")
    )
    assert copy.bonds[0].options.primary is None
    assert [(each.line, each.why) for each in copy.unread][1:] == [
        (4, "the primary eth9 is not among the slaves of this text")
    ]


def test_a_slave_that_is_called_none_is_not_taken_for_none() -> None:
    text = capture("active-backup").replace("e11", "None")
    copy = understood(text)
    assert (copy.bonds[0].options.active_slave, copy.bonds[0].options.primary) == (None, None)
    assert len(whys(copy)) == 2
    told = only(text.replace("Primary Slave: None", "Primary Slave: None (primary_reselect better)"))
    assert told.options.primary == told.slaves[0].ifindex


# Scope


def test_without_indentation_the_aggregator_before_the_slaves_is_the_bonds() -> None:
    text = DAMAGES["without blank lines"](DAMAGES["without indentation"](capture("lacp-defaulted")))
    bond = only(text)
    assert bond.options.ad_info is not None
    assert bond.options.ad_info.aggregator_id == 1
    assert [slave.state.aggregator_id for slave in bond.slaves] == [1, 2]


def test_a_fragment_of_slaves_alone_is_a_bond_of_802_3ad() -> None:
    fragment = "Slave Interface" + capture("lacp").partition("Slave Interface")[2]
    bond = only(fragment)
    assert (bond.options.mode, bond.link.carrier, len(bond.slaves)) == (LACP, None, 2)


def test_a_slave_whose_name_was_cut_off_keeps_its_values() -> None:
    copy = understood(capture("lacp").partition("Slave Interface: l1\n")[2])
    cut, named = copy.bonds[0].slaves
    assert " " in cut.name
    assert (cut.state.mii_status, cut.state.actor_port_state, named.name) == ("up", 63, "l2")
    assert copy.bonds[0].link.carrier is None
    assert "the text does not name this slave" in whys(copy)


@pytest.mark.parametrize("word", ["Port", "Link", "Member"])
def test_another_word_for_slave_is_understood(word: str) -> None:
    text = capture("active-backup")
    assert only(text.replace("Slave", word)) == only(text)


# Several bonds in one text


def test_bonds_after_each_other_are_apart() -> None:
    texts = [capture(name) for name in ("active-backup", "lacp", "balance-rr")]
    copy = understood("".join(texts), "paste")
    assert [bond.options.mode for bond in copy.bonds] == [1, 4, 0]
    assert [bond.name for bond in copy.bonds] == ["bond0", "bond1", "bond2"]
    assert len({bond.ifindex for bond in copy.bonds}) == 3
    lines = [1, 1 + texts[0].count("\n"), 1 + texts[0].count("\n") + texts[1].count("\n")]
    assert [copy.sources[bond.ifindex] for bond in copy.bonds] == [f"paste:{line}" for line in lines]
    assert [each.line for each in copy.unread] == lines


def test_bonds_without_slaves_are_apart_from_their_first_line_on() -> None:
    first = capture("arp-no-targets")
    copy = understood(first + capture("tlb-static-hash"), "paste")
    assert [bond.options.mode for bond in copy.bonds] == [0, 5]
    assert list(copy.sources.values()) == ["paste:1", f"paste:{1 + first.count(chr(10))}"]


@pytest.mark.parametrize(
    "heading",
    [
        "==> /proc/net/bonding/{} <==",
        "==> {} <==",
        "$ cat /proc/net/bonding/{}",
        "[root@db-07 ~]# sudo cat /proc/net/bonding/{}",
        "[root@db-07 bonding]# cat {}",
        "/proc/net/bonding/{}:",
        "# /proc/1/net/bonding/{}",
    ],
)
def test_a_heading_or_a_prompt_names_the_bond(heading: str) -> None:
    parts = [("bond4", "active-backup"), ("bond1", "lacp"), ("bond4.2", "balance-rr")]
    copy = understood("".join(f"{heading.format(name)}\n{capture(text)}\n" for name, text in parts))
    assert [(bond.name, bond.options.mode) for bond in copy.bonds] == [("bond4", 1), ("bond1", 4), ("bond4.2", 0)]
    assert copy.unread == ()


def test_one_command_may_name_all_of_them() -> None:
    text = f"$ cat /proc/net/bonding/a /proc/net/bonding/b\n{capture('balance-rr')}{capture('lacp')}"
    assert [bond.name for bond in understood(text).bonds] == ["a", "b"]


def test_the_prefixes_of_grep_keep_bonds_apart() -> None:
    lines = [
        f"/proc/net/bonding/{name}:{line}"
        for name in ("bond0", "uplink")
        for line in capture("active-backup").splitlines()
        if line
    ]
    copy = understood("\n".join(lines))
    assert [(bond.name, len(bond.slaves)) for bond in copy.bonds] == [("bond0", 2), ("uplink", 2)]


def test_a_bond_that_is_shown_twice_is_there_twice() -> None:
    text = (
        f"$ cat /proc/net/bonding/bond0\n{capture('balance-rr')}$ cat /proc/net/bonding/bond0\n{capture('balance-rr')}"
    )
    copy = understood(text)
    assert [bond.name for bond in copy.bonds] == ["bond0", "bond0"]
    assert len({bond.ifindex for bond in copy.bonds}) == 2


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/case/bond3", "bond3"),
        ("bond3.txt", "bond3"),
        ("/sos/proc/net/bonding/uplink", "uplink"),
        ("bonding/x", "x"),
        ("bond-7.log", "bond-7"),
    ],
)
def test_the_file_may_name_the_bond(source: str, name: str) -> None:
    copy = understood(capture("balance-rr"), source)
    assert ([bond.name for bond in copy.bonds], copy.unread) == ([name], ())


@pytest.mark.parametrize("source", ["-", "ticket.txt", "bonding.txt", "bonds", "/proc/net/bonding/"])
def test_otherwise_it_is_said_that_the_name_is_made_up(source: str) -> None:
    (bond,), (unread,) = (copy := understood(capture("balance-rr"), source)).bonds, copy.unread
    assert unread.why == f"the text does not name the bond; it is called {bond.name} here"


# Escape sequences


@pytest.mark.parametrize(
    "name", [*HOSTILE_NAMES, "802.3ad", "Speed", "details", "\x1f", "a\u2003", "a\u0085", "\ufeffx"]
)
def test_a_hostile_name_is_kept_as_it_is(name: str) -> None:
    bond = only(capture("active-backup").replace("e11", name))
    assert bond.slaves[0].name == name
    assert bond.active == bond.slaves[0]


WRAPPED: dict[str, Callable[[list[str]], str]] = {
    "journal": lambda lines: "\n".join(f"Nov 22 10:00:{at:02} db-07 cat[123]: {line}" for at, line in enumerate(lines)),
    "console": lambda lines: "\n".join(f"[ {at}.345678] db-07 sh: {line}".rstrip() for at, line in enumerate(lines)),
    "html": "<br>\n".join,
    "xhtml in one line": "<br />".join,
    "list of ansible": lambda lines: (
        json.dumps({"stdout_lines": lines, "rc": 0}, indent=4).replace("{\n", "").replace('"rc": 0\n}', "")
    ),
    "list in one line": lambda lines: f'    "stdout_lines": {json.dumps(lines)},',
}


@pytest.mark.parametrize("wrapped", WRAPPED)
@pytest.mark.parametrize("name", ["active-backup", "lacp"])
def test_what_programs_put_around_lines_is_undone(wrapped: str, name: str) -> None:
    text = capture(name)
    copy = understood(WRAPPED[wrapped](text.split("\n")), "/x/bonding/bond7")
    assert [each.text for each in copy.unread if each.text not in ('"stdout_lines": [', "],")] == []
    assert copy.bonds == understood(text, "/x/bonding/bond7").bonds


def test_a_name_that_looks_like_markup_or_json_is_kept() -> None:
    for name in ("e<br>", '"e"', 'e",', "e]"):
        assert name in {slave.name for slave in only(capture("active-backup").replace("e11", name)).slaves}


def test_colours_around_labels_and_values_are_passed_over() -> None:
    text = capture("active-backup").replace(
        "MII Status: down", "\x1b[01;31m\x1b[KMII Status\x1b[m\x1b[K: \x1b[31mdown\x1b[0m"
    )
    assert only(text) == only(capture("active-backup"))


# Other programs' lines


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "hello",
        "Speed: 10000Mb/s\nDuplex: Full",
        "MII Status: up",
        "port state: 63",
        "\x00\x00",
        "1: lo: <UP> mtu 1",
    ],
)
def test_what_is_no_bond_gives_none(text: str) -> None:
    assert understood(text).bonds == ()


# Any bytes, in linear time


def sayable(copy: Copy) -> None:
    json.dumps(report.document([copy]))
    for line in report.lines([copy]):
        assert line.isprintable()


@given(st.binary(max_size=400))
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    sayable(understood(data.decode("utf-8", "surrogateescape")))


LINES = [
    *capture("lacp").split("\n"),
    *capture("arp-primary").split("\n"),
    *("1: a: <UP>", "2: b@a: <", "    bond mode", "RX: bytes packets errors dropped", "1 2 3 4", "TX:", "inet"),
    *("==> x <==", "cat /proc/net/bonding/y", "bond  has no active aggregator", "Slave Interface:", "Bonding Mode:"),
    *("bond_slave state", ":", "> ", "\x1b[m", "\\n"),
]


@given(st.lists(st.sampled_from(LINES) | st.text(max_size=20), max_size=60), st.sampled_from(["\n", " ", "\r", ""]))
def test_lines_in_any_order_never_raise(lines: list[str], between: str) -> None:
    sayable(understood(between.join(lines)))


SIZE = 200_000
LONG = {
    "one word": "a",
    "slaves of one name": "Slave Interface: a\n",
    "labels on one line": "MII Status: up ",
    "labels without values": "Bonding Mode: ",
    "wrong values on one line": " Speed: x",
    "quotes": "> ",
    "blanks": " ",
    "escapes": "\x1b[",
    "colours": "\x1b[31m",
    "line ends written out": "\\nMII Status: up",
    "headers": "Ethernet Channel Bonding Driver: v6.1\n",
    "nothing has no aggregator": "bond x has no ",
    "aggregators": "bond x has no active aggregator ",
    "paths": "/proc/net/bonding/",
    "prompts": "$ cat /proc/net/bonding/bond0 ",
    "targets": "ARP IP target/s (n.n.n.n form): 1.1.1.1, ",
    "addresses": "1.1.1.1, ",
    "macs": "00:",
    "interfaces": "1: a: <UP>\n",
    "at signs": "@",
    "words of ip": "bond mode ",
    "counters": "RX: bytes packets errors dropped 1 ",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "begin", ["", "Slave Interface: ", "ARP IP target/s (n.n.n.n form): ", "1: ", "Permanent HW addr: "]
)
@pytest.mark.parametrize("piece", LONG.values(), ids=list(LONG))
def test_a_long_text_takes_no_longer_than_its_length(piece: str, begin: str) -> None:
    """What takes quadratic time would not end within hours."""
    understood(begin + piece * (SIZE // len(piece)))


@pytest.mark.timeout(60)
def test_many_slaves_and_many_bonds_take_no_longer_than_their_number() -> None:
    slaves = "".join(f"Slave Interface: s{number}\nMII Status: up\n" for number in range(20_000))
    assert len(only(capture("lacp") + slaves).slaves) == 20_002
    many = "".join(f"==> b{number} <==\nBonding Mode: load balancing (xor)\n" for number in range(10_000))
    assert len(understood(many).bonds) == 10_000
    links = "".join(
        f"{n}: b{n}: <UP> mtu 1\n    link/ether 00: brd\n    bond mode balance-rr miimon 1\n" for n in range(1, 5000)
    )
    assert len(understood(links).bonds) == 4999
