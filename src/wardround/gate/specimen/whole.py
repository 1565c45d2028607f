"""The whole request that every rule passes, and the request with one thing changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wardround.evidence.base import Evidence, Read
from wardround.evidence.card import CardCheck
from wardround.evidence.lock import LockCheck
from wardround.evidence.phi import PhiCheck
from wardround.files import sha256_json
from wardround.gate.request import JudgeRequest
from wardround.gate.specimen import agreed
from wardround.gate.specimen.made import features, profile, split, training, validation
from wardround.gate.specimen.measured import ANCHOR, BASE, HEAD, comparison, metrics
from wardround.project.params import Params, from_mapping


def params(**sections: Any) -> Params:
    """Params with a mandatory grouping, a site column and limits of alerts; ``sections`` replace whole sections."""
    raw: dict[str, Any] = {
        "project": {"name": "specimen"},
        "data": {"source": "synthetic", "columns": {"outcome": "readmitted", "site": "hospital", "time": "admitted"}},
        "evaluate": {"thresholds": [0.2], "subgroups": [{"column": "sex", "mandatory": ["F", "M"]}]},
        "gate": {"utility": {"alerts_per_day": 20, "alerts_per_100": 15}},
    }
    return from_mapping({**raw, **sections})


def reading(evidence: Evidence) -> Read[Any]:
    """Evidence as if it had been read from a file."""
    return Read(evidence, sha256_json(evidence.plain()), "")


def healthy() -> JudgeRequest:
    """A request that every rule passes."""
    own = params()
    return JudgeRequest(
        project="specimen",
        base_params=own,
        head_params=own,
        head_commit=HEAD,
        base_commit=BASE,
        anchor_commit=ANCHOR,
        subject_digest="sha256:" + "0" * 64,
        validation=reading(validation()),
        profile=reading(profile()),
        base_profile=reading(profile(28_000)),
        features=reading(features()),
        split=reading(split()),
        training=reading(training()),
        metrics=reading(metrics()),
        comparison=reading(comparison()),
        lock=reading(LockCheck(remote="storage", asked=True)),
        phi=reading(PhiCheck()),
        card=reading(CardCheck(there=True)),
        plan=agreed.plan(),
        atoms=agreed.RETRAINED,
        looks=3,
    )


def having(request: JudgeRequest, **evidence: Evidence) -> JudgeRequest:
    """The request with other evidence."""
    made: dict[str, Any] = {name: reading(item) for name, item in evidence.items()}
    return replace(request, **made)


def judged_by(request: JudgeRequest, own: Params) -> JudgeRequest:
    """The request with other params, of base and head alike."""
    return replace(request, base_params=own, head_params=own)
