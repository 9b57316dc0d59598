"""Sites, states and snapshots of numbers that no home has, drawn from their types."""

from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from math import inf, nan
from types import NoneType, UnionType
from typing import Any, TypeAliasType, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

NASTY_FLOATS = (
    nan,
    inf,
    -inf,
    1.7e308,
    -1.7e308,
    1e200,
    1e16,
    1e9,
    5e-324,
    -5e-324,
    1e-300,
    1e-9,
    -0.0,
    0.0,
    -1.0,
    0.5,
    1.0,
    6.0,
    16.0,
    32.0,
    230.0,
    900.0,
    999_999_990.0,
)
NASTY_INTEGERS = (10**400, -(10**400), 10**20, -1, 0, 1, 3)
NAMES = ("grid", "garage", "a", "b", "")

numbers = st.sampled_from((*NASTY_FLOATS, *NASTY_INTEGERS)) | st.floats()
"""Any float, most of them of the sort that breaks arithmetic, and huge integers."""


@cache
def nasty(kind: Any) -> st.SearchStrategy[Any]:
    """Draw any value of a type of the engine, each number of it from anywhere.

    What is not part of comparisons, as the memory of what was worked out, stays
    at its default.
    """
    if isinstance(kind, TypeAliasType):
        return nasty(kind.__value__)
    if kind is float:
        return numbers
    if kind is int:
        return st.sampled_from(NASTY_INTEGERS)
    if kind is bool:
        return st.booleans()
    if kind is str:
        return st.sampled_from(NAMES)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if is_dataclass(kind) or hasattr(kind, "_field_defaults"):
        return _record(kind)
    return _parts(kind)


def _record(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    names = kind._fields if hasattr(kind, "_fields") else None
    if names is None:
        names = [row.name for row in fields(kind) if row.compare]
    return st.builds(kind, **{name: nasty(hints[name]) for name in names})


def _parts(kind: Any) -> st.SearchStrategy[Any]:
    parts = get_args(kind)
    if get_origin(kind) is tuple:
        if parts[1:] == (...,):
            return st.lists(nasty(parts[0]), max_size=3).map(tuple)
        return st.tuples(*map(nasty, parts))
    if isinstance(kind, UnionType):
        return st.one_of(
            *(st.none() if part is NoneType else nasty(part) for part in parts)
        )
    raise TypeError(f"nothing to draw for {kind}")
