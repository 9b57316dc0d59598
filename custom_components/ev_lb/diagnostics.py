"""What a bug report needs: settings, what was known, and what was decided."""

from dataclasses import asdict
from typing import Any

from homeassistant.core import HomeAssistant

from .runtime import EvLbConfigEntry


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: EvLbConfigEntry
) -> dict[str, Any]:
    """Return the inputs and the outcome of the last decision, to replay it."""
    controller = entry.runtime_data.controller
    return {
        "data": dict(entry.data),
        "options": dict(entry.options),
        "chargers": [dict(subentry.data) for subentry in entry.subentries.values()],
        "manual_limits_a": controller.manual_limits_a,
        "site": asdict(controller.site),
        "snapshot": asdict(controller.snapshot),
        "decision": None
        if controller.decision is None
        else asdict(controller.decision),
    }
