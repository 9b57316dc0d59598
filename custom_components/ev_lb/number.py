"""The settings in numbers that may change at any time, and what a car needs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    UnitOfTime,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .building.features import has_battery, has_import_limit, has_surplus, plans
from .building.plan_settings import BATTERY_ENTITIES, PLAN, tells_its_charge
from .building.site import chargers_of
from .building.stored_numbers import finite
from .const import (
    CONF_BATTERY_SOC_MIN_PERCENT,
    CONF_BATTERY_SOC_TARGET_PERCENT,
    CONF_CAR_SOC_GOAL_PERCENT,
    CONF_CAR_SOC_MIN_PERCENT,
    CONF_CHEAP_PRICE,
    CONF_DRIVER,
    CONF_EXCESS_THRESHOLD_W,
    CONF_IMPORT_LIMIT_W,
    CONF_MAX_CURRENT_A,
    CONF_MIN_CURRENT_A,
    CONF_POWER_BUFFER_W,
    CONF_PRICE_LIMIT,
    CONF_PRIORITY,
    CONF_RAMP_UP_TIME_S,
    CONF_SERVICE_CURRENT_A,
    CONF_WEIGHT,
    DRIVER_PLUG,
)
from .control.current_range import check_number, check_range
from .entity import EvLbEntity, SettingDescription, SettingEntity
from .runtime import EvLbConfigEntry
from .settings import CHARGER, LARGEST_ENERGY_KWH, SITE, Setting
from .simulated_home.entities import simulated_numbers

PARALLEL_UPDATES = 1


DEVICE_CLASSES: Final[Mapping[str, NumberDeviceClass]] = {
    UnitOfElectricCurrent.AMPERE: NumberDeviceClass.CURRENT,
    UnitOfPower.WATT: NumberDeviceClass.POWER,
    UnitOfTime.SECONDS: NumberDeviceClass.DURATION,
}
STEPS: Final[Mapping[str, float]] = {UnitOfPower.WATT: 10.0}
"""Of what is measured in more than steps of one."""


@dataclass(frozen=True, kw_only=True)
class EvLbNumberDescription(SettingDescription, NumberEntityDescription):
    """A setting that is a number."""

    mode: NumberMode | None = NumberMode.BOX


def _setting_number(name: str, setting: Setting, **more: Any) -> EvLbNumberDescription:
    lowest, highest = setting.bounds
    return EvLbNumberDescription(
        key=setting.entity or setting.key,
        translation_key=name,
        setting=setting,
        device_class=DEVICE_CLASSES.get(setting.unit),
        native_unit_of_measurement=setting.unit or None,
        native_min_value=lowest,
        native_max_value=highest,
        native_step=setting.step or STEPS.get(setting.unit, 1.0),
        **more,
    )


SITE_NUMBERS = (
    _setting_number("service_current", SITE[CONF_SERVICE_CURRENT_A]),
    _setting_number("ramp_up_time", SITE[CONF_RAMP_UP_TIME_S]),
    _setting_number(
        "home_battery_soc_target",
        SITE[CONF_BATTERY_SOC_TARGET_PERCENT],
        needed_fn=has_battery,
    ),
    _setting_number(
        "home_battery_soc_min",
        SITE[CONF_BATTERY_SOC_MIN_PERCENT],
        needed_fn=has_battery,
    ),
    _setting_number("power_buffer", SITE[CONF_POWER_BUFFER_W]),
    _setting_number(
        "excess_threshold", SITE[CONF_EXCESS_THRESHOLD_W], needed_fn=has_surplus
    ),
    _setting_number(
        "import_limit", SITE[CONF_IMPORT_LIMIT_W], needed_fn=has_import_limit
    ),
)

PLUG_LACKS: Final = frozenset({CONF_MAX_CURRENT_A, CONF_MIN_CURRENT_A})
CHARGER_NUMBERS = (
    _setting_number("max_charger_current", CHARGER[CONF_MAX_CURRENT_A]),
    _setting_number("min_ev_current", CHARGER[CONF_MIN_CURRENT_A]),
    _setting_number("priority", CHARGER[CONF_PRIORITY]),
    _setting_number("weight", CHARGER[CONF_WEIGHT]),
)

PLAN_NUMBERS = (
    _setting_number("charge_goal", PLAN[CONF_CAR_SOC_GOAL_PERCENT], needed_fn=plans),
    _setting_number("minimum_charge", PLAN[CONF_CAR_SOC_MIN_PERCENT], needed_fn=plans),
    _setting_number("price_limit", PLAN[CONF_PRICE_LIMIT], needed_fn=plans),
    _setting_number("cheap_price", PLAN[CONF_CHEAP_PRICE], needed_fn=plans),
)
"""Only where a charger is in mode smart."""

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
                    or number.setting.key not in PLUG_LACKS
                ),
                *(
                    EvLbNumber(entry, _in_currency(hass, number), subentry)
                    for number in PLAN_NUMBERS
                    if number.needed_fn(entry)
                    and (
                        number.setting.key not in BATTERY_ENTITIES
                        or tells_its_charge(subentry.data)
                    )
                ),
                EnergyNeededNumber(entry, ENERGY_NEEDED, subentry),
                *simulated_numbers(entry, subentry),
            ],
            config_subentry_id=subentry.subentry_id,
        )


def _in_currency(
    hass: HomeAssistant, number: EvLbNumberDescription
) -> EvLbNumberDescription:
    """Return a price in the home's currency; all else as it is."""
    if number.setting.key not in (CONF_PRICE_LIMIT, CONF_CHEAP_PRICE):
        return number
    unit = f"{hass.config.currency}/{UnitOfEnergy.KILO_WATT_HOUR}"
    return replace(number, native_unit_of_measurement=unit)


class EvLbNumber(SettingEntity, NumberEntity):
    """A setting of the site or of a charger."""

    entity_description: EvLbNumberDescription

    @property
    @override
    def native_value(self) -> float:
        """Return what is set, or the default where that is no number.

        A limit that is empty does not hold: it shows the highest that it may be.
        """
        setting = self.entity_description.setting
        for value in (self.setting, setting.default):
            if (number := finite(value)) is not None:
                return number
        return setting.bounds[1]

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Keep a new value; the controller takes it up at once."""
        check_number(value)
        key = self.entity_description.setting.key
        if key in (CONF_MIN_CURRENT_A, CONF_MAX_CURRENT_A):
            check_range(self.entry.subentries[self.owner_id].data, {key: value})
        await self.async_keep(int(value) if key == CONF_PRIORITY else value)


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
