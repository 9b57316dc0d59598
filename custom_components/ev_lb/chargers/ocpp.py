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
from math import inf
from typing import Final, override

from homeassistant.const import SERVICE_TURN_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util

from custom_components.ev_lb.engine.model import ChargerStatus, Reading

from .driver import ChargerDriver, CommandError, DriverProblem, Fallback
from .ocpp_base import Base
from .ocpp_calls import SET_CHARGE_RATE, Calls
from .ocpp_clock import Lease
from .ocpp_link import AWAY, Link
from .ocpp_measured import MeasuredCurrent, number_of
from .ocpp_offer import Offer
from .ocpp_others import Others
from .ocpp_profile import (
    ProfileSettings,
    RateUnit,
    limit_profile,
    on_tenth,
)
from .ocpp_station import (
    CONNECTORS,
    IMPORT,
    OFFERED,
    POWER,
    STATUS,
    STATUSES,
    TRANSACTION,
    Connector,
)
from .ocpp_stop import MAY_DRAW, ZERO_FOLLOW_S, Stops
from .ocpp_unsaid import CHARGES, Unsaid
from .ocpp_values import ASK_AGAIN_S, SHORTEST_WAIT_S, Values
from .ocpp_watts import PowerShare

FOLLOW_S: Final = 15.0
"""How long a charger may show more than it was told before that is a refusal."""
SILENT_S: Final = 75.0
"""How long a charger may show nothing: its own meter interval is 60 s by default."""
DRAWN_TOLERANCE_A: Final = 1.0


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
        self._unsaid = Unsaid()
        self._status: str | None = None
        self._transaction: str | None = None
        self._link = Link(now_s)
        self._calls = Calls(hass, connector, self._link, lambda: self.available)
        self._clears = self._calls.line.clears
        self._values = Values(
            hass, connector.cpid, self._calls, now_s, lambda: self._is_following
        )
        self._base = Base(settings, connector.number, self._calls, now_s)
        self._power = PowerShare(settings.wires)
        self._lease = Lease(settings.validity, settings.fallback_current_a)
        self._heard = asyncio.Event()

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
        base_a = self._stops.limit_a(self._settings.fallback_current_a)
        return Fallback(current_a=base_a, after_s=self._settings.lease_s)

    @property
    @override
    def status(self) -> ChargerStatus | None:
        """Return what the connector's state says of the car."""
        return STATUSES.get(self._connector_state or "")

    @property
    @override
    def measured_a(self) -> tuple[Reading | None, ...]:
        """Return what the car draws."""
        return self._measured.readings(self._now_s())

    @property
    @override
    def measured_from_s(self) -> float:
        """Return when it was first asked: any message writes all that was shown again."""
        return self._values.first_asked_s

    @property
    @override
    def problems(self) -> frozenset[DriverProblem]:
        """Return leftover limits in the charger, and what its integration does not show."""
        if not self._connector.entities:
            return frozenset({DriverProblem.GONE})
        overruled = self._others.come_again(self._now_s())
        found = {DriverProblem.OVERRULED} if overruled else set()
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
            self._base.lose()
            self._others.await_commands(time_s)
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
        elif key == TRANSACTION:
            again = self._notice_transaction(state)
        self._notice_state(key, time_s)
        self._heard.set()
        if self._calls.line.clears != self._clears:
            # Another connector of the station was reset, and this one with it.
            self._clears, again = self._calls.line.clears, True
            self._base.lose()
        if key in (OFFERED, IMPORT, POWER, STATUS):
            again = self._notice_given(time_s) or again
        again = self._notice_others(key, time_s) or again
        again = again or self._stops.is_to_begin_again(time_s)
        return again or self._base.needs_a_command(time_s)

    @override
    async def async_set_current(
        self, current_a: float, previous_a: float | None
    ) -> float:
        """Send the limit, and the base below it where that is due.

        Raises:
            CommandError: when the charger is away, or its integration says so.
        """
        if previous_a is None:
            # It may have lost everything: with a base that it refuses for want of a
            # slot, the limit would hold, and nothing below it.
            self._base.doubt(self._now_s())
            await self._base.async_send()
        limit_a = on_tenth(max(0.0, current_a))
        if self._others.to_clear:
            await self.async_reset()
        self._stops.told(limit_a, self._now_s())
        for step_a in self._stops.steps_a(limit_a, proves=self._tells):
            await self._async_send_limit(step_a)
        most_a = self._stops.limit_a(limit_a)
        self._offer.told = Reading(most_a, self._now_s())
        self._others.told(most_a, self._now_s())
        await self._base.async_send()
        await self._async_switch(limit_a)
        return limit_a

    async def _async_send_limit(self, limit_a: float) -> None:
        profile = limit_profile(
            self._settings,
            self._connector.number,
            limit_a,
            phases=self._power.phases,
            car_phases=self._power.car_phases,
            validity=self._lease.validity,
            now=dt_util.utcnow(),
        )
        await self._calls.async_set(profile)

    async def _async_switch(self, limit_a: float) -> None:
        """End a charge that 0 A does not stop; begin the next where that ended it."""
        if limit_a > 0 and self._stops.to_begin:
            self._stops.told_to_begin(self._now_s())
            await self._calls.async_begin()
        elif limit_a <= 0 and not self._stops.by_limit and self._may_draw:
            await self._calls.async_end()

    @override
    async def async_confirm(self, current_a: float) -> None:
        """Ask for what is measured until it keeps to the limit.

        Without a car that could draw there is nothing to be seen; a new
        transaction brings the next command.

        Raises:
            CommandError: when it shows more, or nothing at all.
        """
        since_s = self._now_s()
        if self._stops.begins_in_vain(since_s):
            raise CommandError(
                SERVICE_TURN_ON,
                "the charge did not begin again",
                entity_id=self._connector.charge_control,
            )
        ask_s = since_s
        while self._may_draw:
            if self._now_s() >= ask_s:
                ask_s = self._now_s() + ASK_AGAIN_S
                await self._values.async_ask()
            excess_a = self._excess_a(current_a, since_s)
            if excess_a is not None and excess_a <= 0:
                self._offer.hold()
                return
            tells = self._tells
            silent = excess_a is None and tells
            follow_s = FOLLOW_S if current_a > 0 else ZERO_FOLLOW_S
            end_s = since_s + (SILENT_S if silent else follow_s)
            if self._now_s() >= end_s:
                known = not self._stops.by_limit
                blind = not tells and self._connector_state == CHARGES
                if current_a <= 0 and (excess_a is not None or blind):
                    self._stops.by_limit = False
                if not tells and (current_a > 0 or known or self._stops.by_limit):
                    # It shows no current at all: there is no proof to wait for.
                    return
                self._offer.hold()
                shown = "it shows nothing" if excess_a is None else "it shows more"
                raise CommandError(
                    SET_CHARGE_RATE,
                    f"{shown} after it was told {current_a:g} A",
                    entity_id=self._connector.entities.get(OFFERED),
                )
            await self._async_hear(min(end_s, ask_s))

    async def _async_hear(self, until_s: float) -> None:
        """Wait until it tells something, or until then."""
        self._heard.clear()
        left_s = max(until_s - self._now_s(), SHORTEST_WAIT_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(left_s):
                await self._heard.wait()

    @override
    async def async_reset(self) -> None:
        """Clear all profiles; the limit and the base come right after.

        The base comes again a little later: some chargers clear after they said so.
        """
        await self._calls.async_clear()
        self._clears = self._calls.line.clears
        self._others.cleared(self._now_s())
        self._base.lose()
        await self._base.async_send()
        self._base.clear_late(self._now_s())

    @override
    async def async_unload(self) -> None:
        """Ask for no more values."""
        self._values.keep_asking(may_draw=False)

    @property
    def _may_draw(self) -> bool:
        return self._connector_state in MAY_DRAW

    @property
    def _connector_state(self) -> str | None:
        """Return what the connector does, by more than what is said of it."""
        return self._unsaid.word(self._word(STATUS), self.measured_a)

    def _notice_state(self, key: str | None, time_s: float) -> None:
        """See what the connector does, and ask while that may differ from what is said."""
        drawn = self.measured_a
        self._unsaid.say(self._word(STATUS), drawn, time_s)
        if key in (IMPORT, POWER):
            self._unsaid.notice(drawn, self._values.asked_s, time_s)
        before, self._status = self._status, self._connector_state
        self._stops.observe(before, self._status, time_s)
        asks = self._may_draw or self._unsaid.speaks_against(drawn)
        self._values.keep_asking(may_draw=asks)

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

    def _notice_others(self, key: str | None, time_s: float) -> bool:
        """See whether a car has more than it was told; return whether to clear that.

        A car that takes less than it is offered tells nothing of what it is offered.
        """
        told = self._offer.is_witness and key == OFFERED
        if not self._offer.is_witness and key in (IMPORT, POWER):
            told = any(row and row.time_s >= time_s for row in self.measured_a)
        most_a = self._others.most_a(time_s)
        # One that always shows its rating overrules nobody.
        if most_a is None or not self._may_draw or not told:
            return False
        return self._others.notice(self._excess_a(most_a, time_s), time_s)

    def _notice_phases(self) -> bool:
        """See on how many phases a power would flow; return whether that changed."""
        before = self._power.phases
        self._power.notice_car(self._measured.phases_in_use)
        if self.status is ChargerStatus.DISCONNECTED:
            self._power.forget_car()
        return self._counts_in_watts and self._power.phases != before

    def _notice_given(self, time_s: float) -> bool:
        """See what a car gets of its limit; return whether it is told otherwise now."""
        told, given_a = self._offer.told, self._given_a
        before = self._power.phases
        if self._counts_in_watts:
            self._power.notice_given(told, given_a, time_s)
        changed = self._settings.leases and self._lease.notice(told, given_a, time_s)
        return changed or self._power.phases != before

    @property
    def _counts_in_watts(self) -> bool:
        return self._settings.rate_unit is RateUnit.POWER

    @property
    def _given_a(self) -> float | None:
        """Return what it gives to a car that charges or waits for more, A."""
        offer = self._offer.reading
        told = self._offer.told
        if not self._may_draw or told is None:
            return None
        if offer is not None and self._offer.moves and offer.time_s > told.time_s:
            return offer.value
        if self._connector_state == "SuspendedEVSE":
            return 0.0
        drawn = [
            row.value for row in self.measured_a if row and row.time_s > told.time_s
        ]
        charges = self.status is ChargerStatus.CHARGING
        return max(drawn, default=None) if charges else None

    def _notice_transaction(self, state: State | None) -> bool:
        before = self._transaction
        self._transaction = None if state is None else state.state
        running = self._transaction not in (None, "0", *AWAY)
        anew = running and before is not None and self._transaction != before
        if anew:
            self._unsaid.begin()
        elif not running:
            self._unsaid.end()
        return anew

    @property
    def _is_following(self) -> bool:
        """Return whether the car may be on its way to what it was told."""
        told, drawn = self._offer.told, self.measured_a
        if not self._may_draw:
            return self._unsaid.speaks_against(drawn)
        if told is None or self._now_s() > told.time_s + FOLLOW_S:
            return False
        draws_a = max((row.value for row in drawn if row), default=told.value)
        return abs(draws_a - told.value) > DRAWN_TOLERANCE_A

    def _state(self, key: str) -> State | None:
        return self._hass.states.get(self._connector.entities.get(key, ""))

    def _word(self, key: str) -> str | None:
        state = self._state(key)
        return None if state is None or state.state in AWAY else state.state
