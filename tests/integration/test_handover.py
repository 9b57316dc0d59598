"""What one controller leaves to the next at a reload, and for how long it holds."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from .big_site import ENTRY_ID as BIG_ID, BigSite, big_entry
from .homes import CHARGER_ID, ENTRY_ID, Home, make_entry


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return a home whose car charges at 18 A."""
    home = Home(hass, freezer, make_entry())
    await home.start_charging()
    home.calls.clear()
    return home


@pytest.mark.parametrize(
    ("away_s", "told"),
    # After long, what the charger has is not known any more: it is told again.
    [(5, []), (60, [("set_value", 18.0)])],
)
async def test_a_handover_holds_for_a_moment(
    hass: HomeAssistant, home: Home, away_s: float, told: list[Any]
) -> None:
    home.entry.runtime_data.controller.async_keep(frozenset({CHARGER_ID}))
    await hass.config_entries.async_unload(ENTRY_ID)
    home.freezer.tick(away_s)
    home.meter(3000 + 18 * 230)

    await hass.config_entries.async_setup(ENTRY_ID)
    await home.pass_time(40, 3000 + 18 * 230)

    assert home.calls == told
    assert home.set_a == 18


async def test_a_charger_on_other_phases_is_counted_anew(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """What was known of its draw was known of other phases."""
    site = {
        "meter_kind": "phase_current",
        "phases": 3,
        **{f"l{number}_entity": f"sensor.grid_l{number}" for number in (1, 2, 3)},
    }
    home = Home(hass, freezer, make_entry(site))
    await home.install_charger()

    async def report(seconds: int, on: int) -> None:
        for _ in range(seconds):
            for number in (1, 2, 3):
                current_a = 10 + (home.told_a if number == on else 0)
                home.meter(current_a, "A", f"sensor.grid_l{number}")
            await home.pass_time(1)

    for number in (1, 2, 3):
        home.meter(10, "A", f"sensor.grid_l{number}")
    await home.start()
    await report(60, on=1)
    assert home.told_a == 22

    charger = home.entry.subentries[CHARGER_ID]
    hass.config_entries.async_update_subentry(
        home.entry, charger, data={**charger.data, "phases": ["l2"]}
    )
    await hass.async_block_till_done()
    assert home.told_a == 22
    await report(60, on=2)
    assert home.told_a == 22


async def test_what_nobody_takes_over_goes_with_the_site(
    hass: HomeAssistant, home: Home
) -> None:
    home.entry.runtime_data.controller.async_keep(frozenset({CHARGER_ID}))
    await hass.config_entries.async_remove(ENTRY_ID)
    assert not any(hass.data.get("ev_lb_handovers", {}).values())


async def fail_to_load(*_: object) -> None:
    """Do as Home Assistant does when a platform cannot be loaded."""
    raise HomeAssistantError("there is no such platform")


async def test_chargers_are_not_left_alone_when_a_reload_fails(
    hass: HomeAssistant, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = dict(home.entry.data)
    with monkeypatch.context() as patch:
        patch.setattr(hass.config_entries, "async_forward_entry_setups", fail_to_load)
        hass.config_entries.async_update_entry(
            home.entry, data={**right, "fallback_current_a": 7.0}
        )
        await hass.async_block_till_done()
    assert home.entry.state is ConfigEntryState.SETUP_ERROR
    assert home.told_a == 0

    # What the charger was left at is known to whoever comes next.
    hass.config_entries.async_update_entry(home.entry, data=right)
    await hass.config_entries.async_reload(ENTRY_ID)
    await hass.async_block_till_done()
    assert home.set_a == home.told_a == 0
    await home.pass_time(60, 3000)
    assert home.told_a == 18


async def test_a_reload_that_fails_forgets_nothing_of_any_charger(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not even of one that was not to run on, since it is commanded otherwise now."""
    site = BigSite(hass, freezer, big_entry())
    await site.start()
    await site.pass_time(2)
    await hass.services.async_call(
        "ev_lb",
        "set_limit",
        {"current_a": 10, "device_id": "left"},
        blocking=True,
    )
    right = dict(site.entry.data)
    broken = {**right, "fallback_current_a": 7.0}
    charger = site.entry.subentries["left"]
    with monkeypatch.context() as patch:
        patch.setattr(hass.config_entries, "async_forward_entry_setups", fail_to_load)
        hass.config_entries.async_update_entry(site.entry, data=broken)
        hass.config_entries.async_update_subentry(
            site.entry,
            charger,
            data={**charger.data, "current_entity": "number.garage_limit"},
        )
        await hass.async_block_till_done()
    assert site.entry.state is ConfigEntryState.SETUP_ERROR

    hass.config_entries.async_update_entry(site.entry, data=right)
    await hass.config_entries.async_reload(BIG_ID)
    await hass.async_block_till_done()

    assert site.entry.runtime_data.controller.sessions.of("left").limit_a == 10
