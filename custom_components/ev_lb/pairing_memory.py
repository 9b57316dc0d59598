"""Keeps what the steps of cars have shown of their phases over a restart."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from homeassistant.config_entries import ConfigEntry

from .engine.model import Phase, Site
from .pairing import PairingWatch
from .wiring import control_of, meters_of


class PairingMemory:
    """Holds the watch over a site's cars, and what of it may be remembered.

    What was seen holds for one meter, one charger and its number of wires only.
    """

    def __init__(self, entry: ConfigEntry[Any], site: Site) -> None:
        """Begin to watch a site as it is wired until its next reload."""
        self.watch = PairingWatch()
        self._site = site
        meters, control = meters_of(entry), control_of(entry)
        self._wired = {
            charger.charger_id: _fingerprint(
                meters, control.get(charger.charger_id), len(charger.phases)
            )
            for charger in site.chargers
        }

    def document(self) -> dict[str, Any]:
        """Return what was seen as it is stored."""
        return {
            charger.charger_id: {
                "wired": self._wired[charger.charger_id],
                "answers": [
                    sorted(answer)
                    for answer in self.watch.finder(self._site, charger).answers
                ],
            }
            for charger in self._site.chargers
        }

    def restore(self, document: Mapping[str, Any] | None) -> None:
        """Go on with what was seen before, where it still holds."""
        for charger in self._site.chargers:
            try:
                seen = (document or {}).get(charger.charger_id, {})
                if seen.get("wired") != self._wired[charger.charger_id]:
                    continue
                answers = [frozenset(map(Phase, row)) for row in seen["answers"]]
            except AttributeError, KeyError, TypeError, ValueError:
                # Not what was written: what was seen is forgotten.
                continue
            self.watch.finder(self._site, charger).recall(answers)


def _fingerprint(*wired: object) -> str:
    """Return what changes whenever something is wired otherwise."""
    return sha256(repr(wired).encode()).hexdigest()[:16]
