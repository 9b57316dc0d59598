"""Sentences in the owner's language, for all texts outside of the frontend."""

from collections.abc import Mapping
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from custom_components.ev_lb.const import DOMAIN

# Of the kinds of texts that an integration may have, this one takes free ones.
CATEGORY: Final = "selector"
ISSUES: Final = "issues"
FORMS: Final = ("options", "config", "config_subentries")
"""The categories of what the forms say; of two labels the later one stands."""


class Texts:
    """The sentences of one language; of a missing one the key stands for it."""

    def __init__(self) -> None:
        """Begin without any."""
        self._texts: dict[str, str] = {}
        self._labels: dict[str, str] = {}
        self._decimal_mark = "."
        self.currency = ""
        """What prices are in, as its three letters."""

    async def async_load(
        self, hass: HomeAssistant, language: str | None = None
    ) -> None:
        """Load them, in Home Assistant's own language unless another one is named.

        English stands for what a language does not have.
        """
        self.currency = hass.config.currency
        self._texts = {}
        for category in (CATEGORY, ISSUES):
            self._texts |= await async_get_translations(
                hass, language or hass.config.language, category, {DOMAIN}
            )
        for category in FORMS:
            told = await async_get_translations(
                hass, language or hass.config.language, category, {DOMAIN}
            )
            self._labels |= {
                path.rpartition(".")[2]: text
                for path, text in told.items()
                if ".data." in path
            }
        self._decimal_mark = self.get("number", "decimal_mark")

    def get(self, table: str, key: str, **values: object) -> str:
        """Return a sentence, with its placeholders filled."""
        text = self._texts.get(f"component.{DOMAIN}.{CATEGORY}.{table}.options.{key}")
        return key if text is None else text.format_map(values)

    def issue(self, key: str, values: Mapping[str, str]) -> str:
        """Return the title of a repair."""
        text = self._texts.get(f"component.{DOMAIN}.{ISSUES}.{key}.title")
        return key if text is None else text.format_map(values)

    def label(self, setting: str) -> str:
        """Return what the forms call a setting; its key where none asks for it."""
        return self._labels.get(setting, setting)

    def number(self, value: float, form: str = "g") -> str:
        """Return a number as it is written in the language of the sentences."""
        return format(value, form).replace(".", self._decimal_mark)
