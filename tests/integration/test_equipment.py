"""Sun, battery, caps and circuits reach the engine from the config entry."""

from types import MappingProxyType
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.ev_lb.engine.model import (
    Battery,
    CapacityTariff,
    ChargingMode,
    DistributionMode,
    ExternalCap,
    Meter,
    MeterKind,
)

from .homes import CHARGER_ID, Home, make_entry

METER_W = {"unit_of_measurement": "W"}


def add_circuit(home: Home, circuit_id: str, **data: Any) -> None:
    circuit = ConfigSubentry(
        data=MappingProxyType(data),
        subentry_id=circuit_id,
        subentry_type="circuit",
        title=circuit_id,
        unique_id=None,
    )
    home.hass.config_entries.async_add_subentry(home.entry, circuit)


async def set_charger(home: Home, **changes: Any) -> None:
    charger = home.entry.subentries[CHARGER_ID]
    home.hass.config_entries.async_update_subentry(
        home.entry, charger, data={**charger.data, **changes}
    )
    await home.hass.async_block_till_done()


async def charge(home: Home, seconds: float, house_w: float) -> None:
    """Let the car take what it is given, on top of a house."""
    for _ in range(round(seconds)):
        await home.pass_time(1, house_w + home.told_a * 230)


async def started(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    site: dict[str, Any] | None = None,
    options: dict[str, Any] | None = None,
) -> Home:
    """Return a home whose car has had a minute to charge, on a house of 1 kW."""
    home = Home(
        hass, freezer, make_entry({"can_export": True, **(site or {})}, options)
    )
    await home.install_charger()
    home.meter(1000)
    await home.start()
    await charge(home, 60, 1000)
    return home


async def test_all_settings_arrive(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    entry = make_entry(
        {
            "can_export": True,
            "battery_soc_entity": "sensor.soc",
            "battery_max_charge_power_w": 3000.0,
            "battery_max_discharge_power_w": 4000.0,
            "capacity_tariff_period_s": 3600.0,
            "capacity_tariff_follows_peak": True,
            "external_cap_entity": "binary_sensor.dimmed",
            "external_cap_w": 5000.0,
            "external_cap_per_charger": True,
        },
        {
            "charging_mode": "eco",
            "distribution_mode": "priority",
            "home_battery_soc_min_percent": 25.0,
            "home_battery_soc_target_percent": 75.0,
            "power_buffer_w": 100.0,
            "excess_threshold_w": 9000.0,
            "allow_grid_charging": False,
            "hold_window_s": 30.0,
            "meter_grace_s": 5.0,
            "rotation_period_s": 600.0,
            "solar_grace_s": 120.0,
            "import_limit_w": 11000.0,
            "capacity_tariff_limit_w": 2500.0,
            "unbalance_limit_a": 20.0,
            "grid_unbalance_limit_a": 25.0,
            "fuse_tolerance_percent": 40.0,
        },
        {
            "charging_mode": "solar",
            "priority": 2.0,
            "weight": 0.5,
            "enabled": False,
            "circuit": "barn",
        },
    )
    home = Home(hass, freezer, entry)
    home.meter(1000)
    await home.start()
    add_circuit(
        home,
        "barn",
        circuit_limit_a=20.0,
        phases=["l1"],
        parent_circuit="farm",
        meter_kind="phase_current",
        l1_entity="sensor.barn",
        invert_sign=False,
        freshness_limit_s=30.0,
        meter_delay_s=12.0,
    )
    add_circuit(home, "farm", circuit_limit_a=25.0)
    await hass.async_block_till_done()

    site = entry.runtime_data.controller.site
    assert site.charging_mode is ChargingMode.ECO
    assert site.distribution_mode is DistributionMode.PRIORITY
    assert site.battery == Battery(
        max_charge_power_w=3000.0,
        max_discharge_power_w=4000.0,
        soc_min_percent=25.0,
        soc_target_percent=75.0,
    )
    assert site.capacity_tariff == CapacityTariff(
        limit_w=2500.0, period_s=3600.0, follows_peak=True
    )
    assert site.external_cap == ExternalCap(power_w=5000.0, per_charger=True)
    assert (site.power_buffer_w, site.excess_threshold_w) == (100.0, 9000.0)
    assert (site.hold_window_s, site.rotation_period_s) == (30.0, 600.0)
    assert site.meter_grace_s == 5.0
    assert (site.solar_grace_s, site.import_cap_w) == (120.0, 11000.0)
    assert (site.unbalance_limit_a, site.grid_unbalance_limit_a) == (20.0, 25.0)
    assert site.fuse_tolerance == 0.4
    assert site.allow_grid_charging is False
    (charger,) = site.chargers
    assert charger.charging_mode is ChargingMode.SOLAR
    assert (charger.priority, charger.weight) == (2, 0.5)
    assert (charger.enabled, charger.circuit_id) == (False, "barn")
    assert [(row.circuit_id, row.parent_id) for row in site.circuits] == [
        ("grid", None),
        ("farm", "grid"),
        ("barn", "farm"),
    ]
    assert site.circuits[2].meter == Meter(
        kind=MeterKind.PER_PHASE, freshness_limit_s=30.0, delay_s=12.0
    )


async def test_circuits_in_a_ring_are_fed_by_the_grid(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await started(hass, freezer)
    add_circuit(home, "one", circuit_limit_a=20.0, parent_circuit="two")
    add_circuit(home, "two", circuit_limit_a=25.0, parent_circuit="one")
    await hass.async_block_till_done()

    circuits = home.entry.runtime_data.controller.site.circuits
    placed: set[str | None] = {None}
    for circuit in circuits:
        assert circuit.parent_id in placed
        placed.add(circuit.circuit_id)
    assert placed == {None, "grid", "one", "two"}


async def test_the_meter_of_a_circuit_leaves_others_their_part(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await started(hass, freezer)
    hass.states.async_set("sensor.barn", "5", {"unit_of_measurement": "A"})
    add_circuit(
        home,
        "barn",
        circuit_limit_a=20.0,
        meter_kind="phase_current",
        l1_entity="sensor.barn",
        invert_sign=False,
    )
    await set_charger(home, circuit="barn", pause_s=0.0)
    for _ in range(90):
        ampere = {"unit_of_measurement": "A"}
        hass.states.async_set("sensor.barn", str(5 + home.told_a), ampere)
        await home.pass_time(1, 1000 + (5 + home.told_a) * 230)

    assert home.told_a == 15
    assert home.charger_state("sensor", "limiting_factor") == "circuit"


async def test_a_renamed_meter_of_a_circuit_is_followed(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entity_registry: er.EntityRegistry,
) -> None:
    meter = entity_registry.async_get_or_create(
        "sensor", "test", "barn", suggested_object_id="barn"
    )
    hass.states.async_set(meter.entity_id, "5", {"unit_of_measurement": "A"})
    home = await started(hass, freezer)
    add_circuit(
        home,
        "barn",
        circuit_limit_a=20.0,
        meter_kind="phase_current",
        l1_entity=meter.entity_id,
        invert_sign=False,
    )
    await hass.async_block_till_done()

    hass.states.async_remove(meter.entity_id)
    entity_registry.async_update_entity(meter.entity_id, new_entity_id="sensor.new")
    await hass.async_block_till_done()

    assert home.entry.subentries["barn"].data["l1_entity"] == "sensor.new"


async def test_a_car_in_solar_mode_lives_on_the_sun(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await started(hass, freezer, options={"charging_mode": "solar"})
    assert home.told_a == 0

    await charge(home, 240, -10 * 230)
    assert 8 <= home.told_a <= 10
    assert home.charger_state("sensor", "limiting_factor") == "solar"

    # A sensor of the sun keeps it from living on somebody else's export.
    hass.states.async_set("sensor.solar", "1610", METER_W)
    hass.config_entries.async_update_entry(
        home.entry, data={**home.entry.data, "solar_power_entity": "sensor.solar"}
    )
    await charge(home, 60, -10 * 230)
    assert home.told_a == 7


async def test_the_import_limit_holds_and_the_lower_one_counts(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await started(hass, freezer, options={"import_limit_w": 1000 + 12 * 230.0})
    assert home.told_a == 12
    assert home.charger_state("sensor", "limiting_factor") == "import_cap"

    hass.states.async_set("number.limit", "2.84", {"unit_of_measurement": "kW"})
    hass.config_entries.async_update_entry(
        home.entry, data={**home.entry.data, "import_limit_entity": "number.limit"}
    )
    await charge(home, 30, 1000)
    assert home.told_a == 8


async def test_the_operators_signal_dims_the_cars(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    hass.states.async_set("binary_sensor.dimmed", "off")
    home = await started(hass, freezer, {"external_cap_entity": "binary_sensor.dimmed"})
    assert home.told_a == 27

    hass.states.async_set("binary_sensor.dimmed", "on")
    await charge(home, 5, 1000)
    assert home.told_a == 18
    assert home.charger_state("sensor", "limiting_factor") == "external_cap"

    hass.states.async_set("binary_sensor.dimmed", "unavailable")
    await charge(home, 60, 1000)
    assert home.told_a == 18

    hass.states.async_set("binary_sensor.dimmed", "off")
    await charge(home, 60, 1000)
    assert home.told_a == 27


async def test_a_charger_that_is_off_does_not_charge(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await started(hass, freezer)
    assert home.told_a == 27
    await set_charger(home, enabled=False)
    assert home.told_a == 0
    assert home.charger_state("sensor", "limiting_factor") == "disabled"
