"""Documents that ask for decisions: one, a history, or a list of both."""

from dataclasses import dataclass, field
import json

from custom_components.ev_lb.engine.codec import (
    DecisionInput,
    DocumentError,
    from_document,
)
from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import Decision, Site, Snapshot, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What was known at one moment."""

    snapshot: Snapshot
    now_s: float
    """The moment of the decision, s, on the clock of the snapshot's readings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionHistory:
    """One site at several moments: each decision goes on from the one before."""

    site: Site
    state: State = field(default_factory=State)
    """The state before the first moment; left out, the balancer starts afresh."""
    snapshots: tuple[Moment, ...]
    """The moments, in time order."""


type Question = DecisionInput | DecisionHistory
type Answer = Decision | tuple[Decision, ...]


def parse(text: str) -> object:
    """Return the document of a JSON text.

    Raises DocumentError where the text is not JSON, or names a field twice.
    """
    try:
        document: object = json.loads(
            text, parse_constant=_refuse_constant, object_pairs_hook=_without_repetition
        )
    except ValueError as error:
        raise DocumentError("", f"this is not JSON: {error}") from error
    except RecursionError as error:
        raise DocumentError("", "the lists and objects are too deep") from error
    return document


def read_question(document: object, path: str = "") -> Question:
    """Return what a document asks; one with `snapshots` is a history.

    Raises DocumentError at the first wrong field.
    """
    if not isinstance(document, dict) or "snapshots" not in document:
        return from_document(DecisionInput, document, path)
    history = from_document(DecisionHistory, document, path)
    before_s = None
    for index, moment in enumerate(history.snapshots):
        if before_s is not None and moment.now_s < before_s:
            place = f"snapshots[{index}].now_s"
            raise DocumentError(
                f"{path}.{place}" if path else place,
                f"{moment.now_s} is before {before_s}; snapshots stand in time order",
            )
        before_s = moment.now_s
    return history


def answer(question: Question) -> Answer:
    """Return the decision, or those of a history in its order."""
    if isinstance(question, DecisionInput):
        return decide(question.site, question.state, question.snapshot, question.now_s)
    state = question.state
    decisions = []
    for moment in question.snapshots:
        decision = decide(question.site, state, moment.snapshot, moment.now_s)
        decisions.append(decision)
        state = decision.state
    return tuple(decisions)


def _refuse_constant(word: str) -> float:
    raise DocumentError("", f'{word} is not JSON; there are "inf", "-inf" and "nan"')


def _without_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DocumentError("", f"an object has the field {twice} more than once")
    return found
