"""Point in time: whatever happens later, or to other patients, the shipped features of an encounter stay the same."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "stages"))

from modelling_sample import REPOSITORY

from wardround.project.sections import SyntheticSection
from wardround.stages import team
from wardround.stages.features.building import Builder, spec_of
from wardround.stages.features.frames import encounters as as_seen
from wardround.stages.features.probe import ProbeRequest, perturbed, probe
from wardround.stages.features.spec import encode


@pytest.fixture(scope="module")
def network():
    """Some hundred encounters of the synthetic hospital network, as features see them."""
    import pyarrow as pa

    from wardround.stages.synthetic import batches

    table = pa.Table.from_batches(list(batches(SyntheticSection(encounters=1500))))
    frame = as_seen(table, ("readmitted_30d", "readmitted_at"))
    frame["wr_encounter"], frame["wr_subject"], frame["wr_time"] = (
        frame["encounter_id"],
        frame["subject_id"],
        frame["admitted_at"],
    )
    several = frame["wr_subject"].duplicated(keep=False)
    return frame[several].sort_values(["wr_subject", "wr_time", "wr_encounter"]).reset_index(drop=True)


@pytest.fixture(scope="module")
def shipped():
    return Builder.load(REPOSITORY / "pipelines" / "features.py", {})


def matrix(features):
    return encode(features, spec_of(features))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.05, 0.95))
def test_shuffling_the_future_changes_nothing(network, shipped, seed, share):
    rng = np.random.default_rng(seed)
    first = network.groupby("wr_subject")["wr_time"].transform("min")
    last = network.groupby("wr_subject")["wr_time"].transform("max")
    known = (network["wr_time"] <= first + (last - first) * share).to_numpy()
    request = ProbeRequest(keys=("encounter_id", "subject_id"), time="admitted_at")
    before = matrix(shipped.build(network))[known]
    np.testing.assert_array_equal(matrix(shipped.build(perturbed(rng, network, known, request)))[known], before)
    np.testing.assert_array_equal(matrix(shipped.build(network[known].reset_index(drop=True))), before)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 40))
def test_a_subject_alone_has_the_features_that_it_has_among_others(network, shipped, seed, count):
    subjects = np.random.default_rng(seed).choice(network["wr_subject"].unique(), count, replace=False)
    rows = network["wr_subject"].isin(subjects).to_numpy()
    alone = matrix(shipped.build(network[rows].reset_index(drop=True)))
    np.testing.assert_array_equal(alone, matrix(shipped.build(network))[rows])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31), planted=st.sampled_from(["shift(-1)", "transform('last')", "transform('max')"]))
def test_a_planted_leak_is_caught_whatever_the_sample(network, seed, planted):
    source = (
        "def build(e, s):\n    f = e[['age', 'crp']].copy()\n"
        f"    f['leak'] = e.groupby('wr_subject')['creatinine'].{planted}\n    return f\n"
    )
    module: dict[str, object] = {}
    exec(source, module)
    builder = Builder(team.TeamFunction(module["build"], "pipelines/features.py", source), {})
    built = builder.build(network)
    found = probe(builder, network, built, ProbeRequest(60, seed, ("encounter_id", "subject_id"), "admitted_at"))
    assert {name for (name, _), changed in found.changed.items() if changed} == {"leak"}


@settings(max_examples=30, deadline=None)
@given(
    values=st.lists(st.sampled_from(["a", "b", "c", "x", None]), min_size=1, max_size=30),
    levels=st.permutations(["a", "b", "c"]),
)
def test_codes_are_positions_among_the_declared_levels(values, levels):
    from wardround.stages.features.spec import codes

    found = codes(pd.Series(values, dtype=object), tuple(levels))
    wanted = [levels.index(value) if value in levels else np.nan for value in values]
    np.testing.assert_equal(found, np.array(wanted, dtype=float))
