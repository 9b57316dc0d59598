"""A test double of the `ocpp` integration and its charge points, without a network."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .ocpp_central import Central, Sensors
from .ocpp_station import ACCEPTS, CURRENT, IGNORES, MUTE, REJECTS, Payload, Station

__all__ = ["ACCEPTS", "IGNORES", "MUTE", "REJECTS", "ChargePoint", "OcppIntegration"]

ANSWER_WITHIN_S = 10.0


@dataclass(kw_only=True)
class ChargePoint(Station):
    """A charge point, as the integration tells of it and as it really is."""

    now: Any = dt_util.utcnow
    connected: bool = True
    known: bool = True
    reconnects: int = 0
    tells_lost_pings: bool = False
    """Whether a ping that was not answered is shown: a link that is cut shows none."""
    sensors: Sensors = field(init=False)
    slow: bool = False
    """Whether it thinks for a moment before it answers."""
    answers_after_s: float = 0.0
    """How long it takes to do what it is told, and to answer, s."""
    coming: list[tuple[datetime, str, Payload]] = field(default_factory=list)
    """What it was told, and will do then."""
    waiting: int = 0
    """How many calls wait for its answer."""
    most_waiting: int = 0

    async def async_call(self, action: str, payload: Payload) -> Payload:
        """Answer, unless it is mute."""
        if self.answers_after_s:
            due = self.now() + timedelta(seconds=self.answers_after_s)
            self.coming.append((due, action, payload))
            await asyncio.sleep(min(self.answers_after_s, ANSWER_WITHIN_S))
            if self.answers_after_s > ANSWER_WITHIN_S:
                raise TimeoutError
            return {"status": "Accepted"}
        self.waiting += 1
        self.most_waiting = max(self.waiting, self.most_waiting)
        try:
            if self.slow or self.answers == MUTE:
                await asyncio.sleep(0 if self.slow else ANSWER_WITHIN_S)
        finally:
            self.waiting -= 1
        if self.answers == MUTE:
            raise TimeoutError
        return self.do(action, payload)

    def catch_up(self) -> None:
        """Do what it was told so long ago that it does it now."""
        due = [row for row in self.coming if row[0] <= self.now()]
        self.coming = [row for row in self.coming if row[0] > self.now()]
        for _, action, payload in due:
            self.do(action, payload)

    def do(self, action: str, payload: Payload) -> Payload:
        """Do what it is told, and return its answer."""
        before = {number: row.status for number, row in self.outlets.items()}
        answer = self.answer(action, payload)
        for number, outlet in self.outlets.items():
            if outlet.status != before[number]:
                self.show("transaction_id", outlet.transaction, number)
                self.set_status(outlet.status, number)
        if action == "TriggerMessage" and answer["status"] == "Accepted":
            self.meter_values()
        return answer

    def show(self, key: str, value: object, connector: int = 1, **more: float) -> None:
        """Write one of its sensors."""
        self.sensors.show(key, value, connector, **more)

    def ping(self) -> None:
        """Let the integration write how fast the link is, if there is one."""
        if self.connected:
            self.show("latency_pong", 12.5)
        elif self.tells_lost_pings:
            self.show("latency_pong", 20000.0)

    def meter_values(self) -> None:
        """Report what is measured."""
        if self.connected and self.answers != MUTE:
            for number in self.outlets:
                self.sensors.show_meter_values(number, self.sampled_values(number))

    def tell_all(self, pong_ms: float = 12.5) -> None:
        """Write everything, as after a connection."""
        self.show("latency_pong", pong_ms)
        self.show("connectors", self.number_of_connectors)
        self.show("reconnects", self.reconnects)
        for number, outlet in self.outlets.items():
            self.show("status_connector", outlet.status, number)
            self.show("transaction_id", outlet.transaction, number)
            if not self.tells_offered:
                self.show("current_offered", "unknown", number)
            if self.measures != CURRENT:
                self.show("current_import", "unknown", number)
        self.meter_values()

    def set_status(self, status: str, connector: int = 1) -> None:
        """Change what the car does."""
        self.outlets[connector].status = status
        if self.tells_status:
            self.sensors.show_status(connector, status)

    def unavailable(self) -> None:
        """Let Home Assistant show that it is not there, as after a restart."""
        self.connected = self.known = False
        self.sensors.show_unavailable()

    def reconnect(self, pong_ms: float = 12.5) -> None:
        """Come back."""
        self.connected = self.known = True
        self.reconnects += 1
        self.tell_all(pong_ms)

    def lose_link(self, *, frozen: bool) -> None:
        """Lose the link, without a word: what was shown stays.

        A frozen one goes on to take calls, which are answered by nobody.
        """
        self.connected = False
        self.tells_lost_pings = frozen
        if frozen:
            self.answers = MUTE

    def find_link(self) -> None:
        """Come back: the first message writes all again, with the last ping."""
        frozen, self.tells_lost_pings = self.tells_lost_pings, False
        self.answers = ACCEPTS
        self.reconnect(20000.0 if frozen else 12.5)


class OcppIntegration(Central):
    """The services of the integration, and the charge points it knows."""

    def __init__(self, hass: HomeAssistant, *points: ChargePoint) -> None:
        """Set it up with charge points."""
        super().__init__(hass)
        self.points = {point.cpid: point for point in points}
        self.links.update(self.points)
        entry = MockConfigEntry(domain="ocpp", title="central")
        entry.add_to_hass(hass)
        self._switches: dict[str, tuple[ChargePoint, int]] = {}
        self.answer_switches(hass)
        for point in points:
            self._add_charge_control(hass, point)
            point.sensors = Sensors(hass, entry, point.cpid, point.number_of_connectors)
            point.tell_all()

    def answer_switches(self, hass: HomeAssistant) -> None:
        """Answer for all switches: whoever registers a service last does."""
        schema = cv.make_entity_service_schema({})
        for service in ("turn_on", "turn_off"):
            hass.services.async_register("switch", service, self._switch, schema)

    def _add_charge_control(self, hass: HomeAssistant, point: ChargePoint) -> None:
        """Register the switch that starts and ends a charge."""
        several = point.number_of_connectors > 1
        for number in point.outlets:
            owner = f"{point.cpid}.conn{number}" if several else point.cpid
            entity = er.async_get(hass).async_get_or_create(
                "switch", "ocpp", f"switch.ocpp.{owner}.charge_control"
            )
            self._switches[entity.entity_id] = (point, number)

    async def _switch(self, call: ServiceCall) -> None:
        """Do as the integration does: what the charge point answers does not show."""
        self.calls.append((call.service, dict(call.data)))
        for entity_id in call.data["entity_id"]:
            point, number = self._switches[entity_id]
            if not point.connected:
                raise HomeAssistantError(f"{point.cpid} is unavailable")
            start = call.service == "turn_on"
            action = "RemoteStartTransaction" if start else "RemoteStopTransaction"
            await point.async_call(action, {"connectorId": number})

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
            for point in self.points.values():
                if second % 20 == 0:
                    point.ping()
                point.catch_up()
            await tick()
