"""The faults of a lab: which can be made of what, and what is run at the peer to make and undo them."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bondtui.lab import faults as kinds
from bondtui.lab import faults_steps
from bondtui.model.lab import AGGREGATOR, FAULTS, FLAP, LACP_STOP, LOSS, MTU, PULL, SILENT, Fault, LabBond
from bondtui.ports import LabError
from bondtui.system.lab_faults import HALF_FLAP_S, Faults


def bond(name: str = "bond0", mode: str = "active-backup", first: int = 1, slaves: int = 2) -> LabBond:
    numbers = range(first, first + slaves)
    return LabBond(
        name=name,
        mode=mode,
        slaves=tuple(f"eno{number}" for number in numbers),
        ports=tuple(f"p{number}" for number in numbers),
        address="192.0.2.1/24",
        gateway="192.0.2.254",
        peer=f"sw{name.removeprefix('bond')}",
        peer_kind="LACP partner" if mode == "802.3ad" else "bridge",
    )


BONDS = (bond(), bond("bond1", "802.3ad", first=3))
CHANCES_OF_30 = "action pipe random netrand drop 4 action pass random netrand drop 15"
PARTNER = "type bond mode 802.3ad miimon 100 lacp_rate fast xmit_hash_policy layer3+4"
TRUNK, BACKUP = bond("bond0", "802.3ad", slaves=3), bond("bond1", first=4)


class Switch:
    """The peer's namespace as far as the faults go, and as strict as the kernel."""

    def __init__(self, bonds: Sequence[LabBond]) -> None:
        self._numbers = count(1)
        self.devices: dict[str, dict[str, Any]] = {}
        self.rules: set[tuple[str, ...]] = set()
        self.ran: list[str] = []
        self.broken = ""
        """A command with these words fails."""
        for each in bonds:
            self._add(each.peer, kind="bond" if each.mode == "802.3ad" else "bridge")
            self._add(f"host-{each.peer}", link=each.peer)
            for port in each.ports:
                self._add(port)
                self._enslave(port, each.peer)
            self.devices[each.peer]["up"] = True

    def picture(self) -> Any:
        return copy.deepcopy((self.devices, self.rules))

    # The port

    def shown(self, command: Sequence[str]) -> str:
        return " ".join(command)

    def run(self, commands: Sequence[Sequence[str]]) -> None:
        for command in commands:
            self._run(" ".join(command))

    def run_all(self, commands: Sequence[Sequence[str]]) -> None:
        failures = []
        for command in commands:
            try:
                self._run(" ".join(command))
            except LabError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    def links(self) -> Sequence[Mapping[str, Any]]:
        return [
            {"ifname": name, **{key: link[key] for key in ("address", "mtu", "link")}}
            for name, link in self.devices.items()
        ]

    # What the kernel does

    def _run(self, command: str) -> None:
        if self.broken and self.broken in command:
            raise LabError(f"{command}: broken")
        self.ran.append(command)
        match command.split():
            case ["ip", "link", "set", name, "up" | "down" as state]:
                self.devices[name]["up"] = state == "up"
            case ["ip", "link", "set", name, "nomaster"]:
                self._release(name)
            case ["ip", "link", "set", name, "master", master]:
                self._enslave(name, master)
            case ["ip", "link", "set", name, "address", address]:
                self.devices[name].update(address=address, random=False)
            case ["ip", "link", "set", name, "mtu", mtu]:
                self._mtu(name, int(mtu))
            case ["ip", "link", "add", name, "address", address, "mtu", mtu, "type", "bond", *_]:
                assert name not in self.devices
                self._add(name, kind="bond")
                self.devices[name].update(address=address, random=False, mtu=int(mtu))
            case ["ip", "link", "delete", name]:
                assert not self._ports(name)
                del self.devices[name]
            case ["tc", *words]:
                self._tc(words)
            case _:
                raise AssertionError(command)

    def _tc(self, words: Sequence[str]) -> None:
        match words:
            case ["qdisc", "add", "dev", name, "clsact"]:
                self._new(name, "clsact")
            case ["qdisc", "del", "dev", name, "clsact"]:
                self._gone(name, "clsact")
                self.rules = {rule for rule in self.rules if rule[:2] != (name, "filter")}
            case ["qdisc", "add", "dev", name, "root", "netem", "loss", share]:
                self._new(name, "netem", share)
            case ["qdisc", "change", "dev", name, "root", "netem", "loss", share]:
                self._gone(name, "netem")
                self._new(name, "netem", share)
            case ["qdisc", "del", "dev", name, "root"]:
                self._gone(name, "netem")
            case ["filter", "add", "dev", name, "ingress" | "egress" as way, "pref", pref, *what]:
                assert (name, "clsact") in self.rules
                self._new(name, "filter", way, pref, *what)
            case ["filter", "del", "dev", name, "ingress" | "egress" as way, "pref", pref]:
                self._gone(name, "filter", way, pref)
            case _:
                raise AssertionError(words)

    def _new(self, *rule: str) -> None:
        place = rule[:4] if rule[1] == "filter" else rule[:2]
        assert not [each for each in self.rules if each[: len(place)] == place], f"{place} is there"
        self.rules.add(rule)

    def _gone(self, *place: str) -> None:
        (rule,) = [each for each in self.rules if each[: len(place)] == place]
        self.rules.remove(rule)

    def _add(self, name: str, kind: str = "", link: str = "") -> None:
        made = {"kind": kind, "link": link, "master": "", "mtu": 1500, "own mtu": 1500, "up": False, "random": True}
        self.devices[name] = {**made, "address": self._address(), "own": ""}
        self.devices[name]["own"] = self.devices[name]["address"]

    def _address(self) -> str:
        return f"0a:00:00:00:00:{next(self._numbers) % 256:02x}"

    def _ports(self, master: str) -> list[str]:
        return [name for name, link in self.devices.items() if link["master"] == master]

    def _enslave(self, name: str, master: str) -> None:
        port, bond = self.devices[name], self.devices[master]
        assert not port["up"], "cannot be enslaved while up"
        assert not port["master"]
        if bond["kind"] == "bond":
            if bond["random"] and not self._ports(master):
                bond.update(address=port["address"], random=False)
            port.update({"address": bond["address"], "own mtu": port["mtu"], "mtu": bond["mtu"]})
        port.update(master=master, up=True)

    def _release(self, name: str) -> None:
        port = self.devices[name]
        master = port["master"]
        assert self.devices[master]["kind"] == "bond"
        port.update(master="", up=False, address=port["own"], mtu=port["own mtu"])
        if not self._ports(master):
            self.devices[master].update(address=self._address(), random=True)

    def _mtu(self, name: str, mtu: int) -> None:
        self.devices[name]["mtu"] = mtu
        if self.devices[name]["kind"] == "bond":
            for port in self._ports(name):
                self.devices[port]["mtu"] = mtu
        for link in self.devices.values():
            if link["link"] == name:
                link["mtu"] = min(link["mtu"], mtu)


def lab(*bonds: LabBond) -> tuple[Switch, Faults]:
    switch = Switch(bonds)
    return switch, Faults(bonds, shell=switch)


def in_place(faults: Faults) -> list[Fault]:
    return [each.fault for each in faults.in_place]


# Which faults there are


def test_every_fault_is_in_the_table_with_a_key_of_its_own_and_a_value_that_it_takes() -> None:
    assert tuple(kind.name for kind in kinds.KINDS) == FAULTS
    assert "".join(kind.key for kind in kinds.KINDS) == "pslftgm"
    for kind in kinds.KINDS:
        for text in (kind.does, kind.expect):
            assert text.endswith(".")
            assert ". " not in text
        subject = "bond1" if kind.of_a_bond else "eno3"
        assert kinds.check(Fault(kind.name, subject), BONDS).value == (kind.value and kind.value.default)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        (Fault(PULL, "eno1"), Fault(PULL, "eno1")),
        (Fault(LOSS, "eno1", 100), Fault(LOSS, "eno1", 100)),
        (Fault(MTU, "bond0", 9000), Fault(MTU, "bond0", 9000)),
        (Fault(MTU, "eno4"), Fault(MTU, "bond1", 1400)),
        (Fault(LACP_STOP, "eno3"), Fault(LACP_STOP, "bond1")),
    ],
)
def test_what_is_asked_for_is_completed(asked: Fault, meant: Fault) -> None:
    assert kinds.check(asked, BONDS) == meant


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            Fault("plug", "eno1"),
            "no fault plug: pull, silent, loss, flap, lacp-stop, aggregator, mtu",
        ),
        (Fault(PULL, "eth0\x1b"), r"no slave eth0\x1b in this lab: there is eno1, eno2, eno3 and eno4"),
        (Fault(MTU, ""), "no bond '' in this lab: there is bond0 and bond1"),
        (Fault(PULL, "bond0"), "pull is of one slave: eno1 or eno2, not bond0"),
        (Fault(AGGREGATOR, "eno1"), "aggregator needs mode 802.3ad: bond0 is active-backup"),
        (Fault(LACP_STOP, "bond0"), "lacp-stop needs mode 802.3ad: bond0 is active-backup"),
        (Fault(PULL, "eno1", 1), "pull takes no value"),
        (Fault(LOSS, "eno1", 0), "loss takes 1 to 100 percent, not 0"),
        (Fault(FLAP, "eno1", 51), "flap takes 1 to 50 times, not 51"),
        (Fault(MTU, "bond0", 575), "mtu takes 576 to 9000 bytes, not 575"),
        (Fault(MTU, "bond0", 1500), "mtu 1500 is no fault: that is so when nothing is wrong"),
    ],
)
def test_what_cannot_be_made_is_refused_with_what_can(fault: Fault, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        kinds.check(fault, BONDS)
    _, faults = lab(*BONDS)
    with pytest.raises(LabError) as refused:
        faults.put(fault)
    assert (str(refused.value), refused.value.status) == (said, 64)


@pytest.mark.parametrize(
    ("subject", "keys"), [("eno1", "pslfm"), ("eno3", "pslftgm"), ("bond0", "m"), ("bond1", "tm"), ("eth0", "")]
)
def test_only_what_can_be_made_is_offered(subject: str, keys: str) -> None:
    offered = kinds.offered(BONDS, subject)
    assert "".join(kind.key for kind in offered) == keys
    for kind in offered:
        assert kinds.words(kinds.check(Fault(kind.name, subject), BONDS), BONDS)


def test_the_words_say_where_it_is_and_how_much() -> None:
    said = [
        kinds.words(fault, BONDS)
        for fault in (Fault(LOSS, "eno2", 30), Fault(AGGREGATOR, "eno4"), Fault(MTU, "bond1", 900))
    ]
    assert said == [
        "eno2: 30 % of the frames dropped at p2, each way",
        "eno4: p4 moved to another aggregator, sw1-b",
        "bond1: MTU 900 at sw1 and its ports",
    ]


# How they are made


@pytest.mark.parametrize(
    ("fault", "commands"),
    [
        (Fault(PULL, "eno1"), ["ip link set p1 down"]),
        (
            Fault(SILENT, "eno1"),
            [
                "tc qdisc add dev p1 clsact",
                "tc filter add dev p1 ingress pref 10 matchall action drop",
                "tc filter add dev p1 egress pref 10 matchall action drop",
            ],
        ),
        (
            Fault(LOSS, "eno1", 30),
            [
                "tc qdisc add dev p1 clsact",
                f"tc filter add dev p1 ingress pref 30 matchall {CHANCES_OF_30}",
                "tc qdisc add dev p1 root netem loss 30%",
            ],
        ),
        (
            Fault(LACP_STOP, "eno3"),
            [
                "tc qdisc add dev p3 clsact",
                "tc filter add dev p3 egress pref 20 protocol 0x8809 matchall action drop",
                "tc qdisc add dev p4 clsact",
                "tc filter add dev p4 egress pref 20 protocol 0x8809 matchall action drop",
            ],
        ),
        (
            Fault(AGGREGATOR, "eno4"),
            [
                f"ip link add sw1-b address 0a:ff:00:00:00:07 mtu 1500 {PARTNER}",
                "ip link set sw1-b up",
                "ip link set p4 nomaster",
                "ip link set p4 master sw1-b",
            ],
        ),
        (
            Fault(MTU, "bond0", 9000),
            ["ip link set sw0 mtu 9000", "ip link set p1 mtu 9000", "ip link set p2 mtu 9000"],
        ),
    ],
)
def test_what_is_run_to_make_each(fault: Fault, commands: list[str]) -> None:
    switch, faults = lab(*BONDS)
    assert faults.put(fault).commands == tuple(commands)
    assert switch.ran == commands


def test_a_smaller_mtu_is_kept_by_filters_so_that_nobody_is_told() -> None:
    switch, faults = lab(*BONDS)
    faults.put(Fault(MTU, "bond0", 1400))
    assert {link["mtu"] for link in switch.devices.values()} == {1500}
    limited = {rule[:3] for rule in switch.rules if "mtu" in rule and "1414" in rule}
    assert limited == {(port, "filter", way) for port in ("p1", "p2") for way in ("ingress", "egress")}


def test_chances_one_after_the_other_drop_the_share_that_was_asked_for() -> None:
    for percent in range(1, 100):
        kept = 1.0
        for each in faults_steps.shares(percent):
            kept *= 1 - 1 / each
        assert kept == pytest.approx(1 - percent / 100, abs=1e-4)
        assert len(faults_steps.shares(percent)) <= 16


@pytest.mark.parametrize(
    ("command", "said", "words"),
    [
        (
            "tc qdisc add dev p1 root netem loss 20%",
            "Error: Specified qdisc kind is unknown.\n",
            "this kernel has no module sch_netem: tc qdisc add dev p1 root netem loss 20%: Specified qdisc kind is unknown",
        ),
        (
            "ip -n switch link set p9 down",
            'Cannot find device "p9"\n',
            'ip -n switch link set p9 down: Cannot find device "p9"',
        ),
    ],
)
def test_a_refusal_says_what_was_run_and_what_is_missing(command: str, said: str, words: str) -> None:
    assert faults_steps.refusal(command, said) == words


def test_what_is_so_already_is_said_and_nothing_is_run() -> None:
    switch, faults = lab(*BONDS)
    first = faults.put(Fault(LOSS, "eno1", 30))
    assert first.commands == tuple(switch.ran)
    assert first.words == "eno1: 30 % of the frames dropped at p1, each way"
    again = faults.put(Fault(LOSS, "eno1", 30))
    assert again == (f"already so: {first.words}", ())
    assert faults.undo(Fault(PULL, "eno1")) == ("nothing to undo: pull eno1 is not in place", ())
    assert tuple(switch.ran) == first.commands
    faults.put(Fault(LOSS, "eno1", 40))
    assert in_place(faults) == [Fault(LOSS, "eno1", 40)]
    assert ("p1", "netem", "40%") in switch.rules


def test_undoing_one_fault_leaves_the_others() -> None:
    switch, faults = lab(*BONDS)
    faults.put(Fault(SILENT, "eno3"))
    silent = switch.picture()
    for each in (Fault(LACP_STOP, "bond1"), Fault(LOSS, "eno3"), Fault(PULL, "eno3"), Fault(MTU, "bond1")):
        faults.put(each)
    for each in (Fault(MTU, "eno4"), Fault(LACP_STOP, "eno4"), Fault(PULL, "eno3"), Fault(LOSS, "eno3", 99)):
        faults.undo(each)
    assert switch.picture() == silent
    assert in_place(faults) == [Fault(SILENT, "eno3")]


def test_a_port_whose_cable_is_out_moves_when_it_is_plugged_in() -> None:
    switch, faults = lab(TRUNK)
    faults.put(Fault(PULL, "eno2"))
    moved = "eno2: p2 moved to another aggregator, sw0-b"
    assert faults.put(Fault(AGGREGATOR, "eno2")) == (f"{moved}, as soon as its cable is in", ())
    assert switch.devices["p2"]["master"] == "sw0"
    faults.undo(Fault(PULL, "eno2"))
    assert (switch.devices["p2"]["master"], switch.devices["p2"]["up"]) == ("sw0-b", True)
    assert [each.words for each in faults.in_place] == [moved]
    assert switch.devices["sw0-b"]["address"] != switch.devices["sw0"]["address"]


def test_a_peer_that_all_ports_have_left_keeps_its_address() -> None:
    switch, faults = lab(TRUNK)
    built = switch.picture()
    address = switch.devices["sw0"]["address"]
    for slave in TRUNK.slaves:
        faults.put(Fault(AGGREGATOR, slave))
        assert switch.devices["sw0"]["address"] == address
    faults.undo_all()
    assert switch.picture() == built


def test_what_fails_leaves_everything_as_it_was() -> None:
    switch, faults = lab(*BONDS)
    faults.put(Fault(LOSS, "eno1"))
    before = switch.picture()
    switch.broken = "netem loss 50%"
    with pytest.raises(LabError, match="broken"):
        faults.put(Fault(LOSS, "eno1", 50))
    assert switch.picture() == before
    assert in_place(faults) == [Fault(LOSS, "eno1", 20)]


def test_a_port_that_is_gone_is_said() -> None:
    switch, faults = lab(*BONDS)
    del switch.devices["p2"]
    with pytest.raises(LabError, match=r"^sw0 and its ports are not there as they were built$"):
        faults.put(Fault(MTU, "bond0"))
    assert in_place(faults) == []


def test_everything_is_undone_as_well_as_can_be() -> None:
    switch, faults = lab(*BONDS)
    built = switch.picture()
    for each in (Fault(LOSS, "eno1"), Fault(PULL, "eno2"), Fault(MTU, "bond0")):
        faults.put(each)
    switch.broken = "qdisc del dev p1 root"
    with pytest.raises(LabError, match="broken"):
        faults.undo_all()
    assert in_place(faults) == []
    assert switch.picture()[0] == built[0]
    assert {rule[1] for rule in switch.rules} == {"netem"}


# What goes on by itself


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_flap_pulls_and_plugs_so_many_times_and_ends_plugged_in() -> None:
    clock = Clock()
    switch = Switch(BONDS)
    faults = Faults(BONDS, shell=switch, clock=clock)
    assert faults.due() is None
    said = faults.put(Fault(FLAP, "eno1", 3)).words
    assert said == "eno1: cable pulled and plugged 3 times at p1"
    assert switch.devices["p1"]["up"] is False
    assert faults.in_place[0].by_itself
    assert faults.in_place[0].words == "eno1: cable pulled and plugged 3 times at p1, 2 to go"
    faults.tick()
    assert switch.devices["p1"]["up"] is False
    while (due := faults.due()) is not None:
        assert due == HALF_FLAP_S
        clock.now += due
        faults.tick()
    assert switch.ran == ["ip link set p1 down", "ip link set p1 up"] * 3
    assert faults.in_place == ()


def test_a_flap_of_a_pulled_slave_ends_with_the_cable_out() -> None:
    clock = Clock()
    switch = Switch(BONDS)
    faults = Faults(BONDS, shell=switch, clock=clock)
    faults.put(Fault(FLAP, "eno1", 2))
    faults.put(Fault(PULL, "eno1"))
    assert faults.put(Fault(FLAP, "eno1", 3)).words.endswith("3 times at p1, without effect: its cable is out already")
    while (due := faults.due()) is not None:
        clock.now += due + 10
        faults.tick()
    assert switch.ran == ["ip link set p1 down"]
    assert in_place(faults) == [Fault(PULL, "eno1")]


def test_a_flap_that_cannot_go_on_has_ended() -> None:
    clock = Clock()
    switch = Switch(BONDS)
    faults = Faults(BONDS, shell=switch, clock=clock)
    faults.put(Fault(FLAP, "eno1"))
    switch.broken = "p1 up"
    clock.now += 1
    with pytest.raises(LabError, match="broken"):
        faults.tick()
    assert (faults.due(), faults.in_place) == (None, ())
    switch.broken = ""
    faults.put(Fault(PULL, "eno1"))
    faults.undo(Fault(PULL, "eno1"))
    assert switch.devices["p1"]["up"] is True


# All of it together

FAULTS_OF = [
    Fault(kind.name, subject, value)
    for bond_ in (TRUNK, BACKUP)
    for subject in (bond_.name, *bond_.slaves)
    for kind in kinds.offered((TRUNK, BACKUP), subject)
    if kind.of_a_bond == (subject == bond_.name)
    for value in ((None,) if kind.value is None else (kind.value.least, kind.value.default, kind.value.most))
]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["put", "put", "undo", "tick"]), st.sampled_from(FAULTS_OF)), max_size=20),
    st.randoms(use_true_random=False),
)
def test_whatever_was_done_can_be_undone_in_any_order(doing: list[tuple[str, Fault]], chance: Any) -> None:
    clock = Clock()
    switch = Switch((TRUNK, BACKUP))
    built = switch.picture()
    faults = Faults((TRUNK, BACKUP), shell=switch, clock=clock)
    for how, fault in doing:
        if how == "put":
            faults.put(fault)
        elif how == "undo":
            faults.undo(fault)
        elif (due := faults.due()) is not None:
            clock.now += due
            faults.tick()
        pulled = {each.subject for each in in_place(faults) if each.kind == PULL}
        for slave, port in zip(TRUNK.slaves + BACKUP.slaves, TRUNK.ports + BACKUP.ports, strict=True):
            assert slave not in pulled or not switch.devices[port]["up"]
    if chance.random() < 0.3:
        faults.undo_all()
    left = in_place(faults)
    chance.shuffle(left)
    for fault in left:
        faults.undo(fault)
    assert switch.picture() == built
    assert (faults.in_place, faults.due()) == ((), None)
