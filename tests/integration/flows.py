"""Walks through a flow as the user interface does, and reads what it shows."""

from dataclasses import dataclass, field
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowManager, FlowResultType, section
from homeassistant.helpers.selector import SelectSelector
import probatio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_lb.const import (
    DOMAIN,
    SUBENTRY_TYPE_CHARGER,
    SUBENTRY_TYPE_CIRCUIT,
)

TEXTS: dict[str, Any] = json.loads(
    (
        Path(__file__).parents[2] / "custom_components/ev_lb/translations/en.json"
    ).read_text(encoding="utf-8")
)
SITE_TEXTS: dict[str, Any] = TEXTS["config"]
CHARGER_TEXTS: dict[str, Any] = TEXTS["config_subentries"][SUBENTRY_TYPE_CHARGER]
CIRCUIT_TEXTS: dict[str, Any] = TEXTS["config_subentries"][SUBENTRY_TYPE_CIRCUIT]
OPTION_TEXTS: dict[str, Any] = TEXTS["options"]


@dataclass
class Walk:
    """One flow on its way; each step that is shown must have all its texts."""

    manager: FlowManager[Any, Any, Any]
    texts: dict[str, Any]
    result: dict[str, Any] = field(default_factory=dict)

    async def start(self, handler: Any, context: dict[str, Any]) -> Walk:
        """Open the flow."""
        self.result = await self.manager.async_init(handler, context=context)
        self._check_texts()
        return self

    async def choose(self, option: str) -> dict[str, Any]:
        """Pick from a menu."""
        return await self.send({"next_step_id": option})

    async def send(self, user_input: dict[str, Any]) -> dict[str, Any]:
        """Submit a form."""
        self.result = await self.manager.async_configure(
            self.result["flow_id"], user_input
        )
        self._check_texts()
        return self.result

    async def wait(self, hass: HomeAssistant) -> dict[str, Any]:
        """Wait for the end of what the flow shows the progress of."""
        await hass.async_block_till_done(wait_background_tasks=True)
        self.result = await self.manager.async_configure(self.result["flow_id"])
        self._check_texts()
        return self.result

    @property
    def errors(self) -> dict[str, str]:
        """The errors shown, by field."""
        errors: dict[str, str] = self.result["errors"]
        return errors

    def message(self, field_name: str) -> str:
        """Return the text that a field's error shows."""
        text: str = self.texts["error"][self.errors[field_name]]
        return text.format_map(self.result["description_placeholders"])

    def shown(self) -> dict[str, Any]:
        """Return what the fields are filled with, sections laid flat."""
        return _shown(self.result["data_schema"])

    def choices(self, field_name: str) -> list[str]:
        """Return what a field lets one choose from."""
        options: list[str] = (
            self.result["data_schema"].schema[field_name].config["options"]
        )
        return options

    def _check_texts(self) -> None:
        result = self.result
        if result["type"] is FlowResultType.ABORT:
            if result.get("translation_domain") != "homeassistant":
                assert result["reason"] in self.texts["abort"]
            return
        if result["type"] is FlowResultType.CREATE_ENTRY:
            return
        if result["type"] is FlowResultType.SHOW_PROGRESS:
            assert result["progress_action"] in self.texts["progress"]
            return
        step = self.texts["step"][result["step_id"]]
        if result["type"] is FlowResultType.MENU:
            for table in ("menu_options", "menu_option_descriptions"):
                # What cannot be picked in this home is not offered.
                assert set(step[table]) >= set(result["menu_options"])
            return
        _check_fields(result["data_schema"], step)
        shown = [self.texts["error"][error] for error in result["errors"].values()]
        shown += [step["title"], step["description"]]
        named = {name for text in shown for name in re.findall(r"\{(\w+)\}", text)}
        assert named <= set(result["description_placeholders"] or ())


def _check_fields(schema: probatio.Schema, texts: dict[str, Any]) -> None:
    """Check that each field has a label and a description, and each choice a text."""
    for marker, value in schema.schema.items():
        if isinstance(value, section):
            _check_fields(value.schema, texts["sections"][marker])
            continue
        assert texts["data"][marker]
        assert texts["data_description"][marker]
        if isinstance(value, SelectSelector) and "translation_key" in value.config:
            options = TEXTS["selector"][value.config["translation_key"]]["options"]
            assert set(options) == set(value.config["options"])


def _shown(schema: probatio.Schema) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for marker, value in schema.schema.items():
        if isinstance(value, section):
            values |= _shown(value.schema)
        elif (marker.description or {}).get("suggested_value") is not None:
            values[marker.schema] = marker.description["suggested_value"]
        elif not isinstance(marker.default, probatio.Undefined):
            values[marker.schema] = marker.default()
    return values


async def add_site(hass: HomeAssistant) -> Walk:
    """Open the flow that adds a site."""
    walk = Walk(hass.config_entries.flow, SITE_TEXTS)
    return await walk.start(DOMAIN, {"source": SOURCE_USER})


async def change_site(hass: HomeAssistant, entry: MockConfigEntry) -> Walk:
    """Open the flow that changes a site."""
    walk = Walk(hass.config_entries.flow, SITE_TEXTS)
    return await walk.start(
        DOMAIN, {"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )


async def tune_site(hass: HomeAssistant, entry: MockConfigEntry) -> Walk:
    """Open the form of what can be tuned while a site runs."""
    walk = Walk(hass.config_entries.options, OPTION_TEXTS)
    return await walk.start(entry.entry_id, {"source": SOURCE_USER})


async def add_circuit(hass: HomeAssistant, entry: MockConfigEntry) -> Walk:
    """Open the flow that adds a circuit to a site."""
    walk = Walk(hass.config_entries.subentries, CIRCUIT_TEXTS)
    return await walk.start(
        (entry.entry_id, SUBENTRY_TYPE_CIRCUIT), {"source": SOURCE_USER}
    )


async def change_circuit(
    hass: HomeAssistant, entry: MockConfigEntry, subentry_id: str
) -> Walk:
    """Open the flow that changes a circuit."""
    walk = Walk(hass.config_entries.subentries, CIRCUIT_TEXTS)
    return await walk.start(
        (entry.entry_id, SUBENTRY_TYPE_CIRCUIT),
        {"source": SOURCE_RECONFIGURE, "subentry_id": subentry_id},
    )


async def add_charger(hass: HomeAssistant, entry: MockConfigEntry) -> Walk:
    """Open the flow that adds a charger to a site."""
    walk = Walk(hass.config_entries.subentries, CHARGER_TEXTS)
    return await walk.start(
        (entry.entry_id, SUBENTRY_TYPE_CHARGER), {"source": SOURCE_USER}
    )


async def change_charger(
    hass: HomeAssistant, entry: MockConfigEntry, subentry_id: str
) -> Walk:
    """Open the flow that changes a charger."""
    walk = Walk(hass.config_entries.subentries, CHARGER_TEXTS)
    return await walk.start(
        (entry.entry_id, SUBENTRY_TYPE_CHARGER),
        {"source": SOURCE_RECONFIGURE, "subentry_id": subentry_id},
    )
