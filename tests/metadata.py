"""Reads the integration's files as Home Assistant's own checks read them."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
INTEGRATION = ROOT / "custom_components" / "ev_lb"
TRANSLATIONS = INTEGRATION / "translations"

PLACEHOLDER = re.compile(r"\{(\w+)\}")


def load_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def english() -> dict[str, Any]:
    strings: dict[str, Any] = load_json(TRANSLATIONS / "en.json")
    return strings


def leaves(tree: Any, path: str = "") -> dict[str, str]:
    """Return all texts of a nested mapping by their dotted path."""
    if isinstance(tree, str):
        return {path: tree}
    return {
        name: text
        for key, value in tree.items()
        for name, text in leaves(value, f"{path}.{key}" if path else key).items()
    }


def step_tables(strings: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each step of each flow, and the sections in it, with their path."""
    flows = {"config": strings.get("config", {}), "options": strings.get("options", {})}
    for kind, flow in strings.get("config_subentries", {}).items():
        flows[f"config_subentries.{kind}"] = flow
    for flow_name, flow in flows.items():
        for step_name, step in flow.get("step", {}).items():
            path = f"{flow_name}.step.{step_name}"
            yield path, step
            for section_name, section in step.get("sections", {}).items():
                yield f"{path}.sections.{section_name}", section


type Function = ast.FunctionDef | ast.AsyncFunctionDef


class Helper(NamedTuple):
    """A function of ours that takes a translation key from its callers."""

    parameter: str
    position: int
    kind: str


class Source:
    """The Python files of the integration with the constants that they name."""

    def __init__(self, folder: Path = INTEGRATION) -> None:
        self.folder = folder
        self.trees = {
            path: ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
            for path in sorted(folder.rglob("*.py"))
        }
        self.constants: dict[str, str] = {}
        self.scopes: dict[ast.AST, Function] = {}
        for tree in self.trees.values():
            self._read_constants(tree)
            # Inner functions come after outer ones, so the innermost stays.
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    self.scopes.update(dict.fromkeys(ast.walk(node), node))

    def _read_constants(self, tree: ast.Module) -> None:
        for node in tree.body:
            match node:
                case ast.Assign(
                    targets=[ast.Name(id=name)], value=ast.Constant(str(v))
                ):
                    self.constants[name] = v
                case ast.AnnAssign(
                    target=ast.Name(id=name), value=ast.Constant(str(v))
                ):
                    self.constants[name] = v

    def nodes(self) -> Iterator[tuple[Path, ast.AST]]:
        """Yield every node of every file."""
        for path, tree in self.trees.items():
            for node in ast.walk(tree):
                yield path, node

    def place(self, path: Path, node: ast.expr) -> str:
        """Return where a node stands, for messages."""
        return f"{path.relative_to(self.folder)}:{node.lineno}"

    def text_of(self, node: ast.expr) -> str | None:
        """Return the text that an expression stands for, if it can be read."""
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return self.constants.get(name)
        return None

    def pattern_of(self, node: ast.expr, scope: Function | None) -> str | None:
        """Return a pattern for the texts that an expression may stand for."""
        if isinstance(node, ast.JoinedStr):
            parts = [
                re.escape(part.value)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
                else r"\w+"
                for part in node.values
            ]
            # Nothing but a variable tells nothing.
            return "".join(parts) if set(parts) - {r"\w+"} else None
        if isinstance(node, ast.Name) and scope is not None:
            for statement in ast.walk(scope):
                match statement:
                    case ast.Assign(targets=[ast.Name(id=name)], value=value):
                        if name == node.id:
                            return self.pattern_of(value, None)
        text = self.text_of(node)
        return None if text is None else re.escape(text)


def used_translation_keys(source: Source) -> Iterator[tuple[str, str, str | None]]:
    """Yield place, kind and key of each `translation_key` in the code.

    The kind is the table of the translations that must have the key, or `any`
    where the call does not tell. The key is a pattern, as parts of it may be
    variable; it is None where it cannot be read.
    """
    helpers = dict(_helpers(source))
    for path, node in source.nodes():
        for kind, value in _keys_of(node, path.stem, helpers):
            if isinstance(value, ast.Constant) and value.value is None:
                continue
            scope = source.scopes.get(node)
            # A helper that passes its argument on is read where it is called.
            if isinstance(value, ast.Name) and value.id in _parameters(scope):
                continue
            yield source.place(path, value), kind, source.pattern_of(value, scope)


def used_fields(source: Source) -> Iterator[tuple[str, str]]:
    """Yield place and name of each form field that a flow or its form names."""
    for path, node in source.nodes():
        if not path.stem.endswith(("flow", "form")):
            continue
        match node:
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name), args=[field, *_]
            ) if name.lower() in {"required", "optional"}:
                if text := source.text_of(field):
                    yield source.place(path, node), text


def used_abort_reasons(source: Source) -> Iterator[tuple[str, str]]:
    """Yield place and reason of each abort that a flow names."""
    for path, node in source.nodes():
        match node:
            case ast.Call(func=ast.Attribute(attr="async_abort"), keywords=keywords):
                for keyword in keywords:
                    text = source.text_of(keyword.value)
                    if keyword.arg == "reason" and text:
                        yield source.place(path, node), text


def _parameters(scope: Function | None) -> list[str]:
    if scope is None:
        return []
    arguments = [*scope.args.posonlyargs, *scope.args.args]
    names = [argument.arg for argument in arguments if argument.arg != "self"]
    return [*names, *(argument.arg for argument in scope.args.kwonlyargs)]


def _helpers(source: Source) -> Iterator[tuple[str, Helper]]:
    """Yield our functions that pass a parameter on as a `translation_key`."""
    for path, node in source.nodes():
        scope = source.scopes.get(node)
        if scope is None or not isinstance(node, ast.Call):
            continue
        for keyword in node.keywords:
            match keyword:
                case ast.keyword(arg="translation_key", value=ast.Name(id=name)):
                    parameters = _parameters(scope)
                    if name in parameters:
                        kind = _kind_of(_called(node), path.stem)
                        yield scope.name, Helper(name, parameters.index(name), kind)


def _keys_of(
    node: ast.AST, module: str, helpers: dict[str, Helper]
) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Call():
            called = _called(node)
            if (helper := helpers.get(called)) is None:
                helper = Helper("translation_key", len(node.args), "")
            if helper.position < len(node.args):
                yield helper.kind, node.args[helper.position]
            for keyword in node.keywords:
                if keyword.arg == helper.parameter:
                    yield helper.kind or _kind_of(called, module), keyword.value
        case (
            ast.Assign(
                targets=[ast.Name(id=name) | ast.Attribute(attr=name)], value=value
            )
            | ast.AnnAssign(
                target=ast.Name(id=name) | ast.Attribute(attr=name),
                value=ast.expr() as value,
            )
        ) if name == "_attr_translation_key":
            yield f"entity.{module}", value


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _kind_of(called: str, module: str) -> str:
    if called.endswith(("Error", "NotReady", "Failed")):
        return "exceptions"
    if called.endswith("create_issue"):
        return "issues"
    if called.endswith("SelectorConfig"):
        return "selector"
    if called.endswith("Description"):
        return f"entity.{module}"
    return "any"
