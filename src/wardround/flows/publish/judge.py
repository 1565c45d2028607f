"""What the trusted side makes of a publication: a verdict and a commit status, from facts that the pull request cannot touch.

Pure. The evidence can only make things worse than the facts allow: the verdict is the worst of what its findings give, what it
claims, and what the facts leave open. Silence blocks: a rule without a finding cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from wardround.disclosure.published import DecisionView
from wardround.disclosure.shapes import Checked
from wardround.flows.publication import Publication
from wardround.gate.engine import verdict_of
from wardround.gate.registry import RULES
from wardround.gate.rule import Rule
from wardround.values import Verdict, worst

#: GitHub's limit of a status description.
DESCRIPTION = 140
SUCCESS, FAILURE, ERROR = "success", "failure", "error"


@dataclass(frozen=True)
class Note:
    """Why the trusted side cannot tell: an id, a sentence, and what to do."""

    id: str
    summary: str
    advice: str


@dataclass(frozen=True)
class Facts:
    """What the forge's API and the trusted checkout say. Nothing here comes from the run.

    ``bases`` are the commits that evidence may compare with: the tip of the pull request's base branch and ancestors on it.
    ``off`` are the rules that the base's params switch off. ``first``: the base has no trained model. ``anchor`` is the commit of
    the anchor that the base's params name, if any. ``could_not_check`` says why the trusted side could not do its work.
    """

    project: str
    touched: bool
    fork: bool
    head_sha: str
    bases: frozenset[str]
    off: frozenset[str] = frozenset()
    first: bool = False
    anchor: str = ""
    could_not_check: str = ""
    #: Rules that the trusted side has checked itself, and found satisfied, in the evidence's place: ``lock.fresh``.
    settled: frozenset[str] = frozenset()
    #: What the trusted side found missing by itself: change control.
    notes: tuple[Note, ...] = ()
    rules: tuple[Rule, ...] = field(default=RULES, repr=False)


@dataclass(frozen=True)
class Outcome:
    """The verdict, the state and description (at most 140 characters) of the commit status, and what the trusted side found."""

    verdict: Verdict
    state: str
    description: str
    notes: tuple[Note, ...] = ()

    @property
    def findings(self) -> tuple[tuple[str, str, str], ...]:
        """The notes as findings of a report."""
        return tuple((note.id, note.summary, note.advice) for note in self.notes)


_AGAIN = "Push the branch again, so that the review runs anew."


def judge(facts: Facts, evidence: Checked[Publication]) -> Outcome:
    """The outcome. Success needs: nothing touched, or a branch of the repository whose complete evidence passes every rule."""
    if facts.could_not_check:
        note = Note("publish.could_not_check", facts.could_not_check, "Run the publish workflow again.")
        return Outcome(Verdict.CANNOT_TELL, ERROR, _short(f"could not check: {facts.could_not_check}"), (note,))
    if not facts.touched:
        return Outcome(Verdict.NOT_APPLICABLE, SUCCESS, "not touched by this change")
    notes = tuple(_doubts(facts, evidence))
    publication = evidence.value
    decision = publication.published.decision if publication is not None else None
    verdicts = [Verdict.CANNOT_TELL] if notes else []
    if decision is not None:
        verdicts += _verdicts(decision, facts)
    verdict = worst(verdicts)
    if verdict is Verdict.PASS:
        return Outcome(verdict, SUCCESS, "pass: every rule passes")
    return Outcome(verdict, FAILURE, _short(_said(verdict, notes, decision, facts)), notes)


def _verdicts(decision: DecisionView, facts: Facts) -> list[Verdict]:
    """What the gate's engine makes of the findings, what the decision claims, and whatever blocks, of any rule.

    What the trusted side settled counts as a pass; what the decision claims then stands only if something else blocks too.
    """
    found = [
        (finding.rule, Verdict.PASS if finding.rule in facts.settled else Verdict(finding.verdict))
        for finding in decision.findings
    ]
    blocking = [verdict for _, verdict in found if verdict.blocks]
    claimed = Verdict(decision.verdict)
    excused = claimed.blocks and any(
        finding.rule in facts.settled and Verdict(finding.verdict) is claimed for finding in decision.findings
    )
    said = claimed if claimed is Verdict.PASS or claimed.blocks else Verdict.CANNOT_TELL
    return [verdict_of(found, facts.rules), *([] if excused else [said]), *blocking]


def _doubts(facts: Facts, evidence: Checked[Publication]) -> Iterator[Note]:
    """Each reason why the trusted side cannot let the evidence pass."""
    if facts.fork:
        yield Note(
            "publish.fork",
            "The change comes from a fork: its run has no access to the data, so performance cannot be told.",
            "A maintainer who has read the change brings it to a branch: `wardround adopt`.",
        )
    yield from facts.notes
    publication = evidence.value
    if publication is None:
        yield Note("publish.evidence", f"There is no evidence that can be believed: {evidence.reason}.", _AGAIN)
        return
    yield from _origin(facts, publication)
    decision = publication.published.decision
    if decision is None:
        yield Note("publish.evidence", "The evidence holds no decision.", _AGAIN)
        return
    yield from _completeness(facts, publication, decision)


def _origin(facts: Facts, publication: Publication) -> Iterator[Note]:
    """Whether the evidence is about this project at this commit, against an acceptable base."""
    if publication.project != facts.project:
        yield Note("publish.project", "The evidence is about another project.", _AGAIN)
    if publication.head_commit != facts.head_sha:
        yield Note("publish.head", "The evidence is not about the head of this pull request.", _AGAIN)
    if publication.base_commit not in facts.bases:
        yield Note(
            "publish.base",
            "The evidence compares with a commit that is not on the base branch of this pull request.",
            "Bring the branch up to date with its base, and push it.",
        )
    if facts.anchor and publication.anchor_commit != facts.anchor:
        yield Note(
            "publish.anchor", "The evidence does not compare with the anchor that the base's params name.", _AGAIN
        )
    if publication.mode == "synthetic":
        yield Note(
            "publish.synthetic",
            "The review ran on synthetic encounters, which tell nothing of the performance on patients.",
            "A run with access to the data must review the change.",
        )


def _completeness(facts: Facts, publication: Publication, decision: DecisionView) -> Iterator[Note]:
    """Whether everything was judged, of what was committed, by who must judge."""
    found = {finding.rule for finding in decision.findings}
    missing = [one.id for one in facts.rules if one.id not in found and one.id not in facts.off]
    if missing:
        said = ", ".join(f"`{name}`" for name in missing[:3]) + (" and more" if len(missing) > 3 else "")
        yield Note("publish.rules", f"The evidence holds no finding of {said}.", _AGAIN)
    if publication.context.dirty:
        yield Note("publish.dirty", "What was reviewed held changes that are not committed.", _AGAIN)
    if publication.published.baseline and not facts.first:
        yield Note("publish.baseline", "The evidence calls this the first version, but the base has a model.", _AGAIN)
    judges = {publication.base_commit, *([publication.head_commit] if facts.first else [])}
    if decision.judged_by not in judges:
        yield Note("publish.judge", "The evidence was not judged by the rules of the base.", _AGAIN)


def _said(verdict: Verdict, notes: tuple[Note, ...], decision: DecisionView | None, facts: Facts) -> str:
    """The status in words. Of the evidence only ids are named that the trusted side knows."""
    known = {one.id for one in facts.rules} - facts.settled
    findings = decision.findings if decision is not None else ()
    names = list(dict.fromkeys(item.rule for item in findings if item.verdict == verdict and item.rule in known))
    if names and verdict is Verdict.REFUSE:
        return f"refuse: {', '.join(names)}"
    if notes:
        return f"{verdict.value}: {notes[0].summary}"
    return f"{verdict.value}: {', '.join(names) or 'see the report'}"


def _short(text: str) -> str:
    return text if len(text) <= DESCRIPTION else text[: DESCRIPTION - 1] + "\u2026"
