"""Repair issues: what only the owner of the site can fix."""

from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.start import async_at_started

from custom_components.ev_lb.building.broken_settings import settings_text
from custom_components.ev_lb.building.site import (
    broken_chargers_of,
    circuit_of,
    reserved_of,
)
from custom_components.ev_lb.building.site_soundness import flaws_of_site
from custom_components.ev_lb.chargers.driver import DriverProblem
from custom_components.ev_lb.const import CIRCUIT_KEYS, DOMAIN, PHASE_KEYS
from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.engine.model import (
    Decision,
    ReadingProblem,
)

from .cross_check import CrossCheck, Verdict
from .fallbacks import fallbacks_a, narrowest_over
from .findings import (
    ISSUE_CHARGER_NOT_FOLLOWING,
    ISSUE_CHARGER_PHASES,
    ISSUE_METER_BLIND,
    ISSUE_METER_SIGN,
    ISSUE_METER_UNIT,
    Finding,
    held_back,
    unseen_steps,
)
from .meter_watch import MeterWatch
from .sensor_findings import ISSUES, sensor_issues, without_liars

ISSUE_ENTITY_MISSING: Final = "entity_missing"
ISSUE_CHARGER_CANNOT_STOP: Final = "charger_cannot_stop"
DRIVER_ISSUES: Final = {
    DriverProblem.CAPPED: "charger_capped",
    DriverProblem.OVERRULED: "charger_overruled",
    DriverProblem.CONNECTORS_HIDDEN: "charger_connectors_hidden",
    DriverProblem.GONE: "charger_gone",
}
OF_OTHERS: Final = frozenset({DriverProblem.CAPPED, DriverProblem.OVERRULED})
ISSUE_METER_SILENT: Final = "meter_silent"
ISSUE_METER_FROZEN: Final = "meter_frozen"
ISSUE_METER_NONSENSE: Final = "meter_nonsense"
ISSUE_CHARGER_UNAVAILABLE: Final = "charger_unavailable"
ISSUE_FALLBACKS_TOO_HIGH: Final = "fallbacks_too_high"
ISSUE_LIMITS_IMPOSSIBLE: Final = "limits_impossible"
ISSUE_CHARGER_BROKEN: Final = "charger_broken"
ISSUE_COMMANDS_REFUSED: Final = "commands_refused"
ISSUE_DECISION_FAILED: Final = "decision_failed"
ISSUE_CIRCUIT_GONE: Final = "circuit_gone"
ISSUE_SETTINGS_BROKEN: Final = "settings_broken"

LASTS_S: Final = 300.0
"""What goes by in less time is not worth a repair, s."""
SILENT: Final = frozenset({ReadingProblem.STALE, ReadingProblem.UNAVAILABLE})
NONSENSE: Final = frozenset(
    {
        ReadingProblem.IMPLAUSIBLE,
        ReadingProblem.NOT_A_NUMBER,
        ReadingProblem.WRONG_UNIT,
    }
)


@callback
def async_watch_issues(
    hass: HomeAssistant, entry: ConfigEntry[Any], controller: Controller
) -> None:
    """Keep a site's issues up to date, once everything else had time to start."""
    watch = IssueWatch(hass, entry, controller)

    @callback
    def started(_hass: HomeAssistant) -> None:
        watch.check()
        entry.async_on_unload(controller.async_add_listener(watch.check))
        entry.async_on_unload(
            controller.async_add_settings_listener(watch.take_settings)
        )

    entry.async_on_unload(async_at_started(hass, started))


@callback
def async_delete_issues(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete all issues of a site."""
    registry = ir.async_get(hass)
    for domain, issue_id in list(registry.issues):
        if domain == DOMAIN and entry.entry_id in issue_id:
            ir.async_delete_issue(hass, DOMAIN, issue_id)


class IssueWatch:
    """Raises each issue once, and clears it once its cause is gone."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], controller: Controller
    ) -> None:
        """Take the site; nothing is raised before the first check."""
        self._hass = hass
        self._entry = entry
        self._controller = controller
        self._cross_check = CrossCheck()
        self._meter_watch = MeterWatch()
        self._pairing = controller.pairing.watch
        self._delays = controller.pairing.delays
        self._since_s: dict[tuple[str, str], float] = {}
        self._found: list[Finding] = []
        self._flaws: dict[str, dict[str, Any]] | None = None

    @callback
    def take_settings(self) -> None:
        """Look at the settings again: they have changed."""
        self._flaws = None

    @callback
    def check(self) -> None:
        """Look at all that may be wrong."""
        self._found = []
        suspected = False
        self._check_entities()
        self._check_decisions()
        self._check_settings()
        self._check_broken()
        self._check_circuits()
        self._check_limits()
        self._check_fallbacks()
        self._check_chargers()
        if (decision := self._controller.decision) is not None:
            self._check_meter(decision)
            self._check_following(decision)
            self._check_sensors(decision)
        if (snapshot := self._controller.snapshot) is not None:
            now_s = self._controller.clock.now_s()
            snapshot = without_liars(snapshot, decision)
            self._cross_check.look(self._controller.site, snapshot, now_s, decision)
            self._pairing.look(self._controller.site, snapshot, now_s)
            if self._delays.look(self._controller.site, snapshot, now_s):
                self._controller.async_wishes_changed()
            suspected = self._meter_watch.suspects(snapshot, now_s)
            self._check_wiring()
        self._controller.findings.take(
            tuple(self._found),
            meter_suspected=suspected,
            held_back=held_back(decision),
        )

    def _check_entities(self) -> None:
        for entity_id in self._controller.entity_ids:
            self._hold(
                ISSUE_ENTITY_MISSING,
                entity_id,
                present=_is_missing(self._hass, entity_id),
                placeholders={"entity_id": entity_id},
            )

    def _check_decisions(self) -> None:
        """Tell that nothing could be decided, and why."""
        error = self._controller.watchdog.failure
        self._hold(
            ISSUE_DECISION_FAILED,
            "site",
            present=error is not None,
            placeholders={"error": error or ""},
        )

    def _check_settings(self) -> None:
        """Tell what of the site and its circuits cannot be used as it is stored."""
        entry, texts = self._entry, self._controller.texts
        if self._flaws is None:
            self._flaws = flaws_of_site(entry)
        circuits = self._controller.site.circuits[1:]
        for owner_id in (entry.entry_id, *(row.circuit_id for row in circuits)):
            flaws = self._flaws.get(owner_id, {})
            self._hold(
                ISSUE_SETTINGS_BROKEN,
                owner_id,
                present=bool(flaws),
                placeholders={
                    "name": self._controller.name_of(owner_id),
                    "settings": settings_text(entry, owner_id, flaws, texts),
                },
            )

    def _check_broken(self) -> None:
        """Tell of the chargers that are left out."""
        broken = broken_chargers_of(self._entry)
        for charger in reserved_of(self._entry):
            self._hold(
                ISSUE_CHARGER_BROKEN,
                charger.charger_id,
                present=True,
                placeholders={
                    "charger": self._controller.name_of(charger.charger_id),
                    "problem": self._controller.texts.label(broken[charger.charger_id]),
                    "reserved": f"{charger.max_current_a:g}",
                },
            )

    def _check_circuits(self) -> None:
        """Find what hangs on a circuit that was removed."""
        for subentry in self._entry.subentries.values():
            if (key := CIRCUIT_KEYS.get(subentry.subentry_type)) is None:
                # A later version knows what it is.
                continue
            fed_by = circuit_of(self._entry, subentry.data, key)
            self._hold(
                ISSUE_CIRCUIT_GONE,
                subentry.subentry_id,
                present=subentry.data.get(key, fed_by) != fed_by,
                placeholders={"name": subentry.title},
                fix={"subentry_id": subentry.subentry_id},
            )

    def _check_limits(self) -> None:
        """Find limits under which a charger can never charge."""
        site = self._controller.site
        for charger in site.chargers:
            narrowest = narrowest_over(site, charger)
            limit_a = charger.max_current_a
            name = self._controller.name_of(charger.charger_id)
            if narrowest is not None:
                on_phases = [narrowest.limit_a[phase] for phase in charger.phases]
                if min(on_phases, default=0.0) < limit_a:
                    limit_a = min(on_phases, default=0.0)
                    name = self._controller.name_of(narrowest.circuit_id)
            self._hold(
                ISSUE_LIMITS_IMPOSSIBLE,
                charger.charger_id,
                present=limit_a < charger.min_current_a,
                placeholders={
                    "charger": self._controller.name_of(charger.charger_id),
                    "minimum": f"{charger.min_current_a:g}",
                    "limited_by": name,
                    "limit": f"{limit_a:g}",
                },
            )

    def _check_fallbacks(self) -> None:
        """Find fuses that do not carry what chargers do when they are left alone."""
        for circuit in self._controller.site.circuits:
            sums_a = fallbacks_a(self._controller, circuit.circuit_id)
            above = [
                (sum_a, limit_a)
                for sum_a, limit_a in zip(sums_a, circuit.limit_a, strict=True)
                if sum_a > limit_a
            ]
            sum_a, limit_a = max(above, default=(0.0, 0.0))
            self._hold(
                ISSUE_FALLBACKS_TOO_HIGH,
                circuit.circuit_id,
                present=bool(above),
                placeholders={
                    "circuit": self._controller.name_of(circuit.circuit_id),
                    "fallbacks": f"{sum_a:g}",
                    "limit": f"{limit_a:g}",
                },
            )

    def _check_chargers(self) -> None:
        for charger in self._controller.chargers.values():
            placeholders = {"charger": charger.name}
            self._hold(
                ISSUE_COMMANDS_REFUSED,
                charger.charger_id,
                present=charger.charger_id in self._controller.watchdog.refusals,
                placeholders={
                    **placeholders,
                    "error": self._controller.watchdog.refusals.get(
                        charger.charger_id, ""
                    ),
                },
            )
            self._hold(
                ISSUE_CHARGER_CANNOT_STOP,
                charger.charger_id,
                present=not charger.driver.can_stop,
                placeholders=placeholders,
            )
            problems = charger.driver.problems
            for problem, key in DRIVER_ISSUES.items():
                # What another sets is no matter while we only watch.
                watches = problem in OF_OTHERS and self._controller.shadow
                self._hold(
                    key,
                    charger.charger_id,
                    present=problem in problems and not watches,
                    placeholders=placeholders,
                )
            self._hold(
                ISSUE_CHARGER_UNAVAILABLE,
                charger.charger_id,
                present=self._lasts(
                    ISSUE_CHARGER_UNAVAILABLE,
                    charger.charger_id,
                    not charger.driver.available,
                ),
                placeholders=placeholders,
            )

    def _check_meter(self, decision: Decision) -> None:
        """Tell by the problem what is to be done about the meter."""
        problems = {problem for problem in decision.problems if problem is not None}
        entity_id = self._controller.meter_entity(decision)
        placeholders = {"entity_id": entity_id}
        # Where no entity can be used, the settings are broken, and that is told.
        silent = bool(entity_id) and bool(problems & SILENT)
        silent = self._lasts(ISSUE_METER_SILENT, "", silent)
        nonsense = self._lasts(ISSUE_METER_NONSENSE, "", bool(problems & NONSENSE))
        self._hold(
            ISSUE_METER_SILENT, "meter", present=silent, placeholders=placeholders
        )
        self._hold(
            ISSUE_METER_FROZEN,
            "meter",
            present=ReadingProblem.STUCK in problems,
            placeholders=placeholders,
        )
        self._hold(
            ISSUE_METER_NONSENSE, "meter", present=nonsense, placeholders=placeholders
        )

    def _check_following(self, decision: Decision) -> None:
        for row in decision.chargers:
            name = {"charger": self._controller.name_of(row.charger_id)}
            unseen = name | unseen_steps(row)
            blind = unseen != name
            self._hold(
                ISSUE_METER_BLIND, row.charger_id, present=blind, placeholders=unseen
            )
            # A car that we only watch has nothing to follow.
            strays = not row.following and not self._controller.shadow
            lasts = self._lasts(ISSUE_CHARGER_NOT_FOLLOWING, row.charger_id, strays)
            alarms = self._controller.announcer.alarms.rows
            self._hold(
                ISSUE_CHARGER_NOT_FOLLOWING,
                row.charger_id,
                # While it overloads a fuse, at once.
                present=lasts or row.charger_id in alarms,
                placeholders=name,
            )

    def _check_sensors(self, decision: Decision) -> None:
        """Tell which sensor of a charger's current is not used, and why."""
        found = sensor_issues(self._hass, self._controller, decision)
        wrong = {(row.key, row.charger_id): row.placeholders for row in found}
        for row in found:
            self._cross_check.forget(row.charger_id)
        for charger_id in self._controller.chargers:
            for key in ISSUES.values():
                seen = wrong.get((key, charger_id))
                self._hold(
                    key,
                    charger_id,
                    present=seen is not None,
                    placeholders=seen or {},
                )

    def _check_wiring(self) -> None:
        """Tell what the steps of the cars have shown of the meter."""
        site = self._controller.site
        verdicts = {
            self._cross_check.verdict(charger.charger_id) for charger in site.chargers
        }
        self._hold(
            ISSUE_METER_SIGN,
            "meter",
            present=Verdict.SIGN in verdicts and Verdict.RIGHT not in verdicts,
            placeholders={},
            fix={},
        )
        self._hold(
            ISSUE_METER_UNIT,
            "meter",
            present=Verdict.UNIT in verdicts and Verdict.RIGHT not in verdicts,
            placeholders={},
        )
        for charger in site.chargers:
            finding = self._pairing.finding(site, charger)
            order = finding.nearest(charger.phases)
            self._hold(
                ISSUE_CHARGER_PHASES,
                charger.charger_id,
                present=finding.contradicts(charger.phases),
                placeholders={
                    "charger": self._controller.name_of(charger.charger_id),
                    "phase": ", ".join(phase.name for phase in order),
                },
                fix={
                    "charger_id": charger.charger_id,
                    "phase": "_".join(PHASE_KEYS[phase] for phase in order),
                },
            )

    def _lasts(self, key: str, subject: str, wrong: bool) -> bool:
        """Tell whether something has been wrong for long enough."""
        if not wrong:
            self._since_s.pop((key, subject), None)
            return False
        now_s = self._controller.clock.now_s()
        return now_s - self._since_s.setdefault((key, subject), now_s) >= LASTS_S

    def _hold(
        self,
        key: str,
        subject: str,
        *,
        present: bool,
        placeholders: dict[str, str],
        fix: dict[str, str | int | float | None] | None = None,
    ) -> None:
        """Let an issue be there, or not; with `fix` the owner can fix it by a click."""
        issue_id = f"{key}_{self._entry.entry_id}_{subject}"
        known = ir.async_get(self._hass).async_get_issue(DOMAIN, issue_id)
        placeholders = {"site": self._entry.title, **placeholders}
        if present:
            ignored = known is not None and known.dismissed_version is not None
            self._found.append(Finding(key, subject, placeholders, ignored))
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                issue_id,
                is_fixable=fix is not None,
                severity=ir.IssueSeverity.ERROR,
                translation_key=key,
                translation_placeholders=placeholders,
                data=None
                if fix is None
                else {"entry_id": self._entry.entry_id, "issue": key, **fix},
            )
        elif known is not None and known.active:
            # One from before a restart may come back: it stays ignored, if it was.
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)


def _is_missing(hass: HomeAssistant, entity_id: str) -> bool:
    """Tell whether an entity is gone, not merely without a value."""
    return (
        hass.states.get(entity_id) is None
        and er.async_get(hass).async_get(entity_id) is None
    )
