"""What configuration files say of bonds, as their managers would set it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bondtui.core import configured
from bondtui.core.configured import Files
from bondtui.core.configured_networkd import milliseconds
from bondtui.model.around import Configured
from bondtui.system.configured import FILE_BYTES, found, look, trouble

NETWORKD, NETPLAN = "/etc/systemd/network", "/run/systemd/network/10-netplan-"
PROFILES = "/etc/NetworkManager/system-connections"
BOND = "[NetDev]\nName=bond0\nKind=bond\n\n[Bond]\n"


def networkd(bond: str = "Mode=active-backup", /, **rest: str | None) -> tuple[Configured, ...]:
    """What a .netdev with these lines says, beside other files of the folder, ``_`` for ``/`` in drop-ins."""
    others = {f"{NETWORKD}/{name}": text for name, text in rest.items()}
    return configured.read(Files(networkd={f"{NETWORKD}/bond0.netdev": BOND + bond, **others}))


def slave_file(name: str, *more: str, bond: str = "bond0") -> str:
    return "\n".join(["[Match]", f"Name={name}", "[Network]", f"Bond={bond}", *more])


class TestNetworkd:
    def test_options_come_in_the_kernels_names_words_and_units(self) -> None:
        (said,) = networkd(
            "Mode=802.3ad\nTransmitHashPolicy=layer3+4\nLACPTransmitRate=fast\nMIIMonitorSec=100ms\nUpDelaySec=0.2\n"
            "MinLinks=2\nAllSlavesActive=yes\nGratuitousARP=3\nAdActorSystem=02:00:00:00:00:AA"
        )
        assert (said.manager, said.path, said.bond) == ("systemd-networkd", f"{NETWORKD}/bond0.netdev", "bond0")
        assert said.options == {
            "mode": "802.3ad",
            "xmit_hash_policy": "layer3+4",
            "lacp_rate": "fast",
            "miimon": "100",
            "updelay": "200",
            "min_links": "2",
            "all_slaves_active": "1",
            "num_grat_arp": "3",
            "ad_actor_system": "02:00:00:00:00:aa",
        }
        assert said.written["updelay"] == "UpDelaySec=0.2"

    def test_a_bare_number_is_one_of_seconds(self) -> None:
        (said,) = networkd("MIIMonitorSec=100")
        assert said.options == {"miimon": "100000"}
        assert said.written == {"miimon": "MIIMonitorSec=100"}

    @pytest.mark.parametrize(
        ("span", "wanted"),
        [
            ("100ms", 100),
            ("1s 500ms", 1500),
            ("1min30s", 90_000),
            ("0.05", 50),
            ("250 ms", 250),
            ("900us", 0),
            ("0.1s", 100),
            ("2h", 7_200_000),
            ("", None),
            ("fast", None),
            ("1..5", None),
            ("-1", None),
            ("infinity", None),
            ("9" * 60, None),
        ],
    )
    def test_time_spans(self, span: str, wanted: int | None) -> None:
        assert milliseconds(span) == wanted

    def test_what_the_manager_would_refuse_is_no_option(self) -> None:
        (said,) = networkd("Mode=1\nMIIMonitorSec=soon\nPrimaryReslectPolicy=better\nLACPTransmitRate=quick")
        assert said.options == said.written == {}

    def test_the_last_assignment_counts_and_targets_add_up_until_an_empty_one(self) -> None:
        (said,) = networkd(
            "MIIMonitorSec=1s\nMIIMonitorSec=50ms\nARPIPTargets=192.0.2.9\nARPIPTargets=\n"
            "ARPIPTargets=192.0.2.2\nARPIPTargets=192.0.2.1"
        )
        assert said.options == {"miimon": "50", "arp_ip_target": "192.0.2.1,192.0.2.2"}

    def test_targets_are_sorted(self) -> None:
        last = [f"192.0.2.{number}" for number in (5, 3, 9, 1, 7, 2, 8)]
        assert networkd(f"ARPIPTargets={' '.join(last)}")[0].options == {"arp_ip_target": ",".join(sorted(last))}

    def test_learn_packets_come_only_with_the_arp_monitor(self) -> None:
        assert networkd("LearnPacketIntervalSec=3")[0].options == {}
        assert networkd("LearnPacketIntervalSec=3\nARPIntervalSec=1")[0].options == {
            "lp_interval": "3",
            "arp_interval": "1000",
        }

    def test_comments_continued_lines_and_other_sections(self) -> None:
        (said,) = networkd(
            "# Mode=802.3ad\n; Mode=broadcast\nARPIPTargets=192.0.2.1 \\\n# between\n  192.0.2.2\n[Vlan]\nMode=x"
        )
        assert said.options == {"arp_ip_target": "192.0.2.1,192.0.2.2"}

    def test_other_kinds_and_hosts_are_none_of_ours(self) -> None:
        for text in ("[NetDev]\nName=br0\nKind=bridge", "[Match]\nHost=other\n" + BOND, "[Bond]\nMode=802.3ad", ""):
            assert configured.read(Files(networkd={f"{NETWORKD}/x.netdev": text})) == ()

    def test_etc_hides_run_and_lib_and_an_empty_file_hides_too(self) -> None:
        files: dict[str, str | None] = {
            "/usr/lib/systemd/network/a.netdev": f"{BOND}Mode=broadcast",
            "/run/systemd/network/a.netdev": f"{BOND}Mode=802.3ad",
            "/etc/systemd/network/a.netdev": f"{BOND}Mode=active-backup",
        }
        assert configured.read(Files(networkd=files))[0].options == {"mode": "active-backup"}
        files["/etc/systemd/network/a.netdev"] = ""
        assert configured.read(Files(networkd=files)) == ()
        del files["/etc/systemd/network/a.netdev"]
        assert configured.read(Files(networkd=files))[0].options == {"mode": "802.3ad"}

    def test_drop_ins_come_after_the_file_in_the_order_of_their_names(self) -> None:
        (said,) = networkd(
            "Mode=active-backup\nMIIMonitorSec=1s\nMinLinks=1",
            **{
                "bond0.netdev.d/20.conf": "[Bond]\nMIIMonitorSec=20ms",
                "bond0.netdev.d/10.conf": "[Bond]\nMIIMonitorSec=10ms\nMinLinks=2",
            },
        )
        assert said.options == {"mode": "active-backup", "miimon": "20", "min_links": "2"}

    def test_of_what_cannot_be_read_nothing_is_said(self) -> None:
        assert networkd("Mode=802.3ad", **{"bond0.netdev.d/20.conf": None}) == ()
        hidden = {f"{NETWORKD}/a.netdev": None, "/run/systemd/network/a.netdev": f"{BOND}Mode=802.3ad"}
        assert configured.read(Files(networkd=hidden)) == ()

    def test_of_two_files_for_one_bond_the_first_by_name_counts(self) -> None:
        (said,) = networkd("Mode=802.3ad", **{"a.netdev": f"{BOND}Mode=broadcast"})
        assert said.options == {"mode": "broadcast"}

    def test_slaves_and_the_primary_come_from_the_network_files(self) -> None:
        (said,) = networkd(
            "Mode=active-backup",
            **{"1.network": slave_file("eno2", "PrimarySlave=yes"), "2.network": slave_file("eno1 eno3")},
        )
        assert said.slaves == ("eno2", "eno1", "eno3")
        assert said.options["primary"] == "eno2"
        assert said.written["primary"] == f"PrimarySlave=yes in {NETWORKD}/1.network"

    def test_slaves_without_a_netdev_are_said_too(self) -> None:
        said = configured.read(Files(networkd={f"{NETWORKD}/1.network": slave_file("eno1")}))
        assert said == (Configured("systemd-networkd", f"{NETWORKD}/1.network", "bond0", slaves=("eno1",)),)

    def test_a_bond_whose_slaves_are_not_named_has_none_that_are_known(self) -> None:
        assert networkd()[0].slaves is None
        assert networkd(**{"1.network": slave_file("eno*")})[0].slaves is None

    @pytest.mark.parametrize(
        "earlier",
        [
            "[Match]\nName=eno1\n[Network]\nDHCP=yes",
            "[Match]\nName=en*\n[Network]\nDHCP=yes",
            "[Match]\nType=ether\n[Network]\nDHCP=yes",
            "[Match]\nName=!lo",
            "[Match]\nMACAddress=02:00:00:00:00:01",
            None,
        ],
    )
    def test_a_slave_that_an_earlier_file_may_take_is_not_named(self, earlier: str | None) -> None:
        assert networkd(**{"1.network": earlier, "2.network": slave_file("eno1")})[0].slaves is None
        assert networkd(**{"1.network": slave_file("eno1"), "2.network": earlier})[0].slaves == ("eno1",)

    @pytest.mark.parametrize("earlier", ["[Match]\nType=wlan", "[Match]\nName=ve-*", "[Network]\nDHCP=yes", ""])
    def test_files_for_others_take_nothing(self, earlier: str) -> None:
        assert networkd(**{"1.network": earlier, "2.network": slave_file("eno1")})[0].slaves == ("eno1",)

    def test_what_netplan_has_generated_is_its_own(self) -> None:
        files = {
            f"{NETPLAN}bond0.netdev": f"{BOND}Mode=802.3ad\nMIIMonitorSec=100ms",
            f"{NETPLAN}eno1.network": slave_file("eno1"),
        }
        (said,) = configured.read(Files(networkd=files))
        assert (said.manager, said.options["miimon"], said.slaves) == ("netplan", "100", ("eno1",))


def keyfiles(**texts: str | None) -> tuple[Configured, ...]:
    return configured.read(Files(profiles={f"{PROFILES}/{name}.nmconnection": text for name, text in texts.items()}))


def profile(name: str = "bond0", options: str = "mode=active-backup", *more: str, kind: str = "bond") -> str:
    return "\n".join(
        ["[connection]", f"id={name}", f"type={kind}", f"interface-name={name}", *more, "", "[bond]", options]
    )


class TestNetworkManager:
    def test_a_profile_and_its_ports(self) -> None:
        (said,) = keyfiles(
            bond0=profile("bond0", "miimon=100\nmode=1\nprimary=eno1\nnum_unsol_na=2", "uuid=11-22"),
            one=profile("eno1", "", "master=bond0", "slave-type=bond", kind="ethernet"),
            two=profile("eno2", "", "controller=11-22", "port-type=bond", kind="ethernet"),
            asleep=profile("eno3", "", "master=bond0", "slave-type=bond", "autoconnect=false", kind="ethernet"),
            bridged=profile("eno4", "", "master=bond0", "slave-type=bridge", kind="ethernet"),
        )
        assert (said.manager, said.path, said.bond) == ("NetworkManager", f"{PROFILES}/bond0.nmconnection", "bond0")
        assert said.options == {"miimon": "100", "mode": "active-backup", "primary": "eno1", "num_grat_arp": "2"}
        assert said.written["mode"] == "mode=1"
        assert said.slaves == ("eno1", "eno2")

    def test_active_slave_is_an_old_name_of_primary(self) -> None:
        assert keyfiles(bond0=profile("bond0", "active_slave=eno2"))[0].options == {"primary": "eno2"}
        assert keyfiles(bond0=profile("bond0", "primary=eno1\nactive_slave=eno2"))[0].options == {"primary": "eno1"}

    def test_a_profile_that_starts_itself_goes_before_one_that_does_not(self) -> None:
        asleep = profile("bond0", "mode=802.3ad", "autoconnect=no")
        assert [each.options["mode"] for each in keyfiles(old=asleep, new=profile())] == ["active-backup"]
        assert [each.options["mode"] for each in keyfiles(old=asleep)] == ["802.3ad"]
        assert len(keyfiles(one=profile(), two=profile())) == 2

    def test_run_hides_etc_where_the_uuid_is_the_same(self) -> None:
        files = {
            f"{PROFILES}/a.nmconnection": profile("bond0", "mode=1", "uuid=1"),
            "/run/NetworkManager/system-connections/b.nmconnection": profile("bond0", "mode=4", "uuid=1"),
        }
        assert [each.options for each in configured.read(Files(profiles=files))] == [{"mode": "802.3ad"}]

    def test_what_networkmanager_found_running_is_no_configuration(self) -> None:
        assert keyfiles(x=profile() + "\n[.nmmeta]\nnm-generated=true\n") == ()

    def test_ports_of_a_profile_that_cannot_be_read_still_name_the_bond(self) -> None:
        port = profile("eno1", "", "master=bond0", "slave-type=bond", kind="ethernet")
        assert [(each.bond, each.options, each.slaves) for each in keyfiles(bond0=None, eno1=port)] == [
            ("bond0", {}, ("eno1",))
        ]

    def test_what_netplan_has_generated_is_its_own(self) -> None:
        path = "/run/NetworkManager/system-connections/netplan-bond0.nmconnection"
        assert configured.read(Files(profiles={path: profile()}))[0].manager == "netplan"


def interfaces(*texts: str) -> tuple[Configured, ...]:
    return configured.read(Files(ifupdown={f"/etc/network/{number}": text for number, text in enumerate(texts)}))


class TestIfupdown:
    def test_a_stanza_with_hyphens_and_underscores(self) -> None:
        (said,) = interfaces(
            "auto bond0\niface bond0 inet static\n\taddress 192.0.2.1/24\n\tbond-slaves eno1 eno2\n\tbond-mode 4\n"
            "\tbond_miimon 100\n\tbond-lacp-rate 1\n\tbond-xmit_hash_policy layer3+4\n\tbond-min-links 2\n"
            "iface eno1 inet manual\n"
        )
        assert (said.manager, said.path, said.bond, said.slaves) == (
            "ifupdown",
            "/etc/network/0",
            "bond0",
            ("eno1", "eno2"),
        )
        assert said.options == {
            "mode": "802.3ad",
            "miimon": "100",
            "lacp_rate": "fast",
            "xmit_hash_policy": "layer3+4",
            "min_links": "2",
        }
        assert said.written["lacp_rate"] == "bond-lacp-rate 1"

    def test_slaves_may_name_their_bond_and_the_primary(self) -> None:
        (said,) = interfaces(
            "iface bond0 inet dhcp\n bond-slaves none\n bond-mode active-backup\n"
            "iface eno1 inet manual\n bond-master bond0\n bond-primary eno1\n",
            "iface eno2 inet manual\n bond-master bond0\n",
        )
        assert said.slaves == ("eno1", "eno2")
        assert said.options == {"mode": "active-backup", "primary": "eno1"}

    def test_both_families_and_files_make_one_bond(self) -> None:
        (said,) = interfaces("iface bond0 inet dhcp\n bond-ports eno1\n", "iface bond0 inet6 auto\n bond-miimon 50\n")
        assert (said.slaves, said.options) == (("eno1",), {"miimon": "50"})

    @pytest.mark.parametrize("slaves", ["all", "glob eno[1-4]", "regex eno.*", "none", "${ports}"])
    def test_a_list_without_names_names_none(self, slaves: str) -> None:
        assert interfaces(f"iface bond0 inet dhcp\n bond-slaves {slaves}\n bond-mode 1")[0].slaves is None

    def test_several_primaries_are_no_primary(self) -> None:
        assert interfaces("iface bond0 inet dhcp\n bond-primary eno1 eno2\n")[0].options == {}

    def test_what_has_no_word_of_bonding_is_no_bond(self) -> None:
        assert interfaces("auto lo\niface lo inet loopback\niface bond0.7 inet static\n vlan-raw-device bond0\n") == ()


def ifcfg(folder: str = "/etc/sysconfig/network-scripts", **texts: str) -> tuple[Configured, ...]:
    return configured.read(Files(ifcfg={f"{folder}/ifcfg-{name}": text for name, text in texts.items()}))


class TestIfcfg:
    def test_red_hat(self) -> None:
        (said,) = ifcfg(
            bond0='DEVICE=bond0\nTYPE=Bond\nBONDING_OPTS="mode=4 miimon=100 lacp_rate=1" # none\n',
            eno1="DEVICE=eno1\nMASTER=bond0\nSLAVE=yes\nONBOOT=yes\n",
            eno2="DEVICE='eno2'\nMASTER=\"bond0\"\nSLAVE=yes\n",
            eno3="DEVICE=eno3\nMASTER=bond0\nSLAVE=yes\nONBOOT=no\n",
            **{"eno4.bak": "DEVICE=eno4\nMASTER=bond0\nSLAVE=yes\n", "x": "HWADDR=02:00:00:00:00:01\nMASTER=bond0\n"},
        )
        assert (said.manager, said.bond, said.slaves) == ("ifcfg", "bond0", ("eno1", "eno2"))
        assert said.options == {"mode": "802.3ad", "miimon": "100", "lacp_rate": "fast"}
        assert said.written["mode"] == "mode=4"

    def test_suse(self) -> None:
        (said,) = ifcfg(
            "/etc/sysconfig/network",
            bond0="BONDING_MASTER='yes'\nBONDING_MODULE_OPTS='mode=active-backup arp_interval=200"
            " arp_ip_target=+192.0.2.2 arp_ip_target=192.0.2.1'\nBONDING_SLAVE0='eth0'\nBONDING_SLAVE_1='eth1'\n",
        )
        assert said.slaves == ("eth0", "eth1")
        assert said.options == {
            "mode": "active-backup",
            "arp_interval": "200",
            "arp_ip_target": "192.0.2.1,192.0.2.2",
        }


TEXTS = st.text() | st.lists(
    st.sampled_from(
        (
            *("[NetDev]", "[Bond]", "[Match]", "[Network]", "[connection]", "[bond]", "Name=", "Kind=bond", "bond0"),
            *("\n", "\n", "=", " ", "\\", "iface", "bond-slaves", "source", "*", "!", "DEVICE=", "BONDING_OPTS='mode="),
            *(
                "type=bond\ninterface-name=bond0",
                "Bond=bond0",
                "9" * 30,
                "MIIMonitorSec=",
                "1.5.5",
                "\udcff",
                "\0",
                "²",
            ),
            *("arp_ip_target=", "ARPIPTargets=", "fe80::1%x", "uuid=", "master="),
        )
    )
).map("".join)


def all_kinds(*texts: str) -> Files:
    """The same texts as files of every manager."""
    numbered = dict(enumerate(texts))
    return Files(
        networkd={
            f"{NETWORKD}/{number}{suffix}": text
            for number, text in numbered.items()
            for suffix in (".netdev", ".network", ".netdev.d/1.conf")
        },
        profiles={f"{PROFILES}/{number}.nmconnection": text for number, text in numbered.items()},
        ifupdown={f"/etc/network/{number}": text for number, text in numbered.items()},
        ifcfg={f"/etc/sysconfig/network/ifcfg-{number}": text for number, text in numbered.items()},
    )


@given(st.lists(TEXTS, max_size=4))
def test_any_text_is_accepted_and_values_are_the_kernels(texts: list[str]) -> None:
    for said in configured.read(all_kinds(*texts)):
        assert said.bond
        assert said.options.keys() == said.written.keys()
        assert all(value.strip() for value in said.options.values())
        assert said.slaves is None or all(said.slaves)


@pytest.mark.parametrize(
    "line",
    [
        "x",
        "\\\n",
        "[a]\n",
        "Name=eno1 eno2 e*\n",
        "[Match]\nName=a*b*c*d*e*\n[Network]\nBond=bond0\n",
        "[Bond]\nARPIPTargets=192.0.2.1\n",
        "iface bond0 inet dhcp\n bond-slaves a b c\n",
        "source /etc/*\n",
        "DEVICE=bond0\nBONDING_OPTS='arp_ip_target=192.0.2.1 arp_ip_target=192.0.2.1'\n",
        "9",
        "[",
    ],
)
@pytest.mark.timeout(30)
def test_the_longest_file_takes_no_time_to_speak_of(line: str) -> None:
    """What took the square of the length would take many minutes."""
    text = BOND + line * (FILE_BYTES // len(line))
    configured.read(all_kinds(text, text))


# Files


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


def write(root: Path, path: str, text: str = "") -> Path:
    file = root / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_the_files_of_all_managers_are_found(root: Path) -> None:
    write(root, f"{NETWORKD}/bond0.netdev", f"{BOND}Mode=802.3ad")
    write(root, f"{NETWORKD}/bond0.netdev.d/1.conf", "[Bond]\nMIIMonitorSec=50ms")
    write(root, f"{PROFILES}/bond1.nmconnection", profile("bond1"))
    write(root, f"{PROFILES}/bond1.nmconnection~", profile("bond9"))
    write(root, "/etc/network/interfaces", "source interfaces.d/*\nsource-directory /etc/network/more\n")
    write(root, "/etc/network/interfaces.d/a", "iface bond2 inet dhcp\n bond-mode 1\n")
    write(root, "/etc/network/more/b", "iface bond3 inet dhcp\n bond-mode 1\n")
    write(root, "/etc/network/more/b.dpkg-old", "iface bond9 inet dhcp\n bond-mode 1\n")
    write(root, "/etc/sysconfig/network-scripts/ifcfg-bond4", "DEVICE=bond4\nTYPE=Bond\n")
    said = found(str(root))
    assert said is not None
    assert [each.bond for each in said] == ["bond0", "bond1", "bond2", "bond3", "bond4"]
    assert said[0].options == {"mode": "802.3ad", "miimon": "50"}
    assert said[2].path == "/etc/network/interfaces.d/a"
    assert trouble(str(root)) == ()


def test_nothing_configured_is_not_the_same_as_nothing_readable(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert look(str(root)) == ((), ())
    write(root, f"{PROFILES}/bond1.nmconnection", profile("bond1"))
    write(root, f"{PROFILES}/bond2.nmconnection", profile("bond2"))
    refuse(monkeypatch, ".nmconnection")
    assert found(str(root)) is None
    assert trouble(str(root)) == (
        f"NetworkManager: {PROFILES}/bond1.nmconnection and 1 more cannot be read (Permission denied)",
    )
    write(root, f"{NETWORKD}/bond0.netdev", f"{BOND}Mode=802.3ad")
    said, why = look(str(root))
    assert said is not None
    assert [each.bond for each in said] == ["bond0"]
    assert len(why) == 1


def test_a_folder_that_cannot_be_listed_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, f"{PROFILES}/bond1.nmconnection", profile("bond1"))
    real = os.scandir

    def scandir(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith(PROFILES):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert look(str(root)) == (None, (f"NetworkManager: {PROFILES} cannot be read (Permission denied)",))


def refuse(monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    """As the kernel does for an ordinary user; the tests may run as root."""
    real = os.open

    def open_(path: str, flags: int, *rest: int) -> int:
        if path.endswith(suffix):
            raise PermissionError(13, "Permission denied", path)
        return real(path, flags, *rest)

    monkeypatch.setattr(os, "open", open_)


def test_what_is_no_small_regular_file_is_passed_over_without_waiting(root: Path) -> None:
    folder = root / NETWORKD.lstrip("/")
    folder.mkdir(parents=True)
    os.mkfifo(folder / "a.netdev")
    (folder / "b.netdev").mkdir()
    write(root, f"{NETWORKD}/c.netdev", BOND + "#" * (1 << 19))
    (folder / "d.netdev").symlink_to("/nowhere")
    write(root, f"{NETWORKD}/e.netdev", BOND.replace("bond0", "bond5"))
    said, why = look(str(root))
    assert said is not None
    assert [each.bond for each in said] == ["bond5"]
    assert why == (f"systemd-networkd: {NETWORKD}/a.netdev and 2 more cannot be read (it is no file)",)


def test_a_link_to_dev_null_masks_a_file(root: Path) -> None:
    write(root, "/usr/lib/systemd/network/a.netdev", BOND)
    assert len(found(str(root)) or ()) == 1
    masked = root / NETWORKD.lstrip("/") / "a.netdev"
    masked.parent.mkdir(parents=True)
    masked.symlink_to("/dev/null")
    assert look(str(root)) == ((), ())


def test_a_link_in_a_copy_does_not_lead_out_of_it(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", "a.netdev", BOND)
    copy = tmp_path / "copy"
    write(copy, f"{NETWORKD}/b.netdev", BOND.replace("bond0", "bond1"))
    write(copy, "/srv/c.netdev", BOND.replace("bond0", "bond2"))
    folder = copy / NETWORKD.lstrip("/")
    (folder / "a.netdev").symlink_to(os.path.relpath(outside, folder))
    (folder / "c.netdev").symlink_to("/srv/c.netdev")
    said, why = look(str(copy))
    assert said is not None
    assert [each.bond for each in said] == ["bond1", "bond2"]
    assert why == (f"systemd-networkd: {NETWORKD}/a.netdev cannot be read (it is a link that leads out of the copy)",)


def test_files_that_source_each_other_end(root: Path) -> None:
    write(
        root,
        "/etc/network/interfaces",
        "source /etc/network/*\nsource ../../outside\niface bond0 inet dhcp\n bond-mode 1",
    )
    write(root, "/etc/network/loop", "source /etc/network/interfaces /etc/network/loop\n")
    write(root, "/outside", "iface bond9 inet dhcp\n bond-mode 1\n")
    assert [each.bond for each in found(str(root)) or ()] == ["bond0"]


def test_names_keep_the_bytes_that_are_no_utf_8(root: Path) -> None:
    path = write(root, "/etc/network/interfaces")
    path.write_bytes(b"iface b\xff inet dhcp\n bond-slaves e\xfe\n")
    (said,) = found(str(root)) or ()
    assert (os.fsencode(said.bond), os.fsencode((said.slaves or ("",))[0])) == (b"b\xff", b"e\xfe")
