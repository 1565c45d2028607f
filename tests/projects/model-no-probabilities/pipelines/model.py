"""No probabilities."""

from sklearn.svm import LinearSVC


def build(spec, settings, seed):
    return LinearSVC(random_state=seed)
