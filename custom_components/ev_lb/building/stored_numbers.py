"""Numbers as they are stored, whoever wrote them."""

from collections.abc import Mapping
from typing import Any, Final

from custom_components.ev_lb.settings import Setting

LARGEST: Final = 1e12
"""No setting is beyond it, in whatever unit."""


def number_of(values: Mapping[str, Any], setting: Setting) -> float:
    """Return a number that was set, or its default; also where it is no number."""
    number = finite(values.get(setting.key))
    return float(setting.default) if number is None else number


def finite(value: object) -> float | None:
    """Return what is a finite number, whoever wrote it; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # As a comparison, since an integer may be too large for a float.
    return float(value) if -LARGEST < value < LARGEST else None
