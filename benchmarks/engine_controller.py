"""The engine in the benchmark's loop, wired as the integration wires it."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from math import inf
from typing import Any

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    Battery,
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
from custom_components.ev_lb.simulation.meter import MeterContent

from .plant_loop import Seen, Send
from .scenarios import VOLTAGE_V, Case


@dataclass(slots=True)
class Engine:
    """Decides as in Home Assistant, and notes what limited each charger."""

    site: Site
    content: MeterContent
    measured: bool = True
    wants_reports: bool = True
    state: State = field(default_factory=State)
    reasons: list[list[tuple[float, str]]] = field(default_factory=list)
    """Per charger: since when which factor limited it."""
    decisions: int = 0
    _accepted: dict[int, Reading] = field(default_factory=dict)

    def look(self, seen: Seen, send: Send) -> float:
        """Decide on what is seen."""
        decision = decide(self.site, self.state, self._snapshot(seen), seen.now_s)
        self.decisions += 1
        self.state = decision.state
        for place, row in enumerate(decision.chargers):
            if row.send:
                send(place, row.set_a)
                self._accepted[place] = Reading(row.set_a, seen.now_s)
        self._note(decision)
        return inf if decision.next_look_s is None else decision.next_look_s

    def _note(self, decision: Decision) -> None:
        if not self.reasons:
            self.reasons = [[] for _ in decision.chargers]
        for row, course in zip(decision.chargers, self.reasons, strict=True):
            if not course or course[-1][1] != row.limiting.factor:
                course.append((decision.time_s, row.limiting.factor))

    def _snapshot(self, seen: Seen) -> Snapshot:
        chargers = tuple(
            ChargerReading(
                charger_id=row.charger_id,
                status=seen.statuses[place],
                measured_a=(Reading(seen.measured_a[place], seen.measured_s),)
                if self.measured
                else (),
                accepted=self._accepted.get(place),
            )
            for place, row in enumerate(self.site.chargers)
        )
        values, time_s = seen.meter_values, seen.meter_s
        if self.content is MeterContent.TOTAL_POWER:
            total = Reading(values[0], time_s)
            return Snapshot(total_power_w=total, chargers=chargers)
        divisor = VOLTAGE_V if self.content is MeterContent.PHASE_POWER else 1.0
        currents = (
            Reading(values[0] / divisor, time_s),
            Reading(values[1] / divisor, time_s),
            Reading(values[2] / divisor, time_s),
        )
        if seen.solar_w is None and seen.battery_soc_percent is None:
            return Snapshot(phase_currents_a=currents, chargers=chargers)
        return Snapshot(
            phase_currents_a=currents,
            chargers=chargers,
            solar_power_w=_reading(seen.solar_w, time_s),
            battery_power_w=Reading(seen.battery_w, time_s),
            battery_soc_percent=_reading(seen.battery_soc_percent, time_s),
        )


def changed(site: Site, name: str, value: float) -> Site:
    """Return a site with one of its, its meter's or all its chargers' settings changed.

    `name` is a field of the engine's model; raises KeyError for any other.
    """
    change: dict[str, Any] = {name: value}
    if name in _names(Site):
        return replace(site, **change)
    if name in _names(Meter):
        return replace(site, meter=replace(site.meter, **change))
    if name in _names(Charger):
        rows = tuple(replace(row, **change) for row in site.chargers)
        return replace(site, chargers=rows)
    if name in _names(Response):
        rows = tuple(
            replace(row, response=replace(row.response, **change))
            for row in site.chargers
        )
        return replace(site, chargers=rows)
    raise KeyError(name)


def _names(model: type[Site | Meter | Charger | Response]) -> set[str]:
    """Return the fields that hold a number."""
    return {row.name for row in fields(model) if row.type is float}


def _reading(value: float | None, time_s: float) -> Reading | None:
    return None if value is None else Reading(value, time_s)


def engine_for(
    case: Case,
    *,
    measured: bool = True,
    change: Callable[[Site], Site] = lambda site: site,
) -> Engine:
    """Return the engine as a user of this site would set it up.

    `change` makes another site of it, to compare settings.
    """
    scenario, timing = case.scenario, case.timing
    kind = MeterKind.PER_PHASE
    if scenario.content is MeterContent.TOTAL_POWER:
        kind = MeterKind.TOTAL
    # A path slower than the default is set per charger, with some reserve.
    slowest_s = timing.command_delay_s + timing.car_delay_s
    response = Response(dead_time_s=max(Response().dead_time_s, slowest_s + 5))
    limit_a = scenario.limit_a
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(limit_a, limit_a, limit_a)),),
        phases=case.phases,
        meter=Meter(kind=kind, freshness_limit_s=max(60.0, 3 * timing.meter_period_s)),
        can_export=scenario.panels is not None,
        charging_mode=scenario.mode,
        battery=None if scenario.battery is None else Battery(),
        chargers=tuple(
            Charger(
                charger_id=row.charger_id,
                circuit_id="grid",
                phases=row.phases,
                max_current_a=row.max_current_a,
                measures_current=measured,
                response=response,
            )
            for row in case.chargers
        ),
    )
    return Engine(change(site), scenario.content, measured)
