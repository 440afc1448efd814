"""The ping strip and the line about drills in a running dashboard."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bondtui.core import monitor as fold
from bondtui.core.monitor import Monitor
from bondtui.drill.history import SCHEMA
from bondtui.ports import ArchiveError
from bondtui.ui import ping
from bondtui.ui.screens.drill import DrillScreen
from bondtui.view.glyphs import ASCII, UNICODE
from tests.builders import BOND, a_bond, a_monitor, a_pair, a_reading, a_slave, told
from tests.rehearsed import Rehearsed
from tests.ui.conftest import Desk, OpenDesk
from tests.ui.probing import WALL_S, Moment, StandInProbing
from tests.ui.stand_in import StandIn

BEGIN_S = 100.0
GATEWAY = "192.0.2.1"
CROSS = UNICODE.lost
OTHER = a_bond(a_slave("ens1", 4), a_slave("ens2", 5), name="bond1", ifindex=11)
FAILED_OVER = a_pair().link._replace(bond=a_pair().options._replace(active_slave=3))


@pytest.fixture(autouse=True)
def _in_quick_succession(monkeypatch: pytest.MonkeyPatch) -> None:
    """After trouble it is tried again soon; nothing here depends on how soon."""
    monkeypatch.setattr(ping, "RETRY_S", 0.05)


def row(desk: Desk) -> str:
    return desk.line_with(" ping ")


def notes(desk: Desk) -> list[str]:
    return [event.words for event in desk.still.latest.events if event.kind == "outage"]


async def switch_on(desk: Desk, moment: Moment, *, after_s: float = 2.0) -> None:
    """Press ``p`` and let so much time pass."""
    await desk.press("p")
    await desk.sees(f"ping {GATEWAY}")
    moment.mono += after_s
    await desk.sees("0.31 ms")


async def test_it_is_off_at_the_start_and_p_turns_it_on_and_off(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    async with open_desk(a_monitor(a_pair()), (80, 24), probing=probing, clock=moment) as desk:
        assert "p ping" in desk.lines[-1]
        assert row(desk) == desk.lines[-1]
        assert probing.streams == []
        assert all(each.name != "bondtui-ping" for each in threading.enumerate())
        await switch_on(desk, moment)
        assert "▪▪▪▪▪▪▪▪▪▪" in row(desk)
        (stream,) = probing.streams
        assert stream.flow.device == "bond0"
        assert stream.flow.target.address == GATEWAY
        await desk.press("p")
        await desk.until(lambda: stream.stopped)
        assert "▪" not in desk.text
        await switch_on(desk, moment)
        assert len(probing.streams) == 2


async def test_the_target_is_the_best_candidate(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    async with open_desk(
        a_monitor(a_pair()), probing=StandInProbing(moment, ["192.0.2.7", "192.0.2.1"]), clock=moment
    ) as desk:
        await desk.press("p")
        await desk.sees("ping 192.0.2.7")


async def test_leaving_stops_the_probes(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    async with open_desk(a_monitor(a_pair()), probing=probing, clock=moment) as desk:
        await switch_on(desk, moment)
        await desk.press("q")
    assert probing.streams[0].stopped
    assert all(each.name != "bondtui-ping" for each in threading.enumerate())


async def test_lost_probes_are_gaps_and_silence_is_said(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    async with open_desk(a_monitor(a_pair()), (80, 24), probing=probing, clock=moment) as desk:
        await switch_on(desk, moment)
        probing.lost = [(moment.mono, moment.mono + 4.0)]
        moment.mono += 3.0
        await desk.sees("no answer 3.0 s", f"▪{CROSS}{CROSS}{CROSS}")
        moment.mono += 2.5
        await desk.sees("4000 ms (", f"{CROSS}▪▪▪")


async def test_an_unplanned_failover_is_measured_and_written_into_the_log_once(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    async with open_desk(a_monitor(a_pair()), (100, 30), probing=probing, clock=moment) as desk:
        await switch_on(desk, moment)
        began = moment.mono = round(moment.mono, 1)
        probing.lost = [(began + 0.1, began + 0.5)]
        moment.mono += 1.0
        await desk.show(fold.heard(desk.still.latest, [told(FAILED_OVER, began + 0.2)]))
        await desk.sees(CROSS)
        assert notes(desk) == []
        moment.mono += 2.0
        await desk.until(lambda: notes(desk))
        await desk.sees("failover, 400 ms (", ") without answer")
        moment.mono += 5.0
        await desk.sees("ping")
        (note,) = [event for event in desk.still.latest.events if event.kind == "outage"]
        assert note.severity == "warn"
        assert note.bond == BOND
        assert note.subject == "bond0"
        assert began < note.at.mono < began + 0.4
        assert note.at.wall == pytest.approx(WALL_S + note.at.mono, abs=0.001)
        assert "▴active eno1 -> eno2" in desk.text
        assert desk.line_with("▴active").index("▴") in range(row(desk).index(CROSS), row(desk).rindex(CROSS) + 2)


async def test_an_outage_that_nothing_explains_names_who_did_not_answer(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    async with open_desk(a_monitor(a_pair()), probing=probing, clock=moment) as desk:
        await switch_on(desk, moment)
        probing.lost = [(moment.mono + 0.1, moment.mono + 0.5), (moment.mono + 5.1, moment.mono + 5.3)]
        moment.mono += 3.0
        await desk.until(lambda: len(notes(desk)) == 1)
        assert notes(desk)[0].startswith(f"no answer from {GATEWAY} for 400 ms (")
        moment.mono += 4.0
        await desk.until(lambda: len(notes(desk)) == 2)
        assert notes(desk)[1].startswith("1 probe lost (< 4")


async def test_what_is_under_way_is_written_down_when_it_is_turned_off(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    async with open_desk(a_monitor(a_pair()), (80, 24), probing=probing, clock=moment) as desk:
        await switch_on(desk, moment)
        probing.lost = [(moment.mono, moment.mono + 100)]
        moment.mono += 5.0
        await desk.sees("no answer 5.0 s")
        await desk.press("p")
        await desk.until(lambda: notes(desk))
        assert notes(desk)[0].startswith(f"no answer from {GATEWAY} for at least ")


async def test_it_goes_with_the_chosen_bond(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    async with open_desk(a_monitor(a_pair(), OTHER), probing=probing, clock=moment) as desk:
        await switch_on(desk, moment)
        assert [each.flow.device for each in probing.streams] == ["bond0"]
        await desk.press("tab")
        await desk.until(lambda: len(probing.streams) == 2)
        assert probing.streams[0].stopped
        assert probing.streams[1].flow.device == "bond1"
        moment.mono += 1.0
        await desk.sees("▪▪▪▪▪")
        await desk.press("tab")
        await desk.until(lambda: len(probing.streams) == 3)
        assert probing.streams[2].flow.device == "bond0"


async def test_the_probed_bond_stays_the_chosen_one_when_another_gets_worse(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    async with open_desk(a_monitor(a_pair(), OTHER), probing=probing, clock=moment) as desk:
        await switch_on(desk, moment)
        down = OTHER.link._replace(carrier=False)
        await desk.show(fold.heard(desk.still.latest, [told(down, BEGIN_S + 1)]))
        assert "bond0" in desk.lines[1]
        assert len(probing.streams) == 1


async def test_when_the_bond_is_gone_it_goes_with_the_one_that_is_shown(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    async with open_desk(a_monitor(a_pair(), OTHER), probing=probing, clock=moment) as desk:
        await switch_on(desk, moment)
        await desk.show(fold.took(desk.still.latest, a_reading(OTHER, mono=BEGIN_S + 1)))
        await desk.until(lambda: len(probing.streams) == 2)
        assert probing.streams[1].flow.device == "bond1"


async def test_no_target_is_said_and_looked_for_again(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    probing.no_target = "no gateway and no neighbour on bond0: ping something over it, or set a route"
    async with open_desk(a_monitor(a_pair()), (80, 24), probing=probing, clock=moment) as desk:
        await desk.press("p")
        await desk.sees("▲ no ping: no gateway and no neighbour on bond0")
        probing.no_target = ""
        await desk.sees(f"ping {GATEWAY}")


async def test_no_candidate_at_all_is_said_too(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    async with open_desk(a_monitor(a_pair()), probing=StandInProbing(moment, []), clock=moment) as desk:
        await desk.press("p")
        await desk.sees("no ping: no gateway and no neighbour is known on bond0")


async def test_an_engine_that_cannot_start_or_ends_is_said_and_started_again(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    probing.cannot_start = "no ping socket: needs CAP_NET_RAW or net.ipv4.ping_group_range"
    async with open_desk(a_monitor(a_pair()), probing=probing, clock=moment) as desk:
        await desk.press("p")
        await desk.sees("no ping: no ping socket: needs CAP_NET_RAW")
        probing.cannot_start = ""
        await desk.sees(f"ping {GATEWAY}")
        probing.cannot_start = "still no ping socket"
        probing.streams[0].fails = "the probe engine was killed"
        await desk.sees("no ping: still no ping socket")
        assert probing.streams[0].stopped
        probing.cannot_start = ""
        await desk.until(lambda: len(probing.streams) == 2)
        await desk.sees(f"ping {GATEWAY}")


async def test_a_mistake_of_ours_is_said_and_does_not_end_the_dashboard(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    probing.streams = None  # type: ignore[assignment]
    async with open_desk(a_monitor(a_pair()), probing=probing, clock=moment) as desk:
        await desk.press("p")
        await desk.sees("no ping: a mistake in bondtui: AttributeError")
        probing.streams = []
        await desk.sees(f"ping {GATEWAY}")


async def test_turned_on_again_it_says_its_trouble_again(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    probing.no_target = "nobody is there"
    async with open_desk(a_monitor(a_pair()), probing=probing, clock=moment) as desk:
        await desk.press("p")
        await desk.sees("no ping: nobody is there")
        await desk.press("p")
        assert "nobody is there" not in desk.text
        await desk.press("p")
        await desk.sees("no ping: nobody is there")


async def test_while_nobody_answers_the_target_is_looked_for_again(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    async with open_desk(a_monitor(a_pair()), (80, 24), probing=probing, clock=moment) as desk:
        await switch_on(desk, moment)
        probing.addresses = ["192.0.2.254"]
        moment.mono += 2.0
        await desk.until(lambda: row(desk).count("▪") > 15)
        assert len(probing.streams) == 1, "it answers, so there is no reason to look again"
        probing.lost = [(moment.mono, moment.mono + 7)]
        probing.no_target = "no default route"
        moment.mono += 5.0
        await desk.sees("no answer 5.0 s")
        assert len(probing.streams) == 1, "that there is none at the moment is no reason to stop"
        probing.no_target = ""
        moment.mono += 2.0
        await desk.sees("ping 192.0.2.254")
        await desk.sees("no answer from 192.0.2.1 for at least ")
        assert probing.streams[0].stopped


async def test_a_frozen_picture_freezes_the_strip_and_measuring_goes_on(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    async with open_desk(a_monitor(a_pair()), (80, 24), probing=probing, clock=moment) as desk:
        await switch_on(desk, moment)
        await desk.press("space")
        before = row(desk)
        probing.lost = [(moment.mono, moment.mono + 1)]
        moment.mono += 4.0
        await desk.until(lambda: notes(desk))
        assert row(desk) == before
        await desk.press("space")
        await desk.sees(CROSS)
        assert "1000 ms (" in desk.text


async def test_on_a_frozen_picture_it_can_be_turned_on(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    async with open_desk(a_monitor(a_pair()), probing=StandInProbing(moment), clock=moment) as desk:
        await desk.press("space")
        await desk.press("p")
        await desk.sees(f"ping {GATEWAY}")


async def test_it_goes_on_under_another_screen(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    async with open_desk(a_monitor(a_pair()), (80, 24), probing=probing, clock=moment) as desk:
        await switch_on(desk, moment)
        await desk.press("question_mark")
        probing.lost = [(moment.mono, moment.mono + 1)]
        moment.mono += 4.0
        await desk.until(lambda: notes(desk))
        await desk.press("escape")
        await desk.sees(CROSS)


async def test_help_and_palette_have_the_key(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    async with open_desk(a_monitor(a_pair()), (100, 60), probing=StandInProbing(moment), clock=moment) as desk:
        await desk.press("question_mark")
        assert any(line.strip().startswith("p ") and "Ping over the chosen bond" in line for line in desk.lines)
        await desk.press("escape", "ctrl+p")
        await desk.press(*"ping over")
        await desk.app.workers.wait_for_complete()
        await desk.press("enter")
        await desk.sees(f"ping {GATEWAY}")


@pytest.mark.parametrize("monitor", [a_monitor(), a_monitor(a_pair())], ids=["no bond", "no probes"])
async def test_where_nothing_can_be_probed_the_key_is_not_offered(open_desk: OpenDesk, monitor: Monitor) -> None:
    probing = None if monitor.bonds else StandInProbing(Moment(BEGIN_S))
    async with open_desk(monitor, probing=probing) as desk:
        assert "ping" not in desk.lines[-1]
        await desk.press("p")
        assert row(desk) == ""


async def test_the_strip_in_ascii(open_desk: OpenDesk) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    async with open_desk(a_monitor(a_pair()), (80, 24), probing=probing, clock=moment, glyphs=ASCII) as desk:
        await desk.press("p")
        probing.lost = [(BEGIN_S + 1.1, BEGIN_S + 1.5)]
        moment.mono += 4.0
        await desk.sees("oXXoooo")
        assert desk.text.isascii()


class StandInArchive:
    """See ``bondtui.ports.Archive``."""

    paths = ("", "")

    def __init__(self, *entries: Mapping[str, Any]) -> None:
        self.entries = list(entries)
        self.fails = ""
        self.read = 0

    def history(self) -> Sequence[Mapping[str, object]]:
        self.read += 1
        if self.fails:
            raise ArchiveError(self.fails)
        return list(self.entries)

    def begin(self, name: str) -> None:
        raise NotImplementedError

    def write(self, document: Mapping[str, object], text: str) -> None:
        raise NotImplementedError

    def remember(self, entries: Sequence[Mapping[str, object]]) -> None:
        raise NotImplementedError


def an_entry(moment: Moment, slave: str, days_ago: float) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "wall_s": moment().wall - days_ago * 86_400,
        "bond": "bond0",
        "slave": slave,
        "permanent_hwaddr": None,
        "verdict": "pass",
        "proven": True,
        "failover": {"outage_ms": 120.0, "outage_low_ms": 100.0, "outage_high_ms": 140.0, "lost": 12},
    }


async def test_what_drills_have_proven_is_said_for_the_chosen_bond(open_desk: OpenDesk) -> None:
    moment, monitor = Moment(BEGIN_S), a_monitor(a_pair(), OTHER)
    archive = StandInArchive(an_entry(moment, "eno1", 41.5))
    async with open_desk(monitor, (80, 24), acting=StandIn(monitor), archive=archive, clock=moment) as desk:
        await desk.sees("drill  eno1: 41 days ago, 120 ms, PASS   eno2: never proven")
        await desk.press("tab")
        await desk.sees("drill  ens1: never proven   ens2: never proven")
        assert archive.read == 1


async def test_the_history_is_read_again_after_a_drill(open_desk: OpenDesk) -> None:
    moment, monitor = Moment(BEGIN_S), a_monitor(a_pair())
    archive, drills = StandInArchive(), Rehearsed().drills
    async with open_desk(
        monitor, (80, 24), acting=StandIn(monitor), drills=drills, archive=archive, clock=moment
    ) as desk:
        await desk.sees("drill  eno1: never proven")
        await desk.press("D")
        await desk.until(lambda: isinstance(desk.app.screen, DrillScreen))
        archive.entries.append(an_entry(moment, "eno1", 0.0))
        await desk.press("escape")
        await desk.sees("drill  eno1: 0 s ago, 120 ms, PASS")


async def test_who_leaves_while_nobody_answers_leaves_in_good_order(
    open_desk: OpenDesk, caplog: pytest.LogCaptureFixture
) -> None:
    moment = Moment(BEGIN_S)
    probing = StandInProbing(moment)
    async with open_desk(a_monitor(a_pair()), (80, 24), probing=probing, clock=moment) as desk:
        await switch_on(desk, moment)
        probing.lost = [(moment.mono, moment.mono + 100)]
        moment.mono += 5.0
        await desk.sees("no answer 5.0 s")
        await desk.press("q")
    await asyncio.sleep(0)  # what was told last is taken now
    assert caplog.messages == []
    assert desk.app.return_code == 0


async def test_without_an_archive_or_with_a_broken_one_nothing_is_said_about_drills(open_desk: OpenDesk) -> None:
    monitor = a_monitor(a_pair())
    archive = StandInArchive()
    archive.fails = "cannot read the history: Permission denied"
    async with open_desk(monitor, acting=StandIn(monitor), archive=archive) as desk:
        await desk.until(lambda: archive.read)
        await desk.press("down")
        assert "never proven" not in desk.text
        assert "Permission denied" not in desk.text
        assert "bond0" in desk.lines[1]
    async with open_desk(monitor, acting=StandIn(monitor)) as desk:
        assert "never proven" not in desk.text
