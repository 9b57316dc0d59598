"""What is written while a house is calm, and while it is not: rows of a recorder."""

from collections import Counter
from random import Random

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from .homes import Home, make_entry

SECONDS = 120
TOTALS = ("total", "total_increasing")


async def rows_of(home: Home, seconds: int, loads_w: list[float]) -> Counter[str]:
    """Return how often each of our entities is written, but those that add up."""
    rows: Counter[str] = Counter()
    ours = {
        row.entity_id
        for row in er.async_entries_for_config_entry(
            er.async_get(home.hass), home.entry.entry_id
        )
    }

    def written(event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        # What adds up goes on while a car charges, however calm the house.
        counts = state is not None and str(state.attributes.get("state_class"))
        if event.data["entity_id"] in ours and counts not in TOTALS:
            rows[event.data["entity_id"]] += 1

    stop = home.hass.bus.async_listen(EVENT_STATE_CHANGED, written)
    for second in range(seconds):
        await home.pass_time(1, loads_w[second % len(loads_w)])
    stop()
    return rows


@pytest.mark.parametrize("noise_w", [20, 60])
async def test_a_calm_house_writes_next_to_nothing(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, noise_w: float
) -> None:
    random = Random(noise_w)
    home = Home(hass, freezer, make_entry())
    # 18 A, and just about a whole ampere more is free on 32 A.
    await home.start_charging(60)
    level_w = 13 * 230 + 18 * 230
    loads_w = [round(level_w + random.uniform(-noise_w, noise_w)) for _ in range(40)]
    rows = await rows_of(home, SECONDS, loads_w)
    assert sum(rows.values()) <= SECONDS / 6


async def test_a_load_that_comes_is_written_at_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = Home(hass, freezer, make_entry())
    await home.start_charging(60)
    before = float(home.state("sensor", "available_current"))
    await home.pass_time(1, 3000 + 18 * 230 + 460)
    after = float(home.state("sensor", "available_current"))
    assert after == pytest.approx(before - 2, abs=0.1)
