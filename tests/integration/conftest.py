"""What the tests with Home Assistant share."""

from collections.abc import Iterator
from unittest.mock import AsyncMock, patch

import pytest


@pytest.fixture
def mock_setup_entry() -> Iterator[AsyncMock]:
    """Let a flow end without a site being started: that is not what it tests."""
    with patch(
        "custom_components.ev_lb.async_setup_entry", return_value=True
    ) as setup_entry:
        yield setup_entry
