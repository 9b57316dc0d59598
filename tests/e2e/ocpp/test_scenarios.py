"""Each habit of a station holds the fuse with the real `ocpp` integration."""

import asyncio
from pathlib import Path

import pytest

from .scenarios import REAL, SCENARIOS, play

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not REAL,
        reason="EV_LB_OCPP_INTEGRATION is not the folder of the real integration",
    ),
]


@pytest.mark.parametrize("python", [".venv"], ids=["tested release"], indirect=True)
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_habit_of_a_station_is_handled(
    name: str, python: Path, tmp_path: Path
) -> None:
    seen = asyncio.run(play(name, tmp_path, python))

    assert seen.over_s <= SCENARIOS[name].allowed_s, seen
    assert seen.share >= SCENARIOS[name].least_share, seen
