"""Suggests what shows that a meter is alive that is silent while its values stay."""

from collections.abc import Iterable
import re
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.ev_lb.building.signs import signs_of

LAST_SEEN: Final = re.compile(
    r"last.?(seen|report|update|message|telegram|sync|contact)|heart.?beat|telegram"
)
"""In the unique id or name of what says when a device last reported."""


def suggested_heartbeat(hass: HomeAssistant, entity_ids: Iterable[str]) -> str | None:
    """Return what shows that a meter is alive, where nothing else is known to.

    A wrong one is worse than none: it is named only where all that the meter reads
    belongs to one device, which has one entity that says when it was last seen.
    """
    registry = er.async_get(hass)
    rows = {entity_id: registry.async_get(entity_id) for entity_id in entity_ids}
    devices = {None if row is None else row.device_id for row in rows.values()}
    if len(devices) != 1 or (device_id := devices.pop()) is None:
        return None
    if not any(_is_silent(hass, entity_id) for entity_id in rows):
        return None
    found = [
        row.entity_id
        for row in er.async_entries_for_device(registry, device_id)
        if row.domain == Platform.SENSOR
        and row.platform in {own.platform for own in rows.values() if own is not None}
        and _says_when(row)
    ]
    return found[0] if len(found) == 1 else None


def _is_silent(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether an entity has never repeated its value, and nothing vouches for it."""
    state = hass.states.get(entity_id)
    repeats = state is not None and state.last_reported > state.last_updated
    return not repeats and signs_of(hass, entity_id).entity_ids == {entity_id}


def _says_when(row: er.RegistryEntry) -> bool:
    names = f"{row.unique_id} {row.original_name or ''} {row.entity_id}".lower()
    is_time = (row.device_class or row.original_device_class) in (
        SensorDeviceClass.TIMESTAMP,
        None,
    )
    return is_time and LAST_SEEN.search(names) is not None
