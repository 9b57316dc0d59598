"""What a run comes to: overload, trips, energy, commands (benchmark's metrics)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from custom_components.ev_lb.simulation.breaker import DEVICES, Device

from .data import DAY_S, Floats
from .plant_loop import Flow, Sent

PRELOAD_S = 600
CHUNK_S = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The metrics of one run, per day where that makes sense."""

    overload_as: float
    """Overload that cars cause, A s a day."""
    house_overload_as: float
    """Overload that the house causes alone, A s a day."""
    longest_overload_s: int
    """With cars' part in it, at a stretch."""
    peak: float
    """Highest current as multiple of the limit."""
    trips: dict[str, int]
    """By breaker model, above what the house alone causes, over all days."""
    house_trips: dict[str, int]
    """Those that the house alone causes."""
    thermal_headroom_used: dict[str, float]
    house_thermal_headroom_used: dict[str, float]
    energy_kwh: float
    """A day."""
    bound_percent: float
    """Energy as part of the clairvoyant bound's."""
    unmet_kwh: float
    """What sessions lacked at their end, a day."""
    served_percent: float
    """What all but the worst served twentieth of the cars had of their need at least."""
    least_served_percent: float
    """What the worst served car had of its need."""
    fairness: float
    """Jain's index of what the cars had of their needs: 1 is all alike."""
    imbalance_a: float
    """How far the phases lie apart while cars charge, A; 0 with one phase."""
    commands: float
    starts: float
    stops: float
    shortest_gap_s: float
    """Smallest time between two commands to one charger."""

    @property
    def gate(self) -> bool:
        """Whether the typical breaker trips no more than with the house alone."""
        return self.trips["typical"] == 0


def score(flow: Flow, limit_a: float, bound_kwh: float) -> Score:
    """Score what flowed against the limit and the bound's energy in all."""
    seconds = flow.house_a.shape[1]
    days = seconds / DAY_S
    total_a = flow.house_a + flow.cars_a
    over_a = np.maximum(0.0, total_a - limit_a)
    caused_a = np.minimum(over_a, flow.cars_a)
    breakers = {
        name: _carried(device, flow.house_a / limit_a, total_a / limit_a)
        for name, device in DEVICES.items()
    }
    energy_kwh = sum(flow.energy_kwh)
    return Score(
        overload_as=float(caused_a.sum()) / days,
        house_overload_as=float((over_a - caused_a).sum()) / days,
        longest_overload_s=longest((caused_a > 1e-9).any(axis=0)),
        peak=float(total_a.max()) / limit_a,
        trips={name: row.trips for name, row in breakers.items()},
        house_trips={name: row.house_trips for name, row in breakers.items()},
        thermal_headroom_used={name: row.used for name, row in breakers.items()},
        house_thermal_headroom_used={
            name: row.house_used for name, row in breakers.items()
        },
        energy_kwh=energy_kwh / days,
        bound_percent=100 * energy_kwh / bound_kwh if bound_kwh else 100.0,
        unmet_kwh=flow.unmet_kwh / days,
        served_percent=100 * float(np.quantile(flow.served, 0.05, method="lower"))
        if flow.served
        else 100.0,
        least_served_percent=100 * min(flow.served, default=1.0),
        fairness=_fairness(flow.served),
        imbalance_a=_imbalance_a(flow),
        commands=len(flow.commands) / days,
        starts=flow.starts / days,
        stops=flow.stops / days,
        shortest_gap_s=_shortest_gap_s(flow.commands),
    )


@dataclass(frozen=True, slots=True)
class _Carried:
    """What a breaker model made of the phases."""

    trips: int
    """Above those of the house alone."""
    house_trips: int
    used: float
    house_used: float


def _carried(device: Device, house: Floats, total: Floats) -> _Carried:
    """Let one model carry house and total, in multiples of its rating."""
    trips = house_trips = 0
    used = house_used = 0.0
    for house_row, total_row in zip(house, total, strict=True):
        preload = float(np.mean(house_row[:PRELOAD_S] ** 2))
        both = carry(device, total_row, preload)
        alone = carry(device, house_row, preload)
        trips += max(0, both[0] - alone[0])
        house_trips += alone[0]
        used, house_used = max(used, both[1]), max(house_used, alone[1])
    return _Carried(trips, house_trips, used, house_used)


def _imbalance_a(flow: Flow) -> float:
    """Return how far the highest and the lowest phase lie apart in the mean, A."""
    total_a = flow.house_a + flow.cars_a
    charging = (flow.cars_a > 0).any(axis=0)
    if not charging.any() or not total_a[1:].any():
        return 0.0
    return float(np.ptp(total_a[:, charging], axis=0).mean())


def _fairness(served: Sequence[float]) -> float:
    """Return Jain's index (R. Jain, D. Chiu, W. Hawe, DEC-TR-301, 1984)."""
    squares = sum(part**2 for part in served)
    return sum(served) ** 2 / (len(served) * squares) if squares else 1.0


def runs_of(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Find the stretches of True: (start, end) with the end excluded."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def longest(mask: npt.NDArray[np.bool_]) -> int:
    """Return the length of the longest stretch of True."""
    return max((end - start for start, end in runs_of(mask)), default=0)


def carry(device: Device, current: Floats, preload: float) -> tuple[int, float]:
    """Let a breaker carry multiples of its rating, second by second.

    Return how often it trips, and its highest heat as a part of the threshold.
    Starts as after a long time at the squared current `preload`.
    """
    trips, highest = 0, preload
    fast = slow = preload
    place = 0
    square = current**2
    at_once = square >= device.instantaneous**2
    while place < len(square):
        chunk = square[place : place + CHUNK_S]
        fasts, slows = (
            _accumulate(chunk, time_s, start)
            for time_s, start in ((device.fast_s, fast), (device.slow_s, slow))
        )
        heat = device.fast_share * fasts + (1 - device.fast_share) * slows
        hits = (heat >= device.threshold) | at_once[place : place + CHUNK_S]
        first = int(hits.argmax())
        if hits[first]:
            trips += 1
            highest = max(highest, float(heat[: first + 1].max()))
            fast = slow = 0.0
            place += first + 1
            continue
        highest = max(highest, float(heat.max()))
        fast, slow = float(fasts[-1]), float(slows[-1])
        place += len(chunk)
    return trips, highest / device.threshold


def _accumulate(square: Floats, time_s: float, start: float) -> Floats:
    part = 1 - np.exp(-1 / time_s)
    filtered, _ = lfilter([part], [1, part - 1], square, zi=[(1 - part) * start])
    return np.asarray(filtered)


def _shortest_gap_s(commands: Sequence[Sent]) -> float:
    return min(_gaps_s(commands), default=float("inf"))


def _gaps_s(commands: Sequence[Sent]) -> Iterator[float]:
    times: dict[int, list[float]] = {}
    for row in commands:
        times.setdefault(row.charger, []).append(row.time_s)
    for course in times.values():
        yield from (later - before for before, later in pairwise(course))
