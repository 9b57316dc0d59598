"""Where the cars' power comes from: the grid, the sun, or the home battery."""

from typing import NamedTuple


class Sources(NamedTuple):
    """Which parts of the cars' power come from where; together they are 1."""

    grid: float
    solar: float
    battery: float


ALL_GRID = Sources(1.0, 0.0, 0.0)


def sources_of(cars_w: float, grid_w: float, discharge_w: float) -> Sources:
    """Return where the power of all cars together comes from.

    The house comes first: it has the sun, then what the home battery gives. So what is
    bought counts for the cars, up to what they draw, then what the battery gives, and
    only what is left is sun.

    Args:
        cars_w: What all cars draw, W.
        grid_w: What the site takes from the grid, W; negative for an export.
        discharge_w: What the home battery gives, W; negative while it is charged.
    """
    if cars_w <= 0:
        return ALL_GRID
    bought_w = min(max(grid_w, 0.0), cars_w)
    battery_w = min(max(discharge_w, 0.0), cars_w - bought_w)
    grid, battery = bought_w / cars_w, battery_w / cars_w
    return Sources(grid, max(1.0 - grid - battery, 0.0), battery)
