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
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import CLIENT_ID
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from .simulated_site import CHARGER_ID, ENTRY_ID, SimulatedSite

INSTALLATION = {"number.service_current"}
"""What only administrators set. Circuits, what happens without the meter, fallback and
failsafe currents have no entities: forms ask for them."""
EVERYDAY = {
    "button.reset",
    "datetime.departure",
    "number.energy_needed",
    "number.excess_threshold",
    "number.home_battery_soc_min",
    "number.home_battery_soc_target",
    "number.import_limit",
    "number.max_charger_current",
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


async def use(site: SimulatedSite, entity_id: str, context: Context) -> None:
    """Set an entity to what it may be."""
    domain = entity_id.split(".", maxsplit=1)[0]
    service, data = CALLS[domain]
    state = site.hass.states.get(entity_id)
    assert state is not None
    if domain == "number":
        data = {"value": state.attributes["max"]}
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
    """A new one has to be put into one of the two sets."""
    assert set(controls(site)) == INSTALLATION | EVERYDAY


async def test_a_user_sets_what_is_everyday_life_and_nothing_else(
    site: SimulatedSite,
) -> None:
    context = await context_of(site.hass, GROUP_ID_USER)
    for key, entity_ids in controls(site).items():
        for entity_id in entity_ids:
            if key in EVERYDAY:
                await use(site, entity_id, context)
                continue
            before = stored(site)
            with pytest.raises(Unauthorized):
                await use(site, entity_id, context)
            assert stored(site) == before


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
