"""What only the generator knows: how well the best possible model can do."""

from __future__ import annotations

import numpy as np

from wardround.project.sections import SyntheticSection
from wardround.stages.synthetic.network import blocks

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
