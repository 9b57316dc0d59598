"""A real Home Assistant process that listens on this machine's loopback address only.

The demo, the end-to-end tests and the benchmarks start it with `python -m homeassistant`
in a configuration folder of their own. Nothing here imports Home Assistant, so any of its
releases can be started, whichever Python environment runs this module.
"""

import asyncio
from collections.abc import Mapping
import fcntl
import json
import os
from pathlib import Path
import signal
import socket
import subprocess
import sys
import time
from typing import Final

import psutil

from .home_assistant_client import HomeAssistantClient

LOOPBACK: Final = "127.0.0.1"
MDNS_PORT: Final = 5353
"""Where Home Assistant's HTTP client asks for names in the local network; it announces
nothing there as long as discovery is not configured, and cannot be told not to open it."""
ROOT: Final = Path(__file__).resolve().parent.parent

# Nothing but what a dashboard and the flows need: no discovery, no cloud.
_CONFIGURATION: Final = """\
homeassistant:
  name: {name}
{core}config:
frontend:
history:
logbook:
lovelace:
recorder:
  commit_interval: 1
logger:
  default: warning
  logs:
    # Helpers that Home Assistant looks for and that nothing here uses.
    haffmpeg: critical
    homeassistant.components.camera.img_util: critical
"""


class ProcessError(Exception):
    """Why the process cannot be used, in one sentence for people."""


def free_port() -> int:
    """Return a TCP port that nothing on the loopback address listens on."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        port: int = listener.getsockname()[1]
        return port


def port_is_free(port: int) -> bool:
    """Return whether a server could listen on this port of the loopback address."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def write_configuration(
    folder: Path,
    *,
    name: str = "Home",
    log_levels: Mapping[str, str] | None = None,
    core: str = "",
    extra: str = "",
    components: Mapping[str, Path] | None = None,
) -> None:
    """Make a configuration folder that has this checkout's integration in it.

    `log_levels` are added to the logger's, `core` is YAML for Home Assistant's own
    settings, indented by two, `extra` is YAML for the end of the file, `components`
    are the folders of more custom integrations, by domain. What Home Assistant has
    stored in the folder stays as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = _CONFIGURATION.format(name=json.dumps(name), core=core)
    text += "".join(
        f"    {key}: {value}\n" for key, value in (log_levels or {}).items()
    )
    (folder / "configuration.yaml").write_text(text + extra, encoding="utf-8")
    _skip_recommendations(folder)
    own = ROOT / "custom_components"
    if not components:
        _link(folder / own.name, own)
        return
    (folder / own.name).mkdir(exist_ok=True)
    # A folder without it would lose against that of the checkout.
    (folder / own.name / "__init__.py").touch()
    for domain, path in {"ev_lb": own / "ev_lb", **components}.items():
        _link(folder / own.name / domain, path)


def _link(link: Path, target: Path) -> None:
    if not link.is_symlink() or link.resolve() != target:
        link.unlink(missing_ok=True)
        link.symlink_to(target, target_is_directory=True)


def write_store(folder: Path, key: str, version: int, data: object) -> None:
    """Write a file as Home Assistant's own storage does."""
    document = {"version": version, "minor_version": 1, "key": key, "data": data}
    storage = folder / ".storage"
    storage.mkdir(exist_ok=True)
    (storage / key).write_text(json.dumps(document), encoding="utf-8")


def _skip_recommendations(folder: Path) -> None:
    """Mark the page of a first start as seen that adds services of the internet."""
    if not (folder / ".storage" / "onboarding").exists():
        write_store(folder, "onboarding", 4, {"done": ["core_config"]})


class HomeAssistantProcess:
    """One configuration folder, and the process that runs in it.

    `folder` comes from `write_configuration`, `python` names the environment whose
    Home Assistant is started, `port` is any free one if it is not given.
    """

    def __init__(
        self, folder: Path, *, python: Path | None = None, port: int | None = None
    ) -> None:
        """Set up; `start` starts the process."""
        self.folder = folder.absolute()
        self.port = free_port() if port is None else port
        self.log_path = self.folder / "process.log"
        self._python = Path(sys.executable) if python is None else python
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the running process."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def is_alive(self) -> bool:
        """Whether there is a process."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process; `wait_until_answering` says when it can be talked to."""
        if self.is_alive:
            raise ProcessError("Home Assistant runs already.")
        if not port_is_free(self.port):
            raise ProcessError(
                f"Port {self.port} of {LOOPBACK} is in use; stop what uses it, "
                "or choose another port."
            )
        self._check_folder_is_free()
        self._write_http_configuration()
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *(str(self._python), "-m", "homeassistant"),
                    *("--config", str(self.folder), "--skip-pip"),
                ],
                # Home Assistant also takes integrations from where it is started.
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                # A Ctrl-C in the terminal is for who started this process to handle.
                start_new_session=True,
            )

    def _check_folder_is_free(self) -> None:
        """Raise if another Home Assistant holds its lock on the folder."""
        with (self.folder / ".ha_run.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ProcessError(
                    f"Another Home Assistant runs in {self.folder}; stop it first."
                ) from error

    def _write_http_configuration(self) -> None:
        """Store where to listen, in the oldest format that Home Assistant takes over.

        An `http:` block in YAML would be taken as a trial: five minutes later Home
        Assistant restarts and listens on every address of the machine, and so it does
        whenever it has to start in recovery mode. It would also be read once only, so
        that the port could never change.
        """
        write_store(
            self.folder,
            "http",
            1,
            {"server_host": [LOOPBACK], "server_port": self.port},
        )

    async def wait_until_answering(self, timeout_s: float = 180.0) -> None:
        """Return when the process answers on its port and nowhere else.

        Raise `ProcessError`, with the process stopped, if it ends, is late, or
        listens on an address that other machines can reach.
        """
        deadline_s = time.monotonic() + timeout_s
        async with HomeAssistantClient(self.url) as client:
            while not await self._answers(client):
                if time.monotonic() > deadline_s:
                    self.stop()
                    raise ProcessError(
                        f"Home Assistant did not answer within {timeout_s:.0f} s; "
                        f"see {self.log_path}."
                    )
                await asyncio.sleep(0.1)

    async def _answers(self, client: HomeAssistantClient) -> bool:
        if not self.is_alive:
            raise ProcessError(
                f"Home Assistant ended while it started: {self._last_words()}; "
                f"see {self.log_path}."
            )
        self.check_addresses()
        return await client.is_there()

    async def wait_until_running(
        self, client: HomeAssistantClient, timeout_s: float = 180.0
    ) -> None:
        """Return when all integrations are set up; `client` must be logged in."""
        deadline_s = time.monotonic() + timeout_s
        while (await client.get("config"))["state"] != "RUNNING":
            if time.monotonic() > deadline_s:
                raise ProcessError(
                    f"Home Assistant was not running within {timeout_s:.0f} s; "
                    f"see {self.log_path}."
                )
            await asyncio.sleep(0.1)
        await self._confirm_http_configuration(client)

    async def _confirm_http_configuration(self, client: HomeAssistantClient) -> None:
        """Make sure that no later restart listens elsewhere."""
        async with client.websocket() as socket_:
            configuration = await socket_.command("http/config")
            if configuration["pending"] is not None:
                await socket_.command("http/config/promote")
                configuration = await socket_.command("http/config")
        if configuration["stable"].get("server_host") != [LOOPBACK]:
            self.stop()
            raise ProcessError(
                "Home Assistant would listen on more than the loopback address after "
                "a restart, so it was stopped."
            )
        self.check_addresses()

    def check_addresses(self) -> None:
        """Stop the process and raise if other machines could reach a port of it."""
        if exposed := self._exposed_addresses():
            self.stop()
            raise ProcessError(
                f"Home Assistant listened on {', '.join(sorted(exposed))}, "
                "not on the loopback address only, so it was stopped."
            )

    def _exposed_addresses(self) -> set[str]:
        exposed: set[str] = set()
        if self._process is None:
            return exposed
        try:
            parent = psutil.Process(self._process.pid)
            processes = [parent, *parent.children(recursive=True)]
            connections = [
                connection
                for process in processes
                for connection in process.net_connections(kind="inet")
            ]
        except psutil.NoSuchProcess:
            return exposed
        for connection in connections:
            # A connected socket is a call to elsewhere, not an open door.
            listens = connection.status == psutil.CONN_LISTEN or (
                connection.type == socket.SOCK_DGRAM and not connection.raddr
            )
            if not listens or not connection.laddr:
                continue
            if connection.laddr.ip in (LOOPBACK, "::1"):
                continue
            if (
                connection.type == socket.SOCK_DGRAM
                and connection.laddr.port == MDNS_PORT
            ):
                continue
            exposed.add(f"{connection.laddr.ip}:{connection.laddr.port}")
        return exposed

    def _last_words(self) -> str:
        lines = self.log_path.read_text(encoding="utf-8", errors="replace").split("\n")
        return next(
            (line.strip() for line in reversed(lines) if line.strip()), "silently"
        )

    def kill(self) -> None:
        """End the process at once, as a power cut would, with nothing saved."""
        self._end(signal.SIGKILL, timeout_s=10.0)

    def stop(self, timeout_s: float = 60.0) -> None:
        """Shut Home Assistant down in order; kill it if that takes too long."""
        try:
            self._end(signal.SIGTERM, timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def _end(self, signal_number: signal.Signals, timeout_s: float) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal_number)
            self._process.wait(timeout_s)
        self._process = None
