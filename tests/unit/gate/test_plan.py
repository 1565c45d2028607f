"""The change plan: reading it, taking a change apart, classifying it, and holding it to its criteria."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from wardround.errors import UsageError
from wardround.evidence.comparison import Comparison
from wardround.gate import judge
from wardround.gate.plan import Atom, Kind, Sides, atoms_of, classify, parse
from wardround.gate.plan.acceptance import judged
from wardround.gate.plan.permitting import matches, permits
from wardround.gate.plan.schema import FILE, Criterion, Permits, PermittedParam
from wardround.gate.specimen import against, comparison, estimate, having, healthy, judged_by, metrics, params
from wardround.gate.specimen.agreed import RETRAINED, plan
from wardround.values import Verdict

PASS, REFUSE, CANNOT, NOTHING = Verdict.PASS, Verdict.REFUSE, Verdict.CANNOT_TELL, Verdict.NOT_APPLICABLE
CODE = Atom(Kind.PATH, "pipelines/features.py")


def param(name: str, before: str, after: str) -> Atom:
    return Atom(Kind.PARAM, name, before, after)


def permitted(item: PermittedParam, atom: Atom) -> bool:
    (first, *_) = plan().modifications
    return permits(first.model_copy(update={"permits": Permits(params=(item,))}), atom)


def test_the_project_s_own_plan_can_be_read(repository: Path) -> None:
    own = parse((repository / FILE).read_bytes())
    assert [item.id for item in own.modifications] == ["M1", "M2", "M3"]
    assert own.together == (("M1", "M2"),)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("schema_version: 1", "schema_version: 2", "schema_version"),
        ("id: M2", "id: M1", "an id stands twice"),
        ("[M1, M2]", "[M1, M9]", "M9"),
        ("margin: 0.01", "margin: -1", "margin"),
        ("permits:", "allows:", "allows"),
        ("purpose: >-", "purpose: [", "not valid YAML"),
        ("between: [0.8, 1.25]", "between: [0.8, 1.25], margin: 1", "comparison"),
    ],
)
def test_a_plan_with_a_mistake_is_refused_and_the_place_is_named(
    repository: Path, old: str, new: str, where: str
) -> None:
    text = (repository / FILE).read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(UsageError, match=where):
        parse(text.replace(old, new, 1).encode())


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UsageError, match="not UTF-8"):
        parse(b"\xff\xfe")


def test_a_change_is_taken_apart_and_prose_is_left_out() -> None:
    found = atoms_of(
        Sides(
            paths=(
                "README.md",
                "docs/a.md",
                "dvc.lock",
                "params.yaml",
                "pipelines/codes.txt",
                FILE,
                "governance/card.yaml",
            ),
            params_before={"data": {"window": {"end": "2025-01-01"}}, "model": {"settings": {}}, "old": 1},
            params_after={"data": {"window": {"end": "2025-04-01"}}, "model": {"settings": {"a": 1}}},
            data_before="x",
            data_after="y",
            model_before="m",
            model_after="m",
        )
    )
    assert [(atom.kind.value, atom.name) for atom in found] == [
        ("param", "data.window.end"),
        ("param", "model.settings"),
        ("param", "model.settings.a"),
        ("param", "old"),
        ("path", "governance/card.yaml"),
        ("path", FILE),
        ("path", "pipelines/codes.txt"),
        ("data", "data"),
    ]


def test_a_change_is_inside_the_first_modification_that_permits_all_of_it() -> None:
    assert classify(plan(), RETRAINED).inside == ("M1",)
    assert classify(plan(), [param("evaluate.thresholds", "[0.2]", "[0.24]")]).inside == ("M2",)
    outside = classify(plan(), (*RETRAINED, CODE))
    assert outside.outside
    assert outside.beyond == (CODE,)
    assert outside.nearest == "M1"
    assert classify(plan(), ()).unchanged


def test_two_modifications_at_once_are_inside_only_if_they_were_assessed_together() -> None:
    both = (*RETRAINED, param("evaluate.thresholds", "[0.2]", "[0.24]"))
    assert classify(plan(), both).outside
    together = plan().model_copy(update={"together": (("M1", "M2"),)})
    assert classify(together, both).inside == ("M1", "M2")


@pytest.mark.parametrize("path", [FILE, ".github/workflows/review.yml", "requirements.lock", "wardround.yaml"])
def test_no_plan_permits_what_decides_who_judges(path: str) -> None:
    (first, *_) = plan().modifications
    wide = first.model_copy(update={"permits": Permits(paths=("**",), params=(PermittedParam(key="gate"),))})
    assert not permits(wide, Atom(Kind.PATH, path))
    assert not permits(wide, param("gate.floor.auroc", "0.6", "0.1"))
    assert permits(wide, CODE)


@pytest.mark.parametrize(
    ("item", "before", "after", "inside"),
    [
        (PermittedParam(key="a"), "1", '"anything"', True),
        (PermittedParam(key="a", range=(0, 1)), "0.5", "1.0", True),
        (PermittedParam(key="a", range=(0, 1)), "0.5", "1.01", False),
        (PermittedParam(key="a", range=(0, 1)), "0.5", "true", False),
        (PermittedParam(key="a", step=0.05), "0.2", "0.25", True),
        (PermittedParam(key="a", step=0.05), "0.2", "0.26", False),
        (PermittedParam(key="a", step=0.05), "", "0.2", False),
        (PermittedParam(key="a", step=0.05), "[0.2, 0.1]", "[0.24, 0.12]", True),
        (PermittedParam(key="a", step=0.05), "[0.2, 0.1]", "[0.24]", False),
        (PermittedParam(key="a", step=0.05), "[0.2, 0.1]", "[0.1, 0.2]", False),
        (PermittedParam(key="a", range=(0.1, 0.3)), "[0.2, 0.1]", "[0.1, 0.2, 0.3]", True),
        (PermittedParam(key="a", range=(0.1, 0.3)), "[0.2, 0.1]", "[0.2, 0.05]", False),
        (PermittedParam(key="a", range=(0.1, 0.3)), "[0.2, 0.1]", "[]", False),
        (PermittedParam(key="a", among=("none", "platt")), '"none"', '"platt"', True),
        (PermittedParam(key="a", among=("none", "platt")), '"none"', '"isotonic"', False),
        (PermittedParam(key="a", forward=366), '"2025-01-01"', '"2025-04-01"', True),
        (PermittedParam(key="a", forward=366), '"2025-01-01"', '"2024-12-31"', False),
        (PermittedParam(key="a", forward=30), '"2025-01-01"', '"2025-04-01"', False),
        (PermittedParam(key="a", forward=30), '"soon"', '"2025-04-01"', False),
        (PermittedParam(key="a", range=(0, 1)), "0.5", "", False),
    ],
)
def test_how_far_a_param_may_move(item: PermittedParam, before: str, after: str, *, inside: bool) -> None:
    assert permitted(item, param("a", before, after)) is inside
    assert not permitted(item, param("ab", before, after))


@pytest.mark.parametrize(
    ("pattern", "path", "found"),
    [
        ("pipelines/", "pipelines/features.py", True),
        ("pipelines/*.py", "pipelines/features.py", True),
        ("pipelines/*.py", "pipelines/deep/features.py", False),
        ("pipelines/**/codes.txt", "pipelines/a/b/codes.txt", True),
        ("pipelines", "pipelines2/features.py", False),
    ],
)
def test_patterns_of_paths(pattern: str, path: str, *, found: bool) -> None:
    assert matches(pattern, path) is found


LOSS = {"measure": "auroc", "reference": "base", "margin": 0.01}
CRITERIA: dict[str, tuple[dict[str, object], Comparison, Verdict]] = {
    "no loss": (LOSS, comparison(), PASS),
    "a loss": (LOSS, comparison(against(auroc=(-0.03, 0.003))), REFUSE),
    "too wide to say": (LOSS, comparison(against(auroc=(0.0, 0.02))), CANNOT),
    "a loss on the base's own test set": (
        LOSS,
        comparison(against(), against(auroc=(-0.03, 0.003), test_set="reference")),
        REFUSE,
    ),
    "a group's loss": ({**LOSS, "groups": "each"}, comparison(against(groups={"sex=M": (-0.08, 0.01)})), REFUSE),
    "a measure with a target has no loss": ({**LOSS, "measure": "slope"}, comparison(), CANNOT),
    "not compared": (LOSS, comparison(against("anchor")), CANNOT),
    "a level reached": ({"measure": "auroc", "at_least": 0.7}, comparison(), PASS),
    "a level missed": ({"measure": "auroc", "at_least": 0.8}, comparison(), REFUSE),
    "a level that chance may miss": ({"measure": "auroc", "at_least": 0.73}, comparison(), CANNOT),
    "a target": ({"measure": "slope", "between": [0.8, 1.25]}, comparison(), PASS),
    "an unknown measure": ({"measure": "luck", "at_least": 0.1}, comparison(), CANNOT),
}


@pytest.mark.parametrize(("raw", "found", "wanted"), CRITERIA.values(), ids=CRITERIA.keys())
def test_criteria(raw: dict[str, object], found: Comparison, wanted: Verdict) -> None:
    assert judged(Criterion.model_validate(raw), metrics(), found).verdict is wanted


def test_without_evidence_no_criterion_is_met() -> None:
    for item in (LOSS, {"measure": "auroc", "at_least": 0.1}):
        assert judged(Criterion.model_validate(item), None, None).verdict is CANNOT


ASKING = params(gate={"change": {"label": "outside-plan", "reviewers": ["owner"]}})
OUTSIDE = replace(healthy(), atoms=(*RETRAINED, CODE))
CASES = {
    "inside, and met": (healthy(), PASS),
    "inside, and not met": (
        having(healthy(), metrics=metrics(slope=estimate(0.5, 0.1))),
        REFUSE,
    ),
    "outside, and nothing is asked": (OUTSIDE, PASS),
    "outside, and somebody is asked": (judged_by(OUTSIDE, ASKING), CANNOT),
    "the head cannot ask for less": (replace(judged_by(OUTSIDE, ASKING), head_params=params()), CANNOT),
    "no plan": (replace(healthy(), plan=None), NOTHING),
    "a plan that cannot be read": (replace(healthy(), plan=None, no_plan="line 3"), CANNOT),
    "the first version": (replace(healthy(), baseline=True), NOTHING),
    "the change is not known": (replace(healthy(), atoms=None), CANNOT),
    "nothing changed": (replace(healthy(), atoms=()), PASS),
}


@pytest.mark.parametrize(("request_", "wanted"), CASES.values(), ids=CASES.keys())
def test_the_rule(request_, wanted: Verdict) -> None:  # type: ignore[no-untyped-def]  # `request` is pytest's own
    (finding,) = judge(request_).of("change.plan")
    assert finding.verdict is wanted


def test_the_row_of_the_traceability_table_is_filled() -> None:
    (finding,) = judge(healthy()).of("change.plan")
    row = {fact.name: fact.text for fact in finding.facts}
    assert row["modification"] == "M1: Retraining on newer encounters"
    assert row["performance evaluation"].startswith("4 of 4 criteria met.")
    assert finding.subject == "inside M1"


@pytest.mark.parametrize(("looks", "wanted"), [(1, PASS), (50, PASS), (51, REFUSE), (None, CANNOT)])
def test_the_budget_of_looks(looks: int | None, wanted: Verdict) -> None:
    (finding,) = judge(replace(healthy(), looks=looks)).of("budget.test_set")
    assert finding.verdict is wanted


def test_the_head_cannot_raise_its_budget() -> None:
    raised = params(gate={"budget": {"looks": 1000}})
    (finding,) = judge(replace(healthy(), looks=51, head_params=raised)).of("budget.test_set")
    assert finding.verdict is REFUSE


def test_the_recent_window_of_a_retraining_may_be_permitted_and_the_split_may_not() -> None:
    (first, *_) = plan().modifications
    wide = first.model_copy(update={"permits": Permits(params=(PermittedParam(key="split"),))})
    assert permits(wide, param("split.recent.start", "", '"2025-01-01"'))
    assert not permits(wide, param("split.train", "0.6", "0.9"))


def test_what_a_retraining_proposes_is_inside_the_project_s_own_plan(repository: Path) -> None:
    own = parse((repository / FILE).read_bytes())
    window = param("data.window.end", '"2025-04-01"', '"2025-07-01"')
    recent = tuple(
        param(f"split.recent.{name}", "", value) for name, value in (("start", '"2025-06-01"'), ("share", "0.5"))
    )
    made = (Atom(Kind.DATA, "data"), Atom(Kind.MODEL, "model"))
    assert classify(own, (window, *recent, *made)).inside == ("M1",)
    assert classify(own, (window, *recent, param("train.recalibration", '"intercept"', '"platt"'), *made)).inside == (
        "M2",
    )
    assert classify(own, (param("evaluate.thresholds", "[0.2, 0.1, 0.3]", "[0.1, 0.2, 0.3]"),)).inside == ("M3",)
    assert classify(own, (window, param("model.settings.max_iter", "100", "200"), *made)).outside
