"""The repair issues that a click can fix."""

from collections.abc import Callable, Mapping
from typing import Any, Final, override

from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .const import CIRCUIT_KEYS, CONF_INVERT_SIGN, CONF_PHASES, DOMAIN
from .health.findings import ISSUE_CHARGER_PHASES, ISSUE_METER_SIGN
from .health.issues import ISSUE_CIRCUIT_GONE

type IssueData = Mapping[str, str | int | float | None]


def _invert_sign(
    hass: HomeAssistant, entry: ConfigEntry[Any], _issue: IssueData
) -> None:
    """Turn the meter's sign round."""
    inverted = not entry.data.get(CONF_INVERT_SIGN, False)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_INVERT_SIGN: inverted}
    )


def _set_phases(hass: HomeAssistant, entry: ConfigEntry[Any], issue: IssueData) -> None:
    """Put a charger on the phases that its car was seen on."""
    charger = entry.subentries.get(str(issue["charger_id"]))
    if charger is not None:
        # As the form of a charger names them.
        phases = str(issue["phase"]).split("_")
        hass.config_entries.async_update_subentry(
            entry, charger, data={**charger.data, CONF_PHASES: phases}
        )


def _put_on_main_fuse(
    hass: HomeAssistant, entry: ConfigEntry[Any], issue: IssueData
) -> None:
    """Put on the main fuse what hung on a circuit that is gone."""
    subentry = entry.subentries.get(str(issue["subentry_id"]))
    if subentry is not None:
        data = dict(subentry.data)
        data.pop(CIRCUIT_KEYS[subentry.subentry_type], None)
        hass.config_entries.async_update_subentry(entry, subentry, data=data)


FIXES: Final[
    Mapping[str, Callable[[HomeAssistant, ConfigEntry[Any], IssueData], None]]
] = {
    ISSUE_METER_SIGN: _invert_sign,
    ISSUE_CHARGER_PHASES: _set_phases,
    ISSUE_CIRCUIT_GONE: _put_on_main_fuse,
}


class FixFlow(ConfirmRepairFlow):
    """Fixes an issue once the owner agrees."""

    def __init__(self, issue: IssueData, repair_id: str) -> None:
        """Take what the issue tells: its site, and what is wrong there."""
        self._issue = issue
        self._repair_id = repair_id

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Fix it, unless the site is gone, or it was found not to be wrong."""
        issue = self._issue
        entry = self.hass.config_entries.async_get_entry(str(issue["entry_id"]))
        known = ir.async_get(self.hass).async_get_issue(DOMAIN, self._repair_id)
        stands = known is not None and known.active
        if user_input is not None and entry is not None and stands:
            FIXES[str(issue["issue"])](self.hass, entry, issue)
        return await super().async_step_confirm(user_input)


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return the flow that fixes an issue."""
    assert data is not None
    return FixFlow(data, issue_id)
