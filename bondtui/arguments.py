"""The command line: what may be said, and one clear line for what may not."""

from __future__ import annotations

import argparse
from typing import NoReturn

from bondtui import __version__
from bondtui.arguments_drill import add_drill
from bondtui.arguments_triage import CHECK, EXPLAIN, add_check, add_explain, add_proc, check_epilog, not_both
from bondtui.core.words import printable
from bondtui.model.action import ACTIVATE, DOWN, LONGEST_REVERT_S, REVERT_AFTER_S, SHORTEST_REVERT_S, UP
from bondtui.options import Options
from bondtui.simulated.scenarios import DEFAULT, SCENARIOS

WRONG_USAGE = 64
SHORTEST_INTERVAL, LONGEST_INTERVAL = 0.1, 60.0
DESCRIPTION = """\
A terminal dashboard for Linux NIC bonding: what is wrong, which slave carries the traffic, and what
just happened. It changes a link only when you ask for it, and takes that back by itself unless you keep it.

  bondtui [BOND]                 the dashboard
  bondtui status [BOND ...]      everything known, once, as text or JSON
  bondtui check [BOND ...]       what is wrong and what to do, once; for cron, Nagios, and texts from elsewhere
  bondtui explain [WORD ...]     what a rule, a field or a mode means
  bondtui down BOND SLAVE        set a slave down; up again by itself unless kept
  bondtui up BOND SLAVE          set a slave up
  bondtui activate BOND SLAVE    change the active slave; back again by itself unless kept
  bondtui pending|keep|revert    the one pending change of this network namespace
  bondtui drill BOND             rehearse a failover and measure the outage; the link comes back by itself
  bondtui history [BOND]         when each slave was last proven, and with what outage
  bondtui lab [-- COMMAND]       real bonds in a throw-away network, to learn and to rehearse on
"""
EPILOG = """\
Exit status: 0 fine, 1 a check with a warning, or a drill that missed its objective, proved nothing or was
interrupted, 2 a check with something critical, 3 cannot observe (no such bond, no bonding driver, unreadable input,
nothing pending), 4 refused by a guard or by the kernel, or things changed, 5 not permitted (CAP_NET_ADMIN missing),
64 wrong usage.
"""
ACTIONS = {
    DOWN: "Set a slave down, to rehearse its failure. It is set up again by itself unless the change is kept.",
    UP: "Set a slave up.",
    ACTIVATE: "Make a slave the active one. The one before becomes active again by itself unless the change is kept.",
}
SETTLING = {
    "pending": "Show the pending change: how many seconds are left, and the exact undo.",
    "keep": "Have the pending change stay.",
    "revert": "Take the pending change back now.",
}

DRILLS = {
    "drill": "Rehearse a failover under a running ping and measure the outage, there and back. Every change to a link is "
    "guarded, and is taken back by itself when bondtui is stopped, killed or cut off.",
    "history": "Show for each slave when its failover was last proven, with what outage and verdict.",
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line and ends with the documented status."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USAGE, f"bondtui: {printable(message)}; see '{self.prog} --help'\n")


def parse(arguments: list[str]) -> Options:
    """The command and its options; ends the program on --help, --version and mistakes."""
    command = arguments[0] if arguments else ""
    if command == "status":
        parser = _status()
        return not_both(parser, parser.parse_args(arguments[1:], Options(command)))
    if command == "check":
        parser = _check()
        return not_both(parser, parser.parse_args(arguments[1:], Options(command)))
    if command == "explain":
        return _explain().parse_args(arguments[1:], Options(command))
    if command in ACTIONS:
        return _action(command).parse_args(arguments[1:], Options(command))
    if command in SETTLING:
        return _settling(command).parse_args(arguments[1:], Options(command))
    if command == "drill":
        return _drill().parse_args(arguments[1:], Options(command))
    if command == "lab":
        return _lab(arguments[1:])
    if command == "history":
        return _history().parse_args(arguments[1:], Options(command))
    return _dashboard().parse_args(arguments, Options())


def _dashboard() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="bondtui",
        description=DESCRIPTION,
        epilog=f"{_scenarios()}\n\n{EPILOG}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("bond", nargs="?", metavar="BOND", help="look at this bond first")
    _add_demo(parser)
    parser.add_argument("--interval", type=_interval, metavar="SECONDS", help="read everything so often (0.1 to 60; 1)")
    _add_revert_after(parser, "an action of the dashboard")
    parser.add_argument("--read-only", action="store_true", help="offer no action that changes a link")
    parser.add_argument("--version", action="version", version=f"bondtui {__version__}")
    return parser


def _status() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="bondtui status",
        description="Print everything known about the bonds, once.",
        epilog=EPILOG,
        allow_abbrev=False,
    )
    parser.add_argument("bonds", nargs="*", metavar="BOND", help="only these bonds")
    parser.add_argument("--json", action="store_true", help="one JSON document, for machines")
    add_proc(parser)
    _add_demo(parser)
    return parser


def _check() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="bondtui check",
        description=CHECK,
        epilog=check_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_check(parser)
    _add_demo(parser)
    return parser


def _explain() -> argparse.ArgumentParser:
    parser = _Parser(prog="bondtui explain", description=EXPLAIN, epilog=EPILOG, allow_abbrev=False)
    add_explain(parser)
    return parser


def _action(command: str) -> argparse.ArgumentParser:
    parser = _Parser(prog=f"bondtui {command}", description=ACTIONS[command], epilog=EPILOG, allow_abbrev=False)
    parser.add_argument("bond", metavar="BOND")
    parser.add_argument("slave", metavar="SLAVE")
    if command != UP:
        _add_revert_after(parser, "the change")
    parser.add_argument("--dry-run", action="store_true", help="print the plan and do nothing")
    parser.add_argument("--json", action="store_true", help="one JSON document, for machines")
    parser.add_argument("--yes", action="store_true", help="do it; without this you are asked, or nothing is done")
    parser.add_argument("--confirm", metavar="BOND", help="the bond's name, where a guard asks for it")
    _add_demo(parser)
    return parser


def _drill() -> argparse.ArgumentParser:
    parser = _Parser(prog="bondtui drill", description=DRILLS["drill"], epilog=EPILOG, allow_abbrev=False)
    parser.add_argument("bond", metavar="BOND")
    add_drill(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document, for machines")
    _add_demo(parser)
    parser.add_argument("--yes", action="store_true", help="do it; without this you are asked, or nothing is done")
    parser.add_argument("--confirm", metavar="BOND", help="the bond's name, where a guard asks for it")
    return parser


def _history() -> argparse.ArgumentParser:
    parser = _Parser(prog="bondtui history", description=DRILLS["history"], epilog=EPILOG, allow_abbrev=False)
    parser.add_argument("bond", nargs="?", metavar="BOND", help="only this bond")
    parser.add_argument("--json", action="store_true", help="one JSON document, for machines")
    return parser


def _lab(words: list[str]) -> Options:
    from bondtui.arguments_lab import (  # noqa: PLC0415 - not needed for the first frame
        LAB,
        USAGE,
        add_lab,
        lab_epilog,
        parse_lab,
    )

    parser = _Parser(
        prog="bondtui lab",
        usage=USAGE,
        description=LAB,
        epilog=lab_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_lab(parser)
    return parse_lab(parser, words)


def _settling(command: str) -> argparse.ArgumentParser:
    parser = _Parser(prog=f"bondtui {command}", description=SETTLING[command], epilog=EPILOG, allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="one JSON document, for machines")
    return parser


def _add_revert_after(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "--revert-after",
        type=_revert_after,
        metavar="SECONDS",
        help=f"take {what} back after so long unless it is kept "
        f"({SHORTEST_REVERT_S:g} to {LONGEST_REVERT_S:g}; {REVERT_AFTER_S:g})",
    )


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--demo",
        nargs="?",
        const=DEFAULT,
        choices=tuple(SCENARIOS),
        metavar="SCENARIO",
        help=f"a simulated driver instead of the kernel: {', '.join(SCENARIOS)} ({DEFAULT})",
    )


def _scenarios() -> str:
    lines = (f"  {name:<15} {summary}" for name, summary in SCENARIOS.items())
    return "scenarios of --demo:\n" + "\n".join(lines)


def _interval(text: str) -> float:
    return _seconds(text, SHORTEST_INTERVAL, LONGEST_INTERVAL)


def _revert_after(text: str) -> float:
    return _seconds(text, SHORTEST_REVERT_S, LONGEST_REVERT_S)


def _seconds(text: str, least: float, most: float) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not least <= seconds <= most:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds from {least:g} to {most:g}")
    return seconds
