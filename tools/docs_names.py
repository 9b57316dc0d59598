"""Finds source files and loggers that the documentation names and the project lacks."""

from pathlib import Path
import re
import sys

ROOT = Path(__file__).parent.parent
INTEGRATION = "custom_components/ev_lb"
FOLDERS = ("custom_components", "tools", "benchmarks", "tests", "scripts")
PAGES = ("README.md", "CONTRIBUTING.md", "docs/**/*.md")
# A placeholder such as <family>.py names no file; an address is served, not stored.
FILE = re.compile(r"(?<![\w./<>*:-])[\w-][\w./-]*\.(?:py|js|sh)\b")
LOGGER = re.compile(r"^\| `(custom_components\.[\w.]+)` \|", re.MULTILINE)
NAMED_LOGGER = re.compile(r'getLogger\("(custom_components\.[\w.]+)"\)')


def source_files(root: Path) -> list[str]:
    """Return the paths of all source files below a project's folder."""
    return [
        f"/{path.relative_to(root).as_posix()}"
        for folder in FOLDERS
        for path in (root / folder).rglob("*")
        if path.is_file()
    ]


def loggers(root: Path) -> set[str]:
    """Return the names of the loggers under which the integration logs."""
    found = set()
    for path in (root / INTEGRATION).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        if "getLogger(__name__)" in text:
            found.add(module)
        found.update(NAMED_LOGGER.findall(text))
    return found


def wrong_names(root: Path) -> list[str]:
    """Return one line for each name in the pages that stands for nothing."""
    files, known = source_files(root), loggers(root)
    wrong = []
    for page in sorted(path for pattern in PAGES for path in root.glob(pattern)):
        text = page.read_text(encoding="utf-8")
        place = page.relative_to(root).as_posix()
        wrong += [
            f"{place}: there is no file {name}"
            for name in sorted(set(FILE.findall(text)))
            if not any(path.endswith(f"/{name}") for path in files)
        ]
        wrong += [
            f"{place}: nothing is logged as {name}"
            for name in LOGGER.findall(text)
            if name not in known
        ]
    return wrong


def main() -> int:
    """Print what is wrong; return 1 if anything is."""
    wrong = wrong_names(ROOT)
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
