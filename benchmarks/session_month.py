"""A month of three cars, sun and battery: what is counted, against the plant's sums.

`.venv/bin/python -m benchmarks.session_month --days 30` prints how far energy, its parts
and its cost are off, for each charger; `--kills 40` kills the counting so often at random
moments, so that it goes on from what was written down within the last half minute.
"""

from argparse import ArgumentParser
from dataclasses import dataclass, field, replace
import json
from math import floor
from random import Random
import time
from typing import Final, override

from custom_components.ev_lb.accounting.amounts import NOTHING, Amounts
from custom_components.ev_lb.accounting.documents import (
    account_document,
    read_account,
    read_stay,
    stay_document,
)
from custom_components.ev_lb.accounting.stay import Stay
from custom_components.ev_lb.accounting.tariff import Tariff
from custom_components.ev_lb.control.sessions import Session, Sessions
from custom_components.ev_lb.engine.model import ChargingMode, Snapshot
from custom_components.ev_lb.engine.planning.forecast import Price
from custom_components.ev_lb.simulation.battery import BatteryConfiguration
from custom_components.ev_lb.simulation.car import (
    CarConfiguration,
    Session as CarSession,
)
from custom_components.ev_lb.simulation.charger import ChargerConfiguration
from custom_components.ev_lb.simulation.household import clear_day, recorded_day
from custom_components.ev_lb.simulation.meter import MeterConfiguration
from custom_components.ev_lb.simulation.plant import (
    Plant,
    PlantConfiguration,
    PlantView,
)
from custom_components.ev_lb.simulation.sampling import Sampling

from .closed_loop import Run, site_for

DAY_S: Final = 86400
QUARTER_S: Final = 900
SAVED_S: Final = 30.0
"""How old what a killed process wrote down is at most, s."""
FEED_IN: Final = 0.08


@dataclass(slots=True)
class Booked(Run):
    """A closed loop whose cars are counted by us, and by the plant itself."""

    prices: tuple[Price, ...] = ()
    kills_s: list[float] = field(default_factory=list)
    """When the counting is killed, in order."""
    sessions: Sessions = field(default_factory=Sessions)
    stays: list[tuple[str, Stay]] = field(default_factory=list)
    """The stays that were told to be over."""
    exact: dict[str, Amounts] = field(default_factory=dict)
    """What really flowed, by charger."""
    saved: str = "{}"
    saved_at_s: float = 0.0
    flowing: tuple[float, dict[str, float], float, float] | None = None
    """Since when what flows: each car, the grid, the battery, W."""

    def begin(self) -> None:
        """Count from now on."""
        self.sessions.tariff = lambda: Tariff(
            self.prices, (Price(0.0, self.prices[-1].end_s, FEED_IN),)
        )
        self.sessions.finished = lambda *told: self.stays.append(told)

    @override
    def _snapshot(self, view: PlantView) -> Snapshot:
        snapshot = Run._snapshot(self, view)  # noqa: SLF001 - its own
        now_s = self.plant.now_s
        if self.kills_s and now_s >= self.kills_s[0]:
            self.kills_s.pop(0)
            self._kill()
        self.sessions.advance(self.site, snapshot, self.set_a(), now_s)
        if now_s - self.saved_at_s >= SAVED_S:
            self.saved_at_s, self.saved = now_s, self._written_down()
        return snapshot

    def _written_down(self) -> str:
        rows = {
            row.charger_id: {
                "account": account_document(self.sessions.account(row.charger_id)),
                "stay": stay_document(self.sessions.of(row.charger_id).stay),
                "connected": self.sessions.of(row.charger_id).connected,
            }
            for row in self.site.chargers
        }
        return json.dumps(rows)

    def _kill(self) -> None:
        """Go on from what was written down last, as a new process does."""
        self.sessions = Sessions()
        self.begin()
        for charger_id, row in json.loads(self.saved).items():
            account, stay = read_account(row["account"]), read_stay(row["stay"])
            assert account is not None
            assert stay is not None
            self.sessions.accounts[charger_id] = account
            session = Session(stay=stay, connected=row["connected"])
            self.sessions.restore(charger_id, session)

    @override
    def _note(self) -> None:
        Run._note(self)  # noqa: SLF001 - its own
        plant, now_s = self.plant, self.plant.now_s
        if self.flowing is not None:
            since_s, cars_w, grid_w, discharge_w = self.flowing
            while since_s < now_s:
                # A price holds for a quarter-hour.
                until_s = min(now_s, (floor(since_s / QUARTER_S) + 1) * QUARTER_S)
                self._book(since_s, until_s, cars_w, grid_w, discharge_w)
                since_s = until_s
        volts = self.site.volts
        drawn_w = {key: sum(row) * volts for key, row in plant.cars_a().items()}
        grid_w = sum(plant.house_a) * volts + sum(drawn_w.values())
        self.flowing = now_s, drawn_w, grid_w, -plant.view().battery_w

    def _book(
        self,
        from_s: float,
        until_s: float,
        cars_w: dict[str, float],
        grid_w: float,
        discharge_w: float,
    ) -> None:
        """Add up what the plant knows, not by way of what is tested."""
        whole_w = sum(cars_w.values())
        if whole_w <= 0:
            return
        bought_w = min(max(grid_w, 0.0), whole_w)
        battery_w = min(max(discharge_w, 0.0), whole_w - bought_w)
        price = self.prices[floor(from_s / QUARTER_S)].price
        for charger_id, power_w in cars_w.items():
            energy_kwh = power_w * (until_s - from_s) / 3.6e6
            grid_kwh = energy_kwh * bought_w / whole_w
            battery_kwh = energy_kwh * battery_w / whole_w
            solar_kwh = energy_kwh - grid_kwh - battery_kwh
            self.exact[charger_id] = self.exact.get(charger_id, NOTHING).plus(
                Amounts(
                    grid_kwh,
                    solar_kwh,
                    battery_kwh,
                    grid_kwh * price,
                    (solar_kwh + battery_kwh) * FEED_IN,
                )
            )


def booked_home(
    days: int, seed: int = 1, kills: int = 0, period_s: float = 1.0
) -> Booked:
    """Return a home with three cars, sun, a battery and prices of quarter-hours.

    Meter and chargers report once in a period, s.
    """
    sampling = Sampling(period_s=period_s, latency_s=1.0)
    random = Random(seed)
    chargers = []
    for number, (comes_h, phase_count) in enumerate(((17.5, 3), (19.0, 1), (9.0, 3))):
        stays = []
        for day in range(days):
            come_s = round((day + (comes_h + random.uniform(-1, 1)) / 24) * DAY_S)
            stay_s = round(random.uniform(6, 13) * 3600)
            stays.append(CarSession(come_s, come_s + stay_s, random.uniform(8, 40)))
        car = CarConfiguration(phase_count=phase_count, sessions=tuple(stays))
        chargers.append(
            ChargerConfiguration(
                charger_id=f"charger {number}", car=car, report=sampling
            )
        )
    configuration = PlantConfiguration(
        household=recorded_day(),
        solar=clear_day(9000.0),
        battery=BatteryConfiguration(),
        meter=MeterConfiguration(sampling=sampling),
        start_hour=0.0,
        chargers=tuple(chargers),
        seed=seed,
    )
    site = replace(site_for(configuration), can_export=True)
    modes = (ChargingMode.STANDARD, ChargingMode.ECO, ChargingMode.SOLAR)
    site = replace(
        site,
        chargers=tuple(
            replace(row, charging_mode=mode)
            for row, mode in zip(site.chargers, modes, strict=True)
        ),
    )
    prices = tuple(
        Price(QUARTER_S * row, QUARTER_S * (row + 1), random.uniform(0.05, 0.55))
        for row in range((days + 1) * 96)
    )
    home = Booked(
        site,
        Plant(configuration),
        tells_status=True,
        tells_phases=True,
        prices=prices,
        kills_s=sorted(random.uniform(0, days * DAY_S) for _ in range(kills)),
    )
    home.begin()
    return home


def main() -> None:
    """Print how far the sums are off."""
    parser = ArgumentParser()
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--period", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    home = booked_home(asked.days, asked.seed, asked.kills, asked.period)
    began_s = time.perf_counter()
    home.until(asked.days * DAY_S)
    took_s = time.perf_counter() - began_s
    print(f"{asked.days} days, {home.decisions} decisions, {took_s:.0f} s")
    for charger_id, exact in home.exact.items():
        counted = home.sessions.account(charger_id).total
        parts = "  ".join(
            f"{name} {getattr(counted, name):.3f} of {getattr(exact, name):.3f}"
            for name in ("energy_kwh", "grid_kwh", "solar_kwh", "battery_kwh", "cost")
        )
        print(f"{charger_id}: {parts}")
        stays = [stay for key, stay in home.stays if key == charger_id]
        stays_kwh = sum(stay.amounts.energy_kwh for stay in stays)
        now_kwh = home.sessions.of(charger_id).energy_kwh
        print(f"  {len(stays)} sessions with {stays_kwh:.3f} kWh, now {now_kwh:.3f}")


if __name__ == "__main__":
    main()
