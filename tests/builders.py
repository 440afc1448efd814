"""Bonds, slaves, readings and screens with one word each; what a test is about is said as a keyword."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bondtui.actions.situation import Situation
from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.core.tracks import Rates, Track
from bondtui.model.action import UP, Action
from bondtui.model.bond import (
    ACTIVE_BACKUP,
    LACP,
    MODES_WITH_ACTIVE_SLAVE,
    AdInfo,
    Bond,
    BondOptions,
    Counters,
    Hardware,
    LacpDetails,
    Lacpdus,
    Link,
    LinkErrors,
    Slave,
    SlaveState,
)
from bondtui.model.host import HostFacts
from bondtui.model.reading import Heard, Reading, Stamp
from bondtui.view.look import Look

BOND = 10
"""Interface index of the bond where a test does not care."""
PARTNER = "02:00:5e:00:53:01"
WALL = 1_700_000_000.0
"""The wall clock when the monotonic clock of these tests is zero."""
NO_HARDWARE, NO_DETAILS = Hardware(), LacpDetails()
NO_ERRORS = LinkErrors(*[0] * len(LinkErrors._fields))
AGGREGATED = AdInfo(1, 2, 15, 15, PARTNER)

HOSTILE_NAMES = (
    "[red]x",
    "a\"b'c",
    "e\x1b[31mh",
    "b\udcff\udcfe",
    "漢字漢字漢",
    "e\u0301te\u0301",
    "x\u202ey",
    "~!@#$%^&*()",
    "-",
    "%s%n",
    "\x7f\x01",
    "😀a",
)
"""Names that dev_valid_name lets pass, as os.fsdecode spells them."""


def a_stamp(mono: float = 100.0) -> Stamp:
    """An instant on both clocks."""
    return Stamp(mono, WALL + mono)


def some_counters(rx: int = 0, tx: int = 0, *, errors: int = 0, drops: int = 0) -> Counters:
    """Counters with so many bytes received and sent."""
    return Counters(rx, rx // 1000, errors, drops, tx, tx // 1000, 0, 0)


def some_errors(**kinds: Any) -> LinkErrors:
    """Errors by their kind; none of those that are not named."""
    return NO_ERRORS._replace(**kinds)


def some_rates(rx: float = 0.0, tx: float = 0.0, *, errors: float = 0.0, drops: float = 0.0) -> Rates:
    """So many bits received and sent per second, and errors and drops."""
    return Rates(rx, tx, errors, drops)


def a_track(**fields: Any) -> Track:
    """What is remembered of an interface; ``fields`` are those of Track."""
    return Track(**{"perm_hwaddr": None, **fields})


def a_slave(
    name: str = "eno1",
    ifindex: int = 2,
    *,
    admin_up: bool | None = True,
    carrier: bool | None = True,
    mii: str | None = "up",
    state: str | None = "backup",
    failures: int | None = 0,
    carrier_changes: int | None = 2,
    counters: Counters | None = None,
    errors: LinkErrors | None = NO_ERRORS,
    hwaddr: str | None = None,
    hardware: Hardware = NO_HARDWARE,
    lacp: LacpDetails = NO_DETAILS,
    lacpdus: Lacpdus | None = None,
    **driver: Any,
) -> Slave:
    """A healthy slave; ``driver`` are further fields of SlaveState."""
    permanent = hwaddr or f"02:00:00:00:{ifindex >> 8 & 255:02x}:{ifindex & 255:02x}"
    link = Link(
        ifindex=ifindex,
        name=name,
        admin_up=admin_up,
        carrier=carrier,
        operstate="up" if admin_up and carrier else "down",
        mtu=1500,
        hwaddr="02:00:00:00:00:0a",
        master=BOND,
        carrier_changes=carrier_changes,
        counters=some_counters() if counters is None else counters,
        errors=errors,
        slave=SlaveState(
            **{
                "state": state,
                "mii_status": mii,
                "link_failure_count": failures,
                "perm_hwaddr": permanent,
                "queue_id": 0,
                **driver,
            }
        ),
    )
    assert link.slave is not None
    return Slave(link, link.slave, hardware, lacp, lacpdus)


def a_lost_slave(name: str = "eno1", ifindex: int = 2, **rest: Any) -> Slave:
    """A slave without carrier that the driver has given up."""
    return a_slave(name, ifindex, **{"carrier": False, "mii": "down", "failures": 1, "carrier_changes": 3, **rest})


def a_port(
    name: str = "eno1",
    ifindex: int = 2,
    *,
    aggregator: int | None = 1,
    actor: int | None = 63,
    partner: int | None = 63,
    **rest: Any,
) -> Slave:
    """A slave of an 802.3ad bond."""
    told = {"aggregator_id": aggregator, "actor_port_state": actor, "partner_port_state": partner}
    return a_slave(name, ifindex, **{"state": "active", **told, **rest})


def a_bond(
    *slaves: Slave,
    name: str = "bond0",
    ifindex: int = BOND,
    mode: int | None = ACTIVE_BACKUP,
    admin_up: bool | None = True,
    carrier: bool | None = True,
    master: int | None = None,
    addresses: tuple[str, ...] | None = ("192.0.2.10/24",),
    hidden: tuple[str, ...] = (),
    counters: Counters | None = None,
    errors: LinkErrors | None = NO_ERRORS,
    **options: Any,
) -> Bond:
    """A bond of these slaves; ``options`` are fields of BondOptions. Its first slave is the active one."""
    chosen: dict[str, Any] = {
        "mode": mode,
        "miimon": 100,
        "updelay": 0,
        "downdelay": 0,
        "arp_interval": 0,
        "num_peer_notif": 1,
        "min_links": 0,
        "primary_reselect": "always",
        "xmit_hash_policy": "layer2",
    }
    if mode in MODES_WITH_ACTIVE_SLAVE and slaves:
        chosen["active_slave"] = slaves[0].ifindex
    link = Link(
        ifindex=ifindex,
        name=name,
        admin_up=admin_up,
        carrier=carrier,
        operstate="up" if admin_up and carrier else "down",
        mtu=1500,
        hwaddr="02:00:00:00:00:0a",
        master=master,
        kind="bond",
        carrier_changes=2,
        counters=some_counters() if counters is None else counters,
        errors=errors,
        bond=BondOptions(**{**chosen, **options}),
    )
    assert link.bond is not None
    mine = tuple(slave._replace(link=slave.link._replace(master=ifindex)) for slave in slaves)
    return Bond(link, link.bond, addresses, mine, hidden)


def a_lacp_bond(*ports: Slave, info: AdInfo | None = AGGREGATED, **rest: Any) -> Bond:
    """An 802.3ad bond with a partner; two healthy ports unless others are given."""
    mine = ports or (a_port("eno1", 2), a_port("eno2", 3))
    return a_bond(*mine, **{"mode": LACP, "ad_info": info, "lacp_rate": "fast", "lacp_active": "on", **rest})


def a_pair(**rest: Any) -> Bond:
    """The healthy active-backup bond of eno1 (active) and eno2."""
    return a_bond(a_slave("eno1", 2, state="active"), a_slave("eno2", 3), **rest)


def links_of(*bonds: Bond) -> tuple[Link, ...]:
    """The interfaces of these bonds, as a source reads them."""
    return tuple(link for bond in bonds for link in (bond.link, *(slave.link for slave in bond.slaves)))


def a_reading(*bonds: Bond, mono: float = 100.0) -> Reading:
    """A reading of these bonds and all that belongs to them."""
    slaves = [slave for bond in bonds for slave in bond.slaves]
    return Reading(
        at=a_stamp(mono),
        links=links_of(*bonds),
        addresses={bond.ifindex: bond.addresses for bond in bonds if bond.addresses is not None},
        hardware={slave.ifindex: slave.hardware for slave in slaves},
        lacp={slave.ifindex: slave.lacp for slave in slaves},
        hidden={bond.ifindex: bond.hidden for bond in bonds if bond.hidden},
        lacpdus={slave.ifindex: slave.lacpdus for slave in slaves if slave.lacpdus},
    )


def a_monitor(*bonds: Bond, mono: float = 100.0, **rest: Any) -> Monitor:
    """A monitor that has taken one reading of these bonds."""
    return fold.took(Monitor(**rest), a_reading(*bonds, mono=mono))


def a_look(*bonds: Bond, now: float = 100.2, monitor: Mapping[str, Any] | None = None, **rest: Any) -> Look:
    """What a screen shows of these bonds just after they were read."""
    return Look(**{"monitor": a_monitor(*bonds, **(monitor or {})), "now": a_stamp(now), "host": "host", **rest})


def told(of: Slave | Bond | Link, mono: float, event: int | None = None) -> Heard:
    """A message of the kernel about this interface."""
    link = of if isinstance(of, Link) else of.link
    return Heard(a_stamp(mono), link.ifindex, link, event)


def in_bond(slave: Slave, ifindex: int = BOND) -> Link:
    """The slave's interface in another bond."""
    return slave.link._replace(master=ifindex)


def a_situation(
    bond: Bond, kind: str = "down", slave: str = "eno1", *, host: HostFacts | None = None, **rest: Any
) -> Situation:
    """The wish to do this to a slave of that name; nobody depends on the bond unless ``host`` says so."""
    chosen = next(each for each in bond.slaves if each.name == slave)
    action = Action(kind, bond.ifindex, chosen.ifindex, None if kind == UP else 60.0)
    return Situation(action, bond, chosen, host or HostFacts(), **rest)
