"""The answers of other integrations' actions, which may fail or never come."""

import asyncio
from collections.abc import Mapping
import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant

LOGGER = logging.getLogger(__name__)
ANSWER_S: Final = 30.0
"""An action that takes longer has no answer, s."""


async def async_answer(
    hass: HomeAssistant, domain: str, action: str, data: Mapping[str, Any]
) -> Any:
    """Return the answer of an action, None where there is none."""
    try:
        async with asyncio.timeout(ANSWER_S):
            return await hass.services.async_call(
                domain, action, dict(data), blocking=True, return_response=True
            )
    except Exception as error:  # noqa: BLE001 - it is another's code, and may be down
        LOGGER.debug("%s.%s: %s", domain, action, error)
        return None
