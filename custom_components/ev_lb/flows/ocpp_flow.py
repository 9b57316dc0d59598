"""The steps of a charger that the `ocpp` integration controls."""

from typing import Any, Final

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.core import HomeAssistant

from custom_components.ev_lb.building.site import circuit_names
from custom_components.ev_lb.chargers.ocpp_station import (
    async_rate_unit,
    async_stack_level,
    connectors,
)
from custom_components.ev_lb.const import (
    CONF_DRIVER,
    CONF_LEASE_S,
    CONF_LEFT_ALONE_CURRENT_A,
    CONF_MAX_CURRENT_A,
    CONF_OCPP_CONNECTOR,
    CONF_OCPP_CPID,
    CONF_RATE_UNIT,
    CONF_STACK_LEVEL,
    DRIVER_OCPP,
)
from custom_components.ev_lb.settings import OCPP

from .charger_form import ocpp_charger_schema
from .charger_steps import ChargerSteps
from .validation import FormCheck

CONF_OCPP_CHARGER: Final = "ocpp_charger"
"""A field that leads to what is kept."""


def charge_points(hass: HomeAssistant) -> dict[str, str]:
    """Return the connectors of all OCPP charge points: name by `<cpid>/<number>`."""
    found = sorted(connectors(hass), key=lambda row: (row[0].cpid, row[0].number))
    return {
        f"{connector.cpid}/{connector.number}": (
            f"{name}: {connector.number}" if connector.of_several else name
        )
        for connector, name in found
    }


class OcppSteps(ChargerSteps):
    """Asks which charge point it is, and then for its limits."""

    async def async_step_ocpp(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask which charge point it is."""
        check = FormCheck()
        values = self._values
        before = self._chosen
        if user_input is not None:
            values |= user_input
            cpid, _, number = values[CONF_OCPP_CHARGER].rpartition("/")
            values |= {CONF_OCPP_CPID: cpid, CONF_OCPP_CONNECTOR: int(number)}
            self._take_name(check, user_input, cpid)
            if used_by := self._used_by((CONF_OCPP_CPID, CONF_OCPP_CONNECTOR)):
                check.fail(CONF_OCPP_CHARGER, "ocpp_in_use", used_by=used_by)
            if not check.errors:
                if before != self._chosen or values.get(CONF_DRIVER) != DRIVER_OCPP:
                    await self._async_ask()
                values[CONF_DRIVER] = DRIVER_OCPP
                return await self.async_step_ocpp_charger()
        found = charge_points(self.hass)
        return self._ask_which("ocpp", CONF_OCPP_CHARGER, found, before, check)

    async def async_step_ocpp_charger(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for wires and limits, and for how they are sent."""
        check = FormCheck()
        values = self._values
        if user_input is not None:
            self._take(user_input, ())
            self._check_limits(check)
            check.in_range(
                OCPP[CONF_LEFT_ALONE_CURRENT_A],
                values,
                limits=(0.0, values[CONF_MAX_CURRENT_A]),
            )
            for key in (CONF_LEASE_S, CONF_STACK_LEVEL):
                check.in_range(OCPP[key], values)
            if not check.errors:
                values[CONF_STACK_LEVEL] = int(values[CONF_STACK_LEVEL])
                return self._finish()
        return self.async_show_form(
            step_id="ocpp_charger",
            data_schema=ocpp_charger_schema(
                values, self._site_phases, circuit_names(self._get_entry())
            ),
            errors=check.errors,
            description_placeholders=check.placeholders,
            last_step=True,
        )

    @property
    def _chosen(self) -> str | None:
        """Return the connector that is chosen."""
        if CONF_OCPP_CPID not in self._values:
            return None
        return f"{self._values[CONF_OCPP_CPID]}/{self._values[CONF_OCPP_CONNECTOR]}"

    async def _async_ask(self) -> None:
        """Ask the charge point what it can do, as the defaults of the next form."""
        cpid = self._values[CONF_OCPP_CPID]
        self._values[CONF_STACK_LEVEL] = await async_stack_level(self.hass, cpid)
        unit = await async_rate_unit(self.hass, cpid)
        self._values[CONF_RATE_UNIT] = unit.value
