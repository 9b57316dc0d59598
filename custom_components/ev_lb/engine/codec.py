"""What the engine is asked and what it answers, as plain JSON and back.

Everything follows from the types of the fields of dataclasses and named tuples,
so a new field needs no change here; only a field of a new sort of type does.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from enum import Enum
from functools import cache
from math import inf, isfinite, nan
from types import NoneType, UnionType
from typing import Any, Final, TypeAliasType, cast, get_args, get_origin, get_type_hints

from .model import Site, Snapshot, State

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
type JsonObject = dict[str, Json]

SCHEMA_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

# JSON has no numbers for these.
_NUMBER_WORDS: Final = {"inf": inf, "-inf": -inf, "nan": nan}
_MADE: Final = object()
"""Stands for a default that is made anew each time."""
_SHOWN_CHARACTERS: Final = 40
# Python writes no whole number of more than some thousand digits.
_SHOWN_BITS: Final = 128


class DocumentError(Exception):
    """A document that cannot be read: where in it, and what is wrong there."""

    def __init__(self, path: str, problem: str) -> None:
        """Name the field as `site.chargers[0].step_a`; empty for the whole."""
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionInput:
    """All that one decision follows from."""

    site: Site
    state: State = field(default_factory=State)
    """The state of the decision before; left out, the balancer starts afresh."""
    snapshot: Snapshot
    now_s: float
    """The moment of the decision, s, on the clock of the snapshot's readings."""


def decision_document(
    site: Site, state: State, snapshot: Snapshot, now_s: float
) -> JsonObject:
    """Return the document with which a decision can be made again elsewhere."""
    asked = DecisionInput(site=site, state=state, snapshot=snapshot, now_s=now_s)
    return cast("JsonObject", to_document(asked))


def to_document(value: object) -> Json:
    """Return a value of the engine as JSON, with nothing left out.

    Defaults are written too: they may be others in a later version. Raises
    TypeError for what the engine's vocabulary does not hold.
    """
    if isinstance(value, Enum):
        return _choice_name(value)
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    kind: Any = type(value)
    if _is_record(kind):
        return {name: to_document(getattr(value, name)) for name in _defaults(kind)}
    if isinstance(value, tuple):
        return [to_document(item) for item in value]
    raise TypeError(f"a document cannot hold {value!r}")


def from_document[T](kind: type[T], document: object, path: str = "") -> T:
    """Return the value of a dataclass or named tuple that a document describes.

    `path` is where the document stands in a larger one. Raises DocumentError at
    the first field that is unknown, missing or of the wrong type.
    """
    value: T = _form_of(cast("Any", kind)).read(document, path)
    return value


def json_schema(kind: type) -> JsonObject:
    """Return the JSON Schema of the documents that describe a type."""
    definitions: JsonObject = {}
    root = _form_of(kind).schema(definitions)
    return {"$schema": SCHEMA_DIALECT, **root, "$defs": definitions}


class _Form(ABC):
    """How one type is written in a document."""

    @abstractmethod
    def read(self, document: object, path: str) -> Any:
        """Return the value that a document describes."""

    @abstractmethod
    def schema(self, definitions: JsonObject) -> JsonObject:
        """Return the JSON Schema, adding to the definitions that it refers to."""


class _Number(_Form):
    def read(self, document: object, path: str) -> float:
        if isinstance(document, str) and document in _NUMBER_WORDS:
            return _NUMBER_WORDS[document]
        if isinstance(document, bool) or not isinstance(document, int | float):
            raise _unexpected("a number", document, path)
        try:
            value = float(document)
        except OverflowError:
            value = inf
        if not isfinite(value):
            words = ", ".join(_shown(word) for word in _NUMBER_WORDS)
            raise DocumentError(path, f"not a finite number; there are {words}")
        return value

    def schema(self, definitions: JsonObject) -> JsonObject:
        definitions["Number"] = {
            "description": "A number, or a word for what JSON has no number for.",
            "anyOf": [{"type": "number"}, {"enum": list(_NUMBER_WORDS)}],
        }
        return {"$ref": "#/$defs/Number"}


class _Integer(_Form):
    def read(self, document: object, path: str) -> int:
        if isinstance(document, float) and document.is_integer():
            return int(document)
        if isinstance(document, bool) or not isinstance(document, int):
            raise _unexpected("a whole number", document, path)
        return document

    def schema(self, definitions: JsonObject) -> JsonObject:
        return {"type": "integer"}


class _Boolean(_Form):
    def read(self, document: object, path: str) -> bool:
        if not isinstance(document, bool):
            raise _unexpected("true or false", document, path)
        return document

    def schema(self, definitions: JsonObject) -> JsonObject:
        return {"type": "boolean"}


class _Text(_Form):
    def read(self, document: object, path: str) -> str:
        if not isinstance(document, str):
            raise _unexpected("a text", document, path)
        return document

    def schema(self, definitions: JsonObject) -> JsonObject:
        return {"type": "string"}


class _Choice(_Form):
    def __init__(self, kind: type[Enum]) -> None:
        self.name = kind.__name__
        self.members: dict[object, Enum] = {
            _choice_name(member): member for member in kind
        }

    def read(self, document: object, path: str) -> Enum:
        if not isinstance(document, str) or document not in self.members:
            names = ", ".join(_shown(name) for name in self.members)
            raise _unexpected(f"one of {names}", document, path)
        return self.members[document]

    def schema(self, definitions: JsonObject) -> JsonObject:
        definitions[self.name] = {"enum": [str(name) for name in self.members]}
        return {"$ref": f"#/$defs/{self.name}"}


class _Optional(_Form):
    def __init__(self, form: _Form) -> None:
        self.form = form

    def read(self, document: object, path: str) -> Any:
        return None if document is None else self.form.read(document, path)

    def schema(self, definitions: JsonObject) -> JsonObject:
        return {"anyOf": [self.form.schema(definitions), {"type": "null"}]}


class _Sequence(_Form):
    """A tuple of any length, all of one type."""

    def __init__(self, form: _Form) -> None:
        self.form = form

    def read(self, document: object, path: str) -> tuple[Any, ...]:
        return tuple(
            self.form.read(item, f"{path}[{index}]")
            for index, item in enumerate(_items(document, path))
        )

    def schema(self, definitions: JsonObject) -> JsonObject:
        return {"type": "array", "items": self.form.schema(definitions)}


class _Row(_Form):
    """A tuple of fixed length, each place with a type of its own."""

    def __init__(self, forms: tuple[_Form, ...]) -> None:
        self.forms = forms

    def read(self, document: object, path: str) -> tuple[Any, ...]:
        items = _items(document, path)
        if len(items) != len(self.forms):
            problem = f"expected {len(self.forms)} values, got {len(items)}"
            raise DocumentError(path, problem)
        return tuple(
            form.read(item, f"{path}[{index}]")
            for index, (form, item) in enumerate(zip(self.forms, items, strict=True))
        )

    def schema(self, definitions: JsonObject) -> JsonObject:
        return {
            "type": "array",
            "prefixItems": [form.schema(definitions) for form in self.forms],
            "minItems": len(self.forms),
            "items": False,
        }


class _Object(_Form):
    def __init__(self, kind: Any) -> None:
        self.kind = kind
        hints = get_type_hints(kind)
        self.defaults = _defaults(kind)
        self.forms = {name: _form_of(hints[name]) for name in self.defaults}
        self.required = [
            name for name, default in self.defaults.items() if default is MISSING
        ]

    def read(self, document: object, path: str) -> Any:
        if not isinstance(document, dict):
            raise _unexpected("an object", document, path)
        for name in document:
            if name not in self.forms:
                known = ", ".join(self.forms)
                problem = f"there is no such field; there are {known}"
                raise DocumentError(_within(path, name), problem)
        for name in self.required:
            if name not in document:
                raise DocumentError(_within(path, name), "this field is missing")
        values = {
            name: self.forms[name].read(value, _within(path, name))
            for name, value in document.items()
        }
        return self.kind(**values)

    def schema(self, definitions: JsonObject) -> JsonObject:
        name = self.kind.__name__
        if name not in definitions:
            definitions[name] = None  # keeps the place: who refers comes first
            definitions[name] = {
                "type": "object",
                "properties": dict(self._properties(definitions)),
                "required": list(self.required),
                "additionalProperties": False,
            }
        return {"$ref": f"#/$defs/{name}"}

    def _properties(self, definitions: JsonObject) -> Iterator[tuple[str, JsonObject]]:
        for name, form in self.forms.items():
            schema = form.schema(definitions)
            default = self.defaults[name]
            if default is not MISSING and not _holds_objects(default):
                schema = {**schema, "default": to_document(default)}
            yield name, schema


_SCALARS: Final[dict[Any, _Form]] = {
    bool: _Boolean(),
    float: _Number(),
    int: _Integer(),
    str: _Text(),
}


@cache
def _form_of(kind: Any) -> _Form:
    """Return how a type is written."""
    if isinstance(kind, TypeAliasType):
        return _form_of(kind.__value__)
    if kind in _SCALARS:
        return _SCALARS[kind]
    if _is_record(kind):
        return _Object(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _Choice(kind)
    parts = get_args(kind)
    if get_origin(kind) is tuple:
        if parts[1:] == (...,):
            return _Sequence(_form_of(parts[0]))
        return _Row(tuple(_form_of(part) for part in parts))
    if isinstance(kind, UnionType) and len(parts) == 2 and NoneType in parts:
        (other,) = (part for part in parts if part is not NoneType)
        return _Optional(_form_of(other))
    raise TypeError(f"a document cannot hold a field of type {kind}")


def _is_record(kind: Any) -> bool:
    """Tell whether a type has named fields: a dataclass or a named tuple."""
    return is_dataclass(kind) or hasattr(kind, "_field_defaults")


@cache
def _defaults(kind: Any) -> dict[str, Any]:
    """Return the fields of a type with their defaults, MISSING without one.

    What dataclasses leave out of comparisons is no part of the document either.
    """
    if not is_dataclass(kind):
        return {name: kind._field_defaults.get(name, MISSING) for name in kind._fields}
    return {
        row.name: row.default if row.default_factory is MISSING else _MADE
        for row in fields(kind)
        if row.compare
    }


def _choice_name(member: Enum) -> str:
    """Return a text's own value, and the name of what is a number in the code."""
    return member.value if isinstance(member.value, str) else member.name.lower()


def _holds_objects(value: object) -> bool:
    if value is _MADE or _is_record(type(value)):
        return True
    return isinstance(value, tuple) and any(_holds_objects(item) for item in value)


def _items(document: object, path: str) -> list[object]:
    if not isinstance(document, list):
        raise _unexpected("a list", document, path)
    return document


def _within(path: str, name: object) -> str:
    if not isinstance(name, str) or not name.isidentifier():
        return f"{path}[{_shown(name)}]"
    return f"{path}.{name}" if path else name


def _unexpected(expected: str, document: object, path: str) -> DocumentError:
    return DocumentError(path, f"expected {expected}, got {_shown(document)}")


def _shown(document: object) -> str:
    """Return a value as it stands in JSON, in one short line."""
    if document is None:
        return "null"
    if isinstance(document, bool):
        return str(document).lower()
    if isinstance(document, dict):
        return "an object"
    if isinstance(document, list):
        return "a list"
    if isinstance(document, int) and document.bit_length() > _SHOWN_BITS:
        return "a huge number"
    if not isinstance(document, str):
        return repr(document)[:_SHOWN_CHARACTERS]
    cut = document[:_SHOWN_CHARACTERS]
    more = "..." if cut != document else ""
    return f'"{repr(cut)[1:-1]}{more}"'
