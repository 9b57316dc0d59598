"""What does not work: decisions that fail, and chargers that refuse their commands."""

from typing import Final

from homeassistant.core import callback

from custom_components.ev_lb.chargers.driver import CommandError
from custom_components.ev_lb.health.events import Announcer

FAILURES_BEFORE_EVENT: Final = 3


class Watchdog:
    """Tells once when something stops to work, and once when it works again."""

    def __init__(self, announcer: Announcer) -> None:
        """Take the announcer of failures; there is none yet."""
        self._announcer = announcer
        self.failure: str | None = None
        """Why nothing could be decided; None while decisions are made."""
        self.refusals: dict[str, str] = {}
        """Why chargers have refused their last commands, three or more."""

    def note(self, error: Exception | None) -> None:
        """Take whether a decision failed, and how."""
        before = self.failure
        self.failure = None if error is None else f"{type(error).__name__}: {error}"
        if error is not None and before is None:
            self._announcer.decision_failed(error)
        elif error is None and before is not None:
            self._announcer.decision_works()

    @callback
    def refused(
        self, charger_id: str, name: str, error: CommandError, failures: int
    ) -> bool:
        """Take a refusal; return whether it is the one that is announced."""
        if failures >= FAILURES_BEFORE_EVENT:
            self.refusals[charger_id] = error.error
        if failures != FAILURES_BEFORE_EVENT:
            return False
        self._announcer.action_failed(
            charger_id, name, error.action, error.entity_id, error.error
        )
        return True

    @callback
    def taken(self, charger_id: str, name: str) -> None:
        """Take that a charger took its command."""
        self.refusals.pop(charger_id, None)
        self._announcer.action_succeeded(charger_id, name)
