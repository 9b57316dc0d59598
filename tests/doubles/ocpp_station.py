"""A charge point of OCPP 1.6, as it really is, whatever anybody believes of it.

It knows neither Home Assistant nor a network: a clock goes in, answers come out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from .charging_profiles import (
    MAXIMUM,
    OF_TRANSACTION,
    VOLTAGE_V,
    ChargingProfiles,
    Transaction,
)

ACCEPTS: Final = "accepts"
REJECTS: Final = "rejects"
IGNORES: Final = "ignores"
"""It takes what it is told, and goes on as before."""
MUTE: Final = "mute"
CURRENT: Final = "current"
POWER: Final = "power"
ENERGY: Final = "energy"
STOPS: Final = "stops"
ENDS: Final = "ends"
"""It ends its transaction, and starts none before the next car."""
KEEPS_MINIMUM: Final = "keeps the minimum"
REFUSES: Final = "refuses"
LARGEST_A: Final = 32.0
LEAST_A: Final = 6.0
"""With less no car charges, IEC 61851-1."""
FOREIGN_PROFILE_ID: Final = 1000
"""What the `ocpp` integration's own slider uses."""

type Payload = dict[str, Any]


@dataclass
class Outlet:
    """One connector, and the car on it."""

    status: str = "Charging"
    car_a: float = 32.0
    car_phases: int = 3
    transaction: int = 1
    since: datetime | None = None
    """When its transaction began, where that matters."""
    frozen_a: float | None = None
    """What it goes on to offer, A, while it ignores what it is told."""
    lagging_a: float | None = None
    """What the car draws, A, while it does not follow what it is offered."""


@dataclass(kw_only=True)
class Station:
    """A charge point with its connectors, and how it behaves."""

    now: Callable[[], datetime]
    cpid: str = "garage"
    number_of_connectors: int = 1
    rate_units: str = "Current,Power"
    max_stack_level: str = "8"
    answers: str = ACCEPTS
    tells_offered: bool = True
    shows_as_offered_a: float | None = None
    """What it tells that it offers, A, whatever it offers: some tell their rating."""
    measures: str = CURRENT
    """What its meter values tell."""
    zero: str = STOPS
    """What it does when it is told 0 A."""
    remote: str = ACCEPTS
    """What it does when a charge is to be begun or ended from afar."""
    refused_purposes: frozenset[str] = frozenset()
    """Purposes of profiles that it rejects."""
    profile_slots: int | None = None
    """How many profiles it keeps; one more is rejected."""
    transactions: int = 100
    """How many it had."""
    clock_error: timedelta = timedelta(0)
    """How far its clock is ahead."""
    can_be_asked: bool = True
    tells_status: bool = True
    """Whether what its connectors do reaches the central system."""
    late_s: float = 0.0
    """How long a profile takes until it holds, s."""
    clears_late_s: float = 0.0
    """How long after it said that it cleared its profiles it does so, s."""
    clears_at: datetime | None = None
    outlets: dict[int, Outlet] = field(default_factory=dict)
    profiles: ChargingProfiles = field(default_factory=ChargingProfiles)
    settings: dict[str, str] = field(default_factory=dict)
    """What ChangeConfiguration set."""

    def __post_init__(self) -> None:
        """Give it its outlets."""
        for number in range(1, self.number_of_connectors + 1):
            self.outlets.setdefault(number, Outlet())

    @property
    def own_time(self) -> datetime:
        """Return what its clock shows."""
        return self.now() + self.clock_error

    def answer(self, action: str, payload: Payload) -> Payload:
        """Return the answer to a call of the central system, and do what it says."""
        if action == "SetChargingProfile":
            return self._set_profile(payload)
        if action == "ClearChargingProfile" and self.clears_late_s:
            self.clears_at = self.own_time + timedelta(seconds=self.clears_late_s)
        elif action == "ClearChargingProfile":
            cleared = self.profiles.remove(payload)
            return {"status": "Accepted" if cleared else "Unknown"}
        if action in ("RemoteStopTransaction", "RemoteStartTransaction"):
            return self._answer_remote(action, payload["connectorId"])
        if action == "GetConfiguration":
            return self._configuration(payload)
        if action == "ChangeConfiguration":
            self.settings[payload["key"]] = payload["value"]
        elif action == "TriggerMessage" and not self.can_be_asked:
            return {"status": "NotImplemented"}
        return {"status": "Accepted"}

    def _answer_remote(self, action: str, connector: int) -> Payload:
        """Begin or end a charge from afar, if it may be: sections 5.11 and 5.12."""
        if self.remote == REJECTS:
            return {"status": "Rejected"}
        if self.remote == IGNORES:
            return {"status": "Accepted"}
        if action == "RemoteStartTransaction":
            return self._begin(connector)
        self.end(connector)
        return {"status": "Accepted"}

    def _set_profile(self, payload: Payload) -> Payload:
        """Take a profile, if it may be: OCPP 1.6, section 5.16."""
        profile, connector = payload["csChargingProfiles"], payload["connectorId"]
        purpose = profile["chargingProfilePurpose"]
        too_high = profile["stackLevel"] > int(self.max_stack_level or 0)
        misplaced = (purpose == MAXIMUM and connector != 0) or (
            purpose == OF_TRANSACTION and connector == 0
        )
        limits = [
            row["limit"]
            for row in profile["chargingSchedule"]["chargingSchedulePeriod"]
        ]
        refused = self.zero == REFUSES and min(limits) <= 0
        refused = refused or purpose in self.refused_purposes or self._is_full(profile)
        if self.answers == REJECTS or too_high or misplaced or refused:
            return {"status": "Rejected"}
        now = self.own_time
        if self.answers == IGNORES:
            for number, outlet in self.outlets.items():
                outlet.frozen_a = self.offered_a(number)
        since = now + timedelta(seconds=self.late_s)
        self.profiles.install(connector, profile, since, now)
        for number in self.outlets if self.zero == ENDS else ():
            if self.offered_a(number) <= 0:
                self.end(number)
        return {"status": "Accepted"}

    def _is_full(self, profile: Payload) -> bool:
        """Return whether there is no slot for one more profile."""
        known = {row.profile["chargingProfileId"] for row in self.profiles}
        known.add(profile["chargingProfileId"])
        return self.profile_slots is not None and len(known) > self.profile_slots

    def end(self, connector: int) -> None:
        """End a transaction while the cable stays: none begins by itself after it."""
        outlet = self.outlets[connector]
        if outlet.status in ("Charging", "SuspendedEV", "SuspendedEVSE"):
            outlet.status, outlet.transaction = "Finishing", 0
            self.profiles.end_transaction(connector)

    def _begin(self, connector: int) -> Payload:
        """Begin a transaction from afar, where a car waits: section 5.11."""
        outlet = self.outlets[connector]
        if outlet.status not in ("Preparing", "Finishing"):
            return {"status": "Rejected"}
        self.transactions += 1
        outlet.status, outlet.transaction = "Charging", self.transactions
        return {"status": "Accepted"}

    @property
    def _sampled(self) -> str:
        """Return the names of what it measures."""
        names = ["Current.Import"] if self.measures == CURRENT else []
        names += ["Current.Offered"] if self.tells_offered else []
        names += ["Power.Active.Import"] if self.measures != ENERGY else []
        return ",".join([*names, "Energy.Active.Import.Register"])

    def _configuration(self, payload: Payload) -> Payload:
        known = {
            "NumberOfConnectors": str(self.number_of_connectors),
            "SupportedFeatureProfiles": "Core,SmartCharging,RemoteTrigger",
            "ChargeProfileMaxStackLevel": self.max_stack_level,
            "ChargingScheduleAllowedChargingRateUnit": self.rate_units,
            "HeartbeatInterval": "3600",
            "MeterValueSampleInterval": "60",
            "ClockAlignedDataInterval": "0",
            "MeterValuesSampledData": self._sampled,
        } | self.settings
        keys = payload.get("key") or list(known)
        return {
            "configurationKey": [
                {"key": key, "readonly": False, "value": known[key]}
                for key in keys
                if key in known
            ],
            "unknownKey": [key for key in keys if key not in known],
        }

    def leave_limit(self, limit_a: float) -> None:
        """Let there be the limit of somebody else, A, as a slider leaves it."""
        profile = {
            "chargingProfileId": FOREIGN_PROFILE_ID,
            "stackLevel": int(self.max_stack_level),
            "chargingProfilePurpose": MAXIMUM,
            "chargingProfileKind": "Relative",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_a}],
            },
        }
        self.profiles.install(0, profile, self.own_time, self.own_time)

    def offered_a(self, connector: int = 1) -> float:
        """Return what it lets a car have now, A."""
        outlet = self.outlets[connector]
        if outlet.frozen_a is not None:
            return outlet.frozen_a
        if self.clears_at is not None and self.own_time >= self.clears_at:
            self.profiles.clear(self.clears_at)
            self.clears_at = None
        transaction = None
        if outlet.since is not None and outlet.transaction:
            since = outlet.since + self.clock_error
            transaction = Transaction(outlet.transaction, since)
        limit_a = self.profiles.limit_a(
            connector,
            self.own_time,
            phases=outlet.car_phases,
            transaction=transaction,
        )
        if limit_a is not None and limit_a <= 0 and self.zero == KEEPS_MINIMUM:
            return LEAST_A
        return LARGEST_A if limit_a is None else min(limit_a, LARGEST_A)

    def drawn_a(self, connector: int = 1) -> float:
        """Return what the car draws on each of its phases, A."""
        outlet = self.outlets[connector]
        offered_a = self.offered_a(connector)
        if outlet.lagging_a is not None:
            return outlet.lagging_a
        draws = outlet.status == "Charging" and offered_a >= LEAST_A
        return min(outlet.car_a, offered_a) if draws else 0.0

    def sampled_values(self, connector: int) -> list[dict[str, str]]:
        """Return what MeterValues tell of a connector."""
        drawn_a = self.drawn_a(connector)
        by_phase = [
            drawn_a if wire <= self.outlets[connector].car_phases else 0.0
            for wire in (1, 2, 3)
        ]
        values = [
            {
                "measurand": "Current.Import",
                "phase": f"L{wire}",
                "unit": "A",
                "value": f"{current_a:.1f}",
            }
            for wire, current_a in enumerate(by_phase, 1)
            if self.measures == CURRENT
        ]
        if self.tells_offered:
            offered_a = self.shows_as_offered_a
            if offered_a is None:
                offered_a = self.offered_a(connector)
            offered = f"{offered_a:.1f}"
            values.append(
                {"measurand": "Current.Offered", "unit": "A", "value": offered}
            )
        power = f"{sum(by_phase) * VOLTAGE_V:.0f}"
        if self.measures != ENERGY:
            row = {"measurand": "Power.Active.Import", "unit": "W", "value": power}
            values.append(row)
        return values
