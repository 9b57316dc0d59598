"""A diagnostics download: each decision in it, made again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from custom_components.ev_lb.engine.codec import (
    DecisionInput,
    DocumentError,
    Json,
    from_document,
    to_document,
)
from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import Decision, Site

from .questions import parse

IGNORED: str = "state"
"""What a decision remembers may hold more in a later version."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """A decision of a download, and what this version of the engine decides."""

    decision: Decision
    differences: tuple[str, ...]
    """Where the two are not the same; empty when they are."""


def read_document(path: Path) -> object:
    """Return a JSON file's content; DocumentError when it has none."""
    try:
        return parse(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError("", f"{path} cannot be read: {error}") from error


def repeat_decisions(document: object) -> list[Repeated]:
    """Make the decisions of a diagnostics download again.

    Raises DocumentError when there are none in it.
    """
    found = []
    for place, row in enumerate(_decisions(document)):
        path = f"data.decisions[{place}].asked"
        asked = from_document(DecisionInput, row.get("asked"), path)
        decision = decide(asked.site, asked.state, asked.snapshot, asked.now_s)
        differences = _differences(row.get("answered"), to_document(decision), "")
        found.append(Repeated(decision, tuple(differences)))
    if not found:
        raise DocumentError("data.decisions", "there is no decision in it")
    return found


def read_site(document: object) -> Site:
    """Return the site of a diagnostics download, or of a decide document.

    Raises DocumentError when there is none in it.
    """
    if isinstance(document, Mapping) and "site" in document:
        return from_document(Site, document["site"], "site")
    decisions = _decisions(document)
    if not decisions:
        raise DocumentError("data.decisions", "there is no decision in it")
    last = decisions[-1].get("asked")
    site = last.get("site") if isinstance(last, Mapping) else None
    return from_document(Site, site, f"data.decisions[{len(decisions) - 1}].asked.site")


def _decisions(document: object) -> list[Mapping[str, object]]:
    data = document.get("data") if isinstance(document, Mapping) else None
    decisions = data.get("decisions") if isinstance(data, Mapping) else None
    if not isinstance(decisions, list) or not all(
        isinstance(row, Mapping) for row in decisions
    ):
        raise DocumentError("", "this is no diagnostics download of EV Load Balancer")
    return decisions


def _differences(was: object, is_now: Json, path: str) -> Iterator[str]:
    """Yield the fields that both have and that are not the same."""
    if isinstance(was, Mapping) and isinstance(is_now, dict):
        for name in was.keys() & is_now.keys() - {IGNORED}:
            yield from _differences(
                was[name], is_now[name], f"{path}.{name}" if path else name
            )
    elif isinstance(was, list) and isinstance(is_now, list) and len(was) == len(is_now):
        for place, (before, now) in enumerate(zip(was, is_now, strict=True)):
            yield from _differences(before, now, f"{path}[{place}]")
    elif was != is_now:
        yield f"{path} was {was}, is {is_now}"
