"""A charger that goes from three phases to one and back, as its owner's entity does."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from .flows import Walk, add_charger
from .homes import CHARGER_ID, CURRENTS, NUMBER, Home, make_entry

PHASES = "select.charger_phases"
ONE, ALL = "1 phase", "3 phases"
SITE = {
    "meter_kind": "phase_current",
    "phases": 3,
    "l1_entity": CURRENTS[0],
    "l2_entity": CURRENTS[1],
    "l3_entity": CURRENTS[2],
    "can_export": True,
}
CHARGER = {
    "phases": ["l1", "l2", "l3"],
    "max_current_a": 16.0,
    "pause_s": 0.0,
    "response_time_s": 2.0,
    "phases_entity": PHASES,
    "one_phase_state": ONE,
    "all_phases_state": ALL,
}

LIMITS: dict[str, Any] = {
    "phases": "l1_l2_l3",
    "max_current_a": 16,
    "min_current_a": 6,
    "phases_entity": PHASES,
    "advanced": {"response_time_s": 5, "pause_s": 0},
    "sharing": {"charging_mode": "site", "priority": 1, "weight": 1},
}


class SwitchingHome(Home):
    """A three-phase home whose charger can be set to one phase."""

    phases_fail = False

    def told_phases(self) -> str:
        """Return on what the charger's select stands."""
        state = self.hass.states.get(PHASES)
        assert state is not None
        return state.state

    async def install_phases(self, shown: str = ALL) -> None:
        """Give the charger its phase setting."""
        # Whoever registers a service last answers it.
        assert await async_setup_component(self.hass, "select", {})

        async def told(call: ServiceCall) -> None:
            if self.phases_fail:
                raise HomeAssistantError("the charger does not answer")
            # What it draws while it switches is what would wear its contactor.
            self.calls.append((call.data["option"], self.told_a))
            self.show_phases(call.data["option"])

        self.hass.services.async_register("select", "select_option", told)
        self.show_phases(shown)

    def show_phases(self, option: str) -> None:
        """Let the select show an option."""
        self.hass.states.async_set(PHASES, option, {"options": [ONE, ALL]})

    async def live(self, seconds: float, surplus_w: float) -> None:
        """Let time go on with so much sun left over, the car as it was told."""
        for _ in range(round(seconds)):
            self.freezer.tick(timedelta(seconds=1))
            wires = 1 if self.told_phases() == ONE else 3
            for wire, entity_id in enumerate(CURRENTS):
                load_a = -surplus_w / 690 + (self.told_a if wire < wires else 0.0)
                self.meter(round(load_a, 2), "A", entity_id)
            async_fire_time_changed(self.hass)
            await self.hass.async_block_till_done()

    def switches(self) -> list[tuple[str, Any]]:
        """Return what the select was told, and what the car might draw then."""
        return [call for call in self.calls if call[0] in (ONE, ALL)]


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> SwitchingHome:
    """Return a home on the sun whose charger stands on three phases."""
    options = {"service_current_a": 25.0, "charging_mode": "solar"}
    home = SwitchingHome(hass, freezer, make_entry(SITE, options, CHARGER))
    await home.install_charger()
    await home.install_phases()
    return home


async def test_little_sun_charges_on_one_phase(home: SwitchingHome) -> None:
    """1.9 kW are too little for three phases, and 8 A on one."""
    await home.start()
    await home.live(120, 1900)

    assert home.switches() == [(ONE, 0.0)]
    assert home.told_a == 8


async def test_much_sun_goes_back_to_all(home: SwitchingHome) -> None:
    await home.start()
    await home.live(120, 1900)
    await home.live(900, 6000)

    assert home.switches() == [(ONE, 0.0), (ALL, 0.0)]
    assert home.told_a == 8


async def test_a_charger_that_refuses_to_switch_does_not_start_on_it(
    home: SwitchingHome,
) -> None:
    home.phases_fail = True
    await home.start()
    await home.live(120, 1900)
    assert home.told_a == 0
    assert home.charger_state("sensor", "limiting_factor") in ("pause", "solar")

    home.phases_fail = False
    await home.live(120, 6000)
    assert home.told_phases() == ALL
    assert home.told_a == 8


async def test_restart_goes_on_on_one_phase(
    hass: HomeAssistant, home: SwitchingHome
) -> None:
    await home.start()
    await home.live(120, 1900)
    home.calls.clear()

    assert await hass.config_entries.async_reload(home.entry.entry_id)
    await home.live(60, 1900)

    assert home.told_phases() == ONE
    assert home.switches() == []
    assert home.told_a == 8


async def test_a_hand_on_the_setting_is_counted_on(home: SwitchingHome) -> None:
    """On three phases again it stops, and goes back to one: the sun pays for no more."""
    await home.start()
    await home.live(120, 1900)
    home.show_phases(ALL)
    await home.live(1, 1900)
    assert home.told_a == 0

    await home.live(30, 1900)
    assert home.told_phases() == ONE
    assert home.told_a == 8


async def test_a_number_may_write_its_phases_with_a_decimal_point(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Home Assistant shows 3, where the state is 3.0: its owner has typed what shows."""
    number = "number.charger_phases"
    options = {"service_current_a": 25.0, "charging_mode": "solar"}
    charger = {
        **CHARGER,
        "phases_entity": number,
        "one_phase_state": "1",
        "all_phases_state": "3",
    }
    home = Home(hass, freezer, make_entry(SITE, options, charger))
    await home.install_charger()
    hass.states.async_set(number, "3.0")

    async def told(call: ServiceCall) -> None:
        value = call.data["value"]
        if call.data["entity_id"] == number:
            hass.states.async_set(number, str(value))
        else:
            home.set_number(value)

    hass.services.async_register("number", "set_value", told)
    await home.start()
    for _ in range(120):
        for entity_id in CURRENTS:
            home.meter(round(-1900 / 690, 2), "A", entity_id)
        await home.pass_time(1)

    assert hass.states.is_state(number, "1.0")
    assert home.told_a > 0


async def phases_step(hass: HomeAssistant, home: SwitchingHome) -> Walk:
    """Add a charger up to what the states of its phase setting mean."""
    home.entry.add_to_hass(hass)
    hass.config_entries.async_remove_subentry(home.entry, CHARGER_ID)
    walk = await add_charger(hass, home.entry)
    await walk.choose("entities")
    await walk.send(
        {"name": "Left", "current_entity": NUMBER, "switch_entity": "switch.charger"}
    )
    await walk.send(LIMITS)
    return walk


async def test_the_form_guesses_what_the_states_mean(
    hass: HomeAssistant, home: SwitchingHome
) -> None:
    walk = await phases_step(hass, home)
    assert walk.result["step_id"] == "phases"
    assert walk.shown() == {"one_phase_state": ONE, "all_phases_state": ALL}

    await walk.send({"one_phase_state": ONE, "all_phases_state": ALL})

    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    data = walk.result["data"]
    assert data["phases_entity"] == PHASES
    assert (data["one_phase_state"], data["all_phases_state"]) == (ONE, ALL)


async def test_one_state_cannot_mean_both(
    hass: HomeAssistant, home: SwitchingHome
) -> None:
    walk = await phases_step(hass, home)
    await walk.send({"one_phase_state": ONE, "all_phases_state": ONE})
    assert walk.errors == {"all_phases_state": "phase_states_same"}


async def test_a_state_it_does_not_have_is_refused(
    hass: HomeAssistant, home: SwitchingHome
) -> None:
    walk = await phases_step(hass, home)
    home.hass.states.async_set(PHASES, ONE, {"options": [ONE, "auto"]})
    await walk.send({"one_phase_state": ONE, "all_phases_state": ALL})
    assert "1 phase, auto" in walk.message("all_phases_state")


async def test_a_charger_on_one_phase_has_nothing_to_switch(
    hass: HomeAssistant, home: SwitchingHome
) -> None:
    walk = await phases_step(hass, home)
    walk = await add_charger(hass, home.entry)
    await walk.choose("entities")
    await walk.send(
        {"name": "Left", "current_entity": NUMBER, "switch_entity": "switch.charger"}
    )
    await walk.send(LIMITS | {"phases": "l1"})
    assert walk.errors == {"phases_entity": "phases_needed"}
