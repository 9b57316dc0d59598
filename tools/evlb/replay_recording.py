"""From rows of history to the recording that the engine is replayed on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import isfinite
from typing import Final

from custom_components.ev_lb.building.charger_states import BINARY_STATES, VOCABULARIES
from custom_components.ev_lb.engine.model import ChargerStatus, MeterKind, Site
from custom_components.ev_lb.meters.state import UNIT_VALUES, Quantity
from custom_components.ev_lb.replay.recording import (
    CarRecord,
    Recording,
    Report,
    StatusReport,
)

from .replay_sources import History, Row, SourceError, Span, read_history

STATUSES: Final[Mapping[str, ChargerStatus]] = {
    word.casefold(): status
    for words in (*VOCABULARIES, BINARY_STATES)
    for status, states in words.items()
    for word in states
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Which entities or columns tell what."""

    meter: Sequence[str]
    """One for each phase, or the one of all phases together."""
    cars: Sequence[str] = ()
    """What each car draws, in the order of the site's chargers."""
    statuses: Sequence[str] = ()
    """What each charger says, in the same order."""
    unit: str | None = None
    """The unit of the meter where the source names none."""
    inverted: bool = False
    """Whether import is negative."""


def read_recording(source: str, site: Site, wiring: Wiring, span: Span) -> Recording:
    """Return what a source recorded of a site.

    Raises SourceError when the source cannot be read or does not fit the site.
    """
    names = [*wiring.meter, *wiring.cars, *wiring.statuses]
    history = read_history(source, names, span)
    start_s, end_s = _span(history, wiring, span)
    sign = -1.0 if wiring.inverted else 1.0
    meter = tuple(
        tuple(_reports(history[name], name, site, end_s, sign, wiring.unit))
        for name in wiring.meter
    )
    ids = [charger.charger_id for charger in site.chargers]
    cars: dict[str, CarRecord] = {}
    for place, charger_id in enumerate(ids):
        currents: Sequence[Row] = ()
        statuses: Sequence[Row] = ()
        name = ""
        if place < len(wiring.cars):
            name = wiring.cars[place]
            currents = history[name]
        if place < len(wiring.statuses):
            statuses = history[wiring.statuses[place]]
        cars[charger_id] = CarRecord(
            currents_a=tuple(_car_reports(currents, name, end_s)),
            statuses=tuple(
                StatusReport(row.time_s, STATUSES.get(row.text.casefold()))
                for row in statuses
            ),
        )
    return Recording(start_s=start_s, end_s=end_s, meter=meter, cars=cars)


def _span(history: History, wiring: Wiring, span: Span) -> tuple[float, float]:
    """Return from when until when the whole meter is known, within what was asked."""
    rows = [history[name] for name in wiring.meter]
    if any(not kept for kept in rows):
        raise SourceError("nothing is recorded of the meter in this time")
    start_s = max(kept[0].time_s for kept in rows)
    end_s = max(kept[-1].until_s or kept[-1].time_s for kept in rows)
    if span.start_s is not None:
        start_s = max(start_s, span.start_s)
    if span.end_s is not None:
        end_s = min(end_s, span.end_s)
    if end_s - start_s < 1:
        raise SourceError("less than a second of it is recorded")
    return start_s, end_s


def _reports(
    rows: Sequence[Row],
    name: str,
    site: Site,
    end_s: float,
    sign: float,
    unit: str | None,
) -> Iterator[Report]:
    """Yield the meter's reports: A of a phase, or W of all."""
    total = site.meter.kind is MeterKind.TOTAL
    for row, until_s in _ends(rows, end_s):
        told = row.unit or unit or ("W" if total else "A")
        power, current = (
            UNIT_VALUES[kind].get(told) for kind in (Quantity.POWER, Quantity.CURRENT)
        )
        if power is not None:
            factor = power if total else power / site.voltage_v
        elif current is not None and not total:
            factor = current
        else:
            expected = "a power" if total else "a current or a power"
            raise SourceError(f"{name} is in {told}, which is not {expected}")
        yield Report(row.time_s, _number(row.text, factor * sign), until_s)


def _car_reports(rows: Sequence[Row], name: str, end_s: float) -> Iterator[Report]:
    for row, until_s in _ends(rows, end_s):
        told = row.unit or "A"
        factor = UNIT_VALUES[Quantity.CURRENT].get(told)
        if factor is None:
            raise SourceError(f"{name} is in {told}, which is not a current")
        yield Report(row.time_s, _number(row.text, factor), until_s)


def _ends(rows: Sequence[Row], end_s: float) -> Iterator[tuple[Row, float]]:
    """Yield each row with when it was last heard.

    Where only changes are recorded that is when the next one comes.
    """
    for row, following in zip_longest(rows, rows[1:]):
        if row.until_s is not None:
            yield row, row.until_s
        else:
            yield row, end_s if following is None else following.time_s


def _number(text: str, factor: float) -> float | None:
    try:
        value = float(text) * factor
    except ValueError:
        return None
    return value if isfinite(value) else None
