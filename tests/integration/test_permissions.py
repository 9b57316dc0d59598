"""Who may change what: by the permissions that Home Assistant gives its users."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from .homes import CHARGER_ID, Home, make_entry

ACTIONS: list[tuple[str, dict[str, Any]]] = [
    ("set_limit", {"current_a": 8}),
    ("clear_limit", {}),
    ("reset_charger", {}),
    ("set_current_range", {"max_current_a": 10}),
    ("set_charging_mode", {"mode": "eco"}),
    ("set_distribution_mode", {"mode": "shared"}),
]
NAN = float("nan")


@pytest.fixture
async def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return a home whose car charges at 18 A."""
    home = Home(hass, freezer, make_entry())
    await home.start_charging()
    return home


def a_user(hass: HomeAssistant, policy: dict[str, Any]) -> User:
    """Add a user who is no administrator."""
    user = MockUser().add_to_hass(hass)
    user.mock_policy(policy)
    return user


def kept(home: Home) -> tuple[Any, ...]:
    """Return all that the actions could have changed."""
    entry = home.entry
    charger = entry.subentries[CHARGER_ID]
    limits_a = entry.runtime_data.controller.sessions.limits_a
    return dict(entry.options), dict(charger.data), dict(limits_a)


@pytest.mark.parametrize(("action", "data"), ACTIONS)
async def test_who_may_only_read_changes_nothing_by_an_action(
    home: Home, hass_read_only_user: User, action: str, data: dict[str, Any]
) -> None:
    before = kept(home)

    with pytest.raises(Unauthorized):
        await home.hass.services.async_call(
            "ev_lb",
            action,
            data,
            blocking=True,
            context=Context(user_id=hass_read_only_user.id),
        )

    assert kept(home) == before


@pytest.mark.parametrize(("action", "data"), ACTIONS)
async def test_who_may_control_the_entities_may_act(
    home: Home, action: str, data: dict[str, Any]
) -> None:
    user = a_user(home.hass, {"entities": {"all": {POLICY_CONTROL: True}}})

    await home.hass.services.async_call(
        "ev_lb", action, data, blocking=True, context=Context(user_id=user.id)
    )


async def test_one_charger_may_be_controlled_alone(home: Home) -> None:
    """Its entities are enough for what is about it, and not for what is not."""
    ours = [
        state.entity_id
        for state in home.hass.states.async_all()
        if state.entity_id.split(".")[1].startswith("garage_")
    ]
    assert ours
    policy = {"entities": {"entity_ids": {row: {POLICY_CONTROL: True} for row in ours}}}
    context = Context(user_id=a_user(home.hass, policy).id)

    await home.hass.services.async_call(
        "ev_lb", "set_limit", {"current_a": 8}, blocking=True, context=context
    )
    assert home.entry.runtime_data.controller.sessions.limits_a == {CHARGER_ID: 8}
    with pytest.raises(Unauthorized):
        await home.hass.services.async_call(
            "ev_lb",
            "set_distribution_mode",
            {"mode": "shared"},
            blocking=True,
            context=context,
        )


def number(home: Home, key: str, owner: str = "") -> Any:
    """Return one of our numbers itself: the charger's has taken over the action."""
    entity_id = home.entity_id("number", key, owner)
    return home.hass.data["entity_components"]["number"].get_entity(entity_id)


async def test_only_an_administrator_sets_the_main_fuse(
    home: Home, hass_admin_user: User
) -> None:
    user = a_user(home.hass, {"entities": {"all": {POLICY_CONTROL: True}}})
    fuse = number(home, "service_current")

    fuse.async_set_context(Context(user_id=user.id))
    with pytest.raises(Unauthorized):
        await fuse.async_set_native_value(400.0)
    assert home.entry.options["service_current_a"] == 32.0

    fuse.async_set_context(Context(user_id=hass_admin_user.id))
    await fuse.async_set_native_value(25.0)
    assert home.entry.options["service_current_a"] == 25.0


@pytest.mark.parametrize("value", [NAN, float("inf"), float("-inf")])
async def test_no_number_takes_what_is_no_number(home: Home, value: float) -> None:
    """Whatever is set by it; the entities' own limits let such values through."""
    before = kept(home)
    component = home.hass.data["entity_components"]["number"]
    ours = [row for row in component.entities if row.platform.platform_name == "ev_lb"]
    assert len(ours) >= 5

    for entity in ours:
        with pytest.raises(ServiceValidationError, match="not a number"):
            await entity.async_set_native_value(value)

    assert kept(home) == before


@pytest.mark.parametrize(
    "key",
    ["service_current_a", "ramp_up_time_s", "power_buffer_w", "freshness_limit_s"],
)
@pytest.mark.parametrize("value", [NAN, None, "much", [], 10**400])
async def test_a_number_that_was_stored_broken_does_not_stop_the_site(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, key: str, value: object
) -> None:
    home = Home(hass, freezer, make_entry(site={key: value}, options={key: value}))
    await home.install_charger()
    home.meter(3000)

    await home.start()

    assert home.entry.runtime_data.controller.decision is not None


async def test_only_an_administrator_replays(
    home: Home, hass_read_only_user: User
) -> None:
    with pytest.raises(Unauthorized):
        await home.hass.services.async_call(
            "ev_lb",
            "replay",
            {"entry_id": "home", "start": "2026-01-01T00:00:00"},
            blocking=True,
            return_response=True,
            context=Context(user_id=hass_read_only_user.id),
        )
