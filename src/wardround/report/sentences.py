"""The verdict in one plain sentence, and what to do next."""

from __future__ import annotations

from wardround.disclosure.published import (
    Cohort,
    DecisionView,
    DifferenceView,
    FactView,
    FindingView,
    GroupView,
    Published,
    Why,
)
from wardround.report import numbers, words
from wardround.report.blocks import Answer, Inline, Notes, code, plain, prose
from wardround.report.context import Context, Looks, short
from wardround.report.sections import changes
from wardround.values import Population, Verdict

NON_INFERIORITY = "performance.non_inferiority"
#: Not applicable to a draft, where there is no commit whose lock could be checked, and where params switch it off.
LOCK = "lock.fresh"

#: How it stands when the rules find it non-inferior and the whole interval, as printed, lies on one side of 0.
ONE_SIDED = {
    -1: "the new model ranks new patients slightly worse than the current one, within the margin{numbers}",
    1: "the new model ranks new patients no worse than the current one, and is not shown to be better on every test set{numbers}",
}
#: How the new model stands, by the decision's headline. ``{numbers}`` is the AUROC with its difference and margin.
HEADLINES = {
    "superior": "the new model ranks new patients better than the current one{numbers}",
    "non-inferior": "the new model ranks new patients about as well as the current one{numbers}",
    "inferior": "the new model ranks new patients worse than the current one, or may well do{numbers}",
    "underpowered": "there are too few events among new patients to tell whether the new model ranks them as well as the "
    "current one{numbers}",
    "unchanged": "the new model gives new patients the same ranking as the current one{numbers}",
    "baseline": "this is the first version, so absolute limits decide and not a comparison{numbers}",
    "not compared": "the new model could not be compared with the current one",
}


def answer(published: Published, context: Context, notes: Notes) -> Answer:
    """The top of the report."""
    decision = published.decision
    if decision is None:
        missing = "There is no decision: the evidence that it rests on is missing or could not be read."
        return Answer(Verdict.CANNOT_TELL.value, "Cannot tell", plain(missing), prose("Run `wardround review` again."))
    return Answer(
        decision.verdict,
        words.mark(decision.verdict).word,
        plain(sentence(published, decision)),
        next_step(decision),
        tuple(_facts(published, decision, context, notes)),
    )


def sentence(published: Published, decision: DecisionView) -> str:
    """How the new model stands, and what the rules make of it, in one sentence."""
    headline = HEADLINES.get(decision.outcome, HEADLINES["not compared"])
    if decision.outcome == "non-inferior":
        headline = ONE_SIDED.get(side(difference(published)), headline)
    said = headline.replace("{numbers}", _numbers(published, decision))
    refusing = [finding.rule for finding in decision.findings if finding.verdict == Verdict.REFUSE]
    unsure = [finding.rule for finding in decision.findings if finding.verdict == Verdict.CANNOT_TELL]
    if decision.verdict == Verdict.PASS:
        tail = ", and every rule passes"
    elif refusing:
        tail = f"; {_rules(refusing, 'refuses', 'refuse')} the change ({words.listed(refusing)})"
        tail += f", and {_rules(unsure, 'cannot', 'cannot')} tell" if unsure else ""
    else:
        tail = (
            f"; {_rules(unsure, 'cannot', 'cannot')} tell ({words.listed(unsure)})"
            if unsure
            else "; no rule could judge it"
        )
    text = f"{said}{tail}."
    return text[0].upper() + text[1:]


def _rules(names: list[str], one: str, many: str) -> str:
    number = len(set(names))
    return f"{words.plural(number, 'rule')} {one if number == 1 else many}"


def difference(published: Published) -> DifferenceView | None:
    """The AUROC of new patients against the base, on the head's test set."""
    versus = published.versus("base")
    cohort = versus.cohort(Population.NEW_SUBJECTS) if versus else None
    change = cohort.change("all") if cohort and not cohort.withheld else None
    return change.of("auroc") if change else None


def side(found: DifferenceView | None) -> int:
    """On which side of 0 the whole interval lies, as it is printed: -1, 1, or 0 when it touches 0 or is not shown."""
    if found is None or not numbers.interval(found.difference):
        return 0
    quantity = found.difference
    low, high = (round(limit or 0.0, quantity.decimals) for limit in (quantity.low, quantity.high))
    return (low > 0) - (high < 0)


def margin(decision: DecisionView | None) -> FactView | None:
    """The non-inferiority margin that judged."""
    facts = (fact for finding in (decision.of(NON_INFERIORITY) if decision else ()) for fact in finding.facts)
    return next((fact for fact in facts if fact.name == "margin" and fact.quantity is not None), None)


def looked(looks: Looks) -> str:
    """How many models the test block has judged: ``3 models: 2 committed, 1 on this machine alone``."""
    drafts = looks.models - looks.committed
    parts = [f"{numbers.whole(looks.committed)} committed"] if looks.committed else []
    parts += [f"{numbers.whole(drafts)} on this machine alone"] if drafts else []
    return f"{_models(looks)}: {', '.join(parts)}" + ("" if looks.complete else "; the history here is cut off")


def again(looks: Looks | None) -> str:
    """What it means that a test block has judged more than one model; empty when it has not."""
    if looks is None or looks.models < 2:
        return ""
    return (
        f"This test block has been used to judge {_models(looks)}; see *Looking again* in docs/explanation/multiplicity.md: "
        "the best of several looks better than it is."
    )


def _models(looks: Looks) -> str:
    least = "" if looks.complete else "at least "
    return least + (f"{numbers.whole(looks.models)} model" + ("" if looks.models == 1 else "s"))


def _numbers(published: Published, decision: DecisionView) -> str:
    found = difference(published)
    if found is None:
        return _alone(published)
    if not (found.head.shown and found.reference.shown and found.difference.shown):
        return ""
    parts = [f"AUROC {numbers.point(found.reference)} \u2192 {numbers.point(found.head)}"]
    parts.append(f"difference {numbers.point(found.difference, sign=True)}")
    limits = numbers.interval(found.difference, sign=True)
    text = ", ".join(parts) + (f", 95{numbers.NBSP}% interval {limits}" if limits else "")
    bound = margin(decision)
    if bound is not None and bound.quantity is not None and bound.quantity.value is not None:
        text += f"; margin {numbers.parameter(-bound.quantity.value, 3)}"
    return f" ({text})"


def _alone(published: Published) -> str:
    cohort = published.cohort(Population.NEW_SUBJECTS)
    model = cohort.model("head") if cohort else None
    group = model.group("all") if model else None
    auroc = group.measures.get("auroc") if group else None
    if auroc is None or not auroc.shown:
        return ""
    limits = numbers.interval(auroc)
    coarse = " from the published score bins" if auroc.origin == "table" else ""
    return f" (AUROC{coarse} {numbers.point(auroc)}{f', 95{numbers.NBSP}% interval {limits}' if limits else ''})"


def next_step(decision: DecisionView) -> Inline:
    """What the author does now."""
    if decision.verdict == Verdict.PASS:
        if any(
            finding.verdict == Verdict.NOT_APPLICABLE and "draft" in finding.summary for finding in decision.of(LOCK)
        ):
            return prose("This is a draft: commit it with `dvc.lock`, run `dvc push`, then `wardround review` again.")
        if decision.judge_changes:
            return plain(
                "The change edits what judges. Ask the owners of the gate, and a code owner, for their review."
            )
        return plain("Ask a code owner for the review; the change may be merged.")
    blocking = first_blocking(decision)
    if blocking is None:
        return prose("Run `wardround review` again: no rule could judge.")
    advice = blocking.advice or "See below what the rule found."
    return (*prose(advice), *plain(" ("), *code(blocking.rule), *plain(")"))


def first_blocking(decision: DecisionView) -> FindingView | None:
    """The finding that the author looks at first: the first that refuses, else the first that cannot tell."""
    for verdict in (Verdict.REFUSE, Verdict.CANNOT_TELL):
        for finding in decision.findings:
            if finding.verdict == verdict:
                return finding
    return None


def _facts(published: Published, decision: DecisionView, context: Context, notes: Notes) -> list[tuple[str, Inline]]:
    rows: list[tuple[str, Inline]] = []
    for role, commit in (
        ("head", decision.head_commit),
        ("base", decision.base_commit),
        ("anchor", decision.anchor_commit),
    ):
        revision = context.revision(role)
        known = commit or (revision.commit if revision else "")
        if known:
            name = (*plain(f"{revision.name} "),) if revision and revision.name else ()
            note = plain(f" ({revision.note})") if revision and revision.note else ()
            rows.append((role.capitalize(), (*name, *code(short(known)), *note)))
    cohort = published.cohort(Population.NEW_SUBJECTS)
    change = (cohort.change("all") or _head_group(cohort)) if cohort else None
    if change is not None:
        shown = change.n.shown and change.events.shown
        text = (
            plain(
                f"{numbers.count(change.n)} {context.encounter}s of new patients, {numbers.count(change.events)} events"
            )
            if shown
            else notes.withheld(change.n.withheld or change.events.withheld or Why.SMALL)
        )
        rows.append(("Judged on", text))
    if context.changes is not None:
        rows.append(("Changed", plain(changes.summary(context.changes).removeprefix("Changed: "))))
    return rows


def _head_group(cohort: Cohort) -> GroupView | None:
    model = cohort.model("head")
    return model.group("all") if model else None
