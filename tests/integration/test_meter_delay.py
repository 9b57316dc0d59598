"""A late meter is found out while cars charge, and that is remembered."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import HouseholdLoad
from custom_components.ev_lb.simulation.meter import MeterConfiguration
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration
from custom_components.ev_lb.simulation.sampling import Sampling

from .bridge import Bridge
from .homes import CHARGER_ID, PHASE_SITE, TELLING_CHARGER, Home, make_entry

LATE_S = 10.0
HOUSE_W = (900.0, 3900.0, 1800.0, 3600.0)


def plant() -> Plant:
    """Return a home whose meter is late, and whose house makes the car step."""
    seconds = tuple(range(0, 1800, 200))
    return Plant(
        PlantConfiguration(
            service_current_a=25.0,
            start_hour=0.0,
            household=HouseholdLoad(
                seconds=seconds,
                powers_w=tuple(
                    (HOUSE_W[place % 4], 0.0, 0.0) for place in range(len(seconds))
                ),
                length_s=10**6,
            ),
            meter=MeterConfiguration(sampling=Sampling(period_s=2.0, latency_s=LATE_S)),
            chargers=(
                ChargerConfiguration(
                    charger_id=CHARGER_ID,
                    report=Sampling(period_s=2.0),
                    car=CarConfiguration(phase_count=3),
                ),
            ),
        )
    )


async def test_a_late_meter_is_found_out_and_remembered(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = Home(
        hass,
        freezer,
        make_entry(PHASE_SITE, {"service_current_a": 25.0}, TELLING_CHARGER),
    )
    await home.install_charger()
    bridge = Bridge(home, plant())
    bridge.show()
    await home.start()
    assert home.entry.runtime_data.controller.site.meter.delay_s == 3.0

    await bridge.live(1790)
    found_s = home.entry.runtime_data.controller.site.meter.delay_s
    assert LATE_S - 3 <= found_s <= LATE_S + 1

    assert await hass.config_entries.async_unload(home.entry.entry_id)
    assert await hass.config_entries.async_setup(home.entry.entry_id)
    await hass.async_block_till_done()
    assert home.entry.runtime_data.controller.site.meter.delay_s == found_s


def remember(hass_storage: dict[str, Any], delays: object) -> None:
    hass_storage["ev_lb.home"] = {
        "version": 1,
        "minor_version": 1,
        "key": "ev_lb.home",
        "data": {"chargers": {}, "pairing": {"delays": delays}},
    }


@pytest.mark.parametrize(
    "delays",
    [
        4,
        {"grid": 4},
        {"grid": {"wired": "another meter", "seen_s": [20.0] * 9}},
        {"grid": {"wired": None, "seen_s": ["late"]}},
        {"grid": {"seen_s": None}},
    ],
)
async def test_what_was_seen_of_another_meter_is_forgotten(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    delays: object,
) -> None:
    remember(hass_storage, delays)
    home = Home(hass, freezer, make_entry({"meter_delay_s": 7.0}))
    await home.install_charger()
    home.meter(3000)
    await home.start()
    assert home.entry.runtime_data.controller.site.meter.delay_s == 7.0
