"""A copy of /proc/net/bonding tells the same of a bond as rtnetlink does, as far as it tells."""

from __future__ import annotations

import itertools
import subprocess

import pytest

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.model.bond import MODES, Bond
from bondtui.texts.joining import Beside, Text, copy_of
from tests.kernel.lab import Lab


def live(lab: Lab, name: str) -> Bond:
    def read() -> Bond:
        source = lab.source()
        try:
            return next(bond for bond in fold.took(Monitor(), source.read()).bonds if bond.name == name)
        finally:
            source.close()

    return lab.within(read)


def copied(text: str, name: str = "bond0") -> Bond:
    copy = copy_of([Text(f"/proc/net/bonding/{name}", text)], Beside(), itertools.count(-1, -1))
    assert copy.unread == ()
    (bond,) = copy.bonds
    return bond


def agree(lab: Lab, text: str, name: str = "bond0") -> Bond:
    """Every value that the text tells is the one that was read live; returns the bond of the text."""
    told, known = copied(text, name), live(lab, name)
    assert told.name == known.name
    assert told.link.carrier == known.link.carrier
    assert [slave.name for slave in told.slaves] == [slave.name for slave in known.slaves]
    indexes = {mine.ifindex: its.ifindex for mine, its in zip(told.slaves, known.slaves, strict=True)} | {0: None}
    for field, value in told.options._asdict().items():
        if value is None:
            continue
        expected = getattr(known.options, field)
        assert (indexes[value] if field in ("active_slave", "primary") else value) == expected, field
    for mine, its in zip(told.slaves, known.slaves, strict=True):
        for part in ("state", "hardware", "lacp"):
            for field, value in getattr(mine, part)._asdict().items():
                beside = getattr(its.lacp, field, None) if part == "state" else None
                expected = getattr(getattr(its, part), field)
                assert value is None or value == (beside if expected is None else expected), (mine.name, field)
    return told


@pytest.mark.parametrize("mode", MODES)
def test_a_copy_agrees_with_what_is_read_live(lab: Lab, mode: str) -> None:
    lab.bond(mode, "updelay", "200", slaves=("eno1", "eno2", "eno3"))
    lab.settled()
    lab.pull("eno2")
    lab.slave_is("eno2", "down")
    text = lab.proc()
    told = agree(lab, text)
    assert (told.options.mode, told.options.miimon, told.options.updelay) == (MODES.index(mode), 100, 200)
    assert [slave.state.mii_status for slave in told.slaves] == ["up", "down", "up"]
    assert [slave.state.link_failure_count for slave in told.slaves] == [0, 1, 0]
    assert told.hidden == ()


def test_a_copy_by_an_ordinary_user_says_what_is_hidden(lab: Lab) -> None:
    lab.bond("802.3ad")
    lab.settled()
    shown = subprocess.run(
        lab.argv("cat", "/proc/net/bonding/bond0", ordinary=True),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told = agree(lab, shown.stdout)
    assert {"ad_info", "partner_key", "actor_port_state", "ad_actor_sys_prio"} <= set(told.hidden)
    assert agree(lab, lab.proc()).hidden == ()


@pytest.mark.parametrize("mode", ["active-backup", "balance-rr"])
def test_a_copy_tells_of_the_arp_monitor(lab: Lab, mode: str) -> None:
    targets = "192.0.2.254,192.0.2.253"
    lab.bond(mode, "arp_interval", "200", "arp_ip_target", targets, "ns_ip6_target", "2001:db8::1")
    told = agree(lab, lab.proc())
    assert (told.options.arp_interval, told.options.arp_ip_targets) == (200, ("192.0.2.254", "192.0.2.253"))
    assert told.options.ns_ip6_targets == ("2001:db8::1",)


@pytest.mark.parametrize("mode", MODES)
def test_a_copy_tells_of_every_option_that_the_driver_prints(lab: Lab, mode: str) -> None:
    for name in lab.bonds_with_options(mode):
        agree(lab, lab.proc(name), name)


def test_primary_and_policies_are_told(lab: Lab) -> None:
    lab.bond("active-backup", "fail_over_mac", "follow", "primary_reselect", "better")
    lab.ip("link", "set", "bond0", "type", "bond", "primary", "eno2")
    lab.settled()
    options = agree(lab, lab.proc()).options
    assert (options.fail_over_mac, options.primary_reselect) == ("follow", "better")
    assert options.primary is not None


def test_what_ip_prints_agrees_too(lab: Lab) -> None:
    lab.bond("802.3ad")
    lab.settled()
    paste = f"{lab.proc()}\n$ ip -d link\n{lab.ip('-s', '-d', 'link')}\n$ ip address\n{lab.ip('address')}"
    told, known = agree(lab, paste), live(lab, "bond0")
    assert told.options.num_peer_notif == known.options.num_peer_notif
    assert (told.ifindex, told.link.mtu, told.link.hwaddr) == (known.ifindex, known.link.mtu, known.link.hwaddr)
    assert told.addresses is not None
    assert known.addresses is not None
    assert set(told.addresses) == set(known.addresses)
    for mine, its in zip(told.slaves, known.slaves, strict=True):
        assert (mine.ifindex, mine.link.admin_up, mine.link.carrier) == (its.ifindex, True, True)
        assert mine.link.master == known.ifindex
