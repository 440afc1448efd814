"""Every fault is made on a real bond: its rule fires and the verdict says so, and both are gone when it is repaired."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from bondtui.model.bond import Bond, Hardware, LacpDetails
from bondtui.model.finding import CERTAIN, DEGRADED, DOWN, INFO, OK, VERDICTS, Judgement
from bondtui.system.copies import read_files
from bondtui.triage.case import Case
from bondtui.triage.verdict import judge
from tests.kernel import namespaces
from tests.kernel.lab import ADDRESS, SWITCH_ADDRESS, Lab
from tests.kernel.patient import Patient, patient
from tests.kernel.waiting import until

REDUNDANT, DEGRADED_, AT_RISK, DOWN_ = VERDICTS[OK], VERDICTS[DEGRADED], "one failure from loss", VERDICTS[DOWN]
LACP_BOND = "bond mode 802.3ad miimon 100 lacp_rate fast"


def option(lab: Lab, *words: str, bond: str = "bond0") -> None:
    """Set options of a bond that can be set while it runs."""
    lab.ip("link", "set", bond, "type", "bond", *words)


def broadcast(lab: Lab) -> None:
    """A few frames from the switch that every slave receives, and that a backup slave drops."""

    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            for _ in range(5):
                sender.sendto(b"x" * 64, ("192.0.2.255", 9))

    namespaces.within(lab.switch, send)


# Options: set on a healthy bond, found at once, and gone when they are set right

OPTIONS = [
    ("BT001", ("miimon", "0"), ("miimon", "100"), AT_RISK, "No link monitor"),
    ("BT014", ("miimon", "1000"), ("miimon", "100"), REDUNDANT, "Also:"),
    ("BT015", ("miimon", "100000"), ("miimon", "100"), REDUNDANT, "Also:"),
    ("BT017", ("downdelay", "2000"), ("downdelay", "0"), REDUNDANT, "Also:"),
    ("BT016", ("primary", "eno1"), ("updelay", "30000"), REDUNDANT, "Both slaves are up"),
    ("BT022", ("num_grat_arp", "0"), ("num_grat_arp", "3"), REDUNDANT, "Also:"),
    ("BT023", ("num_grat_arp", "1"), ("num_grat_arp", "3"), REDUNDANT, "Both slaves are up"),
]


@pytest.mark.parametrize(("rule", "fault", "repair", "verdict", "words"), OPTIONS, ids=[each[0] for each in OPTIONS])
def test_an_option_that_is_wrong_is_found(
    lab: Lab, rule: str, fault: tuple[str, ...], repair: tuple[str, ...], verdict: str, words: str
) -> None:
    lab.bond("active-backup", "num_grat_arp", "3")
    lab.settled(active="eno1")
    with patient(lab) as ill:
        ill.look_around()
        ill.is_well()
        ill.has_no_more(rule)
        option(lab, *fault)
        finding = ill.has(rule)
        assert finding.evidence
        assert finding.next_step
        ill.is_judged(verdict, words)
        option(lab, *repair)
        ill.has_no_more(rule)
        ill.is_judged(REDUNDANT)


def test_a_primary_that_is_off_duty(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    option(lab, "primary", "eno1", "primary_reselect", "failure")
    with patient(lab) as ill:
        option(lab, "active_slave", "eno2")
        assert ill.has("BT019").severity == INFO
        ill.is_judged(REDUNDANT, "Traffic is on eno2")
        option(lab, "active_slave", "eno1")
        ill.has_no_more("BT019")
        ill.is_judged(REDUNDANT, "Traffic is on eno1")


def test_two_options_of_the_slaves_are_found(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    option(lab, "primary", "eno1", "updelay", "30000")
    with patient(lab) as ill:
        ill.look_around()
        lab.ip("link", "set", "eno2", "type", "bond_slave", "prio", "5", "queue_id", "2")
        ill.has("BT021")
        ill.has("BT064")
        lab.ip("link", "set", "eno2", "type", "bond_slave", "prio", "0", "queue_id", "0")
        ill.has_no_more("BT021")
        ill.has_no_more("BT064")


def test_a_new_mac_at_every_failover_needs_notices(lab: Lab) -> None:
    lab.bond("active-backup", "fail_over_mac", "active", "num_grat_arp", "1")
    lab.settled(active="eno1")
    with patient(lab) as ill:
        ill.has("BT059")
        option(lab, "num_grat_arp", "3")
        ill.has_no_more("BT059")


def test_what_the_module_makes_by_itself_is_told_from_a_broken_bond(lab: Lab) -> None:
    lab.ip("link", "add", "bond0", "type", "bond")
    with patient(lab) as ill:
        assert ill.has("BT070").severity == "low"
        ill.is_judged("cannot tell", "it is not in use")
        lab.ip("link", "set", "bond0", "up")
        ill.has("BT003")
        ill.has_no_more("BT070")
        ill.is_judged(DOWN_, "bond0 has no slaves")


# Links


def test_a_lost_slave_and_what_it_costs(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    with patient(lab) as ill:
        ill.is_judged(REDUNDANT, "Both slaves are up")
        lab.pull("eno1")
        found = ill.has("BT008", "eno1")
        assert found.confidence in ("likely", CERTAIN)
        assert ill.has("BT007", "bond0").because_of == "BT008"
        judged = ill.is_judged(AT_RISK, "eno1 lost carrier", "Traffic is on eno2")
        assert judged.consequence == f"If eno2 fails, bond0 is down: {ADDRESS}."
        assert [loss.lost for loss in judged.losses] == ["nothing", "everything"]
        lab.pull("eno2")
        ill.has("BT004", "bond0")
        ill.is_judged(DOWN_, "No slave is up")
        assert ill.has("BT008", "eno2").because_of == "BT004"
        lab.plug("eno1")
        lab.plug("eno2")
        ill.has_no_more("BT008")
        ill.has_no_more("BT004")
        ill.is_judged(REDUNDANT)
        assert ill.has("BT012", "eno1").severity == INFO


def test_a_slave_and_a_bond_that_are_set_down(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    with patient(lab) as ill:
        lab.ip("link", "set", "eno2", "down")
        ill.has("BT009", "eno2")
        ill.is_judged(AT_RISK, "eno2 was set down", "Traffic is on eno1")
        lab.ip("link", "set", "eno2", "up")
        ill.has_no_more("BT009")
        ill.is_judged(REDUNDANT)
        lab.ip("link", "set", "bond0", "down")
        ill.has("BT071", "bond0")
        ill.is_judged(DOWN_, "bond0 is set down")
        lab.ip("link", "set", "bond0", "up")
        ill.has_no_more("BT071")
        ill.is_judged(REDUNDANT)


def test_traffic_into_a_dead_link_without_a_monitor(lab: Lab) -> None:
    lab.bond("active-backup", "miimon", "0")
    lab.settled(active="eno1")
    with patient(lab) as ill:
        ill.has("BT001")
        lab.pull("eno1")
        ill.has("BT002")
        ill.is_judged(DOWN_, "Traffic goes to eno1, which has no carrier")
        lab.plug("eno1")
        ill.has_no_more("BT002")
        option(lab, "miimon", "100")
        ill.has_no_more("BT001")
        ill.is_judged(REDUNDANT)


def test_a_single_slave_and_none(lab: Lab) -> None:
    lab.bond(slaves=("eno1",))
    lab.is_up("bond0")
    with patient(lab) as ill:
        ill.has("BT006")
        ill.is_judged(AT_RISK, "single slave, eno1")
        lab.ip("link", "add", "eno2", "type", "veth", "peer", "name", "p2", "netns", lab.switch)
        lab.on_switch("link", "set", "p2", "master", "partner-bond0", "up")
        lab.enslave("eno2", "bond0")
        ill.has_no_more("BT006")
        ill.is_judged(REDUNDANT)


def test_a_flapping_link_and_a_primary_that_takes_the_traffic_along(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    option(lab, "primary", "eno1")
    with patient(lab, flap_window_s=30.0) as ill:
        for times in (1, 2, 3):
            lab.pull("eno1")
            lab.slave_is("eno1", "down")
            ill.is_judged(AT_RISK)
            lab.plug("eno1")
            lab.slave_is("eno1", "up")
            if times < 3:
                ill.is_judged(REDUNDANT)
                ill.has_no_more("BT011")
        assert ill.has("BT011", "eno1").side == "cable"
        ill.is_judged(DEGRADED_, "eno1 flaps")
        ill.has("BT018")
    with patient(lab) as well:  # whoever looks at it later sees a count and no flapping
        well.has("BT012", "eno1")
        well.has_no_more("BT011")


def test_links_that_are_lost_together_are_no_matter_of_a_cable(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    with patient(lab, flap_window_s=30.0) as ill:
        lab.batch_on_switch(["link set p1 down", "link set p2 down"])
        ill.has("BT004")
        lab.batch_on_switch(["link set p1 up", "link set p2 up"])
        assert ill.has("BT078").side == "switch"
        ill.is_judged(REDUNDANT, "lost carrier together")


def test_an_updelay_that_runs_is_no_fault(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    option(lab, "updelay", "1500")
    with patient(lab) as ill:
        lab.pull("eno2")
        ill.has("BT008")
        lab.plug("eno2")
        assert ill.has("BT083", "eno2").severity == INFO
        ill.has_no_more("BT083")
        ill.is_judged(REDUNDANT)


def test_what_is_configured_around_the_slaves(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    with patient(lab) as ill:
        lab.ip("link", "set", "eno2", "mtu", "1400")
        lab.ip("address", "add", "198.51.100.7/24", "dev", "eno2")
        ill.look_around()
        ill.has("BT061", "eno2")
        ill.has("BT060", "eno2")
        ill.is_judged(REDUNDANT, "Also:")
        lab.ip("link", "set", "eno2", "mtu", "1500")
        lab.ip("address", "delete", "198.51.100.7/24", "dev", "eno2")
        ill.look_around()
        ill.has_no_more("BT061")
        ill.has_no_more("BT060")


# The ARP monitor


def test_the_options_of_the_arp_monitor(lab: Lab) -> None:
    lab.bond("active-backup", "arp_interval", "50", "arp_ip_target", SWITCH_ADDRESS)
    with patient(lab) as ill:
        ill.is_judged(REDUNDANT)
        ill.has("BT025")
        ill.has("BT026")
        ill.has("BT028")
        lab.on_switch("address", "add", "192.0.2.253/24", "dev", "partner-bond0")
        option(lab, "arp_ip_target", f"{SWITCH_ADDRESS},192.0.2.253", "arp_validate", "active", "arp_interval", "300")
        for rule in ("BT025", "BT026", "BT028"):
            ill.has_no_more(rule)


def test_an_arp_target_that_is_gone(lab: Lab) -> None:
    target = ("arp_ip_target", SWITCH_ADDRESS)
    lab.bond("active-backup", "arp_interval", "100", *target, "arp_validate", "all")
    with patient(lab, flap_window_s=5.0) as ill:
        ill.is_judged(REDUNDANT)
        lab.on_switch("address", "delete", f"{SWITCH_ADDRESS}/24", "dev", "partner-bond0")
        ill.has("BT010")
        ill.has("BT075")
        ill.has("BT029")
        ill.is_judged(DOWN_, "taken for dead together")
        lab.on_switch("address", "add", f"{SWITCH_ADDRESS}/24", "dev", "partner-bond0")
        ill.has_no_more("BT010")
        ill.has_no_more("BT075")
        ill.is_judged(REDUNDANT)


def test_an_arp_monitor_that_has_nobody_to_ask(lab: Lab) -> None:
    lab.bond("active-backup", "arp_interval", "100")
    with patient(lab) as ill:
        ill.has("BT024")
        ill.is_judged(AT_RISK, "has no target")
        option(lab, "arp_ip_target", SWITCH_ADDRESS)
        ill.has_no_more("BT024")
        ill.is_judged(REDUNDANT)


# 802.3ad


def lacp(lab: Lab, *settings: str, partner: str = LACP_BOND) -> None:
    """An 802.3ad bond towards this switch."""
    lab.bond("802.3ad", *settings, partner_kind=partner)


def test_a_switch_that_does_not_speak_lacp(lab: Lab) -> None:
    lacp(lab, "lacp_rate", "fast", partner="bridge")
    with patient(lab, lacp_settle_s=5.0) as ill:
        assert ill.has("BT030").side == "switch"
        assert ill.has("BT035").because_of == "BT030"
        judged = ill.is_judged(AT_RISK, "No LACP partner answers bond0")
        assert judged.findings[0].rule == "BT030"
        for peer in ("p1", "p2"):
            lab.on_switch("link", "set", peer, "nomaster")
        lab.on_switch("link", "delete", "partner-bond0")
        lab.on_switch("link", "add", "partner-bond0", "type", *LACP_BOND.split())
        for peer in ("p1", "p2"):
            lab.on_switch("link", "set", peer, "down")
            lab.on_switch("link", "set", peer, "master", "partner-bond0")
        lab.on_switch("link", "set", "partner-bond0", "up")
        lab.settled()
        ill.has_no_more("BT030")
        ill.has_no_more("BT035")
        ill.is_judged(REDUNDANT)


def split(lab: Lab) -> None:
    """The second port of the switch into a port-channel of its own."""
    lab.on_switch("link", "set", "p2", "nomaster")
    lab.on_switch("link", "add", "other", "type", *LACP_BOND.split())
    lab.on_switch("link", "set", "p2", "down")
    lab.on_switch("link", "set", "p2", "master", "other")
    lab.on_switch("link", "set", "other", "up")


def test_ports_in_two_port_channels(lab: Lab) -> None:
    lacp(lab, "lacp_rate", "fast")
    lab.settled()
    with patient(lab, lacp_settle_s=3.0) as ill:
        ill.is_well()
        split(lab)
        ill.has("BT032", "bond0")
        assert ill.has("BT031", "bond0").because_of == "BT032"
        judged = ill.is_judged(DEGRADED_, "plugged into different switches")
        assert "takes over within about a second" in judged.consequence
        assert [loss.alone for loss in judged.losses] == ["nothing", "nothing"]
        assert [finding.rule for finding in judged.findings if not finding.because_of and finding.severity != INFO] == [
            "BT032"
        ]
        lab.on_switch("link", "delete", "other")
        lab.on_switch("link", "set", "p2", "down")
        lab.on_switch("link", "set", "p2", "master", "partner-bond0")
        lab.settled()
        for rule in ("BT032", "BT031", "BT033", "BT037"):
            ill.has_no_more(rule)
        ill.is_judged(REDUNDANT)


def test_a_partner_that_falls_silent_is_told_from_a_cable_and_from_a_flap(lab: Lab) -> None:
    lacp(lab, "lacp_rate", "fast")
    lab.settled()
    with patient(lab, flap_window_s=25.0) as ill:
        ill.is_well()
        lab.silence("eno2")
        ill.has("BT034", "eno2")
        assert ill.has("BT075", "eno2").side == "switch"
        assert ill.has("BT035", "eno2").because_of == "BT075"
        ill.is_judged(AT_RISK, "The path behind eno2 fell silent", "Traffic is on eno1")
        ill.has_no_more("BT011")
        lab.speak("eno2")
        lab.settled()
        ill.has_no_more("BT075")
        ill.has_no_more("BT035")
        ill.has_no_more("BT074")
        lab.silence("eno2")
        ill.has("BT074", "eno2")
        lab.speak("eno2")
        lab.settled()
        ill.is_judged(DEGRADED_, "The LACP partner of eno2 was lost 2 times")


def test_two_ports_that_are_plugged_into_each_other(lab: Lab) -> None:
    lab.batch(
        [
            "link add bond0 type bond mode 802.3ad miimon 100 lacp_rate fast",
            "link add eno1 type veth peer name eno2",
            "link set eno1 master bond0",
            "link set eno2 master bond0",
            "link set bond0 up",
        ]
    )
    with patient(lab, lacp_settle_s=2.0) as ill:
        finding = ill.has("BT036")
        assert (finding.side, finding.severity) == ("cable", "critical")
        lab.ip("link", "set", "eno2", "nomaster")
        ill.has_no_more("BT036")


def test_two_ends_that_wait_for_each_other(lab: Lab) -> None:
    lacp(lab, "lacp_rate", "fast", "lacp_active", "off", partner=f"{LACP_BOND} lacp_active off")
    with patient(lab, lacp_settle_s=3.0, flap_window_s=2.0) as ill:
        ill.has("BT043")
        ill.is_judged(AT_RISK, "Both ends of")
        lab.batch(["link set bond0 down", "link set bond0 type bond lacp_active on", "link set bond0 up"])
        lab.settled()
        ill.has_no_more("BT043")
        ill.is_judged(REDUNDANT)


def test_a_bond_that_wants_more_links_than_it_has(lab: Lab) -> None:
    lacp(lab, "lacp_rate", "fast", "min_links", "2")
    lab.settled()
    with patient(lab) as ill:
        ill.is_judged(REDUNDANT)
        assert [loss.lost for loss in ill.judged.losses] == ["everything", "everything"]
        lab.pull("eno2")
        ill.has("BT005", "bond0")
        ill.has("BT066", "eno2") if ill.lab.info("eno2")["ad_actor_oper_port_state"] == 63 else None
        ill.is_judged(DOWN_, "min_links asks for 2")
        lab.plug("eno2")
        lab.settled()
        ill.has_no_more("BT005")
        ill.has_no_more("BT066")
        ill.is_judged(REDUNDANT)


def test_a_switch_that_does_not_take_a_port(lab: Lab) -> None:
    """The switch has both ports in one port-channel, and we have them in two bonds: it can use one of them only."""
    lacp(lab, "lacp_rate", "fast")
    lab.settled()
    lab.ip("link", "set", "eno2", "nomaster")
    lab.ip("link", "add", "bond1", "type", *LACP_BOND.split())
    lab.enslave("eno2", "bond1")
    lab.ip("link", "set", "bond1", "up")
    with patient(lab, "bond1", lacp_settle_s=3.0) as ill:
        ill.has("BT037", "eno2")
        ill.has("BT006", "bond1")
        ill.is_judged(AT_RISK)


# Modes and what only is worth knowing


@pytest.mark.parametrize(
    ("mode", "settings", "rules"),
    [
        ("balance-rr", (), {"BT051", "BT052"}),
        ("active-backup", ("num_grat_arp", "1"), {"BT023"}),
        ("balance-xor", (), {"BT052"}),
        ("broadcast", (), {"BT053"}),
        ("802.3ad", ("lacp_rate", "fast"), {"BT084"}),
        ("802.3ad", ("lacp_rate", "slow"), {"BT041", "BT042", "BT084"}),
        ("balance-tlb", (), set()),
        ("balance-alb", (), set()),
    ],
)
def test_a_healthy_bond_of_every_mode_has_nothing_above_info(
    lab: Lab, mode: str, settings: tuple[str, ...], rules: set[str]
) -> None:
    lab.bond(mode, *settings)
    with patient(lab) as well:  # from its first moment on
        worst: list[str] = []
        until(lambda: _fully_up(well, worst), what="settled")
        lab.settled()
        well.look_around()
        broadcast(lab)
        well.is_well()
        well.is_judged(REDUNDANT)
        assert rules <= {finding.rule for finding in well.judged.findings}
        assert worst == []


def _fully_up(well: Patient, worst: list[str]) -> bool:
    """Whether it carries traffic; ``worst`` collects what was said above info while the ports were negotiating."""
    judged = well.judged
    if well.watch.monitor.bonds[0].options.mode == 4 and judged.rank != DOWN:
        worst += [f.summary for f in judged.findings if f.severity != INFO and f.name.startswith("lacp")]
    return judged.rank == OK


def test_frames_that_a_backup_drops_are_benign(lab: Lab) -> None:
    lab.bond()
    lab.settled(active="eno1")
    with patient(lab) as ill:
        broadcast(lab)
        found = ill.has("BT063", "eno2")
        assert found.severity == INFO
        ill.is_judged(REDUNDANT)


def test_balance_alb_under_a_bridge(lab: Lab) -> None:
    lab.bond("balance-alb")
    lab.settled()
    with patient(lab) as ill:
        lab.ip("link", "add", "br0", "type", "bridge")
        lab.ip("link", "set", "bond0", "master", "br0")
        ill.look_around()
        ill.has("BT068")
        lab.ip("link", "set", "bond0", "nomaster")
        ill.look_around()
        ill.has_no_more("BT068")


# One judgement, wherever the facts come from

TOLD_BY_A_TEXT = frozenset(
    {
        "BT001",
        "BT002",
        "BT003",
        "BT004",
        "BT005",
        "BT006",
        "BT007",
        "BT008",
        "BT012",
        "BT014",
        "BT015",
        "BT016",
        "BT017",
    }
    | {"BT019", "BT024", "BT025", "BT030", "BT031", "BT032", "BT033", "BT035", "BT037", "BT038", "BT041", "BT042"}
    | {"BT043", "BT044", "BT051", "BT052", "BT053", "BT066"}
)
"""Rules whose facts all stand in the text that root reads."""
NEEDS_ROOT = frozenset({"BT032", "BT044"})
"""Of these, what rtnetlink alone does not tell."""


def by_netlink_alone(bond: Bond) -> Bond:
    """What is left of a bond when /proc and sysfs are not read."""
    slaves = tuple(slave._replace(lacp=LacpDetails(), hardware=Hardware()) for slave in bond.slaves)
    return bond._replace(slaves=slaves)


def by_text(lab: Lab, tmp_path: Path) -> Judgement:
    """What is said of the copy of /proc/net/bonding/bond0."""
    (tmp_path / "bond0").write_bytes(os.fsencode(lab.proc()))
    (copy,) = read_files([str(tmp_path / "bond0")])
    return judge(Case(copy.bonds[0], around=copy.around, text=True))


def said(judged: Judgement, rules: frozenset[str]) -> set[tuple[str, str, str]]:
    return {(each.rule, each.subject, each.severity) for each in judged.findings if each.rule in rules}


FAULTS: dict[str, tuple[tuple[str, ...], str]] = {
    "no-monitor": (("active-backup", "miimon", "0"), ""),
    "slow-monitor": (("active-backup", "miimon", "1000", "downdelay", "2000"), ""),
    "lost-slave": (("active-backup",), "pull"),
    "round-robin": (("balance-rr",), "pull"),
    "healthy-lacp": (("802.3ad", "lacp_rate", "slow"), ""),
    "lost-port": (("802.3ad", "lacp_rate", "fast"), "pull"),
    "split-aggregator": (("802.3ad", "lacp_rate", "fast"), "split"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_live_text_and_netlink_say_the_same(lab: Lab, tmp_path: Path, fault: str) -> None:
    settings, done = FAULTS[fault]
    lab.bond(*settings)
    lab.settled()
    with patient(lab, lacp_settle_s=1.0) as ill:
        if done == "pull":
            lab.pull("eno2")
            lab.slave_is("eno2", "down")
        elif done == "split":
            split(lab)
            ill.has("BT032")

        def alike() -> bool:
            live, text = ill.judged, by_text(lab, tmp_path)
            (bond,) = ill.watch.monitor.bonds
            netlink = judge(ill.case_of(by_netlink_alone(bond)))
            return (
                said(live, TOLD_BY_A_TEXT) == said(text, TOLD_BY_A_TEXT)
                and said(live, TOLD_BY_A_TEXT - NEEDS_ROOT) == said(netlink, TOLD_BY_A_TEXT - NEEDS_ROOT)
                and live.verdict == text.verdict == netlink.verdict
            )

        until(alike, what=f"the same of\n{ill.said()}\nand\n{by_text(lab, tmp_path)}")
        if done:
            assert said(ill.judged, TOLD_BY_A_TEXT)
