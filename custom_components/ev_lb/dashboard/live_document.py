"""All that the card shows of a site, as a document in the reader's language."""

from math import isfinite
from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.ev_lb.accounting.readings import drawn_a
from custom_components.ev_lb.building.drivers import build_measured
from custom_components.ev_lb.building.features import has_surplus
from custom_components.ev_lb.building.stored_settings import settings_of
from custom_components.ev_lb.const import (
    CHARGING_MODE_SITE,
    CIRCUIT_GRID,
    CONF_CHARGING_MODE,
    DOMAIN,
)
from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.engine.model import (
    Charger,
    ChargerDecision,
    ChargerReading,
    ChargerStatus,
    Decision,
    LimitingFactor,
    Phase,
    Reading,
)
from custom_components.ev_lb.explaining.explanation import outlook
from custom_components.ev_lb.explaining.figures import (
    cars_a,
    circuit_load_a,
    lost_reading,
    metered_phases,
    overload,
    queue_position,
    surplus_w,
    tariff_mean_w,
    tariff_room_w,
)
from custom_components.ev_lb.explaining.plan import plan_chart
from custom_components.ev_lb.explaining.reasons import reason
from custom_components.ev_lb.explaining.texts import Texts
from custom_components.ev_lb.explaining.why_log import WhyLog
from custom_components.ev_lb.health.warnings import doubt, warnings
from custom_components.ev_lb.sensor.site import balancer_state

type Document = dict[str, Any]

DRAWS_A: Final = 0.5
"""A car that draws less than this does not charge, A."""


class LiveDocument:
    """Describes one running site, anew at each call.

    All times are in seconds of the site's own clock.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        controller: Controller,
        texts: Texts,
        log: WhyLog | None,
    ) -> None:
        """Take the site, the sentences in the reader's language, and a wanted log."""
        self._hass = hass
        self._controller = controller
        self._texts = texts
        self._log = log
        self._entry = controller.entry

    def sections(self) -> Document:
        """Return the document: what differs between two of them has changed."""
        log = {} if self._log is None else {"log": self._log.described(self._texts)}
        return {
            **log,
            "site": self._site(),
            "phases": self._phases(),
            "power": self._power(),
            "circuits": self._circuits(),
            "sun": self._sun(),
            "plan": plan_chart(self._controller),
            "chargers": {
                row.charger_id: self._charger(row)
                for row in self._controller.site.chargers
            },
        }

    def sources(self) -> Document:
        """Return whose history the card draws: what is left for cars, and the cars.

        The house is what is missing to the limit: meters come in many kinds, but
        these sensors are all alike.
        """
        site = self._controller.site
        apart = len(metered_phases(site)) > 1
        keys = {
            phase.name: f"available_current_{phase.name.lower()}"
            if apart
            else "available_current"
            for phase in metered_phases(site)
        }
        found = self._entities("", *((Platform.SENSOR, key) for key in keys.values()))
        return {
            "left": {name: found[key] for name, key in keys.items() if key in found},
            "cars": {
                row.charger_id: {
                    "entity_id": self._car_entity(row.charger_id),
                    "phases": [phase.name for phase in row.phases],
                }
                for row in site.chargers
            },
        }

    def _site(self) -> Document:
        controller = self._controller
        decision, site = controller.decision, controller.site
        problem = None if decision is None else lost_reading(decision)
        return {
            "name": self._entry.title,
            "state": balancer_state(controller, ""),
            "enabled": site.enabled,
            "shadow": controller.shadow,
            "mode": site.charging_mode.value,
            "has_surplus": has_surplus(self._entry),
            "metered": site.meter.kind.value,
            "meter_lost": problem is not None,
            "doubt": doubt(self._hass, controller, self._texts),
            "warnings": warnings(self._hass, controller, self._texts),
            "problem": None
            if problem is None
            else self._texts.get("reading_problem", problem.value),
            "fallback": decision is not None and decision.fallback_active,
            "overload": None if decision is None else overload(decision),
            "entities": self._entities(
                "",
                (Platform.SWITCH, "enabled"),
                (Platform.SELECT, "charging_mode"),
                (Platform.SENSOR, "balancer_state"),
                (Platform.SWITCH, "shadow_mode"),
                (Platform.BINARY_SENSOR, "meter_status"),
            ),
        }

    def _phases(self) -> list[Document]:
        site, decision = self._controller.site, self._controller.decision
        return [
            {
                "name": phase.name,
                # A fuse that cannot be read allows nothing: a repair names it.
                "limit_a": site.circuits[0].limit_a[phase] or None,
                "house_a": None
                if decision is None
                else _rounded(self._house_a(decision, phase)),
            }
            for phase in site.phases
        ]

    def _house_a(self, decision: Decision, phase: Phase) -> float | None:
        """Return what the house draws on a phase, A, beside what its cars are shown with.

        The engine counts what a car takes beyond its set-point as the house's: shown
        beside that car, it would be there twice.
        """
        house_a, snapshot = decision.house_a[phase], self._controller.snapshot
        strays = {row.charger_id for row in decision.chargers if not row.following}
        reading = None if snapshot is None else snapshot.phase_currents_a[phase]
        if house_a is None or reading is None or not strays:
            return house_a
        chargers = self._controller.site.chargers
        return min(house_a, reading.value - cars_a(self._controller, chargers, phase))

    def _power(self) -> Document | None:
        """Return import and its caps, W; None where only fuses limit it."""
        controller = self._controller
        site, snapshot, decision = (
            controller.site,
            controller.snapshot,
            controller.decision,
        )
        if snapshot is None or decision is None:
            return None
        caps: list[Document] = []
        told_w = decision.import_limit_w
        # One by time of day is known to hold where it keeps a car from more.
        holding_w = (
            row.limiting.capacity_w
            for row in decision.chargers
            if row.limiting.limit is LimitingFactor.IMPORT_CAP
        )
        stated_w = (site.import_cap_w, told_w, *holding_w)
        limits_w = [row for row in stated_w if row is not None]
        if limits_w:
            caps.append({"kind": "import_cap", "power_w": min(limits_w)})
        if decision.tariff_limit_w is not None and isfinite(decision.tariff_limit_w):
            caps.append(
                {
                    "kind": "capacity_tariff",
                    "power_w": tariff_room_w(controller),
                    "mean_w": tariff_mean_w(controller),
                    "limit_w": decision.tariff_limit_w,
                    "ends_s": _period_end_s(controller),
                }
            )
        external_w = decision.external_cap_w
        if external_w is not None:
            caps.append({"kind": "external_cap", "power_w": external_w})
        return {"import_w": self._import_w(decision), "caps": caps} if caps else None

    def _import_w(self, decision: Decision) -> float | None:
        """Return what house and cars draw, W; negative for an export."""
        site, controller = self._controller.site, self._controller
        house = [decision.house_a[phase] for phase in metered_phases(site)]
        if any(row is None for row in house):
            return None
        load_a = sum(row for row in house if row is not None)
        for charger in site.chargers:
            set_a = controller.all_set_a.get(charger.charger_id, 0.0)
            load_a += sum(drawn_a(charger, self._reading(charger.charger_id), set_a))
        return round(load_a * site.volts)

    def _circuits(self) -> list[Document]:
        controller = self._controller
        return [
            {
                "name": controller.name_of(circuit.circuit_id),
                "phases": [
                    {
                        "name": phase.name,
                        "limit_a": circuit.limit_a[phase],
                        "load_a": circuit_load_a(controller, circuit.circuit_id, phase),
                    }
                    for phase in controller.site.phases
                    if circuit.limit_a[phase] > 0
                ],
            }
            for circuit in controller.site.circuits
            if circuit.circuit_id != CIRCUIT_GRID
        ]

    def _sun(self) -> Document | None:
        snapshot = self._controller.snapshot
        if snapshot is None or not has_surplus(self._entry):
            return None
        return {
            "solar_w": _value(snapshot.solar_power_w),
            "surplus_w": surplus_w(self._controller),
            "battery_percent": _value(snapshot.battery_soc_percent),
            "battery_w": _value(snapshot.battery_power_w),
        }

    def _charger(self, charger: Charger) -> Document:
        controller, charger_id = self._controller, charger.charger_id
        decided = controller.charger_decision(charger_id)
        reading = self._reading(charger_id)
        set_a = controller.set_a(charger_id)
        amps = drawn_a(charger, reading, controller.all_set_a.get(charger_id, 0.0))
        session = controller.sessions.of(charger_id)
        share = session.solar_share
        data = settings_of(self._entry, charger_id)
        return {
            "name": controller.name_of(charger_id),
            "state": _state(decided, reading, set_a, max(amps, default=0.0)),
            "phases": [phase.name for phase in charger.phases],
            "drawn_a": [round(row, 1) for row in amps],
            "measured": charger.measures_current,
            "set_a": set_a,
            "max_a": charger.max_current_a,
            "mode": data.get(CONF_CHARGING_MODE, CHARGING_MODE_SITE),
            "enabled": charger.enabled,
            "queue": queue_position(controller, charger_id) or 0,
            "energy_kwh": round(session.energy_kwh, 1),
            "solar_percent": None if share is None else round(100 * share),
            **({} if decided is None else self._why(decided)),
            "entities": self._entities(
                charger_id,
                (Platform.SWITCH, "enabled"),
                (Platform.SELECT, "charging_mode"),
                (Platform.SENSOR, "current_set"),
                (Platform.DATETIME, "departure"),
            ),
        }

    def _why(self, decided: ChargerDecision) -> Document:
        limiting, next_s = decided.limiting, decided.next_change_s
        later = None
        if next_s is None:
            later = outlook(self._controller, decided, self._texts)
        return {
            "factor": limiting.factor.value,
            "phase": None if limiting.phase is None else limiting.phase.name,
            "reason": reason(self._controller, decided, self._texts),
            "outlook": later,
            "since_s": round(limiting.since_s),
            "next_change_s": None if next_s is None else round(next_s, 1),
            "following": decided.following,
        }

    def _reading(self, charger_id: str) -> ChargerReading | None:
        snapshot = self._controller.snapshot
        rows = () if snapshot is None else snapshot.chargers
        return next((row for row in rows if row.charger_id == charger_id), None)

    def _car_entity(self, charger_id: str) -> str | None:
        subentry = self._entry.subentries.get(charger_id)
        measured = None if subentry is None else build_measured(self._hass, subentry)
        if measured is not None:
            return measured.entity_id
        found = self._entities(charger_id, (Platform.SENSOR, "current_set"))
        return found.get("current_set")

    def _entities(self, owner_id: str, *wanted: tuple[Platform, str]) -> dict[str, str]:
        """Return the entities of the site or of a charger that are enabled, by key."""
        registry = er.async_get(self._hass)
        owner_id = owner_id or self._entry.entry_id
        found = {}
        for platform, key in wanted:
            entity_id = registry.async_get_entity_id(
                platform, DOMAIN, f"{owner_id}_{key}"
            )
            if entity_id is None:
                continue
            entity = registry.async_get(entity_id)
            if entity is not None and not entity.disabled:
                found[key] = entity_id
        return found


def changes(before: Document, after: Document) -> Document:
    """Return the sections that differ, and of the chargers only those that do."""
    found = {
        name: section
        for name, section in after.items()
        if name != "chargers" and section != before.get(name)
    }
    were, are = before["chargers"], after["chargers"]
    if were.keys() != are.keys():
        return {**found, "chargers": are}
    chargers = {name: row for name, row in are.items() if row != were[name]}
    return {**found, "changed": chargers} if chargers else found


def _state(
    decided: ChargerDecision | None,
    reading: ChargerReading | None,
    set_a: float,
    amps: float,
) -> str:
    """Return what a charger is doing, in one word of the card."""
    status = None if reading is None else reading.status
    if reading is not None and not reading.available:
        return "unavailable"
    if status is ChargerStatus.FAULTED:
        return "faulted"
    if status is ChargerStatus.DISCONNECTED:
        return "no_car"
    if amps >= DRAWS_A:
        return "charging"
    if decided is not None and decided.limiting.factor is LimitingFactor.DISABLED:
        return "off"
    return "ready" if set_a > 0 else "waiting"


def _period_end_s(controller: Controller) -> float | None:
    decision, tariff = controller.decision, controller.site.capacity_tariff
    if decision is None or tariff is None or decision.tariff_period is None:
        return None
    return tariff.end_s(decision.tariff_period.number)


def _value(reading: Reading | None) -> float | None:
    if reading is None or reading.problem is not None:
        return None
    return round(reading.value)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
