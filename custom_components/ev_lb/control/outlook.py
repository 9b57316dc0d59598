"""What is to be expected: prices, the sun and the house, as the plan's slots."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_registry import EventEntityRegistryUpdatedData
from homeassistant.helpers.event import (
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
    async_track_time_interval,
)
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from custom_components.ev_lb.accounting.tariff import Tariff
from custom_components.ev_lb.building.drivers import simulated_price_key
from custom_components.ev_lb.building.features import plans
from custom_components.ev_lb.building.renames import renamed
from custom_components.ev_lb.building.site_soundness import is_simulated, site_options
from custom_components.ev_lb.const import (
    CONF_EXPORT_PRICE_ENTITY,
    CONF_PRICE_ENTITY,
    DOMAIN,
)
from custom_components.ev_lb.prices.history import QuarterHistory
from custom_components.ev_lb.prices.horizon import in_windows
from custom_components.ev_lb.prices.slots import Expected, PlanSlots
from custom_components.ev_lb.prices.sunshine import SunRows, power_at, sunshine

from .controller import Controller
from .energy_dashboard import async_dashboard_prices, async_solar_forecasts
from .kept_file import KeptFile
from .listeners import Listeners
from .price_source import PriceSource

OUTLOOK: Final = "outlook"
REFRESH: Final = timedelta(minutes=15)
SAVE_DELAY_S: Final = 60.0
PRICE, EXPORT_PRICE = "price", "export_price"
HOUSE, ROOF = "house", "roof"
QUARTER_S: Final = 900.0


async def async_remove_outlook(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what a site noted of prices, house and roof."""
    await KeptFile(hass, entry_id, OUTLOOK, dict).async_remove()


class Outlook:
    """Keeps what is expected of one site, and gives the plan its slots."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], controller: Controller
    ) -> None:
        """Take the site; nothing is read before it is started."""
        self._hass, self._entry, self._controller = hass, entry, controller
        clock = controller.clock
        self.price = PriceSource(hass, clock, export=False)
        self.export_price = PriceSource(hass, clock, export=True)
        self.sources = {PRICE: self.price, EXPORT_PRICE: self.export_price}
        self._house, self._roof = QuarterHistory(3), QuarterHistory(2)
        self._sunshine: SunRows = ()
        self._file = KeptFile(hass, entry.entry_id, OUTLOOK, self._stored)
        self._quarter = 0
        self._listeners = Listeners()
        self._stop_tracking: CALLBACK_TYPE | None = None
        self._pointed_to: tuple[Any, ...] = ()
        self._tariff_made_of: tuple[Any, ...] = ()
        self._tariff = Tariff()

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener when prices or forecasts are others; return how to stop."""
        return self._listeners.add(listener)

    async def async_start(self) -> None:
        """Bring back what was known, and read on until the site stops."""
        self._restore(await self._file.async_load())
        unload = self._entry.async_on_unload
        unload(self._controller.async_add_listener(self._note))
        if not plans(self._entry) and not self.priced:
            # What house and roof do is noted, for the plan that may once be made.
            return
        unload(self._controller.async_add_settings_listener(self._refresh))
        unload(async_track_time_interval(self._hass, self._on_time, REFRESH))
        unload(async_at_started(self._hass, self._on_started))

    async def async_find_prices(self) -> None:
        """Find out where prices come from, before anything is read."""
        self._entry.async_on_unload(self._stop)
        await self._async_point()

    @property
    def priced(self) -> bool:
        """Tell whether a price of the grid is known, or something tells one."""
        # The price of a simulated home comes with its other entities, later than asked.
        return self.price.tells or is_simulated(self._entry)

    def tariff(self) -> Tariff:
        """Return what a kWh costs and earns, as far as that is known now."""
        bought, earned = self.price.book.known, self.export_price.book.known
        quarter = int(self._controller.clock.now_s() // QUARTER_S)
        made_of = (bought, earned, quarter)
        if made_of != self._tariff_made_of:
            self._tariff_made_of = made_of
            lowest = min((row.price for row in bought), default=0.0)
            dispatches = self.price.dispatches()
            self._tariff = Tariff(in_windows(bought, dispatches, lowest), earned)
        return self._tariff

    def slots(self, from_s: float, until_s: float) -> PlanSlots:
        """Return what is expected of some time; nothing where no price is known."""
        return self.slots_later(from_s, until_s)()

    def slots_later(self, from_s: float, until_s: float) -> Callable[[], PlanSlots]:
        """Return what puts those slots together, of what is known now.

        That takes longer than the event loop may be held up.
        """
        site = self._controller.site
        expected = Expected(
            zone=dt_util.get_default_time_zone(),
            prices=self.price.book.known,
            earned=self.export_price.book.known,
            dispatches=self.price.dispatches(),
            house=self._house.copy(),
            roof=self._roof.copy(),
            sunshine=self._sunshine,
            sun_w=self._sun_w(),
            phases=tuple(int(phase) for phase in site.phases),
            voltage_v=site.volts,
        )
        return partial(expected.slots, from_s, until_s)

    def _sun_w(self) -> float | None:
        """Return what the roof gives now, W; None where nobody knows."""
        snapshot = self._controller.snapshot
        reading = None if snapshot is None else snapshot.solar_power_w
        if reading is None or reading.problem is not None:
            return None
        return max(reading.value, 0.0)

    @callback
    def _note(self) -> None:
        """Note what house and roof do now."""
        decision = self._controller.decision
        now_s = self._controller.clock.now_s()
        currents = (None, None, None) if decision is None else decision.house_a
        known = all(
            currents[phase] is not None for phase in self._controller.site.phases
        )
        drawn = tuple(current_a or 0.0 for current_a in currents)
        self._house.observe(now_s, drawn if known else None)
        sun_w = self._sun_w()
        seen = None if sun_w is None else (power_at(self._sunshine, now_s), sun_w)
        self._roof.observe(now_s, seen)
        if (quarter := int(now_s // QUARTER_S)) != self._quarter:
            self._quarter = quarter
            self._file.schedule_save(SAVE_DELAY_S)

    async def _on_time(self, _now: datetime) -> None:
        await self._async_refresh()

    async def _on_started(self, _hass: HomeAssistant) -> None:
        await self._async_refresh()

    @callback
    def _refresh(self) -> None:
        """Read again where another price is set; most settings are none."""
        if self._options() == self._pointed_to:
            return
        self._entry.async_create_task(
            self._hass, self._async_refresh(), f"{DOMAIN} prices"
        )

    async def _async_refresh(self) -> None:
        before = self._known()
        await self._async_point()
        plan_is_made = plans(self._entry)
        for source in self.sources.values():
            # What was published of the hours to come is asked for a plan only.
            await source.async_refresh(ask=plan_is_made)
        # Prices wait for no forecast of the sun.
        self._tell_news(before)
        if plan_is_made:
            before = self._known()
            self._sunshine = sunshine(
                await async_solar_forecasts(self._hass),
                dt_util.get_default_time_zone(),
            )
            self._tell_news(before)

    def _known(self) -> tuple[Any, ...]:
        """Return what listeners want to know of when it changes."""
        books = [source.book for source in self.sources.values()]
        prices = [(row.known, row.lasting_problem) for row in books]
        return (self._sunshine, *prices)

    def _options(self) -> tuple[Any, ...]:
        """Return the price entities of the settings."""
        options = site_options(self._entry)
        return options.get(CONF_PRICE_ENTITY), options.get(CONF_EXPORT_PRICE_ENTITY)

    async def _async_point(self) -> None:
        """Find the price entities: those of the settings, else the Energy dashboard's."""
        self._pointed_to = price, export_price = self._options()
        known = await async_dashboard_prices(self._hass)
        price = price or self._simulated_price() or known.price_entity
        self.price.point_to(price, known.price)
        self.export_price.point_to(
            export_price or known.export_price_entity, known.export_price
        )
        ids = [
            source.entity_id
            for source in self.sources.values()
            if source.entity_id is not None
        ]
        if self._stop_tracking is not None:
            self._stop_tracking()
        stops = (
            async_track_state_change_event(self._hass, ids, self._observe),
            async_track_entity_registry_updated_event(self._hass, ids, self._rename),
        )

        @callback
        def stop_tracking() -> None:
            for stop in stops:
                stop()

        self._stop_tracking = stop_tracking

    def _simulated_price(self) -> str | None:
        """Return the entity with the prices of a simulated home."""
        if not is_simulated(self._entry):
            return None
        unique_id = simulated_price_key(self._entry.entry_id)
        registry = er.async_get(self._hass)
        return registry.async_get_entity_id(Platform.SENSOR, DOMAIN, unique_id)

    @callback
    def _observe(self, event: Event[EventStateChangedData]) -> None:
        """Take what a price entity shows now."""
        before = self._known()
        for source in self.sources.values():
            if source.entity_id == event.data["entity_id"]:
                source.read()
        self._tell_news(before)

    @callback
    def _rename(self, event: Event[EventEntityRegistryUpdatedData]) -> None:
        """Write a new name of a price entity down where the old one stood."""
        data = event.data
        if data["action"] == "update" and "entity_id" in data["changes"]:
            old, new = data["changes"]["entity_id"], data["entity_id"]
            for source in self.sources.values():
                # The same prices under another name: nothing is forgotten.
                if source.entity_id == old:
                    source.entity_id = new
            self._hass.config_entries.async_update_entry(
                self._entry, options=renamed(self._entry.options, old, new)
            )

    def _tell_news(self, before: tuple[Any, ...]) -> None:
        if self._known() != before:
            for _ in self._listeners.call():
                pass

    @callback
    def _stop(self) -> None:
        if self._stop_tracking is not None:
            self._stop_tracking()

    async def async_save(self) -> None:
        """Write down at once what is to be remembered."""
        await self._file.async_save()

    def _stored(self) -> dict[str, Any]:
        return {
            **{key: source.book.stored() for key, source in self.sources.items()},
            HOUSE: self._house.stored(),
            ROOF: self._roof.stored(),
        }

    def _restore(self, stored: Mapping[str, Any]) -> None:
        for key, source in self.sources.items():
            source.book.restore(stored.get(key))
        self._house.restore(stored.get(HOUSE))
        self._roof.restore(stored.get(ROOF))
