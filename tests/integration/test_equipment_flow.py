"""The forms of sun, battery, limits, and of what can be tuned while a site runs."""

from typing import Any, NamedTuple

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from .flows import OPTION_TEXTS, Walk, add_site, change_site, tune_site
from .sites import METER_LOSS, SITE_OPTIONS, add_entry, set_entities
from .test_import_windows import EVENING
from .test_prices import NO_PRICES

pytestmark = pytest.mark.usefixtures("mock_setup_entry")

SOLAR = {"solar_power_entity": "sensor.solar", "solar_power_kind": "inverter"}
BATTERY: dict[str, Any] = {
    "battery_soc_entity": "sensor.storage_soc",
    "battery_power_entity": "sensor.storage_power",
    "battery_invert_sign": True,
    "home_battery_soc_min_percent": 15.0,
    "home_battery_soc_target_percent": 70.0,
    "advanced": {
        "battery_max_charge_power_w": 4000.0,
        "battery_max_discharge_power_w": 4500.0,
    },
}
LIMITS: dict[str, Any] = {
    "import_limit_w": 12000.0,
    "import_limit_entity": "number.import_limit",
    "capacity_tariff": {
        "capacity_tariff_limit_w": 2500.0,
        "capacity_tariff_period_s": "3600",
        "capacity_tariff_follows_peak": True,
        "month_peak_entity": "input_number.month_peak",
    },
    "external_cap": {
        "external_cap_entity": "binary_sensor.dimmed",
        "external_cap_w": 4200.0,
        "external_cap_per_charger": True,
    },
    "advanced": {
        "unbalance_limit_a": 20.0,
        "grid_unbalance_limit_a": 25.0,
        "fuse_tolerance_percent": 30.0,
    },
}
INPUTS: dict[str, dict[str, Any]] = {
    "solar": SOLAR,
    "battery": BATTERY,
    "limits": LIMITS,
}


@pytest.fixture(autouse=True)
def entities(hass: HomeAssistant) -> None:
    """Have the entities of a home with sun, a battery and limits."""
    set_entities(hass)


async def walk_equipment(hass: HomeAssistant, *equipment: str) -> Walk:
    """Add a home up to the first form of what else it has."""
    walk = await add_site(hass)
    await walk.choose("home")
    await walk.send(
        {"name": "Home", "meter_kind": "total_power", "service_current_a": 25}
    )
    await walk.send({"power_entity": "sensor.grid_power"})
    await walk.send(METER_LOSS)
    await walk.send({"equipment": list(equipment)})
    return walk


def flat(step: dict[str, Any]) -> dict[str, Any]:
    """Return what a form was sent, sections laid flat."""
    fields: dict[str, Any] = {}
    for key, value in step.items():
        fields |= value if isinstance(value, dict) else {key: value}
    return fields


async def test_all_that_a_home_may_have(hass: HomeAssistant) -> None:
    """What was chosen is asked for in order, and all of it is kept."""
    walk = await walk_equipment(hass, "limits", "solar", "battery")
    for step in ("solar", "battery", "limits"):
        assert walk.result["step_id"] == step
        # The button says whether more is asked.
        assert walk.result["last_step"] is (step == "limits")
        await walk.send(INPUTS[step])

    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    told = flat(SOLAR) | flat(BATTERY) | flat(LIMITS)
    told["capacity_tariff_period_s"] = 3600.0
    tunables = {
        "home_battery_soc_min_percent",
        "home_battery_soc_target_percent",
        "import_limit_w",
        "capacity_tariff_limit_w",
        "unbalance_limit_a",
        "grid_unbalance_limit_a",
        "fuse_tolerance_percent",
    }
    data, options = walk.result["data"], walk.result["options"]
    assert {key: data[key] for key in told.keys() - tunables} == {
        key: value for key, value in told.items() if key not in tunables
    }
    assert data["can_export"] is True
    assert options == SITE_OPTIONS | {"shadow_mode": False} | {
        key: told[key] for key in tunables
    }


async def test_a_change_shows_and_keeps_what_is_set(hass: HomeAssistant) -> None:
    """Each part is changed by itself, and all others stay as they are."""
    walk = await walk_equipment(hass, "solar", "battery", "limits")
    for step in ("solar", "battery", "limits"):
        await walk.send(INPUTS[step])
    (entry,) = hass.config_entries.async_entries("ev_lb")
    data, options = dict(entry.data), dict(entry.options)

    for step in ("solar", "battery", "limits"):
        walk = await change_site(hass, entry)
        await walk.choose(step)
        assert walk.shown() == flat(INPUTS[step])
        await walk.send(INPUTS[step])
        assert walk.result["reason"] == "reconfigure_successful"
        assert (entry.data, entry.options) == (data, options)


async def test_what_is_emptied_is_gone(hass: HomeAssistant) -> None:
    """A limit that is left empty does not hold, and a battery may leave."""
    walk = await walk_equipment(hass, "battery", "limits")
    await walk.send(BATTERY)
    await walk.send(LIMITS)
    (entry,) = hass.config_entries.async_entries("ev_lb")

    for step in ("battery", "limits"):
        walk = await change_site(hass, entry)
        await walk.choose(step)
        await walk.send({})
        assert walk.result["reason"] == "reconfigure_successful"

    left = {*entry.data, *entry.options}
    assert not {key for key in left if "battery_power" in key or "soc_entity" in key}
    assert not left & {"import_limit_w", "import_limit_entity", "unbalance_limit_a"}
    assert not left & {"capacity_tariff_limit_w", "capacity_tariff_period_s"}
    assert "external_cap_entity" not in left


async def test_one_phase_has_no_unbalance(hass: HomeAssistant) -> None:
    """Where there is one phase only, nothing is asked about the others."""
    entry = add_entry(hass, phases=1)
    walk = await change_site(hass, entry)
    await walk.choose("limits")
    assert "fuse_tolerance_percent" in walk.shown()
    advanced = walk.result["data_schema"].schema["advanced"].schema.schema
    assert [str(marker) for marker in advanced] == ["fuse_tolerance_percent"]
    await walk.send({})
    assert walk.result["type"] is FlowResultType.ABORT


async def test_no_entity_does_two_jobs(hass: HomeAssistant) -> None:
    """What another form of the same home has picked is taken."""
    walk = await walk_equipment(hass, "solar", "battery")
    await walk.send(SOLAR)
    await walk.send(BATTERY | {"battery_power_entity": "sensor.solar"})
    assert walk.errors == {"battery_power_entity": "entity_twice"}
    await walk.send(BATTERY)
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("signal", ["sensor.solar", "number.import_limit"])
async def test_a_signal_may_be_a_power(hass: HomeAssistant, signal: str) -> None:
    """The grid operator's signal is on or off, or tells the power."""
    walk = await walk_equipment(hass, "limits")
    await walk.send({"external_cap": {"external_cap_entity": signal}})
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    assert walk.result["data"]["external_cap_entity"] == signal


class BadInput(NamedTuple):
    """A wrong entry, and where which message is shown."""

    step: str
    changes: dict[str, Any]
    field: str
    error: str
    told: str = ""


BAD_EQUIPMENT = [
    BadInput(
        "solar",
        {"solar_power_entity": "sensor.grid_power"},
        "solar_power_entity",
        "entity_twice",
    ),
    BadInput(
        "solar",
        {"solar_power_entity": "sensor.storage_soc"},
        "solar_power_entity",
        "not_a_power",
        "sensor.storage_soc (battery, %)",
    ),
    BadInput(
        "battery",
        {"battery_soc_entity": "sensor.solar"},
        "battery_soc_entity",
        "not_a_percentage",
    ),
    BadInput(
        "battery",
        {"home_battery_soc_min_percent": 71},
        "home_battery_soc_min_percent",
        "soc_min_above_target",
    ),
    BadInput(
        "battery",
        {"home_battery_soc_min_percent": -1},
        "home_battery_soc_min_percent",
        "home_battery_soc_min_percent_range",
        "0 - 100 %",
    ),
    BadInput(
        "battery",
        {"home_battery_soc_target_percent": 101},
        "home_battery_soc_target_percent",
        "home_battery_soc_target_percent_range",
    ),
    BadInput(
        "battery",
        {"advanced": {"battery_max_charge_power_w": -1}},
        "advanced",
        "battery_max_charge_power_w_range",
    ),
    BadInput(
        "battery",
        {"advanced": {"battery_max_discharge_power_w": "nan"}},
        "advanced",
        "battery_max_discharge_power_w_range",
    ),
    BadInput(
        "limits",
        {"import_limit_w": -1},
        "import_limit_w",
        "import_limit_w_range",
        "0 - 500000 W",
    ),
    BadInput(
        "limits",
        {"import_limit_entity": "switch.charger"},
        "import_limit_entity",
        "not_a_number_or_sensor",
    ),
    BadInput(
        "limits",
        {"capacity_tariff": {"capacity_tariff_limit_w": -1}},
        "capacity_tariff",
        "capacity_tariff_limit_w_range",
    ),
    BadInput(
        "limits",
        {"capacity_tariff": {"month_peak_entity": "sensor.gone"}},
        "capacity_tariff",
        "entity_not_found",
        "sensor.gone",
    ),
    BadInput(
        "limits",
        {"external_cap": {"external_cap_entity": "light.dimmed"}},
        "external_cap",
        "not_a_signal",
    ),
    BadInput(
        "limits",
        {"external_cap": {"external_cap_w": -1}},
        "external_cap",
        "external_cap_w_range",
    ),
    BadInput(
        "limits",
        {"advanced": {"unbalance_limit_a": 5}},
        "advanced",
        "unbalance_limit_a_range",
        "6 - 100 A",
    ),
    BadInput(
        "limits",
        {"advanced": {"grid_unbalance_limit_a": 101}},
        "advanced",
        "grid_unbalance_limit_a_range",
        "6 - 100 A",
    ),
    BadInput(
        "limits",
        {"advanced": {"fuse_tolerance_percent": 81}},
        "advanced",
        "fuse_tolerance_percent_range",
    ),
]


@pytest.mark.parametrize("bad", BAD_EQUIPMENT)
async def test_bad_input_is_told_at_its_field(
    hass: HomeAssistant, bad: BadInput
) -> None:
    """Each wrong entry shows its own message, and can be corrected."""
    hass.states.async_set("light.dimmed", "on")
    walk = await walk_equipment(hass, bad.step)

    await walk.send(INPUTS[bad.step] | bad.changes)
    assert walk.result["step_id"] == bad.step
    assert walk.errors == {bad.field: bad.error}
    assert bad.told in walk.message(bad.field)

    await walk.send(INPUTS[bad.step])
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


TUNED: dict[str, Any] = {
    "service_current_a": 35.0,
    "charging_mode": "solar",
    "distribution_mode": "priority",
    "allow_grid_charging": False,
    "import_windows": [EVENING],
    "sun": {
        "power_buffer_w": 500.0,
        "excess_threshold_w": 9000.0,
        "solar_grace_s": 60.0,
        "home_battery_soc_min_percent": 10.0,
        "home_battery_soc_target_percent": 90.0,
    },
    "timing": {
        "ramp_up_time_s": 20.0,
        "hold_window_s": 40.0,
        "rotation_period_s": 600.0,
        "meter_grace_s": 5.0,
    },
}


async def test_a_site_is_tuned(hass: HomeAssistant) -> None:
    """All that is tuned is kept beside what has no field."""
    entry = add_entry(hass, battery_soc_entity="sensor.storage_soc")
    walk = await tune_site(hass, entry)
    await walk.send(TUNED)
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {"enabled": True} | flat(TUNED)

    walk = await tune_site(hass, entry)
    assert walk.shown() == flat(TUNED)
    await walk.send({})
    assert entry.options == {"enabled": True} | flat(TUNED)


async def test_without_a_battery_none_is_tuned(hass: HomeAssistant) -> None:
    """A home that has none is not asked about its charge."""
    walk = await tune_site(hass, add_entry(hass))
    assert "solar_grace_s" in walk.shown()
    assert "home_battery_soc_min_percent" not in walk.shown()
    await walk.send({})
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


BAD_TUNING: list[tuple[dict[str, Any], str, str]] = [
    ({"service_current_a": 0}, "service_current_a", "service_current_a_range"),
    ({"sun": {"power_buffer_w": -1}}, "sun", "power_buffer_w_range"),
    ({"sun": {"excess_threshold_w": -1}}, "sun", "excess_threshold_w_range"),
    ({"sun": {"solar_grace_s": 3601}}, "sun", "solar_grace_s_range"),
    (
        {"sun": {"home_battery_soc_min_percent": -1}},
        "sun",
        "home_battery_soc_min_percent_range",
    ),
    (
        {"sun": {"home_battery_soc_target_percent": 101}},
        "sun",
        "home_battery_soc_target_percent_range",
    ),
    ({"sun": {"home_battery_soc_min_percent": 81}}, "sun", "soc_min_above_target"),
    ({"timing": {"ramp_up_time_s": -1}}, "timing", "ramp_up_time_s_range"),
    ({"timing": {"hold_window_s": 601}}, "timing", "hold_window_s_range"),
    ({"timing": {"rotation_period_s": 59}}, "timing", "rotation_period_s_range"),
    ({"timing": {"meter_grace_s": -1}}, "timing", "meter_grace_s_range"),
    ({"import_windows": [{}]}, "import_windows", "import_window_without_times"),
    (
        {"import_windows": [{**EVENING, "weekdays": []}]},
        "import_windows",
        "import_window_without_days",
    ),
    (
        {"import_windows": [{**EVENING, "power_w": -1}]},
        "import_windows",
        "import_window_power",
    ),
]


@pytest.mark.parametrize(("sent", "field", "error"), BAD_TUNING)
async def test_bad_tuning_is_told(
    hass: HomeAssistant, sent: dict[str, Any], field: str, error: str
) -> None:
    """A wrong number changes nothing, and can be corrected."""
    entry = add_entry(hass, battery_soc_entity="sensor.storage_soc")
    walk = await tune_site(hass, entry)
    await walk.send(sent)
    assert walk.errors == {field: error}
    assert walk.message(field)
    assert entry.options == SITE_OPTIONS
    await walk.send(TUNED)
    assert walk.result["type"] is FlowResultType.CREATE_ENTRY


def test_every_error_text_of_the_tuning_is_used() -> None:
    """No text is left of an error that cannot happen any more."""
    errors = {error for _, _, error in (*BAD_TUNING, *NO_PRICES)}
    assert errors == set(OPTION_TEXTS["error"])
