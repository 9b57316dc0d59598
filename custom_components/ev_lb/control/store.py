"""What must survive a killed process: the set-points and the limits set by hand."""

from collections.abc import Callable, Container, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from custom_components.ev_lb.accounting.amounts import Amounts
from custom_components.ev_lb.accounting.stay import Stay
from custom_components.ev_lb.building.stored_numbers import finite
from custom_components.ev_lb.const import DOMAIN

from .sessions import Session

STORE_VERSION: Final = 1
SAVE_DELAY_S: Final = 0.5
CHARGERS: Final = "chargers"
LAST_S: Final = 2.5e11
"""No calendar goes further, s since the epoch."""
YES_OR_NO: Final = frozenset({"pending", "connected"})
OPTIONAL: Final = frozenset({"wished_a", "manual_limit_a", "goal_kwh", "departure_s"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is remembered of one charger."""

    set_a: float
    """The current that it was left with at least, A."""
    pending: bool = False
    """Whether it had not taken its last command."""
    wished_a: float | None = None
    """That command, where it may have taken it all the same, A."""
    manual_limit_a: float | None = None
    session_kwh: float = 0.0
    session_solar_kwh: float = 0.0
    goal_kwh: float | None = None
    departure_s: float | None = None
    connected: bool = False

    @classmethod
    def of(cls, set_a: float, wished_a: float, pending: bool, session: Session) -> Self:
        """Return what to remember of a charger and of its car's stay."""
        return cls(
            set_a=set_a,
            pending=pending,
            wished_a=wished_a if wished_a > set_a else None,
            manual_limit_a=session.limit_a,
            session_kwh=session.energy_kwh,
            session_solar_kwh=session.stay.amounts.solar_kwh,
            goal_kwh=session.goal_kwh,
            departure_s=session.departure_s,
            connected=session.connected,
        )

    @classmethod
    def read(cls, document: object) -> Self | None:
        """Return what was stored; None where any of it is not what was written."""
        if not isinstance(document, dict) or not document.keys() <= set(cls.__slots__):
            return None
        for key, value in document.items():
            if key in YES_OR_NO:
                sound = isinstance(value, bool)
            else:
                sound = finite(value) is not None or (value is None and key in OPTIONAL)
            if not sound:
                return None
        if not -LAST_S < (document.get("departure_s") or 0.0) < LAST_S:
            return None
        return cls(**document) if "set_a" in document else None

    @property
    def highest_a(self) -> float:
        """Return the highest limit that its last commands can have left, A."""
        return self.set_a if self.wished_a is None else self.wished_a

    def session(self) -> Session:
        """Return the car's stay as it was."""
        solar_kwh = min(max(self.session_solar_kwh, 0.0), self.session_kwh)
        had = Amounts(grid_kwh=self.session_kwh - solar_kwh, solar_kwh=solar_kwh)
        return Session(
            stay=Stay(amounts=had),
            goal_kwh=self.goal_kwh,
            departure_s=self.departure_s,
            limit_a=self.manual_limit_a,
            connected=self.connected,
        )


def _store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    return Store(hass, STORE_VERSION, f"{DOMAIN}.{entry_id}")


async def async_remove_store(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what a site left on the disk."""
    await _store(hass, entry_id).async_remove()


class SiteStore:
    """Keeps one site's memories on the disk, at most a second behind."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        collect: Callable[[], Mapping[str, Memory]],
        collect_notes: Callable[[], Mapping[str, Any]],
    ) -> None:
        """Take the site, and what collects its memories by charger and its notes."""
        self._store = _store(hass, entry_id)
        self._collect = collect
        self._collect_notes = collect_notes
        self._scheduled = False
        self.notes: Mapping[str, Any] = {}
        """What is remembered of the site besides its chargers, by what it is."""

    async def async_load(self, known: Container[str]) -> dict[str, Memory]:
        """Return what was remembered of the chargers that are still known.

        What cannot be read is forgotten.
        """
        try:
            stored: object = await self._store.async_load()
        except HomeAssistantError, NotImplementedError, LookupError, TypeError:
            # Another version wrote it, or nobody: it is written anew.
            stored = None
        if not isinstance(stored, dict):
            return {}
        self.notes = {key: note for key, note in stored.items() if key != CHARGERS}
        chargers = stored.get(CHARGERS)
        if not isinstance(chargers, dict):
            return {}
        return {
            # One that was removed while no controller was there is forgotten.
            charger_id: memory
            for charger_id, document in chargers.items()
            if charger_id in known and (memory := Memory.read(document)) is not None
        }

    def schedule_save(self, *, at_once: bool = False) -> None:
        """Save soon; a second call while one waits does not put it off."""
        if at_once or not self._scheduled:
            self._scheduled = True
            self._store.async_delay_save(self._data, 0.0 if at_once else SAVE_DELAY_S)

    async def async_save(self) -> None:
        """Save now."""
        await self._store.async_save(self._data())

    def _data(self) -> dict[str, Any]:
        self._scheduled = False
        return {
            **self._collect_notes(),
            CHARGERS: {
                charger_id: asdict(memory)
                for charger_id, memory in self._collect().items()
            },
        }
