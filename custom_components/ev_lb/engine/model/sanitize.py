"""Numbers that break arithmetic, replaced where they enter a decision.

What is sane passes as the very same object, so that results of earlier decisions
can be used again.
"""

from collections.abc import Iterable
from dataclasses import MISSING, fields, is_dataclass, replace
from functools import cache
from math import inf
from typing import Any, Final, cast

from . import (
    ChargerReading,
    CircuitReading,
    CurrentRange,
    NextBlock,
    Reading,
    ReadingProblem,
    Site,
    Snapshot,
)
from .state import State

LARGEST: Final = 1e12
"""No current, power or time is beyond it: as a time it is in the year 33,658, and up
to there a float tells a tenth of a millisecond apart."""
LARGEST_REMEMBERED: Final = 1e18
"""No sum of powers over time is beyond it, W s."""
REFUSED: Final = frozenset({"min_current_a", "max_current_a", "power_w", "weight"})
"""Settings for whose nonsense a charger gets nothing, where a default would be
dangerous."""


def sane_time(time_s: float) -> float:
    """Return a moment, s; 0 for what is none."""
    return float(time_s) if -LARGEST <= time_s <= LARGEST else 0.0


def sane_site(site: Site) -> Site:
    """Return a site in which each number can be reckoned with.

    What is no number, or beyond all measure, becomes the default of its field.
    Where that would be dangerous (fuses, what a charger may take, caps) it becomes
    infinite or stays no number, which all that reads it takes for the worst.
    """
    return cast("Site", _sane(site))


def sane_state(state: State) -> State:
    """Return a state; a fresh one in place of one that no decision can have left."""
    return state if _is_state(state) else State()


def sane_snapshot(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot whose meters and signals tell numbers, or that they do not.

    The chargers' readings come later (`sane_charger_reading`), if they are new.
    """
    rows = (
        *snapshot.phase_currents_a,
        snapshot.total_power_w,
        snapshot.battery_soc_percent,
        snapshot.battery_power_w,
        snapshot.solar_power_w,
        snapshot.import_cap_w,
        snapshot.external_cap_w,
        snapshot.month_peak_w,
    )
    keeps_time = all(
        -LARGEST <= row <= LARGEST
        for row in (snapshot.clock_ahead_s, snapshot.utc_offset_s)
    )
    if (
        keeps_time
        and _are_sane(rows)
        and all(
            _are_sane((*row.phase_currents_a, row.total_power_w))
            for row in snapshot.circuits
        )
    ):
        return snapshot
    first, second, third, *others = map(_sane_reading, rows)
    total, soc, battery, solar, import_cap, external_cap, peak = others
    return replace(
        snapshot,
        phase_currents_a=(first, second, third),
        total_power_w=total,
        battery_soc_percent=soc,
        battery_power_w=battery,
        solar_power_w=solar,
        import_cap_w=import_cap,
        external_cap_w=external_cap,
        month_peak_w=peak,
        clock_ahead_s=snapshot.clock_ahead_s if keeps_time else 0.0,
        utc_offset_s=snapshot.utc_offset_s if keeps_time else 0.0,
        circuits=tuple(map(_sane_circuit, snapshot.circuits)),
    )


def sane_charger_reading(reading: ChargerReading | None) -> ChargerReading | None:
    """Return what a charger tells, with nothing in it that cannot be reckoned with."""
    if reading is None:
        return None
    needed_kwh, departure_s = reading.energy_needed_kwh, reading.departure_s
    until_s, left_s = reading.may_draw_until_s, reading.planned_left_s
    if (
        _are_sane(reading.measured_a)
        and _is_answer(reading.accepted)
        and _is_answer(reading.shown)
        and _or_none(reading.asked_a) == reading.asked_a
        and _sane_range(reading.current_range) == reading.current_range
        and (needed_kwh is None or -LARGEST <= needed_kwh <= LARGEST)
        and (departure_s is None or -LARGEST <= departure_s <= LARGEST)
        and (until_s is None or -LARGEST <= until_s <= LARGEST)
        and (left_s is None or -LARGEST <= left_s <= LARGEST)
        and _sane_block(reading.next_block) == reading.next_block
    ):
        return reading
    return replace(
        reading,
        measured_a=tuple(map(_sane_reading, reading.measured_a)),
        accepted=reading.accepted if _is_answer(reading.accepted) else None,
        shown=reading.shown if _is_answer(reading.shown) else None,
        asked_a=_or_none(reading.asked_a),
        current_range=_sane_range(reading.current_range),
        energy_needed_kwh=_or_none(needed_kwh),
        departure_s=_or_none(departure_s),
        may_draw_until_s=_or_none(until_s),
        planned_left_s=_or_none(left_s),
        next_block=_sane_block(reading.next_block),
    )


def _sane_circuit(row: CircuitReading) -> CircuitReading:
    first, second, third = map(_sane_reading, row.phase_currents_a)
    return replace(
        row,
        phase_currents_a=(first, second, third),
        total_power_w=_sane_reading(row.total_power_w),
    )


def _sane_range(known: CurrentRange | None) -> CurrentRange | None:
    """Return what a charger's setting can be, unless that makes no sense."""
    if known is None:
        return None
    ends = (known.least_a, known.most_a, known.step_a)
    return known if all(_or_none(end) is not None for end in ends) else None


def _sane_block(block: NextBlock | None) -> NextBlock | None:
    """Return what a car waits for, with no number that is none; None without a start."""
    if block is None or _or_none(block.start_s) is None:
        return None
    return NextBlock(block.start_s, *map(_or_none, block[1:]))


def _or_none(number: float | None) -> float | None:
    return number if number is not None and -LARGEST <= number <= LARGEST else None


def _is_sane(reading: Reading) -> bool:
    """Tell whether a reading can be reckoned with; infinity stands for no limit."""
    value, time_s = reading.value, reading.time_s
    return (-LARGEST <= value <= LARGEST or value == inf) and (
        -LARGEST <= time_s <= LARGEST
    )


def _is_answer(reading: Reading | None) -> bool:
    """Tell whether an answer can be reckoned with; one may have been there always."""
    if reading is not None and reading.time_s == -inf:
        reading = reading._replace(time_s=0.0)
    return reading is None or _is_sane(reading)


def _are_sane(readings: Iterable[Reading | None]) -> bool:
    for reading in readings:
        if reading is not None and not _is_sane(reading):
            return False
    return True


def _sane_reading(reading: Reading | None) -> Reading | None:
    if reading is None or _is_sane(reading):
        return reading
    return Reading(0.0, 0.0, reading.problem or ReadingProblem.NOT_A_NUMBER)


def _sane(value: Any) -> Any:
    """Return a part of a site, itself where nothing of it is insane."""
    if isinstance(value, tuple):
        found = tuple(map(_sane, value))
        same = all(now is was for now, was in zip(found, value, strict=True))
        return value if same else found
    if not is_dataclass(value):
        if not isinstance(value, float | int) or -LARGEST <= value <= LARGEST:
            return value
        if value > LARGEST:
            return inf
        return -inf if value < -LARGEST else value
    changes = {}
    for name, default in _defaults(cast("Any", type(value))).items():
        was = getattr(value, name)
        now = _sane(was)
        if default is not None and isinstance(now, float) and not -inf < now < inf:
            now = default
        if now is not was:
            changes[name] = now
    return replace(cast("Any", value), **changes) if changes else value


@cache
def _defaults(kind: Any) -> dict[str, float | None]:
    """Return a type's fields, with the default that stands in for nonsense, if any."""
    return {
        row.name: row.default
        if row.default is not MISSING
        and isinstance(row.default, float)
        and row.name not in REFUSED
        else None
        for row in fields(kind)
    }


def _is_state(value: Any) -> bool:
    """Tell whether a part of a state is one that a decision can have left."""
    if isinstance(value, float | int):
        return -LARGEST_REMEMBERED <= value <= LARGEST_REMEMBERED or value in (
            inf,
            -inf,
        )
    if isinstance(value, tuple):
        return all(map(_is_state, value))
    if not is_dataclass(value):
        return True
    names = [row.name for row in fields(value) if row.compare]
    return all(_is_state(getattr(value, name)) for name in names)
