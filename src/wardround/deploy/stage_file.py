"""``deploy/STAGE.yaml``: the version that runs in a stage. A merged change of it is what makes the stage's tag."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from wardround.deploy import yaml_text
from wardround.errors import Problem, UsageError
from wardround.evidence.base import Frozen
from wardround.project.stages_section import StageName
from wardround.registry.record import Digest, Image, StageRecord, VersionName, image_digest

#: Where the files of all stages lie, below the project.
DIRECTORY = "deploy"
_COMMENT = (
    "Which version runs in this stage. Written by `wardround promote` and `wardround rollback`; the clinical owner approves a change,\n"
    "and its merge makes the tag (`wardround registry` shows it)."
)


def _line(text: str) -> str:
    if text != " ".join(text.split()) or any(ord(char) < 32 or ord(char) == 127 for char in text):
        msg = "must be one line, without spaces at its ends or twice in a row"
        raise ValueError(msg)
    return text


Line = Annotated[str, Field(max_length=500), AfterValidator(_line)]


class StageFile(Frozen):
    """What ``deploy/STAGE.yaml`` holds. Digests are those of the version's record; ``requested_by`` is a login or a name."""

    project: str
    stage: StageName
    version: VersionName
    #: With its name, as registry/path@digest, where this stage takes it from; None where the Bento is served without an image.
    image: Image | None
    bento: Digest
    decision: Digest
    card: Digest | None = None
    reason: Line = ""
    requested_by: Line = ""

    def text(self) -> str:
        """The file's one form."""
        return yaml_text.text(self.model_dump(mode="json"), _COMMENT)

    def same_as(self, record: StageRecord) -> bool:
        """Whether a tag's record is of the same version with the same digests."""
        mine = (self.version, image_digest(self.image), self.bento, self.decision, self.card)
        return mine == (record.version, image_digest(record.image), record.bento, record.decision, record.card)


def path_of(stage: str) -> str:
    """Where a stage's file lies, below the project."""
    return f"{DIRECTORY}/{stage}.yaml"


def parse(content: bytes, where: str) -> StageFile:
    """Reads a stage's file. :class:`UsageError` lists what is wrong with it, and quotes nothing of it."""
    if (found := _own(content)) is not None:
        return found
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        raw: Any = YAML(typ="safe", pure=True).load(content.decode("utf-8"))
    except (YAMLError, ValueError, RecursionError) as error:
        raise UsageError("the file is not YAML that can be read", where=where, next=_NEXT) from error
    if not isinstance(raw, dict):
        raise UsageError("the file says nothing about a stage", where=where, wanted="project:, stage:, version:, …")
    try:
        return StageFile.model_validate(raw)
    except ValidationError as error:
        raise UsageError(
            problems=[
                Problem(item["msg"], where=f"{where}: {'.'.join(map(str, item['loc']))}", next=_NEXT)
                for item in error.errors(include_url=False, include_input=False)
            ]
        ) from error


def _own(content: bytes) -> StageFile | None:
    """A file in the one form that :meth:`StageFile.text` writes, read a hundred times as fast as YAML; None for any other."""
    try:
        lines = (line.partition(": ") for line in content.decode("utf-8").splitlines() if not line.startswith("#"))
        raw = {key: value if yaml_text.is_plain(value) else json.loads(value) for key, _, value in lines}
        found = StageFile.model_validate(raw)
    except (ValueError, RecursionError):
        return None
    return found if found.text().encode() == content else None


_NEXT = "write it with `wardround promote`, not by hand"
