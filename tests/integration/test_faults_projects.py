"""Each of the broken projects in ``tests/projects``, through the real command line, git and DVC."""

import pytest
import workshop
from workshop import TINY

BROKEN = sorted(path.parent.name for path in TINY.glob("*/expect.yaml"))
#: Repaired and run again in every test run; the others only with the slow tests.
CONTINUED = {"params-unknown-keys", "features-raise", "lock-conflict"}


def _run(root, expect):
    return workshop.wardround(root, *expect.get("command", ["review", "--quiet"]))


def test_there_is_a_project_for_each_fault():
    assert len(BROKEN) >= 40


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow)
        if "\nslow: true" in (TINY / name / "expect.yaml").read_text()
        else name
        for name in BROKEN
    ],
)
def test_a_fault_is_explained_and_leaves_nothing_half_written(name, tiny):
    before = workshop.evidence(tiny)
    workshop.git(tiny, "switch", "--quiet", "--create", "change")
    expect = workshop.lay_over(tiny, TINY / name)
    workshop.commit(tiny, expect["broken"])
    answer = _run(tiny, expect)
    assert answer.code == expect["exit"], answer.text
    for word in expect["says"]:
        assert word in answer.text, answer.text
    for word in expect.get("never", []):
        assert word not in answer.text, answer.text
    workshop.check_polite(answer)
    workshop.check_whole(tiny)
    if expect["exit"] == 2:
        assert set(workshop.evidence(tiny)) >= set(before) - REMADE


#: What DVC takes away before a stage that may then fail; its cache keeps it.
REMADE = {f"{name}.json" for name in workshop.EVIDENCE}


@pytest.mark.parametrize(
    "name", [name if name in CONTINUED else pytest.param(name, marks=pytest.mark.slow) for name in BROKEN]
)
def test_the_next_run_continues_after_the_repair(name, tiny):
    before = workshop.evidence(tiny)
    workshop.git(tiny, "switch", "--quiet", "--create", "change")
    expect = workshop.lay_over(tiny, TINY / name)
    workshop.commit(tiny, expect["broken"])
    _run(tiny, expect)
    workshop.git(tiny, "checkout", "--quiet", "main", "--", ".")
    workshop.git(tiny, "clean", "--quiet", "--force", "-d")
    for path in workshop.git(tiny, "diff", "--name-only", "--diff-filter=A", "main").splitlines():
        (tiny / path).unlink()
    workshop.commit(tiny, "Repaired")
    answer = workshop.wardround(tiny, "review")
    assert answer.code == 0, answer.text
    assert "running" not in answer.err  # every stage is reused
    after = workshop.evidence(tiny)
    assert {name: after[name] for name in REMADE} == {name: before[name] for name in REMADE}
    workshop.check_whole(tiny)
