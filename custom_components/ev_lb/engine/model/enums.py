"""The engine's words: phases, states, modes and reasons."""

from enum import IntEnum, StrEnum
from typing import Final

type PerPhase = tuple[float, float, float]

MINIMUM_EV_CURRENT_A: Final = 6.0
"""Lowest current a car can be offered, A (IEC 61851-1, table A.7)."""


class Phase(IntEnum):
    """A phase of the grid connection, and its place in every per-phase tuple."""

    L1 = 0
    L2 = 1
    L3 = 2


ALL_PHASES: Final = (Phase.L1, Phase.L2, Phase.L3)


class MeterKind(StrEnum):
    """What the meter can tell."""

    PER_PHASE = "per_phase"
    TOTAL = "total"


class MeterLossBehavior(StrEnum):
    """What the chargers do while the meter is lost."""

    STOP = "stop"
    IGNORE = "ignore"
    SET_CURRENT = "set_current"


class ReadingProblem(StrEnum):
    """Why a reading is not believed."""

    UNAVAILABLE = "unavailable"
    NOT_A_NUMBER = "not_a_number"
    WRONG_UNIT = "wrong_unit"
    IMPLAUSIBLE = "implausible"
    STALE = "stale"
    STUCK = "stuck"


class ChargingMode(StrEnum):
    """How a charger uses grid, sun and home battery: docs/how-it-works.md."""

    STANDARD = "standard"
    ECO = "eco"
    SOLAR = "solar"
    EXCESS = "excess"
    SMART = "smart"
    OFF = "off"


class DistributionMode(StrEnum):
    """How chargers of one urgency share what there is: docs/how-it-works.md."""

    WEIGHTED = "weighted"
    SHARED = "shared"
    PRIORITY = "priority"
    SEQUENTIAL_OPTIMIZED = "sequential_optimized"
    SEQUENTIAL_STRICT = "sequential_strict"


class ChargerStatus(StrEnum):
    """What a charger says of its car."""

    DISCONNECTED = "disconnected"
    CONNECTED = "connected"
    CHARGING = "charging"
    FAULTED = "faulted"


class BalancerState(StrEnum):
    """What the site as a whole is doing."""

    STOPPED = "stopped"
    ADJUSTING = "adjusting"
    ACTIVE = "active"
    RAMP_UP_HOLD = "ramp_up_hold"
    DISABLED = "disabled"


class Basis(StrEnum):
    """What the numbers of a reason are about."""

    NOW = "now"
    """What is read now."""
    HOLD_WINDOW = "hold_window"
    """The highest load of the hold window."""
    TARIFF = "tariff"
    """The rest of the tariff period."""
    PLAN = "plan"
    """The plan of the night."""


class LimitingFactor(StrEnum):
    """What keeps a charger from having more."""

    FUSE = "fuse"
    CIRCUIT = "circuit"
    IMPORT_CAP = "import_cap"
    CAPACITY_TARIFF = "capacity_tariff"
    EXTERNAL_CAP = "external_cap"
    LIMIT_UNKNOWN = "limit_unknown"
    UNBALANCE = "unbalance"
    SOLAR = "solar"
    BATTERY = "battery"
    PLAN = "plan"
    CHARGER_MAX = "charger_max"
    CHARGER = "charger"
    CAR = "car"
    SHARE = "share"
    RAMP_UP = "ramp_up"
    PAUSE = "pause"
    QUEUE = "queue"
    METER_LOST = "meter_lost"
    DOUBTED = "doubted"
    PHASES_UNKNOWN = "phases_unknown"
    UNREACHABLE = "unreachable"
    DISABLED = "disabled"
    MANUAL = "manual"
