"""What every kind of charger can be asked to do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from math import inf

from homeassistant.core import State
from homeassistant.exceptions import HomeAssistantError

from custom_components.ev_lb.engine.model import (
    ChargerStatus,
    CurrentRange,
    Reading,
)


class CommandError(Exception):
    """A charger did not take a command."""

    def __init__(
        self, action: str, error: str, *, entity_id: str | None = None
    ) -> None:
        """Name the action that failed, why, and the entity it was sent to."""
        super().__init__(f"{action}: {error}")
        self.action = action
        self.error = error
        self.entity_id = entity_id


@asynccontextmanager
async def command(
    action: str, entity_id: str | None, timeout_s: float
) -> AsyncIterator[None]:
    """Turn whatever goes wrong with a command, or takes too long, into its error.

    Raises:
        CommandError: instead of any other exception.
    """
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except CommandError:
        raise
    except TimeoutError as error:
        reason = f"not done within {timeout_s:g} s"
        raise CommandError(action, reason, entity_id=entity_id) from error
    except HomeAssistantError as error:
        raise CommandError(action, str(error), entity_id=entity_id) from error
    except Exception as error:
        # A charger's integration may raise anything; the wish must survive it.
        raise CommandError(action, repr(error), entity_id=entity_id) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """What a charger does by itself once it gets no more commands."""

    current_a: float | None
    """None where it keeps its last command."""
    after_s: float | None = None
    """How long after its last command, s; None if unknown."""


class DriverProblem(Enum):
    """What only the owner of a charger can fix."""

    CAPPED = auto()
    """Something else in the charger holds it below its last command."""
    OVERRULED = auto()
    """Something else tells it again and again to give more."""
    CONNECTORS_HIDDEN = auto()
    """Its integration shows fewer connectors than it has."""
    GONE = auto()
    """Its integration does not have it any more."""


class ChargerDriver:
    """Carries set-points to one charger, and reads its state.

    What is defined here holds for a charger that reports nothing by itself: its
    owner may name sensors for it.
    """

    @property
    def entity_ids(self) -> tuple[str, ...]:
        """Return the entities whose states belong to the charger."""
        return ()

    @property
    def available(self) -> bool:
        """Return whether the charger can be reached."""
        return True

    @property
    def can_stop(self) -> bool:
        """Return whether 0 A can be asked of it; True while that is not known."""
        return True

    @property
    def shortest_retry_s(self) -> float:
        """Return how soon a failed command may be tried again, s."""
        return 1.0

    @property
    def reported_a(self) -> float | None:
        """Return the set-point that the charger shows, A; None when it shows none."""
        return None

    @property
    def shown_a(self) -> float | None:
        """Return the same while it shows what a car may draw, A; None otherwise."""
        return self.reported_a

    @property
    def current_range(self) -> CurrentRange | None:
        """Return what it can be set to now; None where that is not known."""
        return None

    @property
    def status(self) -> ChargerStatus | None:
        """Return the status of the car; None without one."""
        return None

    @property
    def measured_a(self) -> tuple[Reading | None, ...]:
        """Return what it measures per phase, or one value for all of them, A."""
        return ()

    @property
    def measured_entity_ids(self) -> tuple[str, ...]:
        """Return the entities that measure that; none where it has no entity."""
        return ()

    @property
    def measured_from_s(self) -> float:
        """Return from when on what is measured is news, s; infinity for not yet.

        What is shown before may be what was shown before a restart.
        """
        return -inf

    @property
    def fallback(self) -> Fallback | None:
        """Return what it does when left alone; None if unknown.

        At worst, where that depends: this is held against the fuses.
        """
        return None

    @property
    def problems(self) -> frozenset[DriverProblem]:
        """Return what its owner should fix."""
        return frozenset()

    def observe(self, entity_id: str, state: State | None, time_s: float) -> bool:
        """Take what one of its entities reported at that time, s.

        Return whether the set-point is to be sent again because of it.
        """
        return False

    async def async_set_current(
        self, current_a: float, previous_a: float | None
    ) -> float:
        """Make the charger offer a current, 0 A stops it; return what it took, A.

        previous_a is what it took last, None when that is unknown.

        Raises:
            CommandError: when it did not take it, or may not have.
        """
        raise NotImplementedError

    async def async_confirm(self, current_a: float) -> None:
        """Wait until the charger shows that it keeps to a current, A.

        It may be cancelled at any time: a newer command does not wait for it.

        Raises:
            CommandError: when it does not show that.
        """

    async def async_reset(self) -> None:
        """Clear whatever others left in the charger that could bind it.

        Raises:
            CommandError: when that may have failed.
        """

    async def async_unload(self) -> None:
        """Let go of what the driver holds in Home Assistant."""
