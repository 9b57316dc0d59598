"""What is tried on every driver, and the table that tells what came of it.

Each trial checks what must hold, and returns a word for the table: some chargers
show less than others, and their owners should know.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from custom_components.ev_lb.chargers.families import FAMILIES
from custom_components.ev_lb.chargers.picked import PLUG_SHOWS_WITHIN_S

from .family_rigs import LEASE_S, Bench, FamilyRig, OpenedOcppRig, PlugRig

PAGE: Final = Path(__file__).parents[2] / "docs" / "chargers" / "README.md"
BEGIN: Final = "<!-- conformance: begin -->"
END: Final = "<!-- conformance: end -->"
YES: Final = "yes"
NO: Final = "no"


def full_a(rig: Bench) -> float:
    """Return a current that the charger can be given, A."""
    return 10.0 if isinstance(rig, PlugRig) else 16.0


def part_a(rig: Bench) -> float:
    """Return a lower one, A."""
    return 0.0 if isinstance(rig, PlugRig) else 8.0


def has(rig: Bench, current_a: float) -> bool:
    """Tell whether the charger lets a car have a current, A, and no more.

    A limit with an end cannot be renewed unchanged everywhere: every second time
    it is 1 A less.
    """
    lowest_a = current_a
    if isinstance(rig, FamilyRig) and rig.lease_s:
        lowest_a = max(0.0, current_a - 1)
    return lowest_a <= rig.charger_a <= current_a


def notice_s(rig: Bench) -> float:
    """Return how long it may take until an ignored command is noticed, s."""
    if isinstance(rig, FamilyRig):
        return (FAMILIES[rig.family].shows_within_s or 0.0) + 5
    # An OCPP limit ends after 120 s.
    return 60 if isinstance(rig, OpenedOcppRig) else PLUG_SHOWS_WITHIN_S + 5


async def takes_a_limit(rig: Bench) -> str:
    """It takes a limit, and that is known."""
    await rig.wish(full_a(rig))

    assert has(rig, full_a(rig))
    assert not rig.sender.pending
    assert rig.sender.accepted is not None
    assert rig.sender.accepted.value == full_a(rig)
    assert not rig.failures
    return YES


async def stops_and_starts(rig: Bench) -> str:
    """0 A stops it, and a current starts it again."""
    await rig.wish(full_a(rig))
    await rig.wish(0, 30)
    assert rig.charger_a == 0
    assert not rig.sender.pending

    await rig.wish(full_a(rig))
    assert has(rig, full_a(rig))
    return YES


async def refused(rig: Bench) -> str:
    """A refused cut counts as not made, and is sent until it holds."""
    await rig.wish(full_a(rig))
    rig.refuse(True)
    await rig.wish(part_a(rig), notice_s(rig))
    assert has(rig, full_a(rig))
    assert rig.sender.pending
    assert rig.failures
    assert rig.sender.accepted is not None
    assert rig.sender.accepted.value == full_a(rig)

    rig.refuse(False)
    await rig.pass_time(100)
    assert has(rig, part_a(rig))
    assert not rig.sender.pending
    return YES


async def ignored(rig: Bench) -> str:
    """A cut that is taken and not acted on does not count as made."""
    await rig.wish(full_a(rig))
    rig.ignore(True)
    await rig.wish(part_a(rig), notice_s(rig))
    assert has(rig, full_a(rig))
    noticed = rig.sender.pending and bool(rig.failures)

    rig.ignore(False)
    await rig.pass_time(100)
    assert has(rig, part_a(rig))
    assert not rig.sender.pending
    return YES if noticed else NO


async def late(rig: Bench) -> str:
    """A cut that is slow to take effect counts once it has."""
    await rig.wish(full_a(rig))
    rig.ignore(True)
    await rig.wish(part_a(rig), 5)
    waited = rig.sender.pending

    rig.ignore(False)
    await rig.pass_time(20)
    assert has(rig, part_a(rig))
    assert not rig.sender.pending
    assert not rig.failures
    return YES if waited else NO


async def newest_wins(rig: Bench) -> str:
    """A newer wish does not wait for the tries of an older one."""
    await rig.wish(full_a(rig))
    rig.refuse(True)
    await rig.wish(part_a(rig), 3)
    rig.refuse(False)
    await rig.wish(full_a(rig), 1)

    assert has(rig, full_a(rig))
    assert not rig.sender.pending
    return YES


async def away(rig: Bench) -> str:
    """One that is away is told when it is back, whatever it remembers."""
    await rig.wish(full_a(rig))
    rig.go_away()
    await rig.wish(part_a(rig), 5)
    assert rig.sender.pending

    rig.come_back()
    rig.sender.forget()
    await rig.pass_time(100)
    assert has(rig, part_a(rig))
    assert not rig.sender.pending
    return YES


async def restart(rig: Bench) -> str:
    """A restart knows nothing for certain, and tells it again."""
    await rig.wish(full_a(rig))
    await rig.sender.async_close()
    await rig.driver.async_unload()

    rig.start(assumed_a=full_a(rig))
    assert rig.sender.accepted is None
    await rig.wish(part_a(rig), 5)
    assert has(rig, part_a(rig))
    assert not rig.sender.pending
    return YES


async def leaving(rig: Bench) -> str:
    """It can be left at a current."""
    await rig.wish(full_a(rig))
    assert await rig.sender.async_leave_at(part_a(rig), 10)
    assert has(rig, part_a(rig))
    return YES


async def reset(rig: Bench) -> str:
    """A reset ends with the limit that holds."""
    await rig.wish(full_a(rig))
    rig.sender.reset()
    await rig.wish(full_a(rig), 15)
    assert has(rig, full_a(rig))
    assert not rig.failures
    return YES


async def raised_by_others(rig: Bench) -> str:
    """One that others raise, or that forgets its limit, is told again."""
    await rig.wish(part_a(rig), 5)
    asked = rig.resend
    rig.open_up()
    await rig.pass_time(120)
    if rig.resend == asked:
        return NO

    await rig.wish(part_a(rig), 5)
    assert has(rig, part_a(rig))
    assert not rig.sender.pending
    return YES


async def renewed(rig: Bench) -> str:
    """A limit with an end is renewed, changed or not, and never ends."""
    if not (isinstance(rig, FamilyRig) and rig.lease_s):
        return "-"
    for _ in range(6):
        await rig.wish(full_a(rig), LEASE_S / 2)
        assert has(rig, full_a(rig))
    for _ in range(6):
        await rig.wish(0, LEASE_S / 2)
        assert rig.charger_a == 0
    return YES


async def left_alone(rig: Bench) -> str:
    """What becomes of it when nobody sends it anything for 20 minutes."""
    await rig.wish(full_a(rig), 5)
    fallback = rig.driver.fallback
    await rig.sender.async_close()
    await rig.pass_time(1200)
    if fallback is not None and fallback.after_s is not None:
        assert rig.charger_a == fallback.current_a
    elif fallback is not None and fallback.current_a is None:
        assert has(rig, full_a(rig))
    if rig.charger_a == full_a(rig):
        return "keeps its limit"
    way = "falls" if rig.charger_a < full_a(rig) else "rises"
    return f"{way} to {rig.charger_a:g} A"


TRIALS: Final[dict[str, Callable[[Bench], Awaitable[str]]]] = {
    "takes a limit": takes_a_limit,
    "stops and starts": stops_and_starts,
    "refused: sent again": refused,
    "ignored: noticed": ignored,
    "late: waited for": late,
    "newest wish wins": newest_wins,
    "away: told when back": away,
    "restart: told again": restart,
    "raised by others: noticed": raised_by_others,
    "left at a current": leaving,
    "reset": reset,
    "end renewed in time": renewed,
    "left alone": left_alone,
}


def committed() -> dict[str, dict[str, str]]:
    """Return the table in the documentation: word by driver and trial."""
    if not PAGE.exists() or BEGIN not in (text := PAGE.read_text(encoding="utf-8")):
        return {}
    table = text.partition(BEGIN)[2].partition(END)[0].strip().splitlines()
    if not table:
        return {}
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    names = rows[0][1:]
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows[2:]}


def commit(driver: str, trial: str, word: str, drivers: list[str]) -> None:
    """Write a word into the table of the documentation."""
    table = committed()
    table.setdefault(driver, {})[trial] = word
    lines = [
        f"| driver | {' | '.join(TRIALS)} |",
        f"|---|{'---|' * len(TRIALS)}",
        *(
            f"| {name} | {' | '.join(table[name].get(row, '?') for row in TRIALS)} |"
            for name in drivers
            if name in table
        ),
    ]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    written = "\n".join([BEGIN, *lines, END])
    PAGE.write_text(f"{before}{written}{after}", encoding="utf-8")
