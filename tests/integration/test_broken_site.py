"""What is stored for a site and its circuits may be junk: the site goes on, safely."""

from copy import deepcopy
import logging
from random import Random
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigSubentryDataWithId,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_lb.building.site import (
    broken_chargers_of,
    build_site,
    chargers_of,
    reserved_of,
)
from custom_components.ev_lb.building.site_soundness import (
    CIRCUIT as CIRCUIT_RULES,
    OPTIONS as OPTIONS_RULES,
    WIRING,
    flaws_of_site,
    is_simulated,
)
from custom_components.ev_lb.config_flow import SITE_DEFAULTS
from custom_components.ev_lb.const import CONFIG_VERSION, DOMAIN
from custom_components.ev_lb.engine.model import MeterLossBehavior, Site
from custom_components.ev_lb.flows.circuit_form import CIRCUIT_DEFAULTS
from custom_components.ev_lb.flows.equipment_form import (
    BATTERY_WIRING,
    EQUIPMENT_DEFAULTS,
    EXTERNAL_CAP_WIRING,
    IMPORT_WIRING,
    OPTIONAL_LIMITS,
    SOLAR_WIRING,
    TARIFF_WIRING,
)
from custom_components.ev_lb.flows.options_flow import OPTION_DEFAULTS
from custom_components.ev_lb.flows.site_form import WIRING_KEYS

from .homes import CHARGER, CHARGER_ID, ENTRY_ID, OPTIONS, SITE, Home, make_entry
from .simulated_site import SimulatedSite

JUNK: list[Any] = [
    None,
    "",
    "much",
    float("nan"),
    float("inf"),
    -5,
    10**400,
    1e9,
    [],
    {},
    ["l9", 3],
    {"deep": {"er": [{}]}},
    {"unhashable"},
]
GONE = object()
CARPORT_ID = "carport"
OUTER_ID = "annex"
INNER_ID = "shed"
METER = {
    "meter_kind": "phase_current",
    "l1_entity": "sensor.annex_l1",
    "invert_sign": False,
    "freshness_limit_s": 60.0,
    "meter_delay_s": 3.0,
}
PARTS: dict[str, tuple[str, dict[str, Any]]] = {
    OUTER_ID: ("circuit", {"circuit_limit_a": 20.0, "phases": ["l1"], **METER}),
    INNER_ID: (
        "circuit",
        {"circuit_limit_a": 16.0, "phases": ["l1"], "parent_circuit": OUTER_ID},
    ),
    CHARGER_ID: ("charger", {**CHARGER, "circuit": "grid"}),
    CARPORT_ID: ("charger", {**CHARGER, "max_current_a": 10.0, "circuit": INNER_ID}),
}
SETTINGS = (
    "shadow_mode",
    "home_battery_soc_min_percent",
    "home_battery_soc_target_percent",
    "fuse_tolerance_percent",
)
"""What one form asks for with the wiring, and the options keep."""
WHOLE_SITE: dict[str, Any] = {
    **{key: value for key, value in EQUIPMENT_DEFAULTS.items() if key not in SETTINGS},
    **SITE,
    "solar_power_entity": "sensor.solar",
    "battery_soc_entity": "sensor.battery_soc",
    "battery_power_entity": "sensor.battery_power",
    "month_peak_entity": "sensor.peak",
    "external_cap_entity": "sensor.cap",
    "import_limit_entity": "sensor.import_limit",
    "meter_delay_s": 3.0,
}
"""What the forms store where all of them are filled."""
WHOLE_OPTIONS: dict[str, Any] = {
    **OPTION_DEFAULTS,
    **OPTIONS,
    "shadow_mode": False,
    "import_limit_w": 9000.0,
    "capacity_tariff_limit_w": 8000.0,
    "unbalance_limit_a": 20.0,
    "grid_unbalance_limit_a": 25.0,
    "fuse_tolerance_percent": 0.0,
}

type Stored = dict[str, dict[str, Any]]


def stored_whole() -> Stored:
    """Return all that is stored, by what it belongs to."""
    return {
        "data": deepcopy(WHOLE_SITE),
        "options": deepcopy(WHOLE_OPTIONS),
        **{part_id: deepcopy(data) for part_id, (_, data) in PARTS.items()},
    }


def entry_of(stored: Stored) -> MockConfigEntry:
    """Return the config entry that holds it."""
    return MockConfigEntry(
        domain=DOMAIN,
        version=CONFIG_VERSION,
        entry_id=ENTRY_ID,
        title="Home",
        data=stored["data"],
        options=stored["options"],
        subentries_data=[
            ConfigSubentryDataWithId(
                data=stored[part_id],
                subentry_id=part_id,
                subentry_type=kind,
                title=part_id,
                unique_id=None,
            )
            for part_id, (kind, _) in PARTS.items()
        ],
    )


SPOTS = [(owner, key) for owner, values in stored_whole().items() for key in values]


def break_at(stored: Stored, owner: str, key: str, junk: Any) -> None:
    """Let a setting be junk, or be missing."""
    if junk is GONE:
        stored[owner].pop(key, None)
    else:
        stored[owner][key] = junk


def told(entry: MockConfigEntry) -> set[str]:
    """Return whose settings are said to be broken."""
    return {*flaws_of_site(entry), *broken_chargers_of(entry)}


def assert_no_limit_is_higher(site: Site, before: Site) -> None:
    limits_a = {row.circuit_id: row.limit_a for row in site.circuits}
    for circuit in before.circuits:
        for limit_a, was_a in zip(
            limits_a[circuit.circuit_id], circuit.limit_a, strict=True
        ):
            # On a phase that it did not name there was no wire.
            assert limit_a <= (was_a or max(circuit.limit_a))


@given(
    st.lists(
        st.tuples(st.sampled_from(SPOTS), st.sampled_from([GONE, *JUNK])),
        min_size=1,
        max_size=3,
        unique_by=lambda row: row[0],
    )
)
def test_whatever_is_stored_a_site_is_built(
    breaks: list[tuple[tuple[str, str], Any]],
) -> None:
    """Nothing that protects is weaker, and whoever is broken is named."""
    whole = entry_of(stored_whole())
    stored = stored_whole()
    for (owner, key), junk in breaks:
        break_at(stored, owner, key, junk)
    entry = entry_of(stored)

    site, before = build_site(entry, {}), build_site(whole, {})

    assert_no_limit_is_higher(site, before)
    assert {row.charger_id for row in site.chargers} == {CHARGER_ID, CARPORT_ID}
    sound = {row.subentry_id for row in chargers_of(entry)}
    assert sound | {row.charger_id for row in reserved_of(entry)} == {
        CHARGER_ID,
        CARPORT_ID,
    }
    for charger in reserved_of(entry):
        assert charger.max_current_a in (10.0, 32.0)
    assert site.meter_loss.behavior is MeterLossBehavior.STOP
    assert site.enabled
    assert site.fuse_tolerance == 0
    broken = {ENTRY_ID if owner in {"data", "options"} else owner for owner in stored}
    assert told(entry) <= broken
    owners = {owner for (owner, _), _ in breaks}
    for charger_id in (CHARGER_ID, CARPORT_ID):
        if charger_id not in owners:
            assert charger_id in sound
    if {"data", "options"}.isdisjoint(owners):
        assert ENTRY_ID not in told(entry)


ALWAYS_TOLD = [
    (owner, key, junk)
    for owner, key in SPOTS
    for junk in ({"unhashable"}, {"deep": {}}, float("nan"))
]


@pytest.mark.parametrize(("owner", "key", "junk"), ALWAYS_TOLD)
def test_each_setting_that_is_junk_is_told(owner: str, key: str, junk: Any) -> None:
    stored = stored_whole()
    break_at(stored, owner, key, junk)

    assert told(entry_of(stored)) == {
        ENTRY_ID if owner in {"data", "options"} else owner
    }


def test_what_the_forms_store_is_sound() -> None:
    assert told(entry_of(stored_whole())) == set()
    assert told(make_entry()) == set()


def test_each_setting_of_the_forms_has_a_rule() -> None:
    asked = {
        *SITE_DEFAULTS,
        *WIRING_KEYS,
        *EQUIPMENT_DEFAULTS,
        *SOLAR_WIRING,
        *BATTERY_WIRING,
        *IMPORT_WIRING,
        *TARIFF_WIRING,
        *EXTERNAL_CAP_WIRING,
        *OPTIONAL_LIMITS,
        *OPTION_DEFAULTS,
        *CIRCUIT_DEFAULTS,
    }
    assert asked - {*WIRING, *OPTIONS_RULES, *CIRCUIT_RULES} == set()


@pytest.mark.parametrize(
    ("owner", "key"),
    [
        ("options", "service_current_a"),
        ("data", "phases"),
        ("data", "meter_kind"),
        ("data", "invert_sign"),
        ("data", "voltage_v"),
        ("data", "power_entity"),
        (OUTER_ID, "circuit_limit_a"),
        (OUTER_ID, "meter_kind"),
        (OUTER_ID, "l1_entity"),
        (CHARGER_ID, "driver"),
        (CHARGER_ID, "current_entity"),
        (CHARGER_ID, "phases"),
    ],
)
def test_what_has_no_safe_default_is_missed(owner: str, key: str) -> None:
    stored = stored_whole()
    break_at(stored, owner, key, GONE)

    assert told(entry_of(stored)) == {
        ENTRY_ID if owner in {"data", "options"} else owner
    }


def limits_a(entry: MockConfigEntry) -> dict[str, float]:
    """Return what each circuit carries on L1, A."""
    return {row.circuit_id: row.limit_a[0] for row in build_site(entry, {}).circuits}


@pytest.mark.parametrize("junk", [GONE, *JUNK])
def test_behind_a_fuse_that_cannot_be_read_nothing_flows(junk: Any) -> None:
    stored = stored_whole()
    break_at(stored, INNER_ID, "circuit_limit_a", junk)
    break_at(stored, "options", "service_current_a", junk)

    assert limits_a(entry_of(stored)) == {"grid": 0.0, OUTER_ID: 20.0, INNER_ID: 0.0}


def test_in_a_ring_of_circuits_the_lowest_fuse_holds_for_all() -> None:
    """Which of them feeds which is not known."""
    stored = stored_whole()
    stored[OUTER_ID]["parent_circuit"] = INNER_ID
    entry = entry_of(stored)

    assert limits_a(entry) == {"grid": 32.0, OUTER_ID: 16.0, INNER_ID: 16.0}
    assert told(entry) == {OUTER_ID, INNER_ID}
    parents = {row.circuit_id: row.parent_id for row in build_site(entry, {}).circuits}
    assert sorted(parents.values(), key=str).count("grid") == 1


@pytest.mark.parametrize("key", ["import_limit_w", "capacity_tariff_limit_w"])
@pytest.mark.parametrize("junk", [row for row in JUNK if row is not None])
def test_a_limit_that_cannot_be_read_allows_nothing(key: str, junk: Any) -> None:
    stored = stored_whole()
    break_at(stored, "options", key, junk)
    site = build_site(entry_of(stored), {})

    assert site.capacity_tariff is not None
    assert 0 in (site.import_cap_w, site.capacity_tariff.limit_w)


@pytest.mark.parametrize("behavior", ["ignore", "set_current"])
@pytest.mark.parametrize("key", ["meter_kind", "invert_sign", "power_entity"])
def test_without_a_meter_that_can_ever_come_back_the_cars_stop(
    behavior: str, key: str
) -> None:
    """Whatever was chosen for a meter that is lost for a while."""
    stored = stored_whole()
    stored["data"]["meter_loss_behavior"] = behavior
    break_at(stored, "data", key, None)

    site = build_site(entry_of(stored), {})

    assert site.meter_loss.behavior is MeterLossBehavior.STOP


def issue(home: Home, owner: str = ENTRY_ID) -> ir.IssueEntry | None:
    """Return the repair of somebody's settings."""
    registry = ir.async_get(home.hass)
    return registry.async_get_issue(DOMAIN, f"settings_broken_{ENTRY_ID}_{owner}")


async def start(home: Home, seconds: float = 3) -> None:
    await home.install_charger()
    home.hass.states.async_set(
        "sensor.annex_l1", "1.0", {"unit_of_measurement": "A"}, force_update=True
    )
    home.meter(1000)
    await home.start()
    await home.pass_time(seconds, 1000)


@pytest.mark.parametrize("seed", range(12))
async def test_a_broken_site_runs(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    seed: int,
) -> None:
    """It sets up without an error, says what is broken, and decides."""
    random = Random(seed)
    stored = stored_whole()
    for owner, key in random.sample(SPOTS, 3):
        break_at(stored, owner, key, random.choice([GONE, *JUNK]))
    home = Home(hass, freezer, entry_of(stored))

    # A charge may go on as it was while a meter that tells nothing may still start.
    await start(home, 65)

    assert home.entry.state is ConfigEntryState.LOADED
    controller = home.entry.runtime_data.controller
    assert controller.watchdog.failure is None
    assert controller.decision is not None
    errors = [row for row in caplog.records if row.levelno >= logging.ERROR]
    assert [row.getMessage() for row in errors] == []
    for owner in told(home.entry):
        charger = owner in {CHARGER_ID, CARPORT_ID}
        key = "charger_broken" if charger else "settings_broken"
        registry = ir.async_get(hass)
        assert registry.async_get_issue(DOMAIN, f"{key}_{ENTRY_ID}_{owner}"), owner
    assert await hass.config_entries.async_unload(ENTRY_ID)
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("site", "options"),
    [
        ({"can_export": "perhaps"}, {}),
        ({"fallback_current_a": None}, {"charging_mode": "hasty"}),
        ({"meter_loss_behavior": []}, {"distribution_mode": None}),
        ({"freshness_limit_s": -1}, {"hold_window_s": "long", "enabled": "no"}),
        ({"solar_power_entity": {}}, {"power_buffer_w": [], "shadow_mode": 1}),
        ({"battery_soc_entity": 4, "simulated": "yes"}, {"ramp_up_time_s": -1}),
    ],
)
async def test_what_does_not_protect_stops_no_car(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    site: dict[str, Any],
    options: dict[str, Any],
) -> None:
    home = Home(hass, freezer, make_entry(site, options))
    await start(home)

    assert home.set_a > 0
    found = issue(home)
    assert found is not None
    assert found.translation_placeholders is not None
    for key, value in {**site, **options}.items():
        assert str(value) in found.translation_placeholders["settings"], key


@pytest.mark.parametrize(
    ("site", "options"),
    [
        ({}, {"service_current_a": None}),
        ({"meter_kind": "crystal ball"}, {}),
        ({"invert_sign": None}, {}),
        ({"power_entity": ["sensor.grid_power"]}, {}),
    ],
)
async def test_without_main_fuse_or_meter_nothing_charges_and_a_repair_says_so(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    site: dict[str, Any],
    options: dict[str, Any],
) -> None:
    home = Home(hass, freezer, make_entry(site, options))
    await start(home, 70)

    assert home.set_a == 0
    assert home.told_a == 0
    assert issue(home) is not None


async def test_the_repair_goes_once_the_main_fuse_is_entered_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = Home(hass, freezer, make_entry(options={"service_current_a": "much"}))
    await start(home)
    found = issue(home)
    assert found is not None
    assert found.translation_placeholders == {
        "site": "Home",
        "name": "Home",
        "settings": "Main fuse: much → 0",
    }

    flow = await hass.config_entries.options.async_init(ENTRY_ID)
    await hass.config_entries.options.async_configure(
        flow["flow_id"],
        {
            "service_current_a": 32.0,
            "charging_mode": "standard",
            "distribution_mode": "weighted",
            "allow_grid_charging": True,
        },
    )
    await home.pass_time(40, 1000)

    assert issue(home) is None
    assert home.set_a > 0


@pytest.mark.parametrize("junk", [GONE, *JUNK])
async def test_the_forms_open_on_junk(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, junk: Any
) -> None:
    """They are where it is fixed."""
    stored = stored_whole()
    for owner, key in SPOTS:
        break_at(stored, owner, key, junk)
    entry = entry_of(stored)
    entry.add_to_hass(hass)
    context: Any = {"source": SOURCE_RECONFIGURE, "entry_id": ENTRY_ID}

    flow: Any = await hass.config_entries.flow.async_init(DOMAIN, context=context)
    for step in flow["menu_options"]:
        flow = await hass.config_entries.flow.async_init(DOMAIN, context=context)
        flow = await hass.config_entries.flow.async_configure(
            flow["flow_id"], {"next_step_id": step}
        )
        assert flow["type"] in {"form", "menu"}, step
        hass.config_entries.flow.async_abort(flow["flow_id"])
    flow = await hass.config_entries.options.async_init(ENTRY_ID)
    assert flow["type"] == "form"
    for part_id, (kind, _) in PARTS.items():
        flow = await hass.config_entries.subentries.async_init(
            (ENTRY_ID, kind),
            context={"source": SOURCE_RECONFIGURE, "subentry_id": part_id},
        )
        assert flow["type"] in {"form", "menu"}, part_id


async def test_a_part_of_a_kind_that_is_not_known_is_left_alone(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A later version may have added it."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        version=CONFIG_VERSION,
        entry_id=ENTRY_ID,
        title="Home",
        data=SITE,
        options=OPTIONS,
        subentries_data=[
            ConfigSubentryDataWithId(
                data=data,
                subentry_id=part_id,
                subentry_type=kind,
                title=part_id,
                unique_id=None,
            )
            for part_id, kind, data in (
                (CHARGER_ID, "charger", CHARGER),
                ("pump", "heat_pump", {"circuit": 4}),
            )
        ],
    )
    home = Home(hass, freezer, entry)
    await start(home)

    assert home.set_a > 0
    assert "Traceback" not in caplog.text


async def test_a_simulated_home_without_a_charger_runs(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    site = SimulatedSite(hass, freezer)
    await site.start()
    subentry_id = next(iter(site.entry.subentries))
    hass.config_entries.async_remove_subentry(site.entry, subentry_id)
    await hass.async_block_till_done()
    assert site.entry.state is ConfigEntryState.LOADED

    await hass.config_entries.async_reload(site.entry.entry_id)
    await hass.async_block_till_done()
    assert site.entry.state is ConfigEntryState.LOADED
    assert site.entry.runtime_data.controller.chargers == {}


@pytest.mark.parametrize("junk", [None, "yes", 1, [], float("nan"), GONE])
async def test_a_simulated_home_that_lost_its_mark_goes_on_and_is_fixed_by_its_form(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, junk: Any
) -> None:
    site = SimulatedSite(hass, freezer, simulated=junk)
    if junk is GONE:
        data = {**site.entry.data}
        del data["simulated"]
        site.entry = MockConfigEntry(
            domain=DOMAIN,
            entry_id=site.entry.entry_id,
            title=site.entry.title,
            data=data,
            options=site.entry.options,
            subentries_data=[row.as_dict() for row in site.entry.subentries.values()],
        )
    await site.start()
    controller = site.entry.runtime_data.controller
    await site.pass_plant_time(30)
    assert list(controller.chargers)
    assert controller.decision is not None
    assert controller.decision.meter_ok
    entry_id = site.entry.entry_id
    issue_id = f"settings_broken_{entry_id}_{entry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is not None

    flow = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_RECONFIGURE, "entry_id": site.entry.entry_id},
    )
    assert "simulated_home" in flow["menu_options"]
    flow = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"next_step_id": "simulated_home"}
    )
    await hass.config_entries.flow.async_configure(
        flow["flow_id"],
        {
            "name": "Simulated home",
            "simulated_solar": False,
            "simulated_battery": False,
            "advanced": {"simulation_speed": 10.0},
        },
    )
    await hass.async_block_till_done()

    assert site.entry.data["simulated"] is True
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None
    assert await hass.config_entries.async_remove(site.entry.entry_id)


@pytest.mark.parametrize(
    "real",
    [
        {"l1_entity": "sensor.l1"},
        {"driver": "entities", "current_entity": "number.garage"},
    ],
)
async def test_junk_never_makes_a_real_home_a_simulated_one(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, real: dict[str, Any]
) -> None:
    """It would set nothing, and nothing would protect its fuse."""
    stored = stored_whole()
    for data in stored.values():
        if "driver" in data:
            data |= {"driver": "simulated"}
    chargers = [data for data in stored.values() if "driver" in data]
    (chargers[0] if "driver" in real else stored["data"]).update(real)
    if "driver" in real:
        for key in [key for key in stored["data"] if key.endswith("_entity")]:
            del stored["data"][key]
    stored["data"] |= {"simulated": "yes", "simulation_speed": 2.0}
    entry = entry_of(stored)
    assert not is_simulated(entry)


async def test_a_simulated_charger_in_a_real_home_is_left_out(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    stored = stored_whole()
    stored[CARPORT_ID]["driver"] = "simulated"
    home = Home(hass, freezer, entry_of(stored))
    await start(home)

    assert list(home.entry.runtime_data.controller.chargers) == [CHARGER_ID]


@pytest.mark.parametrize(
    "stored",
    [
        {"version": 9, "minor_version": 1, "key": "", "data": {"chargers": {}}},
        {"version": 1, "minor_version": 7, "key": "", "data": {"chargers": {}}},
    ],
)
async def test_a_store_of_another_version_is_forgotten(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    stored: dict[str, Any],
) -> None:
    hass_storage[f"{DOMAIN}.{ENTRY_ID}"] = stored
    home = Home(hass, freezer, make_entry())
    await start(home)

    assert home.set_a > 0
