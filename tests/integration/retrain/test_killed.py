"""Killed at every recorded effect: the second run ends with one proposal and one issue, as if nothing had happened."""

import re

import effects
import pytest
from clinic import looked, units
from effects import Crash

from wardround.errors import WardroundError
from wardround.evidence.monitor import Cause, CauseKind

pytestmark = pytest.mark.slow
#: A process that ends, an answer that does not come, a program that fails.
FAULTS = ("crash", "time-out", "failed")
#: Both at once: an outage that does not explain the alarm, so that an issue and a proposal are made.
OUTAGE = Cause(
    kind=CauseKind.OUTAGE, subject="creatinine", summary="creatinine does not arrive.", rules=("drift.missing",)
)
BOTH = looked("calibration.decay", "drift.missing", causes=(OUTAGE,))


@pytest.mark.parametrize("evidence", [BOTH, looked("drift.units", causes=(units(),))], ids=["both", "issue"])
def test_a_second_run_converges(clinic, evidence, monkeypatch):
    clinic.retrain(evidence)
    clinic.put_back()
    # a pull request that is made anew has another number
    monkeypatch.setattr(
        effects, "_NUMBERS", re.compile(r"(?<=/comments/)\d+|(?<=/issues/)\d+|(?<=/pulls/)\d+|\b[0-9a-f]{40}\b")
    )
    injector = effects.installed(monkeypatch)
    with injector.run():
        clinic.retrain(evidence)
    seen, wanted = list(injector.seen), clinic.end()
    assert len(wanted["issues"]) == 1
    assert len(wanted["pulls"]) == (evidence is BOTH)
    writes = {effect.name for effect in seen if effect.kind == "http" and not effect.name.startswith("GET")}
    assert any("issues" in name for name in writes)
    for point in effects.points(seen):
        if point.fault not in FAULTS:
            continue
        clinic.put_back()
        try:
            with injector.run(point):
                clinic.retrain(evidence)
        except (Crash, WardroundError, OSError):
            pass
        assert injector.struck, point
        clinic.retrain(evidence)
        assert clinic.end() == wanted, point
