"""One broken part never stops the rest: it is left out, and a repair names it."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.ev_lb.const import DOMAIN

from .homes import CHARGER, CHARGER_ID, ENTRY_ID, OPTIONS, SITE, Home, make_entry

BROKEN_ID = "carport"
JUNK: list[Any] = [None, [], {}, "much", float("nan"), True, -(10**18)]
KEYS = (
    "driver",
    "current_entity",
    "phases",
    "max_current_a",
    "min_current_a",
    "response_time_s",
    "pause_s",
    "charging_mode",
    "priority",
    "weight",
)


def entry_with(broken: dict[str, Any]) -> MockConfigEntry:
    """Return a home with a sound charger, and one whose settings are broken."""
    rows = ((CHARGER_ID, "Garage", CHARGER), (BROKEN_ID, "Carport", CHARGER | broken))
    return MockConfigEntry(
        domain=DOMAIN,
        version=make_entry().version,
        entry_id=ENTRY_ID,
        title="Home",
        data=SITE,
        options=OPTIONS,
        subentries_data=[
            ConfigSubentryDataWithId(
                data=data,
                subentry_id=charger_id,
                subentry_type="charger",
                title=name,
                unique_id=None,
            )
            for charger_id, name, data in rows
        ],
    )


async def start(home: Home) -> None:
    """Set a home up, and give a car the time to start."""
    await home.install_charger()
    home.meter(1000)
    await home.start()
    await home.pass_time(3, 1000)


def is_told(home: Home, issue: str, subject: str) -> bool:
    registry = ir.async_get(home.hass)
    return registry.async_get_issue(DOMAIN, f"{issue}_{ENTRY_ID}_{subject}") is not None


@pytest.mark.parametrize("key", KEYS)
async def test_a_charger_with_junk_is_left_out(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, key: str
) -> None:
    """Whatever the junk: the rest is balanced beside what the broken one may draw."""
    for junk in JUNK:
        if key == "current_entity" and junk == "much":
            # As good as any other entity that is not there yet.
            continue
        home = Home(hass, freezer, entry_with({"max_current_a": 10.0, key: junk}))
        await start(home)

        assert home.entry.state is ConfigEntryState.LOADED
        controller = home.entry.runtime_data.controller
        assert controller.watchdog.failure is None
        assert list(controller.chargers) == [CHARGER_ID], junk
        assert is_told(home, "charger_broken", BROKEN_ID)
        house_a = 1000 / 230
        reserved_a = 32.0 if key == "max_current_a" else 10.0
        assert home.set_a <= max(0.0, 32 - reserved_a - house_a)
        assert home.set_a > 0 or key == "max_current_a"
        await hass.config_entries.async_remove(ENTRY_ID)
        await hass.async_block_till_done()


@pytest.mark.parametrize(
    "broken",
    [
        {
            "driver": "family",
            "family": "unheard",
            "family_owner": "x",
            "limit_kind": "y",
        },
        {"driver": "telepathy"},
        {"charging_mode": "hasty"},
        {"phases": ["l9"]},
    ],
)
async def test_what_is_not_known_is_left_out(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, broken: dict[str, Any]
) -> None:
    home = Home(hass, freezer, entry_with({"max_current_a": 10.0, **broken}))
    await start(home)

    assert home.set_a > 0
    assert is_told(home, "charger_broken", BROKEN_ID)
    assert not is_told(home, "charger_broken", CHARGER_ID)


@pytest.mark.parametrize(
    "stored",
    [{"chargers": {CHARGER_ID: {"set_a": junk}}} for junk in JUNK if junk is not True]
    + [
        {"chargers": {CHARGER_ID: {"set_a": 6.0, "session_kwh": "much"}}},
        {"chargers": {CHARGER_ID: {"set_a": 6.0, "departure_s": 1e11 * 9}}},
        {"chargers": {CHARGER_ID: []}},
        {"chargers": []},
        {"chargers": {}, "tally": [], "pairing": 4},
        {"chargers": {}, "tally": {"since_s": "now"}, "pairing": {CHARGER_ID: [1]}},
        [],
    ],
)
async def test_junk_in_the_store_is_forgotten(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    stored: object,
) -> None:
    key = f"{DOMAIN}.{ENTRY_ID}"
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": stored}
    home = Home(hass, freezer, make_entry())
    await start(home)

    assert home.set_a > 0


async def test_a_decision_that_fails_leaves_the_chargers_as_a_lost_meter(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is told once, with a repair; all goes on by itself when it works again."""
    events = async_capture_events(hass, "ev_lb_decision_failed")
    home = Home(hass, freezer, make_entry())
    await home.start_charging()
    decider = home.entry.runtime_data.controller.decider

    def fail(*_: object) -> None:
        raise OverflowError("too large")

    with monkeypatch.context() as patch:
        patch.setattr(decider, "decide", fail)
        await home.pass_time(3, 3000 + 18 * 230)
        assert home.told_a == 0
        assert len(events) == 1
        assert events[0].data["error"] == "OverflowError: too large"
        assert is_told(home, "decision_failed", "site")
        assert (
            f"ev_lb_decision_failed_{ENTRY_ID}" in hass.data["persistent_notification"]
        )

    await home.pass_time(240, 3000)
    assert home.told_a > 0
    assert not is_told(home, "decision_failed", "site")
    assert (
        f"ev_lb_decision_failed_{ENTRY_ID}" not in hass.data["persistent_notification"]
    )


async def test_refused_commands_are_a_repair_until_one_is_taken(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Nothing measures this charger: only its refusals tell."""
    home = Home(hass, freezer, make_entry())
    await home.start_charging()
    home.failing = True
    await home.pass_time(40, 9000 + 18 * 230)
    assert is_told(home, "commands_refused", CHARGER_ID)

    home.failing = False
    await home.pass_time(60, 9000)
    assert not is_told(home, "commands_refused", CHARGER_ID)
