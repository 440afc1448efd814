"""``bondtui lab``: what may be said, which bonds it means, and one line for what may not be said."""

from __future__ import annotations

import pytest

from bondtui.arguments import WRONG_USAGE, parse
from bondtui.arguments_lab_values import OPTIONS
from bondtui.model.bond import MODES, BondOptions
from bondtui.model.lab import FAULTS, OF_A_BOND, BondWish, LabWish
from bondtui.options import LabRequest, Options

Captured = pytest.CaptureFixture[str]


def wish(*words: str) -> LabWish:
    options = parse(["lab", *words])
    assert options.lab is not None
    assert vars(options) == {**vars(Options("lab")), "lab": options.lab}
    return options.lab


def request(*words: str) -> LabRequest:
    options = parse(["lab", *words])
    assert options.lab_request is not None
    assert options.lab is None
    return options.lab_request


def refused(capsys: Captured, *words: str) -> str:
    with pytest.raises(SystemExit) as end:
        parse(["lab", *words])
    out, error = capsys.readouterr()
    assert (end.value.code, out, error.count("\n")) == (WRONG_USAGE, "", 1)
    assert error.startswith("bondtui: ")
    return error


def test_a_bare_lab_is_the_documented_one() -> None:
    assert wish() == LabWish() == LabWish((BondWish("active-backup", 2, ()),), "auto", "spread", 43200.0, ())


def test_what_is_said_before_the_first_mode_is_meant_for_every_bond() -> None:
    words = "--slaves 3 --option miimon=50 updelay=200 --mode 4 --option lacp_rate=slow miimon=10 --mode balance-xor --slaves 1"
    assert wish(*words.split()).bonds == (
        BondWish("802.3ad", 3, (("updelay", "200"), ("lacp_rate", "slow"), ("miimon", "10"))),
        BondWish("balance-xor", 1, (("miimon", "50"), ("updelay", "200"))),
    )
    assert wish("--option", "miimon=0", "--slaves", "16").bonds == (BondWish("active-backup", 16, (("miimon", "0"),)),)


def test_modes_are_taken_by_name_and_by_number() -> None:
    for number, mode in enumerate(MODES):
        assert wish("--mode", mode).bonds == wish("--mode", str(number)).bonds == (BondWish(mode),)
    assert len(wish(*["--mode", "1"] * 8).bonds) == 8


def test_every_bonding_option_is_taken_under_the_kernels_name_for_it() -> None:
    others = {"arp_ip_targets", "ns_ip6_targets", "num_peer_notif", "num_unsol_na", "peer_notify_delay"}
    for key in {*BondOptions._fields, *others, *OPTIONS} - {"mode", "ad_info"}:
        ((name, value),) = wish("--option", f"{key}=a:1,b-2").bonds[0].options
        assert (name in OPTIONS, value) == (True, "a:1,b-2")
        assert name == key or key in others
    said = wish("--option", "peer-notify-delay=1", "arp_ip_targets=192.0.2.9", "num_unsol_na=2").bonds[0].options
    assert said == (("peer_notif_delay", "1"), ("arp_ip_target", "192.0.2.9"), ("num_grat_arp", "2"))
    of_slaves = ("prio=eno1:5", "prio=eno2:7")
    assert wish("--option", *of_slaves).bonds[0].options == (("prio", "eno1:5"), ("prio", "eno2:7"))


def test_the_command_is_everything_after_the_dashes_as_it_is() -> None:
    command = ("bash", "-c", "--mode", "--", "--help", "", "b\udcff")
    made = wish("--kernel", "uml", "--traffic", "none", "--time-limit", "10", "--option", "miimon=1", "--", *command)
    assert made == LabWish((BondWish(options=(("miimon", "1"),)),), "uml", "none", 10.0, command)
    assert wish("--", "-x").command == ("-x",)


def test_every_fault_can_be_made_and_undone() -> None:
    for kind in FAULTS:
        subject = "bond0" if kind in OF_A_BOND else "eno1"
        assert request("--fault", kind, subject) == LabRequest("put", kind, subject)
        assert request("--undo", kind, subject) == LabRequest("undo", kind, subject)
    assert request("--fault", "loss", "eno1", "7", "--lab", "12") == LabRequest("put", "loss", "eno1", 7, 12)
    assert request("--fault", "plug", "eno1") == request("--undo", "pull", "eno1")
    assert request("--undo", "all") == LabRequest("undo-all")
    assert request("--faults") == LabRequest("about")
    assert parse(["lab", "--faults", "--json"]).json


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--mode lacp", "is 802.3ad meant?"),
        ("--mode activ-backup", "is active-backup meant?"),
        ("--mode 7", "balance-rr, active-backup, balance-xor, broadcast, 802.3ad, balance-tlb, balance-alb, or 0 to 6"),
        ("--mode 1 " * 9, "8 bonds at most"),
        ("--slaves 0", "'0' is not a number of slaves from 1 to 16"),
        ("--slaves 17", "from 1 to 16"),
        ("--slaves \u0663", "from 1 to 16"),
        ("--option miimno=100", "is miimon meant?"),
        ("--option zzz=100", "'ip link help bond'"),
        ("--option ad_info=1", "'ad_info' is no bonding option"),
        ("--option mode=4", "--mode is for"),
        ("--option slaves=4", "--slaves is for"),
        ("--option miimon", "is not KEY=VALUE"),
        ("--option miimon=", "the value of miimon is one word"),
        ("--option miimon=1;up", "the value of miimon is one word"),
        ("--kernel kvm", "'kvm' is none of auto, netns, uml"),
        ("--traffic all", "none of spread, gateway, none"),
        ("--time-limit 9.9", "from 10 to 604800"),
        ("--time-limit 604801", "from 10 to 604800"),
        ("--time-limit nan", "from 10 to 604800"),
        ("bash", "a command comes after '--', as in 'bondtui lab -- bash'"),
        ("--mode 1 bash -- ls", "a command comes after '--'"),
        ("--mod 1", "unrecognized arguments: --mod"),
        ("--", "there is no command after '--'"),
        ("--json", "--json goes with --fault, --undo or --faults"),
        ("--lab 1", "--lab goes with --fault, --undo or --faults"),
        ("--faults --lab 0", "'0' is not a process id"),
        ("--fault pul eno1", "is pull meant?"),
        ("--fault xyzzy eno1", "pull, silent, loss, flap, lacp-stop, aggregator, mtu, plug"),
        ("--fault pull", "--fault pull SLAVE"),
        ("--fault mtu", "--fault mtu BOND [BYTES]"),
        ("--fault pull eno1 5", "'5' is too much"),
        ("--fault loss eno1 5 6", "'6' is too much"),
        ("--fault loss eno1 -5", "'-5' is not a whole number"),
        ("--fault plug eno1 eno2", "'eno2' is too much"),
        ("--undo all eno1", "'eno1' is too much"),
        ("--undo loss eno1 5", "'5' is too much"),
        ("--undo plug eno1", "--undo pull SLAVE"),
        ("--faults eno1", "'eno1' is too much"),
        ("--fault pull eno1 --fault pull eno2", "one at a time"),
        ("--faults --undo all", "one at a time"),
        ("--fault pull eno1 --mode 1", "--fault is for a lab that runs already: --mode does not go with it"),
        ("--slaves 2 --undo all", "--slaves does not go with it"),
        ("--option miimon=1 --faults", "--option does not go with it"),
        ("--faults --kernel uml", "--kernel does not go with it"),
        ("--faults --time-limit 60", "--time-limit does not go with it"),
        ("--fault pull eno1 -- ls", "a command does not go with it"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(capsys: Captured, words: str, said: str) -> None:
    assert said in refused(capsys, *words.split())


def test_empty_and_hostile_words_are_refused_in_one_line(capsys: Captured) -> None:
    assert "there is no command" in refused(capsys, "--", "")
    assert "--fault pull SLAVE" in refused(capsys, "--fault", "pull", "")
    assert "one word" in refused(capsys, "--option", "miimon=1 mode 4")
    for words in (("\x1b[31m\n",), ("--mode", "\x1b[31m\n"), ("--option", "\n=\n"), ("--fault", "\n\x9b", "x")):
        assert "\x1b" not in refused(capsys, *words)


def test_the_help_names_every_fault_and_what_it_takes(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as end:
        parse(["lab", "--help"])
    text = capsys.readouterr().out
    assert end.value.code == 0
    for word in ("-- COMMAND ...", "--fault KIND SUBJECT [VALUE]", "mtu BOND [BYTES]", "Exit status", *FAULTS):
        assert word in text
    assert max(map(len, text.splitlines())) <= 120
