"""What a fork's run may say at all: that the branch runs on synthetic encounters. What it claims of patients is not even shown.

A verdict of *cannot tell* above a table of invented numbers would still put them before a clinician.
"""

from __future__ import annotations

from dataclasses import fields

from wardround.disclosure.published import DecisionView
from wardround.disclosure.shapes import Checked
from wardround.flows.publication import Publication
from wardround.values import Verdict

#: Parts of published values that a rehearsal fills: what was judged of the pipeline and the drawn table, and settings.
_REHEARSAL = frozenset({"min_cell", "thresholds", "limitations", "decision", "validation", "profile", "baseline"})
#: Families of rules that need patients.
_PERFORMANCE = frozenset({"performance", "calibration", "utility", "fairness", "sites"})
#: What a decision without a comparison is called.
_OUTCOMES = frozenset({"not compared", "baseline"})


def of_a_fork(evidence: Checked[Publication]) -> Checked[Publication]:
    """The evidence of a fork's run, or the reason why it is not taken: it claims to know how the model does on patients."""
    publication = evidence.value
    if publication is None:
        return evidence
    if publication.mode != "synthetic":
        return Checked(None, "a fork's run has no patient data, but its evidence claims to come from them")
    published = publication.published
    claims = [
        field.name for field in fields(published) if field.name not in _REHEARSAL and getattr(published, field.name)
    ]
    if claims or (published.decision is not None and _claims(published.decision)):
        return Checked(None, "a rehearsal on synthetic encounters tells nothing of performance, but its evidence does")
    return evidence


def _claims(decision: DecisionView) -> bool:
    """Whether a decision says how the model stands, or whether a rule about performance could be judged."""
    told = {Verdict.CANNOT_TELL.value, Verdict.NOT_APPLICABLE.value}
    return decision.outcome not in _OUTCOMES or any(
        finding.verdict not in told or finding.facts
        for finding in decision.findings
        if finding.rule.partition(".")[0] in _PERFORMANCE
    )
