"""The steps that test a charger: on which phases it is, and how fast it reacts."""

import asyncio
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState, SubentryFlowResult
from homeassistant.core import callback
import probatio

from custom_components.ev_lb.const import (
    CONF_PHASES,
    CONF_RAMP_UP_A_PER_S,
    CONF_RESPONSE_TIME_S,
    PHASE_KEYS,
)
from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.engine.model import MeterKind, Phase
from custom_components.ev_lb.health.charger_trial import ChargerTrial, TrialError
from custom_components.ev_lb.health.reaction import TrialResult
from custom_components.ev_lb.settings import CHARGER

from .charger_steps import ChargerSteps
from .phase_form import trial_result_schema
from .validation import FormCheck

NOTHING: Final = "-"


class ChargerTestSteps(ChargerSteps):
    """The steps of a test, which ends with what it would change."""

    def __init__(self) -> None:
        """Begin without a test."""
        super().__init__()
        self._trial_task: asyncio.Task[TrialResult] | None = None
        self._trial_error: str | None = None
        self._trial_result: TrialResult | None = None

    @property
    def _controller(self) -> Controller | None:
        """Return what runs the site, if it runs."""
        entry = self._get_entry()
        if entry.state is not ConfigEntryState.LOADED:
            return None
        runtime = getattr(entry, "runtime_data", None)
        controller: Controller | None = getattr(runtime, "controller", None)
        return controller

    def _can_test(self) -> bool:
        """Return whether this charger can be tested."""
        controller = self._controller
        return (
            controller is not None
            and controller.site.meter.kind is MeterKind.PER_PHASE
            and self._reconfigure_subentry_id in controller.chargers
        )

    async def async_step_test(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Say what a test does, and begin it."""
        errors: dict[str, str] = {}
        if self._trial_error is not None:
            errors, self._trial_error = {"base": self._trial_error}, None
        elif user_input is not None:
            try:
                self._begin_trial()
            except TrialError as error:
                errors["base"] = str(error)
            else:
                return await self.async_step_testing()
        return self.async_show_form(
            step_id="test",
            data_schema=probatio.Schema({}),
            errors=errors,
            description_placeholders={
                "charger": self._get_reconfigure_subentry().title
            },
            last_step=False,
        )

    def _begin_trial(self) -> None:
        """Begin the test; raise TrialError if the charger cannot be tried now."""
        if (controller := self._controller) is None:
            raise TrialError("test_not_controlled")
        trial = ChargerTrial(
            self.hass,
            controller,
            self._reconfigure_subentry_id,
            self._async_tell_progress,
        )
        task = self.hass.async_create_background_task(
            trial.async_run(), f"test {self._get_reconfigure_subentry().title}"
        )
        trials = self._get_entry().runtime_data.trials
        trials.add(task)
        task.add_done_callback(trials.discard)
        self._trial_task = task

    @callback
    def _async_tell_progress(self, part: float) -> None:
        self.async_update_progress(part)

    async def async_step_testing(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Wait for the test."""
        task = self._trial_task
        assert task is not None
        if not task.done():
            return self.async_show_progress(
                step_id="testing", progress_action="testing", progress_task=task
            )
        self._trial_task = None
        try:
            self._trial_result = task.result()
        except asyncio.CancelledError:
            # The site was reloaded under it.
            self._trial_error = "test_not_controlled"
        except TrialError as error:
            self._trial_error = str(error)
        if self._trial_error is not None:
            return self.async_show_progress_done(next_step_id="test")
        return self.async_show_progress_done(next_step_id="test_result")

    async def async_step_test_result(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show what the test has found, and save what is agreed to."""
        result = self._trial_result
        assert result is not None
        check = FormCheck()
        if user_input is not None:
            self._take(user_input, ())
            for key in (CONF_RESPONSE_TIME_S, CONF_RAMP_UP_A_PER_S):
                check.in_range(CHARGER[key], self._values, shown_at=key)
            self._check_circuit(check)
            if not check.errors:
                return self._finish()
        else:
            self._values |= self._values_found(result)
        return self.async_show_form(
            step_id="test_result",
            data_schema=trial_result_schema(self._values, self._site_phases),
            errors=check.errors,
            description_placeholders={**_results(result), **check.placeholders},
        )

    def _values_found(self, result: TrialResult) -> dict[str, Any]:
        """Return what the test would change; what it does not know stays."""
        found: dict[str, Any] = {}
        entered = tuple(
            Phase(PHASE_KEYS.index(key)) for key in self._values[CONF_PHASES]
        )
        nearest = result.finding.nearest(entered)
        found[CONF_PHASES] = [PHASE_KEYS[phase] for phase in nearest]
        if result.dead_time_s is not None:
            found[CONF_RESPONSE_TIME_S] = result.dead_time_s
        if result.ramp_a_per_s is not None:
            found[CONF_RAMP_UP_A_PER_S] = round(result.ramp_a_per_s, 1)
        return found


def _results(result: TrialResult) -> dict[str, str]:
    """Return what the form says of a test."""
    car_s = max((row.car_s for row in result.reactions), default=None)
    return {
        "answer": ", ".join(phase.name for phase in sorted(result.answer)) or NOTHING,
        "votes": str(result.votes),
        "steps": str(result.steps),
        "car": NOTHING if car_s is None else f"{car_s:.0f}",
        "meter": NOTHING if result.loop_s is None else f"{result.loop_s:.0f}",
    }
