"""The action `replay`: a site's recorded history under the engine, as a response."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.recorder import DATA_INSTANCE
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
import probatio

from custom_components.ev_lb.building.site import chargers_of
from custom_components.ev_lb.building.site_soundness import is_simulated, site_data
from custom_components.ev_lb.const import CONF_SIMULATION_SPEED, DOMAIN
from custom_components.ev_lb.engine.model import Site
from custom_components.ev_lb.runtime import EvLbConfigEntry
from custom_components.ev_lb.settings import SITE

from .history import async_read_recording
from .recording import Recording, RecordingError
from .replay import replay
from .report import document

SERVICE_REPLAY: Final = "replay"
ATTR_ENTRY_ID: Final = "entry_id"
ATTR_START: Final = "start"
ATTR_END: Final = "end"
LONGEST: Final = timedelta(days=1)
"""A day at a report each second takes about a minute of one core."""
POINTS: Final = 500
"""How many points and commands the response holds at most, each."""

RUNNING: Final[HassKey[bool]] = HassKey(f"{DOMAIN}_replay")
"""Whether a replay runs: a second one would take the processor from the balancing."""

REPLAY_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(ATTR_ENTRY_ID): cv.string,
        probatio.Required(ATTR_START): cv.datetime,
        probatio.Optional(ATTR_END): cv.datetime,
    }
)


async def async_replay(
    hass: HomeAssistant, entry: EvLbConfigEntry, data: dict[str, Any]
) -> ServiceResponse:
    """Return what would have been commanded between two moments, and to what end."""
    if DATA_INSTANCE not in hass.data:
        raise _refusal("no_recorder")
    now = dt_util.utcnow()
    start = dt_util.as_utc(data[ATTR_START])
    end = min(now, dt_util.as_utc(data.get(ATTR_END, now)))
    speed = _speed(entry)
    if end - start < timedelta(seconds=1):
        raise _refusal("replay_no_span")
    if (end - start) * speed > LONGEST:
        hours = f"{LONGEST / timedelta(hours=1) / speed:g}"
        raise _refusal("replay_too_long", hours=hours)
    if hass.data.get(RUNNING):
        raise _refusal("replay_running")
    hass.data[RUNNING] = True
    try:
        return await _async_replay(hass, entry, start, end, speed)
    finally:
        hass.data[RUNNING] = False


async def _async_replay(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    start: datetime,
    end: datetime,
    speed: float,
) -> ServiceResponse:
    recording = await async_read_recording(hass, entry, start, end)
    names = {row.subentry_id: row.title for row in chargers_of(entry)}
    work = partial(
        _replay, entry.runtime_data.controller.site, recording.at_speed(speed), names
    )
    try:
        return await hass.async_add_executor_job(work)
    except RecordingError as error:
        raise _refusal("nothing_recorded", source=error.source) from error


def _replay(site: Site, recording: Recording, names: dict[str, str]) -> ServiceResponse:
    """Replay, which takes a processor for a while."""
    zone = dt_util.get_default_time_zone()
    found = replay(site, recording, zone=zone)
    return dict(document(found, names, points=POINTS, zone=zone))


def _speed(entry: EvLbConfigEntry) -> float:
    """Return how many seconds of the site fit into one of the recorder's."""
    if not is_simulated(entry):
        return 1.0
    return float(SITE[CONF_SIMULATION_SPEED].of(site_data(entry)))


def _refusal(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )
