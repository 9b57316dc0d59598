"""Chargers that go on drawing while a fuse is overloaded, against their set-point."""

from typing import Final, NamedTuple

from custom_components.ev_lb.building.topology import behind
from custom_components.ev_lb.engine.model import Decision, Overload, Site
from custom_components.ev_lb.explaining.texts import Texts

OVER_S: Final = 60.0
"""An overload that ended comes back within this time, s: it is one alarm."""


class Alarm(NamedTuple):
    """A charger that ignores its command, and the fuse that it overloads."""

    charger_id: str
    set_a: float
    """Its set-point, A; 0 to stop."""
    overload: Overload

    def sentence(self, texts: Texts, name: str, circuit: str) -> str:
        """Return what happens, and what to do by hand."""
        return texts.get(
            "notification",
            "cut_ignored" if self.set_a > 0 else "stop_ignored",
            name=name,
            circuit=circuit,
            phase=self.overload.phase.name,
            current=texts.number(self.set_a),
            load=f"{self.overload.load_a:.0f}",
            limit=texts.number(self.overload.limit_a),
        )


class Alarms:
    """The alarms of a site: they begin with a decision, and end with another."""

    def __init__(self) -> None:
        """Begin without any."""
        self.rows: dict[str, Alarm] = {}
        self._seen_s: dict[str, float] = {}

    def update(self, site: Site, decision: Decision) -> None:
        """Take what a decision shows: a charger that had time to follow, and did not."""
        strays = {row.charger_id: row for row in decision.chargers if not row.following}
        if not site.enabled:
            strays = {}
        for overload in decision.overloads:
            for charger in behind(site, overload.circuit_id):
                row = strays.get(charger.charger_id)
                if row is not None and overload.phase in charger.phases:
                    alarm = Alarm(row.charger_id, row.set_a, overload)
                    self.rows[row.charger_id] = alarm
                    self._seen_s[row.charger_id] = decision.time_s
        for charger_id in list(self.rows):
            over = decision.time_s >= self._seen_s[charger_id] + OVER_S
            if over or charger_id not in strays:
                del self.rows[charger_id], self._seen_s[charger_id]
