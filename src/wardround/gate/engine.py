"""From a request to a decision: every rule is asked, nothing is skipped in silence, and no evidence can make it raise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wardround.evidence.decision import Decision, EvidenceUsed, Finding
from wardround.gate.changes import changes_of_judge
from wardround.gate.freshness import unusable
from wardround.gate.headline import headline
from wardround.gate.registry import RULES
from wardround.gate.request import EVIDENCE, JudgeRequest
from wardround.gate.rule import Rule, Said, cannot_tell, not_applicable
from wardround.values import Verdict, worst


def judge(request: JudgeRequest, rules: Sequence[Rule] = RULES) -> Decision:
    """All findings and the verdict.

    Missing, malformed or stale evidence is *cannot tell* for each rule that needs it. Rules that the base's params switch
    off are listed as *not applicable*. The verdict is the worst of the rules that decide; with none left it is *cannot tell*.
    """
    findings = [finding for one in rules for finding in _findings(one, request)]
    return Decision(
        project=request.project,
        verdict=verdict_of([(finding.rule, finding.verdict) for finding in findings], rules),
        outcome=headline(request),
        subject_digest=request.subject_digest,
        head_commit=request.head_commit,
        base_commit=request.base_commit,
        anchor_commit=request.anchor_commit,
        judged_by=request.judged_by or request.base_commit or request.head_commit,
        judge_changes=changes_of_judge(request),
        findings=tuple(findings),
        evidence=tuple(EvidenceUsed(name=name, digest=request.reading(name).digest) for name in EVIDENCE),
    )


def verdict_of(found: Iterable[tuple[str, Verdict]], rules: Sequence[Rule] = RULES) -> Verdict:
    """The worst verdict among the findings, each a rule's id and what it says, of the rules that decide."""
    deciding = {one.id for one in rules if one.decides}
    return worst([verdict for rule, verdict in found if rule in deciding])


def _findings(one: Rule, request: JudgeRequest) -> Iterable[Finding]:
    for said in _ask(one, request):
        yield Finding(
            rule=one.id,
            verdict=said.verdict,
            subject=said.subject,
            summary=said.summary,
            advice=said.advice,
            facts=said.facts,
        )


def _ask(one: Rule, request: JudgeRequest) -> Sequence[Said]:
    if one.id in request.base_params.gate.off:
        return [not_applicable("The rule is switched off in params (base): gate.off names it.")]
    reasons = {name: reason for name in one.needs if (reason := unusable(name, request))}
    if reasons:
        why = "; ".join(f"{name.replace('_', ' ')}: {reason}" for name, reason in reasons.items())
        return [
            cannot_tell(
                f"Evidence that the rule needs is missing or cannot be used ({why}).",
                "Run the pipeline again so that its evidence is made anew: `wardround review`.",
            )
        ]
    try:
        said = list(one.judge(request))
    except Exception as error:  # noqa: BLE001 - evidence is hostile input: whatever it provokes must block, not crash
        return [
            cannot_tell(
                f"The rule could not work with this evidence ({type(error).__name__}).",
                "Run the pipeline again; if it stays, report it with the version of Wardround.",
            )
        ]
    return said or [cannot_tell("The rule found nothing to judge.", "Run the pipeline again: `wardround review`.")]
