"""The change that puts a version into a stage: which files, on which branch. All that stands in its way is said at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wardround.deploy import files as deploy_files
from wardround.deploy.runtime import runnable
from wardround.deploy.stage_file import StageFile, parse, path_of
from wardround.errors import GateRefusal, Problem, UsageError
from wardround.files import canonical_json, sha256_bytes
from wardround.flows.promote.demands import Asked, Demand, demands
from wardround.flows.promote.trusting import version_problems
from wardround.project.params import parse as parse_params
from wardround.registry.record import image_digest

if TYPE_CHECKING:
    from wardround.evidence.trial import Trial
    from wardround.flows.promote.request import ChangeRequest
    from wardround.project.params import Params
    from wardround.project.stages_section import StageSection
    from wardround.registry.entries import Version

TRIAL = "trial.json"
CARD = "governance/card.yaml"


@dataclass(frozen=True)
class Plan:
    """``files``: path below the project -> content, None to remove it. ``before`` is what the default branch says now."""

    file: StageFile
    before: StageFile | None
    files: Mapping[str, bytes | None]
    section: StageSection
    demands: tuple[Demand, ...]
    tip: str
    notes: tuple[str, ...] = ()
    #: The roles that must approve, and who has them.
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether anything would be another than it is."""
        return bool(self.files)


def plan(request: ChangeRequest) -> Plan:
    """The change. Raises :class:`GateRefusal` with every reason why it must not be made, :class:`UsageError` for a wrong call."""
    tip = request.trunk.tip()
    params = params_at(request, tip)
    section = section_of(params, request.stage)
    problems = list(version_problems(request.state, request.version, params.stages.taggers))
    version = request.state.version(request.version)
    trial, no_trial = _trial(request)
    met: tuple[Demand, ...] = ()
    if version is not None:
        met = demands(Asked(request.state, request.version, request.stage, section, request.now, trial, no_trial))
    problems += [unmet(demand, request.stage) for demand in met if demand.verdict.blocks]
    if problems or version is None:
        raise GateRefusal(problems=problems)
    before = stage_file_at(request.trunk.read(path_of(request.stage), tip), request.stage)
    file = _file(request, version, section, tip)
    wanted = _wanted(request, file, section, trial)
    return Plan(
        file,
        before,
        _changed(request, wanted, before, tip),
        section,
        met,
        tip,
        _notes(file),
        params.governance.wanted(request.stage),
    )


def params_at(request: ChangeRequest, tip: str) -> Params:
    """The params of the default branch: they judge, not those of the work tree."""
    content = request.trunk.read("params.yaml", tip)
    if content is None:
        raise UsageError(
            "the default branch has no params.yaml for this project", where=f"{request.prefix}params.yaml at {tip[:12]}"
        )
    params = parse_params(content.decode("utf-8", "replace"))
    if params.project.name != request.name:
        raise UsageError(
            "this is another project",
            where="params.yaml: project.name",
            wanted=request.name,
            found=params.project.name,
            next="name the project of this directory, or pass --project DIR",
        )
    return params


def section_of(params: Params, stage: str) -> StageSection:
    """What the params say of a stage; :class:`UsageError` when they do not know it."""
    section = params.stages.of(stage)
    if section is None:
        raise UsageError(
            "there is no such stage",
            where=f"--stage {stage}",
            wanted=f"one of {', '.join(params.stages.names)}",
            next="add it to params.yaml, section stages",
        )
    return section


def stage_file_at(content: bytes | None, stage: str) -> StageFile | None:
    """What a stage's file says, None where there is none."""
    return None if content is None else parse(content, path_of(stage))


def image_for(version: Version, section: StageSection) -> str | None:
    """The version's image as this stage names it: the stage's own registry, the same digest."""
    digest = image_digest(version.record.image)
    return f"{section.image}@{digest}" if section.image and digest else version.record.image


def _file(request: ChangeRequest, version: Version, section: StageSection, tip: str) -> StageFile:
    card = request.trunk.read(CARD, version.commit)
    known = stage_file_at(request.trunk.read(path_of(request.stage), tip), request.stage)
    reason = f"{request.reason} (reviews {request.reviews})" if request.reviews else request.reason
    words = {"reason": " ".join(reason.split()), "requested_by": " ".join(request.requested_by.split())}
    made = StageFile(
        project=request.name,
        stage=request.stage,
        version=version.version,
        image=image_for(version, section),
        bento=version.record.bento,
        decision=version.record.decision,
        card=sha256_bytes(card) if card is not None else None,
        **words,
    )
    # who asks again for what is there changes nothing; a merge that was refused may be asked for anew, with another reason
    held = request.state.at(request.stage)
    there = known is not None and held is not None and known.same_as(held.record) and not request.reviews
    return known if there and known is not None and known.model_copy(update=words) == made else made


def _wanted(
    request: ChangeRequest, file: StageFile, section: StageSection, trial: Trial | None
) -> dict[str, bytes | None]:
    made: dict[str, bytes | None] = {
        path: text.encode() for path, text in deploy_files.all_files(file, section).items()
    }
    place = deploy_files.directory_of(request.stage)
    made[f"{place}/{TRIAL}"] = canonical_json(trial.plain()) if trial is not None and section.matured_outcomes else None
    for path in deploy_files.possible(request.name, request.stage):
        made.setdefault(path, None)
    return made


def _changed(
    request: ChangeRequest, wanted: Mapping[str, bytes | None], before: StageFile | None, tip: str
) -> dict[str, bytes | None]:
    """What differs from the default branch. Of a first promotion nothing is there yet, so that nothing is asked."""
    if before is None:
        return {path: content for path, content in wanted.items() if content is not None}
    return {path: content for path, content in wanted.items() if request.trunk.read(path, tip) != content}


def _trial(request: ChangeRequest) -> tuple[Trial | None, str]:
    if request.trial is None:
        return None, ""
    from wardround.evidence.base import read
    from wardround.evidence.trial import Trial

    found = read(Trial, request.trial)
    return found.value, found.reason


def unmet(demand: Demand, stage: str) -> Problem:
    """A demand that blocks, as a problem."""
    what = "does not meet a demand" if demand.verdict == "refuse" else "cannot be seen to meet a demand"
    return Problem(
        f"the version {what} of stage {stage}",
        where=f"params.yaml: stages.{stage}",
        wanted=demand.what,
        found=demand.found,
        next=demand.advice,
    )


def _notes(file: StageFile) -> tuple[str, ...]:
    if file.image is None:
        return ("this version has no image: no manifests are written; the Bento is served directly",)
    if not runnable(file):
        key = f"params.yaml, stages.{file.stage}.image"
        return (
            f"the image lies in the release's storage: no manifests are written; {key}, names where it was copied to",
        )
    return ()
