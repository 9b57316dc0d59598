"""How the commands of one decision leave the loop to others, and none gets lost."""

from collections.abc import Callable
import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from .big_site import CHARGER_IDS, BigSite, big_entry

# Longer than the balancer holds the loop at a time, s of the processor.
SLOW_CALL_S = 0.003


def keep_busy() -> None:
    """Work for as long as a slow charger's integration might."""
    end_s = time.thread_time() + SLOW_CALL_S
    while time.thread_time() < end_s:
        pass


class WatchedSite(BigSite):
    """A site that notes the calls to its chargers; a call may take its time."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        super().__init__(hass, freezer, big_entry(capacity_tariff_limit_w=100_000.0))
        self.seen: list[str] = []
        self.during_call: Callable[[], None] | None = None

    async def _told(self, call: Any) -> None:
        await super()._told(call)
        self.seen.append(call.data["entity_id"])
        if self.during_call is not None:
            self.during_call()

    async def cut(self) -> None:
        """Let the house take what the cars had."""
        self.seen.clear()
        self.house_a = (26.0, 2.0, 2.0)
        self.report()
        await self.hass.async_block_till_done()


@pytest.fixture
async def site(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> WatchedSite:
    """Return a site whose cars charge: one in the garage, two in the barn."""
    freezer.move_to("2026-11-20T12:00:30+00:00")
    site = WatchedSite(hass, freezer)
    await site.start()
    await site.pass_time(120)
    return site


async def test_the_largest_cut_goes_first(site: WatchedSite) -> None:
    before_a = dict(site.limits_a)

    await site.cut()

    cuts_a = {name: before_a[name] - site.limits_a[name] for name in CHARGER_IDS}
    told = [name.removeprefix("number.").removesuffix("_limit") for name in site.seen]
    assert sorted(told) == sorted(CHARGER_IDS)
    assert len(set(cuts_a.values())) > 1
    assert told == sorted(CHARGER_IDS, key=lambda name: -cuts_a[name])


async def test_others_get_their_turn_between_two_commands(site: WatchedSite) -> None:
    def take_long() -> None:
        keep_busy()
        site.hass.loop.call_soon(site.seen.append, "others")

    site.during_call = take_long

    await site.cut()

    assert [name == "others" for name in site.seen] == [False, True] * 3


async def test_a_reload_amid_the_commands_loses_none(site: WatchedSite) -> None:
    def reload_once() -> None:
        site.during_call = None
        keep_busy()
        site.hass.config_entries.async_update_entry(site.entry, title="Elsewhere")

    site.during_call = reload_once

    await site.cut()

    assert len(site.seen) == 3
    assert sum(site.limits_a.values()) + 26 <= 40


async def test_who_begins_only_to_watch_commands_nothing_more(
    site: WatchedSite,
) -> None:
    def let_go_once() -> None:
        site.during_call = None
        keep_busy()
        options = {**site.entry.options, "shadow_mode": True}
        site.hass.config_entries.async_update_entry(site.entry, options=options)

    site.during_call = let_go_once

    await site.cut()

    assert len(site.seen) == 1
    assert site.state("sensor", "balancer_state") == "shadow"
