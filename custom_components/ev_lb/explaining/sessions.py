"""The sessions, months and sums of a site, as actions answer them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from homeassistant.util import dt as dt_util

from custom_components.ev_lb.accounting.ledger import together
from custom_components.ev_lb.accounting.log import selected
from custom_components.ev_lb.accounting.rows import (
    amounts_row,
    month_rows,
    session_row,
)
from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.control.session_log import SessionLog


def session_rows(
    session_log: SessionLog,
    charger_ids: Collection[str] | None,
    start: datetime | None,
    end: datetime | None,
) -> list[dict[str, Any]]:
    """Return the finished sessions that touch a time, the newest first.

    Times without a zone are local ones; None is for no bound.
    """
    zone = dt_util.get_default_time_zone()
    found = selected(
        session_log.entries,
        charger_ids=charger_ids,
        from_s=None if start is None else dt_util.as_utc(start).timestamp(),
        until_s=None if end is None else dt_util.as_utc(end).timestamp(),
    )
    return [session_row(entry, zone) for entry in found]


def sums_document(
    controller: Controller,
    session_log: SessionLog,
    charger_ids: Collection[str] | None,
) -> dict[str, Any]:
    """Return what each charger gave in all and by month, and all of them together.

    One that was removed goes on to count, under the name that it had last.
    """
    names = {entry.charger_id: entry.name for entry in session_log.entries}
    names |= {row: controller.name_of(row) for row in controller.chargers}
    accounts = {
        charger_id: account
        for charger_id, account in controller.sessions.accounts.items()
        if charger_ids is None or charger_id in charger_ids
    }
    whole = together(accounts.values())
    return {
        "currency": controller.texts.currency,
        "total": amounts_row(whole.total),
        "months": month_rows(whole),
        "chargers": [
            {
                "charger_id": charger_id,
                "name": names.get(charger_id, charger_id),
                "total": amounts_row(account.total),
                "months": month_rows(account),
            }
            for charger_id, account in accounts.items()
        ],
    }
