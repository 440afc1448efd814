"""How the faults of a peer are made and undone: from what is so to what shall be so, in ``ip`` and ``tc`` commands.

A frame is dropped where it passes the port: on its way in and out by filters of the port's ``clsact``,
which is there only while it has one (tc-matchall(8), tc-actions(8)), and a share of those towards the
slave by ``netem`` (tc-netem(8)). What is longer than a smaller MTU is dropped there too and no interface gets that MTU:
veth would tell the sender (drivers/net/veth.c, veth_xmit), and the hosts behind the peer would keep to it. A port whose cable is out is moved between aggregators when it is
plugged in again: the bonding driver sets up what it takes (bond_enslave), which would be seen as carrier.
"""

from __future__ import annotations

from bondtui.lab.faults import second
from bondtui.model.lab import AGGREGATOR, LACP_STOP, LOSS, MTU, PULL, SILENT
from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import Any

    from bondtui.model.lab import Fault, LabBond

    Filters = Mapping[str, str]
    """What a filter does, by its place: ``"ingress pref 10"``."""
    Command = tuple[str, ...]
    """A program and its words, without the namespace: ``("ip", "link", "set", "p1", "down")``."""

SECOND_KIND = "type bond mode 802.3ad miimon 100 lacp_rate fast xmit_hash_policy layer3+4"
LACPDU = "0x8809"
"""The slow protocols' Ethernet type (IEEE 802.3 57A.4)."""
ETHERNET_HEADER = 14
LONG_FRAMES = "police rate 100gbit burst 100m mtu {} conform-exceed drop/continue"
"""Drops what is longer, with its Ethernet header; the rate, which ``tc`` demands, is never reached (tc-police(8))."""
MOST_RARE = 10_000
"""``tc`` takes no chance smaller than one in so many (tc-gact, ``random``)."""
MODULES = (
    ("qdisc kind is unknown", "netem", "sch_netem"),
    ("qdisc kind is unknown", "clsact", "sch_ingress"),
    ("classifier not found", "matchall", "cls_matchall"),
    ("TC action module", "police", "act_police"),
    ("TC action module", "action", "act_gact"),
)
"""What the kernel says, about which word of a command, where that module is missing (net/sched)."""


class Port(NamedTuple):
    """What is the case at one port."""

    down: bool = False
    silent: bool = False
    without_lacp: bool = False
    loss: int = 0
    """Percent."""
    apart: bool = False
    """In the second aggregator."""


class Peer(NamedTuple):
    """What is the case at one peer."""

    ports: tuple[Port, ...]
    """In the order of ``LabBond.ports``."""
    mtu: int | None = None
    """``None``: as it was built."""

    @property
    def needs_built(self) -> bool:
        """Whether it must be known how the peer was built, to make it so again."""
        return self.mtu is not None or any(port.apart for port in self.ports)


class Built(NamedTuple):
    """What is overwritten by a fault and cannot be told from it afterwards."""

    address: str = ""
    """The peer's MAC: the driver gives a bond whose last slave leaves another one (__bond_release_one)."""
    mtus: tuple[tuple[str, int], ...] = ()
    """Of the peer and its ports."""

    def mtu(self, bond: LabBond, peer: Peer) -> int:
        """The MTU that the interfaces have."""
        return max(dict(self.mtus).get(bond.peer, 0), peer.mtu or 0)

    def limit(self, bond: LabBond, peer: Peer) -> int:
        """The MTU that the ports keep to by themselves; 0 where that is the interface's."""
        return peer.mtu if peer.mtu is not None and peer.mtu < self.mtu(bond, peer) else 0


def sound(bond: LabBond) -> Peer:
    """A peer without any fault."""
    return Peer((Port(),) * len(bond.ports))


def wanted(bond: LabBond, faults: Sequence[Fault], flapped: Collection[str], now: Peer) -> Peer:
    """What shall be the case with these faults; ``flapped`` are the slaves whose cable a flap has out at the moment."""
    kinds = {(fault.kind, fault.subject): fault.value for fault in faults}
    ports = []
    for slave, port in zip(bond.slaves, now.ports, strict=True):
        down = (PULL, slave) in kinds or slave in flapped
        ports.append(
            Port(
                down=down,
                silent=(SILENT, slave) in kinds,
                without_lacp=(LACP_STOP, bond.name) in kinds,
                loss=kinds.get((LOSS, slave)) or 0,
                apart=port.apart if down else (AGGREGATOR, slave) in kinds,
            )
        )
    return Peer(tuple(ports), kinds.get((MTU, bond.name)))


def built(bond: LabBond, links: Sequence[Mapping[str, Any]]) -> Built:
    """What ``ip -j link`` of the peer's namespace says, where no fault needs it yet."""
    (address,) = [link["address"] for link in links if link["ifname"] == bond.peer]
    mtus = {link["ifname"]: link["mtu"] for link in links}
    return Built(address, tuple((name, mtus[name]) for name in (bond.peer, *bond.ports)))


def steps(bond: LabBond, before: Peer, after: Peer, was: Built) -> list[Command]:
    """The commands that lead from the one to the other, in their order."""
    limits = was.limit(bond, before), was.limit(bond, after)
    lines = [
        line
        for name, old, new in zip(bond.ports, before.ports, after.ports, strict=True)
        for line in (*_filtering(name, _filters(old, limits[0]), _filters(new, limits[1])), *_netem(name, old, new))
    ]
    lines += _moves(bond, before, after, was)
    if was.mtu(bond, before) != was.mtu(bond, after):
        lines += _mtus(bond, after, was)
    return [tuple(line.split()) for line in lines]


def shares(percent: int) -> tuple[int, ...]:
    """One in how many to drop, one after the other, so that all in all that share is dropped."""
    found: list[int] = []
    kept, of = 100 - percent, 100
    while kept != of:
        each = -(-of // (of - kept))
        if each > MOST_RARE:
            break
        found.append(each)
        kept, of = kept * each, of * (each - 1)
    return tuple(found)


def refusal(command: str, said: str) -> str:
    """Why a command failed, in one line that names the missing module where it is that."""
    reason = " / ".join(line.strip() for line in said.splitlines() if line.strip()) or "it said nothing"
    for prefix in ("Error: ", "RTNETLINK answers: "):
        reason = reason.removeprefix(prefix)
    missing = [module for words, about, module in MODULES if words in reason and about in command.split()]
    lacks = f"this kernel has no module {missing[0]}: " if missing else ""
    return f"{lacks}{command}: {reason.rstrip('.')}"


def _filtering(name: str, old: Filters, new: Filters) -> Iterator[str]:
    """From some filters of a port to others."""
    if new and not old:
        yield f"tc qdisc add dev {name} clsact"
    if old and not new:
        yield f"tc qdisc del dev {name} clsact"
        return
    for place in old:
        if new.get(place) != old[place]:
            yield f"tc filter del dev {name} {place}"
    for place in new:
        if old.get(place) != new[place]:
            yield f"tc filter add dev {name} {place} {new[place]}"


def _filters(port: Port, limit: int) -> Filters:
    """What is dropped, by direction and priority; the first filter that says something decides."""
    found = {}
    if port.silent:
        found["ingress pref 10"] = found["egress pref 10"] = "matchall action drop"
    if port.without_lacp:
        found["egress pref 20"] = f"protocol {LACPDU} matchall action drop"
    if limit:
        long = f"matchall action {LONG_FRAMES.format(limit + ETHERNET_HEADER)}"
        found["ingress pref 25"] = found["egress pref 25"] = long
    if port.loss:
        found["ingress pref 30"] = f"matchall {_chances(port.loss)}"
    return found


def _netem(name: str, before: Port, after: Port) -> Iterator[str]:
    if before.loss != after.loss:
        how = "del" if not after.loss else "change" if before.loss else "add"
        yield f"tc qdisc {how} dev {name} root{f' netem loss {after.loss}%' if after.loss else ''}"


def _chances(percent: int) -> str:
    if percent == 100:
        return "action drop"
    *first, last = shares(percent)
    return " ".join(
        [*(f"action pipe random netrand drop {each}" for each in first), f"action pass random netrand drop {last}"]
    )


def _moves(bond: LabBond, before: Peer, after: Peer, was: Built) -> Iterator[str]:
    """Cables out and in, and ports to the aggregator they belong in."""
    other = second(bond)
    apart, home = (sum(port.apart is where for port in before.ports) for where in (True, False))
    for name, old, new in zip(bond.ports, before.ports, after.ports, strict=True):
        if old.apart == new.apart:
            if old.down != new.down:
                yield f"ip link set {name} {'down' if new.down else 'up'}"
            continue
        if new.apart and not apart:
            mtu = was.mtu(bond, before)
            yield f"ip link add {other} address {_another(was.address)} mtu {mtu} {SECOND_KIND}"
            yield f"ip link set {other} up"
        apart, home = (apart + 1, home - 1) if new.apart else (apart - 1, home + 1)
        yield f"ip link set {name} nomaster"
        if new.apart and not home:
            yield f"ip link set {bond.peer} address {was.address}"
        yield f"ip link set {name} master {other if new.apart else bond.peer}"
        if not apart:
            yield f"ip link delete {other}"


def _mtus(bond: LabBond, after: Peer, was: Built) -> Iterator[str]:
    """A larger MTU of the peer and its ports, or again the one they had; what stands on the peer is not concerned."""
    if any(port.apart for port in after.ports):
        yield f"ip link set {second(bond)} mtu {was.mtu(bond, after)}"
    for name, mtu in was.mtus:
        yield f"ip link set {name} mtu {max(mtu, after.mtu or 0)}"


def _another(address: str) -> str:
    """The MAC of another system: its second byte is turned over, and it is nobody's (locally administered)."""
    first, second_byte, *others = (int(byte, 16) for byte in address.split(":"))
    return ":".join(f"{byte:02x}" for byte in (first & 0xFE | 0x02, second_byte ^ 0xFF, *others))
