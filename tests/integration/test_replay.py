"""Recorded history, asked for as an action with a response."""

from asyncio import gather
from datetime import datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.const import (
    GROUP_ID_ADMIN,
    GROUP_ID_READ_ONLY,
    GROUP_ID_USER,
)
from homeassistant.components.recorder import Recorder
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.util import dt as dt_util
import probatio
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.ev_lb.chargers.facts import PHASE_ROLES

from .homes import CURRENTS, ENTRY_ID, MEASURED, POWER, STATUS, Home, make_entry
from .ocpp_homes import CHARGER as OCPP_CHARGER, SITE, OcppHome
from .test_families import home_of

VOLTAGE_V = 230.0
FUSE_A = 32.0
CAR_A = 16.0
CHARGER: dict[str, Any] = {
    "measured_current_entity": MEASURED,
    "status_entity": STATUS,
    "charging_states": ["charging"],
    "connected_states": ["connected"],
    "disconnected_states": ["free"],
    "max_current_a": CAR_A,
}


@pytest.fixture
async def home(
    recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> Home:
    """Return a home whose balancer is switched off."""
    home = Home(hass, freezer, make_entry(options={"enabled": False}, charger=CHARGER))
    home.freezer.move_to("2026-11-20 18:00:00+00:00")
    await home.install_charger(CAR_A)
    hass.states.async_set(STATUS, "connected")
    home.meter(2000)
    hass.states.async_set(MEASURED, "0", {"unit_of_measurement": "A"})
    await home.start()
    return home


async def live(home: Home, seconds: int, house_w: float, car_a: float) -> None:
    """Let house and car draw this, as meter and charger tell each second."""
    for _ in range(seconds):
        home.freezer.tick(timedelta(seconds=1))
        home.hass.states.async_set(MEASURED, str(car_a), {"unit_of_measurement": "A"})
        home.hass.states.async_set(STATUS, "charging" if car_a else "connected")
        home.meter(round(house_w + car_a * VOLTAGE_V))
        async_fire_time_changed(home.hass)
        await home.hass.async_block_till_done()


async def replay(home: Home, *, context: Context | None = None, **data: Any) -> Any:
    await async_wait_recording_done(home.hass)
    return await home.hass.services.async_call(
        "ev_lb",
        "replay",
        {"entry_id": ENTRY_ID, **data},
        blocking=True,
        return_response=True,
        context=context,
    )


async def test_it_tells_what_control_would_have_changed(home: Home) -> None:
    await live(home, 5, 2000, CAR_A)
    start = dt_util.utcnow()
    await live(home, 120, 2000, CAR_A)
    # Together that is 37.7 A, for which 32 A are too little.
    await live(home, 60, 5000, CAR_A)
    await live(home, 120, 2000, CAR_A)

    response = await replay(home, start=start)

    before, after = response["as_it_was"], response["with_ev_load_balancer"]
    assert before["longest_car_overload_s"] == 60
    assert before["car_overload_as"] == pytest.approx(60 * (5000 / 230 + 16 - 32), 0.01)
    assert 0 < after["longest_car_overload_s"] <= 10
    assert before["energy_kwh"]["Garage"] == pytest.approx(16 * 230 * 300 / 3.6e6, 0.02)
    assert 0 < after["energy_kwh"]["Garage"] < before["energy_kwh"]["Garage"]
    cut, *_, raised = response["commands"]
    assert (cut["before_a"], cut["current_a"], cut["charger"]) == (16, 10, "Garage")
    assert cut["limiting_factor"] == "fuse"
    cut_after = datetime.fromisoformat(cut["time"]) - start
    assert timedelta(seconds=120) <= cut_after <= timedelta(seconds=123)
    assert raised["current_a"] == 16
    assert any(
        "set-points would have been sent" in line for line in response["summary"]
    )
    assert home.told_a == CAR_A, "nothing is commanded"


async def test_an_import_limit_holds_in_its_hours(home: Home) -> None:
    """By the clocks of the home, on a history that begins at any time."""
    start = dt_util.utcnow()
    await live(home, 180, 2000, CAR_A)
    begins, ends = (
        dt_util.as_local(start + timedelta(seconds=60 * minutes)) for minutes in (1, 2)
    )
    limit = {
        "from": f"{begins:%H:%M:%S}",
        "until": f"{ends:%H:%M:%S}",
        "weekdays": [f"{begins:%a}".lower()],
        "power_w": 4600.0,
    }
    options = {**home.entry.options, "import_windows": [limit]}
    home.hass.config_entries.async_update_entry(home.entry, options=options)
    await home.hass.async_block_till_done()

    commands = (await replay(home, start=start))["commands"]
    _, cut, raised = commands

    assert cut["limiting_factor"] == "import_cap"
    assert cut["current_a"] == 11
    assert datetime.fromisoformat(cut["time"]) == begins
    assert raised["current_a"] == 16
    assert datetime.fromisoformat(raised["time"]) >= ends


async def test_a_lost_meter_stays_lost(home: Home) -> None:
    await live(home, 5, 2000, CAR_A)
    start = dt_util.utcnow()
    await live(home, 30, 2000, CAR_A)
    home.hass.states.async_set(POWER, "unavailable")
    await home.pass_time(60)
    await live(home, 30, 2000, CAR_A)

    response = await replay(home, start=start, end=dt_util.utcnow())

    after = response["with_ev_load_balancer"]
    assert after["meter_lost_s"] == pytest.approx(61, abs=2)
    assert [row["limiting_factor"] for row in response["commands"]] == ["meter_lost"]
    assert response["commands"][0]["current_a"] == 0


async def test_without_a_measured_current_the_set_point_stands_for_it(
    recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to("2026-11-20 18:00:00+00:00")
    states = {
        key: value for key, value in CHARGER.items() if key != "measured_current_entity"
    }
    home = Home(hass, freezer, make_entry(charger=states))
    await home.install_charger()
    hass.states.async_set(STATUS, "connected")
    home.meter(2000)
    await home.start()
    start = dt_util.utcnow()
    await live(home, 60, 2000, CAR_A)

    response = await replay(home, start=start)

    was = response["as_it_was"]
    assert was["energy_kwh"]["Garage"] == pytest.approx(16 * 230 * 59 / 3.6e6, 0.05)


async def test_an_ocpp_charger_is_measured_by_its_own_sensors(
    recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to("2026-11-20 18:00:00+00:00")
    options = {"service_current_a": 25.0}
    home = OcppHome(hass, freezer, make_entry(SITE, options, OCPP_CHARGER))
    home.put_up()
    # Less than the 16 A that it is set to.
    home.point.outlets[1].car_a = 10.0
    await home.start()
    await home.live(90)
    assert home.point.drawn_a() == 10
    start = dt_util.utcnow()
    await home.live(60)

    response = await replay(home, start=start)

    was = response["as_it_was"]
    assert was["energy_kwh"]["Garage"] == pytest.approx(3 * 10 * 230 * 60 / 3.6e6, 0.05)


async def test_a_known_charger_is_measured_by_its_own_sensors(
    recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to("2026-11-20 18:00:00+00:00")
    home = await home_of(hass, freezer, "lektrico")
    # Less than the 16 A that it is set to.
    sensors = [home.charger.ids[role] for role in PHASE_ROLES]
    ampere = {"unit_of_measurement": "A"}
    for entity_id in sensors:
        hass.states.async_set(entity_id, "10", ampere)
    start = dt_util.utcnow()
    for second in range(60):
        for entity_id in sensors:
            hass.states.async_set(entity_id, "10", ampere | {"second": second})
        for entity_id in CURRENTS:
            home.meter(15 + 0.001 * second, "A", entity_id)
        await home.pass_time(1)

    response = await replay(home, start=start)

    was = response["as_it_was"]
    assert was["energy_kwh"]["Garage"] == pytest.approx(3 * 10 * 230 * 60 / 3.6e6, 0.05)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"start": "2026-11-18 12:00:00"}, "At most 24 h"),
        ({"start": "2027-01-01 00:00:00"}, "must be after the start"),
        (
            {"start": "2026-11-20 01:00:00+00:00", "end": "2026-11-20 02:00:00+00:00"},
            r"knows nothing of the meter \(total\)",
        ),
    ],
)
async def test_what_cannot_be_replayed_is_refused(
    home: Home, data: dict[str, Any], message: str
) -> None:
    with pytest.raises(ServiceValidationError, match=message):
        await replay(home, **data)


async def test_one_replay_runs_at_a_time(home: Home) -> None:
    """All others are refused; the next one runs once it is done."""
    # Long enough that the first still runs when the last one asks.
    await live(home, 300, 2000, CAR_A)
    start = (dt_util.utcnow() - timedelta(seconds=290)).isoformat()

    answers = await gather(
        *(replay(home, start=start) for _ in range(40)), return_exceptions=True
    )

    refused = [row for row in answers if isinstance(row, ServiceValidationError)]
    assert {row.translation_key for row in refused} == {"replay_running"}
    # One that asks once the first is done may run: not all of them ask at one moment.
    assert [row for row in answers if isinstance(row, Exception)] == refused
    assert len(refused) > 20
    assert await replay(home, start=start)


async def test_a_replay_that_fails_makes_way_for_the_next(home: Home) -> None:
    span = {"start": "2026-11-20 01:00:00+00:00", "end": "2026-11-20 02:00:00+00:00"}
    for _ in range(2):
        with pytest.raises(ServiceValidationError, match="knows nothing"):
            await replay(home, **span)


@pytest.mark.parametrize(
    ("group", "allowed"),
    [(GROUP_ID_ADMIN, True), (GROUP_ID_USER, False), (GROUP_ID_READ_ONLY, False)],
)
async def test_only_administrators_replay(
    home: Home, group: str, allowed: bool
) -> None:
    # The first user of all is the owner, who may do everything.
    await home.hass.auth.async_create_user("owner")
    user = await home.hass.auth.async_create_user("somebody", group_ids=[group])
    await live(home, 30, 2000, CAR_A)
    start = (dt_util.utcnow() - timedelta(seconds=20)).isoformat()

    if allowed:
        await replay(home, context=Context(user_id=user.id), start=start)
        return
    with pytest.raises(Unauthorized):
        await replay(home, context=Context(user_id=user.id), start=start)


async def test_a_span_must_be_given(home: Home) -> None:
    with pytest.raises(probatio.Invalid):
        await replay(home)


async def test_without_a_recorder_there_is_nothing_to_replay(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = Home(hass, freezer, make_entry())
    await home.start_charging()

    with pytest.raises(ServiceValidationError, match="recorder of Home Assistant"):
        await hass.services.async_call(
            "ev_lb",
            "replay",
            {"entry_id": ENTRY_ID, "start": dt_util.utcnow() - timedelta(minutes=1)},
            blocking=True,
            return_response=True,
        )
