"""Why this probability: additive contributions of the features to the model's raw answer, by an exact, documented method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wardround.errors import EnvironmentFailure
from wardround.files import sha256_bytes
from wardround.stages.serving.manifest import Manifest


@dataclass(frozen=True)
class Additive:
    """``base + sum(values)`` is the raw answer, before recalibration, on the scale of the method: one value a feature."""

    base: float
    values: NDArray[np.float64]


class Method(Protocol):
    """A way to explain a model. Name and scale are answered with each explanation."""

    @property
    def name(self) -> str:
        """What the method is called."""
        ...

    @property
    def scale(self) -> str:
        """On what scale its contributions add up: ``log-odds`` or ``probability``."""
        ...

    def explain(self, row: NDArray[np.float64]) -> Additive:
        """The contributions to one encounter's raw answer; ``row`` is its matrix row."""
        ...


def method(model: Path, manifest: Manifest) -> Method | None:
    """How the model in a directory is explained; None where there is no exact additive way.

    Raises :class:`EnvironmentFailure` when a file is not the one that the manifest names.
    """
    if manifest.serving == "treelite":
        from wardround.service.explaining.trees import TreeMethod

        unknown: Mapping[int, tuple[int, ...]] = {
            place: item.unknown for place, item in enumerate(manifest.features) if item.unknown
        }
        content = _checked(model / "serving.tl", manifest)
        return TreeMethod.of(content, single=manifest.single_precision, unknown=unknown)
    if manifest.serving == "onnx":
        from wardround.service.explaining.linear import LinearMethod
        from wardround.stages.serving import store

        return LinearMethod.of(store.loads(_checked(model / "model.skops", manifest)))
    return None


def _checked(path: Path, manifest: Manifest) -> bytes:
    content = path.read_bytes()
    if sha256_bytes(content) != manifest.digests.get(path.name):
        raise EnvironmentFailure(
            "a file of the model is not the one that the manifest names: it is damaged or was changed",
            where=str(path),
            next="fetch the model again: dvc checkout --force models/model",
        )
    return content
