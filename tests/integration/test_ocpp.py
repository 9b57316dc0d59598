"""A site with an OCPP charge point: from its meter to what the car draws."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest

from tests.doubles.ocpp_integration import ACCEPTS, REJECTS

from .homes import CHARGER_ID, ENTRY_ID, make_entry
from .ocpp_homes import CHARGER, HOUSE_A, SITE, OcppHome


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> OcppHome:
    """Return a home of 25 A whose car charges at 16 A."""
    options = {"service_current_a": 25.0}
    home = OcppHome(hass, freezer, make_entry(SITE, options, CHARGER))
    home.put_up()
    await home.start()
    await home.live(90)
    assert home.point.drawn_a() == 16
    return home


async def test_the_car_gives_way_to_the_house_and_comes_back(home: OcppHome) -> None:
    home.house_a = 15
    await home.live(3)
    assert home.point.drawn_a() == 10
    assert home.set_a == 10

    home.house_a = 22
    await home.live(3)
    assert home.point.drawn_a() == 0

    home.house_a = HOUSE_A
    await home.live(260)
    assert home.point.drawn_a() == 16


async def test_a_lease_is_renewed_and_ends_when_nobody_is_there(home: OcppHome) -> None:
    await home.live(300)
    assert home.point.drawn_a() == 16

    # Killed: nothing is told any more.
    home.point.lose_link(frozen=True)
    for _ in range(121):
        await home.pass_time(1)
    assert home.point.drawn_a() == 6


async def test_what_the_base_profile_does_is_told(home: OcppHome) -> None:
    shown = home.hass.states.get(home.entity_id("sensor", "left_alone_current"))
    assert shown is not None
    assert shown.state == "6.0"
    assert shown.attributes["chargers"] == {
        "Garage": {"known_from": "charger", "current": 6.0, "after": 120.0}
    }


async def test_a_refused_cut_is_tried_until_it_holds(home: OcppHome) -> None:
    home.point.answers = REJECTS
    home.house_a = 15
    await home.live(20)
    assert home.point.drawn_a() == 16

    # Nothing has helped meanwhile, so it is told less and less, down to nothing.
    home.point.answers = ACCEPTS
    await home.live(20)
    assert home.point.drawn_a() <= 10
    await home.live(260)
    assert home.point.drawn_a() == 10


async def test_a_charger_that_comes_back_is_told_again(home: OcppHome) -> None:
    home.point.unavailable()
    home.house_a = 15
    await home.live(10)
    home.point.profiles.clear()
    home.point.reconnect()
    await home.live(5)

    assert home.point.drawn_a() == 10
    # The base is there again too.
    assert {profile["stackLevel"] for *_, profile in home.point.profiles} == {7, 8}


async def test_a_new_charge_is_told_its_limit(home: OcppHome) -> None:
    sent = len(home.ocpp.limits)
    home.point.show("transaction_id", 77)
    await home.live(2)
    levels = [profile["stackLevel"] for *_, profile in home.ocpp.limits[sent:]]
    # What the charger has for a new charge is not known: the base goes again, and
    # first, as it might have room for one profile only.
    assert levels == [7, 8]


async def test_after_a_restart_the_charger_is_told_again(home: OcppHome) -> None:
    assert await home.hass.config_entries.async_unload(ENTRY_ID)
    home.point.unavailable()
    home.ocpp.calls.clear()
    assert await home.hass.config_entries.async_setup(ENTRY_ID)
    await home.live(5)
    assert home.ocpp.limits == []

    home.point.reconnect()
    await home.live(60)
    assert home.ocpp.limits
    assert home.point.drawn_a() > 0


async def test_a_limit_that_is_left_is_a_repair_and_a_reset_clears_it(
    home: OcppHome,
) -> None:
    home.point.leave_limit(8.0)
    await home.live(130)
    issue_id = f"charger_capped_{ENTRY_ID}_{CHARGER_ID}"
    issues = ir.async_get(home.hass)
    assert issues.async_get_issue("ev_lb", issue_id) is not None

    await home.hass.services.async_call(
        "button",
        "press",
        {"entity_id": home.entity_id("button", "reset", CHARGER_ID)},
        blocking=True,
    )
    await home.live(70)
    assert home.point.drawn_a() == 16
    assert issues.async_get_issue("ev_lb", issue_id) is None


async def test_entities_that_are_renamed_or_replaced_are_followed(
    home: OcppHome,
) -> None:
    registry = er.async_get(home.hass)
    for name in ("status_connector", "current_import", "current_offered"):
        registry.async_update_entity(
            f"sensor.garage_{name}", new_entity_id=f"sensor.wallbox_{name}"
        )
    home.point.tell_all()
    await home.live(3)
    assert home.point.drawn_a() == 16

    home.house_a = 15
    await home.live(3)
    assert home.point.drawn_a() == 10


async def test_sockets_that_do_not_show_are_a_repair(
    home: OcppHome,
) -> None:
    home.point.show("connectors", 2)
    await home.live(2)
    issue_id = f"charger_connectors_hidden_{ENTRY_ID}_{CHARGER_ID}"
    issues = ir.async_get(home.hass)
    assert issues.async_get_issue("ev_lb", issue_id) is not None

    home.point.show("connectors", 1)
    await home.live(2)
    assert issues.async_get_issue("ev_lb", issue_id) is None


async def test_a_charger_that_its_integration_has_no_longer_is_a_repair(
    home: OcppHome,
) -> None:
    """Whether it was removed or renamed, or its integration was removed."""
    home.ocpp.points.clear()
    registry = er.async_get(home.hass)
    for entry in list(registry.entities.values()):
        if entry.platform == "ocpp":
            registry.async_remove(entry.entity_id)
    await home.live(5)
    issue_id = f"charger_gone_{ENTRY_ID}_{CHARGER_ID}"
    issue = ir.async_get(home.hass).async_get_issue("ev_lb", issue_id)
    assert issue is not None
    assert (issue.translation_placeholders or {})["charger"] == "Garage"
