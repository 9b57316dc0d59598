"""What a bug report needs, without what it does not."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.core import HomeAssistant

from .explaining.explanation import explanation
from .runtime import EvLbConfigEntry

# People name entities and charge points after themselves, write passwords into
# actions, and a charger's owner in unique ids is its serial number.
PRIVATE: Final = ("_entity", "_action", "_device", "_owner", "_cpid")


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: EvLbConfigEntry
) -> dict[str, Any]:
    """Return the settings, what was decided and why, and what replays it."""
    controller = entry.runtime_data.controller
    return {
        "data": _redacted(entry.data),
        "options": dict(entry.options),
        "subentries": {
            subentry.subentry_id: {
                "type": subentry.subentry_type,
                "data": _redacted(subentry.data),
            }
            for subentry in entry.subentries.values()
        },
        "shadow": controller.shadow,
        "timing": controller.timing.document(),
        "explanations": {
            charger_id: {
                key: value
                for key, value in explanation(controller, charger_id).items()
                if key not in ("name", "circuit", "sentence")
            }
            for charger_id in controller.chargers
        },
        "plan": controller.planner.document(),
        "decisions": controller.decider.recent_documents(),
    }


def _redacted(data: Mapping[str, Any]) -> dict[str, Any]:
    return async_redact_data(data, {key for key in data if key.endswith(PRIVATE)})
