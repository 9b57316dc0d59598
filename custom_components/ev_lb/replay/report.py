"""What a replay came to: in words, and as plain values for whoever reads on."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo

from custom_components.ev_lb.engine.model import PerPhase

from .recording import RebuiltCar
from .replay import Flow, Outcome, Replay

type Plain = bool | int | float | str | list[Plain] | dict[str, Plain] | None
"""What JSON holds."""


def sentences(
    replay: Replay, names: Mapping[str, str], zone: tzinfo = UTC
) -> list[str]:
    """Return what was, what would have been, and what that rests on."""
    limit_a = min(replay.site.circuits[0].limit_a[p] for p in replay.site.phases)
    begin, end = (
        datetime.fromtimestamp(replay.start_s + second, zone)
        for second in (0, replay.seconds)
    )
    phases = "1 phase" if len(replay.site.phases) == 1 else "3 phases"
    span = f"From {begin:%Y-%m-%d %H:%M:%S} to {end:%Y-%m-%d %H:%M:%S}"
    return [
        f"{span} ({_duration(replay.seconds)}), {phases} of {limit_a:g} A.",
        f"As it was: {_outcome(replay.recorded)}",
        f"With EV Load Balancer: {_outcome(replay.replayed)}",
        _comparison(replay),
        *_losses(replay),
        *(_assumption(car, names) for car in replay.cars),
    ]


def document(
    replay: Replay, names: Mapping[str, str], *, points: int, zone: tzinfo = UTC
) -> dict[str, Plain]:
    """Return a replay as plain values: at most so many points and commands each.

    A point is the moment of its stretch in which the fuse would have carried most.
    """

    def time(second: float) -> str:
        return datetime.fromtimestamp(replay.start_s + second, zone).isoformat()

    commands: list[Plain] = [
        {
            "time": time(row.time_s),
            "charger": names.get(row.charger_id, row.charger_id),
            "before_a": row.before_a,
            "current_a": row.current_a,
            "limiting_factor": row.limiting.factor.value,
        }
        for row in replay.commands[:points]
    ]
    return {
        "start": time(0),
        "end": time(replay.seconds),
        "summary": list(sentences(replay, names, zone)),
        "as_it_was": _plain(replay.recorded, names),
        "with_ev_load_balancer": {
            **_plain(replay.replayed, names),
            "commands": len(replay.commands),
            "meter_lost_s": round(replay.meter_lost_s, 1),
        },
        "commands": commands,
        "series": [
            _point(replay, flow, time(flow.second), names)
            for flow in thinned(replay, points)
        ],
    }


def thinned(replay: Replay, points: int) -> Iterator[Flow]:
    """Yield the flow of most load of each of so many stretches of equal length."""
    stretch_s = max(1.0, replay.seconds / points)
    best: Flow | None = None
    for flow in replay.flows:
        if best is not None and flow.second // stretch_s > best.second // stretch_s:
            yield best
            best = None
        if best is None or _load_a(flow) > _load_a(best):
            best = flow
    if best is not None:
        yield best


def _load_a(flow: Flow) -> float:
    return max(
        house_a + cars_a
        for house_a, cars_a in zip(flow.house_a, flow.replayed_a, strict=True)
    )


def _point(
    replay: Replay, flow: Flow, time: str, names: Mapping[str, str]
) -> dict[str, Plain]:
    chargers = (names.get(c.charger_id, c.charger_id) for c in replay.site.chargers)
    return {
        "time": time,
        "house_a": _phases(replay, flow.house_a),
        "cars_as_they_were_a": _phases(replay, flow.recorded_a),
        "cars_a": _phases(replay, flow.replayed_a),
        "set_a": dict(zip(chargers, flow.set_a, strict=True)),
    }


def _phases(replay: Replay, current_a: PerPhase) -> list[Plain]:
    return [round(current_a[phase], 2) for phase in replay.site.phases]


def _plain(outcome: Outcome, names: Mapping[str, str]) -> dict[str, Plain]:
    return {
        "energy_kwh": {
            names.get(charger_id, charger_id): round(energy_kwh, 3)
            for charger_id, energy_kwh in outcome.energy_kwh.items()
        },
        "car_overload_s": outcome.car_overload_s,
        "longest_car_overload_s": outcome.longest_car_overload_s,
        "car_overload_as": round(outcome.car_overload_as, 1),
        "house_overload_as": round(outcome.house_overload_as, 1),
        "breaker_trips": dict(outcome.trips),
        "breaker_trips_by_cars": dict(outcome.car_trips),
        "starts": outcome.starts,
        "phases": {
            row.phase.name.lower(): {
                "peak_a": round(row.peak_a, 2),
                "car_overload_as": round(row.car_overload_as, 1),
                "house_overload_as": round(row.house_overload_as, 1),
                "longest_car_overload_s": row.longest_car_overload_s,
                "breaker_headroom_used": {
                    name: round(part, 3)
                    for name, part in row.thermal_headroom_used.items()
                },
            }
            for row in outcome.phases
        },
    }


def _outcome(outcome: Outcome) -> str:
    energy_kwh = sum(outcome.energy_kwh.values())
    peaks = ", ".join(f"{row.phase.name} {row.peak_a:.1f} A" for row in outcome.phases)
    used = max(row.thermal_headroom_used["typical"] for row in outcome.phases)
    if outcome.car_overload_as:
        overload = (
            f"cars overloaded the fuse for {_duration(outcome.car_overload_s)} in all, "
            f"{_duration(outcome.longest_car_overload_s)} at a stretch "
            f"({outcome.car_overload_as:.0f} A·s)"
        )
    else:
        overload = "cars never overloaded the fuse"
    trips = outcome.trips["typical"]
    if trips:
        breaker = (
            f"a typical breaker trips {_times(trips)}, "
            f"{outcome.car_trips['typical']} of it for the cars"
        )
    else:
        breaker = f"a typical breaker comes to {used:.0%} of tripping"
    return f"{energy_kwh:.2f} kWh charged; {overload}; {breaker}; highest: {peaks}."


def _comparison(replay: Replay) -> str:
    was_kwh, is_kwh = (
        sum(outcome.energy_kwh.values())
        for outcome in (replay.recorded, replay.replayed)
    )
    commands = f"{len(replay.commands)} set-points would have been sent"
    if is_kwh >= was_kwh:
        return f"{commands}, and {is_kwh - was_kwh:.2f} kWh more would have been given."
    return f"{commands}, and {was_kwh - is_kwh:.2f} kWh less would have been given."


def _losses(replay: Replay) -> Iterator[str]:
    if replay.meter_lost_s >= 1:
        yield (
            f"For {_duration(round(replay.meter_lost_s))} of it the meter told nothing "
            "that could be used."
        )


def _assumption(car: RebuiltCar, names: Mapping[str, str]) -> str:
    name = names.get(car.charger.charger_id, car.charger.charger_id)
    if not car.measured:
        return (
            f"{name}: nothing was recorded of what its car drew, so the meter is "
            f"taken for the house, and a car of {car.most_a:g} A for there "
            f"{'when the status says so' if car.tells_status else 'all the time'}."
        )
    phases = "1 phase" if car.phase_count == 1 else f"{car.phase_count} phases"
    there = "its status says so" if car.tells_status else "the recorded one drew"
    return (
        f"{name}: house = meter - car on {phases}, with the meter "
        f"{abs(car.lag_s)} s {'before' if car.lag_s < 0 else 'after'} the car's sensor; "
        f"the simulated car is there while {there}, and draws {car.most_a:g} A at most."
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _duration(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
