"""The last decisions that changed something, for people who ask why."""

from collections import deque
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback

from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.control.decision_notes import notes_document, read_notes
from custom_components.ev_lb.control.kept_file import KeptFile
from custom_components.ev_lb.engine.model import ChargerDecision

from .reasons import reason
from .texts import Texts

LONGEST: Final = 30
"""So many notes are kept."""
WHY: Final = "why"
SAVE_DELAY_S: Final = 60.0


async def async_remove_why_log(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what a site left of its notes."""
    await KeptFile(hass, entry_id, WHY, dict).async_remove()


@dataclass(frozen=True, slots=True)
class Note:
    """A change of what a charger is set to, or of why it waits."""

    time_s: float
    before_a: float | None
    """What it was set to until then; None at the start."""
    decided: ChargerDecision

    def described(self, controller: Controller, texts: Texts) -> dict[str, Any]:
        """Return it as a document, with its reason in the reader's language."""
        decided = self.decided
        return {
            "time_s": round(self.time_s),
            "charger_id": decided.charger_id,
            "name": controller.name_of(decided.charger_id),
            "before_a": self.before_a,
            "set_a": decided.set_a,
            "reason": reason(controller, decided, texts),
        }


class WhyLog:
    """Keeps notes of one site, also over a restart."""

    def __init__(
        self, hass: HomeAssistant, entry_id: str, controller: Controller
    ) -> None:
        """Take the site whose decisions are noted."""
        self._controller = controller
        self._notes: deque[Note] = deque(maxlen=LONGEST)
        self._latest: dict[str, ChargerDecision] = {}
        self._file = KeptFile(hass, entry_id, WHY, self._document)

    async def async_load(self) -> None:
        """Bring back the notes of before."""
        kept = await self._file.async_load()
        rows = read_notes(kept, self._controller.clock.now_s())
        self._notes.extend(Note(*row) for row in rows)

    async def async_save(self) -> None:
        """Write the notes down at once."""
        await self._file.async_save()

    def _document(self) -> dict[str, Any]:
        return notes_document(
            (note.time_s, note.before_a, note.decided) for note in self._notes
        )

    @callback
    def async_note(self) -> None:
        """Note what the last decision changed."""
        if (decision := self._controller.decision) is None:
            return
        for decided in decision.chargers:
            before = self._latest.get(decided.charger_id)
            self._latest[decided.charger_id] = decided
            if before is None or _tells_more(before, decided):
                before_a = None if before is None else before.set_a
                self._notes.append(Note(decision.time_s, before_a, decided))
                self._file.schedule_save(SAVE_DELAY_S)

    def described(self, texts: Texts) -> list[dict[str, Any]]:
        """Return the notes as documents, newest first."""
        return [note.described(self._controller, texts) for note in self._notes][::-1]


def _tells_more(before: ChargerDecision, now: ChargerDecision) -> bool:
    """Tell whether a decision is news to people.

    While a car charges, what limits it changes all the time without effect.
    """
    if (before.set_a, before.following) != (now.set_a, now.following):
        return True
    return now.set_a <= 0 and before.limiting.factor is not now.limiting.factor
