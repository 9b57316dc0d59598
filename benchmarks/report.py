"""Writes the benchmark's report: one page that needs nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from custom_components.ev_lb.engine.model import ChargingMode

from .evening import SHOWN, Evening
from .plots import commands_svg, energy_svg, evening_png, headroom_svg
from .runs import FRONTIER, Task
from .scenarios import SCENARIOS
from .table import Table
from .visits import Demand

TEMPLATE: Final = "report.html.j2"
FILE_NAME: Final = "benchmark.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A scenario in the report."""

    name: str
    title: str
    tables: tuple[Table, ...]
    evening: str
    """A picture; empty for none."""
    pictures: tuple[Pictures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """The pictures of one table."""

    name: str
    energy: str
    headroom: str
    commands: str


def evenings_of(tasks: Iterable[Task]) -> list[Task]:
    """Return one task a scenario whose evening is worth a look."""
    shown: dict[str, Task] = {}
    for task in sorted(tasks, key=lambda row: (row.seed, row.timing.meter_period_s)):
        hungry = task.demand is not Demand.SESSIONS and task.timing.name == "fast"
        if hungry and task.algorithm in SHOWN:
            shown.setdefault(task.scenario, task)
    return list(shown.values())


def write_report(
    folder: Path,
    found: Sequence[Table],
    evenings: Iterable[Evening],
    about: Mapping[str, object],
) -> Path:
    """Write the page into a folder, which is made if needed, and return its path."""
    pictures = {row.scenario: evening_png(row) for row in evenings}
    names = [name for name in SCENARIOS if any(row.scenario == name for row in found)]
    sections = [
        _section(name, [row for row in found if row.scenario == name], pictures)
        for name in names
    ]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template(TEMPLATE).render(
        sections=sections,
        verdicts=[row for row in found if row.verdict is not None],
        about=about,
        frontier=FRONTIER,
        infinity=inf,
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    path.write_text(page, encoding="utf-8")
    return path


def _section(name: str, rows: list[Table], evenings: Mapping[str, str]) -> Section:
    compared = SCENARIOS[name].mode is ChargingMode.STANDARD
    drawn = [row for row in rows if compared and row.demand != Demand.SESSIONS]
    return Section(
        name=name,
        title=SCENARIOS[name].title,
        tables=tuple(rows),
        evening=evenings.get(name, ""),
        pictures=tuple(
            Pictures(
                name=row.name,
                energy=energy_svg(row),
                headroom=headroom_svg(row),
                commands=commands_svg(row),
            )
            for row in drawn
        ),
    )
