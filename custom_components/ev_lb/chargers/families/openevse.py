"""OpenEVSE, by Home Assistant's `openevse` (2026.10, platinum).

Entities: number.py, select.py, sensor.py. What an override is, and that it does
not wear the flash: OpenEVSE/openevse_esp32_firmware and issues 80, 120 of
firstof9/python-openevse-http.

- The number shows the lasting limit, not what is written to it: what counts is
  the current of the pilot signal (`current_capacity`).
- `override_state` stops ("disabled") and starts ("active"). Whether it keeps the
  current that was set before is not known: so that is set again after it.
- The override ends when the car leaves. The next one begins at the lasting limit,
  until that shows.
- The number goes up to what the hardware can carry.
"""

from typing import Final

from homeassistant.const import Platform

from custom_components.ev_lb.chargers.facts import (
    Family,
    LeftAlone,
    Role,
    Where,
    of_number_and_choice,
    words,
)

OPENEVSE: Final = Family(
    name="OpenEVSE",
    platform="openevse",
    unique_id="{owner}-{key}",
    anchor=Role.CURRENT,
    entities={
        Role.CURRENT: Where(domain=Platform.NUMBER, key="charge_rate"),
        Role.SHOWN: Where(domain=Platform.SENSOR, key="current_capacity"),
        Role.RUN: Where(domain=Platform.SELECT, key="override_state"),
        Role.STATUS: Where(domain=Platform.SENSOR, key="status"),
        Role.MEASURED: Where(domain=Platform.SENSOR, key="charging_current"),
    },
    limits={
        "charger": of_number_and_choice(
            "disabled",
            "active",
            needs=(Role.CURRENT, Role.RUN, Role.SHOWN),
            shown=Role.SHOWN,
            left_alone=LeftAlone.KEEPS_UNTIL_SESSION,
        )
    },
    stopped=frozenset({"disabled"}),
    start_clears_limit=True,
    statuses=(
        (
            Role.STATUS,
            words(
                charging=("charging",),
                connected=("connected", "sleeping", "vent_required"),
                disconnected=("not_connected",),
            ),
        ),
    ),
)
