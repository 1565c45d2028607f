"""What only the generator knows: how well the best possible model can do."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from wardround.project.sections import SyntheticSection
from wardround.stages.synthetic.network import blocks
from wardround.stages.synthetic.table import with_probabilities

_BINS = 1 << 20


def bayes_auroc(section: SyntheticSection) -> float:
    """The AUROC of the true probabilities on the eligible encounters of ``section``, free of label noise.

    A pair of encounters i, j counts as event and non-event with weight p_i (1 - p_j); the AUROC is the weighted share of pairs
    with p_i > p_j, ties half. Probabilities share 2²⁰ bins, which moves the result by less than 1e-6 and keeps memory flat.
    Those who died or went to a hospice are not eligible. With the outbreak switch it includes knowledge that no column holds.
    """
    events, others = np.zeros(_BINS), np.zeros(_BINS)
    for block in blocks(section):
        chance = block["probability"].astype(np.float64)
        chance = chance[chance > 0]
        place = np.minimum((chance * _BINS).astype(np.int64), _BINS - 1)
        events += np.bincount(place, chance, _BINS)
        others += np.bincount(place, 1 - chance, _BINS)
    below = np.cumsum(others) - others
    return float((events * (below + others / 2)).sum() / (events.sum() * others.sum()))


def true_probabilities(section: SyntheticSection) -> pa.Table:
    """Each encounter's true readmission probability: ``encounter_id``, ``probability``, in the order of the table.

    For tests: with it the best possible value of any measure on any group of encounters can be computed.
    """
    pairs = list(with_probabilities(section))
    return pa.table(
        {
            "encounter_id": pa.chunked_array([batch.column("encounter_id") for batch, _ in pairs]),
            "probability": np.concatenate([chance for _, chance in pairs]),
        }
    )
