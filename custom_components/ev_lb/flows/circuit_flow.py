"""Subentry flow: a circuit, which is a fuse between the connection and chargers."""

from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME

from custom_components.ev_lb.building.site import (
    circuit_names,
    circuit_of,
    fed_by,
    named_phases,
    phases_of,
)
from custom_components.ev_lb.building.site_soundness import circuit_data, without_lost
from custom_components.ev_lb.const import (
    CIRCUIT_GRID,
    CONF_CIRCUIT_LIMIT_A,
    CONF_FRESHNESS_LIMIT_S,
    CONF_INVERT_SIGN,
    CONF_METER_KIND,
    CONF_PARENT_CIRCUIT,
    CONF_PHASES,
    PHASE_KEYS,
)
from custom_components.ev_lb.settings import CIRCUIT

from .circuit_form import (
    CIRCUIT_DEFAULTS,
    METER_NONE,
    circuit_meter_schema,
    circuit_schema,
)
from .meter_form import (
    MAY_BE_EMPTY,
    METER_NEEDS,
    check_meter,
    forget_meter,
    meter_needs,
    more_needs,
    take_meter,
)
from .subentry_flow import PartFlow
from .validation import FormCheck, entities_in_use


class CircuitSubentryFlow(PartFlow):
    """Add a circuit, or change one."""

    def __init__(self) -> None:
        """Start with the defaults."""
        self._values: dict[str, Any] = dict(CIRCUIT_DEFAULTS)

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Add a circuit, fed by the grid connection at first."""
        self._values[CONF_PHASES] = self._site_phases
        self._values[CONF_PARENT_CIRCUIT] = CIRCUIT_GRID
        return await self.async_step_circuit()

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Start over with what is set up now."""
        subentry = self._get_reconfigure_subentry()
        data = circuit_data(subentry)
        self._values |= {CONF_PHASES: self._site_phases} | without_lost(data)
        self._values[CONF_NAME] = subentry.title
        parent_id = circuit_of(self._get_entry(), data, CONF_PARENT_CIRCUIT)
        if parent_id not in self._parents:
            # Their parents lead in a ring.
            parent_id = CIRCUIT_GRID
        self._values[CONF_PARENT_CIRCUIT] = parent_id
        return await self.async_step_circuit()

    async def async_step_circuit(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the fuse, for what it hangs on, and whether it has a meter."""
        check = FormCheck()
        values = self._values
        if user_input is not None:
            if user_input[CONF_METER_KIND] != values[CONF_METER_KIND]:
                forget_meter(values)
            values |= user_input
            self._check_circuit(check)
            if not check.errors:
                if values[CONF_METER_KIND] == METER_NONE:
                    return self._finish()
                return await self.async_step_meter()
        return self.async_show_form(
            step_id="circuit",
            data_schema=circuit_schema(values, len(self._site_phases), self._parents),
            errors=check.errors,
            description_placeholders=check.placeholders,
            last_step=False,
        )

    def _check_circuit(self, check: FormCheck) -> None:
        """Check the fuse, and that it has all phases of what hangs on it."""
        values = self._values
        others = self._get_entry().subentries.values()
        check.name(
            values[CONF_NAME],
            [other.title for other in others if other.subentry_id != self._own_id],
        )
        check.in_range(CIRCUIT[CONF_CIRCUIT_LIMIT_A], values)
        phases = set(values[CONF_PHASES])
        if not phases:
            check.fail(CONF_PHASES, "phases_missing")
        entry = self._get_entry()
        parent = entry.subentries.get(values[CONF_PARENT_CIRCUIT])
        if parent is not None:
            fed = {PHASE_KEYS[phase] for phase in named_phases(entry, parent.data)}
            if not phases <= fed:
                check.fail(CONF_PHASES, "phases_not_fed", feeder=parent.title)
        lacking = [
            row.title
            for row in fed_by(entry, self._own_id)
            if not {PHASE_KEYS[phase] for phase in named_phases(entry, row.data)}
            <= phases
        ]
        if lacking:
            check.fail(CONF_PHASES, "phases_needed", needed_by=", ".join(lacking))

    async def async_step_meter(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the entities of the circuit's own meter."""
        kind, phases = self._values[CONF_METER_KIND], self._values[CONF_PHASES]
        needs, more = meter_needs(kind, phases), more_needs(kind, phases)
        check = FormCheck()
        if user_input is not None:
            take_meter(self._values, user_input, more)
            taken = entities_in_use(self.hass, except_subentry_id=self._own_id)
            check_meter(self.hass, check, self._values, needs, more, taken)
            if not check.errors:
                return self._finish()
        return self.async_show_form(
            step_id="meter",
            data_schema=circuit_meter_schema(self._values, needs, more),
            errors=check.errors,
            description_placeholders={
                "units": " / ".join(METER_NEEDS[kind].units),
                **check.placeholders,
            },
            last_step=True,
        )

    @property
    def _own_id(self) -> str | None:
        if self.source != SOURCE_RECONFIGURE:
            return None
        return self._reconfigure_subentry_id

    @property
    def _site_phases(self) -> list[str]:
        """Return the phases of the grid connection."""
        return [PHASE_KEYS[phase] for phase in phases_of(self._get_entry())]

    @property
    def _parents(self) -> dict[str, str]:
        """Return what may feed the circuit: not itself, nor what it feeds."""
        entry = self._get_entry()
        names = circuit_names(entry)
        below = [self._own_id]
        while below:
            circuit_id = below.pop()
            if circuit_id is not None and names.pop(circuit_id, None) is not None:
                below += [row.subentry_id for row in fed_by(entry, circuit_id)]
        return names

    def _finish(self) -> SubentryFlowResult:
        """Write the circuit down."""
        values = self._values
        keys = [CONF_CIRCUIT_LIMIT_A, CONF_PHASES]
        if values[CONF_PARENT_CIRCUIT] != CIRCUIT_GRID:
            keys.append(CONF_PARENT_CIRCUIT)
        if values[CONF_METER_KIND] != METER_NONE:
            keys += [CONF_METER_KIND, CONF_INVERT_SIGN, CONF_FRESHNESS_LIMIT_S]
            kind, phases = values[CONF_METER_KIND], values[CONF_PHASES]
            keys += meter_needs(kind, phases)
            more = (*MAY_BE_EMPTY, *more_needs(kind, phases))
            keys += [key for key in more if key in values]
        data = {key: values[key] for key in keys}
        data[CONF_PHASES] = sorted(values[CONF_PHASES])
        title = values[CONF_NAME].strip()
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._get_entry(),
                self._get_reconfigure_subentry(),
                title=title,
                data=data,
            )
        return self.async_create_entry(title=title, data=data)
