"""Runs the engine against a simulated plant, as the integration would."""

from dataclasses import dataclass, field
from math import inf

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    Circuit,
    Decision,
    Meter,
    MeterKind,
    Reading,
    Response,
    Site,
    Snapshot,
    State,
)
from custom_components.ev_lb.simulation.charger import ChargerView
from custom_components.ev_lb.simulation.meter import MeterContent
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration


@dataclass(frozen=True, slots=True)
class Command:
    """A set-point that was sent."""

    time_s: float
    charger_id: str
    before_a: float
    current_a: float


@dataclass(slots=True)
class Run:
    """What a closed loop has done so far."""

    site: Site
    plant: Plant
    tells_status: bool = False
    """Whether the chargers' status is made known to the engine."""
    state: State = field(default_factory=State)
    commands: list[Command] = field(default_factory=list)
    decisions: int = 0
    accepted: dict[str, Reading] = field(default_factory=dict)
    next_look_s: float = 0.0
    """When the engine wants to look again, with or without news."""

    def until(self, end_s: float) -> Decision:
        """Let plant and engine live on to a moment; return the last decision."""
        while True:
            decision = self._decide()
            self.next_look_s = (
                inf if decision.next_look_s is None else decision.next_look_s
            )
            next_s = min(self.plant.next_event_s(), self.next_look_s)
            if next_s > end_s:
                self.plant.advance(end_s)
                return decision
            self.plant.advance(max(next_s, self.plant.now_s))

    def _decide(self) -> Decision:
        now_s = self.plant.now_s
        before = {row.charger_id: row.set_a for row in self.state.chargers}
        decision = decide(self.site, self.state, self._snapshot(), now_s)
        self.decisions += 1
        self.state = decision.state
        for row in decision.chargers:
            if not row.send:
                continue
            before_a = before.get(row.charger_id, 0.0)
            self.commands.append(Command(now_s, row.charger_id, before_a, row.set_a))
            if self.plant.set_current(row.charger_id, row.set_a):
                self.accepted[row.charger_id] = Reading(row.set_a, now_s)
        return decision

    def _snapshot(self) -> Snapshot:
        view = self.plant.view()
        chargers = tuple(self._charger(row) for row in view.chargers)
        values, time_s = view.reading.values, view.reading.time_s
        if values is None:
            return Snapshot(chargers=chargers)
        if self.site.meter.kind is MeterKind.TOTAL:
            total = Reading(values[0], time_s)
            return Snapshot(total_power_w=total, chargers=chargers)
        first, second, third = (Reading(value, time_s) for value in values)
        return Snapshot(phase_currents_a=(first, second, third), chargers=chargers)

    def _charger(self, view: ChargerView) -> ChargerReading:
        configured = next(
            row for row in self.site.chargers if row.charger_id == view.charger_id
        )
        measured: tuple[Reading, ...] = ()
        if configured.measures_current and view.online:
            measured = (Reading(view.measured_a, view.measured_s),)
        return ChargerReading(
            charger_id=view.charger_id,
            available=view.online,
            status=view.status if self.tells_status else None,
            measured_a=measured,
            accepted=self.accepted.get(view.charger_id),
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
