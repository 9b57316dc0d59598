"""Homes with several chargers, engine and plant joined."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.closed_loop import Command, Run, site_for
from custom_components.ev_lb.engine.allocation.split import split
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    Circuit,
    DistributionMode,
    LimitingFactor,
    Phase,
    Response,
    Site,
)
from custom_components.ev_lb.engine.model.request import Limit, Request
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import HouseholdLoad
from custom_components.ev_lb.simulation.meter import MeterConfiguration
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration
from custom_components.ev_lb.simulation.sampling import Sampling

VOLTAGE_V = 230
LATENCY_S = 0.5
L1, L2, L3 = ALL_PHASES

type PhaseLoad = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Bay:
    """A charger and the car on it."""

    name: str
    phases: tuple[Phase, ...] = ALL_PHASES
    car_phases: int | None = None
    """None for all that the charger has."""
    max_a: float = 16
    car_max_a: float | None = None
    """None for as much as the charger gives."""
    weight: float = 1
    priority: int = 1
    step_a: float = 1
    circuit: str = "grid"
    plugged_in: bool = True
    need_kwh: float | None = None
    measured: bool = True
    report_s: float = 1
    dead_time_s: float = 3


def house(*steps: tuple[int, PhaseLoad]) -> HouseholdLoad:
    """Return a house that draws so many ampere per phase from each second on."""
    return HouseholdLoad(
        seconds=tuple(second for second, _ in steps),
        powers_w=tuple(
            (a * VOLTAGE_V, b * VOLTAGE_V, c * VOLTAGE_V) for _, (a, b, c) in steps
        ),
        length_s=10**6,
    )


def garage(
    bays: Sequence[Bay],
    household: HouseholdLoad,
    *,
    limit_a: float = 25,
    meter_s: float = 1,
    freshness_limit_s: float = 180,
    circuits: tuple[Circuit, ...] = (),
    tells_status: bool = True,
    tells_phases: bool = False,
    **settings: object,
) -> Run:
    """Return a home on 3 x 25 A with these chargers; settings are the site's."""
    configuration = PlantConfiguration(
        service_current_a=limit_a,
        start_hour=0,
        household=household,
        meter=MeterConfiguration(
            sampling=Sampling(period_s=meter_s, latency_s=LATENCY_S)
        ),
        chargers=tuple(_charger(bay) for bay in bays),
    )
    site = site_for(configuration, freshness_limit_s=freshness_limit_s)
    chargers = tuple(
        replace(
            charger,
            circuit_id=bay.circuit,
            weight=bay.weight,
            priority=bay.priority,
            step_a=bay.step_a,
            measures_current=bay.measured,
            response=Response(dead_time_s=bay.dead_time_s + 2),
        )
        for bay, charger in zip(bays, site.chargers, strict=True)
    )
    # A meter that is lost here is lost at once, unless the settings say otherwise.
    site = replace(site, chargers=chargers, circuits=(*site.circuits, *circuits))
    site = replace(site, meter_grace_s=0)
    site = replace(site, **settings)
    run = Run(site, Plant(configuration))
    run.tells_status = tells_status
    run.tells_phases = tells_phases
    return run


def one_phase_site(
    names: Sequence[str], mode: DistributionMode, limit_a: float, *priorities: int
) -> Site:
    """Return a site on one phase with chargers of 6 to 16 A."""
    return Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(limit_a, 0, 0)),),
        phases=(Phase.L1,),
        distribution_mode=mode,
        chargers=tuple(
            Charger(
                charger_id=name,
                circuit_id="grid",
                phases=(Phase.L1,),
                priority=priorities[place] if priorities else 1,
            )
            for place, name in enumerate(names)
        ),
    )


def _charger(bay: Bay) -> ChargerConfiguration:
    # The car takes up to 3 s of the dead time, the way to it the rest.
    car_dead_s = min(bay.dead_time_s, 3)
    return ChargerConfiguration(
        charger_id=bay.name,
        phases=bay.phases,
        max_current_a=bay.max_a,
        command_delay_s=bay.dead_time_s - car_dead_s,
        report=Sampling(period_s=bay.report_s, latency_s=0.2),
        car=CarConfiguration(
            dead_time_s=car_dead_s,
            phase_count=bay.car_phases or len(bay.phases),
            max_current_a=bay.max_a if bay.car_max_a is None else bay.car_max_a,
            need_kwh=bay.need_kwh,
            plugged_in=bay.plugged_in,
        ),
    )


def loop_delay_s(run: Run) -> float:
    """Return the longest from a step of the house to the end of the car's answer.

    Sampling, the meter's latency, the slowest dead time, and the second of the
    fall; two more, because the plant lives in whole seconds.
    """
    configuration = run.plant.configuration
    dead_s = max(
        row.command_delay_s + row.car.dead_time_s for row in configuration.chargers
    )
    return configuration.meter.sampling.period_s + LATENCY_S + dead_s + 3


def changes(run: Run, from_s: float = 0, to_s: float = 10**9) -> list[Command]:
    """Return the set-points that changed in a stretch of time."""
    return [
        command
        for command in run.commands
        if from_s <= command.time_s < to_s and command.before_a != command.current_a
    ]


def fair_shares(site: Site, house_a: PhaseLoad) -> dict[str, float]:
    """Return what the split gives each charger if the house draws just this.

    Worked out from the fuses alone, for cars that take all that they get.
    """
    limits: list[Limit] = []
    places: dict[tuple[str, Phase], int] = {}
    parents = {row.circuit_id: row.parent_id for row in site.circuits}
    for circuit in site.circuits:
        for phase in ALL_PHASES:
            places[circuit.circuit_id, phase] = len(limits)
            free_a = circuit.limit_a[phase]
            if circuit.parent_id is None:
                free_a -= house_a[phase]
            limits.append(Limit(free_a, LimitingFactor.FUSE, phase, "a fuse"))
    requests = []
    for charger in site.chargers:
        uses = []
        circuit_id: str | None = charger.circuit_id
        while circuit_id is not None:
            uses += [(places[circuit_id, phase], 1.0) for phase in charger.phases]
            circuit_id = parents[circuit_id]
        requests.append(
            Request(
                charger_id=charger.charger_id,
                min_current_a=charger.min_current_a,
                max_current_a=charger.max_current_a,
                step_a=charger.step_a,
                weight=charger.weight,
                uses=tuple(uses),
                urgency=0,
                priority=charger.priority,
                turn=0.0,
                running=True,
                own_limit=LimitingFactor.CHARGER_MAX,
            )
        )
    shares = split(requests, limits, site.distribution_mode)
    return {name: share.current_a for name, share in shares.items()}
