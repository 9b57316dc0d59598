"""Finds the charge points of the `ocpp` integration, and asks what they can do.

Identities as the integration gives them (lbbrhzn/ocpp, sensor.py and api.py of
v0.11): `ocpp.<cpid>.<key>.sensor`, or `ocpp.<cpid>.conn<N>.<key>.sensor` on a
station of more than one connector. Keys of OCPP 1.6, section 9.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
import re
from typing import Final, Self
from weakref import WeakValueDictionary

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.hass_dict import HassKey

from custom_components.ev_lb.engine.model import ChargerStatus

from .driver import CommandError, command
from .ocpp_profile import RateUnit

OCPP: Final = "ocpp"
GET_CONFIGURATION: Final = "get_configuration"
ASK_TIMEOUT_S: Final = 10.0

STATUS: Final = "status_connector"
IMPORT: Final = "current_import"
OFFERED: Final = "current_offered"
POWER: Final = "power_active_import"
TRANSACTION: Final = "transaction_id"
PONG: Final = "latency_pong"
CONNECTORS: Final = "connectors"
RECONNECTS: Final = "reconnects"
OF_CONNECTOR: Final = (STATUS, IMPORT, OFFERED, POWER, TRANSACTION)
OF_STATION: Final = (PONG, CONNECTORS, RECONNECTS)

STATUSES: Final = {
    "Available": ChargerStatus.DISCONNECTED,
    "Reserved": ChargerStatus.DISCONNECTED,
    "Preparing": ChargerStatus.CONNECTED,
    "SuspendedEV": ChargerStatus.CONNECTED,
    "SuspendedEVSE": ChargerStatus.CONNECTED,
    "Finishing": ChargerStatus.CONNECTED,
    "Charging": ChargerStatus.CHARGING,
}
"""States of a connector, OCPP 1.6 section 4.9; others say nothing of a car."""

MAX_STACK_LEVEL: Final = "ChargeProfileMaxStackLevel"
RATE_UNITS: Final = "ChargingScheduleAllowedChargingRateUnit"
UNKNOWN_STACK_LEVEL: Final = 1
"""What is used where a charger does not tell its highest one."""


class Line(asyncio.Lock):
    """What lets one call at a time through to a station, for all its connectors."""

    clears = 0
    """How often all profiles of the station were cleared."""
    question: asyncio.Timeout | None = None
    """The end of a question that is on its way: a command does not wait for it."""


LINES: Final[HassKey[WeakValueDictionary[str, Line]]] = HassKey("ev_lb_ocpp_lines")

STATUS_ID: Final = re.compile(
    rf"^ocpp\.(?P<cpid>[^.]+)(?:\.conn(?P<number>\d+))?\.{STATUS}\.sensor$"
)


@dataclass(frozen=True, slots=True)
class Connector:
    """One outlet of a charge point, as the integration knows it."""

    cpid: str
    """The name that its user gave the charge point: commands go to it."""
    number: int = 1
    entities: dict[str, str] = field(default_factory=dict, compare=False)
    """Its entity IDs by what they show; those that there are."""
    charge_control: str | None = field(default=None, compare=False)
    """The switch that begins and ends its charge."""
    of_several: bool = field(default=False, compare=False)
    """Whether its entities are those of a station with more connectors."""

    @classmethod
    def find(cls, hass: HomeAssistant, cpid: str, number: int) -> Self:
        """Return a connector with the entities that it has now."""
        registry = er.async_get(hass)

        def entities(owner: str, keys: tuple[str, ...]) -> dict[str, str]:
            found = {
                key: registry.async_get_entity_id(
                    Platform.SENSOR, OCPP, f"{OCPP}.{owner}.{key}.sensor"
                )
                for key in keys
            }
            return {key: entity_id for key, entity_id in found.items() if entity_id}

        own = entities(f"{cpid}.conn{number}", OF_CONNECTOR)
        of_several = bool(own)
        # Without entities of its own, the station's are about connector 1.
        if not own and number == 1:
            own = entities(cpid, OF_CONNECTOR)
        owner = f"{cpid}.conn{number}" if of_several else cpid
        charge_control = registry.async_get_entity_id(
            Platform.SWITCH, OCPP, f"{Platform.SWITCH}.{OCPP}.{owner}.charge_control"
        )
        found = own | entities(cpid, OF_STATION)
        return cls(cpid, number, found, charge_control, of_several)


def connectors(hass: HomeAssistant) -> Iterator[tuple[Connector, str]]:
    """Yield each connector of the charge points that are set up, and its name."""
    registry = er.async_get(hass)
    devices = dr.async_get(hass)
    seen: set[Connector] = set()
    for entry in list(registry.entities.values()):
        found = STATUS_ID.match(entry.unique_id)
        if entry.platform != OCPP or found is None:
            continue
        cpid, number = found["cpid"], int(found["number"] or 1)
        connector = Connector.find(hass, cpid, number)
        if connector in seen:
            continue
        seen.add(connector)
        device = devices.async_get(entry.device_id) if entry.device_id else None
        name = None if device is None else device.name_by_user or device.name
        yield connector, name or cpid


def line_of(hass: HomeAssistant, cpid: str) -> Line:
    """Return what lets one call at a time through to a station, for all its connectors.

    A charge point answers one call after the other anyway (OCPP-J 1.6, section
    4.1.1); what waits here can still be replaced by something newer.
    """
    lines = hass.data.setdefault(LINES, WeakValueDictionary())
    return lines.setdefault(cpid, Line())


async def async_ask(hass: HomeAssistant, cpid: str, key: str) -> str:
    """Return what a charge point has set for a key.

    Raises:
        CommandError: when it does not answer.
    """
    async with command(GET_CONFIGURATION, None, ASK_TIMEOUT_S):
        answer = await hass.services.async_call(
            OCPP,
            GET_CONFIGURATION,
            {"devid": cpid, "ocpp_key": key},
            blocking=True,
            return_response=True,
        )
    return str((answer or {}).get("value") or "")


async def async_stack_level(hass: HomeAssistant, cpid: str) -> int:
    """Return the highest stack level that a charge point takes, as far as it tells."""
    try:
        return max(0, int(await async_ask(hass, cpid, MAX_STACK_LEVEL)))
    except CommandError, ValueError:
        return UNKNOWN_STACK_LEVEL


async def async_rate_unit(hass: HomeAssistant, cpid: str) -> RateUnit:
    """Return what a charge point counts in: A wherever it can."""
    try:
        units = (await async_ask(hass, cpid, RATE_UNITS)).casefold()
    except CommandError:
        return RateUnit.CURRENT
    if RateUnit.POWER in units and RateUnit.CURRENT not in units:
        return RateUnit.POWER
    return RateUnit.CURRENT
