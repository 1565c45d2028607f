"""``wardround dashboard`` of a real repository: stages by its tags, looks by its history, open proposals by the forge."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from watched_ward import Ward, git, ward

from wardround.cli.dashboard import command
from wardround.errors import GovernanceFinding, UsageError
from wardround.flows.dashboard import DashboardRequest, dashboard
from wardround.flows.monitor.run import monitor
from wardround.sandbox.events import Actor
from wardround.sandbox.operations import NewPull, open_pull
from wardround.sandbox.server import Sandbox

REPO = "hospital/tiny"


@pytest.fixture
def quiet(tmp_path: Path) -> Ward:
    """A project without an answer and without a tag."""
    made = ward(tmp_path / "clinic")
    made.outcomes()
    return made


def request(place: Ward, **more: Any) -> DashboardRequest:
    return DashboardRequest(place.root, place.root.parent / "site", **more)


def test_a_model_that_was_never_looked_at_is_shown_as_such(quiet: Ward) -> None:
    made = dashboard(request(quiet))
    (model,) = made.models
    assert (model.name, model.severity, model.due, model.proposals) == ("tiny", "never", None, None)
    assert "Never watched" in (made.place / "index.html").read_text("utf-8")


def test_a_text_that_names_a_patient_makes_no_site(quiet: Ward) -> None:
    path = quiet.root / "params.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("Return to the clinic", "For SSN 212-34-" + "5678"), "utf-8")
    with pytest.raises(GovernanceFinding, match="identifier of a patient") as refused:
        dashboard(request(quiet))
    assert "212-34" not in repr(refused.value.problems)
    assert not (quiet.root.parent / "site").exists()


@pytest.mark.slow
def test_looks_and_stages_are_those_of_the_branch_and_the_tags(quiet: Ward, capsys: pytest.CaptureFixture[str]) -> None:
    first = monitor(quiet.request(32))
    monitor(quiet.request(33))
    place = quiet.root.parent / "pages"
    command.main(["--project", str(quiet.root), "--out", str(place), "--json"], standalone_mode=False)
    told = json.loads(capsys.readouterr().out)
    assert told["models"] == [{"project": "tiny", "severity": "warning", "looks": 2}]
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    command.main(["--project", str(quiet.root), "--out", str(place), "--quiet"], standalone_mode=False)
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
    assert first.watch.until in (place / "model-tiny.html").read_text("utf-8")


def test_params_that_are_wrong_are_said_and_no_site_is_written_without_the_model(quiet: Ward) -> None:
    first = dashboard(request(quiet))
    before = (first.place / "index.html").read_bytes()
    text = (quiet.root / "params.yaml").read_text("utf-8")
    (quiet.root / "params.yaml").write_text(text + "nonsense: 1\n", "utf-8")
    other = quiet.root / "projects" / "other"
    other.mkdir(parents=True)
    (other / "params.yaml").write_text("project: {}\n")
    (other / "dvc.yaml").write_text("stages: {}\n")
    git(quiet.root, "add", "projects")
    with pytest.raises(UsageError) as wrong:
        command.main(["--project", str(quiet.root), "--out", str(first.place), "--quiet"], standalone_mode=False)
    said = {problem.where for problem in wrong.value.problems}
    assert any("nonsense" in where or "params.yaml" in where for where in said)
    assert any("projects/other" in where for where in said)
    assert (first.place / "index.html").read_bytes() == before


@pytest.mark.parametrize("others", [(), ("index.html",)], ids=["files", "another site"])
def test_a_directory_with_something_else_is_not_replaced(quiet: Ward, others: tuple[str, ...]) -> None:
    place = quiet.root.parent / "site"
    place.mkdir()
    for name in ("thesis.txt", *others):
        (place / name).write_text("years of work")
    with pytest.raises(UsageError, match="would be replaced"):
        dashboard(request(quiet))
    assert (place / "thesis.txt").read_text() == "years of work"


@pytest.mark.slow
def test_open_proposals_are_asked_of_the_forge(quiet: Ward, tmp_path: Path) -> None:
    git(quiet.root, "switch", "-qc", "retrain/tiny")
    git(quiet.root, "commit", "-q", "--allow-empty", "-m", "Recalibrate")
    git(quiet.root, "switch", "-q", "main")
    with Sandbox(tmp_path / "sandbox") as sandbox:
        sandbox.create_repository(*REPO.split("/"), from_path=quiet.root)
        asked = NewPull(REPO, "Recalibrate <tiny>", REPO, "retrain/tiny", "main")
        pull = open_pull(sandbox.world, asked, Actor("hospital"))
        clone = tmp_path / "clone"
        subprocess.run(["git", "clone", "-q", str(quiet.root), str(clone)], check=True)
        token = sandbox.world.tokens.run(REPO, {"contents": "read", "pull-requests": "read"})
        env = {
            "GITHUB_REPOSITORY": REPO,
            "GITHUB_API_URL": sandbox.api_url,
            "GITHUB_TOKEN": token,
            "GITHUB_ACTIONS": "true",
        }
        made = dashboard(DashboardRequest(clone, tmp_path / "site", env=env))
    (model,) = made.models
    assert model.proposals is not None
    assert [(item.kind, item.number) for item in model.proposals] == [("retraining", pull.number)]
    page = (made.place / "model-tiny.html").read_text("utf-8")
    assert "Recalibrate &lt;tiny&gt;" in page
    # the forge has ended meanwhile: that is no repository without proposals, and it was asked
    down = dashboard(DashboardRequest(clone, tmp_path / "site", env=env))
    assert (down.models[0].proposals, down.models[0].unanswered) == (None, True)
    env.pop("GITHUB_TOKEN")
    (model,) = dashboard(DashboardRequest(clone, tmp_path / "site", env=env)).models
    assert (model.proposals, model.unanswered) == (None, False)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", " JavaScript:x", "java\nscript:x", "data:text/html,x", "ftp://host/x"]
)
def test_an_address_that_runs_something_is_refused(quiet: Ward, address: str) -> None:
    with pytest.raises(UsageError, match="no address of a site"):
        dashboard(request(quiet, address=address))
    assert not (quiet.root.parent / "site").exists()


@pytest.mark.parametrize(
    "address", ["https://wards.example/x", "http://localhost:8000", "file:///srv/site", "../site", "/x"]
)
def test_an_address_of_a_site_stands_in_the_feed(quiet: Ward, address: str) -> None:
    made = dashboard(request(quiet, address=address))
    assert f"{address}/" in (made.place / "feed.xml").read_text("utf-8")
