"""Repair issues: what only the owner of the site can mend."""

from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.start import async_at_started

from .const import DOMAIN
from .controller import Controller

ISSUE_ENTITY_MISSING: Final = "entity_missing"
ISSUE_CHARGER_CANNOT_STOP: Final = "charger_cannot_stop"


@callback
def async_watch_issues(
    hass: HomeAssistant, entry: ConfigEntry[Any], controller: Controller
) -> None:
    """Keep a site's issues up to date, once everything else had time to start."""

    @callback
    def check() -> None:
        for entity_id in controller.entity_ids:
            _async_set(
                hass,
                entry,
                ISSUE_ENTITY_MISSING,
                entity_id,
                present=_is_missing(hass, entity_id),
                placeholders={"entity_id": entity_id, "site": entry.title},
            )
        for charger in controller.chargers.values():
            _async_set(
                hass,
                entry,
                ISSUE_CHARGER_CANNOT_STOP,
                charger.charger_id,
                present=not charger.driver.can_stop,
                placeholders={"charger": charger.name},
            )

    @callback
    def started(_hass: HomeAssistant) -> None:
        check()
        entry.async_on_unload(controller.async_add_listener(check))

    entry.async_on_unload(async_at_started(hass, started))


@callback
def async_delete_issues(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete all issues of a site."""
    registry = ir.async_get(hass)
    for domain, issue_id in list(registry.issues):
        if domain == DOMAIN and entry.entry_id in issue_id:
            ir.async_delete_issue(hass, DOMAIN, issue_id)


def _is_missing(hass: HomeAssistant, entity_id: str) -> bool:
    """Tell whether an entity is gone, not merely without a value."""
    return (
        hass.states.get(entity_id) is None
        and er.async_get(hass).async_get(entity_id) is None
    )


@callback
def _async_set(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    key: str,
    subject: str,
    *,
    present: bool,
    placeholders: dict[str, str],
) -> None:
    issue_id = f"{key}_{entry.entry_id}_{subject}"
    known = ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is not None
    if present and not known:
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key=key,
            translation_placeholders=placeholders,
        )
    elif known and not present:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
