"""``params.yaml`` as one frozen object, with every mistake reported at once and the nearest right word suggested."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError, model_validator

from wardround.errors import Problem, UsageError
from wardround.project.forge_section import ForgeSection
from wardround.project.governance_section import GovernanceSection
from wardround.project.judging import CompareSection, DisclosureSection, EvaluateSection, GateSection, ReviewSection
from wardround.project.monitor_section import MonitorSection
from wardround.project.privacy_section import PrivacySection
from wardround.project.release_section import ReleaseSection
from wardround.project.sections import (
    ComputeSection,
    ContractSection,
    DataSection,
    FeaturesSection,
    ModelSection,
    ProjectSection,
    Section,
    SplitSection,
    SyntheticSection,
    TrainSection,
    TuneSection,
)
from wardround.project.serve_section import ServeSection
from wardround.project.stages_section import StageSection, StagesSection

#: Sections whose base version judges a pull request that changes them (DESIGN §8, *Who judges*).
JUDGING_SECTIONS = (
    "contract",
    "split",
    "evaluate",
    "compare",
    "gate",
    "disclosure",
    "privacy",
    "stages",
    "governance",
)


class Params(Section):
    """Every number and switch of a project. DVC tracks which section each stage uses."""

    project: ProjectSection
    data: DataSection
    synthetic: SyntheticSection = SyntheticSection()
    contract: ContractSection = ContractSection()
    features: FeaturesSection = FeaturesSection()
    split: SplitSection = SplitSection()
    tune: TuneSection = TuneSection()
    model: ModelSection = ModelSection()
    train: TrainSection = TrainSection()
    evaluate: EvaluateSection = EvaluateSection()
    compare: CompareSection = CompareSection()
    gate: GateSection = GateSection()
    disclosure: DisclosureSection = DisclosureSection()
    privacy: PrivacySection = PrivacySection()
    compute: ComputeSection = ComputeSection()
    review: ReviewSection = Field(default_factory=ReviewSection)
    forge: ForgeSection = ForgeSection()
    release: ReleaseSection = ReleaseSection()
    serve: ServeSection = ServeSection()
    monitor: MonitorSection = MonitorSection()
    governance: GovernanceSection = Field(default_factory=GovernanceSection)
    stages: StagesSection = Field(default_factory=lambda: StagesSection.model_validate({}))

    @model_validator(mode="after")
    def _approvals_are_of_stages(self) -> Params:
        if unknown := [stage for stage in self.governance.approvals if self.stages.of(stage) is None]:
            msg = f"governance.approvals names {', '.join(unknown)}, but stages does not"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _declared_gaps_are_measured(self) -> Params:
        groupings = {item.column for item in self.evaluate.subgroups}
        unknown = [item.column for item in self.gate.fairness.gaps if item.column not in groupings]
        if unknown:
            msg = f"gate.fairness.gaps names {', '.join(unknown)}, but evaluate.subgroups does not"
            raise ValueError(msg)
        return self


def parse(text: str, where: str = "params.yaml") -> Params:
    """Reads params from YAML text.

    Raises :class:`UsageError` that lists every problem: YAML syntax, unknown keys with the nearest known one, wrong types,
    values out of range.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        raw = YAML(typ="safe", pure=True).load(StringIO(text))
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark else where
        raise UsageError(
            "the file is not valid YAML",
            where=place,
            found=str(getattr(error, "problem", "") or type(error).__name__),
            next="correct the line; a colon inside a value needs quotes",
        ) from error
    return from_mapping(raw, where)


def from_mapping(raw: Any, where: str = "params.yaml") -> Params:
    """Params from plain data; errors as in :func:`parse`."""
    if not isinstance(raw, Mapping):
        raise UsageError("the file holds no sections", where=where, wanted="sections such as project: and data:")
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        raise UsageError(problems=list(_problems(error, where))) from error


def load(path: Path) -> Params:
    """Reads ``params.yaml``; errors as in :func:`parse`, and :class:`UsageError` when there is none."""
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise UsageError(
            "there is no params.yaml here",
            where=str(path),
            next="run this in a project directory, pass --project DIR, or make a project with `wardround init`",
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(
            "the file is not UTF-8 text", where=f"{path}: byte {error.start}", next="save it as UTF-8"
        ) from error
    return parse(text, path.name)


def _problems(error: ValidationError, where: str) -> Iterable[Problem]:
    for item in error.errors(include_url=False):
        location = tuple(str(part) for part in item["loc"])
        place = f"{where}: {'.'.join(location)}" if location else where
        if item["type"] == "extra_forbidden":
            known = _keys_at(location[:-1])
            near = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.5)
            yield Problem(
                f"unknown key {location[-1]!r}",
                where=place,
                wanted=f"one of {', '.join(sorted(known))}" if known else "",
                next=f"did you mean {near[0]!r}?" if near else "remove it",
            )
        elif item["type"] == "missing":
            yield Problem(
                f"the key {location[-1]!r} is missing", where=place, next="add it; see docs/reference/params.md"
            )
        else:
            yield Problem(
                item["msg"].removeprefix("Value error, "),
                where=place,
                found=repr(item["input"])[:80] if not isinstance(item["input"], (Mapping, BaseModel)) else "",
            )


def _keys_at(location: tuple[str, ...]) -> list[str]:
    """The keys that the model at ``location`` knows."""
    model: Any = Params
    for part in location:
        fields = getattr(model, "model_fields", {})
        if model is StagesSection and part not in fields:
            model = StageSection
            continue
        if part.isdigit() or part not in fields:
            continue
        annotation = fields[part].annotation
        candidates = [annotation, *getattr(annotation, "__args__", ())]
        model = next((item for item in candidates if isinstance(item, type) and issubclass(item, BaseModel)), None)
    return list(getattr(model, "model_fields", {}))
