"""What the registry shows: versions, stages, who, when, from which pull request, and what no merged change stands behind."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wardround.deploy.stage_file import parse, path_of
from wardround.errors import UsageError
from wardround.flows.promote.counting import Main, counted
from wardround.flows.promote.history import MainLine
from wardround.project.layout import Project
from wardround.project.scope import projects_of
from wardround.registry.entries import Assignment, Version, projects
from wardround.registry.fold import State, fold
from wardround.registry.tags import Tag, read
from wardround.revision.git import Git

#: ``merged``: a change of ``deploy/STAGE.yaml`` says the same. ``reviewed``, ``not reviewed``: a break-glass that a later change names
#: the version of, or none does. ``not checked``: the project is not in this checkout, so that its ``deploy/`` is not known.
Review = Literal["merged", "reviewed", "not reviewed", "not checked"]
#: How forges name the pull request in the first line of a commit that they merge.
_PULL = re.compile(r"^Merge pull request #([1-9][0-9]{0,8})\b|\(#([1-9][0-9]{0,8})\)$")


@dataclass(frozen=True)
class Standing:
    """An assignment and what stands behind it. ``review_commit`` is the change that reviewed a break-glass; ``now`` whether the stage holds it."""

    assignment: Assignment
    review: Review
    review_commit: str
    now: bool

    @property
    def red(self) -> bool:
        """Whether somebody must look at it."""
        return self.review in {"not reviewed", "not checked"}


@dataclass(frozen=True)
class Shown:
    """One project: ``state`` without stage tags that do not count, and its assignments in order of time.

    ``place`` is its directory below the repository's top; None when it is not in this checkout.
    """

    name: str
    place: str | None
    state: State
    standings: tuple[Standing, ...]

    @property
    def stages(self) -> dict[str, Standing | None]:
        """Every stage that ever was, and what it holds now."""
        held = {item.assignment.stage: item for item in self.standings if item.now}
        return {stage: held.get(stage) for stage in self.state.stages}


@dataclass(frozen=True)
class Question:
    """What ran in a stage at a moment. ``words`` say which moment that is; ``since`` begins the day that was asked about."""

    stage: str
    moment: dt.datetime | None
    words: str
    since: dt.datetime | None = None


@dataclass(frozen=True)
class Ran:
    """The answer. ``standing`` None: nothing ran. ``earlier``: what else ran on the day that was asked about, in order."""

    shown: Shown
    question: Question
    standing: Standing | None
    earlier: tuple[Standing, ...]


def registry(directory: Path, name: str = "", tags: Sequence[Tag] | None = None) -> tuple[Shown, ...]:
    """Every project that this repository has tags of, or the one called ``name``; those of the checkout also without tags.

    ``tags`` are the repository's, where they were read already.
    Raises :class:`UsageError` for a name that nothing is known of, :class:`EnvironmentFailure` for a clone that is cut off.
    """
    git = Git(directory)
    tags = read(git.root) if tags is None else tags
    places = _places(git)
    known = sorted({*places, *projects(tags)})
    if name and name not in known:
        raise UsageError(
            "nothing is known of a project of this name",
            where=str(git.root),
            wanted=f"one of {', '.join(known)}" if known else "a project, or a tag of one",
            found=repr(name[:100]),
            next="git fetch --tags, or check the name: project.name in params.yaml",
        )
    return tuple(_shown(git, tags, item, places.get(item)) for item in ([name] if name else known))


def where(directory: Path, name: str, question: Question) -> Ran:
    """What that stage held. Errors as in :func:`registry`, and for a stage that nothing is known of."""
    (shown,) = registry(directory, name)
    _check_stage(Git(directory), shown, question.stage)
    found = {item.assignment.tag.name: item for item in shown.standings}

    def held(moment: dt.datetime | None) -> Standing | None:
        item = shown.state.at(question.stage, moment)
        return None if item is None else found[item.tag.name]

    answer = held(question.moment)
    earlier = [item for moment in _moments(shown.state, question) if (item := held(moment)) not in {None, answer}]
    return Ran(shown, question, answer, tuple(dict.fromkeys(item for item in earlier if item is not None)))


def _check_stage(git: Git, shown: Shown, stage: str) -> None:
    """Raises :class:`UsageError` for a stage that neither the params nor any tag name: a slip of the pen is no empty stage."""
    named = () if shown.place is None else Project(git.root / shown.place).params.stages.names
    known = sorted({*named, *shown.state.stages, *(item.stage for item in shown.state.removals if item.stage)})
    if not known or stage in known:
        return
    near = difflib.get_close_matches(stage, known, n=1)
    raise UsageError(
        "there is no such stage",
        where=f"the project {shown.name}",
        wanted=f"one of {', '.join(known)}",
        found=repr(stage[:100]),
        next=f"did you mean {near[0]}?" if near else "check the name: stages in params.yaml",
    )


def _moments(state: State, question: Question) -> list[dt.datetime]:
    """When something changed on the day that was asked about, and its first moment."""
    if question.since is None or question.moment is None:
        return []
    times = {item.time for item in state.entries}
    changes = (dt.datetime.fromtimestamp(time, dt.UTC) for time in sorted(times))
    return [question.since, *(moment for moment in changes if question.since < moment <= question.moment)]


def moment_of(stage: str, text: str | None) -> Question:
    """``2026-03-01`` as the end of that day in UTC; ``2026-03-01T14:00+01:00`` as it is, without a zone in UTC; None as now.

    Raises :class:`UsageError` for anything else.
    """
    if text is None:
        return Question(stage, None, "now")
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            day = dt.datetime.combine(dt.date.fromisoformat(text), dt.time(), dt.UTC)
            end = day + dt.timedelta(days=1, seconds=-1)
            return Question(stage, end, f"at the end of that day, {_utc(end)}", day)
        moment = dt.datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        written = re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None  # as a date is, and no calendar has it
        raise UsageError(
            f"there is no {text[:10]}, or no such time on it" if written else "this is no day or moment",
            where="--at",
            wanted="2026-03-01, or 2026-03-01T14:00+01:00",
            found=f"{text[:40]!r} ({error})" if written else repr(text[:40]),
        ) from error
    return Question(stage, moment, f"at {_utc(moment)}")


def pull_of(version: Version) -> int | None:
    """The pull request that the first line of the version's commit names, if any; anybody can write that."""
    match = _PULL.search(version.tag.subject)
    return int(match[1] or match[2]) if match else None


def _utc(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def _places(git: Git) -> dict[str, str]:
    """The projects of the checkout: name -> directory below the top. One whose params cannot be read has no name."""
    found = {}
    for place in projects_of(Git(git.root).tracked()):
        try:
            found[Project(git.root / place).params.project.name] = place
        except UsageError:
            continue
    return found


def _shown(git: Git, tags: Iterable[Tag], name: str, place: str | None) -> Shown:
    state = fold(tags, name, () if place is None else Project(git.root / place).params.stages.taggers)
    main = _main(git, place) if place is not None and state.assignments else None
    if main is not None:
        state = counted(state, main)
    held = {item.tag.name for stage in state.stages if (item := state.at(stage)) is not None}
    return Shown(
        name,
        place,
        state,
        tuple(Standing(item, *_review(item, main), now=item.tag.name in held) for item in state.assignments),
    )


def _main(git: Git, place: str) -> Main:
    """The default branch, as far as it is known here: the remote's, unless this clone's goes on from that."""
    project = Project(git.root / place)
    branch = project.params.review.base
    own = Git(project.root)
    commits = []
    for name in (f"refs/remotes/origin/{branch}", branch):
        try:
            commits.append(own.commit(name))
        except UsageError as error:
            missing = error
    if not commits:
        raise missing
    head = commits[-1] if own.merge_base(commits[0], commits[-1]) == commits[0] else commits[0]
    return Main(own, MainLine(own.root, head))


def _review(item: Assignment, main: Main | None) -> tuple[Review, str]:
    if main is None:
        return "not checked", ""
    if not item.record.break_glass:
        return "merged", ""
    path = path_of(item.stage)
    since = main.line.place[item.record.commit]
    for commit in reversed(main.line.changes_of(main.git.prefix + path)):
        if main.line.place[commit] < since and _names(main.git.file(commit, path), item):
            return "reviewed", commit
    return "not reviewed", ""


def _names(content: bytes | None, item: Assignment) -> bool:
    """Whether the stage's file names that version, for that project and stage."""
    try:
        file = parse(content or b"", "")
    except UsageError:
        return False
    name = item.tag.name.partition("#")[0]
    return (file.project, file.stage, file.version) == (name, item.stage, item.version)
