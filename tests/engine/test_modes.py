"""What each mode makes of sun, battery and grid: the tables in data/*.csv."""

from copy import replace
import csv
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Battery,
    Charger,
    ChargerReading,
    ChargerStatus,
    ChargingMode,
    Circuit,
    Decision,
    DistributionMode,
    LimitingFactor,
    Meter,
    MeterKind,
    Reading,
    Site,
    Snapshot,
    State,
)
from custom_components.ev_lb.engine.model.state import SetPoint
from tests.searching import examples

from .garage import changes
from .sunny_home import sunny_home

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
    **known: Any,
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
    for second in range(0, seconds, 5):
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
    decision = settle(site_of_several(row), row, 500)
    expected_a = [float(amps) for amps in row["expected_a"].split()]
    assert [decided.set_a for decided in decision.chargers] == expected_a


def sunny(second: int) -> float:
    """Return the sun's power behind a cloud of a minute every four minutes, W."""
    return 1200 if second % 240 >= 180 else 5000


def test_passing_clouds_neither_stop_the_car_nor_make_it_nervous() -> None:
    """Each cloud is at most one way down and a few steps up again."""
    run = sunny_home(sunny, charging_mode=ChargingMode.SOLAR)
    run.until(3600)
    assert run.plant.statistics().stops == 0
    assert run.plant.statistics().starts == 1
    assert len(changes(run)) <= 15 * 4
    assert run.plant.statistics().imported_kwh <= 0.45


@pytest.mark.parametrize("mode", [ChargingMode.SOLAR, ChargingMode.EXCESS])
def test_long_cloud_stops_the_car_after_its_grace(mode: ChargingMode) -> None:
    """It holds its minimum for five minutes, then waits for the sun to last."""
    run = sunny_home(
        lambda second: 800 if 900 <= second < 1800 else 3700,
        charging_mode=mode,
        excess_threshold_w=500,
    )
    run.until(900)
    high_a = run.set_a()["charger"]
    assert high_a > 6
    decision = run.until(1100)
    assert decision.chargers[0].set_a == 6
    assert decision.chargers[0].missing_w > 0
    decision = run.until(1700)
    assert decision.chargers[0].set_a == 0
    assert decision.chargers[0].limiting.factor is LimitingFactor.SOLAR
    expected_w = 1080 if mode is ChargingMode.SOLAR else 200
    assert decision.chargers[0].missing_w == pytest.approx(expected_w, abs=70)
    stop = next(row for row in changes(run) if row.current_a == 0)
    assert 1200 <= stop.time_s <= 1240
    run.until(2000)
    restart = changes(run, stop.time_s + 1)[0]
    assert restart.time_s >= 1800 + 30
    assert run.set_a()["charger"] == high_a


def test_stop_for_the_sun_lasts_the_pause() -> None:
    run = sunny_home(
        lambda second: 800 if 600 <= second < 960 else 3700,
        charging_mode=ChargingMode.SOLAR,
    )
    run.until(1500)
    stop, restart = changes(run, 900)[:2]
    assert (stop.current_a, restart.before_a) == (0, 0)
    assert restart.time_s - stop.time_s >= 180


@pytest.mark.parametrize(
    ("mode", "soc_percent", "battery_report_s", "meter_s", "measures_current"),
    [
        (ChargingMode.SOLAR, 50.0, 1, 1, True),
        (ChargingMode.SOLAR, 79.5, 10, 10, True),
        (ChargingMode.SOLAR, 85.0, 1, 1, True),
        (ChargingMode.SOLAR, 85.0, 1, 10, False),
        (ChargingMode.SOLAR, 85.0, 10, 1, False),
        (ChargingMode.SOLAR, 85.0, None, 10, True),
        (ChargingMode.ECO, 50.0, 10, 1, True),
        (ChargingMode.ECO, 79.5, 10, 10, False),
        (ChargingMode.ECO, 85.0, 1, 10, True),
    ],
)
def test_battery_and_car_do_not_chase_each_other(
    mode: ChargingMode,
    soc_percent: float,
    battery_report_s: float | None,
    meter_s: float,
    measures_current: bool,
) -> None:
    """The battery's controller and the engine come to rest after each change."""
    run = sunny_home(
        lambda second: 4500 if second < 400 else 2800,
        soc_percent=soc_percent,
        battery_report_s=battery_report_s,
        meter_s=meter_s,
        measures_current=measures_current,
        charging_mode=mode,
    )
    run.until(800)
    assert len(changes(run)) <= 12
    assert run.plant.statistics().stops <= 1
    assert not changes(run, 600) or battery_report_s is None
    assert run.plant.statistics().imported_kwh <= 0.02


def test_car_in_solar_mode_does_not_empty_a_battery_that_tells_no_power() -> None:
    """The car gives way until the sun itself is seen, and stops at night."""
    run = sunny_home(
        lambda second: 6000 if second < 600 else 0,
        soc_percent=100.0,
        battery_report_s=None,
        charging_mode=ChargingMode.SOLAR,
    )
    run.until(600)
    assert run.set_a()["charger"] >= 15
    run.until(1300)
    assert run.set_a()["charger"] == 0


def test_charge_that_is_lost_for_a_while_stops_no_car() -> None:
    """A battery within its hysteresis stays there until the charge is long gone."""
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25, 25, 25)),),
        chargers=(Charger(charger_id="garage", circuit_id="grid"),),
        charging_mode=ChargingMode.SOLAR,
        can_export=True,
        battery=Battery(),
        solar_grace_s=0,
    )
    state, given = State(), {}
    for after_s, soc in ((0, 81), (60, 78), (120, None), (900, None), (990, None)):
        now_s = NOW_S + after_s
        charge = None if soc is None else Reading(soc, now_s)
        cars = (car(16 if given else 0, now_s),)
        seen = snapshot(site, -11500, cars, now_s, battery_soc_percent=charge)
        decision = decide(site, state, seen, now_s)
        state = decision.state
        given[after_s] = state.battery.at_target
    assert given == {0: True, 60: True, 120: True, 900: True, 990: False}


@settings(max_examples=examples(200))
@example(
    [ChargingMode.STANDARD, ChargingMode.ECO, ChargingMode.ECO],
    23,
    DistributionMode.WEIGHTED,
)
@given(
    st.lists(
        st.sampled_from([row for row in ChargingMode if row is not ChargingMode.OFF]),
        min_size=2,
        max_size=4,
    ),
    st.integers(0, 40),
    st.sampled_from(DistributionMode),
)
def test_no_car_starts_on_sun_that_another_takes_in_the_same_decision(
    modes: list[ChargingMode], surplus_a: int, mode: DistributionMode
) -> None:
    """Whatever the modes: what stands before it is taken off what is left over."""
    reading = Reading(-float(surplus_a), 100.0)
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(63, 63, 63)),),
        can_export=True,
        distribution_mode=mode,
        excess_threshold_w=690.0,
        chargers=tuple(
            Charger(charger_id=f"{place}", circuit_id="grid", charging_mode=row)
            for place, row in enumerate(modes)
        ),
    )
    snapshot = Snapshot(
        phase_currents_a=(reading, reading, reading),
        chargers=tuple(
            ChargerReading(charger_id=f"{row}") for row in range(len(modes))
        ),
    )
    decision = decide(site, State(), snapshot, 100.0)
    taken_a = dict.fromkeys(ChargingMode, 0.0)
    for row, given_mode in zip(decision.chargers, modes, strict=True):
        taken_a[given_mode] += row.set_a
    before_a = taken_a[ChargingMode.STANDARD] + taken_a[ChargingMode.ECO]
    minima_a = 6 * modes.count(ChargingMode.ECO)
    for row, given_mode in zip(decision.chargers, modes, strict=True):
        if given_mode is ChargingMode.ECO:
            assert row.set_a <= max(6, surplus_a)
    if taken_a[ChargingMode.ECO] > minima_a:
        assert before_a <= surplus_a
    if taken_a[ChargingMode.SOLAR]:
        assert taken_a[ChargingMode.SOLAR] + before_a <= surplus_a
    before_a += taken_a[ChargingMode.SOLAR]
    if taken_a[ChargingMode.EXCESS]:
        assert before_a < surplus_a - 1
