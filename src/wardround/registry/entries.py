"""Which tags of a project count, and what is wrong with each of the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from wardround.errors import UsageError
from wardround.registry import contested
from wardround.registry.grammar import (
    Deprecation,
    Deregistration,
    StageTag,
    TagName,
    Unassignment,
    VersionTag,
    meant_for,
    parse,
)
from wardround.registry.record import StageRecord, VersionRecord, from_message, image_digest
from wardround.registry.tags import Tag

#: Later moments have no date.
_YEAR_9999 = 253_370_764_800


@dataclass(frozen=True)
class Version:
    """A registered version. ``time`` is the tagger's, in seconds since 1970."""

    version: str
    commit: str
    record: VersionRecord
    tag: Tag
    time: int


@dataclass(frozen=True)
class Assignment:
    """A version that went into a stage. ``commit`` is the version's."""

    stage: str
    version: str
    number: int | None
    commit: str
    record: StageRecord
    tag: Tag
    time: int


@dataclass(frozen=True)
class Removal:
    """A version taken out of a stage, a version withdrawn (no ``stage``), or all of it deprecated (neither)."""

    version: str | None
    stage: str | None
    tag: Tag
    time: int


@dataclass(frozen=True)
class TagProblem:
    """A tag that looks like the registry's and is no part of its state."""

    tag: Tag
    what: str


@dataclass
class Entries:
    """The tags of one project, sorted out. Each list is in order of tagger time, then name."""

    versions: list[Version] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    removals: list[Removal] = field(default_factory=list)
    problems: list[TagProblem] = field(default_factory=list)


def sort_out(tags: Iterable[Tag], name: str, taggers: Collection[str] = ()) -> Entries:
    """Every tag that is meant for the project ``name`` as an entry or as a problem. ``taggers``: who may make tags; empty: anybody."""
    found = Entries()
    named = []
    for tag in tags:
        if meant_for(tag.name) != name:
            continue
        try:
            named.append((_sound(tag), tag))
        except ValueError as error:
            found.problems.append(TagProblem(tag, str(error)))
    named.sort(key=lambda pair: (_time(pair[1]), pair[1].name))
    _versions(named, taggers, found)
    known = {version.version: version for version in found.versions}
    here = {version.commit: version for version in found.versions}
    for meaning, tag in named:
        try:
            if isinstance(meaning, StageTag):
                found.assignments.append(_assignment(meaning, tag, known))
            elif not isinstance(meaning, VersionTag):
                found.removals.append(_removal(meaning, _permitted(tag, taggers), known, here))
        except ValueError as error:
            found.problems.append(TagProblem(tag, str(error)))
    found.problems.sort(key=lambda problem: problem.tag.name)
    return found


def _sound(tag: Tag) -> TagName:
    """What the tag's name says; ``ValueError`` when the tag cannot be part of any state."""
    try:
        meaning = parse(tag.name)
    except UsageError:
        msg = "the name is not in the grammar: NAME@vX.Y.Z or NAME#STAGE#N"
        raise ValueError(msg) from None
    if not tag.annotated:
        msg = "it is a lightweight tag: it says neither who made it nor when"
        raise ValueError(msg)
    if tag.inner != tag.name:
        msg = f"it was made under the name {tag.inner!r} and given another"
        raise ValueError(msg)
    if tag.target_kind != "commit":
        msg = f"it points to a {tag.target_kind}, not to a commit"
        raise ValueError(msg)
    if tag.time is None:
        msg = "it has no tagger"
        raise ValueError(msg)
    if not 0 <= tag.time < _YEAR_9999:
        msg = "its tagger's time is no time"
        raise ValueError(msg)
    return meaning


def _versions(named: list[tuple[TagName, Tag]], taggers: Collection[str], found: Entries) -> None:
    commit_of: dict[str, str] = {}
    version_of: dict[str, str] = {}
    pairs = [(meaning, tag) for meaning, tag in named if isinstance(meaning, VersionTag)]
    order = contested.first(named, taggers)
    for meaning, tag in sorted(pairs, key=lambda pair: order(*pair)):
        try:
            version = _version(meaning, tag, commit_of, version_of)
        except ValueError as error:
            found.problems.append(TagProblem(tag, str(error)))
            continue
        commit_of[version.version] = version.commit
        version_of[version.commit] = version.version
        found.versions.append(version)
    found.versions.sort(key=lambda version: (version.time, version.tag.name))


def _version(meaning: VersionTag, tag: Tag, commit_of: dict[str, str], version_of: dict[str, str]) -> Version:
    record = from_message(tag.message)
    if not isinstance(record, VersionRecord):
        msg = "a version's tag holds the record of a stage"
        raise ValueError(msg)  # noqa: TRY004 - every doubt about a tag is the same kind of error
    if record.commit != tag.target:
        msg = f"it was moved: the record is of commit {record.commit[:12]}, the tag points to {tag.target[:12]}"
        raise ValueError(msg)
    if commit_of.get(meaning.version, tag.target) != tag.target:
        msg = f"{meaning.version} is another commit already"
        raise ValueError(msg)
    if version_of.get(tag.target, meaning.version) != meaning.version:
        msg = f"its commit is {version_of[tag.target]} already: GTO reads no two versions of one commit"
        raise ValueError(msg)
    return Version(meaning.version, tag.target, record, tag, _time(tag))


def _assignment(meaning: StageTag, tag: Tag, known: dict[str, Version]) -> Assignment:
    record = from_message(tag.message)
    if not isinstance(record, StageRecord):
        msg = "a stage's tag holds the record of a version"
        raise ValueError(msg)  # noqa: TRY004 - as above
    version = known.get(record.version)
    if version is None:
        msg = f"there is no version {record.version} that counts"
        raise ValueError(msg)
    if version.commit != tag.target:
        msg = f"it was moved: {record.version} is commit {version.commit[:12]}, the tag points to {tag.target[:12]}"
        raise ValueError(msg)
    if (image_digest(record.image), record.bento) != (image_digest(version.record.image), version.record.bento):
        msg = f"its image or Bento is not that of {record.version}"
        raise ValueError(msg)
    return Assignment(meaning.stage, record.version, meaning.number, tag.target, record, tag, _time(tag))


def _permitted(tag: Tag, taggers: Collection[str]) -> Tag:
    """The tag of a removal: it has no record that could be held against a merged change, so whoever made it is all there is."""
    if not contested.allowed(tag, taggers):
        msg = f"it was made by {tag.tagger}, who is none of stages.taggers in params.yaml"
        raise ValueError(msg)
    return tag


def _removal(meaning: TagName, tag: Tag, known: dict[str, Version], here: dict[str, Version]) -> Removal:
    if isinstance(meaning, Deprecation):
        return Removal(None, None, tag, _time(tag))
    if isinstance(meaning, Deregistration):
        version = known.get(meaning.version)
        if version is None or version.commit != tag.target:
            msg = f"it withdraws {meaning.version}, but does not point to that version's commit"
            raise ValueError(msg)
        return Removal(version.version, None, tag, _time(tag))
    assert isinstance(meaning, Unassignment)
    version = here.get(tag.target)
    if version is None:
        msg = "it empties a stage, but points to no version's commit"
        raise ValueError(msg)
    return Removal(version.version, meaning.stage, tag, _time(tag))


def _time(tag: Tag) -> int:
    assert tag.time is not None
    return tag.time


def projects(tags: Iterable[Tag]) -> Iterator[str]:
    """The names that tags are meant for, sorted, each once."""
    yield from sorted({name for tag in tags if (name := meant_for(tag.name))})
