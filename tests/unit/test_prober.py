"""Probes over the loopback interface: what is told of them, and how their process lives and dies."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from bondtui.core import probe_wire
from bondtui.core.probe_wire import RECORD
from bondtui.model.probe import AGAIN, ANSWERED, FAILED, SENT, Flow, Target
from bondtui.ports import ProbeError
from bondtui.system.prober import ProbeStream, start_probes
from tests.probes import PATIENCE, PERIOD, Probes, probing

ROOT = Path(__file__).parents[2]
NOBODY = Flow(Target("192.0.2.9"), "lo")
"""Bound to the loopback interface, where nobody has this address (RFC 5737)."""


def may_ping() -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP).close()
        except PermissionError:
            continue
        return True
    return False


needs_ping = pytest.mark.skipif(not may_ping(), reason="no right to send echo requests here")


class Server:
    """A UDP service of the test's own, in a thread."""

    def __init__(self, address: str, answers: Callable[[bytes], Sequence[bytes]]) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self.port = int(self._socket.getsockname()[1])
        self.senders: list[int] = []
        self._thread = threading.Thread(target=self._serve, args=(answers,), daemon=True)
        self._thread.start()

    def _serve(self, answers: Callable[[bytes], Sequence[bytes]]) -> None:
        while True:
            data, sender = self._socket.recvfrom(2048)
            if data == b"end":
                return
            self.senders.append(sender[1])
            for each in answers(data):
                self._socket.sendto(each, sender)

    def close(self) -> None:
        self._socket.sendto(b"end", self._socket.getsockname())
        self._thread.join()
        self._socket.close()


@contextlib.contextmanager
def serving(address: str, answers: Callable[[bytes], Sequence[bytes]]) -> Iterator[Server]:
    server = Server(address, answers)
    try:
        yield server
    finally:
        server.close()


def free_port(kind: int = socket.SOCK_STREAM, address: str = "127.0.0.1") -> int:
    """One that nobody listens at."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind) as asked:
        asked.bind((address, 0))
        return int(asked.getsockname()[1])


BOTH = pytest.mark.parametrize("address", ["127.0.0.1", "::1"])


@needs_ping
@BOTH
@pytest.mark.parametrize("identifier", [None, 4242])
def test_echo_requests_are_answered(address: str, identifier: int | None) -> None:
    with probing(Flow(Target(address), "", identifier)) as probes:
        probes.run()
        probes.assert_in_order()
        assert set(probes.of(ANSWERED)) >= set(range(20))


@needs_ping
def test_two_flows_to_one_host_and_another_engine_do_not_take_each_others_answers() -> None:
    flow = Flow(Target("127.0.0.1"), "", 4243)
    with probing(flow, flow, period=0.001) as probes, probing(Flow(Target("127.0.0.1"))) as others:
        probes.run(40, 0)
        probes.run(40, 1)
        others.run()
        for flow_number in (0, 1):
            probes.assert_in_order(flow_number)
        assert probes.of(AGAIN) == probes.of(AGAIN, 1) == {}
        assert others.of(AGAIN) == {}


@needs_ping
def test_a_slow_period_tells_an_answer_as_soon_as_it_is_there() -> None:
    with probing(Flow(Target("127.0.0.1")), period=10.0) as probes:
        probes.run(1)
        assert len(probes.of(SENT)) == 1


@needs_ping
def test_what_nobody_answers_is_sent_and_that_is_all() -> None:
    with probing(NOBODY) as probes:
        probes.until(lambda: len(probes.of(SENT)) >= 20)
        assert {each.kind for each in probes.news} == {SENT}


@needs_ping
def test_what_cannot_be_sent_has_failed_and_counts_on() -> None:
    with probing(Flow(Target("255.255.255.255"), "lo")) as probes:
        probes.until(lambda: len(probes.of(FAILED)) >= 10)
        assert {each.error for each in probes.of(FAILED).values()} == {errno.EACCES}
        probes.assert_in_order()
        assert set(probes.of(FAILED)) <= set(probes.of(SENT))


@BOTH
def test_a_udp_echo_is_an_answer(address: str) -> None:
    with serving(address, lambda data: [data]) as server:
        port = free_port(socket.SOCK_DGRAM, address)
        with probing(Flow(Target(address, "udp", server.port), "", port)) as probes:
            probes.run()
            probes.assert_in_order()
            assert probes.of(AGAIN) == {}
            assert set(server.senders) == {port}


def test_a_udp_answer_of_another_kind_does_not_count_and_a_second_one_is_told_as_such() -> None:
    def answers(data: bytes) -> list[bytes]:
        return [b"no", data[::-1], data + b"!"] if data[-1] % 2 else [data, data]

    with serving("127.0.0.1", answers) as server, probing(Flow(Target("127.0.0.1", "udp", server.port))) as probes:
        probes.run()
        probes.until(lambda: len(probes.of(AGAIN)) >= 20)
        assert all(number % 2 == 0 for number in (*probes.of(ANSWERED), *probes.of(AGAIN)))


@BOTH
def test_a_port_that_the_target_itself_calls_unreachable_was_reached(address: str) -> None:
    with probing(Flow(Target(address, "udp", free_port(socket.SOCK_DGRAM, address)))) as probes:
        probes.run()
        probes.assert_in_order()
        assert set(probes.of(ANSWERED)) >= set(range(20)), "none is taken for another"
        assert probes.of(FAILED) == probes.of(AGAIN) == {}


@BOTH
def test_a_refused_connect_is_an_answer(address: str) -> None:
    with probing(Flow(Target(address, "tcp", free_port(address=address)))) as probes:
        probes.run()
        probes.assert_in_order()
        assert probes.of(FAILED) == {}


@BOTH
@pytest.mark.parametrize("fixed", [False, True])
def test_an_accepted_connect_is_an_answer_and_is_reset_at_once(address: str, fixed: bool) -> None:
    port = free_port(address=address) if fixed else None
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with (
        socket.create_server((address, 0), family=family) as listening,
        probing(Flow(Target(address, "tcp", listening.getsockname()[1]), "", port)) as probes,
    ):
        sources = set()
        for _ in range(20):
            taken, source = listening.accept()
            sources.add(source[1])
            taken.settimeout(PATIENCE)
            with taken, pytest.raises(ConnectionResetError):
                taken.recv(1)
        assert len(sources) == 1, "one flow, one port"
        assert port is None or sources == {port}
        probes.run()
        probes.assert_in_order()
        assert probes.of(FAILED) == {}


def test_a_connect_that_nobody_answers_holds_up_neither_itself_for_ever_nor_others() -> None:
    lost = Flow(Target("192.0.2.9", "tcp", 7), "lo", free_port())
    with probing(lost, Flow(Target("127.0.0.1", "tcp", free_port()))) as probes:
        probes.until(lambda: len(probes.of(SENT)) >= 3)
        assert len(probes.of(ANSWERED, 1)) > 50
        assert probes.of(ANSWERED) == probes.of(FAILED) == {}


def test_only_chosen_flows_are_sent() -> None:
    target = Target("127.0.0.1", "udp", free_port(socket.SOCK_DGRAM))
    with probing(Flow(target), Flow(target)) as probes:
        probes.run(5, 0)
        probes.run(5, 1)
        probes.stream.choose([1])
        probes.until(lambda: {each.flow for each in probes.news[-40:]} == {1})
        probes.stream.choose([])
        quiet = deque([True] * 20, maxlen=20)
        while any(quiet):
            quiet.append(bool(probes.stream.take()))
            time.sleep(0.001)
        probes.news.clear()
        probes.stream.choose(None)
        probes.run(5, 0)
        probes.run(5, 1)


@pytest.mark.parametrize(
    ("flow", "period", "words"),
    [
        (Flow(Target("gateway.example")), 1.0, "gateway.example is no IP address"),
        (Flow(Target("192.0.2.1%lo")), 1.0, "192.0.2.1%lo is no IP address"),
        (Flow(Target("fe80::1%nosuch0", "udp", 7)), 1.0, "fe80::1%nosuch0: there is no interface nosuch0"),
        (Flow(Target("192.0.2.1", "udp", 7), "nosuch0"), 1.0, "there is no interface nosuch0"),
        (Flow(Target("192.0.2.1", "tcp")), 1.0, "192.0.2.1: a tcp probe needs a port"),
        (Flow(Target("192.0.2.1")), 0.0005, "a probe every 0.0005 s: the period must be from 0.001 to 10 s"),
    ],
)
def test_what_cannot_be_started_says_why_in_one_line(flow: Flow, period: float, words: str) -> None:
    with pytest.raises(ProbeError) as raised:
        start_probes([flow], period)
    assert str(raised.value) == words


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_a_port_in_use_is_told_at_the_start(kind: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as user:
        user.bind(("", 0))
        port = user.getsockname()[1]
        with pytest.raises(ProbeError, match=f"^{kind} port {port} is in use on this machine$"):
            start_probes([Flow(Target("127.0.0.1", kind, 7), "", port)], PERIOD)


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


UDP = Flow(Target("127.0.0.1", "udp", 9))


def test_stop_leaves_nothing_behind_and_may_be_called_twice() -> None:
    before = open_files()
    stream = start_probes([UDP], PERIOD)
    stream.stop()
    stream.stop()
    stream.choose([0])
    assert stream.take() == ()
    assert open_files() == before
    with pytest.raises(ChildProcessError):
        os.waitpid(stream.pid, os.WNOHANG)


def test_a_start_that_is_refused_leaves_nothing_behind() -> None:
    before, children = open_files(), psutil.Process().children()
    with pytest.raises(ProbeError):
        start_probes([UDP._replace(device="nosuch0")], PERIOD)
    assert open_files() == before
    assert set(psutil.Process().children()) <= set(children)


def test_an_engine_that_ends_by_itself_is_told_after_its_last_news() -> None:
    probes = Probes([UDP])
    probes.run()
    os.kill(probes.stream.pid, signal.SIGKILL)
    with pytest.raises(ProbeError, match=r"^the probes have ended: their process has ended without a word$"):
        probes.until(lambda: False)
    probes.assert_in_order()
    probes.stream.stop()


def test_take_and_stop_may_come_from_different_threads() -> None:
    for _ in range(5):
        stream = start_probes([UDP], 0.001)
        begun = threading.Event()
        errors: list[object] = []

        def take(stream: ProbeStream = stream, begun: threading.Event = begun, errors: list[object] = errors) -> None:
            try:
                for _ in range(3000):
                    stream.take()
                    begun.set()
            except (ProbeError, OSError, ValueError) as error:
                errors.append(error)

        taking = threading.Thread(target=take)
        taking.start()
        assert begun.wait(PATIENCE)
        stream.stop()
        taking.join()
        assert errors == []


def test_the_signals_of_a_terminal_do_not_end_it() -> None:
    with probing(UDP) as probes:
        assert os.getsid(probes.stream.pid) == probes.stream.pid
        for number in (signal.SIGINT, signal.SIGHUP):
            os.kill(probes.stream.pid, number)
        probes.run()
        probes.run()


PARENT = """
import os, sys, time
from bondtui.model.probe import Flow, Target
from bondtui.system.prober import start_probes
stream = start_probes([Flow(Target("127.0.0.1", "udp", 9))], float(sys.argv[1]))
child = os.fork() if sys.argv[2] == "fork" else 1
if child:
    print(stream.pid, child, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize(("period", "fork"), [("0.005", ""), ("10", ""), ("0.005", "fork")])
def test_it_does_not_outlive_a_parent_that_is_killed(period: str, fork: str) -> None:
    """Not even one whose child, which was never told to, still holds the other ends of its pipes."""
    argv = [sys.executable, "-c", PARENT, period, fork]
    parent = subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=ROOT, text=True)
    with parent:
        assert parent.stdout is not None
        pid, child = (int(word) for word in parent.stdout.readline().split())
        engine = os.pidfd_open(pid)
        parent.kill()
        parent.wait()
        try:
            assert select.select([engine], [], [], PATIENCE)[0], "it still runs"
        finally:
            os.close(engine)
            if fork:
                os.kill(child, signal.SIGKILL)


def test_a_full_pipe_holds_up_no_probe_and_loses_no_news() -> None:
    with serving("127.0.0.1", lambda data: [data]) as server:
        word = probe_wire.word_of(Flow(Target("127.0.0.1", "udp", server.port)))
        argv = [sys.executable, "-m", "bondtui.system.probe_engine", "1000000", word]
        reading, writing = os.pipe()
        size = fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
        engine = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=writing, cwd=ROOT)
        os.close(writing)
        with engine:
            deadline = time.monotonic() + PATIENCE
            while len(server.senders) * 2 * RECORD.size < 3 * size:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            data = b""
            while len(data) < 3 * size:
                data += os.read(reading, 1 << 16)
            assert engine.stdin is not None
            engine.stdin.close()
        os.close(reading)
    news, _ = probe_wire.news(data)
    sent = [each.number for each in news if each.kind == SENT]
    assert sent == list(range(len(sent)))


@needs_ping
def test_news_are_taken_in_the_order_in_which_it_happened() -> None:
    with probing(Flow(Target("127.0.0.1"))) as probes:
        for _ in range(3):
            probes.run(20)
            probes.news.clear()
            probes.until(lambda: len(probes.news) >= 20)
            times = [each.at for each in probes.news[:20]]
            assert times == sorted(times)
