"""The double stacks profiles as OCPP 1.6 says: what rests on it can be trusted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .charging_profiles import (
    DEFAULT,
    MAXIMUM,
    OF_TRANSACTION,
    ChargingProfiles,
    Profile,
    Transaction,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CHARGE = Transaction(7, NOON - timedelta(hours=1))


def profile(
    limit: float,
    purpose: str = DEFAULT,
    *,
    number: int = 1,
    level: int = 0,
    **more: Any,
) -> Profile:
    schedule = {
        "chargingRateUnit": more.pop("unit", "A"),
        "chargingSchedulePeriod": more.pop(
            "periods", [{"startPeriod": 0, "limit": limit}]
        ),
    }
    for key in ("duration", "startSchedule"):
        if key in more:
            schedule[key] = more.pop(key)
    return {
        "chargingProfileId": number,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": more.pop("kind", "Relative"),
        "chargingSchedule": schedule,
        **more,
    }


def told(*profiles: Profile, connector: int = 1) -> ChargingProfiles:
    found = ChargingProfiles()
    for row in profiles:
        place = 0 if row["chargingProfilePurpose"] == MAXIMUM else connector
        found.install(place, row, NOON, NOON)
    return found


def limit_a(profiles: ChargingProfiles, after_s: float = 0, **more: Any) -> Any:
    connector = more.pop("connector", 1)
    now = NOON + timedelta(seconds=after_s)
    return profiles.limit_a(connector, now, **{"phases": 3, **more})


def test_without_profiles_there_is_no_limit() -> None:
    assert limit_a(ChargingProfiles()) is None


def test_of_one_purpose_the_highest_level_that_holds_counts() -> None:
    profiles = told(
        profile(6, number=1, level=1), profile(20, number=2, level=2, duration=60)
    )
    assert limit_a(profiles, 59) == 20
    assert limit_a(profiles, 60) == 6


@pytest.mark.parametrize(("number", "level", "left"), [(1, 5, 1), (9, 3, 1), (9, 5, 2)])
def test_the_same_id_or_level_is_replaced(number: int, level: int, left: int) -> None:
    profiles = told(profile(6, number=1, level=3))
    profiles.install(1, profile(10, number=number, level=level), NOON, NOON)
    assert len(list(profiles)) == left
    assert limit_a(profiles) == 10


def test_a_charge_has_its_own_profile_over_the_default() -> None:
    profiles = told(
        profile(6, number=1, level=5),
        profile(20, OF_TRANSACTION, number=2, transactionId=7),
    )
    assert limit_a(profiles) == 6
    assert limit_a(profiles, transaction=CHARGE) == 20
    assert limit_a(profiles, transaction=Transaction(8, NOON)) == 6
    profiles.end_transaction(1)
    assert limit_a(profiles, transaction=CHARGE) == 6


def test_the_station_caps_every_charge() -> None:
    profiles = told(
        profile(8, MAXIMUM, number=1), profile(20, OF_TRANSACTION, number=2)
    )
    assert limit_a(profiles, transaction=CHARGE) == 8


def test_a_default_of_the_station_holds_for_each_connector_without_its_own() -> None:
    profiles = told(profile(10, number=1), connector=0)
    profiles.install(2, profile(16, number=2), NOON, NOON)
    assert limit_a(profiles, connector=1) == 10
    assert limit_a(profiles, connector=2) == 16


def test_times_of_day_and_of_validity() -> None:
    absolute = {"kind": "Absolute", "startSchedule": "2026-11-21T11:59:00Z"}
    assert limit_a(told(profile(9, **absolute))) == 9
    assert limit_a(told(profile(9, **absolute, duration=60))) is None
    assert limit_a(told(profile(9, validFrom="2026-11-21T12:00:10Z"))) is None
    ending = told(profile(9, validTo="2026-11-21T12:00:10Z"))
    assert (limit_a(ending, 9), limit_a(ending, 10)) == (9, None)
    daily = profile(
        9,
        kind="Recurring",
        recurrencyKind="Daily",
        startSchedule="2026-11-01T11:59:00Z",
        duration=120,
    )
    assert (limit_a(told(daily)), limit_a(told(daily), 60)) == (9, None)


def test_periods_and_power() -> None:
    periods = [{"startPeriod": 0, "limit": 6}, {"startPeriod": 30, "limit": 12}]
    steps = told(profile(0, periods=periods))
    assert (limit_a(steps, 29), limit_a(steps, 30)) == (6, 12)
    power = told(profile(6900, unit="W"))
    assert limit_a(power) == 10
    assert limit_a(power, phases=1) == 30


def test_a_relative_one_begins_with_the_charge() -> None:
    profiles = told(profile(9, duration=60))
    later = Transaction(7, NOON + timedelta(seconds=100))
    assert limit_a(profiles, 150, transaction=later) == 9
    assert limit_a(profiles, 160, transaction=later) is None


def test_what_is_meant_is_removed() -> None:
    profiles = told(profile(6, number=1), profile(9, number=2, level=3))
    assert not profiles.remove({"id": 5})
    assert profiles.remove({"connectorId": 1, "stackLevel": 3})
    assert limit_a(profiles) == 6
    assert profiles.remove({})
    assert limit_a(profiles) is None
