"""Publishing while others publish, push, close, delete and retarget; and runs that are not what they seem."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace

import evidence
import hospital as rig
import pytest
from hospital import CONTEXT, REPO

from wardround.errors import WardroundError
from wardround.flows.publish import comment as comments
from wardround.flows.publish import run as publishing
from wardround.forge.errors import CouldNotCheck
from wardround.sandbox.events import Actor
from wardround.sandbox.gitwrite import ZERO
from wardround.sandbox.merging import QUEUE
from wardround.sandbox.model import Comment, Run, Status
from wardround.sandbox.operations import NewPull, open_pull, set_state
from wardround.sandbox.tokens import ACTIONS_BOT
from wardround.values import Verdict

REFUSE = {evidence.REFUSED: Verdict.REFUSE}
PASS, REFUSED = ("success", "pass: every rule passes"), ("failure", f"refuse: {evidence.REFUSED}")
UNTOUCHED = ("success", "not touched by this change")


@contextlib.contextmanager
def before(hospital, number: int, act: Callable[[], None]) -> Iterator[list[str]]:
    """``act`` happens when the sandbox has got so many requests and has not yet answered the next one."""
    seen: list[str] = []

    def meet(method: str, path: str) -> None:
        if not busy:
            seen.append(f"{method} {path}")
            if len(seen) == number + 1:
                busy.append(True)
                act()
                busy.clear()

    busy: list[bool] = []
    hospital.sandbox.calls.interceptors.append(meet)
    try:
        yield seen
    finally:
        hospital.sandbox.calls.interceptors.remove(meet)


def requests_of(hospital, run: int) -> int:
    """How many requests one first publish of it sends."""
    with before(hospital, -2, lambda: None) as seen:
        hospital.publish(run)
    return len(seen)


def test_whoever_is_overtaken_by_a_newer_run_sees_it(hospital):
    """At each request of an older run's publish, the newer run of the same commit is published whole."""
    change = hospital.change()
    older, newer = hospital.reviewed(change), hospital.reviewed(change, REFUSE)
    points = requests_of(hospital, older)
    assert hospital.statuses(change.head) == {CONTEXT: PASS}
    for number in range(points):
        hospital.forget(change)
        with before(hospital, number, lambda: hospital.publish(newer)):
            hospital.publish(older)
        (said,) = hospital.comments(change.number)
        assert (number, f"id={newer} " in said) == (number, True)
        assert (number, hospital.statuses(change.head)) == (number, {CONTEXT: REFUSED})


def test_an_older_run_that_finishes_last_says_nothing(hospital):
    change = hospital.change()
    older, newer = hospital.reviewed(change), hospital.reviewed(change, REFUSE)
    hospital.publish(newer)
    assert hospital.publish(older).reason == "a newer run has been published"
    (said,) = hospital.comments(change.number)
    assert f"id={newer} " in said
    assert hospital.statuses(change.head) == {CONTEXT: REFUSED}


def test_a_second_attempt_counts_with_its_own_evidence(hospital):
    change = hospital.change()
    run = hospital.reviewed(change)
    hospital.publish(run)
    again = replace(hospital.store.get(Run, REPO, run), attempt=2)
    hospital.store.put(again)
    hospital.upload(run, evidence.zipped(evidence.made(change.head, change.base, REFUSE)))
    hospital.publish(run)
    (said,) = hospital.comments(change.number)
    assert f"id={run} attempt=2 " in said
    assert hospital.statuses(change.head) == {CONTEXT: REFUSED}
    hospital.store.put(replace(again, attempt=1))
    assert hospital.publish(run).reason == "a newer run has been published"


def test_a_push_while_publishing_leaves_the_new_commit_alone(hospital):
    """At every third request the branch is pushed again: the new commit gets no verdict of the old one's, and its own run is published."""
    change = hospital.change()
    run = hospital.reviewed(change)
    points = requests_of(hospital, run)
    head = hospital.commit(change.base, {"pipelines/model.py": b"# pushed\n"})
    pushed = replace(change, head=head)
    second = hospital.reviewed(pushed, REFUSE)
    for number in range(0, points, 3):
        hospital.push(change.branch, change.head)
        hospital.forget(change)
        with before(hospital, number, lambda: hospital.push(change.branch, head)), contextlib.suppress(WardroundError):
            hospital.publish(run)
        assert hospital.statuses(head) == {}
        hospital.publish(second)
        hospital.publish(run)
        (said,) = hospital.comments(change.number)
        assert f"id={second} " in said
        assert hospital.statuses(head) == {CONTEXT: REFUSED}


def test_a_harmless_commit_never_speaks_for_another(hospital):
    """At each request the branch shows a commit that moves no model, and then the old one again: the model's has no evidence, and never passes."""
    change = hospital.change()
    run = hospital.run(change, conclusion="failure")
    points = requests_of(hospital, run)
    harmless = hospital.commit(change.base, {"docs/index.md": b"# Harmless\n"})
    for number in range(points):
        hospital.push(change.branch, change.head)
        hospital.forget(change)
        with (
            before(hospital, number, lambda: hospital.push(change.branch, harmless)),
            before(hospital, number + 1, lambda: hospital.push(change.branch, change.head)),
            contextlib.suppress(WardroundError),
        ):
            hospital.publish(run)
        assert hospital.statuses(change.head).get(CONTEXT, ("",))[0] != "success", number


@pytest.mark.slow
def test_many_files_are_read_only_while_the_branch_stands_still(hospital, monkeypatch):
    """Where a comparison does not name all files, the pull request does, and a push meanwhile ends the publish."""
    many = {f"docs/{number}.md": b"x\n" for number in range(301)}
    change = hospital.change({**many, "pipelines/model.py": b"# x\n"})
    run = hospital.run(change, conclusion="failure")
    hospital.publish(run)
    assert hospital.statuses(change.head)[CONTEXT][0] == "failure"
    hospital.forget(change)
    harmless = hospital.commit(change.base, many)
    with (
        before(hospital, 3, lambda: hospital.push(change.branch, harmless)),
        pytest.raises(CouldNotCheck, match="moved"),
    ):
        hospital.publish(run)
    assert hospital.statuses(change.head) == {}


def test_a_force_push_back_to_an_old_commit(hospital):
    change = hospital.change()
    first = hospital.reviewed(change)
    other = replace(change, head=hospital.commit(change.base, {"pipelines/model.py": b"# other\n"}))
    hospital.push(change.branch, other.head)
    hospital.publish(hospital.reviewed(other, REFUSE))
    assert "pushed again" in hospital.publish(first).reason
    hospital.push(change.branch, change.head)
    hospital.publish(first)
    (said,) = hospital.comments(change.number)
    assert f"id={first} " in said
    assert hospital.statuses(change.head) == {CONTEXT: PASS}


def test_closed_deleted_and_unknown(hospital):
    closed, deleted, gone = hospital.change(), hospital.change(), hospital.change(fork=True)
    runs = [hospital.reviewed(closed), hospital.reviewed(deleted), hospital.reviewed(gone)]
    set_state(hospital.sandbox.world, hospital.pull(closed.number), Actor("ada"), "closed")
    hospital.push(deleted.branch, ZERO)
    hospital.store.put(replace(hospital.store.get(Run, REPO, runs[2]), head_repository="eve/gone"))
    nobody = replace(closed, head="c" * 40, branch="nowhere")
    for run in (*runs, hospital.run(nobody), hospital.run(replace(nobody, branch=deleted.branch))):
        result = hospital.publish(run)
        assert result.reason.startswith("no open pull request")
    for change in (closed, deleted, gone):
        assert (hospital.comments(change.number), hospital.statuses(change.head)) == ((), {})


def test_one_comment_among_three_hundred(hospital):
    change = hospital.change()
    run = hospital.reviewed(change)

    def talk(author, body):
        number = hospital.store.next_id()
        hospital.store.put(Comment(number, REPO, change.number, author, body, created_at="2026-05-04T12:00:00Z"))

    with hospital.store.transaction():
        for number in range(150):
            talk("ada", f"talk {number}")
        talk(
            "eve", f"{comments.MARKER}\n<!-- wardround:run id=999999999 attempt=1 head={change.head} -->\nAll is well."
        )
        for number in range(149):
            talk(ACTIONS_BOT, f"another workflow {number}: {comments.MARKER}")
    hospital.publish(run)
    (said,) = hospital.comments(change.number)
    hospital.publish(run)
    assert hospital.comments(change.number) == (said,)
    assert len(hospital.store.find(Comment, REPO, number=change.number)) == 301
    assert hospital.statuses(change.head) == {CONTEXT: PASS}


def test_a_comment_that_somebody_deletes(hospital):
    """Before the next publish, and at every third request of it."""
    change = hospital.change()
    run, second = hospital.reviewed(change), hospital.reviewed(change, REFUSE)
    points = requests_of(hospital, run)

    def delete():
        for one in hospital.store.find(Comment, REPO, number=change.number):
            hospital.store.remove(one)

    for number in range(0, points, 3):
        hospital.forget(change)
        hospital.publish(run)
        with before(hospital, number, delete):
            hospital.publish(second)
        assert len(hospital.comments(change.number)) <= 1
        hospital.publish(second)
        assert len(hospital.comments(change.number)) == 1
        assert hospital.statuses(change.head) == {CONTEXT: REFUSED}


def test_a_pull_request_that_is_retargeted(hospital):
    """Evidence against another branch is none for the default branch, and the other way round."""
    release = hospital.commit(hospital.bare().branch("main"), {"pipelines/contract.py": b"# release\n"})
    hospital.push("release", release)
    change = hospital.change(into="release")
    run = hospital.reviewed(change)
    hospital.publish(run)
    assert hospital.statuses(change.head)[CONTEXT][0] == "error"
    hospital.store.put(
        replace(hospital.pull(change.number), base_branch="main", base_sha=hospital.bare().branch("main"))
    )
    hospital.publish(run)
    state, said = hospital.statuses(change.head)[CONTEXT]
    assert (state, "base branch" in said) == ("failure", True)
    assert len(hospital.comments(change.number)) == 1


def test_a_way_round_through_another_branch(hospital):
    """A model goes to a branch, documentation on top of it into that branch: the same commit must not be green for the default branch."""
    model = hospital.commit(hospital.bare().branch("main"), {"pipelines/model.py": b"# leaks the future\n"})
    hospital.push("aside", model)
    detour = hospital.change({"docs/index.md": b"# Better words\n"}, into="aside")
    straight = replace(detour, branch="straight", base=hospital.bare().branch("main"))
    hospital.push(straight.branch, straight.head)
    wanted = NewPull(REPO, "The same commit", REPO, straight.branch, "main")
    number = open_pull(hospital.sandbox.world, wanted, Actor("ada")).number
    hospital.publish(hospital.reviewed(replace(straight, number=number), REFUSE))
    assert hospital.statuses(detour.head) == {CONTEXT: REFUSED}
    for light in (True, False):
        hospital.publish(hospital.run(detour), light=light)
        assert hospital.statuses(detour.head) == {CONTEXT: REFUSED}
    set_state(hospital.sandbox.world, hospital.pull(number), Actor("ada"), "closed")
    for light in (True, False):
        hospital.publish(hospital.run(detour), light=light)
        assert hospital.statuses(detour.head)[CONTEXT][0] == "error"


def test_a_stranger_cannot_take_away_what_a_branch_has_earned(hospital):
    """A fork's pull request with the very commit of a branch's: the status stays, and the fork's own comment says what it is."""
    change = hospital.change()
    hospital.publish(hospital.reviewed(change))
    hospital.bare(rig.FORK).git("fetch", "-q", str(hospital.bare().path), change.head)
    hospital.push("copy", change.head, rig.FORK)
    number = open_pull(hospital.sandbox.world, NewPull(REPO, "A copy", rig.FORK, "copy", "main"), Actor("eve")).number
    copy = replace(change, branch="copy", repository=rig.FORK, number=number)
    hospital.publish(hospital.run(copy))
    assert hospital.statuses(change.head) == {CONTEXT: PASS}
    assert ["comes from a fork" in body for body in hospital.comments(number)] == [True]
    set_state(hospital.sandbox.world, hospital.pull(change.number), Actor("ada"), "closed")
    hospital.publish(hospital.run(copy))
    assert hospital.statuses(change.head)[CONTEXT][0] == "failure"


@pytest.mark.parametrize(("files", "says"), [
    ({"docs/codes.csv": b"I50\n"}, "failure"),
    ({"docs/other.csv": b"I50\n"}, "success"),
], ids=["named", "not named"])  # fmt: skip
def test_a_file_that_the_pipeline_names_is_no_documentation(files, says, hospital, tmp_path):
    """The default branch's dvc.yaml says what is read, wherever it lies."""
    tree = shutil.copytree(hospital.tree, tmp_path / "tree")
    text = rig.STAGES.replace("deps: [pipelines/model.py]", "deps: [pipelines/model.py, docs/codes.csv]")
    (tree / "dvc.yaml").write_text(text, encoding="utf-8")
    change = hospital.change(files)
    hospital.publish(hospital.run(change), tree=tree)
    assert hospital.statuses(change.head)[CONTEXT][0] == says


def test_a_project_that_the_change_brings_is_not_called_nothing(hospital):
    """No rules of the default branch can judge it: it gets a status of its own, which is not green, and the comment says so."""
    files = {f"projects/falls/{name}": b"{}\n" for name in ("params.yaml", "dvc.yaml")}
    change = hospital.change(files)
    result = hospital.publish(hospital.run(change), light=True)
    assert result.done
    statuses = hospital.statuses(change.head)
    assert (statuses[CONTEXT], statuses["wardround/falls"][0]) == (UNTOUCHED, "failure")
    (said,) = hospital.comments(change.number)
    assert ("projects/falls" in said, "touches no model" in said) == (True, False)
    hospital.publish(hospital.run(change))
    assert len(hospital.comments(change.number)) == 1


def test_a_base_that_moved_on(hospital):
    """Evidence against an older commit of the base branch counts; against one that the branch does not hold it does not."""
    change = hospital.change()
    tip = hospital.commit(hospital.bare().branch("main"), {"docs/new.md": b"new\n"})
    hospital.push("main", tip)
    hospital.store.put(replace(hospital.pull(change.number), base_sha=tip))
    hospital.publish(hospital.reviewed(change))
    assert hospital.statuses(change.head) == {CONTEXT: PASS}
    foreign = hospital.commit(change.base, {"params.yaml": b"gate: {}\n"})
    hospital.publish(hospital.reviewed(replace(change, base=foreign)))
    assert hospital.statuses(change.head)[CONTEXT][0] == "failure"


@pytest.mark.parametrize(
    "changed",
    [
        {"path": ".github/workflows/mine.yml"},
        {"path": ".github/workflows/mine.yml@refs/heads/review.yml"},
        {"path": "dynamic/.github/workflows/review.yml"},
        {"event": "push"},
        {"event": "workflow_dispatch"},
        {"event": "pull_request_target"},
        {"event": "schedule"},
        {"conclusion": "skipped"},
        {"event": "merge_group", "head_branch": "gh-readonly-queue/other/pr-1-x"},
    ],
    ids=str,
)
def test_runs_that_do_not_count(changed, hospital):
    change = hospital.change()
    run = hospital.reviewed(change)
    hospital.store.put(replace(hospital.store.get(Run, REPO, run), **changed))
    assert hospital.publish(run).reason
    assert (hospital.comments(change.number), hospital.statuses(change.head)) == ((), {})


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", "timed_out", "startup_failure"])
def test_a_run_that_left_nothing(conclusion, hospital):
    change = hospital.change()
    hospital.publish(hospital.run(change, conclusion=conclusion))
    state, said = hospital.statuses(change.head)[CONTEXT]
    assert (state, said[:40]) == ("failure", "cannot tell: There is no evidence that c")
    (body,) = hospital.comments(change.number)
    assert conclusion.replace("_", r"\_") in body


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", "timed_out", "startup_failure"])
def test_without_a_model_the_scan_must_have_passed(conclusion, hospital):
    """No evidence speaks for such a change; only how its run ended says how the scan went."""
    change = hospital.change({"docs/words.md": b"# Words\n"})
    hospital.publish(hospital.run(change, conclusion=conclusion))
    state, said = hospital.statuses(change.head)[CONTEXT]
    assert (state, said[:35]) == ("failure", "cannot tell: no model is touched, b")
    (body,) = hospital.comments(change.number)
    assert "`privacy.phi`" in body
    hospital.publish(hospital.run(change))
    assert hospital.statuses(change.head) == {CONTEXT: UNTOUCHED}
    assert "privacy.phi" not in "".join(hospital.comments(change.number))


@pytest.mark.parametrize(("files", "kept", "expected"), [
    ({"pipelines/model.py": b"# queue\n"}, True, PASS),
    ({"pipelines/model.py": b"# queue\n"}, False, ("failure", None)),
    ({"docs/queue.md": b"queue\n"}, False, UNTOUCHED),
], ids=["passes", "no evidence", "docs"])  # fmt: skip
def test_a_merge_group(files, kept, expected, hospital):
    """The status goes to the group's commit; there is no comment."""
    tip = hospital.bare().branch("main")
    head = hospital.commit(tip, files)
    branch = f"{QUEUE}/main/pr-999999-{tip}"
    hospital.push(branch, head)
    group = rig.Change(branch, head, tip)
    run = hospital.reviewed(group) if kept else hospital.run(group)
    hospital.store.put(replace(hospital.store.get(Run, REPO, run), event="merge_group"))
    before_it = len(hospital.store.find(Comment, REPO))
    result = hospital.publish(run)
    assert (result.pull, result.comment) == (None, "")
    state, said = hospital.statuses(head)[CONTEXT]
    assert (state, said) == (expected[0], expected[1] or said)
    assert len(hospital.store.find(Comment, REPO)) == before_it


@pytest.mark.parametrize(("files", "compared", "expected"), [
    ({"pipelines/model.py": b"# second\n"}, "parent", PASS),
    ({"pipelines/model.py": b"# second\n"}, "stranger", ("failure", None)),
    ({"docs/queue.md": b"second\n"}, "nothing", UNTOUCHED),
], ids=["passes", "another base", "docs"])  # fmt: skip
def test_a_merge_group_behind_another_one(files, compared, expected, hospital):
    """The forge tests groups that wait at the same time, each on top of the one before, which is on no branch of people's yet."""
    tip = hospital.bare().branch("main")
    first = hospital.commit(tip, {"pipelines/features.py": b"# first\n"})
    head = hospital.commit(first, files)
    branch = f"{QUEUE}/main/pr-999998-{first}"
    hospital.push(f"{QUEUE}/main/pr-999997-{tip}", first)
    hospital.push(branch, head)
    stranger = hospital.commit(tip, {"params.yaml": b"gate: {}\n"})
    group = rig.Change(branch, head, stranger if compared == "stranger" else first)
    run = hospital.run(group) if compared == "nothing" else hospital.reviewed(group)
    hospital.store.put(replace(hospital.store.get(Run, REPO, run), event="merge_group"))
    hospital.publish(run)
    state, said = hospital.statuses(head)[CONTEXT]
    assert (state, said) == (expected[0], expected[1] or said)


def test_a_queue_s_branch_that_names_no_parent_of_its_own(hospital):
    """Then what it changes is counted from the default branch."""
    tip = hospital.bare().branch("main")
    head = hospital.commit(tip, {"pipelines/model.py": b"# model\n"})
    beside = hospital.commit(tip, {"pipelines/model.py": b"# model\n", "docs/a.md": b"a\n"})
    branch = f"{QUEUE}/main/pr-999996-{beside}"
    hospital.push(branch, head)
    run = hospital.run(rig.Change(branch, head, tip))
    hospital.store.put(replace(hospital.store.get(Run, REPO, run), event="merge_group"))
    hospital.publish(run)
    assert hospital.statuses(head)[CONTEXT][0] == "failure"


def test_several_projects_share_one_comment(many):
    change = many.change(
        {"projects/sepsis/pipelines/model.py": b"# s\n", "projects/falls/pipelines/model.py": b"# f\n"}
    )
    run = many.run(change)
    for project, verdicts in (("sepsis", {}), ("falls", REFUSE)):
        made = evidence.made(change.head, change.base, verdicts, project=project)
        many.upload(run, evidence.zipped(made), f"wardround-evidence-{project}")
    many.publish(run)
    assert many.statuses(change.head) == {
        CONTEXT: UNTOUCHED, "wardround/sepsis": PASS, "wardround/falls": REFUSED,
    }  # fmt: skip
    (said,) = many.comments(change.number)
    assert said.count("\n---\n") == 1
    assert (said.count("Pass"), said.count("Refuse")) >= (1, 1)


def test_evidence_of_one_project_is_none_of_another(many):
    change = many.change({"projects/sepsis/pipelines/model.py": b"# x\n"})
    run = many.run(change)
    made = evidence.made(change.head, change.base, project="falls")
    many.upload(run, evidence.zipped(made), "wardround-evidence-sepsis")
    many.publish(run)
    assert many.statuses(change.head)["wardround/sepsis"][0] == "failure"


def test_projects_beyond_the_most_never_pass(many, monkeypatch):
    monkeypatch.setattr(publishing, "_MOST", 1)
    change = many.change({"requirements.lock": b"# every project\n"})
    many.publish(many.reviewed(change))
    states = {context: state for context, (state, _) in many.statuses(change.head).items()}
    assert states == {CONTEXT: "success", "wardround/sepsis": "error", "wardround/falls": "error"}


def test_two_projects_of_one_name_get_the_worse_verdict(many, tmp_path):
    tree = shutil.copytree(many.tree, tmp_path / "tree")
    params = tree / "projects" / "falls" / "params.yaml"
    params.write_text(params.read_text().replace("name: falls", "name: sepsis"))
    change = many.change({"projects/sepsis/params.yaml": b"x", "projects/falls/params.yaml": b"x"})
    run = many.run(change)
    for key, verdicts in (("sepsis", REFUSE), ("falls", {})):
        made = evidence.made(change.head, change.base, verdicts, project="sepsis")
        many.upload(run, evidence.zipped(made), f"wardround-evidence-{key}")
    many.publish(run, tree=tree)
    assert many.statuses(change.head)["wardround/sepsis"] == REFUSED


def test_params_of_the_default_branch_that_cannot_be_read(hospital, tmp_path):
    tree = shutil.copytree(hospital.tree, tmp_path / "tree")
    (tree / "params.yaml").write_text("project: [\n")
    change = hospital.change()
    hospital.publish(hospital.reviewed(change), tree=tree)
    assert hospital.statuses(change.head)["wardround/root"][0] == "failure"
    assert CONTEXT not in hospital.statuses(change.head), "the required status stays missing, which blocks"
    (said,) = hospital.comments(change.number)
    assert "params cannot be read" in said


def test_a_docs_change_after_a_refusal_brings_the_comment_up_to_date(hospital):
    change = hospital.change()
    hospital.publish(hospital.reviewed(change, REFUSE))
    harmless = replace(change, head=hospital.commit(change.base, {"docs/a.md": b"a\n"}))
    hospital.push(change.branch, harmless.head)
    run = hospital.run(harmless)
    result = hospital.publish(run, light=True)
    assert (result.done, result.reason) == (True, "no model is touched")
    (said,) = hospital.comments(change.number)
    assert "touches no model" in said
    older = replace(hospital.store.get(Run, REPO, run), id=run - 1)
    hospital.store.put(older)
    hospital.publish(older.id, light=True)
    assert hospital.comments(change.number) == (said,)
    assert hospital.statuses(harmless.head) == {CONTEXT: UNTOUCHED}


def test_a_light_publish_leaves_a_model_alone(hospital):
    change = hospital.change()
    assert not hospital.publish(hospital.reviewed(change), light=True).done
    assert (hospital.comments(change.number), hospital.statuses(change.head)) == ((), {})


def test_what_is_already_right_is_not_written_again(hospital):
    change = hospital.change()
    run = hospital.reviewed(change)
    hospital.publish(run)
    made = len(hospital.sandbox.calls.made)
    hospital.publish(run)
    assert {method for method, _, _ in hospital.sandbox.calls.made[made:]} == {"GET"}
    assert len(hospital.store.find(Status, REPO, sha=change.head)) == 1
