"""KEBA P20 and P30, by the integration of Home Assistant and by a custom one.

Home Assistant's `keba` (2026.10): services.py, sensor.py, binary_sensor.py. It is
set up in YAML, for one charger, which has no device. The custom one is
dannerph/homeassistant-keba 4.3.2. Both send `currtime`, which is forgotten at the
end of a session, and does not wear the flash (keba-kecontact, connection.py).
The custom one's *number* writes the lasting limit (its issue 17): not used.

- Both services succeed when the charger refuses: what counts is "Curr user".
- A current of 0 A once made a charger run at its maximum (issue 59), so it is
  stopped by `disable`.
- A station that OCPP or its own load management governs takes limits and does
  not keep them (issue 34).
- Its failsafe answers to any contact, so it is for a lost Home Assistant.
"""

from typing import Final

from homeassistant.const import Platform

from custom_components.ev_lb.chargers.facts import (
    DRAWS,
    PLUGGED,
    Call,
    Family,
    LeftAlone,
    Limit,
    Role,
    Slot,
    Where,
    on_each_phase,
    words,
)


def _limit(*, on_device: bool) -> Limit:
    """Return the limit that the actions of both set; those of one name the device."""

    def call(service: str, **data: Slot) -> Call:
        return Call(domain="keba", service=service, on_device=on_device, data=data)

    return Limit(
        set_current=call("set_current", current=Slot.AMPERES),
        needs=(Role.SHOWN, Role.RUN),
        shown=Role.SHOWN,
        stop=call("disable"),
        start=call("enable"),
        left_alone=LeftAlone.OWN_FALLBACK,
    )


KEBA: Final = Family(
    name="KEBA",
    platform="keba",
    unique_id="keba_wallbox_{owner}_{key}",
    anchor=Role.SHOWN,
    entities={
        Role.SHOWN: Where(domain=Platform.SENSOR, key="max_current"),
        # It is off while no car charges, whatever the reason.
        Role.RUN: Where(domain=Platform.BINARY_SENSOR, key="charging_state"),
        Role.PLUG: Where(domain=Platform.BINARY_SENSOR, key="plug_state"),
        Role.ONLINE: Where(domain=Platform.BINARY_SENSOR, key="device_state"),
        Role.MEASURED_L1: Where(
            domain=Platform.SENSOR, key="charging_power", attribute="current_i1"
        ),
        Role.MEASURED_L2: Where(
            domain=Platform.SENSOR, key="charging_power", attribute="current_i2"
        ),
        Role.MEASURED_L3: Where(
            domain=Platform.SENSOR, key="charging_power", attribute="current_i3"
        ),
    },
    limits={"charger": _limit(on_device=False)},
    statuses=((Role.RUN, DRAWS), (Role.PLUG, PLUGGED)),
    highest_a=63.0,
    shows_within_s=20.0,
)

KEBA_CUSTOM: Final = Family(
    name="KEBA (custom integration)",
    platform="keba",
    unique_id="keba-{owner}-{key}",
    anchor=Role.SHOWN,
    entities={
        Role.SHOWN: Where(domain=Platform.SENSOR, key="Curr user"),
        Role.RUN: Where(domain=Platform.BINARY_SENSOR, key="State_on"),
        Role.STATUS: Where(domain=Platform.SENSOR, key="State_details"),
        Role.PLUG: Where(domain=Platform.BINARY_SENSOR, key="Plug_EV"),
        **on_each_phase("I#"),
    },
    limits={"charger": _limit(on_device=True)},
    statuses=(
        (Role.STATUS, words(charging=("charging",))),
        (Role.PLUG, PLUGGED),
    ),
    highest_a=63.0,
    shows_within_s=20.0,
)
