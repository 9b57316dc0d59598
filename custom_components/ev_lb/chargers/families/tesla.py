"""Tesla cars that limit themselves, by `tesla_fleet`, `teslemetry` and `tessie`.

Entities: number.py, switch.py, sensor.py, device_tracker.py of Home Assistant
2026.10. For a Wall Connector, which takes no commands, and for any other charger
that a Tesla is plugged into.

- Below 5 A cars differ (teslamotors/vehicle-command issue 256): the switch stops.
- A limit stays in the car, for this place, whatever becomes of Home Assistant.
- Commands cost money or a quota, wake the car, and may take ten seconds or fail:
  raises keep a distance of 60 s. As the only guard of a fuse it is too slow.
- Away from home the car is left alone. Where the car tells no place, it counts
  as being at home.
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


def _cars(name: str, platform: str, switch: str, shows_within_s: float) -> Family:
    """Return the facts of Tesla cars by one of the integrations."""
    return Family(
        name=name,
        platform=platform,
        unique_id="{owner}-{key}",
        anchor=Role.CURRENT,
        entities={
            Role.CURRENT: Where(
                domain=Platform.NUMBER, key="charge_state_charge_current_request"
            ),
            Role.RUN: Where(domain=Platform.SWITCH, key=switch),
            Role.STATUS: Where(
                domain=Platform.SENSOR, key="charge_state_charging_state"
            ),
            Role.HOME: Where(domain=Platform.DEVICE_TRACKER, key="location"),
            Role.MEASURED: Where(
                domain=Platform.SENSOR, key="charge_state_charger_actual_current"
            ),
        },
        limits={"charger": of_number_and_switch()},
        statuses=(
            (
                Role.STATUS,
                words(
                    charging=("charging", "starting"),
                    connected=("complete", "no_power", "stopped"),
                    disconnected=("disconnected",),
                ),
            ),
        ),
        shows_within_s=shows_within_s,
        response_time_s=30.0,
        raise_interval_s=60.0,
        shortest_retry_s=15.0,
    )


TESLA_FLEET: Final = _cars(
    "Tesla Fleet", "tesla_fleet", "charge_state_user_charge_enable_request", 90.0
)
TESLEMETRY: Final = _cars(
    "Teslemetry", "teslemetry", "charge_state_user_charge_enable_request", 90.0
)
TESSIE: Final = _cars("Tessie", "tessie", "charge_state_charge_enable_request", 60.0)
