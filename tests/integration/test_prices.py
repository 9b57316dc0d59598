"""Prices of Home Assistant: read from sensors, actions and helpers, and what is wrong."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.energy.data import async_get_manager
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.ev_lb.const import DOMAIN
from custom_components.ev_lb.prices.slots import PlanSlots
from custom_components.ev_lb.prices.tariffs import WEEKDAYS
from tests.prices.shapes import nordpool_custom, octopus

from .flows import tune_site
from .homes import STATUS, Home, make_entry
from .sites import add_entry

OSLO = ZoneInfo("Europe/Oslo")
PRICE = "sensor.price"
DAY = datetime(2026, 11, 29, 23, tzinfo=UTC)
NOW = DAY + timedelta(hours=15, minutes=2)
PER_KWH = {"unit_of_measurement": "NOK/kWh"}

type Prices = dict[datetime, float]


def quarters(day: datetime, minutes: int = 15) -> Prices:
    """Return prices of a day that begins then, each another one."""
    return {
        day + timedelta(minutes=minutes * place): round(0.1 + 0.003 * place, 4)
        for place in range(24 * 60 // minutes)
    }


TODAY, TOMORROW = quarters(DAY), quarters(DAY + timedelta(days=1))


SMART = {"charging_mode": "smart"}
"""Only who plans reads prices."""


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return a home in Norway in the afternoon, not started yet."""
    await hass.config.async_update(time_zone="Europe/Oslo", currency="NOK")
    freezer.move_to(NOW)
    home = Home(hass, freezer, make_entry(options={**SMART, "price_entity": PRICE}))
    await home.install_charger()
    home.meter(3000)
    return home


def price_now(prices: Prices, at: datetime = NOW) -> float:
    return next(price for begin, price in reversed(prices.items()) if begin <= at)


def show(hass: HomeAssistant, price: float, **attributes: object) -> None:
    hass.states.async_set(PRICE, f"{price:.4f}", {**PER_KWH, **attributes})


def slots(home: Home, hours: float = 24) -> PlanSlots:
    outlook = home.entry.runtime_data.outlook
    begin_s = NOW.timestamp()
    found: PlanSlots = outlook.slots(begin_s, begin_s + hours * 3600)
    return found


def costs(home: Home, hours: float = 24) -> list[float]:
    return [slot.price for slot in slots(home, hours)]


def issues(hass: HomeAssistant) -> set[str]:
    return {
        issue.translation_key or ""
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == "ev_lb" and issue.translation_key
    }


def register(
    hass: HomeAssistant, platform: str, unique_id: str, name: str, **more: Any
) -> str:
    """Register an entity of an integration; return its id."""
    entry = MockConfigEntry(domain=platform, entry_id=f"of_{platform}_{name}")
    entry.add_to_hass(hass)
    row = er.async_get(hass).async_get_or_create(
        "sensor",
        platform,
        unique_id,
        suggested_object_id=name,
        config_entry=entry,
        unit_of_measurement="NOK/kWh",
        **more,
    )
    return row.entity_id


async def quarter_hour_passes(home: Home) -> None:
    home.freezer.tick(timedelta(minutes=15, seconds=1))
    async_fire_time_changed(home.hass)
    await home.hass.async_block_till_done()


async def test_a_sensor_with_a_series(hass: HomeAssistant, home: Home) -> None:
    attributes = nordpool_custom(TODAY, TOMORROW, OSLO)
    show(hass, price_now(TODAY), **attributes)
    await home.start()
    expected = [*TODAY.values()][60:] + [*TOMORROW.values()][:60]
    # Of the first quarter-hour two minutes have passed.
    assert costs(home)[:96] == pytest.approx(expected)
    assert not any(slot.guessed for slot in slots(home))
    assert issues(hass) == set()


async def test_tomorrow_comes_late(hass: HomeAssistant, home: Home) -> None:
    """Until then it is guessed, and what listens is told when it comes."""
    show(hass, price_now(TODAY), **nordpool_custom(TODAY, {}, OSLO))
    await home.start()
    told: list[int] = []
    home.entry.runtime_data.outlook.async_add_listener(lambda: told.append(1))
    guessed = [slot.guessed for slot in slots(home)]
    assert guessed.count(False) == 36
    assert len(guessed) == 97
    show(hass, price_now(TODAY), **nordpool_custom(TODAY, TOMORROW, OSLO))
    await hass.async_block_till_done()
    assert told
    assert not any(slot.guessed for slot in slots(home))


class Nordpool:
    """Answers as Home Assistant's integration does: EUR/MWh, a day at a time."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.days: dict[str, Prices] = {"2026-11-30": TODAY}
        self.asked: list[Mapping[str, Any]] = []
        self.down = False
        hass.services.async_register(
            "nordpool",
            "get_prices_for_date",
            self.answer,
            supports_response=SupportsResponse.ONLY,
        )

    async def answer(self, call: ServiceCall) -> dict[str, Any]:
        self.asked.append(call.data)
        if self.down:
            raise ServiceValidationError("no connection")
        return {
            "NO1": [
                {
                    "start": begin.isoformat(),
                    "end": (begin + timedelta(minutes=15)).isoformat(),
                    "price": price * 1000,
                }
                for begin, price in self.days.get(call.data["date"], {}).items()
            ]
        }


async def test_an_action_is_asked_where_the_sensor_has_no_series(
    hass: HomeAssistant, home: Home
) -> None:
    nordpool = Nordpool(hass)
    assert register(hass, "nordpool", "NO1-current_price", "price") == PRICE
    show(hass, price_now(TODAY))
    await home.start()
    assert {row["date"] for row in nordpool.asked} == {
        "2026-11-29",
        "2026-11-30",
        "2026-12-01",
    }
    assert {row["config_entry"] for row in nordpool.asked} == {"of_nordpool_price"}
    assert costs(home, 8) == pytest.approx([*TODAY.values()][60:93])
    # Tomorrow's prices come; then the cloud is down, and what was known stays known.
    nordpool.days["2026-12-01"] = TOMORROW
    await quarter_hour_passes(home)
    assert not any(slot.guessed for slot in slots(home))
    nordpool.down = True
    for _ in range(6):
        await quarter_hour_passes(home)
    assert not any(slot.guessed for slot in slots(home))


async def test_prices_outlive_a_restart_without_their_source(
    hass: HomeAssistant, home: Home
) -> None:
    show(hass, price_now(TODAY), **nordpool_custom(TODAY, TOMORROW, OSLO))
    await home.start()
    before = costs(home)
    hass.states.async_set(PRICE, "unavailable")
    assert await hass.config_entries.async_reload(home.entry.entry_id)
    await hass.async_block_till_done()
    assert costs(home) == pytest.approx(before)


async def test_the_series_may_stand_at_another_entity_of_the_device(
    hass: HomeAssistant, home: Home
) -> None:
    """As Octopus does: the rates are at two events beside the sensor."""
    entry = MockConfigEntry(domain="octopus_energy")
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("octopus_energy", "meter")}
    )
    registry = er.async_get(hass)
    for domain, name in (
        ("sensor", "price"),
        ("event", "current_day_rates"),
        ("event", "next_day_rates"),
        ("sensor", "export_price"),
    ):
        registry.async_get_or_create(
            domain,
            "octopus_energy",
            name,
            suggested_object_id=name,
            config_entry=entry,
            device_id=device.id,
        )
    halves = [quarters(DAY + timedelta(days=days), 30) for days in (0, 1)]
    hass.states.async_set(
        "event.current_day_rates", NOW.isoformat(), octopus(halves[0], {}, OSLO)
    )
    hass.states.async_set(
        "event.next_day_rates", NOW.isoformat(), octopus(halves[1], {}, OSLO)
    )
    hass.states.async_set(
        "sensor.export_price",
        "0.9",
        octopus(dict.fromkeys(halves[0], 0.9), {}, OSLO),
    )
    show(hass, price_now(halves[0]))
    await home.start()
    wanted = [*halves[0].values()][30:] + [*halves[1].values()][:30]
    assert costs(home)[:96] == pytest.approx([price for price in wanted for _ in "ab"])


async def test_a_number_is_a_price_that_does_not_change(
    hass: HomeAssistant, home: Home
) -> None:
    home.entry = make_entry(options={**SMART, "price_entity": "input_number.price"})
    hass.states.async_set(
        "input_number.price", "31.5", {"unit_of_measurement": "ct/kWh"}
    )
    await home.start()
    assert costs(home) == [pytest.approx(0.315)] * 97
    hass.states.async_set("input_number.price", "20", {"unit_of_measurement": "ct/kWh"})
    await hass.async_block_till_done()
    assert costs(home) == [pytest.approx(0.2)] * 97


# The schedule waits for its next block.
@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_a_schedule_gives_day_and_night_prices(
    hass: HomeAssistant, home: Home
) -> None:
    night = [
        {"from": "00:00:00", "to": "06:00:00", "data": {"price": 0.18}},
        {"from": "06:00:00", "to": "24:00:00", "data": {"price": 0.31}},
    ]
    week = dict.fromkeys(WEEKDAYS, night)
    assert await async_setup_component(
        hass, "schedule", {"schedule": {"tariff": {"name": "Tariff", **week}}}
    )
    home.entry = make_entry(options={**SMART, "price_entity": "schedule.tariff"})
    await home.start()
    by_hour = {
        datetime.fromtimestamp(slot.start_s, OSLO).hour: slot.price
        for slot in slots(home)
    }
    assert by_hour == {hour: 0.18 if hour < 6 else 0.31 for hour in range(24)}


@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_a_schedule_without_prices_is_told(
    hass: HomeAssistant, home: Home
) -> None:
    night = [{"from": "00:00:00", "to": "06:00:00"}]
    week = dict.fromkeys(WEEKDAYS, night)
    assert await async_setup_component(
        hass, "schedule", {"schedule": {"tariff": {"name": "Tariff", **week}}}
    )
    home.entry = make_entry(options={**SMART, "price_entity": "schedule.tariff"})
    await home.start()
    assert "price_no_series" in issues(hass)


async def test_the_energy_dashboard_says_what_nobody_entered(
    hass: HomeAssistant, home: Home
) -> None:
    manager = await async_get_manager(hass)
    await manager.async_update(
        {
            "energy_sources": [
                {
                    "type": "grid",
                    "stat_energy_from": "sensor.import",
                    "stat_energy_to": "sensor.export",
                    "stat_cost": None,
                    "stat_compensation": None,
                    "entity_energy_price": PRICE,
                    "number_energy_price": None,
                    "entity_energy_price_export": None,
                    "number_energy_price_export": 0.07,
                    "cost_adjustment_day": 0.0,
                }
            ]
        }
    )
    home.entry = make_entry(options=SMART)
    show(hass, price_now(TODAY), **nordpool_custom(TODAY, TOMORROW, OSLO))
    await home.start()
    assert costs(home)[0] == pytest.approx(price_now(TODAY))
    assert {slot.feed_in_price for slot in slots(home)} == {0.07}


async def test_prices_that_do_not_fit_are_told(hass: HomeAssistant, home: Home) -> None:
    """Once it has been seen for some hours that no fee and no unit explains it."""
    attributes = nordpool_custom(TODAY, TOMORROW, OSLO)
    show(hass, 5.3, **attributes)
    await home.start()
    for shown in (0.4, 9.1, 2.2):
        assert "price_mismatch" not in issues(hass)
        await quarter_hour_passes(home)
        show(hass, shown, **attributes)
        await hass.async_block_till_done()
    assert "price_mismatch" in issues(hass)
    now = datetime.now(UTC)
    show(hass, price_now(TODAY, now), **attributes)
    await hass.async_block_till_done()
    assert "price_mismatch" not in issues(hass)


async def test_a_sensor_of_the_present_price_only_is_told(
    hass: HomeAssistant, home: Home
) -> None:
    show(hass, 0.3)
    await home.start()
    assert "price_no_series" in issues(hass)
    assert costs(home) == [pytest.approx(0.3)] * 97


async def test_a_price_entity_that_is_renamed_is_followed(
    hass: HomeAssistant, home: Home
) -> None:
    register(hass, "template", "price", "price")
    show(hass, price_now(TODAY), **nordpool_custom(TODAY, TOMORROW, OSLO))
    await home.start()
    before = costs(home)
    er.async_get(hass).async_update_entity(PRICE, new_entity_id="sensor.new_price")
    hass.states.async_remove("sensor.new_price")
    await hass.async_block_till_done()
    assert home.entry.options["price_entity"] == "sensor.new_price"
    assert costs(home) == before


async def test_who_does_not_plan_is_told_nothing_of_prices(
    hass: HomeAssistant, home: Home
) -> None:
    home.entry = make_entry(options={"price_entity": PRICE})
    show(hass, 0.3)
    await home.start()
    assert issues(hass) == set()


async def test_a_price_that_is_cleared_takes_its_repair_along(
    hass: HomeAssistant, home: Home
) -> None:
    show(hass, 0.3)
    await home.start()
    assert "price_no_series" in issues(hass)
    options = {**home.entry.options}
    del options["price_entity"]
    hass.config_entries.async_update_entry(home.entry, options=options)
    await hass.async_block_till_done()
    assert issues(hass) == set()


async def test_the_form_fills_in_the_only_price(hass: HomeAssistant) -> None:
    register(hass, "nordpool", "NO1-current_price", "now")
    register(hass, "nordpool", "NO1-next_price", "next")
    walk = await tune_site(hass, add_entry(hass))
    assert walk.shown()["price_entity"] == "sensor.now"


async def test_a_price_of_the_dashboard_stays_the_dashboards(
    hass: HomeAssistant,
) -> None:
    """Who saves the form for something else has picked no price."""
    manager = await async_get_manager(hass)
    await manager.async_update(
        {
            "energy_sources": [
                {
                    "type": "grid",
                    "stat_energy_from": "sensor.import",
                    "stat_energy_to": None,
                    "stat_cost": None,
                    "stat_compensation": None,
                    "entity_energy_price": PRICE,
                    "number_energy_price": None,
                    "entity_energy_price_export": None,
                    "number_energy_price_export": None,
                    "cost_adjustment_day": 0.0,
                }
            ]
        }
    )
    show(hass, 0.3)
    hass.states.async_set("sensor.other", "0.4", {"unit_of_measurement": "EUR/kWh"})
    entry = add_entry(hass)
    walk = await tune_site(hass, entry)
    asked = {"service_current_a", "charging_mode", "distribution_mode"}
    filled = {key: value for key, value in walk.shown().items() if key in asked}
    filled |= {"allow_grid_charging": True, "sun": {}, "timing": {}}
    assert walk.shown()["price_entity"] == PRICE
    await walk.send({**filled, "prices": {"price_entity": PRICE}})
    assert "price_entity" not in entry.options
    walk = await tune_site(hass, entry)
    await walk.send({**filled, "prices": {"price_entity": "sensor.other"}})
    assert entry.options["price_entity"] == "sensor.other"


async def test_the_form_fills_in_nothing_of_two(hass: HomeAssistant) -> None:
    register(hass, "nordpool", "NO1-current_price", "now")
    register(hass, "tibber", "current", "tibber")
    walk = await tune_site(hass, add_entry(hass))
    assert "price_entity" not in walk.shown()


NO_PRICES: list[tuple[str, str | None, str | None]] = [
    ("sensor.gas", "€/m³", "not_a_price"),
    ("sensor.power", "W", "not_a_price"),
    ("switch.price", None, "not_a_price"),
    ("sensor.nowhere", "", "entity_not_found"),
    ("sensor.switched_off", "", "entity_disabled"),
    ("sensor.ours", "", "entity_is_own"),
]
"""What the form does not take, and its message; nothing shows what has no unit."""


@pytest.mark.parametrize(
    ("entity_id", "unit", "error"),
    [
        *NO_PRICES,
        ("sensor.market", "EUR/MWh", None),
        ("input_number.price", None, None),
    ],
)
async def test_the_form_takes_only_prices(
    hass: HomeAssistant, entity_id: str, unit: str | None, error: str | None
) -> None:
    by_hand = er.RegistryEntryDisabler.USER
    register(hass, "template", "off", "switched_off", disabled_by=by_hand)
    register(hass, DOMAIN, "planned_cost", "ours")
    if unit != "":
        hass.states.async_set(entity_id, "1", {"unit_of_measurement": unit})
    entry = add_entry(hass)
    walk = await tune_site(hass, entry)
    shown = {
        key: value
        for key, value in walk.shown().items()
        if key in {"service_current_a", "charging_mode", "distribution_mode"}
    }
    await walk.send(
        {
            **shown,
            "allow_grid_charging": True,
            "prices": {"price_entity": entity_id},
            "sun": {},
            "timing": {},
        }
    )
    if error is None:
        assert entry.options["price_entity"] == entity_id
        walk = await tune_site(hass, entry)
        await walk.send({**shown, "allow_grid_charging": True})
        assert "price_entity" not in entry.options
    else:
        assert walk.errors == {"prices": error}


async def test_a_car_waits_for_the_cheap_hours_of_the_sensor(
    hass: HomeAssistant, home: Home
) -> None:
    """It is plugged in in the afternoon; by seven in the morning it is to be full."""
    home.entry = make_entry(
        options={"price_entity": PRICE},
        charger={
            "status_entity": STATUS,
            "charging_states": ["charging"],
            "connected_states": ["connected"],
            "disconnected_states": ["disconnected"],
            "charging_mode": "smart",
            "max_current_a": 16.0,
        },
    )
    hass.states.async_set(STATUS, "connected")
    show(hass, price_now(TODAY), **nordpool_custom(TODAY, TOMORROW, OSLO))
    await home.start()
    await home.pass_time(5, 3000)
    planner = home.entry.runtime_data.controller.planner
    (car,) = planner.plan.cars
    (block,) = car.blocks
    # Prices rise from midnight on, and before they are higher than at four.
    midnight_s = (DAY + timedelta(days=1)).timestamp()
    assert midnight_s <= block.start_s <= midnight_s + 60
    assert not any(slot.guessed for slot in planner.request.slots)
    assert home.told_a == 0
    # All comes otherwise: it is cheap now, and dear at night.
    dear = {begin: price + 1 for begin, price in TOMORROW.items()}
    show(hass, price_now(TODAY), **nordpool_custom(TODAY, dear, OSLO))
    await home.pass_time(40, 3000)
    assert home.told_a == 16
