"""Tells when a plan will not do: what a car will lack, and one that is not plugged in."""

from datetime import datetime, time
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from custom_components.ev_lb.building.features import plans
from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.control.planner import SHORT_KWH
from custom_components.ev_lb.engine.model import (
    ChargerStatus,
    ChargingMode,
    LimitingFactor,
)

from .events import EVENT_NOT_PLUGGED_IN, EVENT_PLAN_SHORT

GROWN_KWH: Final = 0.5
"""A shortfall that has grown by so much is announced again, kWh."""
NIGHT: Final = time(22), time(6)
"""A missing car is announced only in these hours: earlier, it may be on its way."""
AHEAD_S: Final = 12 * 3600.0
MINUTE_S: Final = 60.0
TABLE: Final = "notification"
SENTENCES: Final = {
    LimitingFactor.CHARGER_MAX: "plan_no_time",
    LimitingFactor.SOLAR: "plan_price_limit",
}
"""What is said otherwise of a plan than of a charger that charges."""


@callback
def async_watch_plan(entry: ConfigEntry[Any], controller: Controller) -> None:
    """Tell of a site's plans until it stops, where it makes any."""
    if plans(entry):
        news = PlanNews(controller)
        entry.async_on_unload(controller.async_add_listener(news.check))


class PlanNews:
    """Says once what will not be, again when it is worse, and when it is over."""

    def __init__(self, controller: Controller) -> None:
        """Take the site whose plans it watches."""
        self._controller = controller
        self._told_kwh: dict[str, float] = {}
        self._missed_s: dict[str, float] = {}
        self._minute = 0

    @callback
    def check(self) -> None:
        """Look at the plans after a decision."""
        controller = self._controller
        if controller.shadow:
            return
        now_s = controller.clock.now_s()
        for charger in controller.site.chargers:
            self._check_shortfall(charger.charger_id)
        if (minute := int(now_s // MINUTE_S)) != self._minute:
            self._minute = minute
            self._check_plugs(now_s)

    def _check_shortfall(self, charger_id: str) -> None:
        lacks_kwh = self._controller.planner.lacks_kwh(charger_id) or 0.0
        told_kwh = self._told_kwh.get(charger_id)
        if lacks_kwh <= SHORT_KWH:
            if told_kwh is not None:
                del self._told_kwh[charger_id]
                self._controller.announcer.tell_no_more_of_plan(
                    EVENT_PLAN_SHORT, charger_id
                )
        elif told_kwh is None or lacks_kwh > told_kwh + GROWN_KWH:
            self._told_kwh[charger_id] = lacks_kwh
            self._tell_shortfall(charger_id, lacks_kwh)

    def _tell_shortfall(self, charger_id: str, lacks_kwh: float) -> None:
        controller = self._controller
        now_s, texts = controller.clock.now_s(), controller.texts
        ready_s = controller.planner.wishes.ready_s(charger_id, now_s)
        car = controller.planner.car(charger_id)
        lacks = None if car is None else car.shortfall
        payload: dict[str, Any] = {
            "energy_kwh": round(lacks_kwh, 1),
            "ready_by": _moment(ready_s).isoformat(),
            "factor": None if lacks is None else lacks.factor.value,
        }
        controller.announcer.tell_of_plan(
            EVENT_PLAN_SHORT,
            charger_id,
            payload,
            name=controller.name_of(charger_id),
            energy=texts.number(lacks_kwh, ".1f"),
            time=f"{_moment(ready_s):%H:%M}",
            reason=self._reason(charger_id),
        )

    def _reason(self, charger_id: str) -> str:
        """Return what holds a car back, and which others draw on that."""
        controller = self._controller
        texts, car = controller.texts, controller.planner.car(charger_id)
        lacks = None if car is None else car.shortfall
        if lacks is None:
            return texts.get(TABLE, "plan_no_time")
        if (key := SENTENCES.get(lacks.factor)) is not None:
            return texts.get(TABLE, key)
        circuit = lacks.circuit_id
        reason = texts.get(
            "explanation",
            lacks.factor.value,
            phase="" if lacks.phase is None else lacks.phase.name,
            circuit="" if circuit is None else controller.name_of(circuit),
        )
        if not lacks.charger_ids:
            return reason
        others = ", ".join(controller.name_of(row) for row in lacks.charger_ids)
        return texts.get(TABLE, "plan_shared", reason=reason, others=others)

    def _check_plugs(self, now_s: float) -> None:
        """Tell at night of cars that are to leave in the morning and are not there."""
        controller = self._controller
        statuses, site = controller.fleet.statuses(), controller.site
        at, (evening, morning) = _moment(now_s).time(), NIGHT
        for charger in site.chargers:
            charger_id = charger.charger_id
            mode = charger.charging_mode or site.charging_mode
            away = statuses.get(charger_id) is ChargerStatus.DISCONNECTED
            told_s = self._missed_s.get(charger_id)
            if told_s is not None:
                if not away or told_s <= now_s:
                    del self._missed_s[charger_id]
                    controller.announcer.tell_no_more_of_plan(
                        EVENT_NOT_PLUGGED_IN, charger_id
                    )
                continue
            if mode is not ChargingMode.SMART or not charger.enabled or not away:
                continue
            if morning <= at < evening:
                continue
            due_s = controller.planner.wishes.named_departure_s(charger_id, now_s)
            if due_s is None or not 0 < due_s - now_s <= AHEAD_S:
                continue
            self._missed_s[charger_id] = due_s
            controller.announcer.tell_of_plan(
                EVENT_NOT_PLUGGED_IN,
                charger_id,
                {"ready_by": _moment(due_s).isoformat()},
                name=controller.name_of(charger_id),
                time=f"{_moment(due_s):%H:%M}",
            )


def _moment(time_s: float) -> datetime:
    return dt_util.as_local(dt_util.utc_from_timestamp(round(time_s)))
