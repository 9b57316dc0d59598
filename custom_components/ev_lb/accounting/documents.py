"""Accounts and stays as JSON has them; what cannot be read is left out, never raised."""

from collections.abc import Iterable, Mapping
import re
from typing import Any, Final

from .amounts import NOTHING, Amounts
from .ledger import Account
from .log import Entry
from .stay import MOST_SPELLS, Stay

type Document = dict[str, Any]

LARGEST: Final = 1e12
"""No energy, money or time is beyond it, in whatever unit."""
MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")


def number(value: object) -> float | None:
    """Return what is a finite number; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -LARGEST < value < LARGEST else None


def amounts_document(amounts: Amounts) -> list[float]:
    """Return amounts as a list, to a millionth."""
    return [round(value, 6) for value in amounts]


def read_amounts(document: object) -> Amounts | None:
    """Return the amounts of a list; later versions may have added to it."""
    if not isinstance(document, list) or len(document) < len(Amounts._fields):
        return None
    values = [number(row) for row in document[: len(Amounts._fields)]]
    known = [row for row in values if row is not None]
    return Amounts(*known) if len(known) == len(values) else None


def stay_document(stay: Stay, *, spells: bool = True) -> Document:
    """Return a stay as a mapping; one that is over needs its spells no more."""
    return {
        "started_s": stay.started_s,
        "seen_s": stay.seen_s,
        "amounts": amounts_document(stay.amounts),
        "meter_start_kwh": round(stay.meter_start_kwh, 6),
        "peak_w": round(stay.peak_w, 1),
        **({"spells": [list(row) for row in stay.spells]} if spells else {}),
    }


def read_stay(document: object) -> Stay | None:
    """Return the stay of a mapping."""
    if not isinstance(document, Mapping):
        return None
    amounts = read_amounts(document.get("amounts"))
    if amounts is None:
        return None
    return Stay(
        started_s=number(document.get("started_s")),
        seen_s=number(document.get("seen_s")),
        amounts=amounts,
        meter_start_kwh=number(document.get("meter_start_kwh")) or 0.0,
        peak_w=number(document.get("peak_w")) or 0.0,
        spells=tuple(_spells(document.get("spells"))),
        saved_before=number(document.get("saved")),
    )


def _spells(rows: object) -> Iterable[tuple[float, float | None]]:
    for row in rows[:MOST_SPELLS] if isinstance(rows, list) else ():
        if not isinstance(row, list) or len(row) != 2:
            return
        length_s = number(row[0])
        if length_s is None or length_s < 0:
            return
        yield length_s, number(row[1])


def account_document(account: Account) -> Document:
    """Return an account as a mapping."""
    return {
        "since_s": account.since_s,
        "total": amounts_document(account.total),
        "months": {
            month: amounts_document(amounts)
            for month, amounts in account.months.items()
        },
    }


def read_account(document: object) -> Account | None:
    """Return the account of a mapping."""
    if not isinstance(document, Mapping):
        return None
    total, months = read_amounts(document.get("total")), document.get("months")
    if total is None:
        return None
    rows = months.items() if isinstance(months, Mapping) else ()
    return Account(
        since_s=number(document.get("since_s")),
        total=total,
        months={
            month: read_amounts(row) or NOTHING
            for month, row in rows
            if isinstance(month, str) and MONTH.fullmatch(month)
        },
    )


def entry_document(entry: Entry) -> Document:
    """Return an entry of the log as a mapping."""
    saved = entry.stay.saved
    return {
        "charger_id": entry.charger_id,
        "name": entry.name,
        "currency": entry.currency,
        **stay_document(entry.stay, spells=False),
        "saved": None if saved is None else round(saved, 6),
    }


def read_entry(document: object) -> Entry | None:
    """Return the entry of a mapping; None where it is none."""
    if not isinstance(document, Mapping):
        return None
    texts = [document.get(key) for key in ("charger_id", "name", "currency")]
    words = [row for row in texts if isinstance(row, str)]
    stay = read_stay(document)
    if stay is None or stay.seen_s is None or len(words) != len(texts):
        return None
    return Entry(charger_id=words[0], name=words[1], currency=words[2], stay=stay)


def read_entries(documents: object) -> list[Entry]:
    """Return the entries of a list that can be read."""
    rows = documents if isinstance(documents, list) else ()
    return [found for row in rows if (found := read_entry(row)) is not None]
