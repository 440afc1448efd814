"""Make a bond of what was read of it: a value that is missing is ``None``, never 0."""

from __future__ import annotations

from bondtui.core.proc_bonding import HIDDEN_WITHOUT_PRIVILEGE
from bondtui.model.bond import (
    ACTIVE_BACKUP,
    LACP,
    MODES_WITH_ACTIVE_SLAVE,
    AdInfo,
    Bond,
    BondOptions,
    Hardware,
    LacpDetails,
    Link,
    Slave,
    SlaveState,
)
from bondtui.texts.draft import NAMELESS, Draft
from bondtui.texts.labels import LACP_FIELDS_OF_SLAVE, OF_LACP
from bondtui.texts.values import Driver, Mode, Primary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from bondtui.texts.values import Value

    Note: TypeAlias = Callable[[int, str, str], None]

HIDDEN = (*HIDDEN_WITHOUT_PRIVILEGE, "ad_info", "actor_port_state", "partner_port_state")
"""What this file keeps from a reader without CAP_NET_ADMIN since 4.2; rtnetlink keeps less."""
ALWAYS_TOLD_BEFORE = (3, 7)
"""Versions of the driver that hid nothing from anybody; 3.7.1 was the one of Linux 3.0 to 5.6, which hides since 4.2."""
FAIL_OVER_MAC_SINCE = (3, 6)
"""Since this version of the driver (2.6.32) at the latest the line of the mode tells every policy but ``none``."""
_OPTIONS = frozenset(BondOptions._fields) - {"mode", "active_slave", "primary", "ad_info"}
_OF_EVERY_SLAVE = ("mii_status", "link_failure_count", "queue_id", "aggregator_id")
"""If one slave has such a line and the last one does not, the text ends early."""
_AGGREGATOR = ("aggregator_id", "num_ports", "actor_key", "partner_key", "partner_mac")


def bond_of(draft: Draft, name: str, identity: Callable[[str], int], note: Note) -> Bond:
    """The bond. ``identity`` gives each interface an index; ``note`` takes what the text leaves open."""
    ifindex = identity(name)
    indexes = {slave: identity(slave) for slave in draft.slaves}
    options = _options(draft, indexes, note)
    active = options.active_slave if options.mode == ACTIVE_BACKUP else None
    slaves = tuple(_slave(each, indexes[each], ifindex, values, active) for each, values in draft.slaves.items())
    carrier = draft.bond.get("carrier")
    return Bond(
        link=Link(ifindex, name, None, bool(carrier) if carrier is not None else None, kind="bond", bond=options),
        options=options,
        addresses=None,
        slaves=slaves,
        hidden=_hidden(draft, options),
    )


def mode_of(draft: Draft) -> int | None:
    """The mode; 802.3ad also where only lines are left that no other mode has."""
    told = draft.bond.get("mode")
    if isinstance(told, Mode):
        return told.number
    is_lacp = draft.lacp_told or draft.aggregator_told or not OF_LACP.isdisjoint(draft.bond)
    if is_lacp or any(not LACP_FIELDS_OF_SLAVE.isdisjoint(values) for values in draft.slaves.values()):
        return LACP
    return None


def is_partial(draft: Draft) -> bool:
    """Whether the text shows a part of the bond only, so that there may be more slaves than it tells."""
    told, slaves = draft.bond.keys(), list(draft.slaves.values())
    if not draft.sure or not {"mode", "carrier", "downdelay"} <= told or NAMELESS in draft.slaves:
        return True
    if "ad_actor_sys_prio" in told and not draft.aggregator_told:
        return True
    if not slaves:
        return draft.bond["carrier"] is True and not draft.aggregator_told
    return any(field in values and field not in slaves[-1] for values in slaves for field in _OF_EVERY_SLAVE)


def _options(draft: Draft, indexes: Mapping[str, int], note: Note) -> BondOptions:
    told = draft.bond
    values: dict[str, object] = {"arp_ip_targets": None, "ns_ip6_targets": None}
    values |= {field: value for field, value in told.items() if field in _OPTIONS}
    mode, primary = told.get("mode"), told.get("primary")
    values["mode"] = mode_of(draft)
    if isinstance(mode, Mode):
        values["fail_over_mac"] = _fail_over_mac(mode, told.get("driver"))
    if isinstance(primary, Primary):
        values["primary"] = _index("primary", primary.name, draft, indexes, note)
        values["primary_reselect"] = primary.reselect
    if "active_slave" in told and (values["mode"] is None or values["mode"] in MODES_WITH_ACTIVE_SLAVE):
        name = str(told["active_slave"])
        values["active_slave"] = _index("active_slave", None if name == "None" else name, draft, indexes, note)
    if "xmit_hash_policy" in told and values["mode"] in MODES_WITH_ACTIVE_SLAVE:
        values["tlb_dynamic_lb"] = 0  # the line is there only then
    if "downdelay" in told and "arp_interval" not in draft.tried and (draft.slaves or draft.lacp_told):
        values["arp_interval"] = 0  # the line comes between the delays and these, and only when it is not 0
    if not values.get("ad_actor_sys_prio"):
        values.pop("ad_actor_sys_prio", None)  # 0 stands for "not known yet" while there is no slave
    if told.get("aggregator_id") is not None:
        values["ad_info"] = AdInfo(*(told.get(field) for field in _AGGREGATOR))  # type: ignore[arg-type]
    return BondOptions(**values)  # type: ignore[arg-type]


def _fail_over_mac(mode: Mode, driver: Value) -> str | None:
    if mode.fail_over_mac is not None or mode.number != ACTIVE_BACKUP or not mode.whole:
        return mode.fail_over_mac
    return "none" if isinstance(driver, Driver) and driver.version >= FAIL_OVER_MAC_SINCE else None


def _index(field: str, name: str | None, draft: Draft, indexes: Mapping[str, int], note: Note) -> int | None:
    """The index of a slave; 0 for a told ``None``."""
    what = field.replace("_", " ")
    if name is None and "None" not in indexes:
        return 0
    if name is None:
        note(*draft.lines[field], f"the {what} is none, or it is the slave that is called None")
    elif name not in indexes:
        note(*draft.lines[field], f"the {what} {name} is not among the slaves of this text")
    return None if name is None else indexes.get(name)


def _slave(name: str, ifindex: int, bond: int, values: Mapping[str, Value], active: int | None) -> Slave:
    state = SlaveState(**_fields(SlaveState._fields, values))  # type: ignore[arg-type]
    if active:
        state = state._replace(state="active" if ifindex == active else "backup")  # all others are, in active-backup
    return Slave(
        link=Link(ifindex, name, None, master=bond, slave=state),
        state=state,
        hardware=_hardware(values),
        lacp=LacpDetails(**_fields(LacpDetails._fields, values)),  # type: ignore[arg-type]
    )


def _hardware(values: Mapping[str, Value]) -> Hardware:
    unknown = "speed_mbps" in values and values["speed_mbps"] is None
    return Hardware(**_fields(Hardware._fields, values), speed_unknown=unknown)  # type: ignore[arg-type]


def _fields(names: tuple[str, ...], values: Mapping[str, Value]) -> dict[str, Value]:
    return {name: values[name] for name in names if name in values}


def _hidden(draft: Draft, options: BondOptions) -> tuple[str, ...]:
    """What is hidden: the whole part of 802.3ad is told, but neither our system nor whether an aggregator is active."""
    told = draft.aggregator_told or not draft.bond.keys().isdisjoint(
        {"ad_actor_sys_prio", "system_mac", "aggregator_id"}
    )
    if options.mode != LACP or told or "ad_select" not in draft.bond or _any(draft, "actor_port_state", "partner_key"):
        return ()
    driver = draft.bond.get("driver")
    old = isinstance(driver, Driver) and driver.version < ALWAYS_TOLD_BEFORE
    return () if old else HIDDEN


def _any(draft: Draft, *fields: str) -> bool:
    return any(field in values for values in draft.slaves.values() for field in fields)
