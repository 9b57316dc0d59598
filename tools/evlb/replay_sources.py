"""Where recorded history stands: a recorder's database, or a CSV file."""

from collections.abc import Iterator, Mapping, Sequence
import csv
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import zip_longest
import json
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Engine,
    MetaData,
    Table,
    create_engine,
    func,
    inspect,
    literal,
    null,
    select,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

DRIVERS: Final[Mapping[str, str]] = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
"""The driver that is installed for each kind of database."""
TABLES: Final = ("states", "states_meta", "state_attributes")
HISTORY_COLUMNS: Final = {"entity_id", "state", "last_changed"}
"""What Home Assistant's history panel writes when its data is downloaded."""


class SourceError(Exception):
    """Why a source cannot be read, in one sentence without its full stop."""


@dataclass(frozen=True, slots=True)
class Row:
    """A state as it was recorded."""

    time_s: float
    text: str
    unit: str | None
    until_s: float | None
    """When it was last heard; None where only changes are recorded."""


type History = Mapping[str, Sequence[Row]]
"""The rows of each entity or column, in time order."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when, s since the epoch; None for what there is."""

    start_s: float | None = None
    end_s: float | None = None


def read_history(source: str, names: Sequence[str], span: Span) -> History:
    """Return what a source tells of entities or columns.

    Raises SourceError when it cannot be read, or knows one of the names not.
    """
    if "://" in source:
        return _read_database(_url(source), names, span)
    path = Path(source)
    if not path.is_file():
        raise SourceError(f"there is no file {source}")
    if path.suffix in {".db", ".sqlite", ".sqlite3"}:
        url = URL.create("sqlite", database=str(path.resolve()))
        return _read_database(url, names, span)
    return _read_csv(path, names, span)


def _url(source: str) -> URL:
    try:
        url = make_url(source)
    except ArgumentError as error:
        raise SourceError("this is no address of a database") from error
    kind = url.get_backend_name()
    if kind not in DRIVERS:
        known = ", ".join(DRIVERS)
        raise SourceError(
            f"{kind} is no database of Home Assistant's; there are {known}"
        )
    return url.set(drivername=DRIVERS[kind])


def _read_database(url: URL, names: Sequence[str], span: Span) -> History:
    if url.get_backend_name() == "sqlite":
        if not url.database or not Path(url.database).is_file():
            raise SourceError(f"there is no file {url.database}")
        url = url.set(
            database=f"file:{url.database}", query={"mode": "ro", "uri": "true"}
        )
    try:
        engine = _open(url)
        try:
            return _read_tables(engine, names, span)
        finally:
            engine.dispose()
    except (SQLAlchemyError, NoSuchModuleError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        shown = url.render_as_string(hide_password=True)
        raise SourceError(f"{shown} cannot be read: {reason}") from error


def _open(url: URL) -> Engine:
    """Return an engine that writes nothing."""
    kind = url.get_backend_name()
    if kind == "postgresql":
        return create_engine(url, execution_options={"postgresql_readonly": True})
    if kind == "sqlite":
        return create_engine(url)
    return create_engine(
        url, connect_args={"init_command": "SET SESSION TRANSACTION READ ONLY"}
    )


def _read_tables(engine: Engine, names: Sequence[str], span: Span) -> History:
    if not set(TABLES) <= set(inspect(engine).get_table_names()):
        raise SourceError(
            "this is no database of Home Assistant's recorder, or one from before 2023.4"
        )
    known = MetaData()
    tables = {name: Table(name, known, autoload_with=engine) for name in TABLES}
    found: dict[str, list[Row]] = {}
    with engine.connect() as connection:
        for name in names:
            meta = tables["states_meta"]
            metadata_id = connection.scalar(
                select(meta.c.metadata_id).where(meta.c.entity_id == name)
            )
            if metadata_id is None:
                raise SourceError(f"nothing is recorded of {name}")
            rows = connection.execute(_statement(tables, metadata_id, span))
            told = tables["states"].c.last_updated_ts
            newest_s = connection.scalar(
                select(func.max(told)).where(
                    tables["states"].c.metadata_id == metadata_id
                )
            )
            found[name] = [_row(*row, newest_s=newest_s) for row in rows]
    return found


def _statement(tables: Mapping[str, Table], metadata_id: int, span: Span) -> Any:
    """Select one entity's states in a span, and the one that held before it."""
    states, attributes = tables["states"], tables["state_attributes"]
    reported = states.c.get("last_reported_ts")
    told = states.c.last_updated_ts
    statement = (
        select(
            told,
            states.c.state,
            attributes.c.shared_attrs,
            # Before 2024.4 there was only what changed.
            null() if reported is None else func.coalesce(reported, told),
        )
        .outerjoin(attributes, states.c.attributes_id == attributes.c.attributes_id)
        .where(states.c.metadata_id == metadata_id)
        .order_by(told)
    )
    if span.start_s is not None:
        before = (
            select(func.max(told))
            .where(states.c.metadata_id == metadata_id, told <= span.start_s)
            .scalar_subquery()
        )
        statement = statement.where(
            told >= func.coalesce(before, literal(span.start_s))
        )
    if span.end_s is not None:
        statement = statement.where(told < span.end_s)
    return statement


def _row(
    time_s: float | Decimal,
    text: str | None,
    attributes: str | None,
    until_s: float | Decimal | None,
    *,
    newest_s: float | Decimal | None,
) -> Row:
    """Return a row; of the newest one nothing tells yet when it was last heard.

    MariaDB's drivers give decimal numbers.
    """
    unit = json.loads(attributes or "{}").get("unit_of_measurement")
    heard_s = None
    if until_s is not None and time_s != newest_s:
        heard_s = float(until_s)
    return Row(float(time_s), text or "", unit, heard_s)


def _read_csv(path: Path, names: Sequence[str], span: Span) -> History:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns = list(reader.fieldnames or ())
            if set(columns) >= HISTORY_COLUMNS:
                rows = _entity_rows(reader)
            else:
                rows = _column_rows(reader, columns)
            found: dict[str, list[Row]] = {name: [] for name in names}
            for name, row in rows:
                if name in found:
                    found[name].append(row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path} cannot be read: {error}") from error
    if missing := [name for name, kept in found.items() if not kept]:
        raise SourceError(f"{path} has nothing of {missing[0]}")
    return {name: _within(kept, span) for name, kept in found.items()}


def _entity_rows(reader: csv.DictReader[str]) -> Iterator[tuple[str, Row]]:
    for line in reader:
        time_s = moment_s(line["last_changed"])
        yield line["entity_id"], Row(time_s, line["state"], None, None)


def _column_rows(
    reader: csv.DictReader[str], columns: Sequence[str]
) -> Iterator[tuple[str, Row]]:
    for line in reader:
        time_s = moment_s(line[columns[0]])
        for name in columns[1:]:
            yield name, Row(time_s, line[name] or "", None, None)


def _within(rows: list[Row], span: Span) -> list[Row]:
    """Return the rows of a span in time order, and the one that held before it."""
    rows.sort(key=lambda row: row.time_s)
    if span.start_s is not None:
        start_s = span.start_s
        rows = [
            row
            for row, following in zip_longest(rows, rows[1:])
            if following is None or following.time_s > start_s
        ]
    return [row for row in rows if span.end_s is None or row.time_s < span.end_s]


def moment_s(text: str) -> float:
    """Return a moment, s since the epoch: seconds, or ISO 8601, local without an offset.

    Raises SourceError for anything else.
    """
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError) as error:
        raise SourceError(f"{text!r} is no time") from error
