"""GitOps for clinical machine learning: every change to a model is a pull request."""

__version__ = "0.1.0"
