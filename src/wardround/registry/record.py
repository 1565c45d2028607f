"""What the message of a tag says in its last line: one line of canonical JSON, so that git itself keeps the record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from wardround.errors import UsageError
from wardround.registry.grammar import check_version

_DIGEST = r"sha256:[0-9a-f]{64}"


def _version(text: str) -> str:
    try:
        return check_version(text)
    except UsageError as error:
        raise ValueError(error.problems[0].what) from error


Digest = Annotated[str, Field(pattern=rf"^{_DIGEST}\z")]
#: A digest, or where the image lies and its digest; never a name that could be given to another image.
Image = Annotated[str, Field(pattern=rf"^(?:[a-z0-9][A-Za-z0-9._:/-]{{0,254}}@)?{_DIGEST}\z")]
Commit = Annotated[str, Field(pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})\z")]
VersionName = Annotated[str, AfterValidator(_version)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    schema_version: Literal[1] = 1

    def line(self) -> str:
        """The record as one line of canonical JSON: sorted keys, no spaces, characters as they are."""
        return json.dumps(self.model_dump(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class VersionRecord(_Record):
    """What a version is made of. ``commit`` is what the tag points to; the others are digests of what was released."""

    kind: Literal["version"] = "version"
    commit: Commit
    model: Digest
    service: Digest
    contract: Digest
    environment: Digest
    decision: Digest
    bento: Digest
    #: None where no container engine was there: the Bento is served directly.
    image: Image | None
    sbom: Digest
    provenance: Digest
    smoke: Digest
    #: How the smoke test ran: without a network, on the host's, or not at all.
    smoke_network: Literal["none", "host", "not run"]
    #: The version before; None for the first.
    previous: VersionName | None
    reason: str


class StageRecord(_Record):
    """What goes into a stage, and which merged change of ``deploy/STAGE.yaml`` says so."""

    kind: Literal["stage"] = "stage"
    version: VersionName
    image: Image | None
    bento: Digest
    decision: Digest
    card: Digest | None
    #: The pull request; None when nobody opened one (break-glass).
    pull: int | None
    #: The merge commit, not the version's: the tag itself points to the version's commit, as GTO wants it. In case
    #: of break-glass, what the default branch's tip was.
    commit: Commit
    #: Done at once, without review; stays red until a merged change names the same version.
    break_glass: bool = False
    reason: str = ""


Record = Annotated[VersionRecord | StageRecord, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[VersionRecord | StageRecord] = TypeAdapter(Record)


def message(lines: Iterable[str], record: VersionRecord | StageRecord) -> str:
    """A tag's message: sentences for people, then the record.

    :class:`UsageError` for a line that git would drop or that would be read as another: empty, with a line end, or beginning with ``#``.
    """
    texts = [line.strip() for line in lines]
    for text in texts:
        if not text or text.startswith("#") or re.search(r"[\x00-\x1f\x7f]", text):
            raise UsageError(
                "this cannot be a line of a tag's message", wanted="one line of text", found=repr(text[:100])
            )
    if not texts:
        raise UsageError("a tag's message begins with a sentence for people", wanted="at least one line")
    return "\n".join((*texts, record.line()))


def from_message(text: str) -> VersionRecord | StageRecord:
    """The record in a tag's message. ``ValueError``, in words, when there is none or it is not in its one form."""
    line = text.rstrip("\n").rpartition("\n")[2]
    if not line.startswith("{"):
        msg = "the message has no record in its last line"
        raise ValueError(msg)
    try:
        record = _ADAPTER.validate_python(json.loads(line, object_pairs_hook=_once))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        msg = f"the record is not one that Wardround writes: {place}: {first['msg']}"
        raise ValueError(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"the record is not JSON: {type(error).__name__}"
        raise ValueError(msg) from error
    if record.line() != line:
        msg = "the record is not in canonical form"
        raise ValueError(msg)
    return record


def image_digest(image: str | None) -> str | None:
    """The digest in the name of an image: the same image may lie in several registries."""
    return None if image is None else image.rpartition("@")[2]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "a key stands twice"
        raise ValueError(msg)
    return found
