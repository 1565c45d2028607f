"""What a proposal says: what moved, since when, for whom, what was tried, what it costs to wait, and the way back. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.evidence.retraining import WORDS, Fix
from wardround.monitoring.retraining.deciding import HARM
from wardround.report.escape import in_markdown
from wardround.values import Population

if TYPE_CHECKING:
    from wardround.disclosure.published import AgainstView, Published, Quantity
    from wardround.disclosure.tried import AttemptView, TriedView
    from wardround.disclosure.watched import WatchView
    from wardround.flows.retrain.mark import Mark

RETRAINING, DATA = "retraining", "data"
_AS_IT_IS = "the model as it is"
_TEST_SETS = {"head": "the proposal's test set", "reference": "its own test set"}


@dataclass(frozen=True)
class Argument:
    """``verdict`` and ``why`` are the review's of the proposal, worked out before it was opened. ``refused`` are fixes whose review did not pass."""

    name: str
    mark: Mark
    watch: WatchView
    tried: TriedView
    published: Published
    verdict: str
    why: str
    by_job: bool
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def title_of(argument: Argument) -> str:
    """One line: the fix, and until when the data reach."""
    return f"{argument.name}: {WORDS[Fix(argument.tried.chosen)]} (data until {argument.tried.end})"


def body_of(argument: Argument) -> str:
    """The whole text, in Markdown."""
    return "\n".join(_lines(argument)).strip() + f"\n\n{argument.mark.text}\n"


def _lines(argument: Argument) -> Iterator[str]:
    tried, chosen = argument.tried, _chosen(argument.tried)
    yield f"The monitor alarms, and **{WORDS[Fix(tried.chosen)]}** is the cheapest fix that suffices. Nothing merges itself: this is reviewed as any change."
    yield ""
    yield from _moved(argument.watch)
    yield from _waiting(tried, chosen)
    yield from _ladder(tried)
    yield from _compared(argument)
    yield from _caveats(argument)
    yield from _way_back(argument)


def _chosen(tried: TriedView) -> AttemptView:
    return next(item for item in tried.attempts if item.fix == tried.chosen)


def _moved(watch: WatchView) -> Iterator[str]:
    yield "## What moved, since when, for whom"
    yield ""
    for item in watch.findings:
        if item.severity != "alert" or not item.rule.startswith(HARM):
            continue
        who = f" for {in_markdown(item.subject)}" if item.subject else " for everybody"
        since = f", since the window {in_markdown(item.since)}" if item.since else ""
        yield f"- `{item.rule}`{who}{since}: {in_markdown(item.summary)}"
    for cause in watch.causes:
        about = f" ({in_markdown(cause.subject)})" if cause.subject else ""
        yield f"- Probable cause: {in_markdown(cause.kind)}{about}. {in_markdown(cause.summary)}"
    yield ""


def _waiting(tried: TriedView, chosen: AttemptView) -> Iterator[str]:
    now = tried.attempts[0]
    yield "## What it costs to wait"
    yield ""
    if now.oe.value is not None:
        yield f"- For 100 events that the model predicts, {now.oe.value * 100:.0f} happen; with the fix, {_percent(chosen.oe)}."
    if now.alerts_per_day.value is not None and chosen.alerts_per_day.value is not None:
        yield (
            f"- Alerts a day at {now.threshold:g}: {now.alerts_per_day.value:g} now, {chosen.alerts_per_day.value:g} with the fix"
            f"{f' (at {chosen.threshold:g})' if chosen.threshold != now.threshold else ''}."
        )
    if now.net_benefit.value is not None and chosen.net_benefit.value is not None:
        gain = chosen.net_benefit.value - now.net_benefit.value
        yield f"- Net benefit per 1,000 encounters: {now.net_benefit.value:g} now, {chosen.net_benefit.value:g} with the fix ({gain:+.1f})."
    yield ""


def _percent(quantity: Quantity) -> str:
    return f"{quantity.value * 100:.0f}" if quantity.value is not None else str(quantity)


def _ladder(tried: TriedView) -> Iterator[str]:
    yield "## What was tried on the recent window"
    yield ""
    yield (
        f"Encounters from {tried.start} to {tried.end} (excluded) of subjects whom no model has seen. Each fix was fitted on one half of them and "
        f"measured on the other: {tried.n} encounters, {tried.events} events. Cheapest first."
    )
    yield ""
    yield "| | O/E | slope | AUROC | threshold | sensitivity | PPV | alerts a day | net benefit per 1,000 | meets the gate's limits |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for item in tried.attempts:
        name = WORDS[Fix(item.fix)] if item.fix else _AS_IT_IS
        if item.unable:
            yield f"| {name} | | | | | | | | | not tried: {in_markdown(item.unable)} |"
            continue
        cells = [item.oe, item.slope, item.auroc, f"{item.threshold:g}", item.sensitivity, item.ppv]
        cells += [item.alerts_per_day, item.net_benefit]
        meets = "yes" if item.suffices else "no: " + ", ".join(item.missed)
        strong = "**" if item.fix == tried.chosen else ""
        yield f"| {strong}{name}{strong} | " + " | ".join(map(str, cells)) + f" | {strong}{meets}{strong} |"
    yield ""


def _compared(argument: Argument) -> Iterator[str]:
    yield "## Champion and challenger in review"
    yield ""
    shown = [(item, said) for item in argument.published.against if (said := _auroc(item))]
    if shown:
        yield "| against | on | AUROC before | AUROC after | difference |"
        yield "|---|---|---|---|---|"
        for item, said in shown:
            yield f"| {item.reference} | {_TEST_SETS.get(item.test_set, item.test_set)} | {' | '.join(said)} |"
    for item in argument.published.against:
        if not item.comparable:
            yield f"Not comparable with {item.reference} on {_TEST_SETS.get(item.test_set, item.test_set)}: {in_markdown(item.reason)}."
    yield ""
    yield f"The review of this change, worked out before it was opened: **{argument.verdict}**. {in_markdown(argument.why)}"
    yield from (
        f"Review of {WORDS[Fix(name)]}: did not pass, so that the next fix was taken." for name in argument.refused
    )
    yield ""


def _auroc(item: AgainstView) -> tuple[str, str, str] | None:
    for cohort in item.cohorts:
        if cohort.population == Population.NEW_SUBJECTS.value:
            for change in cohort.changes:
                if not change.column and (found := change.of("auroc")) is not None:
                    return str(found.reference), str(found.head), str(found.difference)
    return None


def _caveats(argument: Argument) -> Iterator[str]:
    said = [
        *(f"Not repaired by any fix: {in_markdown(line)}." for line in argument.tried.unrepaired),
        *((in_markdown(argument.tried.feedback),) if argument.tried.feedback else ()),
        *(in_markdown(note) for note in argument.notes),
    ]
    if said:
        yield "## What to keep in mind"
        yield ""
        yield from (f"- {line}" for line in said)
        yield ""


def _way_back(argument: Argument) -> Iterator[str]:
    yield "## The way back"
    yield ""
    yield (
        f"Before a promotion: close this pull request. It is not opened again for this alarm. After one: `wardround rollback {argument.name} "
        f"--stage {argument.watch.stage} --reason '…'`; the version before stays in the storage. The label `retrain:hold` on any open issue or pull "
        "request stops new proposals."
    )
    if argument.by_job:
        yield ""
        yield (
            "This pull request was opened with a job's own token: its workflows start when somebody who may write here presses *Approve workflows "
            "to run*. Please approve the runs."
        )
