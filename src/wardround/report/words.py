"""What measures, verdicts and populations are called in reports."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.report.numbers import threshold
from wardround.values import Population, Verdict


@dataclass(frozen=True)
class Label:
    """A measure's name in a table, and what it tells a reader who does not know it."""

    name: str
    meaning: str


#: In the order of tables. Definitions: docs/reference of measures.
OVERALL: dict[str, Label] = {
    "auroc": Label("AUROC", "how often a patient with the event gets the higher risk; 0.5 is guessing"),
    "auprc": Label("AUPRC", "precision, averaged over sensitivity; guessing gives the event rate"),
    "brier": Label("Brier score", "mean squared error of the risks; lower is better"),
    "scaled_brier": Label("Scaled Brier score", "1 is perfect, 0 is no better than the event rate"),
    "oe": Label("Observed / expected", "events that happened for each one predicted; 1 is best"),
    "citl": Label("Calibration-in-the-large", "0 is best; above 0 the risks are too low"),
    "slope": Label("Calibration slope", "1 is best; below 1 the risks are too extreme"),
    "intercept": Label("Calibration intercept", "0 is best"),
    "ici": Label("ICI", "mean distance between predicted and observed risk; lower is better"),
    "ece": Label("ECE", "the same over score bins; lower is better"),
    "event_rate": Label("Event rate", "share of encounters with the event"),
}
AT_THRESHOLD: dict[str, Label] = {
    "sensitivity": Label("Sensitivity", "share of events that raise an alert"),
    "specificity": Label("Specificity", "share of non-events that raise none"),
    "ppv": Label("Positive predictive value", "share of alerts that are followed by the event"),
    "npv": Label("Negative predictive value", "share of non-alerts without the event"),
    "alerts_per_100": Label("Alerts per 100", "workload"),
    "alerts_per_day": Label("Alerts per day", "workload"),
    "nne": Label("Number needed to evaluate", "alerts looked at for each event found"),
    "net_benefit": Label("Net benefit", "true alerts less false ones, weighed by the threshold"),
}
POPULATIONS = {Population.NEW_SUBJECTS.value: "New patients", Population.ALL_COMERS.value: "All comers"}
MEANING_OF_POPULATIONS = {
    Population.NEW_SUBJECTS.value: "no compared model has seen them; the gate judges by these",
    Population.ALL_COMERS.value: "new and returning patients of the last period, as deployed",
}
ROLES = {"head": "new model", "base": "current model", "anchor": "anchor model"}
ROLE_COLUMNS = {"head": "New (head)", "base": "Current (base)", "anchor": "Anchor"}


@dataclass(frozen=True)
class Mark:
    """A verdict as icon and word, never one alone. ``icon`` is a text character, ``emoji`` what comments use."""

    icon: str
    emoji: str
    word: str
    name: str


MARKS = {
    Verdict.PASS.value: Mark("\u2713", "\u2705", "Pass", "pass"),
    Verdict.REFUSE.value: Mark("\u2715", "\u26d4", "Refuse", "refuse"),
    Verdict.CANNOT_TELL.value: Mark("?", "\u2753", "Cannot tell", "unknown"),
    Verdict.NOT_APPLICABLE.value: Mark("\u2013", "\u2796", "Not applicable", "none"),
}
#: What the monitor found; nothing is ``calm``.
SEVERITIES = {
    "alert": Mark("!", "\U0001f6a8", "Alert", "refuse"),
    "warning": Mark("\u25b2", "\u26a0\ufe0f", "Warning", "unknown"),
    "note": Mark("i", "\u2139\ufe0f", "Note", "none"),
    "never": Mark("?", "\u2753", "Never watched", "unknown"),
    "calm": Mark("\u2713", "\u2705", "Nothing found", "pass"),
}


def mark(verdict: str) -> Mark:
    """The mark of a verdict or a severity; whatever is neither cannot tell."""
    return MARKS.get(verdict) or SEVERITIES.get(verdict) or MARKS[Verdict.CANNOT_TELL.value]


def measure(name: str) -> str:
    """What a measure is called: ``auroc``, or ``sensitivity@0.2``."""
    base, at, value = name.partition("@")
    label = OVERALL.get(base) or AT_THRESHOLD.get(base)
    title = label.name if label else base.replace("_", " ")
    if not at:
        return title
    try:
        return f"{title} at {threshold(float(value))}"
    except ValueError:
        return f"{title} at {value}"


def fact(name: str) -> str:
    """What a fact is called: measures by their names, all else as the rule says it."""
    return measure(name) if name.partition("@")[0] in OVERALL | AT_THRESHOLD else name


def short(name: str) -> str:
    """What a measure is called in a row under its threshold."""
    return measure(name.partition("@")[0])


def population(name: str) -> str:
    """What a population is called."""
    return POPULATIONS.get(name, name.replace("_", " "))


def group(column: str, level: str) -> str:
    """What a group is called: ``everybody``, or ``sex: F``."""
    return f"{column}: {level}" if column else "everybody"


def named_fact(name: str, group_of: str) -> str:
    """A fact's name with the group that it is about: ``Sensitivity (sex: F)``; ``group_of`` is ``sex=F`` or empty."""
    column, _, level = group_of.partition("=")
    return f"{fact(name)} ({group(column, level)})" if level else fact(name)


def plural(number: int, noun: str) -> str:
    """``1 rule``, ``2 rules``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: list[str], most: int = 3) -> str:
    """``a``, ``a and b``, ``a, b and 4 more``; the order is kept, doubles are left out."""
    names = list(dict.fromkeys(names))
    shown, rest = names[:most], len(names) - most
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def column(name: str) -> str:
    """A grouping column as a heading."""
    return name.replace("_", " ")
