"""A file of Home Assistant's storage that is set aside where it cannot be read."""

from collections.abc import Callable, Mapping
from contextlib import suppress
import logging
from pathlib import Path
import time
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from custom_components.ev_lb.const import DOMAIN

_LOGGER = logging.getLogger(__name__)

STORE_VERSION: Final = 1


class KeptFile:
    """Keeps one document of a site."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        name: str,
        collect: Callable[[], Mapping[str, Any]],
    ) -> None:
        """Take the site, what the file is called, and what collects its document."""
        self._hass, self._collect = hass, collect
        self._store: Store[dict[str, Any]] = Store(
            hass, STORE_VERSION, f"{DOMAIN}.{entry_id}.{name}"
        )
        self._scheduled = False
        self.set_aside: str | None = None
        """Under which name the file was set aside that could not be read."""

    async def async_load(self) -> Mapping[str, Any]:
        """Return what was kept; empty where nothing was, or nobody can read it.

        Of a file that is cut off Home Assistant itself tells, and keeps it.
        """
        try:
            stored: object = await self._store.async_load()
        except Exception as error:  # noqa: BLE001 - whatever is in it, all else goes on
            _LOGGER.warning("%s cannot be read: %s", self._store.path, error)
        else:
            if stored is None:
                return {}
            if isinstance(stored, Mapping):
                return stored
        self.set_aside = await self._hass.async_add_executor_job(
            _set_aside, self._store.path
        )
        return {}

    def schedule_save(self, delay_s: float) -> None:
        """Save after a delay; a second call while one waits does not put it off."""
        if not self._scheduled:
            self._scheduled = True
            self._store.async_delay_save(self._data, delay_s)

    async def async_save(self) -> None:
        """Save now."""
        await self._store.async_save(self._data())

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()

    def _data(self) -> dict[str, Any]:
        self._scheduled = False
        return dict(self._collect())


def _set_aside(path: str) -> str:
    """Give a file another name, so that it is not overwritten."""
    aside = f"{path}.set_aside_{time.time():.0f}"
    with suppress(OSError):
        Path(path).replace(aside)
    return aside
