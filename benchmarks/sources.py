"""Where the charged energy came from: sun, home battery, grid."""

from dataclasses import dataclass

import numpy as np

from .data import DAY_S
from .plant_loop import Flow
from .scenarios import VOLTAGE_V


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """A day's energy."""

    solar_share_percent: float
    """Part of the charged energy that was surplus of the sun."""
    solar_used_percent: float
    """Part of the sun's energy that was used on site, the battery included."""
    import_kwh: float
    """What house and cars drew from the grid."""
    car_import_kwh: float
    """What cars drew from the grid."""
    car_import_as: float
    """The same phase by phase, A s: what one phase exports does not help another."""
    battery_to_cars_kwh: float
    """What the battery gave while cars charged, beyond the house's own need."""


def sources(flow: Flow) -> Sources | None:
    """Return where the energy came from; None without sun.

    House first, then cars: the cars' part of what is imported or taken from the
    battery is what the house alone would not have needed.
    """
    if flow.solar_w is None:
        return None
    seconds = flow.house_a.shape[1]
    per_day_kwh = DAY_S / seconds / 3.6e6
    battery_w = np.zeros(seconds) if flow.battery_w is None else flow.battery_w
    cars_w = flow.cars_a.sum(axis=0) * VOLTAGE_V
    grid_a = flow.house_a + flow.cars_a
    grid_w = grid_a.sum(axis=0) * VOLTAGE_V
    house_w = grid_w - cars_w - battery_w + flow.solar_w
    surplus_w = np.maximum(0, flow.solar_w - house_w)
    from_sun_w = np.minimum(cars_w, surplus_w)
    from_grid_w = np.minimum(np.maximum(0, grid_w), cars_w)
    from_battery_w = np.minimum(np.maximum(0, -battery_w), cars_w - from_sun_w)
    from_battery_w = np.minimum(from_battery_w, cars_w - from_grid_w)
    import_a = np.minimum(np.maximum(0, grid_a), flow.cars_a)
    export_w = np.minimum(np.maximum(0, -grid_w), flow.solar_w)
    charged = float(cars_w.sum())
    sun = float(flow.solar_w.sum())
    return Sources(
        solar_share_percent=100 * float(from_sun_w.sum()) / charged if charged else 0.0,
        solar_used_percent=100 * (1 - float(export_w.sum()) / sun) if sun else 0.0,
        import_kwh=float(np.maximum(0, grid_w).sum()) * per_day_kwh,
        car_import_kwh=float(from_grid_w.sum()) * per_day_kwh,
        car_import_as=float(import_a.sum()) * DAY_S / seconds,
        battery_to_cars_kwh=float(from_battery_w.sum()) * per_day_kwh,
    )
