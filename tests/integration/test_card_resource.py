"""Dashboards find the card: it is served, and listed once, in its newest version."""

from pathlib import Path
from typing import Any

from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ev_lb.const import CONFIG_VERSION, DOMAIN

from .homes import ENTRY_ID, OPTIONS, SITE

pytestmark = [
    pytest.mark.usefixtures("enable_custom_integrations", "socket_enabled"),
]

FRONTEND = Path(__file__).parents[2] / "custom_components/ev_lb/frontend"
LARGEST_CARD_BYTES = 50_000
OLD = "/ev_lb/0.0.1-12345678/ev-lb.js"
OTHER = {"id": "other", "type": "module", "url": "/local/other.js"}


def own(url: str, resource_id: str = "own") -> dict[str, str]:
    return {"id": resource_id, "type": "module", "url": url}


def store(hass_storage: dict[str, Any], *items: dict[str, str]) -> None:
    hass_storage["lovelace_resources"] = {
        "version": 1,
        "minor_version": 1,
        "key": "lovelace_resources",
        "data": {"items": list(items)},
    }


async def start(hass: HomeAssistant, entry_id: str = ENTRY_ID) -> None:
    """Set a site up that has no charger yet."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        version=CONFIG_VERSION,
        entry_id=entry_id,
        title="Home",
        data=SITE,
        options=OPTIONS,
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry_id)
    await hass.async_block_till_done()


async def lovelace(hass: HomeAssistant, **config: Any) -> None:
    assert await async_setup_component(hass, "lovelace", {"lovelace": config})


def listed(hass: HomeAssistant) -> list[str]:
    return [row["url"] for row in hass.data[LOVELACE_DATA].resources.async_items()]


async def test_a_first_site_lists_the_card_and_the_last_one_takes_it_off(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_storage: dict[str, Any],
) -> None:
    store(hass_storage, OTHER)
    await lovelace(hass)
    await start(hass)
    await start(hass, "second")

    other, url = listed(hass)
    assert other == OTHER["url"]
    client = await hass_client()
    for address in (url, "/ev_lb/frontend/ev-lb.js"):
        response = await client.get(address)
        assert response.status == 200
        assert "javascript" in response.headers["Content-Type"]
    assert "max-age" in (await client.get(url)).headers["Cache-Control"]

    await hass.config_entries.async_remove(ENTRY_ID)
    assert listed(hass) == [OTHER["url"], url]
    await hass.config_entries.async_remove("second")
    assert listed(hass) == [OTHER["url"]]

    await start(hass, "third")
    assert listed(hass) == [OTHER["url"], url]


async def test_modules_are_sent_packed_to_browsers_that_take_that(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    await lovelace(hass)
    await start(hass)
    (url,) = listed(hass)
    folder = url.removesuffix("ev-lb.js")
    client = await hass_client()
    sent = 0
    for path in FRONTEND.rglob("*.js"):
        address = folder + path.relative_to(FRONTEND).as_posix()
        packed = await client.get(address, headers={"Accept-Encoding": "gzip, br"})
        assert packed.headers["Content-Encoding"] == "gzip"
        # The client has unpacked it already.
        assert await packed.read() == path.read_bytes()
        sent += int(packed.headers["Content-Length"])
        plain = await client.get(address, headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers
        assert await plain.read() == path.read_bytes()
    assert sent < LARGEST_CARD_BYTES


@pytest.mark.parametrize(
    "path", ["frontend/card/none.js", "frontend/../manifest.json", "0.0.1-x/ev-lb.js"]
)
async def test_nothing_else_is_sent(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, path: str
) -> None:
    await lovelace(hass)
    await start(hass)
    client = await hass_client()
    assert (await client.get(f"/ev_lb/{path}")).status == 404


async def test_another_version_takes_the_place_of_the_old_one(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    store(hass_storage, own(OLD), OTHER, own("/ev_lb/card.js", "double"))
    await lovelace(hass)
    await start(hass)

    url, other = listed(hass)
    assert url != OLD
    assert url.startswith("/ev_lb/0.1.0-")
    assert other == OTHER["url"]


async def test_a_list_that_is_written_by_hand_is_left_alone(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    resources = [{"type": "module", "url": OTHER["url"]}]
    await lovelace(hass, resource_mode="yaml", resources=resources)
    await start(hass)

    assert listed(hass) == [OTHER["url"]]
    assert "/ev_lb/frontend/ev-lb.js" in caplog.text
    await hass.config_entries.async_remove(ENTRY_ID)
    assert listed(hass) == [OTHER["url"]]
