"""A card of a dashboard: what it is told over the WebSocket connection."""

from datetime import timedelta
from typing import Any

from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from .big_site import BigSite
from .homes import ENTRY_ID, Home


class Card:
    """Somebody who watches a site."""

    def __init__(self, home: Home | BigSite, client: MockHAClientWebSocket) -> None:
        """Take an open connection."""
        self.home = home
        self.client = client

    async def subscribe(self, entry_id: str = ENTRY_ID, **more: Any) -> dict[str, Any]:
        """Begin to watch, and return what is told first."""
        await self.client.send_json_auto_id(
            {"type": "ev_lb/subscribe", "entry_id": entry_id, **more}
        )
        answer = await self.client.receive_json()
        assert answer["success"], answer
        return await self.told()

    async def told(self) -> dict[str, Any]:
        """Return what is told next."""
        message = await self.client.receive_json()
        assert message["type"] == "event", message
        event: dict[str, Any] = message["event"]
        return event

    async def wait_out_the_gap(self) -> None:
        """Let so much time pass that the next change is told at once."""
        self.home.freezer.tick(timedelta(seconds=0.3))
        async_fire_time_changed(self.home.hass)
        await self.home.hass.async_block_till_done()

    async def is_silent(self) -> bool:
        """Tell whether nothing has been told: the next answer is to a question."""
        await self.client.send_json_auto_id({"type": "ping"})
        message: dict[str, Any] = await self.client.receive_json()
        return message["type"] == "pong"
