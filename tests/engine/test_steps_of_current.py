"""Currents on the steps of a charger."""

from math import inf, isnan, nan

import pytest

from custom_components.ev_lb.engine.model.request import ceil_to_step, floor_to_step


@pytest.mark.parametrize("step_a", [0.1, 1.0, 5.0, 0.0, nan, inf])
@pytest.mark.parametrize("rounded", [floor_to_step, ceil_to_step])
def test_what_is_no_number_stays_what_it_is(rounded: object, step_a: float) -> None:
    assert callable(rounded)
    assert isnan(rounded(nan, step_a))
    assert rounded(inf, step_a) == inf
    assert rounded(-inf, step_a) == -inf
