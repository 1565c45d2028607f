"""A publication and those before it: what is to be remembered of it, which records are believed, and the audit of them all."""

from __future__ import annotations

from dataclasses import replace

from wardround.disclosure import together
from wardround.disclosure.auditing import AuditResult, Budget
from wardround.disclosure.earlier import About, Earlier, people_of, tables_of
from wardround.disclosure.inside import Before, Inside
from wardround.disclosure.published import Published
from wardround.disclosure.sources import sources


def told(published: Published, inside: Inside, about: About, project: str) -> Earlier:
    """What a later publication about the same people has to know of this one."""
    people = people_of(inside.comparison, inside.metrics, about)
    return Earlier(project, published.min_cell, published.thresholds, tables_of(published, people, about))


def agreeing(inside: Inside, before: Before) -> Before:
    """Without records that the evidence contradicts: they are not about these people, whatever they say."""
    exact = _exact(inside, before.about)
    earlier = tuple(old for old in before.earlier if not together.contradicts(old, exact))
    if len(earlier) == len(before.earlier):
        return before
    said = "Records of earlier publications that this evidence contradicts were not used."
    return replace(before, earlier=earlier, missing=f"{before.missing} {said}".strip())


def _exact(inside: Inside, about: About) -> together.Exact:
    """The true counts by people and model."""
    people = people_of(inside.comparison, inside.metrics, about)
    return {
        (people[source.place, source.population], about.models[role]): measures
        for source in sources(inside.metrics, inside.comparison)
        for role, measures in source.models.items()
        if (source.place, source.population) in people and role in about.models
    }


def with_earlier(
    published: Published, inside: Inside, edges: tuple[float, ...], before: Before, budget: Budget
) -> AuditResult:
    """The audit of the set: where something that is out says more of these people, or of a part of them."""
    new = told(published, inside, before.about, "")
    earlier = tuple(old for old in before.earlier if together.matters(new, old) or together.overlap(new, old))
    if not earlier:
        return AuditResult(0, 0, ())
    exact = _exact(inside, before.about)
    return together.examine_set(together.Set(new, earlier, exact, edges), budget=budget.share())
