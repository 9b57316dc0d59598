"""Limits that count the cars alone hold also where a car ignores its set-point.

The meter above shows the rest of what such a car draws as the house's, which has no
part in these limits.
"""

from dataclasses import replace

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_lb.engine.decide import decide
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerReading,
    ChargerStatus,
    ChargingMode,
    Circuit,
    ExternalCap,
    Meter,
    MeterKind,
    Phase,
    Reading,
    Site,
    Snapshot,
    State,
)

FUSE_A = 63.0
HOUSE_A = 5.0
REPORT_S = 10.0
SETTLED = 8
"""Reports after which every command has had its time."""
SIGNAL_W = 11040.0

THREE = tuple(Phase)
ONE = (Phase.L1,)


STOPPED = {"enabled": False}
OFF = {"charging_mode": ChargingMode.OFF}
AT_ZERO = {"manual_limit_a": 0.0}
AT_SIX = {"manual_limit_a": 6.0}
WAYS = [STOPPED, OFF, AT_ZERO, AT_SIX]


class Garage:
    """Two cars or more; the first one goes on at 16 A, whatever it is set to."""

    def __init__(self, site: Site) -> None:
        """Begin with nobody but the first car."""
        self.site = site
        self.state = State()
        self.now_s = 1000.0
        self.drawn_a = {row.charger_id: 0.0 for row in site.chargers}
        self.accepted = {name: Reading(0.0, self.now_s) for name in self.drawn_a}
        self.here = {site.chargers[0].charger_id}

    def run(self, reports: int, *, stuck: str | None = None) -> None:
        """Let cars follow, but for one."""
        for _ in range(reports):
            self.now_s += REPORT_S
            decision = decide(self.site, self.state, self._snapshot(), self.now_s)
            self.state = decision.state
            for row in decision.chargers:
                name = row.charger_id
                if row.set_a != self.accepted[name].value:
                    self.accepted[name] = Reading(row.set_a, self.now_s)
                if name in self.here and name != stuck:
                    self.drawn_a[name] = row.set_a

    def _snapshot(self) -> Snapshot:
        loads_a = [HOUSE_A] * 3
        for row in self.site.chargers:
            for phase in row.phases:
                loads_a[phase] += self.drawn_a[row.charger_id]
        phases, total = tuple(Reading(row, self.now_s) for row in loads_a), None
        if self.site.meter.kind is MeterKind.TOTAL:
            phases, total = (), Reading(sum(loads_a) * 230.0, self.now_s)
        return Snapshot(
            phase_currents_a=phases,
            total_power_w=total,
            external_cap_w=Reading(SIGNAL_W, self.now_s),
            chargers=tuple(self._reading(row) for row in self.site.chargers),
        )

    def _reading(self, charger: Charger) -> ChargerReading:
        name = charger.charger_id
        here = name in self.here
        measured = Reading(self.drawn_a[name], self.now_s)
        return ChargerReading(
            charger_id=name,
            status=ChargerStatus.CHARGING if here else ChargerStatus.DISCONNECTED,
            measured_a=(measured,) if charger.measures_current else (),
            accepted=self.accepted[name],
        )


def garage_of(
    phases: list[tuple[Phase, ...]], *, measures: bool = True, **site: object
) -> Garage:
    """Build a garage; the meter is one of each phase unless the site says otherwise."""
    chargers = tuple(
        Charger(
            charger_id=f"car {place}",
            circuit_id="grid",
            phases=used,
            measures_current=measures or place > 0,
        )
        for place, used in enumerate(phases)
    )
    circuit = Circuit(circuit_id="grid", limit_a=(FUSE_A,) * 3)
    return Garage(Site(circuits=(circuit,), chargers=chargers, **site))  # type: ignore[arg-type] # as the test says


def disobey(garage: Garage, settings: dict[str, object], reports: int = 60) -> None:
    """Let the first car ignore new settings; then all others come."""
    garage.run(10)
    first, *others = garage.site.chargers
    changed = replace(first, **settings)  # type: ignore[arg-type] # as the test says
    garage.site = replace(garage.site, chargers=(changed, *others))
    garage.run(SETTLED, stuck=first.charger_id)
    garage.here = set(garage.drawn_a)
    garage.run(reports, stuck=first.charger_id)


def obeying_a(garage: Garage) -> float:
    """Return what all cars but the first one draw, A."""
    return sum(list(garage.drawn_a.values())[1:])


@pytest.mark.parametrize(
    ("settings", "measures"),
    [*((row, True) for row in WAYS), *((row, False) for row in WAYS[:-1])],
)
def test_signal_counts_a_car_that_goes_on(
    settings: dict[str, object], *, measures: bool
) -> None:
    """Also one that nothing measures, where its status says that it charges on."""
    cap = ExternalCap(power_w=SIGNAL_W)
    garage = garage_of([THREE, THREE], measures=measures, external_cap=cap)
    disobey(garage, settings)
    assert obeying_a(garage) == 0.0


@given(
    st.lists(st.sampled_from([ONE, THREE]), min_size=2, max_size=4),
    st.sampled_from(WAYS),
    st.sampled_from([MeterKind.PER_PHASE, MeterKind.TOTAL]),
    st.integers(6, 32),
)
def test_unbalance_limits_count_a_car_that_goes_on(
    phases: list[tuple[Phase, ...]],
    settings: dict[str, object],
    kind: MeterKind,
    limit_a: int,
) -> None:
    phases = [ONE, *phases]
    for name in ("unbalance_limit_a", "grid_unbalance_limit_a"):
        limits = {name: float(limit_a)}
        garage = garage_of(phases, meter=Meter(kind=kind), **limits)
        disobey(garage, settings, reports=20)
        uneven_a = sum(
            garage.drawn_a[row.charger_id]
            for row in garage.site.chargers[1:]
            if row.phases == ONE
        )
        first_a = next(iter(garage.drawn_a.values()))
        assert uneven_a <= max(limit_a - first_a, 0.0) + 1e-6


@given(
    st.lists(st.sampled_from([ONE, THREE]), min_size=2, max_size=4),
    st.sampled_from(WAYS),
    st.booleans(),
)
def test_signal_counts_any_car_that_goes_on(
    phases: list[tuple[Phase, ...]], settings: dict[str, object], per_charger: bool
) -> None:
    cap = ExternalCap(power_w=SIGNAL_W, per_charger=per_charger)
    garage = garage_of(phases, external_cap=cap)
    disobey(garage, settings, reports=20)
    powers_w = [
        230.0 * len(row.phases) * garage.drawn_a[row.charger_id]
        for row in garage.site.chargers
    ]
    first_w, *others_w = powers_w
    if per_charger:
        assert max(others_w) <= SIGNAL_W + 1e-6
    else:
        assert sum(others_w) <= max(SIGNAL_W - first_w, 0.0) + 1e-6
