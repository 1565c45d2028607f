"""Evidence of an imaginary healthy model, from which one fault at a time is made: for the self-test and for tests.

All numbers are invented (project choice): a 30-day outcome at 12 %, AUROC 0.72, six thousand new subjects at two sites.
"""

from wardround.gate.specimen.made import DATA, features, profile, split, training, validation
from wardround.gate.specimen.measured import (
    ANCHOR,
    BASE,
    GROUPS,
    HEAD,
    against,
    comparison,
    difference,
    estimate,
    group,
    measures,
    metrics,
)
from wardround.gate.specimen.whole import having, healthy, judged_by, params, reading

__all__ = [
    "ANCHOR",
    "BASE",
    "DATA",
    "GROUPS",
    "HEAD",
    "against",
    "comparison",
    "difference",
    "estimate",
    "features",
    "group",
    "having",
    "healthy",
    "judged_by",
    "measures",
    "metrics",
    "params",
    "profile",
    "reading",
    "split",
    "training",
    "validation",
]
