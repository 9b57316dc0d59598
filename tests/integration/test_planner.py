"""A plan in a running home: the car waits for its block, and the plan for news."""

from datetime import datetime, timedelta
from math import inf
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.ev_lb.control.clock import Clock
from custom_components.ev_lb.control.known_cars import KnownCars
from custom_components.ev_lb.control.planner import News, Override, Planner
from custom_components.ev_lb.control.sessions import Sessions
from custom_components.ev_lb.diagnostics import async_get_config_entry_diagnostics
from custom_components.ev_lb.engine.model import (
    ChargerDecision,
    ChargerReading,
    ChargerStatus,
    LimitingFactor,
    Reading,
    Reason,
)
from custom_components.ev_lb.engine.planning.request import Slot

from .homes import CHARGER_ID, STATUS, Home, make_entry
from .test_services import charger_device

BEGIN = "2026-11-30 20:00:00+00:00"
BEGIN_S = datetime.fromisoformat(BEGIN).timestamp()
HOUSE_W = 2000.0
KW = 16 * 230 / 1000
"""What the car takes at most, kW."""

CHARGER = {
    "status_entity": STATUS,
    "charging_states": ["charging"],
    "connected_states": ["connected"],
    "disconnected_states": ["disconnected"],
    "charging_mode": "smart",
    "max_current_a": 16.0,
}


def at(minutes: float) -> float:
    return BEGIN_S + 60 * minutes


class Night:
    """A home with a price for each quarter of an hour from 20:00 on."""

    def __init__(self, home: Home, prices: list[float]) -> None:
        """Take the prices of the night."""
        self.home, self.prices = home, prices

    @property
    def planner(self) -> Planner:
        """Return what plans."""
        planner: Planner = self.home.entry.runtime_data.controller.planner
        return planner

    def slots(self, from_s: float, until_s: float) -> tuple[Slot, ...]:
        """Return the slots of a time, as far as there are prices."""
        rows = (
            Slot(start_s=at(15 * n), end_s=at(15 * n + 15), price=price)
            for n, price in enumerate(self.prices)
        )
        return tuple(r for r in rows if r.end_s > from_s and r.start_s < until_s)

    async def start(self, status: str = "connected") -> None:
        """Set the home up, with its car and its prices."""
        await self.home.install_charger()
        self.home.hass.states.async_set(STATUS, status)
        self.home.meter(HOUSE_W)
        await self.home.start()
        self.planner.slots_of = self.slots
        self.planner.async_news_of_prices()
        await self.home.hass.async_block_till_done()

    async def wish(self, needed_kwh: float, minutes: float) -> None:
        """Ask for so much energy by a time."""
        await self.act(
            "set_plan",
            energy_kwh=needed_kwh,
            departure=datetime.fromtimestamp(at(minutes)).astimezone().isoformat(),
        )

    async def act(self, action: str, **data: object) -> None:
        """Call one of our actions."""
        hass = self.home.hass
        await hass.services.async_call("ev_lb", action, data, blocking=True)
        await hass.async_block_till_done()

    async def go_to(self, minutes: float) -> None:
        """Let time jump, then pass with a meter that reports each second."""
        self.home.freezer.move_to(datetime.fromtimestamp(at(minutes)).astimezone())
        for _ in range(40):
            charging = self.home.told_a > 0
            self.home.hass.states.async_set(
                STATUS, "charging" if charging else "connected"
            )
            await self.home.pass_time(1, HOUSE_W + self.home.told_a * 230)

    @property
    def blocks(self) -> list[tuple[float, float]]:
        """Return the planned blocks, in minutes from 20:00."""
        car = self.planner.car(CHARGER_ID)
        assert car is not None
        return [
            ((row.start_s - BEGIN_S) / 60, (row.end_s - BEGIN_S) / 60)
            for row in car.blocks
        ]


@pytest.fixture
async def night(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Night:
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to(BEGIN)
    home = Home(hass, freezer, make_entry(charger=CHARGER))
    return Night(home, [0.4] * 8 + [0.1] * 4 + [0.3] * 8)


async def test_the_car_charges_in_the_cheap_hour_and_says_what_it_waits_for(
    night: Night,
) -> None:
    """2 kWh and a tenth take half an hour at 16 A, and a quarter with less."""
    await night.start()
    await night.wish(2.0, 300)
    ((start, end),) = night.blocks
    assert 120 <= start < 121
    assert 165 < end < 166
    await night.go_to(10)
    assert night.home.told_a == 0
    assert night.home.charger_state("sensor", "limiting_factor") == "plan"
    reason = night.home.charger_state("sensor", "reason")
    assert reason.startswith("stopped, waits for 23:00: 0.10 instead of 0.40 EUR/kWh")
    await night.go_to(122)
    assert night.home.told_a == 16
    await night.go_to(end + 1)
    assert night.home.told_a == 0


async def test_what_is_due_is_planned_though_nobody_said_so(night: Night) -> None:
    """Until 7:00, in the cheapest hours first."""
    await night.start()
    goal = night.planner.goal(CHARGER_ID)
    assert goal is not None
    assert goal.ready_s == datetime.fromisoformat("2026-12-01T06:00+00:00").timestamp()
    assert night.blocks
    await night.go_to(125)
    assert night.home.told_a == 16


async def test_the_plan_stays_until_there_is_news(night: Night) -> None:
    await night.start()
    await night.wish(2.0, 300)
    made, planned_s = night.planner.plan, night.planner.planned_s
    await night.go_to(20)
    night.prices[17] = 0.0999
    night.planner.async_news_of_prices()
    await night.home.hass.async_block_till_done()
    assert (night.planner.plan, night.planner.planned_s) == (made, planned_s)
    night.prices[12:16] = [0.01] * 4
    night.planner.async_news_of_prices()
    await night.home.hass.async_block_till_done()
    assert night.planner.reason is News.PRICES
    assert 180 <= night.blocks[0][0] < 181


async def test_lost_prices_count_on_as_they_were_known(night: Night) -> None:
    await night.start()
    await night.wish(2.0, 300)
    before = night.blocks
    night.prices.clear()
    night.planner.async_news_of_prices()
    await night.home.hass.async_block_till_done()
    assert night.blocks == before
    await night.wish(3.0, 300)
    assert night.blocks[0][0] == before[0][0]
    await night.go_to(122)
    assert night.home.told_a == 16


async def test_without_any_price_it_is_ready_in_time(night: Night) -> None:
    night.prices.clear()
    await night.start()
    await night.wish(2.0, 300)
    ((start, end),) = night.blocks
    assert 255 < start < 256
    assert end == 300
    assert night.home.charger_state("sensor", "reason").startswith("stopped, waits for")


async def test_the_owner_comes_before_the_plan(night: Night) -> None:
    await night.start()
    await night.wish(2.0, 300)
    await night.go_to(5)
    await night.act("charge_now")
    await night.go_to(6)
    assert night.home.told_a == 16
    await night.act("skip_plan")
    await night.go_to(7)
    assert night.home.told_a == 0
    await night.go_to(125)
    assert night.home.told_a == 0
    await night.wish(4.0, 300)
    await night.go_to(130)
    assert night.home.told_a == 16


async def test_the_next_car_has_nothing_of_what_was_wanted_for_the_last(
    night: Night,
) -> None:
    await night.start()
    await night.wish(2.0, 300)
    await night.act("charge_now")
    night.home.hass.states.async_set(STATUS, "disconnected")
    await night.home.pass_time(2, HOUSE_W)
    assert night.planner.car(CHARGER_ID) is None
    night.home.hass.states.async_set(STATUS, "connected")
    await night.home.pass_time(2, HOUSE_W)
    assert night.planner.overrides == {}
    assert night.planner.reason is News.CAR
    assert night.home.told_a == 0


async def test_a_block_goes_on_over_a_restart(night: Night) -> None:
    await night.start()
    await night.wish(4.0, 300)
    await night.go_to(122)
    assert night.home.told_a == 16
    before, home = night.blocks, night.home
    home.calls.clear()
    home.hass.config_entries.async_update_entry(home.entry, title="Another name")
    await home.hass.async_block_till_done()
    night.planner.slots_of = night.slots
    await home.pass_time(10, HOUSE_W + 16 * 230)
    assert home.told_a == 16
    assert home.calls == []
    assert night.blocks[0][1] == pytest.approx(before[0][1], abs=15)


async def test_late_it_goes_on_until_the_car_has_what_it_needs(night: Night) -> None:
    night.prices[:] = [0.4] * 40
    await night.start()
    await night.wish(9.0, 30)
    await night.go_to(5)
    assert night.home.told_a == 16
    car = night.planner.car(CHARGER_ID)
    assert car is not None
    assert car.shortfall is not None
    await night.go_to(40)
    assert night.home.told_a == 16


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"plan": {"cars": 3}},
        {"plan": None, "overrides": {"garage": "nonsense"}},
        {"plan": {"cars": [], "cost": 0.0, "peak_w": None}, "goals": [{}]},
        {"planned_s": "yesterday", "overrides": 7},
    ],
)
async def test_what_was_stored_and_cannot_be_read_is_forgotten(
    night: Night, document: object
) -> None:
    await night.start()
    night.planner.restore(document)
    await night.go_to(1)
    assert night.planner.overrides == {}
    assert night.home.told_a == 0


async def test_what_is_remembered_is_what_is_read(night: Night) -> None:
    await night.start()
    await night.wish(2.0, 300)
    night.planner.async_override("another", Override.SKIP)
    document = night.planner.document()
    made, goal = night.planner.plan, night.planner.goal(CHARGER_ID)
    await night.wish(1.0, 200)
    night.planner.restore(document)
    assert (night.planner.plan, night.planner.goal(CHARGER_ID)) == (made, goal)


async def test_homes_do_not_start_all_at_once(night: Night) -> None:
    await night.start()
    await night.wish(2.0, 300)
    begin_s = night.blocks[0][0] * 60 % 900
    assert 0 < begin_s < 60
    assert night.blocks[0][1] < inf
    assert timedelta(seconds=begin_s) < timedelta(minutes=1)


async def test_entities_show_the_plan(night: Night) -> None:
    await night.start()
    await night.wish(2.0, 300)
    home = night.home
    ((start, end),) = night.blocks
    for key, minutes in (("planned_start", start), ("planned_end", end)):
        shown = datetime.fromisoformat(home.charger_state("sensor", key))
        assert shown.timestamp() == pytest.approx(at(minutes), abs=1)
    assert home.charger_state("sensor", "planned_energy") == "2.2"
    assert home.charger_state("sensor", "planned_cost") == "0.22"
    cost = home.hass.states.get(home.entity_id("sensor", "planned_cost", CHARGER_ID))
    assert cost is not None
    assert cost.attributes["unit_of_measurement"] == home.hass.config.currency
    assert home.charger_state("sensor", "plan_shortfall") == "0.0"
    assert home.charger_state("binary_sensor", "goal_in_time") == "off"
    await night.wish(30.0, 120)
    assert float(home.charger_state("sensor", "plan_shortfall")) == pytest.approx(
        30 - 2 * KW, abs=0.2
    )
    assert home.charger_state("binary_sensor", "goal_in_time") == "on"
    home.hass.states.async_set(STATUS, "disconnected")
    await home.pass_time(2, HOUSE_W)
    assert home.charger_state("sensor", "planned_start") == "unknown"
    assert home.charger_state("binary_sensor", "goal_in_time") == "unknown"


async def answered(night: Night) -> dict[str, Any]:
    """Return what the action answers of the charger."""
    answer = await night.home.hass.services.async_call(
        "ev_lb", "get_plan", {}, blocking=True, return_response=True
    )
    (site,) = answer["sites"]
    (row,) = site["chargers"]
    return dict(row)


async def test_the_action_answers_with_the_plan(night: Night) -> None:
    await night.start()
    await night.wish(2.0, 300)
    row = await answered(night)
    assert (row["name"], row["override"], row["shortfall"]) == ("Garage", None, None)
    assert (row["energy_kwh"], row["cost"]) == (2.2, 0.22)
    assert (row["changed_because"], row["ready_by"]) == (
        "wish",
        "2026-12-01T01:00:00+00:00",
    )
    (block,) = row["blocks"]
    assert block["start"].startswith("2026-11-30T22:00")
    assert (block["end"], block["guessed"]) == (row["done"], False)
    await night.wish(30.0, 120)
    lacks = (await answered(night))["shortfall"]
    assert lacks["factor"] == "charger_max"
    await night.act("skip_plan")
    row = await answered(night)
    assert (row["override"], row["blocks"]) == ("skip_plan", [])


async def test_what_cannot_be_is_refused(night: Night) -> None:
    await night.start("disconnected")
    with pytest.raises(ServiceValidationError) as refused:
        await night.act("charge_now", device_id=charger_device(night.home))
    assert refused.value.translation_key == "nothing_planned"
    await night.act("charge_now")
    assert night.planner.overrides == {}
    with pytest.raises(ServiceValidationError) as refused:
        await night.act("set_plan")
    assert refused.value.translation_key == "no_goal_given"


async def test_sensors_of_the_plan_come_with_the_mode(night: Night) -> None:
    """Choosing the mode takes the site up anew, and the charge goes on."""
    await night.start()
    home = night.home
    home.entity_id("sensor", "planned_start", CHARGER_ID)
    await night.act(
        "set_charging_mode", mode="standard", device_id=charger_device(home)
    )
    await home.hass.async_block_till_done()
    registry = er.async_get(home.hass)
    gone = registry.async_get_entity_id(
        "sensor", "ev_lb", f"{CHARGER_ID}_planned_start"
    )
    assert gone is None


@pytest.mark.parametrize(
    ("measured", "decided", "known"),
    [
        pytest.param((10.0, 10.1, 9.8), None, (3, None), id="three phases"),
        pytest.param((16.0, 0.0, 0.1), None, (1, None), id="one of three"),
        pytest.param((16.0, 15.5, 0.1), None, (2, None), id="two of three"),
        pytest.param((16.0,), None, (None, None), id="one value for all"),
        pytest.param((1.5, 0.2, 0.2), None, (None, None), id="next to nothing"),
        pytest.param((), 10.7, (None, 10.7), id="less than it may"),
        pytest.param((), 0.2, (None, None), id="it is full"),
        pytest.param((7.0, 0.0, 0.0), 7.0, (1, 7.0), id="both"),
    ],
)
def test_a_car_shows_what_it_takes_until_it_leaves(
    measured: tuple[float, ...],
    decided: float | None,
    known: tuple[int | None, float | None],
) -> None:
    cars = KnownCars()
    reading = ChargerReading(
        charger_id="a", measured_a=tuple(Reading(row, 0.0) for row in measured)
    )
    reason = Reason(LimitingFactor.CHARGER_MAX, takes_a=decided)
    row = ChargerDecision("a", (6.0, 16.0), 16.0, 16.0, False, reason)
    assert cars.learn(reading, row) == (known != (None, None))
    assert not cars.learn(reading, row)
    assert tuple(cars.of("a")) == known
    gone = ChargerReading(charger_id="a", status=ChargerStatus.DISCONNECTED)
    cars.learn(gone, None)
    assert tuple(cars.of("a")) == (None, None)


async def test_a_slow_car_begins_earlier(night: Night) -> None:
    """It takes 8 of 16 A: what is left of its need takes twice as long."""
    await night.start()
    await night.wish(6.0, 300)
    planner = night.planner
    row = ChargerDecision(
        CHARGER_ID,
        (6.0, 16.0),
        16.0,
        16.0,
        False,
        Reason(LimitingFactor.CHARGER_MAX, takes_a=8.0),
    )
    before = night.blocks
    controller = night.home.entry.runtime_data.controller
    planner.readings(controller.site, controller.fleet.readings(), {CHARGER_ID: row})
    await night.home.hass.async_block_till_done()
    lasts = [sum(end - start for start, end in rows) for rows in (before, night.blocks)]
    assert lasts[1] == pytest.approx(2 * lasts[0], rel=0.2)


async def test_a_plan_outlives_a_restart_before_prices_come(night: Night) -> None:
    """Without prices the last hours would be the best."""
    night.prices += [0.3] * 40
    await night.start()
    await night.wish(11.0, 700)
    await night.go_to(122)
    assert night.home.told_a == 16
    before, home = night.blocks, night.home
    home.calls.clear()
    home.hass.config_entries.async_update_entry(home.entry, title="Another name")
    await home.hass.async_block_till_done()
    await home.pass_time(10, HOUSE_W + 16 * 230)
    assert (night.blocks, home.calls) == (before, [])


async def test_who_asked_for_nothing_is_not_late(night: Night) -> None:
    """The departure is over, and the car is there: it waits for cheap hours again."""
    await night.start()
    departure = datetime.fromtimestamp(at(30)).astimezone().isoformat()
    await night.act("set_plan", departure=departure)
    await night.go_to(40)
    goal = night.planner.goal(CHARGER_ID)
    assert goal is not None
    assert goal.ready_s == at(600)
    assert night.home.told_a == 0


async def test_a_diagnostics_download_has_the_plan(night: Night) -> None:
    await night.start()
    await night.wish(2.0, 300)
    home = night.home
    found = await async_get_config_entry_diagnostics(home.hass, home.entry)
    assert found["plan"] == night.planner.document()
    (goal,) = found["plan"]["goals"]
    assert goal["needed_kwh"] == pytest.approx(2.2)


async def test_two_sites_keep_to_their_own_minute(hass: HomeAssistant) -> None:
    """Many homes have the same cheap hour; few have the same second."""
    seconds = {
        Planner(hass, f"entry {number}", Clock(), Sessions(), lambda: None).jitter_s
        for number in range(200)
    }
    assert min(seconds) >= 0
    assert max(seconds) < 60
    assert len(seconds) > 40
