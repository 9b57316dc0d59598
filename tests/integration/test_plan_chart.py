"""What the card draws of a plan."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from custom_components.ev_lb.dashboard.live_document import LiveDocument
from custom_components.ev_lb.explaining.plan import plan_chart

from .homes import CHARGER_ID, Home, make_entry
from .test_planner import BEGIN, CHARGER, Night, at


def chart_of(night: Night) -> dict[str, object] | None:
    """Return the plan of the document that the card gets."""
    controller = night.home.entry.runtime_data.controller
    document = LiveDocument(night.home.hass, controller, controller.texts, None)
    plan: dict[str, object] | None = document.sections()["plan"]
    assert plan == plan_chart(controller)
    return plan


async def test_it_shows_prices_and_blocks_until_the_last_of_them(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to(BEGIN)
    prices = [0.4] * 8 + [0.1] * 4 + [0.3] * 8
    night = Night(Home(hass, freezer, make_entry(charger=CHARGER)), prices)
    await night.start()
    await night.wish(2.0, 300)
    await night.go_to(10)

    chart = chart_of(night)
    assert chart is not None
    # From this quarter-hour to one after the departure and the last known price.
    assert (chart["from_s"], chart["until_s"]) == (at(0), at(315))
    assert chart["currency"] == "EUR"
    assert chart["prices"] == [
        [at(15 * row), at(15 * row + 15), price, False]
        for row, price in enumerate(prices)
    ]
    lane = chart["cars"][CHARGER_ID]  # type: ignore[index]
    ((start, end),) = night.blocks
    assert lane["blocks"] == [[at(start), at(end)]]
    assert lane["ready_s"] == at(300)
    assert lane["short_kwh"] == 0.0
    assert 2.0 <= lane["energy_kwh"] <= 2.4
    assert 0.2 <= lane["cost"] <= 0.24

    # It moves on by quarter-hours, and begins with the one that it is now.
    await night.go_to(16)
    chart = chart_of(night)
    assert chart is not None
    assert chart["from_s"] == at(15)


async def test_there_is_none_without_a_planned_car(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(BEGIN)
    night = Night(Home(hass, freezer, make_entry(charger=CHARGER)), [0.4] * 8)
    await night.start(status="disconnected")
    assert chart_of(night) is None
