"""Import limits by time of day: the form, what is stored, and the hours they hold."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.ev_lb.building.site import build_site
from custom_components.ev_lb.building.site_soundness import flaws_of_site
from custom_components.ev_lb.const import WEEKDAYS
from custom_components.ev_lb.dashboard.live_document import LiveDocument
from custom_components.ev_lb.engine.model import ImportWindow

from .flows import Walk, tune_site
from .homes import ENTRY_ID, Home, make_entry
from .sites import add_entry, set_entities

DAILY = [*WEEKDAYS]
EVENING: dict[str, Any] = {
    "from": "17:00:00",
    "until": "21:00:00",
    "weekdays": DAILY,
    "power_w": 4600,
}
WORKDAYS: dict[str, Any] = {
    "from": "22:30:00",
    "until": "06:00:00",
    "weekdays": ["mon", "tue", "wed", "thu", "fri"],
    "power_w": 6900.0,
}
BASICS: dict[str, Any] = {
    "service_current_a": 25.0,
    "charging_mode": "standard",
    "distribution_mode": "weighted",
    "allow_grid_charging": True,
}
LIMIT_A = 10.0
"""What a limit of 2300 W leaves a car on one phase without a house, A."""


def window(start: str, end: str, *weekdays: str) -> dict[str, Any]:
    """Return a limit of 2300 W."""
    days = list(weekdays) or DAILY
    return {"from": start, "until": end, "weekdays": days, "power_w": 2300.0}


class TestForm:
    """The list in the options."""

    @pytest.fixture
    async def walk(self, hass: HomeAssistant, mock_setup_entry: object) -> Walk:
        """Open the form of a site."""
        set_entities(hass)
        self.entry = add_entry(hass)
        return await tune_site(hass, self.entry)

    async def test_several_limits_are_stored_and_built(self, walk: Walk) -> None:
        assert walk.shown()["import_windows"] == []

        await walk.send(BASICS | {"import_windows": [EVENING, WORKDAYS]})

        assert walk.result["type"] is FlowResultType.CREATE_ENTRY
        assert self.entry.options["import_windows"] == [EVENING, WORKDAYS]
        assert flaws_of_site(self.entry) == {}
        assert build_site(self.entry, {}).import_windows == (
            ImportWindow(start_s=17 * 3600.0, end_s=21 * 3600.0, power_w=4600.0),
            ImportWindow(
                start_s=22.5 * 3600.0,
                end_s=6 * 3600.0,
                power_w=6900.0,
                weekdays=(0, 1, 2, 3, 4),
            ),
        )

    async def test_who_sends_no_limits_keeps_them_and_an_empty_list_ends_them(
        self, hass: HomeAssistant, walk: Walk
    ) -> None:
        await walk.send(BASICS | {"import_windows": [EVENING]})
        again = await tune_site(hass, self.entry)
        assert again.shown()["import_windows"] == [EVENING]
        await again.send(BASICS)
        assert self.entry.options["import_windows"] == [EVENING]

        last = await tune_site(hass, self.entry)
        await last.send(BASICS | {"import_windows": []})
        assert build_site(self.entry, {}).import_windows == ()

    @pytest.mark.parametrize(
        ("broken", "says"),
        [
            ({"from": None}, "Limit 2 in the list lacks a time"),
            ({"until": None}, "Limit 2 in the list lacks a time"),
            ({"weekdays": None}, "at least one day for limit 2"),
            ({"weekdays": []}, "at least one day for limit 2"),
            ({"power_w": None}, "0 - 500000 W for limit 2"),
            ({"power_w": -1}, "0 - 500000 W for limit 2"),
            ({"power_w": 1e9}, "0 - 500000 W for limit 2"),
            ({"power_w": float("nan")}, "0 - 500000 W for limit 2"),
        ],
    )
    async def test_it_says_which_limit_lacks_what(
        self, walk: Walk, broken: dict[str, Any], says: str
    ) -> None:
        """A field that was left empty in the dialog is not sent."""
        second = {k: v for k, v in (EVENING | broken).items() if v is not None}

        await walk.send(BASICS | {"import_windows": [EVENING, second, {}]})

        assert says in walk.message("import_windows")
        await walk.send(BASICS | {"import_windows": [EVENING]})
        assert walk.result["type"] is FlowResultType.CREATE_ENTRY

    @pytest.mark.parametrize("sent", [EVENING, {}])
    async def test_what_is_no_list_is_refused(
        self, walk: Walk, sent: dict[str, Any]
    ) -> None:
        """Home Assistant's list takes a single row as well."""
        await walk.send(BASICS | {"import_windows": sent})
        assert walk.errors == {"import_windows": "import_window_without_times"}

    async def test_the_days_come_in_the_language_of_home_assistant(
        self, hass: HomeAssistant, walk: Walk
    ) -> None:
        """Home Assistant does not translate the choices of a list's dialog."""
        hass.config.language = "nl"
        walk = await tune_site(hass, self.entry)
        field = walk.result["data_schema"].schema["import_windows"]
        days = field.serialize()["selector"]["object"]["fields"]["weekdays"]
        labels = [row["label"] for row in days["selector"]["select"]["options"]]
        assert labels[0] == "Maandag"
        assert len(set(labels)) == len(WEEKDAYS)


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "evening",
        {},
        [3],
        [{}],
        [EVENING | {"from": "25:00"}],
        [EVENING | {"until": 5}],
        [EVENING | {"weekdays": "mon"}],
        [EVENING | {"weekdays": ["someday"]}],
        [EVENING | {"power_w": "much"}],
        [EVENING, EVENING | {"power_w": float("inf")}],
    ],
)
def test_limits_that_cannot_be_read_allow_nothing_and_are_named(stored: Any) -> None:
    entry = make_entry(options={"import_windows": stored})
    assert set(flaws_of_site(entry)[ENTRY_ID]) == {"import_windows"}
    (found,) = build_site(entry, {}).import_windows
    assert (found.power_w, found.start_s, found.end_s) == (0.0, 0.0, 0.0)


async def home_at(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    zone: str,
    at: datetime,
    *windows: dict[str, Any],
) -> Home:
    """Return a home whose car has charged for a while at a moment, UTC."""
    await hass.config.async_set_time_zone(zone)
    freezer.move_to(at - timedelta(seconds=100))
    options = {"import_windows": list(windows)}
    home = Home(hass, freezer, make_entry(options=options))
    await home.install_charger()
    home.meter(0)
    await home.start()
    await settle(home, 100)
    return home


async def settle(home: Home, seconds: int) -> None:
    """Let time pass while the meter shows what the car is set to."""
    for _ in range(seconds // 5):
        home.freezer.tick(timedelta(seconds=5))
        home.meter(home.told_a * 230.0)
        async_fire_time_changed(home.hass)
        await home.hass.async_block_till_done()


@pytest.mark.parametrize(
    ("zone", "limited", "first", "last"),
    [
        # Clocks go from 02:00 to 03:00 in the night to Sunday.
        (
            "Europe/Amsterdam",
            window("06:00:00", "09:00:00", "sun"),
            datetime(2026, 3, 29, 6, 0),
            datetime(2026, 3, 29, 9, 0),
        ),
        # And back from 03:00 to 02:00.
        (
            "Europe/Amsterdam",
            window("06:00:00", "09:00:00"),
            datetime(2026, 10, 25, 6, 0),
            datetime(2026, 10, 25, 9, 0),
        ),
        (
            "America/New_York",
            window("22:00:00", "07:30:00", "sat"),
            datetime(2026, 3, 7, 22, 0),
            datetime(2026, 3, 8, 7, 30),
        ),
        # Half an hour, and the other half of the year.
        (
            "Australia/Lord_Howe",
            window("05:15:00", "05:45:00"),
            datetime(2026, 4, 5, 5, 15),
            datetime(2026, 4, 5, 5, 45),
        ),
        # It began in the hour that was left out.
        (
            "Europe/Berlin",
            window("02:30:00", "04:00:00"),
            datetime(2026, 3, 29, 3, 0),
            datetime(2026, 3, 29, 4, 0),
        ),
    ],
)
async def test_a_limit_holds_in_its_hours_on_the_day_clocks_are_set(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    zone: str,
    limited: dict[str, Any],
    first: datetime,
    last: datetime,
) -> None:
    begins = first.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    ends = last.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    before = begins - timedelta(seconds=20)
    home = await home_at(hass, freezer, zone, before, limited)
    assert home.told_a == 32

    # No report says so: time alone does.
    freezer.move_to(begins + timedelta(seconds=1))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert home.told_a == LIMIT_A

    await settle(home, 40)
    assert home.charger_state("sensor", "limiting_factor") == "import_cap"
    until = limited["until"][:5]
    assert f"(limit until {until})" in home.charger_state("sensor", "reason")

    await hass.config_entries.async_unload(ENTRY_ID)
    home = await home_at(hass, freezer, zone, ends - timedelta(seconds=10), limited)
    assert home.told_a == LIMIT_A
    await settle(home, 60)
    assert home.told_a == 32


async def test_the_end_is_told_as_it_was_set_while_clocks_are_about_to_be_set(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """At 23:00 it is not known by the offset of now when it is 06:00."""
    evening = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
    night = window("22:00:00", "06:00:00")
    home = await home_at(hass, freezer, "Europe/Amsterdam", evening, night)
    reason = home.charger_state("sensor", "reason")
    assert reason == "10 A: without cars 0 of 2.3 kW are imported (limit until 06:00)"

    controller = home.entry.runtime_data.controller
    card = LiveDocument(hass, controller, controller.texts, None).sections()
    assert card["power"]["caps"] == [{"kind": "import_cap", "power_w": 2300.0}]
