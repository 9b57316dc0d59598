"""The charging profiles in a charge point, stacked as OCPP 1.6 says.

Sections 3.13.1 to 3.13.5 and 5.16 of the second edition: which profile replaces
which, which one holds, and what then may flow.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

MAXIMUM: Final = "ChargePointMaxProfile"
DEFAULT: Final = "TxDefaultProfile"
OF_TRANSACTION: Final = "TxProfile"
RECURRENCE: Final = {"Daily": timedelta(days=1), "Weekly": timedelta(days=7)}
VOLTAGE_V: Final = 230.0
BY_CAR: Final = "by car"
"""A power is shared by as many phases as the car uses."""
BY_PROFILE: Final = "by profile"
"""By as many as the profile says, and by three where it says nothing: section 7.13."""
BY_THREE: Final = "by three"
"""By three, whatever anybody says."""

type Profile = dict[str, Any]


class Installed(NamedTuple):
    """A profile, where it was installed, and from when on it can hold."""

    since: datetime
    connector: int
    profile: Profile


class Transaction(NamedTuple):
    """A charge that runs."""

    number: int
    since: datetime


@dataclass
class ChargingProfiles:
    """What a charge point was told about its limits, oldest first."""

    _installed: list[Installed] = field(default_factory=list)
    shares_power: str = BY_CAR
    """On how many phases a power is taken to flow."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._installed)

    def __iter__(self) -> Iterator[Installed]:
        """Yield each profile that is there."""
        return iter(self._installed)

    def clear(self, until: datetime | None = None) -> None:
        """Forget everything, or what was there until then."""
        self._installed = [
            row for row in self._installed if until and row.since > until
        ]

    def install(
        self, connector: int, profile: Profile, since: datetime, now: datetime
    ) -> None:
        """Put a profile in the place of the one with its id, or its level.

        One that takes a while leaves the former in place until then.
        """

        def gives_way(row: Installed) -> bool:
            same_id = row.profile["chargingProfileId"] == profile["chargingProfileId"]
            return same_id or _place(row) == _place(
                Installed(since, connector, profile)
            )

        if since <= now:
            self._installed = [row for row in self._installed if not gives_way(row)]
        self._installed.append(Installed(since, connector, profile))

    def remove(self, criteria: dict[str, Any]) -> bool:
        """Remove what ClearChargingProfile means; return whether there was any."""

        def is_meant(row: Installed) -> bool:
            if "id" in criteria:
                return bool(row.profile["chargingProfileId"] == criteria["id"])
            told = {
                "connectorId": row.connector,
                "chargingProfilePurpose": row.profile["chargingProfilePurpose"],
                "stackLevel": row.profile["stackLevel"],
            }
            return all(told[key] == value for key, value in criteria.items())

        left = [row for row in self._installed if not is_meant(row)]
        found = len(left) < len(self._installed)
        self._installed = left
        return found

    def end_transaction(self, connector: int) -> None:
        """Forget what held for one charge only."""
        self._installed = [
            row
            for row in self._installed
            if row.connector != connector
            or row.profile["chargingProfilePurpose"] != OF_TRANSACTION
        ]

    def limit_a(
        self,
        connector: int,
        now: datetime,
        *,
        phases: int,
        transaction: Transaction | None = None,
    ) -> float | None:
        """Return the lowest limit of a connector, A; None where nothing limits it.

        `phases` are those that its car uses.
        """
        limits: dict[str, float] = {}
        for purpose, connectors in (
            (MAXIMUM, (0,)),
            (DEFAULT, (0, connector)),
            (OF_TRANSACTION, (connector,)),
        ):
            rows = [
                row
                for row in self._installed
                if row.profile["chargingProfilePurpose"] == purpose
                and row.connector in connectors
                and (purpose != OF_TRANSACTION or _is_of(row.profile, transaction))
            ]
            shared_by = {BY_CAR: phases, BY_THREE: 3}.get(self.shares_power)
            limit_a = _highest(rows, now, transaction, shared_by)
            if limit_a is not None:
                limits[purpose] = limit_a
        if OF_TRANSACTION in limits:
            limits.pop(DEFAULT, None)
        return min(limits.values(), default=None)


def _place(row: Installed) -> tuple[object, ...]:
    purpose = row.profile["chargingProfilePurpose"]
    return (row.connector, purpose, row.profile["stackLevel"])


def _is_of(profile: Profile, transaction: Transaction | None) -> bool:
    """Return whether a profile belongs to the charge that runs."""
    if transaction is None:
        return False
    return bool(profile.get("transactionId", transaction.number) == transaction.number)


def _highest(
    rows: list[Installed],
    now: datetime,
    transaction: Transaction | None,
    phases: int | None,
) -> float | None:
    """Return what the highest of the profiles says that says something now, A."""

    def rank(place: tuple[int, Installed]) -> tuple[int, int, datetime, int]:
        # Of two that were told in one moment, the later one holds.
        number, row = place
        return row.profile["stackLevel"], row.connector, row.since, number

    ordered = sorted(enumerate(rows), key=rank, reverse=True)
    found = (_limit_a(row, now, transaction, phases) for _, row in ordered)
    return next((limit_a for limit_a in found if limit_a is not None), None)


def _limit_a(
    row: Installed, now: datetime, transaction: Transaction | None, phases: int | None
) -> float | None:
    """Return what a profile says now, A; None while it does not hold.

    A power is shared by so many phases; None for those that the profile names.
    """
    profile = row.profile
    ends = profile.get("validTo")
    begins = profile.get("validFrom")
    if now < row.since or (ends and now >= datetime.fromisoformat(ends)):
        return None
    if begins and now < datetime.fromisoformat(begins):
        return None
    schedule = profile["chargingSchedule"]
    passed_s = (now - _start(row, now, transaction)).total_seconds()
    if passed_s < 0 or passed_s >= schedule.get("duration", passed_s + 1):
        return None
    limit: float | None = None
    named = 3
    for period in schedule["chargingSchedulePeriod"]:
        if period["startPeriod"] <= passed_s:
            limit, named = period["limit"], period.get("numberPhases", 3)
    if limit is not None and schedule["chargingRateUnit"] == "W":
        return limit / VOLTAGE_V / (phases or named)
    return limit


def _start(row: Installed, now: datetime, transaction: Transaction | None) -> datetime:
    """Return when a schedule began: at a time, each day or week, or with the charge.

    A relative one begins when its profile becomes active.
    """
    told = row.profile["chargingSchedule"].get("startSchedule")
    kind = row.profile["chargingProfileKind"]
    if kind == "Relative" or told is None:
        return max(row.since, transaction.since) if transaction else row.since
    start = datetime.fromisoformat(told)
    if kind == "Recurring" and now > start:
        period = RECURRENCE[row.profile["recurrencyKind"]]
        start += (now - start) // period * period
    return start
