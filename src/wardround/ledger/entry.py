"""One entry: a line of canonical JSON, and the hash of its bytes, which is its name."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from wardround.errors import Problem, UsageError
from wardround.files import sha256_bytes

#: What is recorded. ``note`` is for people; ``join`` says who joined parallel lines of the ledger, and why.
Kind = Literal[
    "decision", "approval", "release", "promotion", "override", "alert", "proposal", "withdrawal", "note", "join"
]
KINDS: tuple[str, ...] = get_args(Kind)
#: What an entry of a kind must say.
REQUIRED: dict[str, tuple[str, ...]] = {
    "decision": ("decision", "verdict", "commit"),
    "approval": ("pull", "role", "reviewed"),
    "release": ("tag", "version", "commit", "decision"),
    "promotion": ("tag", "version", "stage", "commit"),
    "override": ("tag", "version", "stage", "reason"),
    "alert": ("rules",),
    "proposal": ("pull",),
    "withdrawal": ("reason",),
    "note": ("text",),
    "join": ("reason",),
}
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def _line(text: str) -> str:
    if text != text.strip() or re.search(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]", text):
        msg = "must be one line of text, without spaces at its ends"
        raise ValueError(msg)
    return text


def _time(text: str) -> str:
    try:
        moment = dt.datetime.strptime(text, _TIME).replace(tzinfo=dt.UTC)
    except ValueError:
        moment = None
    if moment is None or moment.strftime(_TIME) != text:
        msg = "must be a moment in UTC, as 2026-03-01T12:00:00Z"
        raise ValueError(msg)
    return text


Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}\z")]
Line = Annotated[str, Field(max_length=500), AfterValidator(_line)]
#: No float: an entry has no measure in it, and nothing of it needs disclosure control.
Fact = Line | int | bool | None | Annotated[tuple[Line, ...], Field(max_length=100)]
FactName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}\z")]


class NewEntry(BaseModel):
    """What shall be recorded. ``about`` is the thing (a tag, ``pull/12``, a digest), ``by`` a login or a name as git writes it.

    Two of the same kind, project, thing and facts are one event, whoever records it and whenever.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Kind
    project: Annotated[str, Field(max_length=64), AfterValidator(_line)]
    about: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_line)]
    by: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_line)]
    facts: dict[FactName, Fact] = Field(default_factory=dict, max_length=40)

    @model_validator(mode="after")
    def _says_what_it_must(self) -> NewEntry:
        if missing := [name for name in REQUIRED[self.kind] if self.facts.get(name) in (None, "", ())]:
            msg = f"an entry of the kind {self.kind} says {', '.join(missing)}"
            raise ValueError(msg)
        return self

    @property
    def event(self) -> str:
        """What is recorded, without who wrote it, when and after what: the same for two records of one event."""
        return _canonical([self.kind, self.project, self.about, self.facts])


class Entry(NewEntry):
    """An entry of the ledger. ``parents`` are the newest entries when it was written, sorted; none for the first of all.

    ``time`` is the writer's clock.
    """

    schema_version: Literal[1] = 1
    time: Annotated[str, AfterValidator(_time)]
    parents: Annotated[tuple[Digest, ...], Field(max_length=1000)]

    @model_validator(mode="after")
    def _parents_are_in_order(self) -> Entry:
        if list(self.parents) != sorted(set(self.parents)):
            msg = "parents must be sorted, each once"
            raise ValueError(msg)
        return self

    @property
    def content(self) -> bytes:
        """The file's bytes: one line of canonical JSON and a line end."""
        return (_canonical(self.model_dump()) + "\n").encode()

    @property
    def digest(self) -> str:
        """Its name."""
        return sha256_bytes(self.content)

    @property
    def moment(self) -> dt.datetime:
        """When it was written."""
        return dt.datetime.strptime(self.time, _TIME).replace(tzinfo=dt.UTC)


def written(new: NewEntry, now: dt.datetime, parents: tuple[str, ...]) -> Entry:
    """The entry at a moment (aware), on top of ``parents``."""
    moment = now.astimezone(dt.UTC).strftime(_TIME)
    return Entry(**dict(new), time=moment, parents=tuple(sorted(set(parents))))


def entry(**parts: Any) -> NewEntry:
    """A new entry from its parts. :class:`UsageError` says what cannot be recorded, and quotes nothing of it."""
    try:
        return NewEntry(**parts)
    except ValidationError as error:
        problems = [
            Problem(
                "this cannot be recorded in the ledger: " + item["msg"].removeprefix("Value error, "),
                where=".".join(str(part) for part in item["loc"][:2]) or str(parts.get("kind", ""))[:40],
            )
            for item in error.errors(include_url=False, include_input=False)
        ]
        raise UsageError(problems=problems) from error


def parse(content: bytes) -> Entry:
    """An entry's file. ``ValueError``, in words that quote nothing of it, when it is not one in its one form."""
    try:
        found = Entry.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"][:2])
        said = "it is not JSON" if first["type"] == "json_invalid" else first["msg"].removeprefix("Value error, ")
        msg = f"it is no entry that Wardround writes: {where + ': ' if where else ''}{said}"
        raise ValueError(msg) from error
    if found.content != content:
        msg = "it is not in canonical form"
        raise ValueError(msg)
    return found


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
