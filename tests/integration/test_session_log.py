"""What cars had is shown, told of, and kept: over restarts, kills and broken files."""

import csv
from datetime import datetime
import io
import json
from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed_exact,
)

from custom_components.ev_lb.accounting.tariff import Tariff

from .homes import (
    CHARGER_ID,
    CURRENTS,
    ENTRY_ID,
    MEASURED,
    PHASE_SITE,
    STATUS,
    TELLING_CHARGER,
    Home,
    make_entry,
)

PRICE = "sensor.price"
SECOND_KWH = 10 * 690 / 3.6e6
ACCOUNTS, SESSIONS = f"ev_lb.{ENTRY_ID}.accounts", f"ev_lb.{ENTRY_ID}.sessions"


def make_home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return a home with a charger that tells all, and a price."""
    freezer.move_to("2026-11-30 12:00:00+00:00")
    entry = make_entry(
        {**PHASE_SITE, "can_export": True}, {"price_entity": PRICE}, TELLING_CHARGER
    )
    return Home(hass, freezer, entry)


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    await hass.config.async_update(currency="EUR")
    home = make_home(hass, freezer)
    await home.install_charger(10)
    show(home, "charging", 10.0)
    hass.states.async_set(PRICE, "0.3", {"unit_of_measurement": "EUR/kWh"})
    await home.start()
    await charge(home, 1)
    return home


def show(home: Home, status: str, drawn_a: float, grid_a: float = 12.0) -> None:
    home.hass.states.async_set(STATUS, status)
    home.hass.states.async_set(MEASURED, str(drawn_a), {"unit_of_measurement": "A"})
    for entity_id in CURRENTS:
        home.meter(grid_a, "A", entity_id)


async def charge(home: Home, seconds: int, grid_a: float = 12.0) -> None:
    """Let the car charge with 10 A on three phases."""
    for _ in range(seconds):
        show(home, "charging", 10.0, grid_a)
        await home.pass_time(1)


async def leave(home: Home) -> None:
    show(home, "disconnected", 0.0)
    await home.pass_time(2)


def shown(home: Home, key: str) -> float:
    return float(home.charger_state("sensor", key))


async def restart(home: Home) -> None:
    assert await home.hass.config_entries.async_reload(ENTRY_ID)
    await home.hass.async_block_till_done()


async def test_the_sensors_add_up_what_flowed(home: Home) -> None:
    await charge(home, 120)
    energy_kwh = shown(home, "total_energy")
    assert energy_kwh == pytest.approx(120 * SECOND_KWH, abs=31 * SECOND_KWH)
    assert shown(home, "grid_energy") == energy_kwh
    assert shown(home, "solar_energy") == 0
    assert shown(home, "charging_power") == 6900
    for key in ("total_cost", "session_cost"):
        assert shown(home, key) == pytest.approx(energy_kwh * 0.3, abs=1e-3)
    assert shown(home, "session_price") == pytest.approx(0.3)
    state = home.hass.states.get(home.entity_id("sensor", "session_price", CHARGER_ID))
    assert state is not None
    assert state.attributes["unit_of_measurement"] == "EUR/kWh"
    await charge(home, 60, grid_a=5.0)
    assert shown(home, "solar_energy") > 0


async def test_the_time_that_is_left_follows_what_is_needed(home: Home) -> None:
    assert home.charger_state("sensor", "remaining_time") == "unknown"
    await home.hass.services.async_call(
        "ev_lb", "set_plan", {"energy_kwh": 6.9}, blocking=True
    )
    await charge(home, 2)
    assert shown(home, "remaining_time") == 60


async def test_a_session_that_is_over_is_told_with_its_figures(home: Home) -> None:
    told = async_capture_events(home.hass, "ev_lb_session_finished")
    await charge(home, 100)
    await leave(home)
    (event,) = told
    row = event.data
    assert (row["entry_id"], row["charger_id"]) == (ENTRY_ID, CHARGER_ID)
    assert (row["charger"], row["currency"]) == ("Garage", "EUR")
    assert row["energy_kwh"] == pytest.approx(101 * SECOND_KWH, rel=0.05)
    assert row["cost"] == pytest.approx(row["energy_kwh"] * 0.3, rel=0.01)
    assert row["saved"] == pytest.approx(0, abs=1e-3)
    assert datetime.fromisoformat(row["started"]).utcoffset() is not None
    assert home.charger_state("event", "incident") != "unknown"


async def test_a_blink_of_the_plug_is_no_session(home: Home) -> None:
    told = async_capture_events(home.hass, "ev_lb_session_finished")
    await leave(home)
    show(home, "connected", 0.0)
    await home.pass_time(2)
    await leave(home)
    assert told == []


async def test_sums_and_sessions_come_back_after_a_reload(home: Home) -> None:
    await charge(home, 60)
    await leave(home)
    await charge(home, 60)
    before = home.entry.runtime_data.controller.sessions.account(CHARGER_ID)
    stay = home.entry.runtime_data.controller.sessions.of(CHARGER_ID).stay
    await restart(home)
    runtime = home.entry.runtime_data
    after = runtime.controller.sessions.account(CHARGER_ID)
    assert after.total == pytest.approx(before.total, abs=1e-5)
    assert after.months.keys() == before.months.keys() == {"2026-11"}
    assert shown(home, "total_energy") == pytest.approx(before.total.energy_kwh, 1e-2)
    assert len(runtime.session_log.entries) == 1
    again = runtime.controller.sessions.of(CHARGER_ID).stay
    assert again.started_s == stay.started_s
    assert again.amounts == pytest.approx(stay.amounts, abs=1e-5)


async def test_a_killed_process_forgets_less_than_a_minute(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    for _ in range(4):
        await charge(home, 37)
        now = home.entry.runtime_data.controller.sessions.account(CHARGER_ID).total
        kept = hass_storage[ACCOUNTS]["data"]["accounts"][CHARGER_ID]["total"]
        assert now.energy_kwh - sum(kept[:3]) < 60 * SECOND_KWH


async def test_a_session_is_on_the_disk_as_soon_as_it_is_over(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    await charge(home, 60)
    await leave(home)
    (row,) = hass_storage[SESSIONS]["data"]["sessions"]
    assert row["charger_id"] == CHARGER_ID
    assert not hass_storage[ACCOUNTS]["data"]["stays"][CHARGER_ID]["connected"]


async def test_who_left_while_nobody_ran_is_logged_then(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    await charge(home, 60)
    assert await home.hass.config_entries.async_unload(ENTRY_ID)
    home.freezer.tick(4 * 3600)
    show(home, "disconnected", 0.0)
    assert await home.hass.config_entries.async_setup(ENTRY_ID)
    await home.pass_time(2)
    (entry,) = home.entry.runtime_data.session_log.entries
    assert entry.stay.length_s == pytest.approx(60, abs=5)
    assert entry.stay.amounts.energy_kwh == pytest.approx(60 * SECOND_KWH, rel=0.05)


@pytest.mark.parametrize("key", [ACCOUNTS, SESSIONS])
@pytest.mark.parametrize(
    "stored",
    [
        {"version": 9, "minor_version": 1, "data": {"accounts": {}}},
        {"version": 1, "minor_version": 1, "data": [1, 2]},
        {"version": 1, "minor_version": 1},
        {"version": "new", "data": {}},
    ],
)
async def test_a_file_that_nobody_can_read_is_set_aside_and_told_of(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    tmp_path: Path,
    key: str,
    stored: dict[str, Any],
) -> None:
    hass.config.config_dir = str(tmp_path)
    (tmp_path / ".storage").mkdir()
    (tmp_path / ".storage" / key).write_text("as it was", encoding="utf-8")
    hass_storage[key] = {"key": key, **stored}
    home = make_home(hass, freezer)
    await home.install_charger(10)
    show(home, "charging", 10.0)
    await home.start()
    await charge(home, 60)
    assert home.set_a > 0
    assert shown(home, "total_energy") > 0
    (aside,) = (tmp_path / ".storage").glob("*.set_aside_*")
    assert aside.name.startswith(key)
    assert aside.read_text(encoding="utf-8") == "as it was"
    await restart(home)
    issues = ir.async_get(hass).issues.values()
    told = [row for row in issues if row.translation_key == "session_file_set_aside"]
    assert [row.translation_placeholders for row in told] == [
        {"site": "Home", "file": aside.name}
    ]


async def test_energy_is_written_down_while_it_flows(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    """The small file is written each half minute, the long one only at an end."""
    await charge(home, 40)
    assert ACCOUNTS in hass_storage
    assert SESSIONS not in hass_storage
    async_fire_time_changed_exact(home.hass)
    assert len(str(hass_storage[ACCOUNTS])) < 2000


async def test_without_a_price_there_are_no_costs(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = make_home(hass, freezer)
    home.entry = make_entry({**PHASE_SITE}, {}, TELLING_CHARGER)
    await home.install_charger(10)
    show(home, "charging", 10.0)
    await home.start()
    await charge(home, 40)
    assert shown(home, "total_energy") > 0
    with pytest.raises(AssertionError, match="total_cost"):
        home.entity_id("sensor", "total_cost", CHARGER_ID)


async def ask(home: Home, action: str, **data: Any) -> dict[str, Any]:
    answer = await home.hass.services.async_call(
        "ev_lb", action, data, blocking=True, return_response=True
    )
    assert answer is not None
    return json.loads(json.dumps(answer))  # type: ignore[no-any-return]


async def test_sessions_months_and_sums_are_answered(home: Home) -> None:
    for seconds in (60, 100):
        await charge(home, seconds)
        await leave(home)
    (site,) = (await ask(home, "get_sessions"))["sites"]
    assert (site["entry_id"], site["currency"]) == (ENTRY_ID, "EUR")
    newest, oldest = site["sessions"]
    assert newest["energy_kwh"] > oldest["energy_kwh"] > 0
    assert newest["meter_start_kwh"] == pytest.approx(oldest["meter_stop_kwh"], 1e-2)
    assert [row["month"] for row in site["months"]] == ["2026-11"]
    sums = [row["energy_kwh"] for row in (newest, oldest)]
    assert site["total"]["energy_kwh"] == pytest.approx(sum(sums), rel=0.02)
    (charger,) = site["chargers"]
    assert charger["name"] == "Garage"
    assert charger["total"] == site["total"]


async def test_sessions_are_picked_by_charger_and_time(home: Home) -> None:
    await charge(home, 60)
    await leave(home)
    device = dr.async_get(home.hass).async_get_device_by_identifier(
        ("ev_lb", CHARGER_ID), ENTRY_ID
    )
    assert device is not None

    async def found(**data: Any) -> int:
        return len((await ask(home, "get_sessions", **data))["sites"][0]["sessions"])

    assert await found(device_id=device.id) == 1
    assert await found(start="2026-11-30 11:00:00+00:00") == 1
    assert await found(start="2026-11-30 13:00:00+00:00") == 0
    assert await found(end="2026-11-30 11:00:00+00:00") == 0
    with pytest.raises(ServiceValidationError, match="nobody"):
        await found(device_id="nobody")


async def test_a_file_of_sessions_can_be_read(home: Home) -> None:
    await charge(home, 60)
    await leave(home)
    answer = await ask(home, "export_sessions")
    assert answer["sessions"] == 1
    (row,) = csv.DictReader(io.StringIO(answer["csv"]))
    assert row["Charging point"] == "Garage"
    assert float(row["Energy (kWh)"]) == pytest.approx(61 * SECOND_KWH, rel=0.05)
    assert float(row["Cost"]) == pytest.approx(float(row["Energy (kWh)"]) * 0.3, 0.01)
    assert datetime.fromisoformat(row["Created"]).utcoffset() is not None
    assert re.fullmatch(r"0:01:0\d", row["Duration"])


async def test_what_cannot_be_counted_stops_no_car(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> Tariff:
        raise OverflowError("no price is that high")

    outlook = home.entry.runtime_data.outlook
    home.entry.runtime_data.controller.sessions.tariff = fail
    await charge(home, 40)
    assert home.set_a > 0
    assert caplog.text.count("What the cars had cannot be counted") == 1
    before_kwh = shown(home, "total_energy")
    home.entry.runtime_data.controller.sessions.tariff = outlook.tariff
    await charge(home, 40)
    assert shown(home, "total_energy") > before_kwh
