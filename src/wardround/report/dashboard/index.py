"""The first page: every model in one table, those that need somebody first."""

from __future__ import annotations

from collections.abc import Sequence

from wardround.disclosure.watched import SignalView
from wardround.report import words
from wardround.report.blocks import Answer, plain
from wardround.report.dashboard.shell import row, section, shell, table
from wardround.report.dashboard.svg import spark
from wardround.report.dashboard.values import Model, moment
from wardround.report.escape import in_html
from wardround.report.html.render import answer, badge

_ORDER = ("alert", "warning", "never", "note", "calm")
#: Which measure of everybody shows a model's course, the first that there is: heading, measure.
_COURSES = (("AUROC", "auroc"), ("Observed / expected", "oe"))


def index(models: Sequence[Model]) -> str:
    """The page. Models in the order of what was found, then by name."""
    ranked = sorted(models, key=lambda model: (_ORDER.index(model.severity), model.name))
    heads = (
        "Model",
        "Last look",
        "Stages now",
        *(title for title, _ in _COURSES),
        "When",
        "Late after",
        "Open proposals",
    )
    rows = [_row(model) for model in ranked]
    body = (_answer(ranked), section("models", "Models", (table("All models", heads, rows),) if rows else ()))
    return shell("Models on the ward", "Wardround", body)


def _answer(ranked: Sequence[Model]) -> str:
    counts = {name: [model.title for model in ranked if model.severity == name] for name in _ORDER}
    worst = next((name for name in _ORDER if counts[name]), "never")
    said = []
    for name, noun in (("alert", "has an alert"), ("warning", "has a warning"), ("never", "was never looked at")):
        if counts[name]:
            said.append(f"{words.listed(counts[name])} {noun if len(counts[name]) == 1 else _many(noun)}")
    sentence = "; ".join(said) if said else f"Nothing to speak of in {words.plural(len(ranked), 'model')}"
    if not ranked:
        sentence = "There is no model in this repository yet"
    step = "Open the first model of the table." if said else "Nothing: the next look comes by itself."
    return answer(Answer(worst, words.mark(worst).word, plain(f"{sentence}."), plain(step)))


def _many(noun: str) -> str:
    return noun.replace("has ", "have ").replace("was ", "were ")


def _row(model: Model) -> str:
    held = []
    for stage in model.stages:
        spell = model.now(stage)
        if spell is not None:
            held.append(f"{in_html(stage)} <code>{in_html(spell.version)}</code>")
    last, proposals = model.last, model.proposals
    nobody = "did not answer" if model.unanswered else "not asked"
    open_ = nobody if proposals is None else str(len(proposals))
    return row(
        (
            f"<a href='{in_html(model.page)}.html'>{in_html(model.title)}</a>",
            badge(model.severity),
            "<br>".join(held) or "none",
            *(_course(model, measure) for _, measure in _COURSES),
            in_html(moment(last.ran_at)) if last else "never",
            in_html(moment(model.due)) if model.due else "\u2013",
            open_,
        )
    )


def _course(model: Model, measure: str) -> str:
    series = sorted(
        (item for item in model.signals if item.measure == measure and not item.column), key=lambda item: item.window
    )
    newest: SignalView | None = next((item for item in reversed(series) if item.estimate.shown), None)
    if newest is None:
        return "\u2013"
    value = newest.estimate
    return f"{in_html(value.number(value.value))} {spark(series)}"
