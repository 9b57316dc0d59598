"""A home of OCPP stations of random habits on one fuse, and what happens to it.

Habits and faults are drawn from a seed. The judge sees what really flows, and what
nobody could have stopped: the car of a station that is cut off or refuses everything.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from tests.doubles.ocpp_integration import ChargePoint, OcppIntegration
from tests.doubles.ocpp_station import (
    ACCEPTS,
    CURRENT,
    ENDS,
    ENERGY,
    IGNORES,
    KEEPS_MINIMUM,
    LEAST_A,
    POWER,
    REFUSES,
    REJECTS,
    STOPS,
    Outlet,
)

from .homes import CURRENTS, PHASE_SITE, make_entry
from .ocpp_homes import CHARGER

MAXIMUM_A: Final = 16.0
TOLERANCE_A: Final = 1.5
RESPONSE_TIME_S: Final = 2.0
GOAL_S: Final = RESPONSE_TIME_S + 1.0 + 2.0
"""The stations' response time, one period of the meter, and 2 s, s."""
STOPS_S: Final = 12.0
"""What it takes besides until a station is stopped that does not stop at 0 A, s."""
CLEARED_S: Final = 15.0
"""By then what others told a station is cleared, s."""
SETTLES_S: Final = 60
EVENTS: Final = 12


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a mixture."""

    seed: int
    stations: int
    over_s: float
    """The longest time on end above the fuse that somebody could have ended, s."""
    allowed_s: float
    helpless_s: int
    """How long the fuse carried too much because of what nobody could stop, s."""
    share: float
    """How much of what was possible the cars drew."""
    calls: int
    course: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Return whether the fuse was held as well as it could be."""
        return self.over_s <= self.allowed_s

    def __str__(self) -> str:
        """Return it as a row of a table."""
        verdict = "" if self.holds else " | ".join(("", *self.course))
        return (
            f"| {self.seed} | {self.stations} | {self.over_s:.0f} of "
            f"{self.allowed_s:.0f} s | {self.helpless_s} s | {self.share:.2f} "
            f"| {self.calls} |{verdict}"
        )


def habits(random: Random) -> dict[str, Any]:
    """Draw the habits of one station."""
    found: dict[str, Any] = {
        "measures": random.choice([CURRENT, CURRENT, POWER, ENERGY]),
        "tells_offered": random.random() < 0.7,
        "zero": random.choice([STOPS, STOPS, STOPS, ENDS, KEEPS_MINIMUM, REFUSES]),
        "remote": random.choice([ACCEPTS, ACCEPTS, ACCEPTS, REJECTS, IGNORES]),
        "late_s": random.choice([0.0, 0.0, 0.0, 1.0, 2.0, 4.0]),
        "clock_error": timedelta(minutes=random.choice([0, 0, 0, -10, 10, 60])),
    }
    if found["tells_offered"] and random.random() < 0.2:
        found["shows_as_offered_a"] = 32.0
    return found


@dataclass
class Mixture:
    """The home of one seed."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    seed: int
    stations: int = 0
    """How many; 0 for as many as the seed says."""
    points: list[ChargePoint] = field(default_factory=list)
    house_a: float = 4.0
    allowed_s: float = GOAL_S
    loads: list[tuple[float, float]] = field(default_factory=list)
    """What flowed, and what of it nobody could stop, A, for each second."""
    drawn_as: float = 0.0
    possible_as: float = 0.0
    course: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Draw the stations."""
        self.random = random = Random(self.seed)
        count = self.stations or random.choice([1, 2, 2, 3, 4])
        self.fuse_a = max(20.0, round(count * random.uniform(8.0, 14.0) + 6.0))
        for number in range(count):
            drawn = habits(random)
            outlet = Outlet(status="Available", transaction=0)
            outlet.car_phases = random.choice([1, 3, 3])
            outlet.car_a = random.choice([10.0, 16.0, 32.0])
            point = ChargePoint(cpid=f"station{number}", outlets={1: outlet}, **drawn)
            self.points.append(point)
            self.allowed_s = max(self.allowed_s, GOAL_S + point.late_s)
            self.course.append(f"{point.cpid}: {drawn}")
        if any(point.zero != STOPS for point in self.points):
            self.allowed_s += STOPS_S
        self.ocpp = OcppIntegration(self.hass, *self.points)

    async def play(self) -> Seen:
        """Let everything happen, and return what was seen."""
        self._read_meter()
        entry = self._entry()
        entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(entry.entry_id)
        await self.hass.async_block_till_done()
        self.ocpp.answer_switches(self.hass)
        await self._live(10)
        for point in self.points:
            self._plug_in(point)
            await self._live(5)
        await self._live(SETTLES_S)
        self.loads.clear()
        for _ in range(EVENTS):
            happens = self.random.choice(self._events)
            happens()
            await self._live(self.random.randrange(15, 50))
        return self._seen()

    def _entry(self) -> MockConfigEntry:
        entry = make_entry(PHASE_SITE, {"service_current_a": self.fuse_a})
        settings = {
            **CHARGER,
            "max_current_a": MAXIMUM_A,
            "response_time_s": RESPONSE_TIME_S,
            "pause_s": 0.0,
            "left_alone_current_a": 0.0,
        }
        rows = [
            ConfigSubentryDataWithId(
                data={**settings, "ocpp_cpid": point.cpid},
                subentry_id=point.cpid,
                subentry_type="charger",
                title=point.cpid,
                unique_id=None,
            )
            for point in self.points
        ]
        return MockConfigEntry(
            domain=entry.domain,
            version=entry.version,
            entry_id=entry.entry_id,
            title=entry.title,
            data=dict(entry.data),
            options=dict(entry.options),
            subentries_data=rows,
        )

    @property
    def _events(self) -> list[Any]:
        return [
            self._house_changes,
            self._house_changes,
            self._house_changes,
            self._car_goes_or_comes,
            self._link_breaks_or_heals,
            self._refuses_or_obeys,
            self._overruled,
            self._reboots,
        ]

    def _note(self, text: str) -> None:
        self.course.append(f"{len(self.loads)} s: {text}")

    def _house_changes(self) -> None:
        self.house_a = float(round(self.random.uniform(1.0, self.fuse_a - 1.0)))
        self._note(f"house {self.house_a:g} A")

    def _plug_in(self, point: ChargePoint) -> None:
        outlet = point.outlets[1]
        outlet.since = dt_util.utcnow()
        point.transactions += 1
        outlet.transaction = point.transactions
        if point.connected:
            point.show("transaction_id", outlet.transaction)
        self._says(point, "Charging")

    def _says(self, point: ChargePoint, status: str) -> None:
        if point.connected:
            point.set_status(status)
        else:
            point.outlets[1].status = status

    def _car_goes_or_comes(self) -> None:
        point = self.random.choice(self.points)
        outlet = point.outlets[1]
        if outlet.since is None:
            self._plug_in(point)
        else:
            outlet.since, outlet.transaction = None, 0
            point.profiles.end_transaction(1)
            if point.connected:
                point.show("transaction_id", 0)
            self._says(point, "Available")
        self._note(f"{point.cpid} is {outlet.status}")

    def _link_breaks_or_heals(self) -> None:
        point = self.random.choice(self.points)
        if point.connected:
            point.lose_link(frozen=False)
        else:
            point.find_link()
        self._note(f"{point.cpid} is {'there' if point.connected else 'away'}")

    def _refuses_or_obeys(self) -> None:
        point = self.random.choice(self.points)
        obeys = point.answers != ACCEPTS
        point.answers = ACCEPTS if obeys else self.random.choice([REJECTS, IGNORES])
        if obeys:
            point.outlets[1].frozen_a = None
        self._note(f"{point.cpid} {point.answers}")

    def _overruled(self) -> None:
        point = self.random.choice(self.points)
        now = dt_util.utcnow()
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
        point.profiles.install(1, profile, now, now)
        self.allowed_s = max(self.allowed_s, CLEARED_S + point.late_s + GOAL_S)
        self._note(f"{point.cpid} is overruled")

    def _reboots(self) -> None:
        point = self.random.choice(self.points)
        point.profiles.clear()
        if point.connected:
            point.reconnect()
        self._note(f"{point.cpid} has forgotten its profiles")

    def _beyond_reach_a(self, point: ChargePoint) -> float:
        """Return what nobody can keep its car from, A."""
        drawn_a = point.drawn_a()
        if not point.connected or point.answers != ACCEPTS:
            return drawn_a
        kept = point.zero in (KEEPS_MINIMUM, REFUSES) and point.remote != ACCEPTS
        return min(drawn_a, LEAST_A) if kept else 0.0

    def _read_meter(self) -> None:
        for wire, entity_id in enumerate(CURRENTS):
            load_a = self.house_a + sum(
                point.drawn_a()
                for point in self.points
                if wire < point.outlets[1].car_phases
            )
            unit = {"unit_of_measurement": "A"}
            self.hass.states.async_set(entity_id, f"{load_a:.2f}", unit)

    async def _live(self, seconds: int) -> None:
        async def second() -> None:
            # No meter of a home is still.
            self.house_a += self.random.choice([-0.05, 0.05])
            self.freezer.tick(0.5)
            self._read_meter()
            await self.hass.async_block_till_done()
            self.freezer.tick(0.5)
            async_fire_time_changed(self.hass)
            await self.hass.async_block_till_done()
            self._judge()

        await self.ocpp.pass_time(seconds, second)

    def _judge(self) -> None:
        cars_a = sum(point.drawn_a() for point in self.points)
        helpless_a = sum(self._beyond_reach_a(point) for point in self.points)
        self.loads.append((self.house_a + cars_a, self.house_a + helpless_a))
        wanted_a = sum(
            min(point.outlets[1].car_a, MAXIMUM_A)
            for point in self.points
            if point.outlets[1].since is not None
        )
        possible_a = min(wanted_a, max(0.0, self.fuse_a - self.house_a))
        self.possible_as += possible_a
        self.drawn_as += min(cars_a, possible_a)

    def _seen(self) -> Seen:
        most_a = self.fuse_a + TOLERANCE_A
        longest_s = over_s = helpless_s = 0
        for load_a, helpless_a in self.loads:
            helpless = helpless_a > most_a
            helpless_s += helpless
            over_s = over_s + 1 if load_a > most_a and not helpless else 0
            longest_s = max(longest_s, over_s)
        return Seen(
            seed=self.seed,
            stations=len(self.points),
            over_s=longest_s,
            allowed_s=self.allowed_s,
            helpless_s=helpless_s,
            share=self.drawn_as / self.possible_as if self.possible_as else 1.0,
            calls=len(self.ocpp.calls),
            course=tuple(self.course),
        )
