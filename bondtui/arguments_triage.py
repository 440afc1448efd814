"""The options of ``bondtui status --proc``, ``bondtui check`` and ``bondtui explain``."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Mapping

from bondtui.options import SETTINGS_FILE, Options
from bondtui.report.grade import Levels
from bondtui.triage.limits import Limits

CHECK = """\
Judge every bond by the rules of the dashboard and say it once: for people, as JSON, or as one line for Nagios. The
worst bond comes first, with its verdict, what is lost next, and every finding with its evidence and the next safe step.

  bondtui check                      the bonds of this machine
  bondtui check bond0 --nagios       one bond, one line with performance data
  bondtui check --proc FILE          a copy of /proc/net/bonding/bond0; '-' is standard input, such as a paste
  bondtui check --sos DIR            an unpacked sosreport, or its .tar.xz

Nothing is changed, and root is not needed, but without CAP_NET_ADMIN the kernel hides the LACP partner. An 802.3ad bond
whose ports still negotiate is watched until they have settled, for 10 seconds at most.
"""
CHECK_EPILOG = """\
settings:
  {file} is read if it is there, or the file that --config names. It says which rules
  are muted (mute = ["BT055", "same-nic"], for all bonds or for one), the thresholds of the rules, and from which
  severity on a finding is a warning or critical. The verdict cannot be muted, but a bond can be left out.
  'bondtui explain' lists the rules, 'bondtui explain RULE' tells what to do. Every key, with its default:

{keys}

Exit status: 0 fine; 1 warning: a finding of severity high or medium, or a bond that is degraded or one failure from
loss; 2 critical: a critical finding, or a bond that is down; 3 cannot tell: no such bond, no bond at all, no bonding
driver, or what was read does not tell; critical and warning go before it. 64 wrong usage, or a mistake in the settings
(with --nagios such a mistake is UNKNOWN, 3).
"""
EXPLAIN = "Tell what a rule, a field of the screen, a bonding mode or an LACP bit means, why it matters and what to do."


def check_epilog() -> str:
    """What stands below the options of ``bondtui check``."""
    limits = textwrap.wrap(_defaults(Limits()._asdict()), 90, break_long_words=False, break_on_hyphens=False)
    keys = (
        'no_bonds = "unknown", mute = []',
        f"[severity]  {_defaults(Levels()._asdict())}",
        f"[limits]    {f'{chr(10)}                '.join(limits)}",
        "[bond.NAME] ignore = false, mute = [], and [bond.NAME.limits] with the keys of [limits]",
    )
    return CHECK_EPILOG.format(file=SETTINGS_FILE, keys="\n".join(f"    {each}" for each in keys))


def _defaults(values: Mapping[str, object]) -> str:
    """As TOML."""
    spelled = {key: f'"{value}"' if isinstance(value, str) else value for key, value in values.items()}
    return ", ".join(f"{key} = {value}" for key, value in spelled.items())


def add_check(parser: argparse.ArgumentParser) -> None:
    """All of them but ``--demo``."""
    parser.add_argument("bonds", nargs="*", metavar="BOND", help="only these bonds")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON document, for machines")
    form.add_argument("--nagios", action="store_true", help="one line with performance data, for monitoring")
    add_proc(parser)
    parser.add_argument(
        "--sos",
        action="extend",
        nargs="+",
        type=_path,
        metavar="DIR",
        help="judge the machine of this sosreport, a folder or .tar.xz; also together with --proc",
    )
    parser.add_argument("--config", type=_path, metavar="FILE", help="settings instead of those in /etc")


def add_proc(parser: argparse.ArgumentParser) -> None:
    """Texts instead of the kernel."""
    parser.add_argument(
        "--proc",
        action="extend",
        nargs="+",
        type=_path,
        metavar="FILE",
        help="read copies of /proc/net/bonding/BOND instead of the kernel; '-' is standard input; any BOND goes before it",
    )


def add_explain(parser: argparse.ArgumentParser) -> None:
    """What is asked for."""
    parser.add_argument("words", nargs="*", metavar="WORD", help="such as BT001, no-monitor, miimon, 802.3ad (a list)")


def not_both(parser: argparse.ArgumentParser, options: Options) -> Options:
    """End the program where texts and a simulated driver are asked for at once."""
    if options.demo is not None and (options.proc or options.sos):
        parser.error("--demo is a simulated machine: it cannot be read from --proc or --sos")
    return options


def _path(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return text
