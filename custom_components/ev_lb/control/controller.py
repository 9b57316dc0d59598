"""The one place where the engine meets Home Assistant: events in, commands out."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, State, callback

from custom_components.ev_lb.building.features import only_watches
from custom_components.ev_lb.building.meters import build_sensors
from custom_components.ev_lb.building.site import (
    build_site,
    chargers_of,
    meters_of,
    reserved_of,
)
from custom_components.ev_lb.chargers.driver import CommandError
from custom_components.ev_lb.engine.model import (
    ChargerDecision,
    Decision,
    Site,
    Snapshot,
)
from custom_components.ev_lb.explaining.decision_log import log_decision
from custom_components.ev_lb.explaining.texts import Texts
from custom_components.ev_lb.health.events import Announcer
from custom_components.ev_lb.health.findings import Findings
from custom_components.ev_lb.meters.site_meter import SiteMeter
from custom_components.ev_lb.meters.site_sensors import SiteSensors

from .chargers import Fleet
from .clock import Clock
from .engine_session import Decider
from .handover import Handover, async_hand_over, handover_of
from .listeners import Listeners
from .listening import async_listen_to_site
from .managed_charger import ManagedCharger
from .notes import notes_of, take_back
from .pairing_memory import PairingMemory
from .planner import Planner
from .scheduler import Agenda, Timing
from .sessions import Sessions
from .shutdown import leave_at
from .store import Memory, SiteStore
from .watchdog import Watchdog

RETRY_S: Final = 10.0
"""So soon it is tried again to decide where that failed, s."""
SUMMARY_PERIOD_S: Final = 86_400.0
"""How often a summary says what control would have changed, s."""


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
        self.texts = Texts()
        self.announcer = Announcer(hass, entry.entry_id, entry.title, self.texts)
        self.fleet = Fleet()
        self.decision: Decision | None = None
        """The last one; None until the first report of the meter after the start."""
        self._decided: dict[str, ChargerDecision] = {}
        self.decider = Decider()
        self.shadow = False
        """Whether nothing is commanded: what is shown is what would be set."""
        self._store = SiteStore(hass, entry.entry_id, self._memories, self._notes)
        self.sessions = Sessions(lambda: clock.skipped_s)
        self.watchdog = Watchdog(self.announcer)
        self.snapshot: Snapshot | None = None
        """What was known at the last decision."""
        self._loaded: dict[str, Memory] = {}
        self._site = build_site(entry, {})
        self.pairing = PairingMemory(entry, self._site)
        self._sensors = SiteSensors()
        self._bearings_until_s = 0.0
        self._listeners = Listeners()
        self._settings_listeners = Listeners()
        self._stop_listening: CALLBACK_TYPE | None = None
        self._remove_shutdown_job: CALLBACK_TYPE | None = None
        self._agenda = Agenda(hass, clock, self._decide)
        wake = self._agenda.request
        self.planner = Planner(hass, entry.entry_id, clock, self.sessions, wake)
        self.findings = Findings(self._agenda.request)
        self._kept: frozenset[str] = frozenset()

    @property
    def site(self) -> Site:
        """Return the site as it is set now."""
        return self._site

    @property
    def entry(self) -> ConfigEntry[Any]:
        """Return the config entry of the site."""
        return self._entry

    @property
    def timing(self) -> Timing:
        """Return how long decisions took."""
        return self._agenda.timing

    def name_of(self, owner_id: str) -> str:
        """Return what a charger or a circuit is called; the site for all else."""
        subentry = self._entry.subentries.get(owner_id)
        return self._entry.title if subentry is None else subentry.title

    def circuit_meter(self, circuit_id: str) -> SiteMeter | None:
        """Return a circuit's own meter, if it has one."""
        return self._sensors.circuits.get(circuit_id)

    @property
    def entity_ids(self) -> list[str]:
        """Return all entities that the site depends on."""
        return [*self._sensors.entity_ids, *self.fleet.entity_ids]

    @property
    def chargers(self) -> Mapping[str, ManagedCharger]:
        """Return the chargers by their ids."""
        return self.fleet.chargers

    def charger_decision(self, charger_id: str) -> ChargerDecision | None:
        """Return what was decided last for a charger."""
        return self._decided.get(charger_id)

    def set_a(self, charger_id: str) -> float:
        """Return what a charger is set to, A; after a restart what it had before.

        In shadow mode that is what it would be set to.
        """
        if self.shadow:
            decided = self.charger_decision(charger_id)
            return 0.0 if decided is None else decided.set_a
        return self.fleet.set_a.get(charger_id, 0.0)

    @property
    def all_set_a(self) -> dict[str, float]:
        """Return what each charger is set to, A."""
        return dict(self.fleet.set_a)

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener after every decision; return how to stop that."""
        return self._listeners.add(listener)

    @callback
    def async_add_settings_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener whenever a setting changed; return how to stop that."""
        return self._settings_listeners.add(listener)

    async def async_load(self) -> None:
        """Bring back what was remembered, so that entities show it from the start."""
        self._loaded = await self._store.async_load(self._entry.subentries)
        take_back(self._store.notes, self.decider, self.pairing, self.planner)
        await self.texts.async_load(self._hass)
        for charger_id, memory in self._loaded.items():
            self.fleet.set_a[charger_id] = memory.set_a
            self.sessions.restore(charger_id, memory.session())

    @callback
    def async_start(self) -> None:
        """Listen to the meter and the chargers, and take bearings.

        The entities of a simulated home must exist by now.
        """
        now_s = self.clock.now_s()
        self._sensors = build_sensors(self._hass, self._entry)
        for subentry in chargers_of(self._entry):
            self.fleet.add(
                ManagedCharger(
                    self._hass,
                    self._entry,
                    subentry,
                    self.clock,
                    self._loaded.get(subentry.subentry_id),
                    self._async_command_taken,
                    self._async_command_failed,
                )
            )
        self._site = self.pairing.build_site(self.sessions.limits_a)
        self.shadow = only_watches(self._entry)
        reserved = reserved_of(self._entry)
        self.fleet.set_a |= {row.charger_id: row.max_current_a for row in reserved}
        self._resume(now_s)
        self._bearings_until_s = now_s + self._site.meter.freshness_limit_s
        if self._handover is not None:
            self._go_on(self._handover)
        self._stop_listening = async_listen_to_site(
            self._hass, self.entity_ids, self._sensors, self.clock, self._observe
        )
        # Before all other integrations stop: theirs carry the commands.
        self._remove_shutdown_job = self._hass.async_add_shutdown_job(
            HassJob(self.async_stop, f"stop {self._entry.title}")
        )
        self._agenda.start()
        if self.decision is None and not self.shadow:
            self.fleet.take_bearings()

    def _resume(self, now_s: float) -> None:
        """Take control of the chargers from where they are."""
        fleet = self.fleet
        self.decider.resume(self._site, fleet.set_a, fleet.phase_counts(), now_s)

    def _go_on(self, handover: Handover) -> None:
        """Go on where the former controller stopped: its chargers run on."""
        self.decider.state = handover.state_for(
            self._site, self.decider.state, self._meters
        )
        self.fleet.go_on(handover)
        self.fleet.set_a |= {
            row.charger_id: row.set_a for row in self.decider.state.chargers
        }

    @callback
    def async_settings_changed(self) -> None:
        """Take up changed settings at once."""
        self._site = self.pairing.build_site(self.sessions.limits_a)
        shadow = only_watches(self._entry)
        if shadow != self.shadow:
            self._change_hands(shadow)
        for _ in self._settings_listeners.call():
            pass
        self._agenda.request()

    @callback
    def async_set_limit(self, charger_id: str, limit_a: float | None) -> None:
        """Limit a charger by hand, A, until the car leaves; None clears it."""
        self.sessions.of(charger_id).limit_a = limit_a
        self.async_wishes_changed()

    @callback
    def async_wishes_changed(self) -> None:
        """Take up at once what somebody wants for a car's stay."""
        self._store.schedule_save()
        self.async_settings_changed()

    @callback
    def async_reset(self, charger_id: str) -> None:
        """Forget what was set by hand for a charger, and send its current anew."""
        session = self.sessions.of(charger_id)
        session.limit_a = session.goal_kwh = session.departure_s = None
        charger = self.chargers[charger_id]
        charger.sender.reset()
        charger.send_due = True
        self.async_wishes_changed()

    @callback
    def async_keep(self, charger_ids: frozenset[str]) -> None:
        """Let these chargers run on at the next stop: a new controller takes over."""
        self._kept = charger_ids

    async def async_unload(self) -> None:
        """End the balancing and let go of everything."""
        if self._remove_shutdown_job is not None:
            self._remove_shutdown_job()
        await self.async_stop()
        self.announcer.dismiss_all()
        await self.fleet.async_unload()

    async def async_stop(self) -> None:
        """End the balancing and leave each charger at a defined current."""
        if not self._agenda.running:
            return
        self._agenda.stop()
        self.planner.stop()
        # What was decided holds for those that run on.
        self.fleet.command_all()
        await self._async_leave_all()
        if self._kept and self._entry.disabled_by is not None:
            # It was disabled while a reload was on its way: nobody takes over.
            self._kept = frozenset()
            await self._async_leave_all()
        # Until here: a charger that is left may have to show that it took that.
        if self._stop_listening is not None:
            self._stop_listening()
        await self._store.async_save()
        if self._kept and not self.shadow:
            left_a = leave_at(self._site, self.decision, self.all_set_a, ())
            handover = handover_of(self, self._meters, self._kept, left_a)
            async_hand_over(self._hass, self._entry.entry_id, handover)

    async def _async_leave_all(self) -> None:
        """Leave each charger at a defined current, or as it is if it is kept."""
        left_a = self.all_set_a
        if not self.shadow:
            left_a = leave_at(self._site, self.decision, left_a, self._kept)
        kept = self.chargers.keys() if self.shadow else self._kept
        await self.fleet.async_leave(left_a, kept)

    @callback
    def _observe(self, entity_id: str, state: State | None, time_s: float) -> None:
        self._sensors.observe(entity_id, state, time_s)
        self.fleet.observe(entity_id, state, time_s)
        self._agenda.request()

    def _decide(self) -> Iterator[None]:
        """Decide, then do step by step what follows from it: the commands first."""
        now_s = self.clock.now_s()
        try:
            snapshot = self._look_around(now_s)
            if self.shadow:
                yield from self._watch(snapshot, now_s)
                return
            last_chance = now_s >= self._bearings_until_s
            if self.fleet.hear_late(last_chance=last_chance):
                self._resume(now_s)
            decision = self.decider.decide(self._site, snapshot, now_s)
        except Exception as error:  # noqa: BLE001 - whatever it is, the cars go on drawing
            yield from self._leave_undecided(error, now_s)
            return
        self.watchdog.note(None)
        if self._takes_bearings(decision, now_s):
            self._agenda.look_at(self._bearings_until_s, now_s)
            yield from self._listeners.call()
            return
        is_new = self.decider.keep(self._site, snapshot, decision)
        decision = self.fleet.of_ours(decision)
        self._agenda.look_at(decision.next_look_s, now_s)
        site, previous, names = self._site, self.decision, self.fleet.names
        before_a = self.all_set_a
        self._take(decision)
        self.fleet.take(site, decision)
        while self.fleet.command_next():
            yield
        if is_new or self.fleet.set_a != before_a:
            self._store.schedule_save(at_once=self.fleet.starts(before_a))
        log_decision(site, snapshot, decision, names, shadow=False)
        meter_entity = self.meter_entity(decision)
        self.announcer.decided(site, previous, decision, meter_entity, self.name_of)
        yield from self._listeners.call()

    def _leave_undecided(self, error: Exception, now_s: float) -> Iterator[None]:
        """Leave the chargers as they are without a meter, until decisions work again.

        What was remembered may be the cause: the next decision begins afresh.
        """
        if self.watchdog.failure is None and not self.shadow:
            left_a = leave_at(self._site, self.decision, self.all_set_a, ())
            self.fleet.leave_undecided(left_a)
        self.watchdog.note(error)
        self._resume(now_s)
        self._agenda.look_at(now_s + RETRY_S, now_s)
        self._store.schedule_save()
        yield from self._listeners.call()

    def _look_around(self, now_s: float) -> Snapshot:
        """Return what is known now, and add what the cars have had until now."""
        if self.sessions.forget_limits_of_cars_that_left(self.fleet.statuses()):
            self._site = self.pairing.build_site(self.sessions.limits_a)
            self._store.schedule_save()
        readings = self.planner.readings(
            self._site, self.fleet.readings(), self._decided
        )
        marked = self.findings.marked(self._site, readings)
        times_s = self.clock.ahead_s, self.clock.utc_offset_s(now_s)
        self.snapshot = self._sensors.snapshot(marked, *times_s)
        if self.sessions.advance(self._site, self.snapshot, self.fleet.set_a, now_s):
            self._store.schedule_save()
        return self.snapshot

    def _take(self, decision: Decision | None) -> None:
        self.decision = None if decision is None else self.decider.said(decision)
        rows = () if self.decision is None else self.decision.chargers
        self._decided = {row.charger_id: row for row in rows}

    def _watch(self, snapshot: Snapshot, now_s: float) -> Iterator[None]:
        """Work out what would be set, and leave it at that."""
        stands_a = self.fleet.stand_a()
        self.fleet.set_a |= stands_a
        decision = self.decider.watch(self._site, snapshot, stands_a, now_s)
        self.watchdog.note(None)
        decision = self.fleet.of_ours(decision)
        self._agenda.look_at(decision.next_look_s, now_s)
        self._take(decision)
        log_decision(self._site, snapshot, decision, self.fleet.names, shadow=True)
        self.announcer.watched(decision, self.meter_entity(decision))
        tally = self.decider.tally
        if tally is not None and now_s - tally.since_s >= SUMMARY_PERIOD_S:
            self.announcer.summarize(self.decider.tally, self.clock.now_s())
            self.decider.begin_tally(now_s)
        yield from self._listeners.call()

    def _change_hands(self, shadow: bool) -> None:
        """Let go of the chargers, or take them over from where they stand."""
        now_s = self.clock.now_s()
        self._agenda.drop()
        self.fleet.set_a |= self.fleet.stand_a()
        self._take(None)
        if shadow:
            self.fleet.give_up()
            self.watchdog.refusals.clear()
            self.announcer.let_go()
        else:
            self.announcer.summarize(self.decider.tally, self.clock.now_s())
        self._resume(now_s)
        self.shadow = shadow
        self._store.schedule_save()

    def _takes_bearings(self, decision: Decision, now_s: float) -> bool:
        """Tell whether a running charge waits for a meter that may still be starting.

        The meter's integration may come up after us. For as long as a silent meter
        would be believed, the set-points from before the restart hold.
        """
        return (
            self.decision is None
            and not decision.meter_ok
            and now_s < self._bearings_until_s
            and self.fleet.may_charge
        )

    def meter_entity(self, decision: Decision) -> str:
        """Return the meter's entity that is lost, or its first one."""
        phases = self._site.phases
        phase = next((p for p in phases if decision.problems[p] is not None), phases[0])
        return self._sensors.grid.entity_of(phase) or ""

    @callback
    def _async_command_taken(self, charger_id: str) -> None:
        self.watchdog.taken(charger_id, self.name_of(charger_id))
        self._store.schedule_save()
        self._agenda.request()

    @callback
    def _async_command_failed(
        self, charger_id: str, error: CommandError, failures: int
    ) -> None:
        self._store.schedule_save()
        if self.watchdog.refused(charger_id, self.name_of(charger_id), error, failures):
            self._agenda.request()

    def _memories(self) -> dict[str, Memory]:
        return self.fleet.memories(self.sessions)

    def _notes(self) -> dict[str, Any]:
        return notes_of(self.decider, self.pairing, self.planner)
