"""A test double of the `ocpp` integration, for a real Home Assistant process.

Charge points speak OCPP 1.6J to it over a real WebSocket. Times, and what shows when,
are those that were measured on v0.11.
"""

import asyncio
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from ocpp.charge_point import camel_to_snake_case, snake_to_camel_case
from ocpp.exceptions import OCPPError
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.enums import Action
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.doubles.ocpp_central import Central, Sensors
from tests.doubles.ocpp_station import Payload

ANSWER_WITHIN_S: Final = 10
WITHOUT_BOOT_S: Final = 10.0
"""How long a charge point is waited for that does not say that it booted, s."""
ACCEPTED: Final = {"status": "Accepted"}


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Listen for charge points, those that the entry names."""
    server = CentralSystem(hass, entry)
    await server.async_start()
    entry.async_on_unload(server.async_stop)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Take the services away; the entry closes the server."""
    for service in hass.services.async_services_for_domain("ocpp"):
        hass.services.async_remove("ocpp", service)
    return True


class CentralSystem:
    """Listens on a port, and keeps one link for each charge point."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Register services and entities."""
        central = Central(hass)
        self._entry = entry
        self._server: Server | None = None
        self._links: dict[str, Link] = {}
        for settings in entry.data["cpids"]:
            for cp_id, own in settings.items():
                cpid, count = own["cpid"], own["num_connectors"]
                sensors = Sensors(hass, entry, cpid, count)
                sensors.show_unavailable()
                link = Link(cp_id, cpid, sensors, dict(entry.data))
                self._links[cp_id] = central.links[cpid] = link

    async def async_start(self) -> None:
        """Open the port."""
        data = self._entry.data
        self._server = await serve(
            self._async_connected,
            data["host"],
            data["port"],
            subprotocols=["ocpp1.6"],
            ping_interval=None,
            close_timeout=1,
        )

    async def async_stop(self) -> None:
        """Close it."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _async_connected(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        cp_id = connection.request.path.rpartition("/")[2]
        if (link := self._links.get(cp_id)) is not None:
            await link.async_serve(connection)


class Link(ChargePoint):
    """The central system's end of one charge point's connection."""

    def __init__(
        self, cp_id: str, cpid: str, sensors: Sensors, settings: dict[str, Any]
    ) -> None:
        """Stand by until it connects."""
        super().__init__(cp_id, None, ANSWER_WITHIN_S)
        self.cpid = cpid
        self.known = False
        self.connected = False
        self._sensors = sensors
        self._settings = settings
        self._ready = False
        self._reconnects = 0
        self._booted = asyncio.Event()
        self._transactions: dict[int, int] = {}

    async def async_serve(self, connection: ServerConnection) -> None:
        """Talk to it until the connection ends; what it showed then stays for good."""
        if self.known:
            self._reconnects += 1
            await self._connection.close()
        self._connection = connection
        self.known = self.connected = True
        watching = asyncio.gather(self._async_set_up(), self._async_ping(connection))
        try:
            await self.start()
        except ConnectionClosed:
            self.connected = self._connection is not connection
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def async_call(self, action: str, payload: Payload) -> Payload:
        """Send a call, and return its answer.

        Raises:
            TimeoutError: when there is none.
            ConnectionError: when the link is gone, or refuses the call.
        """
        message = getattr(call, action)(**camel_to_snake_case(payload))
        try:
            answer = await self.call(message, suppress=False)
        except (ConnectionClosed, OCPPError) as error:
            raise ConnectionError(repr(error)) from error
        told: Payload = snake_to_camel_case(asdict(answer))
        return told

    async def _async_set_up(self) -> None:
        """Ask it what it is, once it says that it booted or says nothing of that."""
        if not self._ready:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._booted.wait(), WITHOUT_BOOT_S)
            self._ready = True
            self._sensors.show_unknown()
        with suppress(ConnectionError, TimeoutError):
            key = {"key": ["NumberOfConnectors"]}
            answer = await self.async_call("GetConfiguration", key)
            count = answer["configurationKey"][0]["value"]
            interval = {"key": "MeterValueSampleInterval", "value": "60"}
            await self.async_call("ChangeConfiguration", interval)
            message = {"requestedMessage": "StatusNotification"}
            await self.async_call("TriggerMessage", message)
            self._sensors.show("connectors", count)
            self._sensors.show("reconnects", self._reconnects)

    async def _async_ping(self, connection: ServerConnection) -> None:
        lost = 0
        timeout_s = self._settings["websocket_ping_timeout"]
        while lost <= self._settings["websocket_ping_tries"]:
            await asyncio.sleep(self._settings["websocket_ping_interval"])
            try:
                pong = await connection.ping()
                delay_s = await asyncio.wait_for(pong, timeout_s)
            except TimeoutError:
                lost += 1
                delay_s = timeout_s
            except ConnectionClosed:
                return
            else:
                lost = 0
            if self._ready:
                self._sensors.show("latency_pong", round(delay_s * 1000, 1))
        await connection.close()

    @on(Action.boot_notification)
    async def _boot(self, **_: Any) -> call_result.BootNotification:
        self._booted.set()
        time = dt_util.utcnow().isoformat()
        return call_result.BootNotification(time, 3600, "Accepted")

    @on(Action.heartbeat)
    async def _heartbeat(self) -> call_result.Heartbeat:
        return call_result.Heartbeat(dt_util.utcnow().isoformat())

    @on(Action.status_notification)
    async def _status(
        self, connector_id: int, status: str, **_: Any
    ) -> call_result.StatusNotification:
        if self._ready and connector_id:
            self._sensors.show_status(connector_id, status)
        return call_result.StatusNotification()

    @on(Action.meter_values)
    async def _values(
        self,
        connector_id: int,
        meter_value: list[dict[str, Any]],
        transaction_id: int = 0,
    ) -> call_result.MeterValues:
        if self._ready:
            if transaction_id and not self._transactions.get(connector_id):
                self._transactions[connector_id] = transaction_id
                self._sensors.show("transaction_id", transaction_id, connector_id)
            for bucket in meter_value:
                values = bucket["sampled_value"]
                self._sensors.show_meter_values(connector_id, values)
        return call_result.MeterValues()

    @on(Action.start_transaction)
    async def _start(self, connector_id: int, **_: Any) -> call_result.StartTransaction:
        number = self._sensors.show_transaction(connector_id)
        self._transactions[connector_id] = number
        return call_result.StartTransaction(number, ACCEPTED)

    @on(Action.stop_transaction)
    async def _stop(self, transaction_id: int, **_: Any) -> call_result.StopTransaction:
        for connector, number in self._transactions.items():
            if number == transaction_id:
                self._transactions[connector] = 0
                self._sensors.show("transaction_id", 0, connector)
                self._sensors.show_no_flow(connector)
        return call_result.StopTransaction()
