"""From a recording of house and cars together to the house without its cars."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest
from math import inf
from statistics import median
from typing import Final

from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    MINIMUM_EV_CURRENT_A,
    Charger,
    ChargerStatus,
    MeterKind,
    Phase,
    Site,
)

from .recording import (
    CarRecord,
    Course,
    Heard,
    Rebuilt,
    RebuiltCar,
    Recording,
    RecordingError,
    Report,
    StatusReport,
    Stay,
)

DRAWS_FROM_A: Final = 1.0
"""A car that is measured with less draws nothing: chargers need a little themselves."""
SAME_STAY_S: Final = 900
"""Without a status, a car that draws again within this time has not been away."""
FULL_AFTER_S: Final = 600
"""A car that has drawn nothing for this long before it leaves was full."""
LAGS_S: Final = range(-30, 16)
"""How much later than the car's sensor the meter may show the same change, s."""
COMPARED_CHANGES: Final = 60
"""On how many changes of a car its lag and its phases are judged, largest first."""
CLEAR_CHANGE_A: Final = 1.0
SETTLED_S: Final = 45
"""This long before and after a change meter and car surely show the same."""
SURE_CHANGE_A: Final = 3.0
HALF: Final = 0.5
ONE_GO_S: Final = 0.05
"""Reports of the meter within this time belong together."""
PERIOD_RANGE_S: Final = (1.0, 10.0)
"""Shortest and longest time between two reports of one value that are assumed."""


def rebuild(site: Site, recording: Recording) -> Rebuilt:
    """Take the cars out of what the meter recorded.

    Each car's lag is the one that leaves the house calmest.
    Raises RecordingError where a part of the meter never reported.
    """
    parts = _parts(site, recording)
    meter = _told_a(site, parts)
    cars = []
    for charger in site.chargers:
        record = recording.cars.get(charger.charger_id, CarRecord())
        car = _car(site, charger, record, recording)
        if car.measured:
            car = _fitted(site, car, meter)
            meter = _without(site, car, meter)
        cars.append(car)
    nothing = Course([0], [0.0])
    l1, l2, l3 = (meter.get(phase, nothing) for phase in ALL_PHASES)
    return Rebuilt(
        seconds=int(recording.end_s - recording.start_s),
        house=(l1, l2, l3),
        heard=tuple(
            sorted(
                (
                    Heard(time_s, part, value is None)
                    for part, reports in enumerate(parts)
                    for time_s, value in reports
                ),
                key=lambda row: row.time_s,
            )
        ),
        cars=tuple(cars),
    )


type _Values = list[tuple[float, float | None]]


def _parts(site: Site, recording: Recording) -> list[_Values]:
    """Return all reports of each part of the meter, s after the start."""
    names = [phase.name for phase in site.phases]
    if site.meter.kind is MeterKind.TOTAL:
        names = ["total"]
    parts = []
    for name, reports in zip(names, recording.meter, strict=True):
        values = list(_heard(reports, recording))
        if all(value is None for _, value in values):
            raise RecordingError(name)
        parts.append(values)
    return _in_one_go(parts)


def _told_a(site: Site, parts: list[_Values]) -> dict[Phase, Course]:
    """Return the reports of each phase, A; of a total its equal share."""
    courses = [_course(reports) for reports in parts]
    if site.meter.kind is not MeterKind.TOTAL:
        return dict(zip(site.phases, courses, strict=True))
    watts_per_a = site.volts * len(site.phases)
    total = courses[0]
    share = Course(total.seconds, [value / watts_per_a for value in total.values])
    return dict.fromkeys(site.phases, share)


def _in_one_go(parts: list[_Values]) -> list[_Values]:
    """Let the reports of one turn of Home Assistant's loop count from its last one.

    There a meter of several entities is one piece of news, and leads to one decision.
    """
    told_s: dict[float, float] = {}
    last_s = inf
    for time_s in sorted({row[0] for part in parts for row in part}, reverse=True):
        if time_s < last_s - ONE_GO_S:
            last_s = time_s
        told_s[time_s] = last_s
    return [[(told_s[time_s], value) for time_s, value in part] for part in parts]


def _heard(
    reports: Sequence[Report], recording: Recording
) -> Iterator[tuple[float, float | None]]:
    """Yield each report, and those of an unchanged value that only have an end."""
    period_s = _period_s(reports)
    for report, following in zip_longest(reports, reports[1:]):
        if following is not None and following.time_s <= recording.start_s:
            continue
        time_s = max(report.time_s, recording.start_s)
        end_s = min(report.until_s, recording.end_s)
        while True:
            yield time_s - recording.start_s, report.value
            if time_s >= end_s:
                break
            time_s = min(time_s + period_s, end_s)


def _period_s(reports: Sequence[Report]) -> float:
    """Return how often a source reports, s: only changes are recorded.

    So it is one of the shortest times between two of them, but for stragglers.
    """
    gaps_s = sorted(later.time_s - report.time_s for report, later in pairwise(reports))
    lowest_s, highest_s = PERIOD_RANGE_S
    if not gaps_s:
        return lowest_s
    return min(max(gaps_s[len(gaps_s) // 10], lowest_s), highest_s)


def _course(values: _Values) -> Course:
    """Return the values of whole seconds; a lost one holds what was before."""
    found: dict[int, float] = {}
    for time_s, value in values:
        if value is not None:
            found[int(time_s)] = value
    return Course(list(found), list(found.values()))


def _car(
    site: Site, charger: Charger, record: CarRecord, recording: Recording
) -> RebuiltCar:
    values = [
        (time_s, None if value is None else value if value >= DRAWS_FROM_A else 0.0)
        for time_s, value in _heard(record.currents_a, recording)
    ]
    course = _course(values)
    measured = bool(course.values)
    most_a = charger.max_current_a
    if measured:
        most_a = max(MINIMUM_EV_CURRENT_A, *course.values)
    else:
        course = Course([0], [0.0])
    return RebuiltCar(
        charger=charger,
        measured=measured,
        tells_status=bool(record.statuses),
        phase_count=len(charger.phases),
        lag_s=0,
        course=course,
        stays=tuple(_stays(site, charger, record, course, recording)),
        most_a=most_a,
        period_s=_period_s(record.currents_a),
    )


def _stays(
    site: Site,
    charger: Charger,
    record: CarRecord,
    course: Course,
    recording: Recording,
) -> Iterator[Stay]:
    """Yield when a car was there, and what it needed.

    Without a status that is from its first to its last current; when nothing at
    all is recorded of it, a car is there all the time.
    """
    end_s = int(recording.end_s - recording.start_s)
    if record.statuses:
        spans = _told_spans(record.statuses, recording)
    elif record.currents_a:
        spans = _drawn_spans(course, end_s)
    else:
        spans = iter([(0, end_s)])
    for start_s, stop_s in spans:
        yield Stay(start_s, stop_s, _need_kwh(site, charger, course, start_s, stop_s))


def _told_spans(
    statuses: Sequence[StatusReport], recording: Recording
) -> Iterator[tuple[int, int]]:
    since_s: int | None = None
    for report in statuses:
        second = int(max(report.time_s, recording.start_s) - recording.start_s)
        if report.status is ChargerStatus.DISCONNECTED:
            if since_s is not None and second > since_s:
                yield since_s, second
            since_s = None
        elif report.status is not None and since_s is None:
            since_s = second
    if since_s is not None:
        yield since_s, int(recording.end_s - recording.start_s)


def _drawn_spans(course: Course, end_s: int) -> Iterator[tuple[int, int]]:
    span: tuple[int, int] | None = None
    for start_s, stop_s in _drawing(course, 0, end_s):
        if span is not None and start_s - span[1] > SAME_STAY_S:
            yield span
            span = None
        span = (start_s if span is None else span[0], stop_s)
    if span is not None:
        yield span


def _drawing(course: Course, start_s: int, end_s: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches within a time in which the car drew something."""
    edges = [*course.seconds, end_s]
    for (first, following), current_a in zip(
        pairwise(edges), course.values, strict=True
    ):
        begin_s, stop_s = max(first, start_s), min(following, end_s)
        if current_a and begin_s < stop_s:
            yield begin_s, stop_s


def _need_kwh(
    site: Site, charger: Charger, course: Course, start_s: int, end_s: int
) -> float | None:
    """Return what a car took that was full before it left; None if it was not."""
    drawing = list(_drawing(course, start_s, end_s))
    if not drawing or end_s - drawing[-1][1] < FULL_AFTER_S:
        return None
    watts_per_a = site.volts * len(charger.phases)
    return sum(
        course.at(first) * watts_per_a * (stop - first) / 3.6e6
        for first, stop in drawing
    )


def _fitted(site: Site, car: RebuiltCar, meter: Mapping[Phase, Course]) -> RebuiltCar:
    """Return a car with its number of phases, and the lag that leaves the house calmest.

    Of lags that do so alike the shortest.
    """
    changes = sorted(
        (
            (abs(later - before), second)
            for (before, later), second in zip(
                pairwise(car.course.values), car.course.seconds[1:], strict=True
            )
            if abs(later - before) >= CLEAR_CHANGE_A
        ),
        reverse=True,
    )[:COMPARED_CHANGES]
    changed_s = [second for _, second in changes]
    if site.meter.kind is not MeterKind.TOTAL:
        car = _on_phases(car, meter, changed_s)
    reach_s = max(abs(lag_s) for lag_s in LAGS_S)
    near = {
        second
        for changed in changed_s
        for second in range(changed - reach_s, changed + reach_s + 1)
    }
    moments = {phase: _heard_within(course, near) for phase, course in meter.items()}
    lags_s = sorted(LAGS_S, key=abs) if changed_s else [0]
    return min(
        (replace(car, lag_s=lag_s) for lag_s in lags_s),
        key=lambda row: round(_unrest_a(row, moments), 6),
    )


def _on_phases(
    car: RebuiltCar, meter: Mapping[Phase, Course], changed_s: Sequence[int]
) -> RebuiltCar:
    """Return a car on as many phases as the meter sees it on.

    That is on those where the meter changes with the car, more often than not, from
    well before to well after a change: then no lag matters.
    """
    spans = [(second - SETTLED_S, second + SETTLED_S) for second in changed_s]
    spans = [
        (before, after)
        for before, after in spans
        if abs(car.course.at(after) - car.course.at(before)) >= SURE_CHANGE_A
    ]
    count = 0
    for phase in car.charger.phases:
        course = meter[phase]
        parts = [
            (course.at(after) - course.at(before))
            / (car.course.at(after) - car.course.at(before))
            for before, after in spans
        ]
        if parts and median(parts) < HALF:
            break
        count += 1
    if count in (0, car.phase_count):
        return car
    part = count / car.phase_count
    return replace(
        car,
        phase_count=count,
        stays=tuple(
            stay
            if stay.need_kwh is None
            else replace(stay, need_kwh=stay.need_kwh * part)
            for stay in car.stays
        ),
    )


type _Moments = list[tuple[int, float, int, float]]
"""Two reports of the meter that follow each other: second and value of each."""


def _heard_within(course: Course, wanted: set[int]) -> _Moments:
    return [
        (before, before_a, second, later_a)
        for (before, second), (before_a, later_a) in zip(
            pairwise(course.seconds), pairwise(course.values), strict=True
        )
        if second in wanted
    ]


def _unrest_a(car: RebuiltCar, moments: Mapping[Phase, _Moments]) -> float:
    """Return by how much the house changes in all, if the car is so taken out, A."""
    used = car.charger.phases[: car.phase_count]
    unrest_a = 0.0
    for phase, rows in moments.items():
        for before, before_a, second, later_a in rows:
            change_a = later_a - before_a
            if phase in used:
                change_a -= car.course.at(second - car.lag_s)
                change_a += car.course.at(before - car.lag_s)
            unrest_a += abs(change_a)
    return unrest_a


def _without(
    site: Site, car: RebuiltCar, meter: Mapping[Phase, Course]
) -> dict[Phase, Course]:
    """Take a car's current out of the meter's, on each phase that it uses.

    What cannot export is never below zero: then the report of the car was late.
    """
    spread = site.meter.kind is MeterKind.TOTAL
    part = car.phase_count / len(site.phases)
    found = {}
    for phase, course in meter.items():
        values = []
        for second, value in zip(course.seconds, course.values, strict=True):
            drawn_a = car.currents_a(second)[phase]
            if spread:
                drawn_a = car.course.at(second - car.lag_s) * part
            house_a = value - drawn_a
            values.append(house_a if site.can_export else max(0.0, house_a))
        found[phase] = Course(course.seconds, values)
    return found
