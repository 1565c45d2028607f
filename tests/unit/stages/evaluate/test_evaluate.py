"""The evaluation of a small trained project, against scikit-learn and fairlearn on its own scores file."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, recall_score, roc_auc_score

from wardround.evidence.measures import GroupMeasures, Metrics
from wardround.flows.initialise import initialise_synthetic
from wardround.project.layout import Project
from wardround.stages import evaluate, features, ingest, split, train, tune, validate
from wardround.stages.evaluate.material import Material
from wardround.stages.evaluate.sites import held_out_sites
from wardround.values import Split


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("evaluate") / "readmission"
    initialise_synthetic(root)
    path = root / "params.yaml"
    text = path.read_text()
    text = re.sub(r"encounters: \d+", "encounters: 5000", text).replace("max_iter: 100", "max_iter: 15")
    text = text.replace(
        "  subgroups:", "  leave_one_site_out: true\n  stability_seeds: 2\n  importance_repeats: 2\n  subgroups:"
    )
    path.write_text(text + "\ncompare: {resamples: 200}\n")
    made = Project(root)
    for stage in (ingest, validate, features, split, tune, train):
        stage.run(made)
    return made


@pytest.fixture(scope="module")
def metrics(project: Project) -> Metrics:
    return evaluate.run(project)


@pytest.fixture(scope="module")
def scores(project: Project, metrics: Metrics) -> pd.DataFrame:
    return pq.read_table(project.layout.scores).to_pandas()


def everybody(metrics: Metrics, population: str) -> GroupMeasures:
    found = metrics.population(population)
    assert found is not None
    return found.groups[0]


def test_training_rows_have_no_probability(scores: pd.DataFrame) -> None:
    training = scores["split"].astype(str) == "train"
    assert scores.loc[training, "probability"].isna().all()
    assert scores.loc[~training, "probability"].between(0, 1).all()


@pytest.mark.parametrize(("population", "splits"), [("new_subjects", {"test"}), ("all_comers", {"test", "test_seen"})])
def test_measures_are_those_of_scikit_learn(
    metrics: Metrics, scores: pd.DataFrame, population: str, splits: set[str]
) -> None:
    rows = scores[scores["split"].astype(str).isin(splits) & scores["wr_outcome"].notna()]
    y, p = rows["wr_outcome"].to_numpy(dtype=int), rows["probability"].to_numpy()
    group = everybody(metrics, population)
    assert (group.n, group.events) == (len(y), int(y.sum()))
    assert group.measures["auroc"].value == pytest.approx(roc_auc_score(y, p), abs=1e-12)
    assert group.measures["auprc"].value == pytest.approx(average_precision_score(y, p), abs=1e-9)
    assert group.measures["brier"].value == pytest.approx(brier_score_loss(y, p), abs=1e-12)
    assert group.measures["oe"].value == pytest.approx(y.sum() / p.sum(), abs=1e-9)


def test_groups_are_those_of_fairlearn(project: Project, metrics: Metrics, scores: pd.DataFrame) -> None:
    from fairlearn.metrics import MetricFrame

    snapshot = pd.concat(
        pq.read_table(path).to_pandas() for path in sorted(project.layout.snapshot.glob("part-*.parquet"))
    )
    mask = (scores["split"].astype(str) == "test").to_numpy()
    threshold = metrics.thresholds[0]
    frame = MetricFrame(
        metrics=recall_score,
        y_true=scores["wr_outcome"].to_numpy(dtype=float)[mask].astype(int),
        y_pred=(scores["probability"].to_numpy()[mask] >= threshold).astype(int),
        sensitive_features=snapshot["sex"].astype(str).to_numpy()[mask],
    )
    population = metrics.population("new_subjects")
    assert population is not None
    compared = 0
    for level, expected in frame.by_group.items():
        group = population.group(f"sex={level}")
        if group is not None and group.assessed:
            assert group.measures[f"sensitivity@{threshold!r}"].value == pytest.approx(expected, abs=1e-12)
            compared += 1
    assert compared == 2


def test_prevalence_ranks_nobody(metrics: Metrics) -> None:
    prevalence = next(item for item in metrics.baselines if item.name == "prevalence")
    assert prevalence.populations[0].groups[0].measures["auroc"].value == 0.5
    assert {item.name for item in metrics.baselines} >= {"prevalence", "logistic_regression"}


def test_importance_is_ordered_and_complete(project: Project, metrics: Metrics) -> None:
    drops = [item.drop.value for item in metrics.importance]
    assert drops == sorted(drops, key=lambda value: -(value or 0.0))
    manifest = (project.layout.model / "manifest.json").read_text()
    assert all(f'"{item.feature}"' in manifest for item in metrics.importance)


def test_each_site_is_left_out_once(metrics: Metrics) -> None:
    assert [item.site for item in metrics.held_out_sites] == ["hospital_a", "hospital_b", "hospital_c"]
    assert sum(item.measures.n for item in metrics.held_out_sites) == everybody(metrics, "new_subjects").n


def test_a_site_without_which_nothing_can_be_fitted_is_not_assessed(project: Project) -> None:
    """The other sites' validation encounters hold no event: the evaluation ended with advice about the whole model."""
    material = Material.read(project)
    outcome, everybody = material.table.outcome.copy(), np.ones(len(material.table.outcome), dtype=bool)
    site = material.rows.columns(["wr_site"], everybody)["wr_site"].to_numpy(dtype=object)
    held = material.table.rows(Split.VALIDATION)
    outcome[held[site[held] != "hospital_a"]] = 0
    found = held_out_sites(replace(material, table=replace(material.table, outcome=outcome)))
    assert [(item.site, item.measures.assessed) for item in found] == [
        ("hospital_a", False), ("hospital_b", True), ("hospital_c", True),
    ]  # fmt: skip
    assert found[0].measures.reason.startswith("without this site, the recalibration cannot be fitted")
    assert found[0].measures.n > 0
    assert not found[0].measures.measures


def test_disturbances_change_something(metrics: Metrics) -> None:
    names = [item.name for item in metrics.robustness]
    assert names == ["noise", "missing", "seed 1", "seed 2"]
    assert all(item.mean_absolute_change > 0 for item in metrics.robustness)


def test_the_same_evidence_twice(project: Project, metrics: Metrics) -> None:
    path = project.layout.evidence("metrics")
    before, scored = path.read_bytes(), Path(project.layout.scores).read_bytes()
    assert evaluate.run(project) == metrics
    assert (path.read_bytes(), project.layout.scores.read_bytes()) == (before, scored)
    assert np.isfinite(everybody(metrics, "new_subjects").measures["slope"].value or np.nan)


def test_a_clinical_score_is_a_baseline(project: Project) -> None:
    from wardround.stages.evaluate.baselines import baselines
    from wardround.stages.evaluate.material import Material

    section = project.params.evaluate.model_copy(update={"clinical_score": "comorbidity_score"})
    material = Material.read(project)
    changed = Material(
        project.params.model_copy(update={"evaluate": section}), project, material.scorer, material.table, material.rows
    )
    made, missing = baselines(changed)
    found = next(item for item in made if item.name == "comorbidity_score")
    value = found.populations[0].groups[0].measures["auroc"].value
    assert not missing
    assert value is not None
    assert value > 0.55
