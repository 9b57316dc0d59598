"""What goes wrong in a drilled home, when, and how it is done to the plant."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final

from custom_components.ev_lb.simulation.charger import ChargerFault
from custom_components.ev_lb.simulation.household import DAY_S
from custom_components.ev_lb.simulation.meter import MeterFault

from .closed_loop import Run
from .drill_homes import Home


class Trouble(StrEnum):
    """What goes wrong besides meter and chargers."""

    RESTART = "restart"
    """Home Assistant is killed, and is back at the end."""
    SUSPENDED = "suspended"
    """The engine stands still, as in a virtual machine that is paused."""
    CLOCK_STEP = "clock_step"
    """The engine's clock jumps ahead. It is a monotonic one: never back."""


type Kind = MeterFault | ChargerFault | Trouble


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong for a while."""

    kind: Kind
    start_s: int
    end_s: int
    charger_id: str | None = None
    step_s: float = 0.0
    """How far the clock jumps, s."""

    def __str__(self) -> str:
        """Say it on one line."""
        where = f" {self.charger_id}" if self.charger_id else ""
        step = f" by {self.step_s:g} s" if self.step_s else ""
        return f"{self.start_s} to {self.end_s} s:{where} {self.kind.value}{step}"


LASTS_S: Final[dict[type, tuple[int, int]]] = {
    MeterFault: (20, 3600),
    ChargerFault: (30, 7200),
    Trouble: (5, 180),
}
AWAKE_S: Final = 900
"""How long before a car comes the engine has to be awake, s."""
APART_S: Final = 600
"""Between two faults of one device, so that each is over before the next, s."""


def random_faults(random: Random, home: Home) -> list[Fault]:
    """Return the faults of a home's day, those of one device apart."""
    faults: list[Fault] = []
    busy_until_s: dict[str | None, int] = {}
    for start_s in sorted(random.sample(range(DAY_S), random.randrange(9))):
        fault = _fault(random, home, start_s)
        device = fault.charger_id or type(fault.kind).__name__
        if start_s < busy_until_s.get(device, 0):
            continue
        busy_until_s[device] = fault.end_s + APART_S
        faults.append(fault)
    return faults


def _fault(random: Random, home: Home, start_s: int) -> Fault:
    kinds: list[Kind] = [*ChargerFault, *ChargerFault, *Trouble]
    kinds += [kind for kind in MeterFault if kind is not MeterFault.THOUSANDTH]
    # Where the sun may shine, or nobody measures the car, a thousandth of the
    # truth looks like the truth: then the unit must be known.
    measured = all(row.measures_current for row in home.site.chargers)
    if measured and not home.site.can_export:
        kinds.append(MeterFault.THOUSANDTH)
    kind = random.choice(kinds)
    charger_id = None
    if isinstance(kind, ChargerFault):
        charger_id = random.choice(home.site.chargers).charger_id
    end_s = min(start_s + random.randint(*LASTS_S[type(kind)]), DAY_S - 1)
    step_s = 0.0
    if kind is Trouble.CLOCK_STEP:
        end_s = start_s
        step_s = random.choice((1.0, 30.0, 3600.0, 1e6))
    return Fault(kind, start_s, end_s, charger_id, step_s)


def live(run: Run, faults: list[Fault], end_s: int) -> None:
    """Let a home live through its day with its faults.

    Long before the first car comes, and while none is there, the engine sleeps:
    nothing that it does then could be wrong.
    """
    moments = [(fault.start_s, True, fault) for fault in faults]
    moments += [(fault.end_s, False, fault) for fault in faults]
    idle = _idle(run, end_s)
    for second, begins, fault in sorted(moments, key=lambda row: row[:2]):
        _live_until(run, second, idle)
        _apply(run, fault, begins)
    _live_until(run, end_s, idle)


def _live_until(run: Run, end_s: int, idle: list[tuple[int, int]]) -> None:
    for start_s, stop_s in idle:
        if stop_s <= run.plant.now_s or start_s >= end_s:
            continue
        if start_s > run.plant.now_s:
            run.until(start_s)
        run.absent(max(run.plant.now_s, min(stop_s, end_s)))
    if end_s > run.plant.now_s:
        run.until(end_s)


def _idle(run: Run, end_s: int) -> list[tuple[int, int]]:
    """Return when no car is there, nor comes soon."""
    sessions = []
    for charger in run.plant.configuration.chargers:
        if not charger.car.sessions:
            sessions.append((0, end_s))
        sessions += [(row.plug_in_s, row.unplug_s) for row in charger.car.sessions]
    sessions.sort()
    idle = []
    free_s = 0
    for plug_in_s, unplug_s in [*sessions, (end_s + AWAKE_S, end_s)]:
        if plug_in_s - AWAKE_S > free_s:
            idle.append((free_s, plug_in_s - AWAKE_S))
        free_s = max(free_s, unplug_s + 60)
    return idle


def _apply(run: Run, fault: Fault, begins: bool) -> None:
    match fault.kind:
        case MeterFault():
            run.plant.set_meter_fault(fault.kind if begins else None)
        case ChargerFault():
            assert fault.charger_id is not None
            run.plant.set_charger_fault(
                fault.charger_id, fault.kind if begins else None
            )
        case Trouble.CLOCK_STEP if begins:
            run.step_clock(fault.step_s)
        case Trouble.RESTART | Trouble.SUSPENDED if begins:
            _be_absent(run, fault)


def _be_absent(run: Run, fault: Fault) -> None:
    """Let the engine be away; other faults that begin meanwhile begin after."""
    run.absent(fault.end_s)
    if fault.kind is Trouble.RESTART:
        run.restart()
