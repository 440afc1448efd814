"""What screens with keys have in common: one declaration of each key, from which help, footer and palette come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from textual import events
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

from bondtui.view.look import Key


class Offer(NamedTuple):
    """A key that is offered."""

    node: DOMNode
    """Whose key it is: the screen's or the application's."""
    binding: Binding
    why_not: str
    """Why it does nothing now; ``""`` if it does."""


class Offering(Screen[None]):
    """A screen that can tell which keys it has, and why one of them does nothing now."""

    def why_not(self, action: str) -> str:
        """Why an action does nothing now; ``""`` if it does."""
        raise NotImplementedError

    def say(self, words: str, severity: str = "") -> None:
        """A few words above the footer."""
        raise NotImplementedError

    @property
    def offers(self) -> list[Offer]:
        """All keys that have a meaning now."""
        return [
            Offer(each.node, each.binding, "" if each.enabled else self.why_not(each.binding.action.partition("(")[0]))
            for each in self.active_bindings.values()
            if each.binding.id
        ]

    def footer_keys(self, ranks: Mapping[str, int]) -> tuple[Key, ...]:
        """The keys of the footer in the order of these names, with their ranks (see ``Key.rank``)."""
        offers = {each.binding.id: each for each in self.offers if each.binding.show}
        return tuple(
            Key(self.app.get_key_display(offer.binding), offer.binding.description, rank, bool(offer.why_not))
            for name, rank in ranks.items()
            if (offer := offers.get(name)) is not None
        )

    async def on_key(self, event: events.Key) -> None:
        """A greyed key says why it is grey."""
        for offer in self.offers:
            if offer.binding.key == event.key and offer.why_not:
                event.stop()
                await self.press(offer)

    async def press(self, offer: Offer) -> None:
        """What the key would do, be it to say why it does nothing."""
        if offer.why_not:
            self.say(f"{offer.binding.description} is not possible: {offer.why_not}", "warn")
        else:
            await self.app.run_action(offer.binding.action, offer.node)

    async def press_shown(self, key: str) -> None:
        """What the key of the footer or of the banner does, by the way it is shown."""
        for offer in self.offers:
            if self.app.get_key_display(offer.binding) == key:
                await self.press(offer)
                return
