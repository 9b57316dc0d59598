"""Finds what shows that the source of a meter's entity still reports."""

from collections.abc import Iterable
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import (
    ATTR_DEVICE_CLASS,
    ATTR_ENTITY_ID,
    ATTR_UNIT_OF_MEASUREMENT,
    Platform,
)
from homeassistant.core import HomeAssistant, valid_entity_id
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_component import DATA_INSTANCES
from homeassistant.helpers.template import Template

from custom_components.ev_lb.meters.signs import SignsOfLife
from custom_components.ev_lb.meters.state import UNIT_VALUES, Quantity

METER_CLASSES: Final = frozenset(
    {
        SensorDeviceClass.APPARENT_POWER,
        SensorDeviceClass.CURRENT,
        SensorDeviceClass.ENERGY,
        SensorDeviceClass.POWER,
        SensorDeviceClass.REACTIVE_POWER,
        SensorDeviceClass.VOLTAGE,
    }
)
"""What only a meter measures: signal strength and uptime go on when its cable is out."""
FLOW_UNITS: Final = frozenset(
    unit
    for quantity in (Quantity.POWER, Quantity.CURRENT)
    for unit in UNIT_VALUES[quantity]
)
TELLS_ALL: Final = frozenset({"dsmr"})
"""Integrations that write an entity with each report that has a value for it: one that
is silent has none, whatever its siblings do (dsmr's sensor.py, update_data)."""
TEMPLATE: Final = "template"
SOURCE_KEYS: Final = ("entities", "entity_ids", ATTR_ENTITY_ID)
"""Where helpers keep what they are made of: group, min_max, filter."""
MADE_OF_OTHERS: Final = frozenset({"filter", "group", "min_max", TEMPLATE})
"""Integrations whose entities are made of others, whatever device these are tied to."""
DEEPEST: Final = 5
"""So many entities made of others stand above one another at most."""


def signs_of(hass: HomeAssistant, entity_id: str, depth: int = 0) -> SignsOfLife:
    """Return what shows that the source of an entity still reports."""
    parts = []
    if depth < DEEPEST:
        sources = _sources(hass, entity_id)
        parts = [signs_of(hass, source, depth + 1) for source in sorted(sources)]
    siblings = frozenset[str]() if parts else _siblings(hass, entity_id)
    return SignsOfLife(entity_id, siblings=siblings, parts=parts)


def _siblings(hass: HomeAssistant, entity_id: str) -> frozenset[str]:
    """Return what the same device measures besides."""
    registry = er.async_get(hass)
    own = registry.async_get(entity_id)
    if own is None or own.device_id is None:
        return frozenset()
    if own.platform in TELLS_ALL or own.platform in MADE_OF_OTHERS:
        return frozenset()
    return frozenset(
        row.entity_id
        for row in er.async_entries_for_device(registry, own.device_id)
        if (row.device_class or row.original_device_class) in METER_CLASSES
        and row.domain == Platform.SENSOR
        and row.platform == own.platform
        and row.entity_id != entity_id
    )


def _sources(hass: HomeAssistant, entity_id: str) -> set[str]:
    """Return what an entity is made of; nothing for one of a device."""
    own = er.async_get(hass).async_get(entity_id)
    options = _options(hass, own)
    if own is not None and own.platform not in MADE_OF_OTHERS:
        return set()
    template = options.get("state") or _yaml_template(hass, entity_id)
    if template is not None:
        return _read_by(hass, template) - {entity_id}
    state = hass.states.get(entity_id)
    attributes = {} if state is None else state.attributes
    named: set[str] = set()
    for key in SOURCE_KEYS:
        for values in (options, attributes):
            named |= _ids(values.get(key))
    return named - {entity_id}


def _options(hass: HomeAssistant, row: er.RegistryEntry | None) -> dict[str, Any]:
    """Return what a helper was set up with."""
    if row is None or row.config_entry_id is None:
        return {}
    entry = hass.config_entries.async_get_entry(row.config_entry_id)
    return {} if entry is None else {**entry.data, **entry.options}


def _yaml_template(hass: HomeAssistant, entity_id: str) -> Template | None:
    """Return the template of an entity that stands in a file of the configuration.

    Nothing public tells it. What is not as it was (its template_entity.py, 2026.10)
    counts as not known: then only the entity's own reports show that it is alive.
    """
    component = hass.data.get(DATA_INSTANCES, {}).get(entity_id.partition(".")[0])
    entity = None if component is None else component.get_entity(entity_id)
    if entity is None or entity.platform.platform_name != TEMPLATE:
        return None
    config = getattr(entity, "_config", None)
    template = config.get("state") if isinstance(config, dict) else None
    return template if isinstance(template, Template) else None


def _read_by(hass: HomeAssistant, template: Template | str) -> set[str]:
    """Return the sensors that a template makes a value of.

    Those of a power or current where it reads any: what else it reads (a voltage, a
    number that the owner set, the time) may report seldom or always.
    """
    if isinstance(template, str):
        template = Template(template, hass)
    info = template.async_render_to_info()
    if info.all_states or info.domains:
        # It takes all that there are of something: which of them matter is not known.
        return set()
    sensors = {row for row in info.entities if row.startswith("sensor.")}
    flows = {row for row in sensors if _measures_flow(hass, row)}
    return flows or {row for row in sensors if _is_measured(hass, row)}


def _measures_flow(hass: HomeAssistant, entity_id: str) -> bool:
    state = hass.states.get(entity_id)
    if state is not None and state.attributes.get(ATTR_UNIT_OF_MEASUREMENT):
        return state.attributes[ATTR_UNIT_OF_MEASUREMENT] in FLOW_UNITS
    row = er.async_get(hass).async_get(entity_id)
    return row is not None and row.unit_of_measurement in FLOW_UNITS


def _is_measured(hass: HomeAssistant, entity_id: str) -> bool:
    state = hass.states.get(entity_id)
    return state is not None and state.attributes.get(ATTR_DEVICE_CLASS) in (
        METER_CLASSES
    )


def _ids(value: Any) -> set[str]:
    """Return the entity IDs that a value holds."""
    values: Iterable[Any] = value if isinstance(value, list | tuple) else (value,)
    return {row for row in values if isinstance(row, str) and valid_entity_id(row)}
