"""The settings that may change at any time; they are kept in the config entry."""

from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import EntityCategory, UnitOfElectricCurrent, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import (
    CHARGER_CURRENT_RANGE_A,
    CONF_MAX_CURRENT_A,
    CONF_MIN_CURRENT_A,
    CONF_RAMP_UP_TIME_S,
    CONF_SERVICE_CURRENT_A,
    DEFAULT_MAX_CURRENT_A,
    DEFAULT_MIN_CURRENT_A,
    DEFAULT_RAMP_UP_TIME_S,
    DEFAULT_SERVICE_CURRENT_A,
    DOMAIN,
    RAMP_UP_TIME_RANGE_S,
    SERVICE_CURRENT_RANGE_A,
    Range,
)
from .entity import EvLbEntity
from .runtime import EvLbConfigEntry
from .simulated_entities import simulated_numbers
from .wiring import chargers_of

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class EvLbNumberDescription(NumberEntityDescription):
    """A setting, and under which name the entry keeps it."""

    setting: str
    default: float
    entity_category: EntityCategory | None = EntityCategory.CONFIG
    mode: NumberMode | None = NumberMode.BOX
    native_step: float | None = 1.0


def _current(
    key: str, limits_a: Range, setting: str, default_a: float
) -> EvLbNumberDescription:
    return EvLbNumberDescription(
        key=key,
        translation_key=key,
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_min_value=limits_a[0],
        native_max_value=limits_a[1],
        setting=setting,
        default=default_a,
    )


SITE_NUMBERS = (
    _current(
        "service_current",
        SERVICE_CURRENT_RANGE_A,
        CONF_SERVICE_CURRENT_A,
        DEFAULT_SERVICE_CURRENT_A,
    ),
    EvLbNumberDescription(
        key="ramp_up_time",
        translation_key="ramp_up_time",
        device_class=NumberDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        native_min_value=RAMP_UP_TIME_RANGE_S[0],
        native_max_value=RAMP_UP_TIME_RANGE_S[1],
        setting=CONF_RAMP_UP_TIME_S,
        default=DEFAULT_RAMP_UP_TIME_S,
    ),
)

CHARGER_NUMBERS = (
    _current(
        "max_charger_current",
        CHARGER_CURRENT_RANGE_A,
        CONF_MAX_CURRENT_A,
        DEFAULT_MAX_CURRENT_A,
    ),
    _current(
        "min_ev_current",
        CHARGER_CURRENT_RANGE_A,
        CONF_MIN_CURRENT_A,
        DEFAULT_MIN_CURRENT_A,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the settings of a site and of its chargers."""
    async_add_entities(EvLbNumber(entry, number) for number in SITE_NUMBERS)
    for subentry in chargers_of(entry):
        async_add_entities(
            [
                *(EvLbNumber(entry, number, subentry) for number in CHARGER_NUMBERS),
                *simulated_numbers(entry, subentry),
            ],
            config_subentry_id=subentry.subentry_id,
        )


class EvLbNumber(EvLbEntity, NumberEntity):
    """A setting of the site or of a charger."""

    entity_description: EvLbNumberDescription

    @property
    @override
    def native_value(self) -> float:
        """Return what is set."""
        return self._setting(self.entity_description)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Keep a new value; the controller takes it up at once."""
        setting = self.entity_description.setting
        if self.subentry is None:
            self.hass.config_entries.async_update_entry(
                self.entry, options={**self.entry.options, setting: value}
            )
        else:
            self._check_order(setting, value)
            subentry = self.entry.subentries[self.subentry.subentry_id]
            self.hass.config_entries.async_update_subentry(
                self.entry, subentry, data={**subentry.data, setting: value}
            )
        self._async_update()

    def _check_order(self, setting: str, value: float) -> None:
        """Refuse a minimum above the maximum."""
        values_a = {
            number.setting: self._setting(number) for number in CHARGER_NUMBERS
        } | {setting: value}
        minimum_a, maximum_a = (
            values_a[CONF_MIN_CURRENT_A],
            values_a[CONF_MAX_CURRENT_A],
        )
        if minimum_a > maximum_a:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="minimum_above_maximum",
                translation_placeholders={
                    "minimum": f"{minimum_a:g}",
                    "maximum": f"{maximum_a:g}",
                },
            )

    def _setting(self, description: EvLbNumberDescription) -> float:
        if self.subentry is None:
            values = self.entry.options
        else:
            # The entry's own copy: this entity's is from when it was set up.
            values = self.entry.subentries[self.subentry.subentry_id].data
        return float(values.get(description.setting, description.default))

    @override
    def _shown(self) -> tuple[Any, ...]:
        return (self.native_value,)
