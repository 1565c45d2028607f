"""Who judges a change of the judging code itself: the base's code, as a program of its own (DESIGN §8, *Who judges*)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wardround.errors import WardroundError
from wardround.evidence.base import read
from wardround.evidence.decision import Decision, Finding
from wardround.evidence.lock import LockCheck
from wardround.flows.judging import Bench, judge_evidence, judging_code
from wardround.flows.review.scoring import explain
from wardround.flows.stage import scratch
from wardround.values import Verdict

if TYPE_CHECKING:
    from wardround.project.layout import Project

#: The finding that says that the change edits what judges.
RULE = "governance.judge_changed"


def judge_change(bench: Bench) -> tuple[Decision, dict[str, Any]]:
    """The decision, written to ``reports/decision.json``, and the readings that it rests on.

    When the change edits the judging code, the base's own code judges. When that does not run, the verdict is *cannot tell*.
    """
    decision, found = judge_evidence(bench)
    if judging_code(bench) and not bench.base.first:
        decision = _by_the_base(bench, decision)
    decision.write(bench.project.layout.evidence("decision"))
    return decision, found


def _by_the_base(bench: Bench, own: Decision) -> Decision:
    place = scratch(bench.project) / "judged-by-base"
    check, out = place / "lock.json", place / "decision.json"
    out.unlink(missing_ok=True)
    bench.lock_check.write(check)
    anchor = ["--anchor", own.anchor_commit] if own.anchor_commit else []
    request = ["--project", str(bench.project.root), "--base", bench.base.commit, *anchor]
    try:
        bench.base.program.run(["program", "judge", *request, "--lock-check", str(check), "--out", str(out)])
        judged = read(Decision, out)
        reason = judged.reason
    except WardroundError as error:
        judged, reason = None, explain(error)
    if judged is not None and judged.value is not None:
        return judged.value
    finding = Finding(
        rule=RULE,
        verdict=Verdict.CANNOT_TELL,
        summary=f"The change edits the code that judges, and the base's code could not judge it ({reason}).",
        advice="Bring the change of the framework or of the lock in first, in a pull request of its own.",
    )
    kept = tuple(item for item in own.findings if item.rule != RULE)
    return own.model_copy(update={"verdict": Verdict.CANNOT_TELL, "findings": (finding, *kept)})


def judge_for(project: Project, base: str, anchor: str | None, lock_check: LockCheck) -> Decision:
    """What ``wardround program judge`` answers: this program's judgement of another work tree's evidence."""
    from wardround.flows.review import references
    from wardround.flows.review.request import ReviewRequest
    from wardround.revision.git import Git
    from wardround.revision.lock import parse

    git = Git(project.root)
    refs = references.resolve(ReviewRequest(project, base, anchor), git, references.remote_of(project))
    path = project.root / "dvc.lock"
    lock = parse(path.read_bytes() if path.exists() else None)
    return judge_evidence(Bench(project, git, refs, lock, lock_check))[0]
