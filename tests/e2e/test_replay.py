"""Replay of what a real run of the demo left in Home Assistant's recorder."""

from collections.abc import Iterator
from datetime import datetime
import json
from pathlib import Path
import re
from statistics import mean
import subprocess
from typing import Any, Final

from homeassistant.components.recorder.db_schema import (
    Base,
    StateAttributes,
    States,
    StatesMeta,
)
import pytest
from sqlalchemy import create_engine, insert, select
from sqlalchemy.engine import URL

from tools.home_assistant_process import ROOT

from .postgresql import running_postgresql

pytestmark = pytest.mark.e2e

SPEED: Final = 10
MINUTES: Final = 0.3
SET_POINT: Final = "sensor.garage_current_set"
PLUG: Final = "switch.garage_hardware_car_plugged_in"
METER: Final = "sensor.simulated_home_hardware_meter_current_{}"
OPTIONS: Final = (
    *(
        option
        for phase in ("l1", "l2", "l3")
        for option in ("--meter", METER.format(phase))
    ),
    *("--car", "sensor.garage_hardware_car_current"),
    *("--status", "sensor.garage_hardware_car_status"),
    *("--speed", str(SPEED)),
)
REPORT_S: Final = 3.0
"""Meter and car report each second of the simulated home, each at its own moment."""
APART_A: Final = 0.5
"""Between the set-points of demo and replay at most, on average over time, A."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run the demo; return its database, and what it printed."""
    folder = tmp_path_factory.mktemp("replay") / "demo"
    finished = subprocess.run(
        [
            *("scripts/demo", "--minutes", str(MINUTES), "--speed", str(SPEED)),
            *("--headless", "--folder", str(folder)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return folder / "home-assistant_v2.db", finished.stdout


@pytest.fixture(scope="module")
def replayed(demo: tuple[Path, str]) -> Any:
    """Return the replay of the demo's database."""
    return replay(str(demo[0]), demo[0])


def replay(source: str, database: Path) -> Any:
    """Replay the home from its last start on."""
    start_s = set_points(database)[0][0]
    finished = subprocess.run(
        [
            *("scripts/evlb", "replay", source, *OPTIONS),
            *("--from", repr(start_s), "--json"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_it_commands_what_the_demo_commanded(
    demo: tuple[Path, str], replayed: Any
) -> None:
    """Highest and lowest set-points within a step, and nearly the same all along.

    At ten times the speed a report or a decision that comes a tenth of a second later
    splits one cut in two, or lets a raise wait for the next calm reading.
    """
    database, printed = demo
    start_s, end_s = (
        datetime.fromisoformat(replayed[key]).timestamp() for key in ("start", "end")
    )
    commanded = [
        (start_s + (time_s - start_s) * SPEED, current_a)
        for time_s, current_a in set_points(database)
    ]
    found = [
        (datetime.fromisoformat(row["time"]).timestamp(), row["current_a"])
        for row in replayed["commands"]
    ]
    # Before, the demo takes the car away for a moment.
    came_s = start_s + (plugged_in_s(database) - start_s) * SPEED + REPORT_S
    seconds = [came_s + second for second in range(int(end_s - came_s))]
    assert len(seconds) >= 60, printed
    theirs, ours = (
        [value_at(rows, time_s) for time_s in seconds] for rows in (commanded, found)
    )

    assert len(set(theirs)) >= 3, printed
    assert (min(ours), max(ours)) == pytest.approx((min(theirs), max(theirs)), abs=1)
    apart_a = [abs(one - other) for one, other in zip(ours, theirs, strict=True)]
    assert mean(apart_a) <= APART_A, (commanded, found)


def test_it_finds_what_really_flowed(demo: tuple[Path, str], replayed: Any) -> None:
    summary = demo[1].partition("\n\n")[2]
    energy_kwh = float(number_of(summary, "Energy into the car"))
    peak_a = float(number_of(summary, "Highest current on a phase"))
    was = replayed["as_it_was"]

    # The demo goes on for some seconds after the meter's last change, and tells
    # its energy in hundredths.
    assert 0 < sum(was["energy_kwh"].values()) <= energy_kwh + 0.005
    peaks_a = [row["peak_a"] for row in was["phases"].values()]
    assert max(peaks_a) == pytest.approx(peak_a, abs=0.2)
    after = replayed["with_ev_load_balancer"]
    # A raise by 2 A that waits for the next calm reading, 20 s, is 3 % of it.
    assert sum(after["energy_kwh"].values()) == pytest.approx(
        sum(was["energy_kwh"].values()), rel=0.07
    )
    assert after["meter_lost_s"] == 0


def test_postgresql_gives_the_same(
    demo: tuple[Path, str], replayed: Any, postgresql: URL
) -> None:
    copy_recorder(demo[0], postgresql)

    address = postgresql.render_as_string(hide_password=False)
    assert replay(address, demo[0]) == replayed


@pytest.fixture
def postgresql() -> Iterator[URL]:
    with running_postgresql() as url:
        yield url


def copy_recorder(database: Path, url: URL) -> None:
    """Copy what the recorder wrote into the tables that it would make there."""
    source = create_engine(f"sqlite:///{database}")
    target = create_engine(url.set(drivername="postgresql+psycopg"))
    Base.metadata.create_all(target)
    with source.connect() as reader, target.begin() as writer:
        for table in (StatesMeta, StateAttributes, States):
            columns = table.__table__
            rows = [row._asdict() for row in reader.execute(select(columns))]
            links = [
                row | {"old_state_id": None} for row in rows if "old_state_id" in row
            ]
            writer.execute(insert(columns), links or rows)
    for engine in (source, target):
        engine.dispose()


def set_points(database: Path) -> list[tuple[float, float]]:
    """Return when the charger was set to what, as the recorder knows it.

    The demo's home starts anew for its charger: what counts is its last start.
    """
    values: list[tuple[float, float]] = []
    for time_s, state in states(database, SET_POINT):
        if state == "unavailable":
            values.clear()
        elif state != "unknown":
            values.append((time_s, float(state)))
    return values


def value_at(rows: list[tuple[float, float]], time_s: float) -> float:
    """Return the set-point at a time, 0 A before the first one."""
    return next((value for start_s, value in reversed(rows) if start_s <= time_s), 0.0)


def plugged_in_s(database: Path) -> float:
    """Return when the car was plugged in last."""
    return max(time_s for time_s, state in states(database, PLUG) if state == "on")


def states(database: Path, entity_id: str) -> list[tuple[float, str]]:
    """Return the states of an entity with the times of their changes."""
    engine = create_engine(f"sqlite:///{database}")
    with engine.connect() as connection:
        rows = connection.execute(
            select(States.last_updated_ts, States.state)
            .join(StatesMeta, States.metadata_id == StatesMeta.metadata_id)
            .where(StatesMeta.entity_id == entity_id)
            .where(States.state.is_not(None))
            .order_by(States.last_updated_ts)
        )
        found = [(time_s, state) for time_s, state in rows]
    engine.dispose()
    return found


def number_of(summary: str, label: str) -> str:
    found = re.search(rf"{re.escape(label)}\s+([0-9.]+)", summary)
    assert found is not None, summary
    return found.group(1)
