"""Lets the simulated home live by the site's clock."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from custom_components.ev_lb.building.site import chargers_of, named_phases, phases_of
from custom_components.ev_lb.building.site_soundness import site_data, site_options
from custom_components.ev_lb.const import (
    CONF_SERVICE_CURRENT_A,
    CONF_SIMULATED_BATTERY,
    CONF_SIMULATED_SOLAR,
    CONF_VOLTAGE_V,
    DOMAIN,
)
from custom_components.ev_lb.control.clock import Clock
from custom_components.ev_lb.engine.model import PerPhase
from custom_components.ev_lb.settings import SITE
from custom_components.ev_lb.simulation.battery import BatteryConfiguration
from custom_components.ev_lb.simulation.charger import (
    ChargerConfiguration,
    ChargerFault,
    ChargerView,
)
from custom_components.ev_lb.simulation.household import clear_day, recorded_day
from custom_components.ev_lb.simulation.ledger import PlantStatistics
from custom_components.ev_lb.simulation.market import hourly_prices, price_at
from custom_components.ev_lb.simulation.meter import MeterFault
from custom_components.ev_lb.simulation.plant import (
    NO_POWER,
    Plant,
    PlantConfiguration,
    PlantView,
)

# However fast the plant runs, Home Assistant gets this long between two of its
# events, s on the wall.
SHORTEST_TICK_S: Final = 0.01
# Sums over the whole run are for people: they need not be newer than this, s.
STATISTICS_PERIOD_S: Final = 1.0
KETTLE: Final = "kettle"
OVEN: Final = "oven"
APPLIANCES_W: Final[dict[str, PerPhase]] = {
    KETTLE: (2200.0, 0.0, 0.0),
    OVEN: (0.0, 3450.0, 0.0),
}
"""What the appliances that people switch draw, W per phase."""
METER_FAULTS: Final = (MeterFault.LOST, MeterFault.FROZEN)
CHARGER_FAULTS: Final = (ChargerFault.OFFLINE, ChargerFault.DEAF)
"""The faults that people may cause; of two, the first one shows."""
SOLAR_PEAK_W: Final = 8000.0
CLOUDY_SHARE: Final = 0.15
"""What a cloud leaves of the sun."""
# By then a car draws what its charger offers from the start, s.
SETTLED_AFTER_S: Final = 60.0


class SimulatedHome:
    """Owns the plant: gives it the clock's time, and updates its entities."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], clock: Clock, plant: Plant
    ) -> None:
        """Take a plant that lives on from now."""
        self._hass = hass
        self._clock = clock
        self._plant = plant
        self._start_s = clock.now_s() - plant.now_s
        self._listeners: set[CALLBACK_TYPE] = set()
        self._cancel_tick: CALLBACK_TYPE | None = None
        self._statistics_s = 0.0
        self.running = dict.fromkeys(APPLIANCES_W, False)
        """Which appliances are on."""
        self.cloudy = False
        self.meter_faults: set[MeterFault] = set()
        chargers = [subentry.subentry_id for subentry in chargers_of(entry)]
        self.plugged_in = dict.fromkeys(chargers, True)
        """Whether each charger's car is plugged in."""
        self.charger_faults: dict[str, set[ChargerFault]] = {
            charger_id: set() for charger_id in chargers
        }
        self.view: PlantView = plant.view()
        self.statistics: PlantStatistics = plant.statistics()

    @callback
    def async_start(self) -> None:
        """Let time go on."""
        self._tick()

    @callback
    def async_stop(self) -> None:
        """Let time stand still."""
        if self._cancel_tick is not None:
            self._cancel_tick()
            self._cancel_tick = None

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener when something may have changed; return how to stop that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    @property
    def price(self) -> float:
        """Return what a kWh costs now."""
        return price_at(self._clock.now_s(), dt_util.get_default_time_zone())

    @property
    def prices(self) -> Iterator[tuple[datetime, datetime, float]]:
        """Return what it costs in each hour that is known, with begin and end."""
        return hourly_prices(self._clock.now_s(), dt_util.get_default_time_zone())

    @property
    def currency(self) -> str:
        """Return what prices are in."""
        return self._hass.config.currency

    def charger(self, charger_id: str) -> ChargerView:
        """Return what can be seen of a charger and its car."""
        return next(c for c in self.view.chargers if c.charger_id == charger_id)

    @callback
    def set_current(self, charger_id: str, current_a: float) -> None:
        """Send a charger a set-point, A."""
        self._advance()
        self._check(self._plant.set_current(charger_id, current_a))

    @callback
    def set_enabled(self, charger_id: str, enabled: bool) -> None:
        """Let a charger charge, or not."""
        self._advance()
        self._check(self._plant.set_enabled(charger_id, enabled))

    @callback
    def set_plugged_in(self, charger_id: str, plugged_in: bool) -> None:
        """Plug a car in, or out."""
        self._advance()
        if plugged_in:
            self._plant.plug_in(charger_id)
        else:
            self._plant.unplug(charger_id)
        self.plugged_in[charger_id] = plugged_in
        self._tick()

    @callback
    def set_running(self, appliance: str, running: bool) -> None:
        """Switch an appliance on or off."""
        self._advance()
        power_w = APPLIANCES_W[appliance] if running else NO_POWER
        self._plant.set_extra_load(appliance, power_w)
        self.running[appliance] = running
        self._tick()

    @callback
    def set_cloudy(self, cloudy: bool) -> None:
        """Let a cloud pass before the sun, or clear the sky."""
        self._advance()
        self._plant.set_sun_share(CLOUDY_SHARE if cloudy else 1.0)
        self.cloudy = cloudy
        self._tick()

    @callback
    def set_meter_fault(self, fault: MeterFault, present: bool) -> None:
        """Begin a fault of the meter, or end it; one that is lost shows no other."""
        self._advance()
        _note(self.meter_faults, fault, present)
        self._plant.set_meter_fault(_worst(METER_FAULTS, self.meter_faults))
        self._tick()

    @callback
    def set_charger_fault(
        self, charger_id: str, fault: ChargerFault, present: bool
    ) -> None:
        """Begin a fault of a charger, or end it; one that is offline shows no other."""
        self._advance()
        faults = self.charger_faults[charger_id]
        _note(faults, fault, present)
        worst = _worst(CHARGER_FAULTS, faults)
        self._plant.set_charger_fault(charger_id, worst)
        self._tick()

    def _check(self, taken: bool) -> None:
        self._tick()
        if not taken:
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="simulated_charger_offline"
            )

    def _advance(self) -> None:
        plant_s = self._clock.now_s() - self._start_s
        self._plant.advance(max(plant_s, self._plant.now_s))

    @callback
    def _async_due(self, _now: datetime) -> None:
        self._cancel_tick = None
        self._tick()

    @callback
    def _tick(self) -> None:
        self._advance()
        self.view = self._plant.view()
        age_s = self._clock.wall_delay_s(self._plant.now_s - self._statistics_s)
        if age_s >= STATISTICS_PERIOD_S:
            self._statistics_s = self._plant.now_s
            self.statistics = self._plant.statistics()
        for listener in tuple(self._listeners):
            listener()
        self.async_stop()
        delay_s = self._plant.next_event_s() - self._plant.now_s
        self._cancel_tick = async_call_later(
            self._hass,
            max(SHORTEST_TICK_S, self._clock.wall_delay_s(delay_s)),
            HassJob(self._async_due, cancel_on_shutdown=True),
        )


def _note[T](faults: set[T], fault: T, present: bool) -> None:
    if present:
        faults.add(fault)
    else:
        faults.discard(fault)


def _worst[T](order: Iterable[T], faults: set[T]) -> T | None:
    return next((fault for fault in order if fault in faults), None)


async def async_create_home(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    clock: Clock,
    set_a: dict[str, float],
) -> SimulatedHome:
    """Build the home; its chargers keep what they were set to before a restart, A.

    So do their cars: to charge is nothing that a restart may interrupt.
    """
    data = site_data(entry)
    household = await hass.async_add_executor_job(recorded_day)
    plant = Plant(
        PlantConfiguration(
            # A fuse must be there, whatever it can carry.
            service_current_a=site_options(entry)[CONF_SERVICE_CURRENT_A]
            or SITE[CONF_SERVICE_CURRENT_A].default,
            phases=phases_of(entry),
            voltage_v=float(SITE[CONF_VOLTAGE_V].of(data)),
            household=household,
            solar=clear_day(SOLAR_PEAK_W) if data.get(CONF_SIMULATED_SOLAR) else None,
            battery=BatteryConfiguration()
            if data.get(CONF_SIMULATED_BATTERY)
            else None,
            chargers=tuple(
                _charger(entry, subentry, set_a.get(subentry.subentry_id, 0.0))
                for subentry in chargers_of(entry)
            ),
        )
    )
    if any(set_a.values()):
        plant.advance(SETTLED_AFTER_S)
    return SimulatedHome(hass, entry, clock, plant)


def _charger(
    entry: ConfigEntry[Any], subentry: ConfigSubentry, set_a: float
) -> ChargerConfiguration:
    return ChargerConfiguration(
        charger_id=subentry.subentry_id,
        phases=named_phases(entry, subentry.data),
        initial_current_a=set_a,
    )
