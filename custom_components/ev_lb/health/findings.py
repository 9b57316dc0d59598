"""What is found to be wrong with a site, and on whom nothing may be raised for it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from custom_components.ev_lb.engine.model import (
    ChargerDecision,
    ChargerReading,
    Decision,
    Site,
)

from .cross_check import SEVERAL, is_backwards

ISSUE_METER_SIGN: Final = "meter_sign"
ISSUE_METER_UNIT: Final = "meter_unit"
ISSUE_METER_BLIND: Final = "meter_blind"
ISSUE_CHARGER_PHASES: Final = "charger_phases"
ISSUE_CHARGER_NOT_FOLLOWING: Final = "charger_not_following"

AGAINST_METER: Final = frozenset({ISSUE_METER_SIGN, ISSUE_METER_UNIT})
"""Whatever the meter leaves free is in doubt. A lost meter is no doubt: what holds
then is what its owner chose."""
AGAINST_CHARGER: Final = frozenset({ISSUE_CHARGER_PHASES, ISSUE_CHARGER_NOT_FOLLOWING})


class Finding(NamedTuple):
    """A repair that is open."""

    key: str
    subject: str
    """The charger's id where it is about one."""
    placeholders: Mapping[str, str]
    ignored: bool
    """Whether the owner has ignored the repair. The fault is still there."""

    @property
    def doubts(self) -> bool:
        """Whether nothing may be raised on what it is about."""
        return self.key in AGAINST_METER | AGAINST_CHARGER


class Findings:
    """The open repairs of a site."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """Begin without any; `changed` is called once they are others."""
        self._changed = changed
        self.rows: tuple[Finding, ...] = ()
        self.meter_suspected = False
        """Whether the meter may be frozen."""
        self.tested: set[str] = set()
        """Chargers that are tried, so that a doubt can be settled."""
        self._held_back: frozenset[str] = frozenset()

    def take(
        self,
        rows: tuple[Finding, ...],
        *,
        meter_suspected: bool,
        held_back: frozenset[str],
    ) -> None:
        """Take what is found to be wrong now.

        `held_back`: chargers whose steps the engine did not see. It holds these back
        itself, and tries again after a while.
        """
        self._held_back = held_back
        if (rows, meter_suspected) != (self.rows, self.meter_suspected):
            self.rows, self.meter_suspected = rows, meter_suspected
            self._changed()

    def doubted(self, site: Site) -> frozenset[str]:
        """Return the chargers that must not be raised, by their ids."""
        against = {row.key for row in self.rows} & AGAINST_METER
        if against:
            found = {charger.charger_id for charger in site.chargers}
            if against == {ISSUE_METER_SIGN}:
                # Else no step would ever show that the sign is right by now.
                found -= self._held_back
        else:
            found = {row.subject for row in self.rows if row.key in AGAINST_CHARGER}
        return frozenset(found - self.tested)

    def marked(
        self, site: Site, readings: Iterable[ChargerReading]
    ) -> tuple[ChargerReading, ...]:
        """Return what is known of the chargers with what is doubted."""
        doubted = self.doubted(site)
        return tuple(
            replace(row, doubted=True) if row.charger_id in doubted else row
            for row in readings
        )


def held_back(decision: Decision | None) -> frozenset[str]:
    """Return the chargers whose steps the meter did not show."""
    rows = () if decision is None else decision.chargers
    return frozenset(row.charger_id for row in rows if row.unseen_steps)


def unseen_steps(row: ChargerDecision) -> dict[str, str]:
    """Return what a repair says of steps that the meter did not show; {} for none.

    One that went the wrong way is told by the repair of the meter's sign.
    """
    step = row.unseen_step
    if step is None or row.unseen_steps < SEVERAL:
        return {}
    if is_backwards(row):
        return {}
    return {
        "steps": f"{row.unseen_steps}",
        "commanded": f"{step.commanded_a:+.1f}",
        "measured": f"{step.measured_a:+.1f}",
        "meter": f"{step.meter_a:+.1f}",
    }
