"""What the tests in a real browser share."""

import asyncio
from collections.abc import Iterator
import shutil

from playwright.async_api import expect
import pytest
from pytest_socket import enable_socket

from tools.chromium import PATIENCE_MS
from tools.home_assistant_process import ROOT, HomeAssistantProcess, write_configuration

from .living_home import LivingHome

# Its own 5 s are too short for a machine with other work.
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(autouse=True)
def open_network(socket_enabled: None) -> None:
    """Let these tests reach the browser and the process; both are on this machine."""


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingHome]:
    """Return a running Home Assistant with the simulated home and a dashboard.

    The integration is a copy, which a test may upgrade.
    """
    # It is made before the first test's own permission.
    enable_socket()
    python = ROOT / ".venv-demo" / "bin" / "python"
    if not python.exists():
        pytest.fail(".venv-demo is missing; run scripts/test, which makes it.")
    folder = tmp_path_factory.mktemp("browser")
    write_configuration(folder)
    (folder / "custom_components").unlink()
    shutil.copytree(
        ROOT / "custom_components" / "ev_lb", folder / "custom_components" / "ev_lb"
    )
    process = HomeAssistantProcess(folder, python=python)
    home = LivingHome(process)
    try:
        asyncio.run(home.set_up())
        yield home
    finally:
        process.stop()
