"""The engine's vocabulary: a site, what is known of it, and what is decided.

All currents are in ampere per phase, import and charging positive, export
negative. All times are in seconds of one clock, as given by the caller.
"""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from math import inf
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
    """How a charger uses grid, sun and home battery (design section 5)."""

    STANDARD = "standard"
    ECO = "eco"
    SOLAR = "solar"
    EXCESS = "excess"
    OFF = "off"


class DistributionMode(StrEnum):
    """How chargers of one urgency share what there is (design section 6)."""

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


class LimitingFactor(StrEnum):
    """What keeps a charger from having more."""

    FUSE = "fuse"
    CIRCUIT = "circuit"
    IMPORT_CAP = "import_cap"
    CAPACITY_TARIFF = "capacity_tariff"
    EXTERNAL_CAP = "external_cap"
    SOLAR = "solar"
    BATTERY = "battery"
    CHARGER_MAX = "charger_max"
    CAR = "car"
    SHARE = "share"
    RAMP_UP = "ramp_up"
    PAUSE = "pause"
    QUEUE = "queue"
    METER_LOST = "meter_lost"
    DISABLED = "disabled"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A fuse between the grid and some chargers; the root is the connection."""

    circuit_id: str
    limit_a: PerPhase
    """What each phase may carry, A. A phase that is not there has 0."""
    parent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How a charger and its car answer to a new set-point.

    The defaults cover a local charger (IEC 61851-1 gives the car 5 s to follow
    a lower pilot) and most cloud paths; a slower one is set per charger.
    """

    dead_time_s: float = 15.0
    """Longest time from an accepted command to its first effect, s."""
    ramp_up_a_per_s: float = 2.0
    """Slowest rise of the car's draw after the dead time, A/s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """How long a command holds before the charger falls back by itself."""

    duration_s: float
    fallback_current_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Charger:
    """A charger as it is configured and set now."""

    charger_id: str
    circuit_id: str
    phases: tuple[Phase, ...] = ALL_PHASES
    """The site's phases in the charger's own order: its first wire first."""
    min_current_a: float = MINIMUM_EV_CURRENT_A
    max_current_a: float = 16.0
    step_a: float = 1.0
    enabled: bool = True
    manual_limit_a: float | None = None
    """A limit set by hand, A; below the minimum it stops the charger."""
    pause_s: float = 180.0
    """Shortest stop, s, so that contactors and cars are spared."""
    response: Response = field(default_factory=Response)
    lease: Lease | None = None
    measures_current: bool = False
    """Whether a sensor tells what the car draws."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """The meter of the grid connection."""

    kind: MeterKind = MeterKind.PER_PHASE
    freshness_limit_s: float = 60.0
    """A reading older than this is lost, s."""
    delay_s: float = 3.0
    """How much older than its report a value may be, s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterLoss:
    """What holds while the meter is lost."""

    behavior: MeterLossBehavior = MeterLossBehavior.STOP
    fallback_current_a: float = MINIMUM_EV_CURRENT_A


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One grid connection with its fuses, its meter and its chargers.

    The first circuit is the grid connection; a parent stands before its
    children.
    """

    circuits: tuple[Circuit, ...]
    chargers: tuple[Charger, ...] = ()
    voltage_v: float = 230.0
    """Phase to neutral."""
    phases: tuple[Phase, ...] = ALL_PHASES
    meter: Meter = field(default_factory=Meter)
    meter_loss: MeterLoss = field(default_factory=MeterLoss)
    can_export: bool = False
    """Whether solar or a battery may feed the grid: without, a house load far
    below zero is a broken reading."""
    enabled: bool = True
    ramp_up_time_s: float = 30.0
    """How long a raise waits after a cut, s."""
    hold_window_s: float = 20.0
    """A raise fits under the highest house load of this long, s."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value and when its source reported it."""

    value: float
    time_s: float
    problem: ReadingProblem | None = None
    """Set by who read it; then the value is not used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerReading:
    """What is known of one charger."""

    charger_id: str
    available: bool = True
    status: ChargerStatus | None = None
    """None when nothing tells."""
    measured_a: tuple[Reading | None, ...] = ()
    """What the car draws per charger phase, or one value for all of them."""
    accepted: Reading | None = None
    """The set-point that the charger last took, A, and when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that is known at one moment."""

    phase_currents_a: tuple[Reading | None, Reading | None, Reading | None] = (
        None,
        None,
        None,
    )
    total_power_w: Reading | None = None
    chargers: tuple[ChargerReading, ...] = ()


@dataclass(frozen=True, slots=True)
class SetPoint:
    """A decided set-point on its way to the car."""

    current_a: float
    decided_s: float
    accepted_s: float | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a car drew on each site phase, A, and when the charger told."""

    current_a: PerPhase
    time_s: float


@dataclass(frozen=True, slots=True)
class Peak:
    """A house load that no later one has exceeded, A, and until when it held."""

    house_a: float
    until_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseState:
    """What the engine remembers of one phase."""

    reading: Reading | None = None
    house_a: float = 0.0
    """Best estimate of the house load when the meter was read, A."""
    known_a: float = 0.0
    """The last estimate that no car could have explained otherwise, A."""
    house_high_a: float = 0.0
    """The same, with the cars drawing the least they may, A."""
    house_face_a: float = 0.0
    """The same, with each car drawing what it was last seen to, A."""
    load_a: float = 0.0
    """What the phase carried when the meter was read, A."""
    doubt_since_s: float | None = None
    """Since when either a car or the house has changed, and which is open."""
    value_since_s: float = -inf
    """Since when the meter tells the same value."""
    draw_then_a: float | None = None
    """What the cars measurably drew just after the meter's value last changed, A."""
    moved_since_s: float | None = None
    """Since when the cars draw something else while the value has not changed."""
    peaks: tuple[Peak, ...] = ()
    """House loads of the hold window, falling; the last one is the newest."""
    worst_a: tuple[tuple[int, float], ...] = ()
    """Highest house load of each recent period: (period number, A)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limiting:
    """What limits a charger, where, and since when."""

    factor: LimitingFactor
    phase: Phase | None = None
    circuit_id: str | None = None
    since_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerState:
    """What the engine remembers of one charger."""

    charger_id: str
    set_a: float = 0.0
    set_points: tuple[SetPoint, ...] = ()
    """The last ones, whose effect may still be under way, the newest last."""
    measurements: tuple[Measurement, ...] = ()
    """The last ones, the newest last; empty when nothing measures."""
    report_gap_s: float = 10.0
    """Longest recent time between two measurements, s."""
    last_cut_s: float | None = None
    stopped_s: float | None = None
    """When it was last stopped for lack of current or of a meter."""
    room_since_s: float | None = None
    """Since when there has been room for its minimum."""
    connected: bool = False
    started: bool = False
    """Whether it has been given current since the car was plugged in."""
    missed_since_s: float | None = None
    """Since when the car draws more than it was given."""
    sent_s: float | None = None
    """When the set-point was last sent."""
    limiting: Limiting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What one decision hands to the next."""

    phases: tuple[PhaseState, PhaseState, PhaseState] = (
        PhaseState(),
        PhaseState(),
        PhaseState(),
    )
    chargers: tuple[ChargerState, ...] = ()
    resumed_s: float = -inf
    """When the engine started; readings from before do not allow a raise."""
    meter_lost_since_s: float | None = None
    meter_seen: bool = False
    """Whether a believable reading came since the start."""
    balancer_state: BalancerState = BalancerState.STOPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerDecision:
    """What one charger gets, and why not more."""

    charger_id: str
    wanted_a: tuple[float, float]
    """What it would take, lowest and highest, A; (0, 0) for nothing."""
    allocated_a: float
    """What the split gives it, A."""
    set_a: float
    """What holds from now on, A."""
    send: bool
    """Whether set_a is to be sent now: it changed, must be renewed, or was not
    followed."""
    limiting: Limiting
    following: bool = True
    """Whether the car stays within what it was given."""
    next_change_s: float | None = None
    """When a waiting raise or restart may come at the earliest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What holds from now on, why, and when to look again."""

    time_s: float
    state: State
    balancer_state: BalancerState
    chargers: tuple[ChargerDecision, ...]
    house_a: tuple[float | None, float | None, float | None]
    """House load per phase, A; None where the meter is lost."""
    available_a: tuple[float | None, float | None, float | None]
    """What the connection leaves for the cars per phase, A."""
    problems: tuple[ReadingProblem | None, ReadingProblem | None, ReadingProblem | None]
    """Why each phase's reading is not believed."""
    meter_ok: bool
    fallback_active: bool
    overload: bool
    """Whether a phase carries more than its limit now."""
    next_look_s: float | None
    """When time alone may change the outcome; None for never."""
