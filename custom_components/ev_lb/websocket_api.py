"""What the card asks for over Home Assistant's WebSocket connection."""

from datetime import datetime
from typing import Any, Final

from homeassistant.components import websocket_api
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
import probatio

from .const import DOMAIN
from .control.controller import Controller
from .dashboard.live_document import Document, LiveDocument, changes
from .explaining.texts import Texts

SHORTEST_GAP_S: Final = 0.25
"""A card hears of a site this often at most, s."""


@callback
def async_setup_websocket(hass: HomeAssistant) -> None:
    """Register the commands."""
    websocket_api.async_register_command(hass, websocket_sites)
    websocket_api.async_register_command(hass, websocket_subscribe)


@websocket_api.websocket_command({probatio.Required("type"): f"{DOMAIN}/sites"})
@callback
def websocket_sites(
    hass: HomeAssistant,
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Tell which sites there are."""
    connection.send_result(
        msg["id"],
        [
            {"entry_id": entry.entry_id, "name": entry.title}
            for entry in hass.config_entries.async_entries(
                DOMAIN, include_ignore=False, include_disabled=False
            )
        ],
    )


@websocket_api.websocket_command(
    {
        probatio.Required("type"): f"{DOMAIN}/subscribe",
        probatio.Required("entry_id"): str,
        probatio.Optional("language"): str,
        probatio.Optional("log", default=False): bool,
    }
)
@websocket_api.async_response
async def websocket_subscribe(
    hass: HomeAssistant,
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Tell all that a site's card shows, now and whenever it changes."""
    entry = hass.config_entries.async_get_entry(msg["entry_id"])
    if entry is None or entry.domain != DOMAIN:
        connection.send_error(
            msg["id"], websocket_api.ERR_NOT_FOUND, "There is no such site."
        )
        return
    texts = Texts()
    viewer = Viewer(hass, connection, msg, entry, texts)
    connection.subscriptions[msg["id"]] = viewer.async_stop
    await texts.async_load(hass, msg.get("language"))
    connection.send_result(msg["id"])
    viewer.async_start()


class Viewer:
    """Keeps one card up to date, through every reload of its site.

    The first message has all sections, the next ones those that changed; of the
    chargers they have only the `changed` ones as long as all are still there.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        connection: websocket_api.ActiveConnection,
        message: dict[str, Any],
        entry: ConfigEntry[Any],
        texts: Texts,
    ) -> None:
        """Take whom to tell of which site, and in which language."""
        self._hass = hass
        self._connection = connection
        self._message_id: int = message["id"]
        self._wants_log: bool = message["log"]
        self._entry = entry
        self._texts = texts
        self._controller: Controller | None = None
        self._document: LiveDocument | None = None
        self._told: Document = {}
        self._stop_listening: CALLBACK_TYPE | None = None
        self._stop_following: CALLBACK_TYPE | None = None
        self._cancel_pause: CALLBACK_TYPE | None = None
        self._due = False
        self._stopped = False

    @callback
    def async_start(self) -> None:
        """Tell how the site is, and listen to it, unless nobody wants that any more."""
        if self._stopped:
            return
        self._stop_following = async_dispatcher_connect(
            self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._async_entry_changed
        )
        self._attach()

    @callback
    def async_stop(self) -> None:
        """Tell nothing any more."""
        self._stopped = True
        if self._stop_following is not None:
            self._stop_following()
        self._detach()

    @callback
    def _async_entry_changed(
        self, change: ConfigEntryChange, entry: ConfigEntry[Any]
    ) -> None:
        if entry.entry_id != self._entry.entry_id:
            return
        if change is ConfigEntryChange.REMOVED:
            self._detach()
            self._tell({"running": False, "removed": True})
        elif entry.state is not ConfigEntryState.LOADED:
            if self._controller is not None:
                self._attach()
        elif entry.runtime_data.controller is not self._controller:
            self._attach()

    def _attach(self) -> None:
        """Show the site as it runs now, or that it does not run."""
        self._detach()
        if self._entry.state is not ConfigEntryState.LOADED:
            self._tell({"running": False})
            return
        runtime = self._entry.runtime_data
        self._controller = runtime.controller
        self._document = LiveDocument(
            self._hass,
            self._controller,
            self._texts,
            runtime.why_log if self._wants_log else None,
        )
        self._told = self._document.sections()
        self._tell({"running": True, "sources": self._document.sources(), **self._told})
        self._stop_listening = self._controller.async_add_listener(self._async_decided)
        self._pause()

    def _detach(self) -> None:
        for cancel in (self._stop_listening, self._cancel_pause):
            if cancel is not None:
                cancel()
        self._stop_listening = self._cancel_pause = None
        self._controller = self._document = None
        self._due = False

    @callback
    def _async_decided(self) -> None:
        if self._cancel_pause is not None:
            self._due = True
            return
        self._tell_changes()

    def _tell_changes(self) -> None:
        if self._document is None:
            return
        sections = self._document.sections()
        found = changes(self._told, sections)
        self._told = sections
        if found:
            self._tell(found)
            self._pause()

    def _pause(self) -> None:
        self._due = False
        self._cancel_pause = async_call_later(
            self._hass,
            SHORTEST_GAP_S,
            HassJob(self._async_pause_over, cancel_on_shutdown=True),
        )

    @callback
    def _async_pause_over(self, _now: datetime) -> None:
        self._cancel_pause = None
        if self._due:
            self._tell_changes()

    def _tell(self, document: Document) -> None:
        clock = None if self._controller is None else self._controller.clock
        time: Document = {}
        if clock is not None:
            time = {"now_s": round(clock.now_s(), 3), "speed": clock.speed}
        self._connection.send_event(self._message_id, {**time, **document})
