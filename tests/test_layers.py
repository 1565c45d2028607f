"""Imports only go down the layers, siblings of a layer do not import each other, and there is no cycle."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent / "src" / "wardround"

LAYERS = [
    {"errors", "values"},
    {"stats", "proc", "files", "client", "phi"},
    {"project", "evidence", "revision", "storage", "forge", "tables"},
    {"contract", "compare", "disclosure", "profile", "registry", "ledger"},
    {"stages", "gate", "scaffold", "monitoring", "release", "deploy", "card"},
    {"report", "service"},
    {"scoring"},
    {"flows"},
    {"cli"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
#: Within layer 0 and 1 the single modules build on each other; evidence is the vocabulary of its layer.
ALLOWED = {("proc", "files"), ("tables", "evidence"), ("tables", "project"), ("revision", "project")}
#: The one door of each heavy library: package -> the only places that may import it.
DOORS = {
    "pandera": ("contract",),
    "git": ("revision",),
    "github": ("forge",),
    "gto": ("registry",),
    "bentoml": ("release", "service"),
    "matplotlib": ("report/figures",),
    "presidio_analyzer": ("phi/language.py",),
    "spacy": ("phi/language.py",),
    "subprocess": ("proc.py",),
    "pickle": (),
    "cloudpickle": (),
    "dill": (),
}
#: Modules whose own imports must stay light, because every command starts through them.
LIGHT = (
    "cli",
    "errors.py",
    "values.py",
    "files.py",
    "proc.py",
    "flows/stage.py",
    "flows/versions.py",
    "stages/registry.py",
)
HEAVY = {
    "pandas",
    "numpy",
    "sklearn",
    "scipy",
    "pyarrow",
    "pandera",
    "matplotlib",
    "dvc",
    "git",
    "numba",
    "skops",
    "treelite",
    "rich",
    "pydantic",
}


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def imports(path: Path, *, top_level: bool = False) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level else ast.walk(tree)
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module == "wardround"}
    return found


def part(path: Path) -> str:
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def test_every_part_has_a_layer() -> None:
    known = set(LEVEL) | {"__init__", "__main__", "sandbox", "py"}
    assert {part(path) for path in modules()} <= known


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_go_down(path: Path) -> None:
    own = part(path)
    if own not in LEVEL:
        return
    for name in imports(path):
        if not name.startswith("wardround."):
            continue
        other = name.split(".")[1]
        if other == own or other not in LEVEL:
            continue
        allowed = LEVEL[other] < LEVEL[own] or (own, other) in ALLOWED
        assert allowed, f"{path.relative_to(ROOT)} (layer {LEVEL[own]}) imports {other} (layer {LEVEL[other]})"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_sandbox_stands_beside_the_tower(path: Path) -> None:
    if part(path) in {"sandbox", "cli"}:
        return
    of_sandbox = {
        name for name in imports(path) if name == "wardround.sandbox" or name.startswith("wardround.sandbox.")
    }
    assert not of_sandbox, f"{path.relative_to(ROOT)} imports {sorted(of_sandbox)}; only cli and tests may"


@pytest.mark.parametrize("path", sorted((ROOT / "sandbox").rglob("*.py")), ids=lambda path: path.name)
def test_the_sandbox_starts_without_its_extra(path: Path) -> None:
    extra = {"starlette", "uvicorn", "trustme", "jinja2", "markdown_it", "nh3", "mdit_py_plugins"}
    heavy = {name.split(".")[0] for name in imports(path, top_level=True)} & extra
    assert not heavy, (
        f"{path.relative_to(ROOT)} imports {sorted(heavy)} when it is loaded, so that the error cannot be explained"
    )


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_heavy_libraries_have_one_door(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    for name in imports(path):
        doors = DOORS.get(name.split(".")[0])
        if doors is not None:
            assert place.startswith(doors) if doors else False, f"{place} imports {name}; its door is {doors or 'none'}"


@pytest.mark.parametrize("place", LIGHT)
def test_starting_is_light(place: str) -> None:
    paths = [ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py"))
    for path in paths:
        heavy = {name.split(".")[0] for name in imports(path, top_level=True)} & HEAVY
        assert not heavy, f"{path.relative_to(ROOT)} imports {sorted(heavy)} when it is loaded"


def test_no_cycle_between_modules() -> None:
    graph = {}
    for path in modules():
        name = "wardround." + ".".join(path.relative_to(ROOT).with_suffix("").parts)
        graph[name.removesuffix(".__init__")] = {
            item for item in imports(path, top_level=True) if item.startswith("wardround")
        }
    state: dict[str, int] = {}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if state.get(name) == 2 or name not in graph:
            return
        assert state.get(name) != 1, f"a cycle: {' -> '.join((*trail, name))}"
        state[name] = 1
        for other in sorted(graph[name]):
            if not name.startswith(other + ".") and other != name:
                visit(other, (*trail, name))
        state[name] = 2

    for name in graph:
        visit(name, ())


def test_modules_are_small() -> None:
    large = {
        path.relative_to(ROOT).as_posix(): n for path in modules() if (n := len(path.read_text().splitlines())) > 250
    }
    assert not large, large
