"""What each car has had since it was plugged in, and what it is to have."""

from collections.abc import Callable, Mapping
from copy import replace
from dataclasses import dataclass, field
import logging
from typing import Any, Final, NamedTuple

from custom_components.ev_lb.accounting.amounts import (
    CHARGING_W,
    NOTHING,
    Amounts,
    Flow,
    amounts_of,
)
from custom_components.ev_lb.accounting.ledger import Account, month_of
from custom_components.ev_lb.accounting.readings import flow_of, sources_now
from custom_components.ev_lb.accounting.sources import ALL_GRID
from custom_components.ev_lb.accounting.stay import Stay, began, went_on
from custom_components.ev_lb.accounting.tariff import Tariff
from custom_components.ev_lb.engine.model import (
    ChargerReading,
    ChargerStatus,
    Site,
    Snapshot,
)

_LOGGER = logging.getLogger(__name__)

LONGEST_STEP_S: Final = 300.0
"""A measurement that is older says nothing of the draw since then, s."""
WORTH_KEEPING_KWH: Final = 0.1
COUNTED_S: Final = 5.0
"""So often at least is counted what flows evenly, s."""
SHOWN_S: Final = 30.0
"""So often entities show what energy flowed, s: each report is a row of the recorder."""
NOTICED_W: Final = 100.0
NOTICED_PART: Final = 0.05
"""A power that changes by less than both is shown with the energy."""
QUIET_S: Final = 3 * 3600.0
"""Where no charger tells whether a car is there, one that has drawn nothing for so
long has had its stay, s."""


@dataclass(slots=True, kw_only=True)
class Session:
    """One car's stay at a charger."""

    stay: Stay = field(default_factory=Stay)
    """What it had; of the last car, until the next one comes."""
    over: bool = False
    """Whether that stay is finished, though nobody said that the car left."""
    goal_kwh: float | None = None
    """Up to which `energy_kwh` the car is to be charged; None for no goal."""
    departure_s: float | None = None
    """Departure, s since the epoch; None where none was set."""
    limit_a: float | None = None
    """What somebody limits it to by hand, A."""
    connected: bool = False

    @property
    def energy_kwh(self) -> float:
        """Return what the car had since it was plugged in, kWh."""
        return self.stay.amounts.energy_kwh

    @property
    def solar_share(self) -> float | None:
        """Return the sun's part of the energy, 0 to 1; None before there is any."""
        return self.stay.amounts.solar_share

    @property
    def needed_kwh(self) -> float | None:
        """Return what is missing to the goal, kWh; None without one."""
        if self.goal_kwh is None:
            return None
        return max(self.goal_kwh - self.energy_kwh, 0.0)


class Shown(NamedTuple):
    """What entities show of a charger: not all that changes is worth a report."""

    total: Amounts
    since_s: float | None
    """When the total began, s since the epoch."""
    stay: Stay
    power_w: float | None
    """What it gives; None before the first look."""


class Sessions:
    """Adds up what the cars of a site draw, from one look to the next."""

    def __init__(self, skipped_s: Callable[[], float] = lambda: 0.0) -> None:
        """Begin without any car.

        `skipped_s` gives how much of the site's time was skipped so far, as while the
        host slept: nobody saw what was drawn then.
        """
        self._skipped_s = skipped_s
        self._skipped_before_s = skipped_s()
        self._sessions: dict[str, Session] = {}
        self.accounts: dict[str, Account] = {}
        """What each charger gave in all and by month."""
        self.tariff: Callable[[], Tariff] = Tariff
        """Where prices come from."""
        self.finished: Callable[[str, Stay], None] = lambda charger_id, stay: None
        """What is told of a stay that is over."""
        self._shown: dict[str, Shown] = {}
        self._shown_at_s = 0.0
        self._flows: dict[str, Flow] = {}
        self._quiet_s: dict[str, float] = {}
        self._sources = ALL_GRID
        self._sources_age_s = 0.0
        self._now_s: float | None = None
        """Until when everything is counted."""
        self._seen: tuple[Any, ...] = ()
        self._failed = False
        self._unsaved_kwh = 0.0
        self.revision = 0
        """Counts up whenever there is something new to keep."""

    def of(self, charger_id: str) -> Session:
        """Return the session of a charger's car, or the last one that it had."""
        return self._sessions.setdefault(charger_id, Session())

    def account(self, charger_id: str) -> Account:
        """Return what a charger gave."""
        return self.accounts.setdefault(charger_id, Account())

    def flow(self, charger_id: str) -> Flow | None:
        """Return what a charger gives now; None before the first look."""
        return self._flows.get(charger_id)

    def shown(self, charger_id: str) -> Shown:
        """Return what entities show of a charger."""
        shown = self._shown.get(charger_id)
        return self._now(charger_id) if shown is None else shown

    def _now(self, charger_id: str) -> Shown:
        account, flow = self.account(charger_id), self.flow(charger_id)
        power_w = None if flow is None else flow.power_w
        return Shown(account.total, account.since_s, self.of(charger_id).stay, power_w)

    def _show(self, now_s: float) -> None:
        """Let entities see what is new, energy and money every half minute."""
        due = now_s - self._shown_at_s >= SHOWN_S
        if due:
            self._shown_at_s = now_s
        for charger_id in self._flows:
            before, now = self._shown.get(charger_id), self._now(charger_id)
            if due or before is None:
                self._shown[charger_id] = now
            elif _differs(before.power_w or 0.0, now.power_w or 0.0):
                self._shown[charger_id] = before._replace(power_w=now.power_w)

    @property
    def limits_a(self) -> dict[str, float]:
        """Return the limits set by hand by charger, A."""
        return {
            charger_id: session.limit_a
            for charger_id, session in self._sessions.items()
            if session.limit_a is not None
        }

    def restore(self, charger_id: str, session: Session) -> None:
        """Go on with a session from before a restart."""
        self._sessions[charger_id] = session

    def with_wishes(
        self, reading: ChargerReading, at_wall_s: Callable[[float], float]
    ) -> ChargerReading:
        """Return the reading of a charger with its owner's goal and departure.

        `at_wall_s` gives the site's time of a moment on the wall clock.
        """
        session = self.of(reading.charger_id)
        departs_s = session.departure_s
        return replace(
            reading,
            energy_needed_kwh=session.needed_kwh,
            departure_s=None if departs_s is None else at_wall_s(departs_s),
        )

    def forget_limits_of_cars_that_left(
        self, statuses: Mapping[str, ChargerStatus | None]
    ) -> bool:
        """Clear the limits of chargers that are gone or without a car.

        Return whether there were any.
        """
        gone = ChargerStatus.DISCONNECTED
        left = [name for name in self.limits_a if statuses.get(name, gone) is gone]
        for charger_id in left:
            self.of(charger_id).limit_a = None
        return bool(left)

    def advance(
        self, site: Site, snapshot: Snapshot, set_a: Mapping[str, float], now_s: float
    ) -> bool:
        """Add what was drawn since the last look; return whether to save it.

        Whatever goes wrong with that, no car is stopped for it: it is told once.
        """
        try:
            return self._advance(site, snapshot, set_a, now_s)
        except Exception:
            if not self._failed:
                _LOGGER.exception("What the cars had cannot be counted")
            self._failed = True
            return False

    def _advance(
        self, site: Site, snapshot: Snapshot, set_a: Mapping[str, float], now_s: float
    ) -> bool:
        time_s = now_s - snapshot.clock_ahead_s
        readings = {row.charger_id: row for row in snapshot.chargers}
        flows = {
            charger.charger_id: flow_of(
                charger,
                readings.get(charger.charger_id),
                set_a.get(charger.charger_id, 0.0),
                site.volts,
            )
            for charger in site.chargers
        }
        sources = sources_now(site, snapshot, flows)
        statuses = {
            row.charger_id: row.status for row in snapshot.chargers if row.available
        }
        seen = flows, sources, statuses
        before_s = self._now_s
        last_s = -COUNTED_S if before_s is None else before_s
        if seen == self._seen and now_s - last_s < COUNTED_S:
            # The sums do not depend on how often they are made.
            return False
        self._seen, self._now_s = seen, now_s
        if before_s is not None:
            month = month_of(time_s, snapshot.utc_offset_s)
            self._add(max(now_s - before_s, 0.0), time_s, month)
        self._flows = flows
        for charger_id, flow in flows.items():
            if charger_id in statuses:
                drawing = flow.power_w >= CHARGING_W
                self._see(charger_id, statuses[charger_id], drawing, time_s)
        if sources is not None:
            self._sources, self._sources_age_s = sources, 0.0
        elif self._sources_age_s > LONGEST_STEP_S:
            # Nobody has seen any sun for long.
            self._sources = ALL_GRID
        self._show(now_s)
        if self._unsaved_kwh < WORTH_KEEPING_KWH:
            return False
        self._unsaved_kwh = 0.0
        return True

    def _add(self, passed_s: float, time_s: float, month: str) -> None:
        """Count what flowed since the last look, which was so long ago."""
        skipped_s = self._skipped_s()
        seen_s = max(passed_s - (skipped_s - self._skipped_before_s), 0.0)
        self._skipped_before_s = skipped_s
        from_s = time_s - passed_s
        until_s = from_s + min(seen_s, LONGEST_STEP_S)
        self._sources_age_s += passed_s
        tariff = self.tariff()
        for charger_id, flow in self._flows.items():
            amounts = amounts_of(flow, self._sources, tariff, from_s, until_s)
            if amounts is not NOTHING:
                account = self.account(charger_id)
                self.accounts[charger_id] = account.plus(amounts, month, time_s)
                self._unsaved_kwh += amounts.energy_kwh
                self.revision += 1
            self._stay_on(charger_id, flow, amounts, tariff, time_s)
            quiet_s = self._quiet_s.get(charger_id, 0.0)
            self._quiet_s[charger_id] = quiet_s + passed_s

    def _stay_on(
        self,
        charger_id: str,
        flow: Flow,
        amounts: Amounts,
        tariff: Tariff,
        time_s: float,
    ) -> None:
        """Let the car that is there have what flowed."""
        session = self.of(charger_id)
        if session.connected and not session.over:
            session.stay = went_on(session.stay, flow, amounts, tariff, time_s)

    def _see(
        self,
        charger_id: str,
        status: ChargerStatus | None,
        drawing: bool,
        time_s: float,
    ) -> None:
        """Begin anew with a new car; a car that leaves takes its goal along."""
        session = self.of(charger_id)
        if drawing or status is not None:
            self._quiet_s[charger_id] = 0.0
        connected = status is not ChargerStatus.DISCONNECTED
        if connected and not session.connected:
            self._begin(charger_id, time_s)
        elif session.connected and not connected:
            session.goal_kwh = session.departure_s = None
            self._finish(charger_id)
        elif connected and session.over and drawing:
            self._begin(charger_id, time_s)
        elif connected and self._quiet_s.get(charger_id, 0.0) > QUIET_S:
            self._finish(charger_id)
            session.over = True
        session.connected = connected

    def _begin(self, charger_id: str, time_s: float) -> None:
        session = self.of(charger_id)
        meter_kwh = self.account(charger_id).total.energy_kwh
        session.stay, session.over = began(time_s, meter_kwh), False
        self.revision += 1
        self._shown.pop(charger_id, None)

    def _finish(self, charger_id: str) -> None:
        session = self.of(charger_id)
        self.revision += 1
        self._shown.pop(charger_id, None)
        if not session.over:
            self.finished(charger_id, session.stay)


def _differs(before_w: float, now_w: float) -> bool:
    """Tell whether a power is worth showing at once."""
    stopped = (before_w >= CHARGING_W) != (now_w >= CHARGING_W)
    moved_w = abs(now_w - before_w)
    return stopped or moved_w >= max(NOTICED_W, NOTICED_PART * before_w)
