"""Forms, entities and the page of all options agree with the rows of settings."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
import re

import pytest
import yaml

from custom_components.ev_lb import const
from custom_components.ev_lb.building.plan_settings import PLAN
from custom_components.ev_lb.engine.model import (
    Battery,
    CapacityTariff,
    Charger,
    ExternalCap,
    Meter,
    MeterLoss,
    Response,
    Site,
)
from custom_components.ev_lb.number import CHARGER_NUMBERS, PLAN_NUMBERS, SITE_NUMBERS
from custom_components.ev_lb.select import CHARGER_SELECTS, SITE_SELECTS
from custom_components.ev_lb.settings import (
    CHARGER,
    CIRCUIT,
    FAMILY,
    MANUAL_LIMIT_A,
    OCPP,
    OF_DRIVER,
    PLUG,
    SITE,
    Setting,
)
from custom_components.ev_lb.switch import CHARGER_SWITCHES, SITE_SWITCHES
from tests.metadata import INTEGRATION, ROOT, english, step_tables

TABLES = {
    "site": SITE,
    "circuit": CIRCUIT,
    "charger": CHARGER,
    "plan": PLAN,
    **OF_DRIVER,
}
ROWS = [
    pytest.param(row, id=f"{name}-{row.key}")
    for name, table in TABLES.items()
    for row in table.values()
]
PARTS = {
    "A home": SITE,
    "How to balance": SITE,
    "A charger": {**CHARGER, **PLAN},
    "Control by OCPP": {**CHARGER, **PLAN, **OCPP},
    "A charger of a known make": {**CHARGER, **PLAN, **FAMILY},
    "A plug": {**CHARGER, **PLAN, **PLUG},
    "A circuit": CIRCUIT,
}
"""The rows that hold under a heading of the page, and under those below it."""
NOT_SET = ("empty", "asked", "told")
"""How the page names the default of what has none."""


def told_ranges() -> Iterator[tuple[str, str, Setting]]:
    """Yield heading, range and row of each number that the page tells a range of."""
    page = (ROOT / "docs" / "options.md").read_text(encoding="utf-8")
    rows: dict[str, Setting] = {}
    part: dict[str, Setting] = {}
    heading = ""
    for line in page.splitlines():
        if found := re.fullmatch(r"(##+) (.*)", line):
            heading = found[2]
            if found[1] == "##":
                part = dict(PARTS.get(heading, {}))
            rows = dict(PARTS.get(heading, part))
        elif found := re.fullmatch(r"\|.*\| (\d[^|]* to [^|]*) \| `(\w+)` \|", line):
            yield heading, found[1], rows[found[2]]


@pytest.mark.parametrize(("heading", "told", "row"), told_ranges())
def test_the_page_tells_range_and_default_of_the_row(
    heading: str, told: str, row: Setting
) -> None:
    lowest, highest = row.bounds
    unit = f" {row.unit}" if row.unit else ""
    start = f"{lowest:g} to {highest:g}{unit}"
    assert told.startswith(start), (heading, row.key)
    rest = re.fullmatch(r"(?:, [^()]*)? \(([^()]+)\)", told.removeprefix(start))
    assert rest, (heading, row.key)
    known = NOT_SET if row.default is None else (f"{row.default:g}",)
    assert rest[1] in known, (heading, row.key)


def test_the_page_tells_most_of_the_ranges() -> None:
    assert len(list(told_ranges())) > 40


@pytest.mark.parametrize("row", ROWS)
def test_a_row_fits_together(row: Setting) -> None:
    """A number's values are within its limits, a choice's among its choices."""
    assert not (row.limits and row.choices)
    if row.limits:
        assert row.limits[0] < row.limits[1]
        assert row.default is None or row.limits[0] <= row.default <= row.limits[1]
    elif row.choices:
        assert row.default is None or row.default in row.choices
    else:
        assert isinstance(row.default, bool)
    if row.needed:
        assert row.safe is not None or row.default is False


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_the_section_of_its_field(row: Setting) -> None:
    paths = [
        path for path, step in step_tables(english()) if row.key in step.get("data", {})
    ]
    sections = {
        path.rpartition(".sections.")[2] if ".sections." in path else None
        for path in paths
    }
    if paths:
        assert row.section in sections


def test_every_number_of_a_form_has_a_message_of_its_range() -> None:
    texts = english()
    errors = {
        *texts["config"]["error"],
        *texts["options"]["error"],
        *(key for flow in texts["config_subentries"].values() for key in flow["error"]),
    }
    ranged = {key.removesuffix("_range") for key in errors if key.endswith("_range")}
    numbers = {
        row.key for table in TABLES.values() for row in table.values() if row.limits
    }
    # A plug's current has a message of its own.
    assert ranged - {"plug_current"} <= numbers
    # A fallback is held against the main fuse, a period is picked from two, and what
    # a car is planned by has entities.
    assert numbers - ranged == {
        "fallback_current_a",
        "capacity_tariff_period_s",
        *(row.key for row in PLAN.values() if row.entity),
    }


def test_each_entity_of_a_row_is_there_and_no_other() -> None:
    for table, entities in (
        (SITE, (SITE_NUMBERS, SITE_SWITCHES, SITE_SELECTS)),
        (CHARGER, (CHARGER_NUMBERS, CHARGER_SWITCHES, CHARGER_SELECTS)),
        (PLAN, (PLAN_NUMBERS,)),
    ):
        built = {row.key: row.setting for kind in entities for row in kind}
        assert built == {row.entity: row for row in table.values() if row.entity}


def test_only_administrators_change_what_belongs_to_the_installation() -> None:
    """A limit in A of a whole site is of the installation."""
    rows = [row for table in (SITE, CHARGER) for row in table.values() if row.entity]
    assert {row.key for row in rows if row.installation} == {"service_current_a"}


def test_the_fields_of_actions_have_the_bounds_of_the_rows() -> None:
    actions = yaml.safe_load((INTEGRATION / "services.yaml").read_text("utf-8"))
    for key in ("min_current_a", "max_current_a"):
        number = actions["set_current_range"]["fields"][key]["selector"]["number"]
        assert (number["min"], number["max"]) == CHARGER[key].bounds
        assert number["unit_of_measurement"] == CHARGER[key].unit
    number = actions["set_limit"]["fields"]["current_a"]["selector"]["number"]
    assert (number["min"], number["max"]) == MANUAL_LIMIT_A
    for action, row in (
        ("set_charging_mode", CHARGER["charging_mode"]),
        ("set_distribution_mode", SITE["distribution_mode"]),
    ):
        options = actions[action]["fields"]["mode"]["selector"]["select"]["options"]
        assert sorted(options) == sorted(row.choices)


ENGINE_DEFAULTS = [
    *(
        (Site, name, SITE, key)
        for name, key in {
            "voltage_v": "voltage_v",
            "can_export": "can_export",
            "enabled": "enabled",
            "ramp_up_time_s": "ramp_up_time_s",
            "hold_window_s": "hold_window_s",
            "meter_grace_s": "meter_grace_s",
            "charging_mode": "charging_mode",
            "distribution_mode": "distribution_mode",
            "rotation_period_s": "rotation_period_s",
            "power_buffer_w": "power_buffer_w",
            "excess_threshold_w": "excess_threshold_w",
            "allow_grid_charging": "allow_grid_charging",
            "solar_grace_s": "solar_grace_s",
            "import_cap_w": "import_limit_w",
            "unbalance_limit_a": "unbalance_limit_a",
            "fuse_tolerance": "fuse_tolerance_percent",
        }.items()
    ),
    (Meter, "freshness_limit_s", SITE, "freshness_limit_s"),
    (Meter, "delay_s", SITE, "meter_delay_s"),
    (MeterLoss, "behavior", SITE, "meter_loss_behavior"),
    (MeterLoss, "fallback_current_a", SITE, "fallback_current_a"),
    (Battery, "max_charge_power_w", SITE, "battery_max_charge_power_w"),
    (Battery, "max_discharge_power_w", SITE, "battery_max_discharge_power_w"),
    (Battery, "soc_min_percent", SITE, "home_battery_soc_min_percent"),
    (Battery, "soc_target_percent", SITE, "home_battery_soc_target_percent"),
    (CapacityTariff, "period_s", SITE, "capacity_tariff_period_s"),
    (CapacityTariff, "follows_peak", SITE, "capacity_tariff_follows_peak"),
    (ExternalCap, "power_w", SITE, "external_cap_w"),
    (ExternalCap, "per_charger", SITE, "external_cap_per_charger"),
    (Charger, "min_current_a", CHARGER, "min_current_a"),
    (Charger, "max_current_a", CHARGER, "max_current_a"),
    (Charger, "enabled", CHARGER, "enabled"),
    (Charger, "pause_s", CHARGER, "pause_s"),
    (Charger, "priority", CHARGER, "priority"),
    (Charger, "weight", CHARGER, "weight"),
    (Charger, "raise_interval_s", FAMILY, "raise_interval_s"),
    (Response, "dead_time_s", CHARGER, "response_time_s"),
    (Response, "ramp_up_a_per_s", CHARGER, "ramp_up_a_per_s"),
]


@pytest.mark.parametrize(("part", "name", "rows", "key"), ENGINE_DEFAULTS)
def test_a_decide_document_has_the_defaults_of_the_forms(
    part: type, name: str, rows: Mapping[str, Setting], key: str
) -> None:
    """What a document leaves out is what a home has where nobody changed it."""
    assert {row.name: row.default for row in fields(part)}[name] == rows[key].default


def test_names_that_packages_share_hold_no_range_and_no_default() -> None:
    numbers = {name for name, value in vars(const).items() if type(value) is float}
    assert numbers == set()
