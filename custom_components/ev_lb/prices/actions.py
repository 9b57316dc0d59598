"""Integrations which give their prices as the answer of an action.

Read in their sources: Home Assistant 2026.11 (nordpool, tibber, energyzero, easyenergy,
omie, green_planet_energy, amberelectric, ecosmart), hass-entso-e 4355c2b (entsoe).
Three of them give hours unless asked for quarters, and some fail as a whole for a day
that is not published yet, so each day is asked for by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from .values import local_day, midnight

type Fields = Mapping[str, str | float | bool | list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One call of an action."""

    domain: str
    action: str
    data: Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceAction:
    """How the prices of one integration are asked for."""

    action: str
    questions: Callable[[float, tzinfo], list[Fields]]
    """What to ask at a moment: one call for each item."""
    entry_field: str | None = None
    """The field that takes the id of the config entry."""
    device_field: str | None = None
    """The field that takes the id of the sensor's device."""
    worth: float = 1.0
    """What an amount of 1 is in currency per kWh, by the sources."""
    export_action: str | None = None
    """The action that tells what export earns, where there is one."""


def questions(
    domain: str,
    now_s: float,
    zone: tzinfo,
    *,
    entry_id: str = "",
    device_id: str = "",
    export: bool = False,
) -> tuple[Question, ...]:
    """Return what to ask an integration for yesterday's, today's and later prices."""
    known = ACTIONS.get(domain)
    action = known and (known.export_action if export else known.action)
    if known is None or not action:
        return ()
    fixed: dict[str, str] = {}
    if known.entry_field:
        fixed[known.entry_field] = entry_id
    if known.device_field:
        fixed[known.device_field] = device_id
    return tuple(
        Question(domain=domain, action=action, data={**fixed, **fields})
        for fields in known.questions(now_s, zone)
    )


def days_around(now_s: float, zone: tzinfo) -> list[date]:
    """Return yesterday, today and tomorrow.

    A market's day is not the local one everywhere: the first hour of a Finnish day
    belongs to the delivery day before.
    """
    today = local_day(now_s, zone)
    return [today + timedelta(days=days) for days in (-1, 0, 1)]


def _by_date(now_s: float, zone: tzinfo) -> list[Fields]:
    return [{"date": day.isoformat()} for day in days_around(now_s, zone)]


def _span(now_s: float, zone: tzinfo) -> list[Fields]:
    """Ask for all three days at once, by moments with a zone."""
    days = days_around(now_s, zone)
    begin_s, end_s = (
        midnight(days[0], zone),
        midnight(days[-1] + timedelta(days=1), zone),
    )
    return [{"start": _iso(begin_s), "end": _iso(end_s)}]


def _by_start(fields: Fields) -> Callable[[float, tzinfo], list[Fields]]:
    """Ask for each day by itself, by its date."""
    return lambda now_s, zone: [
        {**fields, "start": day.isoformat(), "end": day.isoformat()}
        for day in days_around(now_s, zone)
    ]


def _once(fields: Fields) -> Callable[[float, tzinfo], list[Fields]]:
    return lambda now_s, zone: [fields]


def _iso(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat()


ACTIONS: Final[Mapping[str, PriceAction]] = {
    # Per MWh, while its sensors show a price per kWh.
    "nordpool": PriceAction(
        action="get_prices_for_date",
        questions=_by_date,
        entry_field="config_entry",
        worth=1e-3,
    ),
    # Of today only, unless an end is given.
    "tibber": PriceAction(action="get_prices", questions=_span),
    "energyzero": PriceAction(
        action="get_energy_prices",
        questions=_by_start({"incl_vat": True, "interval": "quarter"}),
        entry_field="config_entry",
    ),
    "easyenergy": PriceAction(
        action="get_energy_usage_prices",
        questions=_by_start({"incl_vat": True, "granularity": "quarter"}),
        entry_field="config_entry",
        export_action="get_energy_return_prices",
    ),
    "omie": PriceAction(action="get_prices_for_date", questions=_by_date),
    "green_planet_energy": PriceAction(
        action="get_prices",
        questions=_once({"hours": 24.0}),
        entry_field="config_entry_id",
    ),
    "amberelectric": PriceAction(
        action="get_forecasts",
        questions=_once({"channel_type": "general"}),
        entry_field="config_entry_id",
    ),
    # In cents.
    "ecosmart": PriceAction(
        action="get_forecasts",
        questions=_once({}),
        device_field="device_id",
        worth=0.01,
    ),
    "entsoe": PriceAction(
        action="get_energy_prices", questions=_span, entry_field="config_entry"
    ),
}
