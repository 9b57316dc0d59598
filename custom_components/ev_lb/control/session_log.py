"""Keeps what the cars had over a restart, and tells of each stay that is over."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from custom_components.ev_lb.accounting.documents import (
    account_document,
    entry_document,
    read_account,
    read_entries,
    read_stay,
    stay_document,
)
from custom_components.ev_lb.accounting.log import Entry, is_worth_logging, merged
from custom_components.ev_lb.accounting.rows import session_row
from custom_components.ev_lb.accounting.stay import Stay
from custom_components.ev_lb.const import DOMAIN

from .controller import Controller
from .kept_file import KeptFile
from .sessions import Session

SAVE_DELAY_S: Final = 30.0
"""What flows is written down so late at most: a killed process forgets no more, s."""
ACCOUNTS, SESSIONS = "accounts", "sessions"
STAYS: Final = "stays"


class SessionLog:
    """The accounts, the cars' stays and the finished sessions of one site.

    What changes while a car charges is in a small file, which is written often; the
    sessions are in another one, which is written when one ends.
    """

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], controller: Controller
    ) -> None:
        """Take the site; nothing is read before it is loaded."""
        self._hass, self._entry, self._controller = hass, entry, controller
        self._sessions = controller.sessions
        self._accounts_file = KeptFile(hass, entry.entry_id, ACCOUNTS, self._accounts)
        self._log_file = KeptFile(hass, entry.entry_id, SESSIONS, self._log)
        self.entries: tuple[Entry, ...] = ()
        """The finished sessions, the newest last."""
        self._untold: list[Entry] = []
        self._revision = 0

    @property
    def set_aside(self) -> list[str]:
        """Return the files that could not be read, as they are named now."""
        files = (self._accounts_file, self._log_file)
        return [row.set_aside for row in files if row.set_aside is not None]

    async def async_load(self) -> None:
        """Bring back what was kept, and keep what comes."""
        kept = await self._accounts_file.async_load()
        for charger_id, document in _mapping(kept.get(ACCOUNTS)).items():
            if (account := read_account(document)) is not None:
                self._sessions.accounts[charger_id] = account
        for charger_id, document in _mapping(kept.get(STAYS)).items():
            if charger_id in self._entry.subentries:
                _take_up(self._sessions.of(charger_id), document)
        logged = await self._log_file.async_load()
        self.entries = merged(read_entries(logged.get(SESSIONS)))
        self._sessions.finished = self._finished
        unload = self._entry.async_on_unload
        unload(self._controller.async_add_listener(self._note))

    async def async_save(self) -> None:
        """Write down at once what is to be kept."""
        await self._log_file.async_save()
        await self._accounts_file.async_save()

    def _finished(self, charger_id: str, stay: Stay) -> None:
        if is_worth_logging(stay):
            self._untold.append(
                Entry(
                    charger_id=charger_id,
                    name=self._controller.name_of(charger_id),
                    currency=self._controller.texts.currency,
                    stay=stay,
                )
            )

    @callback
    def _note(self) -> None:
        """Keep what is new, after what was decided went out."""
        if self._untold:
            entries, self._untold = self._untold, []
            self.entries = merged([*self.entries, *entries])
            self._entry.async_create_task(
                self._hass, self.async_save(), f"{DOMAIN} sessions"
            )
            zone = dt_util.get_default_time_zone()
            for entry in entries:
                row = session_row(entry, zone)
                self._controller.announcer.session_finished(row)
        if self._sessions.revision != self._revision:
            self._revision = self._sessions.revision
            self._accounts_file.schedule_save(SAVE_DELAY_S)

    def _accounts(self) -> Mapping[str, Any]:
        accounts = self._sessions.accounts
        return {
            ACCOUNTS: {key: account_document(row) for key, row in accounts.items()},
            STAYS: {
                charger_id: {
                    **stay_document(session.stay),
                    "connected": session.connected,
                    "over": session.over,
                }
                for charger_id in self._controller.chargers
                for session in [self._sessions.of(charger_id)]
            },
        }

    def _log(self) -> Mapping[str, Any]:
        return {SESSIONS: [entry_document(entry) for entry in self.entries]}


async def async_remove_session_log(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what a site kept of its sessions."""
    for name in (ACCOUNTS, SESSIONS):
        await KeptFile(hass, entry_id, name, dict).async_remove()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _take_up(session: Session, document: object) -> None:
    """Go on with a stay from before a restart."""
    stay = read_stay(document)
    if stay is not None and isinstance(document, Mapping):
        session.stay = stay
        session.connected = document.get("connected") is True
        session.over = document.get("over") is True
