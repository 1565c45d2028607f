"""Which values of the matrix lie outside what the model was trained on: such encounters are answered, with a warning."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardround.stages.serving.manifest import ManifestFeature

BELOW, ABOVE = "below the training range", "above the training range"
RARE, MISSING = "a category that hardly any training row had", "missing, as in hardly any training row"


class Ranges:
    """The ranges of a model's features."""

    def __init__(self, features: tuple[ManifestFeature, ...]) -> None:
        self._names = [feature.name for feature in features]
        self._low = np.array([-np.inf if feature.low is None else feature.low for feature in features])
        self._high = np.array([np.inf if feature.high is None else feature.high for feature in features])
        self._complete = np.array([feature.complete for feature in features], dtype=np.bool_)
        self._rare = [(place, np.array(feature.rare, float)) for place, feature in enumerate(features) if feature.rare]

    def flagged(self, matrix: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which rows :meth:`warnings` says something about."""
        found = np.asarray(((matrix < self._low) | (matrix > self._high)).any(axis=1), dtype=np.bool_)
        found |= np.isnan(matrix[:, self._complete]).any(axis=1)
        for place, codes in self._rare:
            found |= np.isin(matrix[:, place], codes)
        return found

    def warnings(self, matrix: NDArray[np.float64]) -> list[list[str]]:
        """For each row, ``feature: what about it``; mostly empty. NaN, a missing value, lies neither below nor above."""
        found: list[list[str]] = [[] for _ in range(len(matrix))]
        masks = [
            (matrix < self._low, BELOW),
            (matrix > self._high, ABOVE),
            (np.isnan(matrix) & self._complete, MISSING),
        ]
        for mask, words in masks:
            if mask.any():
                for row, place in zip(*np.nonzero(mask), strict=True):
                    found[row].append(f"{self._names[place]}: {words}")
        for place, codes in self._rare:
            for row in np.flatnonzero(np.isin(matrix[:, place], codes)):
                found[row].append(f"{self._names[place]}: {RARE}")
        return found
