"""The synthetic hospital network: encounters whose readmission probabilities are known (docs/explanation/synthetic-network.md)."""

from wardround.stages.synthetic.table import SCHEMA, batches, with_probabilities
from wardround.stages.synthetic.truth import bayes_auroc, true_probabilities

__all__ = ["SCHEMA", "batches", "bayes_auroc", "true_probabilities", "with_probabilities"]
