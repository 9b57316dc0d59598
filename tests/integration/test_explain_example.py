"""The answer that the docs show is the one that the action gives."""

import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from tests.metadata import ROOT

from .homes import (
    CURRENTS,
    MEASURED,
    PHASE_SITE,
    STATUS,
    TELLING_CHARGER,
    Home,
    make_entry,
)


def example() -> dict[str, Any]:
    """Return the answer in the docs; the ids there are another home's."""
    text = (ROOT / "docs" / "actions.md").read_text(encoding="utf-8")
    answer: dict[str, Any] = json.loads(
        text.partition("```json")[2].partition("```")[0]
    )
    (site,) = answer["sites"]
    site["entry_id"] = "home"
    site["chargers"][0]["charger_id"] = "garage"
    return answer


async def drive(home: Home, seconds: int, house_l2_a: float) -> None:
    """Let a house draw so much on L2 beside the car, which takes all that it may."""
    for _ in range(seconds):
        house = zip(CURRENTS, (5.0, house_l2_a, 4.0), strict=True)
        for entity_id, house_a in house:
            home.meter(house_a + home.told_a, "A", entity_id)
        ampere = {"unit_of_measurement": "A"}
        home.hass.states.async_set(MEASURED, str(home.told_a), ampere)
        await home.pass_time(1)


async def test_the_example_of_explain_is_what_it_answers(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to("2026-11-20 17:03:00+00:00")
    site_options = {"service_current_a": 25.0}
    home = Home(hass, freezer, make_entry(PHASE_SITE, site_options, TELLING_CHARGER))
    await home.install_charger()
    hass.states.async_set(STATUS, "charging")
    await home.start()

    await drive(home, 60, 5.0)
    await drive(home, 8, 15.6)
    await drive(home, 11, 12.6)
    answer = await hass.services.async_call(
        "ev_lb", "explain", {}, blocking=True, return_response=True
    )

    assert json.loads(json.dumps(answer)) == example()
