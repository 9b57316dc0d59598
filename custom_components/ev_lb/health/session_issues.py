"""The repair of files of sessions that nobody can read."""

from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from custom_components.ev_lb.const import DOMAIN
from custom_components.ev_lb.control.session_log import SessionLog

ISSUE_SESSION_FILE: Final = "session_file_set_aside"


@callback
def async_tell_of_session_files(
    hass: HomeAssistant, entry: ConfigEntry[Any], session_log: SessionLog
) -> None:
    """Tell which files were set aside; the next start finds them sound."""
    for path in session_log.set_aside:
        file = Path(path).name
        # Without the site's id: what a reload deletes is told anew, this is not.
        _, _, what = file.split(".", 2)
        ir.async_create_issue(
            hass,
            DOMAIN,
            f"{ISSUE_SESSION_FILE}_{what}",
            is_fixable=False,
            is_persistent=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_SESSION_FILE,
            translation_placeholders={"site": entry.title, "file": file},
        )
