"""Rows of a price list, laid out in order, none over another."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import isfinite
from typing import Final, NamedTuple

from .values import EARLIEST_S, HOUR_S, LATEST_S

MINUTE_S: Final = 60.0
LONGEST_S: Final = 8 * 24 * HOUR_S
"""How long one amount may hold, s."""


class Entry(NamedTuple):
    """An amount for some time, as somebody published it."""

    start_s: float
    end_s: float | None
    """None where nobody says: it lasts as long as its neighbours do."""
    amount: float
    guessed: bool = False


class Piece(NamedTuple):
    """An amount for some time, disjoint from all others."""

    start_s: float
    end_s: float
    amount: float
    guessed: bool = False


def laid_out(entries: Iterable[Entry]) -> list[Piece]:
    """Return the entries in order, without overlap, on full minutes.

    Where several cover a time, that counts which begins last; of those the last named.
    What is known counts before what is guessed.
    """
    sound = [
        entry._replace(start_s=_minute(entry.start_s))
        for entry in entries
        if _is_sound(entry)
    ]
    known = [entry for entry in sound if not entry.guessed]
    guessed = [entry for entry in sound if entry.guessed]
    spans = [*_with_ends(guessed), *_with_ends(known)]
    return _swept(spans)


def at(pieces: Sequence[Piece], time_s: float) -> Piece | None:
    """Return what covers a moment."""
    return next((row for row in pieces if row.start_s <= time_s < row.end_s), None)


def mean(pieces: Iterable[Piece], from_s: float, until_s: float) -> float | None:
    """Return the mean amount over some time; None unless all of it is covered."""
    total = covered_s = 0.0
    for row in pieces:
        lasts_s = min(row.end_s, until_s) - max(row.start_s, from_s)
        if lasts_s > 0:
            covered_s += lasts_s
            total += lasts_s * row.amount
    return total / covered_s if covered_s >= until_s - from_s > 0 else None


def _minute(time_s: float) -> float:
    return round(time_s / MINUTE_S) * MINUTE_S


def _is_sound(entry: Entry) -> bool:
    return EARLIEST_S <= entry.start_s <= LATEST_S and isfinite(entry.amount)


def _with_ends(entries: list[Entry]) -> list[Piece]:
    """Return the entries with their ends.

    Without one of its own an entry ends where the next begins, though not after the
    step that most have: what lies behind a gap is not known.
    """
    starts = sorted({entry.start_s for entry in entries})
    following = dict(pairwise(starts))
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    step_s, count = max(
        Counter(gaps).items(), key=lambda item: (item[1], -item[0]), default=(HOUR_S, 1)
    )
    longest_s = step_s if count * 2 > len(gaps) else LONGEST_S
    pieces = []
    for entry in sorted(entries, key=lambda entry: entry.start_s):
        end_s = entry.end_s
        if end_s is not None and EARLIEST_S <= end_s <= LATEST_S:
            end_s = _minute(end_s)
        if end_s is None or not entry.start_s < end_s <= entry.start_s + LONGEST_S:
            next_s = following.get(entry.start_s, entry.start_s + min(step_s, HOUR_S))
            end_s = min(next_s, entry.start_s + longest_s)
        pieces.append(Piece(entry.start_s, end_s, entry.amount, entry.guessed))
    return pieces


def _swept(spans: list[Piece]) -> list[Piece]:
    """Return for each time the span that began last; known before guessed."""
    edges = sorted({edge for span in spans for edge in span[:2]})
    waiting = deque(sorted(spans, key=lambda span: span.start_s))
    found: list[Piece] = []
    last: Piece | None = None
    known: list[Piece] = []
    guessed: list[Piece] = []
    for begin_s, end_s in pairwise(edges):
        while waiting and waiting[0].start_s <= begin_s:
            span = waiting.popleft()
            (guessed if span.guessed else known).append(span)
        for stack in (known, guessed):
            while stack and stack[-1].end_s <= begin_s:
                stack.pop()
        top = next((stack[-1] for stack in (known, guessed) if stack), None)
        if top is not None and top is last and found[-1].end_s == begin_s:
            found[-1] = found[-1]._replace(end_s=end_s)
        elif top is not None:
            found.append(top._replace(start_s=begin_s, end_s=end_s))
        last = top
    return found
