"""go-e Charger, by the custom integration `goecharger_api2` (marq24, 2026.8.4).

Keys and ranges: goecharger/go-eCharger-API-v2, API_KEYS_FIRMWARE; unique ids and
what a failed write does: the integration's __init__.py and number.py.

- A write that fails still counts as a success there: what counts is the number.
- `amp` may be written often on hardware 3 and later (API-v2 issues 23 and 112).
- There is no 0 A: the choice `frc` stops ("1"), and leaves the rest to the
  charger ("0"). "2" would charge against its own price and sun logic.
- `psm` forces one phase ("1") or three ("2"); "0" leaves that to the charger.
- The text of the car's state is translated; its code is disabled at first.
"""

from typing import Final

from homeassistant.const import Platform

from custom_components.ev_lb.chargers.facts import (
    Family,
    Role,
    Where,
    of_number_and_choice,
    on_each_phase,
    words,
)

GO_E: Final = Family(
    name="go-e",
    platform="goecharger_api2",
    anchor=Role.RUN,
    entities={
        Role.CURRENT: Where(domain=Platform.NUMBER, key="amp"),
        Role.RUN: Where(domain=Platform.SELECT, key="frc"),
        Role.PHASES: Where(domain=Platform.SELECT, key="psm"),
        Role.STATUS: Where(domain=Platform.SENSOR, key="car"),
        Role.PLUG: Where(domain=Platform.SENSOR, key="car_value"),
        **on_each_phase("nrg_#", "456"),
    },
    limits={"charger": of_number_and_choice("1", "0")},
    stopped=frozenset({"1"}),
    one_phase="1",
    all_phases="2",
    statuses=(
        (
            Role.STATUS,
            words(charging=("2",), connected=("3", "4"), disconnected=("1",)),
        ),
        (
            Role.PLUG,
            words(
                charging=("Charging",),
                connected=("Wait for car", "Complete"),
                disconnected=("Idle",),
            ),
        ),
    ),
    shows_within_s=30.0,
    response_time_s=15.0,
)
