"""What shows that the source of a value still reports, though the value stays."""

from collections.abc import Iterable, Mapping
from typing import Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import ATTR_DEVICE_CLASS, STATE_OFF, STATE_ON
from homeassistant.core import State
from homeassistant.util import dt as dt_util

from .state import LOST_STATES

SAYS_DEAD: Final[Mapping[str | None, str]] = {
    BinarySensorDeviceClass.CONNECTIVITY: STATE_OFF,
    BinarySensorDeviceClass.PROBLEM: STATE_ON,
}
"""What sensors that are on or off show while the device cannot be reached."""


def heartbeat_s(state: State | None, time_s: float) -> float | None:
    """Return when a meter was alive by what its heartbeat reported at that time, s.

    None when it shows no life. One that shows a time tells when that was, however often
    it is repeated.
    """
    if state is None or state.state in LOST_STATES:
        return None
    device_class = state.attributes.get(ATTR_DEVICE_CLASS)
    if SAYS_DEAD.get(device_class) == state.state:
        return None
    if device_class != SensorDeviceClass.TIMESTAMP:
        return time_s
    seen = dt_util.parse_datetime(state.state)
    if seen is None or seen.tzinfo is None:
        return None
    return time_s - max(0.0, (state.last_reported - seen).total_seconds())


class SignsOfLife:
    """Knows when the source of an entity was last heard.

    Home Assistant is silent about much that stays: a template or a group is written
    only when its result changes, many integrations drop a value that they had.
    """

    def __init__(
        self,
        entity_id: str,
        *,
        siblings: frozenset[str] = frozenset(),
        parts: Iterable[SignsOfLife] = (),
    ) -> None:
        """Take an entity, what reports with it, and what it is made of.

        `siblings` are other entities of the same device: each of them speaks for it.
        `parts` speak only together, since one of several sources may be gone.
        """
        self.entity_id = entity_id
        self._siblings = siblings
        self._parts = tuple(parts)
        self._heard_s: float | None = None
        self._is_lost = False
        self._begun: set[str] = set()

    @property
    def entity_ids(self) -> frozenset[str]:
        """Return all entities whose reports count."""
        parts = (part.entity_ids for part in self._parts)
        return self._siblings.union((self.entity_id,), *parts)

    @property
    def is_lost(self) -> bool:
        """Return whether the entity, or something that it is made of, tells nothing."""
        return self._is_lost or any(part.is_lost for part in self._parts)

    @property
    def heard_s(self) -> float | None:
        """Return when its source last reported; None while nothing shows that it does.

        What it is made of counts together: the part that was heard least decides. A
        part that has never reported may have had no reason to, and is left out.
        """
        if self.is_lost:
            return None
        if not self._parts:
            return self._heard_s
        heard = (part.heard_s for part in self._parts)
        return min((time_s for time_s in heard if time_s is not None), default=None)

    def observe(self, entity_id: str, state: State | None, time_s: float) -> None:
        """Take what an entity reported at that time; ignore other entities.

        What an entity shows when it is first seen may be old, and is no sign.
        """
        for part in self._parts:
            part.observe(entity_id, state, time_s)
        is_own = entity_id == self.entity_id
        if not is_own and entity_id not in self._siblings:
            return
        is_good = state is not None and state.state not in LOST_STATES
        if is_own:
            self._is_lost = not is_good
        if is_good and entity_id in self._begun:
            self._heard_s = max(time_s, self._heard_s or time_s)
        self._begun.add(entity_id)
