"""How many random examples a property is tried with.

A user's run tries the same ones every time. `scripts/test --search N` draws new ones, N
times as many.
"""

import os
from typing import Final

from hypothesis import settings

SEARCH: Final = "EV_LB_SEARCH"
"""The environment variable which holds N."""


def load_profile() -> None:
    """Let Hypothesis repeat its examples, or draw new ones in a search."""
    settings.register_profile(
        "repeat", derandomize=True, database=None, deadline=None, print_blob=True
    )
    settings.register_profile(
        "search", max_examples=examples(100), deadline=None, print_blob=True
    )
    settings.load_profile("search" if SEARCH in os.environ else "repeat")


def examples(count: int) -> int:
    """Return the number of examples for a property which is tried with `count`."""
    return count * int(os.environ.get(SEARCH, "1"))
