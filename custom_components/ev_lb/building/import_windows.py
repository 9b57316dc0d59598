"""Import limits at a time of the day, as they are stored and as the engine has them."""

from collections.abc import Mapping
from datetime import time
from typing import Any, Final

from homeassistant.util import dt as dt_util

from custom_components.ev_lb.const import (
    CONF_IMPORT_WINDOWS,
    WEEKDAYS,
    WINDOW_FROM,
    WINDOW_POWER_W,
    WINDOW_UNTIL,
    WINDOW_WEEKDAYS,
)
from custom_components.ev_lb.engine.model import ImportWindow
from custom_components.ev_lb.settings import IMPORT_WINDOW

from .stored_numbers import finite

MIDNIGHT: Final = "00:00:00"
NO_IMPORT: Final[Mapping[str, Any]] = {
    WINDOW_FROM: MIDNIGHT,
    WINDOW_UNTIL: MIDNIGHT,
    WINDOW_WEEKDAYS: list(WEEKDAYS),
    WINDOW_POWER_W: 0.0,
}
"""Counts in place of limits that cannot be read: they may be of any height."""


def are_sound(value: object) -> bool:
    """Tell whether stored limits can be used, all of them."""
    return isinstance(value, list | tuple) and not any(map(fault_of, value))


def fault_of(window: object) -> str | None:
    """Return what is wrong with a limit, by the key of its message; None if nothing."""
    if not isinstance(window, Mapping):
        return "import_window_without_times"
    power_w = finite(window.get(WINDOW_POWER_W))
    lowest_w, highest_w = IMPORT_WINDOW[WINDOW_POWER_W].bounds
    if None in (time_of(window, WINDOW_FROM), time_of(window, WINDOW_UNTIL)):
        return "import_window_without_times"
    if weekdays_of(window) is None:
        return "import_window_without_days"
    if power_w is None or not lowest_w <= power_w <= highest_w:
        return "import_window_power"
    return None


def time_of(window: Mapping[str, Any], key: str) -> time | None:
    """Return a time of the day that a limit names; None for what is none."""
    value = window.get(key)
    return dt_util.parse_time(value) if isinstance(value, str) else None


def weekdays_of(window: Mapping[str, Any]) -> tuple[int, ...] | None:
    """Return the days on which a limit begins, Monday is 0; None for what is none."""
    names = window.get(WINDOW_WEEKDAYS)
    if not isinstance(names, list | tuple) or not names:
        return None
    if not all(isinstance(name, str) and name in WEEKDAYS for name in names):
        return None
    return tuple(sorted({WEEKDAYS.index(name) for name in names}))


def build_import_windows(options: Mapping[str, Any]) -> tuple[ImportWindow, ...]:
    """Return the import limits at a time of the day, of sound options."""
    return tuple(_build(window) for window in options.get(CONF_IMPORT_WINDOWS, ()))


def _build(window: Mapping[str, Any]) -> ImportWindow:
    return ImportWindow(
        start_s=_seconds(time_of(window, WINDOW_FROM)),
        end_s=_seconds(time_of(window, WINDOW_UNTIL)),
        power_w=float(window[WINDOW_POWER_W]),
        weekdays=weekdays_of(window) or (),
    )


def _seconds(moment: time | None) -> float:
    """Return the seconds since midnight; of what is no time, midnight."""
    moment = moment or time()
    return float(moment.hour * 3600 + moment.minute * 60 + moment.second)
