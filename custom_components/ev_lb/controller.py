"""The one place where the engine meets Home Assistant: events in, commands out."""

import asyncio
from datetime import datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, State, callback
from homeassistant.helpers.event import async_call_later

from .chargers.driver import CommandError
from .clock import Clock
from .const import CONF_SHADOW_MODE
from .deciding import Decider
from .decision_log import log_decision
from .engine.model import ChargerDecision, ChargerStatus, Decision, Site, Snapshot
from .events import Announcer
from .handover import Handover, async_hand_over
from .hardware import build_sensors
from .leaving import leave_a
from .listening import async_listen
from .managed_charger import ManagedCharger
from .meters.site_sensors import SiteSensors
from .store import Memory, SiteStore
from .wiring import build_site, chargers_of, meters_of

# The engine's next look is never closer than this, s on the wall.
SHORTEST_LOOK_S: Final = 0.05
FAILURES_BEFORE_EVENT: Final = 3
SUMMARY_PERIOD_S: Final = 86_400.0
"""How often it is told what control would have changed, s."""


class Controller:
    """Balances one site from its start to its end."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        clock: Clock,
        handover: Handover | None = None,
    ) -> None:
        """Take the site, and what a controller left that ran until now.

        Nothing happens before async_start.
        """
        self._hass = hass
        self._entry = entry
        self.clock = clock
        self._handover = handover
        self._meters = meters_of(entry)
        self.announcer = Announcer(hass, entry.entry_id, entry.title)
        self.chargers: dict[str, ManagedCharger] = {}
        self.decision: Decision | None = None
        """The last one; None until the meter has told something after the start."""
        self.decider = Decider()
        self.shadow = False
        """Whether nothing is commanded: what is shown is what would be set."""
        self._store = SiteStore(hass, entry.entry_id, self._memories)
        self._manual_limits_a: dict[str, float] = {}
        self._set_a: dict[str, float] = {}
        self._names: dict[str, str] = {}
        self._loaded: dict[str, Memory] = {}
        self._site = build_site(entry, {})
        self._sensors = SiteSensors()
        self._bearings_until_s = 0.0
        self._listeners: set[CALLBACK_TYPE] = set()
        self._stop_listening: CALLBACK_TYPE | None = None
        self._remove_shutdown_job: CALLBACK_TYPE | None = None
        self._due: asyncio.Handle | None = None
        self._cancel_look: CALLBACK_TYPE | None = None
        self._running = False
        self._kept: frozenset[str] = frozenset()

    @property
    def site(self) -> Site:
        """Return the site as it is set now."""
        return self._site

    @property
    def manual_limits_a(self) -> dict[str, float]:
        """Return the limits set by hand by charger, A."""
        return dict(self._manual_limits_a)

    @property
    def entity_ids(self) -> list[str]:
        """Return all entities that the site depends on."""
        entity_ids = [sensor.entity_id for sensor in self._sensors.sensors]
        for charger in self.chargers.values():
            entity_ids += charger.entity_ids
        return entity_ids

    def charger_decision(self, charger_id: str) -> ChargerDecision | None:
        """Return what was decided last for a charger."""
        if self.decision is None:
            return None
        return next(
            (c for c in self.decision.chargers if c.charger_id == charger_id), None
        )

    def set_a(self, charger_id: str) -> float:
        """Return what a charger is set to, A; after a restart what it had before.

        In shadow mode that is what it would be set to.
        """
        if self.shadow:
            decided = self.charger_decision(charger_id)
            return 0.0 if decided is None else decided.set_a
        return self._set_a.get(charger_id, 0.0)

    @property
    def all_set_a(self) -> dict[str, float]:
        """Return what each charger is set to, A."""
        return dict(self._set_a)

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener after every decision; return how to stop that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    async def async_load(self) -> None:
        """Bring back what was remembered, so that entities show it from the start."""
        self._loaded = await self._store.async_load()
        for charger_id, memory in self._loaded.items():
            self._set_a[charger_id] = memory.set_a
            if memory.manual_limit_a is not None:
                self._manual_limits_a[charger_id] = memory.manual_limit_a

    @callback
    def async_start(self) -> None:
        """Listen to the meter and the chargers, and take bearings.

        The entities of a simulated home must exist by now.
        """
        now_s = self.clock.now_s()
        self._sensors = build_sensors(self._hass, self._entry)
        for subentry in chargers_of(self._entry):
            charger = ManagedCharger(
                self._hass,
                self._entry,
                subentry,
                self.clock,
                self._loaded.get(subentry.subentry_id),
                self._async_command_taken,
                self._async_command_failed,
            )
            self.chargers[charger.charger_id] = charger
            self._names[charger.charger_id] = charger.name
            self._set_a[charger.charger_id] = charger.resumed_a
        self._site = build_site(self._entry, self._manual_limits_a)
        self.shadow = bool(self._entry.options.get(CONF_SHADOW_MODE, False))
        self.decider.resume(self._site, self._set_a, now_s)
        self._bearings_until_s = now_s + self._site.meter.freshness_limit_s
        if self._handover is not None:
            self._go_on(self._handover)
        self._stop_listening = async_listen(
            self._hass, self.entity_ids, self.clock, self._observe
        )
        # Before all other integrations stop: theirs carry the commands.
        self._remove_shutdown_job = self._hass.async_add_shutdown_job(
            HassJob(self.async_stop, f"stop {self._entry.title}")
        )
        self._running = True
        self._decide()
        if self.decision is None and not self.shadow:
            for charger in self.chargers.values():
                charger.take_bearings(self._loaded.get(charger.charger_id))

    def _go_on(self, handover: Handover) -> None:
        """Go on where the former controller stopped: its chargers run on."""
        self.decider.state = handover.state_for(self._site, self.decider.state, self._meters)
        for charger_id, accepted in handover.accepted.items():
            if (charger := self.chargers.get(charger_id)) is not None:
                charger.sender.accepted = accepted
                charger.send_due = charger_id in handover.pending
        self._set_a = {row.charger_id: row.set_a for row in self.decider.state.chargers}

    @callback
    def async_settings_changed(self) -> None:
        """Take up changed settings at once."""
        self._site = build_site(self._entry, self._manual_limits_a)
        shadow = bool(self._entry.options.get(CONF_SHADOW_MODE, False))
        if shadow != self.shadow:
            self._change_hands(shadow)
        self._request_decision()

    @callback
    def async_set_limit(self, charger_id: str, limit_a: float | None) -> None:
        """Limit a charger by hand, A, until the car leaves; None clears it."""
        if limit_a is None:
            self._manual_limits_a.pop(charger_id, None)
        else:
            self._manual_limits_a[charger_id] = limit_a
        self._store.schedule_save()
        self.async_settings_changed()

    @callback
    def async_keep(self, charger_ids: frozenset[str]) -> None:
        """Let these chargers run on at the next stop: a new controller takes over."""
        self._kept = charger_ids

    async def async_unload(self) -> None:
        """End the balancing and let go of everything."""
        if self._remove_shutdown_job is not None:
            self._remove_shutdown_job()
        await self.async_stop()
        for charger in self.chargers.values():
            await charger.driver.async_unload()

    async def async_stop(self) -> None:
        """End the balancing and leave each charger at a defined current."""
        if not self._running:
            return
        self._running = False
        for stop in (self._stop_listening, self._cancel_look):
            if stop is not None:
                stop()
        if self._due is not None:
            self._due.cancel()
        await asyncio.gather(
            *(self._async_leave(charger) for charger in self.chargers.values())
        )
        await self._store.async_save()
        if self._kept and not self.shadow:
            self._hand_over()

    def _hand_over(self) -> None:
        """Leave what is known to the controller that starts in a moment."""
        kept = {
            charger_id: charger.sender
            for charger_id, charger in self.chargers.items()
            if charger_id in self._kept
        }
        handover = Handover(
            clock=self.clock,
            time_s=self.clock.now_s(),
            site=self._site,
            meters=self._meters,
            state=self.decider.state,
            accepted={charger_id: row.accepted for charger_id, row in kept.items()},
            pending=frozenset(name for name, row in kept.items() if row.pending),
        )
        async_hand_over(self._hass, self._entry.entry_id, handover)

    @callback
    def _observe(self, entity_id: str, state: State | None, time_s: float) -> None:
        self._sensors.observe(entity_id, state, time_s)
        for charger in self.chargers.values():
            charger.observe(entity_id, state, time_s)
        self._request_decision()

    @callback
    def _request_decision(self) -> None:
        """Decide once this turn of the loop has told all that it has to tell."""
        if self._running and self._due is None:
            self._due = self._hass.loop.call_soon(self._decide)

    @callback
    def _async_look(self, _now: datetime) -> None:
        self._cancel_look = None
        self._request_decision()

    @callback
    def _decide(self) -> None:
        self._due = None
        now_s = self.clock.now_s()
        self._clear_limits_of_cars_that_left()
        snapshot = self._sensors.snapshot(
            tuple(charger.reading() for charger in self.chargers.values())
        )
        if self.shadow:
            self._watch(snapshot, now_s)
            return
        decision = self.decider.decide(self._site, snapshot, now_s)
        if self._takes_bearings(decision, now_s):
            self._look_at(self._bearings_until_s, now_s)
            self._tell_listeners()
            return
        self.decider.keep(self._site, snapshot, decision)
        previous, self.decision = self.decision, decision
        changed = False
        for charger_decision in decision.chargers:
            changed |= self._send(charger_decision, decision)
        if changed:
            self._store.schedule_save()
        log_decision(self._site, snapshot, decision, self._names)
        self.announcer.decided(
            self._site, previous, decision, self._meter_entity(decision), self._names
        )
        self._tell_listeners()
        self._look_at(decision.next_look_s, now_s)

    def _watch(self, snapshot: Snapshot, now_s: float) -> None:
        """Work out what would be set, and leave it at that."""
        stands_a = self._stand_a()
        self._set_a |= stands_a
        self.decision = self.decider.watch(self._site, snapshot, stands_a, now_s)
        log_decision(self._site, snapshot, self.decision, self._names)
        self.announcer.watched(self.decision, self._meter_entity(self.decision))
        tally = self.decider.tally
        if tally is not None and now_s - tally.since_s >= SUMMARY_PERIOD_S:
            self._summarize()
            self.decider.begin_tally(now_s)
        self._tell_listeners()
        self._look_at(self.decision.next_look_s, now_s)

    def _stand_a(self) -> dict[str, float]:
        """Return what the chargers stand at, whoever set them, where it is known."""
        return {
            charger_id: current_a
            for charger_id, charger in self.chargers.items()
            if (current_a := charger.stands_a(self._set_a.get(charger_id))) is not None
        }

    def _change_hands(self, shadow: bool) -> None:
        """Let go of the chargers, or take them over from where they stand."""
        now_s = self.clock.now_s()
        self._set_a |= self._stand_a()
        self.decision = None
        if shadow:
            for charger in self.chargers.values():
                charger.sender.give_up()
            self.announcer.let_go()
        else:
            self._summarize()
        self.decider.resume(self._site, self._set_a, now_s)
        self.shadow = shadow
        self._store.schedule_save()

    def _summarize(self) -> None:
        if (tally := self.decider.tally) is not None:
            self.announcer.summarize(tally, self.clock.now_s())

    def _tell_listeners(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def _takes_bearings(self, decision: Decision, now_s: float) -> bool:
        """Tell whether a running charge waits for a meter that may still be starting.

        The meter's integration may come up after us. For as long as a silent meter
        would be believed, the set-points from before the restart hold.
        """
        return (
            self.decision is None
            and not decision.meter_ok
            and now_s < self._bearings_until_s
            and any(self._set_a.values())
        )

    def _send(self, decided: ChargerDecision, decision: Decision) -> bool:
        """Command a charger where that is due; return whether its set-point changed."""
        charger = self.chargers[decided.charger_id]
        changed = decided.set_a != self._set_a.get(decided.charger_id)
        self._set_a[decided.charger_id] = decided.set_a
        # A charger that came back may stand lower than it is set: without a
        # reading of the meter that is not raised.
        due = charger.send_due and (decision.state.meter_seen or decided.set_a <= 0)
        if decided.send or (due and self._site.enabled):
            charger.send_due = False
            charger.sender.wish(decided.set_a)
        return changed

    def _look_at(self, look_s: float | None, now_s: float) -> None:
        if self._cancel_look is not None:
            self._cancel_look()
            self._cancel_look = None
        if look_s is None:
            return
        delay_s = self.clock.wall_delay_s(look_s - now_s)
        self._cancel_look = async_call_later(
            self._hass,
            max(SHORTEST_LOOK_S, delay_s),
            HassJob(self._async_look, cancel_on_shutdown=True),
        )

    def _clear_limits_of_cars_that_left(self) -> None:
        left = [
            charger_id
            for charger_id in self._manual_limits_a
            if (charger := self.chargers.get(charger_id)) is None
            or charger.status is ChargerStatus.DISCONNECTED
        ]
        for charger_id in left:
            del self._manual_limits_a[charger_id]
        if left:
            self._site = build_site(self._entry, self._manual_limits_a)
            self._store.schedule_save()

    def _meter_entity(self, decision: Decision) -> str:
        """Return the meter's entity that is lost, or its first one."""
        phases = self._site.phases
        phase = next((p for p in phases if decision.problems[p] is not None), phases[0])
        return self._sensors.grid.entity_of(phase) or ""

    @callback
    def _async_command_taken(self, charger_id: str) -> None:
        self.announcer.action_succeeded(charger_id, self._names[charger_id])
        self._store.schedule_save()
        self._request_decision()

    @callback
    def _async_command_failed(
        self, charger_id: str, error: CommandError, failures: int
    ) -> None:
        self._store.schedule_save()
        if failures == FAILURES_BEFORE_EVENT:
            self.announcer.action_failed(
                charger_id,
                self._names[charger_id],
                error.action,
                error.entity_id,
                error.error,
            )

    async def _async_leave(self, charger: ManagedCharger) -> None:
        """Leave a charger as it shall be without us, unless it is kept running."""
        charger_id = charger.charger_id
        if charger_id not in self._kept and not self.shadow:
            set_a = self.set_a(charger_id)
            current_a = leave_a(self._site, self.decision, charger_id, set_a)
            self._set_a[charger_id] = current_a
            if charger.sender.pending or current_a != set_a:
                await charger.async_leave_at(current_a)
        await charger.sender.async_close()

    def _memories(self) -> dict[str, Memory]:
        return {
            charger_id: Memory(
                set_a=charger.sender.lowest_a(self._set_a.get(charger_id, 0.0)),
                pending=charger.sender.pending,
                manual_limit_a=self._manual_limits_a.get(charger_id),
            )
            for charger_id, charger in self.chargers.items()
        }
