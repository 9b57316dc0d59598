"""The check of names in the documentation finds what is not there."""

from pathlib import Path

from tools.docs_names import ROOT, wrong_names


def project(folder: Path, page: str) -> Path:
    source = folder / "custom_components" / "ev_lb"
    source.mkdir(parents=True)
    (source / "there.py").write_text("x = logging.getLogger(__name__)\n", "utf-8")
    (source / "log.py").write_text(
        'x = logging.getLogger("custom_components.ev_lb.decisions")\n', "utf-8"
    )
    (folder / "docs").mkdir()
    (folder / "docs" / "page.md").write_text(page, "utf-8")
    return folder


def test_a_file_that_is_not_there_is_found(tmp_path: Path) -> None:
    root = project(tmp_path, "`there.py`, `engine/gone.py`, `families/<family>.py`\n")
    assert wrong_names(root) == ["docs/page.md: there is no file engine/gone.py"]


def test_a_logger_under_which_nothing_is_logged_is_found(tmp_path: Path) -> None:
    rows = ["there", "decisions", "gone"]
    page = "".join(f"| `custom_components.ev_lb.{name}` | debug |\n" for name in rows)
    assert wrong_names(project(tmp_path, page)) == [
        "docs/page.md: nothing is logged as custom_components.ev_lb.gone"
    ]


def test_our_own_pages_name_what_is_there() -> None:
    assert wrong_names(ROOT) == []
