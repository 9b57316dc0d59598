"""One line for each decision, for people who watch."""

import logging
from typing import Final

from homeassistant.util import dt as dt_util

from custom_components.ev_lb.engine.model import (
    ChargerReading,
    Decision,
    Phase,
    Site,
    Snapshot,
)

# Owners have this name in their configuration: it stays, wherever the module is.
DECISIONS: Final = logging.getLogger("custom_components.ev_lb.decisions")


def log_decision(
    site: Site,
    snapshot: Snapshot,
    decision: Decision,
    names: dict[str, str],
    *,
    shadow: bool,
) -> None:
    """Log a decision: time, house, and for each charger car, limit, set and reason."""
    if DECISIONS.isEnabledFor(logging.DEBUG):
        line = describe(site, snapshot, decision, names)
        DECISIONS.debug("%s%s", "only watching: " if shadow else "", line)


def describe(
    site: Site, snapshot: Snapshot, decision: Decision, names: dict[str, str]
) -> str:
    """Return a decision as a line, such as the demo shows."""
    moment = dt_util.as_local(dt_util.utc_from_timestamp(decision.time_s))
    house = "/".join(_ampere(decision.house_a[phase]) for phase in site.phases)
    parts = [f"{moment:%H:%M:%S} house {house} A"]
    readings = {reading.charger_id: reading for reading in snapshot.chargers}
    circuits = {circuit.circuit_id: circuit for circuit in site.circuits}
    for charger in decision.chargers:
        limiting = charger.limiting
        circuit = circuits.get(limiting.circuit_id or "", site.circuits[0])
        limit_a = circuit.limit_a[limiting.phase or Phase.L1]
        reason = limiting.factor.value
        if limiting.figures:
            reason += f" ({limiting.figures})"
        elif limiting.phase is not None:
            reason += f" {limiting.phase.name}"
        name = f"{names[charger.charger_id]}: " if len(names) > 1 else ""
        parts.append(
            f"{name}car {_car(readings.get(charger.charger_id))} A, "
            f"limit {limit_a:g} A, set {charger.set_a:g} A, {reason}"
        )
    return ", ".join(parts)


def _ampere(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _car(reading: ChargerReading | None) -> str:
    measured = reading.measured_a[0] if reading and reading.measured_a else None
    if measured is None or measured.problem is not None:
        return "-"
    return f"{measured.value:.1f}"
