"""Evidence of the judgement: what each rule found, and all findings with the verdict."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from wardround.evidence.base import Evidence, Frozen
from wardround.values import Verdict


class Fact(Frozen):
    """One number or word that a finding rests on, typed so that disclosure control knows how to treat it.

    ``count`` is a number of encounters, subjects or events; ``proportion`` is ``numerator`` of ``denominator``;
    ``measure`` is a statistic (with interval) of the group ``group`` (``all`` when empty); ``margin`` is a parameter, never a secret;
    ``text`` is a name (column, rule, commit), never a cell value.
    """

    name: str
    type: Literal["count", "proportion", "measure", "margin", "text"]
    count: int | None = None
    numerator: int | None = None
    denominator: int | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    text: str = ""
    group: str = ""


class Finding(Frozen):
    """What one rule found.

    ``subject`` is what it looked at (a group, a column, base or anchor), empty for the whole. ``summary`` and ``advice`` hold no
    numbers that come from patients: those are in ``facts``.
    """

    rule: str
    verdict: Verdict
    subject: str = ""
    summary: str
    advice: str = ""
    facts: tuple[Fact, ...] = ()


class EvidenceUsed(Frozen):
    """A file that the decision rests on and its digest (empty when it was missing)."""

    name: str
    digest: str


class Decision(Evidence):
    """What ``review`` writes to ``reports/decision.json``.

    ``subject_digest`` names exactly what was judged: code, params, data snapshot and lock, without ``reports/``.
    ``judged_by`` is the commit whose rules, params and code judged: the base's. ``outcome`` is the headline:
    ``superior``, ``non-inferior``, ``inferior``, ``underpowered``, ``baseline``, ``unchanged`` or ``not compared``.
    """

    KIND: ClassVar[str] = "decision"

    project: str
    verdict: Verdict
    outcome: str
    subject_digest: str
    head_commit: str
    base_commit: str
    anchor_commit: str = ""
    judged_by: str
    #: Params sections that this change edits and that judge others: they take effect only after the merge.
    judge_changes: tuple[str, ...] = ()
    findings: tuple[Finding, ...]
    evidence: tuple[EvidenceUsed, ...] = Field(default=())

    def of(self, rule: str) -> tuple[Finding, ...]:
        """The findings of one rule."""
        return tuple(finding for finding in self.findings if finding.rule == rule)
