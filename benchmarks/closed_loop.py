"""Runs the engine against a simulated plant, as the integration would."""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import inf

from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
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
    battery_report_s: float | None = 1.0
    """How far apart the home battery's reports are at least, s; None where it
    tells its charge but not its power."""
    state: State = field(default_factory=State)
    commands: list[Command] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    decisions: int = 0
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
    clock_steps: list[tuple[float, float]] = field(default_factory=list)
    """When the engine's clock was stepped, by the plant, and by how much, s."""

    def until(self, end_s: float) -> Decision:
        """Let plant and engine live on to a moment; return the last decision."""
        while True:
            decision = self._decide()
            self.next_look_s = inf
            if decision.next_look_s is not None:
                ahead_s = self.clock_s(self.plant.now_s) - self.plant.now_s
                self.next_look_s = decision.next_look_s - ahead_s
            next_s = min(self.plant.next_event_s(), self.next_look_s)
            if next_s > end_s:
                self.plant.advance(end_s)
                return decision
            self.plant.advance(max(next_s, self.plant.now_s))

    def absent(self, end_s: float) -> None:
        """Let the plant live without the engine, as while its process is down."""
        while (next_s := self.plant.next_event_s()) <= end_s:
            self.plant.advance(next_s)
            self._note(self.plant.view())
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
        now_s = self.clock_s(self.plant.now_s)
        before = self.set_a()
        view = self.plant.view()
        self._note(view)
        decision = decide(self.site, self.state, self._snapshot(view), now_s)
        self.decisions += 1
        self.state = decision.state
        for row in decision.chargers:
            if not row.send:
                continue
            before_a = before.get(row.charger_id, 0.0)
            self.commands.append(
                Command(view.time_s, row.charger_id, before_a, row.set_a)
            )
            self.refused[row.charger_id] = row.set_a
        self._send(view, now_s)
        return decision

    def _send(self, view: PlantView, now_s: float) -> None:
        """Send what is new, and what a charger has not taken yet."""
        online = {row.charger_id for row in view.chargers if row.online}
        for charger_id, current_a in list(self.refused.items()):
            if charger_id in online and self.plant.set_current(charger_id, current_a):
                self.accepted[charger_id] = Reading(current_a, now_s)
                del self.refused[charger_id]

    def _note(self, view: PlantView) -> None:
        """Note what flows, where it has changed."""
        cars_a = {row.charger_id: row.currents_a for row in view.chargers}
        if self.flows:
            newest = self.flows[-1]
            if (newest.house_a, newest.cars_a) == (view.house_a, cars_a):
                return
        self.flows.append(Flow(view.time_s, view.house_a, cars_a))

    def _snapshot(self, view: PlantView) -> Snapshot:
        known = Snapshot(chargers=tuple(self._charger(row) for row in view.chargers))
        if view.battery_soc_percent is not None:
            power, charge = self._battery_told(view, view.battery_soc_percent)
            known = replace(known, battery_power_w=power, battery_soc_percent=charge)
        values, time_s = view.reading.values, self.clock_s(view.reading.time_s)
        self._read_circuits(time_s)
        known = replace(known, circuits=tuple(self.circuit_readings.values()))
        if values is None:
            return known
        if self.site.meter.kind is MeterKind.TOTAL:
            return replace(known, total_power_w=Reading(values[0], time_s))
        if self.plant.configuration.meter.content is MeterContent.PHASE_POWER:
            values = tuple(value / self.site.voltage_v for value in values)
        first, second, third = (
            None if phase in self.lost_phases else Reading(value, time_s)
            for phase, value in zip(Phase, values, strict=True)
        )
        return replace(known, phase_currents_a=(first, second, third))

    def _battery_told(
        self, view: PlantView, soc_percent: float
    ) -> tuple[Reading | None, Reading]:
        """Return the home battery's last report, or a new one where it is due."""
        now_s = view.time_s
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
        configured = next(
            row for row in self.site.chargers if row.charger_id == view.charger_id
        )
        measured: tuple[Reading, ...] = ()
        if configured.measures_current and view.online:
            wires = len(configured.phases) if self.tells_phases else 1
            used = self._used_phases(view.charger_id)
            measured_s = self.clock_s(view.measured_s)
            measured = tuple(
                Reading(view.measured_a if wire < used else 0.0, measured_s)
                for wire in range(wires)
            )
        return ChargerReading(
            charger_id=view.charger_id,
            available=view.online,
            status=view.status if self.tells_status else None,
            measured_a=measured,
            accepted=self.accepted.get(view.charger_id),
        )

    def _used_phases(self, charger_id: str) -> int:
        """Return how many of the charger's phases the car uses."""
        return next(
            row.car.phase_count
            for row in self.plant.configuration.chargers
            if row.charger_id == charger_id
        )


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
