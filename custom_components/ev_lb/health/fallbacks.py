"""What the chargers do when they are left alone, and whether the fuses carry that."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from custom_components.ev_lb.building.stored_settings import settings_of
from custom_components.ev_lb.building.topology import behind
from custom_components.ev_lb.const import (
    CIRCUIT_GRID,
    CONF_DRIVER,
    CONF_LEFT_ALONE_AFTER_S,
    CONF_LEFT_ALONE_CURRENT_A,
    DRIVER_OCPP,
)
from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.engine.model import (
    Charger,
    Circuit,
    MeterLossBehavior,
    Site,
)
from custom_components.ev_lb.entity import without_none

from .events import fallback_a


class KnownFrom(StrEnum):
    """The source of what a charger does."""

    CHARGER = "charger"
    OWNER = "owner"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAlone:
    """What a charger does when it gets no more commands."""

    known_from: KnownFrom
    current_a: float | None = None
    """None where it keeps its last set-point, or where that is unknown."""
    after_s: float | None = None
    """How long after the last command, s."""


def left_alone(controller: Controller, charger_id: str) -> LeftAlone:
    """Return what a charger does by itself, by its settings or its family."""
    data = settings_of(controller.entry, charger_id)
    managed = controller.chargers.get(charger_id)
    known = None if managed is None else managed.driver.fallback
    stated_a = data.get(CONF_LEFT_ALONE_CURRENT_A)
    if stated_a is not None and data[CONF_DRIVER] != DRIVER_OCPP:
        after_s = None if known is None else known.after_s
        return LeftAlone(
            known_from=KnownFrom.OWNER,
            current_a=float(stated_a),
            after_s=data.get(CONF_LEFT_ALONE_AFTER_S, after_s),
        )
    if known is None:
        return LeftAlone(known_from=KnownFrom.NOBODY)
    return LeftAlone(
        known_from=KnownFrom.CHARGER, current_a=known.current_a, after_s=known.after_s
    )


def fallbacks_a(controller: Controller, circuit_id: str) -> tuple[float, float, float]:
    """Return what the chargers behind a fuse draw per phase when left alone, A.

    That is what each falls back to by itself, or what it is left at, if that is
    more. One that keeps its limit keeps what it is left at. Without a circuit, of
    the main fuse.
    """
    sums_a = [0.0, 0.0, 0.0]
    for charger in behind(controller.site, circuit_id or CIRCUIT_GRID):
        current_a = _counted_a(controller, charger)
        for phase in charger.phases:
            sums_a[phase] += current_a
    return (sums_a[0], sums_a[1], sums_a[2])


def fallback_details(controller: Controller, circuit_id: str) -> dict[str, Any]:
    """Return the same on each phase, and what each charger does by itself."""
    sums_a = fallbacks_a(controller, circuit_id)
    rows = {}
    for charger in behind(controller.site, circuit_id or CIRCUIT_GRID):
        found = left_alone(controller, charger.charger_id)
        rows[controller.name_of(charger.charger_id)] = without_none(
            {
                "known_from": found.known_from.value,
                "current": found.current_a,
                "after": found.after_s,
            }
        )
    phases = {phase.name.lower(): sums_a[phase] for phase in controller.site.phases}
    return {**phases, "chargers": rows}


def _counted_a(controller: Controller, charger: Charger) -> float:
    current_a = left_alone(controller, charger.charger_id).current_a or 0.0
    if controller.site.meter_loss.behavior is MeterLossBehavior.SET_CURRENT:
        current_a = max(current_a, fallback_a(controller.site, charger))
    return current_a


def narrowest_over(site: Site, charger: Charger) -> Circuit | None:
    """Return the fuse on a charger's way to the grid that carries the least."""
    circuits = {row.circuit_id: row for row in site.circuits}
    line: list[Circuit] = []
    circuit = circuits.get(charger.circuit_id)
    while circuit is not None and circuit not in line:
        line.append(circuit)
        circuit = circuits.get(circuit.parent_id or "")
    phases = charger.phases
    return min(
        line,
        key=lambda row: min((row.limit_a[phase] for phase in phases), default=0.0),
        default=None,
    )
