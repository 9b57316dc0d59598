"""Time from a meter's report to the calls that set the chargers, in a real process.

Run `python -m benchmarks.reaction_time`. A small integration in the benchmark's own
configuration folder reports, hears the calls, and times each callback of the event loop:
no network stands between the report and the call.
"""

import argparse
import asyncio
from dataclasses import dataclass, field
import os
from pathlib import Path
from statistics import median
import tempfile
from typing import Any, Final

from tools.home_assistant_client import HomeAssistantClient, start_subentry_flow
from tools.home_assistant_process import (
    HomeAssistantProcess,
    write_configuration,
)
from tools.rest_home import ACCOUNT, add_site, entities_by_unique_id

MAXIMUM_A: Final = 18
"""So that 20 chargers stay below the largest connection that the forms take."""
STEP_A: Final = 1.0
CUTS_IN_A_ROW: Final = 11
"""From 18 A to 7 A."""
HOUSE_A: Final = 0.5
# A charger that takes its current at once.
NUMBER: Final = """\
  - number:
      - name: Charger {number}
        state: "{{{{ states('input_number.charger_{number}') }}}}"
        min: 0
        max: {maximum_a}
        step: 1
        unit_of_measurement: A
        set_value:
          - action: input_number.set_value
            target:
              entity_id: input_number.charger_{number}
            data:
              value: "{{{{ value }}}}"
"""
PROBE: Final = Path(__file__).parent / "reaction_probe"


@dataclass(slots=True)
class Result:
    """What was measured, ms.

    A report gets no calls while the cut before it is still on its way.
    """

    reports: int = 0
    first_ms: list[float] = field(default_factory=list)
    last_ms: list[float] = field(default_factory=list)
    loop: dict[str, Any] = field(default_factory=dict)
    balancer: dict[str, Any] = field(default_factory=dict)

    def add(self, answer: dict[str, Any]) -> None:
        """Add what one row of cuts gave."""
        self.first_ms += [first for first, _ in answer["times_ms"]]
        self.last_ms += [last for _, last in answer["times_ms"]]
        for mine, told in (
            (self.loop, answer["loop"]),
            (self.balancer, answer["balancer"]),
        ):
            for counted in ("callbacks", "long"):
                mine[counted] = mine.get(counted, 0) + told[counted]
            for kind in ("wall", "processor", "own"):
                if told[f"{kind}_ms"] > mine.get(f"{kind}_ms", 0.0):
                    mine[f"{kind}_ms"] = told[f"{kind}_ms"]
                    mine[f"{kind}_of"] = told[f"{kind}_of"]


def main() -> None:
    """Measure, and print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=1000)
    parser.add_argument("--chargers", type=int, nargs="+", default=[3, 20])
    arguments = parser.parse_args()
    for chargers in arguments.chargers:
        load = os.getloadavg()[0]
        with tempfile.TemporaryDirectory() as folder:
            _configure(Path(folder), chargers)
            process = HomeAssistantProcess(Path(folder))
            try:
                result = asyncio.run(_measure(process, chargers, arguments.reports))
            finally:
                process.stop()
        _tell(chargers, result, load)


def _configure(folder: Path, chargers: int) -> None:
    """Write a configuration with so many chargers, and with the probe in it."""
    helpers = "".join(
        f"  charger_{number}:\n    min: 0\n    max: {MAXIMUM_A}\n    step: 1\n"
        for number in range(chargers)
    )
    numbers = "".join(
        NUMBER.format(number=number, maximum_a=MAXIMUM_A) for number in range(chargers)
    )
    extra = f"input_number:\n{helpers}template:\n{numbers}ev_lb_probe:\n"
    write_configuration(folder, extra=extra, components={"ev_lb_probe": PROBE})


async def _measure(
    process: HomeAssistantProcess, chargers: int, reports: int
) -> Result:
    process.start()
    await process.wait_until_answering()
    result = Result()
    async with HomeAssistantClient(process.url) as client:
        await client.onboard(ACCOUNT)
        await process.wait_until_running(client)
        await _set_up(client, chargers)
        shadow_mode = next(
            entity_id
            for unique_id, entity_id in (await entities_by_unique_id(client)).items()
            if unique_id.endswith("_shadow_mode")
        )
        while result.reports < reports:
            await _ask(
                client,
                "prepare",
                chargers=chargers,
                house_a=HOUSE_A,
                maximum_a=MAXIMUM_A,
                shadow_mode=shadow_mode,
            )
            cuts = min(CUTS_IN_A_ROW, reports - result.reports)
            answer = await _ask(client, "measure", cuts=cuts, step_a=STEP_A * chargers)
            result.reports += cuts
            result.add(answer)
    return result


async def _set_up(client: HomeAssistantClient, chargers: int) -> None:
    """Add the site and its chargers as the browser does."""
    power = {"unit_of_measurement": "W", "device_class": "power"}
    current = {"unit_of_measurement": "A", "device_class": "current"}
    await client.set_state("sensor.grid", 0, power)
    entry_id = await add_site(client, chargers * MAXIMUM_A + 1)
    for number in range(chargers):
        await client.set_state(f"sensor.car_{number}", 0, current)
        flow = await start_subentry_flow(client, entry_id, "charger")
        await flow.submit(next_step_id="entities")
        await flow.submit(
            name=f"Charger {number}", current_entity=f"number.charger_{number}"
        )
        await flow.submit(
            max_current_a=MAXIMUM_A,
            min_current_a=6,
            measured_current_entity=f"sensor.car_{number}",
            advanced={"response_time_s": 1, "pause_s": 0},
        )
        flow.created_entry()


async def _ask(client: HomeAssistantClient, action: str, **data: Any) -> Any:
    answer = await client.post(f"services/ev_lb_probe/{action}?return_response", data)
    return answer["service_response"]


def _tell(chargers: int, result: Result, load: float) -> None:
    print(
        f"{chargers} chargers, {result.reports} reports of more load, "
        f"{len(result.first_ms)} with calls, load of the machine {load:.1f}:"
    )
    for name, times_ms in (("first", result.first_ms), ("last", result.last_ms)):
        print(
            f"  to the {name} call: median {median(times_ms):.2f} ms, "
            f"worst {max(times_ms):.2f} ms"
        )
    for name, block in (("loop", result.loop), ("balancer", result.balancer)):
        print(
            f"  longest callback ({name}): {block['wall_ms']:.2f} ms, {block['wall_of']}"
        )
        for kind, what in (("processor", "of the processor"), ("own", "no garbage")):
            print(f"    {what}: {block[f'{kind}_ms']:.2f} ms, {block[f'{kind}_of']}")
        print(
            f"    {block['long']} of {block['callbacks']} above 5 ms without garbage",
            flush=True,
        )


if __name__ == "__main__":
    main()
