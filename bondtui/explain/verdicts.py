"""Verdicts and the words of a finding; the guards of actions."""

from __future__ import annotations

from bondtui.actions.guards import GUARDS
from bondtui.explain.entry import GUARD, VERDICT, Entry
from bondtui.model.finding import AT_RISK, DEGRADED, DOWN, OK, UNKNOWN, VERDICTS, WORDS

_SEE = ("bondtui check", "bondtui status")
_VERDICTS = {
    OK: (
        "All slaves can carry traffic, and there are two or more. Findings may still be there: the sentence names the worst.",
        "Nothing. Redundancy is proved by a drill only: 'bondtui drill bond0'.",
    ),
    UNKNOWN: (
        "What the kernel or a text tells is not enough to say. It is neither good news nor bad.",
        "Look at what is hidden (CAP_NET_ADMIN) or missing in the text, or wait until a port has settled.",
    ),
    DEGRADED: (
        "A slave cannot carry traffic, and two or more others can.",
        "Repair what the first finding names, before another slave goes.",
    ),
    AT_RISK: (
        "One more failure ends all traffic: one slave is left, or no monitor would notice, or no LACP partner answers.",
        "Touch nothing that works. Repair the slave that is missing, or what all slaves share.",
    ),
    DOWN: (
        "The bond carries no traffic, or sends it where nobody gets it.",
        "Do the next step of the first finding: it is the root cause.",
    ),
}

ENTRIES = (
    *(
        Entry(
            VERDICT,
            WORDS[rank],
            (VERDICTS[rank], "verdict"),
            f"The verdict: {VERDICTS[rank]}",
            means=means,
            see=_SEE,
            do=do,
            source="bondtui/triage/verdict.py",
        )
        for rank, (means, do) in _VERDICTS.items()
    ),
    Entry(
        VERDICT,
        "severity",
        ("info", "low", "medium", "high", "critical"),
        "How bad a finding is",
        means="critical: an outage, or nothing left to fail over to. high: the next failure may be an outage, or a slave is wasted."
        " medium: it will hurt. low: untidy. info: worth knowing, no fault.",
        do="'bondtui check' ends with 2 on critical, 1 on high and medium; both can be set in its file.",
    ),
    Entry(
        VERDICT,
        "side",
        ("host", "cable", "switch", "configuration", "unknown"),
        "Where somebody has to do something",
        means="host: this machine now. cable: cable, optic, patch panel. switch: the other end. configuration: the settings of this"
        " bond. unknown: it cannot be told from here.",
    ),
    Entry(
        VERDICT,
        "confidence",
        ("certain", "likely", "possible"),
        "How sure a finding is",
        means="certain: the kernel says so. likely: several signs fit together. possible: it would look like this, and other things"
        " would too.",
    ),
    Entry(
        VERDICT,
        "what_if",
        ("what if", "lost", "words", "alone", "nothing", "capacity", "everything", "shared"),
        "What is lost if this slave dies now",
        means="nothing: the others carry it all. capacity: traffic goes on with less. everything: an outage. unknown: it cannot be told, as"
        " with a port that would be used without LACP partner. 'alone' is this slave's link by itself; 'lost' counts as one what it shares with others: NIC, bus device, switch.",
        why="MII alone is not enough: a port that is up but not in sync saves nobody, so the LACP bits of both ends count.",
        see=("bondtui check --json",),
    ),
    Entry(
        VERDICT,
        "findings",
        ("finding", "rule", "subject", "summary", "evidence", "because_of", "name"),
        "What the rules have found",
        means="rule and name say which one, subject which bond or slave, summary what is wrong, evidence the observed values in the"
        " kernel's words. because_of names the rule that explains this one, which is then folded under it.",
        see=("bondtui check --json",),
    ),
    Entry(
        VERDICT,
        "next_step",
        ("next step", "consequence", "sentence"),
        "What to do now, and why",
        means="sentence: the one thing that matters about the bond. consequence: what is lost next. next_step: the next safe step; an"
        " exact command that changes nothing comes first, in quotes.",
    ),
    Entry(
        VERDICT,
        "fix",
        ("permanent fix",),
        "What the permanent configuration should say",
        means="Spelled for systemd-networkd, NetworkManager, netplan and ifupdown. It is shown and never run or written.",
    ),
    Entry(
        VERDICT,
        "exit_status",
        ("status", "exit status"),
        "How a check ends, for cron and Nagios",
        means="0 ok: no finding that counts. 1 warning: one of severity high or medium, or the verdict degraded or one failure from"
        " loss. 2 critical: a critical one, or down. 3 unknown: cannot tell. The settings of the check can change which"
        " severity counts.",
        see=("bondtui check bond0; echo $?",),
    ),
    Entry(
        VERDICT,
        "settings",
        ("muted", "missing", "ignored", "mute", "thresholds"),
        "What a check was told to do otherwise",
        means="settings: the file that was read. muted: rules that say nothing. missing: bonds that were asked for and are not"
        " there. ignored: bonds that the settings leave out.",
        do="Every key of the file is explained in docs/check.toml.",
    ),
    Entry(
        VERDICT,
        "unread",
        ("unread lines", "unknown lines", "source", "line", "text", "why"),
        "What of a text could not be read",
        means="Source, number of the line, its text and why. Such a line is kept and reported, never guessed at.",
        see=("bondtui check --proc FILE --json",),
    ),
)
"""In the order in which they are listed."""

_GUARD_TITLES = {
    "last-usable-slave": "Never take the last slave that can carry traffic",
    "no-monitor": "Never touch a bond that watches no link",
    "change-pending": "One pending change at a time",
    "min-links": "Leave as many ports as min_links asks for",
    "updelay-running": "Do not count on a slave in its updelay",
    "lacp-not-ready": "Do not count on a port that LACP has not settled",
    "session-on-bond": "Your own login comes in over the bond",
    "other-sessions": "Other people's logins come in over the bond",
    "default-route": "The default route leaves through the bond",
    "weaker-slave": "The slave that takes over is slower",
    "flapping-slave": "The slave that takes over lost its link lately",
    "errors-on-slave": "The slave that takes over shows errors",
    "managed-by": "A network manager may undo the change",
    "address-on-slave": "The slave has addresses or routes of its own",
}

GUARD_ENTRIES = tuple(
    Entry(
        GUARD,
        name,
        (),
        _GUARD_TITLES[name],
        means=f"{words[0].upper()}{words[1:]}.",
        why="It looks before a link is changed. 'ok' goes on. 'ask' wants the bond's name typed, or given by --confirm. 'refuse' does nothing, whatever is said.",
        see=("bondtui down bond0 eno1 --dry-run",),
        source="bondtui/actions/guards.py",
    )
    for name, words in GUARDS.items()
)
"""The guards of down, up, activate and drill."""
