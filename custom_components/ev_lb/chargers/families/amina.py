"""Amina S, by Zigbee2MQTT and Home Assistant's `mqtt`.

Properties: Koenkk/zigbee-herdsman-converters, src/devices/amina.ts. Unique ids:
`0x<ieee>_<property>_zigbee2mqtt`, as Zigbee2MQTT makes them with the base topic
that it has at first; another one is not found.

- 1 to 5 A are taken as 6 A and do not stop it; the switch does. A 0 A sent with
  `charge_limit_with_on_off` once left a car charging
  (dirkgroenen/hass-evse-load-balancer issue 62): not used.
- What shows after a command is what Zigbee2MQTT sent; what the car draws tells
  whether it was heeded.
- Its fallback is for a lost Zigbee network, not for a dead balancer.
"""

from typing import Final

from homeassistant.const import Platform

from custom_components.ev_lb.chargers.facts import (
    Family,
    LeftAlone,
    Role,
    Where,
    of_number_and_switch,
    words,
)

DERATED: Final = ", Derated"
"""What a status ends with while the charger is too warm."""


def _also_derated(*states: str) -> tuple[str, ...]:
    return (*states, *(f"{state}{DERATED}" for state in states))


AMINA: Final = Family(
    name="Amina",
    platform="mqtt",
    manufacturer="Amina Distribution AS",
    unique_id="{owner}_{key}_zigbee2mqtt",
    anchor=Role.CURRENT,
    entities={
        Role.CURRENT: Where(domain=Platform.NUMBER, key="charge_limit"),
        Role.RUN: Where(domain=Platform.SWITCH, key="switch"),
        Role.STATUS: Where(domain=Platform.SENSOR, key="ev_status"),
        Role.MEASURED_L1: Where(domain=Platform.SENSOR, key="current"),
        Role.MEASURED_L2: Where(domain=Platform.SENSOR, key="current_phase_b"),
        Role.MEASURED_L3: Where(domain=Platform.SENSOR, key="current_phase_c"),
    },
    limits={"charger": of_number_and_switch(left_alone=LeftAlone.OWN_FALLBACK)},
    statuses=(
        (
            Role.STATUS,
            words(
                charging=_also_derated("Charging"),
                connected=_also_derated(
                    "Charging Paused", "EV Connected", "Ready to charge"
                ),
                disconnected=_also_derated("Not Connected"),
            ),
        ),
    ),
    shortest_retry_s=5.0,
)
