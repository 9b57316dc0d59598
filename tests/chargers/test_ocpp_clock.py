"""Which way of ending a lease a charge point follows."""

from custom_components.ev_lb.chargers.ocpp_clock import OFTEN, Lease
from custom_components.ev_lb.chargers.ocpp_profile import Validity
from custom_components.ev_lb.engine.model import Reading

BASE_A = 6.0
LIMIT = Reading(16.0, 100.0)


def test_one_message_that_writes_several_sensors_counts_once() -> None:
    lease = Lease(Validity.ABSOLUTE, BASE_A)
    assert not any(lease.notice(LIMIT, BASE_A, 120.0) for _ in range(3 * OFTEN))
    assert lease.validity is Validity.ABSOLUTE


def test_messages_in_a_row_that_show_the_base_change_the_way() -> None:
    lease = Lease(Validity.ABSOLUTE, BASE_A)
    found = [lease.notice(LIMIT, BASE_A, 120.0 + 10 * row) for row in range(OFTEN)]
    assert found == [False] * (OFTEN - 1) + [True]
    assert lease.validity is Validity.RELATIVE
