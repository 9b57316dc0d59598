"""Lektri.co 1P7K and 3P22K, by Home Assistant's `lektrico` (2026.10).

Entities: number.py, sensor.py; poll of 10 s: coordinator.py. What 0 A does:
lektrico/ha_lektrico issue 30. Nothing was found about wear; the maker calls the
limit dynamic. What 1 to 5 A do is not known: they are not sent.
"""

from typing import Final

from homeassistant.const import Platform

from custom_components.ev_lb.chargers.facts import (
    Family,
    Role,
    Where,
    of_number,
    on_each_phase,
    words,
)

LEKTRICO: Final = Family(
    name="Lektri.co",
    platform="lektrico",
    anchor=Role.CURRENT,
    entities={
        Role.CURRENT: Where(domain=Platform.NUMBER, key="dynamic_limit"),
        Role.PHASES: Where(domain=Platform.SWITCH, key="force_single_phase"),
        Role.STATUS: Where(domain=Platform.SENSOR, key="state"),
        Role.MEASURED: Where(domain=Platform.SENSOR, key="current"),
        **on_each_phase("current_l#"),
    },
    limits={"charger": of_number(Role.CURRENT)},
    statuses=(
        (
            Role.STATUS,
            words(
                charging=("charging",),
                connected=("connected", "paused", "paused_by_scheduler", "need_auth"),
                disconnected=("available",),
            ),
        ),
    ),
)
