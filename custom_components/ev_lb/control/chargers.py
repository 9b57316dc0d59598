"""The chargers of a site: what each is set to, and its commands."""

import asyncio
from collections.abc import Collection, Iterable, Mapping

from homeassistant.core import State

from custom_components.ev_lb.engine.model import (
    ChargerDecision,
    ChargerReading,
    ChargerStatus,
    Decision,
    Site,
)

from .handover import Handover
from .managed_charger import ManagedCharger
from .sessions import Sessions
from .store import Memory


class Fleet:
    """Carries decisions to all chargers of a site, and hears what they report."""

    def __init__(self) -> None:
        """Begin without any."""
        self.chargers: dict[str, ManagedCharger] = {}
        self.set_a: dict[str, float] = {}
        """What each is set to, A; before the start what it had last."""
        self._due: dict[str, ChargerDecision] = {}
        self._listeners: dict[str, list[ManagedCharger]] = {}

    def add(self, charger: ManagedCharger) -> None:
        """Add a charger, taken to be where it resumes."""
        self.chargers[charger.charger_id] = charger
        self.set_a[charger.charger_id] = charger.resumed_a
        for entity_id in dict.fromkeys(charger.entity_ids):
            self._listeners.setdefault(entity_id, []).append(charger)

    @property
    def entity_ids(self) -> Iterable[str]:
        """Return the entities of the chargers."""
        return self._listeners

    @property
    def names(self) -> dict[str, str]:
        """Return what each charger is called."""
        return {charger_id: row.name for charger_id, row in self.chargers.items()}

    def observe(self, entity_id: str, state: State | None, time_s: float) -> None:
        """Let the chargers take what one of their entities reported at that time, s."""
        for charger in self._listeners.get(entity_id, ()):
            charger.observe(entity_id, state, time_s)

    def phase_counts(self) -> dict[str, int]:
        """Return on how many phases chargers are set to charge that can switch."""
        return {
            charger_id: count
            for charger_id, row in self.chargers.items()
            if (count := row.phase_count) is not None
        }

    def statuses(self) -> dict[str, ChargerStatus | None]:
        """Return what the car of each charger does."""
        return {charger_id: row.status for charger_id, row in self.chargers.items()}

    def readings(self) -> Iterable[ChargerReading]:
        """Return what is known of each charger now."""
        return (charger.reading() for charger in self.chargers.values())

    def stand_a(self) -> dict[str, float]:
        """Return what the chargers stand at, whoever set them, A, where it is known."""
        return {
            charger_id: current_a
            for charger_id, charger in self.chargers.items()
            if (current_a := charger.set_by_anyone_a(self.set_a.get(charger_id)))
            is not None
        }

    def take(self, site: Site, decision: Decision) -> None:
        """Take a decision; what it calls for waits for `command_next`, cuts first."""
        before_a = dict(self.set_a)
        self.set_a.update((row.charger_id, row.set_a) for row in decision.chargers)
        for row in decision.chargers:
            charger = self.chargers[row.charger_id]
            # A charger that came back may stand lower than it is set: without a
            # reading of the meter that is not raised.
            due = charger.send_due and (decision.meter_seen or row.set_a <= 0)
            if charger.unheard and row.set_a < charger.resumed_a:
                charger.settle()
                self._due[row.charger_id] = row
            elif charger.unheard:
                charger.send_due |= row.send
            elif row.send or (due and site.enabled):
                charger.send_due = False
                self._due[row.charger_id] = row
        rows = self._due.values()
        first = sorted(rows, key=lambda r: r.set_a - before_a.get(r.charger_id, 0.0))
        self._due = {row.charger_id: row for row in first}

    def of_ours(self, decision: Decision) -> Decision:
        """Return what was decided for the chargers that can be commanded."""
        ours = [row for row in decision.chargers if row.charger_id in self.chargers]
        return decision._replace(chargers=tuple(ours))

    def leave_undecided(self, left_a: Mapping[str, float]) -> None:
        """Set the chargers to what they are left at, A, where nothing is decided."""
        self._due.clear()
        for charger_id, charger in self.chargers.items():
            self.set_a[charger_id] = left_a[charger_id]
            charger.sender.wish(left_a[charger_id])

    def starts(self, before_a: Mapping[str, float]) -> bool:
        """Return whether any is set to a current that was at 0 A before."""
        return any(
            set_a > 0 >= before_a.get(charger_id, 0.0)
            for charger_id, set_a in self.set_a.items()
        )

    def command_next(self) -> bool:
        """Carry out the next command that is due; return whether there was one."""
        for charger_id, row in self._due.items():
            del self._due[charger_id]
            self.chargers[charger_id].sender.wish(row.set_a, row.phase_count)
            return True
        return False

    def command_all(self) -> None:
        """Carry out all commands that are due."""
        while self.command_next():
            pass

    def take_bearings(self) -> None:
        """Bring the chargers down to where they are taken to be, if they are above."""
        for charger in self.chargers.values():
            charger.take_bearings()

    def hear_late(self, *, last_chance: bool) -> bool:
        """Hear the chargers that did not show what they have when they were resumed.

        Return whether any took what was on its way right before the restart.
        """
        found_a = {
            charger_id: charger.resumed_a
            for charger_id, charger in self.chargers.items()
            if charger.hear_late(last_chance=last_chance)
        }
        self.set_a |= found_a
        return bool(found_a)

    @property
    def may_charge(self) -> bool:
        """Return whether any is set to a current, or may be at one."""
        unheard = any(charger.unheard for charger in self.chargers.values())
        return unheard or any(self.set_a.values())

    def go_on(self, handover: Handover) -> None:
        """Know of the chargers what the former controller knew."""
        for charger in self.chargers.values():
            charger.unheard = False
        for charger_id, accepted in handover.accepted.items():
            if (kept := self.chargers.get(charger_id)) is not None:
                kept.sender.accepted = accepted
                kept.send_due = charger_id in handover.pending

    def give_up(self) -> None:
        """Let go of all: others set them from now on."""
        self._due.clear()
        for charger in self.chargers.values():
            charger.sender.give_up()

    async def async_leave(
        self, left_a: Mapping[str, float], kept: Collection[str]
    ) -> None:
        """Leave each charger at a current, A, but for those `kept` running."""
        await asyncio.gather(
            *(
                self._async_leave(charger, left_a[charger_id], charger_id in kept)
                for charger_id, charger in self.chargers.items()
            )
        )

    async def _async_leave(
        self, charger: ManagedCharger, current_a: float, kept: bool
    ) -> None:
        if not kept:
            changed = current_a != self.set_a[charger.charger_id]
            self.set_a[charger.charger_id] = current_a
            if charger.pending or changed:
                await charger.async_leave_at(current_a)
        await charger.sender.async_close()

    async def async_unload(self) -> None:
        """Let go of what the drivers hold in Home Assistant."""
        for charger in self.chargers.values():
            await charger.driver.async_unload()

    def memories(self, sessions: Sessions) -> dict[str, Memory]:
        """Return what a killed process must not forget of the chargers."""
        return {
            charger_id: charger.memory(
                self.set_a.get(charger_id, 0.0), sessions.of(charger_id)
            )
            for charger_id, charger in self.chargers.items()
        }
