"""What a car makes of its offer, where that is not what it seems."""

from custom_components.ev_lb.engine.model import ALL_PHASES, ChargerStatus
from tests.engine.garage import VOLTAGE_V, Bay, changes, garage, house

L1, L2, L3 = ALL_PHASES
CALM = (5.3, 5.3, 5.3)


def test_stopped_car_on_one_phase_waits_for_that_phase_only() -> None:
    """A full L2 is no reason to leave a car on L1 without current."""
    full = (24.0, 5.3, 5.3)
    elsewhere = (5.3, 24.0, 5.3)
    bays = [Bay(name="a", car_phases=1)]
    run = garage(
        bays, house((0, CALM), (300, full), (360, elsewhere)), tells_phases=True
    )
    run.until(330)
    assert run.set_a() == {"a": 0}
    run.until(900)
    assert run.set_a() == {"a": 16}
    assert [row.current_a for row in changes(run, 300)] == [0, 16]
    assert run.plant.statistics().overload_s <= 6


def test_next_car_is_taken_to_use_all_phases() -> None:
    """What one car has shown says nothing of the one after it."""
    bays = [Bay(name="a", car_phases=1)]
    run = garage(bays, house((0, (5.3, 14.3, 5.3))), tells_phases=True)
    run.until(300)
    assert run.set_a() == {"a": 16}
    run.plant.unplug("a")
    run.until(330)
    run.plant.plug_in("a")
    run.until(345)
    assert run.set_a() == {"a": 10}


def test_unmeasured_car_that_is_said_to_be_full_leaves_its_share_to_others() -> None:
    """After the minute that a measured one has, too; and it gets it back."""
    bays = [
        Bay(name="a", measured=False, need_kwh=0.5),
        Bay(name="b", measured=False),
    ]
    run = garage(bays, house((0, CALM)))
    run.until(120)
    assert run.set_a() == {"a": 10, "b": 9}
    run.until(900)
    view = next(row for row in run.plant.view().chargers if row.charger_id == "a")
    assert view.status is ChargerStatus.CONNECTED
    assert run.set_a() == {"a": 6, "b": 13}
    assert run.plant.view().grid_a[0] < 25
    run.plant.plug_in("a", 5.0)
    run.until(1500)
    assert sorted(run.set_a().values()) == [9, 10]
    assert run.plant.view().house_w[0] == 5.3 * VOLTAGE_V
