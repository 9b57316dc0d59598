"""Asks the engine, in control or only watching, and keeps what it remembers."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from custom_components.ev_lb.building.stored_numbers import finite
from custom_components.ev_lb.engine.codec import (
    DocumentError,
    decision_document,
    from_document,
    to_document,
)
from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.model import (
    Decision,
    Site,
    Snapshot,
    State,
    StatedLimits,
)
from custom_components.ev_lb.engine.shadow import ShadowState, Tally, begin, imagine
from custom_components.ev_lb.explaining.calm_words import CalmWords

__all__ = ["Decider", "Tally"]

REMEMBERED_DECISIONS: Final = 10
TALLY: Final = "tally"
LIMITS: Final = "limits"

type Decided = tuple[Site, State, Snapshot, Decision]
"""A decision after all that it followed from."""


class Decider:
    """Carries the engine's state from one decision to the next."""

    def __init__(self) -> None:
        """Begin with nothing known; `resume` comes first."""
        self.state = State()
        self._shadow: ShadowState | None = None
        self._restored: Mapping[str, Any] | None = None
        self._limits = StatedLimits()
        self._recent: deque[Decided] = deque(maxlen=REMEMBERED_DECISIONS)
        self._words = CalmWords()

    def resume(
        self,
        site: Site,
        set_a: Mapping[str, float],
        phase_counts: Mapping[str, int],
        now_s: float,
    ) -> None:
        """Take control of chargers that are set to so much, A, on so many phases."""
        self._shadow = None
        self.state = resume(site, set_a, now_s, phase_counts, self._limits)

    def decide(self, site: Site, snapshot: Snapshot, now_s: float) -> Decision:
        """Return what would hold from now on; it counts once it is kept."""
        return decide(site, self.state, snapshot, now_s)

    def keep(self, site: Site, snapshot: Snapshot, decision: Decision) -> bool:
        """Let a decision count; return whether there is anything new to be stored."""
        self._recent.append((site, self.state, snapshot, decision))
        self.state = decision.state
        is_new = decision.stated_limits != self._limits
        self._limits = decision.stated_limits
        return is_new

    def said(self, decision: Decision) -> Decision:
        """Return a decision with the words that are said of it."""
        return self._words.said(decision)

    def watch(
        self,
        site: Site,
        snapshot: Snapshot,
        stands_a: Mapping[str, float],
        now_s: float,
    ) -> Decision:
        """Return what control would do, with house and meter as they really are.

        `stands_a` is what the chargers are set to by others, A, where it is known.
        """
        if self._shadow is None:
            self._shadow = begin(site, stands_a, now_s)
            self._go_on_adding(now_s)
        imagined = imagine(site, self._shadow, snapshot, stands_a, now_s)
        self._shadow = imagined.state
        self._recent.append(
            (site, imagined.asked_state, imagined.asked_snapshot, imagined.imagined)
        )
        return imagined.shown

    @property
    def tally(self) -> Tally | None:
        """Return what control would have changed; None while it controls."""
        return None if self._shadow is None else self._shadow.tally

    def notes(self) -> dict[str, Any]:
        """Return what is stored: the stated limits, and the tally while it watches."""
        tally = None if self.tally is None else asdict(self.tally)
        return {TALLY: tally, LIMITS: to_document(self._limits)}

    def restore(self, notes: Mapping[str, Any]) -> None:
        """Go on with stored limits, and with a stored tally when watching begins."""
        self._restored = notes.get(TALLY)
        try:
            self._limits = from_document(StatedLimits, notes.get(LIMITS, {}))
        except DocumentError:
            # Not what was written: what was stated is forgotten.
            self._limits = StatedLimits()

    def _go_on_adding(self, now_s: float) -> None:
        document, self._restored = self._restored, None
        if self._shadow is None or document is None:
            return
        try:
            tally = Tally(**document)
            begun = tally.since_s <= now_s
        except TypeError:
            return
        if begun and all(finite(row) is not None for row in asdict(tally).values()):
            self._shadow = replace(self._shadow, tally=tally)

    def begin_tally(self, now_s: float) -> None:
        """Begin to add up anew what control would change."""
        if self._shadow is not None:
            self._shadow = replace(self._shadow, tally=Tally(since_s=now_s))

    def recent_documents(self) -> list[dict[str, Any]]:
        """Return the last decisions, each with all that it followed from.

        What was `asked` can be asked again elsewhere, and is `answered` alike.
        """
        return [
            {
                "asked": decision_document(site, state, snapshot, decision.time_s),
                "answered": to_document(decision),
            }
            for site, state, snapshot, decision in self._recent
        ]
