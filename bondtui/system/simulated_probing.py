"""Probes over the simulated driver: the same drill, and never a packet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Interface, ip_address, ip_interface

from bondtui.core.words import printable
from bondtui.model.bond import Bond
from bondtui.model.probe import LONGEST_PERIOD_S, SHORTEST_PERIOD_S, Candidate, Flow, News, Target, Way
from bondtui.model.record import NamedTuple
from bondtui.ports import ProbeError
from bondtui.simulated.answers import keys
from bondtui.simulated.driver import Driver
from bondtui.simulated.prober import Line, Prober
from bondtui.simulated.spec import BondSpec
from bondtui.system.simulation import SimulatedSource

FIRST_PORT = 33_434
"""A flow without a source port of its own gets one from here on."""
LOOPBACK = "lo"

Address = IPv4Address | IPv6Address


class SimulatedProbing:
    """Sends probes over the bonds of a driver that a running source plays. See ``bondtui.ports.Probing``.

    Every address is somebody's, but for those in ``silent``.
    """

    def __init__(self, source: SimulatedSource, *, silent: Collection[str] = ()) -> None:
        self._source = source
        self._silent = frozenset(map(_address, silent))

    def candidates(self, bond: Bond) -> Sequence[Candidate]:
        """The gateway beyond the bond, or else the first neighbour in its network; raises ProbeError for none."""
        with self._source.driver_now() as driver:
            spec = next((each.spec for each in driver.bonds.values() if each.spec.ifindex == bond.ifindex), None)
        if spec is not None and spec.gateway:
            return (Candidate(Target(spec.gateway), spec.name, "gateway of the default route"),)
        neighbour = _neighbour(spec) if spec is not None else None
        if spec is None or neighbour is None:
            raise ProbeError(f"{printable(bond.name)} has no gateway and no network: name a target")
        return (Candidate(Target(neighbour), spec.name, "neighbour on the bond"),)

    def way(self, bond: Bond, target: Target) -> Way:
        """Which way the simulated machine sends to this target; raises ProbeError for what is no address."""
        address = _address(target.address)
        with self._source.driver_now() as driver:
            route = _route(driver, address)
        if route.trouble:
            return Way("", over_bond=False, trouble=route.trouble)
        over = route.ifindex == bond.ifindex
        return Way(route.device, over_bond=over, path=(route.device,) if over else ())

    def start(self, flows: Sequence[Flow], period_s: float) -> SimulatedStream:
        """Send probes of all flows from now on; raises ProbeError for a target that is no address."""
        if not SHORTEST_PERIOD_S <= period_s <= LONGEST_PERIOD_S:
            raise ProbeError(
                f"probes are sent every {SHORTEST_PERIOD_S} to {LONGEST_PERIOD_S} s, not every {period_s} s"
            )
        with self._source.driver_now() as driver:
            lines = [self._line(driver, number, flow) for number, flow in enumerate(flows)]
            prober = Prober(lines, period_s, driver.now, self._source.stamp(0.0).mono)
            driver.follow(prober.advance)
        return SimulatedStream(self._source, prober)

    def _line(self, driver: Driver, number: int, flow: Flow) -> Line | None:
        """The way of one flow; ``None`` where the kernel would say that there is none."""
        address = _address(flow.target.address)
        if flow.device and flow.device not in driver.bonds:
            raise ProbeError(f"there is no bond {printable(flow.device)} to bind probes to")
        route = _route(driver, address, flow.device)
        if route.device == LOOPBACK:
            raise ProbeError(f"{printable(flow.target.address)} is an address of this machine")
        if route.trouble:
            return None
        bond = driver.bonds[route.device]
        port = FIRST_PORT + number if flow.source_port is None else flow.source_port
        nobody = address in self._silent or address.is_multicast or address.is_unspecified
        return Line(bond, keys(flow, route.next_hop, port, bond.spec.options), answered=not nobody)


class SimulatedStream:
    """Probes in simulated time. See ``bondtui.ports.Stream``."""

    def __init__(self, source: SimulatedSource, prober: Prober) -> None:
        self._source = source
        self._prober = prober

    def take(self) -> Sequence[News]:
        """What has happened up to this moment since the last call; raises ProbeError when nobody took it for too long."""
        with self._source.driver_now():
            news = self._prober.take()
            if self._prober.ended and not news:
                raise ProbeError("the probes were given up: nobody has asked what became of them")
            return news

    def choose(self, flows: Collection[int] | None) -> None:
        """From now on send only these flows; ``None`` for all of them."""
        with self._source.driver_now():
            self._prober.choose(flows)

    def stop(self) -> None:
        """Send no more."""
        with self._source.driver_now() as driver:
            driver.unfollow(self._prober.advance)


class _Route(NamedTuple):
    device: str = ""
    ifindex: int = 0
    next_hop: str = ""
    trouble: str = ""


def _address(text: str) -> Address:
    try:
        return ip_address(text)
    except ValueError:
        raise ProbeError(f"{printable(text)} is no IP address") from None


def _route(driver: Driver, address: Address, device: str = "") -> _Route:
    """Where the machine sends to this address; bound to one bond if there is a ``device``."""
    specs = [bond.spec for bond in driver.bonds.values()]
    scope = address.scope_id if isinstance(address, IPv6Address) else None
    address = address if scope is None else IPv6Address(int(address))
    if address.is_loopback or any(each.ip == address for spec in specs for each in map(ip_interface, spec.addresses)):
        return _Route(LOOPBACK)
    if address.version == 6 and address.is_link_local and not (scope or device):
        return _Route(trouble=f"{address} is on every link: name one, as in {address}%bond0")
    ways = [spec for spec in specs if device in ("", spec.name) and scope in (None, spec.name)]
    direct = [(spec, each) for spec in ways for each in map(ip_interface, spec.addresses) if address in each.network]
    if direct:
        spec, _ = max(direct, key=lambda way: way[1].network.prefixlen)
        return _Route(spec.name, spec.ifindex, str(address))
    beyond = next((spec for spec in ways if spec.gateway and ip_address(spec.gateway).version == address.version), None)
    if beyond is None:
        return _Route(trouble=f"there is no route to {address}")
    return _Route(beyond.name, beyond.ifindex, str(beyond.gateway))


def _neighbour(spec: BondSpec) -> str | None:
    """The first host in the bond's network that is not the bond itself."""
    for each in map(ip_interface, spec.addresses):
        hosts = each.network.hosts()
        first = next((host for host in hosts if host != each.ip), None)
        if first is not None:
            return f"{first}%{spec.name}" if isinstance(each, IPv6Interface) and each.is_link_local else str(first)
    return None
