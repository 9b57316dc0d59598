"""The last step of a site: what looks wrong is shown before it is saved."""

from typing import Any, override

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigFlowResult

from custom_components.ev_lb.explaining.texts import Texts

from .meter_flow import MeterSteps
from .site_review import (
    CONF_NEXT,
    NEXT_HOME,
    NEXT_METER,
    NEXT_SAVE,
    Doubt,
    doubts_of,
    review_schema,
    review_texts,
)


class ReviewSteps(MeterSteps):
    """Shows what looks wrong; a site without doubts is saved at once."""

    def __init__(self) -> None:
        """Begin with nothing that was agreed to."""
        super().__init__()
        self._agreed: list[Doubt] = []

    @property
    def _doubts(self) -> list[Doubt]:
        """Return what looks wrong, and was not saved like that before."""
        doubts = doubts_of(self.hass, self._values)
        return [doubt for doubt in doubts if doubt not in self._agreed]

    @override
    async def _async_done(self) -> ConfigFlowResult:
        return await self.async_step_review() if self._doubts else self._finish()

    async def async_step_review(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what looks wrong, and ask how to go on."""
        chosen = None if user_input is None else user_input[CONF_NEXT]
        if chosen == NEXT_SAVE:
            return self._finish()
        if chosen == NEXT_METER:
            return await self.async_step_meter()
        if chosen == NEXT_HOME:
            return await self.async_step_home()
        texts = Texts()
        await texts.async_load(self.hass)
        return self.async_show_form(
            step_id="review",
            data_schema=review_schema(),
            errors={},
            description_placeholders=review_texts(
                self.hass, texts, self._values, self._doubts
            ),
        )

    def _agree_to_what_is_saved(self) -> None:
        """Ask nothing again about what was saved in spite of a doubt."""
        if self.source == SOURCE_RECONFIGURE:
            self._agreed = doubts_of(self.hass, self._values)
