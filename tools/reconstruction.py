"""One-second, per-phase loads out of the one-minute means of a real home.

Real: every minute mean, which is kept. Synthetic, and seeded: where within a
minute an appliance switches, how it cycles there, and which phase it is on.
"""

from collections.abc import Mapping
import csv
from dataclasses import dataclass
import gzip
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

type Watts = npt.NDArray[np.float64]

MINUTE_S: Final = 60
REMAINDER: Final = "remainder"
BASE: Final = "base"

BASE_SHARES: Final = (0.45, 0.30, 0.25)
"""How the load that never switches, and the unknown appliances, lie on L1-L3."""


@dataclass(frozen=True, slots=True)
class Appliance:
    """What is known of a kind of appliance: power when on, threshold, phase."""

    rated_w: float
    on_w: float
    phase: int | None
    """Index of its phase; None for a new draw at every run."""


APPLIANCES: Final[Mapping[str, Appliance]] = {
    "shower": Appliance(9000, 1500, 0),
    "kettle": Appliance(2800, 300, 0),
    "microwave": Appliance(1300, 200, 0),
    "dishwasher": Appliance(2000, 400, 1),
    "washer": Appliance(2000, 400, 2),
    REMAINDER: Appliance(2000, 350, None),
}


def read_minute_means(path: Path) -> dict[str, Watts]:
    """Read a household's columns (total and sub-meters), W, one value a minute."""
    with gzip.open(path, "rt", newline="") as file:
        heading, *rows = csv.reader(file)
    values = np.array(rows, dtype=float)
    return {
        name.removesuffix("_w"): values[:, column]
        for column, name in enumerate(heading)
        if name.endswith("_w")
    }


def reconstruct(minute_means: Mapping[str, Watts], seed: int) -> dict[str, Watts]:
    """Spread the minute means over their seconds, one series per appliance.

    The series add up to the whole house; raises ValueError if a minute mean
    were not kept.
    """
    rng = np.random.default_rng(seed)
    total = minute_means["total"]
    metered, remainder = _split_clamp(minute_means)
    parts = {
        name: _spread_switched(means, APPLIANCES[name], rng)
        for name, means in metered.items()
    }
    switched = _switched_remainder(metered, remainder)
    parts[REMAINDER] = _spread_switched(switched, APPLIANCES[REMAINDER], rng)
    parts[BASE] = np.repeat(remainder - switched, MINUTE_S)
    whole = np.sum(list(parts.values()), axis=0)
    if not np.allclose(whole.reshape(-1, MINUTE_S).mean(1), total, atol=1e-6):
        raise ValueError("the minute means are not kept")
    return parts


def put_on_phases(parts: Mapping[str, Watts], seed: int) -> Watts:
    """Give each appliance a phase: an array of shape (3, seconds), W."""
    rng = np.random.default_rng(seed)
    phases: Watts = np.array(BASE_SHARES)[:, None] * parts[BASE]
    for name, watts in parts.items():
        if name == BASE:
            continue
        phase = APPLIANCES[name].phase
        if phase is not None:
            phases[phase] += watts
            continue
        last_end = None
        for start, end in _runs(watts > 0):
            # Runs less than two minutes apart are one appliance that cycles.
            if last_end is None or start - last_end > 2 * MINUTE_S:
                phase = int(rng.choice(3, p=BASE_SHARES))
            phases[phase, start:end] += watts[start:end]
            last_end = end
    return phases


def _runs(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Find the stretches of True: (start, end) with the end excluded."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _with_neighbours(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Widen the stretches of True by one minute at either end."""
    wide = mask.copy()
    wide[:-1] |= mask[1:]
    wide[1:] |= mask[:-1]
    return wide


def _split_clamp(minute_means: Mapping[str, Watts]) -> tuple[dict[str, Watts], Watts]:
    """Divide the clamp's total into the metered appliances and the remainder."""
    total = minute_means["total"]
    names = [name for name in minute_means if name != "total"]
    everything = np.sum([minute_means[name] for name in names], axis=0)
    # The sub-meters together may exceed the clamp.
    scale = np.where(everything > total, total / np.maximum(everything, 1e-9), 1.0)
    metered = {name: minute_means[name] * scale for name in names}
    remainder = np.maximum(total - everything * scale, 0)
    # Their clocks differ by some seconds: at the edges of a run the clamp sees
    # a big appliance that its sub-meter does not; that energy is given back.
    for name in sorted(metered, key=lambda name: -APPLIANCES[name].rated_w):
        means = metered[name]
        on = means >= APPLIANCES[name].on_w
        if APPLIANCES[name].rated_w < 2500 or not on.any():
            continue
        full_w = float(np.percentile(means[on], 75))
        around = np.pad(remainder, 1, mode="edge")
        usual = np.minimum(np.minimum(around[:-2], around[2:]), remainder)
        missing = np.clip(np.minimum(remainder - usual, full_w - means), 0, None)
        missing[~_with_neighbours(on) | (missing < 0.1 * full_w)] = 0
        means += missing
        remainder -= missing
    return metered, remainder


def _switched_remainder(metered: Mapping[str, Watts], remainder: Watts) -> Watts:
    """Find what of the remainder stands out of a quarter of an hour's minimum.

    Not next to a metered appliance, where the clocks' difference stands out.
    """
    around = np.pad(remainder, 7, mode="edge")
    base: Watts = np.lib.stride_tricks.sliding_window_view(around, 15).min(axis=1)
    near = np.zeros(len(remainder), dtype=bool)
    for name, means in metered.items():
        near |= _with_neighbours(means >= APPLIANCES[name].on_w)
    above: Watts = remainder - base
    above[(above < APPLIANCES[REMAINDER].on_w) | near] = 0
    return above


def _spread_switched(
    means: Watts, appliance: Appliance, rng: np.random.Generator
) -> Watts:
    """Spread a switched load's minute means over the seconds it was on."""
    on = means >= appliance.on_w
    seconds = np.repeat(np.where(on, 0.0, means), MINUTE_S)
    runs = _runs(on)
    full = [means[a + 1 : b - 1].max() for a, b in runs if b - a >= 3]
    rated_w = float(np.median(full)) if full else appliance.rated_w
    for start, end in runs:
        peak_w = float(means[start:end].max())
        if end - start <= 2:
            peak_w = max(peak_w, rated_w)
        _spread_run(seconds, means, (start, end), peak_w, rng)
    return seconds


def _spread_run(
    seconds: Watts,
    means: Watts,
    run: tuple[int, int],
    peak_w: float,
    rng: np.random.Generator,
) -> None:
    """Spread one run: on from within its first minute until within its last."""
    start, end = run
    first_s = MINUTE_S * means[start] / peak_w
    if end - start == 1:
        free_s = int(MINUTE_S - first_s)
        offset_s = int(rng.integers(0, free_s + 1))
        _add(seconds, MINUTE_S * start + offset_s, first_s, peak_w)
        return
    whole_s = int(first_s)
    second = MINUTE_S * (start + 1) - whole_s
    seconds[second : second + whole_s] += peak_w
    if first_s > whole_s:
        seconds[second - 1] += peak_w * (first_s - whole_s)
    last_s = MINUTE_S * means[end - 1] / peak_w
    _add(seconds, MINUTE_S * (end - 1), last_s, peak_w)
    for minute in range(start + 1, end - 1):
        mean_w = means[minute]
        second = MINUTE_S * minute
        if mean_w > 0.88 * peak_w or peak_w < 900:
            seconds[second : second + MINUTE_S] += mean_w
            continue
        # A thermostat or a hob's power step, within the minute.
        period_s = int(rng.choice((20, 30, 60)))
        for cycle in range(second, second + MINUTE_S, period_s):
            _add(seconds, cycle, period_s * mean_w / peak_w, peak_w)


def _add(seconds: Watts, start: int, duration_s: float, power_w: float) -> None:
    """Add a power for a duration; the broken last second gets its part."""
    whole_s = int(duration_s)
    seconds[start : start + whole_s] += power_w
    if duration_s - whole_s > 1e-9:
        seconds[start + whole_s] += power_w * (duration_s - whole_s)
