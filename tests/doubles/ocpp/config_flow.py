"""Says which version of the integration's config entries the double takes."""

from homeassistant.config_entries import ConfigFlow


class OcppFlow(ConfigFlow, domain="ocpp"):
    """Has no steps: an entry is put into the storage before the start."""

    VERSION = 2
    MINOR_VERSION = 2
