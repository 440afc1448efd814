"""Rules that compare what runs with what the configuration files say.

Only what a file sets and the kernel tells is compared. Of several files for one bond those of the manager that manages
it count; where it is not known which one that is, the bond may run as any of them says.
"""

from __future__ import annotations

from bondtui.core.options import applies
from bondtui.core.words import counted, listed
from bondtui.model.bond import BALANCE_ALB, BALANCE_TLB, LACP, MODES_WITH_ACTIVE_SLAVE
from bondtui.model.finding import CERTAIN, CONFIGURATION, HIGH, LIKELY, LOW, MEDIUM, POSSIBLE, Fix
from bondtui.triage.rule import Rule, Sign, proc, step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bondtui.model.around import Configured
    from bondtui.triage.case import Case

WHILE_DOWN = frozenset(
    ("mode", "lacp_rate", "lacp_active", "ad_select", "ad_user_port_key", "coupled_control", "tlb_dynamic_lb")
)
"""Options that the driver changes only while the bond is set down (bond_options.c, BOND_OPTFLAG_IFDOWN)."""
WITHOUT_SLAVES = frozenset(("mode", "fail_over_mac"))
"""Options that the driver changes only while the bond has no slaves (BOND_OPTFLAG_NOSLAVES)."""
DELAYS = ("updelay", "downdelay", "peer_notif_delay")
"""The driver keeps them as multiples of miimon and rounds down."""
_FIELDS = {"num_grat_arp": "num_peer_notif", "arp_ip_target": "arp_ip_targets", "ns_ip6_target": "ns_ip6_targets"}
"""What the fields of BondOptions are called, where that is not the option's name."""
_ON_OFF = ("coupled_control", "broadcast_neighbor", "lacp_strict")
_OF_ARP_MONITOR = ("arp_ip_target", "ns_ip6_target", "arp_validate", "arp_all_targets", "arp_missed_max")
NETWORKD = "systemd-networkd"
_MII_ONLY = (LACP, BALANCE_TLB, BALANCE_ALB)
"""In these modes the driver turns a miimon of 0 into 100."""
_SHOWN = 3


def delay_rounded(case: Case) -> Iterator[Sign]:
    """A configured delay is no multiple of miimon, and the driver has rounded it down."""
    miimon = case.options.miimon or 0
    for option in DELAYS:
        now = running(case, option)
        files = [each for each in told(case) if option in each.options]
        wishes = [each.options[option] for each in files]
        if now is None or now in wishes or not any(_is_rounded(case, wanted, now) for wanted in wishes):
            continue
        file = next(each for each in files if _is_rounded(case, each.options[option], now))
        wanted = file.options[option]
        meant = int(file.options.get("miimon", "0")) or miimon
        aligned = str(-(-int(wanted) // meant) * meant)
        yield Sign(
            case.bond,
            f"The {option} of {case.bond.name} is {now} ms, not the {wanted} ms that are configured: the driver "
            f"counts it in steps of miimon.",
            (f"{option} {now}", f"miimon {miimon}", _quoted(file, option)),
            step(("cat", file.path), f"make {option} a multiple of miimon, such as {aligned}."),
            CONFIGURATION,
            _confidence(case, files, wishes),
            Fix({option: aligned}),
        )


def primary_not_slave(case: Case) -> Iterator[Sign]:
    """The configured primary is not in the bond, which has none: mistyped, renamed or removed.

    A bond that has one may know it by an alternative name.
    """
    bond = case.bond
    files = [each for each in told(case) if "primary" in each.options]
    if not files or bond.options.mode not in MODES_WITH_ACTIVE_SLAVE or not bond.slaves or _primary(case) != "none":
        return
    names = {slave.name for slave in bond.slaves}
    if any(each.options["primary"] in names for each in files):
        return
    primary = files[0].options["primary"]
    yield Sign(
        bond,
        f"The primary that is configured for {bond.name}, {primary}, is not one of its slaves, so the bond does not "
        f"prefer the link that it should.",
        (f"slaves {', '.join(slave.name for slave in bond.slaves)}", "primary none", _quoted(files[0], "primary")),
        step(proc(bond), f"then correct the name in {files[0].path}, or add {primary} to the bond."),
        CONFIGURATION,
        _confidence(case, files, [each.options["primary"] for each in files]),
    )


def config_drift(case: Case) -> Iterator[Sign]:
    """An option runs with another value than the files say."""
    files = told(case)
    options = sorted({option for each in files for option in each.options})
    drifted = [(option, now) for option in options if (now := _drifted(case, files, option)) is not None]
    if not drifted:
        return
    name, sayers = case.bond.name, [each for each in files if any(option in each.options for option, _ in drifted)]
    words = listed([f"{option} {now}" for option, now in drifted])
    yield Sign(
        case.bond,
        f"{name} runs with {words if len(drifted) <= _SHOWN else 'other values of ' + counted(len(drifted), 'option')}, "
        f"but its configuration says otherwise: after a restart it may carry traffic in another way.",
        tuple(
            fact
            for option, now in drifted
            for fact in (f"{option} {now}", *(_quoted(each, option) for each in sayers if option in each.options))
        ),
        step(("cat", sayers[0].path), f"decide which is right; {_when([option for option, _ in drifted], name)}"),
        CONFIGURATION,
        _confidence(case, sayers, [tuple(each.options.get(option) for option, _ in drifted) for each in sayers]),
    )


def slave_missing(case: Case) -> Iterator[Sign]:
    """The files name a slave that is not in the bond.

    Where the bond has as many slaves that no file names, the names may be alternative ones of those.
    """
    bond = case.bond
    there = {slave.name for slave in bond.slaves}
    files = [each for each in told(case) if each.slaves]
    lists = [frozenset(each.slaves or ()) for each in files]
    if not lists:
        return
    in_all = frozenset.intersection(*lists)
    missing = [name for name in files[0].slaves or () if name in in_all and name not in there]
    if not missing or len(there.difference(*lists)) >= len(missing):
        return
    # networkd takes any one of several names in one [Match]: they may be meant for different machines
    choice = len(there) > 1 and all(_read_by(each) == (NETWORKD,) for each in files)
    names = listed(missing) if len(missing) <= _SHOWN else counted(len(missing), "slave")
    yield Sign(
        bond,
        f"{bond.name} runs without {names}, which its configuration names as "
        f"{'a slave' if len(missing) == 1 else 'slaves'}: it has less redundancy than was planned.",
        (
            f"slaves {', '.join(slave.name for slave in bond.slaves) or 'none'}",
            *(f"{each.path}: slaves {', '.join(each.slaves or ())}" for each in files),
        ),
        step(
            ("ip", "link", "show", "dev", missing[0]),
            f"if there is no such interface, it may have been renamed; else find out why {files[0].manager} has not "
            f"added it.",
        ),
        CONFIGURATION,
        POSSIBLE if choice else _confidence(case, files, lists),
        severity=MEDIUM if choice else "",
    )


def told(case: Case) -> list[Configured]:
    """The files that count for this bond."""
    files = [each for each in case.around.configured or () if each.bond == case.bond.name]
    managers = case.around.managers
    manager = managers.get(case.bond.ifindex)
    if manager is None:
        of_slaves = {managers.get(slave.ifindex) for slave in case.bond.slaves}
        manager = of_slaves.pop() if len(of_slaves) == 1 else None
    return files if manager is None else [each for each in files if manager in _read_by(each)]


def _read_by(file: Configured) -> tuple[str, ...]:
    """The daemons that may have applied this file."""
    if file.manager == "netplan":
        return ("NetworkManager",) if file.path.startswith("/run/NetworkManager/") else ("systemd-networkd",)
    return ("NetworkManager",) if file.manager == "ifcfg" else (file.manager,)


def _confidence(case: Case, files: Sequence[Configured], said: Iterable[object]) -> str:
    """Certain where the files say one thing and their manager manages the bond; ``said`` is what each of them says."""
    if len(set(said)) > 1:
        return POSSIBLE
    return CERTAIN if case.around.managers.get(case.bond.ifindex) in _read_by(files[0]) else LIKELY


def _quoted(file: Configured, option: str) -> str:
    return f"{file.path}: {file.written.get(option, f'{option} {file.options.get(option)}')}"


def running(case: Case, option: str) -> str | None:
    """The value of an option, by its kernel's name, as a file would spell it; ``None`` if it is not told."""
    if option == "primary":
        return _primary(case)
    if option == "mode":
        return None if case.options.mode is None else case.options.mode_name
    value = getattr(case.options, _FIELDS.get(option, option), None)
    if value is None:
        return None
    if isinstance(value, tuple):
        return ",".join(sorted(value)) or "none"
    if option in _ON_OFF:
        return "on" if value else "off"
    return str(value)


def _primary(case: Case) -> str | None:
    primary = case.options.primary
    if not primary:
        return None if primary is None and case.text else "none"  # rtnetlink leaves it out where there is none
    slave = case.bond.slave_at(primary)
    return slave.name if slave else None


def _drifted(case: Case, files: Iterable[Configured], option: str) -> str | None:
    """The running value, if no file that sets the option allows for it."""
    now = running(case, option)
    if now is None or not applies(_FIELDS.get(option, option), case.options):
        return None
    setting = [each for each in files if option in each.options]
    return None if any(_agrees(case, each, option, now) for each in setting) else now


def _agrees(case: Case, file: Configured, option: str, now: str) -> bool:
    """Whether a bond that was made from this file runs so."""
    wanted = file.options[option]
    if wanted == now:
        return True
    if option in DELAYS:
        return _is_rounded(case, wanted, now) or case.options.miimon == 0
    if option == "primary":
        return wanted not in {slave.name for slave in case.bond.slaves}  # that is another finding
    if option == "miimon":
        return wanted == "0" and case.options.mode in _MII_ONLY
    if option == "arp_interval" and file.options.get("miimon", "0") != "0":
        return True  # the two exclude each other, and whoever sets miimon lets go of the ARP monitor
    if option in _OF_ARP_MONITOR:
        return file.options.get("arp_interval", "0") == "0" or file.options.get("miimon", "0") != "0"
    return option == "active_slave"


def _is_rounded(case: Case, wanted: str, now: str) -> bool:
    miimon = case.options.miimon
    return bool(miimon) and wanted.isdecimal() and str(int(wanted) // (miimon or 1) * (miimon or 1)) == now


def _when(options: Sequence[str], bond: str) -> str:
    """What it takes to change these options of a bond that runs."""
    empty = [each for each in options if each in WITHOUT_SLAVES]
    down = [each for each in options if each in WHILE_DOWN]
    if empty:
        return f"{listed(empty)} can be changed only while {bond} has no slaves: plan an interruption."
    if down:
        return f"{listed(down)} can be changed only while {bond} is set down: plan an interruption."
    return "these options can be changed while the bond is up."


RULES: tuple[Rule, ...] = (
    Rule("BT013", "delay-rounded", LOW, delay_rounded),
    Rule("BT020", "primary-not-slave", MEDIUM, primary_not_slave, explained_by=("BT081",)),
    Rule("BT069", "config-drift", MEDIUM, config_drift),
    Rule("BT081", "slave-missing", HIGH, slave_missing),
)
