"""What is remembered of a site besides its chargers, by who remembers it."""

from collections.abc import Mapping
from typing import Any, Final

from .engine_session import Decider
from .pairing_memory import PairingMemory
from .planner import Planner

PAIRING: Final = "pairing"
PLAN: Final = "plan"


def notes_of(
    decider: Decider, pairing: PairingMemory, planner: Planner
) -> dict[str, Any]:
    """Return what is to be stored."""
    return decider.notes() | {
        PAIRING: pairing.document(),
        PLAN: planner.document(),
    }


def take_back(
    notes: Mapping[str, Any],
    decider: Decider,
    pairing: PairingMemory,
    planner: Planner,
) -> None:
    """Give each what was stored of it."""
    decider.restore(notes)
    pairing.restore(notes.get(PAIRING))
    planner.restore(notes.get(PLAN))
