"""What the machine around a bond tells: who is logged in over it, what is routed over it, who manages it."""

from __future__ import annotations

from bondtui.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Session(NamedTuple):
    """A login from elsewhere whose connection comes in through the bond or through one of its slaves."""

    peer: str
    """Address of the other end."""
    local: str
    """Our address of the connection."""
    interface: str
    """Name of the interface that has this address."""
    path: tuple[str, ...]
    """Names from the bond (or slave) up to that interface: ``("bond0", "bond0.100", "br0")``."""
    mine: bool = False
    """Whether this very process hangs on it."""
    slave: int | None = None
    """Index of the slave that has the address itself, past the bond."""


class Route(NamedTuple):
    """A route that leaves through an interface."""

    destination: str
    """``default`` or a prefix."""
    gateway: str | None
    interface: str
    static: bool = True
    """Not made by the kernel: it is lost for good when its interface is set down."""


class HostFacts(NamedTuple):
    """All facts about the surroundings of one bond, taken at one time."""

    sessions: tuple[Session, ...] = ()
    default_routes: tuple[Route, ...] = ()
    """Those that leave through the bond or through something that lies over it."""
    managers: Mapping[int, str] = {}
    """``NetworkManager`` or ``systemd-networkd`` by the index of a slave that it manages."""
    addresses: Mapping[int, tuple[str, ...]] = {}
    """Addresses on the slaves themselves, but for link-local ones."""
    routes: Mapping[int, tuple[Route, ...]] = {}
    """Routes through the slaves themselves, but for multicast and link-local ones."""
    lost_links: Mapping[int, tuple[float, ...]] = {}
    """By slave: how many seconds ago it lost its link, within the last ten minutes; what bondtui did itself does not count."""
    unknown: Mapping[str, str] = {}
    """By guard: why its facts could not be had. It then asks instead of saying that all is well."""
