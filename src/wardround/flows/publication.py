"""The publication: the one file that crosses the trust boundary, from the run that executed a pull request to the one that publishes.

A review run writes it. The publishing run, which has a token, believes nothing of it but its shape: it is bounded, validated
against the schema, read into frozen types, and checked against the rules of disclosure, before anything of it is shown.
"""

from __future__ import annotations

import functools
import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from wardround import __version__
from wardround.disclosure import schema as json_schema
from wardround.disclosure.published import Published
from wardround.disclosure.reading import Trusted, read_as, shape
from wardround.disclosure.shapes import PROBLEMS, Checked, Malformed, Maybe, Number, Shape, Text
from wardround.disclosure.strict_json import Bounds, parse
from wardround.disclosure.typed import plain
from wardround.files import canonical_json, sha256_bytes, write_bytes
from wardround.report.context import Context
from wardround.report.reading import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jsonschema import ValidationError

    from wardround.flows.review.request import ReviewResult

__all__ = ["FILE", "Bounds", "Publication", "Trusted", "publication_of", "read", "schema", "write"]

#: The name of the file, also inside the artifact.
FILE = "publication.json"
VERSION = 1

#: ``synthetic``: no patient data were there, so that performance cannot be told.
Mode = Literal["data", "synthetic"]

_COMMIT = "[0-9a-f]{40}|[0-9a-f]{64}"
_EXACT: tuple[tuple[tuple[str, str], Shape], ...] = (
    *EXACT,
    (("Publication", "project"), Text(longest=64, pattern=r"[a-z][a-z0-9-]{0,62}[a-z0-9]")),
    (("Publication", "head_commit"), Text(longest=64, pattern=_COMMIT)),
    (("Publication", "base_commit"), Text(longest=64, pattern=_COMMIT)),
    (("Publication", "anchor_commit"), Text(longest=64, pattern=f"({_COMMIT})?")),
    (("Publication", "subject_digest"), Text(longest=71, pattern="(sha256:[0-9a-f]{64})?")),
    (("Publication", "mode"), Text(among=("data", "synthetic"))),
    (("Publication", "lock"), Maybe(Text(longest=500_000))),
    (("Publication", "wardround"), Text(longest=40, pattern=r"[0-9][0-9A-Za-z.+-]*")),
    (("Publication", "schema_version"), Number(whole=True, least=VERSION, most=VERSION)),
)


@dataclass(frozen=True)
class Publication:
    """What a review run hands over. ``lock`` is the text of the ``dvc.lock`` that it proposes, if it made another."""

    project: str
    head_commit: str
    base_commit: str
    anchor_commit: str
    subject_digest: str
    mode: Mode
    published: Published
    context: Context
    lock: str | None = None
    #: The version of Wardround that wrote it.
    wardround: str = __version__
    schema_version: int = VERSION


def publication_of(result: ReviewResult, *, mode: Mode = "data", lock: str | None = None) -> Publication:
    """The publication of a review that was just made."""
    assert result.context is not None
    decision = result.decision
    return Publication(
        project=decision.project,
        head_commit=decision.head_commit,
        base_commit=decision.base_commit,
        anchor_commit=decision.anchor_commit,
        subject_digest=decision.subject_digest,
        mode=mode,
        published=result.published,
        context=result.context,
        lock=lock,
    )


def content(publication: Publication) -> bytes:
    """The file's bytes: canonical JSON, the same for the same publication."""
    return canonical_json(plain(publication))


def write(publication: Publication, path: Path) -> str:
    """Writes the file in one step; returns the digest of its bytes."""
    made = content(publication)
    write_bytes(path, made)
    return sha256_bytes(made)


@functools.cache
def _shape() -> Shape:
    return shape(Publication, _EXACT)


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the file, from the types that it is read into."""
    said = (
        "What a review run uploads for one project. Numbers are disclosed values: rounded, or withheld with a reason."
    )
    made = json_schema.schema(_shape(), "Wardround publication", said)
    return json.loads(json.dumps(made))  # type: ignore[no-any-return]  # JSON types alone


def read(source: Path | bytes, trusted: Trusted, bounds: Bounds | None = None) -> Checked[Publication]:
    """The publication, or the reason why it is not believed. Never raises because of what the file holds.

    Reasons name keys and what is wrong there; they never quote the file.
    """
    bounds = bounds or Bounds()
    try:
        value = parse(source if isinstance(source, bytes) else _bytes(source, bounds), bounds)
    except Malformed as error:
        return Checked(None, str(error))
    except FileNotFoundError:
        return Checked(None, "the file is missing")
    except OSError as error:
        return Checked(None, f"the file cannot be read: {error.strerror}")
    problems = _invalid(value)
    if problems:
        return Checked(None, "; ".join(problems))
    found = read_as(Publication, _shape(), value, trusted)
    if found.value is None:
        return found
    problems = tuple(_contradictions(found.value))
    return Checked(None, "; ".join(problems)) if problems else found


def _bytes(path: Path, bounds: Bounds) -> bytes:
    with path.open("rb") as stream:
        return stream.read(bounds.size + 1)


@functools.cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema())


@functools.cache
def _known() -> frozenset[str]:
    definitions = schema()["$defs"].values()
    return frozenset(name for item in definitions for name in item["properties"])


def _invalid(value: Any) -> tuple[str, ...]:
    """The first places at which the file breaks the schema. The validator's own messages quote content, so they are not used."""
    leaves = (leaf for error in _validator().iter_errors(value) for leaf in _leaves(error))
    return tuple(f"{_place(leaf)}: breaks the schema ({leaf.validator})" for leaf in itertools.islice(leaves, PROBLEMS))


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """The errors below one that lists alternatives; that it is not null is none of them."""
    below = [part for part in error.context or () if part.validator_value != "null"]
    if not below:
        yield error
    for part in below:
        yield from _leaves(part)


def _place(error: ValidationError) -> str:
    place = ""
    for part in error.absolute_path:
        if isinstance(part, int):
            place += f"[{part}]"
        else:
            place += f"{'.' if place else ''}{part if part in _known() else '*'}"
    return place or "the whole file"


def _contradictions(publication: Publication) -> Iterable[str]:
    """Where the publication does not agree with itself on what it is about."""
    if publication.context.project != publication.project:
        yield "context.project: is not the publication's project"
    decision = publication.published.decision
    if decision is None:
        return
    for name in ("project", "head_commit", "base_commit", "anchor_commit", "subject_digest"):
        if getattr(decision, name) != getattr(publication, name):
            yield f"published.decision.{name}: is not the publication's own"
