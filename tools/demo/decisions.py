"""The balancer's decisions, one line each, out of Home Assistant's log."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

LOGGER: Final = "custom_components.ev_lb.decisions"
_MARK: Final = f"[{LOGGER}] "


async def decision_lines(log_path: Path) -> AsyncIterator[str]:
    """Yield each decision as it is logged from now on, without the log's own words."""
    with log_path.open(encoding="utf-8", errors="replace") as log:
        log.seek(0, 2)
        rest = ""
        while True:
            rest += log.read()
            *lines, rest = rest.split("\n")
            for line in lines:
                _, mark, decision = line.partition(_MARK)
                if mark:
                    yield decision
            await asyncio.sleep(0.2)
