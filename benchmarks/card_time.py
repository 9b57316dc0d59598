"""Time from a meter's report to the pixels of the card, and what an update costs.

Run `python -m benchmarks.card_time`. The first is measured in a real process with a real
browser: report, decision, WebSocket, card, and the next picture of the screen. The
second is what the browser itself counts, with the card alone on a page.
"""

import argparse
import asyncio
from pathlib import Path
from statistics import mean, median
import sys
import tempfile
import time
from typing import Any, Final

from playwright.async_api import CDPSession, Page

from tools.card_page import open_card
from tools.chromium import browsing
from tools.home_assistant_client import HomeAssistantClient
from tools.home_assistant_process import HomeAssistantProcess, write_configuration
from tools.rest_home import ACCOUNT, METER, VOLTAGE_V, add_site

REPORT_GAP_S: Final = 0.7
"""Longer than the card's own gap, which merges what comes sooner."""
POWER: Final = {"unit_of_measurement": "W", "device_class": "power"}
DASHBOARD: Final = "card-time"
# Notes when a new load of the phase is on the screen: two pictures after it was written.
NOTE_PICTURES: Final = """
async (card) => {
  await new Promise((done) => {
    const wait = () => (card.shadowRoot.querySelector(".phase") ? done()
      : setTimeout(wait, 50));
    wait();
  });
  const bar = card.shadowRoot.querySelector(".phase");
  window.pictures = {};
  new MutationObserver(() => {
    const value = bar.getAttribute("aria-valuenow");
    requestAnimationFrame(() => requestAnimationFrame(() => {
      window.pictures[value] ??= performance.timeOrigin + performance.now();
    }));
  }).observe(bar, { attributes: true, attributeFilter: ["aria-valuenow"] });
}
"""
COSTS: Final = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")


def main() -> None:
    """Measure both, and print them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--reports", type=int, default=30)
    parser.add_argument("--updates", type=int, default=200)
    parser.add_argument("--chargers", type=int, default=20)
    arguments = parser.parse_args()
    delays_ms = asyncio.run(_to_pixels(arguments.reports))
    print(
        f"from the report to the pixels, {len(delays_ms)} reports: median "
        f"{median(delays_ms):.0f} ms, worst {max(delays_ms):.0f} ms"
    )
    asyncio.run(_costs(arguments.chargers, arguments.updates))


async def _to_pixels(reports: int) -> list[float]:
    """Return how long each report took, ms."""
    with tempfile.TemporaryDirectory() as folder:
        write_configuration(Path(folder))
        process = HomeAssistantProcess(Path(folder), python=Path(sys.executable))
        try:
            process.start()
            await process.wait_until_answering()
            async with HomeAssistantClient(process.url) as client:
                await client.onboard(ACCOUNT)
                await process.wait_until_running(client)
                await client.set_state(METER, 1000, POWER)
                await add_site(client, 100)
                return await _watch(client, process.url, reports)
        finally:
            process.stop()


async def _watch(client: HomeAssistantClient, url: str, reports: int) -> list[float]:
    async with client.websocket() as socket:
        await socket.command(
            "lovelace/dashboards/create",
            url_path=DASHBOARD,
            title="Time",
            require_admin=False,
            show_in_sidebar=True,
        )
        card = {"type": "custom:ev-lb-card"}
        await socket.command(
            "lovelace/config/save",
            url_path=DASHBOARD,
            config={"views": [{"cards": [card]}]},
        )
    tokens = {
        **client.tokens,
        "hassUrl": url,
        "clientId": client.client_id,
        "expires": int(time.time() + client.tokens["expires_in"]) * 1000,
    }
    async with browsing(storage={"hassTokens": tokens}) as context:
        page = await context.new_page()
        await page.goto(f"{url}/{DASHBOARD}/0")
        await page.locator("ev-lb-card").first.evaluate(NOTE_PICTURES)
        sent_ms = {}
        for number in range(reports):
            await asyncio.sleep(REPORT_GAP_S)
            load_a = 10 + number
            sent_ms[str(load_a)] = time.time() * 1000
            await client.set_state(METER, load_a * VOLTAGE_V, POWER)
        await asyncio.sleep(REPORT_GAP_S)
        shown_ms: dict[str, float] = await page.evaluate("window.pictures")
        return [shown_ms[load] - at for load, at in sent_ms.items()]


async def _costs(chargers: int, updates: int) -> None:
    first = _document(chargers, 0)
    async with open_card(first, height=4000) as card:
        page = card.page
        session = await page.context.new_cdp_session(page)
        await session.send("Performance.enable")
        one = ["charger_1"]
        everything = list(first["chargers"])
        for what, ids in (("one charger", one), ("all chargers", everything)):
            costs = await _cost(page, session, chargers, updates, ids)
            print(
                f"one update of {what} of {chargers}, {updates} updates: "
                + ", ".join(f"{name} {cost:.2f} ms" for name, cost in costs.items())
            )


async def _cost(
    page: Page, session: CDPSession, chargers: int, updates: int, ids: list[str]
) -> dict[str, float]:
    """Return the browser's own figures of an update, ms."""
    messages = []
    for number in range(1, updates + 1):
        document = _document(chargers, number)
        changed = {name: document["chargers"][name] for name in ids}
        messages.append({"phases": document["phases"], "changed": changed})
    before = await _metrics(session)
    took_ms: list[float] = await page.evaluate(
        """async (messages) => {
          const took = [];
          for (const message of messages) {
            const began = performance.now();
            window.tell(message);
            await new Promise((done) => requestAnimationFrame(done));
            took.push(performance.now() - began);
          }
          return took;
        }""",
        messages,
    )
    after = await _metrics(session)
    costs = {name: 1000 * (after[name] - before[name]) / updates for name in COSTS}
    return {**costs, "until drawn, mean": mean(took_ms)}


async def _metrics(session: CDPSession) -> dict[str, float]:
    answer = await session.send("Performance.getMetrics")
    return {row["name"]: row["value"] for row in answer["metrics"]}


def _document(chargers: int, number: int) -> dict[str, Any]:
    """Return a site whose figures are other ones for each number."""
    shift = (number % 50) / 10
    row = {
        "state": "charging",
        "phases": ["L1", "L2", "L3"],
        "drawn_a": [6 + shift] * 3,
        "measured": True,
        "set_a": 6.0 + number % 10,
        "max_a": 16.0,
        "mode": "site",
        "enabled": True,
        "queue": 0,
        "energy_kwh": round(number / 10, 1),
        "solar_percent": None,
        "reason": f"L{1 + number % 3} carries 15.6 of 25 A without cars",
        "outlook": None,
        "next_change_s": None,
        "following": True,
        "entities": {"enabled": "switch.a", "charging_mode": "select.a"},
    }
    return {
        "running": True,
        "now_s": 0.0,
        "speed": 1,
        "sources": {"left": {}, "cars": {}},
        "site": {
            "name": "Car park",
            "state": "active",
            "enabled": True,
            "shadow": False,
            "mode": "standard",
            "has_surplus": False,
            "metered": "per_phase",
            "meter_lost": False,
            "problem": None,
            "fallback": False,
            "overload": False,
            "entities": {"enabled": "switch.b", "charging_mode": "select.b"},
        },
        "phases": [
            {"name": name, "limit_a": 250.0, "house_a": 12 + shift}
            for name in ("L1", "L2", "L3")
        ],
        "power": None,
        "circuits": [],
        "sun": None,
        "chargers": {
            f"charger_{place}": {**row, "name": f"Bay {place}"}
            for place in range(1, chargers + 1)
        },
    }


if __name__ == "__main__":
    main()
