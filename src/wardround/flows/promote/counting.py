"""Which stage tags count: those that a merged change of ``deploy/STAGE.yaml`` stands behind, and a break-glass until it is reviewed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.deploy.stage_file import parse, path_of
from wardround.errors import Problem, UsageError
from wardround.registry.contested import may_tag
from wardround.revision.branch import file_at

if TYPE_CHECKING:
    from wardround.flows.promote.history import MainLine
    from wardround.registry.entries import Assignment
    from wardround.registry.fold import State
    from wardround.revision.git import Git


@dataclass(frozen=True)
class Main:
    """The default branch of a checkout: ``git`` sees the repository from the project's directory."""

    git: Git
    line: MainLine


def counted(state: State, main: Main) -> State:
    """The state without the assignments that nobody merged; each becomes a problem that says why."""
    reasons: dict[str, str] = {}
    newest: dict[str, int] = {}  # stage -> place of the newest merge that has a tag
    files = _files(state, main)
    for item in state.assignments:
        why = why_not(item, main, files)
        place = main.line.place.get(item.record.commit, -1)
        if not why and not item.record.break_glass and place >= newest.get(item.stage, place + 1):
            why = f"an earlier tag has put commit {item.record.commit[:12]}, or a later one, into {item.stage} already"
        if why:
            reasons[item.tag.name] = why
        elif not item.record.break_glass:
            newest[item.stage] = place
    return state.without(reasons)


def foreign(item: Assignment, taggers: Iterable[str]) -> Problem | None:
    """A stage's tag that somebody made who may not: nobody has checked what it puts there. None where all is well."""
    allowed = tuple(taggers)
    if not allowed or item.record.break_glass or may_tag(item.tag, allowed):
        return None
    return Problem(
        "the stage's tag was made by somebody who may not",
        where=f"tag {item.tag.name}",
        wanted=f"one of {', '.join(sorted(set(allowed)))}",
        found=f"{item.tag.tagger} <{item.tag.email}>",
        next="name them in params.yaml: stages.taggers, or promote again what shall run there",
    )


def _files(state: State, main: Main) -> Mapping[tuple[str, str], bytes | None]:
    """The stages' files that the tags' records point to, asked for all at once."""
    places = {
        (item.record.commit, main.git.prefix + path_of(item.stage))
        for item in state.assignments
        if item.record.commit in main.line.place and not item.record.break_glass
    }
    return file_at(main.git, sorted(places))


def why_not(item: Assignment, main: Main, files: Mapping[tuple[str, str], bytes | None]) -> str:
    """Why a stage's tag does not count by itself; empty when it does. ``files``: (commit, path from the top) -> content."""
    if item.record.commit not in main.line.place:
        return f"it names commit {item.record.commit[:12]}, which is not on the default branch"
    if item.record.break_glass:
        return ""
    content = files[item.record.commit, main.git.prefix + path_of(item.stage)]
    where = f"{path_of(item.stage)} at commit {item.record.commit[:12]}"
    if content is None:
        return f"there is no {where}"
    try:
        file = parse(content, where)
    except UsageError:
        return f"{where} cannot be read"
    if not file.same_as(item.record) or (file.project, file.stage) != (main_name(item), item.stage):
        return f"{where} says something else"
    return ""


def main_name(item: Assignment) -> str:
    """The project that a tag's name is about."""
    return item.tag.name.partition("#")[0]
