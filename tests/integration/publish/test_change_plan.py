"""Change control on the forge: who classifies, what is asked for, and what does not count. The pull request's own run is not believed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import hospital as rig
import pytest

from wardround.flows.publish.change import Controlled, controlled
from wardround.flows.publish.subject import subject
from wardround.flows.publish.trusted import projects
from wardround.gate.plan.schema import FILE
from wardround.sandbox.model import Label, Review
from wardround.values import Verdict


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Hospital]:
    """A hospital with a change plan, whose params ask for a label and a reviewer where a change is outside of it."""
    with rig.opened(tmp_path_factory.mktemp("planned")) as made:
        params = made.tree / "params.yaml"
        text = params.read_text(encoding="utf-8")
        asked = "change: {label: outside-plan, reviewers: [clara, Ada]}"
        text = text.replace("gate:\n", f"gate:\n  {asked}\n") if "gate:\n" in text else f"{text}gate:\n  {asked}\n"
        params.write_text(text, encoding="utf-8")
        plan = made.tree / FILE
        plan.parent.mkdir()
        plan.write_bytes((Path(__file__).parents[3] / FILE).read_bytes())
        rig.git(made.tree, "add", "-A")
        rig.git(made.tree, "commit", "-qm", "A change plan")
        head = made.commit(made.bare().branch("main"), {"params.yaml": text.encode(), FILE: plan.read_bytes()})
        made.push("main", head)
        made.sandbox.create_user("clara")
        for name in ("outside-plan", "other"):
            made.store.put(Label(id=made.store.next_id(), repository=rig.REPO, name=name, color="ededed"))
        yield made


def asked(planned: rig.Hospital, change: rig.Change) -> Controlled:
    with planned.request(planned.run(change)) as request:
        about = subject(request.forge, request.run, "main")
        (project,) = projects(planned.tree)
        return controlled(request, about, project)


def label(planned: rig.Hospital, change: rig.Change, *names: str) -> None:
    planned.store.put(dataclasses.replace(planned.pull(change.number), labels=names))


def review(planned: rig.Hospital, change: rig.Change, who: str, state: str = "APPROVED", sha: str = "") -> None:
    number = planned.store.next_id()
    planned.store.put(
        Review(number, rig.REPO, change.number, who, state, sha or change.head, "", "2026-05-04T12:00:00Z")
    )


def params(planned: rig.Hospital, old: str, new: str) -> dict[str, bytes | None]:
    text = (planned.tree / "params.yaml").read_text(encoding="utf-8")
    assert old in text
    return {"params.yaml": text.replace(old, new).encode()}


def test_a_change_inside_the_plan_is_asked_nothing(planned: rig.Hospital) -> None:
    change = planned.change(params(planned, "thresholds: [0.4]", "thresholds: [0.3, 0.1]"))
    assert asked(planned, change) == Controlled()


@pytest.mark.parametrize(
    "files",
    [
        {"pipelines/features.py": b"# other\n"},
        {FILE: b"schema_version: 1\n"},
        {"requirements.lock": b"other==1\n"},
        {"params.yaml": None},
        {"docs/index.md": b"# Other\n", "pipelines/codes.csv": b"a\n"},
    ],
    ids=["a feature", "the plan itself", "the lock of packages", "no params", "a list of codes beside prose"],
)
def test_a_change_outside_lacks_both(planned: rig.Hospital, files: dict[str, bytes | None]) -> None:
    found = asked(planned, planned.change(files))
    assert not found.settled
    (note,) = found.notes
    assert note.id == "publish.plan"
    assert "gate.change.label" in note.summary
    assert "gate.change.reviewers" in note.summary


def test_a_threshold_beyond_its_limits_is_outside(planned: rig.Hospital) -> None:
    assert asked(planned, planned.change(params(planned, "thresholds: [0.4]", "thresholds: [0.5]"))).notes


def test_label_and_approval_of_this_commit_settle_it(planned: rig.Hospital) -> None:
    change = planned.change({"pipelines/features.py": b"# settled\n"})
    label(planned, change, "outside-plan", "other")
    assert asked(planned, change).notes
    review(planned, change, "clara")
    assert asked(planned, change) == Controlled(settled=True)


@pytest.mark.parametrize(
    ("who", "state", "sha"),
    [
        ("ada", "APPROVED", ""),
        ("eve", "APPROVED", ""),
        ("clara", "COMMENTED", ""),
        ("clara", "DISMISSED", ""),
        ("clara", "APPROVED", "5" * 40),
    ],
    ids=["the author, though named", "somebody who is not named", "a comment", "dismissed", "another commit"],
)
def test_what_does_not_count_as_an_approval(planned: rig.Hospital, who: str, state: str, sha: str) -> None:
    change = planned.change({"pipelines/features.py": f"# {who} {state} {sha}\n".encode()})
    label(planned, change, "outside-plan")
    review(planned, change, who, state, sha)
    (note,) = asked(planned, change).notes
    assert "gate.change.label" not in note.summary


def test_an_approval_that_was_taken_back_does_not_count(planned: rig.Hospital) -> None:
    change = planned.change({"pipelines/features.py": b"# taken back\n"})
    label(planned, change, "outside-plan")
    review(planned, change, "clara")
    review(planned, change, "clara", "CHANGES_REQUESTED")
    assert asked(planned, change).notes


def test_a_run_that_calls_an_outside_change_inside_is_not_believed(planned: rig.Hospital) -> None:
    """Evidence in which every rule passes, of a change that the trusted side finds outside: the status fails."""
    change = planned.change({"pipelines/features.py": b"# a lie\n"})
    planned.publish(planned.reviewed(change))
    state, said = planned.statuses(change.head)[rig.CONTEXT]
    assert state == "failure"
    assert "outside of the change plan" in said


def test_with_label_and_approval_the_status_succeeds_though_the_run_could_not_tell(planned: rig.Hospital) -> None:
    change = planned.change({"pipelines/features.py": b"# agreed\n"})
    run = planned.reviewed(change, {"change.plan": Verdict.CANNOT_TELL})
    planned.publish(run)
    assert planned.statuses(change.head)[rig.CONTEXT][0] == "failure"
    label(planned, change, "outside-plan")
    review(planned, change, "clara")
    planned.publish(run)
    assert planned.statuses(change.head)[rig.CONTEXT][0] == "success"


def test_what_else_blocks_still_blocks(planned: rig.Hospital) -> None:
    change = planned.change({"pipelines/features.py": b"# worse\n"})
    label(planned, change, "outside-plan")
    review(planned, change, "clara")
    planned.publish(planned.reviewed(change, {"performance.floor": Verdict.REFUSE}))
    assert planned.statuses(change.head)[rig.CONTEXT] == ("failure", "refuse: performance.floor")
