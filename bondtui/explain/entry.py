"""What one thing is: a rule, an option, a field, a mode, a bit, a verdict, a guard."""

from __future__ import annotations

from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bondtui.model.finding import Fix

VERDICT, RULE, MODE, BIT = "verdict", "rule", "mode", "bit"
LACP, OPTION, FIELD, GUARD = "LACP", "option", "field", "guard"
KINDS = (VERDICT, RULE, MODE, BIT, LACP, OPTION, FIELD, GUARD)
"""The groups, in the order in which they are listed."""
HEADINGS = {
    VERDICT: "Verdicts, and the words of a finding",
    RULE: "Rules",
    MODE: "Modes",
    BIT: "LACP: the bits of the port state",
    LACP: "LACP: words and fields",
    OPTION: "Options of the driver",
    FIELD: "Fields on the screen, in JSON and in /proc/net/bonding",
    GUARD: "Guards of what changes a link",
}

PROC = "cat /proc/net/bonding/bond0"
BOND = "ip -d link show dev bond0"
SLAVE = "ip -d link show dev eno1"
COUNTERS = "ip -s -s link show dev eno1"
ETHTOOL = "ethtool eno1"
STATISTICS = "ethtool -S eno1"
KERNEL_LOG = "journalctl -k -g bond0"
LACPDUS = "ip stats show dev eno1 group xstats_slave subgroup bond"
LLDP = "lldpctl eno1"

RST = "Documentation/networking/bonding.rst"
MAIN = "drivers/net/bonding/bond_main.c"
AD = "drivers/net/bonding/bond_3ad.c"
ALB = "drivers/net/bonding/bond_alb.c"
OPTIONS = "drivers/net/bonding/bond_options.c"
PROCFS = "drivers/net/bonding/bond_procfs.c"
NETLINK = "drivers/net/bonding/bond_netlink.c"


class Entry(NamedTuple):
    """One entry. Texts are plain and unwrapped; ``bond0`` and ``eno1`` stand for any bond and slave."""

    kind: str
    name: str
    """What it is called, as it is written on the screen, in JSON or by the kernel."""
    also: tuple[str, ...]
    """Other names that find it."""
    title: str
    """What it is, in a few words."""
    means: str
    why: str = ""
    """Why it matters."""
    see: tuple[str, ...] = ()
    """Exact commands that show it and change nothing."""
    do: str = ""
    source: str = ""
    """Kernel files, sections of the kernel's documentation, clauses of standards, manual pages."""
    severity: str = ""
    """Of a rule: one of ``model.finding.SEVERITIES``."""
    side: tuple[str, ...] = ()
    """Of a rule: whose side it can be on, of ``model.finding.SIDES``; empty where nobody has to do anything."""
    limit: str = ""
    """Of a rule: what bondtui cannot tell, and why."""
    fix: Fix | None = None
    """Of a rule: a typical permanent fix."""
