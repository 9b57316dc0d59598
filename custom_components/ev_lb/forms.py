"""What the forms of the config flows are made of."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.data_entry_flow import section
from homeassistant.helpers import selector
import probatio

from .validation import EntityNeed

SECTION_ADVANCED: Final = "advanced"


def required(key: str, values: Mapping[str, Any]) -> probatio.Required:
    """Return the marker of a field that must be filled, with its present value."""
    if key in values:
        return probatio.Required(key, default=values[key])
    return probatio.Required(key)


def optional(key: str, values: Mapping[str, Any]) -> probatio.Optional:
    """Return the marker of a field that may be emptied, with its present value."""
    return probatio.Optional(key, description={"suggested_value": values.get(key)})


def advanced(
    fields: dict[probatio.Marker, Any],
) -> dict[probatio.Marker, section]:
    """Return a collapsed section of fields that few people need."""
    return {
        probatio.Optional(SECTION_ADVANCED): section(
            probatio.Schema(fields), {"collapsed": True}
        )
    }


def flatten(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form sent, without its section."""
    fields = dict(user_input)
    section_fields: dict[str, Any] = fields.pop(SECTION_ADVANCED, {})
    return fields | section_fields


def number(unit: str) -> selector.NumberSelector:
    """Return a number box.

    It has no limits of its own: those that the browser or the schema would
    enforce come with a message that nobody can translate.
    """
    return selector.NumberSelector(
        selector.NumberSelectorConfig(
            mode=selector.NumberSelectorMode.BOX, step="any", unit_of_measurement=unit
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
    """Return an entity picker that offers only what may fit."""
    domains: list[str] = [*need.domains]
    offers: list[selector.EntityWithDeviceFilterSelectorConfig] = []
    if need.device_class is None:
        offers.append({"domain": domains})
    else:
        offers.append({"domain": domains, "device_class": need.device_class})
        offers.append({"domain": domains, "unit_of_measurement": list(need.units)})
    return selector.EntitySelector(selector.EntitySelectorConfig(filter=offers))
