"""Looks at the sealed test block, counted by the real commands on a real repository."""

import json

import pytest
import workshop
from workshop import commit, git, wardround

from wardround.flows.faults import edit_params
from wardround.revision.lock import parse
from wardround.revision.looks import look_at, look_of


def own(root):
    """The look that the lock in the work tree records."""
    return look_of(parse((root / "dvc.lock").read_bytes()))


def record(root):
    """``run.json``."""
    return json.loads((root / ".dvc" / "tmp" / "wardround" / "run.json").read_bytes())


def reviewed(root, *args):
    """The looks that ``review --json`` counts."""
    answer = wardround(root, "review", "--json", *args)
    assert answer.code in (0, 11), answer.text
    return json.loads(answer.out)["looks"]


def iterations(root, number):
    edit_params(root, {"model": {"settings": {"max_iter": number}}})


def editions(root):
    return [
        (root / "reports" / name).read_text(encoding="utf-8") for name in ("review.html", "review.md", "comment.md")
    ]


@pytest.mark.slow
def test_drafts_and_commits_are_counted_once_and_shown_and_no_evidence_differs(tiny):
    assert look_at(tiny) == own(tiny)  # the same digests as DVC's
    assert record(tiny)["looks"] == {own(tiny).block: [own(tiny).model]}
    assert record(tiny)["seconds"]["judge"] > 0
    assert reviewed(tiny) == {"models": 1, "committed": 1, "complete": True}
    assert all("used to judge" not in text for text in editions(tiny))
    assert "1 model: 1 committed" in editions(tiny)[2]
    before = workshop.evidence(tiny)

    git(tiny, "switch", "--quiet", "--create", "draft")
    iterations(tiny, 3)
    assert reviewed(tiny) == {"models": 2, "committed": 1, "complete": True}
    draft = own(tiny).model
    assert reviewed(tiny) == {"models": 2, "committed": 1, "complete": True}
    assert all("This test block has been used to judge 2 models" in text for text in editions(tiny))
    assert all("2 models: 1 committed, 1 on this machine alone" in text for text in editions(tiny))

    # Thrown away, it was looked at all the same; and the first one's evidence is what it was.
    git(tiny, "checkout", "--quiet", ".")
    git(tiny, "switch", "--quiet", "main")
    assert reviewed(tiny) == {"models": 2, "committed": 1, "complete": True}
    assert draft in record(tiny)["looks"][own(tiny).block]
    assert workshop.evidence(tiny) == before


@pytest.mark.slow
def test_the_stage_by_hand_and_a_comparison_are_looks_and_another_branch_s_commit_is_one(tiny):
    first = own(tiny)
    git(tiny, "switch", "--quiet", "--create", "change")
    iterations(tiny, 4)
    wardround(tiny, "stage", "train", code=0)
    assert record(tiny)["looks"] == {first.block: [first.model]}
    wardround(tiny, "stage", "evaluate", code=0)
    by_hand = look_at(tiny)
    assert record(tiny)["looks"] == {first.block: sorted([first.model, by_hand.model])}
    wardround(tiny, "review", "--quiet", code=0)
    assert own(tiny) == by_hand
    commit(tiny, "Four rounds")

    (tiny / ".dvc" / "tmp" / "wardround" / "run.json").unlink()
    wardround(tiny, "compare", "main", "change", "--json", code=0)
    assert record(tiny)["looks"] == {first.block: sorted([first.model, by_hand.model])}

    # Another machine: no drafts, the branch as the remote has it.
    (tiny / ".dvc" / "tmp" / "wardround" / "run.json").unlink()
    git(tiny, "switch", "--quiet", "main")
    assert reviewed(tiny) == {"models": 2, "committed": 2, "complete": True}


@pytest.mark.slow
def test_another_test_block_begins_anew(tiny):
    first = own(tiny)
    git(tiny, "switch", "--quiet", "--create", "window")
    raw = tiny / "data" / "raw" / "visits.csv"
    lines = raw.read_text(encoding="utf-8").splitlines(keepends=True)
    raw.write_text("".join(lines[:-1]), encoding="utf-8")
    found = reviewed(tiny)
    assert own(tiny).block != first.block
    looks = record(tiny)["looks"]
    assert own(tiny).model in looks[own(tiny).block]
    assert found == {"models": len(looks[own(tiny).block]), "committed": 0, "complete": True}
    # Both test sets were used, each with both models.
    assert {first.model, own(tiny).model} == set(looks[first.block]) == set(looks[own(tiny).block])


def test_a_shallow_clone_says_at_least(tiny):
    clone = tiny.parent / "clone"  # beside the storage that its settings name
    git(tiny, "clone", "--quiet", "--depth", "1", f"file://{tiny}", str(clone))
    found = reviewed(clone, "--base", "HEAD")
    assert found == {"models": 1, "committed": 1, "complete": False}
    assert "at least 1 model: 1 committed; the history here is cut off" in editions(clone)[2]
