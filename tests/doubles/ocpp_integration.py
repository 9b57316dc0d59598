"""A test double of the `ocpp` integration and of the charge points behind it.

It has the integration's services, entities and answers as they were measured on
v0.11 with OCPP 1.6: above all, a call that succeeds proves nothing. Its charge
points stack profiles as OCPP 1.6 section 3.13 says.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

ACCEPTS: Final = "accepts"
REJECTS: Final = "rejects"
IGNORES: Final = "ignores"
MUTE: Final = "mute"

STATION_KEYS: Final = ("latency_pong", "connectors", "reconnects")
CONNECTOR_KEYS: Final = (
    "current_import",
    "current_offered",
    "status_connector",
    "transaction_id",
)
LARGEST_A: Final = 32.0


@dataclass
class Outlet:
    """One connector, and the car on it."""

    status: str = "Charging"
    car_a: float = 32.0
    car_phases: int = 3
    transaction: int = 1
    frozen_a: float | None = None
    """What it goes on to offer, A, while it ignores what it is told."""


@dataclass
class ChargePoint:
    """A charge point, as the integration tells of it and as it really is."""

    hass: HomeAssistant
    cpid: str = "garage"
    number_of_connectors: int = 1
    rate_units: str = "Current,Power"
    max_stack_level: str = "8"
    answers: str = ACCEPTS
    connected: bool = True
    tells_offered: bool = True
    can_be_asked: bool = True
    late_s: float = 0.0
    """How long a profile takes until it holds, s."""
    reconnects: int = 0
    outlets: dict[int, Outlet] = field(default_factory=dict)
    profiles: list[tuple[datetime, int, dict[str, Any]]] = field(default_factory=list)
    """From when it holds, connector, profile."""
    cap_a: float = LARGEST_A
    """What a ChargePointMaxProfile of somebody else leaves, A."""

    def __post_init__(self) -> None:
        """Give it its outlets."""
        for number in range(1, self.number_of_connectors + 1):
            self.outlets.setdefault(number, Outlet())

    def take(self, connector: int, profile: dict[str, Any]) -> None:
        """Put a profile in the place of the one with its id, or its level."""
        begin = dt_util.utcnow() + timedelta(seconds=self.late_s)
        if self.answers == IGNORES:
            for number, outlet in self.outlets.items():
                outlet.frozen_a = self.offered_a(number)
        self.profiles = [
            (since, number, old)
            for since, number, old in self.profiles
            if self.late_s
            or (
                old["chargingProfileId"] != profile["chargingProfileId"]
                and (number, old["stackLevel"]) != (connector, profile["stackLevel"])
            )
        ]
        self.profiles.append((begin, connector, profile))

    def offered_a(self, connector: int = 1) -> float:
        """Return what it lets a car have now, A."""
        outlet = self.outlets[connector]
        if outlet.frozen_a is not None:
            return outlet.frozen_a
        now = dt_util.utcnow()
        holding = [
            (profile["stackLevel"], since, profile)
            for since, number, profile in self.profiles
            if number in (0, connector) and self._holds(since, profile, now)
        ]
        limit_a = LARGEST_A
        if holding:
            *_, profile = max(holding, key=lambda row: row[:2])
            limit_a = self._limit_a(profile, outlet)
        return min(limit_a, self.cap_a)

    def drawn_a(self, connector: int = 1) -> float:
        """Return what the car draws on each of its phases, A."""
        outlet = self.outlets[connector]
        offered_a = self.offered_a(connector)
        draws = outlet.status == "Charging" and offered_a >= 6
        return min(outlet.car_a, offered_a) if draws else 0.0

    @staticmethod
    def _holds(since: datetime, profile: dict[str, Any], now: datetime) -> bool:
        if now < since:
            return False
        if valid_to := profile.get("validTo"):
            return now < datetime.fromisoformat(valid_to)
        duration_s = profile["chargingSchedule"].get("duration")
        return duration_s is None or now < since + timedelta(seconds=duration_s)

    @staticmethod
    def _limit_a(profile: dict[str, Any], outlet: Outlet) -> float:
        schedule = profile["chargingSchedule"]
        limit: float = schedule["chargingSchedulePeriod"][0]["limit"]
        if schedule["chargingRateUnit"] == "W":
            return limit / 230 / outlet.car_phases
        return limit

    def show(self, key: str, value: object, connector: int = 1, **more: float) -> None:
        """Write one of its sensors."""
        owner = self.cpid
        if key in CONNECTOR_KEYS and self.number_of_connectors > 1:
            owner = f"{self.cpid}.conn{connector}"
        entity_id = er.async_get(self.hass).async_get_entity_id(
            "sensor", "ocpp", f"ocpp.{owner}.{key}.sensor"
        )
        assert entity_id is not None
        self.hass.states.async_set(entity_id, str(value), more)

    def ping(self) -> None:
        """Let the integration write how fast the link is, if there is one."""
        if self.connected:
            self.show("latency_pong", 12.5)

    def meter_values(self) -> None:
        """Report what is measured."""
        if not self.connected or self.answers == MUTE:
            return
        for number, outlet in self.outlets.items():
            drawn_a = self.drawn_a(number)
            phases = {
                f"L{wire}": drawn_a if wire <= outlet.car_phases else 0.0
                for wire in (1, 2, 3)
            }
            self.show("current_import", drawn_a, number, **phases)
            if self.tells_offered:
                self.show("current_offered", self.offered_a(number), number)

    def tell_all(self) -> None:
        """Write everything, as after a connection."""
        self.show("latency_pong", 12.5)
        self.show("connectors", self.number_of_connectors)
        self.show("reconnects", self.reconnects)
        for number, outlet in self.outlets.items():
            self.show("status_connector", outlet.status, number)
            self.show("transaction_id", outlet.transaction, number)
            if not self.tells_offered:
                self.show("current_offered", "unknown", number)
        self.meter_values()

    def set_status(self, status: str, connector: int = 1) -> None:
        """Change what the car does; a suspension zeroes the state, not the phases."""
        self.outlets[connector].status = status
        self.show("status_connector", status, connector)

    def unavailable(self) -> None:
        """Let Home Assistant show that it is not there, as after a restart."""
        self.connected = False
        for key in STATION_KEYS:
            self.show(key, "unavailable")
        for number in self.outlets:
            for key in CONNECTOR_KEYS:
                self.show(key, "unavailable", number)

    def reconnect(self) -> None:
        """Come back."""
        self.connected = True
        self.reconnects += 1
        self.tell_all()


class OcppIntegration:
    """The services of the integration, and the charge points it knows."""

    def __init__(self, hass: HomeAssistant, *points: ChargePoint) -> None:
        """Set it up with charge points."""
        self.hass = hass
        self.points = {point.cpid: point for point in points}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        """What was called, in order: (service, data)."""
        self._entry = MockConfigEntry(domain="ocpp", title="central")
        self._entry.add_to_hass(hass)
        for point in points:
            self._register(point)
            point.tell_all()
        for name, handler, response in (
            ("set_charge_rate", self._set_charge_rate, SupportsResponse.NONE),
            ("clear_profile", self._clear_profile, SupportsResponse.NONE),
            ("trigger_custom_message", self._trigger, SupportsResponse.NONE),
            ("get_configuration", self._get_configuration, SupportsResponse.ONLY),
        ):
            hass.services.async_register("ocpp", name, handler, None, response)

    @property
    def limits(self) -> list[tuple[str, int, dict[str, Any]]]:
        """Return the profiles that were sent: to whom, connector, profile."""
        return [
            (data["devid"], data["conn_id"], data["custom_profile"])
            for service, data in self.calls
            if service == "set_charge_rate"
        ]

    async def pass_time(self, seconds: float, tick: Any) -> None:
        """Let time go on by a second each, with pings as they come."""
        for second in range(round(seconds)):
            if second % 20 == 0:
                for point in self.points.values():
                    point.ping()
            await tick()

    def _register(self, point: ChargePoint) -> None:
        device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=self._entry.entry_id,
            identifiers={("ocpp", point.cpid.upper()), ("ocpp", point.cpid)},
            name=point.cpid,
        )
        owners = [(point.cpid, STATION_KEYS)]
        if point.number_of_connectors == 1:
            owners.append((point.cpid, CONNECTOR_KEYS))
        else:
            owners += [
                (f"{point.cpid}.conn{number}", CONNECTOR_KEYS)
                for number in point.outlets
            ]
        for owner, keys in owners:
            for key in keys:
                er.async_get(self.hass).async_get_or_create(
                    "sensor",
                    "ocpp",
                    f"ocpp.{owner}.{key}.sensor",
                    suggested_object_id=f"{owner.replace('.conn', '_connector_')}_{key}",
                    config_entry=self._entry,
                    device_id=device.id,
                )

    def _point(self, call: ServiceCall) -> ChargePoint:
        """Return who is meant, or, as the integration does, whoever is connected."""
        self.calls.append((call.service, dict(call.data)))
        point = self.points.get(call.data.get("devid", ""))
        state = None if point is None else point_status(self.hass, point)
        if point is None or state == "unavailable":
            connected = [row for row in self.points.values() if row.connected]
            return connected[0]
        if not point.connected:
            raise HomeAssistantError(f"{point.cpid} is unavailable")
        return point

    async def _set_charge_rate(self, call: ServiceCall) -> None:
        point = self._point(call)
        if point.answers == MUTE:
            await asyncio.sleep(10)
            return
        profile = call.data["custom_profile"]
        limit = profile["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"]
        too_fine = isinstance(limit, str) or round(limit, 1) != limit
        too_high = profile["stackLevel"] > int(point.max_stack_level or 0)
        if point.answers != REJECTS and not too_fine and not too_high:
            point.take(call.data.get("conn_id", 0), profile)

    async def _clear_profile(self, call: ServiceCall) -> None:
        point = self._point(call)
        point.profiles.clear()
        point.cap_a = LARGEST_A

    async def _trigger(self, call: ServiceCall) -> None:
        point = self._point(call)
        if point.answers == MUTE:
            await asyncio.sleep(10)
        elif point.can_be_asked:
            point.meter_values()

    async def _get_configuration(self, call: ServiceCall) -> ServiceResponse:
        point = self._point(call)
        return {
            "value": {
                "ChargeProfileMaxStackLevel": point.max_stack_level,
                "ChargingScheduleAllowedChargingRateUnit": point.rate_units,
            }[call.data["ocpp_key"]]
        }


def point_status(hass: HomeAssistant, point: ChargePoint) -> str | None:
    """Return what Home Assistant shows of a charge point's first connector."""
    for owner in (f"{point.cpid}.conn1", point.cpid):
        entity_id = er.async_get(hass).async_get_entity_id(
            "sensor", "ocpp", f"ocpp.{owner}.status_connector.sensor"
        )
        if entity_id is not None:
            state = hass.states.get(entity_id)
            return None if state is None else state.state
    return None
