"""All warnings of the card, and why it does not show green."""

from collections.abc import Iterator
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from custom_components.ev_lb.const import DOMAIN
from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.explaining.texts import Texts

from .findings import Finding

TABLE: Final = "card"
BAD: Final = "bad"
WARN: Final = "warn"
REPAIRS_PATH: Final = "/config/repairs"
"""Where Home Assistant shows repairs to administrators."""

type Document = dict[str, Any]


def doubt(hass: HomeAssistant, controller: Controller, texts: Texts) -> Document | None:
    """Return why it is not known that the fuse is safe, in a few words.

    A lost meter, an overload, and a site that is turned off are left to the card.
    """
    decision, findings = controller.decision, _findings(controller)
    strays = [] if decision is None else decision.chargers
    stray = next((row.charger_id for row in strays if not row.following), None)
    fuse_a = controller.site.circuits[0].limit_a
    if any(fuse_a[phase] <= 0 for phase in controller.site.phases):
        return _pill(texts, BAD, "fuse_unknown")
    if controller.shadow:
        return _pill(texts, "watch", "watching")
    if stray is not None:
        return _pill(texts, BAD, "unfollowed", name=controller.name_of(stray))
    if findings or any(_other_repairs(hass, controller)):
        doubts = any(row.doubts for row in findings)
        return _pill(texts, BAD if doubts else WARN, "open_repair")
    if controller.findings.meter_suspected:
        return _pill(texts, WARN, "suspected")
    return None


def warnings(
    hass: HomeAssistant, controller: Controller, texts: Texts
) -> list[Document]:
    """Return each alarm and each open repair: colour, icon, text, and where to fix it."""
    name_of = controller.name_of
    alarms = [
        row.sentence(texts, name_of(row.charger_id), name_of(row.overload.circuit_id))
        for row in controller.announcer.alarms.rows.values()
    ]
    found = [{"level": BAD, "name": "mdi:alert", "text": text} for text in alarms]
    for row in _findings(controller):
        text = texts.issue(row.key, row.placeholders)
        if row.doubts:
            text = texts.get(TABLE, "notice_doubt", title=text)
        found.append(_repair(text))
    for issue in _other_repairs(hass, controller):
        values = issue.translation_placeholders or {}
        found.append(_repair(texts.issue(issue.translation_key or "", values)))
    return found


def _repair(text: str) -> Document:
    return {
        "level": BAD,
        "name": "mdi:wrench-clock",
        "text": text,
        "path": REPAIRS_PATH,
    }


def _other_repairs(
    hass: HomeAssistant, controller: Controller
) -> Iterator[ir.IssueEntry]:
    """Return the site's open repairs that are no findings, such as those of prices."""
    known = {row.key for row in controller.findings.rows}
    for issue in ir.async_get(hass).issues.values():
        if (
            issue.domain == DOMAIN
            and issue.active
            and issue.dismissed_version is None
            and controller.entry.entry_id in issue.issue_id
            and issue.translation_key not in known
        ):
            yield issue


def _findings(controller: Controller) -> list[Finding]:
    """Return the open repairs. What is ignored counts as long as it is a doubt."""
    return [row for row in controller.findings.rows if row.doubts or not row.ignored]


def _pill(texts: Texts, level: str, key: str, **values: str) -> Document:
    return {"level": level, "key": key, "text": texts.get(TABLE, key, **values)}
