"""What each mode makes of sun, battery and grid: the tables in data/*.csv."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.memory import SetPoint
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Battery,
    Charger,
    ChargerReading,
    ChargerStatus,
    ChargingMode,
    Circuit,
    Decision,
    Meter,
    MeterKind,
    Reading,
    Site,
    Snapshot,
    State,
)

NOW_S = 1_000_000.0
VOLTAGE_V = 230
THRESHOLD_W = 3000


def rows(name: str) -> list[object]:
    """Return the rows of a table, each as a test case with the row's name."""
    with (Path(__file__).parent / "data" / name).open(newline="") as file:
        return [pytest.param(row, id=row["case"]) for row in csv.DictReader(file)]


def told(text: str, now_s: float = NOW_S) -> Reading | None:
    """Return a number in a table as a reading; None where there is none."""
    return Reading(float(text), now_s) if text not in ("", "unknown") else None


def snapshot(
    site: Site,
    grid_w: float,
    chargers: tuple[ChargerReading, ...],
    now_s: float = NOW_S,
    **known: Reading | None,
) -> Snapshot:
    """Return what is known when the grid gives so much to house, battery and sun.

    That is spread evenly over the phases; what the cars draw comes on top.
    """
    amps = [grid_w / VOLTAGE_V / 3] * 3
    for charger, reading in zip(site.chargers, chargers, strict=True):
        for phase in charger.phases:
            drawn = reading.measured_a[0]
            amps[phase] += 0.0 if drawn is None else drawn.value
    first, second, third = (Reading(value, now_s) for value in amps)
    return Snapshot(
        phase_currents_a=(first, second, third),
        total_power_w=Reading(sum(amps) * VOLTAGE_V, now_s),
        chargers=chargers,
        **known,
    )


def car(
    current_a: float,
    now_s: float = NOW_S,
    status: ChargerStatus = ChargerStatus.CONNECTED,
    charger_id: str = "garage",
) -> ChargerReading:
    """Return what a charger tells of a car that draws so much."""
    return ChargerReading(
        charger_id=charger_id,
        status=status,
        measured_a=(Reading(current_a, now_s),),
        accepted=Reading(current_a, now_s),
    )


def site_of(row: dict[str, str]) -> Site:
    """Return the site of a row: 3 x 25 A, and a charger of 6 to 16 A."""
    charger_mode = row["charger_mode"]
    kind = MeterKind.TOTAL if row["meter"] == "total" else MeterKind.PER_PHASE
    return Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25, 25, 25)),),
        chargers=(
            Charger(
                charger_id="garage",
                circuit_id="grid",
                phases=ALL_PHASES[: int(row["phases"])],
                charging_mode=ChargingMode(charger_mode) if charger_mode else None,
                measures_current=True,
            ),
        ),
        meter=Meter(kind=kind),
        can_export=True,
        charging_mode=ChargingMode(row["mode"]),
        battery=Battery() if row["soc"] else None,
        allow_grid_charging=row["allow_grid"] != "no",
        power_buffer_w=float(row["buffer_w"] or 0),
        excess_threshold_w=float(row["threshold_w"] or 13000),
    )


def before(site: Site, row: dict[str, str], set_a: float) -> State:
    """Return what the engine knew: an empty place, or a car that charges."""
    state = State()
    if row["soc_before"]:
        away = car(0, NOW_S - 60, ChargerStatus.DISCONNECTED)
        soc = told(row["soc_before"], NOW_S - 60)
        seen = snapshot(site, 500, (away,), NOW_S - 60, battery_soc_percent=soc)
        state = decide(site, state, seen, NOW_S - 60).state
    if not set_a:
        return state
    charging = resume(site, {"garage": set_a}, NOW_S - 600)
    point = SetPoint(set_a, NOW_S - 600, NOW_S - 600)
    charger = replace(charging.chargers[0], set_points=(point,), sent_s=NOW_S - 600)
    return replace(charging, chargers=(charger,), battery=state.battery)


@pytest.mark.parametrize("row", rows("modes.csv"))
def test_mode(row: dict[str, str]) -> None:
    """One row: what the car gets, why not more, and what is missing for it."""
    site = site_of(row)
    set_a = float(row["set_a"] or 0)
    battery_w = float(row["battery_w"] or 0)
    sun_w = float(row["sun_w"] or 0)
    grid_w = float(row["house_w"]) - sun_w + battery_w
    known = snapshot(
        site,
        grid_w,
        (car(set_a),),
        battery_soc_percent=told(row["soc"]),
        battery_power_w=told("" if row["battery_told"] else row["battery_w"]),
        solar_power_w=told(row["sun_w"] if row["sun_told"] else ""),
    )
    decided = decide(site, before(site, row, set_a), known, NOW_S).chargers[0]
    got = (decided.set_a, decided.limiting.factor.value, round(decided.missing_w, 3))
    assert got == (
        float(row["expected_a"]),
        row["reason"],
        float(row["missing_w"]),
    )


def site_of_several(row: dict[str, str]) -> Site:
    """Return 3 x 40 A with a charger per mode, one after the other on L1 to L3."""
    chargers = []
    for place, text in enumerate(row["cars"].split()):
        mode, phases = text.split(":")
        wires = ALL_PHASES if phases == "3" else (ALL_PHASES[place % 3],)
        if phases == "1" and "one fuse" in row["case"]:
            wires = ALL_PHASES[:1]
        chargers.append(
            Charger(
                charger_id=f"car {place}",
                circuit_id="grid",
                phases=wires,
                charging_mode=ChargingMode(mode),
                measures_current=True,
            )
        )
    amps = 25 if "one fuse" in row["case"] else 40
    return Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(amps, amps, amps)),),
        chargers=tuple(chargers),
        can_export=True,
        excess_threshold_w=THRESHOLD_W,
        battery=Battery() if row["soc"] else None,
        allow_grid_charging=row["allow_grid"] != "no",
    )


def settle(site: Site, row: dict[str, str], seconds: int) -> Decision:
    """Let cars that follow at once live with the engine for a while."""
    drawn_a = dict.fromkeys((row.charger_id for row in site.chargers), 0.0)
    grid_w = float(row["house_w"]) - float(row["sun_w"] or 0)
    state = State()
    accepted: dict[str, Reading] = {}
    for second in range(seconds):
        now_s = NOW_S + second
        readings = tuple(
            replace(car(amps, now_s, charger_id=name), accepted=accepted.get(name))
            for name, amps in drawn_a.items()
        )
        known = snapshot(
            site, grid_w, readings, now_s, battery_soc_percent=told(row["soc"])
        )
        decision = decide(site, state, known, now_s)
        state = decision.state
        for decided in decision.chargers:
            drawn_a[decided.charger_id] = decided.set_a
            if decided.send:
                accepted[decided.charger_id] = Reading(decided.set_a, now_s)
    return decision


@pytest.mark.parametrize("row", rows("several.csv"))
def test_several_cars_in_modes_of_their_own(row: dict[str, str]) -> None:
    """One row: what each car has once all has settled, grace and pause over."""
    decision = settle(site_of_several(row), row, 800)
    expected_a = [float(amps) for amps in row["expected_a"].split()]
    assert [decided.set_a for decided in decision.chargers] == expected_a
