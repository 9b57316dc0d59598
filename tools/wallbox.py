"""A charger and a house outside Home Assistant: they live on while it is dead.

Home Assistant commands the charger by HTTP; the meter, the charger and its car report by REST.
"""

import asyncio
from dataclasses import dataclass
from random import Random
import time
from typing import Final, Self

from aiohttp import web

from .home_assistant_client import HomeAssistantClient
from .home_assistant_process import LOOPBACK, free_port
from .rest_home import CAR, METER, VOLTAGE_V

SET_POINT: Final = "sensor.wallbox_set_point"
LONGEST_ANSWER_S: Final = 0.3
"""How long the charger takes at most until it has a command, s."""
_CURRENT: Final = {"unit_of_measurement": "A", "device_class": "current"}
_POWER: Final = {"unit_of_measurement": "W", "device_class": "power"}


@dataclass(frozen=True, slots=True)
class Command:
    """What the charger was told, and when, s on the monotonic clock."""

    current_a: float
    time_s: float


def configuration(port: int) -> str:
    """Return the YAML of a number that commands the charger at this port."""
    return f"""\
rest_command:
  set_wallbox:
    url: http://{LOOPBACK}:{port}/current
    method: post
    payload: "{{{{ current }}}}"
template:
  - number:
      - name: Charger current
        state: "{{{{ states('{SET_POINT}') }}}}"
        availability: "{{{{ has_value('{SET_POINT}') }}}}"
        min: 0
        max: 80
        step: 1
        unit_of_measurement: A
        set_value:
          - action: rest_command.set_wallbox
            data:
              current: "{{{{ value }}}}"
"""


class WallboxHome:
    """Serves the charger's commands; its car draws at once what it may."""

    def __init__(self) -> None:
        """Stand at 0 A; nothing listens before the context is entered."""
        self.port = free_port()
        self.set_a = 0.0
        self.house_w = 0.0
        self._commands: list[Command] = []
        self._on_their_way = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._random = Random(0)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Begin to listen, on the loopback address only."""
        application = web.Application()
        application.router.add_post("/current", self._take)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, self.port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self._on_their_way += 1
        self._idle.clear()
        try:
            command = Command(float(await request.text()), time.monotonic())
            await asyncio.sleep(self._random.uniform(0.0, LONGEST_ANSWER_S))
            self._commands.append(command)
            self.set_a = command.current_a
        finally:
            self._on_their_way -= 1
            if not self._on_their_way:
                self._idle.set()
        return web.Response()

    def commands_since(self, time_s: float) -> list[Command]:
        """Return what came in since then."""
        return [command for command in self._commands if command.time_s >= time_s]

    def spread_a(self, since_s: float) -> float:
        """Return how far apart the set-points are that it has had since then, A."""
        earlier = [row.current_a for row in self._commands if row.time_s < since_s]
        later = [row.current_a for row in self.commands_since(since_s)]
        values = [*earlier[-1:], *later]
        return max(values, default=0.0) - min(values, default=0.0)

    async def quiet(self) -> None:
        """Return when the charger has all that it was told."""
        await asyncio.sleep(LONGEST_ANSWER_S)
        await self._idle.wait()

    async def report_charger(self, client: HomeAssistantClient) -> None:
        """Let the charger tell what it is set to and what its car draws."""
        await client.set_state(SET_POINT, self.set_a, _CURRENT)
        await client.set_state(CAR, self.set_a, _CURRENT)

    async def report(self, client: HomeAssistantClient) -> None:
        """Let the charger tell, and the meter: the house and the car together."""
        await self.report_charger(client)
        total_w = self.house_w + self.set_a * VOLTAGE_V
        await client.set_state(METER, total_w, _POWER)
