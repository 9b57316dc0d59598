"""The sentence says when a charger may have more, and then it does."""

from datetime import datetime
import re

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from .homes import Home, make_entry

VOLTAGE_V = 230
TOLD = re.compile(r"may (?:rise|start) at (\d\d:\d\d:\d\d)")


def told_time(home: Home) -> datetime | None:
    """Return the moment which the charger's sentence tells."""
    found = TOLD.search(home.charger_state("sensor", "reason"))
    if found is None:
        return None
    hour, minute, second = map(int, found[1].split(":"))
    return dt_util.now().replace(hour=hour, minute=minute, second=second, microsecond=0)


@pytest.mark.parametrize(
    ("mode", "busy_w", "busy_s", "calm_w", "cause"),
    [
        ("standard", 5000, 90, 3000, "ramp_up"),
        ("standard", 7500, 90, 3000, "pause"),
        ("solar", -2000, 90, -4500, "solar"),
        ("solar", -500, 600, -4500, "solar"),
        ("eco", -2000, 90, -4500, "solar"),
    ],
)
async def test_raise_comes_when_the_sentence_says(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    mode: str,
    busy_w: float,
    busy_s: int,
    calm_w: float,
    cause: str,
) -> None:
    """The house calms down, or the sun comes out; what follows was told before."""
    site = {"can_export": True}
    home = Home(hass, freezer, make_entry(site, {"charging_mode": mode}))
    await home.install_charger()
    home.meter(calm_w)
    await home.start()
    for house_w, seconds in ((calm_w, 90), (busy_w, busy_s), (calm_w, 2)):
        for _ in range(seconds):
            await home.pass_time(1, house_w + home.told_a * VOLTAGE_V)
    before_a = home.told_a
    told, causes = None, set()
    for _ in range(300):
        await home.pass_time(1, calm_w + home.told_a * VOLTAGE_V)
        if home.told_a > before_a:
            break
        told = told_time(home) or told
        if told is not None:
            causes.add(home.charger_state("sensor", "limiting_factor"))
            assert " 0 W" not in home.charger_state("sensor", "reason")
    assert told is not None
    # It is told in whole seconds, rounded up, and the meter reports once a second.
    assert -1 < (dt_util.now() - told).total_seconds() <= 1
    assert cause in causes
