"""A home for a real Home Assistant: a meter that REST feeds, and a charger's number.

The end-to-end tests and the benchmark of the reaction time set it up in a real process.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from .home_assistant_client import (
    Account,
    HomeAssistantClient,
    Json,
    WebSocket,
    start_config_flow,
    start_subentry_flow,
)

ACCOUNT: Final = Account(name="Owner", username="owner", password="e2e-password")
METER: Final = "sensor.grid"
CAR: Final = "sensor.car_current"
CHARGER: Final = "number.charger_current"
VOLTAGE_V: Final = 230
MAX_CURRENT_A: Final = 80
"""What the charger's number goes up to."""
REPORT_PERIOD_S: Final = 0.5
SETTLED_AFTER_S: Final = 5.0
"""When the balancer no longer takes a load for the late effect of its last command."""
PATIENCE_S: Final = 60.0
"""How long anything may take before it is given up."""

# A charger that takes its current at once, with a car that draws just that.
CONFIGURATION: Final = f"""\
input_number:
  set_point:
    min: 0
    max: {MAX_CURRENT_A}
    step: 1
template:
  - number:
      - name: Charger current
        state: "{{{{ states('input_number.set_point') }}}}"
        min: 0
        max: {MAX_CURRENT_A}
        step: 1
        unit_of_measurement: A
        set_value:
          - action: input_number.set_value
            target:
              entity_id: input_number.set_point
            data:
              value: "{{{{ value }}}}"
  - sensor:
      - name: Car current
        state: "{{{{ states('input_number.set_point') }}}}"
        unit_of_measurement: A
        device_class: current
        state_class: measurement
"""


@dataclass(frozen=True, slots=True)
class Change:
    """An entity that took a new state, and when."""

    entity_id: str
    state: str
    time: datetime


class Changes:
    """State changes as they happen."""

    def __init__(self, events: asyncio.Queue[Json]) -> None:
        """Take the queue that `watch` subscribes to."""
        self._events = events

    @classmethod
    async def watch(cls, socket: WebSocket) -> Changes:
        """Begin to listen."""
        return cls(await socket.subscribe(event_type="state_changed"))

    async def next_of(self, *entity_ids: str) -> Change:
        """Wait for the next change of one of these entities."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                data = (await self._events.get())["data"]
                state = data["new_state"]
                if data["entity_id"] in entity_ids and state is not None:
                    time = datetime.fromisoformat(state["last_updated"])
                    return Change(data["entity_id"], state["state"], time)

    async def until(self, entity_id: str, value: float) -> Change:
        """Wait until an entity takes this value; name the others that it took if not."""
        seen: list[str] = []
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    change = await self.next_of(entity_id)
                    if change.state not in ("unknown", "unavailable") and (
                        float(change.state) == value
                    ):
                        return change
                    seen.append(change.state)
        except TimeoutError:
            message = f"{entity_id} did not become {value}, but {seen}"
            raise TimeoutError(message) from None


class Meter:
    """A meter that reports what the house and the car draw together, again and again."""

    def __init__(self, client: HomeAssistantClient) -> None:
        """Report through this client, as soon as the context is entered."""
        self._client = client
        self._house_w = 0.0
        self._lock = asyncio.Lock()
        self._reporting: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to report."""
        self._reporting = asyncio.create_task(self._report_for_ever())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Fall silent."""
        if self._reporting is not None:
            self._reporting.cancel()
            await asyncio.gather(self._reporting, return_exceptions=True)

    async def change(self, house_w: float) -> float:
        """Report another house load at once, and return what the meter shows, W."""
        async with self._lock:
            # Not sooner: a report that is on its way would show the load already, and
            # the charger could have followed before this one is there.
            self._house_w = house_w
            return await self._report()

    async def report(self) -> float:
        """Report what flows now, and return it, W."""
        async with self._lock:
            return await self._report()

    async def _report(self) -> float:
        car = (await self._client.state(CAR))["state"]
        car_a = 0.0 if car in ("unknown", "unavailable") else float(car)
        total_w = self._house_w + car_a * VOLTAGE_V
        await self._client.set_state(
            METER,
            total_w,
            {
                "unit_of_measurement": "W",
                "device_class": "power",
                "state_class": "measurement",
                "friendly_name": "Grid power",
            },
        )
        return total_w

    async def _report_for_ever(self) -> None:
        while True:
            await asyncio.sleep(REPORT_PERIOD_S)
            await self.report()


async def add_site(client: HomeAssistantClient, service_current_a: float) -> str:
    """Add a one-phase site as the browser does, and return its entry's id."""
    flow = await start_config_flow(client, "ev_lb")
    await flow.submit(next_step_id="home")
    await flow.submit(
        name="My home",
        meter_kind="total_power",
        phases="1",
        service_current_a=service_current_a,
        advanced={"voltage_v": VOLTAGE_V},
    )
    await flow.submit(
        power_entity=METER,
        can_export=False,
        invert_sign=False,
        advanced={"freshness_limit_s": 60},
    )
    # Whoever uses this home does not want to wait for raises.
    await flow.submit(meter_loss_behavior="stop", ramp_up_time_s=1)
    await flow.submit(equipment=[])
    entry_id: str = flow.created_entry()["entry_id"]
    return entry_id


async def add_charger(
    client: HomeAssistantClient, entry_id: str, max_current_a: float
) -> str:
    """Add the charger as the browser does, and return its subentry's id."""
    flow = await start_subentry_flow(client, entry_id, "charger")
    await flow.submit(next_step_id="entities")
    await flow.submit(name="Garage", current_entity=CHARGER)
    await flow.submit(
        max_current_a=max_current_a,
        min_current_a=6,
        measured_current_entity=CAR,
        advanced={"response_time_s": 1, "pause_s": 0},
    )
    flow.created_entry()
    async with client.websocket() as socket:
        subentries = await socket.command(
            "config_entries/subentries/list", entry_id=entry_id
        )
    subentry_id: str = subentries[0]["subentry_id"]
    return subentry_id


async def entities_by_unique_id(client: HomeAssistantClient) -> Mapping[str, str]:
    """Return the ids of all registered entities by their unique ids."""
    async with client.websocket() as socket:
        registry = await socket.command("config/entity_registry/list")
    return {entity["unique_id"]: entity["entity_id"] for entity in registry}
