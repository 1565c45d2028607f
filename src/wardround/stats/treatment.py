"""Weights that make the untreated stand for everybody: inverse probability of treatment weighting of what an alert changed.

A model is held against the outcome that a patient would have had without its alert. Of the treated nobody knows it. Where treatment
depends on the score and on what was recorded, and everybody had a chance to stay untreated, untreated encounters weighted by
1 / P(untreated) stand for all (Robins, Hernán & Brumback 2000; for prognostic models Pajouheshnia et al. 2017, BMC Medical Research
Methodology 17:103). Weights are stabilised by the share of the untreated and truncated at percentiles (Cole & Hernán 2008, American
Journal of Epidemiology 168:656); whether they carry enough is told by Kish's effective size (1965), before truncation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardround.stats.logistic import fit_logistic, logit

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: The weights' percentiles at which they are truncated (Cole & Hernán 2008 look at the 1st and 99th first).
TRUNCATED = (0.01, 0.99)
#: Penalty of the propensity's logistic fit on standardised columns, as for calibration's spline: negligible unless columns separate.
_RIDGE = 0.01
#: A chance to stay untreated below this is none: its weight would stand for twenty others and more. Project choice.
LEAST_CHANCE = 0.05


@dataclass(frozen=True)
class Treatment:
    """n encounters: who was ``treated`` because of an alert, the score, and the operating ``threshold`` from which on it alerts.

    ``adjust`` (k, n) are other columns on which treatment depends, without missing values. ``propensity`` is the declared probability of
    treatment, where somebody knows it; then nothing is fitted.
    """

    treated: Mask
    probability: Floats
    threshold: float
    adjust: Floats | None = None
    propensity: Floats | None = None


@dataclass(frozen=True)
class Weights:
    """``value`` (n,) is 0 for the treated. ``unstable`` says why they must not be used; empty when they may.

    ``treated`` counts; ``effective`` is Kish's effective size of all untreated, ``alerted`` that of the untreated from the threshold on,
    both before truncation. ``mean`` of the untreated weights is 1 when the propensity fits (Cole & Hernán 2008).
    """

    value: Floats
    treated: int
    effective: float
    alerted: float
    mean: float
    unstable: str = ""


def excluding(treated: Mask) -> Weights:
    """Treated encounters count 0, others 1: right for what is conditional on the score (O/E, slope), when treatment depends on it alone."""
    value = (~treated).astype(np.float64)
    left = float(value.sum())
    return Weights(value, int(treated.sum()), left, left, 1.0 if left else float("nan"))


def weighing(given: Treatment, least: int) -> Weights:
    """Stabilised, truncated weights of the untreated. ``least`` is the effective size that a side of the threshold with treated must have.

    They are unstable when somebody's chance to stay untreated is below :data:`LEAST_CHANCE`, when an effective size is too small, or when
    a declared propensity is none.
    """
    untreated = ~given.treated
    if not given.treated.any():
        return excluding(given.treated)
    chance = 1.0 - (_fitted(given) if given.propensity is None else given.propensity)
    wrong = "" if given.propensity is None else _wrong(given)
    if wrong or not untreated.any():
        return _none(given, wrong or "everybody was treated: nobody shows what happens without")
    raw = np.where(untreated, untreated.mean() / np.maximum(chance, 1e-9), 0.0)
    alerts = given.probability >= given.threshold
    sizes = [effective_size(raw[untreated]), effective_size(raw[untreated & alerts])]
    low, high = np.quantile(raw[untreated], TRUNCATED)
    value = np.where(untreated, np.clip(raw, low, high), 0.0)
    return Weights(
        value,
        int(given.treated.sum()),
        sizes[0],
        sizes[1],
        float(raw[untreated].mean()),
        _unstable(given, chance, raw, least),
    )


def effective_size(weight: Floats) -> float:
    """(Σw)² / Σw²: so many encounters of equal weight would tell as much (Kish 1965)."""
    squares = float((weight * weight).sum())
    return float(weight.sum()) ** 2 / squares if squares > 0.0 else 0.0


def _wrong(given: Treatment) -> str:
    told = given.propensity
    assert told is not None
    if not np.all((told >= 0.0) & (told <= 1.0)):
        return "the declared propensity is missing or no probability for some encounters"
    return ""


def _none(given: Treatment, why: str) -> Weights:
    return Weights(np.zeros(given.treated.size), int(given.treated.sum()), 0.0, 0.0, float("nan"), why)


def _unstable(given: Treatment, chance: Floats, raw: Floats, least: int) -> str:
    untreated, alerts = ~given.treated, given.probability >= given.threshold
    if (share := float((chance < LEAST_CHANCE).mean())) > TRUNCATED[0]:
        word = "more than half" if share > 0.5 else "some"
        return f"{word} of the encounters had next to no chance to stay untreated (below {LEAST_CHANCE:g})"
    for side, word in ((alerts, "from the threshold on"), (~alerts, "below the threshold")):
        if given.treated[side].any() and effective_size(raw[untreated & side]) < least:
            return f"the untreated {word} weigh no more than fewer than {least} encounters would"
    return ""


def _fitted(given: Treatment) -> Floats:
    """P(treated), by logistic regression on the score's logit and ``adjust``, apart on either side of the threshold.

    Alerts are what leads to treatment, so that the probability jumps there. Where nobody, or everybody, of a side was treated, it is 0 or 1.
    """
    found = np.zeros(given.treated.size)
    alerts = given.probability >= given.threshold
    columns = np.vstack([logit(given.probability), *([] if given.adjust is None else given.adjust)])
    for side in (alerts, ~alerts):
        treated = given.treated[side]
        if not treated.any() or treated.all():
            found[side] = float(treated.any())
            continue
        design = _standardised(columns[:, side])
        fit = fit_logistic(design, treated.astype(np.float64), np.ones(treated.size), ridge=_RIDGE)
        linear = fit.coefficients @ design
        found[side] = 1.0 / (1.0 + np.exp(-linear)) if fit.converged else treated.mean()
    return found


def _standardised(columns: Floats) -> Floats:
    centred = columns - columns.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    scaled = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 1e-9)
    return np.vstack([np.ones(columns.shape[1]), scaled])
