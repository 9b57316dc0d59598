"""Drives an OCPP charge point through the `ocpp` integration (lbbrhzn/ocpp).

Its services, entities and answers were measured on v0.11 with OCPP 1.6. A service
that succeeds proves nothing there: a refused profile succeeds too, and a command
whose charger is away may reach another one. So a command names its charger, goes
out only while that charger's own entities live, and counts once the charger
offers, or the car draws, no more than it was told.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from math import inf
from typing import Any, Final, override

from homeassistant.const import (
    ATTR_ENTITY_ID,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    STATE_UNAVAILABLE,
    Platform,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from custom_components.ev_lb.engine.model import ChargerStatus, Reading

from .driver import ChargerDriver, CommandError, DriverProblem, Fallback, command
from .ocpp_link import AWAY, Link
from .ocpp_measured import MeasuredCurrent, number_of
from .ocpp_offer import Offer
from .ocpp_others import Others
from .ocpp_profile import (
    ProfileSettings,
    RateUnit,
    base_profile,
    limit_profile,
    on_tenth,
)
from .ocpp_station import (
    CONNECTORS,
    IMPORT,
    OCPP,
    OFFERED,
    POWER,
    STATUS,
    STATUSES,
    TRANSACTION,
    Connector,
    line_of,
)
from .ocpp_stop import MAY_DRAW, ZERO_FOLLOW_S, Stops

SET_CHARGE_RATE: Final = "set_charge_rate"
CLEAR_PROFILE: Final = "clear_profile"
TRIGGER_MESSAGE: Final = "trigger_custom_message"

CALL_TIMEOUT_S: Final = 10.0
METER_PERIOD_S: Final = 10.0
"""How often a car that charges is measured, whatever the charger's own interval."""
FOLLOW_S: Final = 15.0
"""How long a charger may show more than it was told before that is a refusal."""
SILENT_S: Final = 75.0
"""How long a charger may show nothing: its own meter interval is 60 s by default."""
DRAWN_TOLERANCE_A: Final = 1.0
ASK_AGAIN_S: Final = 2.5
"""The same while a command is not proven yet, or the car does not keep to it yet."""
# A timer may fire a little early; what it waits for is over then.
SHORTEST_WAIT_S: Final = 0.01
BASE_AGAIN_S: Final = 270.0
"""How often the base is sent anew, s: whether it was lost shows only once it is needed."""
LATE_CLEAR_S: Final = 10.0
"""By then a charger that was told to clear its profiles has done so."""


class OcppDriver(ChargerDriver):
    """Holds one connector at a limit that ends by itself, above a lasting base."""

    def __init__(
        self,
        hass: HomeAssistant,
        connector: Connector,
        settings: ProfileSettings,
        now_s: Callable[[], float],
    ) -> None:
        """Take the connector, how to write its profiles, and the site's clock."""
        self._hass = hass
        self._connector = connector
        self._settings = settings
        self._now_s = now_s
        self._keys = {name: key for key, name in connector.entities.items()}
        self._measured = MeasuredCurrent(settings.wires, settings.voltage_v)
        self._offer = Offer()
        self._stops = Stops()
        self._others = Others(
            settings.lease_s if settings.leases else inf, settings.fallback_current_a
        )
        self._status: str | None = None
        self._asked_s = -inf
        self._asked_first_s = inf
        self._transaction: str | None = None
        self._link = Link(now_s)
        self._base_due_s: float | None = 0.0
        self._base_sent_s = -inf
        self._phases = settings.wires
        self._line = line_of(hass, connector.cpid)
        self._clears = self._line.clears
        self._heard = asyncio.Event()
        self._stop_asking: CALLBACK_TYPE | None = None

    @property
    @override
    def entity_ids(self) -> tuple[str, ...]:
        """Return the sensors of the connector and of its station."""
        return tuple(self._keys)

    @property
    @override
    def available(self) -> bool:
        """Return whether this very charger is connected, as far as that shows.

        After a lost connection its other entities keep their values.
        """
        if self._word(STATUS) is None:
            return False
        if (state := self._state(IMPORT)) and state.state == STATE_UNAVAILABLE:
            return False
        return self._link.alive

    @property
    @override
    def reported_a(self) -> float | None:
        """Return what it offers to a car; without one that means nothing."""
        offered, shows = self._offer.reading, self._may_draw and self.available
        return (
            offered.value if offered and shows and not self._offer.is_rating else None
        )

    @property
    @override
    def shown_a(self) -> float | None:
        """Return None: a limit of somebody else is a repair here, with a way to clear it.

        What is offered proves commands; adopted as the set-point, it would hide that.
        """
        return None

    @property
    @override
    def fallback(self) -> Fallback:
        """Return the base profile, which holds once the lease is over."""
        if not self._settings.leases:
            return Fallback(current_a=None)
        return Fallback(
            current_a=self._settings.fallback_current_a, after_s=self._settings.lease_s
        )

    @property
    @override
    def status(self) -> ChargerStatus | None:
        """Return what the connector's state says of the car."""
        return STATUSES.get(self._word(STATUS) or "")

    @property
    @override
    def measured_a(self) -> tuple[Reading | None, ...]:
        """Return what the car draws."""
        return self._measured.readings(self._now_s())

    @property
    @override
    def measured_from_s(self) -> float:
        """Return when it was first asked: any message writes all that was shown again."""
        return self._asked_first_s

    @property
    @override
    def problems(self) -> frozenset[DriverProblem]:
        """Return leftover limits in the charger, and connectors that do not show."""
        found = set()
        if self._offer.is_capped:
            found.add(DriverProblem.CAPPED)
        count = number_of(self._state(CONNECTORS)) or 0
        if count > 1 and not (self._connector.of_several and self.available):
            found.add(DriverProblem.CONNECTORS_HIDDEN)
        return frozenset(found)

    @override
    def observe(self, entity_id: str, state: State | None, time_s: float) -> bool:
        """Take a report; a new transaction and other phases need a new command."""
        key = self._keys.get(entity_id)
        again = False
        if key is not None and self._link.observe(key, state, time_s):
            self._base_due_s = 0.0
            again = True
        if key == OFFERED:
            charges = self.status is ChargerStatus.CHARGING
            self._offer.take(number_of(state), time_s, charges=charges)
        elif key == IMPORT:
            self._measured.observe(state, time_s)
            again = self._notice_phases()
        elif key == POWER:
            self._measured.observe_power(state, time_s, self._offer.told)
        elif key == STATUS:
            again = self._notice_phases() or again
            self._keep_asking()
            before, self._status = self._status, self._word(STATUS)
            self._stops.observe(before, self._status, time_s)
        elif key == TRANSACTION:
            again = self._notice_transaction(state)
        self._heard.set()
        if self._line.clears != self._clears:
            # Another connector of the station was reset, and this one with it.
            self._clears, self._base_due_s, again = self._line.clears, 0.0, True
        overruled = key in (OFFERED, IMPORT, POWER) and self._notice_others(time_s)
        return again or overruled or self._may_have_cleared_late

    @override
    async def async_set_current(
        self, current_a: float, previous_a: float | None
    ) -> float:
        """Send the limit, and the base below it where that is due.

        Raises:
            CommandError: when the charger is away, or its integration says so.
        """
        old = self._now_s() >= self._base_sent_s + BASE_AGAIN_S
        if (previous_a is None or old) and self._base_due_s is None:
            self._base_due_s = 0.0
        limit_a = on_tenth(max(0.0, current_a))
        if self._others.to_clear:
            await self.async_reset()
        self._stops.told(limit_a, self._now_s())
        await self._async_send(
            limit_profile(
                self._settings,
                self._connector.number,
                self._stops.limit_a(limit_a),
                phases=self._phases,
                now=dt_util.utcnow(),
            )
        )
        self._offer.told = Reading(limit_a, self._now_s())
        self._others.told(limit_a, self._now_s())
        await self._async_send_base()
        await self._async_switch(limit_a)
        return limit_a

    async def _async_switch(self, limit_a: float) -> None:
        """End a charge that 0 A does not stop; begin the next where that ended it."""
        entity_id = self._connector.charge_control
        if entity_id is None:
            return
        if limit_a > 0 and self._stops.to_begin:
            await self._async_call(SERVICE_TURN_ON, {ATTR_ENTITY_ID: entity_id})
        elif limit_a <= 0 and not self._stops.by_limit and self._may_draw:
            await self._async_call(SERVICE_TURN_OFF, {ATTR_ENTITY_ID: entity_id})

    @override
    async def async_confirm(self, current_a: float) -> None:
        """Ask for what is measured until it keeps to the limit.

        Without a car that could draw there is nothing to be seen; a new
        transaction brings the next command.

        Raises:
            CommandError: when it shows more, or nothing at all.
        """
        since_s = self._now_s()
        ask_s = since_s
        while self._may_draw:
            if self._now_s() >= ask_s:
                ask_s = self._now_s() + ASK_AGAIN_S
                await self._async_ask_for_values()
            excess_a = self._excess_a(current_a, since_s)
            if excess_a is not None and excess_a <= 0:
                self._offer.hold()
                return
            tells = self._tells
            silent = excess_a is None and tells
            follow_s = FOLLOW_S if current_a > 0 else ZERO_FOLLOW_S
            end_s = since_s + (SILENT_S if silent else follow_s)
            if self._now_s() >= end_s:
                if current_a <= 0 and excess_a is not None:
                    self._stops.by_limit = False
                if not tells:
                    # It shows no current at all: there is no proof to wait for.
                    return
                self._offer.hold()
                shown = "it shows nothing" if excess_a is None else "it shows more"
                raise CommandError(
                    SET_CHARGE_RATE,
                    f"{shown} after it was told {current_a:g} A",
                    entity_id=self._connector.entities.get(OFFERED),
                )
            self._heard.clear()
            left_s = min(end_s, ask_s) - self._now_s()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(left_s, SHORTEST_WAIT_S)):
                    await self._heard.wait()

    @override
    async def async_reset(self) -> None:
        """Clear all profiles; the limit and the base come right after.

        The base comes again a little later: some chargers clear after they said so.
        """
        await self._async_call(CLEAR_PROFILE, {})
        self._line.clears = self._clears = self._line.clears + 1
        self._others.cleared(self._now_s())
        self._base_due_s = 0.0
        await self._async_send_base()
        self._base_due_s = self._now_s() + LATE_CLEAR_S

    @override
    async def async_unload(self) -> None:
        """Ask for no more values."""
        if self._stop_asking is not None:
            self._stop_asking()
            self._stop_asking = None

    @property
    def _may_draw(self) -> bool:
        return self._word(STATUS) in MAY_DRAW

    @property
    def _tells(self) -> bool:
        """Return whether it tells anything that could prove a limit."""
        offers = self._offer.reading is not None and not self._offer.is_rating
        return offers or bool(self.measured_a)

    def _excess_a(self, current_a: float, since_s: float) -> float | None:
        """Return how much more than a limit has shown since then; None for nothing."""
        offered_a = self._offer.excess_a(current_a, since_s)
        if offered_a is not None and self._offer.moves:
            return offered_a
        drawn = [row for row in self.measured_a if row and row.time_s >= since_s]
        if not drawn:
            return offered_a
        return max(row.value for row in drawn) - current_a - DRAWN_TOLERANCE_A

    def _notice_others(self, time_s: float) -> bool:
        """See whether a car has more than it was told; return whether to clear that."""
        most_a = self._others.most_a(time_s)
        if most_a is None or not self._may_draw:
            return False
        return self._others.notice(self._excess_a(most_a, time_s), time_s)

    def _notice_phases(self) -> bool:
        """See on how many phases a power would flow; return whether that changed."""
        phases = self._measured.phases_in_use
        if self.status is ChargerStatus.DISCONNECTED:
            phases = self._settings.wires
        if phases is None or phases == self._phases:
            return False
        self._phases = phases
        return self._settings.rate_unit is RateUnit.POWER

    def _notice_transaction(self, state: State | None) -> bool:
        before = self._transaction
        self._transaction = None if state is None else state.state
        running = self._transaction not in (None, "0", *AWAY)
        return running and before is not None and self._transaction != before

    def _keep_asking(self) -> None:
        """Have a car measured for as long as it may draw."""
        if self._may_draw and self._stop_asking is None:
            self._stop_asking = async_track_time_interval(
                self._hass,
                self._async_ask_now,
                timedelta(seconds=ASK_AGAIN_S),
                name=f"{self._connector.cpid} meter values",
                cancel_on_shutdown=True,
            )
        elif not self._may_draw and self._stop_asking is not None:
            self._stop_asking()
            self._stop_asking = None

    async def _async_ask_now(self, _now: datetime) -> None:
        period_s = ASK_AGAIN_S if self._is_following else METER_PERIOD_S
        due = self._now_s() >= self._asked_s + period_s - SHORTEST_WAIT_S
        # A command must not wait behind a question.
        if due and self.available and not self._line.locked():
            await self._async_ask_for_values()

    @property
    def _is_following(self) -> bool:
        """Return whether the car may be on its way to what it was told."""
        told, drawn = self._offer.told, self.measured_a
        if told is None or self._now_s() > told.time_s + FOLLOW_S:
            return False
        draws_a = max((row.value for row in drawn if row), default=told.value)
        return abs(draws_a - told.value) > DRAWN_TOLERANCE_A

    async def _async_ask_for_values(self) -> None:
        """Ask for fresh values; a charger that cannot be asked reports in its time."""
        self._asked_s = self._now_s()
        self._asked_first_s = min(self._asked_first_s, self._asked_s)
        with suppress(CommandError):
            await self._async_call(
                TRIGGER_MESSAGE, {"requested_message": "MeterValues"}
            )

    @property
    def _may_have_cleared_late(self) -> bool:
        """Return whether what was sent after a reset is to be sent once more."""
        due_s = self._base_due_s
        return due_s is not None and 0 < due_s <= self._now_s()

    async def _async_send_base(self) -> None:
        due_s = self._base_due_s
        if not self._settings.leases or due_s is None or self._now_s() < due_s:
            return
        await self._async_send(base_profile(self._settings, self._connector.number))
        self._base_due_s, self._base_sent_s = None, self._now_s()

    async def _async_send(self, profile: dict[str, Any]) -> None:
        await self._async_call(
            SET_CHARGE_RATE,
            {"conn_id": self._connector.number, "custom_profile": profile},
        )

    async def _async_call(self, service: str, data: dict[str, Any]) -> None:
        """Call a service for this charger, one at a time for its station.

        Raises:
            CommandError: when it fails, or when the call might reach another one.
        """
        entity_id = self._connector.entities.get(STATUS)
        async with command(service, entity_id, CALL_TIMEOUT_S), self._line:
            if not self.available:
                raise CommandError(service, "the charger is away", entity_id=entity_id)
            domain = OCPP
            if ATTR_ENTITY_ID in data:
                domain = Platform.SWITCH
            else:
                data = {"devid": self._connector.cpid, **data}
            async with self._link.until_it_breaks(service):
                await self._hass.services.async_call(
                    domain, service, data, blocking=True
                )

    def _state(self, key: str) -> State | None:
        return self._hass.states.get(self._connector.entities.get(key, ""))

    def _word(self, key: str) -> str | None:
        state = self._state(key)
        return None if state is None or state.state in AWAY else state.state
