"""Files below .github/ follow the installed Wardround and params, if Wardround wrote them; what people own stays."""

import json

import pytest
from git import Repo
from ruamel.yaml import YAML

from wardround.flows import forge_files
from wardround.flows.faults import edit_params
from wardround.project.forge_section import ForgeSection
from wardround.scaffold import forge_text

WORKFLOW, SCRIPT = ".github/workflows/publish.yml", ".github/scripts/light.py"


def project(place, name):
    place.mkdir(parents=True, exist_ok=True)
    text = f"project: {{name: {name}}}\ndata: {{source: synthetic, columns: {{outcome: y}}}}\n"
    (place / "params.yaml").write_text(text, encoding="utf-8")
    (place / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")


@pytest.fixture
def root(tmp_path):
    """A repository as `init` writes it, with one project at the top."""
    Repo.init(tmp_path).close()
    project(tmp_path, "sepsis")
    for name, text in forge_text.forge_files("sepsis", ForgeSection()).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def changed(root):
    return [one.path for one in forge_files.outdated(root)]


def test_what_init_wrote_is_up_to_date(root):
    assert changed(root) == []
    assert forge_files.bring_up_to_date(root) == ()


def test_an_edited_workflow_and_a_lost_script_come_back(root):
    path = root / WORKFLOW
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("timeout-minutes: 30", "timeout-minutes: 31"), encoding="utf-8")
    (root / SCRIPT).unlink()
    assert changed(root) == [WORKFLOW, SCRIPT]
    assert forge_files.bring_up_to_date(root) == (WORKFLOW, SCRIPT)
    assert path.read_text(encoding="utf-8") == text
    assert changed(root) == []


def test_params_reach_the_workflows(root):
    edit_params(root, {"forge": {"runner": ["hospital"], "environment": "data"}})
    assert ".github/workflows/review.yml" in forge_files.bring_up_to_date(root)
    text = (root / ".github/workflows/review.yml").read_text(encoding="utf-8")
    assert "runs-on: hospital # params: forge.runner" in text
    assert "name: data" in text


@pytest.mark.parametrize(("base", "named"), [("master", "master"), ("origin/trunk/1.x", "trunk/1.x"), ("a,b", "a,b")])
def test_what_is_merged_is_released_whatever_the_branch_is_called(root, base, named):
    edit_params(root, {"review": {"base": base}})
    found = forge_files.bring_up_to_date(root)
    assert found == (".github/workflows/release.yml", ".github/workflows/promote.yml")
    for name in found:
        text = (root / name).read_text(encoding="utf-8")
        assert YAML(typ="safe", pure=True).load(text)["on"]["push"]["branches"] == [named]
    assert changed(root) == []


def test_what_people_wrote_stays(root):
    for name in (WORKFLOW, ".github/workflows/review.yml", SCRIPT, ".github/CODEOWNERS", ".github/dependabot.yml"):
        (root / name).write_text("# ours\n", encoding="utf-8")
    (root / ".github/rulesets/main.json").write_text('{"name": "ours"}', encoding="utf-8")
    (root / ".github/rulesets/tags.json").write_text("no json", encoding="utf-8")
    assert changed(root) == []


def test_the_ruleset_names_every_project_and_keeps_the_pinned_app(root):
    path = root / forge_text.RULESET
    ruleset = json.loads(path.read_text(encoding="utf-8").replace("15368", "99"))
    ruleset["enforcement"] = "evaluate"
    path.write_text(json.dumps(ruleset), encoding="utf-8")
    assert changed(root) == []
    project(root / "projects" / "falls", "falls")
    assert forge_files.bring_up_to_date(root / "projects" / "falls") == (forge_text.RULESET,)
    found = json.loads(path.read_text(encoding="utf-8"))
    (checks,) = (rule["parameters"]["required_status_checks"] for rule in found["rules"] if "status" in rule["type"])
    assert checks == [
        {"context": "wardround/sepsis", "integration_id": 99},
        {"context": "wardround/falls", "integration_id": 99},
    ]
    assert found["enforcement"] == "evaluate"


TAGS, RECORDS = forge_text.RULESETS
APP = {"actor_id": 99, "actor_type": "Integration", "bypass_mode": "always"}


def test_who_may_pass_a_ruleset_by_stays(root):
    path = root / TAGS
    ruleset = json.loads(path.read_text(encoding="utf-8")) | {"bypass_actors": [APP]}
    path.write_text(json.dumps(ruleset, indent=4), encoding="utf-8")
    assert changed(root) == []
    path.write_text(json.dumps(ruleset | {"rules": []}), encoding="utf-8")
    assert forge_files.bring_up_to_date(root) == (TAGS,)
    assert json.loads(path.read_text(encoding="utf-8")) == ruleset
    assert changed(root) == []


def test_a_repository_from_before_the_records_had_a_ruleset_is_given_it(root):
    text = (root / RECORDS).read_text(encoding="utf-8")
    (root / RECORDS).unlink()
    assert forge_files.bring_up_to_date(root) == (RECORDS,)
    assert (root / RECORDS).read_text(encoding="utf-8") == text
    (root / RECORDS).unlink()
    (root / TAGS).unlink()
    assert changed(root) == [], "no ruleset here is ours"


def test_the_source_itself_is_left_alone(root):
    (root / "pyproject.toml").write_text('[project]\nname = "wardround"\n', encoding="utf-8")
    (root / WORKFLOW).write_text("# The trusted half\n", encoding="utf-8")
    assert changed(root) == []
