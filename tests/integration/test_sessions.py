"""What cars had: from one look to the next, over blinks, gaps and clocks that are set."""

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_lb.accounting.stay import Stay
from custom_components.ev_lb.accounting.tariff import Tariff
from custom_components.ev_lb.control.sessions import Session, Sessions
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    Reading,
    ReadingProblem,
    Site,
    Snapshot,
)
from custom_components.ev_lb.engine.planning.forecast import Price

CHARGING, CONNECTED, GONE = (
    ChargerStatus.CHARGING,
    ChargerStatus.CONNECTED,
    ChargerStatus.DISCONNECTED,
)
SITE = Site(
    circuits=(Circuit(circuit_id="grid", limit_a=(25.0, 25.0, 25.0)),),
    chargers=(
        Charger(charger_id="left", circuit_id="grid"),
        Charger(charger_id="right", circuit_id="grid", before_meter=True),
    ),
    can_export=True,
)
T0 = 1_780_000_000.0


def reading(
    charger_id: str, amps: float | None, status: ChargerStatus | None
) -> ChargerReading:
    measured = () if amps is None else (Reading(amps, T0),) * 3
    return ChargerReading(charger_id=charger_id, status=status, measured_a=measured)


def snapshot(
    *chargers: ChargerReading,
    grid_w: float | None = 5000.0,
    battery_w: float = 0.0,
    ahead_s: float = 0.0,
) -> Snapshot:
    problem = ReadingProblem.UNAVAILABLE if grid_w is None else None
    return Snapshot(
        total_power_w=Reading(grid_w or 0.0, T0, problem),
        battery_power_w=Reading(battery_w, T0),
        chargers=chargers,
        clock_ahead_s=ahead_s,
    )


class Watched:
    """Sessions of a site, and the stays that they told of."""

    def __init__(self) -> None:
        self.skipped_s = 0.0
        self.sessions = Sessions(lambda: self.skipped_s)
        self.stays: list[tuple[str, Stay]] = []
        self.sessions.finished = lambda *told: self.stays.append(told)
        self.now_s = T0

    def look(
        self, seconds: float, seen: Snapshot, set_a: dict[str, float] | None = None
    ) -> None:
        """Let time pass, then show what is so from now on."""
        self.now_s += seconds
        self.sessions.advance(SITE, seen, set_a or {}, self.now_s)

    @property
    def had_kwh(self) -> float:
        return self.sessions.account("left").total.energy_kwh


def test_a_stay_lasts_from_the_plug_in_until_the_car_leaves() -> None:
    home = Watched()
    home.look(0, snapshot(reading("left", 0, GONE)))
    home.look(60, snapshot(reading("left", 0, CONNECTED)))
    home.look(60, snapshot(reading("left", 10, CHARGING)))
    home.look(60, snapshot(reading("left", 0, GONE)))
    ((charger_id, stay),) = home.stays
    assert (charger_id, stay.started_s, stay.seen_s) == ("left", T0 + 60, T0 + 180)
    assert stay.amounts.energy_kwh == pytest.approx(6900 * 60 / 3.6e6)
    assert stay.amounts.charging_s == 60
    # The one that comes next begins anew; the total goes on.
    home.look(60, snapshot(reading("left", 10, CHARGING)))
    home.look(60, snapshot(reading("left", 10, CHARGING)))
    second = home.sessions.of("left").stay
    assert second.amounts.energy_kwh == pytest.approx(0.115)
    assert second.meter_start_kwh == pytest.approx(0.115)
    assert home.had_kwh == pytest.approx(0.23)


def test_grid_sun_and_battery_are_told_apart() -> None:
    home = Watched()
    # 6.9 kW into the car: 2 from the grid, 1 from the battery, the sun gives 3.9.
    seen = snapshot(reading("left", 10, CHARGING), grid_w=2000, battery_w=-1000)
    home.look(0, seen)
    home.look(60, seen)
    total = home.sessions.account("left").total
    assert total.grid_kwh == pytest.approx(2 / 60)
    assert total.battery_kwh == pytest.approx(1 / 60)
    assert total.solar_kwh == pytest.approx(3.9 / 60)
    assert total.estimated_kwh == 0


def test_a_charger_before_the_meter_draws_from_the_grid_what_is_not_exported() -> None:
    home = Watched()
    # The meter shows 2 kW of export; the hidden car takes 6.9.
    seen = snapshot(reading("right", 10, CHARGING), grid_w=-2000)
    home.look(0, seen)
    home.look(60, seen)
    total = home.sessions.account("right").total
    assert total.grid_kwh == pytest.approx(4.9 / 60)
    assert total.solar_kwh == pytest.approx(2 / 60)


def test_what_nothing_measures_is_marked() -> None:
    home = Watched()
    seen = snapshot(reading("left", None, CHARGING))
    for _ in range(3):
        home.look(60, seen, {"left": 8.0})
    total = home.sessions.account("left").total
    assert total.estimated_kwh == total.energy_kwh == pytest.approx(8 * 690 / 3e4)


@pytest.mark.parametrize(
    ("values", "phase_count", "power_w", "measured"),
    [
        ((10.0, 0.0, 0.0), None, 2300, True),
        ((10.0, 10.0, 10.0), 3, 6900, True),
        # The car may use one phase only: nobody knows.
        ((10.0,), None, 6900, False),
        ((10.0,), 3, 6900, False),
        ((10.0,), 1, 2300, True),
        ((10.0, 0.2, 0.1), 1, 2369, True),
        ((), 1, 1840, False),
        ((), None, 5520, False),
        ((-4.0, 0.0, 0.0), None, 0, True),
    ],
)
def test_one_current_for_several_phases_is_an_estimate(
    values: tuple[float, ...], phase_count: int | None, power_w: float, measured: bool
) -> None:
    home = Watched()
    row = ChargerReading(
        charger_id="left",
        status=CHARGING,
        phase_count=phase_count,
        measured_a=tuple(Reading(value, T0) for value in values),
    )
    home.look(0, snapshot(row), {"left": 8.0})
    flow = home.sessions.flow("left")
    assert flow is not None
    assert flow.power_w == pytest.approx(power_w)
    assert flow.measured is measured


def test_no_sun_is_seen_for_long_without_a_meter() -> None:
    home = Watched()
    car = reading("left", 10, CHARGING)
    home.look(0, snapshot(car, grid_w=-3000))
    for _ in range(20):
        home.look(60, snapshot(car, grid_w=None))
    total = home.sessions.account("left").total
    # The last that was seen counts on for some minutes.
    assert 4 <= total.solar_kwh / 0.115 <= 7
    assert total.energy_kwh == pytest.approx(20 * 0.115)


def test_a_gap_counts_for_no_more_than_five_minutes() -> None:
    home = Watched()
    car = snapshot(reading("left", 10, CHARGING))
    home.look(0, car)
    home.look(7200, car)
    assert home.had_kwh == pytest.approx(6.9 * 300 / 3600)


def test_time_that_was_skipped_did_not_pass() -> None:
    home = Watched()
    car = snapshot(reading("left", 10, CHARGING))
    home.look(0, car)
    home.skipped_s += 250.0
    home.look(251, car)
    assert home.had_kwh == pytest.approx(6.9 / 3600)
    home.look(10, car)
    assert home.had_kwh == pytest.approx(6.9 * 11 / 3600)


def test_a_clock_that_is_set_back_counts_nothing_twice() -> None:
    home = Watched()
    car = reading("left", 10, CHARGING)
    home.look(0, snapshot(car))
    home.look(60, snapshot(car))
    home.look(60, snapshot(car, ahead_s=3600.0))
    home.look(60, snapshot(car, ahead_s=3600.0))
    assert home.had_kwh == pytest.approx(3 * 0.115)


def test_energy_costs_what_it_costs_at_that_time() -> None:
    home = Watched()
    prices = (Price(T0, T0 + 90, 0.4), Price(T0 + 90, T0 + 900, 0.1))
    home.sessions.tariff = lambda: Tariff(prices)
    car = snapshot(reading("left", 10, CHARGING), grid_w=9000)
    for _ in range(3):
        home.look(60, car)
    stay = home.sessions.of("left").stay
    assert stay.amounts.cost == pytest.approx(6.9 / 3600 * (30 * 0.4 + 90 * 0.1))
    # What was published later changes nothing of what is over.
    before = stay.amounts.grid_cost
    home.sessions.tariff = lambda: Tariff((Price(T0, T0 + 900, 99.0),))
    home.look(60, car)
    now = home.sessions.of("left").stay.amounts.grid_cost
    assert now == pytest.approx(before + 6.9 / 60 * 99)


def test_where_nobody_tells_of_the_plug_a_stay_ends_when_it_is_quiet() -> None:
    home = Watched()
    drawing = snapshot(reading("left", 10, None))
    quiet = snapshot(reading("left", 0, None))
    for seen in (drawing, drawing, *(quiet,) * 200):
        home.look(60, seen)
    assert len(home.stays) == 1
    assert home.stays[0][1].amounts.energy_kwh == pytest.approx(2 * 0.115)
    # What it had stays to be seen until the next one draws.
    assert home.sessions.of("left").energy_kwh == pytest.approx(2 * 0.115)
    home.look(60, drawing)
    home.look(60, drawing)
    assert home.sessions.of("left").energy_kwh == pytest.approx(0.115)
    assert len(home.stays) == 1


def test_a_car_that_waits_for_the_night_stays() -> None:
    home = Watched()
    for amps, status in ((10, CHARGING), *((0, CONNECTED),) * 600, (10, CHARGING)):
        home.look(60, snapshot(reading("left", amps, status)))
    home.look(60, snapshot(reading("left", 10, CHARGING)))
    assert home.stays == []
    assert home.sessions.of("left").energy_kwh == pytest.approx(2 * 0.115)


def test_a_stay_from_before_a_restart_goes_on_and_the_gap_is_not_counted() -> None:
    home = Watched()
    home.look(0, snapshot(reading("left", 10, CHARGING)))
    home.look(60, snapshot(reading("left", 10, CHARGING)))
    stay = home.sessions.of("left").stay
    again = Watched()
    again.now_s = home.now_s + 3600
    again.sessions.restore("left", Session(stay=stay, connected=True))
    again.look(0, snapshot(reading("left", 10, CHARGING)))
    again.look(60, snapshot(reading("left", 0, GONE)))
    ((_, stay),) = again.stays
    assert stay.started_s == T0
    assert stay.amounts.energy_kwh == pytest.approx(2 * 0.115)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 900),
            st.one_of(st.none(), st.floats(-5, 40)),
            st.sampled_from([None, CHARGING, CONNECTED, GONE]),
            st.one_of(st.none(), st.floats(-20_000, 40_000)),
            st.floats(-9000, 9000),
        ),
        max_size=40,
    )
)
def test_whatever_is_seen_the_sums_agree(looks: list[tuple[float, ...]]) -> None:
    home = Watched()
    for seconds, amps, status, grid_w, battery_w in looks:
        rows = [reading(name, amps, status) for name in ("left", "right")]  # type: ignore[arg-type]
        home.look(
            seconds,
            snapshot(*rows, grid_w=grid_w, battery_w=battery_w),
            {"left": 16.0, "right": 6.0},
        )
        for charger_id in ("left", "right"):
            account = home.sessions.account(charger_id)
            total = account.total
            assert min(total) >= 0
            assert total.estimated_kwh <= total.energy_kwh + 1e-9
            months = sum(row.energy_kwh for row in account.months.values())
            assert months == pytest.approx(total.energy_kwh)
            stays = [stay for name, stay in home.stays if name == charger_id]
            stays_kwh = sum(stay.amounts.energy_kwh for stay in stays)
            now_kwh = home.sessions.of(charger_id).energy_kwh
            assert stays_kwh <= total.energy_kwh + 1e-9
            assert now_kwh <= total.energy_kwh + 1e-9
