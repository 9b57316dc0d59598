"""Chargers whose entities their owner picked: a current setting, or a plug."""

from typing import Final

from homeassistant.const import Platform

from .facts import (
    Call,
    Family,
    Limit,
    Role,
    Where,
    of_number,
    of_number_and_switch,
)
from .find import Found

PLUG_SHOWS_WITHIN_S: Final = 120.0
"""Whatever integration it is: the slowest known ones poll each 60 s."""


def picked(current_entity: str, switch_entity: str | None) -> tuple[Family, Found]:
    """Return a charger of a number and, where there is one, a switch."""
    entities = {Role.CURRENT: current_entity}
    if switch_entity is not None:
        entities[Role.RUN] = switch_entity
    limit = of_number(Role.CURRENT) if switch_entity is None else of_number_and_switch()
    family = Family(
        name="",
        platform="",
        anchor=Role.CURRENT,
        entities={Role.CURRENT: Where(domain=Platform.NUMBER)},
        limits={"charger": limit},
        lowest_a=0.0,
        shows_within_s=None,
    )
    return family, Found(entities=entities)


def plug(switch_entity: str, current_a: float) -> tuple[Family, Found]:
    """Return a plug that a load of that current hangs on: it is on or off."""
    switch = Where(domain=Platform.SWITCH)
    family = Family(
        name="",
        platform="",
        anchor=Role.RUN,
        entities={Role.RUN: switch},
        limits={
            "plug": Limit(
                set_current=None,
                needs=(Role.RUN,),
                stop=Call(domain=Platform.SWITCH, service="turn_off", role=Role.RUN),
                start=Call(domain=Platform.SWITCH, service="turn_on", role=Role.RUN),
            )
        },
        lowest_a=current_a,
        highest_a=current_a,
        step_a=current_a,
        shows_within_s=PLUG_SHOWS_WITHIN_S,
    )
    return family, Found(entities={Role.RUN: switch_entity})
