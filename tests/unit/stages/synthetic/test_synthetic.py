"""The synthetic network: what it promises, the truth it knows, and its switches."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from wardround.errors import UsageError
from wardround.project.params import load
from wardround.project.sections import SyntheticSection
from wardround.stages.split.assign import TEST, Shares, by_time
from wardround.stages.synthetic import SCHEMA, batches, bayes_auroc, true_probabilities, with_probabilities
from wardround.stages.synthetic import assumptions as known
from wardround.stages.synthetic.people import add_months, poisson

PERIOD = dt.timedelta(days=30)


def table(**settings: Any) -> pd.DataFrame:
    return pa.Table.from_batches(list(batches(SyntheticSection(**settings)))).to_pandas()


@pytest.fixture(scope="module")
def network() -> pd.DataFrame:
    """The default network with its true probabilities."""
    pairs = list(with_probabilities(SyntheticSection()))
    frame = pa.Table.from_batches([batch for batch, _ in pairs]).to_pandas()
    return frame.assign(truth=np.concatenate([chance for _, chance in pairs]))


@pytest.fixture(scope="module")
def eligible(network: pd.DataFrame) -> pd.DataFrame:
    return network[~network["discharge_to"].isin(["died", "hospice"])]


def test_size_and_span(network: pd.DataFrame) -> None:
    assert len(network) == 24_000
    assert network["encounter_id"].is_unique
    assert network["hospital"].nunique() == 3
    assert network["admitted_at"].min() >= pd.Timestamp(2023, 1, 1)
    assert network["admitted_at"].max() < pd.Timestamp(2025, 4, 1)
    assert (network["discharged_at"] > network["admitted_at"]).all()
    assert network.groupby(network["admitted_at"].dt.to_period("M")).size().min() > 600


def test_patients_return(network: pd.DataFrame) -> None:
    visits = network.groupby("subject_id").size()
    assert 0.15 < (visits > 1).mean() < 0.4
    assert visits.max() > 6
    steady = network.groupby("subject_id")[["sex", "deprivation_quintile"]].nunique()
    assert steady.max().max() == 1


def test_labels_agree_with_the_next_encounter(network: pd.DataFrame) -> None:
    """A positive label has its readmission in the table, unless that lies after the end; a negative one has none."""
    ordered = network.iloc[:-20].sort_values(["subject_id", "admitted_at"])
    following = ordered.groupby("subject_id")["admitted_at"].shift(-1)
    gap = following - ordered["discharged_at"]
    assert (gap.dropna() > dt.timedelta(0)).all()
    soon = gap.notna() & (gap <= PERIOD)
    assert (ordered.loc[soon, "readmitted_30d"] == 1).all()
    unseen = (ordered["readmitted_30d"] == 1) & ~soon
    assert (ordered.loc[unseen, "readmitted_at"] >= pd.Timestamp(2025, 4, 1)).all()
    assert (ordered.loc[soon, "readmitted_at"] == following[soon]).all()
    positive = network["readmitted_30d"] == 1
    delay = network.loc[positive, "readmitted_at"] - network.loc[positive, "discharged_at"]
    assert (delay > dt.timedelta(0)).all()
    assert (delay <= PERIOD).all()
    # Dharmarajan et al. 2013: medians of 10 to 12 days.
    assert 10 < delay.median() / dt.timedelta(days=1) < 14
    assert network.loc[~positive, "readmitted_at"].isna().all()


def test_the_dead_do_not_return(network: pd.DataFrame) -> None:
    gone = network[network["discharge_to"].isin(["died", "hospice"])]
    assert (gone["readmitted_30d"] == 0).all()
    assert (gone["truth"] == 0).all()
    assert 0.015 < (network["discharge_to"] == "died").mean() < 0.045
    last = network.sort_values("admitted_at").groupby("subject_id")["encounter_id"].last()
    assert gone["encounter_id"].isin(last).all()


def test_the_outcome_rate_and_its_calibration(eligible: pd.DataFrame) -> None:
    assert 0.11 < eligible["readmitted_30d"].mean() < 0.15
    z = (eligible["readmitted_30d"] - eligible["truth"]).sum() / np.sqrt(
        (eligible["truth"] * (1 - eligible["truth"])).sum()
    )
    assert abs(z) < 3
    tenths = pd.qcut(eligible["truth"], 10)
    means = eligible.groupby(tenths, observed=True)[["readmitted_30d", "truth"]].mean()
    assert (means["readmitted_30d"] - means["truth"]).abs().max() < 0.03


def test_bayes_auroc_is_what_the_truth_scores(eligible: pd.DataFrame) -> None:
    best = bayes_auroc(SyntheticSection())
    assert 0.74 < best < 0.80
    assert abs(best - roc_auc_score(eligible["readmitted_30d"], eligible["truth"])) < 0.012
    p = eligible["truth"].to_numpy()[:3000]
    share = np.add.outer(p, -p)
    weight = np.outer(p, 1 - p)
    exact = (weight * ((share > 0) + 0.5 * (share == 0))).sum() / weight.sum()
    simulated = [roc_auc_score(np.random.default_rng(seed).random(3000) < p, p) for seed in range(40)]
    assert abs(exact - np.mean(simulated)) < 0.006


def test_the_truth_is_a_function_of_the_table(network: pd.DataFrame) -> None:
    """Encounters with the same record have the same probability: recompute it from the columns and the history alone."""
    frame = network.sort_values(["subject_id", "admitted_at"])
    late = frame[frame["admitted_at"] >= pd.Timestamp(2024, 6, 1)].copy()
    late = late[~late["discharge_to"].isin(["died", "hospice"])]
    times = frame.groupby("subject_id")["admitted_at"].apply(lambda column: column.to_numpy())
    prior = np.array([
        ((times[s] < t) & (times[s] >= t - np.timedelta64(365, "D"))).sum()
        for s, t in zip(late["subject_id"], late["admitted_at"].to_numpy(), strict=True)
    ])  # fmt: skip
    normal = {"haemoglobin": 130, "sodium": 140, "albumin": 37, "creatinine": 85, "crp": 10, "hba1c": 42}
    number = late.fillna(normal)
    risk = {item.name: item.risk for item in known.DIAGNOSES}
    site = {place.name: place.risk for place in known.sites(3)}
    logit = (
        1.15 * number["diagnosis_group"].map(risk)
        + number["hospital"].map(site)
        + 0.30 * np.log1p(number["length_of_stay_days"])
        + 0.35 * (number["admission_type"] == "emergency")
        + 0.17 * number["comorbidity_score"].clip(upper=7)
        + 0.22 * number["emergency_visits_6m"].clip(upper=4)
        + 0.34 * np.minimum(prior, 5)
        + 0.05 * (number["deprivation_quintile"] - 3)
        + 0.10 * (number["medications_count"] >= 10)
        - 0.28 * ((number["haemoglobin"] - 130) / 18).clip(-3, 1)
        + 0.30 * (number["sodium"] < 135)
        - 0.22 * ((number["albumin"] - 37) / 5).clip(-3, 2)
        + 0.20 * (np.log(number["creatinine"] / 85) / 0.4).clip(-1, 4)
        + 0.12 * np.log(number["crp"] / 10).clip(-2, 4)
        + 0.10 * ((number["hba1c"] - 42) / 12).clip(-1, 3)
        + 0.70 * (number["discharge_to"] == "against_advice")
        - 0.15 * (number["discharge_to"] == "nursing_home")
        + 0.006 * (number["age"] - 65)
        - 3.92
    )
    assert np.abs(1 / (1 + np.exp(-logit)) - late["truth"]).max() < 1e-9


def test_a_model_can_come_close(network: pd.DataFrame) -> None:
    """Gradient boosting on the plain columns gets most of the way from 0.5 to the best possible AUROC."""
    frame = network.sort_values(["subject_id", "admitted_at"])
    frame["prior"] = frame.groupby("subject_id").cumcount()
    frame = frame[~frame["discharge_to"].isin(["died", "hospice"])].sort_values("admitted_at")
    hidden = ["encounter_id", "subject_id", "admitted_at", "discharged_at", "readmitted_30d", "readmitted_at", "truth"]
    columns = frame.drop(columns=hidden)
    words = columns.select_dtypes(exclude="number").columns
    columns[words] = columns[words].astype("category")
    cut, outcome = int(0.7 * len(frame)), frame["readmitted_30d"].to_numpy()
    model = HistGradientBoostingClassifier(
        categorical_features="from_dtype", max_iter=60, max_leaf_nodes=15, random_state=0
    )
    score = model.fit(columns[:cut], outcome[:cut]).predict_proba(columns[cut:])[:, 1]
    best = roc_auc_score(outcome[cut:], frame["truth"][cut:])
    assert best - 0.04 < roc_auc_score(outcome[cut:], score) < best + 0.005


def test_true_probabilities_by_encounter(network: pd.DataFrame) -> None:
    truth = true_probabilities(SyntheticSection()).to_pandas()
    assert truth["encounter_id"].equals(network["encounter_id"])
    assert truth["probability"].equals(network["truth"].rename("probability"))


def test_the_gap_that_the_project_declares_between_ages_is_the_truth_s_own_and_the_general_tolerance(
    eligible: pd.DataFrame, repository: Path
) -> None:
    """Among new subjects of the last block: what the true risk finds at the operating threshold, in expectation."""
    params = load(repository / "params.yaml")
    split = by_time(
        eligible["admitted_at"].astype("int64").to_numpy(),
        pd.factorize(eligible["subject_id"])[0],
        np.ones(len(eligible), bool),
        Shares(params.split.train, params.split.validation),
    )
    judged = eligible[split.codes == TEST]
    grouping = next(item for item in params.evaluate.subgroups if item.column == "age")
    bands = np.digitize(judged["age"], grouping.bands)
    found = judged["truth"].where(judged["truth"] >= params.evaluate.thresholds[0], 0.0)
    sensitivity = found.groupby(bands).sum() / judged["truth"].groupby(bands).sum()
    own = sensitivity.max() - sensitivity.min()
    (declared,) = params.gate.fairness.gaps
    assert declared.column == "age"
    assert round(own, 2) == 0.35
    assert "0.35" in declared.because
    assert declared.gap == round(own, 2) + params.gate.fairness.gap


def test_winter_and_case_mix(network: pd.DataFrame) -> None:
    chest = network["diagnosis_group"] == "respiratory_infection"
    month = network["admitted_at"].dt.month
    assert chest[month.isin([12, 1, 2])].mean() > 1.8 * chest[month.isin([6, 7, 8])].mean()
    first_two_years = network[network["admitted_at"] < pd.Timestamp(2025, 1, 1)]
    counts = first_two_years.groupby(first_two_years["admitted_at"].dt.month).size()
    assert counts[[12, 1]].mean() > 1.05 * counts[[6, 7]].mean()
    mix = pd.crosstab(network["hospital"], network["diagnosis_group"], normalize="index")
    assert (mix.loc["hospital_a"] - mix.loc["hospital_b"]).abs().sum() > 0.2
    deprived = network.groupby("hospital")["deprivation_quintile"].mean()
    assert deprived["hospital_b"] - deprived["hospital_c"] > 0.8


def test_missing_values_say_something(eligible: pd.DataFrame) -> None:
    for lab in ("albumin", "crp"):
        absent = eligible[lab].isna()
        assert eligible.loc[absent, "readmitted_30d"].mean() < 0.85 * eligible.loc[~absent, "readmitted_30d"].mean()
    share = eligible.groupby("hospital")["crp"].apply(lambda column: column.isna().mean())
    assert share["hospital_b"] > share["hospital_c"] + 0.08


def test_drivers_point_the_published_way(eligible: pd.DataFrame) -> None:
    rate = eligible.groupby("diagnosis_group")["readmitted_30d"].mean()
    assert rate["heart_failure"] > rate["cardiac_other"] > rate["planned_surgery"]
    for column in ("comorbidity_score", "emergency_visits_6m", "length_of_stay_days"):
        assert roc_auc_score(eligible["readmitted_30d"], eligible[column]) > 0.54
    assert roc_auc_score(eligible["readmitted_30d"], -eligible["haemoglobin"].fillna(130)) > 0.54


def test_units_are_plausible(network: pd.DataFrame) -> None:
    assert 70 < network["creatinine"].median() < 110
    assert 120 < network["haemoglobin"].median() < 140
    assert 136 < network["sodium"].median() < 141
    assert 35 < network["hba1c"].median() < 55


def test_nothing_depends_on_the_size_of_batches_or_on_the_rest() -> None:
    section = SyntheticSection(encounters=3000)
    whole = pa.Table.from_batches(list(batches(section)))
    pieces = list(batches(section, batch_rows=997))
    assert [piece.num_rows for piece in pieces] == [997, 997, 997, 9]
    assert pa.Table.from_batches(pieces).equals(whole)
    assert whole.schema == SCHEMA
    longer = pa.Table.from_batches(list(batches(SyntheticSection(encounters=60_000), batch_rows=60_000)))
    assert longer.num_rows == 60_000
    assert longer.slice(0, 3000).equals(whole)
    assert not pa.Table.from_batches(list(batches(SyntheticSection(encounters=3000, seed=1)))).equals(whole)


def test_any_number_of_hospitals() -> None:
    assert table(encounters=500, hospitals=1)["hospital"].unique().tolist() == ["hospital_a"]
    assert table(encounters=20_000, hospitals=26)["hospital"].nunique() == 26


# ---- switches -----------------------------------------------------------------------------------------------------


def switched(**switches: Any) -> pd.DataFrame:
    return table(switches=switches)


def test_the_outbreak_comes_from_its_month_on(network: pd.DataFrame) -> None:
    struck = switched(outbreak_month=12)
    began = pd.Timestamp(2024, 1, 1)

    def share(frame: pd.DataFrame, first: int, last: int) -> float:
        month = (frame["admitted_at"].dt.year - 2024) * 12 + frame["admitted_at"].dt.month
        return float((frame.loc[month.between(first, last), "diagnosis_group"] == "respiratory_infection").mean())

    assert abs(share(struck, -11, 0) - share(network, -11, 0)) < 0.02
    assert share(struck, 2, 4) > share(network, 2, 4) + 0.12
    assert abs(share(struck, 9, 14) - share(network, 9, 14)) < 0.03
    assert (
        struck.loc[struck["admitted_at"] < began, "crp"].median()
        < struck.loc[
            (struck["admitted_at"] >= began) & (struck["admitted_at"] < pd.Timestamp(2024, 5, 1)), "crp"
        ].median()
    )


def test_the_unit_mix_up(network: pd.DataFrame) -> None:
    mixed = switched(unit_mixup_month=10, unit_mixup_site="hospital_b")
    wrong = (mixed["hospital"] == "hospital_b") & (mixed["admitted_at"] >= pd.Timestamp(2023, 11, 1))
    assert mixed.loc[wrong, "creatinine"].max() < 20
    assert np.allclose(
        mixed.loc[wrong, "creatinine"] * 88.4, network.loc[wrong, "creatinine"], atol=0.5, equal_nan=True
    )
    others = [name for name in network.columns if name not in {"creatinine", "truth"}]
    assert mixed[others].equals(network[others])
    assert mixed.loc[~wrong, "creatinine"].equals(network.loc[~wrong, "creatinine"])
    last = switched(unit_mixup_month=10)
    assert set(last.loc[last["creatinine"] < 5, "hospital"]) == {"hospital_c"}
    with pytest.raises(UsageError, match="no such hospital"):
        switched(unit_mixup_site="hospital_z")


def test_the_coding_change(network: pd.DataFrame) -> None:
    coded = switched(coding_change_month=18)
    after = coded["admitted_at"] >= pd.Timestamp(2024, 7, 1)
    failing = network["diagnosis_group"] == "heart_failure"
    moved = (coded["diagnosis_group"] == "cardiac_other") & failing
    assert not moved[~after].any()
    assert 0.6 < moved[after & failing].mean() < 0.8
    assert (coded["comorbidity_score"] - network["comorbidity_score"]).equals(after.astype("int64"))
    assert coded["readmitted_30d"].equals(network["readmitted_30d"])


def test_the_new_hospital() -> None:
    opened = switched(new_hospital_month=20)
    new = opened[opened["hospital"] == "hospital_d"]
    assert new["admitted_at"].min() >= pd.Timestamp(2024, 9, 1)
    assert 0.05 < len(new) / (opened["admitted_at"] >= pd.Timestamp(2024, 9, 1)).sum() < 0.25


def test_late_labels(network: pd.DataFrame) -> None:
    late = switched(label_delay_days=45)
    unknown = late["discharged_at"] >= pd.Timestamp(2025, 4, 1) - dt.timedelta(days=45)
    assert late["readmitted_30d"].isna().equals(unknown)
    assert late.loc[unknown, "readmitted_at"].isna().all()
    assert (late.loc[~unknown, "readmitted_30d"] == network.loc[~unknown, "readmitted_30d"]).all()


# ---- parts --------------------------------------------------------------------------------------------------------


def test_months() -> None:
    assert add_months(dt.date(2024, 1, 31), 1) == dt.date(2024, 2, 29)
    assert add_months(dt.date(2023, 12, 1), 1) == dt.date(2024, 1, 1)
    assert add_months(dt.date(2023, 3, 15), 21) == dt.date(2024, 12, 15)


def test_poisson_counts() -> None:
    uniform = np.random.default_rng(0).random(200_000)
    drawn = poisson(uniform, np.full(200_000, 1.7))
    assert abs(drawn.mean() - 1.7) < 0.02
    assert abs(drawn.var() - 1.7) < 0.04
