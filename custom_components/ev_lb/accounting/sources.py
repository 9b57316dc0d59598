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

    The sun serves the house and the home battery first: what is bought or taken from
    the battery counts for the cars, up to what they draw. Where both together are more
    than that, each has its part of it.

    Args:
        cars_w: What all cars draw, W.
        grid_w: What the site takes from the grid, W; negative for an export.
        discharge_w: What the home battery gives, W; negative while it is charged.
    """
    bought_w, battery_w = max(grid_w, 0.0), max(discharge_w, 0.0)
    if cars_w <= 0:
        return ALL_GRID
    given_w = max(bought_w + battery_w, cars_w)
    grid, battery = bought_w / given_w, battery_w / given_w
    return Sources(grid, max(1.0 - grid - battery, 0.0), battery)
