"""What meters and chargers show, as the flows that are counted."""

from collections.abc import Iterable, Mapping

from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    Reading,
    Site,
    Snapshot,
)

from .amounts import Flow
from .sources import Sources, sources_of


def drawn_a(
    charger: Charger, reading: ChargerReading | None, set_a: float
) -> tuple[float, ...]:
    """Return what a car draws on each of its charger's phases, A.

    Where nothing measures, a car that may charge is taken to draw its set-point.
    """
    wires = len(charger.phases)
    if values := _measured_a(reading):
        return tuple(max(row, 0.0) for row in _on_wires(values, wires))
    status = None if reading is None else reading.status
    idle = status not in (None, ChargerStatus.CHARGING)
    return (0.0 if idle else set_a,) * wires


def flow_of(
    charger: Charger, reading: ChargerReading | None, set_a: float, volts: float
) -> Flow:
    """Return what a charger gives its car now.

    One current that stands for several phases is no measurement of a car that may use
    only one of them; a charger that is switched to one phase uses that.
    """
    wires, measured = len(charger.phases), _measured_a(reading)
    currents_a = drawn_a(charger, reading, set_a)
    if reading is not None and reading.phase_count == 1 and len(measured) < wires:
        wires, currents_a = 1, currents_a[:1]
    return Flow(sum(currents_a) * volts, len(measured) >= wires)


def sources_now(
    site: Site, snapshot: Snapshot, flows: Mapping[str, Flow]
) -> Sources | None:
    """Return where the power of the cars comes from; None while no meter says that."""
    metered_w = _metered_w(site, snapshot)
    if metered_w is None:
        return None
    hidden = (row.charger_id for row in site.chargers if row.before_meter)
    hidden_w = sum(flows[row].power_w for row in hidden if row in flows)
    battery = snapshot.battery_power_w
    charge_w = 0.0 if battery is None or battery.problem is not None else battery.value
    cars_w = sum(flow.power_w for flow in flows.values())
    return sources_of(cars_w, metered_w + hidden_w, -charge_w)


def _metered_w(site: Site, snapshot: Snapshot) -> float | None:
    """Return what the site takes from the grid by its meter, W."""
    rows: list[Reading]
    if snapshot.total_power_w is not None:
        rows, factor = [snapshot.total_power_w], 1.0
    else:
        rows = [
            row
            for phase in site.phases
            if (row := snapshot.phase_currents_a[phase]) is not None
        ]
        factor = site.volts
    if not rows or any(row.problem is not None for row in rows):
        return None
    return sum(row.value for row in rows) * factor


def _measured_a(reading: ChargerReading | None) -> list[float]:
    rows = () if reading is None else reading.measured_a
    return [row.value for row in rows if row is not None and row.problem is None]


def _on_wires(values: list[float], wires: int) -> Iterable[float]:
    """Return one value for each wire; a single one stands for all."""
    return values[:wires] if len(values) >= wires else values[:1] * wires
