"""Probes on real links: lost, late, doubled and refused ones, bound to bonds and VLANs, and who may send them."""

from __future__ import annotations

import errno
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from bondtui.model.probe import AGAIN, ANSWERED, FAILED, LOST_AFTER_S, SENT, Flow, Target
from bondtui.ports import ProbeError
from bondtui.system.prober import start_probes
from tests.kernel import namespaces
from tests.kernel.commands import command
from tests.kernel.lab import BONDTUI, SWITCH_ADDRESS, Lab
from tests.kernel.waiting import until
from tests.probes import Probes

PYTHON = BONDTUI[:2]
PERIOD = 0.02
"""Two ticks of the guest."""
MANY = 40
SWITCH = Flow(Target(SWITCH_ADDRESS), "bond0")


@pytest.fixture
def bonded(lab: Lab) -> Iterator[Lab]:
    """An active-backup bond of eno1 (active) and eno2; no process may be left on the machine."""
    lab.bond()
    lab.settled(active="eno1")
    yield lab
    assert lab.processes() == []


@contextmanager
def probing(lab: Lab, *flows: Flow) -> Iterator[Probes]:
    """Probes from the machine."""
    probes = lab.within(lambda: Probes(flows, PERIOD))
    try:
        yield probes
    finally:
        probes.stream.stop()


def netem(lab: Lab, do: str, *words: str) -> None:
    """Have the switch mistreat what it sends over eno1's cable."""
    command("tc", "-n", lab.switch, "qdisc", do, "dev", "p1", "root", *(("netem", *words) if words else ()))


def unanswered(probes: Probes, flow: int = 0) -> list[int]:
    """Numbers without an answer, but for the newest ones, which may still get theirs."""
    answered = probes.of(ANSWERED, flow)
    return [number for number in range(max(answered)) if number not in answered]


@pytest.mark.parametrize("kind", ["icmp", "tcp", "udp"])
def test_what_a_silent_switch_swallows_is_lost_and_then_it_goes_on(bonded: Lab, kind: str) -> None:
    """The echo server and the closed port are on the switch."""
    with echo_server(bonded), probing(bonded, flow_of(kind)) as probes:
        probes.run()
        before = len(probes.of(SENT))
        bonded.silence("eno1")
        probes.until(lambda: len(probes.of(SENT)) > before + MANY)
        bonded.speak("eno1")
        probes.run(10)
        probes.assert_in_order()
        lost = unanswered(probes)
        assert len(lost) >= MANY / 2
        assert lost == list(range(lost[0], lost[0] + len(lost))), "one gap"
        assert probes.of(FAILED) == probes.of(AGAIN) == {}


def flow_of(kind: str) -> Flow:
    port = {"icmp": None, "tcp": 9, "udp": 7}[kind]
    return Flow(Target(SWITCH_ADDRESS, kind, port), "bond0", None if kind == "icmp" else 40001)


SERVER = f"""
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("{SWITCH_ADDRESS}", 7))
    print("ready", flush=True)
    while True:
        server.sendto(*server.recvfrom(2048))
"""


@contextmanager
def echo_server(lab: Lab) -> Iterator[None]:
    """UDP echo on the switch."""
    argv = ["ip", "netns", "exec", lab.switch, *PYTHON, "-c", SERVER]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        try:
            yield
        finally:
            server.kill()


def test_a_late_answer_is_told_with_its_real_time(bonded: Lab) -> None:
    netem(bonded, "add", "delay", "1500ms")
    with probing(bonded, SWITCH) as probes:
        probes.run(10)
        sent, answered = probes.of(SENT), probes.of(ANSWERED)
        assert all(each.at - sent[number].at > LOST_AFTER_S for number, each in answered.items())
        assert list(answered)[:5] == [0, 1, 2, 3, 4]


def test_a_doubled_answer_is_told_twice(bonded: Lab) -> None:
    netem(bonded, "add", "duplicate", "100%")
    with probing(bonded, SWITCH) as probes:
        probes.run()
        probes.until(lambda: len(probes.of(AGAIN)) >= 20)
        assert list(probes.of(ANSWERED))[:20] == list(probes.of(AGAIN))[:20] == list(range(20))


def test_the_kernels_receive_time_does_not_wait_for_us(bonded: Lab) -> None:
    """Answers are read several at once; their times are still apart as the probes are."""
    with probing(bonded, SWITCH) as probes:
        probes.run(30)
        sent, answered = probes.of(SENT), probes.of(ANSWERED)
        trips = sorted(each.at - sent[number].at for number, each in answered.items())
        assert trips[len(trips) // 2] < PERIOD / 2


@pytest.fixture
def tagged(bonded: Lab) -> Lab:
    """VLAN 100 on the bond and on the switch, VLAN 200 on the bond alone."""
    bonded.batch(
        [
            "link add link bond0 name bond0.100 type vlan id 100",
            "address add 198.51.100.1/24 dev bond0.100",
            "link set bond0.100 up",
            "link add link bond0 name bond0.200 type vlan id 200",
            "link set bond0.200 up",
        ]
    )
    bonded.batch_on_switch(
        [
            "link add link partner-bond0 name tagged type vlan id 100",
            "address add 198.51.100.254/24 dev tagged",
            "link set tagged up",
        ]
    )
    return bonded


@pytest.mark.parametrize("kind", ["icmp", "udp", "tcp"])
def test_a_flow_is_bound_to_the_vlan_over_the_bond(tagged: Lab, kind: str) -> None:
    target = Target("198.51.100.254", kind, None if kind == "icmp" else 9)
    with probing(tagged, Flow(target, "bond0.100"), Flow(target, "bond0.200")) as probes:
        probes.run(5 if kind == "udp" else 20)  # the switch calls a port unreachable a few times only
        assert probes.of(SENT, 1)
        assert probes.of(ANSWERED, 1) == {}, "there is nobody"


def test_a_link_local_address_needs_its_interface(bonded: Lab) -> None:
    def address() -> str:
        (link,) = json.loads(bonded.on_switch("-j", "-6", "address", "show", "dev", "partner-bond0"))
        found = [each for each in link["addr_info"] if each["scope"] == "link" and not each.get("tentative")]
        return str(found[0]["local"]) if found else ""

    there = until(address, what="a link-local address on the switch")

    def usable() -> bool:
        (link,) = json.loads(bonded.ip("-j", "-6", "address", "show", "dev", "bond0"))
        return any(each["scope"] == "link" and not each.get("tentative") for each in link["addr_info"])

    until(usable, what="a link-local address on the bond")
    flows = [Flow(Target(f"{there}%bond0")), Flow(Target(there), "bond0"), Flow(Target(f"{there}%bond0", "tcp", 9))]
    with probing(bonded, *flows) as probes:
        for flow in range(3):
            probes.run(10, flow)


@pytest.mark.parametrize("kind", ["icmp", "udp"])
def test_the_word_of_a_router_is_no_answer(bonded: Lab, kind: str) -> None:
    """The switch routes and knows no way to the target, which it says."""
    bonded.ip("route", "add", "203.0.113.0/24", "via", SWITCH_ADDRESS)
    bonded.on_switch("route", "add", "unreachable", "203.0.113.0/24")
    for name, value in (("ip_forward", "1"), ("icmp_ratelimit", "0")):
        namespaces.within(bonded.switch, partial(Path(f"/proc/sys/net/ipv4/{name}").write_text, value))
    lost = Flow(Target("203.0.113.9", kind, None if kind == "icmp" else 7), "bond0")
    with probing(bonded, SWITCH, lost) as probes:
        probes.run(MANY)
        assert len(probes.of(SENT, 1)) >= MANY - 2
        assert probes.of(ANSWERED, 1) == probes.of(FAILED, 1) == {}


def test_while_the_bond_is_down_nothing_can_be_sent_and_then_it_goes_on(bonded: Lab) -> None:
    with probing(bonded, SWITCH) as probes:
        probes.run()
        bonded.ip("link", "set", "bond0", "down")
        probes.until(lambda: len(probes.of(FAILED)) >= MANY)
        bonded.ip("link", "set", "bond0", "up")
        probes.run()
        probes.assert_in_order()
        assert {each.error for each in probes.of(FAILED).values()} <= {errno.ENETUNREACH, errno.ENETDOWN}
        assert set(probes.of(FAILED)) & set(probes.of(ANSWERED)) == set()


def test_a_device_that_is_gone_is_told(bonded: Lab) -> None:
    bonded.ip("link", "add", "link", "bond0", "name", "bond0.7", "type", "vlan", "id", "7")
    bonded.ip("address", "add", "203.0.113.1/24", "dev", "bond0.7")
    bonded.ip("link", "set", "bond0.7", "up")
    with probing(bonded, Flow(Target("203.0.113.9"), "bond0.7")) as probes:
        probes.until(lambda: probes.of(SENT))
        bonded.ip("link", "delete", "bond0.7")
        probes.until(lambda: [each for each in probes.of(FAILED).values() if each.error == errno.ENODEV])


def allow(lab: Lab, groups: str) -> None:
    """Set who may send echo requests without a right of their own."""
    lab.within(lambda: Path("/proc/sys/net/ipv4/ping_group_range").write_text(groups, encoding="ascii"))


@pytest.mark.parametrize(("groups", "table"), [("1 0", "raw"), ("0 2147483647", "icmp")])
def test_root_uses_an_unprivileged_socket_where_it_may(bonded: Lab, groups: str, table: str) -> None:
    allow(bonded, groups)
    with probing(bonded, SWITCH._replace(source_port=4242)) as probes:
        probes.run()
        assert sockets(bonded, table) == 1
    assert sockets(bonded, table) == 0


def sockets(lab: Lab, table: str) -> int:
    text = lab.within(lambda: Path(f"/proc/thread-self/net/{table}").read_text(encoding="ascii"))
    return len(text.splitlines()) - 1


USER = f"""
import sys, time
from bondtui.model.probe import ANSWERED, Flow, Target
from bondtui.ports import ProbeError
from bondtui.system.prober import start_probes
try:
    stream = start_probes([Flow(Target("{SWITCH_ADDRESS}"), "bond0"), Flow(Target("{SWITCH_ADDRESS}", "tcp", 9), "bond0")], 0.02)
except ProbeError as error:
    sys.exit(str(error))
answered = set()
until = time.monotonic() + 20
while answered != {{0, 1}} and time.monotonic() < until:
    answered |= {{each.flow for each in stream.take() if each.kind == ANSWERED}}
    time.sleep(0.02)
print(sorted(answered), flush=True)
stream.stop()
"""


def as_user(lab: Lab) -> tuple[int, str]:
    """What comes of an ordinary user's probes."""
    argv = lab.argv(*PYTHON, "-c", USER, ordinary=True)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False, cwd="/")
    return done.returncode, (done.stdout + done.stderr).strip()


def test_an_ordinary_user_may_where_the_group_may(bonded: Lab) -> None:
    allow(bonded, "65534 65534")
    assert as_user(bonded) == (0, "[0, 1]")


def test_an_ordinary_user_is_refused_in_one_line_that_says_what_to_do(bonded: Lab) -> None:
    allow(bonded, "1 0")
    status, words = as_user(bonded)
    assert status == 1
    assert words == (
        "echo requests are not permitted: they need root (CAP_NET_RAW), "
        "or a group of this user in the sysctl net.ipv4.ping_group_range"
    )


@pytest.mark.parametrize("period", [PERIOD, 10.0])
def test_the_engine_ends_with_a_parent_that_is_killed(bonded: Lab, period: float) -> None:
    code = f"""
import time
from bondtui.model.probe import Flow, Target
from bondtui.system.prober import start_probes
print(start_probes([Flow(Target("{SWITCH_ADDRESS}"), "bond0")], {period}).pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen(bonded.argv(*PYTHON, "-c", code), stdout=subprocess.PIPE, cwd="/") as parent:
        assert parent.stdout is not None
        assert int(parent.stdout.readline()) > 0
        assert len(bonded.processes()) == 2
        parent.kill()
    until(lambda: bonded.processes() == [], what="the end of the engine")


@pytest.mark.usefixtures("bonded")
def test_it_sends_from_the_namespace_of_the_thread_that_started_it() -> None:
    with pytest.raises(ProbeError, match=r"^there is no interface bond0$"):
        start_probes([SWITCH], PERIOD)
