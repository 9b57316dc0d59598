"""Random sites and snapshots, sane and broken."""

from hypothesis import strategies as st

from custom_components.ev_lb.engine.model import (
    EVERY_DAY,
    Battery,
    CapacityTariff,
    Charger,
    ChargerReading,
    ChargerStatus,
    ChargingMode,
    Circuit,
    CircuitReading,
    DistributionMode,
    ExternalCap,
    ImportWindow,
    Lease,
    Meter,
    MeterKind,
    MeterLoss,
    MeterLossBehavior,
    NextBlock,
    Phase,
    PhaseSwitching,
    Reading,
    ReadingProblem,
    Response,
    Site,
    Snapshot,
)

PHASE_MAPS = (
    (Phase.L1,),
    (Phase.L2,),
    (Phase.L1, Phase.L2),
    (Phase.L1, Phase.L2, Phase.L3),
    (Phase.L3, Phase.L1, Phase.L2),
)

amps = st.floats(-80, 80) | st.integers(-80, 80).map(float)
any_number = st.floats() | st.sampled_from([1e9, -1e9, 0.0])


@st.composite
def chargers(draw: st.DrawFn, charger_id: str) -> Charger:
    """Draw a charger whose settings make sense."""
    lowest = draw(st.sampled_from([6.0, 7.0, 10.0]))
    return Charger(
        charger_id=charger_id,
        circuit_id=draw(st.sampled_from(["grid", "garage"])),
        phases=draw(st.sampled_from(PHASE_MAPS)),
        min_current_a=lowest,
        max_current_a=lowest + draw(st.integers(0, 26)),
        step_a=draw(st.sampled_from([1.0, 0.1, 0.5])),
        enabled=draw(st.sampled_from([True, True, True, False])),
        manual_limit_a=draw(st.none() | st.floats(0, 40)),
        pause_s=draw(st.sampled_from([0.0, 60.0, 180.0])),
        response=Response(dead_time_s=draw(st.sampled_from([1.0, 5.0, 15.0, 30.0]))),
        lease=draw(st.none() | st.just(Lease(duration_s=60, fallback_current_a=6))),
        measures_current=draw(st.booleans()),
        charging_mode=draw(st.none() | st.sampled_from(ChargingMode)),
        priority=draw(st.integers(1, 3)),
        weight=draw(st.sampled_from([0.0, 0.5, 1.0, 3.0])),
        phase_switching=draw(st.none() | st.builds(PhaseSwitching)),
        minimum_on_s=draw(st.sampled_from([0.0, 300.0])),
    )


@st.composite
def sites(draw: st.DrawFn, most_chargers: int = 3) -> Site:
    """Draw a site whose settings make sense."""
    limits = draw(st.tuples(*[st.floats(6, 80)] * 3))
    return Site(
        circuits=(
            Circuit(circuit_id="grid", limit_a=limits),
            Circuit(
                circuit_id="garage",
                limit_a=draw(st.tuples(*[st.floats(0, 40)] * 3)),
                parent_id="grid",
                meter=draw(
                    st.none() | st.builds(Meter, kind=st.sampled_from(MeterKind))
                ),
            ),
        ),
        chargers=tuple(
            draw(chargers(f"charger {number}"))
            for number in range(draw(st.integers(1, most_chargers)))
        ),
        meter=Meter(
            kind=draw(st.sampled_from(MeterKind)),
            freshness_limit_s=draw(st.sampled_from([10.0, 60.0, 120.0])),
        ),
        meter_loss=MeterLoss(
            behavior=draw(st.sampled_from(MeterLossBehavior)),
            fallback_current_a=draw(st.sampled_from([0.0, 6.0, 10.0, 50.0])),
        ),
        meter_grace_s=draw(st.sampled_from([0.0, 10.0, 30.0])),
        can_export=draw(st.booleans()),
        enabled=draw(st.sampled_from([True, True, True, False])),
        ramp_up_time_s=draw(st.sampled_from([0.0, 30.0, 120.0])),
        hold_window_s=draw(st.sampled_from([0.0, 20.0, 60.0])),
        charging_mode=draw(st.sampled_from(ChargingMode)),
        distribution_mode=draw(st.sampled_from(DistributionMode)),
        rotation_period_s=draw(st.sampled_from([0.0, 60.0, 900.0])),
        battery=draw(st.none() | st.builds(Battery)),
        power_buffer_w=draw(st.sampled_from([0.0, 500.0])),
        excess_threshold_w=draw(st.sampled_from([0.0, 2000.0])),
        allow_grid_charging=draw(st.booleans()),
        solar_grace_s=draw(st.sampled_from([0.0, 300.0])),
        import_cap_w=draw(st.none() | st.sampled_from([3000.0, 17000.0])),
        capacity_tariff=draw(
            st.none()
            | st.builds(
                CapacityTariff,
                limit_w=st.sampled_from([2500.0, 6000.0]),
                follows_peak=st.booleans(),
            )
        ),
        external_cap=draw(
            st.none() | st.builds(ExternalCap, per_charger=st.booleans())
        ),
        unbalance_limit_a=draw(st.none() | st.just(20.0)),
        grid_unbalance_limit_a=draw(st.none() | st.sampled_from([10.0, 20.0])),
        import_windows=draw(
            st.just(())
            | st.tuples(
                st.builds(
                    ImportWindow,
                    start_s=st.sampled_from([0.0, 61200.0, 79200.0]),
                    end_s=st.sampled_from([0.0, 21600.0, 75600.0]),
                    power_w=st.sampled_from([0.0, 3000.0, 17000.0]),
                    weekdays=st.sampled_from([EVERY_DAY, (), (0, 2, 4), (5, 6), (9,)]),
                )
            )
        ),
    )


def readings(values: st.SearchStrategy[float], now_s: float) -> st.SearchStrategy:
    """Draw a reading of about now, a lost one, or one with a problem."""
    return (
        st.builds(Reading, values, st.floats(0, 90).map(lambda age: now_s - age))
        | st.builds(Reading, values, st.just(now_s))
        | st.none()
        | st.builds(
            Reading, any_number, st.just(now_s), st.sampled_from(ReadingProblem)
        )
    )


@st.composite
def snapshots(
    draw: st.DrawFn,
    site: Site,
    now_s: float,
    values: st.SearchStrategy[float] = amps,
) -> Snapshot:
    """Draw a snapshot of a site, broken in part."""
    phase = readings(values, now_s)
    told = []
    for charger in site.chargers:
        if draw(st.integers(0, 9)) == 0:
            continue
        told.append(
            ChargerReading(
                charger_id=charger.charger_id,
                available=draw(st.sampled_from([True, True, True, False])),
                status=draw(st.none() | st.sampled_from(ChargerStatus)),
                measured_a=(
                    tuple(draw(st.lists(phase, min_size=1, max_size=3)))
                    if charger.measures_current
                    else ()
                ),
                energy_needed_kwh=draw(st.none() | st.floats(0, 80)),
                departure_s=draw(st.none() | st.just(now_s + 7200)),
                may_draw_until_s=draw(
                    st.none() | st.sampled_from([now_s - 60, now_s + 30, now_s + 3600])
                ),
                planned_left_s=draw(st.none() | st.floats(-100, 7200)),
                next_block=draw(
                    st.none()
                    | st.builds(
                        NextBlock,
                        st.sampled_from([now_s - 60, now_s + 45, now_s + 3600]),
                        st.none() | st.floats(-1, 1),
                        st.none() | st.floats(-1, 1),
                    )
                ),
                accepted=draw(
                    st.none()
                    | st.builds(Reading, st.integers(0, 32).map(float), st.just(now_s))
                ),
                doubted=draw(st.sampled_from([False, False, False, True])),
            )
        )
    return Snapshot(
        phase_currents_a=(draw(phase), draw(phase), draw(phase)),
        total_power_w=draw(readings(values.map(lambda a: a * 230), now_s)),
        battery_soc_percent=draw(readings(st.floats(-10, 110), now_s)),
        battery_power_w=draw(readings(values.map(lambda a: a * 100), now_s)),
        solar_power_w=draw(readings(values.map(lambda a: a * 100), now_s)),
        external_cap_w=draw(readings(st.sampled_from([4200.0, 1e9]), now_s)),
        chargers=tuple(told),
        circuits=tuple(
            CircuitReading(
                circuit_id=circuit.circuit_id,
                phase_currents_a=(draw(phase), draw(phase), draw(phase)),
                total_power_w=draw(readings(values.map(lambda a: a * 230), now_s)),
            )
            for circuit in site.circuits
            if circuit.meter is not None
        ),
    )
