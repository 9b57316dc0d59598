"""What holds for every plan, and a home to plan for."""

from collections.abc import Sequence
from itertools import permutations
from math import inf

from custom_components.ev_lb.engine.model import ALL_PHASES, Charger, Circuit, Site
from custom_components.ev_lb.engine.planning.plan import Part, Plan
from custom_components.ev_lb.engine.planning.request import Goal, PlanRequest, Slot

START_S = 1_790_000_100.0
TOLERANCE = 1e-5
DAY_S = 86400.0
SECOND = 1.0
"""Slots are cut where a car comes and goes, but to none shorter than this, s."""


def slots(prices: Sequence[float], **more: object) -> tuple[Slot, ...]:
    """Return quarter-hours at these prices."""
    return tuple(
        Slot(
            start_s=START_S + 900 * place,
            end_s=START_S + 900 * (place + 1),
            price=price,
            **more,
        )
        for place, price in enumerate(prices)
    )


def at(quarter: float) -> float:
    return START_S + 900 * quarter


def site(*names: str, limit_a: float = 25.0, **more: object) -> Site:
    chargers = tuple(Charger(charger_id=name, circuit_id="grid") for name in names)
    grid = Circuit(circuit_id="grid", limit_a=(limit_a,) * 3)
    return Site(circuits=(grid,), chargers=chargers, **more)


def request(site: Site, slots: tuple[Slot, ...], *goals: Goal) -> PlanRequest:
    return PlanRequest(
        site=site, slots=slots, goals=goals, now_s=START_S, start_kwh=0.0
    )


def assert_sound(request: PlanRequest, plan: Plan) -> None:
    """Check a plan of sane numbers: every limit at every moment, minima, windows."""
    drawn: list[tuple[Charger, int, Part]] = []
    chargers = {row.charger_id: row for row in request.site.chargers}
    assert len(plan.cars) == len(request.goals)
    for goal, car in zip(request.goals, plan.cars, strict=True):
        charger = chargers[goal.charger_id]
        count = min(goal.phase_count or 3, len(charger.phases))
        energy_kwh = 0.0
        ended_s = goal.from_s
        for block in car.blocks:
            assert block.start_s == block.parts[0].start_s
            assert block.end_s == block.parts[-1].end_s
            for part in block.parts:
                assert ended_s - SECOND <= part.start_s < part.end_s
                assert charger.min_current_a - TOLERANCE <= part.current_a
                assert part.current_a <= charger.max_current_a + TOLERANCE
                hours = (part.end_s - part.start_s) / 3600
                kw = part.current_a * count * request.site.voltage_v / 1000
                energy_kwh += kw * hours
                ended_s = part.end_s
                drawn.append((charger, count, part))
        assert ended_s <= goal.ready_s + SECOND
        assert abs(energy_kwh - car.energy_kwh) < 1e-3
        short_kwh = car.shortfall.energy_kwh if car.shortfall else 0.0
        assert abs(energy_kwh + short_kwh - max(goal.needed_kwh, 0)) < 1e-3
    moments = sorted({t for _, _, part in drawn for t in (part.start_s, part.end_s)})
    for slot in request.slots:
        opening = [
            slot.start_s + (row.start_s + 2 * SECOND - slot.start_s) % DAY_S
            for row in request.site.import_windows
        ]
        inside = [t for t in (*moments, *opening) if slot.start_s < t < slot.end_s]
        for moment in (slot.start_s, *inside):
            now = [row for row in drawn if row[2].start_s <= moment < row[2].end_s]
            _assert_within(request.site, slot, now, plan.peak_w)
            _assert_within_windows(request, slot, now, moment)


def _assert_within_windows(
    request: PlanRequest,
    slot: Slot,
    drawn: list[tuple[Charger, int, Part]],
    moment: float,
) -> None:
    """Check the import limits by time of day of every day, on a clock that is UTC."""
    volts, site = request.site.voltage_v, request.site
    cars_w = sum(part.current_a * count for _, count, part in drawn) * volts
    for window in site.import_windows:
        length_s = (window.end_s - window.start_s) % DAY_S or DAY_S
        into_s = (moment - window.start_s) % DAY_S
        if cars_w and SECOND < into_s < length_s - SECOND:
            assert cars_w + sum(slot.house_a) * volts <= window.power_w + 0.1


def _assert_within(
    site: Site,
    slot: Slot,
    drawn: list[tuple[Charger, int, Part]],
    peak_w: float | None,
) -> None:
    parents = {row.circuit_id: row.parent_id for row in site.circuits}
    for circuit in site.circuits:
        for phase in ALL_PHASES:
            flows_a = 0.0
            for charger, count, part in drawn:
                name: str | None = charger.circuit_id
                while name not in {None, circuit.circuit_id}:
                    name = parents[name]
                if name is not None and phase in charger.phases[:count]:
                    flows_a += part.current_a
            if flows_a:
                house_a = 0.0 if circuit.parent_id else slot.house_a[phase]
                assert flows_a + house_a <= circuit.limit_a[phase] + TOLERANCE
    cars_w = sum(part.current_a * count for _, count, part in drawn) * site.voltage_v
    if not cars_w:
        return
    import_w = cars_w + sum(slot.house_a) * site.voltage_v
    caps_w = [cap for cap in (site.import_cap_w, peak_w) if cap is not None]
    assert import_w <= min([*caps_w, slot.import_cap_w, inf]) + 0.1
    assert cars_w <= slot.external_cap_w + 0.1
    if site.grid_unbalance_limit_a is not None:
        for phase, other in permutations(ALL_PHASES, 2):
            more_a = sum(
                part.current_a
                for charger, count, part in drawn
                if phase in charger.phases[:count]
                and other not in charger.phases[:count]
            )
            house_a = slot.house_a[phase] - slot.house_a[other]
            if more_a:
                assert more_a + house_a <= site.grid_unbalance_limit_a + TOLERANCE
