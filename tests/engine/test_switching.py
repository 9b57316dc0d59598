"""From three phases to one and back, rationed."""

from copy import replace
from itertools import pairwise
from math import inf

from hypothesis import example, given, settings, strategies as st
import pytest

from benchmarks.closed_loop import site_for
from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.model import (
    ChargerReading,
    ChargingMode,
    LimitingFactor,
    PhaseSwitching,
    Reading,
    Site,
    Snapshot,
    State,
)
from custom_components.ev_lb.engine.model.set_points import START_TIME_S
from custom_components.ev_lb.simulation.plant import PlantConfiguration
from tests.searching import examples

NOW_S = 1_000_000.0


def solar_site(**rules: float) -> Site:
    """Return a three-phase site with one switching charger on the sun."""
    site = site_for(PlantConfiguration(), measures_current=False)
    switching = PhaseSwitching(**rules)
    charger = replace(site.chargers[0], phase_switching=switching)
    return replace(
        site,
        chargers=(charger,),
        can_export=True,
        charging_mode=ChargingMode.SOLAR,
    )


class Home:
    """A home whose car follows at once, seen every five seconds."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.state = State()
        self.now_s = NOW_S
        self.accepted: Reading | None = None
        self.seen: list[tuple[float, int, float]] = []

    def live(self, seconds: float, surplus_w: float) -> None:
        """Let the sun leave over so much for a while."""
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s += 5
            count, set_a = (3, 0.0) if not self.seen else self.seen[-1][1:]
            house_a = -surplus_w / 690
            amps = [
                Reading(house_a + (set_a if wire < count else 0.0), self.now_s)
                for wire in range(3)
            ]
            charger = ChargerReading(charger_id="charger", accepted=self.accepted)
            snapshot = Snapshot(
                phase_currents_a=(amps[0], amps[1], amps[2]), chargers=(charger,)
            )
            decision = decide(self.site, self.state, snapshot, self.now_s)
            self.state = decision.state
            row = decision.chargers[0]
            assert row.phase_count is not None
            if row.send:
                self.accepted = Reading(row.set_a, self.now_s)
            self.seen.append((self.now_s, row.phase_count, row.set_a))
            self.row = row

    @property
    def switches(self) -> list[tuple[int, int]]:
        """Return the changes of the number of phases."""
        counts = [count for _, count, _ in self.seen]
        return [(a, b) for a, b in pairwise(counts) if a != b]


def test_too_little_for_three_phases_charges_on_one() -> None:
    """1.9 kW are below 6 A on three phases, and 8 A on one."""
    home = Home(solar_site())
    home.live(300, 1900)
    assert home.seen[-1][1:] == (1, 8)
    assert home.switches == [(3, 1)]


def test_goes_up_after_the_sun_has_lasted_and_never_under_way() -> None:
    home = Home(solar_site(up_after_s=300))
    home.live(300, 1900)
    home.live(200, 6000)
    assert home.seen[-1][1] == 1
    home.live(600, 6000)
    assert home.seen[-1][1:] == (3, 8)
    # The car has stopped before the phases change, and waits after it.
    for (before_s, count, set_a), (_, other, after_a) in pairwise(home.seen):
        if count != other:
            assert set_a == 0
            assert after_a == 0
            started_s = next(
                time_s for time_s, _, amps in home.seen if time_s > before_s and amps
            )
            assert started_s - before_s >= 10


def test_a_short_burst_of_sun_does_not_switch_up() -> None:
    home = Home(solar_site(up_after_s=300))
    home.live(300, 1900)
    for _ in range(6):
        home.live(200, 6000)
        home.live(100, 1900)
    assert home.switches == [(3, 1)]


def test_switches_are_rationed_per_session() -> None:
    home = Home(solar_site(up_after_s=60, most_per_session=3))
    for _ in range(6):
        home.live(900, 1900)
        home.live(900, 6000)
    assert len(home.switches) == 3


def test_for_the_fuse_it_goes_down_instead_of_pausing() -> None:
    """A load on L2 that leaves 3 A there does not stop a car on L1."""
    site = replace(solar_site(), charging_mode=ChargingMode.STANDARD, can_export=False)
    run_site = replace(
        site, chargers=(replace(site.chargers[0], measures_current=False),)
    )
    state, accepted, seen = State(), None, []
    now_s = NOW_S
    count, set_a = 3, 0.0
    while now_s < NOW_S + 400:
        now_s += 5
        second = 22.0 if now_s > NOW_S + 200 else 2.0
        house = (2.0, second, 2.0)
        amps = [
            Reading(load + (set_a if wire < count else 0.0), now_s)
            for wire, load in enumerate(house)
        ]
        charger = ChargerReading(charger_id="charger", accepted=accepted)
        decision = decide(
            run_site,
            state,
            Snapshot(phase_currents_a=(amps[0], amps[1], amps[2]), chargers=(charger,)),
            now_s,
        )
        state, row = decision.state, decision.chargers[0]
        count, set_a = row.phase_count or 3, row.set_a
        if row.send:
            accepted = Reading(set_a, now_s)
        seen.append((now_s - NOW_S, count, set_a, row.limiting.factor))
    assert (200, 3, 16, LimitingFactor.CHARGER_MAX) in seen
    assert seen[-1][1:3] == (1, 16)
    stopped_s = [time_s for time_s, _, amps, _ in seen if time_s > 200 and amps == 0]
    assert max(stopped_s) - min(stopped_s) < 60


def test_charger_that_cannot_switch_says_so() -> None:
    decision = decide(site_for(PlantConfiguration()), State(), Snapshot(), NOW_S)
    assert decision.chargers[0].phase_count is None


class ToldHome(Home):
    """A home whose charger shows on how many phases it is set to charge."""

    def __init__(self, site: Site, *, obeys: bool = True, shown: int = 3) -> None:
        super().__init__(site)
        self.obeys = obeys
        self.shown = shown

    def live(self, seconds: float, surplus_w: float) -> None:
        """Let the sun leave over so much; the charger shows its phases late."""
        end_s = self.now_s + seconds
        wanted = self.shown
        set_a = self.seen[-1][2] if self.seen else 0.0
        while self.now_s < end_s:
            self.now_s += 5
            if self.obeys:
                self.shown = wanted
            house_a = -surplus_w / 690
            amps = [
                Reading(house_a + (set_a if wire < self.shown else 0.0), self.now_s)
                for wire in range(3)
            ]
            charger = ChargerReading(
                charger_id="charger", accepted=self.accepted, phase_count=self.shown
            )
            snapshot = Snapshot(
                phase_currents_a=(amps[0], amps[1], amps[2]), chargers=(charger,)
            )
            decision = decide(self.site, self.state, snapshot, self.now_s)
            self.state = decision.state
            row = self.row = decision.chargers[0]
            assert row.phase_count is not None
            if row.send:
                self.accepted = Reading(row.set_a, self.now_s)
                wanted = row.phase_count
            set_a = row.set_a
            self.seen.append((self.now_s, self.shown, set_a))


def test_starts_only_when_the_charger_shows_the_other_phases() -> None:
    home = ToldHome(solar_site())
    home.live(300, 1900)
    assert home.seen[-1][1:] == (1, 8)
    assert all(count == 1 for _, count, set_a in home.seen if set_a > 0)


def test_a_switch_that_does_not_come_is_given_up() -> None:
    """It goes on with the phases that it has, and tries no more than it may."""
    home = ToldHome(solar_site(most_per_session=2), obeys=False)
    home.live(900, 1900)
    assert home.row.phase_count == 3
    assert home.row.set_a == 0
    home.live(900, 6000)
    assert home.row.set_a == 8


def test_counts_on_the_phases_that_the_charger_shows() -> None:
    """Somebody set it to one phase by hand: that phase alone is looked at."""
    site = replace(
        solar_site(up_after_s=1e6),
        charging_mode=ChargingMode.STANDARD,
        can_export=False,
    )
    home = ToldHome(site, shown=1)
    home.live(100, -690.0)
    assert home.row.phase_count == 1
    home.shown = 3
    home.live(20, -690.0)
    assert home.row.phase_count == 3


def test_restart_goes_on_with_the_phases_that_the_charger_uses() -> None:
    state = resume(solar_site(), {"charger": 8.0}, NOW_S, {"charger": 1})
    decision = decide(solar_site(), state, Snapshot(), NOW_S + 1)
    assert decision.chargers[0].phase_count == 1


def sunny_home(mode: ChargingMode, **rules: float) -> Home:
    site = replace(solar_site(**rules), charging_mode=mode, excess_threshold_w=500.0)
    return Home(site)


@pytest.mark.parametrize("mode", [ChargingMode.ECO, ChargingMode.EXCESS])
def test_goes_up_only_when_the_sun_pays_for_all_phases(mode: ChargingMode) -> None:
    """The minimum on three phases takes 4.1 kW, of which the grid would pay half."""
    home = sunny_home(mode, up_after_s=300)
    home.live(1500, 2600)
    assert home.seen[-1][1] == 1
    assert home.seen[-1][2] >= 8
    home.live(900, 6000)
    assert home.seen[-1][1] == 3
    home.live(200, 2600)
    assert home.seen[-1][1] == 1
    assert home.seen[-1][2] >= 8
    assert home.switches == [(3, 1), (1, 3), (3, 1)]


def test_eco_takes_its_minimum_from_the_grid_on_one_phase() -> None:
    home = sunny_home(ChargingMode.ECO)
    home.live(200, -500)
    assert home.seen[-1][1:] == (1, 6)


@settings(max_examples=examples(15))
@given(
    st.sampled_from([ChargingMode.ECO, ChargingMode.EXCESS, ChargingMode.SOLAR]),
    st.lists(
        st.tuples(st.integers(60, 1200), st.integers(-1000, 12000)),
        min_size=1,
        max_size=8,
    ),
    st.integers(0, 5),
)
@example(ChargingMode.ECO, [(60, 0), (161, 4600), (60, 0), (60, 0)], 1)
@example(ChargingMode.ECO, [(60, 0), (166, 4600), (60, 0), (60, 0)], 1)
@example(ChargingMode.ECO, [(60, 0), (166, 6440), (60, 0), (60, 0)], 1)
def test_switching_never_takes_more_from_the_grid_than_one_phase(
    mode: ChargingMode, weather: list[tuple[int, int]], most: int
) -> None:
    """But for the time that a change of the sun may last unanswered.

    While a car that nobody measures starts, what is left over may be its own doing.
    """
    home = sunny_home(mode, up_after_s=120, most_per_session=2 * most + 1)
    starting_s = START_TIME_S + home.site.hold_window_s
    for seconds, surplus_w in weather:
        changed_s = home.now_s
        home.live(seconds, surplus_w)
        started_s, before_a = -inf, 0.0
        for time_s, count, set_a in home.seen:
            if before_a <= 0 < set_a:
                started_s = time_s
            before_a = set_a
            answered_s = changed_s + 60
            if started_s <= changed_s:
                answered_s = max(answered_s, started_s + starting_s)
            if time_s >= answered_s and count > 1 and set_a:
                assert set_a * count * 230 <= surplus_w + 100
    ups = sum(after == 3 for _, after in home.switches)
    assert ups <= most
