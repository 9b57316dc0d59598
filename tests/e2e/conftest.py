"""What the tests with a real Home Assistant process share."""

from pathlib import Path

import pytest

from tools.home_assistant_process import ROOT


@pytest.fixture(autouse=True)
def open_network(socket_enabled: None) -> None:
    """Let these tests reach the process that they start; it is on this machine."""


@pytest.fixture(
    params=[".venv", ".venv-demo"], ids=["tested release", "newest release"]
)
def python(request: pytest.FixtureRequest) -> Path:
    """Return the Python of each Home Assistant that must work."""
    path: Path = ROOT / request.param / "bin" / "python"
    if not path.exists():
        pytest.fail(f"{request.param} is missing; run scripts/test, which makes it.")
    return path
