"""Keeps the words of a calm house from changing with each reading.

Near a whole ampere the load of a house allows one more in this second, and not in the
next: no set-point moves, but limiting factor, phase and state of the balancer would.
Words that come back within a while are said again only once they have stood. Whatever
is new is said at once, and so is everything once a set-point has moved.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from custom_components.ev_lb.engine.model import (
    BalancerState,
    ChargerDecision,
    Decision,
    LimitingFactor,
)

STANDS_S: Final = 30.0
"""How long words must stand that were said a short while ago, s: the longest hold
window that a site has unless it is set to more."""
FORGET_S: Final = 300.0
"""Words of which nothing was heard for so long are new, s."""
MOVING: Final = frozenset(
    {
        LimitingFactor.FUSE,
        LimitingFactor.CIRCUIT,
        LimitingFactor.IMPORT_CAP,
        LimitingFactor.CAPACITY_TARIFF,
        LimitingFactor.EXTERNAL_CAP,
        LimitingFactor.UNBALANCE,
        LimitingFactor.SOLAR,
        LimitingFactor.SHARE,
        LimitingFactor.QUEUE,
        LimitingFactor.RAMP_UP,
        LimitingFactor.CHARGER_MAX,
    }
)
"""What a load that moves a little may change."""
RESTING: Final = frozenset(
    {BalancerState.ACTIVE, BalancerState.ADJUSTING, BalancerState.RAMP_UP_HOLD}
)


@dataclass(slots=True)
class _Subject:
    """What was said of a charger, or of the site."""

    said: Any = None
    row: ChargerDecision | None = None
    """The last decision that said so."""
    heard_s: dict[Any, float] = field(default_factory=dict)
    """When words last held that were said."""
    waiting: Any = None
    since_s: float = 0.0
    flutters_s: float | None = None
    """When words last came back too soon."""

    def takes(self, words: Any, now_s: float) -> bool:
        """Tell whether words are said now."""
        recent = now_s - self.heard_s.get(words, -FORGET_S) < FORGET_S
        self.heard_s[words] = now_s
        if words == self.said or not recent:
            self.said, self.waiting = words, None
            return True
        if words != self.waiting:
            self.waiting, self.since_s = words, now_s
            self.flutters_s = now_s
        if now_s - self.since_s < STANDS_S:
            return False
        self.said, self.waiting = words, None
        return True

    def flutters(self, now_s: float) -> bool:
        """Tell whether words have changed back and forth a short while ago."""
        return self.flutters_s is not None and now_s - self.flutters_s < STANDS_S


class CalmWords:
    """Says of each decision what is worth saying."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._fixed: Any = None
        self._subjects: dict[str | None, _Subject] = {}

    def said(self, decision: Decision) -> Decision:
        """Return a decision with the words that are said of it."""
        fixed = (
            decision.meter_ok,
            decision.overload,
            *((row.charger_id, row.set_a, row.following) for row in decision.chargers),
        )
        if fixed != self._fixed:
            self._fixed, self._subjects = fixed, {}
        now_s = decision.time_s
        rows = tuple(self._of_charger(row, now_s) for row in decision.chargers)
        doing = self._doing(decision.balancer_state, now_s)
        if rows == decision.chargers and doing is decision.balancer_state:
            return decision
        return decision._replace(chargers=rows, balancer_state=doing)

    def _of_charger(self, row: ChargerDecision, now_s: float) -> ChargerDecision:
        subject = self._subjects.setdefault(row.charger_id, _Subject())
        reason = row.limiting
        if reason.factor not in MOVING:
            del self._subjects[row.charger_id]
            return row
        words = (reason.factor, reason.phase, reason.circuit_id, reason.limit)
        before, was = subject.row, subject.said
        if subject.takes(words, now_s) or before is None:
            if before is not None and words == was:
                since_s = before.limiting.since_s
                row = row._replace(limiting=reason._replace(since_s=since_s))
            subject.row = row
        else:
            row = row._replace(
                limiting=before.limiting,
                allocated_a=before.allocated_a,
                next_change_s=before.next_change_s,
                missing_w=before.missing_w,
            )
        if not subject.flutters(now_s):
            return row
        # A time that is put off with each reading is none.
        until_s = row.limiting.limit_ends_s
        limiting = row.limiting._replace(until_s=until_s)
        return row._replace(limiting=limiting, next_change_s=None)

    def _doing(self, state: BalancerState, now_s: float) -> BalancerState:
        subject = self._subjects.setdefault(None, _Subject())
        if state not in RESTING or subject.takes(state, now_s):
            return state
        said: BalancerState = subject.said
        return said
