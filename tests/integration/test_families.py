"""Sites with known chargers: from the meter to what a car draws."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.diagnostics import REDACTED
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ev_lb.chargers.facts import Role
from custom_components.ev_lb.chargers.families import FAMILIES
from custom_components.ev_lb.diagnostics import async_get_config_entry_diagnostics
from tests.doubles.family_integration import FamilyCharger

from .homes import CHARGER_ID, CURRENTS, Home, make_entry

SITE: dict[str, Any] = {
    "meter_kind": "phase_current",
    "l1_entity": CURRENTS[0],
    "l2_entity": CURRENTS[1],
    "l3_entity": CURRENTS[2],
    "phases": 3,
}
CHARGER: dict[str, Any] = {
    "driver": "family",
    "family_owner": "x1",
    "limit_kind": "charger",
    "measures_current": True,
    "phases": ["l1", "l2", "l3"],
    "max_current_a": 16.0,
    "response_time_s": 5.0,
}
CALM_A = 5.0


class FamilyHome(Home):
    """A home whose meter shows what the house and a known charger draw."""

    charger: FamilyCharger
    house_a = CALM_A

    def read_meter(self) -> None:
        """Let the meter show what flows."""
        car_a = self.charger.offered_a if self.charger.plugged else 0.0
        for entity_id in CURRENTS:
            self.meter(self.house_a + car_a, "A", entity_id)

    async def live(self, seconds: float) -> None:
        """Let time go by, with a meter that reports each second."""
        for _ in range(round(seconds)):
            await self.pass_time(1)
            self.charger.act()
            self.read_meter()
            await self.hass.async_block_till_done()


async def home_of(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    family: str,
    *,
    charges: bool = True,
    **changes: Any,
) -> FamilyHome:
    """Return a home of 25 A with a charger of that family."""
    for platform in ("number", "select", "switch"):
        assert await async_setup_component(hass, platform, {})
    data = CHARGER | {"family": family} | changes
    home = FamilyHome(
        hass, freezer, make_entry(SITE, {"service_current_a": 25.0}, data)
    )
    home.charger = FamilyCharger(
        hass,
        FAMILIES[family],
        data["limit_kind"],
        lambda: dt_util.utcnow().timestamp(),
    )
    home.charger.plugged = charges
    home.charger.publish()
    home.read_meter()
    await home.start()
    await home.live(60)
    if charges:
        assert home.charger.offered_a == 16
    return home


@pytest.mark.parametrize(
    "family", ["alfen", "amina", "easee", "go_e", "keba", "openevse", "smartevse"]
)
async def test_a_car_gives_way_to_the_house_and_comes_back(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, family: str
) -> None:
    home = await home_of(hass, freezer, family)
    home.house_a = 15
    await home.live(5)
    assert home.charger.offered_a == 10
    assert home.set_a == 10

    home.house_a = 22
    await home.live(5)
    assert home.charger.offered_a == 0

    home.house_a = CALM_A
    await home.live(270)
    assert home.charger.offered_a == 16


async def test_a_charger_that_forgot_its_limit_is_told_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await home_of(hass, freezer, "easee")
    home.house_a = 15
    await home.live(5)
    home.charger.open_up()
    await home.live(3)

    assert home.charger.offered_a == 10


async def test_a_limit_with_an_end_never_ends_while_somebody_is_there(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await home_of(
        hass,
        freezer,
        "easee",
        lease_s=600.0,
        left_alone_current_a=16.0,
        min_current_a=7.0,
    )
    before = len(home.charger.heard)
    for _ in range(12):
        await home.live(100)
        assert 15 <= home.charger.offered_a <= 16
    assert 3 <= len(home.charger.heard) - before <= 6

    home.charger.refuses = True
    await home.live(601)
    assert home.charger.offered_a == 32
    home.charger.refuses = False


async def test_a_raise_keeps_the_distance_that_its_maker_asks_for(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await home_of(
        hass, freezer, "zaptec", limit_kind="circuit", raise_interval_s=900.0
    )
    home.house_a = 15
    await home.live(3)
    assert home.charger.offered_a == 10

    home.house_a = CALM_A
    await home.live(890)
    assert home.charger.offered_a == 10
    await home.live(40)
    assert home.charger.offered_a == 16


async def test_a_car_that_comes_when_nothing_can_be_paused_is_stopped(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await home_of(
        hass, freezer, "wallbox", charges=False, measures_current=False
    )
    home.house_a = 22
    await home.live(20)
    assert home.charger.limit_a == 6

    home.charger.plugged = True
    home.charger.publish()
    await home.live(3)
    assert home.charger.offered_a == 0


async def test_a_car_that_cannot_be_started_yet_is_started_when_it_can(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await home_of(
        hass, freezer, "wallbox", charges=False, measures_current=False
    )
    home.charger.running = False
    home.charger.locked = home.charger.plugged = True
    home.charger.publish()
    await home.live(30)
    assert home.set_a == 16
    assert home.charger.limit_a == 16
    assert not home.charger.running

    home.charger.locked, home.charger.refuses = False, True
    home.charger.publish()
    await home.live(3)
    assert home.charger.offered_a == 0
    home.charger.refuses = False
    await home.live(65)
    assert home.charger.offered_a == 16


async def test_a_car_that_is_elsewhere_is_left_alone(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await home_of(hass, freezer, "teslemetry")
    hass.states.async_set(home.charger.ids[Role.HOME], "not_home")
    home.charger.open_up()
    hass.states.async_set(home.charger.ids[Role.HOME], "not_home")
    heard = len(home.charger.heard)
    home.house_a = 22
    # It falls asleep there.
    for role in (Role.CURRENT, Role.RUN, Role.STATUS):
        hass.states.async_set(home.charger.ids[role], "unavailable")
    for _ in range(60):
        await home.pass_time(1)
        for entity_id in CURRENTS:
            home.meter(home.house_a, "A", entity_id)
    assert len(home.charger.heard) == heard
    assert home.charger.offered_a == 32
    known = home.entry.runtime_data.controller.snapshot
    assert known.chargers[0].available

    home.charger.publish()
    await home.live(5)
    assert home.charger.offered_a == 0


async def test_renamed_entities_are_followed(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await home_of(hass, freezer, "peblar")
    old = home.charger.ids[Role.CURRENT]
    er.async_get(hass).async_update_entity(old, new_entity_id="number.other")
    home.charger.ids[Role.CURRENT] = "number.other"
    hass.states.async_remove(old)
    home.charger.publish()
    await hass.async_block_till_done()
    home.house_a = 15
    await home.live(5)

    assert home.charger.offered_a == 10


async def test_a_serial_number_stays_at_home(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await home_of(hass, freezer, "peblar")
    told = await async_get_config_entry_diagnostics(hass, home.entry)

    charger = told["subentries"][CHARGER_ID]["data"]
    assert charger["family"] == "peblar"
    assert charger["family_owner"] == REDACTED


async def test_a_plug_is_on_where_there_is_room_for_all_of_its_load(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    plug = {
        "driver": "plug",
        "switch_entity": "switch.charger",
        "phases": ["l1"],
        "max_current_a": 8.7,
        "min_current_a": 8.7,
    }
    home = Home(hass, freezer, make_entry(SITE, {"service_current_a": 25.0}, plug))
    await home.install_charger(on=False)

    async def live(seconds: int, house_a: float) -> None:
        for _ in range(seconds):
            await home.pass_time(1)
            on = hass.states.is_state("switch.charger", "on")
            for entity_id in CURRENTS:
                plugged_a = 8.7 if on and entity_id == CURRENTS[0] else 0.0
                home.meter(house_a + plugged_a, "A", entity_id)
            await hass.async_block_till_done()

    for entity_id in CURRENTS:
        home.meter(10, "A", entity_id)
    await home.start()
    await live(60, 10)
    assert hass.states.is_state("switch.charger", "on")
    assert home.set_a == 8.7
    await live(5, 17)
    assert hass.states.is_state("switch.charger", "off")
    await live(120, 17)
    assert hass.states.is_state("switch.charger", "off")
    await live(240, 10)
    assert hass.states.is_state("switch.charger", "on")


async def set_range(home: Home, **data: Any) -> None:
    """Set the range of currents by the action, of all chargers or of those named."""
    await home.hass.services.async_call(
        "ev_lb", "set_current_range", data, blocking=True
    )


async def test_a_limit_with_an_end_keeps_its_minimum(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A renewal of 6 A would be one of 5 A, which stops the car."""
    home = await home_of(
        hass,
        freezer,
        "easee",
        lease_s=600.0,
        left_alone_current_a=6.0,
        min_current_a=7.0,
    )
    with pytest.raises(ServiceValidationError) as by_action:
        await set_range(home, min_current_a=6)
    with pytest.raises(ServiceValidationError) as by_hand:
        await hass.services.async_call(
            "number",
            "set_value",
            {
                "entity_id": home.entity_id("number", "min_ev_current", CHARGER_ID),
                "value": 6,
            },
            blocking=True,
        )
    assert by_action.value.translation_key == "min_with_lease"
    assert by_hand.value.translation_key == "min_with_lease"
    assert home.entry.subentries[CHARGER_ID].data["min_current_a"] == 7


async def test_what_a_plug_draws_is_no_range(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    plug = {"driver": "plug", "max_current_a": 10.0, "min_current_a": 10.0}
    home = Home(hass, freezer, make_entry(charger=plug))
    await home.install_charger(on=False)
    home.meter(3000)
    await home.start()
    with pytest.raises(ServiceValidationError) as refused:
        await set_range(home, max_current_a=6, device_id=CHARGER_ID)
    assert refused.value.translation_key == "plug_has_no_range"

    # Those that nobody names are left as they are.
    await set_range(home, max_current_a=6)
    assert home.entry.subentries[CHARGER_ID].data["max_current_a"] == 10
