"""A dashboard that is open while Home Assistant starts, and the log of decisions."""

from typing import Any

import pytest

from tools.card_page import CardPage

from .scenes import charger, site
from .test_card import with_card

pytestmark = pytest.mark.e2e

GENERATE = """
async (refusals) => {
  await import("/frontend/ev-lb-strategy.js");
  const strategy = customElements.get("ll-strategy-dashboard-ev-lb");
  const hass = { callWS: async () => {
    if (refusals-- > 0) throw { code: "unknown_command", message: "Unknown command." };
    return [{ entry_id: "HOME", name: "Home" }];
  } };
  return strategy.generate({}, hass);
}
"""
SHOW_LOG = """
async () => {
  await import("/frontend/ev-lb-log.js");
  const log = document.createElement("ev-lb-log-card");
  log.setConfig({ type: "custom:ev-lb-log-card", entry_id: "home" });
  window.tell = undefined;
  log.hass = window.home;
  document.body.append(log);
}
"""


def test_a_dashboard_waits_until_home_assistant_knows_it() -> None:
    async def check(card: CardPage) -> None:
        found = await card.page.evaluate(GENERATE, 2)
        assert [view["title"] for view in found["views"]] == ["Home"]

    with_card(check, site(charger()))


def test_no_decision_of_one_second_hides_another() -> None:
    def note(time_s: float, before_a: float, set_a: float) -> dict[str, Any]:
        return {
            "time_s": time_s,
            "charger_id": "charger_1",
            "name": "Garage",
            "before_a": before_a,
            "set_a": set_a,
            "reason": "held",
        }

    async def check(card: CardPage) -> list[str]:
        await card.page.evaluate(SHOW_LOG)
        log = [note(1001, 6, 0), note(1000, 10, 6), note(1000, 16, 10)]
        await card.tell(site(charger()) | {"log": log})
        rows = card.page.locator("ev-lb-log-card .what")
        await rows.nth(2).wait_for()
        return await rows.all_inner_texts()

    # The newest stands first.
    assert with_card(check, site(charger())) == [
        "Garage: 6 → 0 A",
        "Garage: 10 → 6 A",
        "Garage: 16 → 10 A",
    ]
