"""Says which stored settings cannot be used, and what counts instead."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry

from custom_components.ev_lb.explaining.texts import Texts

from .site_soundness import LEFT_OUT, NO_ENTITY

NOTHING: Final = "-"
LONGEST_VALUE: Final = 40
"""So many characters are shown of what is stored."""


def settings_text(
    entry: ConfigEntry[Any], owner_id: str, flaws: Mapping[str, Any], texts: Texts
) -> str:
    """Return each setting with what is stored and, behind an arrow, what counts."""
    subentry = entry.subentries.get(owner_id)
    stored = {**entry.data, **entry.options} if subentry is None else subentry.data
    return ", ".join(
        f"{texts.label(key)}: {_stored(entry, stored, key)} → {_used(safe)}"
        for key, safe in flaws.items()
    )


def _stored(entry: ConfigEntry[Any], stored: Mapping[str, Any], key: str) -> str:
    if key not in stored:
        return NOTHING
    value = stored[key]
    if isinstance(value, str) and value in entry.subentries:
        return entry.subentries[value].title
    return str(value)[:LONGEST_VALUE] or NOTHING


def _used(safe: object) -> str:
    if safe is LEFT_OUT or safe == NO_ENTITY:
        return NOTHING
    return f"{safe:g}" if isinstance(safe, float) else str(safe)
