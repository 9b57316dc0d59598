"""Which way of ending a lease a charge point follows."""

import pytest

from custom_components.ev_lb.chargers.ocpp_clock import OFTEN, Lease
from custom_components.ev_lb.chargers.ocpp_profile import Validity
from custom_components.ev_lb.engine.model import Reading

BASE_A = 6.0
LIMIT = Reading(16.0, 100.0)


def test_one_message_that_writes_several_sensors_counts_once() -> None:
    lease = Lease(Validity.ABSOLUTE, BASE_A)
    assert not any(lease.notice(LIMIT, BASE_A, 120.0) for _ in range(3 * OFTEN))
    assert lease.validity is Validity.ABSOLUTE


@pytest.mark.parametrize("told_a", [0.0, 6.0, 10.0])
def test_a_car_that_gets_all_where_no_base_holds_changes_the_way(told_a: float) -> None:
    lease = Lease(Validity.ABSOLUTE, 0.0)
    told = Reading(told_a, 100.0)
    found = [lease.notice(told, 32.0, 120.0 + 10 * row) for row in range(OFTEN)]
    assert found[-1]
    assert lease.validity is Validity.RELATIVE


def test_messages_in_a_row_that_show_the_base_change_the_way() -> None:
    lease = Lease(Validity.ABSOLUTE, BASE_A)
    found = [lease.notice(LIMIT, BASE_A, 120.0 + 10 * row) for row in range(OFTEN)]
    assert found == [False] * (OFTEN - 1) + [True]
    assert lease.validity is Validity.RELATIVE
