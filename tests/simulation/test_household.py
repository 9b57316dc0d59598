"""The recorded day is the one that its README says."""

from array import array
from hashlib import sha256
from itertools import pairwise
from math import inf
from pathlib import Path
import re

import pytest

from custom_components.ev_lb.engine.model import PerPhase
from custom_components.ev_lb.simulation.household import (
    DAY_S,
    RECORDED_DAY,
    HouseholdLoad,
    PhaseColumns,
    SolarOutput,
    clear_day,
    recorded_day,
)
from custom_components.ev_lb.simulation.plant import PlantConfiguration

README = Path(RECORDED_DAY).with_name("README.md").read_text(encoding="utf-8")
VOLTAGE_V = 230


@pytest.fixture(name="powers_w", scope="module")
def all_seconds() -> list[PerPhase]:
    day = recorded_day()
    return [day.power_w(second) for second in range(DAY_S)]


def stated(row: str) -> str:
    found = re.search(rf"^\| {row}.*\| (.*) \|$", README, re.MULTILINE)
    assert found, row
    return found[1]


def means_w(powers_w: list[PerPhase], seconds: int) -> list[float]:
    return [
        sum(map(sum, powers_w[start : start + seconds])) / seconds
        for start in range(0, DAY_S, seconds)
    ]


def test_minute_means_are_the_source_s(powers_w: list[PerPhase]) -> None:
    lines = "\n".join(str(round(mean_w)) for mean_w in means_w(powers_w, 60))
    assert stated("minute means") == f"`{sha256(lines.encode()).hexdigest()}`"


def test_hourly_means_are_the_source_s(powers_w: list[PerPhase]) -> None:
    hours_w = [float(value) for value in stated("hourly means").split()]
    assert means_w(powers_w, 3600) == pytest.approx(hours_w, abs=0.2)
    energy_kwh = sum(map(sum, powers_w)) / 3.6e6
    assert stated("energy") == f"{energy_kwh:.2f} kWh"


def test_peaks_are_as_stated(powers_w: list[PerPhase]) -> None:
    peaks_a = [max(phase) / VOLTAGE_V for phase in zip(*powers_w, strict=True)]
    assert stated("peaks") == ", ".join(f"{peak_a:.2f} A" for peak_a in peaks_a)


def test_readme_credits_and_tells_real_from_synthetic() -> None:
    for words in ("REFIT", "Murray", "CC BY 4.0", "**Real**", "**Synthetic**"):
        assert words in README


def test_day_needs_balancing_but_only_with_a_car(powers_w: list[PerPhase]) -> None:
    """3 x 25 A with a car of 16 A: more than 9 A of the house is too much."""
    highest_a = [max(power_w) / VOLTAGE_V for power_w in powers_w]
    assert max(highest_a) < 25
    assert sum(current_a > 9 for current_a in highest_a) > 30 * 60
    assert any(current_a > 16 for current_a in highest_a)


def test_plant_starts_where_the_day_is_lively(powers_w: list[PerPhase]) -> None:
    start = round(PlantConfiguration().start_hour * 3600)
    too_much = [
        max(power_w) / VOLTAGE_V > 9 for power_w in powers_w[start : start + 600]
    ]
    rises = [now and not before for before, now in pairwise(too_much)]
    assert sum(rises) >= 5


def test_day_is_small() -> None:
    assert RECORDED_DAY.stat().st_size < 150_000


def test_load_repeats() -> None:
    first, second = (1.0, 2.0, 3.0), (4.0, 5.0, 6.0)
    load = HouseholdLoad((0, 10), (first, second), length_s=30)
    assert [load.power_w(s) for s in (0, 9, 10, 29, 30, 39, 40)] == [
        *(first, first, second, second),
        *(first, first, second),
    ]
    assert [load.next_change_s(s) for s in (0, 9, 10, 29, 30, 45)] == [
        *(10, 10, 30, 30, 40, 60),
    ]


def test_constant_load_never_changes() -> None:
    load = HouseholdLoad((0,), ((1.0, 2.0, 3.0),))
    assert load.power_w(100_000) == (1.0, 2.0, 3.0)
    assert load.next_change_s(5) == inf


def test_course_that_does_not_repeat_stays_as_it_is_at_its_ends() -> None:
    sun = SolarOutput((10, 20), (100.0, 50.0), length_s=None)
    assert [sun.power_w(s) for s in (-5, 0, 10, 19, 20, 10**7)] == [
        *(100, 100, 100, 100, 50, 50),
    ]
    assert [sun.next_change_s(s) for s in (0, 10, 20)] == [10, 20, inf]


def test_columns_are_read_as_rows() -> None:
    """So that weeks of changes each second need little memory."""
    first, second = array("d", (1, 2, 3)), array("f", (4, 5, 6))
    rows = PhaseColumns(memoryview(first), second, [7.0, 8.0, 9.0])
    load = HouseholdLoad(range(3), rows, length_s=3)
    assert [load.power_w(s) for s in range(4)] == [
        *((1, 4, 7), (2, 5, 8), (3, 6, 9), (1, 4, 7)),
    ]
    assert list(rows[1:]) == [(2, 5, 8), (3, 6, 9)]
    with pytest.raises(ValueError, match="length"):
        PhaseColumns((1.0,), (1.0,), ())


def test_a_clear_day_has_its_peak_in_the_middle_of_the_daylight() -> None:
    day = clear_day(8000.0)
    assert day.power_w(13 * 3600) == pytest.approx(8000)
    assert day.power_w(9 * 3600) == pytest.approx(day.power_w(17 * 3600), rel=0.01)
    assert day.power_w(5 * 3600) == day.power_w(21 * 3600) == 0
    assert min(day.powers_w) == 0
