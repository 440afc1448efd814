"""What ``ip`` and ``ethtool`` print: alone, and joined with /proc/net/bonding of the same machine."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.model.bond import AdInfo, Counters, Hardware
from bondtui.model.text import Copy
from bondtui.texts import ethtool, ip, machine
from bondtui.texts.joining import Beside, Text, copy_of

SOS = Path(__file__).parent / "captures" / "sos"
LINK, ADDRESS, PROC = ((SOS / name).read_text() for name in ("ip_-s_-d_link", "ip_-d_address", "bond1"))


def understood(*texts: str, beside: Beside | None = None) -> Copy:
    sources = ("/proc/net/bonding/bond1", "b", "c")
    given = [Text(source, text) for source, text in zip(sources, texts, strict=False)]
    return copy_of(given, beside or Beside(), itertools.count(-1, -1))


def links(text: str) -> dict[str, ip.IpLink]:
    return ip.links(enumerate(text.split("\n"), start=1))


def test_a_link_is_read_with_all_that_it_tells() -> None:
    bond, slave, down = (links(LINK)[name] for name in ("bond1", "eno3", "eno1"))
    assert bond[:8] == ("bond1", 5, True, True, "up", 1500, "5a:c4:07:6f:2e:10", "")
    assert slave[:9] == ("eno3", 6, True, True, "up", 1500, "5a:c4:07:6f:2e:10", "bond1", "veth")
    assert (down.admin_up, down.carrier, down.operstate) == (False, None, "down")
    assert slave.counters == Counters(1294, 12, 0, 0, 1756, 16, 0, 0)
    assert (bond.kind, slave.addresses) == ("bond", None)


def test_addresses_are_read_and_missing_ones_are_none() -> None:
    found = links(ADDRESS)
    assert found["bond1"].addresses == ("198.51.100.7/24", "fe80::58c4:7ff:fe6f:2e10/64")
    assert (found["eno3"].addresses, found["bond1.5"].addresses) == ((), ())


def test_one_line_per_address_is_read_too() -> None:
    text = "5: bond1    inet 198.51.100.7/24 brd 198.51.100.255 scope global bond1\\       valid_lft forever preferred_lft forever"
    assert links(text)["bond1"].addresses == ("198.51.100.7/24",)
    assert (links(text)["bond1"].ifindex, links(text)["bond1"].admin_up) == (5, None)


def test_a_bond_is_understood_from_ip_alone() -> None:
    copy = understood(LINK)
    (bond,) = copy.bonds
    assert (bond.name, bond.ifindex, bond.options.mode_name, bond.options.lacp_rate) == ("bond1", 5, "802.3ad", "fast")
    assert bond.options.ad_info == AdInfo(1, 2, 15, 15, "d2:18:1a:e7:28:b0")
    assert [(slave.name, slave.ifindex) for slave in bond.slaves] == [("eno3", 6), ("eno4", 7)]
    state = bond.slaves[0].state
    assert (state.state, state.mii_status, state.actor_port_state, state.partner_port_state) == ("active", "up", 63, 63)
    assert copy.unread == ()


def test_proc_and_ip_of_one_machine_are_joined() -> None:
    copy = understood(PROC, LINK, ADDRESS)
    (bond,) = copy.bonds
    assert (bond.ifindex, bond.link.admin_up, bond.link.mtu, bond.link.operstate) == (5, True, 1500, "up")
    assert bond.addresses == ("198.51.100.7/24", "fe80::58c4:7ff:fe6f:2e10/64")
    assert (bond.options.num_peer_notif, bond.options.use_carrier, bond.options.arp_ip_targets) == (1, 1, ())
    first = bond.slaves[0]
    assert (first.ifindex, first.link.admin_up, first.link.carrier, first.link.master) == (6, True, True, 5)
    assert (first.state.prio, first.lacp.partner_port, first.hardware.speed_mbps) == (0, 1, 10000)
    assert first.link.slave == first.state
    assert copy.around.addresses == {6: (), 7: ()}
    assert copy.around.masters == {5: ""}
    assert copy.kernel == copy.around.kernel == "6.1.176"


def test_all_of_it_in_one_paste_is_the_same() -> None:
    paste = f"$ cat /proc/net/bonding/bond1\n{PROC}\n$ ip -s -d link\n{LINK}\n$ ip addr\n{ADDRESS}"
    quoted = "\n".join(f"> {line}" for line in paste.split("\n"))
    copy = understood(quoted)
    assert (copy.bonds, copy.unread) == (understood(PROC, LINK, ADDRESS).bonds, ())


def test_what_the_driver_tells_goes_before_what_ip_tells() -> None:
    copy = understood(
        PROC, LINK.replace("mii_status UP", "mii_status DOWN").replace("lacp_rate fast", "lacp_rate slow")
    )
    (bond,) = copy.bonds
    assert [slave.state.mii_status for slave in bond.slaves] == ["up", "up"]
    assert bond.options.lacp_rate == "fast"


def test_ip_tells_what_the_driver_hides() -> None:
    unprivileged = PROC.partition("System priority")[0] + "\nSlave Interface: eno3\nMII Status: up\nAggregator ID: 1\n"
    assert {"ad_info", "actor_port_state", "partner_key", "ad_actor_sys_prio"} <= set(
        understood(unprivileged).bonds[0].hidden
    )
    hidden = understood(unprivileged, LINK).bonds[0].hidden
    assert "partner_key" in hidden
    assert not {"ad_info", "actor_port_state", "partner_port_state", "ad_actor_sys_prio"} & set(hidden)


def test_a_hard_wrapped_paste_is_read() -> None:
    wrapped = LINK.replace(" primary_reselect", "\nprimary_reselect").replace(" gso_max_segs", "\ngso_max_segs")
    copy = understood(wrapped)
    assert copy.bonds[0].options.xmit_hash_policy == "layer2"
    assert copy.bonds[0].options == understood(LINK).bonds[0].options


def test_a_second_bond_of_the_same_name_does_not_get_the_facts_of_the_first() -> None:
    copy = understood(PROC, f"==> bond1 <==\n{PROC}", LINK)
    first, second = copy.bonds
    assert first.name == second.name
    assert (first.ifindex, first.link.mtu) == (5, 1500)
    assert second.ifindex < 0


def test_an_interface_that_is_called_like_a_word_of_ip_is_read() -> None:
    text = LINK.replace("bond1", "bond").replace("eno3", "bond_slave")
    (bond,) = understood(text).bonds
    assert (bond.name, [slave.name for slave in bond.slaves]) == ("bond", ["bond_slave", "eno4"])
    assert bond.slaves[0].state.mii_status == "up"


def test_the_kind_of_the_bonds_own_master_is_told() -> None:
    bridge = "9: br0: <UP,LOWER_UP> mtu 1500 state UP\n    link/ether 02:00:00:00:00:09 brd ff\n    bridge forward_delay 1500\n"
    text = LINK.replace("qdisc noqueue state UP mode DEFAULT", "qdisc noqueue master br0 state UP mode DEFAULT", 1)
    assert understood(PROC, text + bridge).around.masters == {5: "bridge"}
    assert understood(PROC, text).around.masters == {}


def test_a_speed_that_the_bonding_driver_does_not_know_is_not_taken_from_ethtool() -> None:
    told = ethtool.Nic(Hardware(10_000, "full", "ixgbe"))
    joined = ethtool.joined(ethtool.Nic(Hardware(speed_unknown=True)), told).hardware
    assert joined == Hardware(None, "full", "ixgbe", speed_unknown=True)


def test_ethtool_tells_speed_driver_bus_and_permanent_address() -> None:
    speed = ethtool.settings((SOS / "ethtool_eno3").read_text())
    driver = ethtool.driver("driver: ixgbe\nversion: 6.1\nfirmware-version: \nbus-info: 0000:04:00.1\n")
    permanent = ethtool.permanent("Permanent address: 02:00:00:00:00:01\n")
    assert speed == ethtool.Nic(Hardware(10000, "full"), link_detected=True)
    assert driver.hardware == Hardware(driver="ixgbe", bus_info="0000:04:00.1")
    nic = ethtool.joined(ethtool.joined(speed, driver), permanent)
    assert nic == ethtool.Nic(Hardware(10000, "full", "ixgbe", "0000:04:00.1"), "02:00:00:00:00:01", link_detected=True)
    copy = understood(
        PROC.replace("Permanent HW addr: 5a:c4:07:6f:2e:10\n", ""), LINK, beside=Beside(nics={"eno3": nic})
    )
    slave = copy.bonds[0].slaves[0]
    assert (slave.state.perm_hwaddr, slave.hardware.bus_info) == (
        "5a:c4:07:6f:2e:10",
        "0000:04:00.1",
    )  # ip tells it too
    assert copy.around.devices[slave.ifindex].card == "0000:04:00"


@pytest.mark.parametrize(
    ("text", "nic"),
    [
        ("", ethtool.Nic()),
        ("Speed: Unknown!\nDuplex: Unknown! (255)\nLink detected: no", ethtool.Nic(link_detected=False)),
        ("Cannot get device settings: Operation not permitted", ethtool.Nic()),
        ("Speed: 4294967295\n", ethtool.Nic()),
    ],
)
def test_what_ethtool_does_not_know_is_not_known(text: str, nic: ethtool.Nic) -> None:
    assert ethtool.settings(text) == nic


def test_a_driver_without_a_bus_has_none() -> None:
    assert ethtool.driver("driver: veth\nbus-info: \n").hardware == Hardware(driver="veth")
    assert ethtool.permanent("Permanent address: not set").perm_hwaddr is None


def test_sysfs_tells_what_ip_would() -> None:
    files = {
        "ifindex": "6\n",
        "flags": "0x1803\n",
        "mtu": "9000\n",
        "carrier": "1\n",
        "operstate": "up\n",
        "speed": "-1\n",
    }
    link, nic = ethtool.in_sysfs(
        "eno3", {**files, "duplex": "unknown\n", "carrier_changes": "4\n", "address": "02:00:00:00:00:01\n"}
    )
    assert (link.ifindex, link.admin_up, link.mtu, link.carrier, link.carrier_changes) == (6, True, 9000, True, 4)
    assert (link.hwaddr, nic.hardware) == ("02:00:00:00:00:01", Hardware())
    assert ethtool.in_sysfs("eno3", {"flags": "0x1002"})[0].admin_up is False


def test_host_kernel_and_time_are_told() -> None:
    uname = "Linux db-07 6.1.0-18-amd64 #1 SMP Debian x86_64 GNU/Linux\n"
    assert (machine.host("db-07.example\n", uname), machine.host(None, uname), machine.host(None, None)) == (
        "db-07.example",
        "db-07",
        None,
    )
    assert (machine.kernel(uname), machine.kernel("Darwin x 1 2"), machine.kernel(None)) == (
        "6.1.0-18-amd64",
        None,
        None,
    )
    assert machine.date("Sun Nov 22 18:53:13 UTC 2026\n") == 1795373593.0
    assert (machine.date("Sun Nov 22 18:53:13 CET 2026"), machine.date("soon"), machine.date(None)) == (
        None,
        None,
        None,
    )


@given(st.text(max_size=300) | st.lists(st.sampled_from((LINK + ADDRESS).split()), max_size=80).map(" ".join))
def test_arbitrary_text_never_raises(text: str) -> None:
    links(text)
    understood(text, f"1: a: <UP> {text}")
    for read in (ethtool.settings, ethtool.driver, ethtool.permanent, machine.kernel, machine.date):
        read(text)
    ethtool.in_sysfs("a", dict.fromkeys(("flags", "mtu", "ifindex", "speed"), text))
