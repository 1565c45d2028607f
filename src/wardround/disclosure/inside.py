"""What disclosure starts from: evidence at full precision, and what was published before."""

from __future__ import annotations

from dataclasses import dataclass, field

from wardround.disclosure.earlier import About, Earlier
from wardround.evidence.comparison import Comparison
from wardround.evidence.decision import Decision
from wardround.evidence.measures import Metrics
from wardround.evidence.profile import Profile
from wardround.evidence.validation import Validation


@dataclass(frozen=True)
class Inside:
    """Full-precision evidence, as far as there is any.

    ``thresholds`` are the declared ones, the operating one first; those of ``metrics`` when empty.
    """

    thresholds: tuple[float, ...] = ()
    metrics: Metrics | None = None
    comparison: Comparison | None = None
    decision: Decision | None = None
    validation: Validation | None = None
    profile: Profile | None = None
    base_profile: Profile | None = None


@dataclass(frozen=True)
class Before:
    """What this publication is about, and what is out already about the same people; ``missing`` says in a sentence what is not at hand."""

    about: About = field(default_factory=About)
    earlier: tuple[Earlier, ...] = ()
    missing: str = ""
