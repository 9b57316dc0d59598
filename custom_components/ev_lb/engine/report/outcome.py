"""What a decision tells besides its set-points, and what it hands to the next."""

from collections.abc import Iterable
from math import inf, isfinite

from custom_components.ev_lb.engine.allocation.allowances import Allocation
from custom_components.ev_lb.engine.allocation.in_time import SEQUENTIAL
from custom_components.ev_lb.engine.estimation.estimate import Estimate
from custom_components.ev_lb.engine.model import (
    BalancerState,
    ChargerDecision,
    CircuitDecision,
    Decision,
    DistributionMode,
    LimitingFactor,
    Overload,
    Site,
    State,
)
from custom_components.ev_lb.engine.model.allowance import Allowance
from custom_components.ev_lb.engine.model.metered import NO_PROBLEMS, MeteredCircuit
from custom_components.ev_lb.engine.model.state import ChargerState, CircuitState
from custom_components.ev_lb.engine.model.tariff import tariff_limit_w
from custom_components.ev_lb.engine.setpoint.command import Command

from .conclusion import conclude
from .hold_window import learned
from .reasons import balancer_state


def outcome(
    estimate: Estimate, allocation: Allocation, commands: dict[str, Command]
) -> Decision:
    """Return the decision, with what the next one is to remember."""
    site = estimate.site
    conclusions = conclude(estimate, allocation, commands)
    decisions = tuple([row for row, _ in conclusions])
    chargers = tuple([memory for _, memory in conclusions])
    doing = balancer_state(estimate, decisions, chargers)
    circuits = tuple(_circuit(site, metered) for metered in estimate.metered_circuits)
    house_a = circuits[0].house_a
    first, second, third = (
        None if load_a is None else limit_a - load_a
        for load_a, limit_a in zip(house_a, estimate.limit_a, strict=True)
    )
    return Decision(
        time_s=estimate.wakeups.now_s,
        state=_next_state(estimate, allocation, decisions, chargers, doing),
        balancer_state=doing,
        chargers=decisions,
        house_a=house_a,
        available_a=(first, second, third),
        problems=estimate.problems,
        meter_ok=estimate.problems == NO_PROBLEMS,
        fallback_active=site.enabled
        and any(row.problems != NO_PROBLEMS for row in circuits),
        overload=any(row.overload for row in circuits),
        next_look_s=estimate.wakeups.next_s,
        circuits=circuits[1:],
        tariff_limit_w=_tariff_w(estimate),
        overloads=_overloads(site, estimate.metered_circuits),
        meter_seen=estimate.meter_seen,
        battery_w=estimate.sun.battery_w,
        import_limit_w=estimate.limits.import_cap_w,
        external_cap_w=None
        if estimate.limits.external_cap_w == inf
        else estimate.limits.external_cap_w,
        stated_limits=estimate.limits.stated,
        tariff_period=estimate.period,
        reservations=allocation.reservations,
    )


def _next_state(
    estimate: Estimate,
    allocation: Allocation,
    decisions: tuple[ChargerDecision, ...],
    chargers: tuple[ChargerState, ...],
    doing: BalancerState,
) -> State:
    """Return what the next decision is to remember."""
    before = estimate.state
    lost_since_s = None
    if estimate.problems != NO_PROBLEMS:
        lost_since_s = before.meter_lost_since_s
        lost_since_s = estimate.wakeups.now_s if lost_since_s is None else lost_since_s
    phases, *below = learned(estimate, decisions)
    return State(
        phases=phases,
        circuits=tuple(
            CircuitState(circuit_id=metered.circuit_id, phases=learnt)
            for metered, learnt in zip(
                estimate.metered_circuits[1:], below, strict=True
            )
        ),
        chargers=chargers,
        resumed_s=before.resumed_s,
        meter_lost_since_s=lost_since_s,
        meter_seen=estimate.meter_seen,
        balancer_state=doing,
        battery=estimate.battery,
        sun=estimate.sun,
        period=estimate.period,
        import_cap_w=estimate.limits.stated.import_cap_w,
        external_cap_w=estimate.limits.stated.external_cap_w,
        external_cap_seen=estimate.limits.external_cap_seen,
        turns_number=estimate.turns_number,
        heats=estimate.heats,
        queued=_is_queued(
            estimate.site.distribution_mode, allocation.allowances.values()
        ),
    )


def _circuit(site: Site, metered: MeteredCircuit) -> CircuitDecision:
    """Return what the meter of a circuit comes to."""
    house: list[float | None] = [None, None, None]
    known = [phase for phase in site.phases if metered.problems[phase] is None]
    for phase in known:
        house[phase] = metered.phases[phase].house_a
    return CircuitDecision(
        circuit_id=metered.circuit_id,
        house_a=(house[0], house[1], house[2]),
        problems=metered.problems,
        overload=any(
            metered.phases[row].load_a > metered.limit_a[row] for row in known
        ),
    )


def _overloads(
    site: Site, metered_circuits: tuple[MeteredCircuit, ...]
) -> tuple[Overload, ...]:
    """Return which fuses carry more than they may."""
    return tuple(
        Overload(metered.circuit_id, phase, load_a, metered.limit_a[phase])
        for metered in metered_circuits
        for phase in site.phases
        if metered.problems[phase] is None
        and (load_a := metered.phases[phase].load_a) > metered.limit_a[phase]
    )


def _tariff_w(estimate: Estimate) -> float | None:
    """Return the limit of the tariff period, W, where there is one."""
    if estimate.period is None:
        return None
    limit_w = tariff_limit_w(estimate.site, estimate.period, estimate.snapshot)
    return limit_w if isfinite(limit_w) else None


def _is_queued(mode: DistributionMode, allowances: Iterable[Allowance]) -> bool:
    """Tell whether somebody had more if another made way, so that turns go round.

    Where one is filled after the other, that is so for all who have less than they
    could use; else only for who has nothing.
    """
    factors = {LimitingFactor.QUEUE}
    if mode in SEQUENTIAL:
        factors.add(LimitingFactor.SHARE)
    return any(
        row.keep.factor in factors or row.raise_to.factor in factors
        for row in allowances
    )
