"""The scripts: what keeps them running where they are not tried every day."""

import os
from pathlib import Path
import re
import shutil
import subprocess
import sys

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted(
    path
    for path in [*(ROOT / "scripts").rglob("*"), ROOT / ".ci" / "run"]
    if path.is_file()
)

# What the bash 3.2 of macOS does not know, or takes for an error.
NEWER_THAN_MACOS = re.compile(
    r"""
    \b(?:declare|local|typeset)\s+-[a-zA-Z]*[AnguU]  # maps, references
    | \b(?:mapfile|readarray|coproc)\b
    | \bwait\s+-n\b
    | \$\{[^}]*(?:,,?|\^\^?)\}                       # change of case
    | \$\{[^}]*@[A-Z]\}
    | \|& | &>>
    """,
    re.VERBOSE,
)

# Stands in for uv: makes environments of nothing, and locks nothing.
FAKE_UV = f"""\
#!/usr/bin/env bash
set -eu
case "$1 ${{2:-}}" in
  'python find') echo '{sys.executable}' ;;
  'pip install') cat > /dev/null ;;
  venv*)
    for folder; do :; done
    mkdir -p "$folder/bin"
    printf '#!/bin/sh\\necho aiohttp==1.0' > "$folder/bin/python"
    chmod +x "$folder/bin/python" ;;
esac
"""


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_the_bash_of_macos_can_read_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert [match.group() for match in NEWER_THAN_MACOS.finditer(text)] == []


def test_the_folder_is_found_itself_though_a_link_leads_to_it(tmp_path: Path) -> None:
    folder = tmp_path / "ein Örtchen" / "ev_lb"
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    link = tmp_path / "link"
    link.symlink_to(folder)

    found = subprocess.run(
        ["bash", "-c", f'source "{link}/scripts/lib/environment.sh"; echo "$ROOT"'],
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout.strip() == str(folder.resolve())


@pytest.mark.parametrize("has_home", [True, False])
def test_tools_keep_their_caches_in_the_folder_where_there_is_no_home(
    tmp_path: Path, has_home: bool
) -> None:
    """As where a service's user, or a container's, runs the scripts."""
    folder, home = tmp_path / "ev_lb", tmp_path / "home"
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    if has_home:
        home.mkdir()

    found = subprocess.run(
        [
            "bash",
            "-euc",
            (
                f'source "{folder}/scripts/lib/environment.sh"; ensure_environment; '
                'echo "$HOME"; touch "$HOME/writable"'
            ),
        ],
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )

    own = folder.resolve() / ".tools" / "home"
    assert found.stdout.strip() == str(home if has_home else own)


def test_locks_are_renewed_where_an_environment_was_made_before(tmp_path: Path) -> None:
    for folder in ("scripts", "requirements"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    # Whoever makes an environment leaves the file that it held the others off with.
    (tmp_path / ".tools").mkdir()
    (tmp_path / ".tools" / "lock").touch()
    uv = tmp_path / "uv"
    uv.write_text(FAKE_UV, encoding="utf-8")
    uv.chmod(0o755)

    finished = subprocess.run(
        ["scripts/lock"],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert finished.returncode == 0, finished.stderr
    boot = (tmp_path / "requirements" / "demo-boot.in").read_text(encoding="utf-8")
    assert boot == "aiohttp==1.0\n"


@pytest.mark.parametrize(
    "path", (ROOT / ".github" / "workflows").glob("*.yml"), ids=lambda path: path.name
)
def test_actions_of_others_are_named_by_commit(path: Path) -> None:
    used = re.findall(r"uses:\s*(\S+)", path.read_text(encoding="utf-8"))

    assert used
    assert [name for name in used if not re.search(r"@[0-9a-f]{40}$", name)] == []


@pytest.mark.parametrize(
    "tool",
    sorted(
        {
            name
            for path in SCRIPTS
            for name in re.findall(
                r"^\s*tools_pip_install ([\w-]+)", path.read_text("utf-8"), re.MULTILINE
            )
        }
    ),
)
def test_tools_that_scripts_fetch_are_pinned_with_hashes(tool: str) -> None:
    lock = ROOT / "requirements" / "tools" / f"{tool}.txt"
    pinned = [row for row in lock.read_text("utf-8").split("\n") if "==" in row]

    assert pinned
    assert lock.read_text("utf-8").count("--hash=sha256:") >= len(pinned)
