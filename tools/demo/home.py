"""The simulated home of the demo, added and set as a user of the browser would."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tools.home_assistant_client import (
    HomeAssistantClient,
    Json,
    RequestError,
    start_config_flow,
)

DOMAIN: Final = "ev_lb"
NAME: Final = "Simulated home"
PATIENCE_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedHome:
    """The entities of the simulated home, by what they are."""

    entry_id: str
    site: Mapping[str, str]
    """Entity ids of the balancer's site, by key."""
    charger: Mapping[str, str]
    """Entity ids of the balancer's charger, by key."""
    plant: Mapping[str, str]
    """Entity ids of what is simulated, by key."""


async def ensure_simulated_home(
    client: HomeAssistantClient, speed: float
) -> SimulatedHome:
    """Add the simulated home unless it is there, and let it run at this speed."""
    entries = await client.get(f"config/config_entries/entry?domain={DOMAIN}")
    if entries:
        entry_id: str = entries[0]["entry_id"]
        await _set_speed(client, entry_id, speed)
    else:
        flow = await start_config_flow(client, DOMAIN)
        await flow.submit(next_step_id="simulated_home")
        await flow.submit(**_form(speed))
        entry_id = flow.created_entry()["entry_id"]
    return await _find_entities(client, entry_id)


def _form(speed: float) -> dict[str, Json]:
    return {"name": NAME, "advanced": {"simulation_speed": speed}}


async def _set_speed(client: HomeAssistantClient, entry_id: str, speed: float) -> None:
    """Reconfigure the simulated home, and wait until it has started again."""
    flow = await start_config_flow(client, DOMAIN, entry_id=entry_id)
    (advanced,) = (
        field["schema"]
        for field in flow.step["data_schema"]
        if field["name"] == "advanced"
    )
    if advanced[0]["default"] == speed:
        return
    async with client.websocket() as socket, asyncio.timeout(PATIENCE_S):
        events = await socket.subscribe("config_entries/subscribe")
        await flow.submit(**_form(speed))
        if flow.step.get("reason") != "reconfigure_successful":
            raise RequestError(f"The simulated home could not be set: {flow.problem}")
        states: list[str] = []
        while not _has_started_again(states):
            states += [
                change["entry"]["state"]
                for change in await events.get()
                if change["entry"]["entry_id"] == entry_id
            ]


def _has_started_again(states: list[str]) -> bool:
    """Return whether an entry that was loaded was unloaded, and is loaded again."""
    return states[-1:] == ["loaded"] and set(states) != {"loaded"}


async def _find_entities(client: HomeAssistantClient, entry_id: str) -> SimulatedHome:
    async with client.websocket() as socket:
        registry = await socket.command("config/entity_registry/list")
        chargers = await socket.command(
            "config_entries/subentries/list", entry_id=entry_id
        )
    charger_id: str = chargers[0]["subentry_id"]
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
