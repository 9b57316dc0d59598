"""What a charger takes and shows: its set-point, and a bound of every cut."""

from dataclasses import dataclass, field, replace
from math import ceil, floor
from random import Random

import pytest

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerDecision,
    ChargerReading,
    ChargerStatus,
    Circuit,
    CurrentRange,
    LimitingFactor,
    Phase,
    Reading,
    Site,
    Snapshot,
    State,
)

CHARGER = Charger(
    charger_id="car", circuit_id="grid", phases=(Phase.L1,), max_current_a=32
)
SITE = Site(
    circuits=(Circuit(circuit_id="grid", limit_a=(32, 0, 0)),),
    phases=(Phase.L1,),
    chargers=(CHARGER,),
)

EVENTS = 12


@dataclass
class Box:
    """A charger that makes of a command what it likes, and a home around it."""

    site: Site = SITE
    least_a: float = 0
    most_a: float = 32
    step_a: float = 1
    rounds_up: bool = False
    tells_range: bool = False
    tells_asked: bool = True
    shows: bool = True
    echo_s: int = 0
    """How long a new limit takes to be shown, s."""
    measures: bool = False
    shown_constant_a: float | None = None
    house_a: float = 10
    limit_a: float = 0
    now_s: int = 0
    state: State = field(default_factory=State)
    accepted: Reading | None = None
    asked_a: float | None = None
    sent: list[tuple[int, float, float, float]] = field(default_factory=list)
    """When, what, the set-point before, and what was shown then."""
    wrong: list[str] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)
    """What it held in each second, the newest last."""
    overload_s: int = 0
    longest_overload_s: int = 0
    decided: ChargerDecision | None = None

    @property
    def shown_a(self) -> float:
        """Return the limit that it shows, A."""
        if self.shown_constant_a is not None:
            return self.shown_constant_a
        rows = self.limits[: max(len(self.limits) - self.echo_s, 0)] or [0.0]
        return rows[-1] if self.echo_s else self.limit_a

    @property
    def draws_a(self) -> float:
        """Return what the car draws, A."""
        return self.limit_a if self.limit_a >= 6 else 0.0

    def take(self, current_a: float) -> None:
        """Take a command."""
        value_a = current_a
        if current_a > 0:
            rounded = ceil if self.rounds_up else floor
            steps = rounded((current_a - self.least_a) / self.step_a - 1e-9)
            if not self.rounds_up:
                steps = floor((current_a - self.least_a) / self.step_a + 1e-9)
            value_a = min(self.least_a + steps * self.step_a, self.most_a)
            value_a = 0 if value_a < self.least_a else value_a
        self.limit_a = value_a
        self.asked_a = current_a if self.tells_asked else None
        self.accepted = Reading(value_a, self.now_s + 0.1)

    def reading(self) -> ChargerReading:
        """Return what it tells."""
        time_s = float(self.now_s)
        return ChargerReading(
            charger_id="car",
            status=ChargerStatus.CHARGING if self.draws_a else ChargerStatus.CONNECTED,
            measured_a=(Reading(self.draws_a, time_s),) if self.measures else (),
            accepted=self.accepted,
            asked_a=self.asked_a,
            shown=Reading(self.shown_a, time_s) if self.shows else None,
            current_range=CurrentRange(self.least_a, self.most_a, self.step_a)
            if self.tells_range
            else None,
        )

    def look(self) -> None:
        """Decide once, and let the charger take what is sent."""
        load_a = self.house_a + self.draws_a
        snapshot = Snapshot(
            phase_currents_a=(Reading(load_a, float(self.now_s)), None, None),
            chargers=(self.reading(),),
        )
        before_a = self.state.chargers[0].set_a if self.state.chargers else 0.0
        decision = decide(self.site, self.state, snapshot, float(self.now_s))
        if self.now_s % 7 == 0:
            state = replace(self.state, memo=None)
            assert decide(self.site, state, snapshot, float(self.now_s)) == decision
        self.state = decision.state
        (self.decided,) = decision.chargers
        if self.decided.send:
            set_a = self.decided.set_a
            self.sent.append((self.now_s, set_a, before_a, self.shown_a))
            # What is shown late does not count, nor what nobody could know.
            known_a = max(self.shown_a, self.limit_a) + 0.01
            if self.shows and 0 < set_a < before_a and set_a > known_a:
                self.wrong.append(f"{self.now_s} s: a cut to {set_a}")
            self.take(set_a)

    def live(self, seconds: int) -> None:
        """Live on for so many seconds; the engine is asked in each of them."""
        for _ in range(seconds):
            self.now_s += 1
            self.limits.append(self.limit_a)
            self.look()
            over = self.house_a + self.draws_a > 32.5 and self.draws_a > 0
            self.overload_s = self.overload_s + 1 if over else 0
            self.longest_overload_s = max(self.longest_overload_s, self.overload_s)

    @property
    def set_a(self) -> float:
        """Return the set-point that holds, A."""
        assert self.decided is not None
        return self.decided.set_a

    @property
    def factor(self) -> LimitingFactor:
        """Return what keeps it from more."""
        assert self.decided is not None
        return self.decided.limiting.factor


@pytest.mark.parametrize("tells_asked", [True, False])
@pytest.mark.parametrize("shows", [True, False])
def test_what_was_taken_is_the_set_point(tells_asked: bool, shows: bool) -> None:
    box = Box(most_a=16, tells_asked=tells_asked, shows=shows)
    box.live(120)
    assert (box.set_a, box.factor) == (16, LimitingFactor.CHARGER)
    assert len(box.sent) <= 2

    box.house_a = 22
    box.live(1)

    assert box.set_a == 10
    assert not box.wrong


def test_a_range_that_grows_is_used_at_once() -> None:
    box = Box(most_a=16, tells_range=True)
    box.live(100)
    assert [row[1] for row in box.sent] == [16]

    box.most_a = 32
    box.live(3)

    assert box.set_a == 22


def test_without_a_range_it_is_asked_again_after_a_while() -> None:
    box = Box(most_a=16)
    box.live(100)
    box.most_a = 32
    box.live(640)

    assert box.set_a == 22


@pytest.mark.parametrize("measures", [True, False])
@pytest.mark.parametrize("step_a", [2, 5])
def test_a_charger_that_rounds_up_is_asked_for_less(
    measures: bool, step_a: float
) -> None:
    box = Box(step_a=step_a, rounds_up=True, measures=measures, house_a=19)
    box.live(600)

    assert box.limit_a == step_a * (13 // step_a)
    assert box.set_a == box.limit_a
    assert len(box.sent) <= 5


def test_a_limit_lowered_by_hand_holds_until_the_wish_changes() -> None:
    box = Box()
    box.live(60)
    box.limit_a = 6
    box.live(4000)
    assert (box.set_a, box.factor) == (6, LimitingFactor.CHARGER)
    assert len(box.sent) == 1

    box.site = replace(SITE, chargers=(replace(CHARGER, max_current_a=20),))
    box.live(60)

    assert box.set_a == 20


def test_a_cut_right_after_a_limit_was_lowered_is_not_above_it() -> None:
    box = Box()
    box.live(60)
    box.limit_a = 6
    box.house_a = 17
    box.live(30)

    assert not box.wrong
    assert box.set_a == 6


def test_a_limit_that_is_raised_elsewhere_is_told_again_at_once() -> None:
    site = replace(
        SITE,
        circuits=(Circuit(circuit_id="grid", limit_a=(63, 0, 0)),),
        chargers=(replace(CHARGER, max_current_a=10),),
    )
    box = Box(site=site)
    box.live(60)

    for _ in range(5):
        box.limit_a = 32
        box.live(2)
        assert box.limit_a in (10, 32)
        box.live(15)
        assert box.limit_a == 10


def test_a_shown_limit_that_never_moves_is_no_witness() -> None:
    box = Box(shown_constant_a=32, measures=True)
    box.live(60)
    box.house_a = 20
    box.live(600)

    assert box.set_a == 12
    assert len(box.sent) <= 4


@pytest.mark.parametrize("echo_s", [5, 14, 60, 90])
def test_a_late_echo_is_not_mistaken(echo_s: int) -> None:
    box = Box(echo_s=echo_s)
    box.live(300)
    box.house_a = 20
    box.live(300)
    box.house_a = 8
    box.live(600)

    assert box.set_a == 24
    assert len(box.sent) <= 3 + 2 * (echo_s > 15)


@pytest.mark.parametrize("seed", range(12))
def test_random_chargers_are_neither_raised_by_cuts_nor_left_low(seed: int) -> None:
    dice = Random(seed)
    box = Box(
        least_a=dice.choice([0, 6]),
        step_a=dice.choice([1, 1, 2, 5]),
        rounds_up=dice.random() < 0.25,
        tells_range=dice.random() < 0.5,
        tells_asked=dice.random() < 0.7,
        echo_s=dice.choice([0, 0, 3, 10, 40]),
        measures=dice.random() < 0.5,
    )
    if box.rounds_up:
        box.tells_range = False
    reaction_s = 15 + box.echo_s
    for _ in range(EVENTS):
        event = dice.random()
        if event < 0.5:
            box.house_a = dice.uniform(2, 26)
        elif event < 0.7:
            box.most_a = dice.choice([10, 16, 25, 32])
            box.limit_a = min(box.limit_a, box.most_a)
        elif event < 0.85 and box.limit_a > 6:
            box.limit_a = dice.choice([6, min(8, box.limit_a)])
        elif box.limit_a > 0:
            box.limit_a = box.most_a
        box.live(dice.randrange(1, 120))
    assert box.wrong == []
    assert box.longest_overload_s <= reaction_s + 45
    assert len(box.sent) <= 5 * EVENTS

    box.house_a, box.most_a = 4, 32
    box.live(30)
    box.limit_a = 32
    box.live(900 + 2 * box.echo_s)

    free_a = 28 if box.step_a == 1 else 28 - box.step_a
    assert box.limit_a >= free_a
