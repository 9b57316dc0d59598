"""What all tests share: our integration comes first, Home Assistant only where asked for."""

from pathlib import Path

import pytest

# The test plugin has a `custom_components` package of its own, which would hide ours.
import custom_components  # noqa: F401

from .searching import load_profile

# Settings of the tests build on it: it must be there before they are read.
load_profile()

INTEGRATION_TESTS = Path(__file__).parent / "integration"


@pytest.fixture(autouse=True)
def load_custom_integration(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant find our integration in the tests that start one."""
    if not request.path.is_relative_to(INTEGRATION_TESTS):
        return
    if "hass" not in request.fixturenames:
        return
    # The recorder wants to be there before the first Home Assistant fixture.
    if "recorder_mock" in request.fixturenames:
        request.getfixturevalue("recorder_mock")
    request.getfixturevalue("enable_custom_integrations")
