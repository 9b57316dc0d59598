"""The simulated home has prices, so that a plan can be watched."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from .simulated_site import CHARGER_ID, SimulatedSite


async def test_a_simulated_car_is_planned_by_the_simulated_prices(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    hass.config.currency = "EUR"
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to("2026-11-30 19:30:00+00:00")
    site = SimulatedSite(hass, freezer)
    await site.start()
    price = hass.states.get(site.plant_id("sensor", "electricity_price"))
    assert price is not None
    assert price.state == "0.33"
    assert price.attributes["unit_of_measurement"] == "EUR/kWh"

    await site.choose_mode("smart")
    await hass.async_block_till_done()
    await site.pass_plant_time(120)
    planner = site.entry.runtime_data.controller.planner
    assert planner.priced
    car = planner.car(CHARGER_ID)
    assert car is not None
    # The night costs 0.21 to 0.25; the evening, in which it is plugged in, up to 0.33.
    assert car.cost / car.energy_kwh < 0.24
    assert car.shortfall is None
