"""Interface names come from outside and may hold anything but white space, ``/`` and ``:``."""

from __future__ import annotations

import os
import unicodedata

from tests.kernel.lab import Lab

HOSTILE = (
    b"[red]x",
    b"a\"b'c\\",
    b"\xff\xfebond",
    b"\x1b[31mz\x07",
    "x\x9b2Jy".encode(),
    "a\u202eb".encode(),
    "束ね".encode(),
    b"{0}$(id)`",
    b"--help",
)
"""Markup, quotes, not UTF-8, an escape sequence, a C1 control, a direction mark, wide, shell, an option."""
NAMES = [os.fsdecode(each) for each in HOSTILE]


def test_json_gives_back_the_bytes_of_bonds_and_slaves(lab: Lab) -> None:
    make_hostile(lab)
    bonds = {bond["name"]: bond for bond in lab.status()["bonds"]}
    assert {os.fsencode(each) for each in bonds} == set(HOSTILE)
    for name in NAMES:
        (slave,) = bonds[name]["slaves"]
        assert (slave["name"], bonds[name]["active_slave"]) == (_slave(name), _slave(name))
        assert (slave["speed_mbps"], slave["duplex"]) == (10000, "full")
    assert {bond["name"] for bond in lab.status("--", *NAMES)["bonds"]} == set(NAMES)
    for name in NAMES[2:4]:
        assert [bond["name"] for bond in lab.status("--", name)["bonds"]] == [name]


def test_the_text_is_plain(lab: Lab) -> None:
    make_hostile(lab)
    for arguments in (["status"], ["status", "nosuchbond"]):
        done = lab.bondtui(*arguments)
        text = os.fsencode(done.stdout + done.stderr).decode("utf-8", "strict")
        assert text.count("\n") >= 1
        assert unprintable(text.replace("\n", "")) == set()


def test_a_hostile_name_given_by_the_user_is_not_echoed_raw(lab: Lab) -> None:
    for name in NAMES[2:6]:
        done = lab.bondtui("status", "--", name)
        assert (done.returncode, done.stdout) == (3, "")
        assert unprintable(done.stderr.replace("\n", "")) == set()


def test_events_have_the_bytes_too(lab: Lab) -> None:
    make_hostile(lab)
    with lab.watched() as watch:
        for name in NAMES:
            slave = _slave(name)
            lab.pull(slave)
            watch.event("carrier-lost", subject=slave)
            watch.event("active-changed", f"active {slave} -> none", subject=name)
            lab.ip("link", "delete", "dev", name)
            watch.event("bond-deleted", subject=name)


def test_lacp_details_are_found_under_such_names(lab: Lab) -> None:
    make_hostile(lab, "802.3ad", "lacp_rate", "fast")
    for bond in lab.status()["bonds"]:
        (slave,) = bond["slaves"]
        assert bond["hidden"] == []
        assert slave["partner_port"] is not None
        assert slave["actor_churn"] in ("monitoring", "none")


def unprintable(text: str) -> set[str]:
    return {each for each in text if unicodedata.category(each) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")}


def _slave(bond: str) -> str:
    """Another name of the same sort."""
    return f"{bond}_"


def make_hostile(lab: Lab, mode: str = "active-backup", *settings: str) -> None:
    """Bonds with such names, each with one slave of such a name."""
    for name in NAMES:
        lab.bond(mode, *settings, name=name, slaves=[_slave(name)])
    for name in NAMES:
        lab.is_up(name)
