"""What several cars that live on the sun take together."""

from random import Random

import pytest

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    Charger,
    ChargerReading,
    ChargerStatus,
    ChargingMode,
    Circuit,
    Decision,
    DistributionMode,
    Phase,
    Reading,
    Site,
    Snapshot,
    State,
)

VOLTAGE_V = 230.0
EASED_W = 100.0
"""So much may lack before anything is cut, W."""


class SunnyGarage:
    """Cars that follow at once, and sun spread evenly over three phases."""

    def __init__(self, site: Site, surplus_w: float) -> None:
        """Begin with all cars stopped."""
        self.site, self.surplus_w = site, surplus_w
        self.state = State()
        self.set_a = dict.fromkeys((row.charger_id for row in site.chargers), 0.0)
        self.accepted: dict[str, Reading] = {}
        self.now_s = 0.0

    def decide(self) -> Decision:
        """Let 5 s pass and decide."""
        self.now_s += 5.0
        loads_a = [-self.surplus_w / VOLTAGE_V / 3] * 3
        for charger in self.site.chargers:
            for phase in charger.phases:
                loads_a[phase] += self.set_a[charger.charger_id]
        first, second, third = (Reading(row, self.now_s) for row in loads_a)
        told = tuple(
            ChargerReading(
                charger_id=name,
                status=ChargerStatus.CHARGING,
                measured_a=(Reading(current_a, self.now_s),),
                accepted=self.accepted.get(name),
            )
            for name, current_a in self.set_a.items()
        )
        snapshot = Snapshot(phase_currents_a=(first, second, third), chargers=told)
        decision = decide(self.site, self.state, snapshot, self.now_s)
        self.state = decision.state
        for row in decision.chargers:
            self.set_a[row.charger_id] = row.set_a
            if row.send:
                self.accepted[row.charger_id] = Reading(row.set_a, self.now_s)
        return decision

    def taken_w(self, *modes: ChargingMode) -> float:
        """Return what the cars in some modes take together."""
        return sum(
            self.set_a[row.charger_id] * len(row.phases) * VOLTAGE_V
            for row in self.site.chargers
            if row.charging_mode in modes
        )


def sun_charger(
    name: str, mode: ChargingMode, phases: tuple[Phase, ...] = ALL_PHASES, **settings
) -> Charger:
    return Charger(
        charger_id=name,
        circuit_id=settings.pop("circuit_id", "grid"),
        phases=phases,
        charging_mode=mode,
        measures_current=True,
        pause_s=30.0,
        **settings,
    )


def random_garage(random: Random) -> SunnyGarage:
    """Return some cars; a small fuse leaves some of them without their minimum."""
    chargers = []
    for place in range(random.randint(2, 4)):
        lowest_a = random.choice([6.0, 6.3, 7.5, 10.0])
        chargers.append(
            sun_charger(
                f"{place}",
                random.choice([ChargingMode.ECO, *list(ChargingMode)[:4]]),
                random.choice([ALL_PHASES, *((row,) for row in Phase)]),
                circuit_id=random.choice(["grid", "garage"]),
                min_current_a=lowest_a,
                max_current_a=lowest_a + random.choice([1.0, 9.7, 22.0]),
                step_a=random.choice([1.0, 0.1, 0.5]),
                priority=random.randint(1, 2),
            )
        )
    garage_a = random.choice([7.0, 13.0, 25.0])
    site = Site(
        circuits=(
            Circuit(circuit_id="grid", limit_a=(63, 63, 63)),
            Circuit(circuit_id="garage", limit_a=(garage_a,) * 3, parent_id="grid"),
        ),
        chargers=tuple(chargers),
        can_export=True,
        distribution_mode=random.choice(list(DistributionMode)),
        excess_threshold_w=random.choice([0.0, 1000.0]),
        solar_grace_s=random.choice([0.0, 60.0]),
    )
    return SunnyGarage(site, random.uniform(0, 25_000))


def lowest_a(charger: Charger) -> float:
    """Return the lowest current on the charger's steps."""
    steps = -(-charger.min_current_a // charger.step_a)
    return round(steps * charger.step_a, 6)


@pytest.mark.parametrize("seed", range(120))
def test_no_minimum_is_there_for_another_car(seed: int) -> None:
    """What eco cars take beyond their own minima is the sun's, and so on down."""
    garage = random_garage(Random(seed))
    eco = [row for row in garage.site.chargers if row.charging_mode is ChargingMode.ECO]
    for _ in range(100):
        decision = garage.decide()
        beyond = any(garage.set_a[row.charger_id] > lowest_a(row) + 1e-6 for row in eco)
        first_w = garage.taken_w(ChargingMode.STANDARD, ChargingMode.ECO)
        if beyond:
            assert first_w <= garage.surplus_w + EASED_W
    sunny_w = garage.taken_w(ChargingMode.SOLAR)
    if sunny_w:
        assert first_w + sunny_w <= garage.surplus_w + EASED_W
    excess_w = garage.taken_w(ChargingMode.EXCESS)
    if excess_w:
        assert first_w + sunny_w < garage.surplus_w
    assert decision.chargers


@pytest.mark.parametrize("step_a", [1.0, 0.5, 4.0])
@pytest.mark.parametrize("lowest", [6.3, 6.01, 7.9])
@pytest.mark.parametrize("surplus_w", [0.0, 3000.0])
@pytest.mark.parametrize("cars", [1, 2])
def test_minimum_off_the_steps_starts_without_sun(
    step_a: float, lowest: float, surplus_w: float, cars: int
) -> None:
    chargers = tuple(
        sun_charger(
            f"{place}",
            ChargingMode.ECO,
            min_current_a=lowest,
            max_current_a=16.0,
            step_a=step_a,
        )
        for place in range(cars)
    )
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(63, 63, 63)),),
        chargers=chargers,
        can_export=True,
    )
    garage = SunnyGarage(site, surplus_w)
    garage.decide()
    assert set(garage.set_a.values()) == {lowest_a(chargers[0])}


@pytest.mark.parametrize("mode", [ChargingMode.SOLAR, ChargingMode.EXCESS])
def test_minimum_off_the_steps_is_held_through_its_grace(mode: ChargingMode) -> None:
    """A cloud comes: the car goes on at 7 A of at least 6.3 A, then stops."""
    charger = sun_charger("a", mode, min_current_a=6.3, max_current_a=16.0)
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(63, 63, 63)),),
        chargers=(charger,),
        can_export=True,
        excess_threshold_w=500.0,
        solar_grace_s=60.0,
    )
    garage = SunnyGarage(site, 9000.0)
    for _ in range(20):
        garage.decide()
    assert garage.set_a["a"] > 7
    garage.surplus_w = 200.0
    seen = []
    for _ in range(30):
        garage.decide()
        seen.append(garage.set_a["a"])
    assert seen.count(7) >= 60 / 5
    assert seen[-1] == 0


def test_car_that_takes_nothing_keeps_its_minimum_off_the_steps() -> None:
    """It is offered 7 A, so that it can come back, and is not stopped."""
    chargers = tuple(
        sun_charger(name, ChargingMode.STANDARD, min_current_a=6.3, max_current_a=16.0)
        for name in ("full", "other")
    )
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25, 25, 25)),), chargers=chargers
    )
    state, accepted = State(), {}
    set_a = {"full": 0.0, "other": 0.0}
    for now_s in range(0, 600, 5):
        load = Reading(1.0 + set_a["other"], now_s)
        told = tuple(
            ChargerReading(
                charger_id=name,
                status=ChargerStatus.CHARGING,
                measured_a=(Reading(0.0 if name == "full" else current_a, now_s),),
                accepted=accepted.get(name),
            )
            for name, current_a in set_a.items()
        )
        snapshot = Snapshot(phase_currents_a=(load, load, load), chargers=told)
        decision = decide(site, state, snapshot, now_s)
        state = decision.state
        for row in decision.chargers:
            set_a[row.charger_id] = row.set_a
            if row.send:
                accepted[row.charger_id] = Reading(row.set_a, now_s)
        if now_s > 10:
            assert set_a["full"] >= 7
    assert set_a == {"full": 7, "other": 16}
