"""Lively homes in which one witness lies: a sensor, the meter, a charger, or somebody."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import ceil, inf
from random import Random

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.estimation.draw import DOUBT
from custom_components.ev_lb.engine.estimation.step_evidence import STEP_A
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    ChargerReading,
    ChargerStatus,
    ChargingMode,
    Circuit,
    Decision,
    Meter,
    MeterKind,
    PerPhase,
    Phase,
    Reading,
    Response,
    Site,
    Snapshot,
)
from custom_components.ev_lb.engine.model.state import State

VOLTAGE_V = 230.0
MARGIN_S = 3.0
NOISE_A = 1.0


class Lie(StrEnum):
    """What is wrong in a home; the number beside it is `Home.factor`."""

    NONE = "truth"
    SENSOR_STUCK = "sensor stuck"
    SENSOR_LATE = "sensor late"
    SENSOR_NEGATIVE = "sensor negative"
    SENSOR_SCALED = "sensor scaled"
    SENSOR_KILO = "sensor in kA"
    SENSOR_MILLI = "sensor in mA"
    SENSOR_OTHER = "sensor of another charger"
    METER_STUCK = "meter stuck"
    METER_BLIND = "meter blind to the charger"
    METER_SIGN = "meter with the wrong sign"
    METER_KILO = "meter in kW, not W"
    METER_EXCHANGED = "two phases exchanged"
    METER_OTHER_PHASE = "charger on another phase"
    IGNORES = "charger ignores"
    ROUNDS = "charger rounds up"
    REFUSES = "charger refuses"
    LOWERED = "lowered by somebody else"
    RAISED = "raised by somebody else"


METER_LIES = [row for row in Lie if row.name.startswith("METER_")]


@dataclass(kw_only=True)
class Bay:
    """A charger and the car on it."""

    charger: Charger
    wires: tuple[Phase, ...]
    car_max_a: float
    dead_time_s: int
    report_s: int
    apart: bool
    shows: bool
    held_a: float = 0.0
    """The limit that the charger holds."""
    limits_a: list[float] = field(default_factory=list)
    drawn_a: list[float] = field(default_factory=list)
    accepted: Reading | None = None
    told: tuple[Reading, ...] = ()

    def live(self, now_s: int) -> None:
        """Let the car follow."""
        self.limits_a.append(self.held_a)
        at_s = max(now_s - self.dead_time_s, 0)
        limit_a = self.limits_a[at_s]
        self.drawn_a.append(min(limit_a, self.car_max_a) if limit_a >= 6 else 0.0)

    def drew_a(self, at_s: int) -> float:
        """Return what the car drew, A on each wire."""
        return self.drawn_a[max(min(at_s, len(self.drawn_a) - 1), 0)]


@dataclass(kw_only=True)
class Home:
    """A home in which time goes on by seconds; the first charger or the meter lies."""

    limit_a: float
    kind: MeterKind
    period_s: int
    delay_s: int
    bays: list[Bay]
    house_a: list[PerPhase]
    lie: Lie = Lie.NONE
    factor: float = 1.0
    from_s: int = 0
    """When the lie begins."""
    seed: int = 0
    can_export: bool = True
    mode: ChargingMode = ChargingMode.STANDARD
    state: State = field(default_factory=State)
    meter: tuple[int, PerPhase] | None = None
    overload_as: float = 0.0
    """Above the fuse by cars, since a first step had its time, A s."""
    over_s: int = 0
    longest_over_s: int = 0
    first_step_s: float = inf
    steps: int = 0
    """How many commands of 3 A or more there were since the lie began."""
    doubted_after: int | None = None
    """After how many steps safety followed."""
    named_after: int | None = None
    """After how many steps the verdict stood."""
    blamed: set[str] = field(default_factory=set)
    sets_a: tuple[float, ...] = ()

    @property
    def site(self) -> Site:
        """Return what the owner set up."""
        return Site(
            circuits=(Circuit(circuit_id="grid", limit_a=(self.limit_a,) * 3),),
            chargers=tuple(row.charger for row in self.bays),
            meter=Meter(kind=self.kind, delay_s=3.0, freshness_limit_s=60.0),
            can_export=self.can_export,
            charging_mode=self.mode,
        )

    @property
    def answer_s(self) -> float:
        """Return how long a contradiction takes to show and a cut to work, s."""
        dead_s = max(row.dead_time_s for row in self.bays)
        report_s = max(row.report_s for row in self.bays)
        return dead_s + MARGIN_S + self.period_s + 3.0 + report_s

    def live(self, seconds: int) -> None:
        """Let house, cars and engine live on."""
        site, random = self.site, Random(self.seed)
        wakeup_s: float | None = 0.0
        for now_s in range(seconds):
            if now_s % 45 == 30 and now_s >= self.from_s:
                self._interfere(random, now_s)
            for row in self.bays:
                row.live(now_s)
            self._judge(now_s)
            news = now_s % self.period_s == 0 or self.meter is None
            if news:
                self.meter = now_s, self._shown(now_s)
            for row in self.bays:
                if now_s % row.report_s == 0 or not row.told:
                    row.told, news = self._measured(row, now_s), True
            if not news and (wakeup_s is None or now_s < wakeup_s):
                continue
            wakeup_s = self._decide(site, now_s)

    def loads_a(self, now_s: int) -> PerPhase:
        """Return what each phase carries, A."""
        loads = list(self.house_a[now_s])
        for row in self.bays:
            for wire in row.wires:
                loads[wire] += row.drew_a(now_s)
        return loads[0], loads[1], loads[2]

    def _lies(self, lie: Lie, now_s: int) -> bool:
        return self.lie is lie and now_s >= self.from_s

    def _interfere(self, random: Random, now_s: int) -> None:
        bay = self.bays[0]
        if self._lies(Lie.LOWERED, now_s) and random.random() < 0.3 and bay.held_a > 6:
            bay.held_a = 6.0
        if self._lies(Lie.RAISED, now_s) and random.random() < 0.5:
            bay.held_a = bay.charger.max_current_a

    def _judge(self, now_s: int) -> None:
        """Add up what cars that would obey draw above the fuse."""
        if now_s < self.first_step_s + self.answer_s:
            return
        over = False
        for phase, load_a in enumerate(self.loads_a(now_s)):
            cars_a = sum(
                row.drew_a(now_s)
                for place, row in enumerate(self.bays)
                if phase in row.wires and not (place == 0 and self._disobeys(now_s))
            )
            if self.lie in METER_LIES:
                # What they drew when the meter began to lie was right by all that
                # anybody could know.
                before_a = sum(
                    row.drew_a(self.from_s) for row in self.bays if phase in row.wires
                )
                cars_a = max(cars_a - before_a - NOISE_A, 0.0)
            above_a = min(max(load_a - self.limit_a, 0.0), cars_a)
            self.overload_as += above_a
            over = over or above_a > 0.5
        self.over_s = self.over_s + 1 if over else 0
        self.longest_over_s = max(self.longest_over_s, self.over_s)

    def _disobeys(self, now_s: int) -> bool:
        return self._lies(Lie.IGNORES, now_s) or self._lies(Lie.REFUSES, now_s)

    def _shown(self, now_s: int) -> PerPhase:
        """Return what the meter shows on each phase, A."""
        at_s = max(now_s - self.delay_s, 0)
        if self._lies(Lie.METER_STUCK, now_s):
            at_s = min(at_s, max(self.from_s - self.delay_s, 0))
        loads = list(self.loads_a(at_s))
        if self._lies(Lie.METER_BLIND, now_s):
            for wire in self.bays[0].wires:
                loads[wire] -= self.bays[0].drew_a(at_s)
        factor = 1.0
        if self._lies(Lie.METER_SIGN, now_s):
            factor = -1.0
        if self._lies(Lie.METER_KILO, now_s):
            factor = 0.001
        if self._lies(Lie.METER_EXCHANGED, now_s):
            loads[0], loads[1] = loads[1], loads[0]
        return loads[0] * factor, loads[1] * factor, loads[2] * factor

    def _measured(self, bay: Bay, now_s: int) -> tuple[Reading, ...]:
        """Return what a charger's sensor tells."""
        source, at_s, factor = bay, now_s, 1.0
        if bay is self.bays[0]:
            if self._lies(Lie.SENSOR_STUCK, now_s):
                at_s = self.from_s
            if self._lies(Lie.SENSOR_LATE, now_s):
                at_s = max(now_s - round(self.factor), 0)
            if self._lies(Lie.SENSOR_OTHER, now_s):
                source = self.bays[-1]
            factor = {
                Lie.SENSOR_NEGATIVE: -1.0,
                Lie.SENSOR_SCALED: self.factor,
                Lie.SENSOR_KILO: 0.001,
                Lie.SENSOR_MILLI: 1000.0,
            }.get(self.lie if now_s >= self.from_s else Lie.NONE, 1.0)
        value = source.drew_a(at_s) * factor
        if not bay.apart:
            return (Reading(value, now_s),)
        return tuple(
            Reading(value if place < len(source.wires) else 0.0, now_s)
            for place in range(len(bay.charger.phases))
        )

    def _decide(self, site: Site, now_s: int) -> float | None:
        """Decide, and let the chargers take what is sent."""
        while True:
            decision = decide(site, self.state, self._snapshot(now_s), now_s)
            self.state = decision.state
            self._note(decision, now_s)
            sent = False
            for bay, row in zip(self.bays, decision.chargers, strict=True):
                if row.send:
                    sent = self._take(bay, row.set_a, now_s) or sent
            if not sent:
                return decision.next_look_s

    def _take(self, bay: Bay, set_a: float, now_s: int) -> bool:
        """Let a charger take a command; return whether its answer is news."""
        if bay is self.bays[0]:
            if self._lies(Lie.REFUSES, now_s):
                return False
            if self._lies(Lie.ROUNDS, now_s) and set_a > 0:
                step = self.factor
                taken_a = min(ceil(set_a / step) * step, bay.charger.max_current_a)
                news = bay.accepted is None or bay.held_a != taken_a
                bay.held_a, bay.accepted = taken_a, Reading(taken_a, now_s)
                return news
            if self._lies(Lie.IGNORES, now_s):
                news = bay.accepted is None or bay.accepted.value != set_a
                bay.accepted = Reading(set_a, now_s)
                return news
        news = bay.accepted is None or bay.accepted.value != set_a
        bay.held_a, bay.accepted = set_a, Reading(set_a, now_s)
        return news

    def _snapshot(self, now_s: int) -> Snapshot:
        assert self.meter is not None
        read_s, shown_a = self.meter
        one, two, three = (Reading(value, read_s) for value in shown_a)
        total = self.kind is MeterKind.TOTAL
        return Snapshot(
            phase_currents_a=(None,) * 3 if total else (one, two, three),
            total_power_w=Reading(sum(shown_a) * VOLTAGE_V, read_s) if total else None,
            chargers=tuple(
                ChargerReading(
                    charger_id=row.charger.charger_id,
                    status=ChargerStatus.CHARGING
                    if row.drawn_a[-1] > 0
                    else ChargerStatus.CONNECTED,
                    measured_a=row.told,
                    accepted=row.accepted,
                    shown=Reading(row.held_a, now_s) if row.shows else None,
                )
                for row in self.bays
            ),
        )

    def _note(self, decision: Decision, now_s: int) -> None:
        """Note what the engine has found out."""
        sets_a = tuple(row.set_a for row in decision.chargers)
        if self.sets_a and now_s >= self.from_s:
            step_a = abs(sets_a[0] - self.sets_a[0])
            if step_a >= STEP_A:
                self.steps += 1
                self.first_step_s = min(self.first_step_s, now_s)
        self.sets_a = sets_a
        first, row = decision.chargers[0], self.state.chargers[0]
        doubts = row.trial.evidence >= DOUBT or row.trial.dropped
        doubts = doubts or row.doubtful_a is not None or first.unseen_steps > 0
        doubts = doubts or not row.measurements
        named = set()
        for charger in self.state.chargers:
            found = charger.trial.verdict
            if found is not None:
                named.add(f"{charger.charger_id} sensor {found.fault.value}")
        for other in decision.chargers:
            if other.unseen_steps > 1:
                named.add("meter blind")
        self.blamed |= named
        if now_s < self.from_s:
            return
        if doubts and self.doubted_after is None:
            self.doubted_after = self.steps
        if named and self.named_after is None:
            self.named_after = self.steps


def random_home(seed: int, lie: Lie, seconds: int) -> Home:
    """Return a home; the same one for each lie, but for what lies."""
    random = Random(seed)
    limit_a = random.choice([16.0, 20.0, 25.0, 35.0])
    count = 2 if lie is Lie.SENSOR_OTHER else random.choice([1, 1, 2])
    kind = random.choice(list(MeterKind))
    phases = random.choice([ALL_PHASES, (Phase.L1,), (Phase.L2,)])
    bays = [_bay(random, f"charger {number}", phases) for number in range(2)][:count]
    house = _lively_house(random, limit_a, seconds)
    period_s = random.choice([1, 1, 5, 10])
    delay_s = random.choice([0, 1, 2])
    from_s = random.choice([0, random.randint(60, 400)])
    factor = random.choice([1.2, 1.5, 2.0, 3.0])
    can_export, mode = random.random() < 0.5, ChargingMode.STANDARD
    # What the sun gives on one phase hides from a total what another one carries.
    if can_export and kind is not MeterKind.TOTAL and random.random() < 0.6:
        house = _with_sun(random, house)
        modes = [ChargingMode.STANDARD, ChargingMode.ECO, ChargingMode.SOLAR]
        mode = random.choice(modes)
    home = Home(
        limit_a=limit_a,
        kind=kind,
        period_s=period_s,
        delay_s=delay_s,
        bays=bays,
        house_a=house,
        lie=lie,
        factor=factor,
        from_s=from_s,
        seed=seed,
        can_export=can_export,
        mode=mode,
    )
    if lie is Lie.SENSOR_LATE:
        home.factor = random.choice([20, 40, 90])
    if lie is Lie.ROUNDS:
        home.factor = random.choice([2.0, 5.0])
    if lie is Lie.METER_OTHER_PHASE:
        home.bays[0].charger = replace(home.bays[0].charger, phases=(Phase.L1,))
        home.bays[0].wires = (random.choice([Phase.L2, Phase.L3]),)
        home.kind = MeterKind.PER_PHASE
    if lie is Lie.METER_EXCHANGED:
        home.kind = MeterKind.PER_PHASE
    return home


def _bay(random: Random, name: str, phases: tuple[Phase, ...]) -> Bay:
    dead_time_s = random.choice([1, 3, 8])
    charger = Charger(
        charger_id=name,
        circuit_id="grid",
        phases=phases,
        max_current_a=random.choice([16.0, 32.0]),
        measures_current=True,
        response=Response(dead_time_s=dead_time_s + MARGIN_S - 1),
        pause_s=60.0,
    )
    return Bay(
        charger=charger,
        wires=random.choice([phases, phases, phases[:1]]),
        car_max_a=random.choice([10.0, 16.0, 32.0]),
        dead_time_s=dead_time_s,
        report_s=random.choice([1, 5, 10]),
        apart=random.random() < 0.5,
        shows=random.random() < 0.5,
    )


def _lively_house(random: Random, limit_a: float, seconds: int) -> list[PerPhase]:
    """Return a house whose appliances come and go, a little on one phase or all."""
    base = [random.uniform(0.5, 3.0) for _ in range(3)]
    more = [0.0, 0.0, 0.0]
    rows: list[PerPhase] = []
    change_s = 0
    for now_s in range(seconds):
        if now_s >= change_s:
            change_s = now_s + random.randint(40, 240)
            level_a = random.uniform(0, 0.9) * limit_a
            if random.random() < 0.5:
                more = [level_a] * 3
            else:
                more = [0.0, 0.0, 0.0]
                more[random.randrange(3)] = level_a
        if now_s % 5 == 0 or not rows:
            one, two, three = (
                first + second + random.uniform(-0.3, 0.3)
                for first, second in zip(base, more, strict=True)
            )
        rows.append((one, two, three))
    return rows


def _with_sun(random: Random, house: list[PerPhase]) -> list[PerPhase]:
    """Return a house with a roof whose clouds come and go within seconds or minutes."""
    peak_a = random.uniform(6, 16)
    phases = random.choice([(0, 1, 2), (random.randrange(3),)])
    sun_a = target_a = peak_a / 2
    speed_a, change_s = 1.0, 0
    rows = []
    for now_s, load_a in enumerate(house):
        if now_s >= change_s:
            change_s = now_s + random.randint(20, 180)
            target_a = random.uniform(0.1, 1.0) * peak_a
            speed_a = abs(target_a - sun_a) / random.choice([3, 20, 60, 120])
        sun_a += max(-speed_a, min(target_a - sun_a, speed_a))
        one, two, three = (
            load - sun_a if phase in phases else load
            for phase, load in enumerate(load_a)
        )
        rows.append((one, two, three))
    return rows
