"""A stored model that answers: features in, probabilities out, from the served form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wardround.errors import EnvironmentFailure, UsageError
from wardround.evidence.base import read
from wardround.files import sha256_bytes
from wardround.stages.features.plain import PlainFeatures
from wardround.stages.features.spec import FeatureSpec, encode
from wardround.stages.serving import forms, store
from wardround.stages.serving.manifest import Manifest
from wardround.stats.recalibration import Recalibration


@dataclass(frozen=True)
class Scorer:
    """A model that answers. ``predict`` gives raw answers; ``calibration`` turns them into probabilities, in order."""

    spec: FeatureSpec
    predict: forms.Predict = field(repr=False)
    calibration: tuple[Recalibration, ...] = ()
    manifest: Manifest | None = None

    def probabilities(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities of the event, shape (rows,), between 0 and 1, for a matrix that ``encode`` made with this spec."""
        return calibrated(self.predict(matrix), self.calibration)

    def matrix(self, features: PlainFeatures, order: Literal["C", "F"] = "C") -> NDArray[np.float64]:
        """The matrix of features as :meth:`Builder.columns` returns them, rows or columns together. Raises as :meth:`of_features` does."""
        if wrong := features.unlike(self.spec):
            raise _other_features(wrong)
        return features.matrix(self.spec, order)

    def of_features(self, features: pd.DataFrame) -> NDArray[np.float64]:
        """Probabilities for features as ``build`` returns them.

        Raises :class:`UsageError` when a feature is missing, or a category has become a number or the reverse.
        """
        self.check(features)
        return self.probabilities(encode(features, self.spec))

    def check(self, features: pd.DataFrame) -> None:
        """Refuses features of another kind than those that the model was trained on."""
        wrong = [name for name in self.spec.names if name not in features.columns]
        for name in self.spec.names:
            if name not in wrong and isinstance(features[name].dtype, pd.CategoricalDtype) != (
                name in self.spec.categorical
            ):
                wrong.append(name)
        if wrong:
            raise _other_features(wrong)


def _other_features(wrong: list[str]) -> UsageError:
    return UsageError(
        f"the features are not those that the model was trained on: {', '.join(wrong)}",
        where="pipelines/features.py",
        wanted="the features in models/model/manifest.json, with their kinds",
        next="train again (dvc repro), or fetch the model of this commit (dvc checkout)",
    )


def calibrated(raw: NDArray[np.float64], calibration: Sequence[Recalibration]) -> NDArray[np.float64]:
    """Raw answers after every map, in order."""
    result = raw
    for step in calibration:
        result = step.apply(result)
    return result


def load(model_dir: Path) -> Scorer:
    """The scorer of ``models/model``. Every file is compared with its digest in the manifest before it is used.

    Raises :class:`UsageError` when there is no model, :class:`EnvironmentFailure` when a file is damaged,
    :class:`MissingExtra` when its served form needs one, :class:`GovernanceFinding` for types that a model may not hold.
    """
    found = read(Manifest, model_dir / "manifest.json")
    manifest = found.value
    if manifest is None:
        raise UsageError(
            "there is no model that can be used",
            where=str(model_dir),
            found=found.reason,
            next="run `wardround stage train`, or fetch it with `dvc checkout models/model`",
        )
    content = {name: _checked(model_dir / name, digest) for name, digest in sorted(manifest.digests.items())}
    served = content.get(forms.FILES.get(manifest.serving, ""), b"")
    return Scorer(
        spec=FeatureSpec.from_plain([item.model_dump() for item in manifest.features]),
        predict=forms.predictor(
            forms.Form(
                manifest.serving,
                served,
                single=manifest.single_precision,
                unknown={place: item.unknown for place, item in enumerate(manifest.features) if item.unknown},
            ),
            lambda: store.loads(content["model.skops"]),
        ),
        calibration=tuple(Recalibration.from_plain(item) for item in manifest.calibration),
        manifest=manifest,
    )


def _checked(path: Path, digest: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EnvironmentFailure(
            "a file of the model cannot be read",
            where=str(path),
            found=error.strerror or type(error).__name__,
            next="fetch the model again: dvc checkout models/model",
        ) from error
    if sha256_bytes(content) != digest:
        raise EnvironmentFailure(
            "a file of the model is not the one that the manifest names: it is damaged or was changed",
            where=str(path),
            wanted=digest,
            next="fetch the model again: dvc checkout --force models/model",
        )
    return content
