"""Which slaves a flow crosses, among all the other traffic, and how the traffic is shared."""

from __future__ import annotations

from random import Random

import pytest

from bondtui.drill.crossing import Counted, counted, crossing, share
from bondtui.model.bond import Bond
from bondtui.model.drill import Crossing, Share
from tests.builders import a_bond, a_slave, some_counters

BURST, PAIRS = 25, 3
Pair = tuple[Counted, Counted, Counted]


def pairs_of(
    tx: dict[int, float],
    rx: dict[int, float] | None = None,
    *,
    noise: int = 0,
    spread: int = 0,
    seed: int = 0,
    silence: float = 1.0,
) -> list[Pair]:
    """Bursts with so many packets of the flow on each slave, beside ``noise`` packets of others, give or take ``spread``."""
    random, at = Random(seed), 10.0
    totals = {way: dict.fromkeys((2, 3), 1000) for way in ("tx", "rx")}

    def step(seconds: float, of: dict[str, dict[int, float]]) -> Counted:
        nonlocal at
        at += seconds
        for way, counts in totals.items():
            for index in counts:
                other = noise * seconds + random.randint(-spread, spread)
                counts[index] += int(max(0, other) + of.get(way, {}).get(index, 0))
        return Counted(at, dict(totals["tx"]), dict(totals["rx"]), {2: "eno1", 3: "eno2"})

    return [(step(0.1, {}), step(1.0, {"tx": tx, "rx": rx or {}}), step(silence, {})) for _ in range(PAIRS)]


def found_by(pairs: list[Pair], sent: int = BURST) -> Crossing:
    return crossing(pairs, [sent] * len(pairs), [2, 3])


def test_a_flow_is_seen_on_the_slave_that_it_crosses() -> None:
    seen = found_by(pairs_of({2: 25}, {3: 25}))
    assert [*map(set, seen[:2])] == [{2}, {3}]
    assert seen.slaves == {2, 3}
    assert (
        seen.evidence
        == "eno1 sent 25 packets more than in silence; eno2 received 25 packets more than in silence (25 probes sent)"
    )


def test_one_packet_more_is_nobodys_with_many_slaves_either() -> None:
    slaves = range(2, 10)
    names = {index: f"eno{index}" for index in slaves}

    def at(seconds: float, **more: int) -> Counted:
        rx = dict.fromkeys(slaves, 0)
        return Counted(seconds, {**rx, 2: more["probes"], 3: more["others"]}, rx, names)

    pairs = [
        (
            at(turn, probes=12 * turn, others=turn),
            at(turn + 0.1, probes=12 * (turn + 1), others=turn + 1),
            at(turn + 0.2, probes=12 * (turn + 1), others=turn + 1),
        )
        for turn in range(PAIRS)
    ]
    assert crossing(pairs, [12] * PAIRS, list(slaves)).sent_over == {2}


def test_a_flow_may_cross_several_slaves() -> None:
    assert found_by(pairs_of({2: 13, 3: 12})).sent_over == {2, 3}
    assert found_by(pairs_of({2: 25, 3: 25})).sent_over == {2, 3}


def test_other_traffic_is_told_apart() -> None:
    for seed in range(50):
        seen = found_by(pairs_of({2: 25}, {2: 25}, noise=200, spread=2, seed=seed))
        assert [*map(set, seen[:2])] == [{2}, {2}]


@pytest.mark.parametrize("spread", [3, 10, 30, 100, 1000])
def test_other_traffic_alone_is_hardly_ever_a_flow(spread: int) -> None:
    wrong = sum(bool(found_by(pairs_of({}, noise=2000, spread=spread, seed=seed)).slaves) for seed in range(300))
    assert wrong <= 3


def test_a_flow_does_not_explain_a_great_deal_more_traffic() -> None:
    assert found_by(pairs_of({2: 75})).sent_over == {2}  # three packets for each probe, as of TCP
    assert not found_by(pairs_of({2: 300})).slaves


def test_traffic_that_hides_the_probes_is_said() -> None:
    seen = found_by(pairs_of({2: 25}, noise=5000, spread=2000, seed=3))
    assert seen == Crossing(evidence="other traffic on eno1 and eno2 hides the probes")


def test_a_few_packets_are_no_flow() -> None:
    seen = found_by(pairs_of({2: 5}))
    assert seen == Crossing(evidence="no slave's counters rose with the probes (25 probes sent)")
    assert found_by(pairs_of({2: 7})).sent_over == {2}  # more than half of an even part


def test_one_burst_that_does_not_rise_is_enough_to_doubt() -> None:
    pairs = pairs_of({2: 25})
    before, burst, silence = pairs[1]
    pairs[1] = (before, burst._replace(tx=before.tx), silence._replace(tx=before.tx))
    assert not found_by(pairs).slaves


def test_a_longer_silence_has_more_of_the_other_traffic() -> None:
    assert found_by(pairs_of({2: 25}, noise=100, silence=3.0)).sent_over == {2}


def test_counters_that_are_not_known_prove_nothing() -> None:
    pairs = pairs_of({2: 25})
    missing = [tuple(each._replace(rx={2: 5}) for each in pair) for pair in pairs]
    assert found_by(missing) == Crossing(evidence="the counters of eno2 are not known throughout")  # type: ignore[arg-type]
    backwards = [(after, burst, before) for before, burst, after in pairs]
    assert not found_by(backwards).slaves


@pytest.mark.parametrize(("pairs", "sent"), [([], []), (pairs_of({2: 25}), [0, 0, 0]), (pairs_of({2: 25}), [])])
def test_without_probes_there_is_nothing_to_look_for(pairs: list[Pair], sent: list[int]) -> None:
    assert crossing(pairs, sent, [2, 3]) == Crossing(evidence="no probe was sent to look for")
    assert not crossing(pairs_of({2: 25}), [25] * 3, []).slaves


def bond_with(*carried: tuple[int, int] | None) -> Bond:
    """A bond whose slaves have so many bytes received and sent; ``None``: the kernel does not say."""
    slaves = [
        a_slave(f"eno{n}", n + 1, counters=some_counters(*(each or (0, 0)))) for n, each in enumerate(carried, start=1)
    ]
    known = [
        each if carried[n] is not None else each._replace(link=each.link._replace(counters=None))
        for n, each in enumerate(slaves)
    ]
    return a_bond(*known)


def test_counters_are_taken_from_the_slaves() -> None:
    assert counted(bond_with((5000, 7000), None), 3.0) == Counted(3.0, {2: 7}, {2: 5}, {2: "eno1", 3: "eno2"})


def test_each_slave_has_its_part() -> None:
    parts = share(bond_with((0, 1000), (500, 0)), bond_with((0, 4000), (1500, 1000)))
    assert parts == Share(tx={2: 0.75, 3: 0.25}, rx={2: 0.0, 3: 1.0})


def test_a_part_is_not_known_without_traffic_or_sound_counters() -> None:
    nobody = {2: None, 3: None}
    assert share(bond_with((1, 1), (1, 1)), bond_with((1, 1), (1, 1))) == Share(nobody, nobody)
    assert share(bond_with((0, 900), (0, 0)), bond_with((9, 100), (0, 5000))) == Share(nobody, {2: 1.0, 3: 0.0})
    assert share(bond_with(None, (0, 0)), bond_with((9, 9), (9, 9))) == Share(nobody, nobody)
    assert share(bond_with((0, 0)), bond_with((9, 9), (9, 9))) == Share(nobody, nobody)
