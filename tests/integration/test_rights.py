"""What belongs to the installation is for administrators; all else is everyday life."""

from http import HTTPStatus
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.const import (
    GROUP_ID_ADMIN,
    GROUP_ID_READ_ONLY,
    GROUP_ID_USER,
)
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import CLIENT_ID
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from .simulated_site import CHARGER_ID, ENTRY_ID, SimulatedSite

INSTALLATION = {"number.service_current"}
"""What only administrators set. Circuits, what happens without the meter, fallback and
failsafe currents have no entities: forms ask for them."""
RATED = {"number.import_limit", "number.max_charger_current"}
"""What others set too, but not above what an administrator entered."""
EVERYDAY = {
    "button.reset",
    "datetime.departure",
    "number.energy_needed",
    "number.excess_threshold",
    "number.home_battery_soc_min",
    "number.home_battery_soc_target",
    "number.min_ev_current",
    "number.power_buffer",
    "number.priority",
    "number.ramp_up_time",
    "number.weight",
    "select.charging_mode",
    "select.distribution_mode",
    "switch.allow_grid_charging",
    "switch.enabled",
    "switch.shadow_mode",
}
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "button": ("press", {}),
    "datetime": ("set_value", {"datetime": "2030-01-01T06:00:00+00:00"}),
    "number": ("set_value", {}),
    "select": ("select_option", {}),
    "switch": ("toggle", {}),
}
FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "site": (
        "/api/config/config_entries/flow",
        {"handler": "ev_lb", "entry_id": ENTRY_ID},
    ),
    "options": ("/api/config/config_entries/options/flow", {"handler": ENTRY_ID}),
    "circuit": (
        "/api/config/config_entries/subentries/flow",
        {"handler": [ENTRY_ID, "circuit"]},
    ),
    "charger": (
        "/api/config/config_entries/subentries/flow",
        {"handler": [ENTRY_ID, "charger"], "subentry_id": CHARGER_ID},
    ),
}


@pytest.fixture
async def site(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> SimulatedSite:
    """Return a simulated home that has all that can be set."""
    # The first user of all is the owner, who may do everything.
    await hass.auth.async_create_user("owner")
    site = SimulatedSite(hass, freezer, simulated_solar=True, simulated_battery=True)
    site.entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        site.entry, options={**site.entry.options, "import_limit_w": 9000.0}
    )
    assert await hass.config_entries.async_setup(ENTRY_ID)
    await hass.async_block_till_done()
    return site


async def context_of(hass: HomeAssistant, group: str | None) -> Context:
    """Return who acts: a user of a group, or an automation without a user."""
    if group is None:
        return Context()
    user = await hass.auth.async_create_user(group, group_ids=[group])
    return Context(user_id=user.id)


def controls(site: SimulatedSite) -> dict[str, list[str]]:
    """Return the entities that set something, by platform and key."""
    found: dict[str, list[str]] = {}
    rows = er.async_entries_for_config_entry(er.async_get(site.hass), ENTRY_ID)
    for row in rows:
        if row.domain in CALLS and "_simulated_" not in row.unique_id:
            key = row.unique_id.removeprefix(f"{CHARGER_ID}_")
            key = key.removeprefix(f"{ENTRY_ID}_")
            found.setdefault(f"{row.domain}.{key}", []).append(row.entity_id)
    return found


async def use(
    site: SimulatedSite, entity_id: str, context: Context, value: float | None = None
) -> None:
    """Set an entity to what it may be, a number to its highest if not told otherwise."""
    domain = entity_id.split(".", maxsplit=1)[0]
    service, data = CALLS[domain]
    state = site.hass.states.get(entity_id)
    assert state is not None
    if domain == "number":
        data = {"value": state.attributes["max"] if value is None else value}
    if domain == "select":
        data = {"option": state.attributes["options"][-1]}
    await site.hass.services.async_call(
        domain,
        service,
        {"entity_id": entity_id, **data},
        blocking=True,
        context=context,
    )


def stored(site: SimulatedSite) -> tuple[Any, ...]:
    return dict(site.entry.options), dict(site.entry.subentries[CHARGER_ID].data)


async def test_each_entity_is_one_or_the_other(site: SimulatedSite) -> None:
    """A new one has to be put into one of the three sets."""
    assert set(controls(site)) == INSTALLATION | RATED | EVERYDAY


async def test_a_user_sets_what_is_everyday_life_and_nothing_else(
    site: SimulatedSite,
) -> None:
    context = await context_of(site.hass, GROUP_ID_USER)
    for key, entity_ids in controls(site).items():
        for entity_id in entity_ids:
            if key in EVERYDAY:
                value = 6.0 if key == "number.min_ev_current" else None
                await use(site, entity_id, context, value)
                continue
            before = stored(site)
            refusal = ServiceValidationError if key in RATED else Unauthorized
            with pytest.raises(refusal):
                await use(site, entity_id, context)
            assert stored(site) == before


@pytest.mark.parametrize(
    ("key", "rating", "lower", "name"),
    [
        ("number.import_limit", 9000.0, 4000.0, "Simulated home"),
        ("number.max_charger_current", 16.0, 8.0, "Simulated charger"),
    ],
)
async def test_a_user_lowers_and_raises_within_what_an_administrator_entered(
    site: SimulatedSite, key: str, rating: float, lower: float, name: str
) -> None:
    (entity_id,) = controls(site)[key]
    untouched = stored(site)
    user = await context_of(site.hass, GROUP_ID_USER)
    admin = await context_of(site.hass, GROUP_ID_ADMIN)

    runtime = site.entry.runtime_data
    # It holds at once, without a reload.
    for value in (lower, lower - 1, rating):
        await use(site, entity_id, user, value)
        await site.hass.async_block_till_done()
        assert site.entry.runtime_data is runtime
        assert float(site.hass.states.get(entity_id).state) == value
    # Nothing but the value was written down on the way.
    assert stored(site) == untouched
    with pytest.raises(ServiceValidationError) as refused:
        await use(site, entity_id, user, rating + 1)
    placeholders = refused.value.translation_placeholders or {}
    assert placeholders["name"] == name
    assert placeholders["rating"].split()[0] == f"{rating:g}"
    assert stored(site) == untouched

    # An administrator raises it, and others have it from then on.
    await use(site, entity_id, admin, rating + 2)
    await use(site, entity_id, user, lower)
    await use(site, entity_id, user, rating + 2)
    # What is lowered by an entity is no new rating: who lowered it does not matter.
    await use(site, entity_id, admin, lower)
    await use(site, entity_id, user, rating + 2)
    with pytest.raises(ServiceValidationError):
        await use(site, entity_id, user, rating + 3)


async def test_an_action_does_not_go_above_the_rating_either(
    site: SimulatedSite,
) -> None:
    async def set_maximum(max_a: float, context: Context) -> None:
        await site.hass.services.async_call(
            "ev_lb",
            "set_current_range",
            {"max_current_a": max_a},
            blocking=True,
            context=context,
        )

    user = await context_of(site.hass, GROUP_ID_USER)
    await set_maximum(8, user)
    with pytest.raises(ServiceValidationError):
        await set_maximum(17, user)
    assert site.entry.subentries[CHARGER_ID].data["max_current_a"] == 8
    await set_maximum(16, user)
    await set_maximum(20, Context())
    await set_maximum(20, user)


@pytest.mark.parametrize("junk", [None, "20", float("nan"), float("inf"), [40], True])
async def test_a_rating_that_cannot_be_read_allows_nothing(
    site: SimulatedSite, junk: Any
) -> None:
    charger = site.entry.subentries[CHARGER_ID]
    data = {**charger.data, "rated_max_current_a": junk}
    site.hass.config_entries.async_update_subentry(site.entry, charger, data=data)
    (entity_id,) = controls(site)["number.max_charger_current"]
    user = await context_of(site.hass, GROUP_ID_USER)
    with pytest.raises(ServiceValidationError):
        await use(site, entity_id, user, 17.0)
    await use(site, entity_id, user, 16.0)


@pytest.mark.parametrize("max_a", [8.0, 12.0])
async def test_what_a_form_is_sent_is_the_rating_unless_nobody_changed_it(
    site: SimulatedSite, max_a: float
) -> None:
    """A form that shows 8 A of 16 A, and is sent for something else, changes nothing."""
    (entity_id,) = controls(site)["number.max_charger_current"]
    user = await context_of(site.hass, GROUP_ID_USER)
    await use(site, entity_id, user, 8.0)
    subentries = site.hass.config_entries.subentries
    form = await subentries.async_init(
        (ENTRY_ID, "charger"),
        context={"source": "reconfigure", "subentry_id": CHARGER_ID},
    )
    if form["type"] == "menu":
        form = await subentries.async_configure(
            form["flow_id"], {"next_step_id": "change"}
        )
    sent = {
        key.schema: key.default()
        for key in form["data_schema"].schema
        if key.schema not in ("sharing", "advanced") and callable(key.default)
    }
    await subentries.async_configure(form["flow_id"], sent | {"max_current_a": max_a})
    await site.hass.async_block_till_done()

    rating = 16.0 if max_a == 8.0 else max_a
    await use(site, entity_id, user, rating)
    with pytest.raises(ServiceValidationError):
        await use(site, entity_id, user, rating + 1)


@pytest.mark.parametrize(("limit_w", "rating_w"), [(4000.0, 9000.0), (5000.0, 5000.0)])
async def test_the_form_of_limits_is_the_rating_of_the_import_limit_alike(
    site: SimulatedSite, limit_w: float, rating_w: float
) -> None:
    (entity_id,) = controls(site)["number.import_limit"]
    user = await context_of(site.hass, GROUP_ID_USER)
    await use(site, entity_id, user, 4000.0)
    flows = site.hass.config_entries.flow
    form = await flows.async_init(
        "ev_lb", context={"source": "reconfigure", "entry_id": ENTRY_ID}
    )
    form = await flows.async_configure(form["flow_id"], {"next_step_id": "limits"})
    sent = {
        "import_limit_w": limit_w,
        "capacity_tariff": {
            "capacity_tariff_period_s": "900",
            "capacity_tariff_follows_peak": False,
        },
        "external_cap": {"external_cap_w": 4200.0, "external_cap_per_charger": False},
        "advanced": {"fuse_tolerance_percent": 0.0},
    }
    done = await flows.async_configure(form["flow_id"], sent)
    assert done["reason"] == "reconfigure_successful"
    await site.hass.async_block_till_done()

    await use(site, entity_id, user, rating_w)
    with pytest.raises(ServiceValidationError):
        await use(site, entity_id, user, rating_w + 1)


@pytest.mark.parametrize(
    ("key", "service"),
    [("switch.enabled", "turn_off"), ("switch.shadow_mode", "turn_on")],
)
@pytest.mark.parametrize("group", [GROUP_ID_USER, None])
async def test_who_ends_the_protection_is_logged(
    site: SimulatedSite,
    caplog: pytest.LogCaptureFixture,
    key: str,
    service: str,
    group: str | None,
) -> None:
    """It is a switch as any other: whoever may control it does, and is named."""
    entity_id = next(row for row in controls(site)[key] if "charger" not in row)
    context = await context_of(site.hass, group)
    back = {"turn_off": "turn_on", "turn_on": "turn_off"}[service]
    for name in (back, service):
        await site.hass.services.async_call(
            "switch", name, {"entity_id": entity_id}, blocking=True, context=context
        )
    told = [row for row in caplog.records if "not protected" in row.getMessage()]
    assert [row.levelname for row in told] == ["WARNING"]
    assert told[0].name == "custom_components.ev_lb.events"
    assert ("an automation" if group is None else group) in told[0].getMessage()


@pytest.mark.parametrize("group", [GROUP_ID_ADMIN, None])
async def test_administrators_and_automations_set_all(
    site: SimulatedSite, group: str | None
) -> None:
    context = await context_of(site.hass, group)
    for entity_ids in controls(site).values():
        for entity_id in entity_ids:
            await use(site, entity_id, context)
    assert site.entry.options["service_current_a"] == 400.0


async def test_who_may_only_read_sets_nothing(site: SimulatedSite) -> None:
    context = await context_of(site.hass, GROUP_ID_READ_ONLY)
    before = stored(site)
    for entity_ids in controls(site).values():
        for entity_id in entity_ids:
            with pytest.raises(Unauthorized):
                await use(site, entity_id, context)
    assert stored(site) == before


async def test_an_automation_after_a_user_is_not_taken_for_the_user(
    site: SimulatedSite,
) -> None:
    (fuse,) = controls(site)["number.service_current"]
    with pytest.raises(Unauthorized):
        await use(site, fuse, await context_of(site.hass, GROUP_ID_USER))

    await use(site, fuse, await context_of(site.hass, None))

    assert site.entry.options["service_current_a"] == 400.0


@pytest.mark.parametrize(
    ("group", "status"),
    [
        (GROUP_ID_ADMIN, HTTPStatus.OK),
        (GROUP_ID_USER, HTTPStatus.UNAUTHORIZED),
        (GROUP_ID_READ_ONLY, HTTPStatus.UNAUTHORIZED),
    ],
)
@pytest.mark.parametrize("form", FORMS)
async def test_only_an_administrator_opens_a_form(
    site: SimulatedSite,
    hass_client: ClientSessionGenerator,
    group: str,
    status: HTTPStatus,
    form: str,
) -> None:
    """Circuits, meter loss, fallback and failsafe are asked for in forms only."""
    hass = site.hass
    assert await async_setup_component(hass, "config", {})
    user = await hass.auth.async_create_user(group, group_ids=[group])
    refresh = await hass.auth.async_create_refresh_token(user, CLIENT_ID)
    client = await hass_client(hass.auth.async_create_access_token(refresh))
    path, data = FORMS[form]

    answer = await client.post(path, json=data)

    assert answer.status == status
