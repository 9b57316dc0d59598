"""A charger is trial from its form: on which phases it is, and how fast it reacts."""

from dataclasses import dataclass
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.ev_lb.const import SUBENTRY_TYPE_CHARGER
from custom_components.ev_lb.engine.model import ALL_PHASES, Phase
from custom_components.ev_lb.simulation.car import CarConfiguration
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import HouseholdLoad
from custom_components.ev_lb.simulation.meter import MeterConfiguration
from custom_components.ev_lb.simulation.plant import Plant, PlantConfiguration
from custom_components.ev_lb.simulation.sampling import Sampling

from .bridge import Bridge
from .flows import CHARGER_TEXTS, Walk
from .homes import (
    CHARGER_ID,
    CURRENTS,
    MEASURED,
    PHASE_SITE,
    TELLING_CHARGER,
    Home,
    make_entry,
)

L1, L2, L3 = ALL_PHASES
CALM = HouseholdLoad((0,), ((400.0, 700.0, 200.0),))


@dataclass
class Trial:
    """A running home with a charger to be trial."""

    home: Home
    bridge: Bridge
    walk: Walk

    @property
    def step(self) -> str:
        """The step that the flow shows."""
        step: str = self.walk.result["step_id"]
        return step

    async def live(self, seconds: float) -> None:
        """Let time go on."""
        await self.bridge.live(self.bridge.plant.now_s + seconds)

    async def finish(self, longest_s: int = 1500) -> None:
        """Let time go on until the test is over."""
        manager = self.home.hass.config_entries.subentries
        for _ in range(longest_s // 5):
            await self.live(5)
            flow = manager.async_get(self.walk.result["flow_id"])
            if flow["step_id"] != "testing":
                break
        self.walk.result = await manager.async_configure(self.walk.result["flow_id"])
        assert self.walk.result["type"] is FlowResultType.FORM


async def begin(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    phases: tuple[Phase, ...] = ALL_PHASES,
    *,
    told: tuple[str, ...] = ("l1", "l2", "l3"),
    max_current_a: float = 16.0,
    **car: Any,
) -> Trial:
    """Let a car charge for two minutes, and open the charger's form."""
    freezer.move_to("2026-11-20 16:00:00+00:00")
    charger = TELLING_CHARGER | {"phases": list(told), "max_current_a": max_current_a}
    home = Home(
        hass, freezer, make_entry(PHASE_SITE, {"service_current_a": 25.0}, charger)
    )
    await home.install_charger()
    plant = PlantConfiguration(
        household=CALM,
        meter=MeterConfiguration(sampling=Sampling(period_s=2.0, latency_s=1.0)),
        chargers=(
            ChargerConfiguration(
                charger_id=CHARGER_ID,
                phases=phases,
                report=Sampling(period_s=2.0),
                car=CarConfiguration(**car),
            ),
        ),
    )
    bridge = Bridge(home, Plant(plant))
    bridge.show()
    await home.start()
    walk = Walk(hass.config_entries.subentries, CHARGER_TEXTS)
    trial = Trial(home, bridge, walk)
    await trial.live(120)
    await walk.start(
        (home.entry.entry_id, SUBENTRY_TYPE_CHARGER),
        {"source": SOURCE_RECONFIGURE, "subentry_id": CHARGER_ID},
    )
    return trial


async def test_a_one_phase_car_shows_the_first_wire(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The test lowers the car and lets it up again; what it found can be saved."""
    trial = await begin(hass, freezer, (L2, L3, L1), phase_count=1, rise_a_per_s=1.0)
    assert trial.walk.result["menu_options"] == ["change", "test"]
    await trial.walk.choose("test")
    sent = len(trial.bridge.sent)
    await trial.home.hass.config_entries.subentries.async_configure(
        trial.walk.result["flow_id"], {}
    )
    await trial.finish()

    assert trial.step == "test_result"
    told = trial.walk.result["description_placeholders"]
    assert told["answer"] == "L2"
    assert told["votes"] == told["steps"] == "4"
    assert 3 <= float(told["car"]) <= float(told["meter"]) + 2 <= 12
    shown = trial.walk.shown()
    assert shown["phases"] == "l2_l3_l1"
    assert 5 <= shown["response_time_s"] <= 12
    assert shown["ramp_up_a_per_s"] == pytest.approx(1.0, abs=0.4)
    # It was only ever lowered, and is back where it was.
    currents_a = [current_a for _, current_a in trial.bridge.sent[sent:]]
    assert min(currents_a) == 6.0
    assert max(currents_a) <= 16.0
    assert trial.home.set_a == 16.0

    await trial.walk.send(shown)
    assert trial.walk.result["reason"] == "reconfigure_successful"
    data = trial.home.entry.subentries[CHARGER_ID].data
    assert data["phases"] == ["l2", "l3", "l1"]
    assert data["response_time_s"] == shown["response_time_s"]
    assert data["ramp_up_a_per_s"] == shown["ramp_up_a_per_s"]
    await hass.async_block_till_done()
    (charger,) = trial.home.entry.runtime_data.controller.site.chargers
    assert charger.response.ramp_up_a_per_s == shown["ramp_up_a_per_s"]


async def test_a_three_phase_car_leaves_the_order_as_it_is(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    trial = await begin(hass, freezer, (L3, L2, L1), told=("l2", "l1", "l3"))
    await trial.walk.choose("test")
    await trial.home.hass.config_entries.subentries.async_configure(
        trial.walk.result["flow_id"], {}
    )
    await trial.finish()
    told = trial.walk.result["description_placeholders"]
    assert told["answer"] == "L1, L2, L3"
    assert trial.walk.shown()["phases"] == "l2_l1_l3"
    await trial.walk.send(trial.walk.shown() | {"ramp_up_a_per_s": 0})
    assert trial.walk.errors == {"ramp_up_a_per_s": "ramp_up_a_per_s_range"}
    assert "0.1 - 10" in trial.walk.message("ramp_up_a_per_s")


async def test_a_car_that_leaves_ends_the_test(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    trial = await begin(hass, freezer)
    await trial.walk.choose("test")
    await trial.home.hass.config_entries.subentries.async_configure(
        trial.walk.result["flow_id"], {}
    )
    await trial.live(20)
    trial.bridge.plant.unplug(CHARGER_ID)
    await trial.finish()
    assert trial.step == "test"
    assert trial.walk.errors == {"base": "test_car_stopped"}
    assert (
        trial.home.entry.runtime_data.controller.sessions.of(CHARGER_ID).limit_a is None
    )


async def test_closing_the_form_ends_the_test(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    trial = await begin(hass, freezer)
    await trial.walk.choose("test")
    manager = hass.config_entries.subentries
    await manager.async_configure(trial.walk.result["flow_id"], {})
    limits = trial.home.entry.runtime_data.controller.sessions.of(CHARGER_ID)
    for _ in range(60):
        await trial.live(1)
        if limits.limit_a == 6.0:
            break
    assert limits.limit_a == 6.0
    manager.async_abort(trial.walk.result["flow_id"])
    await trial.live(120)
    assert limits.limit_a is None
    assert trial.home.set_a == 16.0


async def test_a_reload_ends_the_test(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The limit of the test must not outlive it, as one that somebody set by hand."""
    trial = await begin(hass, freezer)
    await trial.walk.choose("test")
    manager = hass.config_entries.subentries
    await manager.async_configure(trial.walk.result["flow_id"], {})
    entry = trial.home.entry
    limits = entry.runtime_data.controller.sessions.of(CHARGER_ID)
    for _ in range(60):
        await trial.live(1)
        if limits.limit_a == 6.0:
            break
    assert limits.limit_a == 6.0

    assert await hass.config_entries.async_reload(entry.entry_id)
    await trial.live(120)

    assert entry.runtime_data.controller.sessions.of(CHARGER_ID).limit_a is None
    assert trial.home.set_a == 16.0
    await trial.finish()
    assert trial.walk.errors == {"base": "test_not_controlled"}


async def test_a_restless_car_cannot_be_trial(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    trial = await begin(hass, freezer)
    await trial.walk.choose("test")
    await hass.config_entries.subentries.async_configure(
        trial.walk.result["flow_id"], {}
    )
    for _ in range(20):
        await trial.live(5)
        hass.states.async_set(MEASURED, "11", {"unit_of_measurement": "A"})
    await trial.finish()
    assert trial.walk.errors == {"base": "test_not_steady"}
    # Nothing was touched.
    assert {current_a for _, current_a in trial.bridge.sent} == {16.0}


async def test_a_car_with_nothing_to_lower_cannot_be_trial(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    trial = await begin(hass, freezer, max_current_a=8.0)
    await trial.walk.choose("test")
    await trial.walk.send({})
    assert trial.walk.errors == {"base": "test_draws_too_little"}


@pytest.mark.parametrize(
    ("options", "meter", "error"),
    [
        ({"enabled": False}, None, "test_not_controlled"),
        ({"shadow_mode": True}, None, "test_not_controlled"),
        ({}, "unavailable", "test_meter_lost"),
    ],
)
async def test_a_site_that_does_not_balance_cannot_be_trial(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    options: dict[str, Any],
    meter: str | None,
    error: str,
) -> None:
    trial = await begin(hass, freezer)
    entry = trial.home.entry
    hass.config_entries.async_update_entry(entry, options={**entry.options, **options})
    if meter is not None:
        for entity_id in CURRENTS:
            hass.states.async_set(entity_id, meter)
    await hass.async_block_till_done()
    await trial.walk.choose("test")
    await trial.walk.send({})
    assert trial.walk.errors == {"base": error}
