"""What Home Assistant has of the `ocpp` integration: sensors, and services that lie.

As they were measured on v0.11 with OCPP 1.6: above all, a call that succeeds proves
nothing. How the charge points are reached is for others to say.
"""

import json
import logging
import time
from typing import Any, Final, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
import probatio

from .ocpp_station import FOREIGN_PROFILE_ID, Payload

_LOGGER = logging.getLogger(__name__)

STATION_KEYS: Final = ("latency_pong", "connectors", "reconnects")
CONNECTOR_KEYS: Final = (
    "current_import",
    "current_offered",
    "power_active_import",
    "status_connector",
    "transaction_id",
)
UNITS: Final = {
    "current_import": "A",
    "current_offered": "A",
    "power_active_import": "kW",
}
CHARGE_RATE: Final = probatio.Schema(
    {
        probatio.Optional("devid"): cv.string,
        probatio.Optional("limit_amps"): cv.positive_float,
        probatio.Optional("limit_watts"): cv.positive_int,
        probatio.Optional("conn_id"): cv.positive_int,
        probatio.Optional("custom_profile"): probatio.Any(cv.string, dict),
    }
)


class Link(Protocol):
    """A charge point as its central system reaches it."""

    cpid: str
    known: bool
    """Whether it has connected since Home Assistant started."""
    connected: bool
    """Whether it has not lost its connection, as far as anybody noticed."""

    async def async_call(self, action: str, payload: Payload) -> Payload:
        """Return its answer.

        Raises:
            TimeoutError: after 10 s without one.
            ConnectionError: when the link is gone, or what it said makes no sense.
        """
        ...


class Sensors:
    """The entities of one charge point."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, cpid: str, connectors: int
    ) -> None:
        """Register them, as the integration names them."""
        self._hass = hass
        self._cpid = cpid
        self._connectors = connectors
        device = dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={("ocpp", cpid.upper()), ("ocpp", cpid)},
            name=cpid,
        )
        owners = [(cpid, STATION_KEYS)]
        owners += [(self._owner(n), CONNECTOR_KEYS) for n in self._numbers]
        for owner, keys in owners:
            for key in keys:
                er.async_get(hass).async_get_or_create(
                    "sensor",
                    "ocpp",
                    f"ocpp.{owner}.{key}.sensor",
                    suggested_object_id=f"{owner.replace('.conn', '_connector_')}_{key}",
                    config_entry=entry,
                    device_id=device.id,
                )

    @property
    def _numbers(self) -> range:
        return range(1, self._connectors + 1)

    def _owner(self, connector: int) -> str:
        return f"{self._cpid}.conn{connector}" if self._connectors > 1 else self._cpid

    def _entity_id(self, key: str, connector: int) -> str:
        owner = self._owner(connector) if key in CONNECTOR_KEYS else self._cpid
        entity_id = er.async_get(self._hass).async_get_entity_id(
            "sensor", "ocpp", f"ocpp.{owner}.{key}.sensor"
        )
        assert entity_id is not None
        return entity_id

    def show(self, key: str, value: object, connector: int = 1, **more: float) -> None:
        """Write one of them."""
        entity_id = self._entity_id(key, connector)
        unit = {"unit_of_measurement": UNITS[key]} if key in UNITS else {}
        self._hass.states.async_set(entity_id, str(value), {**unit, **more})

    def show_status(self, connector: int, status: str) -> None:
        """Take a StatusNotification; a suspension zeroes the state, not the phases."""
        self.show("status_connector", status, connector)
        if status in ("SuspendedEV", "SuspendedEVSE"):
            self.show_no_flow(connector)

    def show_no_flow(self, connector: int) -> None:
        """Zero what flows, also where it was never measured."""
        for key in ("current_import", "power_active_import"):
            entity_id = self._entity_id(key, connector)
            state = self._hass.states.get(entity_id)
            if state is not None and state.state != "unavailable":
                self._hass.states.async_set(entity_id, "0", state.attributes)

    def show_meter_values(self, connector: int, values: list[dict[str, str]]) -> None:
        """Take MeterValues: a current is the average of the phases that are not zero."""
        phases = {
            row["phase"]: float(row["value"])
            for row in values
            if row["measurand"] == "Current.Import"
        }
        if phases:
            self._show_current(phases, connector)
        for row in values:
            if row["measurand"] == "Current.Offered":
                self.show("current_offered", float(row["value"]), connector)
            elif row["measurand"] == "Power.Active.Import":
                power_kw = float(row["value"]) / 1000
                self.show("power_active_import", power_kw, connector)

    def _show_current(self, phases: dict[str, float], connector: int) -> None:
        flowing = [current_a for current_a in phases.values() if current_a]
        average_a = sum(flowing) / len(flowing) if flowing else 0.0
        self.show("current_import", round(average_a, 2), connector, **phases)

    def show_unavailable(self) -> None:
        """Let Home Assistant show that it is not there, as after a restart."""
        self._show_all("unavailable")

    def show_unknown(self) -> None:
        """Let Home Assistant show that it is there, and has told nothing yet."""
        self._show_all("unknown")

    def _show_all(self, value: str) -> None:
        for key in STATION_KEYS:
            self.show(key, value)
        for number in self._numbers:
            for key in CONNECTOR_KEYS:
                self.show(key, value, number)

    def show_transaction(self, connector: int) -> int:
        """Begin a charge; its number is a time, and not unique."""
        number = int(time.time())
        self.show("transaction_id", number, connector)
        return number


class Central:
    """The services, for all charge points that there are."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Register them; `links` is filled by whoever knows charge points."""
        self.links: dict[str, Link] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        """What was called, in order: (service, data)."""
        self.error: Exception | None = None
        """What every call ends with."""
        for name, handler, schema, response in (
            ("set_charge_rate", self._rate, CHARGE_RATE, SupportsResponse.NONE),
            ("clear_profile", self._clear, None, SupportsResponse.NONE),
            ("trigger_custom_message", self._trigger, None, SupportsResponse.NONE),
            ("get_configuration", self._get, None, SupportsResponse.ONLY),
        ):
            hass.services.async_register("ocpp", name, handler, schema, response)

    def _link(self, call: ServiceCall) -> Link:
        """Return who is meant or, as the integration does, whoever came first."""
        self.calls.append((call.service, dict(call.data)))
        if self.error is not None:
            raise self.error
        link = self.links.get(call.data.get("devid", ""))
        if link is None or not link.known:
            connected = [row for row in self.links.values() if row.known]
            link = connected[0]
        if not link.connected:
            raise HomeAssistantError(f"{link.cpid} is unavailable")
        return link

    async def _rate(self, call: ServiceCall) -> None:
        link = self._link(call)
        profile = call.data.get("custom_profile")
        if profile is None:
            await self._slide(link, call.data)
            return
        if isinstance(profile, str):
            profile = json.loads(profile.replace("'", '"'))
        try:
            _check_limits(profile)
            answer = await link.async_call(
                "SetChargingProfile",
                {
                    "connectorId": call.data.get("conn_id", 0),
                    "csChargingProfiles": profile,
                },
            )
        except (ConnectionError, TimeoutError, ValueError) as error:
            _LOGGER.warning("SetChargingProfile failed: %r", error)
            return
        if answer["status"] != "Accepted":
            _LOGGER.warning("SetChargingProfile: %s", answer["status"])

    async def _slide(self, link: Link, data: dict[str, Any]) -> None:
        """Write the limit of the whole station, whatever connector is meant."""
        if "limit_amps" not in data:
            return
        level = await self._value(link, "ChargeProfileMaxStackLevel")
        profile = {
            "chargingProfileId": FOREIGN_PROFILE_ID,
            "stackLevel": int(level),
            "chargingProfilePurpose": "ChargePointMaxProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [
                    {"startPeriod": 0, "limit": data["limit_amps"]}
                ],
            },
        }
        await link.async_call(
            "SetChargingProfile", {"connectorId": 0, "csChargingProfiles": profile}
        )

    async def _clear(self, call: ServiceCall) -> None:
        link = self._link(call)
        try:
            await link.async_call("ClearChargingProfile", {})
        except (ConnectionError, TimeoutError) as error:
            _LOGGER.debug("ClearChargingProfile failed: %r", error)

    async def _trigger(self, call: ServiceCall) -> None:
        link = self._link(call)
        message = {"requestedMessage": call.data["requested_message"]}
        await link.async_call("TriggerMessage", message)

    async def _get(self, call: ServiceCall) -> ServiceResponse:
        return {"value": await self._value(self._link(call), call.data["ocpp_key"])}

    @staticmethod
    async def _value(link: Link, key: str) -> str:
        answer = await link.async_call("GetConfiguration", {"key": [key]})
        known = answer.get("configurationKey") or [{"value": "Unknown"}]
        return str(known[0]["value"])


def _check_limits(profile: dict[str, Any]) -> None:
    """Raise where the schema of OCPP 1.6 would: limits are numbers of one decimal."""
    for period in profile["chargingSchedule"]["chargingSchedulePeriod"]:
        limit = period["limit"]
        if isinstance(limit, str) or round(limit, 1) != limit:
            raise ValueError(f"{limit!r} is no multiple of 0.1")
