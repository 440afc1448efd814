"""The words of the help screen that are not keys: what the signs and columns mean."""

from __future__ import annotations

from bondtui.actions.guards import GUARDS
from bondtui.core.lacp import BITS
from bondtui.model.finding import AT_RISK, DEGRADED, DOWN, OK, WORDS
from bondtui.view.glyphs import Glyphs

DIALOG = (
    "shows the command that does the same, its undo, what the driver is predicted to do, and the longest outage"
    " that the bond's options allow; nothing is done before you answer"
)
DEAD_MANS_SWITCH = (
    "a process of its own that takes the change back when its time is up, whatever becomes of bondtui, of the"
    " terminal and of your connection; silence means revert"
)


def legend(glyphs: Glyphs) -> list[tuple[str, list[tuple[str, str]]]]:
    """Sections of (sign, meaning)."""
    levels = glyphs.levels
    return [
        (
            "Verdicts",
            [
                (f"{glyphs.ok} {WORDS[OK]}", "traffic is carried and something is left to fail over to"),
                (
                    f"{glyphs.warn} {WORDS[DEGRADED]}",
                    "a slave is missing and more than one is left, or traffic is troubled",
                ),
                (f"{glyphs.warn} {WORDS[AT_RISK]}", "one more failure and the bond carries nothing"),
                (f"{glyphs.bad} {WORDS[DOWN]}", "the bond carries no traffic"),
            ],
        ),
        (
            "Findings",
            [
                (f"{glyphs.bad} critical", "an outage, or nothing is left to fail over to"),
                (f"{glyphs.warn} high, medium", "the next failure may be an outage; it will hurt"),
                (f"{glyphs.note} low, info", "untidy; worth knowing and no fault"),
                ("because of BT031", "that finding explains this one, which is folded under it"),
                ("certain", "the kernel says so; likely: several signs fit together; possible: so would other things"),
                (
                    "lost if it dies",
                    "what goes if this slave's link dies now, and with it what shares its NIC or switch",
                ),
            ],
        ),
        (
            "Slaves",
            [
                ("ACTIVE", "the slave that the bond names as active; role is the kernel's word for the others"),
                ("shares", "balance-tlb and balance-alb: it carries its part of the traffic"),
                ("admin", "set up or down by a person (IFF_UP)"),
                ("carr", "carrier: the NIC sees a link partner"),
                ("MII", "the bonding driver's own opinion, after its delays: up, going down, down, going back"),
                ("fail", "link failures counted by the driver; +n are new since bondtui started"),
                (
                    f"{levels[0]}{levels[1]}{levels[-1]}",
                    "one sample per cell, newest right; all graphs share one ceiling",
                ),
                (f"'{glyphs.gap}'", "no sample: not yet, a beat was missed, or a counter was reset"),
                ("rx% tx%", "this slave's part of what all slaves of the bond carry"),
                ("agg", "aggregator the port is in (802.3ad)"),
                ("actor partner", "LACP state of our port and of the switch's:"),
                *((f"  {letter}", word) for _, letter, word in BITS),
                ("  a-gscd--", "small letters: the slave is not up, and these bits may be old"),
            ],
        ),
        (
            "Acting on a slave",
            [
                (f"{glyphs.chosen} eno1", "the highlighted slave, which d, u, a and D act on"),
                ("dialog", DIALOG),
                ("y n", "do it, or leave it; Enter presses what has the focus, which is Cancel at first"),
                ("name of the bond", "is typed, and Enter pressed, where a guard asks"),
                ("dead-man's switch", DEAD_MANS_SWITCH),
                ("k r", "keep the pending change, or take it back now"),
            ],
        ),
        ("Guards", list(GUARDS.items())),
        (
            "Events",
            [
                ("+93 ms", "time since the change that caused this one"),
                ("~", "seen on re-reading: it happened some time before, at most an interval"),
            ],
        ),
        (
            "Ping strip and drills",
            [
                (f"{glyphs.answered}", "a probe that was answered; one cell for each, newest right"),
                (
                    f"{glyphs.lost}",
                    f"a probe that was lost; {glyphs.late} its answer was late, {glyphs.unknown} not there yet",
                ),
                (f"'{glyphs.gap}'", "no probe was sent"),
                (f"{glyphs.mark}", "something happened to the bond at this time; the events tell what"),
                ("180 ms (100-300)", "how long nobody answered: the middle of what is possible, and its bounds"),
                ("never proven", "no drill has shown yet what the bond does when this slave fails"),
            ],
        ),
        (
            "Everywhere",
            [
                ("-", "the kernel does not tell"),
                ("STALE", "the data is older than it should be"),
                (
                    "LAB netns, uml",
                    "a throw-away network, in namespaces of this kernel or with a kernel of its own",
                ),
                ("SIMULATED", "nothing is about a real interface"),
            ],
        ),
    ]
