"""How the bonding driver hashes a UDP packet, so that hosts and ports can be chosen that spread over all slaves.

As drivers/net/bonding/bond_main.c has it (__bond_xmit_hash, bond_ip_hash) since Linux 5.5; packets are untagged and carry no
tunnel, so the encap policies are the others. The slave is the remainder by the number of slaves that can be used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

ETH_P_IP = 0x0800


def layer2(source: int, destination: int) -> int:
    """Of two MAC addresses, of which the driver takes the last bytes."""
    return source ^ destination ^ ETH_P_IP


def layer23(source: int, destination: int, addresses: Sequence[bytes]) -> int:
    """Of two last bytes of MAC addresses, and both IPv4 addresses."""
    return _folded(layer2(source, destination) ^ _both(addresses))


def layer34(ports: tuple[int, int], addresses: Sequence[bytes]) -> int:
    """Of the source and destination port, and both IPv4 addresses."""
    on_wire = b"".join(port.to_bytes(2, "big") for port in ports)
    return _folded(int.from_bytes(on_wire, "little") ^ _both(addresses)) >> 1


def _both(addresses: Sequence[bytes]) -> int:
    first, second = (int.from_bytes(each, "little") for each in addresses)
    return first ^ second


def _folded(number: int) -> int:
    number ^= number >> 16
    return number ^ number >> 8
