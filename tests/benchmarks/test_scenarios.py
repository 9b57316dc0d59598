"""Scenarios are made of the data of a folder, and of seeds."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.data import SHIPPED, DataFolder, DataMissingError
from benchmarks.overlays import APPLIANCES, HEAT_PUMP, overlay
from benchmarks.scenarios import SCENARIOS, Timing, build


def test_shipped_data_makes_a_day_that_keeps_its_energy() -> None:
    folder = DataFolder(SHIPPED)
    case = build(SCENARIOS["NL25"], Timing(), folder, seed=1, days=1)
    means_w = folder.minute_means_w("load_refit20_*", days=1)["total"]
    assert case.house_a.shape == (3, 86400)
    assert case.house_a.sum() * 230 == pytest.approx(means_w.sum() * 60, rel=1e-6)
    assert [(row.start_s, row.end_s) for row in case.visits] == [
        (0, 8 * 3600),
        (17 * 3600, 86400),
    ]


def test_missing_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match=r"load_ideal.*in"):
        build(SCENARIOS["UK60"], Timing(), DataFolder(tmp_path), seed=1, days=1)


def test_car_park_never_has_two_cars_at_a_station() -> None:
    case = build(SCENARIOS["DEPOT200"], Timing(), DataFolder(SHIPPED), seed=1, days=2)
    assert len({row.charger for row in case.visits}) > 100
    for place in range(200):
        here = sorted(
            (row.start_s, row.end_s) for row in case.visits if row.charger == place
        )
        assert all(end_s < start_s for (_, end_s), (start_s, _) in pairwise(here))


@pytest.mark.parametrize("kind", [*APPLIANCES, HEAT_PUMP])
def test_overlays_are_seeded(kind: str) -> None:
    first = overlay(kind, 7, seed=1)
    assert first.shape == (3, 7 * 86400)
    assert first.min() == 0
    assert first.max() > 4
    assert np.array_equal(first, overlay(kind, 7, seed=1))
    assert not np.array_equal(first, overlay(kind, 7, seed=2))
