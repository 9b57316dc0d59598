"""The simulated home of the demo, added and set as a user of the browser would."""

from collections.abc import Iterable, Mapping
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

    @property
    def entity_ids(self) -> Iterable[str]:
        """All of them."""
        return (*self.site.values(), *self.charger.values(), *self.plant.values())


async def ensure_simulated_home(
    client: HomeAssistantClient, speed: float
) -> SimulatedHome:
    """Add the simulated home unless it is there, and let it run at this speed."""
    entries = await client.get(f"config/config_entries/entry?domain={DOMAIN}")
    form: dict[str, Json] = {"name": NAME, "advanced": {"simulation_speed": speed}}
    if entries:
        entry_id: str = entries[0]["entry_id"]
        flow = await start_config_flow(client, DOMAIN, entry_id=entry_id)
        await flow.submit(**form)
        if flow.step.get("reason") != "reconfigure_successful":
            raise RequestError(f"The simulated home could not be set: {flow.step}")
    else:
        flow = await start_config_flow(client, DOMAIN)
        await flow.submit(next_step_id="simulated_home")
        await flow.submit(**form)
        entry_id = flow.created_entry()["entry_id"]
    return await _find_entities(client, entry_id)


async def _find_entities(client: HomeAssistantClient, entry_id: str) -> SimulatedHome:
    async with client.websocket() as socket:
        registry = await socket.command("config/entity_registry/list")
        chargers = await socket.command(
            "config_entries/subentries/list", entry_id=entry_id
        )
    charger_id: str = chargers[0]["subentry_id"]
    plant_prefix = f"{entry_id}_simulated"
    found: dict[str, dict[str, str]] = {plant_prefix: {}, charger_id: {}, entry_id: {}}
    for entity in registry:
        if entity["config_entry_id"] != entry_id or entity["disabled_by"]:
            continue
        # The plant's ids begin with the entry's, so it is looked for first.
        for prefix, entity_ids in found.items():
            if entity["unique_id"].startswith(f"{prefix}_"):
                key = entity["unique_id"].removeprefix(f"{prefix}_")
                entity_ids[key] = entity["entity_id"]
                break
    return SimulatedHome(
        entry_id=entry_id,
        plant=found[plant_prefix],
        charger=found[charger_id],
        site=found[entry_id],
    )
