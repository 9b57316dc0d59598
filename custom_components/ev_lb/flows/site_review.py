"""What looks wrong with the sensors and numbers of a site, before it is saved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
import re
from typing import Any, Final

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
import probatio

from custom_components.ev_lb.const import (
    CONF_CAN_EXPORT,
    CONF_INVERT_SIGN,
    CONF_METER_KIND,
    CONF_PHASE_ENTITIES,
    CONF_PHASE_POWER_ENTITIES,
    CONF_PHASES,
    CONF_POWER_ENTITY,
    CONF_SERVICE_CURRENT_A,
    CONF_VOLTAGE_V,
    METER_ENTITY_KEYS,
    METER_PHASE_CURRENT,
    METER_TOTAL_POWER,
)
from custom_components.ev_lb.explaining.texts import Texts
from custom_components.ev_lb.meters.state import Quantity, read_state

from .forms import choice, required
from .suggestions import CHARGER_PLATFORMS, named_phase, words_of

CONF_NEXT: Final = "next"
NEXT_SAVE: Final = "save"
NEXT_READ: Final = "read"
NEXT_HOME: Final = "home"
NEXT_METER: Final = "meter"

USUAL_FUSE_A: Final = (10.0, 250.0)
"""From the smallest main fuse of a flat to that of a parking lot, A."""
TINY_W: Final = 20.0
"""Less than this on each phase, but not zero, is no home: kW that are named W."""
HUGE_FACTOR: Final = 3.0
"""More than the main fuse carries, by this: W that are named kW."""

EXPORT_WORDS: Final = words_of(
    "export exported production produced producing injection injected returned return "
    "feed delivered solar pv photovoltaic inverter negative"
)
CHARGER_WORDS: Final = words_of("wallbox evse charger")


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that looks wrong: the key of its sentence, and what fills that in."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


def doubts_of(hass: HomeAssistant, values: Mapping[str, Any]) -> list[Doubt]:
    """Return what looks wrong with a meter and its main fuse, worst first."""
    return [
        *_unsigned(hass, values),
        *_doubtful_names(hass, values),
        *_doubtful_scale(hass, values),
        *_doubtful_fuse(values),
    ]


def review_schema() -> probatio.Schema:
    """Return the form that asks how to go on."""
    options = [NEXT_METER, NEXT_HOME, NEXT_READ, NEXT_SAVE]
    return probatio.Schema({required(CONF_NEXT, {}): choice(options, CONF_NEXT)})


def review_texts(
    hass: HomeAssistant,
    texts: Texts,
    values: Mapping[str, Any],
    doubts: list[Doubt],
) -> dict[str, str]:
    """Return what the form shows: the doubts, and each reading at this moment."""
    readings = [
        f"- {texts.label(key)}: {_shown(hass.states.get(values[key]))}"
        f" (`{values[key]}`)"
        for key in METER_ENTITY_KEYS
        if values.get(key)
    ]
    sentences = [
        f"- {texts.get('site_review', doubt.key, **_filled(texts, doubt))}"
        for doubt in doubts
    ]
    return {"doubts": "\n".join(sentences), "readings": "\n".join(readings)}


def _filled(texts: Texts, doubt: Doubt) -> dict[str, Any]:
    return {
        key: texts.label(value) if key == "field" else value
        for key, value in doubt.values.items()
    }


def _shown(state: State | None) -> str:
    if state is None:
        return "?"
    unit = state.attributes.get("unit_of_measurement", "")
    return f"{state.state} {unit}".strip()


def _unsigned(hass: HomeAssistant, values: Mapping[str, Any]) -> Iterator[Doubt]:
    """Currents have no sign as a rule: export looks like import."""
    if values[CONF_METER_KIND] != METER_PHASE_CURRENT or not values[CONF_CAN_EXPORT]:
        return
    if values[CONF_INVERT_SIGN]:
        # Import is negative there: the owner has seen a sign.
        return
    phases = [
        entity_id
        for current, power in zip(
            CONF_PHASE_ENTITIES, CONF_PHASE_POWER_ENTITIES, strict=True
        )
        if (entity_id := values.get(current)) and not values.get(power)
    ]
    shown = [read_state(hass.states.get(row), Quantity.CURRENT, 0.0) for row in phases]
    if phases and not any(reading.value < 0 for reading in shown):
        yield Doubt("unsigned", {"entities": ", ".join(phases)})


def _import_fields(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each field of what is taken from the grid, with its entity."""
    for key in (CONF_POWER_ENTITY, *CONF_PHASE_ENTITIES, *CONF_PHASE_POWER_ENTITIES):
        if values.get(key):
            yield key, values[key]


def _doubtful_names(hass: HomeAssistant, values: Mapping[str, Any]) -> Iterator[Doubt]:
    registry = er.async_get(hass)
    for key, entity_id in _import_fields(values):
        entry = registry.async_get(entity_id)
        state = hass.states.get(entity_id)
        name = "" if state is None else state.name
        words = set(re.findall(r"[a-z]+", f"{entity_id} {name}".lower()))
        filled = {"field": key, "entity": entity_id}
        platform = "" if entry is None else entry.platform
        if platform in CHARGER_PLATFORMS or words & CHARGER_WORDS:
            yield Doubt("of_a_charger", filled)
        elif words & EXPORT_WORDS:
            yield Doubt("named_export", filled)
        phase = named_phase(entity_id)
        if phase and key != CONF_POWER_ENTITY and phase != key[1]:
            yield Doubt("other_phase", {**filled, "phase": f"L{phase}"})


def _doubtful_scale(hass: HomeAssistant, values: Mapping[str, Any]) -> Iterator[Doubt]:
    is_current = values[CONF_METER_KIND] == METER_PHASE_CURRENT
    is_total = values[CONF_METER_KIND] == METER_TOTAL_POWER
    quantity = Quantity.CURRENT if is_current else Quantity.POWER
    keys = [CONF_POWER_ENTITY] if is_total else [*CONF_PHASE_ENTITIES]
    most = HUGE_FACTOR * values[CONF_SERVICE_CURRENT_A]
    if not is_current:
        most *= values[CONF_VOLTAGE_V]
    if is_total:
        most *= int(values[CONF_PHASES])
    shown = {
        values[key]: abs(read_state(hass.states.get(values[key]), quantity, 0.0).value)
        for key in keys
        if values.get(key)
    }
    entities = ", ".join(shown)
    if any(value > most for value in shown.values()):
        yield Doubt("huge", {"entities": entities})
    elif not is_current and 0 < max(shown.values(), default=0.0) < TINY_W:
        yield Doubt("tiny", {"entities": entities})


def _doubtful_fuse(values: Mapping[str, Any]) -> Iterator[Doubt]:
    least_a, most_a = USUAL_FUSE_A
    fuse_a = values[CONF_SERVICE_CURRENT_A]
    if not least_a <= fuse_a <= most_a:
        yield Doubt("unusual_fuse", {"fuse": f"{fuse_a:g}"})
