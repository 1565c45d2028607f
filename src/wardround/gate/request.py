"""Everything that a judgement rests on, as one frozen object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wardround.evidence.base import Read
from wardround.gate.plan.atoms import Atom
from wardround.gate.plan.schema import ChangePlan
from wardround.project.params import Params

#: Evidence fields of :class:`JudgeRequest`, in the order in which a decision lists them.
EVIDENCE = (
    "validation",
    "profile",
    "base_profile",
    "features",
    "split",
    "training",
    "metrics",
    "comparison",
    "lock",
    "phi",
    "card",
)


def _absent() -> Read[Any]:
    return Read.failed("it was not handed to the gate")


@dataclass(frozen=True)
class JudgeRequest:
    """What :func:`wardround.gate.judge` judges, and by what.

    ``base_params`` are the params of the base revision: they judge. For the first version ever (``baseline``) there is
    no base and the head's own params stand in. ``anchor_commit`` is empty when no version was approved yet.
    ``own_test_set_needed`` says that split or data differ from the base's, so that the comparison with it must hold its own
    test set as well. ``stale`` maps the name of evidence to the reason why it does not belong to this revision (its bytes are
    not those that ``dvc.lock`` names); such evidence counts as missing. ``digests`` maps what evidence may say it was
    made from (``snapshot``, ``features``, ``split``, ``model``) to the digest that this revision has.
    """

    project: str
    base_params: Params
    head_params: Params
    head_commit: str
    base_commit: str
    subject_digest: str
    anchor_commit: str = ""
    #: The commit whose rules, params and code judge: the base's unless stated.
    judged_by: str = ""
    baseline: bool = False
    judge_changes: tuple[str, ...] = ()
    own_test_set_needed: bool = False
    validation: Read[Any] = field(default_factory=_absent)
    profile: Read[Any] = field(default_factory=_absent)
    base_profile: Read[Any] = field(default_factory=_absent)
    features: Read[Any] = field(default_factory=_absent)
    split: Read[Any] = field(default_factory=_absent)
    training: Read[Any] = field(default_factory=_absent)
    metrics: Read[Any] = field(default_factory=_absent)
    comparison: Read[Any] = field(default_factory=_absent)
    lock: Read[Any] = field(default_factory=_absent)
    phi: Read[Any] = field(default_factory=_absent)
    card: Read[Any] = field(default_factory=_absent)
    #: The base's change plan; ``no_plan`` says why one that is there cannot be read. ``atoms`` are what the change consists of.
    plan: ChangePlan | None = None
    no_plan: str = ""
    atoms: tuple[Atom, ...] | None = None
    #: Models that were judged on the head's test block; None where they could not be counted.
    looks: int | None = None
    stale: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)

    def reading(self, name: str) -> Read[Any]:
        """The reading of one kind of evidence."""
        reading = getattr(self, name)
        assert isinstance(reading, Read)
        return reading
