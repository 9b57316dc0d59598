"""Take the picture of the demo's dashboard that the README shows.

Start `scripts/demo --speed 20` in one terminal and let it run for some minutes, then run
`.venv-demo/bin/python -m tools.screenshot` in another. It needs a Chromium, which it talks to
over its debugging port on this machine's loopback address.
"""

import argparse
import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
import json
from pathlib import Path
import re
import shutil
import sys
import tempfile
import time
from typing import Final

import aiohttp

from .demo.dashboard import URL_PATH
from .demo.run import ACCOUNT
from .home_assistant_client import HomeAssistantClient, Json, RequestError
from .home_assistant_process import ROOT

PICTURE: Final = ROOT / "docs" / "images" / "demo.png"
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_S: Final = 60.0
# Charts draw themselves in steps after they are there.
SETTLING_S: Final = 5.0
# Counts the cards, which are in shadow trees within shadow trees.
COUNT_CARDS: Final = """
(function count(root) {
  let found = 0;
  for (const element of root.querySelectorAll("*")) {
    found += element.localName === "ha-card" ? 1 : 0;
    found += element.shadowRoot ? count(element.shadowRoot) : 0;
  }
  return found;
})(document)
"""


class Browser:
    """A page in a headless browser."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        """Take the debugging connection of the page."""
        self._connection = connection
        self._last_id = 0

    async def command(self, method: str, **parameters: Json) -> dict[str, Json]:
        """Send a command of the debugging protocol and return its result."""
        self._last_id += 1
        await self._connection.send_json(
            {"id": self._last_id, "method": method, "params": parameters}
        )
        while True:
            answer = await self._connection.receive_json()
            if answer.get("id") == self._last_id:
                if "error" in answer:
                    raise RequestError(f"{method}: {answer['error']['message']}")
                result: dict[str, Json] = answer["result"]
                return result


async def take(url: str, size: tuple[int, int], *, dark: bool) -> bytes:
    """Return a picture of the demo that runs at `url`, as PNG."""
    async with HomeAssistantClient(url) as client:
        await client.log_in(ACCOUNT)
        tokens = {
            **client.tokens,
            "hassUrl": url,
            "clientId": client.client_id,
            "expires": int(time.time() + client.tokens["expires_in"]) * 1000,
        }
    storage = {
        "hassTokens": json.dumps(tokens),
        "dockedSidebar": json.dumps("always_hidden"),
        "selectedTheme": json.dumps({"dark": dark}),
    }
    async with _open_browser() as browser:
        await _show(browser, f"{url}/{URL_PATH}", storage, size)
        result = await browser.command("Page.captureScreenshot", format="png")
    return base64.b64decode(result["data"])


@asynccontextmanager
async def _open_browser() -> AsyncIterator[Browser]:
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise RequestError("There is no Chromium; install the package chromium.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            *(program, "--headless=new", "--no-sandbox", "--disable-gpu"),
            *("--hide-scrollbars", "--remote-debugging-port=0"),
            *(f"--user-data-dir={profile}", "about:blank"),
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            port = await _debugging_port(process)
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json") as response:
                    pages = await response.json()
                page = next(page for page in pages if page["type"] == "page")
                async with session.ws_connect(
                    page["webSocketDebuggerUrl"], max_msg_size=0
                ) as connection:
                    yield Browser(connection)
        finally:
            process.terminate()
            await process.communicate()


async def _debugging_port(process: asyncio.subprocess.Process) -> int:
    """Return the port that the browser chose and says it listens on."""
    if process.stderr is None:
        raise RequestError("Nothing can be read from the browser.")
    async with asyncio.timeout(PATIENCE_S):
        async for line in process.stderr:
            if found := re.search(rb"DevTools listening on ws://[^:]+:(\d+)/", line):
                return int(found[1])
    raise RequestError("The browser ended by itself.")


async def _show(
    browser: Browser, address: str, storage: Mapping[str, str], size: tuple[int, int]
) -> None:
    """Open a page of Home Assistant, logged in, and wait until its cards are drawn."""
    width, height = size
    await browser.command(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=height,
        deviceScaleFactor=1.5,
        mobile=False,
    )
    await browser.command(
        "Page.addScriptToEvaluateOnNewDocument",
        source=f"Object.assign(localStorage, {json.dumps(storage)});",
    )
    await browser.command("Page.enable")
    await browser.command("Page.navigate", url=address)
    async with asyncio.timeout(PATIENCE_S):
        cards = 0
        while True:
            await asyncio.sleep(1.0)
            result = await browser.command("Runtime.evaluate", expression=COUNT_CARDS)
            before, cards = cards, result["result"].get("value", 0)
            if cards and cards == before:
                break
    await asyncio.sleep(SETTLING_S)


def main() -> int:
    """Take the picture that the arguments ask for."""
    parser = argparse.ArgumentParser(description="Take a picture of the running demo.")
    parser.add_argument("--url", default="http://127.0.0.1:8123")
    parser.add_argument("--picture", type=Path, default=PICTURE)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=860)
    parser.add_argument("--dark", action="store_true")
    arguments = parser.parse_args()
    size = (arguments.width, arguments.height)
    try:
        png = asyncio.run(take(arguments.url, size, dark=arguments.dark))
    except (RequestError, TimeoutError) as error:
        print(f"Error: {str(error) or 'the dashboard did not show'}", file=sys.stderr)
        return 1
    arguments.picture.parent.mkdir(parents=True, exist_ok=True)
    arguments.picture.write_bytes(png)
    return 0


if __name__ == "__main__":
    sys.exit(main())
