"""What Home Assistant keeps of entities over a restart."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import restore_state


def kept_state(hass: HomeAssistant, entity_id: str) -> restore_state.StoredState | None:
    """Return what was kept of an entity when Home Assistant last stopped, if it was.

    From 2026.11 on there is a method for it, and no longer one table of all.
    """
    kept = restore_state.async_get(hass)
    find = getattr(kept, "async_get_stored_state", None)
    found: restore_state.StoredState | None = (
        kept.last_states.get(entity_id) if find is None else find(entity_id)
    )
    return found
