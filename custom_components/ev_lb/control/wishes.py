"""What each car is to have, by when, and at which price: what the plan is made for."""

from collections.abc import Collection, Iterable, Mapping
from math import inf
from typing import Any, Final, NamedTuple

from homeassistant.core import HomeAssistant

from custom_components.ev_lb.building.plan_settings import (
    HIGHEST_PRICE,
    CarSettings,
    car_settings,
)
from custom_components.ev_lb.building.stored_numbers import finite
from custom_components.ev_lb.building.stored_settings import settings_of
from custom_components.ev_lb.engine.codec import (
    DocumentError,
    from_document,
    to_document,
)
from custom_components.ev_lb.engine.model import ChargerReading, ChargerStatus
from custom_components.ev_lb.engine.planning.car_battery import (
    CarBattery,
    SaidCharge,
    heard,
    needed_kwh,
    taper_s,
)

from .clock import Clock
from .departures import Departure, Departures
from .sessions import Sessions

LEAST_KWH: Final = 5.0
"""What a car of which nobody said what it needs is planned to take on, as long as it
takes more than what is usual."""
SAME_S: Final = 60.0
DAY_S: Final = 86400.0


class Wish(NamedTuple):
    """What somebody wants for a car."""

    goal_kwh: float | None
    """In all, for this stay."""
    goal_percent: float | None
    ready_s: float
    """In the site's time."""
    price_limit: float


class Need(NamedTuple):
    """What a car still needs."""

    energy_kwh: float
    asked: bool
    """Whether somebody said so: else it is what is usual."""
    at_once: bool = False
    """Whether it has less than it is to have at any time."""


class Wishes:
    """Knows what the cars of one site are to have."""

    def __init__(
        self, hass: HomeAssistant, entry_id: str, clock: Clock, sessions: Sessions
    ) -> None:
        """Take where owners and cars say what they want."""
        self._hass, self._entry_id = hass, entry_id
        self._clock, self._sessions = clock, sessions
        self.departures = Departures(hass)
        self._batteries: dict[str, CarBattery] = {}
        self._plugged_s: dict[str, float] = {}
        self._due: dict[str, Departure] = {}
        """The departure that each car is planned for; in the wall clock's time."""
        self._settings: dict[str, tuple[Mapping[str, Any], CarSettings]] = {}

    def settings(self, charger_id: str) -> CarSettings:
        """Return what is set of a charger's car."""
        entry = self._hass.config_entries.async_get_entry(self._entry_id)
        data = {} if entry is None else settings_of(entry, charger_id)
        read = self._settings.get(charger_id)
        if read is None or read[0] is not data:
            read = self._settings[charger_id] = (data, car_settings(data))
        return read[1]

    def observe(
        self, readings: Iterable[ChargerReading], planned: Collection[str], now_s: float
    ) -> None:
        """Take in which cars are there; of `planned` ones, their charge and departure."""
        for reading in readings:
            charger_id = reading.charger_id
            if reading.status is ChargerStatus.DISCONNECTED:
                for kept in (self._batteries, self._plugged_s, self._due):
                    kept.pop(charger_id, None)
                continue
            self._plugged_s.setdefault(charger_id, now_s)
            if charger_id in planned:
                self._hear(charger_id, now_s)
                self._note_departure(charger_id, now_s)

    def _hear(self, charger_id: str, now_s: float) -> None:
        settings = self.settings(charger_id)
        if settings.soc_entity is None:
            self._batteries.pop(charger_id, None)
            return
        self._batteries[charger_id] = heard(
            self._batteries.get(charger_id, CarBattery()),
            self._said(settings.soc_entity),
            self._sessions.of(charger_id).energy_kwh,
            settings.capacity_kwh,
            self._plugged_s[charger_id],
            now_s,
        )

    def _said(self, entity_id: str) -> SaidCharge | None:
        state = self._hass.states.get(entity_id)
        if state is None:
            return None
        try:
            percent = float(state.state)
        except ValueError:
            return None
        changed_s = self._clock.from_wall_s(state.last_changed_timestamp)
        return SaidCharge(percent, changed_s)

    def _note_departure(self, charger_id: str, now_s: float) -> None:
        """Go on to the next departure, once the car has had what it needed for the last.

        A car that is late is late until it has it, or until that departure is none
        any more.
        """
        now_s -= self._clock.ahead_s
        rows = self.departures.of(self.settings(charger_id), now_s)
        due = self._due.get(charger_id)
        if due is not None and due.time_s <= now_s:
            need = self.need(charger_id)
            stands = any(abs(row.time_s - due.time_s) < SAME_S for row in rows)
            if stands and need.asked and need.energy_kwh > 0:
                return
        coming = next((row for row in rows if row.time_s > now_s), None)
        self._due.pop(charger_id, None)
        if coming is not None:
            self._due[charger_id] = coming

    def charge_percent(self, charger_id: str) -> float | None:
        """Return what is believed to be in a car's battery, 0 to 100."""
        battery = self._batteries.get(charger_id)
        if battery is None:
            return None
        return battery.charge_percent(
            self._sessions.of(charger_id).energy_kwh,
            self.settings(charger_id).capacity_kwh,
        )

    def goal_percent(self, charger_id: str) -> float | None:
        """Return how full a car is to be; None where it does not say how full it is."""
        if self.charge_percent(charger_id) is None:
            return None
        due = self._due.get(charger_id)
        if due is not None and due.goal_percent is not None:
            return due.goal_percent
        return self.settings(charger_id).goal_percent

    def need(self, charger_id: str) -> Need:
        """Return what a car still needs.

        What its owner asked for during this stay comes first, then what the departure
        says, then how full it is to be; else it needs what is usual.
        """
        session, settings = self._sessions.of(charger_id), self.settings(charger_id)
        percent, goal = self.charge_percent(charger_id), self.goal_percent(charger_id)
        battery = self._batteries.get(charger_id)
        sure = battery is not None and not battery.is_from_before
        at_once = sure and percent is not None and percent < settings.min_percent
        if session.needed_kwh is not None:
            return Need(session.needed_kwh, asked=True, at_once=at_once)
        due = self._due.get(charger_id)
        if due is not None and due.goal_kwh is not None:
            left_kwh = max(due.goal_kwh - session.energy_kwh, 0.0)
            return Need(left_kwh, asked=True, at_once=at_once)
        usual_kwh = self._usual_kwh(charger_id)
        if percent is None or goal is None:
            return Need(usual_kwh, asked=False)
        kwh = needed_kwh(percent, goal, settings.capacity_kwh)
        if not sure:
            # The car may have driven since: as much as where nobody knows.
            return Need(max(kwh, usual_kwh), asked=False)
        return Need(kwh, asked=True, at_once=at_once)

    def _usual_kwh(self, charger_id: str) -> float:
        """Return what a car needs of which nobody said so, kWh."""
        usual_kwh = self.settings(charger_id).default_energy_kwh
        had_kwh = self._sessions.of(charger_id).energy_kwh
        return max(usual_kwh - had_kwh, min(LEAST_KWH, usual_kwh))

    def ready_s(self, charger_id: str, now_s: float) -> float:
        """Return when a car is to be ready, in the site's time.

        One of which nobody said what it needs is not late: it is ready another day.
        """
        session = self._sessions.of(charger_id)
        if session.departure_s is not None:
            # In whole seconds: else it wavers with the clock.
            ready_s = float(round(self._clock.at_wall_s(session.departure_s)))
            if ready_s > now_s or self.need(charger_id).asked:
                return ready_s
        due = self._due.get(charger_id)
        if due is None:
            return (now_s // DAY_S + 2) * DAY_S
        return float(round(due.time_s + self._clock.ahead_s))

    def named_departure_s(self, charger_id: str, now_s: float) -> float | None:
        """Return when a car is to leave as somebody said, in the site's time.

        None where that is just the usual time.
        """
        departure_s = self._sessions.of(charger_id).departure_s
        if departure_s is not None:
            return float(round(self._clock.at_wall_s(departure_s)))
        wall_s = now_s - self._clock.ahead_s
        rows = self.departures.said(self.settings(charger_id), wall_s)
        coming_s = (row.time_s for row in rows if row.time_s > wall_s)
        return next((time_s + self._clock.ahead_s for time_s in coming_s), None)

    def wish(self, charger_id: str, now_s: float) -> Wish:
        """Return what is wanted for a car; another one is news to plan by."""
        return Wish(
            self._sessions.of(charger_id).goal_kwh,
            self.goal_percent(charger_id),
            self.ready_s(charger_id, now_s),
            self.limit(charger_id),
        )

    def earlier_s(self, charger_id: str, power_w: float) -> float:
        """Return how much earlier a car's plan is to end, as its last part is slow, s."""
        percent, goal = self.charge_percent(charger_id), self.goal_percent(charger_id)
        if percent is None or goal is None:
            return 0.0
        capacity_kwh = self.settings(charger_id).capacity_kwh
        return taper_s(percent, goal, capacity_kwh, power_w)

    def forbids(self, charger_id: str, price: float | None) -> bool:
        """Tell whether the grid is too dear for a car at a price that holds now."""
        return price is not None and price > self.limit(charger_id)

    def limit(self, charger_id: str) -> float:
        """Return what a kWh from the grid may cost at most for a car."""
        limit = self.settings(charger_id).price_limit
        return limit if limit < HIGHEST_PRICE else inf

    def is_cheap(self, charger_id: str, price: float | None) -> bool:
        """Tell whether a car is to charge at such a price, whatever is planned."""
        return price is not None and price <= self.settings(charger_id).cheap_price

    def document(self) -> dict[str, Any]:
        """Return what is to be remembered over a restart."""
        return {
            charger_id: {
                "plugged_s": plugged_s,
                "battery": to_document(self._batteries.get(charger_id, CarBattery())),
                "due": to_document(self._due.get(charger_id)),
            }
            for charger_id, plugged_s in self._plugged_s.items()
        }

    def restore(self, document: object) -> None:
        """Go on with what was remembered; what cannot be read is forgotten."""
        if not isinstance(document, dict):
            return
        for charger_id, row in document.items():
            plugged_s = finite(row.get("plugged_s")) if isinstance(row, dict) else None
            if plugged_s is None:
                continue
            self._plugged_s[charger_id] = plugged_s
            try:
                self._batteries[charger_id] = from_document(
                    CarBattery, row.get("battery")
                )
                self._due[charger_id] = from_document(Departure, row.get("due"))
            except DocumentError:
                continue
