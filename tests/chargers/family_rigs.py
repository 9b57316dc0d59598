"""Benches for all drivers: the families of chargers, plugs, and the others."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall

from custom_components.ev_lb.chargers.driver import ChargerDriver
from custom_components.ev_lb.chargers.entities import EntitiesDriver
from custom_components.ev_lb.chargers.facts import Role
from custom_components.ev_lb.chargers.families import FAMILIES
from custom_components.ev_lb.chargers.find import find
from custom_components.ev_lb.chargers.picked import plug
from tests.doubles.family_integration import FamilyCharger

from .rigs import ActionsRig, EntitiesRig, OcppRig, Rig

LEASE_S = 600.0


@dataclass
class FamilyRig(Rig):
    """A charger of a family behind the double of its integration."""

    family: str = "zaptec"
    kind: str = "charger"
    lease_s: float = 0.0
    disabled: frozenset[Role] = frozenset()

    @override
    def put_up(self) -> None:
        self.charger = FamilyCharger(
            self.hass,
            FAMILIES[self.family],
            self.kind,
            self.clock.now_s,
            disabled=self.disabled,
        )

    @override
    def driver_of(self) -> ChargerDriver:
        family = FAMILIES[self.family]
        return EntitiesDriver(
            self.hass,
            family,
            family.limits[self.kind],
            find(self.hass, family, self.charger.owner),
            self.clock.now_s,
            lease_s=self.lease_s,
        )

    @property
    @override
    def charger_a(self) -> float:
        return self.charger.offered_a

    @override
    def refuse(self, refuses: bool) -> None:
        self.charger.refuses = refuses

    def ignore(self, ignores: bool) -> None:
        """Let the charger take commands and act on them only later."""
        self.charger.ignores = ignores
        self.charger.act()

    def open_up(self) -> None:
        """Let somebody else raise its limit."""
        self.charger.open_up()

    @override
    def go_away(self) -> None:
        self.charger.go_away()

    @override
    def come_back(self) -> None:
        self.charger.come_back()

    @override
    async def tick(self) -> None:
        await super().tick()
        self.charger.act()
        await self.hass.async_block_till_done()


@dataclass
class PickedRig(EntitiesRig):
    """A number and a switch that may act later, or by another's hand."""

    ignores: bool = False
    held: list[ServiceCall] = field(default_factory=list)

    def ignore(self, ignores: bool) -> None:
        """Let the charger take commands and act on them only later."""
        self.ignores = ignores
        for call in [] if ignores else self.held:
            self._show(call)

    def open_up(self) -> None:
        """Let somebody else raise its limit."""
        self.come_back()

    @override
    async def _told(self, call: ServiceCall) -> None:
        if self.ignores:
            self.held.append(call)
            return
        await super()._told(call)

    def _show(self, call: ServiceCall) -> None:
        if call.service == "set_value":
            state = self.hass.states.get(call.data["entity_id"])
            assert state is not None
            self.hass.states.async_set(
                state.entity_id, str(call.data["value"]), state.attributes
            )
        else:
            name = call.data["entity_id"]
            self.hass.states.async_set(name, call.service.removeprefix("turn_"))


@dataclass
class PlugRig(PickedRig):
    """A load of 10 A on a plug."""

    @override
    def driver_of(self) -> ChargerDriver:
        family, found = plug("switch.wallbox", 10.0)
        return EntitiesDriver(
            self.hass, family, family.limits["plug"], found, self.clock.now_s
        )

    @property
    @override
    def charger_a(self) -> float:
        switch = self.hass.states.get("switch.wallbox")
        assert switch is not None
        return 10.0 if switch.state == "on" else 0.0


@dataclass
class OwnActionsRig(ActionsRig):
    """Actions that may act later, or beside another's hand."""

    ignores: bool = False
    held_a: float | None = None

    def ignore(self, ignores: bool) -> None:
        """Let the charger take commands and act on them only later."""
        self.ignores = ignores
        if not ignores and self.held_a is not None:
            self.set_a = self.held_a

    def open_up(self) -> None:
        """Let somebody else raise its limit."""
        self.set_a = 32.0

    @override
    async def _told(self, call: ServiceCall) -> None:
        before_a = self.set_a
        await super()._told(call)
        if self.ignores:
            self.held_a, self.set_a = self.set_a, before_a


@dataclass
class OpenedOcppRig(OcppRig):
    """A charge point whose profiles somebody else may clear."""

    def open_up(self) -> None:
        """Let somebody else clear its profiles."""
        self.point.profiles.clear()


type Bench = FamilyRig | PickedRig | OwnActionsRig | OpenedOcppRig
type MakeRig = Callable[[HomeAssistant, FrozenDateTimeFactory], Bench]


def _family(name: str, kind: str, lease_s: float = 0.0) -> MakeRig:
    def make(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Bench:
        return FamilyRig(hass, freezer, family=name, kind=kind, lease_s=lease_s)

    return make


BENCHES: dict[str, MakeRig] = {
    "actions": OwnActionsRig,
    "entities": PickedRig,
    "ocpp": OpenedOcppRig,
    "plug": PlugRig,
    **{
        name if len(family.limits) == 1 else f"{name}, {kind}": _family(name, kind)
        for name, family in FAMILIES.items()
        for kind in family.limits
    },
    "easee, with an end": _family("easee", "charger", LEASE_S),
}
