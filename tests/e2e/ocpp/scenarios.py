"""One habit of a station each, in a home of two on a tight fuse.

`python -m tests.e2e.ocpp.scenarios usual zero_kept` plays some of them, without names
all of them, one after the other, and prints a row for each. They need the real `ocpp`
integration: EV_LB_OCPP_INTEGRATION is its folder. With `--trace`, what the station was
told follows.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
import sys
import tempfile
import time
from typing import Any, Final

from tests.doubles.charging_profiles import BY_CAR, BY_PROFILE, BY_THREE
from tests.doubles.ocpp_station import (
    ACCEPTS,
    ENDS,
    ENERGY,
    IGNORES,
    KEEPS_MINIMUM,
    POWER,
    REFUSES,
    REJECTS,
)
from tools.home_assistant_client import RequestError
from tools.home_assistant_process import ROOT

from .charge_point import LiveChargePoint
from .home import HOUSE_A, INTEGRATION, LEASE_S, RESPONSE_TIME_S, OcppHome

REAL: Final = INTEGRATION.name == "ocpp" and "doubles" not in INTEGRATION.parts
FUSE_A: Final = 32.0
MAXIMUM_A: Final = 16.0
STEP_A: Final = 14.0
"""What the house takes more: both cars then get half of what they had."""
STOP_A: Final = 24.0
"""What leaves no car its minimum."""
GOAL_S: Final = RESPONSE_TIME_S + 0.5 + 2.0
"""The station's response time, one period of the meter, and 2 s, s."""
BUSY_S: Final = 3.0
"""What a busy machine may take besides."""
TRACE: Final = "--trace"
NEIGHBOUR: Final = frozenset({"sensor.yard_current_set", "sensor.yard_reason"})
"""What a trace tells of the other station."""
LOOP_S: Final = GOAL_S + BUSY_S


@dataclass(kw_only=True)
class Course:
    """The home, and what was seen of it."""

    home: OcppHome
    marks: list[tuple[str, float]] = field(default_factory=list)

    @property
    def own(self) -> LiveChargePoint:
        """The station of the habit."""
        return self.home.points[0]

    @property
    def other(self) -> LiveChargePoint:
        """Its neighbour, a usual one."""
        return self.home.points[1]

    def mark(self, name: str) -> None:
        """Begin a chapter."""
        self.marks.append((name, time.monotonic()))

    async def settle(self, seconds: float = 25.0) -> None:
        """Let cars come and get what there is."""
        self.mark("start")
        for point in self.home.points:
            point.plug_in()
            await asyncio.sleep(3)
        await asyncio.sleep(seconds)

    async def house(self, more_a: float, seconds: float, name: str) -> None:
        """Let the house take so much more than usual for a while."""
        self.mark(name)
        self.home.house_a = [HOUSE_A + more_a] * 3
        await asyncio.sleep(seconds)


async def rise_and_fall(course: Course, more_a: float = STEP_A) -> None:
    """A house that takes more for a while."""
    await course.settle()
    await course.house(more_a, 35, "rise")
    await course.house(0, 40, "fall")


async def stop_and_go(course: Course) -> None:
    """A house that leaves no car anything, twice."""
    await course.settle()
    for turn in (1, 2):
        await course.house(STOP_A, 35, f"stop {turn}")
        await course.house(0, 45, f"go {turn}")


async def answers_meanwhile(course: Course, answers: str) -> None:
    """A station that does not do what it is told while the house takes more."""
    await course.settle()
    course.own.station.answers = answers
    await course.house(STEP_A, 40, "rise")
    course.own.station.answers = ACCEPTS
    course.own.outlet.frozen_a = None
    await course.house(0, 40, "fall")


async def overruled(course: Course) -> None:
    """Somebody else sets the running charge to more than the fuse carries."""
    await course.settle()
    await course.house(STEP_A, 25, "rise")
    course.mark("overruled")
    own = course.own.station
    now = own.now()
    profile = {
        "chargingProfileId": 4711,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 22.0}],
        },
    }
    own.profiles.install(1, profile, now, now)
    await asyncio.sleep(45)


async def cut_off(course: Course, away_s: float) -> None:
    """A cable is pulled, the house rises, and the network is back."""
    await course.settle()
    course.own.drop()
    await course.house(STEP_A, away_s, "away")
    course.mark("back")
    course.own.find_again()
    await asyncio.sleep(30)


async def reboot(course: Course) -> None:
    """A reboot that drops the profiles, with a network that takes its time."""
    await course.settle()
    course.mark("reboot")
    await course.own.reboot(forgets=True, network_after_s=45)
    course.mark("back")
    await asyncio.sleep(30)


async def outage(course: Course) -> None:
    """Home Assistant dies, leases end, the house rises, Home Assistant is back."""
    home = course.home
    await course.settle()
    course.mark("dead")
    await home.stop(kill=True)
    await asyncio.sleep(LEASE_S + 5)
    home.house_a = [HOUSE_A + 14] * 3
    course.mark("start again")
    await home.start()
    await asyncio.sleep(60)


async def death(course: Course) -> None:
    """Home Assistant dies for good."""
    await course.settle()
    await asyncio.sleep(10)
    course.mark("lease")
    await course.home.stop(kill=True)
    await asyncio.sleep(LEASE_S + 10)
    course.mark("after the lease")
    course.home.house_a = [FUSE_A - 12.5] * 3
    await asyncio.sleep(10)


async def entry_reloaded(course: Course) -> None:
    """The owner reloads the `ocpp` entry while the house rises."""
    await course.settle()
    await course.home.client.post("config/config_entries/entry/ocpp/reload")
    await course.house(STEP_A, 60, "reload")


async def entry_removed(course: Course) -> None:
    """The owner removes the `ocpp` entry while the house rises."""
    await course.settle()
    await course.home.client.delete("config/config_entries/entry/ocpp")
    await course.house(STEP_A, LEASE_S + 20, "removed")


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A habit, what happens, and what may be seen of it."""

    habits: dict[str, Any] = field(default_factory=dict)
    """Of the station."""
    point: dict[str, Any] = field(default_factory=dict)
    """Of its car and its link."""
    shares_power: str = BY_CAR
    course: Callable[[Course], Awaitable[None]] = rise_and_fall
    allowed_s: float = LOOP_S
    """How long the fuse may carry too much, on end."""
    least_share: float = 0.7
    """How much of what is possible the cars must get."""


STOPS_S: Final = 10.0 + LOOP_S
"""By then the driver has seen that 0 A does not stop it, s."""
WATTS: Final[dict[str, Any]] = {"rate_units": "Power"}
ONE_PHASE: Final[dict[str, Any]] = {"car_phases": 1}
SCENARIOS: Final[dict[str, Scenario]] = {
    "usual": Scenario(),
    "rejects": Scenario(course=partial(answers_meanwhile, answers=REJECTS)),
    "ignores": Scenario(course=partial(answers_meanwhile, answers=IGNORES)),
    "fixed_offer": Scenario(habits={"shows_as_offered_a": 32.0}),
    "fixed_offer_power": Scenario(
        habits={"shows_as_offered_a": 32.0, "measures": POWER}
    ),
    "power_only": Scenario(habits={"tells_offered": False, "measures": POWER}),
    "energy_only": Scenario(habits={"tells_offered": False, "measures": ENERGY}),
    "late_answers": Scenario(point={"answers_after_s": 20.0}, allowed_s=20 + LOOP_S),
    "late_profiles": Scenario(habits={"late_s": 6.0}, allowed_s=6 + LOOP_S),
    "zero_kept": Scenario(
        habits={"zero": KEEPS_MINIMUM}, course=stop_and_go, allowed_s=STOPS_S
    ),
    "zero_refused": Scenario(
        habits={"zero": REFUSES}, course=stop_and_go, allowed_s=STOPS_S
    ),
    "zero_ends": Scenario(habits={"zero": ENDS}, course=stop_and_go),
    "zero_kept_for_good": Scenario(
        habits={"zero": KEEPS_MINIMUM, "remote": REJECTS},
        course=stop_and_go,
        allowed_s=40.0,
    ),
    "zero_ends_for_good": Scenario(
        habits={"zero": ENDS, "remote": REJECTS}, course=stop_and_go, least_share=0.4
    ),
    "overruled": Scenario(course=overruled, allowed_s=15.0 + LOOP_S),
    "watts": Scenario(habits=WATTS),
    "watts_one_phase": Scenario(habits=WATTS, point=ONE_PHASE),
    "watts_by_profile_one_phase": Scenario(
        habits=WATTS, point=ONE_PHASE, shares_power=BY_PROFILE
    ),
    "watts_by_three_one_phase": Scenario(
        habits=WATTS, point=ONE_PHASE, shares_power=BY_THREE
    ),
    "clock_behind": Scenario(habits={"clock_error": timedelta(minutes=-10)}),
    "clock_ahead": Scenario(habits={"clock_error": timedelta(minutes=10)}),
    "clock_an_hour_ahead": Scenario(habits={"clock_error": timedelta(hours=1)}),
    "cable_pulled": Scenario(course=partial(cut_off, away_s=20)),
    "cable_pulled_for_long": Scenario(course=partial(cut_off, away_s=80)),
    "long_reboot": Scenario(course=reboot),
    "outage": Scenario(course=outage, least_share=0.5),
    "death": Scenario(course=death, allowed_s=LEASE_S, least_share=0.4),
    "death_one_slot": Scenario(
        habits={"profile_slots": 1}, course=death, allowed_s=LEASE_S, least_share=0.4
    ),
    "entry_reloaded": Scenario(course=entry_reloaded),
    "entry_removed": Scenario(
        course=entry_removed, allowed_s=LEASE_S + 5, least_share=0.4
    ),
}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What came of a scenario."""

    name: str
    over_s: float
    over_a: float
    share: float
    chapters: str
    """The longest time above the fuse in each, s, and the share of what was possible."""
    repairs: list[str]
    reason: str
    told: list[str]
    """What the station of the habit was told and answered, and what its sensors show."""

    def __str__(self) -> str:
        """Return it as a row of a table."""
        return (
            f"| {self.name} | {self.over_s:.1f} s | {self.over_a:.1f} A "
            f"| {self.share:.2f} | {self.chapters} | {', '.join(self.repairs)} "
            f"| {self.reason} |"
        )


async def play(name: str, folder: Path, python: Path) -> Seen:
    """Play a scenario, and return what was seen."""
    scenario = SCENARIOS[name]
    own = LiveChargePoint(cpid="garage", **scenario.point)
    for key, value in scenario.habits.items():
        setattr(own.station, key, value)
    own.station.profiles.shares_power = scenario.shares_power
    points = (own, LiveChargePoint(cpid="yard"))
    home = OcppHome(folder, python, fuse_a=FUSE_A, maximum_a=MAXIMUM_A, points=points)
    async with home:
        await home.start(onboard=True)
        await home.connected()
        await home.add_site()
        course = Course(home=home)
        await scenario.course(course)
        return await _seen(name, course)


async def _seen(name: str, course: Course) -> Seen:
    home = course.home
    ends = [since_s for _, since_s in course.marks[1:]] + [time.monotonic()]
    chapters = [
        f"{chapter} {home.over_s(since_s, until_s):.1f}/{home.share(since_s, until_s):.2f}"
        for (chapter, since_s), until_s in zip(course.marks, ends, strict=True)
    ]
    since_s = course.marks[0][1]
    repairs: list[str] = []
    reason = ""
    shown: list[str] = []
    with suppress(RequestError, AssertionError):
        repairs = sorted(await home.repairs())
        reason = await home.state("sensor.garage_reason") or ""
        shown = [
            f"{row['entity_id']}: {row['state']} {row['last_reported']}"
            for row in await home.client.get("states")
            if row["entity_id"].startswith("sensor.garage")
            or row["entity_id"] in NEIGHBOUR
        ]
    return Seen(
        name=name,
        over_s=home.over_s(since_s),
        over_a=home.over_a(since_s),
        share=home.share(since_s),
        chapters=", ".join(chapters),
        repairs=repairs,
        reason=reason,
        told=[
            f"{told_s - since_s:7.1f} {action} {_in_short(payload)} {answer}"
            for told_s, action, payload, answer in course.own.answered
            if told_s > since_s and action != "TriggerMessage"
        ]
        + shown,
    )


def _in_short(payload: dict[str, Any]) -> str:
    if (profile := payload.get("csChargingProfiles")) is None:
        return str(payload)
    schedule = profile["chargingSchedule"]
    periods = schedule["chargingSchedulePeriod"]
    return f"{profile['stackLevel']} {periods} {schedule['chargingRateUnit']}"


async def _play_all(arguments: list[str]) -> None:
    names = [name for name in arguments if name != TRACE]
    python = ROOT / ".venv" / "bin" / "python"
    for name in names or SCENARIOS:
        with tempfile.TemporaryDirectory() as folder:
            seen = await play(name, Path(folder), python)
        told = seen.told if TRACE in arguments else []
        sys.stdout.write("\n".join([str(seen), *told, ""]))
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_play_all(sys.argv[1:]))
