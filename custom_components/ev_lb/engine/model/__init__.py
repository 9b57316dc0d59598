"""The engine's vocabulary: a site, what is known of it, and what is decided.

All currents are in ampere per phase, import and charging positive, export
negative. All times are in seconds of one clock, as given by the caller.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from .enums import (
    ALL_PHASES,
    MINIMUM_EV_CURRENT_A,
    BalancerState,
    Basis,
    ChargerStatus,
    ChargingMode,
    DistributionMode,
    LimitingFactor,
    MeterKind,
    MeterLossBehavior,
    PerPhase,
    Phase,
    ReadingProblem,
)
from .equipment import (
    EVERY_DAY,
    Battery,
    CapacityTariff,
    ExternalCap,
    ImportWindow,
    PhaseSwitching,
)
from .meter_trial import UnseenStep
from .reason import Reason
from .reservation import Reservation
from .sensor import SensorFault, SensorStep, SensorVerdict
from .state import Limiting, Reading, State, StatedLimits, TariffPeriod

__all__ = [
    "ALL_PHASES",
    "EVERY_DAY",
    "MINIMUM_EV_CURRENT_A",
    "BalancerState",
    "Basis",
    "Battery",
    "CapacityTariff",
    "Charger",
    "ChargerDecision",
    "ChargerReading",
    "ChargerStatus",
    "ChargingMode",
    "Circuit",
    "CircuitDecision",
    "CircuitReading",
    "CurrentRange",
    "Decision",
    "DistributionMode",
    "ExternalCap",
    "ImportWindow",
    "Lease",
    "Limiting",
    "LimitingFactor",
    "Meter",
    "MeterKind",
    "MeterLoss",
    "MeterLossBehavior",
    "NextBlock",
    "Overload",
    "PerPhase",
    "Phase",
    "PhaseSwitching",
    "Reading",
    "ReadingProblem",
    "Reason",
    "Reservation",
    "Response",
    "SensorFault",
    "SensorStep",
    "SensorVerdict",
    "Site",
    "Snapshot",
    "State",
    "StatedLimits",
    "TariffPeriod",
    "UnseenStep",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A meter of the grid connection, or of a circuit."""

    kind: MeterKind = MeterKind.PER_PHASE
    freshness_limit_s: float = 60.0
    """A reading older than this is lost, s."""
    delay_s: float = 3.0
    """How much older than its report a value may be, s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A fuse between the grid and some chargers; the root is the connection."""

    circuit_id: str
    limit_a: PerPhase
    """What each phase may carry, A. A phase that is not there has 0."""
    parent_id: str | None = None
    meter: Meter | None = None
    """Its own meter, for what else hangs on it; the grid connection's is the
    site's."""


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
    raise_interval_s: float = 0.0
    """How long a raise or a restart waits after the last change, s: what the maker
    of a charger in a cloud asks for. A cut does not wait."""
    response: Response = field(default_factory=Response)
    lease: Lease | None = None
    before_meter: bool = False
    """Whether it is wired before the meter, which does not show what it draws."""
    measures_current: bool = False
    """Whether a sensor tells what the car draws."""
    charging_mode: ChargingMode | None = None
    """None follows the site's."""
    priority: int = 1
    """1 comes first."""
    weight: float = 1.0
    """Its part among those of one urgency; 0 means no charging."""
    phase_switching: PhaseSwitching | None = None
    """None when it cannot go from three phases to one and back."""
    minimum_on_s: float = 300.0
    """How long it is not sent away for another's turn, s."""


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
    meter_grace_s: float = 10.0
    """How long a meter's last good reading counts on while it tells bad ones, s; 0
    for not at all."""
    can_export: bool = False
    """Whether solar or a battery may feed the grid: without, a house load far
    below zero is a broken reading."""
    enabled: bool = True
    ramp_up_time_s: float = 30.0
    """How long a raise waits after a cut, s."""
    hold_window_s: float = 20.0
    """A raise fits under the highest house load of this long, s."""
    longest_hold_window_s: float = 600.0
    """How long that grows to while raises are undone, s."""
    charging_mode: ChargingMode = ChargingMode.STANDARD
    distribution_mode: DistributionMode = DistributionMode.WEIGHTED
    rotation_period_s: float = 900.0
    """How long a car keeps its turn while others wait, s."""
    battery: Battery | None = None
    power_buffer_w: float = 0.0
    """What cars in standard mode leave free, W."""
    excess_threshold_w: float = 13000.0
    """The export that a car in excess mode leaves to the grid, W."""
    allow_grid_charging: bool = True
    solar_grace_s: float = 300.0
    """How long a car goes on at its minimum when the sun does not do, s."""
    import_cap_w: float | None = None
    """What the site may draw from the grid in all, W."""
    capacity_tariff: CapacityTariff | None = None
    external_cap: ExternalCap | None = None
    unbalance_limit_a: float | None = None
    """What cars on less than all phases may draw together on a phase, A (20 A
    in Germany, VDE-AR-N 4100; 16 A in Austria and Switzerland)."""
    grid_unbalance_limit_a: float | None = None
    """By how much the load of two phases of the grid connection may differ, house
    included, before cars are held back that would add to it, A."""
    import_windows: tuple[ImportWindow, ...] = ()
    """Times of the day at which the site may draw less from the grid."""
    fuse_tolerance: float = 0.0
    """The part of the main fuse's thermal reserve, 0 to 1, that may be spent
    before a car is stopped for the fuse; 0 stops it at once."""

    @property
    def volts(self) -> float:
        """Return what an ampere on one phase comes to, W; 230 W where it makes no sense.

        That is the voltage from phase to neutral. In a net without neutral, 3 x 230 V
        between phases, it is 133 V: the power of three phases is sqrt(3) x 230 V times
        the current of each.
        """
        return self.voltage_v if 1 <= self.voltage_v < 1e5 else 230.0


class CurrentRange(NamedTuple):
    """What a charger can be set to now, A."""

    least_a: float
    most_a: float
    step_a: float = 0.0
    """Counted from the least; 0 for any current between."""


class NextBlock(NamedTuple):
    """The planned block that a car waits for."""

    start_s: float
    price: float | None = None
    """What a kWh costs then."""
    price_now: float | None = None
    """What it costs now."""
    done_s: float | None = None
    """When the plan has the car ready; None where it cannot."""


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
    asked_a: float | None = None
    """What it was asked for when it took that, A; None where nobody tells."""
    shown: Reading | None = None
    """The limit that it shows now, A, and since when."""
    current_range: CurrentRange | None = None
    """What it can be set to now, where it tells."""
    energy_needed_kwh: float | None = None
    """What the car still needs by its departure."""
    departure_s: float | None = None
    may_draw_until_s: float | None = None
    """The end of the planned block that it is in; None outside of one."""
    planned_left_s: float | None = None
    """How long the plan still lets it charge until its departure, s; None without a
    plan."""
    next_block: NextBlock | None = None
    """What the plan has it wait for."""
    phase_count: int | None = None
    """On how many phases it is set to charge, where it can switch and shows that."""
    doubted: bool = False
    """Whether its meter, its phases or itself was found to be wrong and that is not
    settled: it is neither raised nor started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitReading:
    """What the meter of a circuit tells."""

    circuit_id: str
    phase_currents_a: tuple[Reading | None, Reading | None, Reading | None] = (
        None,
        None,
        None,
    )
    total_power_w: Reading | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that is known at one moment."""

    phase_currents_a: tuple[Reading | None, Reading | None, Reading | None] = (
        None,
        None,
        None,
    )
    total_power_w: Reading | None = None
    battery_soc_percent: Reading | None = None
    battery_power_w: Reading | None = None
    """Charging is positive."""
    solar_power_w: Reading | None = None
    """What the sun gives, before house, battery and cars."""
    import_cap_w: Reading | None = None
    """A cap that an entity tells; the lower one of it and the site's holds."""
    external_cap_w: Reading | None = None
    """What the grid operator allows now; infinity while there is no signal."""
    month_peak_w: Reading | None = None
    """The highest mean import of a period so far this month."""
    clock_ahead_s: float = 0.0
    """How much the decision's time is ahead of the wall clock, s."""
    utc_offset_s: float = 0.0
    """How much local time is ahead of UTC, s: what time of the day it is."""
    chargers: tuple[ChargerReading, ...] = ()
    circuits: tuple[CircuitReading, ...] = ()
    """Of the circuits that have a meter of their own."""


class ChargerDecision(NamedTuple):
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
    limiting: Reason
    following: bool = True
    """Whether the car stays within what it was given."""
    next_change_s: float | None = None
    """When a waiting raise or restart may come at the earliest."""
    missing_w: float = 0.0
    """What its mode waits for, W."""
    phase_count: int | None = None
    """On how many phases it is to charge; None when it cannot switch."""
    tolerated_until_s: float | None = None
    """Until when an overload is tolerated before the car is stopped."""
    unseen_steps: int = 0
    """How many of its last steps in a row the meter did not show."""
    unseen_step: UnseenStep | None = None
    """The last one of them."""
    turn: float = 0.0
    """Among equals who wait for their turn the smaller one goes first."""
    sensor: SensorVerdict | None = None
    """What is wrong with the sensor of its current, which is not used for that."""


class CircuitDecision(NamedTuple):
    """What the meter of a circuit comes to."""

    circuit_id: str
    house_a: tuple[float | None, float | None, float | None]
    """What else than the cars hangs on it, A per phase; None where it is lost."""
    problems: tuple[ReadingProblem | None, ReadingProblem | None, ReadingProblem | None]
    overload: bool
    """Whether a phase carries more than the circuit's limit now."""


class Overload(NamedTuple):
    """A fuse that carries more than it may now, A."""

    circuit_id: str
    phase: Phase
    load_a: float
    limit_a: float


class Decision(NamedTuple):
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
    circuits: tuple[CircuitDecision, ...] = ()
    """Of the circuits that have a meter of their own."""
    tariff_limit_w: float | None = None
    """The mean that the capacity tariff's period is to stay under, W."""
    overloads: tuple[Overload, ...] = ()
    """Which fuses carry more than they may, as far as meters tell."""
    meter_seen: bool = False
    """Whether the main meter has been read since the start."""
    battery_w: float | None = None
    """What charges the home battery, W; None where that is not known."""
    import_limit_w: float | None = None
    """What an entity states as the import limit, W, or stated before it was lost."""
    external_cap_w: float | None = None
    """What the grid operator leaves the cars, W; None while that is all."""
    stated_limits: StatedLimits = StatedLimits()
    """What entities stated last, to be kept over a restart."""
    tariff_period: TariffPeriod | None = None
    """What the running period of the capacity tariff has imported so far."""
    reservations: tuple[Reservation, ...] = ()
    """What flows, or may flow, though it is not allocated, and why."""
