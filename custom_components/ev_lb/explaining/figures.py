"""What entities show, worked out of the last decision."""

from collections.abc import Iterable
from datetime import datetime

from homeassistant.util import dt as dt_util

from custom_components.ev_lb.accounting.readings import drawn_a
from custom_components.ev_lb.building.topology import behind
from custom_components.ev_lb.const import CIRCUIT_GRID
from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.engine.model import (
    Charger,
    Decision,
    LimitingFactor,
    MeterKind,
    Phase,
    Reading,
    ReadingProblem,
    Site,
)

FUSES = frozenset({LimitingFactor.FUSE, LimitingFactor.CIRCUIT, LimitingFactor.SHARE})


def charger_of(site: Site, charger_id: str) -> Charger | None:
    """Return a charger as it is configured and set now."""
    return next((row for row in site.chargers if row.charger_id == charger_id), None)


def metered_phases(site: Site) -> tuple[Phase, ...]:
    """Return the phases that the meter distinguishes."""
    return site.phases[:1] if site.meter.kind is MeterKind.TOTAL else site.phases


def lowest_available_a(controller: Controller, phases: Iterable[Phase]) -> float | None:
    """Return what the connection leaves for the cars on the fullest phase, A."""
    known = _available_a(controller, phases)
    return None if known is None else round(min(known), 1)


def highest_available_a(
    controller: Controller, phases: Iterable[Phase]
) -> float | None:
    """Return what it leaves on the emptiest phase, A; never less than nothing."""
    known = _available_a(controller, phases)
    return None if known is None else round(max(*known, 0.0), 1)


def _available_a(controller: Controller, phases: Iterable[Phase]) -> list[float] | None:
    if (decision := controller.decision) is None:
        return None
    values = [decision.available_a[phase] for phase in phases]
    known = [value for value in values if value is not None]
    return known if known and len(known) == len(values) else None


def house_a(controller: Controller, phase: Phase) -> float | None:
    """Return what the house draws on a phase, A."""
    if (decision := controller.decision) is None:
        return None
    value = decision.house_a[phase]
    return None if value is None else round(value, 1)


def surplus_w(controller: Controller) -> float | None:
    """Return what the house leaves over for cars, W; negative when it needs more.

    What charges the home battery counts as left over, what it gives does not.
    """
    decision, site = controller.decision, controller.site
    if decision is None:
        return None
    house = [decision.house_a[phase] for phase in metered_phases(site)]
    if not house or any(value is None for value in house):
        return None
    battery_w = decision.battery_w or 0.0
    house_w = sum(value for value in house if value is not None) * site.volts
    return round(battery_w - house_w)


def limiting_circuit(controller: Controller) -> str | None:
    """Return the name of the fuse that limits a car now; None when none does.

    The fuse with the fewest cars behind it comes first: it is the nearest one.
    """
    if controller.decision is None:
        return None
    found = [
        row.limiting.circuit_id or CIRCUIT_GRID
        for row in controller.decision.chargers
        if row.limiting.factor in FUSES
    ]
    if not found:
        return None
    nearest = min(found, key=lambda name: (name == CIRCUIT_GRID, found.count(name)))
    return controller.name_of(nearest)


def tariff_mean_w(controller: Controller) -> float | None:
    """Return the mean import of the tariff period so far, W."""
    found = _tariff_period(controller)
    if found is None:
        return None
    energy_ws, passed_s, _, power_w = found
    return round(energy_ws / passed_s if passed_s >= 1 else power_w)


def tariff_room_w(controller: Controller) -> float | None:
    """Return what the rest of the tariff period may import on average, W."""
    found = _tariff_period(controller)
    decision = controller.decision
    if found is None or decision is None or decision.tariff_limit_w is None:
        return None
    energy_ws, passed_s, rest_s, _ = found
    left_ws = decision.tariff_limit_w * (passed_s + rest_s) - energy_ws
    return round(max(left_ws / max(rest_s, 1.0), 0.0))


def _tariff_period(
    controller: Controller,
) -> tuple[float, float, float, float] | None:
    """Return its import so far, W s, passed and remaining time, s, and power, W."""
    decision, tariff = controller.decision, controller.site.capacity_tariff
    if decision is None or tariff is None or decision.tariff_period is None:
        return None
    period, snapshot = decision.tariff_period, controller.snapshot
    ahead_s = 0.0 if snapshot is None else snapshot.clock_ahead_s
    rest_s = tariff.end_s(period.number) + ahead_s - period.read_s
    passed_s = max(tariff.length_s - rest_s, 0.0)
    return period.energy_ws, passed_s, tariff.length_s - passed_s, period.power_w


def power_set_w(controller: Controller, charger_id: str) -> float:
    """Return what a charger's set-point comes to, W."""
    charger = charger_of(controller.site, charger_id)
    wires = 0 if charger is None else len(charger.phases)
    return round(controller.set_a(charger_id) * wires * controller.site.volts, 1)


def queue_position(controller: Controller, charger_id: str) -> int | None:
    """Return a charger's place among those that wait for their turn; 0 for none."""
    if (decision := controller.decision) is None:
        return None
    turns = {row.charger_id: row.turn for row in decision.chargers}
    priorities = {row.charger_id: row.priority for row in controller.site.chargers}
    waiting = [
        row.charger_id
        for row in decision.chargers
        if row.limiting.factor is LimitingFactor.QUEUE
    ]
    waiting.sort(key=lambda name: (priorities.get(name, 1), turns.get(name, 0.0)))
    return waiting.index(charger_id) + 1 if charger_id in waiting else 0


def circuit_load_a(
    controller: Controller, circuit_id: str, phase: Phase
) -> float | None:
    """Return what a circuit carries on a phase, A: metered, or the sum of its cars."""
    site, snapshot = controller.site, controller.snapshot
    if (meter := controller.circuit_meter(circuit_id)) is not None:
        total = meter.total_power_w()
        if total is None:
            return _rounded(meter.phase_currents_a()[phase])
        # Its whole power could be on any one phase.
        return _rounded(total._replace(value=total.value / site.volts))
    if snapshot is None:
        return None
    return round(cars_a(controller, behind(site, circuit_id), phase), 1)


def cars_a(controller: Controller, chargers: Iterable[Charger], phase: Phase) -> float:
    """Return what the cars of some chargers draw on a phase, A."""
    snapshot, set_a = controller.snapshot, controller.all_set_a
    known = () if snapshot is None else snapshot.chargers
    readings = {row.charger_id: row for row in known}
    load_a = 0.0
    for row in chargers:
        if phase in row.phases:
            reading = readings.get(row.charger_id)
            amps = drawn_a(row, reading, set_a.get(row.charger_id, 0.0))
            load_a += amps[row.phases.index(phase)]
    return load_a


def circuit_headroom_a(
    controller: Controller, circuit_id: str, phase: Phase
) -> float | None:
    """Return what a circuit could carry more on a phase, A."""
    load_a = circuit_load_a(controller, circuit_id, phase)
    limit_a = next(
        (
            row.limit_a[phase]
            for row in controller.site.circuits
            if row.circuit_id == circuit_id
        ),
        None,
    )
    if load_a is None or limit_a is None:
        return None
    return round(limit_a - load_a, 1)


def circuit_allocation_a(
    controller: Controller, circuit_id: str, phase: Phase
) -> float | None:
    """Return what the cars behind a circuit are given on a phase, A."""
    if controller.decision is None:
        return None
    return round(
        sum(
            controller.set_a(charger.charger_id)
            for charger in behind(controller.site, circuit_id)
            if phase in charger.phases
        ),
        1,
    )


def moment(time_s: float | None) -> datetime | None:
    """Return a time of the site as Home Assistant shows one."""
    return None if time_s is None else dt_util.utc_from_timestamp(round(time_s))


def _rounded(reading: Reading | None) -> float | None:
    if reading is None or reading.problem is not None:
        return None
    return round(reading.value, 1)


def lost_reading(decision: Decision) -> ReadingProblem | None:
    """Return why a reading of a meter is not believed; None while all are."""
    rows = (decision.problems, *(row.problems for row in decision.circuits))
    return next(
        (problem for row in rows for problem in row if problem is not None), None
    )


def overload(decision: Decision) -> bool | None:
    """Return whether a fuse is overloaded; None where that is not known.

    A lost meter may hide it, and of a fuse that cannot be read nobody knows.
    """
    if any(row.limit_a > 0 for row in decision.overloads):
        return True
    if decision.overload or lost_reading(decision) is not None:
        return None
    return False
