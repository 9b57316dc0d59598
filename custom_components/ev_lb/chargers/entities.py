"""Drives a charger through its entities and actions, by the facts of its family.

An action that succeeds proves nothing: some integrations only log what went
wrong. Where a charger shows its limit, a command counts once it shows no more
than it was told; and when it shows more later on, somebody else wrote there, or
the limit has ended, and it is told again.
"""

import asyncio
from collections.abc import Callable
from math import inf, isfinite
from typing import Any, Final, override

from homeassistant.const import (
    ATTR_DEVICE_ID,
    ATTR_ENTITY_ID,
    STATE_HOME,
    STATE_OFF,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import Context, HomeAssistant, State, callback
from homeassistant.helpers.event import async_call_later

from custom_components.ev_lb.engine.model import (
    ChargerStatus,
    CurrentRange,
    Reading,
)

from .driver import ChargerDriver, CommandError, Fallback, command
from .facts import PHASE_ROLES, Call, Family, LeftAlone, Limit, Role, filled
from .find import Found
from .number_range import on_step, range_a
from .state_values import amperes_of, unit_a

CALL_TIMEOUT_S: Final = 10.0
COMES_WITHIN_S: Final = 10.0
"""How long a limit may take to come once its charger is started, s."""
AGAIN_S: Final = 300.0
"""How long that is not tried again where it did not come, s."""
SET_CURRENT: Final = "set_current"
ABSENT: Final = "the entity is not there"
SHOWN_TOLERANCE_A: Final = 0.5
AWAY: Final = frozenset({STATE_UNAVAILABLE, STATE_UNKNOWN})


class EntitiesDriver(ChargerDriver):
    """Sets one limit of a charger, and takes the reports of its entities."""

    def __init__(
        self,
        hass: HomeAssistant,
        family: Family,
        limit: Limit,
        found: Found,
        now_s: Callable[[], float],
        *,
        wires: int = 3,
        lease_s: float = 0.0,
    ) -> None:
        """Take the charger, which of its limits to set, and the site's clock.

        It is wired to so many phases. With a lease, each limit ends after so long
        unless it is sent again, s.
        """
        self._hass = hass
        self._family = family
        self._limit = limit
        self._found = found
        self._now_s = now_s
        self._wires = wires
        self._lease_s = lease_s
        self._measured: dict[Role, Reading] = {}
        self._told_a: float | None = None
        self._meant_a: float | None = None
        """What that stands for, A: a lease may be renewed with a little less."""
        self._proven = False
        self._parked = False
        """Whether it could be neither stopped nor started yet."""
        self._passed_over = False
        self._started_s = self._again_s = -inf
        """When it was started for its limit to come, and may be again, s."""
        self._heard = asyncio.Event()

    @property
    @override
    def entity_ids(self) -> tuple[str, ...]:
        """Return the entities that are there."""
        return tuple(dict.fromkeys(self._found.entities.values()))

    @property
    @override
    def shortest_retry_s(self) -> float:
        """Return how soon a failed command may be tried again, s."""
        return self._family.shortest_retry_s

    @property
    @override
    def available(self) -> bool:
        """Return whether all that is needed is there, and its cloud reaches it."""
        if self._is_elsewhere:
            # Asleep or not, it takes nothing here.
            return True
        online = self._state(Role.ONLINE)
        if online is not None and online.state in (STATE_OFF, *AWAY):
            return False
        missing = {row for row in self._limit.needs if not self._is_there(row)}
        if self._family.run_needs_car:
            missing.discard(Role.RUN)
        if self._limit_comes_with_start:
            missing.discard(Role.CURRENT)
        return not missing

    @property
    @override
    def can_stop(self) -> bool:
        """Return whether 0 A can be asked of it; True while that is not known."""
        return self._limit.stop is not None or self._range_a()[0] <= 0

    @property
    @override
    def reported_a(self) -> float | None:
        """Return the limit that it shows, or 0 A while it is stopped."""
        run = self._state(Role.RUN)
        if run is not None and run.state in self._family.stopped:
            return 0.0
        if self._limit.set_current is None:
            return None if run is None or run.state in AWAY else self._family.highest_a
        shown_a = self._value_a(self._limit.shown)
        if shown_a == 0 and self._family.zero_is_unlimited:
            return self._family.highest_a
        return shown_a

    @property
    @override
    def shown_a(self) -> float | None:
        """Return the limit that it shows, unless a car is charged elsewhere, A."""
        if self._is_elsewhere:
            return None
        reported_a = self.reported_a
        return self._meant_a if reported_a == self._told_a else reported_a

    @property
    @override
    def current_range(self) -> CurrentRange | None:
        """Return what its number takes now."""
        call = self._limit.set_current
        role = None if call is None else call.role
        state = None if role is None or self._is_elsewhere else self._state(role)
        if state is None or state.state in AWAY:
            return None
        least_a, most_a, step_a = self._range_a()
        if not (isfinite(least_a) and isfinite(most_a) and isfinite(step_a)):
            return None
        return CurrentRange(least_a, most_a, step_a)

    @property
    @override
    def fallback(self) -> Fallback | None:
        """Return what its family does; unknown for entities that its owner picked."""
        left_alone_a = self._value_a(Role.LEFT_ALONE)
        highest_a = self._family.highest_a if left_alone_a is None else left_alone_a
        if self._lease_s:
            return Fallback(current_a=highest_a, after_s=self._lease_s)
        match self._limit.left_alone:
            case LeftAlone.KEEPS_UNTIL_SESSION | LeftAlone.OPENS:
                return Fallback(current_a=highest_a)
            case LeftAlone.OWN_FALLBACK if left_alone_a is not None:
                return Fallback(current_a=left_alone_a)
            case LeftAlone.KEEPS if self._family.platform:
                return Fallback(current_a=None)
        return None

    @property
    @override
    def status(self) -> ChargerStatus | None:
        """Return the status of the car by its entities."""
        if self._is_elsewhere:
            return ChargerStatus.DISCONNECTED
        for role, meanings in self._family.statuses:
            state = self._state(role)
            if state is not None and (status := meanings.get(state.state)) is not None:
                return status
        return None

    @property
    @override
    def measured_a(self) -> tuple[Reading | None, ...]:
        """Return what the car draws per phase, or on the fullest one."""
        if self._is_elsewhere:
            return ()
        roles = self._measuring_roles
        known = [self._measured[role] for role in roles if role in self._measured]
        if len(known) == self._wires:
            return tuple(known)
        return (max(known),) if known else ()

    @property
    @override
    def measured_entity_ids(self) -> tuple[str, ...]:
        """Return the entities that measure what the car draws."""
        entities = self._found.entities
        return tuple(entities[row] for row in self._measuring_roles if row in entities)

    @override
    def observe(self, entity_id: str, state: State | None, time_s: float) -> bool:
        """Take a report; ask for a new command when it rose, or can stop now."""
        for role in (Role.MEASURED, *PHASE_ROLES):
            if self._found.entities.get(role) == entity_id:
                self._take_measured(role, time_s)
        self._heard.set()
        if self._found.entities.get(Role.HOME) == entity_id and self._passed_over:
            # What it was told elsewhere was not sent.
            self._passed_over = self._is_elsewhere
            return not self._passed_over
        excess_a = self._excess_a()
        rose = self._proven and excess_a is not None and excess_a > 0
        parked = self._parked and not self._waits_for_car
        if not self.available or not (rose or parked):
            return False
        self._proven = False
        return True

    @override
    async def async_set_current(
        self, current_a: float, previous_a: float | None
    ) -> float:
        """Set the limit, rounded down to its step; stop at 0 A, start from there.

        Raises:
            CommandError: when an action fails, or when 0 A is beyond the charger.
        """
        start_due = self._parked or not previous_a
        self._proven = False
        self._passed_over = self._is_elsewhere
        if self._passed_over:
            # Where it stands now, it is none of ours.
            self._told_a = self._meant_a = None
            return max(0.0, current_a)
        lowest_a, highest_a, step_a = self._range_a()
        value_a = on_step(min(current_a, highest_a), lowest_a, step_a)
        # What the charger cannot go down to, it must not be left above.
        if current_a <= 0 or value_a < max(lowest_a, self._family.lowest_a):
            await self._async_stop(max(0.0, lowest_a))
            return 0.0
        if self._limit_comes_with_start or self._started_s > -inf:
            await self._async_start_for_limit(value_a)
            self._started_s, start_due = -inf, False
        # The limit comes first: the car must not start at an old, higher one.
        value_a = await self._async_write(value_a)
        if self._limit.start is not None and start_due:
            self._parked = self._waits_for_car
            if self._parked:
                return value_a
            made = False
            try:
                await self._async_call(self._limit.start, value_a)
                made = True
            finally:
                # It is due until it is made: a retry only knows the current before it.
                self._parked = not made
            if self._family.start_clears_limit:
                value_a = await self._async_write(value_a)
        return value_a

    @override
    async def async_confirm(self, current_a: float) -> None:
        """Wait until it shows no more than was sent, where it shows that at all.

        Raises:
            CommandError: when it goes on showing more, or shows nothing.
        """
        shown = self._limit.shown or Role.RUN
        within_s = self._family.shows_within_s
        if within_s is None or shown not in self._found.entities or self._passed_over:
            return
        end_s = self._now_s() + within_s
        while (excess_a := self._excess_a()) is None or excess_a > 0:
            left_s = end_s - self._now_s()
            if left_s <= 0:
                what = "it shows nothing" if excess_a is None else "it shows more"
                raise CommandError(
                    SET_CURRENT,
                    f"{what} after it was told {current_a:g} A",
                    entity_id=self._found.entities[shown],
                )
            await self._async_listen(left_s)
        self._proven = True

    @property
    def _is_elsewhere(self) -> bool:
        state = self._state(Role.HOME)
        return state is not None and state.state not in (STATE_HOME, *AWAY)

    @property
    def _measuring_roles(self) -> tuple[Role, ...]:
        if any(role in self._found for role in PHASE_ROLES):
            return PHASE_ROLES
        return (Role.MEASURED,)

    @property
    def _waits_for_car(self) -> bool:
        """Return whether there is nothing to stop or to start for want of a car."""
        return self._family.run_needs_car and not self._is_there(Role.RUN)

    @property
    def _limit_comes_with_start(self) -> bool:
        """Return whether it is stopped, and its limit is away as long as it is."""
        run, limit = self._state(Role.RUN), self._limit
        if run is None or run.state not in self._family.stopped:
            return False
        if limit.start is None or limit.stop is None or self._now_s() < self._again_s:
            return False
        return Role.CURRENT in limit.needs and not self._is_there(Role.CURRENT)

    async def _async_start_for_limit(self, value_a: float) -> None:
        """Start it, so that its limit comes; stop it again where that stays away.

        Raises:
            CommandError: as long as the limit is away, or when an action fails.
        """
        now_s = self._now_s()
        if self._limit_comes_with_start and self._limit.start is not None:
            self._started_s = now_s
            await self._async_call(self._limit.start, value_a)
        if self._is_there(Role.CURRENT):
            return
        if now_s >= self._started_s + COMES_WITHIN_S:
            self._again_s = now_s + AGAIN_S
            await self._async_stop(0.0)
        raise CommandError(SET_CURRENT, ABSENT)

    async def _async_listen(self, longest_s: float) -> None:
        """Wait until an entity reports, or for so long, s."""
        self._heard.clear()

        @callback
        def enough(_now: Any) -> None:
            self._heard.set()

        cancel = async_call_later(self._hass, longest_s, enough)
        try:
            await self._heard.wait()
        finally:
            cancel()

    def _excess_a(self) -> float | None:
        """Return how much more it shows than was sent, A; None for nothing."""
        reported_a = self.reported_a
        if reported_a is None or self._told_a is None:
            return None
        return reported_a - self._told_a - SHOWN_TOLERANCE_A

    def _range_a(self) -> tuple[float, float, float]:
        """Return the lowest and highest limit that it takes, and its step, A."""
        call = self._limit.set_current
        role = None if call is None else call.role
        state = None if role is None else self._state(role)
        return range_a(self._family, state, runs_only=call is None)

    async def _async_stop(self, lowest_a: float) -> None:
        self._started_s = -inf
        if self._limit.stop is None:
            await self._async_write(lowest_a)
            if lowest_a > 0:
                raise CommandError(
                    SET_CURRENT, f"cannot go below its minimum: {lowest_a:g} A"
                )
        elif self._waits_for_car:
            # No car charges. One that comes begins at the lowest limit, and is
            # stopped when that shows.
            await self._async_write(lowest_a)
            self._parked = True
        else:
            await self._async_call(self._limit.stop, 0.0)
            self._told_a = self._meant_a = 0.0
            self._parked = False

    async def _async_write(self, value_a: float) -> float:
        """Set the limit, A; return what that stands for."""
        sent_a = value_a
        if self._limit.set_current is not None:
            sent_a = self._told_anew(value_a)
            await self._async_call(self._limit.set_current, sent_a)
        self._told_a, self._meant_a = sent_a, value_a
        return value_a

    def _told_anew(self, value_a: float) -> float:
        """Return a value that is passed on though the same one holds already.

        A lease that is renewed with an unchanged limit would not reach the charger.
        """
        if not (self._lease_s and self._family.drops_unchanged):
            return value_a
        if self._value_a(self._limit.shown) != value_a:
            return value_a
        step_a = self._family.step_a
        if value_a > 0:
            return value_a - step_a
        # Too little for any car.
        return value_a + step_a

    async def _async_call(self, call: Call, value_a: float) -> None:
        data: dict[str, Any] = {
            key: filled(
                value, round(value_a / self._unit_a(call.role), 6), self._lease_s
            )
            for key, value in call.data.items()
        }
        entity_id = None
        if call.role is not None:
            entity_id = self._found.entities.get(call.role)
            # Home Assistant skips an absent entity and calls that a success.
            if entity_id is None or not self._is_there(call.role):
                raise CommandError(call.service, ABSENT, entity_id=entity_id)
            data[ATTR_ENTITY_ID] = entity_id
        if call.on_device:
            data[ATTR_DEVICE_ID] = self._found.device_id
        async with command(call.service, entity_id, CALL_TIMEOUT_S):
            await self._hass.services.async_call(
                call.domain, call.service, data, blocking=True, context=Context()
            )

    def _unit_a(self, role: Role | None) -> float:
        """Return what one of the units that a call takes is worth, A."""
        state = None if role is None else self._state(role)
        return 1.0 if state is None else unit_a(state)

    def _take_measured(self, role: Role, time_s: float) -> None:
        current_a = self._value_a(role)
        if current_a is None:
            self._measured.pop(role, None)
        else:
            self._measured[role] = Reading(current_a, time_s)

    def _value_a(self, role: Role | None) -> float | None:
        """Return the current that an entity shows, A."""
        if role is None or (state := self._state(role)) is None:
            return None
        where = self._family.entities.get(role)
        return amperes_of(state, None if where is None else where.attribute)

    def _is_there(self, role: Role) -> bool:
        state = self._state(role)
        return state is not None and state.state != STATE_UNAVAILABLE

    def _state(self, role: Role) -> State | None:
        entity_id = self._found.entities.get(role)
        return None if entity_id is None else self._hass.states.get(entity_id)
