"""A home whose cars obey after a dead time, and whose chargers may tell anything."""

from dataclasses import dataclass, field
from enum import StrEnum, auto
from random import Random

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    Meter,
    MeterKind,
    Phase,
    Reading,
    Response,
    Site,
    Snapshot,
)
from custom_components.ev_lb.engine.model.state import State

VOLTAGE_V = 230.0
METER_DELAY_S = 3.0
RESPONSE_MARGIN_S = 3.0


class Lie(StrEnum):
    """What is wrong with a charger's sensor."""

    NONE = auto()
    SCALED = auto()
    OFFSET = auto()
    STUCK = auto()
    LATE = auto()
    SWAPPED = auto()


@dataclass(kw_only=True)
class LyingCharger:
    """A charger, the car on it, and what its sensor tells."""

    charger: Charger
    wires: tuple[Phase, ...]
    """On which the car charges."""
    car_max_a: float
    dead_time_s: int
    lie: Lie = Lie.NONE
    factor: float = 1.0
    offset_a: float = 0.0
    stuck_s: int = 0
    late_s: int = 0
    tells_phases: bool = False
    report_s: int = 1
    commands: list[tuple[int, float]] = field(default_factory=list)
    drawn_a: list[float] = field(default_factory=list)

    def draws_a(self, now_s: int) -> float:
        """Return what the car draws on each of its wires, A."""
        set_a = 0.0
        for sent_s, current_a in self.commands:
            if sent_s + self.dead_time_s > now_s:
                break
            set_a = current_a
        return min(set_a, self.car_max_a) if set_a >= 6 else 0.0


@dataclass(kw_only=True)
class LyingHome:
    """A home in which time goes on by seconds."""

    limit_a: float
    kind: MeterKind
    period_s: int
    bays: list[LyingCharger]
    house_a: list[tuple[int, tuple[float, float, float]]]
    can_export: bool = False
    frozen_s: float = float("inf")
    settings: dict[str, object] = field(default_factory=dict)
    state: State = field(default_factory=State)
    loads_a: list[tuple[float, float, float]] = field(default_factory=list)
    sets_a: list[tuple[float, ...]] = field(default_factory=list)

    @property
    def site(self) -> Site:
        """Return what the owner set up."""
        return Site(
            circuits=(Circuit(circuit_id="grid", limit_a=(self.limit_a,) * 3),),
            chargers=tuple(bay.charger for bay in self.bays),
            meter=Meter(kind=self.kind, delay_s=METER_DELAY_S, freshness_limit_s=120.0),
            can_export=self.can_export,
            **self.settings,
        )

    def house_at_a(self, now_s: int) -> tuple[float, float, float]:
        """Return what the house draws at a moment, A."""
        return next(row for time_s, row in reversed(self.house_a) if time_s <= now_s)

    def live(self, end_s: int) -> None:
        """Let house, cars and engine live on to a moment."""
        site = self.site
        next_look_s: float | None = 0.0
        meter: tuple[int, tuple[float, float, float]] | None = None
        told: dict[str, tuple[Reading, ...]] = {}
        for now_s in range(len(self.loads_a), end_s):
            for bay in self.bays:
                bay.drawn_a.append(bay.draws_a(now_s))
            load_a = list(self.house_at_a(now_s))
            for bay in self.bays:
                for wire in bay.wires:
                    load_a[wire] += bay.drawn_a[-1]
            self.loads_a.append((load_a[0], load_a[1], load_a[2]))
            news = False
            if now_s % self.period_s == 0 or meter is None:
                shown_s = min(now_s, self.frozen_s)
                meter = now_s, self.loads_a[int(shown_s)]
                news = True
            for place, bay in enumerate(self.bays):
                if bay.charger.measures_current and now_s % bay.report_s == 0:
                    told[bay.charger.charger_id] = self._measured(place, now_s)
                    news = True
            if not news and (next_look_s is None or now_s < next_look_s):
                self.sets_a.append(self.sets_a[-1])
                continue
            next_look_s = self._decide(site, meter, told, now_s)

    def _decide(
        self,
        site: Site,
        meter: tuple[int, tuple[float, float, float]],
        told: dict[str, tuple[Reading, ...]],
        now_s: int,
    ) -> float | None:
        """Decide, and again when a charger has taken a command."""
        read_s, load_a = meter
        currents = tuple(Reading(value, read_s) for value in load_a)
        total = Reading(sum(load_a) * VOLTAGE_V, read_s)
        is_total = self.kind is MeterKind.TOTAL
        while True:
            snapshot = Snapshot(
                phase_currents_a=(None,) * 3 if is_total else currents,
                total_power_w=total if is_total else None,
                chargers=tuple(
                    ChargerReading(
                        charger_id=bay.charger.charger_id,
                        status=ChargerStatus.CHARGING
                        if bay.drawn_a[-1] > 0
                        else ChargerStatus.CONNECTED,
                        measured_a=told.get(bay.charger.charger_id, ()),
                        accepted=Reading(bay.commands[-1][1], bay.commands[-1][0])
                        if bay.commands
                        else None,
                    )
                    for bay in self.bays
                ),
            )
            decision = decide(site, self.state, snapshot, now_s)
            self.state = decision.state
            sent = False
            for bay, row in zip(self.bays, decision.chargers, strict=True):
                if row.send and (not bay.commands or bay.commands[-1][1] != row.set_a):
                    bay.commands.append((now_s, row.set_a))
                    sent = True
            if not sent:
                break
        self.sets_a.append(tuple(row.set_a for row in decision.chargers))
        return decision.next_look_s

    def _measured(self, place: int, now_s: int) -> tuple[Reading, ...]:
        """Return what a charger's sensor tells of its car."""
        bay = self.bays[place]
        source = bay
        if bay.lie is Lie.SWAPPED:
            source = self.bays[(place + 1) % len(self.bays)]
        at_s = now_s
        if bay.lie is Lie.STUCK:
            at_s = min(at_s, bay.stuck_s)
        if bay.lie is Lie.LATE:
            at_s = max(at_s - bay.late_s, 0)
        draws_a = source.drawn_a[min(at_s, len(source.drawn_a) - 1)]
        if bay.lie is Lie.SCALED:
            draws_a *= bay.factor
        if bay.lie is Lie.OFFSET:
            draws_a += bay.offset_a
        if not bay.tells_phases:
            return (Reading(draws_a, now_s),)
        return tuple(
            Reading(draws_a if phase in source.wires else 0.0, now_s)
            for phase in bay.charger.phases
        )

    def longest_overload_s(self, from_s: int = 0) -> int:
        """Return how long cars have kept a phase over its fuse at a stretch, s."""
        longest = running = 0
        for now_s in range(from_s, len(self.loads_a)):
            house_a = self.house_at_a(now_s)
            over = any(
                load > self.limit_a + 1e-6 and house <= self.limit_a
                for load, house in zip(self.loads_a[now_s], house_a, strict=True)
            )
            running = running + 1 if over else 0
            longest = max(longest, running)
        return longest

    def answer_s(self) -> float:
        """Return how long a cut takes from the load to its effect, s."""
        dead_s = max(bay.dead_time_s for bay in self.bays)
        return dead_s + RESPONSE_MARGIN_S + self.period_s + METER_DELAY_S + 1


def random_home(seed: int, kind: MeterKind = MeterKind.PER_PHASE) -> LyingHome:
    """Return a home of which nothing but the obedience of its cars is certain."""
    random = Random(seed)
    limit_a = random.choice([16.0, 20.0, 25.0, 35.0])
    count = random.randint(1, 4)
    bays = [_bay(random, f"charger {number}", count) for number in range(count)]
    top_a = limit_a * 0.95
    calm = tuple(random.uniform(0, limit_a / 3) for _ in range(3))
    busy = tuple(random.uniform(0, top_a) for _ in range(3))
    again = tuple(random.uniform(0, top_a) for _ in range(3))
    return LyingHome(
        limit_a=limit_a,
        kind=kind,
        period_s=random.choice([1, 5, 10, 20]),
        bays=bays,
        house_a=[(0, calm), (random.randint(20, 250), busy), (600, again)],
        can_export=random.random() < 0.5,
    )


def _bay(random: Random, name: str, count: int) -> LyingCharger:
    phases = random.choice([ALL_PHASES, ALL_PHASES, (Phase.L1,), (Phase.L3,)])
    wires = random.choice([phases, phases[:1]])
    dead_time_s = random.choice([1, 3, 8, 15])
    lies = [*Lie] if count > 1 else [row for row in Lie if row is not Lie.SWAPPED]
    return LyingCharger(
        charger=Charger(
            charger_id=name,
            circuit_id="grid",
            phases=phases,
            max_current_a=random.choice([16.0, 32.0]),
            measures_current=random.random() < 0.8,
            response=Response(dead_time_s=dead_time_s + RESPONSE_MARGIN_S - 1),
            pause_s=60.0,
        ),
        wires=wires,
        car_max_a=random.choice([8.0, 16.0, 32.0]),
        dead_time_s=dead_time_s,
        lie=random.choice(lies),
        factor=random.uniform(0, 5),
        offset_a=random.uniform(-10, 20),
        stuck_s=random.randint(0, 300),
        late_s=random.randint(1, 60),
        tells_phases=random.random() < 0.5,
        report_s=random.choice([1, 5, 10, 30]),
    )
