"""What the card is told over the WebSocket connection."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.ev_lb.engine.model import LimitingFactor, Reason
from custom_components.ev_lb.explaining.reasons import reason

from .cards import Card
from .homes import CHARGER_ID, ENTRY_ID, Home, make_entry

pytestmark = [
    pytest.mark.usefixtures("enable_custom_integrations", "socket_enabled"),
]


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return a home whose car charges at 18 A, with 3000 W in the house."""
    home = Home(hass, freezer, make_entry())
    await home.start_charging()
    return home


@pytest.fixture
async def card(home: Home, hass_ws_client: WebSocketGenerator) -> Card:
    """Return a card of the home that does not watch yet."""
    return Card(home, await hass_ws_client(home.hass))


async def test_it_tells_at_once_all_that_a_card_shows(card: Card) -> None:
    told = await card.subscribe()

    assert told["running"] is True
    assert told["speed"] == 1
    assert told["site"]["name"] == "Home"
    assert told["site"]["enabled"] is True
    assert told["site"]["shadow"] is False
    assert told["site"]["meter_lost"] is False
    assert told["site"]["entities"]["enabled"] == card.home.entity_id(
        "switch", "enabled"
    )
    assert told["phases"] == [{"name": "L1", "limit_a": 32.0, "house_a": 13.0}]
    garage = told["chargers"][CHARGER_ID]
    assert garage["name"] == "Garage"
    assert garage["state"] == "charging"
    assert garage["set_a"] == 18
    assert garage["drawn_a"] == [18]
    assert garage["factor"] == "fuse"
    assert garage["reason"] == "L1 carries 13 of 32 A without cars"
    assert garage["mode"] == "site"
    assert garage["entities"]["charging_mode"] == card.home.entity_id(
        "select", "charging_mode", CHARGER_ID
    )
    assert told["sources"]["left"] == {
        "L1": card.home.entity_id("sensor", "available_current")
    }
    assert told["sources"]["cars"][CHARGER_ID]["entity_id"] == card.home.entity_id(
        "sensor", "current_set", CHARGER_ID
    )


async def test_it_tells_only_what_changed(card: Card) -> None:
    await card.subscribe()
    await card.wait_out_the_gap()

    await card.home.report(3000 + 22 * 230)

    told = await card.told()
    assert told["phases"][0]["house_a"] > 13
    assert told["changed"][CHARGER_ID]["set_a"] < 18
    assert "sources" not in told
    assert "sun" not in told


async def test_nothing_is_told_while_nothing_changes(card: Card) -> None:
    await card.subscribe()
    await card.wait_out_the_gap()

    # The car's energy, which is told in tenths, goes on.
    await card.home.report(3000 + 18 * 230)

    assert await card.is_silent()


async def test_many_changes_at_once_are_told_as_one(card: Card) -> None:
    await card.subscribe()
    for house_w in range(3000, 3500, 100):
        await card.home.report(house_w + 18 * 230)
    assert await card.is_silent()

    await card.wait_out_the_gap()

    assert "phases" in await card.told()
    assert await card.is_silent()


async def test_a_lost_meter_is_told_with_its_problem(card: Card) -> None:
    await card.subscribe()
    await card.wait_out_the_gap()

    await card.home.report("unavailable")

    told = await card.told()
    assert told["site"]["meter_lost"] is True
    assert told["site"]["problem"] == "unavailable"
    assert told["phases"][0]["house_a"] is None


async def test_a_charger_that_is_turned_off_is_told_as_such(card: Card) -> None:
    await card.subscribe()
    await card.wait_out_the_gap()
    home = card.home

    await home.hass.services.async_call(
        "select",
        "select_option",
        {
            "entity_id": home.entity_id("select", "charging_mode", CHARGER_ID),
            "option": "off",
        },
        blocking=True,
    )
    await home.hass.async_block_till_done()
    await card.wait_out_the_gap()

    told: dict[str, Any] = {}
    while told.get("mode") != "off" or told["set_a"] > 0:
        told = (await card.told())["changed"][CHARGER_ID]
    assert told["state"] == "off"
    assert told["factor"] == "disabled"
    assert told["reason"] == "it is turned off"


async def test_it_speaks_the_language_of_the_reader(card: Card) -> None:
    told = await card.subscribe(language="de")

    reason = told["chargers"][CHARGER_ID]["reason"]
    assert reason == "L1 trägt ohne Autos 13 von 32 A"


async def test_the_log_tells_the_last_changes_and_why(card: Card) -> None:
    told = await card.subscribe(log=True)
    assert told["log"][0]["set_a"] == 18
    await card.wait_out_the_gap()

    await card.home.report(3000 + 22 * 230)

    latest, before, *_ = (await card.told())["log"]
    assert latest["name"] == "Garage"
    assert latest["before_a"] == 18
    assert latest["set_a"] == card.home.set_a
    assert latest["reason"] == "L1 carries 17 of 32 A without cars"
    assert latest["time_s"] > before["time_s"]
    assert before["set_a"] == 18


async def test_the_log_tells_why_a_stopped_car_still_waits(card: Card) -> None:
    await card.home.report("unavailable")
    await card.home.report(3000)
    told = await card.subscribe(log=True, language="nl")

    reasons = [note["reason"] for note in told["log"] if note["set_a"] == 0]
    assert reasons[:2] == [
        "pauze na een stop",
        "de meter is niet betrouwbaar",
    ]


async def test_a_car_that_has_not_begun_is_not_said_to_have_all(home: Home) -> None:
    controller = home.entry.runtime_data.controller
    decided = controller.charger_decision(CHARGER_ID)._replace(
        set_a=0.0, limiting=Reason(factor=LimitingFactor.CHARGER_MAX, since_s=0.0)
    )
    told = reason(controller, decided, controller.texts)
    assert told == "has headroom for more and waits"


async def test_the_log_keeps_to_the_last_changes(card: Card) -> None:
    for _ in range(40):
        await card.home.report("unavailable")
        await card.home.report(3000)

    assert len((await card.subscribe(log=True))["log"]) == 30


async def test_who_does_not_ask_is_told_no_log(card: Card) -> None:
    assert "log" not in await card.subscribe()


async def test_it_goes_on_after_a_reload(card: Card) -> None:
    await card.subscribe()
    hass = card.home.hass

    await hass.config_entries.async_reload(ENTRY_ID)
    await hass.async_block_till_done()

    assert await card.told() == {"running": False}
    told = await card.told()
    assert told["running"] is True
    assert told["chargers"][CHARGER_ID]["name"] == "Garage"


async def test_a_charger_that_is_removed_goes_with_the_reload(card: Card) -> None:
    await card.subscribe()
    await card.wait_out_the_gap()
    home = card.home

    home.hass.config_entries.async_remove_subentry(home.entry, CHARGER_ID)
    # A decision comes before the reload does.
    home.meter(4000)
    await home.hass.async_block_till_done()

    told = await card.told()
    while "running" not in told or not told["running"]:
        told = await card.told()
    assert told["chargers"] == {}


async def test_a_removed_site_is_told(card: Card) -> None:
    await card.subscribe()

    await card.home.hass.config_entries.async_remove(ENTRY_ID)

    assert await card.told() == {"running": False}
    assert await card.told() == {"running": False, "removed": True}


async def test_a_site_that_is_not_there_is_not_found(card: Card) -> None:
    await card.client.send_json_auto_id(
        {"type": "ev_lb/subscribe", "entry_id": "nowhere"}
    )

    answer = await card.client.receive_json()
    assert answer["success"] is False
    assert answer["error"]["code"] == "not_found"


async def test_who_has_left_is_told_nothing(card: Card) -> None:
    await card.subscribe()
    await card.client.send_json_auto_id(
        {"type": "unsubscribe_events", "subscription": 1}
    )
    assert (await card.client.receive_json())["success"]
    await card.wait_out_the_gap()

    await card.home.report("unavailable")

    assert await card.is_silent()


async def test_who_leaves_before_the_texts_are_read_is_told_nothing(card: Card) -> None:
    watch = {"type": "ev_lb/subscribe", "entry_id": ENTRY_ID, "language": "sl"}
    leave = {"type": "unsubscribe_events", "subscription": 1}
    await card.client.send_json({"id": 1, **watch})
    await card.client.send_json({"id": 2, **leave})
    answers: dict[int, bool] = {}
    while len(answers) < 2:
        message = await card.client.receive_json()
        if message["type"] == "result":
            answers[message["id"]] = message["success"]
    assert answers == {1: True, 2: True}

    await card.home.report("unavailable")

    await card.client.send_json({"id": 3, "type": "ping"})
    assert (await card.client.receive_json())["type"] == "pong"


async def test_who_is_no_administrator_may_watch(
    home: Home,
    hass_ws_client: WebSocketGenerator,
    hass_admin_user: MockUser,
) -> None:
    hass_admin_user.groups = []
    card = Card(home, await hass_ws_client(home.hass))

    assert (await card.subscribe())["running"] is True


async def test_it_names_the_sites_for_the_editor(card: Card) -> None:
    await card.client.send_json_auto_id({"type": "ev_lb/sites"})

    answer = await card.client.receive_json()
    assert answer["result"] == [{"entry_id": ENTRY_ID, "name": "Home"}]
