"""Easee, by the custom integration `easee` (nordicopen/easee_hass 0.9.74).

Services and their fields: services.yaml, services.py. Keys, states and which
sensors are disabled: const.py. Limits and what ends them: developer.easee.com
(current-limits-and-control, load-balancing), easee_hass issues 357, 386, 684.

- The services only log what the cloud refuses: what counts is the sensor of the
  limit, which is disabled at first.
- Dynamic limits do not wear the flash; all others do, and are left alone.
- A limit equal to the one that the integration knows is not sent. So a limit
  with an end cannot be renewed unchanged.
- Where a limit ends, the charger goes *up*, to the limit of its installer. On a
  circuit, users saw that the end was not heeded (386): no end is offered there.
- The charger forgets its dynamic limit at the start of a session.
- 1 to 5 A stop a charge as 0 A does.
"""

from typing import Final

from homeassistant.const import Platform

from custom_components.ev_lb.chargers.facts import (
    Call,
    Family,
    LeftAlone,
    Limit,
    Role,
    Slot,
    Where,
    words,
)

EASEE: Final = Family(
    name="Easee",
    platform="easee",
    anchor=Role.SHOWN,
    entities={
        Role.SHOWN: Where(domain=Platform.SENSOR, key="dynamic_charger_limit"),
        Role.CIRCUIT_CURRENT: Where(
            domain=Platform.SENSOR, key="dynamic_circuit_limit"
        ),
        Role.STATUS: Where(domain=Platform.SENSOR, key="status"),
        Role.ONLINE: Where(domain=Platform.BINARY_SENSOR, key="online"),
        # Its state is the fullest phase. The attributes name terminals, and which
        # phase is on which depends on the kind of grid.
        Role.MEASURED: Where(domain=Platform.SENSOR, key="current"),
        Role.LEFT_ALONE: Where(domain=Platform.SENSOR, key="max_charger_limit"),
    },
    limits={
        "charger": Limit(
            set_current=Call(
                domain="easee",
                service="set_charger_dynamic_limit",
                on_device=True,
                data={"current": Slot.AMPERES, "time_to_live": Slot.LEASE_MINUTES},
            ),
            needs=(Role.SHOWN, Role.STATUS),
            shown=Role.SHOWN,
            left_alone=LeftAlone.KEEPS_UNTIL_SESSION,
            may_lease=True,
        ),
        "circuit": Limit(
            set_current=Call(
                domain="easee",
                service="set_circuit_dynamic_limit",
                on_device=True,
                data={
                    "current_p1": Slot.AMPERES,
                    "current_p2": Slot.AMPERES,
                    "current_p3": Slot.AMPERES,
                    "time_to_live": Slot.LEASE_MINUTES,
                },
            ),
            needs=(Role.CIRCUIT_CURRENT, Role.STATUS),
            shown=Role.CIRCUIT_CURRENT,
        ),
    },
    statuses=(
        (
            Role.STATUS,
            words(
                charging=("charging",),
                connected=(
                    "authenticating",
                    "awaiting_authorization",
                    "awaiting_load_balancing",
                    "awaiting_scheduled_start",
                    "awaiting_smart_start",
                    "awaiting_start",
                    "completed",
                    "de_authorizing",
                    "paused_due_to_equalizer",
                    "ready_to_charge",
                    "searching_for_master",
                    "start_charging",
                    "stop_charging",
                ),
                disconnected=("disconnected",),
            ),
        ),
    ),
    highest_a=32.0,
    # The cloud pushes; a state that was missed comes with the poll of 60 s.
    shows_within_s=75.0,
    response_time_s=20.0,
    # The integration allows itself 500 requests in 300 s.
    shortest_retry_s=5.0,
    drops_unchanged=True,
)
