"""Repair issues: raised when only the owner can help, gone when it is fixed."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from .big_site import ENTRY_ID as BIG_ID, BigSite, big_entry
from .homes import CHARGER_ID, CURRENTS, ENTRY_ID, MEASURED, NUMBER, Home, make_entry


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    entry = make_entry(
        {"can_export": True}, charger={"measured_current_entity": MEASURED}
    )
    home = Home(hass, freezer, entry)
    hass.states.async_set(MEASURED, "0", {"unit_of_measurement": "A"})
    await home.install_charger()
    home.meter(3000)
    await home.start()
    return home


def issues(hass: HomeAssistant) -> set[str]:
    return {
        issue.translation_key
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == "ev_lb" and issue.translation_key
    }


def placeholders(hass: HomeAssistant, issue_id: str) -> dict[str, str] | None:
    """Return what the text of an issue is filled with."""
    issue = ir.async_get(hass).async_get_issue("ev_lb", issue_id)
    assert issue is not None
    return issue.translation_placeholders


async def go_on(home: Home, seconds: int, house_w: object, car_a: float) -> None:
    """Let time go on in steps of 5 s; the meter shows the house and the car."""
    for _ in range(seconds // 5):
        home.freezer.tick(timedelta(seconds=5))
        home.hass.states.async_set(
            MEASURED, str(car_a), {"unit_of_measurement": "A"}, force_update=True
        )
        home.meter(house_w)
        async_fire_time_changed(home.hass)
        await home.hass.async_block_till_done()


async def test_a_healthy_home_has_none(hass: HomeAssistant, home: Home) -> None:
    await go_on(home, 60, 3000 + 18 * 230, 18)
    assert issues(hass) == set()


@pytest.mark.parametrize(
    ("shown", "issue"),
    [("unavailable", "meter_silent"), ("nan", "meter_nonsense")],
)
async def test_a_meter_that_tells_nothing(
    hass: HomeAssistant, home: Home, shown: str, issue: str
) -> None:
    await go_on(home, 280, shown, 0)
    assert issues(hass) == set()
    await go_on(home, 40, shown, 0)
    assert issues(hass) == {issue}
    await go_on(home, 5, 3000, 0)
    assert issues(hass) == set()


async def test_a_meter_that_is_stuck(hass: HomeAssistant, home: Home) -> None:
    await go_on(home, 20, 3000, 0)
    await go_on(home, 120, 3000, 18)
    assert issues(hass) == {"meter_frozen"}
    await go_on(home, 5, 3100, 0)
    assert issues(hass) == set()


async def test_a_car_that_does_not_follow(hass: HomeAssistant, home: Home) -> None:
    await go_on(home, 400, 3000 + 30 * 230, 30)
    assert "charger_not_following" in issues(hass)
    await go_on(home, 30, 3000 + home.set_a * 230, home.set_a)
    assert "charger_not_following" not in issues(hass)


async def test_a_charger_that_is_away(hass: HomeAssistant, home: Home) -> None:
    hass.states.async_set(NUMBER, "unavailable")
    await go_on(home, 320, 3000, 0)
    assert "charger_unavailable" in issues(hass)
    home.set_number(0)
    await go_on(home, 5, 3000, 0)
    assert "charger_unavailable" not in issues(hass)


async def test_what_was_wrong_before_a_restart_and_still_is_is_told_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = Home(hass, freezer, make_entry(options={"service_current_a": 5.0}))
    # Of the issues of another run Home Assistant knows only that they were there.
    issue_id = f"limits_impossible_{ENTRY_ID}_{CHARGER_ID}"
    ir.async_get(hass).issues["ev_lb", issue_id] = ir.IssueEntry(
        active=False,
        breaks_in_ha_version=None,
        created=dt_util.utcnow(),
        data=None,
        dismissed_version=None,
        domain="ev_lb",
        is_fixable=None,
        is_persistent=False,
        issue_domain=None,
        issue_id=issue_id,
        learn_more_url=None,
        severity=None,
        translation_key=None,
        translation_placeholders=None,
    )
    await home.install_charger()
    home.meter(500)
    await home.start()

    assert issues(hass) == {"limits_impossible"}


async def test_limits_under_which_it_can_never_charge(
    hass: HomeAssistant, home: Home
) -> None:
    hass.config_entries.async_update_entry(
        home.entry, options={**home.entry.options, "service_current_a": 5.0}
    )
    await go_on(home, 5, 500, 0)
    assert issues(hass) == {"limits_impossible"}
    told = {
        "site": "Home",
        "charger": "Garage",
        "minimum": "6",
        "limited_by": "Home",
        "limit": "5",
    }
    assert placeholders(hass, f"limits_impossible_{ENTRY_ID}_{CHARGER_ID}") == told

    hass.config_entries.async_update_entry(
        home.entry, options={**home.entry.options, "service_current_a": 4.0}
    )
    await go_on(home, 5, 500, 0)
    told["limit"] = "4"
    assert placeholders(hass, f"limits_impossible_{ENTRY_ID}_{CHARGER_ID}") == told

    hass.config_entries.async_update_entry(
        home.entry, options={**home.entry.options, "service_current_a": 32.0}
    )
    await go_on(home, 5, 500, 0)
    assert issues(hass) == set()


async def test_fallback_currents_above_a_fuse(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    entry = big_entry()
    site = BigSite(hass, freezer, entry)
    fallback: dict[str, Any] = {
        "meter_loss_behavior": "set_current",
        "fallback_current_a": 12.0,
    }
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data={**entry.data, **fallback})
    site.report()
    assert await hass.config_entries.async_setup(BIG_ID)
    await site.pass_time(1)

    # 24 A on the 20 A of the barn; 36 A on the 40 A of the grid.
    found = [key for _, key in ir.async_get(hass).issues if "fallbacks" in key]
    assert found == [f"fallbacks_too_high_{BIG_ID}_barn"]


async def test_what_chargers_do_by_themselves_is_held_against_the_fuses(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    entry = big_entry()
    site = BigSite(hass, freezer, entry)
    await site.start()
    for charger_id, stated in {
        "left": {"left_alone_current_a": 16.0, "left_alone_after_s": 300.0},
        "right": {"left_alone_current_a": 6.0},
    }.items():
        charger = entry.subentries[charger_id]
        data = {**charger.data, **stated}
        hass.config_entries.async_update_subentry(entry, charger, data=data)
        await hass.async_block_till_done()
    await site.pass_time(1)

    # 22 A on the 20 A of the barn and on the 40 A of the grid.
    assert issues(hass) == {"fallbacks_too_high"}
    assert site.state("sensor", "left_alone_current") == "22.0"
    assert site.state("sensor", "left_alone_current", "barn") == "22.0"
    shown = hass.states.get(site.entity_id("sensor", "left_alone_current"))
    assert shown is not None
    assert [shown.attributes[phase] for phase in ("l1", "l2", "l3")] == [22.0] * 3
    assert shown.attributes["chargers"] == {
        "Garage": {"known_from": "nobody"},
        "Barn left": {"known_from": "owner", "current": 16.0, "after": 300.0},
        "Barn right": {"known_from": "owner", "current": 6.0},
    }

    left = entry.subentries["left"]
    data = {**left.data, "left_alone_current_a": 0.0}
    hass.config_entries.async_update_subentry(entry, left, data=data)
    await hass.async_block_till_done()
    await site.pass_time(1)
    assert issues(hass) == set()
    assert site.state("sensor", "left_alone_current", "barn") == "6.0"


async def fix(hass: HomeAssistant, issue_id: str) -> None:
    manager = repairs_flow_manager(hass)
    assert manager is not None
    step = await manager.async_init("ev_lb", data={"issue_id": issue_id})
    assert step["step_id"] == "confirm"
    await manager.async_configure(step["flow_id"], {})
    await hass.async_block_till_done()


async def test_swapped_import_and_export_are_fixed_by_a_click(
    hass: HomeAssistant, home: Home
) -> None:
    assert await async_setup_component(hass, "repairs", {})
    for car_a in (0, 10, 0, 16, 0):
        await go_on(home, 60, -(3000 + car_a * 230), car_a)
    assert "meter_sign" in issues(hass)

    await fix(hass, f"meter_sign_{ENTRY_ID}_meter")
    assert home.entry.data["invert_sign"] is True
    assert "meter_sign" not in issues(hass)


async def test_nothing_is_raised_on_a_meter_that_is_found_to_be_wrong(
    hass: HomeAssistant, home: Home
) -> None:
    """Also where the owner does not want to be told; cuts go on."""
    for car_a in (0, 10, 0, 16, 0):
        await go_on(home, 60, -(3000 + car_a * 230), car_a)
    found = f"meter_sign_{ENTRY_ID}_meter"
    assert "meter_sign" in issues(hass)
    ir.async_get(hass).async_ignore("ev_lb", found, True)
    before_a = home.set_a

    await go_on(home, 300, -3000, 0)

    assert home.set_a <= before_a
    assert home.charger_state("sensor", "limiting_factor") == "doubted"

    # The sensor behaves: what its owner fixed elsewhere shows with the next try, which
    # is an hour later where several steps were seen the wrong way.
    for _ in range(900):
        await go_on(home, 5, 3000 + home.set_a * 230, home.set_a)
    assert "meter_sign" not in issues(hass)
    assert home.set_a > 10


async def wrongly_wired_home(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> Home:
    """Return a home whose car charges on L2, and not on L1."""
    phases = {f"l{number}_entity": f"sensor.grid_l{number}" for number in (1, 2, 3)}
    entry = make_entry(
        {"meter_kind": "phase_current", "phases": 3, **phases},
        charger={"measured_current_entity": MEASURED, "phases": ["l1"]},
    )
    home = Home(hass, freezer, entry)
    hass.states.async_set(MEASURED, "0", {"unit_of_measurement": "A"})
    await home.install_charger()
    show_on_l2(home, 0)
    await home.start()
    for car_a in (0, 10, 0, 16, 0, 16):
        for _ in range(12):
            show_on_l2(home, car_a)
            await go_on(home, 5, 0, car_a)
    return home


def show_on_l2(home: Home, car_a: float) -> None:
    """Let the meter show a house, and a car on L2."""
    for name, value in zip(CURRENTS, (5.0, 4.0 + car_a, 3.0), strict=True):
        home.meter(value, "A", name)


async def test_a_car_on_another_phase_is_fixed_by_a_click(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    assert await async_setup_component(hass, "repairs", {})
    home = await wrongly_wired_home(hass, freezer)
    assert "charger_phases" in issues(hass)

    await fix(hass, f"charger_phases_{ENTRY_ID}_{CHARGER_ID}")
    assert home.entry.subentries[CHARGER_ID].data["phases"] == ["l2"]
    assert "charger_phases" not in issues(hass)


async def test_what_was_seen_of_a_car_is_known_after_a_restart(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await wrongly_wired_home(hass, freezer)
    assert "charger_phases" in issues(hass)

    await hass.config_entries.async_reload(ENTRY_ID)
    show_on_l2(home, 0)
    await hass.async_block_till_done()

    assert "charger_phases" in issues(hass)


async def test_what_was_seen_with_another_meter_is_forgotten(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    home = await wrongly_wired_home(hass, freezer)

    first, second, third = CURRENTS
    swapped = {"l1_entity": second, "l2_entity": first, "l3_entity": third}
    hass.config_entries.async_update_entry(
        home.entry, data={**home.entry.data, **swapped}
    )
    await hass.async_block_till_done()
    show_on_l2(home, 0)
    await hass.async_block_till_done()

    assert home.state("binary_sensor", "meter_status") == "on"
    assert "charger_phases" not in issues(hass)


async def test_what_hung_on_a_removed_circuit_is_put_on_the_main_fuse_by_a_click(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    assert await async_setup_component(hass, "repairs", {})
    entry = big_entry()
    site = BigSite(hass, freezer, entry)
    await site.start()
    assert issues(hass) == set()
    hass.config_entries.async_remove_subentry(entry, "barn")
    await hass.async_block_till_done()
    await site.pass_time(1)
    found = {key for _, key in ir.async_get(hass).issues}
    assert found == {f"circuit_gone_{BIG_ID}_{name}" for name in ("left", "right")}

    await fix(hass, f"circuit_gone_{BIG_ID}_left")
    await site.pass_time(1)
    assert "circuit" not in entry.subentries["left"].data
    found = {key for _, key in ir.async_get(hass).issues}
    assert found == {f"circuit_gone_{BIG_ID}_right"}
