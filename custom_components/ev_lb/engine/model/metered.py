"""What is known of each metered circuit, and what hangs there besides the cars."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from . import Meter, MeterKind, PerPhase, Phase, ReadingProblem, Site
from .house_load import HouseLoad, worst_house_a
from .state import PhaseState

type Problems = tuple[
    ReadingProblem | None, ReadingProblem | None, ReadingProblem | None
]

NO_PROBLEMS: Final = (None, None, None)
NOTHING_A: Final = (0.0, 0.0, 0.0)

type Phases = tuple[PhaseState, PhaseState, PhaseState]


class MeteredCircuit(NamedTuple):
    """A circuit with a meter, and what is known of its load."""

    circuit_id: str
    meter: Meter
    limit_a: PerPhase
    phases: Phases
    problems: Problems
    behind: frozenset[str]
    """The circuits whose current passes this meter, itself among them."""
    window_s: float
    """How long a house load counts here against a raise, s."""
    settled_s: float
    """When all set-points behind it have had their full effect, s."""

    def is_overloaded(self, phases: Iterable[int]) -> bool:
        """Tell whether one of these phases was read to carry too much."""
        return any(self.phases[row].load_a > self.limit_a[row] for row in phases)


class Loads(NamedTuple):
    """What hangs on the circuits besides the cars, A per phase."""

    house_a: PerPhase
    """On the grid connection."""
    circuits: tuple[tuple[str, PerPhase], ...] = ()
    """On each circuit further down of which anything is known."""

    def with_more(self, root: str, more_a: Mapping[str, PerPhase]) -> Loads:
        """Return them with more on each circuit; `root` is the grid connection."""
        if not more_a:
            return self
        circuits, house_a = dict(self.circuits), self.house_a
        for circuit_id, load_a in more_a.items():
            if circuit_id == root:
                house_a = _sum(house_a, load_a)
            else:
                circuits[circuit_id] = _sum(circuits.get(circuit_id, NOTHING_A), load_a)
        return Loads(house_a, tuple(circuits.items()))


def house_of(metered: MeteredCircuit, site: Site, load_of: HouseLoad) -> PerPhase:
    """Return a circuit's house load per phase; the worst lately where it is lost."""
    loads = [0.0, 0.0, 0.0]
    for phase in site.phases:
        memory = metered.phases[phase]
        if metered.problems[phase] is not None:
            loads[phase] = max(worst_house_a(memory), 0.0)
        else:
            loads[phase] = load_of(memory, metered.limit_a[phase])
    return (loads[0], loads[1], loads[2])


def loads_of(
    metered_circuits: tuple[MeteredCircuit, ...], site: Site, load_of: HouseLoad
) -> Loads:
    """Return what hangs on the grid connection and on each circuit.

    A circuit without a meter carries what its nearest metered ones carry, and
    no less than nothing: it may be fed on one of them only.
    """
    house_a = house_of(metered_circuits[0], site, load_of)
    if len(metered_circuits) == 1:
        return Loads(house_a)
    beside: dict[str, PerPhase] = {}
    for metered in metered_circuits[1:]:
        load_a = house_of(metered, site, load_of)
        if metered.meter.kind is MeterKind.TOTAL:
            load_a = (max(load_a[0], 0.0), max(load_a[1], 0.0), max(load_a[2], 0.0))
        beside[metered.circuit_id] = load_a
    metered_ids = {metered.circuit_id for metered in metered_circuits}
    for circuit in reversed(site.circuits):
        parent_id = circuit.parent_id
        load_a = beside.get(circuit.circuit_id, NOTHING_A)
        if parent_id is None or parent_id in metered_ids:
            continue
        upper_a = beside.get(parent_id, NOTHING_A)
        beside[parent_id] = (
            upper_a[0] + max(load_a[0], 0.0),
            upper_a[1] + max(load_a[1], 0.0),
            upper_a[2] + max(load_a[2], 0.0),
        )
    return Loads(house_a, tuple(beside.items()))


def at_main_fuse_a(site: Site, house_a: PerPhase, phase: Phase) -> float:
    """Return the house load of a phase that counts at the main fuse, A.

    With the spread over the phases unknown, an export on one phase may hide an
    import on another: then no phase counts as exporting.
    """
    if site.meter.kind is MeterKind.TOTAL and len(site.phases) > 1:
        return max(house_a[phase], 0.0)
    return house_a[phase]


def house_power_w(site: Site, house_a: PerPhase) -> float:
    """Return what the house draws, W; a total stands on each phase."""
    total = site.meter.kind is MeterKind.TOTAL
    return (house_a[0] if total else sum(house_a)) * site.volts


def _sum(load_a: PerPhase, more_a: PerPhase) -> PerPhase:
    return (load_a[0] + more_a[0], load_a[1] + more_a[1], load_a[2] + more_a[2])
