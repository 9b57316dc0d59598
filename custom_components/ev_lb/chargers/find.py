"""Finds the chargers of known families in the registry, and their entities."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
import re

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from custom_components.ev_lb.engine.model import ChargerStatus

from .facts import Family, Limit, Role, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A charger that an integration knows, and which entities it has for it."""

    owner: str = ""
    """Its name in unique ids: it outlives a removed and added device."""
    name: str = ""
    device_id: str | None = None
    entities: Mapping[Role, str] = field(default_factory=dict)
    """Those that are enabled."""
    disabled: Mapping[Role, str] = field(default_factory=dict)

    def __contains__(self, role: Role) -> bool:
        """Return whether it has an entity, enabled or not."""
        return role in self.entities or role in self.disabled

    def lacks(self, limit: Limit) -> tuple[list[Role], list[str]]:
        """Return what a limit needs that is not there, and that is disabled."""
        missing = [role for role in limit.needs if role not in self]
        return missing, [
            self.disabled[role] for role in limit.needs if role in self.disabled
        ]


def measuring_entity(family: Family, found: Found) -> str | None:
    """Return a sensor whose state is what the car draws, A."""
    for role in (Role.MEASURED_L1, Role.MEASURED):
        where = family.entities.get(role)
        if where is not None and where.attribute is None and role in found.entities:
            return found.entities[role]
    return None


def status_entity(
    family: Family, found: Found
) -> tuple[str, Mapping[str, ChargerStatus]] | None:
    """Return the entity with the status of the car, and what its states mean."""
    for role, meanings in family.statuses:
        if role in found.entities:
            return found.entities[role], meanings
    return None


def _matches(family: Family, key: str, unique_id: str) -> str | None:
    """Return whose entity a unique id names, if it is of that key."""
    before, after = (
        re.escape(part)
        for part in family.unique_id.format(owner="\0", key=key).split("\0")
    )
    found = re.fullmatch(f"{before}(.+){after}", unique_id)
    return None if found is None else found[1]


def owners(hass: HomeAssistant, family: Family) -> Iterator[str]:
    """Yield the name in unique ids of each charger of a family."""
    where = family.entities[family.anchor]
    seen: set[str] = set()
    for entry in list(er.async_get(hass).entities.values()):
        if entry.platform != family.platform or entry.domain != where.domain:
            continue
        if not _is_made_by(hass, entry, family.manufacturer):
            continue
        owner = _matches(family, where.key, entry.unique_id)
        if owner is not None and owner not in seen:
            seen.add(owner)
            yield owner


def _is_made_by(
    hass: HomeAssistant, entry: er.RegistryEntry, manufacturer: str | None
) -> bool:
    if manufacturer is None:
        return True
    device = dr.async_get(hass).async_get(entry.device_id or "")
    return isinstance(device, dr.DeviceEntry) and device.manufacturer == manufacturer


def find(hass: HomeAssistant, family: Family, owner: str) -> Found:
    """Return what there is of a charger now, enabled and disabled."""
    registry = er.async_get(hass)
    anchor = _entry(registry, family, family.entities[family.anchor], owner)
    device_id = None if anchor is None else anchor.device_id
    devices = dr.async_get(hass)
    device = None if device_id is None else devices.async_get(device_id)
    parent_id = device.via_device_id if isinstance(device, dr.DeviceEntry) else None
    entities: dict[Role, str] = {}
    disabled: dict[Role, str] = {}
    for role, where in family.entities.items():
        if where.of_parent:
            entry = _entry_on(registry, family, where, parent_id)
        else:
            entry = _entry(registry, family, where, owner)
        if entry is not None:
            (disabled if entry.disabled else entities)[role] = entry.entity_id
    name = None if device is None else device.name_by_user or device.name
    return Found(
        owner=owner,
        name=name or owner,
        device_id=device_id,
        entities=entities,
        disabled=disabled,
    )


def _entry(
    registry: er.EntityRegistry, family: Family, where: Where, owner: str
) -> er.RegistryEntry | None:
    unique_id = family.unique_id.format(owner=owner, key=where.key)
    entity_id = registry.async_get_entity_id(where.domain, family.platform, unique_id)
    return None if entity_id is None else registry.async_get(entity_id)


def _entry_on(
    registry: er.EntityRegistry, family: Family, where: Where, device_id: str | None
) -> er.RegistryEntry | None:
    """Return the entity of that kind on a device."""
    if device_id is None:
        return None
    for entry in er.async_entries_for_device(
        registry, device_id, include_disabled_entities=True
    ):
        same = (entry.platform, entry.domain) == (family.platform, where.domain)
        if same and _matches(family, where.key, entry.unique_id):
            return entry
    return None
