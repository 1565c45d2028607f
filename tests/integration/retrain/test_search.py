"""The whole ladder on real data up to its last rung: no recalibration ranks, a refit as the model was made does not either, a search does."""

import csv
import datetime as dt
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import workshop
from clinic import looked
from ruamel.yaml import YAML

from wardround.evidence.monitor import Span
from wardround.evidence.retraining import Fix
from wardround.flows import versions
from wardround.flows.faults import edit_params
from wardround.flows.retrain.request import RetrainRequest
from wardround.flows.retrain.run import retrain
from wardround.project.layout import Project
from wardround.revision.program import SCRATCH
from wardround.scaffold.project_text import IGNORED_TEXT, pipeline_text

pytestmark = pytest.mark.slow
FIRST, DAYS, N = dt.date(2024, 1, 1), 300, 3600
END = FIRST + dt.timedelta(DAYS)
#: Who is old with a slow pulse, or young with a quick one, comes back: one split alone says nothing.
RETRAIN = {
    "recent_days": 100,
    "treated": "called",
    "feedback": "weight",
    "fixes": ["intercept", "platt", "refit", "search"],
}


def visits(path: Path) -> None:
    """Visits of people who come once; in the last 100 days some are called after an alert, and three of four of them stay away."""
    draw = np.random.default_rng(11)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("visit", "person", "seen_on", "clinic", "age", "pulse", "smoker", "came_back", "called"))
        for number in range(N):
            day = FIRST + dt.timedelta(int(number * DAYS / N))
            age, pulse = int(draw.integers(20, 90)), round(float(draw.uniform(50, 100)), 1)
            back = draw.random() < (0.65 if (age > 55) == (pulse < 75) else 0.15)
            called = END - day <= dt.timedelta(100) and draw.random() < 0.3
            back = back and not (called and draw.random() < 0.75)
            row = (f"V{number:05d}", f"Quimby-{number}", day, draw.choice(["north", "south"]), age, pulse, "true")
            writer.writerow((*row, "yes" if back else "no", str(bool(called)).lower()))


@pytest.fixture
def ward(tmp_path):
    """A project whose model is a sum of single splits, so that it ranks no better than chance; trained on the days before the last 100."""
    root = tmp_path / "ward"
    shutil.copytree(workshop.TINY / "whole", root)
    (root / "dvc.yaml").write_text(pipeline_text((workshop.ROOT / "dvc.yaml").read_text(encoding="utf-8"), "data/raw"))
    (root / ".gitignore").write_text(IGNORED_TEXT)
    (root / "wardround.yaml").write_text(versions.text(root))
    visits(root / "data" / "raw" / "visits.csv")
    contract = root / "pipelines" / "contract.py"
    line = "    came_back: Series[str]"
    text = contract.read_text(encoding="utf-8")
    called = '    called: Series[pd.BooleanDtype] = pa.Field(nullable=True, metadata={"known_at": "outcome"})'
    contract.write_text(text.replace(line, f"{called}\n{line}"), encoding="utf-8")
    edit_params(
        root,
        {
            "data": {
                "window": {"start": FIRST.isoformat(), "end": (END - dt.timedelta(100)).isoformat()},
            },
            "model": {"settings": {"max_iter": 20, "max_depth": 1, "min_samples_leaf": 20}},
            "tune": {"trials": 4, "space": {"max_depth": [1, 4], "max_iter": [20, 60]}},
            "evaluate": {"subgroups": []},
            "gate": {"floor": {"auroc": 0.65}},
            "monitor": {"retrain": RETRAIN},
        },
    )
    workshop.git(root, "init", "--quiet", "--initial-branch=main")
    workshop.dvc(root, "init", "--quiet")
    workshop.commit(root, "Start")
    # it ranks no better than chance, and was put to use all the same
    workshop.wardround(root, "review", "--quiet", code=11)
    workshop.commit(root, "The model that serves")
    workshop.git(root, "tag", "first")
    edit_params(root, {"review": {"base": "main", "anchor": "first"}})
    workshop.commit(root, "It is what later ones are held against")
    return root


def test_search_is_reached_and_made(ward):
    evidence = looked("performance.decay").model_copy(update={"project": "tiny"})
    spans = tuple(
        Span(name=span.name, start=END - dt.timedelta(7 * (8 - k)), end=END - dt.timedelta(7 * (7 - k)))
        for k, span in enumerate(evidence.windows)
    )
    result = retrain(RetrainRequest(Project(ward), evidence.model_copy(update={"windows": spans, "until": END})))
    tried = result.evidence
    assert tried is not None, result.nothing
    attempts = {item.fix: item for item in tried.attempts}
    assert list(attempts) == [Fix.INTERCEPT, Fix.PLATT, Fix.REFIT, Fix.SEARCH]
    for fix in (Fix.INTERCEPT, Fix.PLATT, Fix.REFIT):
        assert attempts[fix].unable or "AUROC" in [miss.limit for miss in attempts[fix].failed], attempts[fix]
    search = attempts[Fix.SEARCH]
    assert search.suffices, search
    assert search.measures["auroc"].value > 0.68
    assert tried.champion.measures["auroc"].value < 0.6
    assert search.measures["oe"].method == "weighted"
    assert tried.chosen is Fix.SEARCH
    assert "the untreated stand for them" in tried.feedback
    assert tried.judged_on.n < 0.8 * 100 * N / DAYS * 0.5  # nobody who was called is counted

    draft = next(ward.glob(f"{SCRATCH.as_posix()}/retrain/params.yaml")).parent
    params = YAML(typ="safe").load(draft / "params.yaml")
    assert params["tune"]["method"] == "random"
    assert params["split"]["untreated"] == "called"
    assert json.loads((draft / "models" / "tuned.json").read_text())["settings"]["max_depth"] == 4
    split = json.loads((draft / "reports" / "split.json").read_text())
    assert any("treated" in line for line in split["limitations"])
    (body,) = result.notes
    assert "a refit with searched settings" in body
    # a refit has learned from the anchor's own test encounters, and says so
    assert "| anchor | the proposal's test set | 0.5" in body
    assert "Not comparable with anchor on its own test set: no encounters are left whose subjects neither model" in body
