"""The workflows of this repository, and those that `wardround init` writes, satisfy three linters and some rules of our own."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from wardround.proc import Command, Finished, run
from wardround.project.forge_section import ForgeSection
from wardround.scaffold.forge_text import forge_files

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
#: Each finding of zizmor that is let pass: file, audit. An explanation must stand behind each.
IGNORED = [("publish.yml", "adhoc-packages"), ("publish.yml", "dangerous-triggers")]
_IGNORE = re.compile(r"# zizmor: ignore\[(?P<audits>[a-z-]+(?:, ?[a-z-]+)*)\](?P<why>.*)$", re.MULTILINE)
WRITTEN = {
    "default": ForgeSection(),
    "app": ForgeSection(lock="app"),
    "hospital": ForgeSection(lock="app", runner=("self-hosted", "hospital"), environment="clinical-data"),
    "identity": ForgeSection(environment="clinical-data", identity="aws"),
}


@pytest.fixture(scope="module", params=["own", *WRITTEN])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with `.github/`: this repository, or what init writes."""
    if request.param == "own":
        return ROOT
    root: Path = tmp_path_factory.mktemp(request.param)
    for name, text in forge_files("sepsis", WRITTEN[request.param]).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def _workflows(place: Path) -> list[Path]:
    found = sorted((place / ".github" / "workflows").glob("*.yml"))
    assert {"review.yml", "publish.yml"} <= {path.name for path in found}
    return found


def _lint(program: str, *args: object) -> Finished:
    return run(Command([str(BIN / program), *map(str, args)], cwd=ROOT, timeout=120))


def test_zizmor_finds_nothing_but_explained_ignores(place: Path) -> None:
    done = _lint(
        "zizmor",
        "--persona=pedantic",
        "--offline",
        "--no-exit-codes",
        "--no-config",
        "--format=json",
        place / ".github",
    )
    assert done.ok, done.err
    findings = json.loads(done.out)
    assert not findings, [(one["ident"], one["locations"][0]["symbolic"]["key"]) for one in findings]
    said = [
        (path.name, audit, match["why"])
        for path in _workflows(place)
        for match in _IGNORE.finditer(path.read_text(encoding="utf-8"))
        for audit in re.split(r", ?", match["audits"])
    ]
    assert sorted(item[:2] for item in said) == IGNORED
    assert all(len(why.split()) >= 4 for *_, why in said), "say why"
    told = _lint("zizmor", "--color=never", "--persona=pedantic", "--offline", "--no-config", place / ".github")
    counted = re.search(r"\((\d+) ignored\b", told.out + told.err)
    assert counted is not None
    assert int(counted[1]) == len(IGNORED), "every ignore hides a finding, or goes"


def test_zizmor_would_find_something(tmp_path: Path) -> None:
    """Without its ignores, publish.yml is found: the linter is really asked."""
    text = _IGNORE.sub("", (ROOT / ".github/workflows/publish.yml").read_text(encoding="utf-8"))
    (tmp_path / "publish.yml").write_text(text, encoding="utf-8")
    done = _lint(
        "zizmor", "--persona=pedantic", "--offline", "--no-exit-codes", "--format=json", tmp_path / "publish.yml"
    )
    assert {one["ident"] for one in json.loads(done.out)} == {audit for _, audit in IGNORED}


def test_the_schemas_hold(place: Path) -> None:
    done = _lint("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *_workflows(place))
    assert done.ok, done.out
    done = _lint("check-jsonschema", "--builtin-schema", "vendor.dependabot", place / ".github" / "dependabot.yml")
    assert done.ok, done.out


def test_actionlint_is_clean(place: Path, tmp_path: Path) -> None:
    # labels of one's own runners are declared, as actionlint wants it
    (tmp_path / "actionlint.yaml").write_text("self-hosted-runner: {labels: [hospital]}\n")
    done = _lint("actionlint", "-config-file", tmp_path / "actionlint.yaml", "-no-color", *_workflows(place))
    assert done.ok, done.out


def _runs(path: Path) -> Iterator[str]:
    for job in YAML(typ="safe").load(path)["jobs"].values():
        yield from (step["run"] for step in job["steps"] if "run" in step)


def test_steps_are_one_command_and_see_no_expression(place: Path) -> None:
    """A run is one command; only the install of the light packages, in two workflows, is two: select, install."""
    longer = []
    for path in _workflows(place):
        for text in _runs(path):
            assert "${{" not in text, f"{path.name}: {text}"
            assert not re.search(r"&&|\|\||;|`|\$\(|\beval\b", text), (
                f"{path.name}: logic belongs into a command: {text}"
            )
            if len(text.strip().splitlines()) > 1:
                longer.append(text)
    assert len(longer) <= 2
    assert len(set(longer)) <= 1
    assert all("light.py" in text and len(text.strip().splitlines()) == 2 for text in longer)


def test_nobody_but_the_trusted_jobs_sees_a_secret(place: Path) -> None:
    """The App's key lies in jobs of publish.yml alone, each in a named environment; review.yml has no secret and writes nothing."""
    review = YAML(typ="safe").load(place / ".github/workflows/review.yml")
    assert "secrets." not in json.dumps(review)
    writing = {(name, grant) for name, job in review["jobs"].items() for grant, level in job["permissions"].items() if level != "read"}  # fmt: skip
    identity = {("branch", "id-token")} if place.name.startswith("identity") else set()
    assert writing == identity, "a fork has no identity, and nobody writes"
    publish = YAML(typ="safe").load(place / ".github/workflows/publish.yml")
    holding = {name: job for name, job in publish["jobs"].items() if "secrets.WARDROUND_APP_KEY" in json.dumps(job)}
    assert set(holding) == {"publish", "lock"}
    assert all(job["environment"]["deployment"] is False and job["environment"]["name"] for job in holding.values())
    for step in holding["publish"]["steps"]:
        if "wardround ci" in step.get("run", ""):
            assert step["env"]["GITHUB_TOKEN"].startswith("${{ steps.app.outputs.token ||"), "the App sets the status"


def test_publishing_waits_for_no_other_review(place: Path) -> None:
    """Of those that wait in a group the forge keeps one, the last that came, which may be about an older commit."""
    workflow = YAML(typ="safe").load((place / ".github" / "workflows" / "publish.yml").read_text(encoding="utf-8"))
    assert workflow["concurrency"] == {
        "group": "publish-${{ github.event.workflow_run.id }}",
        "cancel-in-progress": False,
    }
    assert all("concurrency" not in job for job in workflow["jobs"].values())


def test_grants_are_explained(place: Path) -> None:
    for path in _workflows(place):
        for line in path.read_text(encoding="utf-8").splitlines():
            if re.match(r" +[a-z-]+: (read|write)\b", line) and "permission-" not in line:
                assert re.search(r"# \w+", line), f"{path.name}: why? {line.strip()}"


def test_what_init_writes_is_for_those_params(place: Path) -> None:
    if place == ROOT:
        return
    review = YAML(typ="safe").load(place / ".github/workflows/review.yml")["jobs"]
    lock = YAML(typ="safe").load(place / ".github/workflows/publish.yml")["jobs"]["lock"]
    text = "".join(path.read_text() for path in _workflows(place))
    assert "root only" not in text
    assert "--editable" not in text
    if place.name.startswith("hospital"):
        assert review["branch"]["runs-on"] == lock["runs-on"] == ["self-hosted", "hospital"]
        assert review["branch"]["environment"]["name"] == lock["environment"]["name"] == "clinical-data"
        assert (review["fork"]["runs-on"], "environment" in review["fork"]) == ("ubuntu-24.04", False), (
            "a fork stays outside"
        )
    elif place.name.startswith("identity"):
        told = {"WARDROUND_IDENTITY": "aws", "AWS_ROLE_ARN": "${{ vars.AWS_ROLE_ARN }}", "AWS_DEFAULT_REGION": "${{ vars.AWS_DEFAULT_REGION }}"}  # fmt: skip
        assert review["branch"]["env"] == lock["env"] == told
        assert review["branch"]["environment"]["name"] == lock["environment"]["name"] == "clinical-data"
        assert "env" not in review["fork"], "a fork stays outside"
    else:
        assert review["branch"]["runs-on"] == "ubuntu-24.04"
        assert lock["environment"]["name"] == "wardround"
