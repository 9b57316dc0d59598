"""What a card is told of sites that have more than one car and a fuse."""

import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.ev_lb.engine.model import LimitingFactor

from .big_site import ENTRY_ID as BIG_ID, BigSite, big_entry
from .cards import Card
from .homes import CHARGER_ID, ENTRY_ID, NUMBER, STATUS, Home, make_entry

pytestmark = [
    pytest.mark.usefixtures("enable_custom_integrations", "socket_enabled"),
]
QUARTER_S = 900.0
STATES = {
    "status_entity": STATUS,
    "charging_states": ["charging"],
    "connected_states": ["connected"],
    "disconnected_states": ["disconnected"],
}


@pytest.fixture
async def estate(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_ws_client: WebSocketGenerator,
) -> Card:
    """Return a card of a site with all there is, a minute after its start."""
    freezer.tick(QUARTER_S - time.time() % QUARTER_S)
    site = BigSite(hass, freezer, big_entry())
    site.solar_w = 2070.0
    site.battery_soc = 80.0
    await site.start()
    await site.pass_time(60)
    return Card(site, await hass_ws_client(hass))


async def home_of(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    site: dict[str, Any] | None = None,
    charger: dict[str, Any] | None = None,
) -> Home:
    """Return a home whose car charges."""
    home = Home(hass, freezer, make_entry(site, charger=charger))
    await home.start_charging()
    return home


async def test_import_and_its_caps(estate: Card) -> None:
    told = await estate.subscribe(BIG_ID)

    power, site = told["power"], estate.home
    assert isinstance(site, BigSite)
    cars_a = sum(map(site.drawn_a, site.limits_a))
    # 8 A of house less 9 A of sun.
    assert power["import_w"] == round((3 * cars_a + 8 - 9) * 230)
    import_cap, tariff = power["caps"]
    assert import_cap == {"kind": "import_cap", "power_w": 27000.0}
    assert tariff["kind"] == "capacity_tariff"
    assert tariff["limit_w"] == 20000.0
    assert 0 < tariff["mean_w"] < tariff["limit_w"] < tariff["power_w"]
    # The quarter of an hour began a minute ago.
    assert tariff["ends_s"] == pytest.approx(told["now_s"] - 60 + QUARTER_S, abs=5)
    # The sentences say the same kW.
    limited = [
        row.limiting
        for row in site.entry.runtime_data.controller.decision.chargers
        if row.limiting.limit is LimitingFactor.CAPACITY_TARIFF
    ]
    assert limited
    for limiting in limited:
        assert tariff["power_w"] == pytest.approx(limiting.capacity_w, abs=1)


async def test_circuits_with_their_load(estate: Card) -> None:
    (barn,) = (await estate.subscribe(BIG_ID))["circuits"]

    site = estate.home
    assert isinstance(site, BigSite)
    load_a = site.drawn_a("left") + site.drawn_a("right")
    assert load_a > 0
    assert barn == {
        "name": "Barn",
        "phases": [
            {"name": name, "limit_a": 20.0, "load_a": load_a}
            for name in ("L1", "L2", "L3")
        ],
    }


async def test_sun_and_battery(estate: Card) -> None:
    sun = (await estate.subscribe(BIG_ID))["sun"]

    assert sun == {
        "solar_w": 2070,
        # What the house of 8 A leaves of 9 A.
        "surplus_w": 230,
        "battery_percent": 80,
        "battery_w": 0,
    }


async def test_a_battery_that_tells_nothing_is_not_shown_as_empty(
    estate: Card,
) -> None:
    estate.home.hass.states.async_set("sensor.battery_soc", "unavailable")
    await estate.home.hass.async_block_till_done()

    sun = (await estate.subscribe(BIG_ID))["sun"]
    assert sun["battery_percent"] is None


async def test_the_import_is_not_known_without_the_meter(estate: Card) -> None:
    hass = estate.home.hass
    hass.states.async_set("sensor.grid_l2", "unavailable")
    await hass.async_block_till_done()
    # Longer than its last good reading counts.
    await estate.home.stay_silent(11)

    power = (await estate.subscribe(BIG_ID))["power"]
    assert power["import_w"] is None
    assert power["caps"][0]["kind"] == "import_cap"


async def test_each_car_is_drawn_by_its_own_sensor(estate: Card) -> None:
    sources = (await estate.subscribe(BIG_ID))["sources"]

    assert sources["cars"]["left"] == {
        "entity_id": "sensor.left_current",
        "phases": ["L1", "L2", "L3"],
    }


async def test_entities_that_are_disabled_are_left_out(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_ws_client: WebSocketGenerator,
) -> None:
    home = await home_of(hass, freezer)
    registry = er.async_get(hass)
    for platform, key, owner in (
        ("select", "charging_mode", ""),
        ("sensor", "current_set", CHARGER_ID),
    ):
        registry.async_update_entity(
            home.entity_id(platform, key, owner),
            disabled_by=er.RegistryEntryDisabler.USER,
        )
    registry.async_remove(home.entity_id("sensor", "available_current"))

    told = await Card(home, await hass_ws_client(hass)).subscribe()
    assert "charging_mode" not in told["site"]["entities"]
    assert "balancer_state" in told["site"]["entities"]
    assert told["sources"]["left"] == {}
    assert told["sources"]["cars"][CHARGER_ID]["entity_id"] is None


@pytest.mark.parametrize(
    ("signal", "caps"),
    [
        ("on", [{"kind": "external_cap", "power_w": 4200.0}]),
        # Silence is taken for the signal.
        ("unavailable", [{"kind": "external_cap", "power_w": 4200.0}]),
        ("off", None),
    ],
)
async def test_the_operators_cap(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_ws_client: WebSocketGenerator,
    signal: str,
    caps: list[dict[str, Any]] | None,
) -> None:
    hass.states.async_set("binary_sensor.dimmed", signal)
    home = Home(
        hass, freezer, make_entry({"external_cap_entity": "binary_sensor.dimmed"})
    )
    await home.install_charger()
    home.meter(3000)
    await home.start()

    power = (await Card(home, await hass_ws_client(hass)).subscribe())["power"]
    assert (power and power["caps"]) == caps


@pytest.mark.parametrize(
    ("status", "number", "shown"),
    [
        ("charging", "18", "charging"),
        ("connected", "18", "ready"),
        ("disconnected", "18", "no_car"),
        ("charging", "unavailable", "unavailable"),
    ],
)
async def test_what_a_charger_is_doing(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_ws_client: WebSocketGenerator,
    status: str,
    number: str,
    shown: str,
) -> None:
    hass.states.async_set(STATUS, "charging")
    home = await home_of(hass, freezer, charger=STATES)
    attributes = {"min": 0, "max": 32, "step": 1, "unit_of_measurement": "A"}
    hass.states.async_set(NUMBER, number, attributes)
    hass.states.async_set(STATUS, status)
    await home.report(3001)

    told = await Card(home, await hass_ws_client(hass)).subscribe()
    assert told["chargers"][CHARGER_ID]["state"] == shown


async def test_nothing_is_claimed_before_the_meter_has_told_anything(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_ws_client: WebSocketGenerator,
    hass_storage: dict[str, Any],
) -> None:
    """A car that charged before a restart goes on until the meter comes."""
    hass_storage[f"ev_lb.{ENTRY_ID}"] = {
        "version": 1,
        "data": {"chargers": {CHARGER_ID: {"set_a": 18.0}}},
    }
    home = Home(hass, freezer, make_entry({"can_export": True}))
    await home.install_charger(18)
    await home.start()

    told = await Card(home, await hass_ws_client(hass)).subscribe()
    assert told["site"]["meter_lost"] is False
    assert told["phases"] == [{"name": "L1", "limit_a": 32.0, "house_a": None}]
    assert told["power"] is None
    assert "factor" not in told["chargers"][CHARGER_ID]
