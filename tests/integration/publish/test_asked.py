"""A label or an approval that comes or goes publishes the commit's review again, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator

import hospital as rig
import pytest
from test_change_plan import label, planned, review

from wardround.flows.publish.asked import ASKED
from wardround.sandbox.model import Workflow
from wardround.values import Verdict

__all__ = ["planned"]


@pytest.fixture(autouse=True)
def known(planned: rig.Hospital) -> None:
    """The forge knows the workflow, as it does once a run of it was started."""
    planned.store.put(Workflow(31, rig.REPO, ".github/workflows/review.yml", "review"))


def asked(planned: rig.Hospital, change: rig.Change, **changed: str) -> int:
    event = changed.pop("event", "pull_request_review")
    return planned.run(change, path=ASKED, name="asked", event=event, **changed)


def state(planned: rig.Hospital, change: rig.Change) -> str:
    return planned.statuses(change.head)[rig.CONTEXT][0]


@pytest.fixture
def waiting(planned: rig.Hospital) -> Iterator[rig.Change]:
    """A change outside of the plan, whose review was published before anybody said anything."""
    change = planned.change({"pipelines/features.py": f"# asked {planned.names}\n".encode()})
    planned.publish(planned.reviewed(change, {"change.plan": Verdict.CANNOT_TELL}))
    assert state(planned, change) == "failure"
    yield change
    planned.forget(change)


def test_the_status_follows_label_and_approval_and_their_end(planned: rig.Hospital, waiting: rig.Change) -> None:
    label(planned, waiting, "outside-plan")
    planned.publish(asked(planned, waiting, event="pull_request"))
    assert state(planned, waiting) == "failure"
    review(planned, waiting, "clara")
    result = planned.publish(asked(planned, waiting))
    assert (state(planned, waiting), result.pull) == ("success", waiting.number)
    assert result.calls <= 18
    review(planned, waiting, "clara", "DISMISSED")
    planned.publish(asked(planned, waiting))
    assert state(planned, waiting) == "failure"
    assert len(planned.comments(waiting.number)) == 1


def test_the_newest_review_that_ended_counts(planned: rig.Hospital, waiting: rig.Change) -> None:
    label(planned, waiting, "outside-plan")
    review(planned, waiting, "clara")
    planned.reviewed(waiting, {"change.plan": Verdict.CANNOT_TELL, "performance.floor": Verdict.REFUSE})
    for status, conclusion in (("in_progress", ""), ("completed", "skipped"), ("completed", "cancelled")):
        planned.run(waiting, status=status, conclusion=conclusion)
    planned.run(waiting, path=".github/workflows/other.yml")
    planned.publish(asked(planned, waiting))
    assert planned.statuses(waiting.head)[rig.CONTEXT] == ("failure", "refuse: performance.floor")


def test_a_commit_without_a_review_waits_for_it(planned: rig.Hospital) -> None:
    change = planned.change({"pipelines/features.py": b"# not reviewed yet\n"})
    label(planned, change, "outside-plan")
    result = planned.publish(asked(planned, change))
    assert "has ended" in result.reason
    assert planned.statuses(change.head) == {}
    assert planned.commit_locks(asked(planned, change)) == ()


def test_a_review_of_an_older_commit_is_not_published_for_the_newer(planned: rig.Hospital, waiting: rig.Change) -> None:
    label(planned, waiting, "outside-plan")
    review(planned, waiting, "clara")
    newer = planned.commit(waiting.head, {"pipelines/features.py": b"# newer\n"})
    planned.push(waiting.branch, newer)
    result = planned.publish(asked(planned, waiting))
    assert "has ended" in result.reason
    assert state(planned, waiting) == "failure"
    assert planned.statuses(newer) == {}


def test_a_run_of_a_fork_that_names_our_branch_publishes_nothing_of_ours(
    planned: rig.Hospital, waiting: rig.Change
) -> None:
    label(planned, waiting, "outside-plan")
    review(planned, waiting, "clara")
    result = planned.publish(asked(planned, waiting, head_repository=rig.FORK))
    assert result.pull is None
    assert state(planned, waiting) == "failure"


def test_where_nothing_hangs_on_what_people_say_nothing_is_done(tmp_path_factory: pytest.TempPathFactory) -> None:
    with rig.opened(tmp_path_factory.mktemp("plain")) as plain:
        change = plain.change()
        result = plain.publish(plain.run(change, path=ASKED, name="asked"), light=True)
        assert (result.done, result.calls) == (True, 1)  # the run itself
        assert "asks for a label" in result.reason
        plain.publish(plain.reviewed(change))
        assert plain.statuses(change.head)[rig.CONTEXT][0] == "success"


def test_the_note_of_what_lacks_says_that_nothing_is_to_be_run(planned: rig.Hospital, waiting: rig.Change) -> None:
    (comment,) = planned.comments(waiting.number)
    assert "made again" in comment
