"""All warnings of the card, and why it does not show green."""

from typing import Any, Final

from custom_components.ev_lb.control.controller import Controller
from custom_components.ev_lb.explaining.texts import Texts

from .findings import Finding

TABLE: Final = "card"
BAD: Final = "bad"
WARN: Final = "warn"

type Document = dict[str, Any]


def doubt(controller: Controller, texts: Texts) -> Document | None:
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
    if findings:
        doubts = any(row.doubts for row in findings)
        return _pill(texts, BAD if doubts else WARN, "open_repair")
    if controller.findings.meter_suspected:
        return _pill(texts, WARN, "suspected")
    return None


def warnings(controller: Controller, texts: Texts) -> list[Document]:
    """Return each alarm and each open repair: colour, icon and text."""
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
        level = BAD if row.doubts else WARN
        found.append({"level": level, "name": "mdi:wrench-clock", "text": text})
    return found


def _findings(controller: Controller) -> list[Finding]:
    """Return the open repairs. What is ignored counts as long as it is a doubt."""
    return [row for row in controller.findings.rows if row.doubts or not row.ignored]


def _pill(texts: Texts, level: str, key: str, **values: str) -> Document:
    return {"level": level, "key": key, "text": texts.get(TABLE, key, **values)}
