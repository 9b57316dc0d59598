"""A value that stays is fresh while its source reports, and lost when that is gone."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.ev_lb.const import DOMAIN

from .flows import add_site
from .sites import CURRENT_A, POWER_W, add_entry, set_entities

VOLTAGE_V = {"unit_of_measurement": "V", "device_class": "voltage"}
SIGNAL = {"unit_of_measurement": "dBm", "device_class": "signal_strength"}
PHASES = (1, 2, 3)
RAW = [f"sensor.raw_l{n}" for n in PHASES]


class Sources:
    """Entities of devices that repeat what they measure, or fall silent."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        self.hass, self.freezer = hass, freezer
        self.moving = 0

    def add_device(
        self, platform: str, name: str, entities: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """Register entities of one device."""
        entry = MockConfigEntry(domain=platform, title=name)
        entry.add_to_hass(self.hass)
        device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={(platform, name)}
        )
        for entity_id, attributes in entities.items():
            domain, _, object_id = entity_id.partition(".")
            er.async_get(self.hass).async_get_or_create(
                domain,
                platform,
                entity_id,
                suggested_object_id=object_id,
                config_entry=entry,
                device_id=device.id,
                original_device_class=attributes.get("device_class"),
                unit_of_measurement=attributes.get("unit_of_measurement"),
            )

    def show(
        self, ids: Iterable[str], value: str, attributes: Mapping[str, Any]
    ) -> None:
        for entity_id in ids:
            self.hass.states.async_set(entity_id, value, attributes)

    async def add_helper(
        self, domain: str, title: str, options: dict[str, Any]
    ) -> MockConfigEntry:
        """Set up a helper of Home Assistant itself, as its dialog leaves it."""
        entry = MockConfigEntry(domain=domain, title=title, options=options)
        entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(entry.entry_id)
        await self.hass.async_block_till_done()
        return entry

    async def start(self, kind: str, entities: Iterable[str], **data: Any) -> str:
        """Start a site with this meter, and return its status entity."""
        rows = [*entities]
        keys = ["power_entity"] if len(rows) == 1 else [f"l{n}_entity" for n in PHASES]
        site = {"meter_kind": kind, **dict(zip(keys, rows, strict=True)), **data}
        entry = add_entry(self.hass, **site)
        assert await self.hass.config_entries.async_setup(entry.entry_id)
        await self.hass.async_block_till_done()
        meter = er.async_get(self.hass).async_get_entity_id(
            "binary_sensor", DOMAIN, f"{entry.entry_id}_meter_status"
        )
        assert meter is not None
        return meter

    async def pass_time(
        self, seconds: int, repeated: Mapping[str, tuple[str, Mapping[str, Any]]]
    ) -> None:
        """Let time go on while these entities repeat their values every 10 s."""
        for _ in range(seconds // 10):
            self.freezer.tick(timedelta(seconds=10))
            for entity_id, (value, attributes) in repeated.items():
                self.hass.states.async_set(entity_id, value, attributes)
            async_fire_time_changed(self.hass)
            await self.hass.async_block_till_done()

    def state(self, entity_id: str) -> str:
        state = self.hass.states.get(entity_id)
        assert state is not None
        return state.state


@pytest.fixture
def sources(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Sources:
    set_entities(hass)
    return Sources(hass, freezer)


def raw(*silent: int, value: str = "0") -> dict[str, tuple[str, dict[str, Any]]]:
    """Return what the phases' sources repeat, but for the silent ones."""
    return {RAW[n - 1]: (value, POWER_W) for n in PHASES if n not in silent}


def template_of(name: str, state: str, unit: str = "A") -> dict[str, Any]:
    return {
        "name": name,
        "state": state,
        "template_type": "sensor",
        "unit_of_measurement": unit,
        "device_class": {"A": "current", "W": "power"}[unit],
    }


async def add_templates(sources: Sources, template: str) -> list[str]:
    """Add a template helper for each phase; `#` is its source."""
    sources.show(RAW, "0", POWER_W)
    for n in PHASES:
        text = template.replace("#", RAW[n - 1])
        await sources.add_helper(
            "template", f"Amps L{n}", template_of(f"Amps L{n}", text)
        )
    return [f"sensor.amps_l{n}" for n in PHASES]


TEMPLATES = [
    pytest.param("{{ states('#') | float / 230 }}", id="power by 230"),
    pytest.param("{{ (states('#') | float(0) / 230) | round(1) }}", id="with default"),
    pytest.param(
        "{{ states('#') | float / states('input_number.volts') | float(230) }}",
        id="by a number of the owner",
    ),
    pytest.param(
        "{{ state_attr('sun.sun', 'x') or states('#') | float / 230 }}",
        id="and the sun",
    ),
    pytest.param("{{ states('#') | float / 230 + 0 * now().day }}", id="and the time"),
]


@pytest.mark.parametrize("template", TEMPLATES)
async def test_a_template_of_an_idle_phase_is_fresh_with_its_source(
    sources: Sources, template: str
) -> None:
    meter = await sources.start("phase_current", await add_templates(sources, template))

    await sources.pass_time(300, raw())
    assert sources.state(meter) == "on"

    # Only one of the sources dies.
    await sources.pass_time(90, raw(2))
    assert sources.state(meter) == "off"

    await sources.pass_time(20, raw())
    assert sources.state(meter) == "on"


async def test_a_template_that_hides_a_lost_source_is_lost(sources: Sources) -> None:
    rows = await add_templates(sources, "{{ states('#') | float(0) / 230 }}")
    meter = await sources.start("phase_current", rows)
    await sources.pass_time(120, raw())

    await sources.pass_time(90, raw() | {RAW[0]: ("unavailable", {})})

    assert sources.state(rows[0]) == "0.0"
    assert sources.state(meter) == "off"


async def test_what_changes_beside_a_template_says_nothing(sources: Sources) -> None:
    """The time goes on, and a helper is set, while the source is dead."""
    template = "{{ states('#') | float / 230 + 0 * states('sensor.clock') | int(0) }}"
    meter = await sources.start("phase_current", await add_templates(sources, template))
    await sources.pass_time(90, {"sensor.clock": ("1", {})})
    assert sources.state(meter) == "off"


@pytest.mark.parametrize("unique_id", [True, False])
async def test_a_template_of_a_file_is_fresh_with_its_source(
    hass: HomeAssistant, sources: Sources, unique_id: bool
) -> None:
    sources.show(RAW, "0", POWER_W)
    sensors = [
        {
            "name": f"Amps L{n}",
            "state": "{{ states('" + RAW[n - 1] + "') | float / 230 }}",
            "unit_of_measurement": "A",
            **({"unique_id": f"amps{n}"} if unique_id else {}),
        }
        for n in PHASES
    ]
    assert await async_setup_component(
        hass, "template", {"template": [{"sensor": sensors}]}
    )
    await hass.async_block_till_done()
    meter = await sources.start("phase_current", [f"sensor.amps_l{n}" for n in PHASES])

    await sources.pass_time(300, raw())
    assert sources.state(meter) == "on"
    await sources.pass_time(90, raw(3))
    assert sources.state(meter) == "off"


HELPERS = [
    pytest.param(
        "group",
        {"group_type": "sensor", "entities": RAW, "type": "sum", "hide_members": False},
        id="group",
    ),
    pytest.param(
        "min_max", {"entity_ids": RAW, "type": "sum", "round_digits": 0.0}, id="min_max"
    ),
]


@pytest.mark.parametrize(("domain", "options"), HELPERS)
async def test_a_constant_sum_is_fresh_with_all_its_members(
    sources: Sources, domain: str, options: dict[str, Any]
) -> None:
    sources.show(RAW, "300", POWER_W)
    await sources.add_helper(domain, "Sum", options | {"name": "Sum"})
    meter = await sources.start("total_power", ["sensor.sum"])

    await sources.pass_time(300, raw(value="300"))
    assert sources.state(meter) == "on"

    await sources.pass_time(90, raw(1, value="300"))
    assert sources.state(meter) == "off"


async def test_a_sum_of_templates_is_fresh_with_the_devices(sources: Sources) -> None:
    """A group of templates of devices that tell changes only, but for the voltage."""
    volts = {n: f"sensor.volts_l{n}" for n in PHASES}
    for n in PHASES:
        entities = {RAW[n - 1]: POWER_W, volts[n]: VOLTAGE_V}
        sources.add_device("mqtt", f"clamp {n}", entities)
    sources.show(volts.values(), "230", VOLTAGE_V)
    amps = await add_templates(sources, "{{ states('#') | float / 230 }}")
    await sources.add_helper(
        "group",
        "Sum",
        {
            "name": "Sum",
            "group_type": "sensor",
            "entities": amps,
            "type": "sum",
            "hide_members": False,
        },
    )
    watts = "{{ states('sensor.sum') | float * 230 }}"
    await sources.add_helper("template", "Watts", template_of("Watts", watts, "W"))
    meter = await sources.start("total_power", ["sensor.watts"])
    alive = dict.fromkeys(volts.values(), ("230", VOLTAGE_V))

    await sources.pass_time(300, alive)
    assert sources.state(meter) == "on"

    del alive[volts[2]]
    await sources.pass_time(90, alive)
    assert sources.state(meter) == "off"


@pytest.mark.parametrize("platform", ["esphome", "zha", "shelly"])
async def test_each_of_several_devices_has_its_own_siblings(
    sources: Sources, platform: str
) -> None:
    """Three clamps of one phase each: one of them may be gone."""
    amps = {n: f"sensor.clamp_amps_{n}" for n in PHASES}
    volts = {n: f"sensor.clamp_volts_{n}" for n in PHASES}
    for n in PHASES:
        entities = {amps[n]: CURRENT_A, volts[n]: VOLTAGE_V}
        sources.add_device(platform, f"clamp {n}", entities)
    sources.show(amps.values(), "0", CURRENT_A)
    sources.show(volts.values(), "230", VOLTAGE_V)
    meter = await sources.start("phase_current", amps.values())
    alive = dict.fromkeys(volts.values(), ("230", VOLTAGE_V))

    await sources.pass_time(300, alive)
    assert sources.state(meter) == "on"

    del alive[volts[1]]
    await sources.pass_time(90, alive)
    assert sources.state(meter) == "off"


STRANGERS = [
    pytest.param("shelly", "sensor.wifi", "-60", SIGNAL, id="signal strength"),
    pytest.param("shelly", "sensor.uptime", "1", {}, id="uptime"),
    pytest.param("shelly", "button.identify", "2026", {}, id="button"),
    pytest.param("shelly", "switch.relay", "on", {}, id="switch"),
    pytest.param(
        "utility_meter", "sensor.today", "3", POWER_W, id="helper on the device"
    ),
    pytest.param("template", "sensor.guess", "3", POWER_W, id="template on the device"),
]


@pytest.mark.parametrize(("platform", "entity_id", "value", "attributes"), STRANGERS)
async def test_what_goes_on_without_the_meter_is_no_sign(
    sources: Sources,
    platform: str,
    entity_id: str,
    value: str,
    attributes: dict[str, Any],
) -> None:
    sources.add_device("shelly", "3EM", {"sensor.em_power": POWER_W})
    own = er.async_get(sources.hass).async_get("sensor.em_power")
    assert own is not None
    er.async_get(sources.hass).async_get_or_create(
        entity_id.partition(".")[0],
        platform,
        entity_id,
        suggested_object_id=entity_id.partition(".")[2],
        device_id=own.device_id,
        original_device_class=attributes.get("device_class"),
    )
    sources.show(["sensor.em_power"], "500", POWER_W)
    sources.show([entity_id], value, attributes)
    meter = await sources.start("total_power", ["sensor.em_power"])

    await sources.pass_time(90, {entity_id: (value, attributes)})

    assert sources.state(meter) == "off"


async def test_members_that_come_later_are_heard(
    hass: HomeAssistant, sources: Sources
) -> None:
    """At a start of Home Assistant the site is often there before its meter."""
    hass.set_state(CoreState.starting)
    meter = await sources.start("total_power", ["sensor.sum"])
    sources.show(RAW, "300", POWER_W)
    _, options = HELPERS[0].values
    assert isinstance(options, dict)
    await sources.add_helper("group", "Sum", options | {"name": "Sum"})
    hass.set_state(CoreState.running)
    hass.bus.async_fire("homeassistant_started")
    await hass.async_block_till_done()

    await sources.pass_time(200, raw(value="300"))

    assert sources.state(meter) == "on"


def clock(sources: Sources, ago_s: float) -> str:
    """Return a time as a sensor shows it."""
    return (dt_util.utcnow() - timedelta(seconds=ago_s)).isoformat()


CONNECTED = {"device_class": "connectivity"}
SEEN = {"device_class": "timestamp"}


@pytest.mark.parametrize(
    ("entity_id", "value", "attributes", "status"),
    [
        ("sensor.packets", "7", {}, "on"),
        ("sensor.packets", "unavailable", {}, "off"),
        ("binary_sensor.link", "on", CONNECTED, "on"),
        ("binary_sensor.link", "off", CONNECTED, "off"),
        ("binary_sensor.trouble", "off", {"device_class": "problem"}, "on"),
        ("binary_sensor.trouble", "on", {"device_class": "problem"}, "off"),
        # One that is repeated tells nothing while the time that it shows is old.
        ("sensor.last_seen", "2020-01-01T00:00:00+00:00", SEEN, "off"),
        ("sensor.last_seen", "no time", SEEN, "off"),
    ],
)
async def test_a_heartbeat_that_the_owner_picks(
    sources: Sources,
    entity_id: str,
    value: str,
    attributes: dict[str, Any],
    status: str,
) -> None:
    amps = [f"sensor.amps_l{n}" for n in PHASES]
    sources.show(amps, "0", CURRENT_A)
    meter = await sources.start("phase_current", amps, heartbeat_entity=entity_id)
    await sources.pass_time(90, {entity_id: (value, attributes)})
    assert sources.state(meter) == status


async def test_a_heartbeat_that_shows_when_the_meter_was_seen(sources: Sources) -> None:
    sources.show(["sensor.power"], "0", POWER_W)
    meter = await sources.start(
        "total_power", ["sensor.power"], heartbeat_entity="sensor.last_seen"
    )
    for _ in range(10):
        await sources.pass_time(10, {"sensor.last_seen": (clock(sources, 5), SEEN)})
    assert sources.state(meter) == "on"
    seen = clock(sources, 0)
    await sources.pass_time(90, {"sensor.last_seen": (seen, SEEN)})
    assert sources.state(meter) == "off"


@pytest.mark.usefixtures("mock_setup_entry")
async def test_the_form_asks_for_a_heartbeat(hass: HomeAssistant) -> None:
    set_entities(hass)
    hass.states.async_set("binary_sensor.link", "on", CONNECTED)
    hass.states.async_set("button.identify", "unknown")
    walk = await add_site(hass)
    await walk.choose("home")
    await walk.send({"meter_kind": "total_power"})
    fields = {"power_entity": "sensor.grid_power", "can_export": False}
    fields |= {"invert_sign": False}
    for wrong in ("button.identify", "sensor.nowhere"):
        await walk.send(fields | {"advanced": {"heartbeat_entity": wrong}})
        assert set(walk.errors) == {"advanced"}
    await walk.send(fields | {"advanced": {"heartbeat_entity": "binary_sensor.link"}})
    assert walk.result["step_id"] == "meter_loss"


@pytest.mark.usefixtures("mock_setup_entry")
@pytest.mark.parametrize(
    ("entities", "suggested"),
    [
        ({"sensor.seen": SEEN | {"unique": "last_seen"}}, "sensor.seen"),
        ({"sensor.boot": SEEN | {"unique": "last_boot"}}, None),
        ({"sensor.volts": VOLTAGE_V, "sensor.seen_last_seen": SEEN}, None),
        ({"sensor.last_seen_a": SEEN, "sensor.last_seen_b": SEEN}, None),
        ({"button.last_seen": {}}, None),
    ],
)
async def test_the_form_suggests_a_heartbeat_where_nothing_else_shows_life(
    hass: HomeAssistant,
    sources: Sources,
    entities: dict[str, dict[str, Any]],
    suggested: str | None,
) -> None:
    hass.states.async_remove("sensor.grid_power")
    sources.add_device("zha", "clamp", {"sensor.grid_power": POWER_W})
    own = er.async_get(hass).async_get("sensor.grid_power")
    assert own is not None
    for entity_id, attributes in entities.items():
        domain, _, object_id = entity_id.partition(".")
        er.async_get(hass).async_get_or_create(
            domain,
            "zha",
            attributes.get("unique", entity_id),
            suggested_object_id=object_id,
            device_id=own.device_id,
            original_device_class=attributes.get("device_class"),
        )
    sources.show(["sensor.grid_power"], "500", POWER_W)
    walk = await add_site(hass)
    await walk.choose("home")
    if walk.result["step_id"] == "found_meter":
        await walk.send({})
    await walk.send({"meter_kind": "total_power"})
    assert walk.shown()["power_entity"] == "sensor.grid_power"
    assert walk.shown().get("heartbeat_entity") == suggested
