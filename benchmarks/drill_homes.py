"""Random homes for the drill: a seed makes one home, and one day of it."""

from dataclasses import dataclass, replace
from math import cos, pi
from random import Random
from typing import Final

from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Battery,
    Charger,
    ChargingMode,
    Circuit,
    DistributionMode,
    Lease,
    MeterLoss,
    MeterLossBehavior,
    PerPhase,
    Phase,
    Response,
    Site,
)
from custom_components.ev_lb.simulation.battery import BatteryConfiguration
from custom_components.ev_lb.simulation.car import CarConfiguration, Session
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import (
    DAY_S,
    HouseholdLoad,
    SolarOutput,
    recorded_day,
)
from custom_components.ev_lb.simulation.meter import MeterConfiguration, MeterContent
from custom_components.ev_lb.simulation.plant import PlantConfiguration
from custom_components.ev_lb.simulation.sampling import Sampling

from .closed_loop import site_for

VOLTAGE_V: Final = 230.0
METER_PERIODS_S: Final = {1: 8, 2: 2, 5: 20, 10: 48, 30: 12, 60: 10}
"""How many of 100 homes have a meter that reports this often, s.

Smart meters' customer ports tell each second to each ten, meters read over
Modbus mostly each 5 to 10 s, those behind a cloud once or twice a minute.
"""
CHARGER_PERIODS_S: Final = {1: 3, 5: 15, 10: 37, 30: 30, 60: 15}
"""How many of 100 chargers tell the car's current this often, s."""


@dataclass(frozen=True, slots=True)
class Appliance:
    """Something that the recorded house does not have."""

    name: str
    power_w: tuple[float, float]
    """From the smallest to the largest."""
    phase_count: int
    uses: int
    """How often a day, at most."""
    lasts_s: tuple[int, int]
    cycle_s: tuple[int, int] | None = None
    """How long it is on, and then off, while it is used."""


APPLIANCES: Final = (
    Appliance("kettle", (1800, 3000), 1, 6, (120, 300)),
    Appliance("oven", (2000, 3500), 1, 2, (1800, 5400), (90, 60)),
    Appliance("hob", (2000, 7000), 2, 3, (600, 3000), (25, 20)),
    Appliance("dryer", (2000, 2800), 1, 2, (2400, 5400), (600, 40)),
    Appliance("shower", (7000, 9500), 1, 3, (240, 900)),
    Appliance("water heater", (6000, 18000), 3, 5, (60, 900)),
    Appliance("heat pump", (2000, 7000), 3, 1, (20000, 60000), (1200, 700)),
    Appliance("sauna", (6000, 9000), 3, 1, (3000, 8000), (300, 90)),
    Appliance("welder", (3000, 6000), 1, 2, (300, 2400), (7, 9)),
)


@dataclass(frozen=True, slots=True)
class Home:
    """A plant and the site that its user set up."""

    plant: PlantConfiguration
    site: Site
    tells_status: bool
    tells_phases: bool


def random_home(random: Random) -> Home:
    """Make a home that an electrician and a careful user could have left."""
    phases = ALL_PHASES if random.random() < 0.75 else ALL_PHASES[:1]
    limit_a = random.choice(
        (16, 20, 25, 25, 32, 35, 40) if len(phases) == 3 else (25, 32, 40, 60, 80)
    )
    meter = _meter(random, phases)
    chargers = tuple(
        _charger(random, f"charger {place + 1}", phases, limit_a)
        for place in range(random.choice((1, 1, 2, 2, 3, 4)))
    )
    sunny = random.random() < 0.35
    plant = PlantConfiguration(
        service_current_a=limit_a,
        phases=phases,
        voltage_v=VOLTAGE_V,
        household=_household(random, limit_a, phases),
        solar=_solar(random) if sunny else None,
        battery=_battery(random) if sunny and random.random() < 0.5 else None,
        start_hour=0.0,
        meter=meter,
        chargers=chargers,
        seed=random.randrange(2**31),
    )
    return Home(
        plant=plant,
        site=_site(random, plant),
        tells_status=random.random() < 0.7,
        tells_phases=random.random() < 0.4,
    )


def _meter(random: Random, phases: tuple[Phase, ...]) -> MeterConfiguration:
    contents = [MeterContent.PHASE_CURRENT, MeterContent.PHASE_POWER]
    if len(phases) == 3:
        contents.append(MeterContent.TOTAL_POWER)
    content = random.choice(contents)
    resolution = random.choice((1.0, 10.0))
    if content is MeterContent.PHASE_CURRENT:
        resolution = random.choice((0.01, 0.1, 1.0))
    period_s = _drawn(random, METER_PERIODS_S)
    return MeterConfiguration(
        content=content,
        resolution=resolution,
        averages=random.random() < 0.2,
        sampling=Sampling(
            period_s=period_s,
            latency_s=random.choice((0.2, 0.5, 1.0, 2.0, 5.0)),
            jitter_s=random.choice((0.0, 0.0, 0.5, 2.0)),
            offset_s=random.random() * period_s,
            missing=random.choice((0.0, 0.0, 0.001, 0.02)),
        ),
    )


def _drawn(random: Random, weights: dict[int, int]) -> int:
    """Draw one of some values by their weights."""
    (value,) = random.choices(list(weights), list(weights.values()))
    return value


def _charger(
    random: Random, name: str, phases: tuple[Phase, ...], limit_a: float
) -> ChargerConfiguration:
    """Make a charger and the car that comes to it."""
    wires = [phases] if len(phases) == 1 else [phases, phases, phases[:1]]
    wired = list(random.choice(wires))
    shift = random.randrange(3) if len(phases) == 3 else 0
    used = tuple(Phase((phase + shift) % 3) for phase in wired)
    max_current_a = random.choice([a for a in (10, 16, 16, 20, 32) if a <= limit_a])
    lease_s = random.choice((None, None, 60.0, 300.0))
    return ChargerConfiguration(
        charger_id=name,
        phases=used,
        max_current_a=max_current_a,
        command_delay_s=random.choice((0.5, 1.0, 1.0, 2.0, 5.0, 15.0, 35.0)),
        command_loss=random.choice((0.0, 0.0, 0.0, 0.01)),
        command_period_s=random.choice((0.0, 0.0, 5.0, 10.0)),
        lease_s=lease_s,
        fallback_current_a=random.choice((0.0, 6.0)),
        report=Sampling(period_s=_drawn(random, CHARGER_PERIODS_S), latency_s=0.2),
        car=_car(random, used),
    )


def _car(random: Random, phases: tuple[Phase, ...]) -> CarConfiguration:
    sessions: list[Session] = []
    second = random.choice((0, random.randrange(DAY_S)))
    while second < DAY_S and len(sessions) < 4:
        end_s = second + random.randrange(900, 50000)
        need_kwh = random.choice((None, None, random.uniform(1, 60)))
        sessions.append(Session(second, end_s, need_kwh))
        second = end_s + random.randrange(60, 20000)
    return CarConfiguration(
        max_current_a=random.choice((10.0, 13.0, 16.0, 16.0, 20.0, 32.0)),
        phase_count=random.choice((1, len(phases), len(phases))),
        dead_time_s=random.choice((1.0, 3.0, 3.0, 5.0)),
        rise_a_per_s=random.choice((0.5, 2.0, 2.0, 4.0)),
        start_delay_s=random.choice((5.0, 10.0, 10.0, 60.0)),
        takes=random.choice((1.0, 1.0, 0.95)),
        pauses_endured=random.choice((None, None, 10)),
        sessions=tuple(sessions),
    )


def _household(
    random: Random, limit_a: float, phases: tuple[Phase, ...]
) -> HouseholdLoad:
    """Put appliances onto the recorded day, shifted, scaled and turned."""
    recorded = recorded_day()
    shift_s, turn = random.randrange(DAY_S), random.randrange(3)
    rows = list(zip(recorded.seconds, recorded.powers_w, strict=True))
    peaks = [max(power_w[phase] for _, power_w in rows) for phase in ALL_PHASES]
    peak_w = sum(peaks) if len(phases) == 1 else max(peaks)
    scale = min(1.5, random.uniform(0.2, 0.9) * limit_a * VOLTAGE_V / peak_w)
    changes: list[tuple[int, PerPhase]] = []
    before_w: PerPhase = (0.0, 0.0, 0.0)
    for second in sorted({0, *((row[0] - shift_s) % DAY_S for row in rows)}):
        power_w = recorded.power_w(second + shift_s)
        turned = [power_w[(phase + turn) % 3] * scale for phase in ALL_PHASES]
        changes.append((second, _difference(turned, before_w)))
        before_w = (turned[0], turned[1], turned[2])
    for appliance in random.sample(APPLIANCES, random.randrange(6)):
        changes += _uses(random, appliance, limit_a, phases)
    return _summed(changes)


def _difference(power_w: list[float], before_w: PerPhase) -> PerPhase:
    l1, l2, l3 = (now - then for now, then in zip(power_w, before_w, strict=True))
    return (l1, l2, l3)


def _uses(
    random: Random, appliance: Appliance, limit_a: float, phases: tuple[Phase, ...]
) -> list[tuple[int, PerPhase]]:
    """Return the steps that an appliance makes in a day."""
    count = min(appliance.phase_count, len(phases))
    most_w = 0.8 * limit_a * VOLTAGE_V * count
    power_w = min(random.uniform(*appliance.power_w), most_w)
    first = random.randrange(3)
    used = [(first + place) % 3 for place in range(count)]
    l1, l2, l3 = (power_w / count if phase in used else 0.0 for phase in ALL_PHASES)
    steps: list[tuple[int, PerPhase]] = []
    for _ in range(random.randint(1, appliance.uses)):
        second = random.randrange(DAY_S - 60)
        end_s = min(DAY_S, second + random.randint(*appliance.lasts_s))
        on_s, off_s = appliance.cycle_s or (DAY_S, 0)
        while second < end_s:
            stop_s = min(end_s, second + on_s)
            steps += [(second, (l1, l2, l3)), (stop_s, (-l1, -l2, -l3))]
            second = stop_s + off_s
    return steps


def _summed(changes: list[tuple[int, PerPhase]]) -> HouseholdLoad:
    """Add steps up to a course."""
    steps: dict[int, list[float]] = {}
    for second, change_w in changes:
        step = steps.setdefault(second, [0.0, 0.0, 0.0])
        for phase in ALL_PHASES:
            step[phase] += change_w[phase]
    power_w = [0.0, 0.0, 0.0]
    seconds, powers_w = [], []
    for second in sorted(steps):
        if second >= DAY_S:
            break
        power_w = [a + b for a, b in zip(power_w, steps[second], strict=True)]
        seconds.append(second)
        powers_w.append((power_w[0], power_w[1], power_w[2]))
    return HouseholdLoad(seconds, powers_w, length_s=DAY_S)


def _solar(random: Random) -> SolarOutput:
    """Make a day of sun with clouds."""
    peak_w = random.uniform(2000, 12000)
    seconds, powers_w = [0], [0.0]
    second, cloud = 6 * 3600, 1.0
    while second < 20 * 3600:
        height = cos((second / 3600 - 13) / 7 * pi / 2)
        if random.random() < 0.3:
            cloud = random.uniform(0.1, 1.0)
        seconds.append(second)
        powers_w.append(round(max(0.0, peak_w * height * cloud)))
        second += random.randrange(20, 400)
    return SolarOutput([*seconds, second], [*powers_w, 0.0])


def _battery(random: Random) -> BatteryConfiguration:
    power_w = random.choice((2500.0, 5000.0, 10000.0))
    return BatteryConfiguration(
        capacity_kwh=random.choice((5.0, 10.0, 15.0)),
        max_charge_power_w=power_w,
        max_discharge_power_w=power_w,
        initial_soc_percent=random.uniform(5, 100),
    )


def _site(random: Random, plant: PlantConfiguration) -> Site:
    """Set the site up as a user does who has read what each option asks for."""
    sampling = plant.meter.sampling
    freshness_s = max(60.0, 3 * sampling.period_s + sampling.latency_s)
    site = site_for(plant, freshness_limit_s=freshness_s)
    delay_s = sampling.latency_s + sampling.jitter_s + 1
    if plant.meter.averages:
        delay_s += sampling.period_s
    circuits, places = _circuits(random, plant)
    chargers = tuple(
        replace(
            _set_up(random, charger, wired),
            circuit_id=places.get(charger.charger_id, charger.circuit_id),
        )
        for charger, wired in zip(site.chargers, plant.chargers, strict=True)
    )
    modes = [ChargingMode.STANDARD]
    if plant.solar is not None:
        modes += [ChargingMode.ECO, ChargingMode.SOLAR, ChargingMode.STANDARD]
    return replace(
        site,
        circuits=(*site.circuits, *circuits),
        chargers=chargers,
        meter=replace(site.meter, delay_s=max(3.0, delay_s)),
        meter_loss=MeterLoss(
            behavior=random.choice(
                (MeterLossBehavior.STOP, MeterLossBehavior.SET_CURRENT)
            )
        ),
        can_export=plant.solar is not None,
        battery=None if plant.battery is None else Battery(),
        charging_mode=random.choice(modes),
        distribution_mode=random.choice(list(DistributionMode)),
        hold_window_s=random.choice((10.0, 20.0, 60.0)),
        ramp_up_time_s=random.choice((10.0, 30.0, 30.0, 120.0)),
        fuse_tolerance=random.choice((0.0, 0.0, 0.0, 0.3)),
    )


def _set_up(random: Random, charger: Charger, wired: ChargerConfiguration) -> Charger:
    """Return a charger with its share, its lease, and how fast it is."""
    return replace(
        charger,
        measures_current=random.random() < 0.7,
        step_a=random.choice((1.0, 1.0, 0.1)),
        weight=random.choice((1.0, 1.0, 2.0)),
        priority=random.choice((1, 1, 2)),
        lease=None
        if wired.lease_s is None
        else Lease(
            duration_s=wired.lease_s, fallback_current_a=wired.fallback_current_a
        ),
        response=Response(
            dead_time_s=max(
                random.choice((5.0, 15.0)),
                wired.command_delay_s + wired.car.dead_time_s + 3,
            ),
            ramp_up_a_per_s=min(2.0, wired.car.rise_a_per_s),
        ),
    )


def _circuits(
    random: Random, plant: PlantConfiguration
) -> tuple[tuple[Circuit, ...], dict[str, str]]:
    """Put some of the chargers behind a fuse of their own."""
    if len(plant.chargers) < 2 or random.random() < 0.5:
        return (), {}
    limit_a = random.choice(
        [a for a in (16.0, 20.0, 32.0) if a <= plant.service_current_a]
    )
    garage = Circuit(
        circuit_id="garage",
        limit_a=(limit_a, limit_a, limit_a),
        parent_id="grid",
    )
    behind = random.sample(plant.chargers, random.randint(1, len(plant.chargers)))
    return (garage,), {row.charger_id: "garage" for row in behind}
