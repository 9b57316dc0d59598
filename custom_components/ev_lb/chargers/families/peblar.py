"""Peblar, by Home Assistant's `peblar` (2026.10, platinum).

Entities: number.py, switch.py, sensor.py, const.py; poll of 10 s.

- While the switch *Charge* is off, the number only remembers what it is set to,
  and goes on to show it: a stop shows in the switch. Switched on, the charger is
  sent the remembered limit; so the limit is set first.
- The currents are disabled at first.
- What the charger does with its limit after a reboot is not known.
"""

from typing import Final

from homeassistant.const import Platform

from custom_components.ev_lb.chargers.facts import (
    Family,
    Role,
    Where,
    of_number_and_switch,
    on_each_phase,
    words,
)

PEBLAR: Final = Family(
    name="Peblar",
    platform="peblar",
    anchor=Role.CURRENT,
    entities={
        Role.CURRENT: Where(domain=Platform.NUMBER, key="charge_current_limit"),
        Role.RUN: Where(domain=Platform.SWITCH, key="charge"),
        Role.PHASES: Where(domain=Platform.SWITCH, key="force_single_phase"),
        Role.STATUS: Where(domain=Platform.SENSOR, key="cp_state"),
        Role.MEASURED: Where(domain=Platform.SENSOR, key="current_total"),
        **on_each_phase("current_phase_#"),
    },
    limits={"charger": of_number_and_switch()},
    statuses=(
        (
            Role.STATUS,
            words(
                charging=("charging",),
                connected=("suspended",),
                disconnected=("no_ev_connected",),
            ),
        ),
    ),
)
