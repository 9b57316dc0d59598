"""EV Load Balancer: keeps a home within its fuse while its cars charge."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .building.migration import async_migrate
from .building.ocpp_entities import async_follow_connectors
from .building.renames import async_follow_renames
from .building.site import control_of, wiring_of
from .building.site_soundness import is_simulated, site_data
from .building.stale_entities import async_remove_stale_entities
from .const import CONF_SIMULATION_SPEED, DOMAIN
from .control.abandoned import async_leave_abandoned
from .control.clock import Clock
from .control.controller import Controller
from .control.handover import Handover, async_take_over
from .control.outlook import Outlook, async_remove_outlook
from .control.session_log import SessionLog, async_remove_session_log
from .control.store import async_remove_store
from .dashboard.card_resource import (
    async_list_card,
    async_serve_card,
    async_unlist_card,
)
from .explaining.why_log import WhyLog, async_remove_why_log
from .health.issues import async_delete_issues, async_watch_issues
from .health.plan_news import async_watch_plan
from .health.price_issues import async_watch_prices
from .health.session_issues import async_tell_of_session_files
from .runtime import EvLbConfigEntry, EvLbRuntime
from .services import async_setup_services
from .settings import SITE
from .simulated_home.home import async_create_home
from .websocket_api import async_setup_websocket

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.DATETIME,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register what does not depend on any site that runs: actions and the card."""
    async_setup_services(hass)
    async_setup_websocket(hass)
    await async_serve_card(hass)
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: EvLbConfigEntry) -> bool:
    """Take over what earlier versions and the predecessor wrote down."""
    async_migrate(hass, entry)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: EvLbConfigEntry) -> bool:
    """Start one site."""
    await async_list_card(hass)
    handover = async_take_over(hass, entry.entry_id)
    if is_simulated(entry):
        # Its home starts anew, too.
        handover = None
    try:
        await _async_start(hass, entry, handover)
    except Exception:
        if (runtime := getattr(entry, "runtime_data", None)) is not None:
            await runtime.controller.async_unload()
        if handover is not None:
            await async_leave_abandoned(hass, entry, handover)
        raise
    return True


async def _async_start(
    hass: HomeAssistant, entry: EvLbConfigEntry, handover: Handover | None
) -> None:
    runtime = entry.runtime_data = await _async_runtime(hass, entry, handover)
    controller, outlook = runtime.controller, runtime.outlook
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    async_remove_stale_entities(hass, entry, runtime.unique_ids)
    # The controller listens to the entities of the simulated home: they come first.
    _async_connect_plan(hass, entry, controller, outlook)
    # Before the first decision, which may make a plan: what was known is known then.
    await outlook.async_start()
    controller.async_start()
    if runtime.simulated_home is not None:
        runtime.simulated_home.async_start()
    async_watch_issues(hass, entry, controller)
    async_follow_renames(hass, entry, controller, lambda: _async_reload(hass, entry))
    async_follow_connectors(hass, entry, lambda: _async_reload(hass, entry))
    entry.async_on_unload(entry.add_update_listener(_async_entry_updated))
    if wiring_of(entry) != runtime.wiring:
        # It was changed while it started, when nobody listened.
        _async_reload(hass, entry)


async def _async_runtime(
    hass: HomeAssistant, entry: EvLbConfigEntry, handover: Handover | None
) -> EvLbRuntime:
    """Bring back what a site knew, before it has entities or decides anything."""
    site_device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, entry.entry_id)},
        entry_type=dr.DeviceEntryType.SERVICE,
        name=entry.title,
    )
    simulated = is_simulated(entry)
    if simulated:
        clock = Clock(float(SITE[CONF_SIMULATION_SPEED].of(site_data(entry))))
    else:
        clock = Clock() if handover is None else handover.clock
    controller = Controller(hass, entry, clock, handover)
    await controller.async_load()
    session_log = SessionLog(hass, entry, controller)
    await session_log.async_load()
    async_tell_of_session_files(hass, entry, session_log)
    home = None
    if simulated:
        home = await async_create_home(hass, entry, clock, controller.all_set_a)
    why_log = WhyLog(hass, entry.entry_id, controller)
    await why_log.async_load()
    entry.async_on_unload(controller.async_add_listener(why_log.async_note))
    outlook = Outlook(hass, entry, controller)
    await outlook.async_find_prices()
    controller.sessions.tariff = outlook.tariff
    return EvLbRuntime(
        controller=controller,
        why_log=why_log,
        outlook=outlook,
        session_log=session_log,
        site_device_id=site_device.id,
        simulated_home=home,
        wiring=wiring_of(entry),
        control=control_of(entry),
    )


@callback
def _async_connect_plan(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    controller: Controller,
    outlook: Outlook,
) -> None:
    """Let the planner know of prices and departures, and the owner of its news."""
    planner = controller.planner
    planner.slots_of = outlook.slots_later
    entry.async_on_unload(outlook.async_add_listener(planner.async_news_of_prices))
    planner.wishes.departures.async_start(
        entry, controller.async_add_settings_listener, planner.async_news_of_departures
    )
    async_watch_prices(hass, entry, outlook)
    async_watch_plan(entry, controller)


async def async_unload_entry(hass: HomeAssistant, entry: EvLbConfigEntry) -> bool:
    """Stop one site; its chargers are left at a defined current."""
    runtime = entry.runtime_data
    await runtime.async_end_trials()
    # The entities of a simulated charger still have to take the last command.
    await runtime.controller.async_unload()
    await runtime.outlook.async_save()
    await runtime.why_log.async_save()
    await runtime.session_log.async_save()
    if runtime.simulated_home is not None:
        runtime.simulated_home.async_stop()
    async_delete_issues(hass, entry)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: EvLbConfigEntry) -> None:
    """Forget a removed site."""
    async_take_over(hass, entry.entry_id)
    await async_remove_store(hass, entry.entry_id)
    await async_remove_outlook(hass, entry.entry_id)
    await async_remove_why_log(hass, entry.entry_id)
    await async_remove_session_log(hass, entry.entry_id)
    if not hass.config_entries.async_entries(DOMAIN):
        await async_unlist_card(hass)


async def _async_entry_updated(hass: HomeAssistant, entry: EvLbConfigEntry) -> None:
    """Take up new settings at once; new wiring needs a new start."""
    runtime = entry.runtime_data
    if wiring_of(entry) == runtime.wiring:
        runtime.controller.async_settings_changed()
        return
    _async_reload(hass, entry)


@callback
def _async_reload(hass: HomeAssistant, entry: EvLbConfigEntry) -> None:
    """Start a site anew without interrupting a charge.

    Whoever is commanded as before runs on, until the new controller takes over
    from the stored set-points. Any other end of a site leaves its chargers at a
    defined current.
    """
    runtime = entry.runtime_data
    control = control_of(entry)
    runtime.controller.async_keep(
        frozenset(
            charger_id
            for charger_id, target in runtime.control.items()
            # A simulated charger that was removed is gone: nobody could tell it.
            if control.get(charger_id) == target or is_simulated(entry)
        )
    )
    if not runtime.reloading:
        # One that waits takes up all that has changed by then; a second one
        # would find a controller that knows nothing of it.
        runtime.reloading = True
        hass.config_entries.async_schedule_reload(entry.entry_id)
