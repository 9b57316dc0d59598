"""Time from a meter's new state to the call that sets the charger, in a real process.

Run `python -m benchmarks.reaction_time`. The meter's state is written over REST, one cut of
1 A after another, and both times are Home Assistant's own, out of its event stream.
"""

import argparse
import asyncio
from datetime import datetime
from pathlib import Path
from statistics import median
import tempfile

from tools.home_assistant_client import HomeAssistantClient, Json
from tools.home_assistant_process import HomeAssistantProcess, write_configuration
from tools.rest_home import (
    ACCOUNT,
    CHARGER,
    CONFIGURATION,
    MAX_CURRENT_A,
    METER,
    PATIENCE_S,
    SETTLED_AFTER_S,
    VOLTAGE_V,
    Changes,
    Meter,
    add_charger,
    add_site,
)

SERVICE_CURRENT_A = 100


def main() -> None:
    """Measure, and print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_configuration(Path(folder), extra=CONFIGURATION)
        process = HomeAssistantProcess(Path(folder))
        try:
            times_ms = asyncio.run(_reaction_times_ms(process, arguments.cuts))
        finally:
            process.stop()
    print(
        f"from a meter's state to the service call: median {median(times_ms):.2f} ms, "
        f"longest {max(times_ms):.2f} ms ({len(times_ms)} cuts)"
    )


async def _reaction_times_ms(process: HomeAssistantProcess, cuts: int) -> list[float]:
    process.start()
    await process.wait_until_answering()
    async with HomeAssistantClient(process.url) as client:
        await client.onboard(ACCOUNT)
        await process.wait_until_running(client)
        meter = Meter(client)
        await meter.change(_house_w(MAX_CURRENT_A))
        entry_id = await add_site(client, SERVICE_CURRENT_A)
        async with client.websocket() as socket, meter:
            changes = await Changes.watch(socket)
            calls = await socket.subscribe(event_type="call_service")
            await add_charger(client, entry_id, MAX_CURRENT_A)
            await changes.until(CHARGER, MAX_CURRENT_A)
            times_ms: list[float] = []
            for lower_a in range(MAX_CURRENT_A - 1, MAX_CURRENT_A - 1 - cuts, -1):
                await asyncio.sleep(SETTLED_AFTER_S)
                total_w = await meter.change(_house_w(lower_a))
                told = await changes.until(METER, total_w)
                called = await _call_of(calls, lower_a)
                times_ms.append((called - told.time).total_seconds() * 1000)
    return times_ms


def _house_w(room_a: float) -> float:
    """Return the house load that leaves this much for the car, W."""
    return (SERVICE_CURRENT_A - room_a - 0.5) * VOLTAGE_V


async def _call_of(calls: asyncio.Queue[Json], value_a: float) -> datetime:
    """Return when the charger was called to take this current."""
    while True:
        async with asyncio.timeout(PATIENCE_S):
            event = await calls.get()
        data = event["data"]
        if data["domain"] == "number" and data["service_data"].get("value") == value_a:
            return datetime.fromisoformat(event["time_fired"])


if __name__ == "__main__":
    main()
