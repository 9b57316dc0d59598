"""What each charger gave in all, in each month, and to the car that is there."""

from collections.abc import Iterable, Mapping
from copy import replace
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from .amounts import NOTHING, Amounts

MOST_MONTHS: Final = 600
"""Fifty years of one charger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one charger gave."""

    since_s: float | None = None
    """When it began, s since the epoch."""
    total: Amounts = NOTHING
    months: Mapping[str, Amounts] = field(default_factory=dict)
    """By month of the local calendar, as 2026-11."""

    def plus(self, amounts: Amounts, month: str, time_s: float) -> Account:
        """Return the account with what flowed in a month, until that moment."""
        had = self.months.get(month, NOTHING)
        months = {**self.months, month: had.plus(amounts)}
        while len(months) > MOST_MONTHS:
            del months[min(months)]
        since_s = time_s if self.since_s is None else self.since_s
        total = self.total.plus(amounts)
        return replace(self, since_s=since_s, total=total, months=months)


def month_of(time_s: float, utc_offset_s: float) -> str:
    """Return the month of the local calendar, as 2026-11."""
    return datetime.fromtimestamp(time_s + utc_offset_s, UTC).strftime("%Y-%m")


def together(accounts: Iterable[Account]) -> Account:
    """Return what several chargers gave together."""
    total, months = NOTHING, dict[str, Amounts]()
    for account in accounts:
        total = total.plus(account.total)
        for month, amounts in account.months.items():
            months[month] = months.get(month, NOTHING).plus(amounts)
    return Account(total=total, months=months)
