"""What an alarm asks for: nothing, an issue for those who supply the data, or a fix of the model."""

from __future__ import annotations

import math
from dataclasses import dataclass

from wardround.evidence.monitor import UPSTREAM, Cause, CauseKind, MonitorEvidence, MonitorFinding, Severity
from wardround.evidence.retraining import Fix

#: Rules by whose alarms patients are worse served. Drift alone harms nobody: it is a note, whatever its size.
HARM = ("performance.", "calibration.", "fairness.", "workload.", "value.", "concept.")
#: An outage explains a miscalibration when it alone makes at least this share of it, on the log scale. Project choice.
EXPLAINS = 0.5


@dataclass(frozen=True)
class Answer:
    """``issue``: the faults of the data's supply that alarm. ``harm``: the alarms that a fix of the model may answer.

    ``waits`` says why no fix is looked for although there is harm; empty when one is.
    """

    issue: tuple[Cause, ...]
    harm: tuple[MonitorFinding, ...]
    waits: str = ""

    @property
    def climbs(self) -> bool:
        """Whether the ladder is to be tried."""
        return bool(self.harm) and not self.waits


def answer_to(evidence: MonitorEvidence) -> Answer:
    """What the findings and their probable causes ask for.

    A wrong unit or a changed code system makes every number about outcomes doubtful, and a fit would learn the fault: nothing of the
    model is touched until the supply is mended. An outage can be set apart (:func:`explained_by`), so that the ladder may be tried.
    """
    alarms = tuple(item for item in evidence.findings if item.severity is Severity.ALERT)
    alarming = {item.rule for item in alarms}
    issue = tuple(item for item in evidence.causes if item.kind in UPSTREAM and alarming.intersection(item.rules))
    harm = tuple(item for item in alarms if item.rule.startswith(HARM))
    untold = [item for item in issue if item.kind is not CauseKind.OUTAGE]
    waits = ""
    if harm and untold:
        what = "; ".join(item.summary.rstrip(".") for item in untold)
        waits = f"the data are at fault, and a fit would learn it: {what}"
    return Answer(issue, harm, waits)


def lost_columns(answer: Answer) -> tuple[str, ...]:
    """The columns that an outage took."""
    return tuple(dict.fromkeys(item.subject for item in answer.issue if item.kind is CauseKind.OUTAGE and item.subject))


def explained_by(before: float, without: float, observed: float) -> float:
    """Which share of a miscalibration an outage makes by itself, on the log scale of O/E; 0 where it makes none or the opposite.

    ``before`` is O/E on the reference data, ``without`` on the same data with the lost columns blanked, ``observed`` in the alarming
    window. All above 0.
    """
    whole, part = math.log(observed / before), math.log(without / before)
    return max(part / whole, 0.0) if whole else 0.0


def barred(lost: tuple[str, ...]) -> dict[Fix, str]:
    """Fixes that an outage forbids: a refit would learn to do without the columns. A recalibration learns two numbers, and is undone by the next."""
    if not lost:
        return {}
    why = f"a fit would learn that {' and '.join(lost)} {'is' if len(lost) == 1 else 'are'} missing"
    return {Fix.REFIT: why, Fix.SEARCH: why}
