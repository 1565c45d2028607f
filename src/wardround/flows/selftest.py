"""The gate's self-test: faults planted in evidence, and faults planted in a real pipeline, each of which must turn it red.

A healthy synthetic project is run stage by stage; then a copy of it gets a bad model, a leaking feature or broken data, drawn
by the seed, and runs again from the stage that the fault touches. The healthy one must pass against itself.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.flows.faults import PLANTS, Plant, healthy_params
from wardround.project.layout import Project
from wardround.stages.registry import STAGES, stage

if TYPE_CHECKING:
    from wardround.evidence.comparison import Comparison
    from wardround.evidence.decision import Decision
    from wardround.gate import JudgeRequest
    from wardround.gate.selftest import Caught

#: The scratch project has no commits; these stand where a review names them.
CONTROL, PLANTED = "healthy", "planted"


@dataclass(frozen=True)
class SelfTest:
    """What the gate said to each fault; ``missed`` are those that it should have judged otherwise."""

    seed: int
    caught: tuple[Caught, ...]

    @property
    def missed(self) -> tuple[Caught, ...]:
        """Faults that passed, and what is healthy and did not."""
        return tuple(item for item in self.caught if item.missed)

    def plain(self) -> dict[str, Any]:
        """The result as JSON types."""
        return {
            "seed": self.seed,
            "missed": len(self.missed),
            "faults": [
                {
                    "name": item.name,
                    "rule": item.rule,
                    "wanted": item.wanted.value,
                    "found": item.found.value,
                    "missed": item.missed,
                }
                for item in self.caught
            ],
        }


def self_test(seed: int, keep: Path | None, progress: Callable[[str], None]) -> SelfTest:
    """Plants every fault and judges it. With ``keep``, the scratch projects stay in that directory (emptied first).

    Raises a :class:`WardroundError` when a stage could not work on the healthy project.
    """
    from wardround.gate.selftest import Caught, rehearse
    from wardround.values import Verdict

    progress("planting faults in evidence")
    caught = list(rehearse())
    with _place(keep) as place:
        progress(f"running a healthy project (seed {seed})")
        control = _healthy(place / CONTROL, seed)
        decision = _judge(control, control)
        blocking = dict.fromkeys(finding.rule for finding in decision.findings if finding.verdict.blocks)
        caught.append(Caught("a healthy project against itself", ", ".join(blocking), Verdict.PASS, decision.verdict))
        for plant in PLANTS:
            name, rules, found = _planted(control, place, plant, seed, progress)
            caught.append(Caught(name, rules, Verdict.REFUSE, found))
    return SelfTest(seed, tuple(caught))


@contextlib.contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="wardround-self-test-") as directory:
            yield Path(directory)
        return
    shutil.rmtree(keep, ignore_errors=True)
    keep.mkdir(parents=True)
    yield keep


def _healthy(root: Path, seed: int) -> Project:
    from wardround.flows.initialise import initialise_synthetic

    initialise_synthetic(root)
    healthy_params(root, seed)
    project = Project(root)
    _run(project, STAGES[0].name, STAGES[-1].name)
    return project


def _run(project: Project, first: str, last: str) -> None:
    """Runs the stages from ``first`` to ``last`` in this process, without DVC."""
    names = [item.name for item in STAGES]
    for name in names[names.index(first) : names.index(last) + 1]:
        stage(name).load()(project)


def _planted(
    control: Project, place: Path, plant: Plant, seed: int, progress: Callable[[str], None]
) -> tuple[str, str, Any]:
    """Plants one fault in a copy of the healthy project and judges it: what it was, the rules that must see it, the verdict.

    Red for another reason is a miss: so is a stage that could not work, because the gate was then never asked.
    """
    from wardround.errors import WardroundError
    from wardround.values import Verdict

    root = place / plant.name.replace(" ", "-")
    shutil.copytree(control.root, root)
    project = Project(root)
    how = plant.put(project, seed)
    progress(f"planting {plant.name}: {how}")
    label = f"{plant.name} ({how})"
    try:
        _run(Project(root), plant.first, plant.last)
    except WardroundError as error:
        return f"{label}: {error.problems[0].what}", " or ".join(plant.rules), Verdict.CANNOT_TELL
    decision = _judge(Project(root), control)
    refused = {finding.rule for finding in decision.findings if finding.verdict is Verdict.REFUSE}
    seen = refused & set(plant.rules)
    found = Verdict.REFUSE if seen and decision.verdict is Verdict.REFUSE else decision.verdict
    if not seen and found is Verdict.REFUSE:
        found = Verdict.CANNOT_TELL  # red for another reason: the rule that should have seen it did not
    return label, " or ".join(sorted(seen) or plant.rules), found


def _judge(head: Project, base: Project) -> Decision:
    from wardround.gate import judge

    return judge(_request(head, base))


def _request(head: Project, base: Project) -> JudgeRequest:
    """What a review would hand to the gate, with the healthy project as base."""
    from wardround.evidence.base import Read, read
    from wardround.evidence.profile import Profile
    from wardround.files import sha256_json
    from wardround.flows.card.checked import alone
    from wardround.flows.review.evidence import read_run
    from wardround.gate import JudgeRequest

    comparison = _compare(head, base)
    found: dict[str, Any] = read_run(head)
    found["base_profile"] = read(Profile, base.layout.evidence("profile"))
    found["comparison"] = Read(comparison, sha256_json(comparison.plain()), "")
    found["card"] = alone(head.root, found["metrics"].value)
    return JudgeRequest(
        project=head.params.project.name,
        base_params=base.params,
        head_params=head.params,
        head_commit=PLANTED,
        base_commit=CONTROL,
        subject_digest="",
        looks=1,
        **found,
    )


def _compare(head: Project, base: Project) -> Comparison:
    """Head against base on the base's test encounters, new subjects only."""
    import pyarrow.parquet as pq

    from wardround.compare import (
        Rows,
        compare_population,
        measure_population,
        score_correlation,
        scored,
        settings_of,
    )
    from wardround.evidence.comparison import Against, Comparison
    from wardround.flows.review.scoring import read_scores
    from wardround.values import Population, Split

    rows = Rows(base.layout.snapshot, pq.read_table(base.layout.split))
    both = (read_scores(head.layout.scores), read_scores(base.layout.scores))
    own, kept = scored(rows, both, rows.within(Split.TEST), base.params.evaluate)
    settings, name = settings_of(base.params), Population.NEW_SUBJECTS.value
    against = Against(
        reference="base",
        commit=CONTROL,
        test_set="head",
        comparable=True,
        head=(measure_population(name, own, settings),),
        measures=(measure_population(name, replace(own, probability=kept[1]), settings),),
        populations=(compare_population(name, own, kept[1], settings),),
        score_correlation=score_correlation(*kept),
    )
    return Comparison(head_commit=PLANTED, against=(against,), resamples=base.params.compare.resamples)
