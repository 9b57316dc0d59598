"""The field of import limits by time of day: a list with a dialog for each of them."""

from collections.abc import Mapping
from typing import Any

from homeassistant.helpers import selector

from custom_components.ev_lb.building.import_windows import fault_of
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
    windows = values[CONF_IMPORT_WINDOWS]
    if not isinstance(windows, list | tuple):
        # The list's own check takes a single limit as well; only lists are stored.
        windows = [None]
    for place, window in enumerate(windows, start=1):
        error = fault_of(window)
        if error is not None:
            allowed = {"import_window_power": f"{lowest_w:g} - {highest_w:g}"}
            check.fail(CONF_IMPORT_WINDOWS, error, window=f"{place}", **allowed)
            return
