"""The change plan of the imaginary model, and a change inside of it: newer encounters, and a model trained on them."""

from __future__ import annotations

from wardround.gate.plan.atoms import Atom, Kind
from wardround.gate.plan.schema import ChangePlan

#: The window moves by a quarter of a year.
WINDOW = Atom(Kind.PARAM, "data.window.end", '"2025-01-01"', '"2025-04-01"')
RETRAINED = (WINDOW, Atom(Kind.DATA, "data"), Atom(Kind.MODEL, "model"))


def plan() -> ChangePlan:
    """Two modifications: retraining on newer encounters (M1), and a threshold that moves a little (M2)."""
    words = {
        "what": "made for the self-test",
        "why": "made for the self-test",
        "expected": "discrimination, calibration",
        "impact": "made for the self-test",
        "protocol": {
            "data": "new encounters of the same sources, test block sealed",
            "retraining": "same features and settings",
            "evaluation": "paired, on new subjects",
            "update": "through shadow, with a rollback at hand",
        },
    }
    loss = {"measure": "auroc", "margin": 0.01}
    return ChangePlan.model_validate(
        {
            "purpose": "the plan of an imaginary model",
            "cumulative": "every change is compared with the anchor as well",
            "modifications": [
                {
                    "id": "M1",
                    "title": "Retraining on newer encounters",
                    **words,
                    "permits": {"params": [{"key": "data.window.end", "forward": 366}], "data": True, "model": True},
                    "acceptance": [
                        {**loss, "reference": "base"},
                        {**loss, "reference": "anchor"},
                        {"measure": "auroc", "reference": "base", "margin": 0.03, "groups": "each"},
                        {"measure": "slope", "between": [0.8, 1.25]},
                    ],
                },
                {
                    "id": "M2",
                    "title": "A threshold that moves a little",
                    **words,
                    "permits": {"params": [{"key": "evaluate.thresholds", "step": 0.05}]},
                    "acceptance": [{"measure": "net_benefit@0.2", "at_least": 0.0}],
                },
            ],
        }
    )
