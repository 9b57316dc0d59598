"""The rooms of the design: who may import whom, and how long a file may be."""

import ast
from collections.abc import Iterator
from pathlib import Path
import re

import pytest

ROOT = Path(__file__).parent.parent
INTEGRATION = ROOT / "custom_components" / "ev_lb"
PACKAGE = "custom_components.ev_lb"
MAXIMUM_LINES = 450

# Everything else reads a clock, draws at random, does I/O or keeps state.
ENGINE_STANDARD_LIBRARY = frozenset(
    {
        "abc",
        "bisect",
        "collections",
        "dataclasses",
        "enum",
        "fractions",
        "functools",
        "heapq",
        "itertools",
        "math",
        "operator",
        "types",
        "typing",
    }
)
ENGINE_FORBIDDEN_CALLS = frozenset(
    {"__import__", "breakpoint", "eval", "exec", "input", "open", "print"}
)
# The stages of a decision, in their order: each imports only those before it.
STAGES = (
    "model",
    "wakeups",
    "topology",
    "estimation",
    "demand",
    "constraints",
    "allocation",
    "setpoint",
    "report",
)
# These know the vocabulary of the engine and nothing else of the project; prices know
# what a plan is made of, too.
SIDE_ROOMS = frozenset({"accounting", "chargers", "meters", "prices", "simulation"})
# The only places that ask the engine for decisions: now, and of recorded history.
ENGINE_USERS = frozenset({"control/engine_session", "replay/reliving"})
# The only place that asks for plans.
PLANNERS = frozenset({"control/planner", "control/wishes"})
# What keeps the engine's data on the disk, as documents.
KEEPERS = frozenset({"control/decision_notes"})
# What Home Assistant asks for by name, and what all rooms share.
ROOT_MODULES = frozenset(
    {
        "__init__",
        "binary_sensor",
        "button",
        "calendar",
        "config_flow",
        "const",
        "datetime",
        "diagnostics",
        "entity",
        "event",
        "number",
        "repairs",
        "runtime",
        "select",
        "services",
        "settings",
        "switch",
        "websocket_api",
    }
)


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def module_name(path: Path, root: Path = ROOT) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name: str, root: Path = ROOT) -> bool:
    path = root.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def imported_modules(path: Path, root: Path = ROOT) -> Iterator[tuple[int, str]]:
    """Yield line and full name of each module that a file imports, at any depth."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    package = module_name(path.parent / "__init__.py", root).split(".")
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *filter(None, [node.module])])
            for alias in node.names:
                submodule = f"{origin}.{alias.name}"
                yield node.lineno, submodule if is_module(submodule, root) else origin


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def objection(room: str, module: str) -> str | None:
    """Say what is wrong with an import from a room of the integration, if anything."""
    engine, model = f"{PACKAGE}.engine", f"{PACKAGE}.engine.model"
    if room == "planning":
        if is_within(module, engine) and not is_within(module, f"{engine}.planning"):
            if module not in {model, f"{engine}.topology"}:
                return "planning imports only engine.model, the fuse paths and itself"
            return None
        room = "engine"
    elif room == "engine" and is_within(module, f"{engine}.planning"):
        return "what decides does not plan"
    if room == "engine":
        if is_within(module, engine):
            return None
        if module.split(".", maxsplit=1)[0] in ENGINE_STANDARD_LIBRARY:
            return None
        return "the engine imports only itself and a few pure standard modules"
    if room in SIDE_ROOMS:
        if room == "simulation" and is_within(module, "homeassistant"):
            return "the simulation runs without Home Assistant"
        if not is_within(module, "custom_components"):
            return None
        if module == model or is_within(module, f"{PACKAGE}.{room}"):
            return None
        if room == "prices" and module in {
            f"{engine}.planning.forecast",
            f"{engine}.planning.request",
        }:
            return None
        return f"{room} imports only engine.model and itself"
    if room in KEEPERS and is_within(module, f"{engine}.codec"):
        return None
    if room in PLANNERS and module in {f"{engine}.codec", f"{engine}.planning"}:
        return None
    if room in PLANNERS and is_within(module, f"{engine}.planning"):
        return None
    if is_within(module, engine) and module != model and room not in ENGINE_USERS:
        return "only controller and replay ask the engine; others import engine.model"
    return None


def room_of(path: Path, integration: Path = INTEGRATION) -> str:
    parts = path.relative_to(integration).parts
    if parts[:2] == ("engine", "planning"):
        return "planning"
    name = path.relative_to(integration).with_suffix("").as_posix()
    if name in ENGINE_USERS | PLANNERS | KEEPERS:
        return name
    return parts[0].removesuffix(".py")


def forbidden_imports(root: Path = ROOT) -> list[str]:
    integration = root / "custom_components" / "ev_lb"
    return [
        f"{path.relative_to(root)}:{line} imports {module}: {why}"
        for path in sorted(integration.rglob("*.py"))
        for line, module in imported_modules(path, root)
        if (why := objection(room_of(path, integration), module))
    ]


def test_the_engine_is_there() -> None:
    names = {path.stem for path in (INTEGRATION / "engine").iterdir()}
    assert {"__init__", "model"} <= names


def test_the_root_holds_what_home_assistant_asks_for() -> None:
    assert {path.stem for path in INTEGRATION.glob("*.py")} == ROOT_MODULES


def test_imports_run_one_way() -> None:
    assert forbidden_imports() == []


def later_stages(root: Path = ROOT) -> list[str]:
    """Return each import by which a stage of a decision knows a later one."""
    engine = root / "custom_components" / "ev_lb" / "engine"
    found = []
    for path in sorted(engine.rglob("*.py")):
        stage = path.relative_to(engine).parts[0].removesuffix(".py")
        if stage not in STAGES:
            continue
        for line, module in imported_modules(path, root):
            other = module.removeprefix(f"{PACKAGE}.engine.").split(".")[0]
            if other in STAGES and STAGES.index(other) > STAGES.index(stage):
                found.append(f"{path.relative_to(root)}:{line} imports {module}")
    return found


def test_a_stage_knows_only_those_before_it() -> None:
    assert later_stages() == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from ..estimation.estimate import Estimate", 0),
        ("from . import modes", 0),
        ("from ..allocation.split import split", 1),
        ("from custom_components.ev_lb.engine.setpoint import pace", 1),
    ],
)
def test_a_later_stage_is_found(tmp_path: Path, source: str, found: int) -> None:
    engine = tmp_path / "custom_components" / "ev_lb" / "engine"
    for name in ("estimation/estimate", "demand/modes", "allocation/split"):
        (engine / name).parent.mkdir(parents=True, exist_ok=True)
        (engine / f"{name}.py").touch()
    (engine / "setpoint").mkdir()
    (engine / "demand" / "reach.py").write_text(source, encoding="utf-8")
    assert len(later_stages(tmp_path)) == found


def test_the_engine_calls_nothing_that_does_input_or_output() -> None:
    calls = [
        f"{path.relative_to(ROOT)}:{node.lineno} calls {node.func.id}"
        for path in python_files("custom_components/ev_lb/engine")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ENGINE_FORBIDDEN_CALLS
    ]
    assert calls == []


@pytest.mark.parametrize(
    ("file", "source", "refused"),
    [
        ("engine/constraints/limits.py", "import math", False),
        ("engine/constraints/limits.py", "from ..model import Site", False),
        ("engine/constraints/limits.py", "from collections.abc import Mapping", False),
        ("engine/constraints/limits.py", "import time", True),
        ("engine/constraints/limits.py", "import logging", True),
        (
            "engine/constraints/limits.py",
            "from homeassistant.core import callback",
            True,
        ),
        ("engine/constraints/limits.py", "from ...const import DOMAIN", True),
        ("engine/constraints/limits.py", "def f():\n    import random", True),
        ("engine/constraints/limits.py", "from ..planning import plan", True),
        ("engine/planning/plan.py", "from ..model import Site", False),
        ("engine/planning/plan.py", "from . import fill", False),
        ("engine/planning/plan.py", "from ..decide import decide", True),
        ("engine/planning/plan.py", "import time", True),
        ("meters/sensor.py", "from ..engine.model import Site", False),
        ("meters/sensor.py", "from ..engine import model", False),
        ("meters/sensor.py", "from homeassistant.core import callback", False),
        ("meters/sensor.py", "from . import known", False),
        ("meters/sensor.py", "from ..engine.constraints.limits import limits", True),
        ("meters/sensor.py", "from ..engine.constraints import limits", True),
        ("meters/sensor.py", "from ..control import controller", True),
        ("chargers/easee.py", "from ..meters import known", True),
        ("prices/rows.py", "from ..engine.planning.forecast import Price", False),
        ("prices/rows.py", "from ..engine.planning import plan", True),
        ("prices/rows.py", "from ..meters import known", True),
        ("meters/known.py", "from ..engine.planning.forecast import Price", True),
        (
            "simulation/car.py",
            "from custom_components.ev_lb.engine.model import A",
            False,
        ),
        ("simulation/car.py", "from homeassistant.core import callback", True),
        ("control/engine_session.py", "from ..engine.decide import decide", False),
        ("control/controller.py", "from ..meters import known", False),
        ("sensor/site.py", "from ..engine.model import Site", False),
        ("sensor/site.py", "from ..control.controller import Controller", False),
        ("sensor/site.py", "from ..engine.decide import decide", True),
        ("number.py", "from .engine import decide", True),
        ("__init__.py", "import custom_components.ev_lb.engine.decide", True),
    ],
)
def test_the_rule_tells_right_from_wrong(
    tmp_path: Path, file: str, source: str, refused: bool
) -> None:
    integration = tmp_path / "custom_components" / "ev_lb"
    for name in (
        "engine/model",
        "engine/decide",
        "engine/constraints/limits",
        "engine/planning/fill",
        "engine/planning/forecast",
        "meters/known",
    ):
        path = integration / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (integration / "control").mkdir()
    (integration / "control" / "controller.py").touch()
    path = integration / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    assert bool(forbidden_imports(tmp_path)) is refused


def names_defined_twice(root: Path = ROOT) -> dict[str, list[str]]:
    """Return each class name that stands in two files of one package."""
    integration = root / "custom_components" / "ev_lb"
    places: dict[str, list[str]] = {}
    for path in sorted(integration.rglob("*.py")):
        *folders, file = path.relative_to(integration).parts
        package = folders[0] if folders else "the root"
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                where = "/".join((*folders, file))
                places.setdefault(f"{package}: {node.name}", []).append(where)
    return {name: files for name, files in places.items() if len(files) > 1}


def test_no_class_name_stands_twice_in_a_package() -> None:
    assert names_defined_twice() == {}


def test_a_class_name_that_stands_twice_is_found(tmp_path: Path) -> None:
    for name in ("engine/model/state.py", "engine/plan.py", "meters/plan.py"):
        path = tmp_path / "custom_components" / "ev_lb" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("class Plan:\n    pass\n", encoding="utf-8")
    assert names_defined_twice(tmp_path) == {
        "engine: Plan": ["engine/model/state.py", "engine/plan.py"]
    }


# These hand the state of one decision to the next one, unread.
STATE_CARRIERS = frozenset({"control/engine_session.py", "replay/reliving.py"})


def readers_of_a_decisions_state(root: Path = ROOT) -> list[str]:
    """Return where a file outside the engine reads the state of a decision."""
    integration = root / "custom_components" / "ev_lb"
    found = []
    for path in sorted(integration.rglob("*.py")):
        name = path.relative_to(integration).as_posix()
        if name.startswith("engine/"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Attribute) and node.attr == "state"):
                continue
            owner = node.value
            called = owner.attr if isinstance(owner, ast.Attribute) else None
            called = owner.id if isinstance(owner, ast.Name) else called
            if called == "decision" and name not in STATE_CARRIERS:
                found.append(f"{name}:{node.lineno}")
    return found


def test_nobody_outside_the_engine_reads_its_state() -> None:
    assert readers_of_a_decisions_state() == []


@pytest.mark.parametrize(
    ("file", "source", "found"),
    [
        ("sensor/site.py", "a = decision.state.sun", 1),
        ("sensor/site.py", "a = controller.decision.state", 1),
        ("sensor/site.py", "a = hass.states.get(b).state", 0),
        ("control/engine_session.py", "state = decision.state", 0),
        ("engine/shadow.py", "a = decision.state.sun", 0),
    ],
)
def test_a_reader_of_the_engines_state_is_found(
    tmp_path: Path, file: str, source: str, found: int
) -> None:
    path = tmp_path / "custom_components" / "ev_lb" / file
    path.parent.mkdir(parents=True)
    path.write_text(source, encoding="utf-8")
    assert len(readers_of_a_decisions_state(tmp_path)) == found


def test_no_file_is_too_long_to_read() -> None:
    files = [
        path
        for folder in ("custom_components/ev_lb", "tools", "benchmarks", "scripts")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".js", ".ts", ".sh"} or path.parent.name == "scripts"
    ]
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in files
        if path.is_file()
    }
    assert lengths, "no file was found: this test looks in the wrong place"
    assert {
        name: length for name, length in lengths.items() if length > MAXIMUM_LINES
    } == {}


# The marks are put together so that this file does not find itself.
UNEXPLAINED = re.compile(r"#\s*(?:type:\s*ignore(?!\[)|no" + r"qa(?!:\s*[A-Z]+[0-9]+))")


def test_every_silenced_check_says_which() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in python_files("custom_components", "tools", "benchmarks", "tests")
        for number, line in enumerate(
            path.read_text(encoding="utf-8").splitlines(), start=1
        )
        if UNEXPLAINED.search(line)
    ]
    assert found == []
