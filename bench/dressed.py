"""The dashboard over bridges that are shown to it as bonds, for kernels without the bonding driver.

Every question, answer and event is the kernel's own and goes through bondtui's own reader; only
the kind in the question is changed, and bond attributes, decoded from bytes as a bond's would be,
are added to each answer.
"""

from __future__ import annotations

import sys
from struct import pack

from bondtui.core import rtnetlink
from bondtui.model.bond import Link

TYPE_CHECKING = False
if TYPE_CHECKING:  # what is imported here stands before the first words, and bondtui does not need it
    from typing import Any


def _u8(value: int) -> bytes:
    return pack("=B", value)


def _u32(value: int) -> bytes:
    return pack("=I", value)


BYTES_OF_BOND = b"".join(
    rtnetlink.attribute(kind, value)
    for kind, value in [
        *((kind, _u8(0)) for kind in (1, 10, 12, 13, 14, 17, 21, 22, 27)),
        *((kind, _u32(0)) for kind in (4, 5, 7, 9, 18, 19, 28)),
        *((kind, _u8(1)) for kind in (6, 16, 29, 30)),
        *((kind, _u32(value)) for kind, value in ((3, 100), (15, 1), (20, 1))),
    ]
)
"""IFLA_INFO_DATA of a balance-rr bond with miimon 100: in that mode no slave is the active one."""


def _bytes_of_slave(*, carrier: bool) -> bytes:
    values = [(1, _u8(0)), (2, _u8(0 if carrier else 2)), (3, _u32(0)), (4, bytes(6)), (5, _u8(0))]
    return b"".join(rtnetlink.attribute(kind, value) for kind, value in [*values, (9, _u32(0))])


BYTES_OF_SLAVE = {carrier: _bytes_of_slave(carrier=carrier) for carrier in (False, True)}
"""IFLA_INFO_SLAVE_DATA of its slaves, by whether one has a carrier."""


def dress(link: Link) -> Link:
    """A bridge as a bond, its ports as slaves."""
    if link.kind == "bridge":
        options = rtnetlink.bond_options(BYTES_OF_BOND, 0, len(BYTES_OF_BOND))
        return link._replace(kind="bond", bond=options)
    if link.master is not None:
        data = BYTES_OF_SLAVE[link.carrier is not False]
        return link._replace(slave=rtnetlink.slave_state(data, 0, len(data)))
    return link


def put_on() -> None:
    """From here on bondtui's decoder takes bridges for bonds."""
    decode, ask = rtnetlink.link, rtnetlink.link_request

    def dressed_link(data: bytes, start: int, end: int) -> tuple[Link, int | None] | None:
        decoded = decode(data, start, end)
        return decoded and (dress(decoded[0]), decoded[1])

    def asked(ifindex: int = 0, *, kind: str | None = None, master: int | None = None) -> bytes:
        return ask(ifindex, kind="bridge" if kind == "bond" else kind, master=master)

    replaced: Any = rtnetlink
    replaced.link, replaced.link_request = dressed_link, asked


def main() -> int:
    """The dashboard's own command line."""
    put_on()
    from bondtui import cli  # noqa: PLC0415 - it may read at import, and must then see bonds

    result: Any = cli.main()
    return int(result or 0)


if __name__ == "__main__":
    sys.exit(main())
