"""A real Home Assistant with the simulated home, as a browser shows it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
import time
from typing import Any, Final

from playwright.async_api import BrowserContext, Locator, Page

from tools.chromium import Complaints, browsing
from tools.demo.home import SimulatedHome, make_simulated_home
from tools.demo.scenes import Scene
from tools.home_assistant_client import Account, HomeAssistantClient, WebSocket
from tools.home_assistant_process import HomeAssistantProcess

ACCOUNT: Final = Account(name="Tester", username="tester", password="test-password")
DASHBOARD: Final = "ev-lb-test"
PATIENCE_S: Final = 30.0


class LivingHome:
    """One process, its simulated home, and the dashboard that has the card."""

    def __init__(self, process: HomeAssistantProcess) -> None:
        """Take a process that has not been started."""
        self.process = process
        self.home: SimulatedHome | None = None

    @property
    def card_module(self) -> Path:
        """Return the module of the card that this process serves."""
        path: Path = (
            self.process.folder / "custom_components/ev_lb/frontend/card/card.js"
        )
        return path

    async def set_up(self) -> None:
        """Go through a first set-up, and put the card on a dashboard."""
        self.process.start()
        await self.process.wait_until_answering()
        async with HomeAssistantClient(self.process.url) as client:
            await client.onboard(ACCOUNT)
            await self.process.wait_until_running(client)
            self.home = await make_simulated_home(
                client, Scene(words="one charger", chargers=("Garage",)), 1
            )
            async with client.websocket() as socket:
                await socket.command(
                    "lovelace/dashboards/create",
                    url_path=DASHBOARD,
                    title="Test",
                    icon="mdi:ev-station",
                    show_in_sidebar=True,
                    require_admin=False,
                )
                await socket.command(
                    "lovelace/config/save",
                    url_path=DASHBOARD,
                    config={
                        "views": [
                            {"title": "Card", "cards": [{"type": "custom:ev-lb-card"}]}
                        ]
                    },
                )

    async def restart(self) -> None:
        """Stop the process, and start it again on the same port."""
        self.process.stop()
        self.process.start()
        await self.process.wait_until_answering()
        async with self.client() as client:
            await self.process.wait_until_running(client)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[HomeAssistantClient]:
        """Return a client that is logged in."""
        async with HomeAssistantClient(self.process.url) as client:
            await client.log_in(ACCOUNT)
            yield client

    @asynccontextmanager
    async def browser(self, **options: Any) -> AsyncIterator[BrowserContext]:
        """Open a browser that is logged in."""
        async with self.client() as client:
            tokens = {
                **client.tokens,
                "hassUrl": self.process.url,
                "clientId": client.client_id,
                "expires": int(time.time() + client.tokens["expires_in"]) * 1000,
            }
        storage = {"hassTokens": tokens, "dockedSidebar": "always_hidden"}
        async with browsing(storage=storage, **options) as context:
            yield context

    async def open(self, context: BrowserContext, path: str = f"{DASHBOARD}/0") -> View:
        """Show a page."""
        view = View(await context.new_page())
        await view.page.goto(f"{self.process.url}/{path}")
        return view


class View:
    """A page of Home Assistant with the card on it."""

    def __init__(self, page: Page) -> None:
        """Take a page that has not gone anywhere."""
        self.page = page
        self.complaints = Complaints(page)

    @property
    def card(self) -> Locator:
        """Return the card."""
        return self.page.locator("ev-lb-card").first

    async def wait_until_shown(self) -> None:
        """Wait until the card shows the site."""
        await self.card.get_by_role("meter", name="L1").wait_for()

    async def load_a(self, phase: str) -> float:
        """Return what the card shows on a phase, A."""
        meter = self.card.get_by_role("meter", name=phase)
        value = await meter.get_attribute("aria-valuenow")
        assert value is not None
        return float(value)


async def states_of(socket: WebSocket, entity_id: str) -> AsyncIterator[str]:
    """Yield the state of an entity, now and whenever it changes."""
    events = await socket.subscribe("subscribe_entities", entity_ids=[entity_id])
    while True:
        event = await events.get()
        if entity_id in event.get("a", {}):
            yield event["a"][entity_id]["s"]
        elif "s" in (change := event.get("c", {}).get(entity_id, {}).get("+", {})):
            yield change["s"]


async def until_state(client: HomeAssistantClient, entity_id: str, state: str) -> None:
    """Wait until an entity has a state."""
    async with asyncio.timeout(PATIENCE_S), client.websocket() as socket:
        async for found in states_of(socket, entity_id):
            if found == state:
                return
