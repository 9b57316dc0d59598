"""What is told of a charger whose current sensor was found to lie."""

from dataclasses import replace
from typing import Final, NamedTuple

from homeassistant.core import HomeAssistant

from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.engine.model import (
    Decision,
    SensorFault,
    SensorStep,
    SensorVerdict,
    Snapshot,
)
from custom_components.ev_lb.explaining.texts import Texts

ISSUES: Final = {fault: f"charger_sensor_{fault}" for fault in SensorFault}


class SensorIssue(NamedTuple):
    """A repair about a charger's sensor."""

    key: str
    charger_id: str
    placeholders: dict[str, str]


def sensor_issues(
    hass: HomeAssistant, controller: Controller, decision: Decision
) -> list[SensorIssue]:
    """Return the repairs about sensors that are not used, with what was seen."""
    found = []
    for row in decision.chargers:
        verdict = row.sensor
        if verdict is None or row.charger_id not in controller.chargers:
            continue
        key = ISSUES[verdict.fault]
        placeholders = _placeholders(hass, controller, row.charger_id, verdict)
        found.append(SensorIssue(key, row.charger_id, placeholders))
    return found


def without_liars(snapshot: Snapshot, decision: Decision | None) -> Snapshot:
    """Return a snapshot in which no sensor tells anything that is not used.

    Nothing that it shows may count against the meter.
    """
    rows = () if decision is None else decision.chargers
    liars = {row.charger_id for row in rows if row.sensor is not None}
    if not liars:
        return snapshot
    return replace(
        snapshot,
        chargers=tuple(
            replace(row, measured_a=()) if row.charger_id in liars else row
            for row in snapshot.chargers
        ),
    )


def _placeholders(
    hass: HomeAssistant,
    controller: Controller,
    charger_id: str,
    verdict: SensorVerdict,
) -> dict[str, str]:
    texts, charger = controller.texts, controller.chargers[charger_id]
    entity_ids = charger.measured_entity_ids
    name = charger.name
    if entity_ids:
        entity_id = entity_ids[min(verdict.step.wire, len(entity_ids) - 1)]
        state = hass.states.get(entity_id)
        name = entity_id if state is None else state.name
    placeholders = {"charger": charger.name, "sensor": name}
    if verdict.fault is SensorFault.NO_CAR:
        shown_a = verdict.step.sensor_a[1]
        return {**placeholders, "current": texts.number(shown_a, ".4g")}
    if verdict.factor is not None:
        placeholders["factor"] = texts.number(verdict.factor, ".2g")
        if verdict.factor >= 10:
            placeholders["factor"] = f"{verdict.factor:.0f}"
    return {**placeholders, "seen": _seen(texts, verdict.step)}


def _seen(texts: Texts, step: SensorStep) -> str:
    """Return what the witnesses made of a step, in numbers."""
    key = "sensor_fell" if step.meter_a < 0 else "sensor_rose"
    seen = texts.get(
        "notification",
        key,
        before=texts.number(step.set_a[0]),
        after=texts.number(step.set_a[1]),
        sensor_before=texts.number(round(step.sensor_a[0], 1)),
        sensor_after=texts.number(round(step.sensor_a[1], 1)),
        meter=texts.number(round(abs(step.meter_a), 1)),
    )
    if step.shown_a is None:
        return seen
    shown = texts.get("notification", "sensor_shown", shown=texts.number(step.shown_a))
    return f"{seen}; {shown}"
