"""Decisions as lines for people."""

from custom_components.ev_lb.engine.model import ChargerDecision, Decision


def describe(decision: Decision) -> str:
    """Return time, what each charger is set to and why, and when to look again."""
    chargers = ", ".join(_charger(row) for row in decision.chargers) or "no chargers"
    if decision.next_look_s is None:
        look = "time alone changes nothing"
    else:
        look = f"next look in {_number(decision.next_look_s - decision.time_s)} s"
    return f"{_number(decision.time_s)} s: {chargers}; {look}"


def _charger(row: ChargerDecision) -> str:
    limiting = row.limiting
    reason = limiting.factor.value
    if limiting.circuit_id is not None:
        reason += f" {limiting.circuit_id}"
    if limiting.figures:
        reason += f": {limiting.figures}"
    elif limiting.phase is not None:
        reason += f" {limiting.phase.name}"
    missing = f", {_number(row.missing_w)} W missing" if row.missing_w > 0 else ""
    return f"{row.charger_id} {_number(row.set_a)} A ({reason}{missing})"


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
