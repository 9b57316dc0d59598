"""What is stored comes back, and nothing that is stored can do harm."""

import json

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_lb.accounting.amounts import Amounts
from custom_components.ev_lb.accounting.documents import (
    account_document,
    entry_document,
    read_account,
    read_entries,
    read_entry,
    read_stay,
    stay_document,
)
from custom_components.ev_lb.accounting.ledger import Account
from custom_components.ev_lb.accounting.log import (
    MOST_ENTRIES,
    Entry,
    merged,
    selected,
)
from custom_components.ev_lb.accounting.stay import Stay

NUMBERS = st.floats(0, 1e6).map(lambda value: round(value, 3))
AMOUNTS = st.builds(Amounts, *[NUMBERS] * len(Amounts._fields))
STAYS = st.builds(
    Stay,
    started_s=st.none() | NUMBERS,
    seen_s=NUMBERS,
    amounts=AMOUNTS,
    meter_start_kwh=NUMBERS,
    peak_w=NUMBERS.map(round).map(float),
    spells=st.lists(st.tuples(NUMBERS, st.none() | NUMBERS), max_size=5).map(tuple),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=9)
        | st.dictionaries(
            st.sampled_from(
                ["amounts", "total", "months", "spells", "seen_s", "2026-11"]
            ),
            inner,
        )
    ),
    max_leaves=25,
)


def entry(number: int, charger_id: str = "garage") -> Entry:
    stay = Stay(
        started_s=1000.0 * number,
        seen_s=1000.0 * number + 900,
        amounts=Amounts(grid_kwh=1.0 * number),
    )
    return Entry(charger_id=charger_id, name="Garage", currency="EUR", stay=stay)


@given(STAYS)
def test_a_stay_comes_back(stay: Stay) -> None:
    document = json.loads(json.dumps(stay_document(stay)))
    assert read_stay(document) == stay


@given(STAYS)
def test_an_entry_keeps_what_was_saved(stay: Stay) -> None:
    told = Entry(charger_id="a", name="Garage", currency="NOK", stay=stay)
    found = read_entry(json.loads(json.dumps(entry_document(told))))
    assert found is not None
    assert found.key == told.key
    assert found.stay.amounts == stay.amounts
    if stay.saved is None:
        assert found.stay.saved is None
    else:
        assert found.stay.saved == pytest.approx(stay.saved, abs=1e-5)


@given(AMOUNTS, st.dictionaries(st.sampled_from(["2026-11", "2027-01"]), AMOUNTS))
def test_an_account_comes_back(total: Amounts, months: dict[str, Amounts]) -> None:
    account = Account(since_s=5.0, total=total, months=months)
    assert read_account(json.loads(json.dumps(account_document(account)))) == account


@settings(max_examples=300)
@given(JSON)
def test_nothing_that_is_stored_makes_it_fail(document: object) -> None:
    for read in (read_account, read_stay, read_entry, read_entries):
        read(document)


def test_one_broken_entry_takes_no_other_along() -> None:
    rows = [entry_document(entry(number)) for number in range(3)]
    rows[1]["amounts"] = [1.0, "many"]
    assert read_entries(rows) == [entry(0), entry(2)]


def test_the_log_keeps_the_newest_in_order_and_each_once() -> None:
    rows = [entry(number) for number in range(MOST_ENTRIES + 7)]
    log = merged([*reversed(rows), *rows[-3:]])
    assert log == tuple(rows[7:])


def test_entries_are_picked_by_charger_and_time() -> None:
    rows = [entry(1), entry(2, "street"), entry(3)]

    def found(**wanted: object) -> list[Entry]:
        return selected(
            rows, **{"charger_ids": None, "from_s": None, "until_s": None, **wanted}
        )  # type: ignore[arg-type]

    assert found() == rows[::-1]
    assert found(charger_ids={"street"}) == [rows[1]]
    assert found(from_s=2500.0) == [rows[2], rows[1]]
    assert found(until_s=3000.0) == [rows[1], rows[0]]
    assert found(from_s=1950.0, until_s=2000.0) == []
