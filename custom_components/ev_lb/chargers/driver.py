"""What every kind of charger can be asked to do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from homeassistant.exceptions import HomeAssistantError


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
    except TimeoutError as error:
        reason = f"not done within {timeout_s:g} s"
        raise CommandError(action, reason, entity_id=entity_id) from error
    except HomeAssistantError as error:
        raise CommandError(action, str(error), entity_id=entity_id) from error
    except Exception as error:
        # A charger's integration may raise anything; the wish must survive it.
        raise CommandError(action, repr(error), entity_id=entity_id) from error


class ChargerDriver(Protocol):
    """Carries set-points to one charger."""

    @property
    def entity_ids(self) -> tuple[str, ...]:
        """Return the entities whose states tell whether the charger can be reached."""

    @property
    def available(self) -> bool:
        """Return whether the charger can be reached."""

    @property
    def can_stop(self) -> bool:
        """Return whether 0 A can be asked of it; True while that is not known."""

    @property
    def reported_a(self) -> float | None:
        """Return the set-point that the charger shows, A; None when it shows none."""

    async def async_set_current(
        self, current_a: float, previous_a: float | None
    ) -> float:
        """Make the charger offer a current, 0 A stops it; return what it took, A.

        previous_a is what it took last, None when that is unknown.

        Raises:
            CommandError: when it did not take it, or may not have.
        """

    async def async_unload(self) -> None:
        """Let go of what the driver holds in Home Assistant."""
