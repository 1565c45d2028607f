"""A fix is no worse than the model as it is by the lower limit of the difference, whatever its estimate."""

import pytest

from wardround.evidence.measures import Estimate
from wardround.monitoring.retraining.limits import Limits, unmet

SOUND = {"oe": Estimate(value=1.0), "slope": Estimate(value=1.0), "auroc": Estimate(value=0.8)}
AUROC, BENEFIT = "AUROC against the model as it is", "net benefit against the model as it is"


@pytest.mark.parametrize(
    ("auroc", "benefit", "missed"),
    [
        ((0.0, -0.009, 0.009), (0.0, -0.001, 0.001), []),
        ((0.005, -0.02, 0.03), (0.0, -0.001, 0.001), [AUROC]),
        ((0.0, -0.01, 0.01), (0.001, -0.004, 0.006), [AUROC, BENEFIT]),
        ((-0.005, -0.009, 0.0), (0.0, None, None), []),
        ((-0.02, None, None), (None, None, None), [AUROC, BENEFIT]),
    ],
)
def test_a_difference_is_held_against_its_lower_limit(auroc, benefit, missed):
    differences = {
        name: Estimate(value=value, low=low, high=high)
        for name, (value, low, high) in (("auroc", auroc), ("net_benefit@0.2", benefit))
    }
    assert [miss.limit for miss in unmet(Limits(), 0.2, SOUND, differences)] == missed
