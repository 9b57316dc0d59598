"""Tells whether the engine decides to the last digit as it did before.

The first drill with a file writes down what became of each home-day, any later one
compares with it: a change that is to leave behavior alone is shown to do so.
"""

from collections.abc import Iterable
from hashlib import sha256
import json
from pathlib import Path
from typing import Final

from custom_components.ev_lb.engine.model import Decision

NAMED: Final = 10
"""So many differences are named at most."""

type Outcome = dict[str, object]
"""What became of a home-day; `seed` tells which one."""


def with_decision(digest: bytes, decision: Decision) -> bytes:
    """Return the digest of all decisions' set-points so far, with one more."""
    rows = [
        (row.charger_id, row.set_a, row.phase_count, row.send)
        for row in decision.chargers
    ]
    return sha256(digest + repr((decision.time_s, rows)).encode()).digest()


def differences(file: Path, outcomes: Iterable[Outcome]) -> list[str]:
    """Return how outcomes differ from those of a file, which is written if missing."""
    if not file.exists():
        file.write_text("".join(json.dumps(row) + "\n" for row in outcomes))
        return []
    with file.open() as lines:
        known = {row["seed"]: row for row in map(json.loads, lines)}
    found = []
    for row in outcomes:
        before = known.get(row["seed"])
        if before is None:
            found.append(f"seed {row['seed']}: not in {file}")
            continue
        found += [
            f"seed {row['seed']}: {name} {before.get(name)!r} before, {row[name]!r} now"
            for name in row
            if before.get(name) != row[name]
        ]
    return found
