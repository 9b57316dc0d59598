"""What the words of well-known chargers mean, as a help with filling the form."""

from collections.abc import Iterable
from typing import Final

from homeassistant.components.sensor import ATTR_OPTIONS
from homeassistant.const import STATE_OFF, STATE_ON, Platform
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import entity_registry as er

from custom_components.ev_lb.engine.model import ChargerStatus
from custom_components.ev_lb.flows.validation import NOT_REPORTED

type StateLists = dict[ChargerStatus, list[str]]

BINARY_STATES: Final[StateLists] = {
    ChargerStatus.CHARGING: [STATE_ON],
    ChargerStatus.CONNECTED: [STATE_OFF],
    ChargerStatus.DISCONNECTED: [],
}

VOCABULARIES: Final[tuple[StateLists, ...]] = (
    # OCPP 1.6 and 2.0.1
    {
        ChargerStatus.CHARGING: ["Charging"],
        ChargerStatus.CONNECTED: [
            "Preparing",
            "SuspendedEV",
            "SuspendedEVSE",
            "Finishing",
            "Occupied",
        ],
        ChargerStatus.DISCONNECTED: ["Available"],
    },
    # Wallbox
    {
        ChargerStatus.CHARGING: ["Charging"],
        ChargerStatus.CONNECTED: [
            "Paused",
            "Scheduled",
            "Waiting",
            "Waiting for car demand",
            "Locked, car connected",
        ],
        ChargerStatus.DISCONNECTED: ["Disconnected"],
    },
    # IEC 61851-1, as read from the control pilot
    {
        ChargerStatus.CHARGING: ["C", "D", "C1", "C2", "D1", "D2"],
        ChargerStatus.CONNECTED: ["B", "B1", "B2"],
        ChargerStatus.DISCONNECTED: ["A", "A1", "A2"],
    },
    # Easee and others that write in lower case
    {
        ChargerStatus.CHARGING: [
            "charging",
            "charging_reduced",
            "connected_charging",
            "plugged_charging",
        ],
        ChargerStatus.CONNECTED: [
            "awaiting_authorization",
            "awaiting_start",
            "charging_finished",
            "complete",
            "completed",
            "connected",
            "connected_finished",
            "connected_requesting",
            "finished",
            "paused",
            "pending_approval",
            "plugged_in",
            "plugged_waiting",
            "ready_to_charge",
            "suspended",
            "waiting",
            "waiting_car",
            "waiting_for_car",
        ],
        ChargerStatus.DISCONNECTED: [
            "disconnected",
            "no_ev_connected",
            "not_connected",
            "unplugged",
        ],
    },
)
"""Words that mean different things to different makers (`idle`, `ready`) are left
out: a wrong suggestion is worse than none."""


def suggested_states(hass: HomeAssistant, entity_id: str) -> StateLists:
    """Return what the states of an entity probably mean.

    Of an entity that names its states, those are taken that are well known,
    whatever way they are written; of another one, the vocabularies that its
    present state belongs to.
    """
    if split_entity_id(entity_id)[0] == Platform.BINARY_SENSOR:
        return BINARY_STATES
    named = named_states(hass, entity_id)
    present = _present_state(hass, entity_id)
    suggested: StateLists = {}
    for status in BINARY_STATES:
        known = [state for words in VOCABULARIES for state in words[status]]
        plain = {_plain(state) for state in known}
        if named:
            likely = [state for state in named if _plain(state) in plain]
        else:
            likely = [state for words in _spoken(present) for state in words[status]]
        suggested[status] = list(dict.fromkeys(likely))
    return suggested


def selectable_states(
    hass: HomeAssistant, entity_id: str, chosen: Iterable[str]
) -> list[str]:
    """Return the states to choose from: those the entity names, or all known ones."""
    present = _present_state(hass, entity_id)
    found = [*named_states(hass, entity_id), *([present] if present else [])]
    if split_entity_id(entity_id)[0] == Platform.BINARY_SENSOR:
        found += [STATE_ON, STATE_OFF]
    elif not named_states(hass, entity_id):
        found += [
            state
            for words in VOCABULARIES
            for states in words.values()
            for state in states
        ]
    return list(dict.fromkeys([*found, *chosen]))


def named_states(hass: HomeAssistant, entity_id: str) -> list[str]:
    """Return the states that an entity says it may have."""
    if state := hass.states.get(entity_id):
        return list(state.attributes.get(ATTR_OPTIONS, []))
    entry = er.async_get(hass).entities.get(entity_id)
    capabilities = entry.capabilities if entry else None
    return list((capabilities or {}).get(ATTR_OPTIONS, []))


def _present_state(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the state that an entity has now, if it has one."""
    state = hass.states.get(entity_id)
    return None if state is None or state.state in NOT_REPORTED else state.state


def _spoken(present: str | None) -> list[StateLists]:
    """Return the vocabularies that have a state, or else would if they wrote it so."""
    capitalized = [
        {
            status: [state[0].upper() + state[1:] for state in states]
            for status, states in words.items()
        }
        for words in VOCABULARIES
    ]
    for vocabularies in (VOCABULARIES, capitalized):
        found = [
            words
            for words in vocabularies
            if any(present in states for states in words.values())
        ]
        if found:
            return found
    return []


def _plain(state: str) -> str:
    """Return a state without the ways in which makers write it differently."""
    return "".join(letter for letter in state.casefold() if letter.isalnum())
