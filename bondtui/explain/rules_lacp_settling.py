"""Rules about 802.3ad ports that have not settled yet, or whose state says less than it seems to."""

from __future__ import annotations

from bondtui.explain.entry import AD, PROC, RULE, Entry
from bondtui.model.finding import CABLE, HOST, INFO, MEDIUM, SWITCH

_ACTOR = "cat /sys/class/net/eno1/bonding_slave/ad_actor_oper_port_state"
_CHURN = "IEEE 802.1AX-2020 6.4.13 (once IEEE 802.3 43.4.17)"

ENTRIES = (
    Entry(
        RULE,
        "BT039",
        ("lacp-churned",),
        "A port has not settled within a minute",
        means="A churn state is 'churned': for 60 s that end did not get into sync.",
        why="It is a sign, not a cause: the port carries nothing, for the reason that another rule names.",
        see=(PROC,),
        do="Treat BT030 to BT037 first; this one ends by itself.",
        source=f"{_CHURN}; {AD}, ad_churn_machine",
        severity=MEDIUM,
        side=(SWITCH, CABLE),
    ),
    Entry(
        RULE,
        "BT040",
        ("lacp-churn-history",),
        "A port was unsettled in the past",
        means="A churned count is above 0, and the churn state is none: it is fine now.",
        why="Benign by itself: a restart of the switch is enough.",
        see=(PROC,),
        do="Nothing. If the count grows, look at the log of the switch at that time.",
        source=f"{_CHURN}",
        severity=INFO,
    ),
    Entry(
        RULE,
        "BT066",
        ("stale-lacp-state",),
        "A dead port still shows a healthy LACP state",
        means="The slave is down, and its port state still has in sync, collecting and distributing set. Kernels before 7.2"
        " leave it as it was.",
        why="Benign: an artefact. It misleads people and scripts that look at the state alone.",
        see=(PROC, _ACTOR),
        do="Nothing. The state of a port counts only while its MII status is up.",
        source=f"{AD}, ad_rx_machine (AD_RX_PORT_DISABLED)",
        severity=INFO,
        side=(HOST,),
    ),
    Entry(
        RULE,
        "BT082",
        ("lacp-negotiating",),
        "LACP is still being negotiated",
        means="A port came up moments ago and is not yet in sync on both ends.",
        why="Benign: joining takes 2 to 5 s after the link is up, and the first choice of an aggregator up to 8 s.",
        see=(PROC,),
        do="Wait. If it lasts longer, BT033 or BT037 says so.",
        source=f"{AD}, AD_AGGREGATE_WAIT_TIME",
        severity=INFO,
    ),
    Entry(
        RULE,
        "BT084",
        ("churn-monitoring",),
        "The churn states read 'monitoring'",
        means="A port began less than a minute ago; the churn machines have not yet made up their mind.",
        why="Benign: every healthy port reads 'monitoring' for its first minute.",
        see=(PROC,),
        do="Nothing. After 60 s it is 'none' or 'churned' (BT039).",
        source=f"{_CHURN}; {AD}, ad_churn_machine",
        severity=INFO,
    ),
)
"""Findings that mostly end by themselves."""
