"""The train stage: fit, recalibrate, store in both forms, compare them, and say what was done."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardround import contract
from wardround.errors import UsageError
from wardround.evidence.training import Parity, Sample, TrainingEvidence
from wardround.files import canonical_json, replacing, sha256_bytes, sha256_tree
from wardround.project.layout import Layout, Project
from wardround.stages.features import frames
from wardround.stages.features.building import Builder
from wardround.stages.features.reading import Table, read_evidence, read_training_table, spec_from
from wardround.stages.serving import forms, store
from wardround.stages.serving.manifest import Manifest, ManifestFeature
from wardround.stages.serving.scorer import Scorer
from wardround.stages.train import fitting, parity
from wardround.stages.train.environment import code_digest, environment
from wardround.stages.train.golden import GoldenRequest, golden
from wardround.stages.train.ranges import ranges
from wardround.stages.train.single import single_features
from wardround.values import Split


@dataclass(frozen=True)
class _Files:
    """The contents of ``models/model`` with what the evidence says about them."""

    content: dict[str, bytes]
    parity: Parity
    golden: int


def run(project: Project) -> TrainingEvidence:
    """Makes ``models/model`` and ``reports/training.json``.

    Raises :class:`UsageError` when the data or settings do not allow a model, :class:`GateRefusal` when the served form answers
    differently, :class:`MissingExtra` when the form needs one.
    """
    layout, params = project.layout, project.params
    made_from = read_evidence(layout)
    spec = spec_from(made_from)
    table = read_training_table(layout, spec)
    rows, held = table.rows(Split.TRAIN), table.rows(Split.VALIDATION)
    recipe = fitting.Recipe.load(layout.model_code, spec, params, read_tuned(layout))
    training = table.matrix[rows]
    fitted = fitting.fit(recipe, training, table.outcome[rows], params.train)
    fitted = fitting.recalibrate(fitted, params.train.recalibration, table.matrix[held], table.outcome[held])
    code = code_digest(layout.contract, layout.features_code, layout.model_code)
    files = _files(project, recipe, fitted, training, (code, made_from.data_digest))
    with replacing(layout.model) as temporary:
        temporary.mkdir()
        for name, content in files.content.items():
            (temporary / name).write_bytes(content)
    recalibrated = params.train.recalibration != "none"
    evidence = TrainingEvidence(
        estimator=estimator_name(fitted.estimator),
        settings=recipe.settings,
        seeds={"model": params.model.seed},
        data_digest=made_from.data_digest,
        code_digest=code,
        artifact_digest=sha256_tree(layout.model),
        training=_sample(table, rows),
        imbalance=params.train.imbalance,
        prior_shift=fitted.shift,
        recalibration=fitted.calibration[-1].plain() if recalibrated else None,
        recalibrated_on=_sample(table, held) if recalibrated else None,
        parity=files.parity,
        single_features=single_features(training, table.outcome[rows], table.subject[rows], spec),
        golden_encounters=files.golden,
        environment=environment(files.parity.form),
        warnings=tuple(_warnings(project, fitted, files)),
    )
    evidence.write(layout.evidence("training"))
    return evidence


def read_tuned(layout: Layout) -> dict[str, Any]:
    """The settings that the search chose; empty when it is off. Raises :class:`UsageError` when the file is not to be read."""
    try:
        found = json.loads(layout.tuned.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(
            "the chosen settings cannot be read",
            where="models/tuned.json",
            found=type(error).__name__,
            next="run `wardround stage tune` again",
        ) from error
    settings = found.get("settings", {}) if isinstance(found, dict) else {}
    return dict(settings)


def estimator_name(estimator: Any) -> str:
    """The class that was fitted; of a pipeline, its last step's."""
    steps = getattr(estimator, "steps", None)
    return type(steps[-1][1] if steps else estimator).__name__


def _sample(table: Table, rows: NDArray[np.int64]) -> Sample:
    return Sample(n=len(rows), events=int(table.outcome[rows].sum()), subjects=len(np.unique(table.subject[rows])))


def _files(
    project: Project,
    recipe: fitting.Recipe,
    fitted: fitting.Fitted,
    training: NDArray[np.float64],
    digests: tuple[str, str],
) -> _Files:
    params, spec = project.params, recipe.spec
    stored = store.dumps(fitted.estimator)
    form = forms.make(fitted.estimator, params.train.serving, spec)
    scorer = Scorer(spec, forms.predictor(form, lambda: store.loads(stored)), fitted.calibration)
    agreement = parity.check(
        parity.ParityRequest(
            fitted.probabilities, scorer.probabilities, fitted.estimator, form, spec, training, params.model.seed
        )
    )
    content = {"model.skops": stored}
    if form.kind != "none":
        content[forms.FILES[form.kind]] = form.content
    examples, count = _golden(project, scorer)
    manifest = Manifest(
        estimator=estimator_name(fitted.estimator),
        features=tuple(
            ManifestFeature(
                name=name,
                categories=spec.categorical.get(name),
                unknown=form.unknown.get(place, ()),
                low=seen.low,
                high=seen.high,
                rare=seen.rare,
                complete=seen.complete,
            )
            for place, (name, seen) in enumerate(zip(spec.names, ranges(training, spec), strict=True))
        ),
        serving=form.kind,
        single_precision=form.single,
        calibration=tuple(step.plain() for step in fitted.calibration),
        digests={name: sha256_bytes(value) for name, value in content.items()},
        code_digest=digests[0],
        data_digest=digests[1],
    )
    content |= {"golden.json": examples, "manifest.json": canonical_json(manifest.plain())}
    return _Files(content, agreement, count)


def _golden(project: Project, scorer: Scorer) -> tuple[bytes, int]:
    layout, params = project.layout, project.params
    agreed = contract.load(layout.contract)
    withheld = frames.withheld(params.data.columns, agreed)
    return golden(
        GoldenRequest(
            contract=agreed,
            columns=params.data.columns,
            withheld=withheld,
            builder=Builder.load(layout.features_code, params.features.settings, withheld),
            scorer=scorer,
            encounters=params.train.golden_encounters,
            seed=params.model.seed,
        )
    )


def _warnings(project: Project, fitted: fitting.Fitted, files: _Files) -> list[str]:
    found = []
    if fitted.inert:
        found.append(f"no training row has a value, so the model ignores: {', '.join(fitted.inert)}")
    if files.parity.form == "none" and project.params.train.serving == "auto":
        found.append("this estimator has no faster exact form; scikit-learn itself will answer")
    if files.golden < project.params.train.golden_encounters:
        found.append(
            f"only {files.golden} of {project.params.train.golden_encounters} golden encounters could be drawn that pass the contract"
        )
    return found
