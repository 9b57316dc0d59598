"""The course of the demo: start, show, sum up, stop."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
import signal
import sys
import time
from typing import Any, Final

from tools.home_assistant_client import Account, HomeAssistantClient
from tools.home_assistant_process import (
    ROOT,
    HomeAssistantProcess,
    ProcessError,
    free_port,
    port_is_free,
    write_configuration,
)

from .dashboard import URL_PATH, make_dashboard
from .decisions import LOGGER, decision_lines
from .home import SimulatedHome, make_simulated_home, play
from .scenes import Scene
from .summary import read_summary

ACCOUNT: Final = Account(name="Demo", username="demo", password="demo-password")
# Who is on this machine need not log in; nobody else can reach it. Without a country
# Home Assistant asks for one.
CORE: Final = """\
  country: NL
  auth_providers:
    - type: trusted_networks
      trusted_networks: [127.0.0.1]
      allow_bypass_login: true
    - type: homeassistant
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What was asked for on the command line."""

    minutes: float | None
    """Minutes on the wall until the summary; None until Ctrl-C."""
    scene: Scene
    speed: float
    port: int | None
    """None for `default_port`, or a free one if that is taken."""
    default_port: int
    dashboard: bool
    keep: bool
    """Whether Home Assistant goes on after the summary."""
    folder: Path


class Demo:
    """One run of the demo."""

    def __init__(self, settings: Settings) -> None:
        """Prepare; `run` does the rest."""
        self._settings = settings
        self._stop = asyncio.Event()

    async def run(self) -> int:
        """Run until it is over and return the exit code."""
        self._stop_on_signals()
        write_configuration(
            self._settings.folder, name="Demo", log_levels={LOGGER: "debug"}, core=CORE
        )
        process = HomeAssistantProcess(self._settings.folder, port=self._port())
        say(f"Starting Home Assistant; its log is {_shown(process)}")
        started_s = time.monotonic()
        process.start()
        try:
            async with HomeAssistantClient(process.url) as client:
                home = await self._unless_stopped(self._set_up(process, client))
                if home is None:
                    return 0
                say(f"Setting the scene: {self._settings.scene.words}")
                await self._unless_stopped(play(client, home, self._settings.scene))
                say(f"Ready after {time.monotonic() - started_s:.0f} s")
                self._say_where(process)
                return await self._watch(process, client, home)
        finally:
            say("Stopping Home Assistant")
            process.stop()

    def _stop_on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signal_number, self._stop.set)

    def _port(self) -> int:
        settings = self._settings
        if settings.port is not None:
            return settings.port
        if port_is_free(settings.default_port):
            return settings.default_port
        return free_port()

    async def _set_up(
        self, process: HomeAssistantProcess, client: HomeAssistantClient
    ) -> SimulatedHome:
        await process.wait_until_answering()
        await client.onboard(ACCOUNT)
        await process.wait_until_running(client)
        home = await make_simulated_home(
            client, self._settings.scene, self._settings.speed
        )
        if self._settings.dashboard:
            await make_dashboard(client)
        return home

    def _say_where(self, process: HomeAssistantProcess) -> None:
        if self._settings.dashboard:
            say(f"Open {process.url}/{URL_PATH}")
        end = "Ctrl-C ends it"
        if self._settings.minutes is not None:
            end = f"it ends after {self._settings.minutes:g} min, or with Ctrl-C"
        say(f"Each line is a decision of the balancer, {self._speed()}; {end}")

    def _speed(self) -> str:
        if self._settings.speed == 1:
            return "in real time (--speed 10 shows more in less time)"
        return f"at {self._settings.speed:g} times the speed of real time"

    async def _watch(
        self,
        process: HomeAssistantProcess,
        client: HomeAssistantClient,
        home: SimulatedHome,
    ) -> int:
        """Print decisions until it is over, then what they came to."""
        printing = asyncio.create_task(self._print_decisions(process))
        try:
            minutes = self._settings.minutes
            async with asyncio.timeout(None if minutes is None else minutes * 60):
                await self._unless_stopped(self._watch_process(process, printing))
        except TimeoutError:
            pass
        finally:
            printing.cancel()
            with suppress(asyncio.CancelledError):
                await printing
        summary = await read_summary(client, home)
        print(f"\n{summary.as_table()}", flush=True)
        if self._settings.keep and not self._stop.is_set():
            say("Home Assistant goes on until Ctrl-C")
            await self._stop.wait()
        return 1 if summary.car_trips else 0

    async def _print_decisions(self, process: HomeAssistantProcess) -> None:
        async for line in decision_lines(process.log_path):
            print(line, flush=True)

    async def _watch_process(
        self, process: HomeAssistantProcess, printing: asyncio.Task[None]
    ) -> None:
        """Raise if Home Assistant ends, or if nobody reads the lines any more."""
        while not printing.done():
            if not process.is_alive:
                raise ProcessError(
                    f"Home Assistant ended by itself; see {_shown(process)}."
                )
            process.check_addresses()
            await asyncio.sleep(1.0)
        await printing

    async def _unless_stopped[T](self, work: Coroutine[Any, Any, T]) -> T | None:
        """Return what the work gives, or None as soon as the demo is to stop."""
        working = asyncio.create_task(work)
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
            return working.result() if working.done() else None
        finally:
            for task in (working, stopping):
                task.cancel()
            await asyncio.gather(working, stopping, return_exceptions=True)


def say(text: str) -> None:
    """Tell the user what happens; decisions alone go to standard output."""
    print(f"==> {text}", file=sys.stderr, flush=True)


def _shown(process: HomeAssistantProcess) -> str:
    path = process.log_path
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
