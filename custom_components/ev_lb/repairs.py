"""What a click can mend of the repair issues."""

from typing import override

from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.core import HomeAssistant

from .const import CIRCUIT_KEYS, CONF_INVERT_SIGN, CONF_PHASES
from .issues import ISSUE_CHARGER_PHASES, ISSUE_CIRCUIT_GONE


class InvertSignFlow(ConfirmRepairFlow):
    """Turns the meter's sign round."""

    def __init__(self, entry_id: str) -> None:
        """Take the site."""
        self._entry_id = entry_id

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Turn it round once the owner agrees."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if user_input is not None and entry is not None:
            inverted = not entry.data.get(CONF_INVERT_SIGN, False)
            self.hass.config_entries.async_update_entry(
                entry, data={**entry.data, CONF_INVERT_SIGN: inverted}
            )
        return await super().async_step_confirm(user_input)


class ChargerPhaseFlow(ConfirmRepairFlow):
    """Puts a charger on the phases that its car was seen on."""

    def __init__(self, entry_id: str, charger_id: str, phases: str) -> None:
        """Take the charger, and its phases as the form of a charger names them."""
        self._entry_id = entry_id
        self._charger_id = charger_id
        self._phases = phases.split("_")

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Put it there once the owner agrees."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if user_input is not None and entry is not None:
            charger = entry.subentries.get(self._charger_id)
            if charger is not None:
                self.hass.config_entries.async_update_subentry(
                    entry, charger, data={**charger.data, CONF_PHASES: self._phases}
                )
        return await super().async_step_confirm(user_input)


class MainFuseFlow(ConfirmRepairFlow):
    """Puts on the main fuse what hung on a circuit that is gone."""

    def __init__(self, entry_id: str, subentry_id: str) -> None:
        """Take the charger, or the circuit."""
        self._entry_id = entry_id
        self._subentry_id = subentry_id

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Put it there once the owner agrees."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if user_input is not None and entry is not None:
            subentry = entry.subentries.get(self._subentry_id)
            if subentry is not None:
                data = dict(subentry.data)
                data.pop(CIRCUIT_KEYS[subentry.subentry_type], None)
                self.hass.config_entries.async_update_subentry(
                    entry, subentry, data=data
                )
        return await super().async_step_confirm(user_input)


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return the flow that mends an issue."""
    data = data or {}
    entry_id = str(data.get("entry_id"))
    if data.get("issue") == ISSUE_CHARGER_PHASES:
        return ChargerPhaseFlow(
            entry_id, str(data.get("charger_id")), str(data.get("phase"))
        )
    if data.get("issue") == ISSUE_CIRCUIT_GONE:
        return MainFuseFlow(entry_id, str(data.get("subentry_id")))
    return InvertSignFlow(entry_id)
