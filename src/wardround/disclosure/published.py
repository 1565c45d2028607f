"""The values that may leave the trust boundary: renderers accept these and nothing else (DESIGN §8, *Disclosure by type*).

Only ``wardround.disclosure`` makes them: every constructor takes the package's key first, so that no other code builds
one by accident. All are frozen; :meth:`Disclosed.plain` gives JSON types. Whatever is not shown carries a reason
(:class:`Why`) in its place, never a number.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from wardround.disclosure.performance import (
    AgainstView,
    AtThreshold,
    Bin,
    CalibrationPoint,
    Cohort,
    DecisionPoint,
    DifferenceView,
    ExclusionsView,
    GroupChange,
    GroupView,
    ModelView,
    RocPoint,
)
from wardround.disclosure.statements import (
    BaselineView,
    ColumnView,
    DecisionView,
    FactView,
    FailureView,
    FindingView,
    HeldOutSiteView,
    ImportanceView,
    LevelCount,
    PerturbationView,
    ProfileView,
    ShareChange,
    ValidationView,
)
from wardround.disclosure.values import (
    KEY,
    Count,
    Disclosed,
    Key,
    Quantity,
    Why,
)

__all__ = [
    "KEY",
    "AgainstView",
    "AtThreshold",
    "BaselineView",
    "Bin",
    "CalibrationPoint",
    "Cohort",
    "ColumnView",
    "Count",
    "DecisionPoint",
    "DecisionView",
    "DifferenceView",
    "Disclosed",
    "ExclusionsView",
    "FactView",
    "FailureView",
    "FindingView",
    "GroupChange",
    "GroupView",
    "HeldOutSiteView",
    "ImportanceView",
    "Key",
    "LevelCount",
    "ModelView",
    "PerturbationView",
    "ProfileView",
    "Published",
    "Quantity",
    "RocPoint",
    "ShareChange",
    "ValidationView",
    "Why",
]


@dataclass(frozen=True)
class Published(Disclosed):
    """Everything that a report, figure, comment or log may show. Made by :func:`wardround.disclosure.disclose`.

    ``cohorts`` are the head's own test populations (from ``metrics``); those of comparisons are under ``against``. A cohort whose
    encounters are shown in a comparison already is withheld here, so look in ``against`` first.
    """

    _: KW_ONLY
    min_cell: int
    thresholds: tuple[float, ...] = ()
    cohorts: tuple[Cohort, ...] = ()
    against: tuple[AgainstView, ...] = ()
    baseline: bool = False
    baselines: tuple[BaselineView, ...] = ()
    importance: tuple[ImportanceView, ...] = ()
    robustness: tuple[PerturbationView, ...] = ()
    held_out_sites: tuple[HeldOutSiteView, ...] = ()
    limitations: tuple[str, ...] = ()
    decision: DecisionView | None = None
    validation: ValidationView | None = None
    profile: ProfileView | None = None

    def versus(self, reference: str, test_set: str = "head") -> AgainstView | None:
        """The comparison with that reference on that test set, if there is one."""
        return next((item for item in self.against if (item.reference, item.test_set) == (reference, test_set)), None)

    def cohort(self, population: str) -> Cohort | None:
        """Where that population is shown: the first comparison that shows it, else the head's own; None if nowhere."""
        found = (cohort for item in self.against for cohort in item.cohorts)
        both = [cohort for cohort in (*found, *self.cohorts) if cohort.population == population]
        return next((cohort for cohort in both if not cohort.withheld), None)
