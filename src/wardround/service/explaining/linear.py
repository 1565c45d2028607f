"""Contributions of a logistic regression: coefficient times the distance of the value from its mean in training, in log-odds.

For the shipped model (numbers imputed and scaled, categories one-hot) that mean is known for numbers: the scaler's. A category's
contribution is its coefficient against none of the categories, because how frequent each was is not part of the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wardround.service.explaining import Additive
from wardround.stages.serving.onnx_form import is_linear

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LinearMethod:
    """A fitted logistic regression. ``columns`` says of each prepared column from which feature it comes."""

    name: ClassVar[str] = "coefficients times centred values"
    scale: ClassVar[str] = "log-odds"

    prepare: Any
    coefficients: Floats
    columns: NDArray[np.int64]
    features: int
    base: float

    @classmethod
    def of(cls, estimator: Any) -> LinearMethod | None:
        """The method for the shipped logistic regression; None for any other estimator."""
        if not is_linear(estimator):
            return None
        prepare, logistic = (step for _, step in estimator.steps)
        origin: list[int] = []
        for name, part, chosen in prepare.transformers_:
            if name == "numbers":
                imputer = part.steps[0][1]
                flagged = imputer.indicator_.features_ if imputer.indicator_ is not None else ()
                origin += [int(chosen[place]) for place in (*range(len(chosen)), *flagged)]
            elif name == "categories":
                for place, levels in zip(chosen, part.categories_, strict=True):
                    origin += [int(place)] * len(levels)
        return cls(
            prepare,
            np.asarray(logistic.coef_[0], dtype=np.float64),
            np.array(origin, dtype=np.int64),
            int(estimator.n_features_in_),
            float(logistic.intercept_[0]),
        )

    def explain(self, row: Floats) -> Additive:
        """Contributions to the log-odds of one matrix row."""
        prepared = np.asarray(self.prepare.transform(row[None, :]), dtype=np.float64)[0]
        parts = prepared * self.coefficients
        values = np.bincount(self.columns, weights=parts, minlength=self.features).astype(np.float64)
        return Additive(self.base, values)
