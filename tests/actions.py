"""Plans with one word each, and random bonds to plan on."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from bondtui.actions.plan import plan
from bondtui.actions.situation import Situation
from bondtui.model.action import Plan
from bondtui.model.bond import LACP, MODES_WITH_ACTIVE_SLAVE, AdInfo, Bond, Hardware, Slave
from tests.builders import AGGREGATED, a_bond, a_slave, some_counters

PORT_STATES = (61, 7, 13, 71, 79, 135, None)


def a_plan(situation: Situation) -> Plan:
    """The plan for this situation."""
    return plan(situation)


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """Nearly always the usual value."""
    return st.sampled_from((*(usual,) * 12, *others))


@st.composite
def random_slaves(draw: st.DrawFn, ifindex: int) -> Slave:
    """A slave in any state, more often well than not."""
    lacp: dict[str, Any] = {
        "aggregator_id": draw(mostly(1, 2, None)),
        "actor_port_state": draw(mostly(63, *PORT_STATES)),
        "partner_port_state": draw(mostly(63, *PORT_STATES)),
    }
    return a_slave(
        f"eno{ifindex}",
        ifindex,
        admin_up=draw(mostly(True, False)),
        carrier=draw(mostly(True, False, None)),
        mii=draw(mostly("up", "down", "going down", "going back", None)),
        hardware=Hardware(draw(mostly(10_000, 1_000, None)), draw(mostly("full", "half", None))),
        counters=some_counters(rx=10**6, errors=draw(mostly(0, 5))),
        prio=draw(mostly(0, 10, None)),
        **lacp,
    )


@st.composite
def random_bonds(draw: st.DrawFn) -> Bond:
    """A bond of one to four slaves in any state, of any mode, those of the future included."""
    slaves = [draw(random_slaves(ifindex)) for ifindex in range(2, 2 + draw(st.sampled_from((2, 3, 4, 1))))]
    mode = draw(st.sampled_from((0, 1, 1, 1, 2, 3, 4, 4, 5, 6, 9, None)))
    indexes = [slave.ifindex for slave in slaves]
    options: dict[str, Any] = {
        "miimon": draw(mostly(100, 50, 0, 0, None)),
        "updelay": draw(st.sampled_from((0, 200, None))),
        "downdelay": draw(st.sampled_from((0, 200, None))),
        "min_links": draw(st.sampled_from((0, 0, 1, 2, None))),
        "num_peer_notif": draw(st.sampled_from((1, 0, None))),
    }
    if mode in MODES_WITH_ACTIVE_SLAVE:
        options["active_slave"] = draw(mostly(indexes[0], *indexes, None))
        options["primary"] = draw(st.sampled_from((None, *indexes)))
        options["primary_reselect"] = draw(st.sampled_from(("always", "better", "failure", None)))
    if mode == LACP:
        options["ad_info"] = draw(mostly(AGGREGATED, AdInfo(), None))
    if options["miimon"] == 0 and mode in {0, 1, 2, 3}:
        options["arp_interval"] = draw(st.sampled_from((250, 0)))
        options["arp_ip_targets"] = draw(mostly(("192.0.2.1",), ()))
        options["arp_missed_max"] = draw(st.sampled_from((2, 3, None)))
    return a_bond(*slaves, mode=mode, admin_up=draw(mostly(True, False)), carrier=draw(mostly(True, False)), **options)
