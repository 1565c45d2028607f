"""What a rule is: an id with a page, the params and evidence that it uses, and a function from a request to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from wardround.evidence.decision import Fact
from wardround.gate.request import JudgeRequest
from wardround.values import Verdict


@dataclass(frozen=True)
class Said:
    """A finding before the engine writes the rule's id on it. Fields as in :class:`wardround.evidence.decision.Finding`."""

    verdict: Verdict
    summary: str
    advice: str = ""
    subject: str = ""
    facts: tuple[Fact, ...] = ()


Judging = Callable[[JudgeRequest], Iterable[Said]]


@dataclass(frozen=True)
class Rule:
    """One documented check.

    ``needs`` names the evidence without which the rule cannot tell: the engine sees to that before it asks the rule.
    ``decides`` is false for rules that only write a note: their findings never make a decision pass.
    """

    id: str
    title: str
    params: tuple[str, ...]
    needs: tuple[str, ...]
    judge: Judging
    decides: bool = True

    @property
    def page(self) -> str:
        """Where the rule is documented, from the root of the repository."""
        return f"docs/rules/{self.id}.md"


def rule(
    name: str, title: str, *, params: tuple[str, ...] = (), needs: tuple[str, ...] = (), decides: bool = True
) -> Callable[[Judging], Rule]:
    """Makes a rule of the function that judges."""

    def make(judging: Judging) -> Rule:
        return Rule(name, title, params, needs, judging, decides)

    return make


def passes(summary: str, *facts: Fact, subject: str = "", advice: str = "") -> Said:
    """The rule is satisfied."""
    return Said(Verdict.PASS, summary, advice, subject, facts)


def refuses(summary: str, advice: str, *facts: Fact, subject: str = "") -> Said:
    """The rule is broken; ``advice`` says what to do."""
    return Said(Verdict.REFUSE, summary, advice, subject, facts)


def cannot_tell(summary: str, advice: str, *facts: Fact, subject: str = "") -> Said:
    """There is not enough to judge by, which blocks too; ``advice`` says what to do."""
    return Said(Verdict.CANNOT_TELL, summary, advice, subject, facts)


def not_applicable(summary: str, *facts: Fact, subject: str = "") -> Said:
    """The rule has no meaning here; the report prints why."""
    return Said(Verdict.NOT_APPLICABLE, summary, "", subject, facts)
