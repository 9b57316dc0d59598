"""Zaptec, by the custom integration `zaptec` (custom-components/zaptec 0.8.7).

Entities and unique ids: entity.py, number.py, sensor.py, binary_sensor.py.
Times: const.py. Which limit, and how often: docs.zaptec.com (API fair use,
load balancing) and the integration's README; resets: issues 144, 173.

- The limit of the installation is the one that Zaptec recommends. It holds for
  all chargers there. The charger's own is refused where others manage it.
- At most one change in 15 minutes is recommended. A raise waits for that; a cut
  does not, and there are only so many steps to cut before the next raise.
- 0 A stops a charge and keeps the session; below 6 A no car charges.
- The cloud sets the installation's limit back to the highest about once a day.
"""

from typing import Final

from homeassistant.const import Platform

from custom_components.ev_lb.chargers.facts import (
    Family,
    LeftAlone,
    Role,
    Where,
    of_number,
    on_each_phase,
    words,
)

ZAPTEC: Final = Family(
    name="Zaptec",
    platform="zaptec",
    anchor=Role.CURRENT,
    entities={
        Role.CURRENT: Where(domain=Platform.NUMBER, key="charger_max_current"),
        Role.CIRCUIT_CURRENT: Where(
            domain=Platform.NUMBER, key="available_current", of_parent=True
        ),
        Role.STATUS: Where(domain=Platform.SENSOR, key="charger_operation_mode"),
        Role.ONLINE: Where(domain=Platform.BINARY_SENSOR, key="is_online"),
        **on_each_phase("current_phase#"),
    },
    limits={
        "circuit": of_number(Role.CIRCUIT_CURRENT, left_alone=LeftAlone.OPENS),
        "charger": of_number(Role.CURRENT),
    },
    statuses=(
        (
            Role.STATUS,
            words(
                charging=("connected_charging",),
                connected=("connected_requesting", "connected_finished"),
                disconnected=("disconnected",),
            ),
        ),
    ),
    shows_within_s=60.0,
    response_time_s=30.0,
    raise_interval_s=900.0,
    shortest_retry_s=2.0,
)
