"""A test double of the integrations of charger families, and of the chargers behind.

It has their entities and actions, and what their own code and issues tell of how
they misbehave: writes that fail in silence, numbers that show what was asked
for, limits that are dropped, forgotten or lifted. No real charger was asked.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_lb.chargers.facts import Family, Limit, Role, Where
from custom_components.ev_lb.engine.model import ChargerStatus

HIGHEST_A: Final = 32.0
SWALLOW_ERRORS: Final = frozenset({"easee", "goecharger_api2", "keba"})
SHOW_WHAT_WAS_ASKED: Final = frozenset(
    {"mqtt", "tesla_fleet", "teslemetry", "tessie", "wallbox"}
)
"""Their numbers and switches change with the write, whatever the charger does."""
NUMBERS_FROM_6: Final = frozenset({"goecharger_api2", "openevse", "peblar", "wallbox"})
FORGET_AT_START: Final = frozenset({"openevse", "SmartEVSE"})
MEASURED: Final = (
    Role.MEASURED,
    Role.MEASURED_L1,
    Role.MEASURED_L2,
    Role.MEASURED_L3,
)


@dataclass
class FamilyCharger:
    """One charger, as it is and as its integration tells of it."""

    hass: HomeAssistant
    family: Family
    kind: str
    now_s: Callable[[], float]
    owner: str = "x1"
    disabled: frozenset[Role] = frozenset()
    limit_a: float = HIGHEST_A
    running: bool = True
    plugged: bool = True
    locked: bool = False
    """Whether a car has to wait, and nothing can be paused."""
    away: bool = False
    refuses: bool = False
    ignores: bool = False
    ends_s: float | None = None
    """When the limit ends."""
    heard: list[ServiceCall] = field(default_factory=list)
    calls: list[ServiceCall] = field(default_factory=list)
    """Those that reached it, and those that it has not acted on yet."""

    def __post_init__(self) -> None:
        """Put it up in Home Assistant."""
        self.entry = MockConfigEntry(domain=self.family.platform)
        self.entry.add_to_hass(self.hass)
        devices = dr.async_get(self.hass)
        parent = devices.async_get_or_create(
            config_entry_id=self.entry.entry_id,
            identifiers={(self.family.platform, f"parent of {self.owner}")},
        )
        self.device = devices.async_get_or_create(
            config_entry_id=self.entry.entry_id,
            identifiers={(self.family.platform, self.owner)},
            manufacturer=self.family.manufacturer,
            name="Garage",
            via_device_id=parent.id,
        )
        self.ids: dict[Role, str] = {}
        for role, where in self.family.entities.items():
            self.ids[role] = self._register(role, where, parent.id)
        self.serve()
        self.publish()

    @property
    def limit(self) -> Limit:
        """Return the limit that is set."""
        return self.family.limits[self.kind]

    @property
    def offered_a(self) -> float:
        """Return what a car may draw, A."""
        if not self.running or self.locked:
            return 0.0
        unlimited = self.family.zero_is_unlimited and self.limit_a == 0
        limit_a = HIGHEST_A if unlimited else self.limit_a
        return limit_a if limit_a >= self.family.lowest_a else 0.0

    def publish(self) -> None:
        """Show in Home Assistant what it is at now."""
        for role in self.family.entities:
            if role not in self.disabled:
                self._show(role)

    def go_away(self) -> None:
        """Lose its connection."""
        self.away = True
        if Role.ONLINE in self.ids:
            self.hass.states.async_set(self.ids[Role.ONLINE], "off")
            return
        for entity_id in self.ids.values():
            self.hass.states.async_set(entity_id, "unavailable")

    def come_back(self) -> None:
        """Start anew: without what it was told."""
        self.away = False
        self.open_up()

    def open_up(self) -> None:
        """Go back to its highest limit, as by another's hand."""
        self.running = True
        self.limit_a = 0.0 if self.family.zero_is_unlimited else HIGHEST_A
        self.publish()

    def act(self) -> None:
        """Do what it has been told, and what time brings."""
        if not self.ignores:
            for call in self.calls:
                self._do(call)
            self.calls.clear()
        if self.ends_s is not None and self.now_s() >= self.ends_s:
            self.ends_s = None
            self.limit_a = HIGHEST_A
            self.publish()

    def _register(self, role: Role, where: Where, parent_id: str) -> str:
        owner = f"parent-{self.owner}" if where.of_parent else self.owner
        return (
            er.async_get(self.hass)
            .async_get_or_create(
                where.domain,
                self.family.platform,
                self.family.unique_id.format(owner=owner, key=where.key),
                config_entry=self.entry,
                device_id=parent_id if where.of_parent else self.device.id,
                disabled_by=er.RegistryEntryDisabler.INTEGRATION
                if role in self.disabled
                else None,
            )
            .entity_id
        )

    def serve(self) -> None:
        """Answer the actions that it is told by."""
        own = {(call.domain, call.service) for call in _calls(self.limit)}
        for domain, service in own:
            self.hass.services.async_register(domain, service, self._told)

    async def _told(self, call: ServiceCall) -> None:
        self.heard.append(call)
        platform = self.family.platform
        if self.away or self.refuses:
            if platform in SWALLOW_ERRORS:
                return
            raise HomeAssistantError("refused")
        if platform == "easee" and self._drops(call):
            return
        if platform in SHOW_WHAT_WAS_ASKED and self.ignores:
            self._pretend(call)
        self.calls.append(call)
        self.act()

    def _drops(self, call: ServiceCall) -> bool:
        """Tell whether the limit is the one that its integration knows."""
        assert call.data["device_id"] == self.device.id
        shown = self.hass.states.get(self.ids[self.limit.shown or Role.CURRENT])
        assert shown is not None
        asked_a = call.data.get("current", call.data.get("current_p1"))
        assert isinstance(asked_a, int)
        return float(shown.state) == asked_a

    def _pretend(self, call: ServiceCall) -> None:
        state = self.hass.states.get(entity_id := call.data["entity_id"])
        assert state is not None
        told = call.data.get("value", call.data.get("option"))
        told = call.service.removeprefix("turn_") if told is None else told
        self.hass.states.async_set(entity_id, str(told), state.attributes)

    def _do(self, call: ServiceCall) -> None:
        """Take one call."""
        service, data = call.service, call.data
        if service in ("turn_off", "disable"):
            self.running = False
        elif service in ("turn_on", "enable"):
            self.running = True
        elif service == "select_option":
            self._choose(data["option"])
        elif not (self.family.zero_is_unlimited and not self.running):
            self._limit_to(data)
        self.publish()

    def _choose(self, option: str) -> None:
        runs = option not in self.family.stopped
        if runs and not self.running and self.family.start_clears_limit:
            self.limit_a = 0.0 if self.family.zero_is_unlimited else HIGHEST_A
        self.running = runs

    def _limit_to(self, data: dict[str, Any]) -> None:
        told = data.get("value", data.get("current", data.get("current_p1")))
        assert told is not None
        self.limit_a = float(told)
        minutes = data.get("time_to_live")
        self.ends_s = self.now_s() + minutes * 60 if minutes else None

    def _show(self, role: Role) -> None:
        where = self.family.entities[role]
        attributes: dict[str, Any] = {}
        if role in (Role.CURRENT, Role.CIRCUIT_CURRENT, Role.SHOWN):
            limit_a = self.limit_a
            if where.domain is Platform.NUMBER:
                lowest_a = 6 if self.family.platform in NUMBERS_FROM_6 else 0
                attributes = {"min": lowest_a, "max": HIGHEST_A, "step": 1}
                if self.family.platform == "openevse":
                    limit_a = HIGHEST_A
            value = f"{limit_a:g}"
        elif role is Role.RUN:
            value = self._run_state(where)
        elif role in MEASURED:
            value = f"{self.offered_a if self.plugged else 0.0:g}"
            attributes = {"unit_of_measurement": "A"}
            if where.attribute is not None:
                state = self.hass.states.get(self.ids[role])
                before = {} if state is None else dict(state.attributes)
                attributes = before | {where.attribute: value}
        elif role is Role.PHASES:
            value = self.family.all_phases
        elif role is Role.HOME:
            value = "home"
        elif role is Role.PLUG and where.domain is Platform.BINARY_SENSOR:
            value = "on" if self.plugged else "off"
        elif role is Role.ONLINE:
            value = "on"
        elif role is Role.LEFT_ALONE:
            value = f"{HIGHEST_A:g}"
        else:
            value = self._word(role)
        self.hass.states.async_set(self.ids[role], value, attributes)

    def _run_state(self, where: Where) -> str:
        if where.domain is Platform.BINARY_SENSOR:
            return "on" if self.offered_a and self.plugged else "off"
        if where.domain is Platform.SELECT:
            call = self.limit.start if self.running else self.limit.stop
            assert call is not None
            return str(call.data["option"])
        if self.family.run_needs_car and (self.locked or not self.plugged):
            return "unavailable"
        return "on" if self.running else "off"

    def _word(self, role: Role) -> str:
        """Return what a status says, in the words of its integration."""
        status = ChargerStatus.CONNECTED
        if not self.plugged:
            status = ChargerStatus.DISCONNECTED
        elif self.offered_a:
            status = ChargerStatus.CHARGING
        meanings = dict(self.family.statuses).get(role, {})
        return next((word for word, what in meanings.items() if what is status), "?")


def _calls(limit: Limit) -> Iterator[Any]:
    yield from (
        call
        for call in (limit.set_current, limit.stop, limit.start)
        if call is not None
    )
