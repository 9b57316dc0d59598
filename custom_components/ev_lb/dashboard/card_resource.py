"""Lets every dashboard use the card: serves it, and lists it as a resource."""

import logging
from pathlib import Path
from typing import Final

from homeassistant.components.lovelace import LOVELACE_DATA
from homeassistant.components.lovelace.resources import ResourceStorageCollection
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.util.hass_dict import HassKey

from custom_components.ev_lb.const import DOMAIN

from .packed_modules import OWN_URLS, STEADY_FOLDER, PackedModules

_LOGGER = logging.getLogger(__name__)

FOLDER: Final = Path(__file__).parent.parent / "frontend"
MODULE: Final = "ev-lb.js"
STEADY_URL: Final = f"{OWN_URLS}{STEADY_FOLDER}/{MODULE}"
CARD_URL: Final[HassKey[str]] = HassKey(f"{DOMAIN}_card_url")


async def async_serve_card(hass: HomeAssistant) -> None:
    """Serve the card's modules, once for as long as Home Assistant runs.

    Without Home Assistant's pages there is nobody to serve.
    """
    if LOVELACE_DATA not in hass.data:
        return
    integration = await async_get_integration(hass, DOMAIN)
    modules = await hass.async_add_executor_job(
        PackedModules.read, str(integration.version), FOLDER
    )
    hass.http.register_view(modules)
    hass.data[CARD_URL] = f"{OWN_URLS}{modules.folder}/{MODULE}"


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
