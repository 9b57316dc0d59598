"""What hassfest and the Marketplace will check, as far as it can be held offline."""

from functools import cache
from pathlib import Path
import re
import tomllib
from typing import Any

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant.const import Platform
from homeassistant.helpers import selector
from homeassistant.util.yaml import load_yaml_dict

from tests.metadata import (
    INTEGRATION,
    ROOT,
    Source,
    english,
    leaves,
    load_json,
    step_tables,
    used_abort_reasons,
    used_fields,
    used_translation_keys,
)

MARKETPLACE_KEYS = {
    "content_in_root",
    "country",
    "filename",
    "hacs",
    "hide_default_branch",
    "homeassistant",
    "name",
    "persistent_directory",
    "render_readme",
    "zip_release",
}
ICON = re.compile(r"mdi:[a-z0-9]+(-[a-z0-9]+)*")


@cache
def manifest() -> dict[str, Any]:
    content: dict[str, Any] = load_json(INTEGRATION / "manifest.json")
    return content


@cache
def services() -> dict[str, Any]:
    path = INTEGRATION / "services.yaml"
    return load_yaml_dict(path) if path.exists() else {}


@cache
def icons() -> dict[str, Any]:
    path = INTEGRATION / "icons.json"
    return load_json(path) if path.exists() else {}


@cache
def source() -> Source:
    return Source()


def test_the_marketplace_finds_exactly_one_integration() -> None:
    folders = [
        path.name
        for path in (ROOT / "custom_components").iterdir()
        if path.is_dir() and path.name != "__pycache__"
    ]
    assert folders == ["ev_lb"]
    content = load_json(ROOT / "hacs.json")
    assert set(content) <= MARKETPLACE_KEYS
    assert content["name"] == manifest()["name"]
    assert AwesomeVersion(content["homeassistant"]).valid


def test_manifest_has_what_is_required() -> None:
    required = {
        "codeowners",
        "config_flow",
        "documentation",
        "domain",
        "integration_type",
        "iot_class",
        "issue_tracker",
        "name",
        "version",
    }
    assert required <= set(manifest())
    assert manifest()["domain"] == INTEGRATION.name
    assert manifest()["integration_type"] in {"device", "helper", "hub", "service"}
    assert manifest()["iot_class"] in {"calculated", "local_polling", "local_push"}
    assert manifest()["documentation"].startswith("https://")
    assert manifest()["issue_tracker"].startswith("https://")
    assert all(owner.startswith("@") for owner in manifest()["codeowners"])
    assert manifest().get("requirements", []) == []


def test_manifest_keys_are_in_order() -> None:
    keys = list(manifest())
    assert keys[:2] == ["domain", "name"]
    assert keys[2:] == sorted(keys[2:])


def test_the_version_is_valid_and_the_same_everywhere() -> None:
    version = manifest()["version"]
    assert AwesomeVersion(version).strategy is AwesomeVersionStrategy.SEMVER
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == version
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_a_config_flow_is_there_if_the_manifest_says_so() -> None:
    assert manifest()["config_flow"] is True
    assert (INTEGRATION / "config_flow.py").is_file()


def test_icons_are_names_of_material_design_icons() -> None:
    wrong = {
        path: name for path, name in leaves(icons()).items() if not ICON.fullmatch(name)
    }
    assert wrong == {}


def test_icons_belong_to_entities_and_services_that_exist() -> None:
    for platform, entities in icons().get("entity", {}).items():
        assert set(entities) <= set(english()["entity"][platform]), platform
    assert set(icons().get("services", {})) == set(services())


def test_services_have_valid_fields_and_texts() -> None:
    texts = english().get("services", {})
    assert set(texts) == set(services())
    for name, service in services().items():
        assert {"name", "description"} <= set(texts[name]), name
        fields = (service or {}).get("fields", {})
        assert set(texts[name].get("fields", {})) == set(fields), name
        for field, content in fields.items():
            assert {"name", "description"} <= set(texts[name]["fields"][field])
            if "selector" in content:
                selector.validate_selector(content["selector"])


def test_every_translation_key_has_a_text() -> None:
    texts = english()
    everywhere = {
        key
        for name in ("exceptions", "issues", "selector")
        for key in texts.get(name, {})
    } | {key for entities in texts.get("entity", {}).values() for key in entities}
    entities = {key for table in texts.get("entity", {}).values() for key in table}

    def known(kind: str) -> set[str]:
        if kind == "any":
            return everywhere
        if kind.startswith("entity."):
            platform = kind.removeprefix("entity.")
            if platform not in set(Platform):  # a base class for several platforms
                return entities
            return set(texts.get("entity", {}).get(platform, {}))
        return set(texts.get(kind, {}))

    unreadable, missing = [], []
    for place, kind, key in used_translation_keys(source()):
        if key is None:
            unreadable.append(place)
        elif not any(re.fullmatch(key, text) for text in known(kind)):
            missing.append(f"{place}: {kind}.{key}")
    assert missing == []
    assert unreadable == [], "write the key as a text or as a constant of the module"


def test_exceptions_and_issues_are_complete() -> None:
    for key, text in english().get("exceptions", {}).items():
        assert set(text) == {"message"}, key
    for key, issue in english().get("issues", {}).items():
        assert "title" in issue, key
        assert ("description" in issue) != ("fix_flow" in issue), key


def test_every_field_of_every_step_is_described() -> None:
    steps = dict(step_tables(english()))
    assert steps, "there are no steps: this test looks in the wrong place"
    undescribed = {
        path: set(step.get("data", {})) ^ set(step.get("data_description", {}))
        for path, step in steps.items()
        if set(step.get("data", {})) != set(step.get("data_description", {}))
    }
    assert undescribed == {}


def test_every_field_in_the_code_has_a_text() -> None:
    described = {
        field for _, step in step_tables(english()) for field in step.get("data", {})
    }
    used = list(used_fields(source()))
    assert used, "no field was found: this test looks in the wrong place"
    assert [(place, field) for place, field in used if field not in described] == []


def test_every_abort_in_the_code_has_a_text() -> None:
    texts = english()
    flows = [texts["config"], *texts.get("config_subentries", {}).values()]
    flows.append(texts.get("options", {}))
    reasons = {reason for flow in flows for reason in flow.get("abort", {})}
    used = used_abort_reasons(source())
    assert [(place, reason) for place, reason in used if reason not in reasons] == []


def test_every_kind_of_subentry_has_its_texts() -> None:
    for kind, texts in english().get("config_subentries", {}).items():
        assert texts.get("entry_type"), kind
        assert texts.get("initiate_flow", {}).get("user"), kind


def test_no_step_is_called_like_the_integration() -> None:
    titles = {path: step.get("title") for path, step in step_tables(english())}
    assert [path for path, title in titles.items() if title == manifest()["name"]] == []


def test_the_reader_of_translation_keys_finds_all(tmp_path: Path) -> None:
    (tmp_path / "sensor.py").write_text(
        """
NAME: Final = "named"
class Power(SensorEntity):
    _attr_translation_key = "assigned"
SENSORS = [SensorEntityDescription(key="a", translation_key="described")]
def choice(options, translation_key):
    return selector.SelectSelectorConfig(translation_key=translation_key)
def refusal(key, **placeholders):
    return ServiceValidationError(translation_key=key)
def of_phase(phase):
    key = f"current_{phase}"
    return SensorEntityDescription(key=key, translation_key=key)
def fails(self):
    choice([], "chosen")
    ir.async_create_issue(translation_key=NAME)
    raise refusal(key="refused")
    raise ServiceValidationError(translation_key=f"{self.key}")
""",
        encoding="utf-8",
    )
    found = {key: kind for _, kind, key in used_translation_keys(Source(tmp_path))}
    assert found == {
        "assigned": "entity.sensor",
        "described": "entity.sensor",
        r"current_\w+": "entity.sensor",
        "chosen": "selector",
        "named": "issues",
        "refused": "exceptions",
        None: "exceptions",
    }
