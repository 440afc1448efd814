"""Read the text of /proc/net/bonding/<bond> as it comes from this kernel (drivers/net/bonding/bond_procfs.c).

This is done once a second, for what rtnetlink does not tell; copies of such texts are for ``bondtui.texts``. Any text is
accepted: lines that are not known are passed over, a value that is missing or not
understood becomes ``None``. Labels and their scope have been stable since 2.6; what comes and goes
between kernels and privileges is which lines are there.
"""

from __future__ import annotations

from bondtui.model.bond import LacpDetails
from bondtui.model.record import NamedTuple

LONGEST_NUMBER = 20
"""Digits of the largest 64-bit number; a longer one is no number of the kernel's."""
BLANKS = " \t\r"
"""What may stand around a value; a name may hold any other character, other blanks included."""
SLAVE_LABEL = "Slave Interface"
HIDDEN_WITHOUT_PRIVILEGE = (
    "partner_system_mac",
    "partner_key",
    "partner_port",
    "ad_actor_sys_prio",
    "ad_user_port_key",
    "ad_actor_system",
)
"""JSON names of what an 802.3ad bond keeps from a reader without CAP_NET_ADMIN."""


class ProcBonding(NamedTuple):
    """The labelled values of one file, as text: the bond's own, then each slave's by name."""

    bond: dict[str, str]
    slaves: dict[str, dict[str, str]]

    @property
    def privileged(self) -> bool:
        """Whether the text was read with CAP_NET_ADMIN: only then it has the actor's system."""
        return "System priority" in self.bond

    def lacp(self, name: str) -> LacpDetails:
        """The 802.3ad facts of one slave; all ``None`` when the text has none."""
        values = self.slaves.get(name, {})
        return LacpDetails(
            partner_system_mac=values.get("partner system mac address"),
            partner_key=_number(values.get("partner oper key")),
            partner_port=_number(values.get("partner port number")),
            actor_churn=values.get("Actor Churn State"),
            partner_churn=values.get("Partner Churn State"),
            actor_churned_count=_number(values.get("Actor Churned Count")),
            partner_churned_count=_number(values.get("Partner Churned Count")),
            actor_system_mac=values.get("actor system mac address"),
            actor_system_priority=_number(values.get("actor system priority")),
            actor_key=_number(values.get("actor port key")),
            actor_port=_number(values.get("actor port number")),
            actor_port_priority=_number(values.get("actor port priority")),
            partner_system_priority=_number(values.get("partner system priority")),
            partner_port_priority=_number(values.get("partner port priority")),
        )


def parse(text: str) -> ProcBonding:
    """Split the text into labelled values; the pdu lines get ``actor`` or ``partner`` in front."""
    bond: dict[str, str] = {}
    slaves: dict[str, dict[str, str]] = {}
    scope, side = bond, ""
    for line in text.split("\n"):
        label, colon, value = line.strip(BLANKS).partition(":")
        if not colon:
            continue
        value = value.strip(BLANKS)
        if label == SLAVE_LABEL:
            scope, side = slaves.setdefault(value, {}), ""
        elif label.startswith("details ") and label.endswith(" lacp pdu"):
            side = label.split()[1] + " "
        elif side and line[:1] in BLANKS:
            scope[side + label] = value
        else:
            side = ""
            scope[label] = value
    return ProcBonding(bond, slaves)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) <= LONGEST_NUMBER else None
