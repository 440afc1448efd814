"""The network of a lab on a real kernel: every mode with its peer and its traffic, and every option or its refusal."""

from __future__ import annotations

import json
import subprocess

from tests.kernel.lab import BONDTUI, Lab

MODES = ("active-backup", "balance-rr", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb")

TRAFFIC = """
import json, subprocess, sys, time

modes = sys.argv[1:]
lazy = ("balance-tlb", "balance-alb")  # they share anew when a slave comes up, and else every 10 s
pairs = [(f"eno{2 * n + 1}", f"eno{2 * n + 2}") for n in range(len(modes))]
shared = [slave for mode, pair in zip(modes, pairs) if mode in lazy for slave in pair]
busy = [pair[0] for pair in pairs] + [pair[1] for mode, pair in zip(modes, pairs) if mode not in (*lazy, "active-backup")]
networks = ["192.0.2", "198.51.100", "203.0.113", "198.18.3", "198.18.4", "198.18.5", "198.18.6"]

def count(slave, name):
    with open(f"/sys/class/net/{slave}/statistics/{name}") as file:
        return int(file.read())

def sent():
    return {slave: count(slave, "tx_bytes") for pair in pairs for slave in pair}

def rose(before):
    return {slave: (now - before[slave]) // 1000 for slave, now in sent().items()}

def ports(place, state):
    lines = "".join(f"link set p{pair[place].removeprefix('eno')} {state}\\n" for pair in pairs)
    subprocess.run(["ip", "-n", "switch", "-batch", "-"], input=lines, text=True, check=True)

def word(slave, name):
    with open(f"/sys/class/net/{slave}/bonding_slave/{name}") as file:
        return file.read().strip()

def until(what):
    deadline = time.monotonic() + 15
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True

def ping(network):
    argv = ["ping", "-q", "-c", "3", "-i", "0.1", "-W", "1", f"{network}.254"]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)

def unreachable():
    started = {mode: ping(network) for mode, network in zip(modes, networks)}
    return [mode for mode, each in started.items() if " 0% packet loss" not in each.communicate()[0]]

def carries(slave):
    states = [word(slave, f"ad_{end}_oper_port_state") for end in ("actor", "partner")]
    return all(each == "N/A" or int(each) & 56 == 56 for each in states)

def ready(place):
    return all(word(pair[place], "mii_status") == "up" and carries(pair[place]) for pair in pairs)

def down(place):
    return all(word(pair[place], "mii_status") == "down" for pair in pairs)

def unreachable_at_last():
    missing = []
    until(lambda: not missing.append(unreachable()) and not missing[-1])  # neighbours hear late of balance-alb
    return missing[-1]

told = {"unreachable": unreachable()}
before = sent()
until(lambda: all(rise >= 5 for slave, rise in rose(before).items() if slave in busy))
told["rose"] = rose(before)
ports(0, "down")
until(lambda: down(0))
told["unreachable without the first"] = unreachable_at_last()
ports(0, "up")
until(lambda: ready(0))
before = sent()
until(lambda: all(rise >= 5 for slave, rise in rose(before).items() if slave in shared))
told["shared"] = {slave: rise for slave, rise in rose(before).items() if slave in shared}
ports(1, "down")
until(lambda: down(1))
told["unreachable without the second"] = unreachable_at_last()
print(json.dumps(told))
"""

BUILT = """
import json, os, sys
from bondtui.lab.layout import layout
from bondtui.model.lab import BondWish
from bondtui.ports import LabError
from bondtui.system import lab_netns, lab_network

def options(bond):
    folder = f"/sys/class/net/{bond.name}/bonding"
    found = {name: open(f"{folder}/{name}").read() for name in os.listdir(folder)}
    named = ("queue_id", "arp_ip_target")
    return {name: text.strip() if name in named else text.split(" ")[0].strip() for name, text in found.items()}

def keep(channel):
    try:
        bonds = layout([BondWish(mode, 2, tuple(map(tuple, options))) for mode, options in case])
        lab_network.build(bonds, "none")
        told = [options(bond) for bond in bonds]
    except LabError as error:
        told = {"error": str(error), "status": error.status}
    channel.sendall(json.dumps(told).encode() + b"\\n")
    return 0

for case in json.loads(sys.argv[1]):
    started = lab_netns.start(keep)
    with started.channel, started.channel.makefile() as channel:
        sys.stdout.write(channel.readline())
    os.waitpid(started.pid, 0)
"""
"""Builds lab after lab and prints what the kernel made of the options."""

TAKEN = (
    (
        "active-backup",
        "active_slave=eno1 updelay=200 primary=eno2 primary_reselect=failure miimon=50 peer_notif_delay=100",
        {"updelay": "200", "primary": "eno2", "active_slave": "eno1", "peer_notif_delay": "100", "miimon": "50"},
    ),
    (
        "active-backup",
        "arp_validate=all arp_interval=200 fail_over_mac=1 queue_id=eno4:3 num_unsol_na=3",
        {"arp_interval": "200", "arp_ip_target": "198.51.100.254", "arp_validate": "all", "fail_over_mac": "active"},
    ),
    (
        "802.3ad",
        "ad_user_port_key=7 lacp_rate=0 ad_actor_sys_prio=99 lacp_active=off min_links=2 ad_select=count",
        {
            "ad_user_port_key": "7",
            "lacp_rate": "slow",
            "ad_actor_sys_prio": "99",
            "lacp_active": "off",
            "miimon": "100",
        },
    ),
    (
        "balance-tlb",
        "tlb_dynamic_lb=0 xmit_hash_policy=layer3+4",
        {"tlb_dynamic_lb": "0", "xmit_hash_policy": "layer3+4"},
    ),
    ("balance-rr", "packets_per_slave=7 use_carrier=1", {"packets_per_slave": "7"}),
)
"""Modes, options in an awkward order, some of them by number or by the name of sysfs, and what the driver has then."""

REFUSED = (
    (
        "active-backup",
        "updelay=200 lacp_rate=fast miimon=100",
        "the kernel refuses lacp_rate=fast for bond0 (active-backup): option not supported in mode",
    ),
    ("802.3ad", "lacp_rate=sometimes", "the kernel refuses lacp_rate=sometimes for bond0 (802.3ad): Invalid argument"),
    (
        "active-backup",
        "updelay=200 arp_interval=100",
        (
            "the kernel refuses updelay=200 for bond0 (active-backup): Operation not permitted (a delay is in multiples of "
            "miimon, which is 0)"
        ),
    ),
    (
        "balance-rr",
        "prio=eno1:5",
        "the kernel refuses prio=eno1:5 for bond0 (balance-rr): option not supported in mode",
    ),
    ("balance-rr", "frobnicate=1", "there is no option frobnicate for bond0: neither ip nor this kernel knows it"),
)


def test_all_modes_carry_traffic_over_the_right_slaves_and_survive_a_pulled_cable(lab: Lab) -> None:
    options = [word for mode in MODES for word in ("--mode", mode)]
    done = lab.bondtui("lab", "--kernel", "netns", *options, "--", BONDTUI[0], "-c", TRAFFIC, *MODES)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert [told[name] for name in told if name.startswith("unreachable")] == [[], [], []]
    rose = told["rose"]
    assert rose["eno1"] >= 5  # kilobytes
    assert rose["eno2"] == 0, "the backup of active-backup sends nothing"
    assert all(rose[f"eno{number}"] >= 5 for number in range(3, 11)), rose
    assert abs(rose["eno7"] - rose["eno8"]) <= 2, "broadcast sends everything on both"
    assert min(told["shared"].values()) >= 5, told["shared"]


def test_options_are_taken_in_any_order_and_the_one_that_is_refused_is_named(lab: Lab) -> None:
    cases = [
        [(mode, split(words)) for mode, words, _ in TAKEN],
        *([(mode, split(words))] for mode, words, _ in REFUSED),
    ]
    argv = lab.argv(BONDTUI[0], "-P", "-c", BUILT, json.dumps(cases))
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    taken, *refused = map(json.loads, done.stdout.splitlines())
    assert [{name: told[name] for name in wanted} for told, (_, _, wanted) in zip(taken, TAKEN, strict=True)] == [
        wanted for _, _, wanted in TAKEN
    ]
    assert "eno4:3" in taken[1]["queue_id"]
    assert taken[1]["num_grat_arp"] == "3"
    assert refused == [{"error": words, "status": 64} for _, _, words in REFUSED]


def split(words: str) -> list[list[str]]:
    return [word.split("=") for word in words.split()]
