"""One thing, one name: in forms, entities, reasons and repairs, in every language."""

from collections.abc import Iterator
from typing import Any

import pytest

from custom_components.ev_lb.number import CHARGER_NUMBERS, SITE_NUMBERS
from custom_components.ev_lb.select import CHARGER_SELECTS, SITE_SELECTS
from custom_components.ev_lb.switch import CHARGER_SWITCHES, SITE_SWITCHES
from tests.metadata import TRANSLATIONS, load_json, step_tables

LANGUAGES = sorted(path.stem for path in TRANSLATIONS.glob("*.json"))
NUMBERS, SWITCHES, SELECTS = "number", "switch", "select"
ENTITIES = [
    *((NUMBERS, row, "") for row in SITE_NUMBERS),
    *((SWITCHES, row, "") for row in SITE_SWITCHES),
    *((SELECTS, row, "") for row in SITE_SELECTS),
    *((NUMBERS, row, "charger") for row in CHARGER_NUMBERS),
    *((SWITCHES, row, "charger") for row in CHARGER_SWITCHES),
    *((SELECTS, row, "charger") for row in CHARGER_SELECTS),
]
# A load on a plug draws what it draws; its form asks for that.
OTHERWISE = {("config_subentries.charger.step.plug", "max_current_a")}
# The set-up explains what it is, and names it.
EXPLAINED = {("config.step.equipment", "shadow_mode")}


def at(texts: dict[str, Any], path: str) -> str:
    """Return the text at a dotted path."""
    found: Any = texts
    for key in path.split("."):
        found = found[key]
    return str(found)


def other_labels(texts: dict[str, Any]) -> Iterator[str]:
    """Yield each field of a form that is not called what its entity is called."""
    for platform, row, owner in ENTITIES:
        name = texts["entity"][platform][row.translation_key]["name"]
        for path, step in step_tables(texts):
            place = (path, row.setting.key)
            if path.startswith("config_subentries.") != bool(owner):
                continue
            label = step.get("data", {}).get(row.setting.key)
            if label is None or place in OTHERWISE:
                continue
            same = name.casefold() in label.casefold()
            if not same if place in EXPLAINED else label != name:
                yield f"{path}.{row.setting.key}: {label}, but {name}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_field_is_called_what_its_entity_is_called(language: str) -> None:
    assert [*other_labels(load_json(TRANSLATIONS / f"{language}.json"))] == []


SAME = {
    "main fuse": (
        "entity.number.service_current.name",
        "entity.sensor.limiting_factor.state.fuse",
    ),
    "import limit": (
        "entity.number.import_limit.name",
        "entity.sensor.limiting_factor.state.import_cap",
        "config.step.limits.data.import_limit_w",
    ),
    "grid operator's signal": (
        "config.step.limits.sections.external_cap.name",
        "entity.sensor.limiting_factor.state.external_cap",
    ),
    "capacity tariff": (
        "config.step.limits.sections.capacity_tariff.name",
        "entity.sensor.limiting_factor.state.capacity_tariff",
    ),
    "unbalance limit": (
        "config.step.limits.sections.advanced.data.unbalance_limit_a",
        "entity.sensor.limiting_factor.state.unbalance",
    ),
    "same as site": (
        "selector.charger_charging_mode.options.site",
        "entity.select.charger_charging_mode.state.site",
    ),
    "failsafe current": (
        "entity.sensor.left_alone_current.name",
        (
            "config_subentries.charger.step.charger.sections.advanced.data"
            ".left_alone_current_a"
        ),
        "config_subentries.charger.step.ocpp_charger.data.left_alone_current_a",
        (
            "config_subentries.charger.step.family_charger.sections.advanced.data"
            ".left_alone_current_a"
        ),
    ),
}
"""Where the name of a thing stands alone."""
BEGINS = {
    "entity.number.import_limit.name": "selector.card.options.import_cap_note",
    "config.step.limits.sections.external_cap.name": (
        "selector.card.options.external_cap_note"
    ),
}
"""Which name a text on the card begins with."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("thing", SAME)
def test_a_thing_has_one_name(language: str, thing: str) -> None:
    texts = load_json(TRANSLATIONS / f"{language}.json")
    names = {path: at(texts, path) for path in SAME[thing]}
    assert len(set(names.values())) == 1, names


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_card_names_a_limit_as_the_forms_do(language: str) -> None:
    texts = load_json(TRANSLATIONS / f"{language}.json")
    for name, note in BEGINS.items():
        assert at(texts, note).startswith(at(texts, name)), note
