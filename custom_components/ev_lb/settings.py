"""One row for each setting that is a number, a choice, or yes or no.

Forms, checks, entities, and what is built of stored values read these rows; so does the
test of the page of all options. What is an entity or an action of somebody else stands
in `flows/validation.py`, by what it must be.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.const import (
    PERCENTAGE,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfPower,
    UnitOfTime,
)

from . import const
from .chargers.ocpp_profile import RateUnit, Validity
from .const import (
    CHARGER_CHARGING_MODES,
    CHARGING_MODE_SITE,
    DISTRIBUTION_MODES,
    DRIVER_FAMILY,
    DRIVER_OCPP,
    DRIVER_PLUG,
    METER_KINDS,
    METER_PHASE_CURRENT,
    SITE_CHARGING_MODES,
    SOLAR_PANELS,
    SOLAR_POWER_KINDS,
)
from .engine.model import (
    MINIMUM_EV_CURRENT_A,
    ChargingMode,
    DistributionMode,
    ExternalCap,
    MeterLossBehavior,
)

type Range = tuple[float, float]
"""Lowest and highest value that a setting may have."""

SECTION_ADVANCED: Final = "advanced"
SECTION_CAPACITY_TARIFF: Final = "capacity_tariff"
SECTION_EXTERNAL_CAP: Final = "external_cap"
SECTION_SHARING: Final = "sharing"
SECTION_SUN: Final = "sun"
SECTION_TIMING: Final = "timing"

A: Final = UnitOfElectricCurrent.AMPERE
A_PER_S: Final = "A/s"
S: Final = UnitOfTime.SECONDS
V: Final = UnitOfElectricPotential.VOLT
W: Final = UnitOfPower.WATT


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What may be set under a key, and where."""

    key: str
    """The name under which the config entry keeps it."""
    default: Any = None
    """What holds while nothing is set; None: nothing does, or a form always asks."""
    limits: Range | None = None
    """Of a number, in its unit."""
    unit: str = ""
    step: float | None = None
    """Of the number entity, where its unit suggests another; forms take any value."""
    choices: tuple[str, ...] = ()
    section: str | None = None
    """The collapsed section of the forms in which it stands."""
    entity: str | None = None
    """The key of the number, switch or select through which it is set, too."""
    installation: bool = False
    """Whether that entity is for administrators only; all forms are."""
    rated: bool = False
    """Whether others set it only up to what an administrator entered."""
    protects: bool | None = None
    """The one of yes and no under which the fuse is protected."""
    safe: Any = None
    """What counts in place of a value that cannot be used; None: the default."""
    needed: bool = False
    """Whether its absence is a flaw: there is no default that were safe."""

    def of(self, values: Mapping[str, Any]) -> Any:
        """Return what is set, or the default."""
        return values.get(self.key, self.default)

    @property
    def rating_key(self) -> str:
        """Return where its rating stands while less than that is set."""
        return f"rated_{self.key}"

    @property
    def bounds(self) -> Range:
        """Return lowest and highest value of a number.

        Raises:
            TypeError: when it is no number.
        """
        if self.limits is None:
            raise TypeError(self.key)
        return self.limits


def _number(
    key: str,
    default: float | None,
    limits: Range,
    unit: str = "",
    section: str | None = None,
    **more: Any,
) -> Setting:
    return Setting(
        key=key, default=default, limits=limits, unit=unit, section=section, **more
    )


def _choice(
    key: str, default: str | None, choices: Iterable[str], **more: Any
) -> Setting:
    return Setting(key=key, default=default, choices=tuple(map(str, choices)), **more)


def _yes_or_no(key: str, default: bool, **more: Any) -> Setting:
    return Setting(key=key, default=default, **more)


def _rows(*rows: Setting) -> Mapping[str, Setting]:
    return {row.key: row for row in rows}


LARGEST_FUSE_A: Final = 400.0
LARGEST_CHARGER_CURRENT_A: Final = 80.0
MANUAL_LIMIT_A: Final[Range] = (0.0, LARGEST_CHARGER_CURRENT_A)
"""What a charger may be limited to by hand, A."""
LARGEST_POWER_W: Final = 500_000.0
LARGEST_ENERGY_KWH: Final = 200.0
DAY_S: Final = 86_400.0
PERCENT_RANGE: Final[Range] = (0.0, 100.0)

METER: Final = _rows(
    # A meter whose kind cannot be used is lost, whatever it is taken for.
    _choice(
        const.CONF_METER_KIND, None, METER_KINDS, safe=METER_PHASE_CURRENT, needed=True
    ),
    _yes_or_no(const.CONF_INVERT_SIGN, False, needed=True),
    _number(const.CONF_FRESHNESS_LIMIT_S, 60.0, (2.0, 3600.0), S, SECTION_ADVANCED),
    # What most local meters need with their way to Home Assistant.
    _number(const.CONF_METER_DELAY_S, 3.0, (1.0, 300.0), S, SECTION_ADVANCED),
)
"""Of the meter of a site or of a circuit."""

WIRING: Final = _rows(
    _yes_or_no(const.CONF_CAN_EXPORT, False),
    _yes_or_no(const.CONF_DELTA_NET, False, section=SECTION_ADVANCED),
    # The lowest makes the most current of a power.
    _number(
        const.CONF_VOLTAGE_V,
        230.0,
        (100.0, 400.0),
        V,
        SECTION_ADVANCED,
        safe=100.0,
        needed=True,
    ),
    _choice(
        const.CONF_METER_LOSS_BEHAVIOR, MeterLossBehavior.STOP.value, MeterLossBehavior
    ),
    # The form asks for what a car can use, and for no more than the main fuse.
    _number(
        const.CONF_FALLBACK_CURRENT_A, MINIMUM_EV_CURRENT_A, (0.0, LARGEST_FUSE_A), A
    ),
    _yes_or_no(const.CONF_SIMULATED, False),
    _yes_or_no(const.CONF_SIMULATED_BATTERY, False),
    _yes_or_no(const.CONF_SIMULATED_SOLAR, False),
    _number(const.CONF_SIMULATION_SPEED, 1.0, (0.1, 1000.0), "x", SECTION_ADVANCED),
    _choice(const.CONF_SOLAR_POWER_KIND, SOLAR_PANELS, SOLAR_POWER_KINDS),
    _yes_or_no(const.CONF_BATTERY_INVERT_SIGN, False),
    _number(
        const.CONF_BATTERY_MAX_CHARGE_POWER_W,
        5000.0,
        (0.0, 100_000.0),
        W,
        SECTION_ADVANCED,
        safe=0.0,
    ),
    _number(
        const.CONF_BATTERY_MAX_DISCHARGE_POWER_W,
        5000.0,
        (0.0, 100_000.0),
        W,
        SECTION_ADVANCED,
        safe=0.0,
    ),
    # The form offers a quarter of an hour and an hour.
    _number(
        const.CONF_CAPACITY_TARIFF_PERIOD_S,
        900.0,
        (60.0, DAY_S),
        S,
        SECTION_CAPACITY_TARIFF,
    ),
    _yes_or_no(
        const.CONF_CAPACITY_TARIFF_FOLLOWS_PEAK, False, section=SECTION_CAPACITY_TARIFF
    ),
    _yes_or_no(
        const.CONF_EXTERNAL_CAP_PER_CHARGER, False, section=SECTION_EXTERNAL_CAP
    ),
    _number(
        const.CONF_EXTERNAL_CAP_W,
        ExternalCap().power_w,
        (0.0, LARGEST_POWER_W),
        W,
        SECTION_EXTERNAL_CAP,
        safe=0.0,
    ),
)
"""Of a site, in entry.data, beside its meter."""

OPTIONS: Final = _rows(
    _number(
        const.CONF_SERVICE_CURRENT_A,
        25.0,
        (1.0, LARGEST_FUSE_A),
        A,
        entity="service_current",
        installation=True,
        safe=0.0,
        needed=True,
    ),
    _number(
        const.CONF_RAMP_UP_TIME_S,
        30.0,
        (0.0, 600.0),
        S,
        SECTION_TIMING,
        entity="ramp_up_time",
    ),
    _yes_or_no(const.CONF_ENABLED, True, entity="enabled", protects=True),
    _yes_or_no(const.CONF_SHADOW_MODE, False, entity="shadow_mode", protects=False),
    _choice(
        const.CONF_CHARGING_MODE,
        ChargingMode.STANDARD.value,
        SITE_CHARGING_MODES,
        entity="charging_mode",
    ),
    _choice(
        const.CONF_DISTRIBUTION_MODE,
        DistributionMode.WEIGHTED.value,
        DISTRIBUTION_MODES,
        entity="distribution_mode",
    ),
    _number(
        const.CONF_BATTERY_SOC_TARGET_PERCENT,
        80.0,
        PERCENT_RANGE,
        PERCENTAGE,
        SECTION_SUN,
        entity="home_battery_soc_target",
    ),
    _number(
        const.CONF_BATTERY_SOC_MIN_PERCENT,
        20.0,
        PERCENT_RANGE,
        PERCENTAGE,
        SECTION_SUN,
        entity="home_battery_soc_min",
    ),
    _number(
        const.CONF_POWER_BUFFER_W,
        0.0,
        (0.0, 50_000.0),
        W,
        SECTION_SUN,
        entity="power_buffer",
    ),
    _number(
        const.CONF_EXCESS_THRESHOLD_W,
        13_000.0,
        (0.0, 100_000.0),
        W,
        SECTION_SUN,
        entity="excess_threshold",
    ),
    _yes_or_no(const.CONF_ALLOW_GRID_CHARGING, True, entity="allow_grid_charging"),
    _number(const.CONF_HOLD_WINDOW_S, 20.0, (0.0, 600.0), S, SECTION_TIMING),
    _number(const.CONF_METER_GRACE_S, 10.0, (0.0, 120.0), S, SECTION_TIMING),
    _number(const.CONF_ROTATION_PERIOD_S, 900.0, (60.0, DAY_S), S, SECTION_TIMING),
    _number(const.CONF_SOLAR_GRACE_S, 300.0, (0.0, 3600.0), S, SECTION_SUN),
    # A limit that is empty does not hold; one that cannot be read allows nothing.
    _number(
        const.CONF_IMPORT_LIMIT_W,
        None,
        (0.0, LARGEST_POWER_W),
        W,
        entity="import_limit",
        rated=True,
        safe=0.0,
    ),
    _number(
        const.CONF_CAPACITY_TARIFF_LIMIT_W,
        None,
        (0.0, LARGEST_POWER_W),
        W,
        SECTION_CAPACITY_TARIFF,
        safe=0.0,
    ),
    _number(
        const.CONF_UNBALANCE_LIMIT_A,
        None,
        (MINIMUM_EV_CURRENT_A, 100.0),
        A,
        SECTION_ADVANCED,
        safe=0.0,
    ),
    _number(
        const.CONF_GRID_UNBALANCE_LIMIT_A,
        None,
        (MINIMUM_EV_CURRENT_A, 100.0),
        A,
        SECTION_ADVANCED,
        safe=0.0,
    ),
    _number(
        const.CONF_FUSE_TOLERANCE_PERCENT,
        0.0,
        (0.0, 80.0),
        PERCENTAGE,
        SECTION_ADVANCED,
    ),
)
"""Of a site, in entry.options: they change while it runs."""

SITE: Final = {**METER, **WIRING, **OPTIONS}

IMPORT_WINDOW: Final = _rows(
    _number(
        const.WINDOW_POWER_W, None, (0.0, LARGEST_POWER_W), W, needed=True, safe=0.0
    )
)
"""Of one of the import limits by time of day."""

CIRCUIT: Final = _rows(
    *METER.values(),
    _number(
        const.CONF_CIRCUIT_LIMIT_A,
        16.0,
        (1.0, LARGEST_FUSE_A),
        A,
        safe=0.0,
        needed=True,
    ),
)
"""Of a circuit, in subentry.data."""

CHARGER: Final = _rows(
    _number(
        const.CONF_MAX_CURRENT_A,
        16.0,
        (MINIMUM_EV_CURRENT_A, LARGEST_CHARGER_CURRENT_A),
        A,
        entity="max_charger_current",
        rated=True,
    ),
    _number(
        const.CONF_MIN_CURRENT_A,
        MINIMUM_EV_CURRENT_A,
        (MINIMUM_EV_CURRENT_A, LARGEST_CHARGER_CURRENT_A),
        A,
        entity="min_ev_current",
    ),
    _yes_or_no(const.CONF_ENABLED, True, entity="enabled"),
    _choice(
        const.CONF_CHARGING_MODE,
        CHARGING_MODE_SITE,
        CHARGER_CHARGING_MODES,
        section=SECTION_SHARING,
        entity="charging_mode",
    ),
    _number(
        const.CONF_PRIORITY, 1, (1.0, 100.0), "", SECTION_SHARING, entity="priority"
    ),
    _number(
        const.CONF_WEIGHT,
        1.0,
        (0.0, 100.0),
        "",
        SECTION_SHARING,
        step=0.1,
        entity="weight",
    ),
    _number(const.CONF_RESPONSE_TIME_S, 15.0, (1.0, 120.0), S, SECTION_ADVANCED),
    _number(const.CONF_PAUSE_S, 180.0, (0.0, 3600.0), S, SECTION_ADVANCED),
    _yes_or_no(const.CONF_BEFORE_METER, False, section=SECTION_ADVANCED, safe=True),
    _number(const.CONF_RAMP_UP_A_PER_S, 2.0, (0.1, 10.0), A_PER_S),
    _number(
        const.CONF_LEFT_ALONE_CURRENT_A,
        None,
        (0.0, LARGEST_CHARGER_CURRENT_A),
        A,
        SECTION_ADVANCED,
    ),
    _number(const.CONF_LEFT_ALONE_AFTER_S, None, (0.0, DAY_S), S, SECTION_ADVANCED),
)
"""Of a charger, in subentry.data."""

OF_DRIVER: Final[Mapping[str, Mapping[str, Setting]]] = {
    DRIVER_PLUG: _rows(
        # What hangs on a plug draws what it draws: there is nothing to set.
        _number(const.CONF_MAX_CURRENT_A, 16.0, (0.5, 32.0), A)
    ),
    DRIVER_OCPP: _rows(
        # The form asks for no more than the charger's maximum.
        _number(
            const.CONF_LEFT_ALONE_CURRENT_A,
            MINIMUM_EV_CURRENT_A,
            (0.0, LARGEST_CHARGER_CURRENT_A),
            A,
        ),
        _number(const.CONF_LEASE_S, 120.0, (60.0, 3600.0), S, SECTION_ADVANCED),
        # The charge point says what it takes.
        _number(const.CONF_STACK_LEVEL, None, (0.0, 1000.0), "", SECTION_ADVANCED),
        _choice(const.CONF_RATE_UNIT, None, RateUnit, section=SECTION_ADVANCED),
        _choice(
            const.CONF_PROFILE_VALIDITY,
            Validity.ABSOLUTE.value,
            Validity,
            section=SECTION_ADVANCED,
        ),
    ),
    DRIVER_FAMILY: _rows(
        # Easee counts in minutes, up to 18 h; a shorter one could not be renewed in time.
        _number(const.CONF_LEASE_S, None, (300.0, 64_800.0), S, SECTION_ADVANCED),
        _number(const.CONF_RAISE_INTERVAL_S, 0.0, (0.0, 3600.0), S, SECTION_ADVANCED),
    ),
}
"""What is otherwise for the chargers of a driver, or theirs alone."""
PLUG: Final = OF_DRIVER[DRIVER_PLUG]
OCPP: Final = OF_DRIVER[DRIVER_OCPP]
FAMILY: Final = OF_DRIVER[DRIVER_FAMILY]


def defaults(rows: Mapping[str, Setting], keys: Iterable[str]) -> dict[str, Any]:
    """Return what a form shows first in the fields of these keys."""
    return {key: rows[key].default for key in keys}
