"""The charging profiles that OCPP chargers are told: a lease above a base.

Field names, kinds and purposes are those of OCPP 1.6, sections 3.13 and 7.8: of
two profiles of one purpose the one with the higher stack level holds, and where
that is over, the one below it. TxDefaultProfile also covers the next car.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import floor
from typing import Any, Final

BASE_PROFILE_ID: Final = 8100
LEASE_PROFILE_ID: Final = 8200
"""Plus the connector: far from those of the ocpp integration, which begin at 1000."""
# Limits have one decimal in OCPP; 16 A are 159.99… tenths.
TENTH_TOLERANCE: Final = 1e-6
CLOCK_ERROR: Final = timedelta(seconds=60)
"""A charger's clock may be this much behind before a profile begins too late."""


class RateUnit(StrEnum):
    """What a charger counts its limits in."""

    CURRENT = "current"
    POWER = "power"


class Validity(StrEnum):
    """How a profile says when it ends."""

    ABSOLUTE = "absolute"
    """At a time: the charger's clock must be right."""
    RELATIVE = "relative"
    """After a duration, which some chargers count from the start of the charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSettings:
    """How profiles are written for one charger."""

    stack_level: int
    """Of the lease; the base is one below. At 0 there is no room for a base, so a
    profile then holds until the next."""
    rate_unit: RateUnit
    validity: Validity
    lease_s: float
    fallback_current_a: float
    voltage_v: float
    wires: int
    """Phases that the charger is wired to."""

    @property
    def leases(self) -> bool:
        """Return whether a limit ends by itself."""
        return self.stack_level > 0


def on_tenth(current_a: float) -> float:
    """Return a current rounded down to what OCPP can tell, A."""
    return floor(current_a * 10 + TENTH_TOLERANCE) / 10


def base_profile(
    settings: ProfileSettings, connector: int, current_a: float
) -> dict[str, Any]:
    """Return the profile that holds when the lease is over, A.

    Where it is a power, all of it may flow on one phase: the next car's phases are
    not known.
    """
    return _profile(
        settings,
        BASE_PROFILE_ID + connector,
        settings.stack_level - 1,
        current_a,
        phases=1,
    )


def limit_profile(
    settings: ProfileSettings,
    connector: int,
    current_a: float,
    *,
    phases: int,
    now: datetime,
    car_phases: int | None = None,
    validity: Validity | None = None,
) -> dict[str, Any]:
    """Return the profile of a limit, A.

    A power is reckoned with so many phases; `car_phases` are those that the car uses,
    if they are others. `validity` is how it ends, if not as it was set up.
    """
    profile = _profile(
        settings,
        LEASE_PROFILE_ID + connector,
        settings.stack_level,
        current_a,
        phases=phases,
        named=car_phases or phases,
    )
    if not settings.leases:
        return profile
    schedule = profile["chargingSchedule"]
    if (validity or settings.validity) is Validity.RELATIVE:
        schedule["duration"] = round(settings.lease_s)
        return profile
    profile["chargingProfileKind"] = "Absolute"
    schedule["startSchedule"] = _time(now - CLOCK_ERROR)
    profile["validTo"] = _time(now + timedelta(seconds=settings.lease_s))
    return profile


def _time(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _profile(
    settings: ProfileSettings,
    profile_id: int,
    stack_level: int,
    current_a: float,
    *,
    phases: int,
    named: int | None = None,
) -> dict[str, Any]:
    period: dict[str, Any] = {"startPeriod": 0, "limit": on_tenth(current_a)}
    unit = "A"
    if settings.rate_unit is RateUnit.POWER:
        period["limit"] = floor(current_a * settings.voltage_v * phases)
        unit = "W"
        if named is not None and named < settings.wires:
            period["numberPhases"] = named
    return {
        "chargingProfileId": profile_id,
        "stackLevel": stack_level,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": [period],
        },
    }
