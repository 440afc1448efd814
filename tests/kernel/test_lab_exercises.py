"""Every exercise of docs/rehearsal.md, done as it is written there: its keys, its commands, its words, its script."""

from __future__ import annotations

import subprocess
from itertools import pairwise

import pytest

from tests.exercises import DOCUMENT, PRESS, SEE, Order, Script, exercises, is_shown
from tests.kernel.lab import BONDTUI, SCRATCH, environment
from tests.kernel.terminal import BRACKETED_PASTE, Terminal

EXERCISES = exercises(DOCUMENT.read_text(encoding="utf-8"))
KEYS = {"Enter": "enter", "Esc": "escape", "↓": "down"}
ALTERNATE_SCREEN = 1049
READS_KEYS = {ALTERNATE_SCREEN, BRACKETED_PASTE}
"""What the dashboard has switched on when it reads keys; a shell has only the second one."""
QUIT = "q"


@pytest.fixture(scope="module")
def at_home(_prepared: None) -> dict[str, str]:
    """The environment of somebody who has bondtui installed."""
    program = SCRATCH / "exercises/bondtui"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {" ".join(BONDTUI)} "$@"\n', encoding="ascii")
    program.chmod(0o755)
    made = dict(each.split("=", 1) for each in environment())
    return {**made, "PATH": f"{program.parent}:{made['PATH']}"}


@pytest.mark.parametrize("number", range(1, 6))
def test_an_exercise_goes_as_it_is_written(number: int, at_home: dict[str, str]) -> None:
    first, *orders = EXERCISES[number].orders
    script = EXERCISES[number].script
    argv = ["sh", "-c", f"exec {first.words[0]}"]
    with Terminal(argv, columns=100, rows=30, environment=at_home) as terminal:
        for order, following in pairwise([*orders, Order(SEE, (), "")]):
            follow(terminal, order, following)
        if script.beside:
            run(script, at_home)
            terminal.send(QUIT)
        assert terminal.wait_end() == 0
    if not script.beside:
        run(script, at_home)


def follow(terminal: Terminal, order: Order, following: Order) -> None:
    if order.verb == SEE:
        see(terminal, order)
        return
    if following.words and following.verb == SEE:
        terminal.wait_until(
            lambda screen: not all(is_shown(words, screen) for words in following.words),
            what=f"what is to be seen only after it: {order.step}",
        )
    if order.verb == PRESS:
        press(terminal, *order.words)
    else:
        terminal.send(*order.words, "enter")


def see(terminal: Terminal, order: Order) -> None:
    """Wait until each of the words has been on the screen."""
    missing = set(order.words)

    def all_seen(screen: str) -> bool:
        missing.difference_update({words for words in missing if is_shown(words, screen)})
        return not missing

    try:
        terminal.wait_until(all_seen, what="the words")
    except AssertionError as error:
        raise AssertionError(f"never on the screen: {sorted(missing)}, in: {order.step}\n{error}") from None


def press(terminal: Terminal, *keys: str) -> None:
    for key in keys:
        terminal.wait_until(lambda _: terminal.modes_left_on() >= READS_KEYS, what="keys being read")
        terminal.send(KEYS.get(key, key))
        if key == QUIT:
            terminal.wait_until(lambda _: has_left(terminal), what="the end of bondtui")


def has_left(terminal: Terminal) -> bool:
    """Whether the dashboard has ended, and where it was started from a shell, that reads again."""
    modes = terminal.modes_left_on() & READS_KEYS
    return modes == {BRACKETED_PASTE} or (not modes and terminal.process.poll() is not None)


def run(script: Script, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-c", script.commands],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == script.status, done.stdout
    assert [each for each in script.prints if each not in done.stdout] == [], done.stdout
