"""Tells what happened: bus events, notifications that clear themselves, the log."""

from collections.abc import Callable, Mapping
import logging
from typing import Any, Final

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant, callback

from custom_components.ev_lb.const import ATTR_CHARGER_ID, DOMAIN
from custom_components.ev_lb.control.engine_session import Tally
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerDecision,
    Decision,
    LimitingFactor,
    MeterLossBehavior,
    Site,
)
from custom_components.ev_lb.explaining.texts import Texts

from .alarms import Alarm, Alarms

# Owners have this name in their configuration: it stays, wherever the module is.
_LOGGER = logging.getLogger("custom_components.ev_lb.events")

EVENT_METER_UNAVAILABLE: Final = "meter_unavailable"
EVENT_OVERLOAD_STOP: Final = "overload_stop"
EVENT_CHARGING_RESUMED: Final = "charging_resumed"
EVENT_FALLBACK_ACTIVATED: Final = "fallback_activated"
EVENT_ACTION_FAILED: Final = "action_failed"
EVENT_COMMAND_IGNORED: Final = "command_ignored"
EVENT_DECISION_FAILED: Final = "decision_failed"
EVENT_SHADOW_SUMMARY: Final = "shadow_summary"
EVENT_PLAN_SHORT: Final = "plan_short"
EVENT_NOT_PLUGGED_IN: Final = "not_plugged_in"
EVENT_SESSION_FINISHED: Final = "session_finished"
EVENT_TYPES: Final = (
    EVENT_METER_UNAVAILABLE,
    EVENT_OVERLOAD_STOP,
    EVENT_CHARGING_RESUMED,
    EVENT_FALLBACK_ACTIVATED,
    EVENT_ACTION_FAILED,
    EVENT_COMMAND_IGNORED,
    EVENT_DECISION_FAILED,
    EVENT_SHADOW_SUMMARY,
    EVENT_PLAN_SHORT,
    EVENT_NOT_PLUGGED_IN,
    EVENT_SESSION_FINISHED,
)
FUSE_FACTORS: Final = frozenset({LimitingFactor.FUSE, LimitingFactor.CIRCUIT})
SHARING_FACTORS: Final = frozenset({LimitingFactor.QUEUE, LimitingFactor.SHARE})
"""Over the limit these mean: stopped for the fuse, so that others can go on."""
# Whoever stands for one of these no longer waits for the fuse.
NOT_WAITING_FACTORS: Final = frozenset(
    {LimitingFactor.CAR, LimitingFactor.DISABLED, LimitingFactor.MANUAL}
)

CHARGER_EVENTS: Final = (
    EVENT_OVERLOAD_STOP,
    EVENT_CHARGING_RESUMED,
    EVENT_ACTION_FAILED,
    EVENT_COMMAND_IGNORED,
    EVENT_SESSION_FINISHED,
    EVENT_PLAN_SHORT,
    EVENT_NOT_PLUGGED_IN,
)
"""The events that are about one charger."""
ATTR_ENTRY_ID: Final = "entry_id"
TABLE: Final = "notification"
WATCHED: Final = "watched"
"""What a lost meter means where nothing is controlled."""
RENEWED_A: Final = 2.0
"""The change of a load from which on a notification is renewed, A."""

type EventListener = Callable[[str, dict[str, Any]], None]


def fallback_a(site: Site, charger: Charger) -> float:
    """Return what a charger falls back to when the meter is lost, A."""
    return min(site.meter_loss.fallback_current_a, charger.max_current_a)


class Announcer:
    """Says once when something begins, and once when it is over."""

    def __init__(
        self, hass: HomeAssistant, entry_id: str, title: str, texts: Texts
    ) -> None:
        """Take the site that it speaks for, and the sentences that it speaks in."""
        self._hass = hass
        self._entry_id = entry_id
        self._title = title
        self._texts = texts
        self._shown: set[str] = set()
        self._listeners: set[EventListener] = set()
        self._meter_lost = False
        self._fallback = False
        self._stopped: set[str] = set()
        self._failing: set[str] = set()
        self.alarms = Alarms()
        self._alarmed: dict[str, Alarm] = {}

    @callback
    def async_add_listener(self, listener: EventListener) -> Callable[[], None]:
        """Tell a listener of every event; return how to stop that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    @callback
    def decided(
        self,
        site: Site,
        previous: Decision | None,
        decision: Decision,
        meter_entity: str,
        name_of: Callable[[str], str],
    ) -> None:
        """Tell what a decision changed."""
        consequence = site.meter_loss.behavior if site.enabled else WATCHED
        self._tell_meter(decision, meter_entity, consequence)
        self._tell_fallback(site, decision, meter_entity)
        if previous is not None:
            self._tell_chargers(site, previous, decision, name_of)
        self._tell_ignored(site, decision, name_of)
        self._tell_overload_over(decision)

    @callback
    def watched(self, decision: Decision, meter_entity: str) -> None:
        """Tell what is true of a site that is only watched: whether it is metered."""
        self._tell_meter(decision, meter_entity, WATCHED)

    @callback
    def let_go(self) -> None:
        """Forget what only concerns those who control."""
        for charger_id in self._stopped:
            self._dismiss(EVENT_OVERLOAD_STOP, charger_id)
        for charger_id in self._failing:
            self._dismiss(EVENT_ACTION_FAILED, charger_id)
        self._dismiss(EVENT_FALLBACK_ACTIVATED)
        for charger_id in self._alarmed:
            self._dismiss(EVENT_COMMAND_IGNORED, charger_id)
        self._fallback = False
        self._alarmed.clear()
        self.alarms = Alarms()
        self._stopped.clear()
        self._failing.clear()

    @callback
    def dismiss_all(self) -> None:
        """Clear all notifications of the site."""
        for notification_id in list(self._shown):
            persistent_notification.async_dismiss(self._hass, notification_id)
        self._shown.clear()

    @callback
    def summarize(self, tally: Tally | None, now_s: float) -> None:
        """Tell what control would have changed, where that was counted."""
        if tally is None:
            return
        hours = (now_s - tally.since_s) / 3600
        self._announce(
            EVENT_SHADOW_SUMMARY,
            {
                "hours": round(hours, 1),
                "overload_s": round(tally.overload_s),
                "prevented_s": round(tally.prevented_s),
                "energy_kwh": round(tally.energy_kwh, 2),
                "commands": tally.commands,
            },
            {
                "hours": self._texts.number(hours, ".1f"),
                "overload": f"{tally.overload_s:.0f}",
                "prevented": f"{tally.prevented_s:.0f}",
                "energy": self._texts.number(tally.energy_kwh, "+.1f"),
                "commands": f"{tally.commands}",
            },
        )

    @callback
    def session_finished(self, row: Mapping[str, Any]) -> None:
        """Tell that a car has left, and what it had."""
        self._announce(EVENT_SESSION_FINISHED, dict(row))

    @callback
    def tell_of_plan(
        self, event_type: str, charger_id: str, payload: dict[str, Any], **words: str
    ) -> None:
        """Tell that a car will not have what it needs, or is not there to have it."""
        payload = {ATTR_CHARGER_ID: charger_id, **payload}
        self._announce(event_type, payload, words)

    @callback
    def tell_no_more_of_plan(self, event_type: str, charger_id: str) -> None:
        """Clear what was told of a plan."""
        self._dismiss(event_type, charger_id)

    def _tell_chargers(
        self,
        site: Site,
        previous: Decision,
        decision: Decision,
        name_of: Callable[[str], str],
    ) -> None:
        before = {charger.charger_id: charger for charger in previous.chargers}
        chargers = {charger.charger_id: charger for charger in site.chargers}
        for now in decision.chargers:
            if (was := before.get(now.charger_id)) is not None:
                charger = chargers[now.charger_id]
                name = name_of(now.charger_id)
                self._tell_charger(decision, charger, was, now, name)

    @callback
    def action_failed(
        self, charger_id: str, name: str, action: str, entity_id: str | None, error: str
    ) -> None:
        """Tell that a charger does not take its command."""
        self._failing.add(charger_id)
        _LOGGER.warning("%s: %s failed: %s", name, action, error)
        self._announce(
            EVENT_ACTION_FAILED,
            {
                "charger_id": charger_id,
                "action_name": action,
                "entity_id": entity_id,
                "error": error,
            },
            {"name": name, "action": action, "error": error},
        )

    @callback
    def action_succeeded(self, charger_id: str, name: str) -> None:
        """Tell that a charger takes its commands again."""
        if charger_id not in self._failing:
            return
        self._failing.discard(charger_id)
        _LOGGER.info("%s takes commands again", name)
        self._dismiss(EVENT_ACTION_FAILED, charger_id)

    @callback
    def decision_failed(self, error: Exception) -> None:
        """Tell that nothing can be decided."""
        _LOGGER.error("%s: cannot decide", self._title, exc_info=error)
        told = f"{type(error).__name__}: {error}"
        self._announce(EVENT_DECISION_FAILED, {"error": told}, {"error": told})

    @callback
    def decision_works(self) -> None:
        """Tell that decisions are made again."""
        _LOGGER.info("%s: decides again", self._title)
        self._dismiss(EVENT_DECISION_FAILED)

    def _tell_meter(
        self, decision: Decision, meter_entity: str, consequence: str
    ) -> None:
        lost = not decision.meter_ok
        if lost == self._meter_lost:
            return
        self._meter_lost = lost
        if not lost:
            _LOGGER.info("%s: the meter is back", self._title)
            self._dismiss(EVENT_METER_UNAVAILABLE)
            return
        problem = next((p for p in decision.problems if p is not None), "unknown")
        state = self._hass.states.get(meter_entity)
        _LOGGER.warning("%s: the meter is lost: %s", self._title, problem)
        self._announce(
            EVENT_METER_UNAVAILABLE,
            {"power_meter_entity": meter_entity},
            {
                "sensor": meter_entity if state is None else state.name,
                "problem": self._texts.get("reading_problem", problem),
                "consequence": self._texts.get(TABLE, f"meter_lost_{consequence}"),
            },
        )

    def _tell_fallback(self, site: Site, decision: Decision, meter_entity: str) -> None:
        active = (
            decision.fallback_active
            and site.meter_loss.behavior is MeterLossBehavior.SET_CURRENT
        )
        if active == self._fallback:
            return
        self._fallback = active
        if not active:
            self._dismiss(EVENT_FALLBACK_ACTIVATED)
            return
        current_a = min(
            (fallback_a(site, charger) for charger in site.chargers),
            default=site.meter_loss.fallback_current_a,
        )
        self._announce(
            EVENT_FALLBACK_ACTIVATED,
            {"power_meter_entity": meter_entity, "fallback_current_a": current_a},
            {"current": self._texts.number(current_a)},
        )

    def _tell_charger(
        self,
        decision: Decision,
        charger: Charger,
        was: ChargerDecision,
        now: ChargerDecision,
        name: str,
    ) -> None:
        if was.set_a > 0 and now.set_a <= 0:
            reason = now.limiting.factor
            _LOGGER.info("%s: stopped (was %g A): %s", name, was.set_a, reason)
            made_way = decision.overload and reason in SHARING_FACTORS
            if reason in FUSE_FACTORS or made_way:
                self._tell_overload(decision, charger, was.set_a, name)
        elif was.set_a <= 0 < now.set_a:
            _LOGGER.info("%s: started at %g A", name, now.set_a)
            self._announce(
                EVENT_CHARGING_RESUMED,
                {"charger_id": now.charger_id, "current_a": now.set_a},
            )

    def _tell_overload(
        self, decision: Decision, charger: Charger, previous_a: float, name: str
    ) -> None:
        self._stopped.add(charger.charger_id)
        known = [decision.available_a[phase] for phase in charger.phases]
        available_a = min((a for a in known if a is not None), default=0.0)
        self._announce(
            EVENT_OVERLOAD_STOP,
            {
                "charger_id": charger.charger_id,
                "previous_current_a": previous_a,
                "available_current_a": round(available_a, 2),
            },
            {"name": name, "available": self._texts.number(available_a, ".1f")},
        )

    def _tell_ignored(
        self, site: Site, decision: Decision, name_of: Callable[[str], str]
    ) -> None:
        """Alarm while a charger overloads a fuse against its set-point."""
        self.alarms.update(site, decision)
        alarms = self.alarms.rows
        for charger_id in self._alarmed.keys() - alarms.keys():
            _LOGGER.info(
                "%s follows again, or the overload is over", name_of(charger_id)
            )
            self._dismiss(EVENT_COMMAND_IGNORED, charger_id)
            del self._alarmed[charger_id]
        for charger_id, alarm in alarms.items():
            told, place = self._alarmed.get(charger_id), alarm.overload
            if told is not None and _says_the_same(told, alarm):
                continue
            self._alarmed[charger_id] = alarm
            circuit = name_of(place.circuit_id)
            sentence = alarm.sentence(self._texts, name_of(charger_id), circuit)
            if told is None:
                _LOGGER.warning("%s", sentence)
                # It goes on in spite of the stop.
                self._dismiss(EVENT_OVERLOAD_STOP, charger_id)
                self._stopped.discard(charger_id)
                self._fire(
                    EVENT_COMMAND_IGNORED,
                    {
                        "charger_id": charger_id,
                        "current_a": alarm.set_a,
                        "circuit": circuit,
                        "phase": place.phase.name,
                        "load_a": round(place.load_a, 2),
                        "limit_a": place.limit_a,
                    },
                )
            self._notify(EVENT_COMMAND_IGNORED, charger_id, sentence)

    def _tell_overload_over(self, decision: Decision) -> None:
        """Clear a charger's notification once it waits for the fuse no more."""
        waiting = {
            charger.charger_id
            for charger in decision.chargers
            if charger.set_a <= 0 and charger.limiting.factor not in NOT_WAITING_FACTORS
        }
        for charger_id in self._stopped - waiting:
            self._dismiss(EVENT_OVERLOAD_STOP, charger_id)
        self._stopped &= waiting

    def _announce(
        self,
        event_type: str,
        payload: dict[str, Any],
        words: dict[str, str] | None = None,
    ) -> None:
        """Fire an event; with `words` for its sentence, show a notification, too."""
        self._fire(event_type, payload)
        if words is not None:
            sentence = self._texts.get(TABLE, event_type, **words)
            self._notify(event_type, payload.get(ATTR_CHARGER_ID, ""), sentence)

    def _fire(self, event_type: str, payload: dict[str, Any]) -> None:
        """Fire an event, and call the listeners."""
        payload = {ATTR_ENTRY_ID: self._entry_id, **payload}
        self._hass.bus.async_fire(f"{DOMAIN}_{event_type}", payload)
        for listener in tuple(self._listeners):
            listener(event_type, payload)

    def _notify(self, event_type: str, charger_id: str, sentence: str) -> None:
        """Show a notification, or its new text."""
        notification_id = self._id(event_type, charger_id)
        self._shown.add(notification_id)
        persistent_notification.async_create(
            self._hass, sentence, self._title, notification_id
        )

    def _dismiss(self, event_type: str, charger_id: str = "") -> None:
        notification_id = self._id(event_type, charger_id)
        self._shown.discard(notification_id)
        persistent_notification.async_dismiss(self._hass, notification_id)

    def _id(self, event_type: str, charger_id: str) -> str:
        """Return under which id a notification stands."""
        owner = f"{self._entry_id}_{charger_id}" if charger_id else self._entry_id
        return f"{DOMAIN}_{event_type}_{owner}"


def _says_the_same(told: Alarm, now: Alarm) -> bool:
    """Tell whether a notification need not be written anew for a small change."""
    moved_a = abs(told.overload.load_a - now.overload.load_a)
    placed = told.overload._replace(load_a=0.0) == now.overload._replace(load_a=0.0)
    return placed and told.set_a == now.set_a and moved_a < RENEWED_A
