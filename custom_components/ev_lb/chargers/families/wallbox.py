"""Wallbox Pulsar, Copper and Commander, by Home Assistant's `wallbox` (2026.10).

Entities: number.py, switch.py, const.py; poll of 90 s: coordinator.py. The cloud
takes about one request a minute (home-assistant/core issues 147022, 153071).

- The number's state comes from the answer to the write, so it shows what the
  cloud took, not what the charger does. Nothing measures the current.
- Without a car the switch is unavailable, and nothing can be stopped: the limit
  is set to its minimum then, and the car stopped when it shows, up to 90 s later.
- Whether a limit wears the flash is not known: raises keep a distance of 90 s.
"""

from typing import Final

from homeassistant.const import Platform

from custom_components.ev_lb.chargers.facts import (
    Family,
    Role,
    Where,
    of_number_and_switch,
    words,
)

WALLBOX: Final = Family(
    name="Wallbox",
    platform="wallbox",
    unique_id="{key}-{owner}",
    anchor=Role.CURRENT,
    entities={
        Role.CURRENT: Where(domain=Platform.NUMBER, key="max_charging_current"),
        Role.RUN: Where(domain=Platform.SWITCH, key="paused"),
        Role.STATUS: Where(domain=Platform.SENSOR, key="status_description"),
    },
    limits={"charger": of_number_and_switch()},
    run_needs_car=True,
    statuses=(
        (
            Role.STATUS,
            words(
                charging=("Charging", "Discharging"),
                connected=(
                    "Locked, car connected",
                    "Paused",
                    "Scheduled",
                    "Waiting",
                    "Waiting for car demand",
                    "Waiting in queue by Eco-Smart",
                    "Waiting in queue by Power Boost",
                    "Waiting in queue by Power Sharing",
                ),
                disconnected=("Disconnected", "Locked", "Ready"),
            ),
        ),
    ),
    response_time_s=60.0,
    raise_interval_s=90.0,
    shortest_retry_s=30.0,
)
