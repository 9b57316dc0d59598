"""Finds known meters among the registered entities, disabled ones included."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
import re
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from custom_components.ev_lb.const import (
    CONF_EXPORT_ENTITIES,
    CONF_EXPORT_POWER_ENTITY,
    CONF_FRESHNESS_LIMIT_S,
    CONF_INVERT_SIGN,
    CONF_METER_DELAY_S,
    CONF_METER_KIND,
    CONF_PHASE_ENTITIES,
    CONF_PHASE_POWER_ENTITIES,
    CONF_PHASES,
    CONF_POWER_ENTITY,
    CONF_VOLTAGE_ENTITIES,
    METER_PHASE_CURRENT,
    METER_PHASE_POWER,
    METER_TOTAL_POWER,
)
from custom_components.ev_lb.meters.known import FAMILIES, Mark, MeterFamily, Phases

from .validation import (
    CURRENT_SENSOR,
    POWER_SENSOR,
    VOLTAGE_SENSOR,
    EntityNeed,
    kind_of,
)

SHORTEST_FRESHNESS_LIMIT_S: Final = 30.0
INTERVALS_UNTIL_LOST: Final = 3.0
"""How many reports in a row may be missed before a meter counts as lost."""

type _Group = dict[str, er.RegistryEntry]
"""The entities of one meter, by the pattern that they fit."""


@dataclass(frozen=True, slots=True)
class FoundMeter:
    """A meter that was found, and what the forms are filled in with for it."""

    key: str
    label: str
    entity_id: str
    """One of its entities, which distinguishes it from another of the same name."""
    values: Mapping[str, Any]
    disabled: tuple[str, ...] = ()
    """Entities that must be enabled first, which the form offers to do."""

    @property
    def measures_phases(self) -> bool:
        """Return whether it measures each phase."""
        return bool(self.values[CONF_METER_KIND] != METER_TOTAL_POWER)


@dataclass(slots=True)
class _Choice:
    """What is taken of a meter, field by field."""

    kind: str
    units: str
    phases: int = 1
    entries: dict[str, er.RegistryEntry] = field(default_factory=dict)

    def add(self, keys: tuple[str, ...], patterns: Phases, group: _Group) -> bool:
        """Take a quantity if all phases have it; return whether that is so."""
        wanted = dict(zip(keys, patterns[: self.phases], strict=False))
        if not wanted or not all(pattern in group for pattern in wanted.values()):
            return False
        self.entries |= {key: group[pattern] for key, pattern in wanted.items()}
        return True


def found_meters(hass: HomeAssistant) -> list[FoundMeter]:
    """Return the known meters, the most detailed and those that need nothing enabled first.

    A meter with more detail once some of its entities are enabled is there twice.
    """
    found: dict[str, FoundMeter] = {}
    for family in FAMILIES:
        for identity, group in _groups(hass, family):
            enabled = {key: row for key, row in group.items() if not row.disabled}
            for part in (enabled, group):
                if (choice := _chosen(family, part)) is not None:
                    meter = _described(hass, family, identity, choice)
                    found.setdefault(meter.key, meter)
    labels = Counter(meter.label for meter in found.values())
    distinct = (
        replace(meter, label=f"{meter.label} {meter.entity_id}")
        if labels[meter.label] > 1
        else meter
        for meter in found.values()
    )
    return sorted(
        distinct, key=lambda meter: (bool(meter.disabled), not meter.measures_phases)
    )


def suggested_meter(meters: list[FoundMeter]) -> FoundMeter | None:
    """Return the meter that is clearly the right one, if one is."""
    best = [meter for meter in meters if meter.measures_phases]
    ready = [meter for meter in best if not meter.disabled]
    for part in (ready, best, meters):
        if part:
            return part[0] if len(part) == 1 else None
    return None


def _needs(family: MeterFamily) -> dict[str, EntityNeed]:
    """Return the patterns of a family, and what must fit each."""
    powers = (*family.power, *family.export, family.total, family.total_export)
    return {
        **dict.fromkeys(family.current, CURRENT_SENSOR),
        **dict.fromkeys(filter(None, powers), POWER_SENSOR),
        **dict.fromkeys(family.voltage, VOLTAGE_SENSOR),
    }


def _groups(hass: HomeAssistant, family: MeterFamily) -> Iterator[tuple[str, _Group]]:
    """Yield each meter of a family, with its entities."""
    expressions = {
        pattern: (_expression(pattern, family.identity), need)
        for pattern, need in _needs(family).items()
    }
    fits: list[tuple[str, str, er.RegistryEntry]] = []
    for row in er.async_get(hass).entities.values():
        if row.platform != family.platform or not _is_made_by(hass, row, family):
            continue
        text = _text(row, family.mark)
        for pattern, (expression, need) in expressions.items():
            match = expression.fullmatch(text)
            if match is not None and _fits(hass, row, need):
                identity = match.groupdict().get("identity") or row.device_id or ""
                fits.append((f"{row.config_entry_id}/{identity}", pattern, row))
    fits.sort(key=lambda fit: fit[0])
    for identity, part in groupby(fits, key=lambda fit: fit[0]):
        yield identity, {pattern: row for _, pattern, row in part}


def _expression(pattern: str, identity: str) -> re.Pattern[str]:
    parts = map(re.escape, pattern.split("*"))
    return re.compile(f"(?P<identity>{identity})".join(parts), re.IGNORECASE)


def _is_made_by(
    hass: HomeAssistant, row: er.RegistryEntry, family: MeterFamily
) -> bool:
    if not family.manufacturer:
        return True
    device = dr.async_get(hass).async_get(row.device_id or "")
    made_by = device.manufacturer if isinstance(device, dr.DeviceEntry) else None
    return (made_by or "").casefold().startswith(family.manufacturer)


def _text(row: er.RegistryEntry, mark: Mark) -> str:
    if mark is Mark.UNIQUE_ID:
        return row.unique_id
    text = row.translation_key if mark is Mark.TRANSLATION_KEY else row.original_name
    text = (text or "").casefold()
    return text.replace("_", " ") if mark is Mark.NAME else text


def _fits(hass: HomeAssistant, row: er.RegistryEntry, need: EntityNeed) -> bool:
    unit, device_class = kind_of(hass, row.entity_id)
    return (
        row.domain in need.domains
        and unit in need.units
        and device_class == need.device_class
    )


def _chosen(family: MeterFamily, group: _Group) -> _Choice | None:
    """Return the most detailed of what a meter's entities allow."""
    phases = _phase_count(family, group)
    makers = (_current_and_power, _power, _current, _total)
    choices = (maker(family, group, phases) for maker in makers)
    return next((choice for choice in choices if choice is not None), None)


def _current_and_power(
    family: MeterFamily, group: _Group, phases: int
) -> _Choice | None:
    choice = _Choice(METER_PHASE_CURRENT, "A, W", phases)
    complete = choice.add(CONF_PHASE_ENTITIES, family.current, group)
    complete = complete and choice.add(CONF_PHASE_POWER_ENTITIES, family.power, group)
    return _with_more(choice, family, group) if complete else None


def _power(family: MeterFamily, group: _Group, phases: int) -> _Choice | None:
    choice = _Choice(METER_PHASE_POWER, "W", phases)
    complete = choice.add(CONF_PHASE_ENTITIES, family.power, group)
    return _with_more(choice, family, group) if complete else None


def _current(family: MeterFamily, group: _Group, phases: int) -> _Choice | None:
    choice = _Choice(METER_PHASE_CURRENT, "A", phases)
    complete = choice.add(CONF_PHASE_ENTITIES, family.current, group)
    return choice if complete and family.current_alone else None


def _total(family: MeterFamily, group: _Group, phases: int) -> _Choice | None:
    if family.total not in group:
        return None
    choice = _Choice(METER_TOTAL_POWER, "W", phases)
    choice.entries[CONF_POWER_ENTITY] = group[family.total]
    if family.total_export in group:
        choice.entries[CONF_EXPORT_POWER_ENTITY] = group[family.total_export]
    elif family.total_export and not family.export_comes_later:
        return None
    return choice


def _phase_count(family: MeterFamily, group: _Group) -> int:
    """Return how many phases a meter measures: three, one, or none."""
    for part in (family.power, family.current):
        present = [pattern in group for pattern in part]
        if present and all(present):
            return 3
        if present and present[0] and not any(present[1:]):
            return 1
    return 0


def _with_more(choice: _Choice, family: MeterFamily, group: _Group) -> _Choice | None:
    """Add export and voltage; import alone is no meter where there is an export."""
    complete = choice.add(CONF_EXPORT_ENTITIES, family.export, group)
    if family.export and not complete and not family.export_comes_later:
        return None
    if choice.add(CONF_VOLTAGE_ENTITIES, family.voltage, group):
        choice.units += ", V"
    return choice


def _described(
    hass: HomeAssistant, family: MeterFamily, identity: str, choice: _Choice
) -> FoundMeter:
    joint = " + " if choice.kind == METER_TOTAL_POWER else ", "
    phases = "L1" if choice.phases == 1 else joint.join(("L1", "L2", "L3"))
    row = next(iter(choice.entries.values()))
    device = dr.async_get(hass).async_get(row.device_id or "")
    name = "" if device is None else device.name_by_user or device.name or ""
    title = family.name if name in ("", family.name) else f"{family.name}: {name}"
    limit_s = max(SHORTEST_FRESHNESS_LIMIT_S, INTERVALS_UNTIL_LOST * family.interval_s)
    return FoundMeter(
        key=f"{family.platform}/{identity}/{choice.kind}/{choice.units}",
        label=f"{title} ({phases}: {choice.units})",
        entity_id=row.entity_id,
        values={
            CONF_METER_KIND: choice.kind,
            **({CONF_PHASES: str(choice.phases)} if choice.phases else {}),
            CONF_INVERT_SIGN: family.inverted,
            CONF_FRESHNESS_LIMIT_S: limit_s,
            **({CONF_METER_DELAY_S: family.delay_s} if family.delay_s else {}),
            **{key: entry.entity_id for key, entry in choice.entries.items()},
        },
        disabled=tuple(e.entity_id for e in choice.entries.values() if e.disabled),
    )
