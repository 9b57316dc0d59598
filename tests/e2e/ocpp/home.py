"""A home of OCPP chargers on one fuse, judged at the chargers themselves.

Its Home Assistant is a real process that sees a meter over REST, and charge points
over WebSockets. The `ocpp` integration in it is the test double, or the real one.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import inf
import os
from pathlib import Path
import time
from typing import Any, Final, Self

from tools.home_assistant_client import (
    Flow,
    HomeAssistantClient,
    Json,
    RequestError,
    start_config_flow,
    start_subentry_flow,
)
from tools.home_assistant_process import (
    LOOPBACK,
    ROOT,
    HomeAssistantProcess,
    free_port,
    write_configuration,
    write_store,
)
from tools.rest_home import ACCOUNT

from .charge_point import PHASES, LiveChargePoint

INTEGRATION: Final = Path(
    os.environ.get("EV_LB_OCPP_INTEGRATION", ROOT / "tests/doubles/ocpp")
)
"""The `ocpp` integration to run with."""
METERS: Final = ("sensor.grid_l1", "sensor.grid_l2", "sensor.grid_l3")
FUSE_A: Final = 63.0
TOLERANCE_A: Final = 1.5
"""A car that draws up to 1 A more than it may counts as following; the rest is what
three currents measured in tenths may be off."""
MAXIMUM_A: Final = 32.0
HOUSE_A: Final = 4.0
LEFT_ALONE_A: Final = 6.0
LEASE_S: Final = 60
RESPONSE_TIME_S: Final = 2
REPORT_PERIOD_S: Final = 0.5
SAMPLE_S: Final = 0.05
MONITORED: Final = "Current.Import,Current.Offered,Power.Active.Import"
_CURRENT: Final = {"unit_of_measurement": "A", "device_class": "current"}


@dataclass(frozen=True, slots=True)
class Sample:
    """What flowed at a moment on the phase that carried most."""

    time_s: float
    load_a: float
    cars_a: float
    possible_a: float
    """What the cars could have drawn."""


class OcppHome:
    """The chargers, the house beside them, and the Home Assistant that reckons."""

    def __init__(
        self,
        folder: Path,
        python: Path,
        *,
        fuse_a: float = FUSE_A,
        maximum_a: float = MAXIMUM_A,
        points: tuple[LiveChargePoint, ...] = (),
    ) -> None:
        """Build it; nothing runs yet. Without points there are three usual ones."""
        port = free_port()
        self.fuse_a = fuse_a
        self.maximum_a = maximum_a
        self.points = points or (
            LiveChargePoint(cpid="garage"),
            LiveChargePoint(cpid="yard", wires=(1, 2, 0), car_phases=1),
            LiveChargePoint(cpid="barn", wires=(2, 0, 1)),
        )
        for point in self.points:
            point.port = port
        self.house_a = [HOUSE_A] * 3
        self.samples: deque[Sample] = deque()
        self._tasks: list[asyncio.Task[None]] = []
        self._client: HomeAssistantClient | None = None
        write_configuration(
            folder,
            log_levels={"custom_components.ev_lb.decisions": "debug"},
            components={"ocpp": INTEGRATION},
        )
        # Home Assistant looks there for modules, too: the double shares them.
        (folder / "tests").symlink_to(ROOT / "tests", target_is_directory=True)
        write_store(
            folder,
            "core.config_entries",
            1,
            {"entries": [_ocpp_entry(port, [point.cpid for point in self.points])]},
        )
        self.process = HomeAssistantProcess(folder, python=python)

    async def __aenter__(self) -> Self:
        """Switch the chargers on."""
        for point in self.points:
            point.start()
        self._tasks = [
            asyncio.create_task(self._watch()),
            asyncio.create_task(self._report()),
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Switch everything off."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for point in self.points:
            await point.stop()
        await self.stop()

    async def start(self, *, onboard: bool = False) -> None:
        """Start Home Assistant, until it runs."""
        self.process.start()
        await self.process.wait_until_answering()
        client = HomeAssistantClient(self.process.url)
        await client.__aenter__()
        await (client.onboard if onboard else client.log_in)(ACCOUNT)
        self._client = client
        await self.process.wait_until_running(client)

    async def stop(self, *, kill: bool = False) -> None:
        """Stop Home Assistant in order, or as a power cut does."""
        if self._client is None:
            return
        client, self._client = self._client, None
        end = self.process.kill if kill else self.process.stop
        # The chargers go on meanwhile.
        await asyncio.to_thread(end)
        await client.__aexit__()

    @property
    def client(self) -> HomeAssistantClient:
        """The way into Home Assistant."""
        assert self._client is not None
        return self._client

    async def connected(self) -> None:
        """Wait until the integration shows what each charger does."""
        for point in self.points:
            entity_id = f"sensor.{point.cpid}_status_connector"
            deadline_s = time.monotonic() + 90
            while (shown := await self.state(entity_id)) != "Available":
                assert time.monotonic() < deadline_s, f"{entity_id} is {shown}"
                await asyncio.sleep(0.2)

    async def repairs(self) -> dict[str, dict[str, str]]:
        """Return the repairs that are open: what each is about, by its kind."""
        async with self.client.websocket() as socket:
            found = await socket.command("repairs/list_issues")
        return {
            issue["translation_key"]: issue["translation_placeholders"] or {}
            for issue in found["issues"]
            if issue["domain"] == "ev_lb"
        }

    async def state(self, entity_id: str) -> str | None:
        """Return a state, if there is one."""
        with suppress(RequestError):
            state: str = (await self.client.state(entity_id))["state"]
            return state
        return None

    def load_a(self) -> float:
        """Return what flows on the phase that carries most, A."""
        return max(self._phase_a(phase) for phase in PHASES)

    @property
    def cars_a(self) -> float:
        """Return what all cars draw on the phase that carries most, A."""
        return max(
            sum(point.drawn_a(phase) for point in self.points) for phase in PHASES
        )

    @property
    def possible_a(self) -> float:
        """Return what the cars could draw of that, A."""
        wanted_a = [
            min(point.car_a, self.maximum_a)
            for point in self.points
            if point.plugged_in
        ]
        free_a = self.fuse_a - max(self.house_a)
        return min(max(0.0, free_a), sum(wanted_a))

    def over_s(self, since_s: float, until_s: float = inf) -> float:
        """Return the longest time on end that the fuse carried too much, s."""
        longest_s, began_s = 0.0, None
        for sample in self._between(since_s, until_s):
            if sample.load_a <= self.fuse_a + TOLERANCE_A:
                began_s = None
                continue
            began_s = sample.time_s if began_s is None else began_s
            longest_s = max(longest_s, sample.time_s - began_s)
        return longest_s

    def over_a(self, since_s: float) -> float:
        """Return the most that flowed above the fuse, A."""
        loads_a = [row.load_a for row in self._between(since_s)]
        return max(0.0, max(loads_a, default=0.0) - self.fuse_a)

    def share(self, since_s: float, until_s: float = inf) -> float:
        """Return how much of what was possible the cars drew, on the fullest phase."""
        rows = list(self._between(since_s, until_s))
        drawn, possible = (
            sum(getattr(row, name) for row in rows) for name in ("cars_a", "possible_a")
        )
        return drawn / possible if possible else 1.0

    def _between(self, since_s: float, until_s: float = inf) -> Iterator[Sample]:
        return (row for row in self.samples if since_s <= row.time_s < until_s)

    def _phase_a(self, phase: int) -> float:
        return self.house_a[phase] + sum(point.drawn_a(phase) for point in self.points)

    async def _watch(self) -> None:
        while True:
            self.samples.append(
                Sample(time.monotonic(), self.load_a(), self.cars_a, self.possible_a)
            )
            await asyncio.sleep(SAMPLE_S)

    async def _report(self) -> None:
        """Let the meter report, as long as there is somebody to report to."""
        while True:
            if (client := self._client) is not None:
                with suppress(RequestError):
                    for phase, entity_id in zip(PHASES, METERS, strict=True):
                        value = round(self._phase_a(phase), 1)
                        await client.set_state(entity_id, value, _CURRENT)
            await asyncio.sleep(REPORT_PERIOD_S)

    async def add_site(self) -> None:
        """Set the site and its chargers up, as in a browser."""
        flow = await start_config_flow(self.client, "ev_lb")
        await flow.submit(next_step_id="home")
        await flow.submit(
            name="Farm",
            meter_kind="phase_current",
            phases="3",
            service_current_a=self.fuse_a,
            advanced={"voltage_v": 230},
        )
        phases = dict(zip(("l1", "l2", "l3"), METERS, strict=True))
        await flow.submit(
            **{f"{phase}_entity": entity_id for phase, entity_id in phases.items()},
            can_export=False,
            invert_sign=False,
            advanced={"freshness_limit_s": 10},
        )
        await flow.submit(meter_loss_behavior="stop", ramp_up_time_s=3)
        await flow.submit(equipment=[])
        entry_id: str = flow.created_entry()["entry_id"]
        path = "config/config_entries/options/flow"
        flow = Flow(
            self.client, path, await self.client.post(path, {"handler": entry_id})
        )
        # Whoever waits for raises in a test does not want to wait for calm.
        await flow.submit(timing={"hold_window_s": 2})
        flow.created_entry()
        for point in self.points:
            await self._add_charger(entry_id, point)

    async def _add_charger(self, entry_id: str, point: LiveChargePoint) -> None:
        flow = await start_subentry_flow(self.client, entry_id, "charger")
        await flow.submit(next_step_id="ocpp")
        await flow.submit(name=point.cpid, ocpp_charger=f"{point.cpid}/1")
        found = _defaults(flow.step["data_schema"])
        await flow.submit(
            phases="_".join(f"l{wire + 1}" for wire in point.wires),
            max_current_a=self.maximum_a,
            min_current_a=6,
            left_alone_current_a=LEFT_ALONE_A,
            sharing=found["sharing"],
            advanced={
                **found["advanced"],
                "response_time_s": RESPONSE_TIME_S,
                "pause_s": 0,
                "lease_s": LEASE_S,
            },
        )
        flow.created_entry()


def _defaults(schema: list[dict[str, Json]]) -> dict[str, Json]:
    """Return what a form has filled in."""
    return {
        field["name"]: _defaults(field["schema"])
        if field.get("type") == "expandable"
        else field.get("default")
        for field in schema
    }


def _ocpp_entry(port: int, cpids: Iterable[str]) -> dict[str, Any]:
    """Return the `ocpp` integration's config entry, with its chargers known."""
    chargers = [
        {
            cpid.upper(): {
                "cpid": cpid,
                "max_current": 32,
                "idle_interval": 900,
                "meter_interval": 60,
                "monitored_variables": MONITORED,
                "monitored_variables_autoconfig": True,
                "skip_schema_validation": False,
                "force_smart_charging": False,
                "enable_ha_notifications": False,
                "num_connectors": 1,
            }
        }
        for cpid in cpids
    ]
    return {
        "domain": "ocpp",
        "entry_id": "ocpp",
        "title": "central",
        "version": 2,
        "minor_version": 2,
        "source": "user",
        "options": {},
        "disabled_by": None,
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "unique_id": None,
        "data": {
            "host": LOOPBACK,
            "port": port,
            "csid": "central",
            "ocpp_version": "auto",
            "ssl": False,
            "ssl_certfile_path": "",
            "ssl_keyfile_path": "",
            "websocket_close_timeout": 2,
            "websocket_ping_tries": 2,
            "websocket_ping_interval": 20,
            "websocket_ping_timeout": 20,
            "cpids": chargers,
        },
    }
