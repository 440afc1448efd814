"""What runs inside a lab: its end is never missed, its streams are passed on, its signals reach all of it."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys

import pytest

from bondtui.system.lab_channel import ERRORS, OUTPUT
from bondtui.system.lab_command import Command, Streams
from tests.kernel.waiting import until

PIPES, TERMINAL = Streams(False, False, 24, 80), Streams(True, False, 24, 80)


@pytest.mark.parametrize("streams", [None, PIPES, TERMINAL], ids=["own files", "pipes", "terminal"])
def test_the_end_of_a_quick_command_is_not_missed(streams: Streams | None) -> None:
    for _ in range(20):
        command = Command(["sh", "-c", "exit 3"], streams)
        os.waitid(os.P_PID, command.pid, os.WEXITED | os.WNOWAIT)
        gc.collect()
        subprocess.run(["true"], check=True)  # looks after processes that were left behind
        command.reap()
        assert command.status == 3


def test_a_signal_that_ended_it_is_told_as_a_shell_does() -> None:
    command = Command(["sh", "-c", "kill -9 $$"], PIPES)
    assert _ended(command) == 128 + signal.SIGKILL


def test_its_streams_are_told_apart_and_its_input_ends() -> None:
    command = Command([sys.executable, "-c", "import sys; print(len(sys.stdin.read())); sys.exit('wrong')"], PIPES)
    command.write(b"x" * 100_000)
    command.write(b"")
    said = {OUTPUT: b"", ERRORS: b""}
    while command.outputs:
        command.feed()
        for number, kind in list(command.outputs.items()):
            said[kind] += command.read(number)
    assert (said[OUTPUT], said[ERRORS]) == (b"100000\n", b"wrong\n")
    assert _ended(command) == 1


def test_a_terminal_has_the_size_that_it_was_given() -> None:
    command = Command(["stty", "size"], TERMINAL._replace(rows=17, columns=63))
    said = b""
    while command.outputs:
        said += b"".join(command.read(number) for number in list(command.outputs))
    assert said == b"17 63\r\n"
    assert _ended(command) == 0


@pytest.mark.parametrize("streams", [PIPES, TERMINAL], ids=["pipes", "terminal"])
def test_an_interrupt_reaches_what_a_shell_waits_for(streams: Streams) -> None:
    command = Command(["sh", "-c", "sh -c 'echo up; exec sleep 600'; echo after"], streams)
    said = b""

    def hears(word: bytes) -> bool:
        nonlocal said
        said += b"".join(command.read(number) for number in list(command.outputs))
        return word in said

    until(lambda: hears(b"up"), what="the inner shell")
    command.signal(signal.SIGINT)
    assert _ended(command) == 128 + signal.SIGINT
    assert not hears(b"after")


def test_a_program_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        Command(["/nonexistent"], TERMINAL)


def _ended(command: Command) -> int:
    def over() -> bool:
        command.reap()
        return command.status is not None

    until(over, what="its end")
    assert command.status is not None
    return command.status
