"""A voltage that makes no sense is taken for 230 V, everywhere alike."""

from math import inf, nan

import pytest

from custom_components.ev_lb.engine.decide import decide, resume
from custom_components.ev_lb.engine.model import (
    ALL_PHASES,
    CapacityTariff,
    Charger,
    ChargerReading,
    ChargerStatus,
    Circuit,
    Decision,
    Meter,
    MeterKind,
    Reading,
    Site,
    Snapshot,
)


def decision(
    voltage_v: float, kind: MeterKind, house_a: float, **more: object
) -> Decision:
    """Return the decision once a car has had a minute beside a house."""
    site = Site(
        circuits=(Circuit(circuit_id="grid", limit_a=(25.0,) * 3),),
        chargers=(Charger(charger_id="car", circuit_id="grid", phases=ALL_PHASES),),
        voltage_v=voltage_v,
        meter=Meter(kind=kind),
        **more,  # type: ignore[arg-type]
    )
    set_a = 6.0
    state = resume(site, {"car": set_a}, 0.0)
    for second in range(1, 90):
        load_a = house_a + set_a
        found = decide(
            site,
            state,
            Snapshot(
                total_power_w=Reading(load_a * 3 * 230, second)
                if kind is MeterKind.TOTAL
                else None,
                phase_currents_a=(Reading(load_a, second),) * 3
                if kind is not MeterKind.TOTAL
                else (None, None, None),
                chargers=(
                    ChargerReading(
                        charger_id="car",
                        status=ChargerStatus.CHARGING,
                        accepted=Reading(set_a, second),
                        measured_a=(Reading(set_a, second),) * 3,
                    ),
                ),
            ),
            float(second),
        )
        state, set_a = found.state, found.chargers[0].set_a
    return found


@pytest.mark.parametrize("voltage_v", [0.0, -230.0, nan, inf, -inf, 1e-300, 1e300])
@pytest.mark.parametrize("kind", [MeterKind.PER_PHASE, MeterKind.TOTAL])
@pytest.mark.parametrize(
    "more",
    [
        {"import_cap_w": 8000.0},
        {"capacity_tariff": CapacityTariff(limit_w=9000.0)},
        {"power_buffer_w": 3000.0},
        {},
    ],
)
@pytest.mark.parametrize("house_a", [0.0, 4.0])
def test_the_house_counts(
    voltage_v: float, kind: MeterKind, more: dict[str, object], house_a: float
) -> None:
    expected = decision(230.0, kind, house_a, **more).chargers[0]
    assert (
        decision(voltage_v, kind, house_a, **more).chargers[0].set_a == expected.set_a
    )
