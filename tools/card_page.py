"""A page with nothing but the card, and a Home Assistant that says what it is told.

Tests and the benchmark of the card show sites in it that no process has to run for.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
import json
from typing import Any, Final

from playwright.async_api import BrowserContext, Page, Route

from .chromium import Complaints, browsing
from .home_assistant_process import ROOT

INTEGRATION: Final = ROOT / "custom_components" / "ev_lb"
FRONTEND: Final = INTEGRATION / "frontend"
TRANSLATIONS: Final = INTEGRATION / "translations"
ORIGIN: Final = "http://127.0.0.1:1"
# With the colours of Home Assistant's default theme.
PAGE: Final = """
<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Card</title><style>
body { margin: 8px; font-family: Roboto, Noto, sans-serif; background: var(--page);
  --page: #fafafa; --card-background-color: #fff; --primary-text-color: #141414;
  --secondary-text-color: #5e5e5e; --divider-color: rgba(0,0,0,.12);
  --primary-color: #009ac7; --blue-grey-color: #607d8b; --energy-solar-color: #ff9800;
  --teal-color: #009688; --purple-color: #926bc7; --indigo-color: #3f51b5;
  --pink-color: #e91e63; --brown-color: #795548; --cyan-color: #00bcd4;
  --success-color: #43a047; --warning-color: #ffa600; --error-color: #db4437;
  --info-color: #039be5; --disabled-text-color: #bdbdbd; }
body.dark { --page: #111; --card-background-color: #1c1c1c;
  --primary-text-color: #e1e1e1; --secondary-text-color: #9b9b9b;
  --divider-color: rgba(225,225,225,.12); }
ha-card { display: block; background: var(--card-background-color);
  border: 1px solid var(--divider-color); border-radius: 12px; }
</style></head><body></body></html>
"""
SCRIPT: Final = """
async ({ texts, config, language }) => {
  const local = (key, values) => (texts[key] ?? "").replace(
    /{(\\w+)}/g, (_, name) => String(values?.[name] ?? ""));
  const listeners = {};
  window.calls = [];
  window.subscriptions = 0;
  const connection = {
    subscribeMessage: async (callback, message) => {
      if (window.refusing) throw { code: "unknown_command" };
      window.subscriptions++;
      window.tell = callback;
      return async () => undefined;
    },
    addEventListener: (name, listener) => { listeners[name] = listener; },
    removeEventListener: (name) => { delete listeners[name]; },
  };
  window.happen = (name) => listeners[name]?.();
  await import("/frontend/ev-lb.js");
  const card = document.createElement("ev-lb-card");
  card.setConfig({ type: "custom:ev-lb-card", entry_id: "home", ...config });
  window.home = {
    connection, language, locale: { language, number_format: "language" },
    states: {}, entities: {}, devices: {}, localize: local,
    loadBackendTranslation: async () => local,
    callWS: async (message) => {
      window.calls.push(message);
      if (message.type === "ev_lb/sites") return window.sites;
      return window.answers?.[message.type] ?? {};
    },
    callService: async (...call) => { window.calls.push(call); },
  };
  window.sites = [{ entry_id: "home", name: "Home" }];
  card.hass = window.home;
  document.body.append(card);
  window.card = card;
}
"""


def texts_of(language: str) -> dict[str, str]:
    """Return a language's texts as the frontend names them."""
    texts = json.loads((TRANSLATIONS / f"{language}.json").read_text(encoding="utf-8"))
    found: dict[str, str] = {}

    def collect(path: str, value: Any) -> None:
        if isinstance(value, str):
            found[path] = value
            return
        for key, inner in value.items():
            collect(f"{path}.{key}", inner)

    collect("component.ev_lb", texts)
    return found


def _module(path: str) -> str:
    return (FRONTEND / path).read_text(encoding="utf-8")


async def _serve(route: Route) -> None:
    path = route.request.url.removeprefix(ORIGIN)
    if path.startswith("/frontend/"):
        body = _module(path.removeprefix("/frontend/"))
        await route.fulfill(body=body, content_type="text/javascript")
    else:
        await route.fulfill(body=PAGE, content_type="text/html")


class CardPage:
    """A card alone on a page."""

    def __init__(self, page: Page) -> None:
        """Take the page; `open_card` makes it."""
        self.page = page
        self.complaints = Complaints(page)

    async def tell(self, message: Mapping[str, Any]) -> None:
        """Let Home Assistant tell something, and wait until it is drawn."""
        await self.page.evaluate(
            """async (message) => {
              await new Promise((done) => {
                const wait = () => (window.tell ? done() : setTimeout(wait, 5));
                wait();
              });
              window.tell(message);
              await new Promise((done) => requestAnimationFrame(
                () => requestAnimationFrame(done)));
            }""",
            dict(message),
        )

    async def calls(self) -> list[Any]:
        """Return what the card has asked of Home Assistant."""
        found: list[Any] = await self.page.evaluate("window.calls")
        return found

    async def text(self, selector: str) -> str:
        """Return the text that an element of the card shows."""
        return await self.page.locator(f"ev-lb-card {selector}").first.inner_text()


@asynccontextmanager
async def open_card(
    document: Mapping[str, Any] | None = None,
    *,
    config: Mapping[str, Any] | None = None,
    language: str = "en",
    right_to_left: bool = False,
    dark: bool = False,
    **options: Any,
) -> AsyncIterator[CardPage]:
    """Show a card, of a site that is as the document says."""
    async with browsing(dark=dark, **options) as context:
        card = CardPage(await _new_page(context))
        await card.page.evaluate(
            "({dark, rtl}) => { document.body.classList.toggle('dark', dark);"
            "document.documentElement.dir = rtl ? 'rtl' : 'ltr'; }",
            {"dark": dark, "rtl": right_to_left},
        )
        arguments = {
            "texts": texts_of(language),
            "config": dict(config or {}),
            "language": language,
        }
        await card.page.evaluate(SCRIPT, arguments)
        if document is not None:
            await card.tell(document)
        yield card


async def _new_page(context: BrowserContext) -> Page:
    page = await context.new_page()
    await page.route("**/*", _serve)
    await page.goto(f"{ORIGIN}/")
    return page
