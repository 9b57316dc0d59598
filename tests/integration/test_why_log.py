"""The log of decisions outlives a restart, and what its file may hold."""

from copy import deepcopy
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_lb.dashboard.live_document import LiveDocument

from .homes import Home, make_entry


@pytest.fixture
def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return a home with a charger that nobody has started yet."""
    return Home(hass, freezer, make_entry())


ENTRY_KEY = "ev_lb.{}.why"


def log_of(home: Home) -> list[dict[str, Any]]:
    """Return the log as the card gets it."""
    runtime = home.entry.runtime_data
    controller = runtime.controller
    document = LiveDocument(home.hass, controller, controller.texts, runtime.why_log)
    log: list[dict[str, Any]] = document.sections()["log"]
    return log


async def lived(home: Home) -> list[dict[str, Any]]:
    """Let a home raise and cut its car; return what its log says."""
    await home.install_charger(0)
    home.meter(1000)
    await home.start()
    await home.pass_time(60, 1000)
    await home.pass_time(30, 7000)
    return log_of(home)


async def test_it_is_the_same_after_a_reload(home: Home) -> None:
    before = await lived(home)
    assert len(before) >= 2
    assert await home.hass.config_entries.async_reload(home.entry.entry_id)
    await home.hass.async_block_till_done()
    after = log_of(home)
    # The new start has notes of its own, which are newer.
    assert after[-len(before) :] == before


@pytest.mark.parametrize(
    ("spoil", "keeps"),
    [
        (lambda notes: {"notes": "none"}, False),
        (lambda notes: [*notes], False),
        (lambda notes: {"notes": [None, 3, {}, {"time_s": "now"}, *notes]}, True),
        (
            lambda notes: {
                "notes": [{**notes[0], "decided": {"set_a": []}}, *notes],
            },
            True,
        ),
        (lambda notes: {"notes": [{**notes[0], "time_s": 1e12}, *notes]}, True),
    ],
)
async def test_what_cannot_be_read_is_left_out(
    hass: HomeAssistant,
    home: Home,
    hass_storage: dict[str, Any],
    spoil: Any,
    keeps: bool,
) -> None:
    before = await lived(home)
    assert await hass.config_entries.async_unload(home.entry.entry_id)
    key = ENTRY_KEY.format(home.entry.entry_id)
    stored = deepcopy(hass_storage[key])
    kept = stored["data"]["notes"]
    assert len(kept) == len(before)
    hass_storage[key] = {**stored, "data": spoil(kept)}
    sound = len(kept) if keeps else 0
    assert await hass.config_entries.async_setup(home.entry.entry_id)
    await hass.async_block_till_done()
    times = [row["time_s"] for row in log_of(home)]
    # At least one note of the new start, and of the old ones all or none.
    assert len(times) > sound
    assert times[len(times) - sound :] == [row["time_s"] for row in before][:sound]


async def test_a_file_of_a_later_version_stops_no_site(
    hass: HomeAssistant, home: Home, hass_storage: dict[str, Any]
) -> None:
    await lived(home)
    assert await hass.config_entries.async_unload(home.entry.entry_id)
    hass_storage[ENTRY_KEY.format(home.entry.entry_id)]["version"] = 9
    assert await hass.config_entries.async_setup(home.entry.entry_id)
    await hass.async_block_till_done()
    assert log_of(home)


async def test_a_removed_site_leaves_no_log(
    hass: HomeAssistant, home: Home, hass_storage: dict[str, Any]
) -> None:
    await lived(home)
    await hass.config_entries.async_remove(home.entry.entry_id)
    await hass.async_block_till_done()
    assert ENTRY_KEY.format(home.entry.entry_id) not in hass_storage
