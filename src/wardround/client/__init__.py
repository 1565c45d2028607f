"""A typed client of a service, for programs in Python: asks again when that can help, and explains what cannot be answered."""

from wardround.client.answers import Contribution, Explanation, Prediction
from wardround.client.asking import Client, Patience

__all__ = ["Client", "Contribution", "Explanation", "Patience", "Prediction"]
