"""The messages that change a link, each with the one attribute that is meant, and the kernel's refusals in words.

Attributes: include/uapi/linux/if_link.h. Refusals: drivers/net/bonding/bond_options.c, which answers
EACCES for an option that the mode does not have, so that is not a matter of privilege.
"""

from __future__ import annotations

import errno
import os
from struct import Struct
from sys import byteorder

from bondtui.core.rtnetlink import (
    IFF_UP,
    IFLA_INFO_DATA,
    IFLA_INFO_KIND,
    IFLA_LINKINFO,
    LINK_HEADER,
    attribute,
    attributes,
)

RTM_NEWLINK = 16
NLM_F_REQUEST, NLM_F_ACK = 0x1, 0x4
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
IFLA_BOND_ACTIVE_SLAVE = 2
NLMSGERR_ATTR_MSG = 1
_U32 = Struct("=I")

_WORDS = {
    errno.EPERM: "not permitted: CAP_NET_ADMIN is needed over this network namespace",
    errno.EACCES: "the option does not exist in this bond's mode",
    errno.EINVAL: "the driver takes no such value: the slave must be in the bond, up and with carrier",
    errno.ENODEV: "the interface is gone",
    errno.EBUSY: "the interface is busy",
    errno.EOPNOTSUPP: "this kernel cannot do that",
}


def admin_request(ifindex: int, *, up: bool) -> bytes:
    """The body that sets or clears IFF_UP and nothing else, as ``ip link set DEVICE up|down``."""
    return LINK_HEADER.pack(0, 0, ifindex, IFF_UP if up else 0, IFF_UP)


def active_slave_request(bond: int, slave: int) -> bytes:
    """The body that sets IFLA_BOND_ACTIVE_SLAVE alone, as ``ip link set BOND type bond active_slave SLAVE``."""
    data = attribute(IFLA_BOND_ACTIVE_SLAVE, _U32.pack(slave))
    info = attribute(IFLA_INFO_KIND, b"bond\0") + attribute(IFLA_INFO_DATA, data)
    return LINK_HEADER.pack(0, 0, bond, 0, 0) + attribute(IFLA_LINKINFO, info)


def answer(data: bytes, flags: int, start: int, end: int) -> tuple[int, str]:
    """The errno (0 for success) and the kernel's own words (extack, since 4.12) of an NLMSG_ERROR body."""
    code = -int.from_bytes(data[start : start + 4], byteorder, signed=True)
    if not flags & NLM_F_ACK_TLVS:
        return code, ""
    echoed = 16 if flags & NLM_F_CAPPED else int.from_bytes(data[start + 4 : start + 8], byteorder)
    told = {kind: data[a:b] for kind, a, b in attributes(data, start + 4 + ((echoed + 3) & ~3), end)}
    return code, told.get(NLMSGERR_ATTR_MSG, b"").rstrip(b"\0").decode("utf-8", "replace")


def refusal(code: int, said: str) -> str:
    """Why the kernel refused, in one line."""
    words = _WORDS.get(code, os.strerror(code))
    name = errno.errorcode.get(code, str(code))
    return f"{said} ({name}: {words})" if said else f"{words} ({name})"
