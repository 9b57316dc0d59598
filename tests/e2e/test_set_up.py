"""A site with circuit, sun, battery and limits, set up and changed as in a browser."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tools.home_assistant_client import (
    Flow,
    HomeAssistantClient,
    WebSocket,
    start_config_flow,
    start_subentry_flow,
)
from tools.home_assistant_process import HomeAssistantProcess, write_configuration
from tools.rest_home import ACCOUNT, PATIENCE_S

pytestmark = pytest.mark.e2e

CARS = ("garage", "left", "right", "guest")
CONFIGURATION = "input_number:\n" + "".join(
    f"  {car}:\n    min: 0\n    max: 32\n    step: 1\n" for car in CARS
)
POWER = {"unit_of_measurement": "W", "device_class": "power"}
PERCENT = {"unit_of_measurement": "%", "device_class": "battery"}
HOUSE_W = 1000.0
MAXIMUM_A = 16.0
WATCHED_S = 8.0


class Home:
    """Reports what the house and all cars draw together, which is what they may."""

    def __init__(self, client: HomeAssistantClient) -> None:
        """Report through this client."""
        self._client = client

    async def set_a(self, car: str) -> float:
        """Return what a car may draw."""
        return float((await self._client.state(f"input_number.{car}"))["state"])

    async def report(self) -> None:
        """Let the meter report once."""
        drawn_a = [await self.set_a(car) for car in CARS]
        total_w = HOUSE_W + sum(drawn_a) * 230
        await self._client.set_state("sensor.grid_power", total_w, POWER)

    async def until(self, wanted_a: dict[str, float]) -> None:
        """Report on until each car may draw what is wanted."""
        async with asyncio.timeout(PATIENCE_S):
            while {car: await self.set_a(car) for car in wanted_a} != wanted_a:
                await self.report()
                await asyncio.sleep(0.3)

    async def watch(self, seconds: float) -> None:
        """Report on for a while."""
        for _ in range(round(seconds / 0.3)):
            await self.report()
            await asyncio.sleep(0.3)


# The other release has the same forms in tests/integration.
@pytest.mark.parametrize(
    "python", [".venv-demo"], ids=["newest release"], indirect=True
)
def test_a_site_is_set_up_and_changed_while_a_car_charges(
    python: Path, tmp_path: Path
) -> None:
    write_configuration(tmp_path, extra=CONFIGURATION)
    process = HomeAssistantProcess(tmp_path, python=python)
    try:
        asyncio.run(_set_up_and_change(process))
    finally:
        process.stop()


async def _set_up_and_change(process: HomeAssistantProcess) -> None:
    process.start()
    await process.wait_until_answering()
    async with HomeAssistantClient(process.url) as client:
        await client.onboard(ACCOUNT)
        await process.wait_until_running(client)
        home = Home(client)
        await home.report()
        await client.set_state("sensor.solar_power", 0, POWER)
        await client.set_state("sensor.home_battery_power", 0, POWER)
        await client.set_state("sensor.home_soc", 50, PERCENT)
        entry_id = await _add_site(client)
        circuit_id = await _add_circuit(client, entry_id)
        await _add_charger(client, entry_id, "garage", "grid")
        await _add_charger(client, entry_id, "left", circuit_id)
        await _add_charger(client, entry_id, "right", circuit_id)
        # The circuit's fuse is for 20 A, which the two on it share.
        await home.until({"garage": MAXIMUM_A, "left": 10.0, "right": 10.0})

        async with client.websocket() as socket:
            told = await socket.subscribe(event_type="call_service")
            await _remove(socket, entry_id, "left")
            await home.watch(WATCHED_S)
            await _add_charger(client, entry_id, "guest", circuit_id)
            await _change(client, entry_id)
            await home.watch(WATCHED_S)
            told_of = [told.get_nowait()["data"] for _ in range(told.qsize())]

        commands = [
            (data["service_data"]["entity_id"], data["service_data"]["value"])
            for data in told_of
            if data["service"] == "set_value"
        ]
        assert [row[1] for row in commands if "input_number.left" in row[0]] == [0]
        assert [row for row in commands if "input_number.garage" in row[0]] == []
        assert [row for row in commands if row[1] == 0 and "left" not in str(row)] == []
        assert await home.set_a("left") == 0


async def _add_site(client: HomeAssistantClient) -> str:
    flow = await start_config_flow(client, "ev_lb")
    await flow.submit(next_step_id="home")
    await flow.submit(
        name="Farm", meter_kind="total_power", phases="1", service_current_a=80
    )
    suggested = {
        field["name"]: field.get("default") for field in flow.step["data_schema"]
    }
    assert suggested["power_entity"] == "sensor.grid_power"
    await flow.submit(power_entity="sensor.grid_power", can_export=True)
    await flow.submit(meter_loss_behavior="stop", ramp_up_time_s=1)
    await flow.submit(equipment=["solar", "battery", "limits"])
    await flow.submit(
        solar_power_entity="sensor.solar_power", solar_power_kind="panels"
    )
    await flow.submit(
        battery_soc_entity="sensor.home_soc",
        battery_power_entity="sensor.home_battery_power",
        battery_invert_sign=False,
        home_battery_soc_min_percent=20,
        home_battery_soc_target_percent=80,
    )
    await flow.submit(
        import_limit_w=18000,
        capacity_tariff={"capacity_tariff_limit_w": 20000},
        advanced={"fuse_tolerance_percent": 0},
    )
    entry_id: str = flow.created_entry()["entry_id"]
    return entry_id


async def _add_circuit(client: HomeAssistantClient, entry_id: str) -> str:
    flow = await start_subentry_flow(client, entry_id, "circuit")
    await flow.submit(name="Barn", circuit_limit_a=20, meter_kind="none")
    flow.created_entry()
    return (await _subentries(client, entry_id))["Barn"]


async def _add_charger(
    client: HomeAssistantClient, entry_id: str, car: str, circuit_id: str
) -> None:
    flow = await start_subentry_flow(client, entry_id, "charger")
    await flow.submit(next_step_id="actions")
    action: dict[str, Any] = {
        "action": "input_number.set_value",
        "target": {"entity_id": f"input_number.{car}"},
        "data": {"value": "{{ current_a }}"},
    }
    await flow.submit(name=car, set_current_action=[action])
    await flow.submit(
        circuit=circuit_id,
        max_current_a=MAXIMUM_A,
        min_current_a=6,
        sharing={"charging_mode": "site", "priority": 1, "weight": 1},
        advanced={"response_time_s": 1, "pause_s": 0},
    )
    flow.created_entry()


async def _change(client: HomeAssistantClient, entry_id: str) -> None:
    """Change wiring and tune the site, neither of which touches a running car."""
    flow = await start_config_flow(client, "ev_lb", entry_id=entry_id)
    await flow.submit(next_step_id="limits")
    await flow.submit(import_limit_w=17500)
    assert flow.step["reason"] == "reconfigure_successful"
    path = "config/config_entries/options/flow"
    flow = Flow(client, path, await client.post(path, {"handler": entry_id}))
    await flow.submit(distribution_mode="shared", sun={"power_buffer_w": 100})
    flow.created_entry()


async def _subentries(client: HomeAssistantClient, entry_id: str) -> dict[str, str]:
    async with client.websocket() as socket:
        rows = await socket.command("config_entries/subentries/list", entry_id=entry_id)
    return {row["title"]: row["subentry_id"] for row in rows}


async def _remove(socket: WebSocket, entry_id: str, title: str) -> None:
    rows = await socket.command("config_entries/subentries/list", entry_id=entry_id)
    subentry_id = next(row["subentry_id"] for row in rows if row["title"] == title)
    await socket.command(
        "config_entries/subentries/delete", entry_id=entry_id, subentry_id=subentry_id
    )
