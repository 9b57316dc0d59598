"""The sentence has the numbers of what limits, and only where they are so."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_lb.engine.model import Basis, LimitingFactor, Phase, Reason
from custom_components.ev_lb.explaining.reasons import reason

from .homes import CHARGER_ID, NUMBER, SWITCH, Home, make_entry


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return a home whose car charges at 18 A, with 3000 W in the house."""
    home = Home(hass, freezer, make_entry())
    await home.start_charging()
    return home


async def explained(home: Home) -> dict[str, Any]:
    answer = await home.hass.services.async_call(
        "ev_lb", "explain", {}, blocking=True, return_response=True
    )
    row: dict[str, Any] = answer["sites"][0]["chargers"][0]
    return row


async def test_a_sentence_stays_while_it_says_the_same(home: Home) -> None:
    """The recorder has one row; the action and the card have the numbers of now."""
    said = home.charger_state("sensor", "reason")
    assert said == "18 A: L1 carries 13 of 32 A without cars"
    for watts in (3000, 3050, 2990, 3100, 3080):
        home.freezer.tick(timedelta(seconds=1))
        await home.report(watts + 18 * 230)
        assert home.charger_state("sensor", "reason") == said
    row = await explained(home)
    assert row["load_a"] == pytest.approx(3080 / 230, abs=0.2)
    assert row["sentence"] != said


async def test_a_cut_says_the_load_that_made_it(home: Home) -> None:
    home.freezer.tick(timedelta(seconds=1))
    await home.report(5000 + 18 * 230)
    row = await explained(home)
    assert row["current_set_a"] == 10
    assert row["sentence"].startswith("10 A: L1 carries 21.7 of 32 A without cars")
    assert (row["limit"], row["basis"], row["capacity_a"]) == ("fuse", "now", 32.0)


async def test_the_hold_window_says_its_highest_load(home: Home) -> None:
    await home.pass_time(1, 5000 + 18 * 230)
    await home.pass_time(5, 5000 + 10 * 230)
    await home.pass_time(14, 2000 + 10 * 230)
    row = await explained(home)
    assert row["limiting_factor"] == "ramp_up"
    assert (row["basis"], row["load_a"]) == (
        "hold_window",
        pytest.approx(21.7, abs=0.1),
    )
    assert (
        "L1 carried up to 21.7 of 32 A without cars in the last 20 s"
        in (row["sentence"])
    )


async def test_a_charger_out_of_reach_is_not_held_by_the_fuse(home: Home) -> None:
    for entity_id in (NUMBER, SWITCH):
        home.hass.states.async_set(entity_id, "unavailable")
    await home.pass_time(3, 3000 + 18 * 230)
    assert home.charger_state("sensor", "limiting_factor") == "unreachable"
    row = await explained(home)
    assert row["sentence"].startswith("18 A: the charger cannot be reached")
    assert (row["capacity_a"], row["load_a"]) == (None, None)


@pytest.mark.parametrize(
    ("set_a", "limiting", "said"),
    [
        (
            32.0,
            Reason(LimitingFactor.CHARGER_MAX, capacity_a=32.0, takes_a=10.7),
            "the car takes 10.7 of 32 A",
        ),
        (
            6.0,
            Reason(LimitingFactor.CHARGER_MAX, capacity_a=32.0, takes_a=0.1),
            "the car takes nothing",
        ),
        (
            32.0,
            Reason(LimitingFactor.CHARGER_MAX, capacity_a=32.0),
            "all that you allow it",
        ),
        (
            8.0,
            Reason(
                LimitingFactor.SHARE,
                Phase.L1,
                "grid",
                limit=LimitingFactor.FUSE,
                capacity_a=25.0,
                load_a=9.04,
            ),
            "shares with other cars, L1 carries 9 of 25 A without cars",
        ),
        (
            8.0,
            Reason(
                LimitingFactor.SHARE,
                limit=LimitingFactor.IMPORT_CAP,
                capacity_w=5000.0,
                load_w=1234.0,
            ),
            "shares with other cars, without cars 1.23 of 5 kW are imported",
        ),
        (0.0, Reason(LimitingFactor.SHARE), "shares with other cars"),
        (
            9.0,
            Reason(
                LimitingFactor.FUSE,
                Phase.L1,
                "grid",
                limit=LimitingFactor.FUSE,
                capacity_a=25.0,
                load_a=4.0,
                reserved_a=12.0,
            ),
            "L1 carries 4 of 25 A without cars, 12 A are reserved",
        ),
        (
            10.0,
            Reason(
                LimitingFactor.UNBALANCE,
                Phase.L1,
                limit=LimitingFactor.UNBALANCE,
                capacity_a=20.0,
            ),
            "the unbalance limit allows 20 A on L1",
        ),
        (
            10.0,
            Reason(
                LimitingFactor.UNBALANCE,
                Phase.L1,
                "grid",
                limit=LimitingFactor.UNBALANCE,
                capacity_a=20.0,
                load_a=9.6,
            ),
            "the house draws 9.6 A more on L1 than on another phase, 20 A are allowed",
        ),
        (
            18.0,
            Reason(
                LimitingFactor.EXTERNAL_CAP,
                limit=LimitingFactor.EXTERNAL_CAP,
                capacity_w=4200.0,
            ),
            "the grid operator allows 4.2 kW",
        ),
        (
            10.0,
            Reason(
                LimitingFactor.CAPACITY_TARIFF,
                limit_ends_s=0.0,
                limit=LimitingFactor.CAPACITY_TARIFF,
                basis=Basis.TARIFF,
                capacity_w=2400.0,
                load_w=600.0,
            ),
            "the capacity tariff leaves 2.4 kW until 16:00, 0.6 kW of it for the house",
        ),
        (
            6.0,
            Reason(LimitingFactor.SOLAR, capacity_w=1400.0),
            "the sun leaves 1400 W over",
        ),
        (
            6.0,
            Reason(LimitingFactor.SOLAR, capacity_w=-300.0),
            "its minimum, the sun leaves 0 W over",
        ),
        (0.0, Reason(LimitingFactor.PLAN), "waits for its planned time"),
        (
            0.0,
            Reason(LimitingFactor.PLAN, until_s=0.0, price=0.3, price_now=0.2),
            "waits for 16:00, as planned",
        ),
        (
            0.0,
            Reason(
                LimitingFactor.PLAN,
                until_s=4500.0,
                price=0.23,
                price_now=0.31,
                done_s=19800.0,
            ),
            "waits for 17:15: 0.23 instead of 0.31 EUR/kWh; ready by 21:30",
        ),
        (
            0.0,
            Reason(LimitingFactor.PLAN, until_s=0.0, price=-0.004, price_now=-0.0035),
            "waits for 16:00: -0.0040 instead of -0.0035 EUR/kWh",
        ),
    ],
)
async def test_words_are_said_only_where_they_are_so(
    home: Home, set_a: float, limiting: Reason, said: str
) -> None:
    controller = home.entry.runtime_data.controller
    decided = controller.charger_decision(CHARGER_ID)
    decided = decided._replace(set_a=set_a, limiting=limiting)
    assert reason(controller, decided, controller.texts) == said
