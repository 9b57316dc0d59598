"""Lets every dashboard use the card: serves it, and lists it as a resource."""

from hashlib import sha256
import logging
from pathlib import Path
from typing import Final

from homeassistant.components.http import StaticPathConfig
from homeassistant.components.lovelace import LOVELACE_DATA
from homeassistant.components.lovelace.resources import ResourceStorageCollection
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

FOLDER: Final = Path(__file__).parent / "frontend"
MODULE: Final = "ev-lb.js"
OWN_URLS: Final = f"/{DOMAIN}/"
STEADY_URL: Final = f"/{DOMAIN}/frontend/{MODULE}"
"""For dashboards whose resources are written by hand: always the newest."""
CARD_URL: Final[HassKey[str]] = HassKey(f"{DOMAIN}_card_url")


async def async_serve_card(hass: HomeAssistant) -> None:
    """Serve the card's modules, once for as long as Home Assistant runs.

    Browsers keep what stands under the version's address, so that another version
    needs another address. Without Home Assistant's pages there is nobody to serve.
    """
    if LOVELACE_DATA not in hass.data:
        return
    integration = await async_get_integration(hass, DOMAIN)
    contents = await hass.async_add_executor_job(_fingerprint)
    folder = f"{OWN_URLS}{integration.version}-{contents}"
    await hass.http.async_register_static_paths(
        [
            StaticPathConfig(folder, str(FOLDER), cache_headers=True),
            StaticPathConfig(
                STEADY_URL.removesuffix(f"/{MODULE}"), str(FOLDER), cache_headers=False
            ),
        ]
    )
    hass.data[CARD_URL] = f"{folder}/{MODULE}"


async def async_list_card(hass: HomeAssistant) -> None:
    """List this version of the card among the resources of all dashboards."""
    if (url := hass.data.get(CARD_URL)) is None:
        return
    resources = hass.data[LOVELACE_DATA].resources
    # It loads them where nobody has asked for them yet.
    await resources.async_get_info()
    own = [row for row in resources.async_items() if row["url"].startswith(OWN_URLS)]
    if not isinstance(resources, ResourceStorageCollection):
        if not own:
            _LOGGER.info(
                "The resources of dashboards are written by hand here: to use the card, "
                "add the module %s to them",
                STEADY_URL,
            )
        return
    if not own:
        await resources.async_create_item({"res_type": "module", "url": url})
        return
    first, *more = own
    if first["url"] != url:
        await resources.async_update_item(first["id"], {"url": url})
    for row in more:
        await resources.async_delete_item(row["id"])


async def async_unlist_card(hass: HomeAssistant) -> None:
    """Take the card off the list: its last site is gone."""
    if LOVELACE_DATA not in hass.data:
        return
    resources = hass.data[LOVELACE_DATA].resources
    if isinstance(resources, ResourceStorageCollection):
        await resources.async_get_info()
        for row in list(resources.async_items()):
            if row["url"].startswith(OWN_URLS):
                await resources.async_delete_item(row["id"])


def _fingerprint() -> str:
    """Return what tells these modules from any others."""
    found = sha256()
    for path in sorted(FOLDER.rglob("*.js")):
        found.update(path.read_bytes())
    return found.hexdigest()[:8]
