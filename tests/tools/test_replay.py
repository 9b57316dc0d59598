"""Recorded history in, what would have been out: what users of `evlb replay` see."""

from collections.abc import Callable, Sequence
from contextlib import closing
import csv
from datetime import datetime, timedelta
import json
from pathlib import Path
import re
import shlex
import sqlite3
from typing import Any

from homeassistant.components.recorder.db_schema import (
    Base,
    StateAttributes,
    States,
    StatesMeta,
)
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from tools.evlb.__main__ import app

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "replay.md"
EXAMPLES = ROOT / "docs" / "examples" / "decide"
START = datetime(2026, 11, 20, 18).astimezone()
VOLTAGE_V = 230.0
LAST_S = 300
METER = ("sensor.l1", "sensor.l2", "sensor.l3")
CAR = "sensor.car"
STATUS = "sensor.status"
OPTIONS = ("--meter", METER[0], "--meter", METER[1], "--meter", METER[2], "--car", CAR)

type Told = tuple[float, str, float | None]
"""Second, state, and the second when it was last reported."""


def run(*arguments: str) -> tuple[str, str, int]:
    """Return what the command line prints, what it complains of, and its exit code."""
    result = CliRunner().invoke(app, ["replay", *arguments])
    return result.stdout, result.stderr, result.exit_code


def replayed(*arguments: str) -> Any:
    """Return what `--json` tells."""
    output, complaint, code = run(*arguments, "--json")
    assert (complaint, code) == ("", 0)
    return json.loads(output)


def essence(found: Any) -> object:
    """Return what must not depend on how often an unchanged value was told."""
    commands = found["commands"]
    return commands[0], [row["current_a"] for row in commands], found["as_it_was"]


def kettle(second: int) -> float:
    """Return what the house draws on L1, A: for a minute there is more than usual.

    Its last value is another one: of that the recorder knows when it was told.
    """
    if second == LAST_S:
        return 3.1
    return 18.0 if 120 <= second < 180 else 3.0


def meter_row(second: int, car_a: float, wires: int = 3) -> list[float]:
    """Return what the meter tells of each phase, A."""
    house_a = (kettle(second), 1.0, 2.0)
    return [
        house + (car_a if wire < wires else 0.0) for wire, house in enumerate(house_a)
    ]


def write_csv(path: Path, rows: Sequence[Sequence[object]]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return str(path)


@pytest.fixture
def columns(tmp_path: Path) -> str:
    """Return a file with a column for each phase and the car, at 16 A all the time."""
    return write_csv(
        tmp_path / "home.csv",
        [
            ["time", *METER, CAR],
            *(
                [
                    (START + timedelta(seconds=second)).isoformat(),
                    *meter_row(second, 16.0),
                    16.0,
                ]
                for second in range(LAST_S + 1)
            ),
        ],
    )


def write_recorder(
    path: Path, told: dict[str, list[Told]], units: dict[str, str]
) -> str:
    """Write a database with the recorder's own tables."""
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for entity_id, rows in told.items():
            meta = StatesMeta(entity_id=entity_id)
            unit = json.dumps({"unit_of_measurement": units.get(entity_id)})
            attributes = StateAttributes(hash=0, shared_attrs=unit)
            session.add_all((meta, attributes))
            session.flush()
            for second, text, reported in rows:
                session.add(
                    States(
                        state=text,
                        metadata_id=meta.metadata_id,
                        attributes_id=attributes.attributes_id,
                        last_updated_ts=START.timestamp() + second,
                        last_reported_ts=None
                        if reported is None
                        else START.timestamp() + reported,
                    )
                )
        session.commit()
    engine.dispose()
    return str(path)


def changes(value: Callable[[int], object]) -> list[Told]:
    """Return the rows that the recorder keeps of a value that is told each second."""
    rows: list[Told] = []
    for second in range(LAST_S + 1):
        text = str(value(second))
        if rows and rows[-1][1] == text:
            rows[-1] = (rows[-1][0], text, float(second))
        else:
            rows.append((float(second), text, None))
    return rows


def home(car_a: Callable[[int], float], wires: int = 3) -> dict[str, list[Told]]:
    told = {
        entity_id: changes(
            lambda second, wire=wire: round(
                meter_row(second, car_a(second), wires)[wire], 1
            )
        )
        for wire, entity_id in enumerate(METER)
    }
    return told | {CAR: changes(car_a)}


UNITS = dict.fromkeys((*METER, CAR), "A")


def test_a_file_of_columns_tells_what_control_would_have_changed(columns: str) -> None:
    found = replayed(columns, *OPTIONS)

    before, after = found["as_it_was"], found["with_ev_load_balancer"]
    assert before["longest_car_overload_s"] == 60
    assert before["car_overload_as"] == pytest.approx(60 * (18 + 16 - 25))
    assert before["phases"]["l1"]["peak_a"] == 34
    assert before["phases"]["l2"]["car_overload_as"] == 0
    assert after["longest_car_overload_s"] <= 8
    used = [row["phases"]["l1"]["breaker_headroom_used"] for row in (before, after)]
    assert used[1]["typical"] < used[0]["typical"]
    cut, *_, raised = found["commands"]
    assert (cut["before_a"], cut["current_a"], cut["limiting_factor"]) == (
        16,
        7,
        "fuse",
    )
    assert datetime.fromisoformat(cut["time"]) == START + timedelta(seconds=120)
    assert raised["current_a"] == 16
    assert found["series"][0]["house_a"] == [3, 1, 2]


def test_the_recorder_tells_the_same(columns: str, tmp_path: Path) -> None:
    database = write_recorder(tmp_path / "home.db", home(lambda _: 16.0), UNITS)

    found = replayed(database, *OPTIONS)

    expected = replayed(columns, *OPTIONS)
    assert essence(found) == essence(expected)
    address = replayed(f"sqlite:///{database}", *OPTIONS)
    assert address == found


def test_times_may_be_decimal_numbers(tmp_path: Path) -> None:
    database = write_recorder(tmp_path / "home.db", home(lambda _: 16.0), UNITS)
    expected = replayed(database, *OPTIONS, "--speed", "0.5")
    # That is what MariaDB's tables look like to SQLAlchemy.
    columns = "metadata_id, state, attributes_id, last_updated_ts, last_reported_ts"
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(
            "ALTER TABLE states RENAME TO before;"
            "CREATE TABLE states (metadata_id INTEGER, state TEXT,"
            " attributes_id INTEGER, last_updated_ts DECIMAL(20, 6),"
            " last_reported_ts DECIMAL(20, 6));"
            f"INSERT INTO states SELECT {columns} FROM before;"
        )

    assert replayed(database, *OPTIONS, "--speed", "0.5") == expected


def test_units_and_signs_are_read(tmp_path: Path, columns: str) -> None:
    told = home(lambda _: 16.0)
    powers = {
        entity_id: [
            (second, str(round(-float(text) * VOLTAGE_V / 1000, 4)), reported)
            for second, text, reported in rows
        ]
        for entity_id, rows in told.items()
    }
    units = dict.fromkeys(METER, "kW") | {CAR: "mA"}
    powers[CAR] = [(0.0, "16000", 300.0)]
    database = write_recorder(tmp_path / "home.db", powers, units)

    found = replayed(database, *OPTIONS, "--invert")

    expected = replayed(columns, *OPTIONS)
    assert essence(found) == essence(expected)


def test_one_phase_of_a_car_is_found_and_so_is_a_late_meter(tmp_path: Path) -> None:
    def car_a(second: int) -> float:
        return 0.0 if second < 60 or 200 <= second < 230 else 16.0

    def late_a(second: int) -> float:
        return car_a(second - 4)

    told = home(late_a, wires=1) | {CAR: changes(car_a)}
    database = write_recorder(tmp_path / "home.db", told, UNITS)

    found = replayed(database, *OPTIONS)

    (line,) = (line for line in found["summary"] if "house = meter - car" in line)
    assert "on 1 phase, with the meter 4 s after the car's sensor" in line
    assert {point["house_a"][0] for point in found["series"]} == {3, 18}


def test_a_slow_charger_hides_neither_phases_nor_lag(tmp_path: Path) -> None:
    def car_a(second: int) -> float:
        return 16.0 if 70 <= second < 200 else 0.0

    def slow_a(second: int) -> float:
        return car_a(second // 30 * 30)

    told = home(car_a) | {CAR: changes(slow_a)}
    database = write_recorder(tmp_path / "home.db", told, UNITS)

    found = replayed(database, *OPTIONS)

    (line,) = (line for line in found["summary"] if "house = meter - car" in line)
    assert re.search(r"on 3 phases, with the meter (1\d|20) s before", line)
    assert (
        min(current for point in found["series"] for current in point["house_a"]) >= 0
    )
    assert found["with_ev_load_balancer"]["meter_lost_s"] == 0


def test_a_silent_meter_is_lost_and_a_lost_one_too(tmp_path: Path) -> None:
    told = home(lambda _: 16.0)
    told[METER[1]] = [(0.0, "17.0", 60.0), (200.0, "17.1", None), (300.0, "17", None)]
    told[METER[2]] = [(0.0, "18.0", 300.0), (240.0, "unavailable", None)]
    database = write_recorder(tmp_path / "home.db", told, UNITS)

    found = replayed(database, *OPTIONS)

    lost = [row for row in found["commands"] if row["limiting_factor"] == "meter_lost"]
    assert lost[0]["current_a"] == 0
    # 60 s after it was heard last, until it is heard again; then L3, after its grace of
    # 10 s.
    assert found["with_ev_load_balancer"]["meter_lost_s"] == pytest.approx(130, abs=2)


def test_what_is_reported_in_one_go_is_one_piece_of_news(tmp_path: Path) -> None:
    """A meter of three entities writes them one after the other; one cut answers."""
    loads_a = {METER[0]: 12.0, METER[1]: 16.0, METER[2]: 18.0}
    told: dict[str, list[Told]] = {CAR: [(0.0, "16.0", float(LAST_S))]}
    for place, (entity_id, load_a) in enumerate(loads_a.items()):
        late_s = 0.004 * place
        told[entity_id] = [
            (late_s, "17.0", 119 + late_s),
            (120 + late_s, str(16 + load_a), 179 + late_s),
            (180 + late_s, str(15.9 + load_a), None),
        ]
    database = write_recorder(tmp_path / "home.db", told, UNITS)

    found = replayed(database, *OPTIONS)

    assert [row["current_a"] for row in found["commands"]] == [7]


def test_only_a_part_can_be_replayed(columns: str) -> None:
    part = START + timedelta(seconds=60), START + timedelta(seconds=119)

    found = replayed(
        columns,
        *OPTIONS,
        "--from",
        part[0].isoformat(),
        "--to",
        str(part[1].timestamp()),
    )

    assert datetime.fromisoformat(found["start"]) == part[0]
    assert found["as_it_was"]["car_overload_s"] == 0
    energy_kwh = found["as_it_was"]["energy_kwh"]["charger"]
    assert energy_kwh == pytest.approx(16 * 3 * VOLTAGE_V * 59 / 3.6e6, 0.02)


def test_a_download_of_the_history_panel_is_read(tmp_path: Path, columns: str) -> None:
    rows = [
        [entity_id, text, (START + timedelta(seconds=second)).isoformat()]
        for entity_id, told in home(lambda _: 16.0).items()
        for second, text, _ in told
    ]
    path = write_csv(
        tmp_path / "history.csv", [["entity_id", "state", "last_changed"], *rows]
    )

    found = replayed(path, *OPTIONS)

    assert essence(found) == essence(replayed(columns, *OPTIONS))


def test_a_faster_clock_is_undone(tmp_path: Path, columns: str) -> None:
    told = {
        entity_id: [
            (second / 10, text, None if reported is None else reported / 10)
            for second, text, reported in rows
        ]
        for entity_id, rows in home(lambda _: 16.0).items()
    }
    database = write_recorder(tmp_path / "home.db", told, UNITS)

    found = replayed(database, *OPTIONS, "--speed", "10")

    assert essence(found) == essence(replayed(columns, *OPTIONS))


def test_a_total_and_no_car_will_do(tmp_path: Path) -> None:
    # Long enough for the check of its phases, which such a meter needs.
    rows = [[START.timestamp() + second, 2070.0] for second in range(601)]
    path = write_csv(tmp_path / "home.csv", [["time", "power"], *rows])

    found = replayed(path, "--total", "power", "--car-current", "10")

    assert found["series"][-1]["house_a"] == [3, 3, 3]
    assert found["series"][-1]["cars_a"] == [10, 10, 10]
    assert any(
        "nothing was recorded of what its car drew" in line for line in found["summary"]
    )


def test_the_example_of_the_page_gives_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = re.search(
        r"```sh\nscripts/evlb replay (.*)\n```\n\n```text\n(.*?)```",
        PAGE.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert shown is not None
    source, *options = shlex.split(shown[1])
    monkeypatch.chdir(tmp_path)

    output, _, code = run(str(ROOT / source), *options)

    assert code == 0
    assert output.partition("\n\n")[2] == shown[2]
    assert (tmp_path / "evening.png").exists()


@pytest.mark.parametrize("name", ["replay.png", "replay.svg"])
def test_it_is_drawn(columns: str, tmp_path: Path, name: str) -> None:
    output, complaint, code = run(columns, *OPTIONS, "--plot", str(tmp_path / name))

    assert (complaint, code) == ("", 0)
    assert (tmp_path / name).stat().st_size > 10_000
    assert "charger 16 A -> 7 A (fuse)" in output
    assert "With EV Load Balancer:" in output


def download(tmp_path: Path, **changed: object) -> str:
    """Write a diagnostics download with one decision."""
    asked = json.loads((EXAMPLES / "one-car.json").read_text(encoding="utf-8"))
    answered = json.loads(
        CliRunner().invoke(app, ["decide", str(EXAMPLES / "one-car.json")]).stdout
    )
    decisions = [{"asked": asked, "answered": answered | changed}]
    path = tmp_path / "diagnostics.json"
    path.write_text(json.dumps({"data": {"decisions": decisions}}), encoding="utf-8")
    return str(path)


def test_the_decisions_of_a_diagnostics_download_are_made_again(tmp_path: Path) -> None:
    output, _, code = run(download(tmp_path))
    assert code == 0
    assert "garage 12 A (fuse" in output
    assert "1 of 1 decisions are the same" in output

    (row,) = replayed(download(tmp_path, overload=True))
    assert row["differences"] == ["overload was True, is False"]


def test_a_diagnostics_download_gives_the_site(tmp_path: Path, columns: str) -> None:
    found = replayed(columns, *OPTIONS, "--site", download(tmp_path))

    assert list(found["as_it_was"]["energy_kwh"]) == ["garage"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nothing.csv", *OPTIONS], "there is no file nothing.csv"),
        (["oracle://home", *OPTIONS], "oracle is no database of Home Assistant's"),
        (["sqlite:///nothing.db", *OPTIONS], "there is no file nothing.db"),
        (["{columns}"], "name the meter: either --meter for each phase, or --total"),
        (["{columns}", "--meter", "sensor.l1"], "this site needs --meter 3 times"),
        (["{columns}", *OPTIONS, "--from", "soon"], "'soon' is no time"),
        (["{columns}", *OPTIONS, "--from", "2030-01-01"], "less than a second"),
        (["{columns}", *OPTIONS, "--unit", "V"], "is in V, which is not a current"),
        (["{columns}", *OPTIONS, "--status", "gone"], "has nothing of gone"),
        (["{columns}", *OPTIONS, "--plot", "replay.doc"], "cannot be drawn"),
        (["{examples}/kettle.json"], "this is no diagnostics download"),
    ],
)
def test_what_cannot_be_replayed_ends_with_one_sentence(
    columns: str, arguments: list[str], complaint: str
) -> None:
    given = [text.format(columns=columns, examples=EXAMPLES) for text in arguments]

    output, found, code = run(*given)

    assert (output, code) == ("", 2)
    assert found.startswith("Error: ")
    assert found.count("\n") == 1
    assert complaint in found


def test_another_database_is_not_taken_for_a_recorder(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    create_engine(f"sqlite:///{path}").connect().close()
    path.touch()

    _, complaint, code = run(str(path), *OPTIONS)

    assert code == 2
    assert "no database of Home Assistant's recorder" in complaint
