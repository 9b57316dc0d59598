"""The report's pictures, as text to be put into a page."""

from base64 import b64encode
from io import BytesIO, StringIO
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
import numpy as np

from .evening import Course, Evening
from .runs import ENGINE, ENGINES, FRONTIER
from .table import Row, Table

HOUSE_COLOR: Final = "#9aa5b1"
CAR_COLORS: Final = ("#2a9d8f", "#e9a23b", "#6a4c93")
LIMIT_COLOR: Final = "#c1121f"
ENGINE_COLOR: Final = "#1d6fb8"
OTHER_COLOR: Final = "#8a94a0"
MODELS: Final = ("early", "typical", "late")
MODEL_COLORS: Final = ("#f4a261", "#2a9d8f", "#264653")


def evening_png(shown: Evening) -> str:
    """Draw what flowed on each phase under each algorithm: a data address."""
    rows, columns = len(shown.phases), len(shown.courses)
    figure = Figure(figsize=(6.2 * columns, 1.4 + 1.9 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for column, course in enumerate(shown.courses):
        for row, phase in enumerate(shown.phases):
            _stack(axes[row][column], shown, course, phase)
        axes[0][column].set_title(f"{course.algorithm}", fontsize=11)
        axes[-1][column].set_xlabel("time of day")
    for row, phase in enumerate(shown.phases):
        axes[row][0].set_ylabel(f"L{phase + 1}, A")
    handles, labels = axes[0][-1].get_legend_handles_labels()
    figure.legend(
        handles, labels, fontsize=9, loc="outside lower center", ncols=len(labels)
    )
    return _png(figure)


def _stack(axes: Axes, shown: Evening, course: Course, phase: int) -> None:
    """Put the cars on the house, under the limit."""
    seconds = np.arange(course.house_a.shape[1])
    hours = (shown.start_s + seconds) / 3600 % 24
    if hours[-1] < hours[0]:
        hours = np.where(hours < hours[0], hours + 24, hours)
    low = course.house_a[phase]
    axes.fill_between(
        hours, 0, low, color=HOUSE_COLOR, step="post", linewidth=0, label="house"
    )
    for number, (name, amps) in enumerate(course.cars_a.items()):
        high = low + amps[phase]
        axes.fill_between(
            hours,
            low,
            high,
            color=CAR_COLORS[number % len(CAR_COLORS)],
            step="post",
            linewidth=0,
            label=name,
        )
        low = high
    over = low > shown.limit_a
    axes.fill_between(
        hours,
        shown.limit_a,
        low,
        where=over.tolist(),
        color=LIMIT_COLOR,
        step="post",
        linewidth=0,
        label="over the limit",
    )
    axes.axhline(shown.limit_a, color=LIMIT_COLOR, linewidth=1.2, label="limit")
    if course.set_a is not None:
        axes.step(
            hours,
            course.set_a,
            color="black",
            linewidth=0.8,
            where="post",
            label="set-point",
        )
    axes.xaxis.set_major_formatter(
        lambda hour, _: f"{int(hour % 24):02}:{hour % 1 * 60:02.0f}"
    )
    axes.set_ylim(bottom=min(0.0, float(course.house_a[phase].min())))
    axes.margins(x=0)
    axes.grid(alpha=0.25)


def energy_svg(table: Table) -> str:
    """Draw energy over overload, with what nobody beats in both."""
    rows = [row for row in table.rows if row.algorithm != "fixed"]
    figure = Figure(figsize=(6.2, 4.2), layout="constrained")
    axes = figure.subplots()
    for row in rows:
        _point(axes, row)
    front = pareto_front([row for row in rows if row.algorithm not in FRONTIER])
    axes.plot(
        [row.overload_as.mean for row in front],
        [row.bound_percent.mean for row in front],
        color=ENGINE_COLOR,
        alpha=0.35,
        linewidth=6,
        zorder=0,
        solid_capstyle="round",
    )
    axes.set_xlabel("overload caused by cars, A s a day (less is better)")
    axes.set_ylabel("energy, % of the bound")
    axes.margins(x=0.2, y=0.12)
    axes.grid(alpha=0.25)
    return _svg(figure)


def _point(axes: Axes, row: Row) -> None:
    """Put an algorithm where its overload and its energy are."""
    engine = row.algorithm in ENGINES
    frontier = row.algorithm in FRONTIER
    color = ENGINE_COLOR if engine else OTHER_COLOR
    x, y = row.overload_as.mean, row.bound_percent.mean
    axes.errorbar(
        x,
        y,
        xerr=row.overload_as.spread / 2,
        yerr=row.bound_percent.spread / 2,
        fmt="^" if frontier else "o",
        color=color,
        markersize=9 if row.algorithm == ENGINE else 6,
        markerfacecolor="white" if frontier else color,
        linewidth=1,
    )
    axes.annotate(
        row.algorithm,
        (x, y),
        textcoords="offset points",
        xytext=(7, 4),
        fontsize=8,
        color=color,
        weight="bold" if row.algorithm == ENGINE else "normal",
    )


def pareto_front(rows: list[Row]) -> list[Row]:
    """Return who is beaten by nobody in both overload and energy, by overload."""
    front: list[Row] = []
    ordered = sorted(
        rows, key=lambda row: (row.overload_as.mean, -row.bound_percent.mean)
    )
    for row in ordered:
        if not front or row.bound_percent.mean > front[-1].bound_percent.mean:
            front.append(row)
    return front


def headroom_svg(table: Table) -> str:
    """Draw how near each breaker model came to tripping."""
    rows = [row for row in table.rows if row.algorithm not in FRONTIER]
    house = rows[0].house_headroom_used
    names = ["house alone", *(row.algorithm for row in rows)]
    figure = Figure(figsize=(6.2, 1.2 + 0.42 * len(names)), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(names))
    for number, model in enumerate(MODELS):
        parts = [house[model].mean, *(row.headroom_used[model].mean for row in rows)]
        axes.barh(
            places + (number - 1) * 0.26,
            [100 * part for part in parts],
            height=0.25,
            color=MODEL_COLORS[number],
            label=f"{model} breaker",
        )
    axes.axvline(100, color=LIMIT_COLOR, linewidth=1.2)
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.set_xlabel("thermal headroom used, % (100 trips)")
    axes.grid(axis="x", alpha=0.25)
    figure.legend(fontsize=8, loc="outside lower center", ncols=len(MODELS))
    return _svg(figure)


def commands_svg(table: Table) -> str:
    """Draw how many commands and stops a day."""
    rows = [row for row in table.rows if row.algorithm not in FRONTIER]
    names = [row.algorithm for row in rows]
    figure = Figure(figsize=(6.2, 0.9 + 0.36 * len(names)), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(names))
    colors = [ENGINE_COLOR if name == ENGINE else OTHER_COLOR for name in names]
    values = [row.commands.mean for row in rows]
    axes.barh(places, values, color=colors)
    for place, row in zip(places, rows, strict=True):
        text = f" {row.commands.text()}; {row.stops.text()} stops"
        axes.annotate(text, (row.commands.mean, place), va="center", fontsize=8)
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.margins(x=0.5)
    axes.set_xlabel("commands a day")
    axes.grid(axis="x", alpha=0.25)
    return _svg(figure)


def _png(figure: Figure) -> str:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return "data:image/png;base64," + b64encode(buffer.getvalue()).decode()


def _svg(figure: Figure) -> str:
    buffer = StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]
