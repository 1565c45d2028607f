import numpy as np
import pytest

from wardround.scaffold.outcome import Exclusion, Label, Labels, same


def counted(values, positive, kept=None):
    texts, where = np.unique(np.array(values, dtype=object), return_inverse=True)
    labels = Labels(Label("y", positive))
    kept = np.ones(len(values), dtype=bool) if kept is None else np.array(kept)
    codes = labels.add(texts, where.astype(np.int64), kept)
    return labels, labels.decode(codes)


def test_a_level_that_looks_like_a_comparison_is_a_level_when_it_occurs():
    labels, outcome = counted(["<30", ">30", "NO", "<30"], "<30")
    assert labels.literal
    assert (labels.positives, labels.negatives) == (2, 2)
    assert outcome.tolist() == [1, 0, 0, 1]


def test_a_comparison_is_one_when_no_level_is_written_so():
    labels, outcome = counted(["0", "1.0", "4", "?", ""], ">0")
    assert not labels.literal
    assert (labels.positives, labels.negatives, labels.blank) == (2, 1, 2)
    assert outcome.tolist() == [0, 1, 1, -1, -1]


@pytest.mark.parametrize(
    ("positive", "events"),
    [(">=2", 2), ("<2", 2), ("<=1", 2), ("!=1", 3), ("==1", 1), ("=1", 1), (">1e0", 2), ("> 2.5", 1)],
)
def test_each_comparison(positive, events):
    assert counted(["0", "1", "2", "3"], positive)[0].positives == events


def test_text_that_cannot_be_compared_is_counted():
    labels, outcome = counted(["0", "2", "many"], ">0")
    assert labels.unreadable == 1
    assert outcome.tolist() == [0, 1, -1]


def test_rows_that_are_not_eligible_do_not_count():
    labels, _ = counted(["a", "a", "b"], "a", kept=[True, False, True])
    assert (labels.positives, labels.negatives) == (1, 1)


def test_a_word_for_missing_may_be_the_event_itself():
    assert counted(["None", "some"], "None")[0].positives == 1


@pytest.mark.parametrize(
    ("cell", "wanted", "equal"),
    [
        ("1", "1.0", True),
        (" 1 ", "1", True),
        ("01", "1", True),
        ("yes", "Yes", False),
        ("True", "true", True),
        ("nan", "nan", True),
    ],
)
def test_when_a_cell_is_the_wanted_value(cell, wanted, equal):
    assert same(cell, wanted) is equal


def test_exclusions_remember_what_occurred():
    exclusion = Exclusion({"to": ("11", "99")})
    assert exclusion.matches("to", np.array(["11", "12", "11.0"], dtype=object)).tolist() == [True, False, True]
    assert exclusion.seen == {"to": {"11"}}
