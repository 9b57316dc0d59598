"""Every run tries the same random examples, whatever else runs beside it."""

from pathlib import Path
import subprocess
import sys

ROOT = Path(__file__).parent.parent
PROPERTY = """\
import sys

from hypothesis import given, strategies as st

from tests.searching import load_profile

load_profile()
drawn = []


@given(st.lists(st.integers(-1000, 12000), min_size=5))
def draw(numbers):
    drawn.append(numbers)


for name in sys.argv[1:]:
    __import__(name)
draw()
print(drawn)
"""


def drawn(tmp_path: Path, *modules: str) -> str:
    """Return the examples of a property while these modules are imported."""
    path = tmp_path / "drawing.py"
    path.write_text(PROPERTY, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(path), *modules],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_examples_do_not_depend_on_what_is_imported(tmp_path: Path) -> None:
    alone = drawn(tmp_path)
    assert alone.count(",") > 50
    assert drawn(tmp_path, "benchmarks.drill") == alone
