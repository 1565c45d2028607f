"""Which projects a change touches: the same answer in the untrusted and the trusted half, and never too few."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.project.scope import inputs_of, key, projects_of, touched

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / ".github" / "scripts" / "scope.py"
PROJECTS = (".", "projects/x", "projects/xy")


def test_the_script_is_the_module() -> None:
    assert SCRIPT.read_bytes() == (ROOT / "src/wardround/project/scope.py").read_bytes()


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([], ()),
        (["README.md", "docs/a.md", "docs/conf.py", "governance/owners.yaml", "deploy/prod.yaml", "tests/t.py"], ()),
        ([".github/workflows/review.yml"], ()),
        (["params.yaml"], (".",)),
        (["pipelines/features.py"], (".",)),
        (["dvc.lock"], (".",)),
        (["projects/x/dvc.yaml"], ("projects/x",)),
        (["projects/xy/dvc.yaml"], ("projects/xy",)),
        (["projects/x/docs/a.md", "projects/xy/README.md"], ()),
        (["projects/xyz/params.yaml"], ()),
        (["projects"], (".",)),
        (["src/wardround/gate/engine.py"], PROJECTS),
        (["src/other/thing.py"], (".",)),
        (["requirements.lock"], PROJECTS),
        ([".dvc/config"], PROJECTS),
        (["pyproject.toml"], PROJECTS),
        (["docs/requirements.lock"], ()),
        (["NOTES.txt", "flow.svg"], ()),
        (["pipelines/notes.md", "projects/x/pipelines/codes.txt"], (".", "projects/x")),
        (["data/legend.png"], (".",)),
        ([".gitattributes"], PROJECTS),
        (["projects/.dvcignore"], PROJECTS),
    ],
)
def test_touched(paths: list[str], expected: tuple[str, ...]) -> None:
    assert touched(paths, PROJECTS) == expected


def test_what_leaves_a_pipeline_touches_it() -> None:
    """A file moved from `pipelines/` to `docs/`: the paths of both names are asked, as git names them without renames."""
    assert touched(["docs/features.py", "pipelines/features.py"], PROJECTS) == (".",)
    assert touched(["docs/features.py"], PROJECTS) == ()


def test_projects_of() -> None:
    paths = ["params.yaml", "dvc.yaml", "projects/b/params.yaml", "projects/b/dvc.yaml", "projects/a/dvc.yaml"]
    deeper = [
        "projects/b/inner/params.yaml",
        "projects/b/inner/dvc.yaml",
        "elsewhere/params.yaml",
        "elsewhere/dvc.yaml",
    ]
    assert projects_of(paths + deeper) == (".", "projects/b")
    assert projects_of([*deeper]) == ()
    assert [key(project) for project in (".", "", "projects/b")] == ["root", "root", "b"]


names = st.text(st.sampled_from("abxy._-é \n"), min_size=1, max_size=6).filter(lambda name: name not in {".", ".."})
places = st.sampled_from(
    ["", "pipelines/", "docs/", "projects/x/", "projects/xy/", "projects/x/docs/", "src/wardround/", "src/"]
)
paths = st.builds(lambda place, name: place + name, places, names) | st.sampled_from(
    ["params.yaml", "dvc.lock", "requirements.lock", "README.md", "projects/x/params.yaml"]
)


@given(some=st.lists(paths, max_size=6), more=st.lists(paths, max_size=6))
def test_more_paths_never_touch_fewer(some: list[str], more: list[str]) -> None:
    assert set(touched(some, PROJECTS)) <= set(touched([*some, *more], PROJECTS))


@given(changed=st.lists(paths, max_size=6), order=st.permutations(PROJECTS))
def test_each_project_is_asked_alone(changed: list[str], order: list[str]) -> None:
    """The answer for one project does not depend on which others there are, nor on the order of paths."""
    alone = tuple(project for project in order if touched(changed, [project]))
    assert touched(changed, order) == touched(changed[::-1], order) == alone


@given(name=names)
def test_a_file_of_a_project_touches_it_or_is_quiet(name: str) -> None:
    found = touched([f"projects/x/{name}"], PROJECTS)
    assert found == ("projects/x",) or name.endswith((".md", ".txt", ".rst", ".svg", ".png"))
    assert touched([f"projects/x/pipelines/{name}"], PROJECTS) == ("projects/x",)


PIPELINE = """stages:
  # docs/comment.md
  features:
    desc: as docs/words.md says
    cmd: python tests/helpers/run.py
    deps: [pipelines/features.py, 'docs/my codes.csv', ../../shared/codes.csv]
    params:
      - ../../common.yaml: [features]
    outs:
    - governance/table.csv:
        cache: false
"""


def test_what_the_pipeline_names_or_links_to_touches_it(tmp_path: Path) -> None:
    """Wherever it lies; comments and descriptions name nothing."""
    place = tmp_path / "projects" / "x"
    (place / "pipelines").mkdir(parents=True)
    (place / "dvc.yaml").write_text(PIPELINE, encoding="utf-8")
    (place / "params.yaml").symlink_to("../../settings/x.yaml")
    (place / "pipelines" / "codes").symlink_to("../docs/codes")
    inputs = {"projects/x": inputs_of(tmp_path, "projects/x"), ".": inputs_of(tmp_path, ".")}
    named = [
        "projects/x/tests/helpers/run.py",
        "projects/x/docs/my codes.csv",
        "shared/codes.csv",
        "common.yaml",
        "projects/x/governance/table.csv",
        "settings/x.yaml",
        "projects/x/docs/codes/icd.csv",
    ]
    for path in named:
        assert (path, touched([path], ["projects/x"], inputs)) == (path, ("projects/x",))
        assert touched([path], ["projects/x", "projects/y"]) == ()
    for path in (
        "projects/x/docs/comment.md",
        "projects/x/docs/words.md",
        "shared/codes.csv.md",
        "projects/y/docs/codes",
    ):
        assert (path, touched([path], ["projects/x"], inputs)) == (path, ())
    assert _script(tmp_path, b"shared/codes.csv\0") == 'projects=[{"path": "projects/x", "key": "x"}]\n'


def _script(directory: Path, changed: bytes) -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT)],
        cwd=directory,
        input=changed,
        capture_output=True,
        timeout=60,
        check=True,
    )
    return done.stdout.decode()


def test_the_script_needs_python_alone(tmp_path: Path) -> None:
    """Without site-packages; a name with a line break or a byte that is no text cannot add an output of its own."""
    for name in ("params.yaml", "dvc.yaml", "projects/x/params.yaml", "projects/x/dvc.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    said = _script(tmp_path, b"projects/x/a\nprojects=[]\xff\0README.md\0")
    assert said == 'projects=[{"path": "projects/x", "key": "x"}]\n'
    assert json.loads(_script(tmp_path, b"docs/a.md\0").removeprefix("projects=")) == []
