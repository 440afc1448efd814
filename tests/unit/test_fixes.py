"""The permanent fix in the words of each network manager; what can be read back is read back."""

from __future__ import annotations

import shlex
import subprocess
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core import configured
from bondtui.core.configured import Files
from bondtui.core.configured_words import WORDS
from bondtui.model.finding import Fix
from bondtui.triage.fix_options import NETPLAN, NETWORKD
from bondtui.triage.fixes import MANAGERS, permanent
from tests.builders import HOSTILE_NAMES

VALUES: dict[str, st.SearchStrategy[str]] = {
    **{option: st.sampled_from(words) for option, words in WORDS.items()},
    **{
        option: st.integers(0, 9999).map(str)
        for option in (
            *("miimon", "updelay", "downdelay", "peer_notif_delay", "arp_interval", "resend_igmp", "num_grat_arp"),
            *("min_links", "packets_per_slave", "ad_actor_sys_prio", "ad_user_port_key", "arp_missed_max"),
        )
    },
    **{option: st.sampled_from(("0", "1")) for option in ("use_carrier", "all_slaves_active", "tlb_dynamic_lb")},
    "arp_ip_target": st.sampled_from(("192.0.2.1", "192.0.2.1,192.0.2.2")),
    "primary": st.sampled_from(("eno1", "yes")),
    "lp_interval": st.integers(1, 99).map(str),
}
OPTIONS = st.sets(st.sampled_from(sorted(VALUES)), min_size=1).flatmap(
    lambda names: st.fixed_dictionaries({name: VALUES[name] for name in names})
)


def by_manager(fix: Fix, bond: str = "bond0") -> dict[str, str]:
    return dict(permanent(fix, bond))


def spelled(manager: str, **options: str) -> list[str]:
    """The lines that are no remarks."""
    text = by_manager(Fix(options)).get(manager, "")
    return [line.strip() for line in text.split("\n") if not line.startswith("#")]


def cannot(text: str) -> str:
    """The remark that names what the manager has no word for."""
    return next((line for line in text.split("\n") if " cannot set " in line), "")


@given(OPTIONS)
def test_systemd_networkd_would_set_just_this_or_we_say_that_it_cannot(options: dict[str, str]) -> None:
    text = by_manager(Fix(options))["systemd-networkd"]
    lines = [line for line in text.split("\n") if not line.startswith("#")]
    rest = {name: value for name, value in options.items() if name != "primary"}
    wanted = {name: value for name, value in rest.items() if name in NETWORKD and f"{name} {value}" not in cannot(text)}
    netdev = "\n".join(["[NetDev]", "Name=bond0", "Kind=bond", *lines])
    (read,) = configured.read(Files(networkd={"/etc/systemd/network/a.netdev": netdev}))
    if wanted.get("arp_interval", "0") == "0":
        wanted.pop("lp_interval", None)  # it does not pass it on then, and we say so
        assert ("LearnPacketIntervalSec=" in text) == ("lp_interval" in options)
    assert read.options == wanted
    assert ("PrimarySlave=yes" in lines) == ("primary" in options)
    assert all(name in cannot(text) for name in rest.keys() - wanted.keys() - {"lp_interval"})


@given(OPTIONS)
def test_ifupdown_would_set_just_this_or_we_say_that_it_cannot(options: dict[str, str]) -> None:
    text = by_manager(Fix(options))["ifupdown"]
    (read,) = configured.read(
        Files(ifupdown={"/etc/network/interfaces": f"iface bond0 inet manual\n bond-slaves x\n{text}"})
    )
    assert read.options.items() <= options.items()
    assert all(name in cannot(text) for name in options.keys() - read.options.keys())


@given(OPTIONS)
def test_networkmanager_would_set_just_this_or_we_say_that_it_cannot(options: dict[str, str]) -> None:
    text = by_manager(Fix(options))["NetworkManager"]
    words = [word for line in text.split("\n") if not line.startswith("#") for word in shlex.split(line)]
    pairs = list(pairwise(words))
    added = dict(each.replace("\\,", ",").split("=", 1) for sign, each in pairs if sign == "+bond.options")
    removed = {each for sign, each in pairs if sign == "-bond.options"} & options.keys()
    assert added.items() <= options.items()
    assert all(options[name] == "0" or name not in added for name in removed - {"arp_ip_target"})
    assert all(name in cannot(text) for name in options.keys() - added.keys() - removed)


@given(OPTIONS)
def test_netplan_names_every_option_or_we_say_that_it_cannot(options: dict[str, str]) -> None:
    text = by_manager(Fix(options))["netplan"]
    for name in options:
        assert name in cannot(text) or f"        {NETPLAN[name]}: " in text


class TestUnitsAndPlaces:
    def test_times(self) -> None:
        assert spelled("systemd-networkd", miimon="100", updelay="0") == [
            "[Bond]",
            "MIIMonitorSec=100ms",
            "UpDelaySec=0",
        ]
        assert spelled("netplan", miimon="100", lp_interval="3")[-2:] == [
            "mii-monitor-interval: 100",
            "learn-packet-interval: 3",
        ]
        assert spelled("ifupdown", miimon="100") == ["bond-miimon 100"]
        assert "LearnPacketIntervalSec=3" in spelled("systemd-networkd", lp_interval="3")

    def test_the_primary_is_in_the_file_of_the_slave(self) -> None:
        text = by_manager(Fix({"primary": "eno1"}))["systemd-networkd"]
        assert text.split("\n")[:3] == [
            "# in the .network file of eno1, not in the .netdev file",
            "[Network]",
            "PrimarySlave=yes",
        ]

    def test_targets(self) -> None:
        targets = "192.0.2.1,192.0.2.2"
        assert "ARPIPTargets=192.0.2.1 192.0.2.2" in spelled("systemd-networkd", arp_ip_target=targets)
        assert "arp-ip-targets: [192.0.2.1, 192.0.2.2]" in spelled("netplan", arp_ip_target=targets)
        (command,) = spelled("NetworkManager", arp_ip_target=targets)
        assert command.endswith("+bond.options 'arp_ip_target=192.0.2.1\\,192.0.2.2'")
        assert "bond-arp-ip-target 192.0.2.1 192.0.2.2" in spelled("ifupdown", arp_ip_target=targets)

    def test_truth(self) -> None:
        assert "DynamicTransmitLoadBalancing=no" in spelled("systemd-networkd", tlb_dynamic_lb="0")
        assert "all-members-active: true" in spelled("netplan", all_slaves_active="1")

    def test_names_of_the_attributes_are_taken_too(self) -> None:
        assert by_manager(Fix({"num_peer_notif": "3"})) == by_manager(Fix({"num_grat_arp": "3"}))

    def test_what_belongs_to_a_slave_is_in_its_profile(self) -> None:
        lines = by_manager(Fix({"prio": "5"}, slave="eno1"))["NetworkManager"].split("\n")
        assert lines[0].endswith('show eno1)" bond-port.prio 5')

    @pytest.mark.parametrize("manager", MANAGERS)
    @pytest.mark.parametrize("option", ["coupled_control", "broadcast_neighbor", "lacp_strict"])
    def test_what_no_manager_has_a_word_for(self, manager: str, option: str) -> None:
        assert f"{manager} cannot set {option}" in cannot(by_manager(Fix({option: "on"}))[manager])

    def test_netplan_cannot_turn_gratuitous_arp_off(self) -> None:
        assert "num_grat_arp 0" in cannot(by_manager(Fix({"num_grat_arp": "0"}))["netplan"])
        assert cannot(by_manager(Fix({"num_grat_arp": "2"}))["netplan"]) == ""

    def test_what_ifenslave_ignores_is_said(self) -> None:
        assert "ifenslave up to 2.13 ignores bond-min-links" in by_manager(Fix({"min_links": "2"}))["ifupdown"]


class TestRemarks:
    @pytest.mark.parametrize("manager", MANAGERS)
    def test_what_interrupts_the_traffic_is_said(self, manager: str) -> None:
        mode = by_manager(Fix(kind="mode", value="802.3ad"))[manager]
        assert "802.3ad" in mode
        assert "changes mode only while bond0 has no slaves" in mode
        both = by_manager(Fix({"fail_over_mac": "active", "lacp_rate": "fast"}))[manager]
        assert "changes fail_over_mac only while bond0 has no slaves" in both
        assert "changes lacp_rate only while bond0 is down" in both
        assert "interruption" not in by_manager(Fix({"miimon": "100"}))[manager]

    @pytest.mark.parametrize("manager", MANAGERS)
    def test_the_other_monitor_has_to_go(self, manager: str) -> None:
        assert "exclude each other" in by_manager(Fix({"arp_interval": "250"}))[manager]
        assert "exclude each other" in by_manager(Fix({"arp_interval": "0", "miimon": "100"}))[manager]
        assert "exclude each other" not in by_manager(Fix({"miimon": "100"}))[manager]
        assert "exclude each other" not in by_manager(Fix({"miimon": "0", "arp_interval": "250"}))[manager]


class TestKinds:
    def test_nothing_to_fix(self) -> None:
        assert permanent(Fix(), "bond0") == ()
        assert permanent(Fix(kind="of-the-future"), "bond0") == ()

    @pytest.mark.parametrize(
        ("fix", "words"),
        [
            (
                Fix(kind="mtu", value="9000", slave="eno1"),
                ("MTUBytes=9000", "802-3-ethernet.mtu 9000", "mtu: 9000", "mtu 9000"),
            ),
            (
                Fix(kind="enslave", slave="eno3"),
                ("Bond=bond0", "ifname eno3", "interfaces: [eno3]", "bond-slaves eno3"),
            ),
            (Fix(kind="enslave"), ("Name=SLAVE", "ifname SLAVE", "interfaces: [SLAVE]", "bond-slaves SLAVE")),
            (
                Fix(kind="no-address", slave="eno1"),
                ("LinkLocalAddressing=no", "connection.master bond0", "dhcp4: false", "iface eno1 inet manual"),
            ),
            (
                Fix(kind="up", slave="eno1"),
                ("ActivationPolicy=up", "connection.autoconnect yes", "activation-mode: off", "auto eno1"),
            ),
            (Fix(kind="up"), ("file of bond0", "show bond0", "below bonds", "auto bond0")),
        ],
    )
    def test_every_manager_has_its_words(self, fix: Fix, words: tuple[str, ...]) -> None:
        texts = permanent(fix, "bond0")
        assert tuple(manager for manager, _ in texts) == MANAGERS
        for (_, text), word in zip(texts, words, strict=True):
            assert word in text

    def test_a_slave_that_systemd_networkd_is_told_of_is_read_back(self) -> None:
        text = by_manager(Fix(kind="enslave", slave="eno3"))["systemd-networkd"]
        (read,) = configured.read(Files(networkd={"/etc/systemd/network/10-eno3.network": text}))
        assert (read.bond, read.slaves) == ("bond0", ("eno3",))


FIXES: list[dict[str, Any]] = [
    {"options": {"miimon": "100"}},
    {"kind": "mtu", "value": "9000"},
    {"kind": "enslave"},
    {"kind": "no-address"},
    {"kind": "up"},
]


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "x'; reboot #", "$(reboot)", "`reboot`", "a\nreboot"])
@pytest.mark.parametrize("fix", FIXES)
def test_a_name_cannot_become_a_command_or_a_line(name: str, fix: dict[str, Any]) -> None:
    texts = by_manager(Fix(**fix, slave=name), name)
    plain = by_manager(Fix(**fix, slave="eno1"), "bond0")
    for manager, text in texts.items():
        assert all(each.isprintable() for each in text.replace("\n", ""))
        assert len([line for line in text.split("\n") if not line.startswith("#")]) == len(
            [line for line in plain[manager].split("\n") if not line.startswith("#")]
        )
    script = 'nmcli() { case $1 in -e) shift 6; printf %s "$1";; *) printf \'%s\\0\' "$@";; esac; }\n'
    ran = subprocess.run(
        ["bash", "-c", script + texts["NetworkManager"]],
        capture_output=True,
        timeout=20,
        check=True,
        env={"LANG": "C.UTF-8"},
    )
    assert ran.stderr == b""
    assert name.encode("utf-8", "surrogateescape") in ran.stdout.split(b"\0")


@pytest.mark.parametrize(
    ("name", "written"), [("bond0", "bond0:"), ("yes", '"yes":'), ("1e3", '"1e3":'), ("a:b", '"a:b":')]
)
def test_yaml_takes_a_name_for_a_name(name: str, written: str) -> None:
    assert f"    {written}\n" in by_manager(Fix({"miimon": "100"}), name)["netplan"]
