"""Whatever is done to the simulated links, in whatever order: the bond stays sound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bondtui.model.bond import ACTIVE_BACKUP, LACP, MII_DOWN, MODES_WITH_ACTIVE_SLAVE, Bond
from bondtui.simulated.driver import Driver
from bondtui.simulated.machines import LACP_OPTIONS, OPTIONS, plain_bond
from bondtui.simulated.play import begun

ENO1, ENO2 = 11, 12


def bond(driver: Driver) -> Bond:
    return begun(driver).bonds[0]


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["cut", "plug", "set_down", "set_up", "activate", "silence", "speak", "clear"]),
        st.integers(0, 2),
        st.sampled_from([0.0, 0.013, 0.11, 0.35, 1.7, 7.0]),
    ),
    max_size=25,
)


def play(driver: Driver, operation: str, slave: str) -> None:
    if operation == "activate":
        driver.set_active("bond0", slave)
    elif operation == "clear":
        driver.set_active("bond0", None)
    else:
        getattr(driver, operation)(slave)


@given(
    operations=OPERATIONS,
    mode=st.sampled_from(range(7)),
    primary=st.sampled_from([None, ENO1, ENO2]),
    reselect=st.sampled_from(["always", "better", "failure"]),
    delays=st.tuples(st.sampled_from([0, 200, 500]), st.sampled_from([0, 200, 500])),
)
def test_whatever_is_done_the_bond_stays_sound(
    operations: list[tuple[str, int, float]],
    mode: int,
    primary: int | None,
    reselect: str,
    delays: tuple[int, int],
) -> None:
    base = LACP_OPTIONS if mode == LACP else OPTIONS._replace(mode=mode)
    options = base._replace(primary=primary, primary_reselect=reselect, updelay=delays[0], downdelay=delays[1])
    driver = Driver([plain_bond(options, slaves=3)])
    last = -1.0
    for operation, number, pause in operations:
        play(driver, operation, f"eno{number + 1}")
        for each in driver.advance(driver.now + pause):
            assert each.at.mono > last, "messages come one after the other"
            last = each.at.mono
        assert_sound(bond(driver))
    driver.advance(driver.now + 2.0)  # every monitor has looked, every delay is over
    settled = bond(driver)
    assert_sound(settled)
    for slave in settled.slaves:
        assert slave.usable == (slave.link.admin_up and bool(slave.link.carrier))
    if mode in MODES_WITH_ACTIVE_SLAVE:
        assert (settled.active is not None) == any(slave.usable for slave in settled.slaves)
        assert settled.active is None or settled.active.usable
    if mode != LACP:
        assert settled.link.carrier == any(slave.usable for slave in settled.slaves)


def assert_sound(seen: Bond) -> None:
    roles = [slave.state.state for slave in seen.slaves]
    if seen.options.mode in MODES_WITH_ACTIVE_SLAVE:
        assert seen.active is None or seen.active.state.mii_status != MII_DOWN
        if any(slave.usable for slave in seen.slaves):
            assert seen.active is not None
    else:
        assert seen.options.active_slave is None
    if seen.options.mode == ACTIVE_BACKUP:
        assert roles.count("active") == (seen.active is not None)
        assert seen.active is None or seen.active.state.state == "active"
    if seen.options.mode == LACP:
        info = seen.options.ad_info
        assert bool(seen.link.carrier) == (info is not None and info.num_ports != 0)
        for slave in seen.slaves:
            if slave.state.state == "active":
                assert info is not None
                assert slave.state.mii_status != MII_DOWN


@given(operations=OPERATIONS, cuts=st.lists(st.floats(0.001, 1.0), max_size=10))
def test_looking_more_often_changes_nothing(operations: list[tuple[str, int, float]], cuts: list[float]) -> None:
    options = OPTIONS._replace(mode=ACTIVE_BACKUP, primary=ENO1)
    calm, watched = (Driver([plain_bond(options, slaves=3)]) for _ in range(2))
    for operation, number, pause in operations:
        play(calm, operation, f"eno{number + 1}")
        play(watched, operation, f"eno{number + 1}")
        until = calm.now + pause
        expected = calm.advance(until)
        heard = []
        for part in sorted(cuts):
            heard += watched.advance(min(until, calm.now - pause + part * pause))
            watched.reading()
        heard += watched.advance(until)
        assert heard == expected
        assert watched.reading() == calm.reading()
