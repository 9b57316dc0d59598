"""The services: a current limit that is set by hand, and a replay of history."""

from collections.abc import Iterable
from typing import Final

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

from .const import ATTR_CURRENT_A, DOMAIN
from .controller import Controller
from .replay_action import REPLAY_SCHEMA, SERVICE_REPLAY, async_replay
from .runtime import EvLbConfigEntry

SERVICE_SET_LIMIT: Final = "set_limit"
SERVICE_CLEAR_LIMIT: Final = "clear_limit"
ATTR_ENTRY_ID: Final = "entry_id"

TARGET_FIELDS: Final = {
    probatio.Optional(ATTR_DEVICE_ID): probatio.All(cv.ensure_list, [cv.string]),
    probatio.Optional(ATTR_ENTRY_ID): cv.string,
}
SET_LIMIT_SCHEMA: Final = probatio.Schema(
    {
        **TARGET_FIELDS,
        probatio.Required(ATTR_CURRENT_A): probatio.All(
            probatio.Coerce(float), probatio.Range(min=0, max=1000)
        ),
    }
)
CLEAR_LIMIT_SCHEMA: Final = probatio.Schema(TARGET_FIELDS)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the services."""

    @callback
    def set_limit(call: ServiceCall) -> None:
        for controller, charger_id in _async_chargers(hass, call):
            controller.async_set_limit(charger_id, call.data.get(ATTR_CURRENT_A))

    hass.services.async_register(
        DOMAIN, SERVICE_SET_LIMIT, set_limit, schema=SET_LIMIT_SCHEMA
    )
    hass.services.async_register(
        DOMAIN, SERVICE_CLEAR_LIMIT, set_limit, schema=CLEAR_LIMIT_SCHEMA
    )

    async def replay(call: ServiceCall) -> ServiceResponse:
        (entry,) = _async_sites(hass, call.data[ATTR_ENTRY_ID])
        return await async_replay(hass, entry, call.data)

    hass.services.async_register(
        DOMAIN,
        SERVICE_REPLAY,
        replay,
        schema=REPLAY_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


def _async_chargers(
    hass: HomeAssistant, call: ServiceCall
) -> Iterable[tuple[Controller, str]]:
    """Return the chargers that a call is about: those it names, else all."""
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
