"""The simulated home of the demo, added and set as a user of the browser would."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
import time
from typing import Final

from tools.home_assistant_client import (
    HomeAssistantClient,
    Json,
    RequestError,
    WebSocket,
    start_config_flow,
    start_subentry_flow,
)

from .scenes import Scene

DOMAIN: Final = "ev_lb"
NAME: Final = "Simulated home"
PATIENCE_S: Final = 120.0
# In real time; a faster home's meter sees more in it.
METER_SEES_S: Final = 5.0
"""Until the meter shows the appliances, and the car is gone for longer than a blink of
its plug at ten times the speed of time, s."""
LOOK_PERIOD_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedHome:
    """The entities of the simulated home, by what they are."""

    entry_id: str
    site: Mapping[str, str]
    """Entity ids of the balancer's site, by key."""
    charger: Mapping[str, str]
    """Entity ids of the balancer's first charger, by key."""
    plant: Mapping[str, str]
    """Entity ids of what is simulated, by key: the house, and the first charger."""


async def make_simulated_home(
    client: HomeAssistantClient, scene: Scene, speed: float
) -> SimulatedHome:
    """Add the simulated home of a scene, after removing any other one."""
    for entry in await client.get(f"config/config_entries/entry?domain={DOMAIN}"):
        await client.delete(f"config/config_entries/entry/{entry['entry_id']}")
    flow = await start_config_flow(client, DOMAIN)
    await flow.submit(next_step_id="simulated_home")
    await flow.submit(
        name=NAME,
        simulated_solar=scene.solar,
        simulated_battery=scene.battery,
        advanced={"simulation_speed": speed},
    )
    entry_id: str = flow.created_entry()["entry_id"]
    if scene.capacity_tariff_w is not None:
        await _set_capacity_tariff(client, entry_id, scene.capacity_tariff_w)
    async with client.websocket() as socket:
        if scene.chargers:
            await _name_chargers(client, socket, entry_id, scene.chargers)
        return await _find_entities(socket, entry_id)


async def play(client: HomeAssistantClient, home: SimulatedHome, scene: Scene) -> None:
    """Do what happens in a scene, and return when it has happened.

    While the home takes up its chargers, its entities are not there for a moment.
    """
    mode = home.site["charging_mode"]
    await _until(client, mode, "standard")
    await client.call_service(
        "select.select_option", entity_id=mode, option=scene.charging_mode
    )
    await _until(client, mode, scene.charging_mode)
    if scene.appliances:
        await _turn(client, home.plant["car_plugged_in"], on=False)
        for key in scene.appliances:
            await _turn(client, home.plant[key], on=True)
        await asyncio.sleep(METER_SEES_S)
        await _turn(client, home.plant["car_plugged_in"], on=True)
    await _until(client, home.plant["car_status"], "charging")
    if scene.shadow:
        await _turn(client, home.site["shadow_mode"], on=True)
    for key, on in scene.toys:
        await _turn(client, home.plant[key], on=on)


async def _turn(client: HomeAssistantClient, entity_id: str, *, on: bool) -> None:
    wanted = "on" if on else "off"
    await _until(client, entity_id, "on", "off")
    await client.call_service(f"switch.turn_{wanted}", entity_id=entity_id)
    await _until(client, entity_id, wanted)


async def _until(client: HomeAssistantClient, entity_id: str, *wanted: str) -> None:
    """Wait until an entity has one of these states."""
    deadline_s = time.monotonic() + PATIENCE_S
    while (state := (await client.state(entity_id))["state"]) not in wanted:
        if time.monotonic() > deadline_s:
            raise RequestError(f"{entity_id} stays {state}, not {wanted[0]}.")
        await asyncio.sleep(LOOK_PERIOD_S)


async def _set_capacity_tariff(
    client: HomeAssistantClient, entry_id: str, limit_w: float
) -> None:
    flow = await start_config_flow(client, DOMAIN, entry_id=entry_id)
    await flow.submit(next_step_id="limits")
    await flow.submit(
        capacity_tariff={"capacity_tariff_limit_w": limit_w},
        external_cap={},
        advanced={},
    )
    if flow.step.get("reason") != "reconfigure_successful":
        raise RequestError(f"The limits could not be set: {flow.problem}")


async def _name_chargers(
    client: HomeAssistantClient,
    socket: WebSocket,
    entry_id: str,
    names: tuple[str, ...],
) -> None:
    """Let chargers of these names take the place of the one that comes with it."""
    for name in names:
        flow = await start_subentry_flow(client, entry_id, "charger")
        await flow.submit(name=name)
        flow.created_entry()
    chargers = await socket.command("config_entries/subentries/list", entry_id=entry_id)
    await socket.command(
        "config_entries/subentries/delete",
        entry_id=entry_id,
        subentry_id=chargers[0]["subentry_id"],
    )


async def _find_entities(socket: WebSocket, entry_id: str) -> SimulatedHome:
    """Return the entities, as soon as the home runs with the chargers that it has."""
    chargers = await socket.command("config_entries/subentries/list", entry_id=entry_id)
    charger_id: str = chargers[0]["subentry_id"]
    async with asyncio.timeout(PATIENCE_S):
        while True:
            home = _sorted_entities(
                entry_id,
                charger_id,
                await socket.command("config/entity_registry/list"),
            )
            if "current_set" in home.charger and "car_status" in home.plant:
                return home
            await asyncio.sleep(LOOK_PERIOD_S)


def _sorted_entities(
    entry_id: str, charger_id: str, registry: list[dict[str, Json]]
) -> SimulatedHome:
    simulated = (f"{entry_id}_simulated", f"{charger_id}_simulated")
    # The ids of what is simulated begin with its owner's, so it is looked for first.
    prefixes = (*simulated, charger_id, entry_id)
    found: dict[str, dict[str, str]] = {prefix: {} for prefix in prefixes}
    for entity in registry:
        if entity["config_entry_id"] != entry_id or entity["disabled_by"]:
            continue
        for prefix, entity_ids in found.items():
            if entity["unique_id"].startswith(f"{prefix}_"):
                key = entity["unique_id"].removeprefix(f"{prefix}_")
                entity_ids[key] = entity["entity_id"]
                break
    home, charger = simulated
    return SimulatedHome(
        entry_id=entry_id,
        plant=found[home] | found[charger],
        charger=found[charger_id],
        site=found[entry_id],
    )
