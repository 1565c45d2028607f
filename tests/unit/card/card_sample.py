"""A card and facts, made of the report's samples: simulated encounters behind which no patient stands."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "report"))

import report_sample as sample

from wardround.card.facts import Exclusion, Facts, Made, Origin, Sizes
from wardround.card.schema import Card, fields
from wardround.contract import load
from wardround.disclosure import disclosed_count
from wardround.project.params import Params, from_mapping

ROOT = Path(__file__).resolve().parents[3]


def params() -> Params:
    return from_mapping(
        {
            "project": {"name": "readmission", "title": "30-day readmission", "outcome": "readmission within 30 days"},
            "data": {
                "source": "synthetic",
                "columns": {"outcome": "readmitted_30d"},
                "exclude": {"discharge_to": ["died"]},
            },
            "evaluate": {"thresholds": list(sample.THRESHOLDS), "subgroups": [{"column": "sex"}]},
        }
    )


def full() -> Card:
    """A card in which every field holds something."""
    raw: dict[str, dict[str, object]] = {}
    chosen = {
        "identity.release_stage": "research",
        "purpose.decision_role": "informs",
        "purpose.output_type": "prediction",
    }
    several = ("identity.health_records", "purpose.keywords")
    for name in fields():
        section, _, key = name.partition(".")
        value: object = [f"one {key}", "another"] if name in several else chosen.get(name, f"The words of {name}.")
        raw.setdefault(section, {})[key] = {"sex": ["sex"]} if name == "data.categories" else value
    return Card.model_validate(raw)


def facts(**changed: object) -> Facts:
    count = disclosed_count
    made = Facts(
        params=params(),
        published=sample.publish(),
        origin=Origin("9f" * 20, "v1.2.0", "2026-05-01", {"metrics": "md5:ab", "model": "md5:cd"}),
        contract=load(ROOT / "pipelines" / "contract.py"),
        made=Made(
            "HistGradientBoostingClassifier",
            {"max_iter": 100},
            {"model": 1},
            "treelite",
            "intercept",
            ("age", "sex"),
            {},
            {},
            "time",
            "2024-10",
        ),
        sizes=(Sizes("train", count(10_000), count(1000)), Sizes("validation", count(5), count(0))),
        exclusions=(Exclusion("discharge_to", count(433)),),
        plan=("M1 Retraining on newer encounters",),
    )
    return Facts(**{**{name: getattr(made, name) for name in made.__dataclass_fields__}, **changed})  # type: ignore[arg-type]  # a test's own words
