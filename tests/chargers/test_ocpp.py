"""OCPP charge points behind an integration whose answers prove nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from copy import replace
from datetime import UTC, datetime
from json import JSONDecodeError
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import probatio
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.ev_lb.chargers.driver import CommandError, DriverProblem
from custom_components.ev_lb.chargers.ocpp import OcppDriver
from custom_components.ev_lb.chargers.ocpp_clock import Lease
from custom_components.ev_lb.chargers.ocpp_others import Others
from custom_components.ev_lb.chargers.ocpp_profile import (
    RateUnit,
    Validity,
    base_profile,
    limit_profile,
)
from custom_components.ev_lb.chargers.ocpp_station import (
    Connector,
    async_rate_unit,
    async_stack_level,
    connectors,
)
from custom_components.ev_lb.engine.model import ChargerStatus, Reading
from tests.doubles.ocpp_integration import MUTE, ChargePoint, OcppIntegration
from tests.doubles.ocpp_station import ENERGY

from .rigs import SETTINGS, OcppRig

type MakeRig = Callable[..., OcppRig]

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
async def make_rig(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> AsyncIterator[MakeRig]:
    """Return what puts a charge point up."""
    rigs: list[OcppRig] = []

    def make(**options: Any) -> OcppRig:
        rigs.append(OcppRig(hass, freezer, **options))
        return rigs[-1]

    yield make
    for rig in rigs:
        await rig.close()


def limit_of(profile: dict[str, Any]) -> tuple[str, float]:
    schedule = profile["chargingSchedule"]
    return (
        schedule["chargingRateUnit"],
        schedule["chargingSchedulePeriod"][0]["limit"],
    )


def test_a_lease_ends_at_a_time_whatever_the_clocks_differ() -> None:
    profile = limit_profile(SETTINGS, 2, 10.09, phases=3, now=NOW)

    assert profile == {
        "chargingProfileId": 8202,
        "stackLevel": 8,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "validTo": "2026-11-20T12:02:00Z",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "startSchedule": "2026-11-20T11:59:00Z",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0}],
        },
    }


def test_a_lease_ends_after_a_duration() -> None:
    settings = replace(SETTINGS, validity=Validity.RELATIVE)
    profile = limit_profile(settings, 1, 16, phases=3, now=NOW)

    assert profile["chargingProfileKind"] == "Relative"
    assert profile["chargingSchedule"]["duration"] == 120
    assert "validTo" not in profile


def test_the_base_lies_below_and_lasts() -> None:
    profile = base_profile(SETTINGS, 1, 6.0)

    assert (profile["stackLevel"], limit_of(profile)) == (7, ("A", 6.0))
    assert profile["chargingProfileKind"] == "Relative"
    assert "duration" not in profile["chargingSchedule"]


def test_a_power_is_no_more_than_the_current() -> None:
    settings = replace(SETTINGS, rate_unit=RateUnit.POWER)

    assert limit_of(limit_profile(settings, 1, 10.1, phases=3, now=NOW)) == ("W", 6969)
    assert limit_of(limit_profile(settings, 1, 10.1, phases=1, now=NOW)) == ("W", 2323)
    assert limit_of(base_profile(settings, 1, 6.0)) == ("W", 1380)


@pytest.mark.parametrize(
    ("units", "unit"),
    [
        ("Current,Power", RateUnit.CURRENT),
        ("Current", RateUnit.CURRENT),
        ("Power", RateUnit.POWER),
        ("", RateUnit.CURRENT),
    ],
)
async def test_the_charger_is_asked_for_its_unit(
    hass: HomeAssistant, units: str, unit: RateUnit
) -> None:
    OcppIntegration(hass, ChargePoint(rate_units=units))
    assert await async_rate_unit(hass, "garage") is unit


@pytest.mark.parametrize(("told", "level"), [("8", 8), ("0", 0), ("", 1), ("-1", 0)])
async def test_the_charger_is_asked_for_its_stack(
    hass: HomeAssistant, told: str, level: int
) -> None:
    OcppIntegration(hass, ChargePoint(max_stack_level=told))
    assert await async_stack_level(hass, "garage") == level


async def test_who_cannot_be_asked_has_careful_answers(hass: HomeAssistant) -> None:
    assert await async_stack_level(hass, "garage") == 1
    assert await async_rate_unit(hass, "garage") is RateUnit.CURRENT


async def test_all_connectors_are_found(hass: HomeAssistant) -> None:
    OcppIntegration(
        hass, ChargePoint(), ChargePoint(cpid="yard", number_of_connectors=2)
    )
    found = {
        (row.cpid, row.number): sorted(row.entities) for row, _ in connectors(hass)
    }

    assert set(found) == {("garage", 1), ("yard", 1), ("yard", 2)}
    assert all(len(keys) == 8 for keys in found.values())


async def test_a_refusal_that_answers_well_is_found_out(make_rig: MakeRig) -> None:
    rig = make_rig()
    await rig.wish(16)
    rig.refuse(True)
    await rig.wish(8, 10)
    assert rig.sender.pending
    assert not rig.failures

    await rig.pass_time(6)
    assert "it shows more after it was told 8 A" in str(rig.failures[0])


async def test_a_charger_that_ignores_commands_is_told_until_it_obeys(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    await rig.wish(16)
    rig.ignore(True)
    await rig.wish(8, 60)
    assert rig.charger_a == 16
    assert rig.sender.accepted is not None
    assert rig.sender.accepted.value == 16

    rig.ignore(False)
    await rig.pass_time(40)
    assert rig.charger_a == 8
    assert not rig.sender.pending


async def test_a_late_charger_is_waited_for(make_rig: MakeRig) -> None:
    rig = make_rig()
    await rig.wish(16)
    rig.point.late_s = 9
    await rig.wish(8, 5)
    assert rig.sender.pending

    await rig.pass_time(10)
    assert not rig.sender.pending
    assert not rig.failures


async def test_what_a_car_draws_proves_it_where_nothing_tells_the_offer(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(changes={"tells_offered": False})
    await rig.wish(16)
    assert not rig.sender.pending

    rig.refuse(True)
    await rig.wish(8, 30)
    assert rig.failures


async def test_a_charger_that_cannot_be_asked_reports_in_its_own_time(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(changes={"can_be_asked": False})
    await rig.pass_time(1)
    await rig.wish(16, 50)
    assert rig.sender.pending
    assert not rig.failures

    rig.point.meter_values()
    await rig.pass_time(1)
    assert not rig.sender.pending


async def test_a_lease_without_proof_is_renewed_all_the_same(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(changes={"can_be_asked": False})
    await rig.pass_time(1)
    await rig.wish(0, 60)
    assert rig.sender.pending
    await rig.wish(0, 119)

    assert rig.charger_a == 0
    assert rig.sender.accepted is None


async def test_a_charger_without_a_meter_is_believed_after_a_while(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(
        changes={"tells_offered": False, "can_be_asked": False, "measures": ENERGY}
    )
    await rig.wish(10, 10)
    assert rig.sender.pending

    await rig.pass_time(10)
    assert not rig.sender.pending
    assert not rig.failures
    assert rig.charger_a == 10


async def let_go_by(rig: OcppRig, seconds: int) -> None:
    """Let time go by without waiting for calls that hang."""
    for _ in range(seconds):
        rig.freezer.tick(1)
        rig.point.ping()
        rig.point.catch_up()
        async_fire_time_changed(rig.hass)
        for _ in range(10):
            await asyncio.sleep(0)


async def test_a_mute_charger_does_not_hold_up_the_next_command(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    await rig.wish(16)

    rig.point.answers = MUTE
    rig.sender.wish(8)
    await let_go_by(rig, 100)
    assert rig.sender.pending
    assert "it shows nothing after it was told 8 A" in str(rig.failures[0])

    rig.refuse(False)
    await let_go_by(rig, 30)
    assert rig.charger_a == 8
    assert not rig.sender.pending


@pytest.mark.parametrize("answers_after_s", [4.0, 9.0, 16.0, 20.0])
async def test_a_charger_that_answers_late_gets_each_limit_as_soon_as_it_can(
    make_rig: MakeRig, answers_after_s: float
) -> None:
    rig = make_rig()
    rig.point.answers_after_s = answers_after_s
    rig.sender.wish(16)
    await let_go_by(rig, 60)
    assert rig.charger_a == 16
    assert {profile["stackLevel"] for *_, profile in rig.point.profiles} == {7, 8}

    rig.sender.wish(8)
    # It is asked again and again: no command waits for an answer to that.
    await let_go_by(rig, int(answers_after_s) + 2)
    assert rig.charger_a == 8
    await let_go_by(rig, 40)
    assert not rig.sender.pending


@pytest.mark.parametrize(
    "error",
    [
        HomeAssistantError("unavailable"),
        TimeoutError(),
        IndexError("list index out of range"),
        JSONDecodeError("Expecting value", "", 0),
        probatio.Invalid("extra keys not allowed"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_cut_survives_whatever_the_integration_raises(
    make_rig: MakeRig, error: Exception
) -> None:
    rig = make_rig()
    await rig.wish(16)
    rig.ocpp.error = error
    await rig.wish(8, 5)
    assert rig.sender.pending
    assert rig.failures

    rig.ocpp.error = None
    await rig.pass_time(10)
    assert rig.charger_a == 8
    assert not rig.sender.pending


async def test_nothing_reaches_another_charger(make_rig: MakeRig) -> None:
    rig = make_rig(second=lambda: ChargePoint(cpid="yard"))
    assert rig.other is not None
    rig.go_away()
    await rig.wish(6, 30)

    assert rig.other.offered_a() == 32
    assert rig.ocpp.limits == []


async def test_a_dead_link_shows_by_its_pings(make_rig: MakeRig) -> None:
    rig = make_rig()
    await rig.wish(16, 2)
    rig.point.connected = False
    await rig.pass_time(40)
    assert rig.driver.available

    await rig.pass_time(30)
    assert not rig.driver.available
    assert rig.driver.reported_a is None

    rig.point.connected = True
    rig.point.show("latency_pong", 20000.0)
    assert not rig.driver.available
    rig.point.ping()
    assert rig.driver.available


async def test_a_lease_that_is_not_renewed_ends_at_the_base(make_rig: MakeRig) -> None:
    rig = make_rig()
    await rig.wish(16, 100)
    assert rig.charger_a == 16
    await rig.wish(16, 100)
    assert rig.charger_a == 16

    await rig.pass_time(21)
    assert rig.charger_a == 6


@pytest.mark.parametrize("validity", Validity)
async def test_a_stopped_charger_stays_stopped_while_it_is_renewed(
    make_rig: MakeRig, validity: Validity
) -> None:
    rig = make_rig(settings=replace(SETTINGS, validity=validity))
    for _ in range(4):
        await rig.wish(0, 60)
        assert rig.charger_a == 0


async def test_without_room_for_a_base_a_limit_has_no_end(make_rig: MakeRig) -> None:
    rig = make_rig(
        settings=replace(SETTINGS, stack_level=0), changes={"max_stack_level": "0"}
    )
    await rig.wish(9, 200)

    assert rig.charger_a == 9
    assert [profile["chargingProfileId"] for *_, profile in rig.ocpp.limits] == [8201]


async def test_the_base_is_written_once_until_something_was_lost(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()

    def bases() -> int:
        return sum(
            profile["chargingProfileId"] == 8101 for *_, profile in rig.ocpp.limits
        )

    await rig.wish(16)
    await rig.wish(10)
    assert bases() == 1

    rig.point.profiles.clear()
    rig.point.reconnect()
    assert rig.resend == 1
    await rig.wish(9)
    assert bases() == 2


async def test_a_new_transaction_asks_for_the_limit_again(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.point.show("transaction_id", 0)
    assert rig.resend == 0
    rig.point.show("transaction_id", 2)
    assert rig.resend == 1
    rig.point.show("transaction_id", 2)
    assert rig.resend == 1


async def test_connectors_of_one_station_have_their_own_limits(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(changes={"number_of_connectors": 2})
    await rig.wish(10)

    assert rig.point.offered_a(1) == 10
    assert rig.point.offered_a(2) == 32
    assert {(cpid, number) for cpid, number, _ in rig.ocpp.limits} == {("garage", 1)}


async def test_a_station_has_one_call_at_a_time(make_rig: MakeRig) -> None:
    rig = make_rig(changes={"number_of_connectors": 2, "slow": True})
    connector = Connector.find(rig.hass, "garage", 2)
    other = OcppDriver(rig.hass, connector, SETTINGS, rig.clock.now_s)
    await asyncio.gather(
        rig.driver.async_set_current(10, None), other.async_set_current(8, None)
    )

    assert (rig.point.offered_a(1), rig.point.offered_a(2)) == (10, 8)
    assert rig.point.most_waiting == 1


async def test_hidden_connectors_are_named(make_rig: MakeRig) -> None:
    rig = make_rig()
    assert rig.driver.problems == set()
    rig.point.show("connectors", 2)
    assert rig.driver.problems == {DriverProblem.CONNECTORS_HIDDEN}


async def test_a_socket_that_does_not_show_is_away(
    hass: HomeAssistant, make_rig: MakeRig
) -> None:
    rig = make_rig()
    hidden = Connector.find(hass, "garage", 2)
    driver = OcppDriver(hass, hidden, SETTINGS, rig.clock.now_s)
    rig.point.show("connectors", 2)

    assert not driver.available
    assert driver.problems == {DriverProblem.CONNECTORS_HIDDEN}
    with pytest.raises(CommandError, match="away"):
        await driver.async_set_current(6, None)
    assert rig.ocpp.limits == []


async def test_a_leftover_limit_is_named_and_a_reset_clears_it(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    rig.point.leave_limit(8.0)
    await rig.wish(16, 90)
    assert rig.charger_a == 8
    assert rig.driver.problems == {DriverProblem.CAPPED}

    rig.sender.reset()
    await rig.wish(16, 20)
    assert rig.driver.problems == set()
    assert rig.charger_a == 16

    # The base is there again too.
    await rig.pass_time(121)
    assert rig.charger_a == 6


async def test_a_charger_that_clears_late_is_told_again(make_rig: MakeRig) -> None:
    rig = make_rig(changes={"clears_late_s": 3.0})
    await rig.wish(12, 5)
    rig.sender.reset()
    await rig.wish(12, 5)
    assert rig.charger_a == 32

    await rig.pass_time(15)
    assert rig.resend
    await rig.wish(12)
    assert rig.charger_a == 12
    await rig.pass_time(121)
    assert rig.charger_a == 6


async def test_the_car_is_measured_often_whatever_the_interval(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    await rig.wish(16)
    rig.point.outlets[1].car_a = 11.0
    await rig.pass_time(11)

    assert [reading and reading.value for reading in rig.driver.measured_a] == [
        11.0
    ] * 3
    assert rig.driver.status is ChargerStatus.CHARGING

    rig.point.set_status("Available")
    # What is left over from its charge is asked for once more.
    await rig.pass_time(5)
    assert [reading and reading.value for reading in rig.driver.measured_a] == [0.0] * 3
    asked = len(rig.ocpp.calls)
    await rig.pass_time(30)
    assert len(rig.ocpp.calls) == asked
    assert rig.driver.status is ChargerStatus.DISCONNECTED


async def test_a_car_that_follows_is_seen_to(make_rig: MakeRig) -> None:
    rig = make_rig()
    await rig.wish(16, 10)
    rig.point.outlets[1].lagging_a = 16.0
    await rig.wish(8, 1)
    # The charger says that it offers less; the car is still at what it drew.
    assert not rig.sender.pending
    assert [row and row.value for row in rig.driver.measured_a] == [16.0] * 3

    rig.point.outlets[1].lagging_a = None
    await rig.pass_time(4)
    assert [row and row.value for row in rig.driver.measured_a] == [8.0] * 3


async def test_a_suspended_car_still_counts_for_some_seconds(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(changes={"can_be_asked": False})
    rig.point.show("current_import", 16, L1=16, L2=16, L3=16)
    rig.point.set_status("SuspendedEVSE")
    rig.point.show("current_import", 0, L1=16, L2=16, L3=16)

    drawn = [reading and reading.value for reading in rig.driver.measured_a]
    assert drawn == [16, 16, 16]
    await rig.pass_time(11)
    assert [reading and reading.value for reading in rig.driver.measured_a] == [0]


async def test_a_one_phase_car_gets_its_power_on_one_phase(make_rig: MakeRig) -> None:
    rig = make_rig(settings=replace(SETTINGS, rate_unit=RateUnit.POWER))
    rig.point.outlets[1].car_phases = 1
    await rig.wish(10, 1)
    # Told for three phases, all of it flows on one: that is seen, and told again.
    await rig.pass_time(1)
    assert rig.resend == 1
    await rig.wish(10, 20)
    assert rig.charger_a == pytest.approx(10, abs=0.1)


async def test_a_connector_without_entities_is_away(
    hass: HomeAssistant, make_rig: MakeRig
) -> None:
    rig = make_rig()
    assert Connector.find(hass, "nobody", 1).entities == {}
    rig.point.show("status_connector", "unknown")
    assert not rig.driver.available


async def test_a_reset_of_one_connector_tells_the_other_anew(make_rig: MakeRig) -> None:
    """All profiles of a station are cleared, whichever connector is meant."""
    rig = make_rig(changes={"number_of_connectors": 2})
    await rig.wish(16)
    other = OcppDriver(
        rig.hass, Connector.find(rig.hass, "garage", 2), SETTINGS, rig.clock.now_s
    )
    await other.async_reset()
    before = rig.resend
    rig.point.meter_values()
    await rig.pass_time(1)

    assert rig.resend > before


def test_after_a_long_while_an_overruled_limit_is_cleared_as_often_as_at_first() -> (
    None
):
    others = Others(lease_s=120.0, failsafe_a=6.0)
    cleared_s = []
    for now_s in range(0, 3000, 40):
        if others.notice(4.0, float(now_s)):
            others.cleared(float(now_s))
            cleared_s.append(now_s)
    assert cleared_s == [0, 40, 80, 1880, 1920, 1960]


async def test_a_zero_that_was_never_anything_else_measures_nothing(
    make_rig: MakeRig,
) -> None:
    """The integration zeroes a current that the charger never reports, too."""
    rig = make_rig(changes={"measures": ENERGY, "tells_offered": False})
    rig.point.set_status("SuspendedEVSE")
    await rig.pass_time(15)
    rig.point.set_status("Charging")
    await rig.wish(16, 30)
    assert rig.driver.measured_a == ()

    rig.point.show("current_import", 9.0)
    await rig.pass_time(1)
    assert [row.value for row in rig.driver.measured_a if row] == [9.0]
    rig.point.set_status("SuspendedEVSE")
    await rig.pass_time(15)
    assert [row.value for row in rig.driver.measured_a if row] == [0.0]


def test_a_car_that_takes_the_base_by_itself_changes_nothing_for_long() -> None:
    """The other way is tried, and when that shows nothing else, the first one stays."""
    lease = Lease(Validity.ABSOLUTE, 6.0)
    ways = [
        lease.validity
        for second in range(0, 200, 10)
        if lease.notice(Reading(16.0, 0.0), 6.0, float(second))
    ]
    assert ways == [Validity.RELATIVE, Validity.ABSOLUTE]
