"""Every guard on a real situation that triggers it, and on one beside it that does not.

Those about logins are in ``test_sessions``.
"""

from __future__ import annotations

import json
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.kernel import namespaces, taps
from tests.kernel.lab import SCRATCH, SWITCH_ADDRESS, Lab
from tests.kernel.traces import RUNTIME
from tests.kernel.waiting import until

DOWN, ACTIVATE = ("down", "bond0", "eno1"), ("activate", "bond0", "eno2")
THREE = ("eno1", "eno2", "eno3")
ETH_P_TEST = 0x88B5
"""An EtherType for experiments (IEEE 802, local experimental)."""


def said(lab: Lab, guard: str, *action: str) -> tuple[str, str]:
    """What one guard says about an action, by default setting eno1 of bond0 down: its result and what it has seen."""
    done = lab.bondtui(*(action or DOWN), "--dry-run", "--json")
    assert done.stdout, done
    plan: dict[str, Any] = json.loads(done.stdout)
    result, evidence = next((each["result"], each["evidence"]) for each in plan["guards"] if each["guard"] == guard)
    worst = max((each["result"] for each in plan["guards"]), key=["ok", "ask", "refuse"].index)
    assert (plan["verdict"], plan["applied"]) == (worst, False)
    assert (done.returncode, done.stderr.count("\n")) == ((4, 1) if worst == "refuse" else (0, 0))
    return result, evidence


def bonded(lab: Lab, *settings: str, slaves: tuple[str, ...] = ("eno1", "eno2")) -> None:
    """bond0 with all slaves ready."""
    lab.bond(*(settings or ("active-backup",)), slaves=slaves)
    lab.settled()


def pulled(lab: Lab, slave: str) -> None:
    lab.pull(slave)
    lab.slave_is(slave, "down")


def plugged(lab: Lab, slave: str) -> None:
    lab.plug(slave)
    lab.slave_is(slave, "up")


def test_the_last_usable_slave_is_not_taken(lab: Lab) -> None:
    bonded(lab, slaves=THREE)
    assert said(lab, "last-usable-slave") == ("ok", "eno2 and eno3 can carry the traffic")
    pulled(lab, "eno2")
    assert said(lab, "last-usable-slave") == ("ok", "eno3 can carry the traffic")
    lab.ip("link", "set", "eno3", "down")
    lab.slave_is("eno3", "down")
    result, evidence = said(lab, "last-usable-slave")
    assert (result, "eno2 has no carrier; eno3 is set down" in evidence) == ("refuse", True)
    assert said(lab, "last-usable-slave", *ACTIVATE) == ("refuse", "eno2 has no carrier: it cannot take over")
    assert said(lab, "last-usable-slave", "up", "bond0", "eno3")[0] == "ok"
    lab.batch(["link set eno2 nomaster", "link set eno3 nomaster"])
    result, evidence = said(lab, "last-usable-slave")
    assert (result, "it is the only slave" in evidence) == ("refuse", True)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (("active-backup", "miimon", "0"), "refuse"),
        (("active-backup", "arp_interval", "100"), "refuse"),
        (("active-backup", "arp_interval", "100", "arp_ip_target", SWITCH_ADDRESS), "ok"),
        (("balance-rr", "miimon", "0"), "refuse"),
        (("balance-rr", "miimon", "100"), "ok"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else value,
)
def test_nothing_is_done_to_a_bond_that_nobody_watches(lab: Lab, settings: tuple[str, ...], expected: str) -> None:
    lab.bond(*settings)
    assert said(lab, "no-monitor")[0] == expected


def test_nothing_is_done_while_a_change_is_pending(lab: Lab) -> None:
    bonded(lab, slaves=THREE)
    assert said(lab, "change-pending")[0] == "ok"
    assert lab.bondtui(*DOWN, "--yes").returncode == 0
    for action in (("down", "bond0", "eno2"), ("activate", "bond0", "eno3"), ("up", "bond0", "eno1")):
        result, evidence = said(lab, "change-pending", *action)
        assert (result, evidence.startswith("'down' of eno1 in bond0 is pending")) == ("refuse", True)
    other = Lab()
    try:
        bonded(other)
        assert said(other, "change-pending")[0] == "ok"
    finally:
        other.close()
    assert lab.bondtui("revert").returncode == 0
    assert said(lab, "change-pending")[0] == "ok"
    until(lambda: lab.processes() == [], what="the end of the dead-man's switch")


def test_min_links_counts(lab: Lab) -> None:
    bonded(lab, "802.3ad", "min_links", "3", slaves=THREE)
    assert said(lab, "min-links") == ("refuse", "2 ports would be left, min_links is 3")
    lab.ip("link", "set", "bond0", "type", "bond", "min_links", "2")
    assert said(lab, "min-links") == ("ok", "2 ports would be left, min_links is 2")


def test_a_slave_in_its_updelay_is_not_counted_on(lab: Lab) -> None:
    bonded(lab, slaves=THREE)
    lab.ip("link", "set", "bond0", "type", "bond", "updelay", "60000")
    pulled(lab, "eno2")
    lab.plug("eno2")
    lab.slave_is("eno2", "going back")
    result, evidence = said(lab, "updelay-running")
    assert (result, "eno2 is still in its updelay" in evidence) == ("ok", True)
    assert said(lab, "updelay-running", *ACTIVATE)[0] == "refuse"
    assert said(lab, "updelay-running", "activate", "bond0", "eno3")[0] == "ok"
    pulled(lab, "eno3")
    result, evidence = said(lab, "updelay-running")
    assert (result, "eno2 is still in its updelay" in evidence) == ("refuse", True)


def test_a_port_that_is_not_in_sync_is_not_counted_on(lab: Lab) -> None:
    bonded(lab, "802.3ad")
    assert said(lab, "lacp-not-ready")[0] == "ok"
    lab.batch_on_switch(["link set p2 nomaster", "link set p2 up"])
    lab.slave_is("eno2", "up")
    result, evidence = said(lab, "lacp-not-ready")
    assert (result, evidence.startswith("LACP port eno2 is not in sync on both ends")) == ("refuse", True)
    assert said(lab, "last-usable-slave")[0] == "refuse"
    assert said(lab, "last-usable-slave", "down", "bond0", "eno2")[0] == "ok"


def test_a_port_in_another_aggregator_is_not_counted_on(lab: Lab) -> None:
    bonded(lab, "802.3ad")
    (active,) = {lab.info(slave)["ad_aggregator_id"] for slave in ("eno1", "eno2")}
    lab.on_switch("link", "set", "p2", "nomaster")
    lab.on_switch("link", "add", "other", "type", "bond", "mode", "802.3ad", "miimon", "100", "lacp_rate", "fast")
    lab.batch_on_switch(["link set p2 master other", "link set other up"])
    until(lambda: lab.info("eno2")["ad_aggregator_id"] != active, what="eno2 in another aggregator")
    assert lab.info("bond0")["ad_info"]["aggregator"] == active
    result, evidence = said(lab, "lacp-not-ready")
    assert (result, f"the active one is {active}" in evidence) == ("refuse", True)


def test_the_default_route_is_asked_about(lab: Lab) -> None:
    bonded(lab)
    lab.batch(
        [
            *("link add dummy0 type dummy", "link set dummy0 up", "address add 203.0.113.1/24 dev dummy0"),
            *("link add link bond0 name bond0.100 type vlan id 100", "link set bond0.100 up"),
            "address add 198.51.100.1/24 dev bond0.100",
        ]
    )
    ways = {
        "via 203.0.113.254": "ok",
        f"via {SWITCH_ADDRESS}": f"default via {SWITCH_ADDRESS} dev bond0",
        "via 198.51.100.254": "default via 198.51.100.254 dev bond0.100",
    }
    for way, expected in ways.items():
        lab.ip("route", "replace", "default", *way.split())
        assert_default_route(lab, expected)
    lab.batch(["link add br0 type bridge", "link set br0 up", "link set bond0 master br0"])
    lab.ip("route", "replace", "default", "dev", "br0")
    assert_default_route(lab, "default dev br0")


def assert_default_route(lab: Lab, expected: str) -> None:
    result, evidence = said(lab, "default-route")
    assert (result, expected == "ok" or expected in evidence) == ("ok" if expected == "ok" else "ask", True), evidence


def test_a_slower_slave_is_asked_about(lab: Lab) -> None:
    with taps.tap(lab, "tap1", mbps=1000), taps.tap(lab, "tap2", mbps=100), taps.tap(lab, "tap3", mbps=1000):
        lab.ip("link", "add", "bond0", "type", "bond", "mode", "active-backup", "miimon", "100")
        for slave in ("tap1", "tap2"):
            lab.enslave(slave, "bond0")
        lab.ip("link", "set", "bond0", "up")
        lab.settled(active="tap1")
        assert said(lab, "weaker-slave", "down", "bond0", "tap1") == ("ask", "tap2 has 100M, tap1 has 1G")
        assert said(lab, "weaker-slave", "activate", "bond0", "tap2") == ("ask", "tap2 has 100M, tap1 has 1G")
        assert said(lab, "weaker-slave", "down", "bond0", "tap2")[0] == "ok"
        taps.set_speed(lab, "tap2", 1000, full_duplex=False)
        assert said(lab, "weaker-slave", "down", "bond0", "tap1") == ("ask", "tap2 is half duplex")
        lab.ip("link", "set", "tap2", "nomaster")
        lab.enslave("tap3", "bond0")
        lab.settled(active="tap1")
        assert said(lab, "weaker-slave", "down", "bond0", "tap1")[0] == "ok"
        lab.ip("link", "add", "dummy0", "type", "dummy")
        lab.ip("link", "set", "tap3", "nomaster")
        lab.enslave("dummy0", "bond0")
        lab.settled(active="tap1")
        expected = ("ask", "the speed of dummy0 is not known, tap1 has 1G")
        assert said(lab, "weaker-slave", "down", "bond0", "tap1") == expected


def test_a_slave_that_comes_and_goes_is_asked_about(lab: Lab) -> None:
    bond, one, two, three = (f"{name}f" for name in ("bond", "one", "two", "three"))  # the kernel log tells names only
    lab.bond(name=bond, slaves=[one, two, three])
    lab.settled(bond)
    assert said(lab, "flapping-slave", "down", bond, one)[0] == "ok"
    assert lab.bondtui("down", bond, two, "--yes").returncode == 0
    assert lab.bondtui("revert").returncode == 0
    lab.settled(bond)
    assert lab.info(two)["link_failure_count"] == 1
    none = f"{two} and {three} have not lost the link in the last 10 min"
    assert said(lab, "flapping-slave", "down", bond, one) == ("ok", none)
    for _ in range(2):
        pulled(lab, three)
        plugged(lab, three)
    result, evidence = said(lab, "flapping-slave", "down", bond, one)
    assert (result, evidence.partition(", last ")[0]) == ("ask", f"{three} lost its link 2 times in 10 min")
    assert said(lab, "flapping-slave", "activate", bond, three)[0] == "ask"
    assert said(lab, "flapping-slave", "activate", bond, two)[0] == "ok"
    assert said(lab, "flapping-slave", "down", bond, three)[0] == "ok"
    until(lambda: lab.processes() == [], what="the end of the dead-man's switch")


def test_a_slave_with_errors_is_asked_about(lab: Lab) -> None:
    lab.ip("link", "add", "tun2", "type", "vxlan", "id", "7", "remote", "203.0.113.9", "dstport", "4789")
    bonded(lab, slaves=("eno1",))
    lab.enslave("tun2", "bond0")
    lab.settled(active="eno1")
    assert said(lab, "errors-on-slave")[0] == "ok"
    send_frames(lab, "tun2", 5)
    until(lambda: lab.sysfs("tun2", "statistics/tx_errors") == "5", what="frames that cannot leave")
    result, evidence = said(lab, "errors-on-slave")
    assert (result, evidence.startswith("tun2 has counted 5 errors in ")) == ("ask", True)
    assert said(lab, "errors-on-slave", "activate", "bond0", "tun2")[0] == "ask"
    assert said(lab, "errors-on-slave", "down", "bond0", "tun2")[0] == "ok"


def send_frames(lab: Lab, interface: str, number: int) -> None:
    """Frames of no known protocol, out of this interface itself."""

    def send() -> None:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_TEST)) as opened:
            opened.bind((interface, ETH_P_TEST))
            for _ in range(number):
                opened.send(struct.pack("!6s6sH46x", b"\xff" * 6, b"\x02" + bytes(5), ETH_P_TEST))

    lab.within(send)


MANAGERS = {
    "systemd-networkd": ("/run/systemd/netif/links", "ADMIN_STATE=configured\n", "ADMIN_STATE=unmanaged\n"),
    "NetworkManager": ("/run/NetworkManager/devices", "[device]\nmanaged=true\n", "[device]\nmanaged=false\n"),
}


@pytest.mark.parametrize("manager", MANAGERS)
def test_a_managed_slave_is_asked_about(lab: Lab, manager: str) -> None:
    folder, managed, unmanaged = MANAGERS[manager]
    bonded(lab)
    index = lab.links()["eno1"]["ifindex"]
    with mounted(Path(folder)):
        state = Path(folder, str(index))
        state.write_text(managed)
        assert said(lab, "managed-by")[0] == "ok", "nobody of this name runs"
        with running(manager, lab.switch):
            assert said(lab, "managed-by")[0] == "ok", "it manages another network namespace"
        with running(manager, lab.machine):
            assert said(lab, "managed-by") == ("ask", f"{manager} manages eno1 and may undo the change")
            assert said(lab, "managed-by", "down", "bond0", "eno2")[0] == "ok"
            state.write_text(unmanaged)
            assert said(lab, "managed-by")[0] == "ok"


@contextmanager
def mounted(folder: Path) -> Iterator[None]:
    """An empty folder that only these tests see."""
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    namespaces.mount("tmpfs", folder, "tmpfs")
    try:
        yield
    finally:
        namespaces.unmount(folder)
        for each in made:
            each.rmdir()


@contextmanager
def running(name: str, namespace: str) -> Iterator[None]:
    """A process of this name in that network namespace; the kernel takes the name from the file."""
    program = SCRATCH / name
    shutil.copy(shutil.which("sleep") or "", program)
    with subprocess.Popen(["ip", "netns", "exec", namespace, str(program), "60"]) as process:
        try:
            comm = Path(f"/proc/{process.pid}/comm")
            until(lambda: comm.read_text().strip() == name[:15], what=f"{name} running")
            yield
        finally:
            process.kill()


def test_what_a_slave_has_of_its_own_is_told(lab: Lab) -> None:
    bonded(lab)
    assert said(lab, "address-on-slave")[0] == "ok"
    lab.ip("address", "add", "198.51.100.1/24", "dev", "eno1")
    result, evidence = said(lab, "address-on-slave")
    assert (result, "198.51.100.1/24" in evidence) == ("ask", True)
    assert said(lab, "address-on-slave", "down", "bond0", "eno2")[0] == "ok"
    assert said(lab, "address-on-slave", *ACTIVATE)[0] == "ok"
    lab.ip("route", "add", "10.0.0.0/8", "via", "198.51.100.254")
    result, evidence = said(lab, "address-on-slave")
    assert (result, "10.0.0.0/8 via 198.51.100.254 dev eno1" in evidence) == ("refuse", True)
    done = lab.bondtui(*DOWN, "--yes", "--confirm", "bond0")
    assert (done.returncode, lab.is_admin_up("eno1")) == (4, True)
    assert not list(RUNTIME.glob("*/change.json"))
