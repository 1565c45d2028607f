"""A change reviewed without the data: a rehearsal on drawn encounters, which can show that it runs and nothing of its performance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardround.disclosure import Inside, disclose
from wardround.errors import UsageError, WardroundError
from wardround.evidence.base import Evidence, Read, read
from wardround.flows import publication
from wardround.flows.ci import summary
from wardround.flows.ci.rehearsal import rehearsed
from wardround.flows.ci.review import CiRequest, CiResult, base_of, prepared
from wardround.report import comment_markdown, terminal_summary
from wardround.report.context import Context, Revision, StageRun
from wardround.revision.git import Git
from wardround.stages.registry import STAGES
from wardround.values import Verdict, worst

if TYPE_CHECKING:
    from wardround.evidence.decision import Decision
    from wardround.flows.review.references import Reference

NOTHING = "synthetic encounters tell nothing of performance"
_NO_STORE = "a rehearsal reads no store"
_ADVICE = "A run with access to the data must review the change."
#: Stands in the report: what this review is, and is not.
_LIMITATION = (
    "This is a rehearsal: the encounters were drawn from the contract, so that no patient stands behind any number. It shows that "
    "the pipeline runs; a run with access to the data must review the change."
)


@dataclass(frozen=True)
class _Base:
    """The commit that the change goes into; ``reference`` is None where this clone does not have it, as a fork's may not."""

    commit: str
    reference: Reference | None


def rehearse_commit(request: CiRequest) -> CiResult:
    """Rehearses the checked-out commit and writes a publication of the mode ``synthetic``, whose verdict blocks.

    Raises a stage's explained failure, or why the rehearsal could not be made; there is no publication then.
    """
    git = prepared(request)
    base = _base(request, git)
    head = git.commit("HEAD")
    from wardround.flows.stage import durations

    with rehearsed(git, head, request.progress) as rehearsal:
        evidence = _evidence(rehearsal.project.layout.evidence, rehearsal.unmet)
        seconds = durations(rehearsal.project)
    request.progress("judging what can be judged")
    decision = _judge(request, git, base, evidence)
    min_cell = (base.reference.params if base.reference else None) or request.project.params
    published = disclose(Inside(decision=decision), min_cell=min_cell.disclosure.min_cell)
    context = _context(request, git, base, seconds, rehearsal.unmet)
    summary.append(request.env, comment_markdown(published, context))
    publication.write(
        publication.Publication(
            project=decision.project,
            head_commit=decision.head_commit,
            base_commit=decision.base_commit,
            anchor_commit=decision.anchor_commit,
            subject_digest=decision.subject_digest,
            mode="synthetic",
            published=published,
            context=context,
        ),
        request.out,
    )
    return CiResult(decision, terminal_summary(published, context), notes=_notes(rehearsal.unmet))


def _base(request: CiRequest, git: Git) -> _Base:
    """The base, as far as this clone has it. Raises :class:`UsageError` when not even its commit is known."""
    from wardround.flows.review import references
    from wardround.flows.review.request import ReviewRequest

    named = base_of(request)
    try:
        refs = references.resolve(ReviewRequest(request.project, named), git, None)
    except UsageError:
        if len(named) not in {40, 64}:
            raise
        return _Base(named, None)
    return _Base(refs[0].commit, refs[0])


def _evidence(place: Any, unmet: tuple[str, ...]) -> dict[str, Read[Any]]:
    """What the rehearsal made and a rule may use; the rest is not to be had, with the reason."""
    from wardround.evidence.features import FeaturesEvidence
    from wardround.evidence.split import SplitEvidence
    from wardround.evidence.training import TrainingEvidence
    from wardround.evidence.validation import Validation

    usable: dict[str, type[Evidence]] = {
        "validation": Validation,
        "features": FeaturesEvidence,
        "split": SplitEvidence,
        "training": TrainingEvidence,
    }
    found: dict[str, Read[Any]] = {name: read(model, place(name)) for name, model in usable.items()}
    if unmet:
        found["validation"] = Read.failed(f"no drawn encounter satisfies {', '.join(unmet)}")
    for name in ("profile", "base_profile", "metrics", "comparison"):
        found[name] = Read.failed(NOTHING)
    found["lock"] = Read.failed(_NO_STORE)
    return found


def _scanned(git: Git, base: _Base) -> Read[Any]:
    """The scan for identifiers of patients needs no data; where this clone lacks the base, nobody can say what the change adds."""
    from wardround.flows import phi_check

    if base.reference is None:
        return Read.failed("this clone does not have the base")
    return phi_check.reading(git, base.commit, first=base.reference.first)


def _judge(request: CiRequest, git: Git, base: _Base, evidence: dict[str, Read[Any]]) -> Decision:
    """The decision by the base's params where they are to be had. It never passes."""
    from wardround.gate import JudgeRequest, judge
    from wardround.gate.registry import RULES
    from wardround.revision.digest import subject_digest

    project = request.project
    params = (base.reference.params if base.reference else None) or project.params
    changed = [change.path for change in git.changes(base.commit)] if base.reference else []
    code = [path for path in ("src/wardround", "requirements.lock") if any(name.startswith(path) for name in changed)]
    evidence = {**evidence, "phi": _scanned(git, base)}
    given: dict[str, Any] = {**evidence}
    decision = judge(
        JudgeRequest(
            project=project.params.project.name,
            base_params=params,
            head_params=project.params,
            head_commit=git.commit("HEAD"),
            base_commit=base.commit,
            subject_digest=subject_digest(project.root, git.tracked()),
            judged_by=base.commit,
            judge_changes=tuple(code),
            **given,
        )
    )
    untold = {name for name, reading in evidence.items() if reading.value is None}
    needs = {rule.id: untold.intersection(rule.needs) for rule in RULES}
    findings = tuple(
        finding.model_copy(update={"summary": _why(evidence, needs[finding.rule]), "advice": _ADVICE})
        if needs.get(finding.rule) and finding.verdict is Verdict.CANNOT_TELL
        else finding
        for finding in decision.findings
    )
    verdict = worst([decision.verdict, Verdict.CANNOT_TELL])
    return decision.model_copy(update={"verdict": verdict, "findings": findings})


def _why(evidence: dict[str, Read[Any]], missing: set[str]) -> str:
    """Why a rule cannot tell, as sentences."""
    reasons = dict.fromkeys(evidence[name].reason for name in sorted(missing))
    return " ".join(f"{reason[:1].upper()}{reason[1:]}." for reason in reasons)


def _context(request: CiRequest, git: Git, base: _Base, seconds: dict[str, float], unmet: tuple[str, ...]) -> Context:
    section = request.project.params.project
    changes = None
    if base.reference is not None:
        from wardround.flows.review.changes import changes as changes_of
        from wardround.revision.lock import parse

        try:
            changes = changes_of(request.project, git, base.reference, parse(git.file("HEAD", "dvc.lock")))
        except WardroundError:  # a lock that cannot be read stops no rehearsal
            changes = None
    return Context(
        project=section.name,
        title=section.title,
        outcome=section.outcome,
        encounter=section.encounter,
        revisions=(
            Revision("head", git.branch, git.commit("HEAD")),
            Revision("base", base_of(request), base.commit),
        ),
        changes=changes,
        stages=tuple(StageRun(stage.name, seconds.get(stage.name)) for stage in STAGES),
        limitations=(_LIMITATION, *_notes(unmet)),
        rules="",
    )


def _notes(unmet: tuple[str, ...]) -> tuple[str, ...]:
    if not unmet:
        return ()
    checks = ", ".join(unmet)
    return (
        f"No drawn encounter satisfies {checks}: the pipeline ran on encounters that pass all else, and the contract could not be judged.",
    )
