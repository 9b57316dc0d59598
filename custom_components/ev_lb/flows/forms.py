"""What the forms of the config flows are made of."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.data_entry_flow import section
from homeassistant.helpers import selector
import probatio

from custom_components.ev_lb.building.plan_settings import SECTION_PLAN
from custom_components.ev_lb.settings import (
    SECTION_ADVANCED,
    SECTION_CAPACITY_TARIFF,
    SECTION_EXTERNAL_CAP,
    SECTION_SHARING,
    SECTION_SUN,
    SECTION_TIMING,
    Setting,
)

from .validation import EntityNeed

SECTION_MORE_SENSORS: Final = "more_sensors"
SECTION_PRICES: Final = "prices"
SECTIONS: Final = frozenset(
    {
        SECTION_ADVANCED,
        SECTION_CAPACITY_TARIFF,
        SECTION_EXTERNAL_CAP,
        SECTION_MORE_SENSORS,
        SECTION_PLAN,
        SECTION_PRICES,
        SECTION_SHARING,
        SECTION_SUN,
        SECTION_TIMING,
    }
)


def required(key: str, values: Mapping[str, Any]) -> probatio.Required:
    """Return the marker of a field that must be filled, with its present value."""
    if key in values:
        return probatio.Required(key, default=values[key])
    return probatio.Required(key)


def optional(key: str, values: Mapping[str, Any]) -> probatio.Optional:
    """Return the marker of a field that may be emptied, with its present value."""
    return probatio.Optional(key, description={"suggested_value": values.get(key)})


def collapsed(
    name: str, fields: dict[probatio.Marker, Any]
) -> dict[probatio.Marker, section]:
    """Return a collapsed section of fields that few people need."""
    return {
        probatio.Optional(name): section(probatio.Schema(fields), {"collapsed": True})
    }


def advanced(
    fields: dict[probatio.Marker, Any],
) -> dict[probatio.Marker, section]:
    """Return the collapsed section of what is seldom changed."""
    return collapsed(SECTION_ADVANCED, fields)


def flatten(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form sent, without its sections."""
    fields: dict[str, Any] = {}
    for key, value in user_input.items():
        fields |= value if key in SECTIONS else {key: value}
    return fields


def number(setting: Setting) -> selector.NumberSelector:
    """Return a number box, with the unit of its setting.

    It has no limits of its own: those that the browser or the schema would
    enforce come with a message that nobody can translate.
    """
    config = selector.NumberSelectorConfig(
        mode=selector.NumberSelectorMode.BOX, step="any"
    )
    if setting.unit:
        config["unit_of_measurement"] = setting.unit
    return selector.NumberSelector(config)


def boolean() -> selector.BooleanSelector:
    """Return a switch."""
    return selector.BooleanSelector()


def choices(options: list[str], translation_key: str) -> selector.SelectSelector:
    """Return a choice of any number of options that have translations."""
    return selector.SelectSelector(
        selector.SelectSelectorConfig(
            options=options,
            translation_key=translation_key,
            multiple=True,
            mode=selector.SelectSelectorMode.LIST,
        )
    )


def choice(
    options: list[str],
    translation_key: str,
    mode: selector.SelectSelectorMode = selector.SelectSelectorMode.LIST,
) -> selector.SelectSelector:
    """Return a choice of one among options that have translations."""
    return selector.SelectSelector(
        selector.SelectSelectorConfig(
            options=options, translation_key=translation_key, mode=mode
        )
    )


def entity(need: EntityNeed) -> selector.EntitySelector:
    """Return an entity picker with only what may fit."""
    domains: list[str] = [*need.domains]
    filters: list[selector.EntityWithDeviceFilterSelectorConfig] = []
    if need.device_class is None:
        filters.append({"domain": domains})
    else:
        filters.append({"domain": domains, "device_class": need.device_class})
        filters.append({"domain": domains, "unit_of_measurement": list(need.units)})
    if need.switch_domains:
        filters.append({"domain": list(need.switch_domains)})
    return selector.EntitySelector(selector.EntitySelectorConfig(filter=filters))


def named_choice(names: Mapping[str, str]) -> selector.SelectSelector:
    """Return a choice among things that have names of their own, by ID."""
    return selector.SelectSelector(
        selector.SelectSelectorConfig(
            options=[
                selector.SelectOptionDict(value=key, label=name)
                for key, name in names.items()
            ],
            mode=selector.SelectSelectorMode.DROPDOWN,
        )
    )
