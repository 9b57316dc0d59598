"""What a bug report needs: settings, what was known, and what was decided."""

from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.core import HomeAssistant

from .charger_form import ACTION_KEYS
from .runtime import EvLbConfigEntry
from .validation import CHARGER_ENTITY_KEYS, METER_ENTITY_KEYS
from .wiring import chargers_of

# People name entities after themselves, and write passwords into actions.
TO_REDACT: Final = {*METER_ENTITY_KEYS, *CHARGER_ENTITY_KEYS, *ACTION_KEYS}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: EvLbConfigEntry
) -> dict[str, Any]:
    """Return the settings, and the last decisions with what replays them."""
    return {
        "data": async_redact_data(entry.data, TO_REDACT),
        "options": dict(entry.options),
        "chargers": {
            subentry.subentry_id: async_redact_data(subentry.data, TO_REDACT)
            for subentry in chargers_of(entry)
        },
        "decisions": entry.runtime_data.controller.decider.recent_documents(),
    }
