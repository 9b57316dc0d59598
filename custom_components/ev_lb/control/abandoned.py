"""Chargers that were to run on over a reload whose set-up then failed."""

from copy import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from custom_components.ev_lb.building.site import chargers_of
from custom_components.ev_lb.chargers.driver import CommandError

from .chargers import Fleet
from .handover import Handover
from .listening import async_listen
from .managed_charger import ManagedCharger
from .store import SiteStore


async def async_leave_abandoned(
    hass: HomeAssistant, entry: ConfigEntry[Any], handover: Handover
) -> None:
    """Leave them where the controller before would have left them, and note that."""
    fleet = Fleet()
    for subentry in chargers_of(entry):
        if subentry.subentry_id in handover.left_a:
            fleet.add(
                ManagedCharger(
                    hass, entry, subentry, handover.clock, None, _taken, _failed
                )
            )
    fleet.set_a = {row.charger_id: row.set_a for row in handover.state.chargers}
    stop_listening = async_listen(hass, fleet.entity_ids, handover.clock, fleet.observe)
    await fleet.async_leave(handover.left_a, ())
    stop_listening()
    await fleet.async_unload()
    store = SiteStore(hass, entry.entry_id, lambda: memories, lambda: store.notes)
    memories = await store.async_load(entry.subentries)
    for charger_id, charger in fleet.chargers.items():
        if (memory := memories.get(charger_id)) is not None:
            memories[charger_id] = replace(
                memory,
                set_a=fleet.set_a[charger_id],
                pending=charger.sender.pending,
                wished_a=None,
            )
    await store.async_save()


def _taken(charger_id: str) -> None:
    """Do nothing: nobody is there to be notified."""


def _failed(charger_id: str, error: CommandError, failures: int) -> None:
    """Log the failure: nobody is there to be notified. A retry follows."""
