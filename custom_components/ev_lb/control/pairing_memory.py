"""Keeps what the steps of cars have shown of phases and meters over a restart."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry

from custom_components.ev_lb.building.site import build_site, control_of, meters_of
from custom_components.ev_lb.building.stored_numbers import finite
from custom_components.ev_lb.const import CIRCUIT_GRID, CONF_METER_DELAY_S
from custom_components.ev_lb.engine.model import Phase, Site
from custom_components.ev_lb.health.meter_delay import DelayWatch
from custom_components.ev_lb.health.pairing import PairingWatch
from custom_components.ev_lb.settings import METER

DELAYS: Final = "delays"


class PairingMemory:
    """Holds the watches over a site's cars, and what of them may be remembered.

    What was seen of phases holds for one meter, one charger and its number of wires
    only; how late a meter is, for that meter.
    """

    def __init__(self, entry: ConfigEntry[Any], site: Site) -> None:
        """Begin to watch a site as it is wired until its next reload."""
        self.watch = PairingWatch()
        self.delays = DelayWatch()
        self._entry = entry
        self._site = site
        meters, control = meters_of(entry), control_of(entry)
        self._wired = {
            charger.charger_id: _fingerprint(
                meters, control.get(charger.charger_id), len(charger.phases)
            )
            for charger in site.chargers
        }
        self._meters = {
            CIRCUIT_GRID if owner_id == entry.entry_id else owner_id: _fingerprint(row)
            for owner_id, *row in meters
        }

    def build_site(self, manual_limits_a: Mapping[str, float]) -> Site:
        """Return the site as it is set, with what was seen of its meters."""
        return self.delays.applied(build_site(self._entry, manual_limits_a))

    def document(self) -> dict[str, Any]:
        """Return what was seen as it is stored."""
        delays = {
            circuit_id: {"wired": wired, "seen_s": [*self.delays.seen(circuit_id)]}
            for circuit_id, wired in self._meters.items()
        }
        return {DELAYS: delays} | {
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
        self._restore_delays(document)
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

    def _restore_delays(self, document: Mapping[str, Any] | None) -> None:
        longest_s = METER[CONF_METER_DELAY_S].bounds[1]
        for circuit_id, wired in self._meters.items():
            try:
                known = (document or {}).get(DELAYS, {}).get(circuit_id, {})
                told_s = [finite(row) for row in known["seen_s"]]
                sound = known["wired"] == wired
            except AttributeError, KeyError, TypeError:
                continue
            seen_s = [
                row for row in told_s if row is not None and 0 <= row <= longest_s
            ]
            if sound and len(seen_s) == len(told_s):
                self.delays.seen(circuit_id).extend(seen_s)


def _fingerprint(*wired: object) -> str:
    """Return what changes whenever something is wired otherwise."""
    return sha256(repr(wired).encode()).hexdigest()[:16]
