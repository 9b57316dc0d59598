"""Names and defaults that the config entry, its flows and its readers share."""

from typing import Final

from .engine.model import ChargingMode, DistributionMode

DOMAIN: Final = "ev_lb"
CONFIG_VERSION: Final = 2
"""Of what a config entry holds; 1 was the predecessor's, and our first one."""
SUBENTRY_TYPE_CHARGER: Final = "charger"
SUBENTRY_TYPE_CIRCUIT: Final = "circuit"

# Wiring of the site, in entry.data.
CONF_METER_KIND: Final = "meter_kind"
CONF_FOUND_METER: Final = "found_meter"
"""A field of a form that leads to what is kept: the meter's entities."""
CONF_POWER_ENTITY: Final = "power_entity"
CONF_L1_ENTITY: Final = "l1_entity"
CONF_L2_ENTITY: Final = "l2_entity"
CONF_L3_ENTITY: Final = "l3_entity"
CONF_EXPORT_POWER_ENTITY: Final = "export_power_entity"
CONF_PHASES: Final = "phases"
CONF_INVERT_SIGN: Final = "invert_sign"
CONF_CAN_EXPORT: Final = "can_export"
CONF_DELTA_NET: Final = "delta_net"
CONF_VOLTAGE_V: Final = "voltage_v"
CONF_FRESHNESS_LIMIT_S: Final = "freshness_limit_s"
CONF_HEARTBEAT_ENTITY: Final = "heartbeat_entity"
CONF_METER_DELAY_S: Final = "meter_delay_s"
CONF_METER_LOSS_BEHAVIOR: Final = "meter_loss_behavior"
CONF_FALLBACK_CURRENT_A: Final = "fallback_current_a"
CONF_SIMULATED: Final = "simulated"
CONF_SIMULATED_BATTERY: Final = "simulated_battery"
CONF_SIMULATED_SOLAR: Final = "simulated_solar"
CONF_SIMULATION_SPEED: Final = "simulation_speed"
CONF_SOLAR_POWER_ENTITY: Final = "solar_power_entity"
CONF_SOLAR_POWER_KIND: Final = "solar_power_kind"
CONF_BATTERY_SOC_ENTITY: Final = "battery_soc_entity"
CONF_BATTERY_POWER_ENTITY: Final = "battery_power_entity"
CONF_BATTERY_INVERT_SIGN: Final = "battery_invert_sign"
CONF_BATTERY_MAX_CHARGE_POWER_W: Final = "battery_max_charge_power_w"
CONF_BATTERY_MAX_DISCHARGE_POWER_W: Final = "battery_max_discharge_power_w"
CONF_IMPORT_LIMIT_ENTITY: Final = "import_limit_entity"
CONF_CAPACITY_TARIFF_PERIOD_S: Final = "capacity_tariff_period_s"
CONF_CAPACITY_TARIFF_FOLLOWS_PEAK: Final = "capacity_tariff_follows_peak"
CONF_MONTH_PEAK_ENTITY: Final = "month_peak_entity"
CONF_EXTERNAL_CAP_ENTITY: Final = "external_cap_entity"
CONF_EXTERNAL_CAP_PER_CHARGER: Final = "external_cap_per_charger"
CONF_EXTERNAL_CAP_W: Final = "external_cap_w"

# Tunables of the site, in entry.options; a limit that is absent does not hold.
CONF_SERVICE_CURRENT_A: Final = "service_current_a"
CONF_RAMP_UP_TIME_S: Final = "ramp_up_time_s"
CONF_ENABLED: Final = "enabled"
CONF_SHADOW_MODE: Final = "shadow_mode"
CONF_CHARGING_MODE: Final = "charging_mode"
CONF_DISTRIBUTION_MODE: Final = "distribution_mode"
CONF_BATTERY_SOC_TARGET_PERCENT: Final = "home_battery_soc_target_percent"
CONF_BATTERY_SOC_MIN_PERCENT: Final = "home_battery_soc_min_percent"
CONF_POWER_BUFFER_W: Final = "power_buffer_w"
CONF_EXCESS_THRESHOLD_W: Final = "excess_threshold_w"
CONF_ALLOW_GRID_CHARGING: Final = "allow_grid_charging"
CONF_PRICE_ENTITY: Final = "price_entity"
CONF_EXPORT_PRICE_ENTITY: Final = "export_price_entity"
CONF_HOLD_WINDOW_S: Final = "hold_window_s"
CONF_BEFORE_METER: Final = "before_meter"
CONF_METER_GRACE_S: Final = "meter_grace_s"
CONF_ROTATION_PERIOD_S: Final = "rotation_period_s"
CONF_SOLAR_GRACE_S: Final = "solar_grace_s"
CONF_IMPORT_LIMIT_W: Final = "import_limit_w"
CONF_IMPORT_WINDOWS: Final = "import_windows"
"""A list of import limits at a time of the day, each with the keys below."""
WINDOW_FROM: Final = "from"
WINDOW_UNTIL: Final = "until"
WINDOW_WEEKDAYS: Final = "weekdays"
WINDOW_POWER_W: Final = "power_w"
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of a week as the config entry names them, in the engine's order."""
CONF_CAPACITY_TARIFF_LIMIT_W: Final = "capacity_tariff_limit_w"
CONF_UNBALANCE_LIMIT_A: Final = "unbalance_limit_a"
CONF_GRID_UNBALANCE_LIMIT_A: Final = "grid_unbalance_limit_a"
CONF_FUSE_TOLERANCE_PERCENT: Final = "fuse_tolerance_percent"

# A circuit, in subentry.data; CONF_PHASES is a list there, and the meter has the
# keys of the site's meter. The limit is a tunable, the rest is wiring.
CONF_CIRCUIT_LIMIT_A: Final = "circuit_limit_a"
CONF_PARENT_CIRCUIT: Final = "parent_circuit"

# Wiring of a charger, in subentry.data; CONF_PHASES is a list there.
CONF_DRIVER: Final = "driver"
CONF_SET_CURRENT_ACTION: Final = "set_current_action"
CONF_STOP_CHARGING_ACTION: Final = "stop_charging_action"
CONF_START_CHARGING_ACTION: Final = "start_charging_action"
CONF_CURRENT_ENTITY: Final = "current_entity"
CONF_SWITCH_ENTITY: Final = "switch_entity"
CONF_MEASURED_CURRENT_ENTITY: Final = "measured_current_entity"
CONF_STATUS_ENTITY: Final = "status_entity"
CONF_PHASES_ENTITY: Final = "phases_entity"
CONF_ONE_PHASE_STATE: Final = "one_phase_state"
CONF_ALL_PHASES_STATE: Final = "all_phases_state"
CONF_CHARGING_STATES: Final = "charging_states"
CONF_CONNECTED_STATES: Final = "connected_states"
CONF_DISCONNECTED_STATES: Final = "disconnected_states"
CONF_FAMILY: Final = "family"
CONF_FAMILY_OWNER: Final = "family_owner"
CONF_LIMIT_KIND: Final = "limit_kind"
CONF_MEASURES_CURRENT: Final = "measures_current"
CONF_RAISE_INTERVAL_S: Final = "raise_interval_s"
CONF_OCPP_CPID: Final = "ocpp_cpid"
CONF_OCPP_CONNECTOR: Final = "ocpp_connector"
CONF_STACK_LEVEL: Final = "stack_level"
CONF_RATE_UNIT: Final = "rate_unit"
CONF_PROFILE_VALIDITY: Final = "profile_validity"
CONF_LEASE_S: Final = "lease_s"
CONF_LEFT_ALONE_CURRENT_A: Final = "left_alone_current_a"
CONF_LEFT_ALONE_AFTER_S: Final = "left_alone_after_s"
CONF_RESPONSE_TIME_S: Final = "response_time_s"
CONF_RAMP_UP_A_PER_S: Final = "ramp_up_a_per_s"
CONF_PAUSE_S: Final = "pause_s"

CONF_CIRCUIT: Final = "circuit"

# Tunables of a charger, in subentry.data too, with CONF_CHARGING_MODE and
# CONF_ENABLED.
CONF_MAX_CURRENT_A: Final = "max_current_a"
CONF_MIN_CURRENT_A: Final = "min_current_a"
CONF_PRIORITY: Final = "priority"
CONF_WEIGHT: Final = "weight"

# What a charger's car is planned to have, in subentry.data, too.
CONF_DEPARTURE_ENTITY: Final = "departure_entity"
CONF_DEFAULT_DEPARTURE: Final = "default_departure"
CONF_DEPARTURE_DAYS: Final = "departure_days"
CONF_DEFAULT_ENERGY_KWH: Final = "default_energy_kwh"
CONF_CAR_SOC_ENTITY: Final = "car_soc_entity"
CONF_CAR_CAPACITY_KWH: Final = "car_capacity_kwh"
CONF_CAR_SOC_GOAL_PERCENT: Final = "car_soc_goal_percent"
CONF_CAR_SOC_MIN_PERCENT: Final = "car_soc_min_percent"
CONF_PRICE_LIMIT: Final = "price_limit"
CONF_CHEAP_PRICE: Final = "cheap_price"

CIRCUIT_GRID: Final = "grid"
"""What a charger or a circuit is fed by where no circuit is named."""
CHARGING_MODE_SITE: Final = "site"
"""A charger's mode where it follows that of its site."""
SITE_CHARGING_MODES: Final = tuple(mode.value for mode in ChargingMode)
CHARGER_CHARGING_MODES: Final = (CHARGING_MODE_SITE, *SITE_CHARGING_MODES)
DISTRIBUTION_MODES: Final = tuple(mode.value for mode in DistributionMode)

SOLAR_PANELS: Final = "panels"
SOLAR_INVERTER: Final = "inverter"
SOLAR_POWER_KINDS: Final = (SOLAR_PANELS, SOLAR_INVERTER)
"""What a sensor of solar power measures: the panels, or what an inverter gives
after the home battery that is charged behind it."""

METER_TOTAL_POWER: Final = "total_power"
METER_PHASE_POWER: Final = "phase_power"
METER_PHASE_CURRENT: Final = "phase_current"
METER_KINDS: Final = (METER_PHASE_CURRENT, METER_PHASE_POWER, METER_TOTAL_POWER)
"""What a meter may measure, the most telling first."""

PHASE_L1: Final = "l1"
PHASE_L2: Final = "l2"
PHASE_L3: Final = "l3"
PHASE_KEYS: Final = (PHASE_L1, PHASE_L2, PHASE_L3)
"""The site's phases as the config entry names them, in the engine's order."""
CONF_PHASE_ENTITIES: Final = (CONF_L1_ENTITY, CONF_L2_ENTITY, CONF_L3_ENTITY)
"""The meter's entity of each phase, in the order of PHASE_KEYS."""
CONF_PHASE_POWER_ENTITIES: Final = tuple(
    f"{phase}_power_entity" for phase in PHASE_KEYS
)
"""What tells the power of each phase besides its current: the sign, and more than
whole ampere."""
CONF_EXPORT_ENTITIES: Final = tuple(f"{phase}_export_entity" for phase in PHASE_KEYS)
"""What tells the exported power of each phase where the other one tells import only."""
CONF_VOLTAGE_ENTITIES: Final = tuple(f"{phase}_voltage_entity" for phase in PHASE_KEYS)
METER_ENTITY_KEYS: Final = (
    CONF_POWER_ENTITY,
    CONF_EXPORT_POWER_ENTITY,
    *CONF_PHASE_ENTITIES,
    *CONF_PHASE_POWER_ENTITIES,
    *CONF_EXPORT_ENTITIES,
    *CONF_VOLTAGE_ENTITIES,
)
"""All entities that a meter may be made of."""

DRIVER_ACTIONS: Final = "actions"
DRIVER_ENTITIES: Final = "entities"
DRIVER_FAMILY: Final = "family"
DRIVER_OCPP: Final = "ocpp"
DRIVER_PLUG: Final = "plug"
DRIVER_SIMULATED: Final = "simulated"

CIRCUIT_KEYS: Final = {
    SUBENTRY_TYPE_CHARGER: CONF_CIRCUIT,
    SUBENTRY_TYPE_CIRCUIT: CONF_PARENT_CIRCUIT,
}
"""Under which key a subentry names the circuit that feeds it."""

# Variables that a charger's actions are given.
ATTR_CHARGER_ID: Final = "charger_id"
ATTR_CURRENT_A: Final = "current_a"

DEFAULT_PHASES: Final = 3
