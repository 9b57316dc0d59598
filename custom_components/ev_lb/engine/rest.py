"""Chargers for which nothing is to be done, whatever the meter tells."""

from typing import NamedTuple

from .asking import SUNNY
from .cars import Source
from .look import View
from .model import ChargerDecision
from .modes import Refusal, Wish
from .pace import Offer
from .request import Share


class Rest(NamedTuple):
    """The decision on a charger for which nothing is to be done."""

    source: Source
    wish: Wish | Refusal
    most: Share | None
    """What it was offered; None for one that wants nothing."""
    decision: ChargerDecision
    from_s: float
    until_s: float | None


def may_rest(
    view: View, source: Source, wish: Wish | Refusal, offer: Offer | None
) -> bool:
    """Tell whether a charger has what it is to have, whatever the meter tells."""
    if not view.site.enabled or view.is_overloaded(source.charger):
        return False
    if offer is None:
        return isinstance(wish, Refusal)
    set_a = source.state.set_a
    return (
        0 < set_a == offer.most.current_a
        and offer.lasting.current_a <= set_a
        and source.configured.phase_switching is None
        and isinstance(wish, Wish)
        and wish.drive not in SUNNY
        and view.lost(source.charger) is None
    )


def goes_on(
    view: View, rest: Rest, source: Source, wish: Wish | Refusal, offer: Offer | None
) -> bool:
    """Tell whether all that a charger's rest follows from is still so."""
    most = None if offer is None else offer.most
    return (
        rest.source is source
        and rest.most == most
        and rest.wish == wish
        and view.timetable.lies_within(rest.from_s, rest.until_s)
    )
