"""Configuration files against a bond that runs otherwise, and as they say."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

import pytest

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.core.options import applies
from bondtui.model.around import Around
from bondtui.model.bond import MODES, Bond
from bondtui.model.finding import Finding
from bondtui.system.configured import found
from bondtui.triage.case import Case
from bondtui.triage.configuration import RULES
from bondtui.triage.engine import findings
from tests.kernel.lab import BONDTUI, Lab
from tests.kernel.options import Option

OURS = frozenset(rule.id for rule in RULES)
FOLDER, PROFILES = "etc/systemd/network", "etc/NetworkManager/system-connections"
NOT_ALONE = frozenset({"arp_ip_targets", "ns_ip6_targets", "arp_all_targets", "arp_missed_max"})
"""Settings of the ARP monitor, which mean nothing while it is off."""


def write(lab: Lab, folder: str, files: Mapping[str, str]) -> None:
    (lab.root / folder).mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (lab.root / folder / name).write_text(text)


def bonds(lab: Lab) -> dict[str, Bond]:
    """All bonds of the machine as they are now."""

    def read() -> Monitor:
        source = lab.source()
        try:
            return fold.took(Monitor(), source.read())
        finally:
            source.close()

    return {bond.name: bond for bond in lab.within(read).bonds}


def ours(lab: Lab, bond: Bond) -> dict[str, Finding]:
    """What the rules about configuration find of this bond."""
    case = Case(bond, around=Around(configured=found(str(lab.root))))
    return {each.rule: each for each in findings(case) if each.rule in OURS}


def networkd(*options: str, primary: str = "eno1") -> dict[str, str]:
    netdev = "\n".join(["[NetDev]", "Name=bond0", "Kind=bond", "[Bond]", "Mode=active-backup", *options])
    slaves = {
        f"20-{name}.network": f"[Match]\nName={name}\n[Network]\nBond=bond0\n{'PrimarySlave=yes' if name == primary else ''}"
        for name in ("eno1", "eno2", "eno3")
    }
    return {"10-bond0.netdev": netdev, **slaves}


def test_a_bond_that_runs_otherwise_is_found_until_it_runs_as_configured(lab: Lab) -> None:
    lab.bond("active-backup", "miimon", "100", "updelay", "250", "num_grat_arp", "2", slaves=["eno1", "eno2"])
    lab.bond(name="other", slaves=["eno3"])
    lab.settled()
    write(lab, FOLDER, networkd("MIIMonitorSec=50ms", "UpDelaySec=225ms", "GratuitousARP=5", primary="eno3"))
    wrong = ours(lab, bonds(lab)["bond0"])
    assert wrong.keys() == {"BT013", "BT020", "BT069", "BT081"}
    assert wrong["BT069"].evidence == (
        *("miimon 100", f"/{FOLDER}/10-bond0.netdev: MIIMonitorSec=50ms"),
        *("num_grat_arp 2", f"/{FOLDER}/10-bond0.netdev: GratuitousARP=5"),
    )
    assert "eno3" in wrong["BT020"].summary
    assert "eno3" in wrong["BT081"].summary

    lab.ip("link", "set", "bond0", "type", "bond", "miimon", "50", "num_grat_arp", "5")
    lab.ip("link", "set", "bond0", "type", "bond", "updelay", "225")
    lab.enslave("eno3", "bond0")
    lab.ip("link", "set", "bond0", "type", "bond", "primary", "eno3")
    rounded = ours(lab, bonds(lab)["bond0"])
    assert rounded.keys() == {"BT013"}
    assert rounded["BT013"].evidence[:2] == ("updelay 200", "miimon 50")

    write(lab, f"{FOLDER}/10-bond0.netdev.d", {"delay.conf": "[Bond]\nUpDelaySec=0.25\n"})
    assert ours(lab, bonds(lab)["bond0"]).keys() == {"BT069"}
    lab.ip("link", "set", "bond0", "type", "bond", "updelay", "250")
    assert ours(lab, bonds(lab)["bond0"]) == {}


def test_a_bare_number_of_systemd_networkd_is_one_of_seconds(lab: Lab) -> None:
    lab.bond(slaves=["eno1", "eno2", "eno3"])
    lab.settled()
    lab.ip("link", "set", "bond0", "type", "bond", "primary", "eno1")
    write(lab, FOLDER, networkd("MIIMonitorSec=100"))
    assert ours(lab, bonds(lab)["bond0"])["BT069"].evidence[0] == "miimon 100"
    lab.ip("link", "set", "bond0", "type", "bond", "miimon", "100000")
    assert ours(lab, bonds(lab)["bond0"]) == {}


@pytest.mark.parametrize("mode", MODES)
def test_every_option_is_compared_in_the_words_of_the_kernel(lab: Lab, mode: str) -> None:
    made = lab.bonds_with_options(mode)
    lab.ip("link", "add", "plain", "type", "bond", "mode", mode)
    write(lab, PROFILES, {f"{name}.nmconnection": keyfile(name, mode, option) for name, option in made.items()})
    there = bonds(lab)
    assert {name: ours(lab, there[name]) for name in made} == {name: {} for name in made}
    silent = []
    for option in made.values():
        write(lab, PROFILES, {"plain.nmconnection": keyfile("plain", mode, option)})
        expected = applies(option.field, there["plain"].options) and option.field not in NOT_ALONE
        if expected and ours(lab, there["plain"]).keys() != {"BT069"}:
            silent.append(option)
    assert silent == []


def keyfile(name: str, mode: str, option: Option) -> str:
    """A profile that says what was set with ``ip``."""
    pairs = [f"{key}={value}" for key, value in zip(option.words[::2], option.words[1::2], strict=True)]
    return "\n".join(["[connection]", "type=bond", f"interface-name={name}", "[bond]", f"mode={mode}", *pairs])


def test_an_ordinary_user_is_told_what_cannot_be_read(lab: Lab) -> None:
    profile = f"{PROFILES}/bond0.nmconnection"
    write(lab, PROFILES, {"bond0.nmconnection": "[connection]\ntype=bond\ninterface-name=bond0\n[bond]\nmiimon=50\n"})
    (lab.root / profile).chmod(0o600)
    lab.root.chmod(0o755)
    code = f"from bondtui.system.configured import look; print(look({str(lab.root)!r}))"
    command = lab.argv(BONDTUI[0], "-P", "-c", code, ordinary=True)
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=True)
    assert done.stdout == f"{(None, (f'NetworkManager: /{profile} cannot be read (Permission denied)',))}\n"
    assert found(str(lab.root)) is not None
