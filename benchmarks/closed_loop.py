"""Runs the engine against a simulated plant, as the integration would."""

from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import Final

from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    ChargerDecision,
    ChargerReading,
    ChargerStatus,
    Circuit,
    CircuitReading,
    Decision,
    Meter,
    MeterKind,
    PerPhase,
    Phase,
    Reading,
    Response,
    Site,
    Snapshot,
    State,
)
from custom_components.ev_lb.simulation.charger import ChargerView
from custom_components.ev_lb.simulation.meter import MeterContent
from custom_components.ev_lb.simulation.plant import (
    Plant,
    PlantConfiguration,
    PlantView,
)

from .fingerprint import with_decision
from .raises import Raises

type Currents = tuple[Reading | None, Reading | None, Reading | None]
RETRY_S: Final = 5.0
"""How long after a refusal a command is sent again at the latest, s."""
NOTHING_READ: Final[Currents] = (None, None, None)


@dataclass(frozen=True, slots=True)
class Command:
    """A set-point that was sent."""

    time_s: float
    charger_id: str
    before_a: float
    current_a: float


@dataclass(frozen=True, slots=True)
class Flow:
    """What flowed from a moment on, until the next one."""

    time_s: float
    house_a: PerPhase
    cars_a: dict[str, PerPhase]
    """What each car drew, A per phase of the site."""


@dataclass(slots=True)
class Run:
    """What a closed loop has done so far."""

    site: Site
    plant: Plant
    tells_status: bool = False
    """Whether the chargers' status is made known to the engine."""
    tells_phases: bool = False
    """Whether the chargers measure each of their phases apart."""
    lost_phases: set[Phase] = field(default_factory=set)
    """Phases of which the meter tells nothing."""
    doubted: frozenset[str] = frozenset()
    """Chargers of which something is found to be wrong that is not settled."""
    battery_report_s: float | None = 1.0
    """How far apart the home battery's reports are at least, s; None where it
    tells its charge but not its power."""
    state: State = field(default_factory=State)
    commands: list[Command] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    decisions: int = 0
    set_points: bytes = b""
    """A digest of what each decision set (`fingerprint`)."""
    raises: Raises = field(default_factory=Raises)
    """Of these the ones that overload a fuse by what was known."""
    accepted: dict[str, Reading] = field(default_factory=dict)
    circuit_loads_a: dict[str, PerPhase] = field(default_factory=dict)
    """What else hangs on circuits with a meter of their own; a part of the
    house's load."""
    circuit_readings: dict[str, CircuitReading] = field(default_factory=dict)
    refused: dict[str, float] = field(default_factory=dict)
    """Commands that a charger could not be reached for: sent until one holds."""
    battery: tuple[Reading, Reading] | None = None
    """Power, W, and charge, %, that the home battery last told."""
    next_look_s: float = 0.0
    """When the engine wants to look again, with or without news, by the plant."""
    said: list[ChargerStatus | None] = field(default_factory=list)
    """What the chargers said of their cars when the engine last looked."""
    wires: dict[str, tuple[int, int]] = field(default_factory=dict)
    """On how many phases each charger measures, and how many its car uses."""
    clock_steps: list[tuple[float, float]] = field(default_factory=list)
    """When the engine's clock was stepped, by the plant, and by how much, s."""

    def until(self, end_s: float) -> Decision:
        """Let plant and engine live on to a moment; return the last decision."""
        plant = self.plant
        self.wires = self._find_wires()
        decision = self._decide()
        report_s = plant.next_report_s()
        while (next_s := min(report_s, self.next_look_s, self._next_step_s())) <= end_s:
            plant.advance(max(next_s, plant.now_s))
            if next_s >= report_s or next_s >= self.next_look_s or self._has_news():
                decision = self._decide()
                report_s = plant.next_report_s()
        plant.advance(end_s)
        return decision

    def _next_step_s(self) -> float:
        """Return when something changes by itself, or a command is sent again."""
        step_s = self.plant.next_step_s()
        return min(step_s, self.plant.now_s + RETRY_S) if self.refused else step_s

    def _has_news(self) -> bool:
        """Note what flows, and tell whether a charger says anything new.

        That the house draws something else is news only once the meter reports.
        """
        self._note()
        return self._send() or (
            self.tells_status and self.plant.statuses() != self.said
        )

    def absent(self, end_s: float) -> None:
        """Let the plant live without the engine, as while its process is down."""
        while (next_s := self.plant.next_step_s()) <= end_s:
            self.plant.advance(next_s)
            self._note()
        self.plant.advance(end_s)

    def restart(self) -> None:
        """Forget all but the last set-points, as a killed process does."""
        now_s = self.clock_s(self.plant.now_s)
        self.state = resume(self.site, self.set_a(), now_s)
        self.accepted.clear()
        self.refused.clear()

    def step_clock(self, by_s: float) -> None:
        """Let the engine's clock jump; what came before keeps its time."""
        self.clock_steps.append((self.plant.now_s, by_s))

    def clock_s(self, plant_s: float) -> float:
        """Return what the engine's clock shows at a moment of the plant."""
        if not self.clock_steps:
            return plant_s
        return plant_s + sum(by_s for at_s, by_s in self.clock_steps if at_s <= plant_s)

    def set_a(self) -> dict[str, float]:
        """Return the set-points that hold now, by charger id."""
        return {row.charger_id: row.set_a for row in self.state.chargers}

    def longest_overload_s(self, circuit_id: str, since_s: float = 0.0) -> float:
        """Return how long a phase of a circuit carried too much at a stretch, s.

        Only what cars add to it counts, so never what the house does alone.
        """
        longest_s = 0.0
        circuit = next(
            row for row in self.site.circuits if row.circuit_id == circuit_id
        )
        last = Flow(self.plant.now_s, (0.0, 0.0, 0.0), {})
        for phase in self.site.phases:
            began_s = None
            for flow, later in pairwise([*self.flows, last]):
                cars_a = self._cars_a(circuit_id, flow, phase)
                house_a = self.circuit_loads_a.get(circuit_id, (0.0, 0.0, 0.0))[phase]
                if circuit.parent_id is None:
                    house_a = flow.house_a[phase]
                over = house_a + cars_a > circuit.limit_a[phase] + 1e-6 and cars_a > 0
                if not over or later.time_s <= since_s:
                    began_s = None
                    continue
                began_s = max(flow.time_s, since_s) if began_s is None else began_s
                longest_s = max(longest_s, later.time_s - began_s)
        return longest_s

    def _cars_a(self, circuit_id: str, flow: Flow, phase: Phase) -> float:
        """Return what the cars behind a circuit draw on a phase, A."""
        behind = {circuit_id}
        for circuit in self.site.circuits:
            if circuit.parent_id in behind:
                behind.add(circuit.circuit_id)
        return sum(
            flow.cars_a[charger.charger_id][phase]
            for charger in self.site.chargers
            if charger.circuit_id in behind
        )

    def _decide(self) -> Decision:
        """Decide, and again at once when a charger has taken a command."""
        decision = self._decide_once()
        while self._send():
            decision = self._decide_once()
        self.next_look_s = inf
        if decision.next_look_s is not None:
            ahead_s = self.clock_s(self.plant.now_s) - self.plant.now_s
            self.next_look_s = decision.next_look_s - ahead_s
        return decision

    def _decide_once(self) -> Decision:
        now_s = self.clock_s(self.plant.now_s)
        self._note()
        view = self.plant.view()
        self.said = [row.status for row in view.chargers]
        before = self.state
        snapshot = self._snapshot(view)
        decision = decide(self.site, before, snapshot, now_s)
        self.decisions += 1
        self.set_points = with_decision(self.set_points, decision)
        self.raises.note(self.site, snapshot, decision)
        self.state = decision.state
        if any(row.send for row in decision.chargers):
            set_a = {row.charger_id: row.set_a for row in before.chargers}
            for row in decision.chargers:
                if row.send:
                    self._wish(row, set_a.get(row.charger_id, 0.0))
        return decision

    def _wish(self, row: ChargerDecision, before_a: float) -> None:
        """Note what is to be sent."""
        now_s = self.plant.now_s
        self.commands.append(Command(now_s, row.charger_id, before_a, row.set_a))
        self.refused[row.charger_id] = row.set_a

    def _send(self) -> bool:
        """Send what no charger has taken yet; tell whether one has taken any."""
        if not self.refused:
            return False
        count = len(self.refused)
        now_s = self.clock_s(self.plant.now_s)
        online = {row.charger_id for row in self.plant.view().chargers if row.online}
        for charger_id, current_a in list(self.refused.items()):
            if charger_id in online and self.plant.set_current(charger_id, current_a):
                self.accepted[charger_id] = Reading(current_a, now_s)
                del self.refused[charger_id]
        return len(self.refused) < count

    def _note(self) -> None:
        """Note what flows, where it has changed."""
        house_a, cars_a = self.plant.house_a, self.plant.cars_a()
        if self.flows:
            newest = self.flows[-1]
            if (newest.house_a, newest.cars_a) == (house_a, cars_a):
                return
        self.flows.append(Flow(self.plant.now_s, house_a, cars_a))

    def _snapshot(self, view: PlantView) -> Snapshot:
        time_s = self.clock_s(view.reading.time_s)
        power = charge = None
        if view.battery_soc_percent is not None:
            power, charge = self._battery_told(view, view.battery_soc_percent)
        self._read_circuits(time_s)
        currents, total = self._meter_told(view.reading.values, time_s)
        return Snapshot(
            phase_currents_a=currents,
            total_power_w=total,
            battery_soc_percent=charge,
            battery_power_w=power,
            chargers=tuple(self._charger(row) for row in view.chargers),
            circuits=tuple(self.circuit_readings.values()),
        )

    def _meter_told(
        self, values: tuple[float, ...] | None, time_s: float
    ) -> tuple[Currents, Reading | None]:
        """Return the currents that the meter last told, or its total power."""
        if values is None:
            return NOTHING_READ, None
        if self.site.meter.kind is MeterKind.TOTAL:
            return NOTHING_READ, Reading(values[0], time_s)
        if self.plant.configuration.meter.content is MeterContent.PHASE_POWER:
            values = tuple(value / self.site.voltage_v for value in values)
        first, second, third = (
            None if phase in self.lost_phases else Reading(value, time_s)
            for phase, value in zip(ALL_PHASES, values, strict=True)
        )
        return (first, second, third), None

    def _battery_told(
        self, view: PlantView, soc_percent: float
    ) -> tuple[Reading | None, Reading]:
        """Return the home battery's last report, or a new one where it is due."""
        now_s = self.clock_s(view.time_s)
        if self.battery is None or now_s >= self.battery[0].time_s + (
            self.battery_report_s or 1.0
        ):
            power = Reading(round(view.battery_w), now_s)
            self.battery = (power, Reading(round(soc_percent, 1), now_s))
        power, charge = self.battery
        return (None if self.battery_report_s is None else power), charge

    def _read_circuits(self, time_s: float) -> None:
        """Read the meters of circuits whenever the home's meter is read."""
        for circuit in self.site.circuits:
            circuit_id = circuit.circuit_id
            told = self.circuit_readings.get(circuit_id)
            newest = None if told is None else told.phase_currents_a[0]
            if circuit.meter is None or (newest and newest.time_s == time_s):
                continue
            first, second, third = (
                Reading(
                    self.circuit_loads_a[circuit_id][phase]
                    + self._cars_a(circuit_id, self.flows[-1], phase),
                    time_s,
                )
                for phase in Phase
            )
            self.circuit_readings[circuit_id] = CircuitReading(
                circuit_id=circuit_id, phase_currents_a=(first, second, third)
            )

    def _charger(self, view: ChargerView) -> ChargerReading:
        charger_id = view.charger_id
        wires, used = self.wires[charger_id]
        measured: tuple[Reading, ...] = ()
        if wires and view.online:
            told = Reading(view.measured_a, self.clock_s(view.measured_s))
            measured = (told,) * min(wires, used)
            if used < wires:
                measured += (told._replace(value=0.0),) * (wires - used)
        return ChargerReading(
            charger_id=charger_id,
            available=view.online,
            status=view.status if self.tells_status else None,
            measured_a=measured,
            accepted=self.accepted.get(charger_id),
            doubted=charger_id in self.doubted,
        )

    def _find_wires(self) -> dict[str, tuple[int, int]]:
        """Return on how many phases a charger measures, and how many its car uses."""
        measured = {
            row.charger_id: (len(row.phases) if self.tells_phases else 1)
            for row in self.site.chargers
            if row.measures_current
        }
        return {
            row.charger_id: (measured.get(row.charger_id, 0), row.car.phase_count)
            for row in self.plant.configuration.chargers
        }


def site_for(
    configuration: PlantConfiguration,
    *,
    measures_current: bool = True,
    response: Response | None = None,
    freshness_limit_s: float = 60.0,
) -> Site:
    """Return the site that a user of this plant would set up."""
    limit_a = configuration.service_current_a
    kind = MeterKind.PER_PHASE
    if configuration.meter.content is MeterContent.TOTAL_POWER:
        kind = MeterKind.TOTAL
    return Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(limit_a, limit_a, limit_a)),),
        phases=configuration.phases,
        voltage_v=configuration.voltage_v,
        meter=Meter(kind=kind, freshness_limit_s=freshness_limit_s),
        chargers=tuple(
            Charger(
                charger_id=charger.charger_id,
                circuit_id="grid",
                phases=charger.phases,
                max_current_a=charger.max_current_a,
                measures_current=measures_current,
                response=Response() if response is None else response,
            )
            for charger in configuration.chargers
        ),
    )
