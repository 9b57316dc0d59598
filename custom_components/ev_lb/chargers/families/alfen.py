"""Alfen Eve, by the custom integration `alfen_modbus` (ThaStealth 0.2.0).

Registers and entities: const.py, number.py, sensor.py; poll of 30 s. The charger
needs the licence and the settings for a limit by an energy management system
(evcc issue 5689). Nobody has told us of a run: the stored code of its number
looks unfinished.

- Register 1210 is a set-point that ends by itself, by default after 60 s, at the
  safe current. The integration renews its last value: so that guards against a
  Home Assistant that is dead, not against a balancer that is.
- The number shows what was written; what holds shows in `actualMaxCurrent`.
- `alfen_wallbox` writes register 2129_0, which wears the flash (100 000 writes,
  its issue 244): not used.
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


def _socket(number: int, name: str) -> Family:
    """Return the facts of one socket of a charger."""
    return Family(
        name=name,
        platform="alfen_modbus",
        anchor=Role.CURRENT,
        entities={
            Role.CURRENT: Where(
                domain=Platform.NUMBER, key=f"maxCurrent_socket_{number}"
            ),
            Role.SHOWN: Where(
                domain=Platform.SENSOR, key=f"socket_{number}_actualMaxCurrent"
            ),
            Role.STATUS: Where(
                domain=Platform.SENSOR, key=f"socket_{number}_mode3state"
            ),
            Role.LEFT_ALONE: Where(
                domain=Platform.SENSOR, key=f"socket_{number}_saveCurrent"
            ),
            **on_each_phase(f"socket_{number}_currentL#"),
        },
        limits={
            "charger": of_number(
                Role.CURRENT,
                needs=(Role.CURRENT, Role.SHOWN),
                shown=Role.SHOWN,
                left_alone=LeftAlone.OWN_FALLBACK,
            )
        },
        statuses=(
            (
                Role.STATUS,
                words(
                    charging=("C2", "D2"),
                    connected=("B1", "B2", "C1", "D1"),
                    disconnected=("A", "E"),
                ),
            ),
        ),
        # Two polls, and something for the write.
        shows_within_s=75.0,
        response_time_s=20.0,
    )


ALFEN: Final = _socket(1, "Alfen")
ALFEN_SECOND: Final = _socket(2, "Alfen, socket 2")
