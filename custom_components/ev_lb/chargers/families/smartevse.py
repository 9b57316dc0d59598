"""SmartEVSE-3, by what its firmware announces over MQTT (dingo35/SmartEVSE-3.5).

Entities and what the override takes: src/esp32.cpp and main.cpp of June 2026,
docs/REST_API.md. The custom integration `smartevse` polls once a minute and ends
at 16 A: not used.

- The override is taken in the modes Normal and Smart only; elsewhere, and out of
  its range, it is dropped without a word. So it is set again after the start.
- An override of 0 A lifts the limit. It is stopped by the mode Pause.
- The override is kept in memory only: after a reboot it is 0, that is, lifted.
- Whether a change of mode wears the flash is not known; the pause between a stop
  and a start keeps those rare.
"""

from typing import Final

from homeassistant.const import Platform

from custom_components.ev_lb.chargers.facts import (
    Family,
    LeftAlone,
    Role,
    Where,
    of_number_and_choice,
    on_each_phase,
    words,
)

SMARTEVSE: Final = Family(
    name="SmartEVSE",
    platform="mqtt",
    manufacturer="Stegen",
    unique_id="{owner}-{key}",
    anchor=Role.CURRENT,
    entities={
        Role.CURRENT: Where(domain=Platform.NUMBER, key="ChargeCurrentOverride"),
        Role.RUN: Where(domain=Platform.SELECT, key="Mode"),
        Role.STATUS: Where(domain=Platform.SENSOR, key="State"),
        **on_each_phase("EVCurrentL#"),
    },
    limits={
        "charger": of_number_and_choice("Pause", "Normal", left_alone=LeftAlone.OPENS)
    },
    stopped=frozenset({"Off", "Pause"}),
    start_clears_limit=True,
    zero_is_unlimited=True,
    statuses=(
        (
            Role.STATUS,
            words(
                charging=("Charging",),
                connected=("Connected to EV", "Charging Stopped", "Stop Charging"),
                disconnected=("Ready to Charge",),
            ),
        ),
    ),
)
