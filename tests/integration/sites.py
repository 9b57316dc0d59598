"""Homes, meters and chargers that the flow tests are about."""

from typing import Any

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_lb.const import CONFIG_VERSION, DOMAIN, SUBENTRY_TYPE_CHARGER

POWER_W = {"unit_of_measurement": "W", "device_class": "power"}
POWER_KW = {"unit_of_measurement": "kW", "device_class": "power"}
CURRENT_A = {"unit_of_measurement": "A", "device_class": "current"}
PERCENT = {"unit_of_measurement": "%", "device_class": "battery"}
CURRENT_MA = {"unit_of_measurement": "mA", "device_class": "current"}
ENTITIES: dict[str, tuple[str, dict[str, Any]]] = {
    "sensor.grid_power": ("3000", POWER_W),
    "sensor.grid_power_l1": ("1.2", POWER_KW),
    "sensor.grid_power_l2": ("900", POWER_W),
    "sensor.grid_power_l3": ("900", POWER_W),
    "sensor.grid_current_l1": ("5.1", CURRENT_A),
    "sensor.grid_current_l2": ("4100", CURRENT_MA),
    "sensor.grid_current_l3": ("unavailable", CURRENT_A),
    "sensor.outdoor": ("4.5", {"unit_of_measurement": "°C"}),
    "sensor.apparent": (
        "900",
        {"unit_of_measurement": "VA", "device_class": "apparent_power"},
    ),
    "sensor.no_unit": ("900", {}),
    "sensor.words_a": ("on", CURRENT_A),
    "sensor.words_w": ("on", POWER_W),
    "number.charger_current": ("16", {**CURRENT_A, "min": 0, "max": 32}),
    "number.charger_current_from_6": ("16", {**CURRENT_A, "min": 6, "max": 16}),
    "number.charger_current_from_8": ("16", {**CURRENT_A, "min": 8, "max": 16}),
    "number.plain": ("16", {"min": 0, "max": 80}),
    "number.power": ("11000", {**POWER_W, "min": 0, "max": 22000}),
    "switch.charger": ("on", {}),
    "sensor.charger_current": ("0", CURRENT_A),
    "sensor.charger_status": ("Available", {}),
    "sensor.solar": ("1500", POWER_W),
    "sensor.storage_soc": ("55", PERCENT),
    "sensor.storage_power": ("-1.5", POWER_KW),
    "number.import_limit": ("9", {**POWER_KW, "min": 0, "max": 20}),
    "input_number.month_peak": ("4.1", {"unit_of_measurement": "kW"}),
    "binary_sensor.dimmed": ("off", {}),
}

EQUIPMENT = {"equipment": [], "shadow_mode": False}
METER_LOSS = {"meter_loss_behavior": "stop", "ramp_up_time_s": 30.0}
LIMITS = {"max_current_a": 16.0, "min_current_a": 6.0}
SITE_DATA: dict[str, Any] = {
    "meter_kind": "phase_current",
    "l1_entity": "sensor.grid_current_l1",
    "l2_entity": "sensor.grid_current_l2",
    "l3_entity": "sensor.grid_current_l3",
    "phases": 3,
    "invert_sign": False,
    "can_export": False,
    "voltage_v": 230.0,
    "freshness_limit_s": 60.0,
    "meter_loss_behavior": "stop",
    "fallback_current_a": 6.0,
}
SITE_OPTIONS: dict[str, Any] = {
    "service_current_a": 25.0,
    "ramp_up_time_s": 30.0,
    "enabled": True,
}
CHARGER_DATA: dict[str, Any] = {
    "driver": "entities",
    "current_entity": "number.charger_current",
    "phases": ["l1", "l2", "l3"],
    "max_current_a": 16.0,
    "min_current_a": 6.0,
    "response_time_s": 15.0,
    "pause_s": 180.0,
    "charging_mode": "site",
    "priority": 1,
    "weight": 1.0,
}


def set_entities(hass: HomeAssistant) -> None:
    """Give Home Assistant the entities of a home with a charger."""
    for entity_id, (state, attributes) in ENTITIES.items():
        hass.states.async_set(entity_id, state, attributes)


def add_entry(
    hass: HomeAssistant,
    *chargers: dict[str, Any],
    title: str = "My home",
    **changes: Any,
) -> MockConfigEntry:
    """Add a site as it is after its flow."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        version=CONFIG_VERSION,
        title=title,
        data=SITE_DATA | changes,
        options=SITE_OPTIONS,
        subentries_data=[
            ConfigSubentryData(
                data=data,
                subentry_type=SUBENTRY_TYPE_CHARGER,
                title=f"Charger {number}",
                unique_id=None,
            )
            for number, data in enumerate(chargers, 1)
        ],
    )
    entry.add_to_hass(hass)
    return entry
