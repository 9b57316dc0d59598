"""The actions: limits and modes by hand, explanations, and a replay of history."""

from collections.abc import Collection, Iterable
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr
import probatio

from .accounting.rows import csv_text
from .const import (
    ATTR_CURRENT_A,
    CHARGER_CHARGING_MODES,
    CHARGING_MODE_SITE,
    CONF_CHARGING_MODE,
    CONF_DISTRIBUTION_MODE,
    CONF_DRIVER,
    CONF_MAX_CURRENT_A,
    CONF_MIN_CURRENT_A,
    DISTRIBUTION_MODES,
    DOMAIN,
    DRIVER_PLUG,
)
from .control.controller import Controller
from .control.current_range import check_range
from .control.permissions import async_check_admin, async_check_control
from .control.plan_actions import (
    ATTR_DEPARTURE,
    ATTR_ENERGY_KWH,
    check_smart,
    override,
    set_plan,
)
from .control.planner import Override
from .control.rating import async_rated
from .entity import async_keep_setting
from .explaining.explanation import explanation, site_sentence
from .explaining.plan import plan_document
from .explaining.sessions import session_rows, sums_document
from .replay.action import REPLAY_SCHEMA, SERVICE_REPLAY, async_replay
from .runtime import EvLbConfigEntry
from .sensor.site import balancer_state
from .settings import CHARGER, LARGEST_ENERGY_KWH, MANUAL_LIMIT_A

SERVICE_SET_LIMIT: Final = "set_limit"
SERVICE_CLEAR_LIMIT: Final = "clear_limit"
SERVICE_SET_CHARGING_MODE: Final = "set_charging_mode"
SERVICE_SET_DISTRIBUTION_MODE: Final = "set_distribution_mode"
SERVICE_SET_CURRENT_RANGE: Final = "set_current_range"
SERVICE_RESET_CHARGER: Final = "reset_charger"
SERVICE_EXPLAIN: Final = "explain"
SERVICE_GET_PLAN: Final = "get_plan"
SERVICE_SET_PLAN: Final = "set_plan"
SERVICE_CHARGE_NOW: Final = Override.NOW.value
SERVICE_SKIP_PLAN: Final = Override.SKIP.value
SERVICE_GET_SESSIONS: Final = "get_sessions"
SERVICE_EXPORT_SESSIONS: Final = "export_sessions"
ATTR_ENTRY_ID: Final = "entry_id"
ATTR_START: Final = "start"
ATTR_END: Final = "end"
ATTR_MODE: Final = "mode"

TARGET_FIELDS: Final = {
    probatio.Optional(ATTR_DEVICE_ID): probatio.All(cv.ensure_list, [cv.string]),
    probatio.Optional(ATTR_ENTRY_ID): cv.string,
}
SET_LIMIT_SCHEMA: Final = probatio.Schema(
    {
        **TARGET_FIELDS,
        probatio.Required(ATTR_CURRENT_A): probatio.All(
            probatio.Coerce(float), probatio.Range(*MANUAL_LIMIT_A)
        ),
    }
)
TARGET_SCHEMA: Final = probatio.Schema(TARGET_FIELDS)
SET_CHARGING_MODE_SCHEMA: Final = probatio.Schema(
    {**TARGET_FIELDS, probatio.Required(ATTR_MODE): probatio.In(CHARGER_CHARGING_MODES)}
)
SET_DISTRIBUTION_MODE_SCHEMA: Final = probatio.Schema(
    {
        probatio.Optional(ATTR_ENTRY_ID): cv.string,
        probatio.Required(ATTR_MODE): probatio.In(DISTRIBUTION_MODES),
    }
)
CURRENT: Final = probatio.All(
    probatio.Coerce(float),
    probatio.Range(*CHARGER[CONF_MAX_CURRENT_A].bounds),
)
SET_CURRENT_RANGE_SCHEMA: Final = probatio.Schema(
    {
        **TARGET_FIELDS,
        probatio.Optional(CONF_MIN_CURRENT_A): CURRENT,
        probatio.Optional(CONF_MAX_CURRENT_A): CURRENT,
    }
)
SET_PLAN_SCHEMA: Final = probatio.Schema(
    {
        **TARGET_FIELDS,
        probatio.Optional(ATTR_ENERGY_KWH): probatio.All(
            probatio.Coerce(float), probatio.Range(min=0, max=LARGEST_ENERGY_KWH)
        ),
        probatio.Optional(ATTR_DEPARTURE): cv.datetime,
    }
)
SESSIONS_SCHEMA: Final = probatio.Schema(
    {
        **TARGET_FIELDS,
        probatio.Optional(ATTR_START): cv.datetime,
        probatio.Optional(ATTR_END): cv.datetime,
    }
)
EXPLAIN_SCHEMA: Final = probatio.Schema({probatio.Optional(ATTR_ENTRY_ID): cv.string})


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""

    async def set_limit(call: ServiceCall) -> None:
        for controller, charger_id in await _async_chargers(hass, call):
            controller.async_set_limit(charger_id, call.data.get(ATTR_CURRENT_A))

    async def reset_charger(call: ServiceCall) -> None:
        for controller, charger_id in await _async_chargers(hass, call):
            controller.async_reset(charger_id)

    async def replay(call: ServiceCall) -> ServiceResponse:
        await async_check_admin(hass, call.context)
        (entry,) = _async_sites(hass, call.data[ATTR_ENTRY_ID])
        return await async_replay(hass, entry, call.data)

    plain = (
        (SERVICE_SET_LIMIT, set_limit, SET_LIMIT_SCHEMA),
        (SERVICE_CLEAR_LIMIT, set_limit, TARGET_SCHEMA),
        (SERVICE_SET_CHARGING_MODE, _async_set_charging_mode, SET_CHARGING_MODE_SCHEMA),
        (
            SERVICE_SET_DISTRIBUTION_MODE,
            _async_set_distribution_mode,
            SET_DISTRIBUTION_MODE_SCHEMA,
        ),
        (SERVICE_SET_CURRENT_RANGE, _async_set_current_range, SET_CURRENT_RANGE_SCHEMA),
        (SERVICE_RESET_CHARGER, reset_charger, TARGET_SCHEMA),
        (SERVICE_SET_PLAN, _async_set_plan, SET_PLAN_SCHEMA),
        (SERVICE_CHARGE_NOW, _async_overrule_plan, TARGET_SCHEMA),
        (SERVICE_SKIP_PLAN, _async_overrule_plan, TARGET_SCHEMA),
    )
    for name, action, schema in plain:
        hass.services.async_register(DOMAIN, name, action, schema=schema)
    answering = (
        (SERVICE_EXPLAIN, _async_explain, EXPLAIN_SCHEMA),
        (SERVICE_GET_PLAN, _async_get_plan, EXPLAIN_SCHEMA),
        (SERVICE_GET_SESSIONS, _async_get_sessions, SESSIONS_SCHEMA),
        (SERVICE_EXPORT_SESSIONS, _async_export_sessions, SESSIONS_SCHEMA),
        (SERVICE_REPLAY, replay, REPLAY_SCHEMA),
    )
    for name, answer, schema in answering:
        hass.services.async_register(
            DOMAIN,
            name,
            answer,
            schema=schema,
            supports_response=SupportsResponse.ONLY,
        )


async def _async_set_charging_mode(call: ServiceCall) -> None:
    """Set the mode of the chargers that a call names, else of the sites."""
    mode = call.data[ATTR_MODE]
    values = {CONF_CHARGING_MODE: mode}
    if ATTR_DEVICE_ID in call.data:
        for controller, charger_id in await _async_chargers(call.hass, call):
            async_keep_setting(call.hass, controller.entry, charger_id, values)
        return
    if mode == CHARGING_MODE_SITE:
        raise _refusal("mode_of_chargers_only")
    await _async_set_sites(call, values)


async def _async_set_distribution_mode(call: ServiceCall) -> None:
    await _async_set_sites(call, {CONF_DISTRIBUTION_MODE: call.data[ATTR_MODE]})


async def _async_set_sites(call: ServiceCall, values: dict[str, str]) -> None:
    """Set what a call gives for the sites that it is about."""
    entries = _async_sites(call.hass, call.data.get(ATTR_ENTRY_ID))
    owners = [(entry.entry_id, None) for entry in entries]
    await async_check_control(call.hass, call.context, owners)
    for entry in entries:
        async_keep_setting(call.hass, entry, None, values)


async def _async_set_current_range(call: ServiceCall) -> None:
    """Set the lowest and the highest current of chargers, all of them or none."""
    given = {
        key: call.data[key]
        for key in (CONF_MIN_CURRENT_A, CONF_MAX_CURRENT_A)
        if key in call.data
    }
    if not given:
        raise _refusal("no_current_given")
    wanted = []
    for controller, charger_id in await _async_chargers(call.hass, call):
        data = controller.entry.subentries[charger_id].data
        if ATTR_DEVICE_ID not in call.data and data.get(CONF_DRIVER) == DRIVER_PLUG:
            # It has no range; nobody has named it.
            continue
        check_range(data, given)
        values = dict(given)
        if CONF_MAX_CURRENT_A in given:
            values |= await async_rated(
                call.hass,
                call.context,
                CHARGER[CONF_MAX_CURRENT_A],
                data,
                given[CONF_MAX_CURRENT_A],
                controller.name_of(charger_id),
            )
        wanted.append((controller.entry, charger_id, values))
    for entry, charger_id, values in wanted:
        async_keep_setting(call.hass, entry, charger_id, values)


@callback
def _async_explain(call: ServiceCall) -> ServiceResponse:
    """Return why each charger is where it is, in words and as data."""
    return {
        "sites": [
            {
                "entry_id": entry.entry_id,
                "name": entry.title,
                "state": balancer_state(entry.runtime_data.controller, ""),
                "sentence": site_sentence(entry.runtime_data.controller),
                "chargers": [
                    {
                        "charger_id": charger_id,
                        **explanation(entry.runtime_data.controller, charger_id),
                    }
                    for charger_id in entry.runtime_data.controller.chargers
                ],
            }
            for entry in _async_sites(call.hass, call.data.get(ATTR_ENTRY_ID))
        ]
    }


async def _async_set_plan(call: ServiceCall) -> None:
    """Set what cars are to have, and by when."""
    if not call.data.keys() & {ATTR_ENERGY_KWH, ATTR_DEPARTURE}:
        raise _refusal("no_goal_given")
    for controller, charger_id in await _async_chargers(call.hass, call):
        set_plan(controller, charger_id, call.data)


async def _async_overrule_plan(call: ServiceCall) -> None:
    """Let cars charge at once, or skip their plan: all of those named, or none."""
    chargers = await _async_chargers(call.hass, call)
    if ATTR_DEVICE_ID not in call.data:
        chargers = [row for row in chargers if row[0].planner.is_planned(row[1])]
    for controller, charger_id in chargers:
        check_smart(controller, charger_id)
    for controller, charger_id in chargers:
        override(controller, charger_id, Override(call.service))


@callback
def _async_get_plan(call: ServiceCall) -> ServiceResponse:
    """Return when each car is planned to charge."""
    return {
        "sites": [
            {
                "entry_id": entry.entry_id,
                "name": entry.title,
                "chargers": [
                    plan_document(entry.runtime_data.controller, charger_id)
                    for charger_id in entry.runtime_data.controller.chargers
                ],
            }
            for entry in _async_sites(call.hass, call.data.get(ATTR_ENTRY_ID))
        ]
    }


@callback
def _async_get_sessions(call: ServiceCall) -> ServiceResponse:
    """Return what cars had and what it cost: sessions, months and sums."""
    charger_ids = _charger_ids(call)
    return {
        "sites": [
            {
                "entry_id": entry.entry_id,
                "name": entry.title,
                **sums_document(
                    entry.runtime_data.controller,
                    entry.runtime_data.session_log,
                    charger_ids,
                ),
                "sessions": _sessions(call, entry, charger_ids),
            }
            for entry in _async_sites(call.hass, call.data.get(ATTR_ENTRY_ID))
        ]
    }


@callback
def _async_export_sessions(call: ServiceCall) -> ServiceResponse:
    """Return the sessions as the text of a CSV file."""
    charger_ids = _charger_ids(call)
    entries = _async_sites(call.hass, call.data.get(ATTR_ENTRY_ID))
    rows = [row for entry in entries for row in _sessions(call, entry, charger_ids)]
    return {"sessions": len(rows), "csv": csv_text(rows)}


def _sessions(
    call: ServiceCall, entry: EvLbConfigEntry, charger_ids: Collection[str] | None
) -> list[Any]:
    """Return the sessions of a site that a call asks for."""
    data, session_log = call.data, entry.runtime_data.session_log
    bounds = data.get(ATTR_START), data.get(ATTR_END)
    return session_rows(session_log, charger_ids, *bounds)


def _charger_ids(call: ServiceCall) -> Collection[str] | None:
    """Return the chargers that a call names; None for all."""
    if (device_ids := call.data.get(ATTR_DEVICE_ID)) is None:
        return None
    named = {_charger_of(call.hass, device_id) for device_id in device_ids}
    entries = _async_sites(call.hass, call.data.get(ATTR_ENTRY_ID))
    known = {row for entry in entries for row in entry.runtime_data.controller.chargers}
    if unknown := named - known:
        raise _refusal("unknown_charger", charger=min(unknown))
    return named


async def _async_chargers(
    hass: HomeAssistant, call: ServiceCall
) -> Iterable[tuple[Controller, str]]:
    """Return the chargers that a call is about: those it names, else all.

    Raises:
        Unauthorized: when its user may not control all of them.
    """
    entries = _async_sites(hass, call.data.get(ATTR_ENTRY_ID))
    chargers = {
        charger_id: entry.runtime_data.controller
        for entry in entries
        for charger_id in entry.runtime_data.controller.chargers
    }
    if (device_ids := call.data.get(ATTR_DEVICE_ID)) is None:
        wanted = list(chargers)
    else:
        wanted = [_charger_of(hass, device_id) for device_id in device_ids]
    if unknown := [charger_id for charger_id in wanted if charger_id not in chargers]:
        raise _refusal("unknown_charger", charger=unknown[0])
    owners = [(chargers[row].entry.entry_id, row) for row in wanted]
    await async_check_control(hass, call.context, owners)
    return [(chargers[charger_id], charger_id) for charger_id in wanted]


def _async_sites(hass: HomeAssistant, entry_id: str | None) -> list[EvLbConfigEntry]:
    entries: list[EvLbConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    loaded = [entry for entry in entries if entry.state is ConfigEntryState.LOADED]
    if entry_id is None:
        return loaded
    if not (found := [entry for entry in loaded if entry.entry_id == entry_id]):
        raise _refusal("unknown_site", site=entry_id)
    return found


def _charger_of(hass: HomeAssistant, device_id: str) -> str:
    """Return the charger that a device stands for, or the device if it is none."""
    device = dr.async_get(hass).async_get(device_id)
    if device is None or device.config_subentry_id is None:
        return device_id
    return device.config_subentry_id


def _refusal(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )
