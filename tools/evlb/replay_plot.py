"""A replay as a picture: what was, what would have been, and what was commanded."""

from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from custom_components.ev_lb.engine.model import Phase
from custom_components.ev_lb.replay.replay import Replay

HOUSE: Final = "#8d99ae"
CARS: Final = "#2a9d8f"
AS_IT_WAS: Final = "#e76f51"
LIMIT: Final = "#c1121f"
DAY_S: Final = 86400.0
"""Matplotlib's dates are days since the epoch."""


def plot(replay: Replay, names: Mapping[str, str], path: Path, zone: tzinfo) -> None:
    """Draw the load of each phase, and the set-points below; PNG, SVG or PDF.

    Raises OSError where the file cannot be written, ValueError for another format.
    """
    phases = replay.site.phases
    figure = Figure(figsize=(11, 2.6 * (len(phases) + 1)), layout="constrained")
    axes = figure.subplots(len(phases) + 1, 1, sharex=True, squeeze=False)[:, 0]
    seconds = [flow.second for flow in replay.flows] + [replay.seconds]
    days = [(replay.start_s + second) / DAY_S for second in seconds]
    for axis, phase in zip(axes[:-1], phases, strict=True):
        _draw_phase(axis, replay, phase, days)
    _draw_set_points(axes[-1], replay, names, days)
    axes[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=4, frameon=False)
    axes[0].set_title("Load of the connection", loc="left")
    axes[-1].xaxis_date(zone)
    figure.savefig(path, dpi=110)


def _draw_phase(axis: Axes, replay: Replay, phase: Phase, days: list[float]) -> None:
    house_a = [flow.house_a[phase] for flow in replay.flows]
    with_cars_a = [
        flow.house_a[phase] + flow.replayed_a[phase] for flow in replay.flows
    ]
    was_a = [flow.house_a[phase] + flow.recorded_a[phase] for flow in replay.flows]
    axis.stairs(house_a, days, fill=True, color=HOUSE, label="house")
    axis.stairs(
        with_cars_a,
        days,
        baseline=house_a,
        fill=True,
        color=CARS,
        label="cars with EV Load Balancer",
    )
    axis.stairs(
        was_a, days, baseline=None, color=AS_IT_WAS, linewidth=1, label="as it was"
    )
    limit_a = replay.site.circuits[0].limit_a[phase]
    axis.axhline(limit_a, color=LIMIT, linewidth=1.2, linestyle="--", label="fuse")
    axis.set_ylabel(f"{phase.name} / A")
    axis.set_ylim(min(0.0, *house_a), 1.08 * max(limit_a, *with_cars_a, *was_a))


def _draw_set_points(
    axis: Axes, replay: Replay, names: Mapping[str, str], days: list[float]
) -> None:
    for place, charger in enumerate(replay.site.chargers):
        axis.stairs(
            [flow.set_a[place] for flow in replay.flows],
            days,
            baseline=None,
            linewidth=1.5,
            label=names.get(charger.charger_id, charger.charger_id),
        )
    most_a = max(charger.max_current_a for charger in replay.site.chargers)
    axis.set_ylim(0, 1.1 * most_a)
    axis.set_ylabel("set-point / A")
    if len(replay.site.chargers) > 1:
        axis.legend(loc="lower right", frameon=False)
