"""What one decision remembers for the next."""

from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from .enums import (
    BalancerState,
    ChargerStatus,
    ChargingMode,
    LimitingFactor,
    PerPhase,
    Phase,
    ReadingProblem,
)
from .meter_trial import MeterTrial
from .sensor import SensorTrial
from .shortage import Shortage


class Reading(NamedTuple):
    """A value and when its source reported it."""

    value: float
    time_s: float
    problem: ReadingProblem | None = None
    """Set by who read it; then the value is not used."""


class SetPoint(NamedTuple):
    """A decided set-point on its way to the car."""

    current_a: float
    decided_s: float
    accepted_s: float | None = None


class Measurement(NamedTuple):
    """What a car drew on each site phase, A, and when the charger told."""

    current_a: PerPhase
    time_s: float


class Peak(NamedTuple):
    """A house load that no later one has exceeded, A, and until when it held."""

    house_a: float
    until_s: float


class LeftByMeters(NamedTuple):
    """What meters left a car, which no later value has exceeded, and until when, A."""

    current_a: float
    until_s: float


class CarThen(NamedTuple):
    """A car when the meter last told something new."""

    charger_id: str
    set_a: float
    """What it was told, A over all wires that count."""
    drew_a: float | None
    """What it was measured to draw, A; None where nothing measures it."""
    certain: bool = False
    """Whether no later measurement can tell more of that moment."""


class ValueWatch(NamedTuple):
    """Whether the meter's value moves when the cars do (`frozen.py`)."""

    since_s: float = -inf
    """Since when the meter tells the same value."""
    finest_a: float = 1.0
    """The finest step that it has shown, A; no more than whole ampere."""
    renewed_s: float = 60.0
    """How soon after one value the next one came of late, s (`frozen.py`)."""
    stands_s: float = -inf
    """Since when all values stand that these cars may move, s."""
    cars: tuple[CarThen, ...] = ()
    """What the cars were like then; empty as long as nobody has looked."""
    battery_a: float | None = None
    """What the home battery took then, A at one phase; None where nobody told."""
    level_a: float = 0.0
    """By how much the cars have moved since, as far as it has lasted, A."""
    unshown_a: float = 0.0
    """What these steps come to that have not shown, up and down, A."""
    step_since_s: float | None = None
    """Since when the cars are a step away from that."""
    hinted_since_s: float | None = None
    """Since when any step has not shown."""
    moved_since_s: float | None = None
    """Since when the steps that have not shown come to more than the meter's own
    steps can hide."""


class Hold(NamedTuple):
    """How long a phase's house load counts against a raise, as learned."""

    window_s: float = 0.0
    """The site's own where that is longer, s."""
    raised_s: float | None = None
    """When a car was last raised, until that has lasted or been undone."""
    over_a: float = 0.0
    """The house load that that raise counted with, A."""


class CarShown(NamedTuple):
    """What the total power has shown of one car, by its own steps."""

    charger_id: str
    level_a: float
    """What it drew on each wire when all cars were last at rest, A."""
    of_wires: int
    """How many its charger has."""
    wires: int | None = None
    """On how many of them it charges; None until a cut has shown it."""
    proven: bool = False
    """Whether what it takes since its start has been shown, too."""
    partial_a: float | None = None
    """What its last start showed, where that was less than offered, A."""


class Untold(NamedTuple):
    """What the total power has shown of cars that do not tell each phase apart."""

    one_wire: bool = False
    """Whether measured cars cannot be on all their wires."""
    shown_a: float | None = None
    """What the others take together, over all wires, A; None for all they may."""
    offered_a: float = 0.0
    """What these would take if they took all, when the meter was read, A."""
    told_a: float = 0.0
    """What the measured ones told on all their wires, when all of them last agreed
    on it, A."""
    cars: tuple[CarShown, ...] = ()
    """What steps of single cars have shown."""
    rest_a: float | None = None
    """The total without the other cars when all were last at rest, A."""
    most_a: float | None = None
    """What a phase may carry as long as a car is not shown to be on several wires, A;
    None where all are."""


class StandingOverload(NamedTuple):
    """An overload that the meter goes on to show."""

    since_s: float
    most_a: float
    """By how much the fuse was exceeded at most, A."""


class PhaseState(NamedTuple):
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
    overload: StandingOverload | None = None
    doubt_since_s: float | None = None
    """Since when either a car or the house has changed, and which is open."""
    bad_since_s: float | None = None
    """Since when the meter tells nothing that can be believed; None while it does."""
    watch: ValueWatch = ValueWatch()
    peaks: tuple[Peak, ...] = ()
    """House loads of the hold window, falling; the last one is the newest."""
    hold: Hold = Hold()
    untold: Untold = Untold()
    worst_a: tuple[tuple[int, float], ...] = ()
    """Highest house load of each recent period: (period number, A)."""


class Limiting(NamedTuple):
    """What limits a charger, where, and since when."""

    factor: LimitingFactor
    phase: Phase | None = None
    circuit_id: str | None = None
    since_s: float = 0.0


class Answer(NamedTuple):
    """What a charger made of a current that it was asked for, A."""

    asked_a: float
    """Infinity where it was lowered elsewhere: no current is worth asking for."""
    took_a: float
    time_s: float
    wanted_a: float
    """What its owner allowed it then, A; another value is worth asking again."""
    mode: ChargingMode
    """How it charged then; the same."""
    range_most_a: float | None = None
    """The most that it could be set to then, A; the same for a higher one."""


class Witness(NamedTuple):
    """What a charger shows of its limit, and whether that tells anything."""

    value_a: float
    since_s: float
    """When it first showed this."""
    matched: bool = False
    """Whether it has shown the set-point since it was last told that."""
    before_a: float | None = None
    """What it showed when it was last told, A."""
    ignored: int = 0
    """How often it was told less and went on showing this."""


class Plug(NamedTuple):
    """What is said of a charger's plug, and since when."""

    present: bool
    since_s: float = -inf
    said: ChargerStatus | None = None
    """What its charger said of the car when it was last there."""
    blinked: bool = False
    """Whether the last car was there for a moment only, so that it may have been none."""


class ChargerState(NamedTuple):
    """What the engine remembers of one charger."""

    charger_id: str
    set_a: float = 0.0
    set_points: tuple[SetPoint, ...] = ()
    """The last ones, whose effect may still be under way, the newest last."""
    measurements: tuple[Measurement, ...] = ()
    """The last ones, the newest last; empty when nothing measures."""
    doubtful_a: PerPhase | None = None
    """What is measured and cannot be right, A on each phase of the site."""
    report_gap_s: float = 10.0
    """Longest recent time between two measurements, s."""
    last_cut_s: float | None = None
    stopped_s: float | None = None
    """When it was last stopped for lack of current or of a meter."""
    room_since_s: float | None = None
    """Since when there has been headroom for its minimum."""
    running_since_s: float | None = None
    phase_count: int | None = None
    """On how many phases it charges, where it can switch; None for all."""
    switching_to: int | None = None
    """On how many it will, once the car has stopped."""
    switch_told_s: float | None = None
    """When it was told to."""
    switched_s: float | None = None
    switches: int = 0
    """How often it has switched since the car was plugged in."""
    more_phases_since_s: float | None = None
    """Since when all phases would give clearly more."""
    tolerated_since_s: float | None = None
    """Since when it goes on at its minimum over an overloaded fuse."""
    lacking_since_s: float | None = None
    """Since when its mode leaves it less than its minimum, on average."""
    shortage: Shortage = Shortage()
    in_block: bool = False
    """Whether it charges in a planned block."""
    had_as: float = 0.0
    """What it has been given against its weight, A s."""
    had_s: float | None = None
    """When that was last added up."""
    turn: float = 0.0
    """Its place in the row: who has had least comes first."""
    draws_less_since_s: float | None = None
    """Since when the car takes clearly less than it is given."""
    asked_again_s: float | None = None
    """Until when a car that takes nothing stands behind all others; infinity while
    it is given current, None while it has its place."""
    uses_phases: tuple[Phase, ...] = ()
    """The phases that the car loads, where it has shown that others stay idle."""
    uses_since_s: float | None = None
    """Since when it shows that."""
    connected: bool = False
    plug: Plug | None = None
    """None until anything was said of it."""
    started: bool = False
    """Whether it has been given current since the car was plugged in."""
    missed_since_s: float | None = None
    """Since when the car draws more than it was given."""
    sent_s: float | None = None
    """When the set-point was last sent."""
    heard_since_s: float = -inf
    """Since when it can be reached; infinity while it cannot."""
    silent_since_s: float | None = None
    """Since when it cannot; None while it can."""
    left_by_meters: tuple[LeftByMeters, ...] = ()
    """What meters left its car lately while it cannot be reached, the highest first."""
    limiting: Limiting | None = None
    answers: tuple[Answer, ...] = ()
    """What it took other than it was asked for, as long as that holds."""
    witness: Witness | None = None
    """None where it shows no limit."""
    trial: SensorTrial = SensorTrial()
    """What its own steps have shown of the sensor of its current."""
    meter_trial: MeterTrial = MeterTrial()


class FuseHeat(NamedTuple):
    """How warm a fuse is on one phase, as squared part of its rating."""

    fast: float
    slow: float
    time_s: float


class BatteryLevel(NamedTuple):
    """Where the home battery's charge stands between its thresholds."""

    known: bool = False
    known_s: float = -inf
    """When the charge was last known."""
    above_minimum: bool = False
    at_target: bool = False
    above_target: bool = False
    full: bool = False


class Height(NamedTuple):
    """A power that no later one has exceeded, W, and until when it held."""

    power_w: float
    until_s: float


class SunMemory(NamedTuple):
    """What sun and battery gave when the meter was last read."""

    read_s: float = -inf
    """When that reading of the meter came."""
    battery_w: float | None = None
    """None where nobody tells."""
    solar_w: float | None = None
    exports: tuple[Height, ...] = ()
    """What was left for export lately, falling; the last one is the newest."""
    surpluses: tuple[Height, ...] = ()
    """The same, with the battery's charging taken for the cars."""


class StatedLimits(NamedTuple):
    """What entities stated last of limits, W; None where they never did.

    Infinity stands for no limit.
    """

    import_cap_w: float | None = None
    external_cap_w: float | None = None


class TariffPeriod(NamedTuple):
    """What a clock period of the capacity tariff has come to."""

    number: int
    """Periods since the clock's zero."""
    energy_ws: float
    """Import so far, W s."""
    read_s: float
    power_w: float
    """Import at the last reading, W."""
    house_w: float = 0.0
    """What the house drew of late, W."""
    peak_w: float = 0.0
    """The highest mean of a whole period that was seen, W."""


class CircuitState(NamedTuple):
    """What the engine remembers of a circuit with a meter of its own."""

    circuit_id: str
    phases: tuple[PhaseState, PhaseState, PhaseState] = (
        PhaseState(),
        PhaseState(),
        PhaseState(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What one decision hands to the next."""

    phases: tuple[PhaseState, PhaseState, PhaseState] = (
        PhaseState(),
        PhaseState(),
        PhaseState(),
    )
    circuits: tuple[CircuitState, ...] = ()
    """Of those with a meter of their own."""
    chargers: tuple[ChargerState, ...] = ()
    resumed_s: float = -inf
    """When the engine started; readings from before do not allow a raise."""
    meter_lost_since_s: float | None = None
    meter_seen: bool = False
    """Whether a believable reading came since the start."""
    balancer_state: BalancerState = BalancerState.STOPPED
    battery: BatteryLevel = field(default_factory=BatteryLevel)
    sun: SunMemory = field(default_factory=SunMemory)
    heats: tuple[FuseHeat | None, FuseHeat | None, FuseHeat | None] = (None,) * 3
    """Of the main fuse, where an overload may be tolerated."""
    period: TariffPeriod | None = None
    import_cap_w: float | None = None
    """The import cap that an entity tells, or told before it was lost, W; None where
    none ever did."""
    external_cap_w: float | None = None
    """The same of the grid operator's signal; infinity while there is none."""
    external_cap_seen: bool = False
    """Whether the signal has been told since the start."""
    turns_number: int | None = None
    """The rotation period in which turns were last given."""
    queued: bool = False
    """Whether a car had more if another made way."""
    memo: object = field(default=None, compare=False, repr=False)
    """What was worked out (`memo.py`), to be used again while it holds. It saves
    time and changes no decision: documents and comparisons leave it out."""
