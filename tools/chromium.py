"""The machine's own Chromium, driven by Playwright; it asks nobody anything."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
import json
import shutil
from typing import Any, Final

from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    async_playwright,
)

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
OPTIONS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
PATIENCE_MS: Final = 30_000
# What the pages of Home Assistant themselves complain about.
NOT_OURS: Final = ("Lit is in dev mode",)


def program() -> str:
    """Return the browser; raise a sentence that says how to get one."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        raise RuntimeError(
            "There is no Chromium; scripts/test gets one, or install the package chromium."
        )
    return found


class Complaints:
    """What a page said in its console that it should not have."""

    def __init__(self, page: Page) -> None:
        """Listen to a page from now on."""
        self.texts: list[str] = []
        page.on("pageerror", lambda error: self.texts.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(
            text in message.text for text in NOT_OURS
        ):
            self.texts.append(f"{message.text} ({message.location.get('url')})")


@asynccontextmanager
async def browsing(
    *,
    storage: Mapping[str, object] | None = None,
    width: int = 600,
    height: int = 900,
    dark: bool = False,
    calm: bool = True,
    scale: float = 1.0,
) -> AsyncIterator[BrowserContext]:
    """Open a browser whose pages find `storage` in their local storage."""
    async with async_playwright() as playwright:
        browser = await _launch(playwright)
        try:
            context = await browser.new_context(
                viewport={"width": width, "height": height},
                device_scale_factor=scale,
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce" if calm else "no-preference",
            )
            context.set_default_timeout(PATIENCE_MS)
            values = {key: json.dumps(value) for key, value in (storage or {}).items()}
            await context.add_init_script(
                f"Object.assign(localStorage, {json.dumps(values)});"
            )
            yield context
        finally:
            await browser.close()


async def _launch(playwright: Playwright) -> Any:
    return await playwright.chromium.launch(
        executable_path=program(), args=list(OPTIONS)
    )
