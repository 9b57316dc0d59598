"""Why each charger is where it is, in a sentence and as data."""

from datetime import datetime
from math import ceil
from typing import Any, Final

from homeassistant.const import MAX_LENGTH_STATE_STATE
from homeassistant.util import dt as dt_util

from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.engine.model import ChargerDecision, LimitingFactor

from .reasons import ON_FUSES, as_said, reason
from .texts import Texts

TABLE: Final = "explanation"


def charger_sentence(controller: Controller, charger_id: str) -> str | None:
    """Return why a charger is where it is; None before the first decision.

    It changes with its content only: a load that moves by less than an ampere is
    none of that, so that a calm house writes nothing to the recorder.
    """
    if (decided := controller.charger_decision(charger_id)) is None:
        return None
    charger = controller.chargers.get(charger_id)
    if charger is not None:
        if charger.explained is not None:
            decided = as_said(charger.explained, decided)
        charger.explained = decided
    return _sentence(controller, decided)


def _sentence(controller: Controller, decided: ChargerDecision) -> str:
    texts = controller.texts
    key = "charging"
    if decided.set_a <= 0:
        charger = controller.chargers.get(decided.charger_id)
        reached = charger is not None and charger.driver.available
        key = "stopped" if decided.following and reached else "told_to_stop"
    sentence = texts.get(
        TABLE,
        key,
        current=texts.number(decided.set_a),
        reason=reason(controller, decided, texts),
    )
    if (later := outlook(controller, decided, texts)) is not None:
        sentence = texts.get(TABLE, "with_outlook", sentence=sentence, outlook=later)
    return _fitting(sentence)


def site_sentence(controller: Controller) -> str | None:
    """Return the same of all chargers, as far as it fits into a state."""
    if controller.decision is None:
        return None
    if not controller.decision.chargers:
        return controller.texts.get(TABLE, "no_charger")
    return _fitting(" ".join(named_sentences(controller).values()))


def named_sentences(controller: Controller) -> dict[str, str]:
    """Return each charger's sentence with its name, by charger."""
    return {
        charger_id: controller.texts.get(
            TABLE, "named", name=controller.name_of(charger_id), sentence=sentence
        )
        for charger_id in controller.chargers
        if (sentence := charger_sentence(controller, charger_id)) is not None
    }


def explanation(controller: Controller, charger_id: str) -> dict[str, Any]:
    """Return why a charger is where it is, as data."""
    decided = controller.charger_decision(charger_id)
    if decided is None:
        return {"name": controller.name_of(charger_id)}
    limiting = decided.limiting
    return {
        "name": controller.name_of(charger_id),
        "sentence": _sentence(controller, decided),
        "current_set_a": decided.set_a,
        "allocated_a": decided.allocated_a,
        "wanted_a": list(decided.wanted_a),
        "limiting_factor": limiting.factor.value,
        "phase": None if limiting.phase is None else limiting.phase.name,
        "circuit": _circuit(controller, decided),
        "limit": None if limiting.limit is None else limiting.limit.value,
        "capacity_a": _rounded(limiting.capacity_a),
        "load_a": _rounded(limiting.load_a),
        "reserved_a": _rounded(limiting.reserved_a),
        "capacity_w": _rounded(limiting.capacity_w),
        "load_w": _rounded(limiting.load_w),
        "reserved_w": _rounded(limiting.reserved_w),
        "takes_a": _rounded(limiting.takes_a),
        "price": limiting.price,
        "price_now": limiting.price_now,
        "planned_done": None
        if limiting.done_s is None
        else _time(limiting.done_s).isoformat(),
        "basis": limiting.basis.value,
        "hold_window_s": limiting.window_s,
        "since": _time(limiting.since_s).isoformat(),
        "until": None
        if limiting.until_s is None
        else _time(limiting.until_s).isoformat(),
        "next_change": None
        if decided.next_change_s is None
        else _time(decided.next_change_s).isoformat(),
        "missing_w": round(decided.missing_w),
        "following": decided.following,
    }


def outlook(
    controller: Controller, decided: ChargerDecision, texts: Texts
) -> str | None:
    """Return what has to happen for it to get more; None where nothing will."""
    verb = "rises" if decided.set_a > 0 else "starts"
    phase = decided.limiting.phase
    on_phase = phase is not None and len(controller.site.phases) > 1
    name = "" if phase is None else phase.name
    if decided.next_change_s is not None:
        at = dt_util.as_local(_time(ceil(decided.next_change_s)))
        key = f"{verb}_at_on_phase" if on_phase else f"{verb}_at"
        return texts.get(TABLE, key, time=f"{at:%H:%M:%S}", phase=name)
    waits = decided.allocated_a > decided.set_a
    if waits and decided.limiting.factor in ON_FUSES | {LimitingFactor.RAMP_UP}:
        key = f"{verb}_when_phase_free" if on_phase else f"{verb}_when_free"
        return texts.get(TABLE, key, phase=name)
    return None


def _circuit(controller: Controller, decided: ChargerDecision) -> str | None:
    circuit_id = decided.limiting.circuit_id
    return None if circuit_id is None else controller.name_of(circuit_id)


def _time(time_s: float) -> datetime:
    return dt_util.utc_from_timestamp(round(time_s))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _fitting(sentence: str) -> str:
    """Return a sentence that is no longer than a state may be."""
    if len(sentence) <= MAX_LENGTH_STATE_STATE:
        return sentence
    return f"{sentence[: MAX_LENGTH_STATE_STATE - 1]}…"
