"""What runs for one site, as every part of the integration finds it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from homeassistant.config_entries import ConfigEntry

from .control.controller import Controller
from .control.outlook import Outlook
from .control.session_log import SessionLog
from .explaining.why_log import WhyLog
from .simulated_home.home import SimulatedHome


@dataclass(slots=True, kw_only=True)
class EvLbRuntime:
    """The running parts of one site, and what they were set up with."""

    controller: Controller
    why_log: WhyLog
    outlook: Outlook
    """What is expected of prices, sun and house."""
    session_log: SessionLog
    site_device_id: str
    simulated_home: SimulatedHome | None
    wiring: tuple[Any, ...]
    """What cannot change without a reload."""
    control: dict[str, tuple[Any, ...]]
    """Where each charger's commands go."""
    unique_ids: set[str] = field(default_factory=set)
    """Those of all entities that the site offers, shown or not."""
    reloading: bool = False
    """Whether a reload is on its way."""
    trials: set[asyncio.Task[Any]] = field(default_factory=set)
    """The tests of chargers that run now."""

    async def async_end_trials(self) -> None:
        """End all tests; each leaves its charger as it was before."""
        for trial in self.trials:
            trial.cancel()
        if self.trials:
            await asyncio.wait(self.trials)


type EvLbConfigEntry = ConfigEntry[EvLbRuntime]
