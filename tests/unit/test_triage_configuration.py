"""What runs against what the files say."""

from __future__ import annotations

from typing import Any

import pytest

from bondtui.model.around import Around, Configured
from bondtui.model.bond import BALANCE_TLB, LACP, MODES, Bond
from bondtui.model.finding import CERTAIN, LIKELY, POSSIBLE, Finding, Fix
from bondtui.triage import configuration
from bondtui.triage.case import Case
from bondtui.triage.engine import findings
from tests.builders import BOND, a_bond, a_lacp_bond, a_pair, a_slave

PATH = "/etc/systemd/network/bond0.netdev"
OURS = frozenset(rule.id for rule in configuration.RULES)


def said(manager: str = "systemd-networkd", path: str = PATH, *, slaves: Any = None, **options: Any) -> Configured:
    """A file that says this of bond0."""
    return Configured(
        manager, path, "bond0", options, {name: f"{name}: {value}" for name, value in options.items()}, slaves
    )


def found(bond: Bond, *files: Configured, manager: str | None = "systemd-networkd", **rest: Any) -> dict[str, Finding]:
    """Our findings by rule, where one manager manages the bond and all its slaves."""
    managed = dict.fromkeys((bond.ifindex, *(slave.ifindex for slave in bond.slaves)), manager) if manager else {}
    case = Case(bond, around=Around(configured=files, managers=managed), **rest)
    return {each.rule: each for each in findings(case) if each.rule in OURS}


@pytest.mark.parametrize("mode", range(len(MODES)))
def test_a_bond_that_runs_as_configured_is_fine(mode: int) -> None:
    bond = a_lacp_bond() if mode == LACP else a_pair(mode=mode)
    assert found(bond, said(mode=MODES[mode], miimon="100", updelay="0", slaves=("eno1", "eno2"))) == {}


def test_without_files_there_is_nothing_to_say() -> None:
    assert found(a_pair()) == {}
    assert findings(Case(a_pair(), around=Around(configured=None))) == ()


def test_files_for_other_bonds_are_passed_over() -> None:
    assert found(a_pair(), said(mode="802.3ad")._replace(bond="bond1")) == {}


class TestDrift:
    def test_the_option_is_named_with_both_values_and_where_it_is_written(self) -> None:
        drift = found(a_pair(miimon=100), said(miimon="50", mode="active-backup"))["BT069"]
        assert drift.summary.startswith("bond0 runs with miimon 100, but its configuration says otherwise")
        assert drift.evidence == ("miimon 100", f"{PATH}: miimon: 50")
        assert drift.next_step.startswith(f"'cat {PATH}'; ")
        assert "while the bond is up" in drift.next_step
        assert (drift.subject, drift.ifindex, drift.side, drift.confidence) == ("bond0", BOND, "configuration", CERTAIN)

    @pytest.mark.parametrize(
        ("option", "wanted", "runs"),
        [
            ("mode", "802.3ad", {}),
            ("num_grat_arp", "3", {"num_peer_notif": 1}),
            ("primary_reselect", "failure", {}),
            ("fail_over_mac", "active", {"fail_over_mac": "none"}),
            ("use_carrier", "1", {"use_carrier": 0}),
            ("resend_igmp", "4", {"resend_igmp": 1}),
            ("all_slaves_active", "1", {"all_slaves_active": 0}),
            ("updelay", "200", {"updelay": 300}),
            ("primary", "eno1", {"primary": 3}),
            ("primary", "eno1", {}),
            ("miimon", "0", {}),
        ],
    )
    def test_every_sort_of_value(self, option: str, wanted: str, runs: dict[str, Any]) -> None:
        assert found(a_pair(**runs), said(**{option: wanted})).keys() == {"BT069"}

    @pytest.mark.parametrize(
        ("option", "wanted", "runs"),
        [
            ("lacp_rate", "slow", {}),
            ("min_links", "2", {}),
            ("xmit_hash_policy", "layer3+4", {}),
            ("ad_select", "bandwidth", {"ad_select": "stable"}),
        ],
    )
    def test_an_option_of_another_mode_means_nothing(self, option: str, wanted: str, runs: dict[str, Any]) -> None:
        assert found(a_pair(**runs), said(**{option: wanted})) == {}
        assert found(a_lacp_bond(**runs), said(**{option: wanted})).keys() == {"BT069"}

    def test_what_the_kernel_does_not_tell_is_not_compared(self) -> None:
        hidden = {"ad_actor_system": "02:00:00:00:00:aa", "ad_actor_sys_prio": "5", "lacp_strict": "on"}
        assert found(a_lacp_bond(), said(**hidden)) == {}
        assert found(a_pair(miimon=None, mode=None), said(miimon="50", mode="802.3ad")) == {}
        assert (
            found(
                a_pair(arp_ip_targets=None, arp_interval=200, miimon=0),
                said(arp_interval="200", arp_ip_target="192.0.2.1"),
            )
            == {}
        )

    def test_a_text_that_does_not_tell_the_primary_is_no_drift(self) -> None:
        assert found(a_pair(primary=None), said(primary="eno1"), text=True) == {}
        assert found(a_pair(primary=0), said(primary="eno1"), text=True).keys() == {"BT069"}

    def test_dynamic_balancing_is_for_its_modes_alone(self) -> None:
        assert found(a_pair(tlb_dynamic_lb=1), said(tlb_dynamic_lb="0")) == {}
        assert found(a_pair(mode=BALANCE_TLB, tlb_dynamic_lb=1), said(tlb_dynamic_lb="0")).keys() == {"BT069"}

    def test_targets_are_a_set(self) -> None:
        bond = a_pair(miimon=0, arp_interval=200, arp_ip_targets=("192.0.2.2", "192.0.2.1"))
        assert found(bond, said(arp_interval="200", arp_ip_target="192.0.2.1,192.0.2.2")) == {}
        assert found(bond, said(arp_interval="200", arp_ip_target="192.0.2.1")).keys() == {"BT069"}

    def test_settings_of_an_arp_monitor_that_is_not_chosen_mean_nothing(self) -> None:
        assert found(a_pair(), said(miimon="100", arp_validate="all", arp_ip_target="192.0.2.1")) == {}

    def test_modes_that_need_miimon_have_it_whatever_the_file_says(self) -> None:
        assert found(a_lacp_bond(miimon=100), said(miimon="0")) == {}

    def test_delays_without_a_monitor_are_not_drift(self) -> None:
        assert found(a_pair(miimon=0), said(updelay="200")) == {}

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"mode": "802.3ad", "miimon": "50"}, "mode can be changed only while bond0 has no slaves"),
            ({"fail_over_mac": "active"}, "fail_over_mac can be changed only while bond0 has no slaves"),
        ],
    )
    def test_it_says_what_a_change_takes(self, options: dict[str, str], words: str) -> None:
        assert words in found(a_pair(fail_over_mac="none"), said(**options))["BT069"].next_step

    def test_lacp_rate_needs_the_bond_down(self) -> None:
        assert (
            "lacp_rate can be changed only while bond0 is set down"
            in found(a_lacp_bond(), said(lacp_rate="slow"))["BT069"].next_step
        )

    def test_many_options_are_counted(self) -> None:
        options = {"miimon": "50", "num_grat_arp": "5", "primary_reselect": "better", "resend_igmp": "0"}
        drift = found(a_pair(resend_igmp=1), said(**options))["BT069"]
        assert "other values of 4 options" in drift.summary
        assert len(drift.evidence) == 8


class TestWhichFiles:
    def test_only_those_of_the_manager_of_the_bond_count(self) -> None:
        theirs = said("NetworkManager", "/etc/NetworkManager/system-connections/b.nmconnection", miimon="50")
        assert found(a_pair(), theirs, manager="systemd-networkd") == {}
        assert found(a_pair(), theirs, manager="NetworkManager")["BT069"].confidence == CERTAIN
        assert found(a_pair(), theirs, manager=None)["BT069"].confidence == LIKELY

    @pytest.mark.parametrize(
        ("manager", "path"),
        [
            ("systemd-networkd", "/run/systemd/network/10-netplan-bond0.netdev"),
            ("NetworkManager", "/run/NetworkManager/system-connections/netplan-bond0.nmconnection"),
        ],
    )
    def test_what_netplan_generates_is_its_renderers(self, manager: str, path: str) -> None:
        other = {"systemd-networkd": "NetworkManager", "NetworkManager": "systemd-networkd"}[manager]
        assert found(a_pair(), said("netplan", path, miimon="50"), manager=manager).keys() == {"BT069"}
        assert found(a_pair(), said("netplan", path, miimon="50"), manager=other) == {}

    def test_networkmanager_may_read_ifcfg_files(self) -> None:
        assert found(a_pair(), said("ifcfg", miimon="50"), manager="NetworkManager").keys() == {"BT069"}

    def test_the_manager_of_all_slaves_is_that_of_the_bond(self) -> None:
        around = Around(
            configured=(said("ifupdown", miimon="50"),), managers={2: "NetworkManager", 3: "NetworkManager"}
        )
        assert [each for each in findings(Case(a_pair(), around=around)) if each.rule in OURS] == []

    def test_a_bond_may_run_as_any_of_several_files_says(self) -> None:
        files = said(miimon="50"), said("ifupdown", "/etc/network/interfaces", miimon="100")
        assert found(a_pair(miimon=100), *files, manager=None) == {}
        drift = found(a_pair(miimon=200), *files, manager=None)["BT069"]
        assert drift.confidence == POSSIBLE
        assert drift.evidence[1:] == (f"{PATH}: miimon: 50", "/etc/network/interfaces: miimon: 100")

    def test_files_that_agree_are_as_good_as_one(self) -> None:
        assert (
            found(a_pair(), said(miimon="50"), said(path="/etc/x.netdev", miimon="50"))["BT069"].confidence == CERTAIN
        )


class TestDelays:
    @pytest.mark.parametrize(
        ("wanted", "runs", "aligned"), [("250", 200, "300"), ("50", 0, "100"), ("199", 100, "200")]
    )
    def test_a_delay_that_was_rounded_down_is_no_drift(self, wanted: str, runs: int, aligned: str) -> None:
        for option in ("updelay", "downdelay", "peer_notif_delay"):
            ((rule, rounded),) = found(a_pair(**{option: runs}), said(**{option: wanted})).items()
            assert (rule, rounded.fix, rounded.severity) == ("BT013", Fix({option: aligned}), "low")
            assert rounded.evidence == (f"{option} {runs}", "miimon 100", f"{PATH}: {option}: {wanted}")

    def test_a_multiple_of_miimon_is_fine(self) -> None:
        assert found(a_pair(updelay=200), said(updelay="200")) == {}

    def test_the_multiple_is_one_of_the_miimon_in_the_same_file(self) -> None:
        both = found(a_pair(updelay=200), said(updelay="225", miimon="50"))
        assert both["BT013"].fix == Fix({"updelay": "250"})
        assert both["BT069"].evidence[0] == "miimon 100"

    def test_both_delays_are_two_findings(self) -> None:
        bond = a_pair(updelay=200, downdelay=100)
        case = Case(bond, around=Around(configured=(said(updelay="250", downdelay="150"),)))
        assert [each.rule for each in findings(case) if each.rule in OURS] == ["BT013", "BT013"]


class TestPrimary:
    def test_a_primary_that_is_not_in_the_bond(self) -> None:
        ((rule, missing),) = found(a_pair(), said(primary="eno9")).items()
        assert (rule, missing.severity) == ("BT020", "medium")
        assert "eno9, is not one of its slaves" in missing.summary
        assert missing.evidence == ("slaves eno1, eno2", "primary none", f"{PATH}: primary: eno9")

    def test_a_primary_in_the_bond_is_fine(self) -> None:
        assert found(a_pair(primary=3), said(primary="eno2")) == {}

    def test_modes_without_an_active_slave_have_no_primary(self) -> None:
        assert found(a_lacp_bond(), said(primary="eno9")) == {}

    def test_a_bond_that_has_a_primary_may_know_it_by_another_name(self) -> None:
        assert found(a_pair(primary=3), said(primary="enp3s0")) == {}
        assert found(a_pair(primary=None), said(primary="enp3s0"), text=True) == {}

    def test_one_of_several_files_may_be_right(self) -> None:
        files = said(primary="eno9"), said("ifupdown", primary="eno2")
        assert found(a_pair(primary=3), *files, manager=None) == {}

    def test_it_is_explained_by_the_missing_slave(self) -> None:
        both = found(a_pair(), said(primary="eno9", slaves=("eno1", "eno2", "eno9")))
        assert (both["BT020"].because_of, both["BT081"].because_of) == ("BT081", "")


class TestMissingSlaves:
    def test_they_are_named(self) -> None:
        bond = a_bond(a_slave("eno1", 2))
        missing = found(bond, said(slaves=("eno1", "eno2", "eno3")))["BT081"]
        assert missing.severity == "high"
        assert "runs without eno2 and eno3, which its configuration names as slaves" in missing.summary
        assert missing.evidence == ("slaves eno1", f"{PATH}: slaves eno1, eno2, eno3")
        assert missing.next_step.startswith("'ip link show dev eno2'")

    def test_a_bond_without_slaves_lacks_all(self) -> None:
        assert found(a_bond(), said(slaves=("eno1",)))["BT081"].evidence[0] == "slaves none"

    def test_more_slaves_than_configured_are_no_matter(self) -> None:
        assert found(a_pair(), said(slaves=("eno1",))) == {}

    def test_slaves_that_no_file_names_may_be_those_by_other_names(self) -> None:
        assert found(a_pair(), said(slaves=("eno1", "enp3s0"))) == {}
        assert found(a_pair(), said(slaves=("eno1", "enp3s0", "enp4s0"))).keys() == {"BT081"}

    def test_many_are_counted(self) -> None:
        assert "without 4 slaves, which" in found(a_bond(), said(slaves=("a", "b", "c", "d")))["BT081"].summary

    def test_a_file_that_names_none_says_nothing(self) -> None:
        assert found(a_bond(), said(miimon="100")) == {}

    def test_only_what_all_files_name_is_missing(self) -> None:
        bond = a_bond(a_slave("eno1", 2))
        first, second = said(slaves=("eno1", "eno2", "eno3")), said("ifupdown", slaves=("eno3", "eno4"))
        missing = found(bond, first, second, manager=None)["BT081"]
        assert "without eno3, which" in missing.summary
        assert missing.confidence == POSSIBLE
        assert found(bond, first, said("ifupdown", slaves=("eno1",)), manager=None) == {}
