"""The whole home: what can be seen, what is counted, and that both are exact."""

from dataclasses import replace

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.model import Phase
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import (
    ChargerConfiguration,
    ChargerFault,
)
from custom_components.ev_lb.simulation.household import HouseholdLoad, SolarOutput
from custom_components.ev_lb.simulation.meter import MeterConfiguration, MeterFault
from custom_components.ev_lb.simulation.plant import (
    Plant,
    PlantConfiguration,
    PlantView,
)
from custom_components.ev_lb.simulation.sampling import Sampling
from tests.searching import examples

QUIET = HouseholdLoad((0,), ((460.0, 230.0, 0.0),))


def home(**configuration: object) -> Plant:
    """Return a home with a quiet house; see PlantConfiguration."""
    return Plant(PlantConfiguration(**{"household": QUIET, **configuration}))  # type: ignore[arg-type]


def two_cars() -> PlantConfiguration:
    """Return a home on its recorded day, with two cars and a slow, shaky meter."""
    return PlantConfiguration(
        meter=MeterConfiguration(
            sampling=Sampling(period_s=5, latency_s=0.7, jitter_s=2)
        ),
        chargers=(
            ChargerConfiguration(
                charger_id="one",
                initial_current_a=16,
                lease_s=600,
                car=CarConfiguration(need_kwh=2.0),
            ),
            ChargerConfiguration(
                charger_id="two",
                phases=(Phase.L2, Phase.L3, Phase.L1),
                report=Sampling(period_s=7),
                car=CarConfiguration(phase_count=1, max_current_a=10),
            ),
        ),
    )


def test_shows_house_car_and_grid() -> None:
    plant = home()
    assert plant.set_current("charger", 10)
    plant.advance(60)
    view = plant.view()
    assert view.house_w == pytest.approx((460, 230, 0))
    assert view.house_a == pytest.approx((2, 1, 0))
    assert view.grid_a == pytest.approx((12, 11, 10))
    assert view.reading.values == pytest.approx((12, 11, 10))
    assert view.chargers[0].currents_a == (10, 10, 10)


def test_one_phase_home_has_everything_on_l1() -> None:
    charger = ChargerConfiguration(phases=(Phase.L1,), initial_current_a=10)
    plant = home(phases=(Phase.L1,), chargers=(charger,))
    plant.advance(60)
    assert plant.view().grid_a == pytest.approx((13, 0, 0))


def test_starts_at_its_hour_and_repeats_the_day() -> None:
    hourly = HouseholdLoad(
        range(0, 86400, 3600), [(float(hour), 0.0, 0.0) for hour in range(24)]
    )
    plant = home(household=hourly, start_hour=22.5)
    seen = []
    for hour in range(4):
        plant.advance(hour * 3600)
        seen.append(plant.view().house_w[0])
    assert seen == [22, 23, 0, 1]


def test_extra_loads_come_and_go() -> None:
    plant = home()
    plant.advance(10.4)
    plant.set_extra_load("oven", (0.0, 3450.0, 0.0))
    plant.set_extra_load("solar", (-920.0, 0.0, 0.0))
    assert plant.view().house_a == pytest.approx((-2, 16, 0))
    plant.advance(20)
    assert plant.view().reading.values == pytest.approx((-2, 16, 0))
    plant.set_extra_load("oven", (0.0, 0.0, 0.0))
    assert plant.view().house_a == pytest.approx((-2, 1, 0))


def test_faults_reach_meter_and_charger() -> None:
    plant = home()
    plant.set_meter_fault(MeterFault.LOST)
    plant.set_charger_fault("charger", ChargerFault.OFFLINE)
    assert not plant.set_current("charger", 16)
    plant.advance(100)
    view = plant.view()
    assert view.reading.values is None
    assert not view.chargers[0].online
    assert plant.next_event_s() == float("inf")


def test_plugs_in_and_out() -> None:
    plant = home()
    plant.set_current("charger", 16)
    plant.advance(60)
    plant.unplug("charger")
    assert plant.view().grid_a == pytest.approx((2, 1, 0))
    plant.plug_in("charger", need_kwh=1.0)
    plant.advance(3600)
    assert plant.view().chargers[0].session_kwh == pytest.approx(1.0, abs=0.002)
    assert plant.statistics().starts == 2


@pytest.mark.parametrize("current_a", [-1.0, float("nan"), float("inf")])
def test_refuses_what_is_no_set_point(current_a: float) -> None:
    with pytest.raises(ValueError, match="no set-point"):
        home().set_current("charger", current_a)


@pytest.mark.parametrize("to_s", [9.9, float("nan"), float("inf")])
def test_refuses_times_that_cannot_be_reached(to_s: float) -> None:
    plant = home()
    plant.advance(10)
    with pytest.raises(ValueError, match="reached"):
        plant.advance(to_s)


def test_refuses_two_chargers_of_one_name() -> None:
    with pytest.raises(ValueError, match="same id"):
        home(chargers=(ChargerConfiguration(), ChargerConfiguration()))


def test_counts_what_the_car_causes_apart_from_what_the_house_does() -> None:
    """The house alone is 5 A over on L2; with the car L1 is 3 A, L2 15 A over."""
    plant = home(chargers=(ChargerConfiguration(initial_current_a=10),))
    plant.advance(100)
    plant.set_extra_load("sauna", (16.0 * 230, 29.0 * 230, 0.0))
    plant.advance(110)
    plant.set_current("charger", 0)
    plant.advance(200)
    statistics = plant.statistics()
    # Ten seconds, and what the command and the car take to have an effect.
    assert statistics.overload_s == statistics.longest_overload_s == 15
    assert statistics.overload_as == pytest.approx(15 * (3 + 10))
    assert statistics.house_overload_as == pytest.approx(100 * 5)
    assert statistics.peak_current_a == pytest.approx((28, 40, 10))
    assert (statistics.commands, statistics.starts, statistics.stops) == (1, 1, 1)


def test_a_trip_is_the_car_s_only_where_the_house_alone_does_not_trip() -> None:
    charger = ChargerConfiguration(phases=(Phase.L1,), initial_current_a=16)
    plant = home(
        household=HouseholdLoad((0,), ((20 * 230.0, 40 * 230.0, 0.0),)),
        chargers=(charger,),
        seed=1,
    )
    plant.advance(1800)
    statistics = plant.statistics()
    assert statistics.trips["typical"] > statistics.house_trips["typical"] > 0
    l1_alone = home(
        household=HouseholdLoad((0,), ((20 * 230.0, 0.0, 0.0),)), chargers=(charger,)
    )
    l1_alone.advance(1800)
    assert statistics.car_trips == l1_alone.statistics().car_trips
    assert statistics.thermal_headroom_used["late"] >= 1


def test_unmanaged_car_overloads_the_recorded_day() -> None:
    """Else there is nothing to balance in the demo."""
    plant = Plant(
        PlantConfiguration(chargers=(ChargerConfiguration(initial_current_a=16),))
    )
    plant.advance(600)
    assert plant.statistics().overload_s > 100
    plant.advance(86400)
    statistics = plant.statistics()
    assert statistics.house_overload_as == 0
    assert max(statistics.house_trips.values()) == 0
    assert statistics.car_trips["early"] > 0


steps = st.lists(
    st.tuples(
        st.floats(min_value=0, max_value=400),
        st.sampled_from(["one", "two"]),
        st.sampled_from(
            ["6", "11.5", "16", "0", "off", "on", "unplug", "plug", "oven", "deaf"]
        ),
    ),
    max_size=8,
)


def act(plant: Plant, charger_id: str, action: str) -> None:
    """Do one of the things that can be done to a plant."""
    match action:
        case "off" | "on":
            plant.set_enabled(charger_id, action == "on")
        case "unplug":
            plant.unplug(charger_id)
        case "plug":
            plant.plug_in(charger_id, 1.5)
        case "oven":
            plant.set_extra_load(charger_id, (0.0, 3450.0, 0.0))
        case "deaf":
            plant.set_charger_fault(charger_id, ChargerFault.DEAF)
        case _:
            plant.set_current(charger_id, float(action))


def visible(view: PlantView) -> PlantView:
    """Leave out what always changes."""
    chargers = tuple(
        charger._replace(session_kwh=0.0, total_kwh=0.0) for charger in view.chargers
    )
    return view._replace(time_s=0.0, chargers=chargers)


@settings(deadline=None, max_examples=examples(40))
@given(steps, st.floats(min_value=0.3, max_value=90))
def test_how_often_time_is_given_changes_nothing(
    script: list[tuple[float, str, str]], stride_s: float
) -> None:
    """Not even the last bit of a sum."""
    leaping, walking = Plant(two_cars()), Plant(two_cars())
    time_s = 0.0
    for wait_s, charger_id, action in [*script, (300.0, "one", "on")]:
        while walking.now_s + stride_s < time_s + wait_s:
            walking.advance(walking.now_s + stride_s)
            walking.statistics()
        time_s += wait_s
        for plant in (leaping, walking):
            plant.advance(time_s)
            act(plant, charger_id, action)
        assert leaping.view() == walking.view()
    assert leaping.statistics() == walking.statistics()


@settings(deadline=None, max_examples=examples(40))
@given(steps)
def test_nothing_changes_before_the_next_event(
    script: list[tuple[float, str, str]],
) -> None:
    plant = Plant(two_cars())
    for wait_s, charger_id, action in script:
        act(plant, charger_id, action)
        until_s = plant.now_s + wait_s
        while plant.now_s < until_s:
            before = visible(plant.view())
            next_s = plant.next_event_s()
            assert next_s > plant.now_s
            middle_s = min((plant.now_s + next_s) / 2, until_s)
            plant.advance(middle_s)
            assert visible(plant.view()) == before
            plant.advance(min(next_s, until_s))


@settings(deadline=None, max_examples=examples(40))
@given(steps)
def test_statistics_are_the_sum_of_the_seconds(
    script: list[tuple[float, str, str]],
) -> None:
    configuration = two_cars()
    plant = Plant(configuration)
    limit_a = configuration.service_current_a
    energy_kwh = {"one": 0.0, "two": 0.0}
    overload_as = house_overload_as = 0.0
    overload_s = 0
    peak_a = [0.0, 0.0, 0.0]
    for wait_s, charger_id, action in [*script, (300.0, "one", "on")]:
        for _ in range(int(wait_s)):
            view = plant.view()
            caused_a = 0.0
            for phase, (house_a, grid_a) in enumerate(
                zip(view.house_a, view.grid_a, strict=True)
            ):
                over_a = max(0.0, grid_a - limit_a)
                cars_a = sum(charger.currents_a[phase] for charger in view.chargers)
                caused_a += min(over_a, cars_a)
                house_overload_as += max(0.0, house_a - limit_a)
                peak_a[phase] = max(peak_a[phase], grid_a)
            overload_as += caused_a
            overload_s += caused_a > 0
            for charger in view.chargers:
                energy_kwh[charger.charger_id] += charger.power_w / 3.6e6
            plant.advance(plant.now_s + 1)
        act(plant, charger_id, action)
    statistics = plant.statistics()
    assert statistics.seconds == plant.now_s
    assert statistics.energy_kwh == pytest.approx(energy_kwh)
    assert statistics.overload_as == pytest.approx(overload_as)
    assert statistics.house_overload_as == pytest.approx(house_overload_as, abs=1e-6)
    assert statistics.overload_s == overload_s
    assert statistics.longest_overload_s <= overload_s
    assert statistics.peak_current_a == pytest.approx(peak_a)


def test_the_seed_alone_decides() -> None:
    def report_times(seed: int) -> list[float]:
        plant = Plant(replace(two_cars(), seed=seed))
        times_s = []
        for second in range(0, 300, 5):
            plant.advance(second)
            times_s.append(plant.view().reading.time_s)
        return times_s

    assert report_times(1) == report_times(1)
    assert report_times(1) != report_times(2)


def test_a_cloud_leaves_a_part_of_the_sun() -> None:
    plant = home(solar=SolarOutput((0,), (3000.0,)))
    plant.set_sun_share(0.2)
    plant.advance(5)
    view = plant.view()
    assert view.solar_w == pytest.approx(600)
    assert view.house_w == pytest.approx((260, 30, -200))
    assert view.reading.values == pytest.approx((1.1, 0.1, -0.9))

    plant.set_sun_share(1.0)
    assert plant.view().solar_w == pytest.approx(3000)
