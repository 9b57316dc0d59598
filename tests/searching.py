"""How many random examples a property is tried with.

A user's run tries the same ones every time. `scripts/test --search N` draws new ones, N
times as many.
"""

import os
from typing import Final

from hypothesis import settings
from hypothesis.internal.conjecture import providers

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
    if SEARCH in os.environ:
        settings.load_profile("search")
        return
    settings.load_profile("repeat")
    # Hypothesis tries the numbers that stand in the modules imported so far, so that the
    # examples of a property would depend on which other tests run beside it.
    nothing = providers._local_constants
    providers._get_local_constants = lambda: nothing


def examples(count: int) -> int:
    """Return the number of examples for a property which is tried with `count`."""
    return count * int(os.environ.get(SEARCH, "1"))
