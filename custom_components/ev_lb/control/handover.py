"""What a site's controller leaves to the next one when the site is reloaded."""

from collections.abc import Collection, Mapping
from copy import replace
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from custom_components.ev_lb.engine.model import Reading, Site, State

from .clock import Clock

if TYPE_CHECKING:
    from .controller import Controller

LONGEST_RELOAD_S: Final = 30.0
"""After this long the set-points of the chargers are unknown, s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What was known when the former controller stopped."""

    clock: Clock
    time_s: float
    site: Site
    meters: tuple[Any, ...]
    """What the meters are wired to."""
    state: State
    left_a: Mapping[str, float]
    """The set-points for those that run on, if no controller takes over, A."""
    accepted: Mapping[str, Reading | None]
    """What each charger that runs on took last."""
    pending: frozenset[str]
    """Who of them had not taken its last command."""

    def state_for(self, site: Site, fresh: State, meters: tuple[Any, ...]) -> State:
        """Return the state to go on with, on a site that may have changed.

        `fresh` is that after a restart; it holds for what is new or other now.
        """
        same = self.meters == meters and self.site.phases == site.phases
        phases = {row.charger_id: row.phases for row in self.site.chargers}
        kept = {
            row.charger_id: row
            for row in self.state.chargers
            if row.charger_id in self.accepted
        }
        chargers = []
        for charger, row in zip(site.chargers, fresh.chargers, strict=True):
            going_on = kept.get(row.charger_id)
            if going_on is None or phases.get(row.charger_id) != charger.phases:
                going_on = row
            elif not same:
                # What cars draw is found out from the earlier reports of the meter, and
                # what was seen of that meter says nothing about this one.
                going_on = replace(
                    going_on, set_points=row.set_points, meter_trial=row.meter_trial
                )
            chargers.append(going_on)
        return replace(self.state if same else fresh, chargers=tuple(chargers))


HANDOVERS: Final[HassKey[dict[str, Handover]]] = HassKey("ev_lb_handovers")


@callback
def async_hand_over(hass: HomeAssistant, entry_id: str, handover: Handover) -> None:
    """Keep it for the controller that starts in a moment."""
    hass.data.setdefault(HANDOVERS, {})[entry_id] = handover


@callback
def async_take_over(hass: HomeAssistant, entry_id: str) -> Handover | None:
    """Return what was left a moment ago, once."""
    handover = hass.data.get(HANDOVERS, {}).pop(entry_id, None)
    if handover is None:
        return None
    age_s = handover.clock.now_s() - handover.time_s
    return handover if age_s <= LONGEST_RELOAD_S else None


def handover_of(
    controller: Controller,
    meters: tuple[Any, ...],
    kept_ids: Collection[str],
    left_a: Mapping[str, float],
) -> Handover:
    """Return what a controller that stops knows of the chargers that run on."""
    kept = {
        charger_id: charger
        for charger_id, charger in controller.chargers.items()
        if charger_id in kept_ids
    }
    return Handover(
        clock=controller.clock,
        time_s=controller.clock.now_s(),
        site=controller.site,
        meters=meters,
        state=controller.decider.state,
        left_a={name: left_a[name] for name in kept},
        accepted={name: row.sender.accepted for name, row in kept.items()},
        pending=frozenset(name for name, row in kept.items() if row.pending),
    )
