"""The data: the contract that they satisfy, and what features must not know."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.evidence.decision import Fact
from wardround.evidence.features import FeaturesEvidence
from wardround.evidence.split import SplitEvidence
from wardround.evidence.training import TrainingEvidence
from wardround.evidence.validation import CheckResult, Validation, rejudged
from wardround.gate.facts import listed, margin, text
from wardround.gate.freshness import unusable
from wardround.gate.request import JudgeRequest
from wardround.gate.rule import Said, cannot_tell, passes, refuses, rule
from wardround.values import Verdict

#: Facts are given for this many failing checks; the failure table of the report has them all.
SHOWN = 8


@rule(
    "data.contract",
    "The data satisfy the contract",
    params=("contract.tolerance", "contract.outcome_rate"),
    needs=("validation",),
)
def contract(request: JudgeRequest) -> Iterator[Said]:
    """Every rule and column, under the base's tolerances."""
    found = request.validation.value
    assert isinstance(found, Validation)
    own = rejudged(found, request.base_params.contract.tolerance)
    refused = [item for item in own.checks if item.verdict is Verdict.REFUSE]
    untold = [item for item in own.checks if item.verdict is Verdict.CANNOT_TELL]
    if refused:
        yield refuses(
            f"The data violate the contract: {listed([item.name for item in refused])}.",
            "See the failure table in the report: it says where and when. Correct the source; or, if the data are right, "
            "correct pipelines/contract.py in a change that the data's owners approve.",
            *_shares(refused),
        )
    elif untold or not own.checks or not own.rows:
        yield cannot_tell(
            "The contract could not be checked"
            + (f": {listed([item.name for item in untold])}." if untold else ": there are no rows or no rules."),
            "See the failure table in the report: it says what stood in the way.",
        )
    else:
        yield _rate(request) or passes("The data satisfy the contract within the base's tolerances.")


def _rate(request: JudgeRequest) -> Said | None:
    """The outcome rate under the base's limits where the head edits them: its stage checked its own."""
    lowest, highest = limits = request.base_params.contract.outcome_rate
    if limits == request.head_params.contract.outcome_rate:
        return None
    split = None if unusable("split", request) else request.split.value
    # as the stage does: of the known outcomes
    n = sum(part.n for part in split.splits) - split.unlabelled if isinstance(split, SplitEvidence) else 0
    if not isinstance(split, SplitEvidence) or n <= 0:
        return cannot_tell(
            "The change edits contract.outcome_rate, and the outcome rate under the base's limits is not known.",
            "Run the pipeline again, so that the split says how many encounters have the outcome.",
        )
    events = sum(part.events for part in split.splits)
    if lowest <= events / n <= highest:
        return None
    return refuses(
        "The outcome rate lies outside the base's limits.",
        "Ask why: a wrong positive value, labels that are not in yet, another population? New limits take effect after "
        "the merge of a pull request of their own.",
        Fact(name="outcome rate", type="proportion", numerator=events, denominator=n),
        margin("lowest rate", lowest),
        margin("highest rate", highest),
    )


def _shares(checks: list[CheckResult]) -> Iterator[Fact]:
    for item in checks[:SHOWN]:
        if item.failures is not None:
            yield Fact(name=item.name, type="proportion", numerator=item.failures, denominator=item.rows)
        yield margin(f"tolerated share of {item.name}", item.tolerance)


@rule(
    "data.leakage",
    "No feature knows the outcome or the future",
    params=("gate.leakage.single_feature_auroc", "features.probe_subjects"),
    needs=("features", "training"),
)
def leakage(request: JudgeRequest) -> Iterator[Said]:
    """The point-in-time probe, and how well each feature alone ranks the outcome."""
    features, training = request.features.value, request.training.value
    assert isinstance(features, FeaturesEvidence)
    assert isinstance(training, TrainingEvidence)
    yield _probed(features, wanted=request.base_params.features.probe_subjects)
    yield _alone(features, training, request.base_params.gate.leakage.single_feature_auroc)


def _probed(features: FeaturesEvidence, *, wanted: int) -> Said:
    """Whether features stay the same when nothing that was known at their time changes."""
    probe, subject = features.probe, "point-in-time probe"
    future = sorted({leak.feature for leak in probe.leaking if leak.how != "others"})
    others = sorted({leak.feature for leak in probe.leaking if leak.how == "others"} - set(future))
    if future:
        return refuses(
            f"Features change when only the future changes: {listed(future)}.",
            "Build them from the encounter and earlier ones only (shift and cumulative windows, by subject and time).",
            *(text("feature", name) for name in future),
            subject=subject,
        )
    if others:
        return refuses(
            f"Features change when other subjects are left out: {listed(others)}.",
            "Such a feature cannot be served for one patient and may carry others' future: fit what needs many patients "
            "in pipelines/model.py, on training data.",
            *(text("feature", name) for name in others),
            subject=subject,
        )
    if not probe.subjects and wanted == 0:
        return passes(
            "The base's params switch the point-in-time probe off.",
            subject=subject,
            advice="Set features.probe_subjects above zero, so that features are probed.",
        )
    if not probe.subjects:
        return cannot_tell(
            f"No feature was probed{': ' + probe.reason if probe.reason else ''}.",
            "Set features.probe_subjects in params.yaml, and run the pipeline again.",
            subject=subject,
        )
    return passes("No feature changes when only the future or other subjects change.", subject=subject)


def _alone(features: FeaturesEvidence, training: TrainingEvidence, most: float) -> Said:
    """Whether one feature alone ranks the outcome suspiciously well."""
    subject, limit = "single features", margin("most AUROC of one feature", most)
    told = {item.feature for item in training.single_features}
    untold = [column.name for column in features.columns if column.name not in told]
    suspects = [item for item in training.single_features if item.auroc is not None and item.auroc > most]
    if suspects:
        return refuses(
            f"One feature alone ranks the outcome too well to be true: {listed([item.feature for item in suspects])}.",
            "Ask when its value becomes known: after the outcome, or because of it? Then leave it out. If it is legitimate, "
            "raise gate.leakage.single_feature_auroc in a pull request of its own.",
            *(
                Fact(name=f"AUROC of {item.feature} alone", type="measure", value=item.auroc)
                for item in suspects[:SHOWN]
            ),
            limit,
            subject=subject,
        )
    if untold or not training.single_features:
        return cannot_tell(
            f"Features were not measured alone: {listed(untold) or 'there are none'}.",
            "Run the pipeline again, so that features and model belong together.",
            limit,
            subject=subject,
        )
    return passes("No feature alone ranks the outcome too well to be true.", limit, subject=subject)


RULES = (contract, leakage)
