"""Checks of what people enter in the forms, each with a message of its own."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from homeassistant.components.number import NumberDeviceClass
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import (
    ATTR_DEVICE_CLASS,
    ATTR_UNIT_OF_MEASUREMENT,
    CONF_NAME,
    PERCENTAGE,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfPower,
)
from homeassistant.core import HomeAssistant, split_entity_id, valid_entity_id
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.script import async_validate_actions_config
import probatio

from custom_components.ev_lb.chargers.actions import with_variables
from custom_components.ev_lb.const import (
    ATTR_CURRENT_A,
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_SOC_ENTITY,
    CONF_CURRENT_ENTITY,
    CONF_EXTERNAL_CAP_ENTITY,
    CONF_IMPORT_LIMIT_ENTITY,
    CONF_MEASURED_CURRENT_ENTITY,
    CONF_MONTH_PEAK_ENTITY,
    CONF_PHASES_ENTITY,
    CONF_SOLAR_POWER_ENTITY,
    CONF_STATUS_ENTITY,
    CONF_SWITCH_ENTITY,
    DOMAIN,
    METER_ENTITY_KEYS,
)
from custom_components.ev_lb.settings import Range, Setting

ATTR_CURRENT_W: Final = "current_w"
"""A variable that the actions of a charger are given."""

INPUT_BOOLEAN: Final = "input_boolean"
INPUT_NUMBER: Final = "input_number"

EQUIPMENT_ENTITY_KEYS: Final = (
    CONF_SOLAR_POWER_ENTITY,
    CONF_BATTERY_SOC_ENTITY,
    CONF_BATTERY_POWER_ENTITY,
    CONF_IMPORT_LIMIT_ENTITY,
    CONF_MONTH_PEAK_ENTITY,
    CONF_EXTERNAL_CAP_ENTITY,
)
CHARGER_ENTITY_KEYS: Final = (
    CONF_CURRENT_ENTITY,
    CONF_SWITCH_ENTITY,
    CONF_MEASURED_CURRENT_ENTITY,
    CONF_STATUS_ENTITY,
    CONF_PHASES_ENTITY,
)

LONGEST_NAME: Final = 100
"""So many characters a name has at most: it becomes part of entity IDs."""
SHOWN_CHARACTERS: Final = 40
NOT_REPORTED: Final = (STATE_UNKNOWN, STATE_UNAVAILABLE, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityNeed:
    """What an entity must be to fill a field."""

    domains: tuple[str, ...]
    domain_error: str
    device_class: str | None = None
    units: tuple[str, ...] = ()
    unit_error: str = ""
    unit_needed: bool = True
    """Whether an entity that works but has no unit is refused."""
    switch_domains: tuple[str, ...] = ()
    """Domains of entities that are on or off instead."""


POWER_SENSOR: Final = EntityNeed(
    domains=(Platform.SENSOR,),
    domain_error="not_a_sensor",
    device_class=SensorDeviceClass.POWER,
    units=(UnitOfPower.WATT, UnitOfPower.KILO_WATT),
    unit_error="not_a_power",
)
CURRENT_SENSOR: Final = EntityNeed(
    domains=(Platform.SENSOR,),
    domain_error="not_a_sensor",
    device_class=SensorDeviceClass.CURRENT,
    units=(UnitOfElectricCurrent.AMPERE, UnitOfElectricCurrent.MILLIAMPERE),
    unit_error="not_a_current",
)
VOLTAGE_SENSOR: Final = EntityNeed(
    domains=(Platform.SENSOR,),
    domain_error="not_a_sensor",
    device_class=SensorDeviceClass.VOLTAGE,
    units=(UnitOfElectricPotential.VOLT, UnitOfElectricPotential.MILLIVOLT),
    unit_error="not_a_voltage",
)
CURRENT_NUMBER: Final = EntityNeed(
    domains=(Platform.NUMBER,),
    domain_error="not_a_number_entity",
    device_class=NumberDeviceClass.CURRENT,
    units=(UnitOfElectricCurrent.AMPERE,),
    unit_error="not_in_ampere",
    unit_needed=False,
)
CHARGER_SWITCH: Final = EntityNeed(
    domains=(Platform.SWITCH,), domain_error="not_a_switch"
)
PHASE_SETTING: Final = EntityNeed(
    domains=(Platform.SELECT, Platform.SWITCH, Platform.NUMBER),
    domain_error="not_a_phase_setting",
    switch_domains=(INPUT_BOOLEAN, "input_select"),
)
STATUS_SENSOR: Final = EntityNeed(
    domains=(Platform.SENSOR, Platform.BINARY_SENSOR),
    domain_error="not_a_status_sensor",
)
HEARTBEAT: Final = EntityNeed(
    domains=(Platform.SENSOR, Platform.BINARY_SENSOR), domain_error="not_a_sensor"
)
BATTERY_SOC: Final = EntityNeed(
    domains=(Platform.SENSOR, INPUT_NUMBER),
    domain_error="not_a_sensor",
    device_class=SensorDeviceClass.BATTERY,
    units=(PERCENTAGE,),
    unit_error="not_a_percentage",
)
POWER_LIMIT: Final = EntityNeed(
    domains=(Platform.SENSOR, Platform.NUMBER, INPUT_NUMBER),
    domain_error="not_a_number_or_sensor",
    device_class=SensorDeviceClass.POWER,
    units=(UnitOfPower.WATT, UnitOfPower.KILO_WATT),
    unit_error="not_a_power",
)
PRICE: Final = EntityNeed(
    domains=(Platform.SENSOR, Platform.NUMBER, INPUT_NUMBER, "schedule"),
    domain_error="not_a_price",
)
CAP_SIGNAL: Final = EntityNeed(
    domains=POWER_LIMIT.domains,
    domain_error="not_a_signal",
    device_class=SensorDeviceClass.POWER,
    units=POWER_LIMIT.units,
    unit_error="not_a_power",
    switch_domains=(Platform.BINARY_SENSOR, Platform.SWITCH, INPUT_BOOLEAN),
)


@dataclass(slots=True)
class FormCheck:
    """What is wrong with a form that was sent.

    Placeholders are shared by all messages of a form, so what several fields
    have under one name is joined.
    """

    errors: dict[str, str] = field(default_factory=dict)
    placeholders: dict[str, str] = field(default_factory=dict)

    def fail(self, key: str, error: str, **details: str) -> None:
        """Note a field's error, if it has none yet, and what its message names."""
        if key in self.errors:
            return
        self.errors[key] = error
        for name, detail in details.items():
            before = self.placeholders.get(name)
            self.placeholders[name] = f"{before}, {detail}" if before else detail

    def name(self, value: str, taken: Iterable[str] = ()) -> None:
        """Check that a name is not empty, and that nothing else has it."""
        if not (name := value.strip()):
            self.fail(CONF_NAME, "name_missing")
        elif len(name) > LONGEST_NAME:
            self.fail(CONF_NAME, "name_too_long", longest=f"{LONGEST_NAME}")
        elif name.casefold() in {other.casefold() for other in taken}:
            self.fail(CONF_NAME, "name_taken")

    def in_range(
        self,
        setting: Setting,
        values: Mapping[str, Any],
        *,
        limits: Range | None = None,
        shown_at: str | None = None,
        error: str | None = None,
    ) -> None:
        """Check that a number is within its limits, which NaN never is.

        A field in a section shows its error at the section: Home Assistant does
        not show errors inside of one. `limits` and `shown_at` are for a form that has
        other ones than the setting.
        """
        lowest, highest = limits or setting.bounds
        if not lowest <= values[setting.key] <= highest:
            error = error or f"{setting.key}_range"
            self.fail(
                shown_at or setting.section or setting.key,
                error,
                **{error: f"{lowest:g} - {highest:g}"},
            )


def check_entities(
    hass: HomeAssistant,
    check: FormCheck,
    picked: Mapping[str, str | None],
    needs: Mapping[str, EntityNeed],
    taken: Mapping[str, str],
    earlier: Iterable[str] = (),
    sections: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Check each entity that was picked in a form.

    `taken` names the entities that other parts of the site or other sites use,
    and which part; `earlier` names those picked in earlier steps of the same flow, and
    `sections` where the fields stand that are in a section.
    """
    seen = set(earlier)
    for field_key, need in needs.items():
        if not (entity_id := picked.get(field_key)):
            continue
        key = sections.get(field_key, field_key)
        check_entity(hass, check, key, entity_id, need)
        if entity_id in seen:
            check.fail(key, "entity_twice")
        if entity_id in taken:
            check.fail(key, "entity_in_use", used_by=taken[entity_id])
        seen.add(entity_id)


def check_entity(
    hass: HomeAssistant, check: FormCheck, key: str, entity_id: str, need: EntityNeed
) -> None:
    """Check that an entity exists and is what its field needs.

    One that has no value yet is no error: it may be starting.
    """
    state = hass.states.get(entity_id)
    entry = er.async_get(hass).entities.get(entity_id)
    if state is None and entry is None:
        check.fail(key, "entity_not_found", not_found=entity_id)
        return
    domain = split_entity_id(entity_id)[0]
    switches = domain in need.switch_domains
    if domain not in need.domains and not switches:
        check.fail(key, need.domain_error)
    if entry and entry.disabled:
        check.fail(key, "entity_disabled", disabled=entity_id)
    if entry and is_own(entry):
        check.fail(key, "entity_is_own")
    if not need.units or switches:
        return
    reported = state is not None and state.state not in NOT_REPORTED
    unit, device_class = kind_of(hass, entity_id)
    wrong_class = device_class not in (None, need.device_class)
    if unit is None:
        wrong_unit = need.unit_needed and reported
    else:
        wrong_unit = unit not in need.units
    if wrong_class or wrong_unit:
        known = ", ".join(part for part in (device_class, unit) if part) or "-"
        check.fail(key, need.unit_error, found=f"{entity_id} ({known})")
    if state is not None and reported and not _is_number(state.state):
        check.fail(key, "not_numeric", states=f"{entity_id}: {state.state}")


def is_own(entry: er.RegistryEntry) -> bool:
    """Return whether an entity is ours, and not one of simulated hardware."""
    return entry.platform == DOMAIN and "_simulated_" not in entry.unique_id


def kind_of(hass: HomeAssistant, entity_id: str) -> tuple[str | None, str | None]:
    """Return unit and device class of an entity, running or not."""
    unit: str | None = None
    device_class: str | None = None
    if state := hass.states.get(entity_id):
        unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        device_class = state.attributes.get(ATTR_DEVICE_CLASS)
    if entry := er.async_get(hass).entities.get(entity_id):
        unit = unit or entry.unit_of_measurement
        device_class = device_class or entry.device_class or entry.original_device_class
    return unit, device_class


def _is_number(text: str) -> bool:
    """Return whether a state reads as a number, `nan` among them."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def entities_in_use(
    hass: HomeAssistant,
    *,
    except_entry_id: str | None = None,
    except_subentry_id: str | None = None,
) -> dict[str, str]:
    """Return the entities of meters and chargers, and whose they are.

    The exceptions leave out a site's own meter, or one charger or circuit. Sun,
    battery and the grid operator's signals may serve several sites.
    """
    used: dict[str, str] = {}
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.entry_id != except_entry_id:
            for key in METER_ENTITY_KEYS:
                if isinstance(entity_id := entry.data.get(key), str):
                    used[entity_id] = entry.title
        for subentry in entry.subentries.values():
            if subentry.subentry_id == except_subentry_id:
                continue
            for key in (*CHARGER_ENTITY_KEYS, *METER_ENTITY_KEYS):
                if isinstance(entity_id := subentry.data.get(key), str):
                    used[entity_id] = f"{entry.title}: {subentry.title}"
    return used


async def async_check_actions(
    hass: HomeAssistant, check: FormCheck, key: str, actions: Any
) -> None:
    """Check that a sequence of actions can run.

    It is checked on a copy: the flow keeps what was entered, since a validated
    sequence holds objects that cannot be stored.
    """
    if not isinstance(actions, list) or not all(
        isinstance(action, Mapping) for action in actions
    ):
        check.fail(key, "actions_invalid", problem=str(actions)[:SHOWN_CHARACTERS])
        return
    try:
        sequence = cv.SCRIPT_SCHEMA(deepcopy(actions))
        await async_validate_actions_config(hass, sequence)
    except (probatio.Invalid, HomeAssistantError) as error:
        check.fail(key, "actions_invalid", problem=str(error))
        return
    if unknown := sorted(_unknown_actions(hass, actions)):
        check.fail(key, "actions_unknown", unknown=", ".join(unknown))


def check_current_is_used(
    check: FormCheck, key: str, actions: list[dict[str, Any]]
) -> None:
    """Check that actions that set the current ask for its value somewhere.

    A script that is called by name is handed all variables.
    """
    if key in check.errors:
        return
    names = (ATTR_CURRENT_A, ATTR_CURRENT_W)
    text = str([with_variables(action, names) for action in actions])
    if not any(name in text for name in names):
        check.fail(key, "current_not_used")


def _unknown_actions(hass: HomeAssistant, node: Any) -> set[str]:
    """Return the actions, at any depth, that Home Assistant does not have."""
    if isinstance(node, list):
        return set().union(*(_unknown_actions(hass, item) for item in node))
    if not isinstance(node, Mapping):
        return set()
    unknown: set[str] = set()
    for key, value in node.items():
        if key in ("action", "service") and isinstance(value, str):
            if valid_entity_id(value) and not hass.services.has_service(
                *split_entity_id(value)
            ):
                unknown.add(value)
        elif key not in ("data", "event_data", "variables", "metadata"):
            unknown |= _unknown_actions(hass, value)
    return unknown
