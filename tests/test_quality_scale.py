"""The quality scale: every rule that Home Assistant knows, done or exempt with a reason."""

import ast
from pathlib import Path
from typing import Any

import homeassistant.components
from homeassistant.const import Platform
from homeassistant.util.yaml import load_yaml_dict

from .metadata import INTEGRATION, TRANSLATIONS, load_json

COMPONENTS = Path(homeassistant.components.__path__[0])
# One of the highest tier: its file names all rules.
COMPLETE = "peblar"


def rules(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = load_yaml_dict(folder / "quality_scale.yaml")["rules"]
    return content


def test_every_rule_is_named_and_no_other() -> None:
    assert set(rules(INTEGRATION)) == set(rules(COMPONENTS / COMPLETE))


def test_every_rule_is_done_or_has_a_reason() -> None:
    for rule, status in rules(INTEGRATION).items():
        if status != "done":
            assert status["status"] == "exempt", rule
            assert status["comment"].endswith("."), rule


def test_what_is_said_to_be_there_is_there() -> None:
    files = ("brand/icon.png", "brand/icon@2x.png", "py.typed", "icons.json")
    modules = ("config_flow.py", "diagnostics.py", "repairs.py", "entity.py")
    missing = [
        name for name in (*files, *modules) if not (INTEGRATION / name).is_file()
    ]
    assert missing == []
    assert load_json(TRANSLATIONS / "en.json")["exceptions"]


def _answers_only(node: ast.Import | ast.ImportFrom) -> bool:
    """Tell whether what is imported can answer a browser, and ask nobody."""
    return (
        isinstance(node, ast.ImportFrom)
        and node.module == "aiohttp"
        and {alias.name for alias in node.names} <= {"hdrs", "web"}
    )


def test_nothing_is_asked_over_http_and_nothing_is_required() -> None:
    assert load_json(INTEGRATION / "manifest.json")["requirements"] == []
    imported = {
        name.partition(".")[0]
        for path in INTEGRATION.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
        )
        if not _answers_only(node)
    }
    assert imported.isdisjoint({"aiohttp", "httpx", "requests", "urllib"})


def test_every_platform_says_how_many_updates_run_at_once() -> None:
    platforms = [
        path for path in INTEGRATION.glob("*.py") if path.stem in set(Platform)
    ]
    assert platforms
    for path in platforms:
        assert "\nPARALLEL_UPDATES = " in path.read_text(encoding="utf-8"), path.name
