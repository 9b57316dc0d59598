"""Repairs of prices that cannot be read as they should."""

from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from custom_components.ev_lb.building.features import plans
from custom_components.ev_lb.const import DOMAIN
from custom_components.ev_lb.control.outlook import Outlook
from custom_components.ev_lb.control.price_source import PriceSource
from custom_components.ev_lb.prices.comparison import Pair
from custom_components.ev_lb.prices.unit import PriceProblem

ISSUE_PRICE_MISMATCH: Final = "price_mismatch"
ISSUE_PRICE_NO_SERIES: Final = "price_no_series"


@callback
def async_watch_prices(
    hass: HomeAssistant, entry: ConfigEntry[Any], outlook: Outlook
) -> None:
    """Keep the issues of a site's prices up to date, where a plan is made of them."""
    if not plans(entry):
        return

    @callback
    def check() -> None:
        for subject, source in outlook.sources.items():
            problem = source.book.lasting_problem
            mismatch = problem is PriceProblem.MISMATCH
            _hold(hass, entry, ISSUE_PRICE_MISMATCH, subject, source, present=mismatch)
            unknown = problem is PriceProblem.NO_SERIES
            _hold(hass, entry, ISSUE_PRICE_NO_SERIES, subject, source, present=unknown)

    entry.async_on_unload(outlook.async_add_listener(check))


def _pairs(source: PriceSource) -> tuple[Pair, ...]:
    return () if source.book.compared is None else source.book.compared.pairs


def _hold(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    key: str,
    subject: str,
    source: PriceSource,
    *,
    present: bool,
) -> None:
    """Let an issue of a price be there, or not."""
    issue_id = f"{key}_{entry.entry_id}_{subject}"
    if not present or source.entity_id is None:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    placeholders = {"site": entry.title, "entity_id": source.entity_id}
    if pairs := _pairs(source):
        placeholders |= {
            "shown": f"{pairs[-1].price:.4g}",
            "found": f"{pairs[-1].amount:.4g}",
        }
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders=placeholders,
    )
