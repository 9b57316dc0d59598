"""The steps that ask for the meter of a site."""

from collections.abc import Iterable
from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigFlowContext,
    ConfigFlowResult,
)

from custom_components.ev_lb.const import (
    CONF_CAN_EXPORT,
    CONF_FOUND_METER,
    CONF_HEARTBEAT_ENTITY,
    CONF_METER_KIND,
    CONF_PHASES,
    PHASE_KEYS,
)

from .enabling import EnablingSteps
from .energy_hints import async_energy_hints
from .equipment_flow import EquipmentSteps
from .heartbeat import suggested_heartbeat
from .meter_detection import FoundMeter, found_meters, suggested_meter
from .meter_form import (
    METER_NEEDS,
    check_meter,
    forget_meter,
    meter_needs,
    more_needs,
    take_meter,
)
from .site_form import found_meter_schema, meter_schema
from .suggestions import suggested
from .validation import EntityNeed, FormCheck, entities_in_use


class MeterSteps(
    EnablingSteps[ConfigFlowContext, ConfigFlowResult, str], EquipmentSteps
):
    """The steps that find the meter, or ask for its sensors."""

    def __init__(self) -> None:
        """Begin before any meter was suggested."""
        super().__init__()
        self._meter_suggested = False
        self._chosen_meter: FoundMeter | None = None

    async def async_step_home(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the grid connection."""
        raise NotImplementedError

    def _finish(self) -> ConfigFlowResult:
        """Write the site down."""
        raise NotImplementedError

    async def _async_after_meter(self) -> ConfigFlowResult:
        """Go on once the meter is known."""
        raise NotImplementedError

    def _may_suggest_meters(self) -> bool:
        """Return whether there are known meters that have not been suggested yet."""
        new = self.source != SOURCE_RECONFIGURE and not self._meter_suggested
        return new and bool(found_meters(self.hass))

    async def async_step_found_meter(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Suggest the known meters, to fill in the next forms."""
        meters = {meter.key: meter for meter in found_meters(self.hass)}
        self._meter_suggested = True
        if user_input is not None:
            self._chosen_meter = meters.get(user_input.get(CONF_FOUND_METER, ""))
            if self._chosen_meter is None:
                return await self.async_step_home()
            if self._chosen_meter.disabled:
                return await self._async_propose(self._chosen_meter.disabled)
            return await self._async_after_enabling(enabled=True)
        best = suggested_meter([*meters.values()])
        labels = {key: meter.label for key, meter in meters.items()}
        return self.async_show_form(
            step_id="found_meter",
            data_schema=found_meter_schema(labels, None if best is None else best.key),
            errors={},
            last_step=False,
        )

    async def _async_after_enabling(self, *, enabled: bool) -> ConfigFlowResult:
        """Fill in the chosen meter, or ask for another one."""
        if self._chosen_meter is None or not enabled:
            return await self.async_step_found_meter()
        forget_meter(self._values)
        self._values |= self._chosen_meter.values
        return await self.async_step_home()

    async def async_step_meter(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the meter's entities."""
        needs, more = self._meter_needs(), self._more_needs()
        taken = self._entities_of_others()
        check = FormCheck()
        if user_input is not None:
            take_meter(self._values, user_input, more)
            check_meter(self.hass, check, self._values, needs, more, taken)
            if not check.errors:
                return await self._async_after_meter()
        elif not any(key in self._values for key in needs):
            self._values |= suggested(self.hass, needs, taken)
            self._values |= await async_energy_hints(
                self.hass, (*needs, *more, CONF_CAN_EXPORT), taken
            )
        if user_input is None and self.source != SOURCE_RECONFIGURE:
            self._suggest_heartbeat((*needs, *more))
        kind = METER_NEEDS[self._values[CONF_METER_KIND]]
        return self.async_show_form(
            step_id="meter",
            data_schema=meter_schema(self._values, needs, more),
            errors=check.errors,
            description_placeholders={
                "units": " / ".join(kind.units),
                **check.placeholders,
            },
            last_step=False,
        )

    def _suggest_heartbeat(self, keys: Iterable[str]) -> None:
        """Fill in what shows that the meter is alive, where nothing else does."""
        picked = [self._values[key] for key in keys if key in self._values]
        heartbeat = suggested_heartbeat(self.hass, picked)
        if heartbeat is not None:
            self._values.setdefault(CONF_HEARTBEAT_ENTITY, heartbeat)

    def _meter_needs(self) -> dict[str, EntityNeed]:
        """Return the meter's fields, and what fits into each."""
        return meter_needs(self._values[CONF_METER_KIND], self._phase_keys)

    def _more_needs(self) -> dict[str, EntityNeed]:
        """Return the fields that the meter may fill, too."""
        return more_needs(self._values[CONF_METER_KIND], self._phase_keys)

    @property
    def _phase_keys(self) -> tuple[str, ...]:
        return PHASE_KEYS[: int(self._values[CONF_PHASES])]

    def _entities_of_others(self) -> dict[str, str]:
        """Return the entities that are wired to anything but this site's meter."""
        return entities_in_use(self.hass, except_entry_id=self._reconfigured_id)

    @property
    def _reconfigured_id(self) -> str | None:
        if self.source != SOURCE_RECONFIGURE:
            return None
        return self._get_reconfigure_entry().entry_id
