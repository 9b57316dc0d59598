"""The settings in numbers that may change at any time, and what a car needs."""

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import (
    UnitOfElectricCurrent,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfRatio,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .building.features import has_battery, has_import_limit, has_surplus
from .building.site import chargers_of
from .building.stored_numbers import finite
from .const import (
    BATTERY_SOC_RANGE_PERCENT,
    CHARGER_CURRENT_RANGE_A,
    CONF_BATTERY_SOC_MIN_PERCENT,
    CONF_BATTERY_SOC_TARGET_PERCENT,
    CONF_DRIVER,
    CONF_EXCESS_THRESHOLD_W,
    CONF_IMPORT_LIMIT_W,
    CONF_MAX_CURRENT_A,
    CONF_MIN_CURRENT_A,
    CONF_POWER_BUFFER_W,
    CONF_PRIORITY,
    CONF_RAMP_UP_TIME_S,
    CONF_SERVICE_CURRENT_A,
    CONF_WEIGHT,
    DEFAULT_BATTERY_SOC_MIN_PERCENT,
    DEFAULT_BATTERY_SOC_TARGET_PERCENT,
    DEFAULT_EXCESS_THRESHOLD_W,
    DEFAULT_MAX_CURRENT_A,
    DEFAULT_MIN_CURRENT_A,
    DEFAULT_POWER_BUFFER_W,
    DEFAULT_PRIORITY,
    DEFAULT_RAMP_UP_TIME_S,
    DEFAULT_SERVICE_CURRENT_A,
    DEFAULT_WEIGHT,
    DRIVER_PLUG,
    EXCESS_THRESHOLD_RANGE_W,
    POWER_BUFFER_RANGE_W,
    POWER_LIMIT_RANGE_W,
    PRIORITY_RANGE,
    RAMP_UP_TIME_RANGE_S,
    SERVICE_CURRENT_RANGE_A,
    WEIGHT_RANGE,
    Range,
)
from .control.current_range import check_number, check_range
from .entity import EvLbEntity, SettingDescription, SettingEntity
from .runtime import EvLbConfigEntry
from .simulated_home.entities import simulated_numbers

PARALLEL_UPDATES = 1

LARGEST_ENERGY_KWH = 200.0


@dataclass(frozen=True, kw_only=True)
class EvLbNumberDescription(SettingDescription, NumberEntityDescription):
    """A setting that is a number."""

    mode: NumberMode | None = NumberMode.BOX
    native_step: float | None = 1.0


def _number_setting(
    key: str, limits: Range, setting: str, default: float, **more: Any
) -> EvLbNumberDescription:
    return EvLbNumberDescription(
        key=key,
        translation_key=key,
        native_min_value=limits[0],
        native_max_value=limits[1],
        setting=setting,
        default=default,
        **more,
    )


def _current_setting(
    key: str, limits_a: Range, setting: str, default_a: float, **more: Any
) -> EvLbNumberDescription:
    return _number_setting(
        key,
        limits_a,
        setting,
        default_a,
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        **more,
    )


def _power_setting(
    key: str, limits_w: Range, setting: str, default_w: float, **more: Any
) -> EvLbNumberDescription:
    return _number_setting(
        key,
        limits_w,
        setting,
        default_w,
        device_class=NumberDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        native_step=10.0,
        **more,
    )


def _charge_setting(
    key: str, setting: str, default_percent: float
) -> EvLbNumberDescription:
    return _number_setting(
        key,
        BATTERY_SOC_RANGE_PERCENT,
        setting,
        default_percent,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        needed_fn=has_battery,
    )


SITE_NUMBERS = (
    _current_setting(
        "service_current",
        SERVICE_CURRENT_RANGE_A,
        CONF_SERVICE_CURRENT_A,
        DEFAULT_SERVICE_CURRENT_A,
        installation=True,
    ),
    _number_setting(
        "ramp_up_time",
        RAMP_UP_TIME_RANGE_S,
        CONF_RAMP_UP_TIME_S,
        DEFAULT_RAMP_UP_TIME_S,
        device_class=NumberDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
    ),
    _charge_setting(
        "home_battery_soc_target",
        CONF_BATTERY_SOC_TARGET_PERCENT,
        DEFAULT_BATTERY_SOC_TARGET_PERCENT,
    ),
    _charge_setting(
        "home_battery_soc_min",
        CONF_BATTERY_SOC_MIN_PERCENT,
        DEFAULT_BATTERY_SOC_MIN_PERCENT,
    ),
    _power_setting(
        "power_buffer",
        POWER_BUFFER_RANGE_W,
        CONF_POWER_BUFFER_W,
        DEFAULT_POWER_BUFFER_W,
    ),
    _power_setting(
        "excess_threshold",
        EXCESS_THRESHOLD_RANGE_W,
        CONF_EXCESS_THRESHOLD_W,
        DEFAULT_EXCESS_THRESHOLD_W,
        needed_fn=has_surplus,
    ),
    _power_setting(
        "import_limit",
        POWER_LIMIT_RANGE_W,
        CONF_IMPORT_LIMIT_W,
        POWER_LIMIT_RANGE_W[1],
        needed_fn=has_import_limit,
    ),
)

PLUG_LACKS: Final = frozenset({"max_charger_current", "min_ev_current"})
CHARGER_NUMBERS = (
    _current_setting(
        "max_charger_current",
        CHARGER_CURRENT_RANGE_A,
        CONF_MAX_CURRENT_A,
        DEFAULT_MAX_CURRENT_A,
    ),
    _current_setting(
        "min_ev_current",
        CHARGER_CURRENT_RANGE_A,
        CONF_MIN_CURRENT_A,
        DEFAULT_MIN_CURRENT_A,
    ),
    _number_setting("priority", PRIORITY_RANGE, CONF_PRIORITY, DEFAULT_PRIORITY),
    _number_setting(
        "weight", WEIGHT_RANGE, CONF_WEIGHT, DEFAULT_WEIGHT, native_step=0.1
    ),
)

ENERGY_NEEDED = NumberEntityDescription(
    key="energy_needed",
    translation_key="energy_needed",
    device_class=NumberDeviceClass.ENERGY,
    native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
    native_min_value=0.0,
    native_max_value=LARGEST_ENERGY_KWH,
    native_step=0.1,
    mode=NumberMode.BOX,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the numbers of a site and of its chargers."""
    async_add_entities(
        EvLbNumber(entry, number) for number in SITE_NUMBERS if number.needed_fn(entry)
    )
    for subentry in chargers_of(entry):
        async_add_entities(
            [
                *(
                    EvLbNumber(entry, number, subentry)
                    for number in CHARGER_NUMBERS
                    # What hangs on a plug draws what it draws.
                    if subentry.data.get(CONF_DRIVER) != DRIVER_PLUG
                    or number.key not in PLUG_LACKS
                ),
                EnergyNeededNumber(entry, ENERGY_NEEDED, subentry),
                *simulated_numbers(entry, subentry),
            ],
            config_subentry_id=subentry.subentry_id,
        )


class EvLbNumber(SettingEntity, NumberEntity):
    """A setting of the site or of a charger."""

    entity_description: EvLbNumberDescription

    @property
    @override
    def native_value(self) -> float:
        """Return what is set, or the default where that is no number."""
        number = finite(self.setting)
        return float(self.entity_description.default) if number is None else number

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Keep a new value; the controller takes it up at once."""
        check_number(value)
        setting = self.entity_description.setting
        if setting in (CONF_MIN_CURRENT_A, CONF_MAX_CURRENT_A):
            check_range(self.entry.subentries[self.owner_id].data, {setting: value})
        await self.async_keep(int(value) if setting == CONF_PRIORITY else value)


class EnergyNeededNumber(EvLbEntity, NumberEntity):
    """What the car still needs by its departure; it falls while the car charges."""

    @property
    @override
    def native_value(self) -> float:
        """Return what is missing, kWh; 0 when nothing was asked for."""
        return round(self.controller.sessions.of(self.owner_id).needed_kwh or 0.0, 1)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Ask for so much from now on, kWh; 0 asks for nothing."""
        check_number(value)
        session = self.controller.sessions.of(self.owner_id)
        session.goal_kwh = session.energy_kwh + value if value > 0 else None
        self.controller.async_wishes_changed()
        self._async_update()

    @override
    def _shown(self) -> tuple[Any, ...]:
        return (self.native_value,)
