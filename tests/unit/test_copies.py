"""Texts from files, standard input, folders and sosreports, and what ``bondtui status --proc`` says of them."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import json
import lzma
import os
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bondtui import cli
from bondtui.model.bond import Hardware
from bondtui.model.reading import SourceError
from bondtui.system import copies, packed
from bondtui.system.copies import LIMIT, read_files, read_sos

CAPTURES = Path(__file__).parent / "captures"
SOS = CAPTURES / "sos"
LACP = (CAPTURES / "lacp.txt").read_text()
UNAME = "Linux db-07 6.1.176 #1 Sat Jul  4 15:38:16 UTC 2026 x86_64 GNU/Linux\n"


def stdin_is(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


def refused(read: Callable[[], object]) -> str:
    with pytest.raises(SourceError) as caught:
        read()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def sosreport(root: Path) -> Path:
    """An unpacked sosreport of the machine that the captures are from."""
    for path, text in {
        "proc/net/bonding/bond1": (SOS / "bond1").read_text(),
        "sos_commands/networking/ip_-s_-d_link": (SOS / "ip_-s_-d_link").read_text(),
        "sos_commands/networking/ip_-d_address": (SOS / "ip_-d_address").read_text(),
        "sos_commands/networking/ip_route_show_table_all": "default via 198.51.100.1 dev bond1\n",
        "sos_commands/networking/ethtool_eno3": (SOS / "ethtool_eno3").read_text(),
        "sos_commands/networking/ethtool_-i_eno3": "driver: ixgbe\nbus-info: 0000:04:00.0\n",
        "sos_commands/networking/ethtool_-P_eno4": "Permanent address: 9a:ee:e9:59:5f:cf\n",
        "sos_commands/kernel/uname_-a": UNAME,
        "sos_commands/host/hostname": "db-07.example\n",
        "sos_commands/date/date": "Sun Nov 22 18:53:13 UTC 2026\n",
        "sys/devices/pci0000:00/0000:00:1c.0/net/eno3/carrier_changes": "7\n",
        "etc/systemd/network/bond1.netdev": "[NetDev]\nName=bond1\nKind=bond\n[Bond]\nMode=802.3ad\nMIIMonitorSec=100ms\n",
        "var/log/messages": "Bonding Mode: adaptive load balancing\n" * 100,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "sys/class/net").mkdir(parents=True)
    (root / "sys/class/net/eno3").symlink_to("../../devices/pci0000:00/0000:00:1c.0/net/eno3")
    return root


def archive(folder: Path, path: Path, mode: str) -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        tar.add(folder, folder.name)
    return path


# Files and standard input


def test_a_file_is_read_and_names_its_bond(tmp_path: Path) -> None:
    path = tmp_path / "bond7"
    path.write_text(LACP)
    (copy,) = read_files([str(path)])
    assert [bond.name for bond in copy.bonds] == ["bond7"]
    assert copy.sources == {copy.bonds[0].ifindex: str(path)}
    assert (copy.kernel, copy.around.kernel, copy.host, copy.taken, copy.unread) == (
        "6.1.176",
        "6.1.176",
        None,
        None,
        (),
    )


def test_standard_input_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin_is(monkeypatch, f"$ cat /proc/net/bonding/bond7\r\n{LACP}".encode())
    (copy,) = read_files(["-", "-"])
    assert [(bond.name, copy.sources[bond.ifindex]) for bond in copy.bonds] == [("bond7", "-")]


def test_made_up_indexes_are_not_given_twice(tmp_path: Path) -> None:
    for name in ("bond0", "bond1"):
        (tmp_path / name).write_text(LACP)
    found = read_files([str(tmp_path / "bond0"), str(tmp_path / "bond1")])
    bonds = [bond for copy in found for bond in copy.bonds]
    indexes = [bond.ifindex for bond in bonds] + [slave.ifindex for bond in bonds for slave in bond.slaves]
    assert len(indexes) == len(set(indexes)) == 6
    assert max(indexes) < 0


def test_a_file_of_windows_in_utf_16_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bond0"
    path.write_bytes(LACP.replace("\n", "\r\n").encode("utf-16"))
    assert read_files([str(path)])[0].bonds[0].options.mode == 4


def test_bytes_that_are_not_utf_8_stay_in_names(tmp_path: Path) -> None:
    path = tmp_path / "bond0"
    path.write_bytes(LACP.encode().replace(b"Interface: l1", b"Interface: n\xff\xfe"))
    assert os.fsencode(read_files([str(path)])[0].bonds[0].slaves[0].name) == b"n\xff\xfe"


@pytest.mark.parametrize("data", [b"", b" \n\r\n\t", b"\0\0\0"])
def test_an_empty_text_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bond0"
    path.write_bytes(data)
    assert "is empty" in refused(lambda: read_files([str(path)]))


def test_a_text_without_a_bond_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bond0"
    path.write_text("hello\n")
    assert "holds no bond" in refused(lambda: read_files([str(path)]))


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refused(lambda: read_files([str(tmp_path / "bond0")]))
    assert "no such file" in refused(lambda: read_sos(str(tmp_path / "sos")))


def test_a_long_text_is_refused_and_the_longest_one_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bond0"
    path.write_text(LACP + "x" * (LIMIT - len(LACP)))
    assert len(read_files([str(path)])) == 1
    with path.open("a") as file:
        file.write("x")
    assert "longer than 10 MB" in refused(lambda: read_files([str(path)]))


def test_an_endless_file_is_refused() -> None:
    assert "longer than 10 MB" in refused(lambda: read_files(["/dev/zero"]))


# Pipes


@contextmanager
def written(path: Path, data: bytes) -> Iterator[str]:
    """A FIFO into which these bytes are written once, for the first who opens it."""
    os.mkfifo(path)

    def write() -> None:
        with contextlib.suppress(BrokenPipeError), path.open("wb") as file:
            file.write(data)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield str(path)
    finally:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))  # lets a writer go that nobody has listened to
        writer.join(10)
        assert not writer.is_alive()


def test_a_fifo_is_opened_once(tmp_path: Path) -> None:
    with written(tmp_path / "bond3", LACP.encode()) as path:
        (copy,) = read_files([path])
    assert [(bond.name, len(bond.slaves)) for bond in copy.bonds] == [("bond3", 2)]


def test_what_a_pipe_brings_is_read_whole_also_in_pieces() -> None:
    reading, writing = os.pipe()
    half = len(LACP) // 2
    for part in (LACP[:100], LACP[100:half], LACP[half:]):
        os.write(writing, part.encode())
    os.close(writing)
    try:
        (copy,) = read_files([f"/dev/fd/{reading}"])
    finally:
        os.close(reading)
    assert len(copy.bonds[0].slaves) == 2


@pytest.mark.parametrize("ending", ["w:xz", "w:gz", "w:bz2", "w"])
def test_an_archive_is_not_read_from_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    data = archive(sosreport(tmp_path / "sosreport"), tmp_path / "sos.tar", ending).read_bytes()
    stdin_is(monkeypatch, data)
    assert "standard input is an archive" in refused(lambda: read_files(["-"]))
    with written(tmp_path / "bond0", data) as path:
        assert f"{path} is an archive" in refused(lambda: read_files([path]))


def test_a_sosreport_in_a_fifo_is_refused_without_opening_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "sos.tar.xz")  # whoever opened it would wait for a writer for ever
    assert "neither a file nor a folder" in refused(lambda: read_sos(str(tmp_path / "sos.tar.xz")))


# Folders and sosreports


def test_a_sosreport_tells_of_the_whole_machine(tmp_path: Path) -> None:
    root = sosreport(tmp_path / "sosreport-db-07")
    for path in (root, tmp_path):
        (copy,) = read_sos(str(path))
        assert (copy.host, copy.kernel, copy.taken) == ("db-07.example", "6.1.176", 1795373593.0)
        (bond,) = copy.bonds
        assert (bond.name, bond.ifindex, bond.link.mtu, bond.slaves[0].link.carrier_changes) == ("bond1", 5, 1500, 7)
        assert bond.addresses == ("198.51.100.7/24", "fe80::58c4:7ff:fe6f:2e10/64")
        assert bond.slaves[0].hardware == Hardware(10000, "full", "ixgbe", "0000:04:00.0")
        assert copy.sources == {5: f"{root}/proc/net/bonding/bond1"}
        assert copy.around.configured is not None
        assert [each.options["miimon"] for each in copy.around.configured] == ["100"]
        assert copy.unread == ()


@pytest.mark.parametrize(
    ("ending", "mode"), [("tar.xz", "w:xz"), ("tar.gz", "w:gz"), ("tar.bz2", "w:bz2"), ("tar", "w")]
)
def test_a_packed_sosreport_tells_the_same(tmp_path: Path, ending: str, mode: str) -> None:
    root = sosreport(tmp_path / "in" / "sosreport-db-07")
    path = archive(root, tmp_path / f"sosreport.{ending}", mode)
    (unpacked,), (copy,) = read_sos(str(root)), read_sos(str(path))
    assert copy._replace(sources={}) == unpacked._replace(sources={})
    assert copy.sources == {5: f"{path}:sosreport-db-07/proc/net/bonding/bond1"}
    assert read_files([str(path)]) == [copy]


def test_nothing_is_unpacked_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive(sosreport(tmp_path / "sosreport"), tmp_path / "sos.tar.xz", "w:xz")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "no-such-folder"))
    before = sorted(tmp_path.rglob("*"))
    read_sos(str(path))
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_of_files_that_are_called_like_bonds_is_read(tmp_path: Path) -> None:
    (tmp_path / "bond0").write_text(LACP)
    (tmp_path / "bond1.txt").write_text((CAPTURES / "active-backup.txt").read_text())
    (tmp_path / "notes.txt").write_text("Bonding Mode: adaptive load balancing\n")
    (copy,) = read_sos(str(tmp_path))
    assert [(bond.name, bond.options.mode) for bond in copy.bonds] == [("bond0", 4), ("bond1", 1)]


def test_a_folder_of_several_machines_gives_each(tmp_path: Path) -> None:
    for name in ("a", "b"):
        sosreport(tmp_path / name)
        (tmp_path / name / "sos_commands/host/hostname").write_text(name)
    assert [copy.host for copy in read_sos(str(tmp_path))] == ["a", "b"]


def test_a_folder_without_a_bond_is_refused(tmp_path: Path) -> None:
    assert "holds no bond" in refused(lambda: read_sos(str(tmp_path)))
    sosreport(tmp_path / "sos")
    shutil.rmtree(tmp_path / "sos/proc")
    (tmp_path / "sos/sos_commands/networking/ip_-s_-d_link").unlink()
    (tmp_path / "sos/sos_commands/networking/ip_-d_address").unlink()
    assert "holds no bond" in refused(lambda: read_sos(str(tmp_path / "sos")))


def test_a_text_is_no_sosreport(tmp_path: Path) -> None:
    (tmp_path / "bond0").write_text(LACP)
    assert "--proc" in refused(lambda: read_sos(str(tmp_path / "bond0")))


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(LACP)
    root = sosreport(tmp_path / "sos")
    (root / "proc/net/bonding/bond2").symlink_to(tmp_path / "secret")
    (root / "proc/net/bonding/bond3").symlink_to("../../../../secret")
    os.mkfifo(root / "proc/net/bonding/bond4")
    assert [bond.name for bond in read_sos(str(root))[0].bonds] == ["bond1"]
    shutil.rmtree(root / "proc/net/bonding")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/bond9").write_text(LACP)
    (root / "proc/net/bonding").symlink_to(tmp_path / "elsewhere")
    assert [bond.name for bond in read_sos(str(root))[0].bonds] == ["bond1"]  # that of ip


def add(tar: tarfile.TarFile, name: str, data: bytes = b"", **fields: object) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    for field, value in fields.items():
        setattr(member, field, value)
    tar.addfile(member, io.BytesIO(data))


def test_paths_and_links_out_of_the_archive_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    path = tmp_path / "sos.tar"
    with tarfile.open(path, "w") as tar:
        add(tar, "/proc/net/bonding/absolute", LACP.encode())
        add(tar, "sos/../../proc/net/bonding/above", LACP.encode())
        add(tar, "sos/proc/net/bonding/link", type=tarfile.SYMTYPE, linkname="/etc/passwd")
        add(tar, "sos/proc/net/bonding/hard", type=tarfile.LNKTYPE, linkname="sos/proc/net/bonding/bond0")
        add(tar, "sos/proc/net/bonding/device", type=tarfile.CHRTYPE)
        add(tar, "sos/sys/class/net/l1", type=tarfile.SYMTYPE, linkname="../../../../../../etc")
        add(tar, "./sos/proc/net/bonding/bond0", LACP.encode())
    (copy,) = read_sos(str(path))
    assert [bond.name for bond in copy.bonds] == ["bond0"]


@pytest.mark.parametrize("ending", ["xz", "gz", "bz2"])
@pytest.mark.timeout(60)
def test_a_bomb_is_refused(tmp_path: Path, ending: str) -> None:
    opener = {"xz": lzma.open, "gz": gzip.open, "bz2": bz2.open}[ending]
    path = tmp_path / f"bomb.tar.{ending}"
    header = tarfile.TarInfo("sos/var/log/zeros")
    header.size = 10**12
    with opener(path, "wb") as file:  # type: ignore[operator]
        file.write(header.tobuf(tarfile.GNU_FORMAT))
        for _ in range(120):  # more than the least that is allowed for a small file
            file.write(bytes(1_000_000))
    assert path.stat().st_size < 500_000
    assert "would unpack to more" in refused(lambda: read_sos(str(path)))


@pytest.mark.timeout(60)
def test_one_long_file_or_header_in_an_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.tar.xz"
    with tarfile.open(path, "w:xz") as tar:
        add(tar, "sos/proc/net/bonding/bond0", bytes(LIMIT + 1))
    assert "more than 10 MB" in refused(lambda: read_sos(str(path)))
    with lzma.open(path, "wb") as file:
        header = tarfile.TarInfo("x")
        header.type, header.size = tarfile.XHDTYPE, LIMIT + 1
        file.write(header.tobuf(tarfile.USTAR_FORMAT) + bytes(LIMIT + 1024))
    assert "would unpack to more" in refused(lambda: read_sos(str(path)))


def test_a_damaged_archive_gives_what_comes_before_the_damage(tmp_path: Path) -> None:
    path = tmp_path / "sos.tar"
    with tarfile.open(path, "w") as tar:
        add(tar, "sos/proc/net/bonding/bond0", LACP.encode())
        add(tar, "sos/var/big", bytes(10_000))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(LACP) + 3000])
    (copy,) = read_sos(str(path))
    assert [bond.name for bond in copy.bonds] == ["bond0"]
    assert "damaged" in copy.unread[0].why
    packed_whole = lzma.compress(whole)
    path.write_bytes(packed_whole[: len(packed_whole) // 8])
    assert "cannot read" in refused(lambda: read_sos(str(path)))


@pytest.mark.parametrize("start", [b"\x1f\x8b", b"\xfd7zXZ\x00", b"BZh", b"\0" * 257 + b"ustar"])
def test_what_only_begins_like_an_archive_is_refused(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "sos"
    path.write_bytes(start + b"nonsense" * 200)
    refused(lambda: read_sos(str(path)))
    refused(lambda: read_files([str(path)]))


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MOST_MEMBERS", 3)
    path = archive(sosreport(tmp_path / "sos"), tmp_path / "sos.tar", "w")
    assert "more than 3 files" in refused(lambda: read_sos(str(path)))


def test_a_folder_with_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "LIMIT", 1000)
    root = sosreport(tmp_path / "sos")
    assert "more than" in refused(lambda: read_sos(str(root)))


# bondtui status --proc


def status(*arguments: str) -> int:
    return cli.main(["status", *arguments])


def test_status_prints_the_document_of_a_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bond0"
    path.write_text(LACP + "Quantum State: superposed\n")
    assert status("--json", "--proc", str(path)) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["schema"], document["host"], document["taken_at"]) == ("bondtui.status/1", None, None)
    assert document["simulated"] is False
    (bond,) = document["bonds"]
    assert (bond["name"], bond["source"], bond["ifindex"], bond["lacp_rate"]) == ("bond0", str(path), None, "fast")
    assert (bond["operstate"], bond["admin_up"], bond["mtu"], bond["addresses"], bond["counters"]) == (None,) * 5
    assert bond["slaves"][0]["ifindex"] is None
    assert bond["slaves"][0]["partner_port"] == 1
    assert document["unread"] == [
        {
            "source": str(path),
            "line": LACP.count("\n") + 1,
            "text": "Quantum State: superposed",
            "why": "not a line of the bonding driver that is known",
        }
    ]


def test_status_prints_what_a_sosreport_says_of_host_and_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status("--json", "--proc", str(sosreport(tmp_path / "sos"))) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["host"], document["taken_at"]) == ("db-07.example", "2026-11-22T18:53:13.000Z")
    assert document["bonds"][0]["ifindex"] == 5


def test_status_prints_lines_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bond0"
    path.write_text(LACP.replace("l1", "l\x1b[31m"))
    assert status("--proc", str(path)) == 0
    said = capsys.readouterr().out
    assert "mode 802.3ad (4), MII up, kernel 6.1.176" in said
    assert "l\\x1b[31m: MII up, speed 10G, duplex full" in said
    assert "partner: state 63" in said
    assert "Every line was understood." in said
    assert "-1" not in said
    assert "None" not in said


def test_status_prints_the_bonds_that_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paste = f"==> bond0 <==\n{LACP}==> bond1 <==\n{LACP}".encode()
    stdin_is(monkeypatch, paste)
    assert status("bond1", "--json", "--proc", "-") == 0
    assert [bond["name"] for bond in json.loads(capsys.readouterr().out)["bonds"]] == ["bond1"]
    stdin_is(monkeypatch, paste)
    assert status("bond9", "--proc", "-") == 3
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "bondtui: no bond named 'bond9' in what was read; there is bond0, bond1\n")


def test_status_says_in_one_line_what_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bond0").write_text("")
    for path in (tmp_path / "bond0", tmp_path / "bond1", tmp_path):
        assert status("--json", "--proc", str(path)) == 3
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("bondtui: ")
        assert said.err.count("\n") == 1
