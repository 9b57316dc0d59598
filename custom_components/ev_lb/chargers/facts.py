"""The words in which the facts of a family of chargers are written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from math import ceil
from typing import Any, Final

from homeassistant.const import STATE_OFF, STATE_ON, Platform

from custom_components.ev_lb.engine.model import MINIMUM_EV_CURRENT_A, ChargerStatus


class Role(StrEnum):
    """What an entity of a charger is to us."""

    CURRENT = auto()
    """The number that limits it."""
    CIRCUIT_CURRENT = auto()
    """The number, or its sensor, that limits all chargers of its circuit."""
    SHOWN = auto()
    """Where the limit that it keeps is shown, if that is another entity."""
    RUN = auto()
    """What lets it charge, or not: a switch or a choice."""
    STATUS = auto()
    PLUG = auto()
    """Tells whether a car is there, beside a status that does not."""
    ONLINE = auto()
    """Tells whether its maker's cloud reaches it."""
    HOME = auto()
    """Tells whether a car that is its own charger stands at this one."""
    MEASURED = auto()
    """What the car draws, on each phase or on the fullest."""
    MEASURED_L1 = auto()
    MEASURED_L2 = auto()
    MEASURED_L3 = auto()
    PHASES = auto()
    """What sets it to one phase or to all."""
    LEFT_ALONE = auto()
    """What it goes back to when a limit ends, A."""


PHASE_ROLES: Final = (Role.MEASURED_L1, Role.MEASURED_L2, Role.MEASURED_L3)


class Slot(Enum):
    """What a call's data names and is filled in when it is made."""

    AMPERES = auto()
    LEASE_MINUTES = auto()


class LeftAlone(Enum):
    """What a charger does when it gets no more limits."""

    KEEPS = auto()
    """It goes on with the last limit, for as long as it runs."""
    KEEPS_UNTIL_SESSION = auto()
    """The same, but the next charge starts without the limit."""
    OPENS = auto()
    """Something else sets the limit back to the highest one, sooner or later."""
    OWN_FALLBACK = auto()
    """It has a fallback of its own that its owner sets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """How to find one of a charger's entities in the registry."""

    domain: Platform
    key: str = ""
    """How its integration names it in unique ids; none where its owner picks it."""
    of_parent: bool = False
    """Whether it belongs to the device that the charger hangs on."""
    attribute: str | None = None
    """The attribute that has it, instead of the state."""


def on_each_phase(pattern: str, phases: str = "123") -> dict[Role, Where]:
    """Return the sensors of what the car draws; `#` is where a phase's name stands."""
    return {
        role: Where(domain=Platform.SENSOR, key=pattern.replace("#", phase))
        for role, phase in zip(PHASE_ROLES, phases, strict=True)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An action of Home Assistant; slots in its data are filled in."""

    domain: str
    service: str
    role: Role | None = None
    """The entity it is for."""
    on_device: bool = False
    """Whether it names the charger's device."""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One of the limits of a charger, and how it is set and stopped."""

    set_current: Call | None
    """None where it only runs or not."""
    needs: tuple[Role, ...]
    """Entities without which it cannot be set, or not be believed."""
    shown: Role | None = None
    """Which entity shows the limit that holds; None where none does."""
    stop: Call | None = None
    """None where a limit of 0 A stops it."""
    start: Call | None = None
    left_alone: LeftAlone = LeftAlone.KEEPS
    may_lease: bool = False
    """Whether it can be given an end; what holds then is a setting of its owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What the chargers of one integration have in common."""

    name: str
    platform: str
    """The integration that makes their entities."""
    anchor: Role
    """The entity that each of them has, by which it is found."""
    entities: Mapping[Role, Where]
    limits: Mapping[str, Limit]
    """By name; the first is suggested."""
    manufacturer: str | None = None
    """Whose devices are meant, where the integration has those of many makers."""
    unique_id: str = "{owner}_{key}"
    """How its integration makes unique ids of an owner's and an entity's name."""
    stopped: frozenset[str] = frozenset({STATE_OFF})
    """States of RUN in which no car charges."""
    run_needs_car: bool = False
    """Whether RUN is unavailable without a car: then the lowest limit must do."""
    start_clears_limit: bool = False
    """Whether a limit that is set before the start may not hold after it."""
    zero_is_unlimited: bool = False
    """Whether a limit that shows 0 A limits nothing."""
    statuses: tuple[tuple[Role, Mapping[str, ChargerStatus]], ...] = ()
    """What states mean, by entity; the first one with a known state counts."""
    one_phase: str = STATE_ON
    """The state of PHASES in which it charges on one phase."""
    all_phases: str = STATE_OFF
    lowest_a: float = MINIMUM_EV_CURRENT_A
    """What a car gets at least, A; below it does not charge."""
    highest_a: float = 32.0
    """Where no number tells."""
    step_a: float = 1.0
    """Where no number tells."""
    shows_within_s: float | None = 30.0
    """How long a new limit may take to show, s; None if unknown."""
    response_time_s: float = 15.0
    """How long one may take to reach the car, s."""
    raise_interval_s: float = 0.0
    """How long a raise waits after the last change, s, as its maker asks for."""
    shortest_retry_s: float = 1.0
    """How soon a command that failed may be tried again, s."""
    drops_unchanged: bool = False
    """Whether its integration does not pass on a limit that it believes to hold."""


def of_number(role: Role, **changes: Any) -> Limit:
    """Return the limit that a number sets, and a switch stops where one is named."""
    return Limit(
        set_current=Call(
            domain=Platform.NUMBER,
            service="set_value",
            role=role,
            data={"value": Slot.AMPERES},
        ),
        **{"needs": (role,), "shown": role, **changes},
    )


def of_number_and_switch(**changes: Any) -> Limit:
    """Return the limit of a number that a switch stops and starts."""
    return of_number(
        Role.CURRENT,
        needs=(Role.CURRENT, Role.RUN),
        stop=Call(domain=Platform.SWITCH, service="turn_off", role=Role.RUN),
        start=Call(domain=Platform.SWITCH, service="turn_on", role=Role.RUN),
        **changes,
    )


def of_number_and_choice(stop: str, start: str, **changes: Any) -> Limit:
    """Return the limit of a number that two options of a choice stop and start."""

    def choose(option: str) -> Call:
        return Call(
            domain=Platform.SELECT,
            service="select_option",
            role=Role.RUN,
            data={"option": option},
        )

    return of_number(
        Role.CURRENT,
        **{
            "needs": (Role.CURRENT, Role.RUN),
            "stop": choose(stop),
            "start": choose(start),
            **changes,
        },
    )


def words(
    *,
    charging: tuple[str, ...],
    connected: tuple[str, ...] = (),
    disconnected: tuple[str, ...] = (),
) -> dict[str, ChargerStatus]:
    """Return what the states of a status mean; others leave it open."""
    return (
        dict.fromkeys(charging, ChargerStatus.CHARGING)
        | dict.fromkeys(connected, ChargerStatus.CONNECTED)
        | dict.fromkeys(disconnected, ChargerStatus.DISCONNECTED)
    )


PLUGGED: Final = {
    STATE_ON: ChargerStatus.CONNECTED,
    STATE_OFF: ChargerStatus.DISCONNECTED,
}
"""What the states of a plug's binary sensor mean."""
DRAWS: Final = {STATE_ON: ChargerStatus.CHARGING}
"""What the states of a binary sensor of charging mean; off alone leaves the car open."""


def filled(value: Any, amount: float, lease_s: float) -> Any:
    """Return a value of a call's data, with a current or a lease put in its slot."""
    if value is Slot.AMPERES:
        # Some actions take whole numbers only.
        return int(amount) if float(amount).is_integer() else amount
    if value is Slot.LEASE_MINUTES:
        return ceil(lease_s / 60)
    return value
