"""Take the pictures of the documentation from the running demo, so that they stay true.

`.venv/bin/python -m tools.screenshot` starts the demo's Home Assistant, plays each scene and
looks at it in a real browser. It needs a Chromium, and some minutes.
"""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
import re
import sys
import tempfile
from typing import Final

from playwright.async_api import Locator

from .chromium import Complaints, browsing
from .demo.dashboard import HISTORY_HOURS, URL_PATH, make_dashboard
from .demo.home import make_simulated_home, play
from .demo.run import ACCOUNT, CORE
from .demo.scenes import SCENES
from .home_assistant_client import HomeAssistantClient, RequestError
from .home_assistant_process import (
    ROOT,
    HomeAssistantProcess,
    ProcessError,
    write_configuration,
)

PICTURES: Final = ROOT / "docs" / "images"
PYTHON: Final = ROOT / ".venv-demo" / "bin" / "python"
CARD: Final = "ev-lb-card"
PATIENCE_MS: Final = 300_000
# Charts and numbers draw themselves in steps after they are there.
SETTLING_MS: Final = 4_000
POLL_MS: Final = 200
FIGURES: Final = re.compile(r"([\d.]+) A\s+of (\d+) A")
SCALE: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is to be seen in a picture, and how."""

    name: str
    scene: str
    width: int = 620
    height: int = 1000
    page: bool = False
    """Whether the whole page is shown, not the card alone."""
    dark: bool = False
    language: str = "en"
    speed: float = 5.0
    after_s: float = 30.0
    """How long the scene has been on at least, s on the wall."""
    reason: str = ""
    """What the card must say of a car that charges, if that matters."""
    settled: bool = False
    """Whether each car must have followed: just after a cut it still has more."""


ALL: Final = (
    Picture(name="demo", scene="home", width=1280, height=860, page=True, after_s=60.0),
    Picture(
        name="demo-dark", scene="home", width=1280, height=860, page=True, dark=True
    ),
    Picture(name="card", scene="home"),
    Picture(name="card-dark", scene="home", dark=True),
    Picture(name="card-narrow", scene="home", width=320),
    Picture(name="card-right-to-left", scene="home", language="he"),
    Picture(name="card-sun", scene="sun", after_s=90.0),
    Picture(
        name="card-four-chargers",
        scene="four-chargers",
        height=1400,
        speed=20.0,
        after_s=150.0,
        settled=True,
    ),
    Picture(name="card-overload", scene="overload", after_s=15.0),
    Picture(name="card-meter-lost", scene="meter-lost", after_s=15.0),
    Picture(name="card-shadow", scene="shadow"),
    Picture(name="card-tariff", scene="tariff", reason="The capacity tariff leaves"),
)


async def take_all(pictures: Sequence[Picture], folder: Path) -> None:
    """Take pictures, those of one scene one after the other."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as configuration:
        write_configuration(Path(configuration), name="Demo", core=CORE)
        process = HomeAssistantProcess(Path(configuration), python=PYTHON)
        process.start()
        try:
            async with HomeAssistantClient(process.url) as client:
                await process.wait_until_answering()
                await client.onboard(ACCOUNT)
                await process.wait_until_running(client)
                # The whole page shows the last hours: no other scene is to be in them.
                pages = {row.scene for row in pictures if row.page}
                by_scene = sorted(
                    pictures, key=lambda row: (row.scene not in pages, row.scene)
                )
                for scene, rows in groupby(by_scene, key=lambda row: row.scene):
                    await _take_scene(client, scene, list(rows), folder)
        finally:
            process.stop()


async def _take_scene(
    client: HomeAssistantClient,
    scene: str,
    pictures: list[Picture],
    folder: Path,
) -> None:
    """Play a scene, and take its pictures when it has been on long enough."""
    loop = asyncio.get_running_loop()
    home = await make_simulated_home(client, SCENES[scene], pictures[0].speed)
    await play(client, home, SCENES[scene])
    began_s = loop.time()
    for picture in sorted(pictures, key=lambda row: row.after_s):
        await asyncio.sleep(max(0.0, began_s + picture.after_s - loop.time()))
        # A card alone is to be small.
        await make_dashboard(client, HISTORY_HOURS if picture.page else 0)
        path = folder / f"{picture.name}.png"
        await _take(f"{client.url}/{URL_PATH}", picture, path)
        print(path, flush=True)


async def _take(url: str, picture: Picture, path: Path) -> None:
    """Open the dashboard as a person would, and take a picture of it."""
    async with browsing(
        storage={
            "dockedSidebar": "always_hidden",
            "selectedTheme": {"dark": picture.dark},
            "selectedLanguage": picture.language,
        },
        width=picture.width,
        height=picture.height,
        dark=picture.dark,
        scale=SCALE,
    ) as context:
        page = await context.new_page()
        complaints = Complaints(page)
        await page.goto(url)
        card = page.locator(CARD).first
        await card.wait_for()
        await page.wait_for_timeout(SETTLING_MS)
        if picture.reason:
            charges = card.locator(".charger.charging", has_text=picture.reason)
            await charges.first.wait_for(timeout=PATIENCE_MS)
        while picture.settled and not await _is_settled(card):
            await page.wait_for_timeout(POLL_MS)
        await (page if picture.page else card).screenshot(path=path)
    if complaints.texts:
        raise RequestError(f"{picture.name}: {'; '.join(complaints.texts)}")


async def _is_settled(card: Locator) -> bool:
    rows = await card.locator(".charger").all_inner_texts()
    pairs = [FIGURES.search(row) for row in rows]
    return all(float(pair[1]) <= float(pair[2]) for pair in pairs if pair)


def main() -> int:
    """Take the pictures that are named, or all."""
    parser = argparse.ArgumentParser(description="Take the documentation's pictures.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="(default: all)")
    parser.add_argument("--folder", type=Path, default=PICTURES)
    arguments = parser.parse_args()
    known = {picture.name: picture for picture in ALL}
    if unknown := set(arguments.names) - set(known):
        parser.error(f"no such picture: {', '.join(sorted(unknown))}")
    chosen = [known[name] for name in arguments.names or known]
    arguments.folder.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(take_all(chosen, arguments.folder))
    except (ProcessError, RequestError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
