"""A real Home Assistant, set up as in a browser, with a charger that follows the meter."""

import asyncio
from datetime import UTC, datetime
import logging
from pathlib import Path
from urllib.parse import quote

import pytest

from tools.home_assistant_client import HomeAssistantClient
from tools.home_assistant_process import HomeAssistantProcess, write_configuration
from tools.rest_home import (
    ACCOUNT,
    CHARGER,
    CONFIGURATION,
    METER,
    SETTLED_AFTER_S,
    Changes,
    Meter,
    add_charger,
    add_site,
    entities_by_unique_id,
)

_LOGGER = logging.getLogger(__name__)

pytestmark = pytest.mark.e2e

# The charger's promise: what it stores is on the disk by then.
STORED_AFTER_S = 1.5


def test_the_charger_follows_the_meter_and_a_killed_process_comes_back(
    python: Path, tmp_path: Path
) -> None:
    write_configuration(tmp_path, extra=CONFIGURATION)
    process = HomeAssistantProcess(tmp_path, python=python)
    try:
        asyncio.run(_first_life(process))
        process.kill()
        asyncio.run(_second_life(process))
    finally:
        process.stop()


async def _first_life(process: HomeAssistantProcess) -> None:
    process.start()
    await process.wait_until_answering()
    async with HomeAssistantClient(process.url) as client:
        await client.onboard(ACCOUNT)
        await process.wait_until_running(client)
        meter = Meter(client)
        await meter.change(house_w=3000)
        entry_id = await add_site(client, service_current_a=32)
        async with client.websocket() as socket, meter:
            changes = await Changes.watch(socket)
            charger_id = await add_charger(client, entry_id, max_current_a=32)
            # What the flowchart of the first design gives: 32 A less 3000 W.
            await changes.until(CHARGER, 18)
            for house_w, expected_a in ((4300, 13), (5400, 8)):
                await asyncio.sleep(SETTLED_AFTER_S)
                delay_s = await _follow(meter, changes, house_w, expected_a)
                _LOGGER.info("Set to %s A after %.3f s", expected_a, delay_s)
                assert delay_s < 1
        entities = await entities_by_unique_id(client)
        await client.call_service(
            "number.set_value",
            entity_id=entities[f"{charger_id}_max_charger_current"],
            value=20,
        )
        # A real charger keeps its set-point when Home Assistant dies.
        await client.call_service("homeassistant.save_persistent_states")
        await asyncio.sleep(STORED_AFTER_S)


async def _second_life(process: HomeAssistantProcess) -> None:
    since = datetime.now(UTC)
    process.start()
    await process.wait_until_answering()
    async with HomeAssistantClient(process.url) as client:
        await client.log_in(ACCOUNT)
        await process.wait_until_running(client)
        entities = await entities_by_unique_id(client)
        by_key = {key.partition("_")[2]: value for key, value in entities.items()}
        assert await _value(client, by_key["max_charger_current"]) == 20
        assert await _value(client, by_key["service_current"]) == 32
        assert await _value(client, by_key["current_set"]) == 8
        assert await _value(client, CHARGER) == 8
        async with client.websocket() as socket, Meter(client) as meter:
            changes = await Changes.watch(socket)
            # There is room for 20 A, which nobody knows before the meter says so.
            await meter.change(house_w=2000)
            assert (await changes.next_of(CHARGER)).state == "20.0"
            # The newest value may not be in the history yet.
            assert set(await _values_since(client, since)) - {20.0} == {8.0}
            await asyncio.sleep(SETTLED_AFTER_S)
            assert await _follow(meter, changes, 4300, 13) < 1


async def _follow(
    meter: Meter, changes: Changes, house_w: float, expected_a: float
) -> float:
    """Let the meter report, and return after how many seconds the charger had it."""
    total_w = await meter.change(house_w)
    told = await changes.until(METER, total_w)
    followed = await changes.until(CHARGER, expected_a)
    return (followed.time - told.time).total_seconds()


async def _values_since(client: HomeAssistantClient, since: datetime) -> list[float]:
    """Return what the charger was set to since then, oldest first."""
    history = await client.get(
        f"history/period/{quote(since.isoformat())}"
        f"?filter_entity_id={CHARGER}&minimal_response&no_attributes"
    )
    return [
        float(state["state"])
        for state in history[0]
        if state["state"] not in ("unknown", "unavailable")
    ]


async def _value(client: HomeAssistantClient, entity_id: str) -> float:
    return float((await client.state(entity_id))["state"])
