"""The field of import limits by time of day: a list with a dialog for each of them."""

from collections.abc import Mapping
from typing import Any

from homeassistant.helpers import selector

from custom_components.ev_lb.building.import_windows import time_of, weekdays_of
from custom_components.ev_lb.building.stored_numbers import finite
from custom_components.ev_lb.const import (
    CONF_IMPORT_WINDOWS,
    WEEKDAYS,
    WINDOW_FROM,
    WINDOW_POWER_W,
    WINDOW_UNTIL,
    WINDOW_WEEKDAYS,
)
from custom_components.ev_lb.explaining.texts import Texts
from custom_components.ev_lb.settings import IMPORT_WINDOW

from .forms import number
from .validation import FormCheck


def windows_field(texts: Texts) -> selector.ObjectSelector:
    """Return the list of limits.

    Nothing in its dialog is required: what is missing gets a message of ours. Its
    choices do not reach the translations, so that the days come with their names.
    """
    days = [
        selector.SelectOptionDict(value=day, label=texts.get("weekday", day))
        for day in WEEKDAYS
    ]
    weekdays = selector.SelectSelector(
        selector.SelectSelectorConfig(
            options=days, multiple=True, mode=selector.SelectSelectorMode.LIST
        )
    )
    return selector.ObjectSelector(
        selector.ObjectSelectorConfig(
            fields={
                WINDOW_FROM: {"selector": selector.TimeSelector()},
                WINDOW_UNTIL: {"selector": selector.TimeSelector()},
                WINDOW_WEEKDAYS: {"selector": weekdays, "default": list(WEEKDAYS)},
                WINDOW_POWER_W: {"selector": number(IMPORT_WINDOW[WINDOW_POWER_W])},
            },
            multiple=True,
            translation_key="import_windows",
        )
    )


def check_windows(check: FormCheck, values: Mapping[str, Any]) -> None:
    """Check that each limit has its times, days and power; name the first that lacks one."""
    lowest_w, highest_w = IMPORT_WINDOW[WINDOW_POWER_W].bounds
    for place, window in enumerate(values[CONF_IMPORT_WINDOWS], start=1):
        power_w = finite(window.get(WINDOW_POWER_W))
        times = [time_of(window, key) for key in (WINDOW_FROM, WINDOW_UNTIL)]
        error, details = None, {}
        if None in times:
            error = "import_window_without_times"
        elif weekdays_of(window) is None:
            error = "import_window_without_days"
        elif power_w is None or not lowest_w <= power_w <= highest_w:
            error = "import_window_power"
            details = {error: f"{lowest_w:g} - {highest_w:g}"}
        if error is not None:
            check.fail(CONF_IMPORT_WINDOWS, error, window=f"{place}", **details)
