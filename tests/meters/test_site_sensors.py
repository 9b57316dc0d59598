"""What a site is told by its meters, its sun, its battery and the grid operator."""

from math import inf

from homeassistant.core import State
import pytest

from custom_components.ev_lb.engine.model import (
    CircuitReading,
    Phase,
    Reading,
    ReadingProblem,
    Snapshot,
)
from custom_components.ev_lb.meters.sensor import Sensor
from custom_components.ev_lb.meters.signal import CapSignal
from custom_components.ev_lb.meters.site_meter import SiteMeter
from custom_components.ev_lb.meters.site_sensors import SiteSensors
from custom_components.ev_lb.meters.state import Quantity


def state(value: str, unit: str | None = None) -> State:
    attributes = {} if unit is None else {"unit_of_measurement": unit}
    return State("sensor.any", value, attributes)


def told(sensors: SiteSensors) -> Snapshot:
    return sensors.snapshot(())


def test_a_meter_keeps_the_last_report_of_each_phase() -> None:
    sensors = SiteSensors(
        grid=SiteMeter(
            phases={
                Phase.L1: Sensor("sensor.l1", Quantity.CURRENT),
                Phase.L3: Sensor("sensor.l3", Quantity.CURRENT),
            }
        )
    )
    assert told(sensors) == Snapshot()

    sensors.observe("sensor.l3", state("4", "A"), 1.0)
    sensors.observe("sensor.l3", state("5", "A"), 2.0)
    sensors.observe("sensor.other", state("6", "A"), 3.0)

    assert told(sensors) == Snapshot(phase_currents_a=(None, None, Reading(5.0, 2.0)))
    assert sensors.grid.entity_of(Phase.L3) == "sensor.l3"
    assert sensors.grid.entity_of(Phase.L2) is None


def test_a_total_meter_tells_of_no_phase() -> None:
    meter = SiteMeter(total=Sensor("sensor.power", Quantity.POWER))
    sensors = SiteSensors(grid=meter)
    sensors.observe("sensor.power", state("2", "kW"), 1.0)

    assert told(sensors) == Snapshot(total_power_w=Reading(2000.0, 1.0))
    assert meter.entity_of(Phase.L2) == "sensor.power"


def test_each_source_has_its_place() -> None:
    sensors = SiteSensors(
        circuits={
            "garage": SiteMeter(phases={Phase.L2: Sensor("sensor.g", Quantity.CURRENT)})
        },
        solar_power=Sensor("sensor.solar", Quantity.POWER),
        battery_soc=Sensor("sensor.soc", Quantity.RATIO),
        battery_power=Sensor("sensor.battery", Quantity.POWER, -1.0),
        import_limit=Sensor("number.limit", Quantity.POWER),
        external_cap=CapSignal("binary_sensor.dimmed", 4200.0),
        month_peak=Sensor("sensor.peak", Quantity.POWER),
    )
    for number, (entity_id, unit) in enumerate(
        {
            "sensor.g": "A",
            "sensor.solar": "W",
            "sensor.soc": "%",
            "sensor.battery": "W",
            "number.limit": "kW",
            "sensor.peak": "kW",
        }.items(),
        1,
    ):
        sensors.observe(entity_id, state(str(number), unit), float(number))
    sensors.observe("binary_sensor.dimmed", state("on"), 7.0)

    assert told(sensors) == Snapshot(
        circuits=(
            CircuitReading(
                circuit_id="garage", phase_currents_a=(None, Reading(1.0, 1.0), None)
            ),
        ),
        solar_power_w=Reading(2.0, 2.0),
        battery_soc_percent=Reading(3.0, 3.0),
        battery_power_w=Reading(-4.0, 4.0),
        import_cap_w=Reading(5000.0, 5.0),
        month_peak_w=Reading(6000.0, 6.0),
        external_cap_w=Reading(4200.0, 7.0),
    )
    assert {sensor.entity_id for sensor in sensors.sensors} == {
        "sensor.g",
        "sensor.solar",
        "sensor.soc",
        "sensor.battery",
        "number.limit",
        "sensor.peak",
        "binary_sensor.dimmed",
    }


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("on", None, Reading(4200.0, 1.0)),
        ("off", None, Reading(inf, 1.0)),
        ("6", "kW", Reading(6000.0, 1.0)),
        ("unavailable", None, Reading(0.0, 1.0, ReadingProblem.UNAVAILABLE)),
        ("6", "A", Reading(0.0, 1.0, ReadingProblem.WRONG_UNIT)),
    ],
)
def test_a_signal_is_on_or_off_or_a_power(
    value: str, unit: str | None, expected: Reading
) -> None:
    signal = CapSignal("binary_sensor.dimmed", 4200.0)
    signal.observe(state(value, unit), 1.0)
    assert signal.reading == expected


@pytest.mark.parametrize(
    ("inverter_w", "battery_w", "expected"),
    [
        # What charges the battery does not pass the inverter.
        ("1000", "2000", Reading(3000.0, 1.0)),
        # What the battery gives passes it, and is no sun.
        ("3000", "-2000", Reading(1000.0, 1.0)),
        ("1000", "unknown", Reading(1000.0, 1.0, ReadingProblem.UNAVAILABLE)),
        ("unknown", "1000", Reading(1000.0, 1.0, ReadingProblem.UNAVAILABLE)),
    ],
)
def test_an_inverter_hides_what_charges_the_battery(
    inverter_w: str, battery_w: str, expected: Reading
) -> None:
    sensors = SiteSensors(
        solar_power=Sensor("sensor.inverter", Quantity.POWER),
        solar_behind_inverter=True,
        battery_power=Sensor("sensor.battery", Quantity.POWER),
    )
    sensors.observe("sensor.inverter", state(inverter_w, "W"), 1.0)
    sensors.observe("sensor.battery", state(battery_w, "W"), 2.0)
    assert told(sensors).solar_power_w == expected


def test_an_inverter_without_a_battery_is_the_sun() -> None:
    sensors = SiteSensors(
        solar_power=Sensor("sensor.inverter", Quantity.POWER),
        solar_behind_inverter=True,
    )
    sensors.observe("sensor.inverter", state("1000", "W"), 1.0)
    assert told(sensors).solar_power_w == Reading(1000.0, 1.0)
