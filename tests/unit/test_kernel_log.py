"""When a slave lost its link: records of the kernel log, spelled as /dev/kmsg spells them, and any other bytes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core import kernel_log
from bondtui.core.kernel_log import Loss, Tail
from bondtui.model.bond import Bond
from bondtui.system import kernel_log as system
from tests.builders import HOSTILE_NAMES, a_bond, a_slave

NEW = "bond0: (slave eno1): link status definitely down, disabling slave"
PIECES = (NEW.encode(), b";", b"6,1,2,-;", b",", b"\n", b"\\x1b", b"\\xgg", b"9" * 30, b"bonding: ")


def record(text: str | bytes, at: float = 100.0, number: int = 7, head: str = "6,{},{},-;") -> bytes:
    """One record, escaped as the kernel does it."""
    raw = os.fsencode(text)
    spelled = "".join(chr(byte) if 32 <= byte < 127 and byte != 92 else f"\\x{byte:02x}" for byte in raw)
    return (head.format(number, int(at * 1e6)) + spelled + "\n").encode()


def losses(*records: bytes) -> list[tuple[str, str]]:
    return [(loss.bond, loss.slave) for loss in kernel_log.tail(b"".join(records)).losses]


@pytest.mark.parametrize(
    "text",
    [
        NEW,
        "bond0: (slave eno1): link status definitely down",
        "bond0: (slave eno1): interface is now down",
        "bond0: (slave eno1): backup interface is now down",
        "bond0: link status definitely down for interface eno1, disabling it",
        "bonding: bond0: link status definitely down for interface eno1, disabling it.",
        "bond0: interface eno1 is now down",
        "bonding: bond0: backup interface eno1 is now down.",
    ],
)
def test_every_kernel_says_it_in_its_own_way(text: str) -> None:
    assert losses(record(text)) == [("bond0", "eno1")]


@pytest.mark.parametrize(
    "text",
    [
        "bond0: (slave eno1): link status down for active interface, disabling it in 400 ms",
        "bond0: (slave eno1): link status definitely up",
        "bond0: (slave eno1): link status down again after 200 ms",
        "bond0: (slave eno1): interface is now up",
        "bond0: now running without any active interface!",
        "ixgbe 0000:04:00.0 eno1: NIC Link is Down",
        "say bond0: (slave eno1): link status definitely down, disabling slave",
        "bond0: link status definitely down for interface eno1 or so",
        "bond0: (slave ): link status definitely down",
    ],
)
def test_everything_else_is_no_lost_link(text: str) -> None:
    assert losses(record(text)) == []


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "a)b", "(slave", "\\x41", "a,b;c"])
def test_names_keep_their_bytes(name: str) -> None:
    assert losses(record(f"b{name}: (slave s{name}): link status definitely down, disabling slave")) == [
        (f"b{name}", f"s{name}")
    ]
    assert losses(record(f"{name}: link status definitely down for interface {name}, disabling it")) == [(name, name)]


def test_a_record_has_a_number_a_time_and_lines_that_belong_to_it() -> None:
    text = record("Linux version 6.1", 0, 0) + record(NEW, 12.5, 1) + b" SUBSYSTEM=net\n DEVICE=n7\n"
    text += record("the end", 99.25, 2, "4,{},{},c,caller=T7;")
    assert kernel_log.tail(text) == Tail(True, 0.0, 99.25, (Loss(12.5, "bond0", "eno1"),))


def test_a_log_that_has_been_overwritten_does_not_reach_back_to_the_start() -> None:
    assert not kernel_log.tail(record("x", 5.0, 1)).whole
    assert not kernel_log.tail(b"").whole


@given(st.binary(max_size=300) | st.lists(st.sampled_from(PIECES)).map(b"".join))
def test_any_bytes_will_do(text: bytes) -> None:
    kernel_log.tail(text)
    kernel_log.tail(b"6,7,8,-;" + text)


NOW = 5000.0


def a_log(*lost: tuple[float, str], bond: str = "bond0", since: float = NOW - 700, whole: bool = False) -> Tail:
    """A log with these losses: how many seconds ago, and which slave."""
    return Tail(whole, since, NOW, tuple(Loss(NOW - ago, bond, slave) for ago, slave in lost))


def lost(log: Tail, bond: Bond, *own: tuple[str, str, float]) -> dict[int, tuple[float, ...]]:
    return kernel_log.lost_links(bond, log, NOW, [(of, slave, NOW - ago) for of, slave, ago in own])


def flapping(first: int | None = 9, second: int | None = 9, **rest: object) -> Bond:
    return a_bond(a_slave("eno1", 2, failures=first), a_slave("eno2", 3, failures=second), **rest)  # type: ignore[arg-type]


def test_losses_are_told_by_slave_the_latest_first() -> None:
    log = a_log((300, "eno1"), (200, "eno2"), (100, "eno1"))
    assert lost(log, flapping()) == {2: (100.0, 300.0), 3: (200.0,)}


@pytest.mark.parametrize(("ago", "counts"), [(0, True), (600, True), (600.5, False), (4000, False), (-2, True)])
def test_ten_minutes_count(ago: float, counts: bool) -> None:
    assert lost(a_log((ago, "eno1")), flapping()) == ({2: (max(0.0, ago),)} if counts else {})


def test_a_slave_of_that_name_in_another_bond_does_not_count() -> None:
    assert lost(a_log((10, "eno1"), bond="bond1"), flapping()) == {}


def test_a_slave_has_not_lost_more_links_than_the_driver_has_counted() -> None:
    log = a_log((300, "eno1"), (100, "eno1"), (100, "eno2"))
    assert lost(log, flapping(1, 0)) == {2: (100.0,)}
    assert lost(log, flapping(None, 0)) == {2: (100.0, 300.0)}


@pytest.mark.parametrize(
    ("settings", "took", "counts"),
    [
        ({"miimon": 100}, 1.5, False),
        ({"miimon": 100}, 1.7, True),
        ({"miimon": 100, "downdelay": 2000}, 3.5, False),
        ({"miimon": 100, "downdelay": 2000}, 3.7, True),
        ({"miimon": None, "downdelay": None}, 1.4, False),
        ({"miimon": 0, "arp_interval": 1000, "arp_missed_max": 4}, 7.4, False),
        ({"miimon": 0, "arp_interval": 1000}, 5.4, False),
        ({"miimon": 0, "arp_interval": 1000}, 5.6, True),
        ({"miimon": 100}, -0.4, False),
        ({"miimon": 100}, -0.6, True),
    ],
)
def test_what_we_set_down_ourselves_does_not_count_for_as_long_as_the_monitor_takes(
    settings: dict[str, int], took: float, counts: bool
) -> None:
    found = lost(a_log((100 - took, "eno1")), flapping(**settings), ("bond0", "eno1", 100))
    assert bool(found) is counts


def test_only_the_slave_and_the_bond_that_we_set_down_are_excused() -> None:
    log = a_log((99.75, "eno1"))
    assert lost(log, flapping(), ("bond0", "eno2", 100), ("bond1", "eno1", 100)) == {2: (99.75,)}
    assert lost(log, flapping(), ("bond0", "eno2", 100), ("bond0", "eno1", 100)) == {}


def doubtful(bond: Bond, log: Tail | None) -> list[str]:
    return [slave.name for slave in kernel_log.doubtful(bond, log, NOW)]


def test_without_a_log_every_slave_that_ever_lost_its_link_is_in_doubt() -> None:
    assert doubtful(flapping(3, 0), None) == ["eno1"]
    assert doubtful(flapping(None, 1), None) == ["eno1", "eno2"]
    assert doubtful(flapping(0, 0), None) == []


def test_a_log_that_reaches_back_far_enough_leaves_no_doubt() -> None:
    assert doubtful(flapping(), a_log(since=NOW - 600)) == []
    assert doubtful(flapping(), a_log(since=NOW - 5, whole=True)) == []
    assert doubtful(flapping(3, 0), a_log(since=NOW - 599)) == ["eno1"]


def test_a_short_log_that_holds_every_loss_that_was_counted_leaves_no_doubt() -> None:
    log = a_log((20, "eno1"), (10, "eno1"), (10, "eno2"), since=NOW - 30)
    assert doubtful(flapping(2, 2), log) == ["eno2"]
    assert doubtful(flapping(3, 1), log) == ["eno1"]
    assert doubtful(flapping(2, 1), log) == []


def test_the_doubt_is_said_in_words() -> None:
    slaves = kernel_log.doubtful(flapping(3, None))
    assert kernel_log.when_unknown(slaves, "no log") == (
        "eno1 has lost its link 3 times, eno2 has lost its link or not, when is not known: no log"
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("dev", "proc/self"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def test_the_whole_log_is_read(root: Path) -> None:
    records = [record("start", 0, 0), *(record(NEW, number, number) for number in range(1, 2000))]
    (root / "dev/kmsg").write_bytes(b"".join(records))
    log = system.read(str(root))
    assert (log.whole, log.until, len(log.losses)) == (True, 1999.0, 1999)


@pytest.fixture
def ring(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[bytes | OSError]:
    """What each read gives: one record or an error; then there is nothing more."""
    (root / "dev/kmsg").touch()
    answers: list[bytes | OSError] = []

    def read(_: int, __: int) -> bytes:
        answer = answers.pop(0) if answers else BlockingIOError()
        if isinstance(answer, OSError):
            raise answer
        return answer

    monkeypatch.setattr(system, "os", SimpleNamespace(**{**vars(os), "read": read}))
    return answers


def test_reading_ends_where_the_log_ends(root: Path, ring: list[bytes | OSError]) -> None:
    ring += [record("start", 0, 0), record(NEW, 5, 1)]
    assert system.read(str(root)) == Tail(True, 0.0, 5.0, (Loss(5.0, "bond0", "eno1"),))


def test_records_that_were_overwritten_while_we_read_leave_a_log_that_begins_later(
    root: Path, ring: list[bytes | OSError]
) -> None:
    ring += [record("start", 0, 0), BrokenPipeError(32, "Broken pipe"), record(NEW, 50, 900)]
    assert system.read(str(root)) == Tail(False, 50.0, 50.0, (Loss(50.0, "bond0", "eno1"),))


def test_any_other_error_is_an_error(root: Path, ring: list[bytes | OSError]) -> None:
    ring += [PermissionError(1, "Operation not permitted")]
    with pytest.raises(PermissionError):
        system.read(str(root))


def test_no_log_is_an_error(root: Path) -> None:
    with pytest.raises(FileNotFoundError):
        system.read(str(root))


def clocks(monkeypatch: pytest.MonkeyPatch, *, disciplined: float, raw: float) -> None:
    told = {time.CLOCK_MONOTONIC: disciplined, time.CLOCK_MONOTONIC_RAW: raw}
    monkeypatch.setattr(time, "clock_gettime", told.__getitem__)


@pytest.mark.parametrize(
    ("disciplined", "raw", "until", "expected"),
    [
        (1000.0, 1000.2, 900.0, 1000.0),
        (1000.0, 1300.0, 900.0, 1000.0),
        (1300.0, 1000.0, 900.0, 1000.0),
        (1000.0, 1300.0, 1200.0, 1300.0),
        (1000.0, 1000.0, 1004.0, 1000.0),
        (1000.0, 1000.0, 1006.0, None),
    ],
)
def test_the_earlier_clock_that_is_not_behind_the_log_is_the_one(
    root: Path, monkeypatch: pytest.MonkeyPatch, disciplined: float, raw: float, until: float, expected: float | None
) -> None:
    clocks(monkeypatch, disciplined=disciplined, raw=raw)
    assert system.now(Tail(True, 0.0, until), str(root)) == expected


def test_the_log_knows_nothing_of_time_namespaces(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks(monkeypatch, disciplined=1000.0, raw=1000.0)
    (root / "proc/self/timens_offsets").write_text("monotonic         -500  500000000\nboottime  7 0\n")
    assert system.now(Tail(True), str(root)) == 1499.5


def test_what_we_set_down_explains_one_loss_and_not_the_next_ones() -> None:
    log = a_log((99.9, "eno1"), (99.2, "eno1"), (98.9, "eno1"))
    first, second = ("bond0", "eno1", 100.0), ("bond0", "eno1", 99.3)
    assert lost(log, flapping(miimon=100), first)[2] == pytest.approx((98.9, 99.2))
    assert lost(log, flapping(miimon=100), first, second)[2] == pytest.approx((98.9,))


LOOPBACK = (
    "bond0: (slave eno1): An illegal loopback occurred on slave\nCheck the configuration to verify that all adapters"
)
NO_PARTNER = "bond0: Warning: No 802.3ad response from the link partner for any adapters in the bond"


def words(*records: bytes, names: tuple[str, ...] = ("bond0",)) -> list[tuple[object, ...]]:
    bonds = [a_bond(name=name) for name in names]
    return [tuple(word) for word in kernel_log.words(kernel_log.tail(b"".join(records)), 100.0, bonds)]


@pytest.mark.parametrize(
    ("text", "kind", "slave"),
    [
        (LOOPBACK, "loopback", "eno1"),
        ("bond0: An illegal loopback occurred on adapter (eno1)\nCheck the configuration", "loopback", "eno1"),
        ("bonding: bond0: An illegal loopback occurred on adapter (eno1).\nCheck the", "loopback", "eno1"),
        ("bonding: bond0: An illegal loopback occurred on adapter (eno1). Check the", "loopback", "eno1"),
        (NO_PARTNER, "no-partner", None),
        (f"bonding: {NO_PARTNER}", "no-partner", None),
        (NO_PARTNER.replace("Warning: ", ""), "no-partner", None),
    ],
)
def test_every_kernel_speaks_of_lacp_in_its_own_way(text: str, kind: str, slave: str | None) -> None:
    assert words(record(text, 40.0)) == [(kind, 60.0, "bond0", slave)]


@pytest.mark.parametrize(
    "text",
    [
        f"say {NO_PARTNER}",
        "NULL: Warning: No 802.3ad response from the link partner for any adapters in the bond",
        NO_PARTNER.replace("bond0", "bond1"),
        "bond0: An illegal loopback occurred on port 7",
        "bond0: (slave ): An illegal loopback occurred on slave",
    ],
)
def test_what_others_say_of_it_is_not_taken(text: str) -> None:
    assert words(record(text)) == []


def test_of_a_remark_that_is_repeated_the_last_one_counts_and_the_newest_comes_first() -> None:
    log = [record(LOOPBACK, 10.0), record(NO_PARTNER, 20.0), record(LOOPBACK, 30.0), record(NO_PARTNER, 100.5)]
    assert [kind for kind, *_ in words(*log[:3])] == ["loopback", "no-partner"]
    assert words(*log, record(LOOPBACK.replace("eno1", "eno2"), 5.0)) == [
        ("loopback", 95.0, "bond0", "eno2"),
        ("no-partner", 0.0, "bond0", None),
        ("loopback", 70.0, "bond0", "eno1"),
    ]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_in_remarks_keep_their_bytes(name: str) -> None:
    said = record(f"b{name}: (slave s{name}): An illegal loopback occurred on slave\n")
    assert words(said, names=(f"b{name}",)) == [("loopback", 0.0, f"b{name}", f"s{name}")]
