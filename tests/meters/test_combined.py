"""What sensors tell together: import and export, current and power, voltage."""

from homeassistant.core import State
import pytest

from custom_components.ev_lb.engine.model import Phase, Reading, ReadingProblem
from custom_components.ev_lb.meters.combined import NetPower, PhaseCurrent, Source
from custom_components.ev_lb.meters.sensor import Sensor
from custom_components.ev_lb.meters.site_meter import SiteMeter
from custom_components.ev_lb.meters.state import Quantity

UNITS = {"sensor.current": "A", "sensor.voltage": "V"}


def tell(source: Source, time_s: float = 1.0, **values: float | str) -> Reading | None:
    """Let sensors report, and return what they come to."""
    for sensor in source.sensors:
        name = sensor.entity_id.partition(".")[2]
        if name in values:
            unit = UNITS.get(sensor.entity_id, "W")
            state = State(
                sensor.entity_id, str(values[name]), {"unit_of_measurement": unit}
            )
            sensor.observe(state, time_s)
    return source.reading


def net(factor: float = 1.0) -> NetPower:
    return NetPower(
        Sensor("sensor.imported", Quantity.POWER),
        Sensor("sensor.exported", Quantity.POWER),
        factor,
    )


def phase(*, current: bool = True, voltage: bool = False) -> PhaseCurrent:
    return PhaseCurrent(
        Sensor("sensor.power", Quantity.POWER),
        230.0,
        current=Sensor("sensor.current", Quantity.CURRENT) if current else None,
        voltage=Sensor("sensor.voltage", Quantity.VOLTAGE) if voltage else None,
    )


@pytest.mark.parametrize(
    ("imported", "exported", "expected"),
    [
        (1200, 0, 1200),
        (0, 800, -800),
        (0, 0, 0),
        # Some tell export negative, and some tell the difference as import.
        (0, -800, -800),
        (-800, 800, -800),
    ],
)
def test_export_counts_against_import(
    imported: float, exported: float, expected: float
) -> None:
    assert tell(net(), imported=imported, exported=exported) == Reading(expected, 1.0)
    swapped = tell(net(-1.0), imported=imported, exported=exported)
    assert swapped == Reading(-expected, 1.0)


def test_what_rests_at_zero_need_not_be_repeated() -> None:
    source = net()
    tell(source, 1.0, imported=500, exported=0)
    assert tell(source, 90.0, imported=600) == Reading(600.0, 90.0)


def test_a_direction_that_froze_above_zero_makes_the_reading_old() -> None:
    """Only one direction can flow: whichever is older has stopped."""
    source = net()
    tell(source, 1.0, imported=500, exported=0)
    assert tell(source, 90.0, exported=300) == Reading(200.0, 1.0)


@pytest.mark.parametrize("lost", ["imported", "exported"])
def test_one_lost_direction_is_a_lost_reading(lost: str) -> None:
    source = net()
    tell(source, imported=500, exported=0)
    reading = tell(source, 2.0, **{lost: "unavailable"})
    assert reading is not None
    assert reading.problem is ReadingProblem.UNAVAILABLE


def test_nothing_is_known_before_both_directions_are() -> None:
    assert tell(net(), imported=500) is None


@pytest.mark.parametrize(
    ("current", "power", "expected"),
    [
        # A P1 meter tells whole ampere without a sign.
        (5, 1200, 1200 / 230),
        (5, -1200, -1200 / 230),
        (5, 1050, 1050 / 230),
        (0, 60, 60 / 230),
        # A reactive load: less power than the current says.
        (5, 600, 5.0),
        (5, -600, -5.0),
        # The current has not caught up with the power.
        (5, 2760, 12.0),
        # A finer meter's current is what heats the fuse.
        (5.32, 1200, 5.32),
        (5.32, -1200, -5.32),
    ],
)
def test_power_gives_a_current_its_sign_and_its_decimals(
    current: float, power: float, expected: float
) -> None:
    reading = tell(phase(), current=current, power=power)
    assert reading is not None
    assert reading.value == pytest.approx(expected)


def test_a_current_is_as_old_as_the_older_of_its_parts() -> None:
    """A frozen power would keep the sign that export had."""
    source = phase()
    tell(source, 1.0, current=5, power=-1150)
    assert tell(source, 9.0, current=7) == Reading(-7.0, 1.0)


@pytest.mark.parametrize("lost", ["current", "power"])
def test_a_current_is_lost_with_any_of_its_parts(lost: str) -> None:
    source = phase()
    tell(source, current=5, power=1150)
    reading = tell(source, 2.0, **{lost: "unknown"})
    assert reading is not None
    assert reading.problem is ReadingProblem.UNAVAILABLE


@pytest.mark.parametrize(
    ("voltage", "expected"),
    [
        (240, 10.0),
        # Not the voltage of this phase: 400 V between phases, or nothing yet.
        (400, 2400 / 230),
        (0, 2400 / 230),
        ("unavailable", 2400 / 230),
    ],
)
def test_a_measured_voltage_counts_if_it_is_plausible(
    voltage: float | str, expected: float
) -> None:
    source = phase(current=False, voltage=True)
    tell(source, power=2400)
    reading = tell(source, voltage=voltage)
    assert reading is not None
    assert reading.value == pytest.approx(expected)


@pytest.mark.parametrize("alive", [True, False])
def test_a_device_that_tells_only_changes_is_heard_as_a_whole(alive: bool) -> None:
    """An idle phase is silent for hours, while the voltage always moves."""
    ids = frozenset({"sensor.current", "sensor.voltage"} if alive else ())
    meter = SiteMeter(
        phases={Phase.L1: Sensor("sensor.current", Quantity.CURRENT)},
        heartbeat_ids=ids,
    )
    meter.observe(
        "sensor.current", State("sensor.current", "2", {"unit_of_measurement": "A"}), 1
    )
    meter.observe("sensor.voltage", State("sensor.voltage", "231"), 70.0)
    meter.observe("sensor.voltage", State("sensor.voltage", "unavailable"), 80.0)
    assert meter.phase_currents_a()[0] == Reading(2.0, 70.0 if alive else 1.0)


def test_a_heartbeat_brings_nothing_back() -> None:
    meter = SiteMeter(
        phases={Phase.L1: Sensor("sensor.current", Quantity.CURRENT)},
        heartbeat_ids=frozenset({"sensor.voltage"}),
    )
    meter.observe("sensor.current", State("sensor.current", "unavailable"), 1.0)
    meter.observe("sensor.voltage", State("sensor.voltage", "231"), 70.0)
    lost = Reading(0.0, 1.0, ReadingProblem.UNAVAILABLE)
    assert meter.phase_currents_a()[0] == lost
