"""Finds the entities that probably fit a field, as a help with filling the form.

A wrong suggestion is worse than none: only what is clearly the best is named.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
import re
from typing import Final

from homeassistant.const import ATTR_FRIENDLY_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.ev_lb.const import (
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_SOC_ENTITY,
    CONF_CURRENT_ENTITY,
    CONF_MEASURED_CURRENT_ENTITY,
    CONF_PHASE_ENTITIES,
    CONF_POWER_ENTITY,
    CONF_SOLAR_POWER_ENTITY,
    CONF_STATUS_ENTITY,
    CONF_SWITCH_ENTITY,
)

from .validation import EntityNeed, is_own, kind_of

METER_PLATFORMS: Final = frozenset(
    {
        "dsmr",
        "dsmr_reader",
        "homewizard",
        "p1_monitor",
        "sagemcom_siconia",
        "slimmelezer",
        "tibber",
        "youless",
    }
)
"""Integrations whose devices are meters of a grid connection."""

CHARGER_PLATFORMS: Final = frozenset(
    {
        "abl_emh1",
        "alfen_wallbox",
        "besen",
        "easee",
        "enphase_ev",
        "goecharger",
        "goecharger_api2",
        "goecharger_mqtt",
        "keba",
        "myenergi",
        "nrgkick",
        "ocpp",
        "ohme",
        "openevse",
        "peblar",
        "smartevse",
        "technove",
        "tesla_wall_connector",
        "v2c",
        "wallbox",
        "webasto_unite",
        "zaptec",
    }
)
"""Integrations whose devices are chargers."""


@dataclass(frozen=True, slots=True)
class Clues:
    """Words in the names of what fits into a field, and of what does not."""

    for_it: frozenset[str]
    against: frozenset[str]
    platforms: frozenset[str] = frozenset()


def words_of(text: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(text.split())


CAR_WORDS: Final = "charger charging wallbox evse ev car vehicle"
CLUES: Final[Mapping[str, Clues]] = {
    CONF_POWER_ENTITY: Clues(
        words_of("grid mains meter p1 net utility smartmeter"),
        words_of(
            f"{CAR_WORDS} solar pv inverter battery plug l1 l2 l3 phase export "
            "exported returned production produced apparent reactive average peak "
            "limit max maximum min minimum forecast heat pump"
        ),
        METER_PLATFORMS,
    ),
    CONF_SOLAR_POWER_ENTITY: Clues(
        words_of("solar pv photovoltaic sun panels"),
        words_of(
            f"{CAR_WORDS} grid battery forecast estimate estimated expected limit "
            "max maximum peak rated string tomorrow today now hour export surplus"
        ),
    ),
    CONF_BATTERY_SOC_ENTITY: Clues(
        words_of("soc powerwall storage charge"),
        words_of(
            f"{CAR_WORDS} phone tablet watch ipad iphone lock remote door window "
            "motion min minimum max maximum target reserve limit health soh"
        ),
    ),
    CONF_BATTERY_POWER_ENTITY: Clues(
        words_of("battery powerwall storage"),
        words_of(f"{CAR_WORDS} grid solar pv limit max maximum min minimum rated"),
    ),
    CONF_CURRENT_ENTITY: Clues(
        words_of("charger charging wallbox evse ev dynamic"),
        words_of("min minimum fuse grid house circuit battery offline"),
        CHARGER_PLATFORMS,
    ),
    CONF_SWITCH_ENTITY: Clues(
        words_of("charging charge enable enabled control"),
        words_of("lock led light smart schedule authorization cable idle"),
    ),
    CONF_MEASURED_CURRENT_ENTITY: Clues(
        words_of("current l1 1 import measured output"),
        words_of("l2 l3 2 3 limit offered set max maximum min minimum neutral allowed"),
    ),
    CONF_STATUS_ENTITY: Clues(
        words_of("status state connector mode"),
        words_of("error reason firmware online network wifi update cloud session"),
    ),
}
PHASE_CLUES: Final = Clues(
    CLUES[CONF_POWER_ENTITY].for_it,
    CLUES[CONF_POWER_ENTITY].against - {"l1", "l2", "l3", "phase"},
    METER_PLATFORMS,
)
PHASE_NAME: Final = re.compile(
    r"(?<![a-z0-9])(?:(?:phase|fas(?:e)?|l|p)[ _-]?)?(?P<phase>[123abc])(?![a-z0-9])"
)
"""The part of a name that names the phase: l1, phase_a, 1."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity that could fill a field."""

    entity_id: str
    platform: str
    device_id: str | None
    text: str

    def score(self, clues: Clues) -> int:
        """Return how well its names fit; nothing against it may be in them."""
        words = set(re.findall(r"[a-z]+\d?|\d+", self.text))
        if words & clues.against:
            return 0
        return len(words & clues.for_it) + 2 * (self.platform in clues.platforms)


def suggested(
    hass: HomeAssistant,
    needs: Mapping[str, EntityNeed],
    taken: Collection[str],
    device_of: str | None = None,
) -> dict[str, str]:
    """Return for each field the entity that is clearly the best for it, if one is.

    With `device_of`, only the entities on the device of that entity count.
    """
    if set(needs) == set(CONF_PHASE_ENTITIES):
        return _suggested_phases(hass, needs, taken)
    device_id = None
    if device_of is not None:
        entry = er.async_get(hass).async_get(device_of)
        device_id = None if entry is None else entry.device_id
        if device_id is None:
            return {}
    found: dict[str, str] = {}
    for key, need in needs.items():
        if (clues := CLUES.get(key)) is None:
            continue
        ranked = sorted(
            (
                (candidate.score(clues), candidate.entity_id)
                for candidate in _candidates(hass, need, {*taken, *found.values()})
                if device_id is None or candidate.device_id == device_id
            ),
            reverse=True,
        )
        if (best := _clearly_best(ranked)) is not None:
            found[key] = best
    return found


def _clearly_best(ranked: list[tuple[int, str]]) -> str | None:
    """Return the first of a ranking if nothing is as good."""
    if not ranked or ranked[0][0] <= 0:
        return None
    if len(ranked) > 1 and ranked[1][0] == ranked[0][0]:
        return None
    return ranked[0][1]


def _suggested_phases(
    hass: HomeAssistant, needs: Mapping[str, EntityNeed], taken: Collection[str]
) -> dict[str, str]:
    """Return three entities that differ in nothing but the phase in their names."""
    groups: dict[tuple[str | None, str], dict[str, str]] = {}
    scores: dict[tuple[str | None, str], int] = {}
    for candidate in _candidates(hass, needs[CONF_PHASE_ENTITIES[0]], taken):
        name = candidate.entity_id.partition(".")[2]
        if (match := _phase_in(name)) is None:
            continue
        stem = name[: match.start()] + "*" + name[match.end() :]
        group = (candidate.device_id, stem)
        phase = _digit(match)
        groups.setdefault(group, {})[phase] = candidate.entity_id
        score = candidate.score(PHASE_CLUES)
        scores[group] = min(score, scores.get(group, score))
    ranked = sorted(
        (
            (scores[group], " ".join(phases[phase] for phase in "123"))
            for group, phases in groups.items()
            if set(phases) == set("123")
        ),
        reverse=True,
    )
    if (best := _clearly_best(ranked)) is None:
        return {}
    return dict(zip(CONF_PHASE_ENTITIES, best.split(), strict=True))


def named_phase(entity_id: str) -> str | None:
    """Return the phase that an entity is clearly named after, 1 to 3."""
    match = _phase_in(entity_id.partition(".")[2])
    if match is None or len(match[0]) == 1 or match[0] == "p1":
        # A bare number or letter may count devices, and P1 is a meter's port.
        return None
    return _digit(match)


def _phase_in(name: str) -> re.Match[str] | None:
    """Return where a name names its phase; the last place: P1 is a meter's port."""
    found = None
    for match in PHASE_NAME.finditer(name.replace("_", " ")):
        found = match
    return found


def _digit(match: re.Match[str]) -> str:
    return match["phase"].translate(str.maketrans("abc", "123"))


def _candidates(
    hass: HomeAssistant, need: EntityNeed, taken: Collection[str]
) -> list[Candidate]:
    """Return the running entities that a field could take."""
    registry = er.async_get(hass)
    found = []
    for state in hass.states.async_all(need.domains):
        entity_id = state.entity_id
        entry = registry.async_get(entity_id)
        if entity_id in taken or (entry is not None and is_own(entry)):
            continue
        unit, device_class = kind_of(hass, entity_id)
        if need.units and (
            unit not in need.units or device_class not in (None, need.device_class)
        ):
            continue
        names = [entity_id.partition(".")[2], state.attributes.get(ATTR_FRIENDLY_NAME)]
        if entry is not None:
            names += [entry.translation_key, entry.original_name]
        found.append(
            Candidate(
                entity_id,
                "" if entry is None else entry.platform,
                None if entry is None else entry.device_id,
                " ".join(name for name in names if name).lower().replace("_", " "),
            )
        )
    return found
