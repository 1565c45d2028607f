"""What all evidence has in common: a closed schema with a version, canonical bytes, and a reader that never guesses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from wardround.files import sha256_bytes, write_json


class Frozen(BaseModel):
    """A closed, immutable record: unknown keys are refused, NaN and infinities too."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, ser_json_inf_nan="null")


class Evidence(Frozen):
    """A file of evidence. Subclasses set ``KIND`` and ``VERSION``; both are in the file and checked at reading."""

    KIND: ClassVar[str]
    VERSION: ClassVar[int] = 1

    kind: str = ""
    schema_version: int = 0

    def model_post_init(self, context: Any, /) -> None:  # noqa: ARG002 - pydantic's signature
        """Fills in kind and version when the evidence is made, refuses others when it is read."""
        for name, wanted in (("kind", self.KIND), ("schema_version", self.VERSION)):
            found = getattr(self, name)
            if not found:
                object.__setattr__(self, name, wanted)
            elif found != wanted:
                msg = f"{name} is {found!r}, this version of Wardround reads {wanted!r}"
                raise ValueError(msg)

    def plain(self) -> dict[str, Any]:
        """The evidence as JSON types."""
        return self.model_dump(mode="json")

    def write(self, path: Path) -> str:
        """Writes canonical JSON atomically; returns the digest of the bytes."""
        return write_json(path, self.plain())


E = TypeVar("E", bound=Evidence)


@dataclass(frozen=True)
class Read(Generic[E]):
    """What reading gave: the evidence and its digest, or the reason why there is none. Never both, never neither."""

    value: E | None
    digest: str
    reason: str

    @classmethod
    def failed(cls, reason: str) -> Self:
        """A reading that gave nothing."""
        return cls(None, "", reason)


def read(model: type[E], path: Path) -> Read[E]:
    """Reads evidence. A missing, truncated, malformed or foreign file is a reason, not an exception.

    The reason names keys and types but never quotes the file's content.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Read.failed(f"{path.name} is missing")
    except OSError as error:
        return Read.failed(f"{path.name} cannot be read: {error.strerror}")
    try:
        return Read(model.model_validate(json.loads(content)), sha256_bytes(content), "")
    except (ValueError, RecursionError) as error:
        return Read.failed(f"{path.name} is malformed: {_short(error)}")


def _short(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        more = error.error_count() - 1
        place = ".".join(str(part) for part in first["loc"]) or "the whole file"
        return f"{place}: {first['msg']}" + (f" (and {more} more)" if more else "")
    return "it is not JSON"
