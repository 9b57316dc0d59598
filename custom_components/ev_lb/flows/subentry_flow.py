"""What the forms of chargers and of circuits share."""

from typing import override

from homeassistant.config_entries import (
    ConfigSubentry,
    ConfigSubentryFlow,
    UnknownSubEntry,
)
from homeassistant.data_entry_flow import AbortFlow


class PartFlow(ConfigSubentryFlow):
    """Adds or changes a part of a site, which may be removed meanwhile."""

    @override
    def _get_reconfigure_subentry(self) -> ConfigSubentry:
        """Return the part that is changed; the form ends once it is gone."""
        try:
            return super()._get_reconfigure_subentry()
        except UnknownSubEntry as error:
            raise AbortFlow("gone") from error
