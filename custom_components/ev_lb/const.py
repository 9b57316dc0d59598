"""Names and defaults that the config entry, its flows and its readers share."""

from typing import Final

from .engine.model import MINIMUM_EV_CURRENT_A, MeterLossBehavior

DOMAIN: Final = "ev_lb"
SUBENTRY_TYPE_CHARGER: Final = "charger"

# Wiring of the site, in entry.data.
CONF_METER_KIND: Final = "meter_kind"
CONF_POWER_ENTITY: Final = "power_entity"
CONF_L1_ENTITY: Final = "l1_entity"
CONF_L2_ENTITY: Final = "l2_entity"
CONF_L3_ENTITY: Final = "l3_entity"
CONF_PHASES: Final = "phases"
CONF_INVERT_SIGN: Final = "invert_sign"
CONF_CAN_EXPORT: Final = "can_export"
CONF_VOLTAGE_V: Final = "voltage_v"
CONF_FRESHNESS_LIMIT_S: Final = "freshness_limit_s"
CONF_METER_LOSS_BEHAVIOR: Final = "meter_loss_behavior"
CONF_FALLBACK_CURRENT_A: Final = "fallback_current_a"
CONF_SIMULATED: Final = "simulated"
CONF_SIMULATION_SPEED: Final = "simulation_speed"

# Tunables of the site, in entry.options.
CONF_SERVICE_CURRENT_A: Final = "service_current_a"
CONF_RAMP_UP_TIME_S: Final = "ramp_up_time_s"
CONF_ENABLED: Final = "enabled"

# Wiring of a charger, in subentry.data; CONF_PHASES is a list there.
CONF_DRIVER: Final = "driver"
CONF_SET_CURRENT_ACTION: Final = "set_current_action"
CONF_STOP_CHARGING_ACTION: Final = "stop_charging_action"
CONF_START_CHARGING_ACTION: Final = "start_charging_action"
CONF_CURRENT_ENTITY: Final = "current_entity"
CONF_SWITCH_ENTITY: Final = "switch_entity"
CONF_MEASURED_CURRENT_ENTITY: Final = "measured_current_entity"
CONF_STATUS_ENTITY: Final = "status_entity"
CONF_CHARGING_STATES: Final = "charging_states"
CONF_CONNECTED_STATES: Final = "connected_states"
CONF_DISCONNECTED_STATES: Final = "disconnected_states"
CONF_RESPONSE_TIME_S: Final = "response_time_s"
CONF_PAUSE_S: Final = "pause_s"

# Tunables of a charger, in subentry.data too.
CONF_MAX_CURRENT_A: Final = "max_current_a"
CONF_MIN_CURRENT_A: Final = "min_current_a"

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

DRIVER_ACTIONS: Final = "actions"
DRIVER_ENTITIES: Final = "entities"
DRIVER_SIMULATED: Final = "simulated"

# Variables that a charger's actions are given.
ATTR_CHARGER_ID: Final = "charger_id"
ATTR_CURRENT_A: Final = "current_a"
ATTR_CURRENT_W: Final = "current_w"

DEFAULT_PHASES: Final = 3
DEFAULT_VOLTAGE_V: Final = 230.0
DEFAULT_FRESHNESS_LIMIT_S: Final = 60.0
DEFAULT_METER_LOSS_BEHAVIOR: Final = MeterLossBehavior.STOP.value
DEFAULT_FALLBACK_CURRENT_A: Final = MINIMUM_EV_CURRENT_A
DEFAULT_SIMULATION_SPEED: Final = 1.0
DEFAULT_SERVICE_CURRENT_A: Final = 25.0
DEFAULT_RAMP_UP_TIME_S: Final = 30.0
DEFAULT_ENABLED: Final = True
DEFAULT_RESPONSE_TIME_S: Final = 15.0
DEFAULT_PAUSE_S: Final = 180.0
DEFAULT_MAX_CURRENT_A: Final = 16.0
DEFAULT_MIN_CURRENT_A: Final = MINIMUM_EV_CURRENT_A

type Range = tuple[float, float]
"""Lowest and highest value that a setting may have."""

SERVICE_CURRENT_RANGE_A: Final[Range] = (1.0, 400.0)
VOLTAGE_RANGE_V: Final[Range] = (100.0, 400.0)
FRESHNESS_LIMIT_RANGE_S: Final[Range] = (2.0, 3600.0)
RAMP_UP_TIME_RANGE_S: Final[Range] = (0.0, 600.0)
SIMULATION_SPEED_RANGE: Final[Range] = (0.1, 1000.0)
CHARGER_CURRENT_RANGE_A: Final[Range] = (MINIMUM_EV_CURRENT_A, 80.0)
RESPONSE_TIME_RANGE_S: Final[Range] = (1.0, 120.0)
PAUSE_RANGE_S: Final[Range] = (0.0, 3600.0)
