"""What limits a charger, as a part of a sentence with its numbers."""

from collections.abc import Mapping
from typing import Final

from homeassistant.util import dt as dt_util

from custom_components.ev_lb.const import CIRCUIT_GRID
from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.engine.model import (
    Basis,
    ChargerDecision,
    LimitingFactor,
    Reason,
)

from .figures import charger_of
from .texts import Texts

TABLE: Final = "explanation"
ON_FUSES: Final = frozenset({LimitingFactor.FUSE, LimitingFactor.CIRCUIT})
IN_COMMON: Final = frozenset(
    {LimitingFactor.SHARE, LimitingFactor.QUEUE, LimitingFactor.RAMP_UP}
)
"""These say what happens; the limit behind them stands beside that."""
OWN: Final = frozenset({LimitingFactor.CHARGER_MAX, LimitingFactor.MANUAL})
HELD: Final = frozenset({*ON_FUSES, LimitingFactor.IMPORT_CAP})
"""Limits whose load a hold window looks at."""
TAKES_A: Final = 0.5
"""A car that takes less takes nothing, A."""
SHOWN_A: Final = 0.05
"""Less is nothing with one digit, A."""
SHOWN_W: Final = 5.0
SAME_A: Final = 1.0
"""A load that moves by less says the same: it is less than a step, A."""
SAME_W: Final = 230.0
SAME: Final[Mapping[str, float]] = {
    "capacity_a": SHOWN_A,
    "load_a": SAME_A,
    "reserved_a": SAME_A,
    "takes_a": SAME_A,
    "capacity_w": SAME_W,
    "load_w": SAME_W,
    "reserved_w": SAME_W,
}
"""By how much less than this a number of a reason may move and say the same."""
NOT_SHOWN: Final = ("since_s", "until_s", "done_s")
"""Moments of a reason that its sentence does not say to the second."""


def reason(controller: Controller, decided: ChargerDecision, texts: Texts) -> str:
    """Return what limits a charger, with the numbers where there are any."""
    limiting = decided.limiting
    key = _key(controller, decided)
    if key == LimitingFactor.PLAN.value and limiting.until_s is not None:
        return _planned(limiting, texts)
    limit = _limit(controller, limiting, texts)
    if limit is not None and key == limiting.factor.value:
        if limiting.factor not in IN_COMMON:
            return limit
        happens = texts.get(TABLE, key)
        return texts.get(TABLE, "with_limit", reason=happens, limit=limit)
    return texts.get(
        TABLE,
        key,
        phase="" if limiting.phase is None else limiting.phase.name,
        circuit=_circuit(controller, limiting),
        missing=f"{decided.missing_w:.0f}",
        shown=texts.number(decided.set_a),
        left=f"{max(limiting.capacity_w or 0.0, 0.0):.0f}",
        takes=texts.number(round(limiting.takes_a or 0.0, 1)),
        current=texts.number(decided.set_a),
    )


def _planned(limiting: Reason, texts: Texts) -> str:
    """Return what a car waits for that its plan holds back."""
    price, price_now = limiting.price, limiting.price_now
    key, then, now = "plan_at", "", ""
    if price is not None and price_now is not None and price < price_now:
        key = "plan_price"
        digits = 2 if round(price_now - price, 2) else 4
        then, now = (texts.number(row, f".{digits}f") for row in (price, price_now))
    sentence = texts.get(
        TABLE,
        key,
        time=_clock(limiting.until_s),
        price=then,
        price_now=now,
        currency=texts.currency,
    )
    if limiting.done_s is None:
        return sentence
    done = _clock(limiting.done_s)
    return texts.get(TABLE, "plan_done", reason=sentence, time=done)


def _key(controller: Controller, decided: ChargerDecision) -> str:
    """Return which text fits a reason; the factor's own where no other does."""
    limiting = decided.limiting
    factor = limiting.factor
    if not decided.following:
        return "not_following"
    if factor is LimitingFactor.SOLAR:
        return _sun_key(controller, decided)
    if factor is LimitingFactor.CHARGER_MAX and decided.set_a <= 0:
        # It may have all, but has not begun.
        return LimitingFactor.RAMP_UP.value
    if factor in OWN and limiting.takes_a is not None:
        return "takes_nothing" if limiting.takes_a < TAKES_A else "takes_less"
    if factor in ON_FUSES and limiting.phase is None:
        return f"{factor.value}_anywhere"
    return factor.value


def _sun_key(controller: Controller, decided: ChargerDecision) -> str:
    """Return the text for a car that lives on the sun.

    One that has more than that has its minimum, from the grid.
    """
    left_w = decided.limiting.capacity_w
    if decided.set_a <= 0:
        # Enough may be there, and has only to last.
        missing = decided.missing_w >= 1
        return "solar_missing" if missing else LimitingFactor.RAMP_UP.value
    if left_w is None:
        return LimitingFactor.SOLAR.value
    charger = charger_of(controller.site, decided.charger_id)
    wires = 0 if charger is None else decided.phase_count or len(charger.phases)
    set_w = decided.set_a * wires * controller.site.volts
    return "solar_minimum" if set_w > left_w + SAME_W else "solar_now"


def _limit(controller: Controller, limiting: Reason, texts: Texts) -> str | None:
    """Return what a limit allows and carries; None where that is not known."""
    limit, in_w = limiting.limit, limiting.capacity_w is not None
    if limit is None or limit in (LimitingFactor.SOLAR, LimitingFactor.BATTERY):
        return None
    capacity, load = limiting.capacity_a, limiting.load_a
    reserved, unit = limiting.reserved_a, "A"
    if in_w:
        capacity, load = limiting.capacity_w, limiting.load_w
        reserved, unit = limiting.reserved_w, "kW"
    form, end = "now", _end(controller, limiting.limit_ends_s)
    if limiting.basis is Basis.HOLD_WINDOW and limit in HELD:
        form = "lately"
    elif limit is LimitingFactor.UNBALANCE and load is not None:
        form = "grid"
    sentence = texts.get(
        TABLE,
        f"{limit.value}_{form}",
        phase="" if limiting.phase is None else limiting.phase.name,
        circuit=_circuit(controller, limiting),
        load=_number(texts, load, in_w=in_w),
        capacity=_number(texts, capacity, in_w=in_w),
        window=f"{limiting.window_s or 0.0:.0f}",
        time=end,
    )
    if limit is LimitingFactor.IMPORT_CAP and end:
        sentence = texts.get(TABLE, "with_end", limit=sentence, time=end)
    if reserved < (SHOWN_W if in_w else SHOWN_A):
        return sentence
    kept = f"{_number(texts, reserved, in_w=in_w)} {unit}"
    return texts.get(TABLE, "with_reserved", limit=sentence, reserved=kept)


def _number(texts: Texts, value: float | None, *, in_w: bool) -> str:
    """Return ampere with one digit, or watt as kW with two."""
    value = value or 0.0
    return texts.number(round(value / 1000, 2) if in_w else round(value, 1))


def _clock(time_s: float | None) -> str:
    if time_s is None:
        return ""
    return f"{dt_util.as_local(dt_util.utc_from_timestamp(round(time_s))):%H:%M}"


def _end(controller: Controller, time_s: float | None) -> str:
    """Return the time of the day at which a limit ends, as it is set.

    The engine counts with the local time of this moment, also over a night in which
    the clock is set.
    """
    if time_s is None or (snapshot := controller.snapshot) is None:
        return ""
    local_s = time_s - snapshot.clock_ahead_s + snapshot.utc_offset_s
    return f"{dt_util.utc_from_timestamp(round(local_s)):%H:%M}"


def _circuit(controller: Controller, limiting: Reason) -> str:
    return controller.name_of(limiting.circuit_id or CIRCUIT_GRID)


def as_said(before: ChargerDecision, now: ChargerDecision) -> ChargerDecision:
    """Return a decision with the numbers that were said, where they still say the same."""
    was, limiting = before.limiting, now.limiting
    moves = {name: getattr(limiting, name) for name in (*SAME, *NOT_SHOWN)}
    same = (
        (before.set_a, before.following) == (now.set_a, now.following)
        and was._replace(**moves) == limiting
        and _clock(was.done_s) == _clock(limiting.done_s)
        and all(
            _near(getattr(was, name), getattr(limiting, name), apart)
            for name, apart in SAME.items()
        )
        and _near(before.missing_w, now.missing_w, SAME_W)
        and (before.missing_w >= 1) == (now.missing_w >= 1)
    )
    if not same:
        return now
    said = was._replace(since_s=limiting.since_s, until_s=limiting.until_s)
    return now._replace(limiting=said, missing_w=before.missing_w)


def _near(was: float | None, now: float | None, apart: float) -> bool:
    if was is None or now is None:
        return was is now
    return abs(now - was) < apart
