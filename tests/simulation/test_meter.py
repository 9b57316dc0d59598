"""The meter tells the truth late, rounded, and not always."""

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_lb.engine.model import PerPhase
from custom_components.ev_lb.simulation.meter import (
    Meter,
    MeterConfiguration,
    MeterContent,
    MeterFault,
    MeterReading,
)
from custom_components.ev_lb.simulation.sampling import Sample, Sampler, Sampling

BEFORE: PerPhase = (1.0, 2.0, 3.0)
AFTER: PerPhase = (11.0, 12.0, 13.0)


def meter(
    content: MeterContent = MeterContent.PHASE_CURRENT,
    resolution: float = 0.1,
    currents_a: PerPhase = BEFORE,
) -> Meter:
    """Return a meter that looks every 10 s and reports 2 s later."""
    configuration = MeterConfiguration(
        content=content,
        resolution=resolution,
        sampling=Sampling(period_s=10, latency_s=2),
    )
    return Meter(configuration, 230.0, 0, currents_a)


def test_reports_what_it_saw_a_period_and_a_latency_ago() -> None:
    device = meter()
    device.record(11, AFTER)
    assert device.reading(11) == MeterReading(BEFORE, 2)
    assert device.reading(12) == MeterReading(BEFORE, 12)
    assert device.reading(21.9) == MeterReading(BEFORE, 12)
    assert device.next_s(21.9) == 22
    assert device.reading(22) == MeterReading(AFTER, 22)
    assert device.next_s(22) == 32


def test_knows_what_was_before_the_start() -> None:
    assert meter().reading(0) == MeterReading(BEFORE, -8)


@pytest.mark.parametrize(
    ("content", "resolution", "values"),
    [
        (MeterContent.PHASE_CURRENT, 0.1, (1.3, 2.6, -3.0)),
        (MeterContent.PHASE_CURRENT, 1, (1, 3, -3)),
        (MeterContent.PHASE_POWER, 1, (290, 589, -690)),
        (MeterContent.TOTAL_POWER, 1, (189,)),
        (MeterContent.TOTAL_POWER, 10, (190,)),
    ],
)
def test_content_and_resolution(
    content: MeterContent, resolution: float, values: tuple[float, ...]
) -> None:
    device = meter(content, resolution, (1.26, 2.56, -3.0))
    assert device.reading(0).values == pytest.approx(values)


def test_lost_is_known_at_once_and_over_at_the_next_report() -> None:
    device = meter()
    device.set_fault(15, MeterFault.LOST)
    assert device.reading(15) == MeterReading(None, 15)
    assert device.reading(40) == MeterReading(None, 15)
    device.record(41, AFTER)
    device.set_fault(45, None)
    assert device.reading(51.9) == MeterReading(None, 15)
    assert device.next_s(45) == 52
    assert device.reading(52) == MeterReading(AFTER, 52)


def test_frozen_repeats_its_value() -> None:
    device = meter()
    device.set_fault(15, MeterFault.FROZEN)
    device.record(16, AFTER)
    assert device.reading(21) == MeterReading(BEFORE, 12)
    assert device.reading(32) == MeterReading(BEFORE, 32)
    assert device.next_s(32) == 42
    device.set_fault(33, None)
    assert device.reading(34) == MeterReading(BEFORE, 32)
    assert device.reading(42) == MeterReading(AFTER, 42)


def test_one_that_freezes_while_it_is_away_shows_what_it_would_have_told() -> None:
    device = meter()
    device.set_fault(15, MeterFault.LOST)
    device.record(16, AFTER)
    device.set_fault(17, MeterFault.FROZEN)
    device.record(18, BEFORE)
    assert device.reading(17) == MeterReading(AFTER, 17)
    assert device.reading(32) == MeterReading(AFTER, 32)


def test_silent_leaves_its_last_report() -> None:
    device = meter()
    device.set_fault(15, MeterFault.SILENT)
    device.record(16, AFTER)
    assert device.reading(500) == MeterReading(BEFORE, 12)
    assert device.next_s(500) == float("inf")
    device.set_fault(501, None)
    assert device.reading(512) == MeterReading(AFTER, 512)


def test_late_reports_come_later_in_their_order() -> None:
    device = meter()
    device.set_fault(15, MeterFault.LATE)
    device.record(16, AFTER)
    assert device.reading(51.9) == MeterReading(BEFORE, 12)
    assert device.next_s(15) == device.next_s(51.9) == 52
    assert device.reading(52) == MeterReading(AFTER, 52)
    device.record(55, BEFORE)
    assert device.reading(85) == MeterReading(AFTER, 82)
    device.set_fault(85, None)
    assert device.reading(92) == MeterReading(BEFORE, 92)


def test_wrong_unit_is_a_thousandth() -> None:
    device = meter(MeterContent.TOTAL_POWER, 1)
    device.set_fault(0, MeterFault.THOUSANDTH)
    assert device.reading(2).values == pytest.approx((1.38,))


def test_average_is_that_of_the_time_since_the_last_look() -> None:
    configuration = MeterConfiguration(
        averages=True, sampling=Sampling(period_s=10, latency_s=2)
    )
    device = Meter(configuration, 230.0, 0, BEFORE)
    device.record(14, AFTER)
    device.record(18, BEFORE)
    device.record(50, AFTER)
    assert device.reading(12).values == pytest.approx(BEFORE)
    assert device.reading(22).values == pytest.approx((5.0, 6.0, 7.0))
    assert device.reading(32).values == pytest.approx(BEFORE)


def test_missing_reports_never_come() -> None:
    """As many as configured, and what is next is what comes next."""
    sampler = Sampler(Sampling(period_s=1, missing=0.3), "seed", -1)
    came = []
    for second in range(2000):
        sampler.record(second, second)
        report = sampler.latest(second)
        if report.time_s == second:
            assert report.value == second
            came.append(second)
    assert len(came) == pytest.approx(1400, abs=60)
    assert [sampler.next_s(second) for second in came[:-1]] == came[1:]


samplings = st.builds(
    Sampling,
    period_s=st.sampled_from([0.3, 1, 2.5, 10, 60]),
    latency_s=st.sampled_from([0, 0.2, 1, 5, 35]),
    jitter_s=st.sampled_from([0, 0.5, 4, 25]),
    offset_s=st.sampled_from([0, 0.25]),
    missing=st.sampled_from([0, 0.2]),
)


@settings(deadline=None)
@given(samplings, st.floats(min_value=0, max_value=1000))
def test_reports_come_when_they_are_said_to(sampling: Sampling, now_s: float) -> None:
    """The value is its own time, so a report tells when its source looked."""
    sampler = Sampler(sampling, "seed", 0.0)
    for second in range(int(now_s) + 1):
        sampler.record(second, float(second))
    report = sampler.latest(now_s)
    assert report.time_s <= now_s
    assert report.value <= report.time_s - sampling.latency_s or report.value == 0
    periods = 12 if sampling.missing else 1
    oldest_s = sampling.period_s * periods + sampling.latency_s + sampling.jitter_s + 1
    assert report.value >= now_s - oldest_s

    next_s = sampler.next_s(now_s)
    assert now_s < next_s <= now_s + oldest_s
    between_s = (now_s + next_s) / 2
    if now_s < between_s < next_s:
        assert sampler.latest(between_s) == report
    newer = sampler.latest(next_s)
    assert newer.time_s == next_s
    assert newer.value >= report.value


def test_jitter_is_the_seed_s() -> None:
    def reports(seed: str) -> list[Sample[int]]:
        sampler = Sampler(Sampling(jitter_s=0.9), seed, 0)
        return [sampler.latest(second) for second in range(20)]

    assert reports("one") == reports("one")
    assert reports("one") != reports("two")


@given(offset_s=st.floats(0, 9.99), start_s=st.floats(0, 1e5))
def test_next_report_of_a_late_meter_is_always_ahead(
    offset_s: float, start_s: float
) -> None:
    sampling = Sampling(period_s=10, latency_s=5, offset_s=offset_s)
    device = Meter(MeterConfiguration(sampling=sampling), 230.0, 0, BEFORE)
    device.set_fault(start_s, MeterFault.LATE)
    now_s = start_s
    for _ in range(200):
        assert device.next_s(now_s) > now_s
        now_s = device.next_s(now_s)
    assert now_s > start_s + 1000
