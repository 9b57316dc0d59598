"""Kills a real Home Assistant again and again while a car charges, and looks what is lost.

Run `python -m benchmarks.restart_drill --kills 50`. The charger and the house live outside
Home Assistant, so they go on while it is dead. Each kill comes at a random moment: while
nothing happens, while a command is on its way, or right after a setting was changed.
"""

import argparse
import asyncio
from pathlib import Path
from random import Random
import sys
import tempfile
import time
from typing import Final

from tools.home_assistant_client import HomeAssistantClient
from tools.home_assistant_process import HomeAssistantProcess, write_configuration
from tools.rest_home import (
    ACCOUNT,
    CHARGER,
    VOLTAGE_V,
    add_charger,
    add_site,
    entities_by_unique_id,
)
from tools.wallbox import WallboxHome, configuration

SERVICE_CURRENT_A: Final = 32.0
MAXIMUM_A: Final = 32.0
MINIMUM_A: Final = 6.0
STORED_AFTER_S: Final = 1.5
"""What is older than this at the kill must be on the disk, s."""
CUT_WITHIN_S: Final = 2.0
"""By then a cut that the first fresh reading asks for has reached the charger, s."""
SETTLED_WITHIN_S: Final = 60.0
UNSAVED_KWH: Final = 0.15
"""The energy of a session that may be forgotten, kWh."""


class Defect(Exception):
    """What a restart did that it must not do."""


def main() -> None:
    """Run the drill, print what was found, and exit with 1 if that is anything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        drill = Drill(Path(folder), Random(arguments.seed))
        defects = asyncio.run(drill.run(arguments.kills))
    print(f"{arguments.kills} kills, {len(defects)} defects")
    sys.exit(1 if defects else 0)


def set_up_configuration(folder: Path, port: int) -> None:
    """Write the configuration of a home whose charger listens at this port."""
    write_configuration(folder, extra=configuration(port))


class Drill:
    """One home, and the Home Assistant that is killed in it."""

    def __init__(
        self, folder: Path, random: Random, python: Path | None = None
    ) -> None:
        """Take an empty folder and what decides when and what."""
        self._folder = folder
        self._random = random
        self._python = python
        self._home = WallboxHome()
        self._maximum_a = MAXIMUM_A
        self._formerly_a = MAXIMUM_A
        self._changed_s = 0.0
        self._energy_kwh = 0.0
        self._unstored_a = 0.0
        self._entities: dict[str, str] = {}

    async def run(self, kills: int) -> list[str]:
        """Kill so many times, and return all defects that were found."""
        defects = []
        async with self._home:
            set_up_configuration(self._folder, self._home.port)
            process = HomeAssistantProcess(self._folder, python=self._python)
            try:
                await self._set_up(process)
                for kill in range(1, kills + 1):
                    try:
                        story = await self._kill_once(process)
                    except Defect as defect:
                        story = f"DEFECT: {defect}"
                        defects.append(str(defect))
                    print(f"{kill}: {story}", flush=True)
            finally:
                await asyncio.to_thread(process.kill)
        return defects

    async def _set_up(self, process: HomeAssistantProcess) -> None:
        process.start()
        await process.wait_until_answering()
        async with HomeAssistantClient(process.url) as client:
            await client.onboard(ACCOUNT)
            await process.wait_until_running(client)
            self._home.house_w = 3000.0
            await self._home.report(client)
            entry_id = await add_site(client, SERVICE_CURRENT_A)
            await add_charger(client, entry_id, MAXIMUM_A)
            by_unique_id = await entities_by_unique_id(client)
            self._entities = {
                key.partition("_")[2]: entity_id
                for key, entity_id in by_unique_id.items()
            }
            await self._until_settled(client)
            # The account, too, has to be on the disk.
            await self._report_for(client, 2 * STORED_AFTER_S)

    async def _kill_once(self, process: HomeAssistantProcess) -> str:
        """Kill, start again, and tell in a line how that went."""
        async with HomeAssistantClient(process.url) as client:
            await client.log_in(ACCOUNT)
            await self._live(client)
        await asyncio.to_thread(process.kill)
        killed_s = time.monotonic()
        # What was on its way to the charger gets there all the same.
        await self._home.quiet()
        before_a, room_before_a = self._home.set_a, self._room_a()
        self._unstored_a = self._home.spread_a(killed_s - STORED_AFTER_S)
        self._change_house()
        began_s = time.monotonic()
        process.start()
        await process.wait_until_answering()
        async with HomeAssistantClient(process.url) as client:
            await client.log_in(ACCOUNT)
            await process.wait_until_running(client)
            up_s = time.monotonic() - began_s
            await self._find_maximum(client, killed_s)
            if self._random.random() < 0.5:
                await self._home.report_charger(client)
                await self._pause(1.0)
            self._check_blind(before_a, room_before_a, killed_s)
            await self._home.report_charger(client)
            await self._check_first_reading(client, before_a)
            await self._check_states(client)
        self._check_log(process)
        return (
            f"{before_a:g} A, back after {up_s:.1f} s, room for {self._room_a():g} A, "
            f"set to {self._home.set_a:g} A"
        )

    async def _live(self, client: HomeAssistantClient) -> None:
        """Go on for a random time, in which the house and a setting may change."""
        await self._report_for(client, self._random.uniform(0.0, 4.0))
        if self._random.random() < 0.5:
            self._formerly_a = self._maximum_a
            self._maximum_a = float(self._random.randint(16, 32))
            self._changed_s = time.monotonic()
            await client.call_service(
                "number.set_value",
                entity_id=self._entities["max_charger_current"],
                value=self._maximum_a,
            )
            await self._report_for(client, self._random.uniform(0.0, 3.0))
        self._energy_kwh = await self._value(client, "session_energy")
        if self._random.random() < 0.5:
            self._change_house()
            await self._home.report(client)
            await self._pause(0.6)

    def _change_house(self) -> None:
        if self._random.random() < 0.7:
            self._home.house_w = float(self._random.randrange(300, 6500, 100))

    def _room_a(self) -> float:
        """Return what the car may have by the fuse and by its maximum, A."""
        room_a = (SERVICE_CURRENT_A * VOLTAGE_V - self._home.house_w) // VOLTAGE_V
        room_a = min(room_a, self._maximum_a)
        return room_a if room_a >= MINIMUM_A else 0.0

    async def _find_maximum(self, client: HomeAssistantClient, killed_s: float) -> None:
        """Check that the setting is the newest that can have been stored."""
        found_a = await self._value(client, "max_charger_current")
        known = {self._maximum_a}
        if killed_s - self._changed_s < STORED_AFTER_S:
            known.add(self._formerly_a)
        if found_a not in known:
            raise Defect(f"the maximum was {self._maximum_a:g} A, is {found_a:g} A")
        self._maximum_a = found_a

    def _check_blind(
        self, before_a: float, room_before_a: float, killed_s: float
    ) -> None:
        """Check what was commanded without a reading: nothing, or a cut that was due."""
        for command in self._home.commands_since(killed_s):
            if command.current_a > before_a:
                raise Defect(
                    f"raised from {before_a:g} to {command.current_a:g} blindly"
                )
            if command.current_a < before_a <= room_before_a:
                raise Defect(f"cut from {before_a:g} to {command.current_a:g} blindly")

    async def _check_first_reading(
        self, client: HomeAssistantClient, before_a: float
    ) -> None:
        """Report, and check that the charger gets what is right, and nothing else."""
        room_a = self._room_a()
        fresh_s = time.monotonic()
        await self._home.report(client)
        if room_a < before_a:
            await asyncio.sleep(CUT_WITHIN_S)
            if self._home.set_a > room_a:
                raise Defect(
                    f"{self._home.set_a:g} A {CUT_WITHIN_S:g} s after a reading that "
                    f"leaves {room_a:g} A (was at {before_a:g} A)"
                )
        await self._until_settled(client)
        commands = self._home.commands_since(fresh_s)
        # Of what was set right before the kill nobody knows: then it cuts for the worst.
        low_a = min(before_a, room_a) - self._unstored_a
        high_a = max(before_a, room_a)
        if any(not low_a <= command.current_a <= high_a for command in commands):
            told = ", ".join(
                f"{command.current_a:g} A after {command.time_s - fresh_s:.2f} s"
                for command in commands
            )
            raise Defect(
                f"on the way from {before_a:g} A to {room_a:g} A: {told} "
                f"(house {self._home.house_w:g} W)"
            )

    async def _check_states(self, client: HomeAssistantClient) -> None:
        """Check that what is shown is what is."""
        set_a = self._home.set_a
        shown = {
            "current_set": set_a,
            "service_current": SERVICE_CURRENT_A,
            "max_charger_current": self._maximum_a,
        }
        for key, expected in shown.items():
            if (found := await self._value(client, key)) != expected:
                raise Defect(f"{key} shows {found:g}, is {expected:g}")
        states = {"meter_status": "on", "active": "on" if set_a > 0 else "off"}
        for key, expected_state in states.items():
            found_state = (await client.state(self._entities[key]))["state"]
            if found_state != expected_state:
                raise Defect(f"{key} shows {found_state}, is {expected_state}")
        energy_kwh = await self._value(client, "session_energy")
        if energy_kwh < self._energy_kwh - UNSAVED_KWH:
            raise Defect(
                f"the session had {self._energy_kwh:g} kWh, has {energy_kwh:g}"
            )

    def _check_log(self, process: HomeAssistantProcess) -> None:
        log = process.log_path.read_text(encoding="utf-8", errors="replace")
        errors = [
            line for line in log.splitlines() if " ERROR " in line and "ev_lb" in line
        ]
        if errors:
            raise Defect(errors[0])

    async def _until_settled(self, client: HomeAssistantClient) -> None:
        """Report on until the charger has what it may have, and shows it."""
        room_a = self._room_a()
        deadline_s = time.monotonic() + SETTLED_WITHIN_S
        while True:
            shown = (await client.state(CHARGER))["state"]
            if self._home.set_a == room_a and shown == str(room_a):
                return
            if time.monotonic() > deadline_s:
                raise Defect(
                    f"{self._home.set_a:g} A (shown: {shown}) where there is room for "
                    f"{room_a:g} A"
                )
            await self._report_for(client, 0.5)

    async def _report_for(self, client: HomeAssistantClient, seconds: float) -> None:
        """Let everything report twice a second."""
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            await self._home.report(client)
            await asyncio.sleep(max(min(0.5, end_s - time.monotonic()), 0.0))

    async def _pause(self, longest_s: float) -> None:
        await asyncio.sleep(self._random.uniform(0.0, longest_s))

    async def _value(self, client: HomeAssistantClient, key: str) -> float:
        return float((await client.state(self._entities[key]))["state"])


if __name__ == "__main__":
    main()
