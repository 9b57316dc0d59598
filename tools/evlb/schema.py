"""The JSON Schema of the documents, with what the code says of each field."""

import ast
from collections.abc import Iterator
from pathlib import Path

from custom_components.ev_lb import engine
from custom_components.ev_lb.engine.codec import (
    SCHEMA_DIALECT,
    DecisionInput,
    JsonObject,
    json_schema,
)

from . import questions

type Docstrings = dict[str, str]
"""What is said of a class, by `Class`, and of its fields, by `Class.field`."""


def document_schema() -> JsonObject:
    """Return the schema of what `decide` reads."""
    definitions: JsonObject = {}
    for kind in (DecisionInput, questions.DecisionHistory):
        found = json_schema(kind)["$defs"]
        assert isinstance(found, dict)
        definitions |= found
    _describe(definitions, dict(_docstrings()))
    names = (DecisionInput.__name__, questions.DecisionHistory.__name__)
    one: JsonObject = {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in names]}
    return {
        "$schema": SCHEMA_DIALECT,
        "title": "Question to the engine of EV Load Balancer",
        "anyOf": [one, {"type": "array", "items": one}],
        "$defs": definitions,
    }


def _describe(definitions: JsonObject, docstrings: Docstrings) -> None:
    for name, definition in definitions.items():
        assert isinstance(definition, dict)
        if name in docstrings:
            definition["description"] = docstrings[name]
        properties = definition.get("properties", {})
        assert isinstance(properties, dict)
        for field, schema in properties.items():
            assert isinstance(schema, dict)
            if f"{name}.{field}" in docstrings:
                schema["description"] = docstrings[f"{name}.{field}"]


def _docstrings() -> Iterator[tuple[str, str]]:
    """Yield name and text of each docstring below classes and their fields."""
    for path in _sources():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                text = ast.get_docstring(node)
                if text is not None:
                    yield node.name, _one_line(text)
                yield from _field_docstrings(node)


def _field_docstrings(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in zip(node.body, node.body[1:], strict=False):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield f"{node.name}.{name}", _one_line(text)


def _sources() -> Iterator[Path]:
    """Yield the files of what decides; the vocabulary comes last, and so prevails."""
    (folder,) = map(Path, engine.__path__)
    model = folder / "model"
    for path in sorted(folder.rglob("*.py")):
        if path.parent not in {model, folder / "planning"}:
            yield path
    yield from sorted(model.glob("*.py"))
    yield Path(questions.__file__)


def _one_line(text: str) -> str:
    return " ".join(text.split())
