"""A charge point with a car that speaks OCPP 1.6J over a real WebSocket.

What it lets flow follows from its charging profiles alone, connected or not.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
import json
import time
from typing import Any, Final, override

from ocpp.exceptions import OCPPError
from ocpp.messages import Call, validate_payload
from ocpp.v16 import ChargePoint as Protocol, call
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.doubles.ocpp_station import LEAST_A, MUTE, Outlet, Station
from tools.home_assistant_process import LOOPBACK

STEP_S: Final = 0.05
DEAD_TIME_S: Final = 0.5
"""From a change of what is offered until the car begins to follow."""
FALL_A_PER_S: Final = 20.0
RISE_A_PER_S: Final = 8.0
RETRY_S: Final = 0.5
"""How often it tries to connect."""
REBOOT_S: Final = 3.0
PHASES: Final = (0, 1, 2)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class LiveStation(Station):
    """A station whose car takes its time."""

    flowing_a: float = 0.0

    @override
    def drawn_a(self, connector: int = 1) -> float:
        """Return what the car draws at this moment on each of its phases, A."""
        return self.flowing_a


@dataclass(kw_only=True)
class LiveChargePoint:
    """A charge point of one outlet, from its socket to its car."""

    cpid: str
    port: int = 0
    wires: tuple[int, ...] = PHASES
    """Which phase of the grid each of its own is, in its order."""
    car_a: float = 32.0
    car_phases: int = 3
    answers_after_s: float = 0.0
    """How long it takes to do what it is told, and to answer, s."""
    answered: list[tuple[float, str, dict[str, Any], dict[str, Any]]] = field(
        default_factory=list
    )
    """What it was told, when, and what it answered."""
    station: LiveStation = field(init=False)
    _link: _Link | None = None
    _wanted: bool = True
    _booted: bool = False
    _dark: bool = False
    _ended: bool = False
    """Whether its charge was ended while the cable stayed."""
    _coming: deque[tuple[float, float]] = field(default_factory=deque)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _faults: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Stand without a car."""
        outlet = Outlet(
            status="Available",
            car_a=self.car_a,
            car_phases=self.car_phases,
            transaction=0,
        )
        self.station = LiveStation(now=_now, cpid=self.cpid, outlets={1: outlet})

    @property
    def outlet(self) -> Outlet:
        """The only outlet."""
        return self.station.outlets[1]

    @property
    def plugged_in(self) -> bool:
        """Whether there is a car."""
        return self.outlet.since is not None

    def drawn_a(self, phase: int) -> float:
        """Return what it takes from a phase of the grid, A."""
        used = self.wires[: self.car_phases]
        return self.station.flowing_a if phase in used else 0.0

    def start(self) -> None:
        """Switch it on."""
        self._do(self._live())
        self._do(self._stay_connected())

    async def stop(self) -> None:
        """Switch it off."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._faults:
            raise self._faults[0]

    def plug_in(self) -> None:
        """Let a car come."""
        self._ended = False
        self.outlet.since = _now()
        self._set_status("Preparing")
        self._do(self._begin_transaction())

    def unplug(self) -> None:
        """Let the car go."""
        self.outlet.since = None
        self._do(self._end_transaction("EVDisconnected"))
        self._set_status("Available")

    def drop(self) -> None:
        """Lose the connection, without a word, until it is found again."""
        self._wanted = False
        if self._link is not None:
            self._link.connection.transport.abort()

    def find_again(self) -> None:
        """Connect again."""
        self._wanted = True

    async def reboot(self, *, forgets: bool, network_after_s: float = 0.0) -> None:
        """Restart: nothing flows for a while, then a new charge begins.

        Its network may be there some time later than its car's current, s.
        """
        self.drop()
        self._dark = True
        if forgets:
            self.station.profiles.clear()
        await asyncio.sleep(REBOOT_S)
        self._booted = False
        self._dark = False
        self.outlet.transaction = 0
        if self.plugged_in:
            self.outlet.since = _now()
        await asyncio.sleep(network_after_s)
        self.find_again()

    def answer(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a call, and do what it says."""
        running = self.outlet.transaction
        if action == "RemoteStopTransaction" and payload["transactionId"] != running:
            return {"status": "Rejected"}
        if action in ("RemoteStopTransaction", "RemoteStartTransaction"):
            payload = {"connectorId": 1}
        answer = self.station.answer(action, payload)
        self.answered.append((time.monotonic(), action, payload, answer))
        if running and not self.outlet.transaction:
            self._ended = True
            self._do(self._tell_end(running, "Remote"))
        elif action == "RemoteStartTransaction" and self.outlet.transaction != running:
            self._ended = False
            # What it does from now on is told when it does it.
            self.outlet.status, self.outlet.transaction = "Preparing", 0
            self.outlet.since = _now()
            self._do(self._begin_transaction())
        return answer

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._faults.append(fault)

    async def _stay_connected(self) -> None:
        while True:
            if self._wanted:
                with suppress(OSError, WebSocketException, TimeoutError):
                    await self._connect()
            await asyncio.sleep(RETRY_S)

    async def _connect(self) -> None:
        url = f"ws://{LOOPBACK}:{self.port}/{self.cpid.upper()}"
        async with connect(
            url, subprotocols=["ocpp1.6"], ping_interval=None, close_timeout=1
        ) as connection:
            self._link = _Link(self, connection)
            self._do(self._introduce())
            try:
                await self._link.start()
            finally:
                self._link = None

    async def _introduce(self) -> None:
        """Say that it booted, if it did, and what it does."""
        if not self._booted:
            await self.tell(call.BootNotification("Double", "ev_lb"))
            self._booted = True
        await self._tell_status()
        if self.plugged_in and not self.outlet.transaction and not self._ended:
            await self._begin_transaction()

    async def tell(self, message: Any) -> Any:
        """Send a message; without a connection, or when it is mute, nobody hears it."""
        if self._link is None or self.station.answers == MUTE:
            return None
        with suppress(OSError, OCPPError, WebSocketException, TimeoutError):
            return await self._link.call(message)

    async def tell_meter_values(self) -> None:
        """Send what is measured."""
        values = [{"timestamp": _now().isoformat(), "sampledValue": []}]
        values[0]["sampledValue"] = self.station.sampled_values(1)
        await self.tell(call.MeterValues(1, values, self.outlet.transaction or None))

    async def trigger(self, message: str) -> None:
        """Send what the central system asked for."""
        if message == "MeterValues":
            await self.tell_meter_values()
        elif message == "StatusNotification":
            await self._tell_status()
        elif message == "BootNotification":
            await self.tell(call.BootNotification("Double", "ev_lb"))

    def _set_status(self, status: str) -> None:
        if status != self.outlet.status:
            self.outlet.status = status
            self._do(self._tell_status())

    async def _tell_status(self) -> None:
        if self.station.tells_status:
            status = self.outlet.status
            await self.tell(call.StatusNotification(1, "NoError", status))

    async def _begin_transaction(self) -> None:
        answer = await self.tell(
            call.StartTransaction(1, "car", 0, _now().isoformat()),
        )
        if answer is not None and self.plugged_in:
            self.outlet.transaction = answer.transaction_id

    async def _end_transaction(self, reason: str) -> None:
        number, self.outlet.transaction = self.outlet.transaction, 0
        self.station.profiles.end_transaction(1)
        if number:
            await self._tell_end(number, reason)

    async def _tell_end(self, number: int, reason: str) -> None:
        await self.tell(call.StopTransaction(0, _now().isoformat(), number, reason))
        await self._tell_status()

    async def _live(self) -> None:
        """Let the car follow, and tell what changes."""
        loop = asyncio.get_running_loop()
        sampled_s = loop.time()
        while True:
            self._follow(loop.time())
            interval_s = float(
                self.station.settings.get("MeterValueSampleInterval", 60)
            )
            if loop.time() >= sampled_s + interval_s > sampled_s:
                sampled_s = loop.time()
                self._do(self.tell_meter_values())
            await asyncio.sleep(STEP_S)

    def _follow(self, now_s: float) -> None:
        offered_a = self.station.offered_a()
        gives = self.plugged_in and not self._dark and not self._ended
        charges = gives and offered_a >= LEAST_A
        self._coming.append((now_s, min(self.car_a, offered_a) if charges else 0.0))
        if self._dark or not self.plugged_in:
            self.station.flowing_a = 0.0
            self._coming.clear()
            return
        target_a = self.station.flowing_a
        while self._coming and self._coming[0][0] <= now_s - DEAD_TIME_S:
            target_a = self._coming.popleft()[1]
        lowest_a = self.station.flowing_a - FALL_A_PER_S * STEP_S
        highest_a = self.station.flowing_a + RISE_A_PER_S * STEP_S
        self.station.flowing_a = min(max(target_a, lowest_a), highest_a)
        if not self._ended:
            self._set_status("Charging" if charges else "SuspendedEVSE")


class _Link(Protocol):
    """One connection to the central system."""

    def __init__(self, owner: LiveChargePoint, connection: ClientConnection) -> None:
        super().__init__(owner.cpid, connection)
        self.connection = connection
        self._owner = owner

    @override
    async def route_message(self, raw_msg: str) -> None:
        """Take a message; whoever is mute does not answer any."""
        if self._owner.station.answers != MUTE:
            await super().route_message(raw_msg)

    @override
    async def _handle_call(self, msg: Call) -> None:
        await validate_payload(msg, "1.6")
        # Checked numbers are decimals.
        payload = json.loads(json.dumps(msg.payload, default=float))
        if self._owner.answers_after_s:
            # The next message does not wait for this one.
            self._owner._do(self._answer_late(msg, payload))
        else:
            await self._answer(msg, payload)

    async def _answer_late(self, msg: Call, payload: dict[str, Any]) -> None:
        await asyncio.sleep(self._owner.answers_after_s)
        with suppress(WebSocketException):
            await self._answer(msg, payload)

    async def _answer(self, msg: Call, payload: dict[str, Any]) -> None:
        answer = msg.create_call_result(self._owner.answer(msg.action, payload))
        await validate_payload(answer, "1.6")
        await self._send(answer.to_json())
        accepted = answer.payload.get("status") == "Accepted"
        if msg.action == "TriggerMessage" and accepted:
            self._owner._do(self._owner.trigger(msg.payload["requestedMessage"]))
