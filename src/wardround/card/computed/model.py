"""How the model was made, where it came from, and what happens to it after the release."""

from __future__ import annotations

from wardround.card.facts import Facts
from wardround.card.sheet import Computed, Table

TRAINING = ("training.json#estimator", "training.json#recalibration", "params.yaml#train.imbalance")
_BUILT = (
    "training.json#settings",
    "training.json#seeds",
    "split.json#method",
    "params.yaml#split",
    "params.yaml#tune",
    "dvc.yaml",
)


def kind(facts: Facts) -> Computed:
    """Estimator, form, recalibration."""
    made = facts.made
    if made is None:
        return Computed(evidence=TRAINING)
    lines = (
        f"{made.estimator}, served as {made.served_as}; recalibration: {made.recalibration}; {len(made.features)} features.",
        f"Class imbalance: {facts.params.train.imbalance}.",
    )
    return Computed(lines, evidence=TRAINING)


def building(facts: Facts) -> Computed:
    """Split, settings, seeds, search."""
    made = facts.made
    if made is None:
        return Computed(evidence=_BUILT)
    tune, split = facts.params.tune, facts.params.split
    rows = tuple(
        (name, str(value))
        for name, value in {**made.settings, **{f"seed: {k}": v for k, v in made.seeds.items()}}.items()
    )
    search = (
        "no search over settings"
        if tune.method == "off"
        else f"{tune.method} search, {tune.trials} trials, {tune.folds} folds"
    )
    lines = (
        f"Split by {made.split_method}: {split.train:g} to train, {split.validation:g} to recalibrate, the rest sealed for the test.",
        f"Tuning: {search}, on training data alone, in folds of whole patients.",
        "Predictors enter as they are; the kind of the model deals with missing values (pipelines/model.py).",
    )
    return Computed(lines, Table("Settings", ("Setting", "Value"), rows) if rows else None, _BUILT)


def specification(facts: Facts) -> Computed:
    """Where the model itself is, by digest."""
    digest = facts.origin.digests.get("model", "")
    lines = (f"The trained model is in the project's storage under {digest}." if digest else "",)
    return Computed(lines, evidence=("dvc.lock#models/model",))


def origin(facts: Facts) -> Computed:
    """Commit, version, digests."""
    own = facts.origin
    rows = [
        ("Commit", own.commit),
        ("Version", own.version or "not released yet"),
        ("Date of the commit", own.date),
    ]
    rows += [("Image", own.image)] if own.image else []
    rows += list(own.digests.items())
    return Computed((), Table("Where it came from", ("What", "Which"), tuple(rows)), ("dvc.lock", "git tags"))


def output(facts: Facts) -> Computed:
    """What is answered."""
    project = facts.params.project
    about = f"of {project.outcome} " if project.outcome else ""
    first = facts.params.evaluate.thresholds[0]
    return Computed(
        (f"The probability {about}for one {project.encounter}, and an alert at a risk of {first:g}.",),
        evidence=("params.yaml#project.outcome", "params.yaml#evaluate.thresholds"),
    )


def calculating(facts: Facts) -> Computed:
    """How predictions are calculated."""
    image = f"; image {facts.origin.image}" if facts.origin.image else ""
    lines = (
        f"By the released service (openapi.json) or wardround score, from commit {facts.origin.commit[:12]}{image}.",
    )
    return Computed(lines, evidence=("pipelines/service.py",))


def inputs(_facts: Facts) -> Computed:
    """What the service does with poor inputs."""
    return Computed(
        (
            "The service refuses an encounter that breaks the contract, and says which field; missing values are as the contract permits.",
        ),
        evidence=("pipelines/contract.py",),
    )


def monitoring(facts: Facts) -> Computed:
    """What the monitor looks at, how often."""
    own = facts.params.monitor
    if own.predictions is None:
        return Computed(
            ("No prediction log is named (monitor.predictions), so that nothing is watched yet.",),
            evidence=("params.yaml#monitor.predictions",),
        )
    return Computed(
        (
            f"wardround monitor looks at stage {own.stage} in windows of {own.window_days} days, {own.windows} at a time.",
            "It looks at inputs, outputs, calibration, discrimination, groups and sites.",
        ),
        evidence=("params.yaml#monitor", "monitor.yml"),
    )


def local(_facts: Facts) -> Computed:
    """What the monitor found here."""
    return Computed(
        (
            "The monitor's reports say how it does on this hospital's own patients; they are not part of a version's card.",
        ),
        evidence=("monitor.json",),
    )


def updates(facts: Facts) -> Computed:
    """How updates come about, and those that were."""
    lines = ["Every change is a pull request that is compared with the version before and with the anchor."]
    if facts.plan:
        lines.append(f"Agreed beforehand (governance/pccp.yaml): {'; '.join(facts.plan)}.")
    return Computed(tuple(lines), evidence=("governance/pccp.yaml", "git tags"))


def limitations(facts: Facts) -> Computed:
    """What the pipeline itself says that it could not do."""
    found = dict.fromkeys((*(facts.made.limitations if facts.made else ()), *facts.published.limitations))
    return Computed(
        tuple(found) or ("The pipeline reports none of its own.",),
        evidence=("metrics.json#limitations", "split.json#limitations"),
    )


def code(facts: Facts) -> Computed:
    """Where the code is."""
    return Computed((f"All code is in this repository, at commit {facts.origin.commit}.",), evidence=("git",))


def reliance(facts: Facts) -> Computed:
    """What the model leans on."""
    rows = tuple((item.feature, str(item.drop)) for item in facts.published.importance[:15])
    table = Table("Fall in AUROC when a feature is shuffled", ("Feature", "Fall"), rows)
    return (
        Computed((), table, ("metrics.json#importance",)) if rows else Computed(evidence=("metrics.json#importance",))
    )
