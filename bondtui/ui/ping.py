"""What keeps the ping strip going: a thread that finds the target, takes what has become of the probes, and tells.

A thread of its own, because finding a target and starting the engine may block, and because an outage is
to be measured also while a dialog or a frozen picture is on the screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from threading import Event, Thread

from bondtui.core.monitor import Note
from bondtui.drill.strip import PERIOD_S, Ended, Strip, Tape, happening, sentence
from bondtui.model.bond import Bond
from bondtui.model.probe import Candidate, Flow
from bondtui.model.reading import Stamp
from bondtui.ports import ProbeError, Probing, Stream, Watcher

RETRY_S = 3.0
"""So long after trouble it is tried again; as often the target is looked for anew while nobody answers."""
SILENCE_MS = 3000.0
STOP_AT_MOST_S = 0.5
"""Leaving waits so long for the probes to be stopped; they end with the program anyway."""


class Ping:
    """Probes over one bond after the other; nothing is done while no bond is chosen."""

    def __init__(
        self, probing: Probing, watcher: Watcher, clock: Callable[[], Stamp], tell: Callable[[Strip], None]
    ) -> None:
        """Make it.

        Args:
            probing: What finds targets and sends probes.
            watcher: Knows the bonds and what happens to them, and keeps the event log.
            clock: The time.
            tell: Called in the event loop with what there is to see, when that is something new.
        """
        self._probing = probing
        self._watcher = watcher
        self._clock = clock
        self._tell = tell
        self._bond: int | None = None
        self._told: Strip | None = None
        self._wake = Event()
        self._stopping = False
        self._thread: Thread | None = None

    @property
    def bond(self) -> int | None:
        """Interface index of the bond that is probed; ``None`` while it is off."""
        return self._bond

    def follow(self, bond: int | None) -> Strip | None:
        """Probe over this bond from now on, over none with ``None``; returns what there is to see until it tells.

        From within the event loop.
        """
        self._bond, self._told = bond, None
        self._wake.set()
        if bond is not None and self._thread is None:
            self._event_loop, self._context = asyncio.get_running_loop(), copy_context()
            self._thread = Thread(target=self._run, name="bondtui-ping", daemon=True)
            self._thread.start()
        return None if bond is None else Strip(bond)

    def stop(self) -> None:
        """Stop the probes for good."""
        self._stopping, self._bond = True, None
        self._wake.set()
        if self._thread is not None:
            self._thread.join(STOP_AT_MOST_S)

    def _run(self) -> None:
        while not self._stopping:
            bond = self._bond
            if bond is None:
                self._pause(None)
                continue
            try:
                self._probe(bond)
            except ProbeError as error:
                self._trouble(bond, str(error))
            except Exception as error:  # noqa: BLE001 - a strip that stands still would be a riddle
                self._trouble(bond, f"a mistake in bondtui: {type(error).__name__}: {error}")

    def _probe(self, bond: int) -> None:
        """Until another bond is chosen or another target is the right one; raises ProbeError."""
        found = self._find(bond)
        stream = self._probing.start([Flow(found.target, found.device)], PERIOD_S)
        try:
            self._watch(bond, found, stream)
        finally:
            stream.stop()

    def _find(self, bond: int) -> Candidate:
        there = self._bond_at(bond)
        if there is None:
            raise ProbeError("the bond is not there any more")
        candidates = self._probing.candidates(there)
        if not candidates:
            raise ProbeError(f"no gateway and no neighbour is known on {there.name}")
        return candidates[0]

    def _watch(self, bond: int, found: Candidate, stream: Stream) -> None:
        tape = Tape(bond, found.target.address)
        looked_at = self._clock().mono
        try:
            while self._bond == bond and not self._stopping:
                tape.take(stream.take())
                now = self._clock()
                self._write_down(tape.ended(now.mono), tape, now)
                seen = tape.strip(now.mono)
                self._show(seen)
                if (seen.silent_ms or 0.0) > SILENCE_MS and now.mono - looked_at > RETRY_S:
                    looked_at = now.mono
                    if self._is_another(bond, found):
                        return
                self._pause(PERIOD_S)
        finally:
            now = self._clock()
            unfinished = tape.unfinished(now.mono)
            self._write_down([unfinished] if unfinished is not None else [], tape, now)

    def _is_another(self, bond: int, found: Candidate) -> bool:
        """Whether somebody else should be asked now. That none can be found at the moment is no reason to stop."""
        try:
            best = self._find(bond)
        except ProbeError:
            return False
        return (best.target, best.device) != (found.target, found.device)

    def _write_down(self, outages: list[Ended], tape: Tape, now: Stamp) -> None:
        """Into the event log, at the time when they began."""
        latest = self._watcher.latest
        for each in outages:
            bond = latest.bond_at(tape.bond)
            happened = happening(each, latest.events, bond, latest.interval) if bond is not None else ""
            at = Stamp(each.began, now.wall - (now.mono - each.began))
            words = sentence(each.outage, tape.address, happened)
            name = bond.name if bond is not None else ""
            self._watcher.note(Note(at, "outage", name, words, tape.bond, tape.bond, "warn"))

    def _trouble(self, bond: int, words: str) -> None:
        self._show(Strip(bond, trouble=words))
        if self._bond == bond:
            self._pause(RETRY_S)

    def _bond_at(self, ifindex: int) -> Bond | None:
        return self._watcher.latest.bond_at(ifindex)

    def _pause(self, seconds: float | None) -> None:
        self._wake.wait(seconds)
        self._wake.clear()

    def _show(self, strip: Strip) -> None:
        """Tell of it, unless it is what was told last."""
        if strip == self._told:
            return
        self._told = strip
        try:
            self._event_loop.call_soon_threadsafe(partial(self._tell, strip), context=self._context)
        except RuntimeError:  # the event loop has ended
            self._stopping = True
