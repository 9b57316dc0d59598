"""What is stored of a charger or a circuit that may be gone by now."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def settings_of(entry: ConfigEntry[Any], subentry_id: str) -> Mapping[str, Any]:
    """Return a charger's or a circuit's settings; none where it was removed.

    Home Assistant removes it at once, and the site starts anew only after that.
    """
    subentry = entry.subentries.get(subentry_id)
    return _NOTHING if subentry is None else subentry.data
