"""One guarded action at a time: plan, ask, carry out, and say what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Protocol

from bondtui.model.action import Action, Plan
from bondtui.model.reading import SourceError
from bondtui.operation import APPLIED, NOTHING, Outcome
from bondtui.ports import ActionError, NothingPending
from bondtui.ui.actions import Actions
from bondtui.ui.aside import Aside
from bondtui.view.plan import wish

PLANNING_SHOWS_AFTER = 0.2
"""Seconds. A plan that is there sooner needs no word before it."""


class Stage(Protocol):
    """Where questions are asked and answers given."""

    def say(self, words: str, severity: str = "", *, stays: bool = False) -> None:
        """A few words that do not stop anybody; they go by themselves unless they stay."""

    async def ask(self, plan: Plan) -> str | None:
        """Whether it shall be done: the name that was typed (or ``""``), ``None`` for no."""

    async def tell(self, title: str, words: str) -> None:
        """Something that must not be missed."""


class Conduct:
    """Does what the keys ask for, one thing after the other."""

    def __init__(self, actions: Actions, aside: Aside, stage: Stage) -> None:
        self._actions = actions
        self._aside = aside
        self._stage = stage
        self._doing = ""
        self.under_way: Plan | None = None
        """What is being carried out at this moment."""
        self.made_here: set[str] = set()
        """Identities of the changes that were made from here."""

    async def act(self, action: Action) -> None:
        """Plan it, ask, and carry it out."""
        await self._alone("an action", self._act(action))

    async def keep(self) -> None:
        """Have the pending change stay."""
        await self._alone("keeping", self._settle(self._actions.hands.keep, "Not kept"))

    async def revert(self) -> None:
        """Have the pending change taken back."""
        self._stage.say("reverting ...", stays=True)
        await self._alone("reverting", self._settle(self._actions.hands.revert, "Not reverted"))

    async def _alone(self, what: str, doing: Coroutine[None, None, None]) -> None:
        """Do it unless something else is being done, and let no mistake pass in silence."""
        if self._doing:
            doing.close()
            self._stage.say(f"{self._doing} is still under way; wait for it", "warn")
            return
        self._doing = what
        try:
            await doing
        except (ActionError, SourceError) as error:
            await self._tell("Not done", str(error))
        except Exception as error:  # noqa: BLE001 - a key that does nothing would be a riddle
            await self._tell("A mistake in bondtui", f"{type(error).__name__}: {error}")
        finally:
            self._doing = ""

    async def _act(self, action: Action) -> None:
        plan = await self._planned(action)
        self._stage.say("")
        typed = await self._stage.ask(plan)
        if typed is None:
            return
        self._stage.say(f"applying: {' '.join(plan.command)} ...", stays=True)
        self.under_way = plan
        outcome = await self._carried_out(plan, typed)
        if outcome.pending is not None:
            self.made_here.add(outcome.pending.id)
        await self._report(outcome)

    async def _carried_out(self, plan: Plan, typed: str) -> Outcome:
        """It stays under way for who leaves meanwhile, which cancels this and not what is done aside."""
        try:
            outcome = await self._aside.run(partial(self._actions.operation.carry_out, plan, typed=typed))
        except Exception:
            self.under_way = None
            raise
        self.under_way = None
        return outcome

    async def _planned(self, action: Action) -> Plan:
        planning = asyncio.ensure_future(self._aside.run(partial(self._actions.operation.plan, action)))
        done, _ = await asyncio.wait({planning}, timeout=PLANNING_SHOWS_AFTER)
        if not done:
            self._stage.say("planning ...", stays=True)
        return await planning

    async def _report(self, outcome: Outcome) -> None:
        if outcome.result in (APPLIED, NOTHING):
            self._stage.say(outcome.words, "good" if outcome.result == APPLIED else "")
        else:
            await self._tell(f"{outcome.result.capitalize()}: {wish(outcome.plan)}", outcome.words)

    async def _settle(self, call: Callable[[], str], failed: str) -> None:
        try:
            self._stage.say(await self._aside.run(call), "good")
        except NothingPending as error:  # somebody else, or time, was faster
            self._stage.say(str(error), "warn")
        except ActionError as error:
            await self._tell(failed, str(error))

    async def _tell(self, title: str, words: str) -> None:
        self._stage.say("")
        await self._stage.tell(title, words)
