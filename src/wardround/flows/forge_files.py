"""The repository's own files below ``.github/`` against what the installed Wardround would write: workflows, scripts, rulesets.

Only files that Wardround wrote are looked at, told by their first line or, for a ruleset, by its name. CODEOWNERS is the people's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.files import write_text
from wardround.scaffold import forge_text, template

if TYPE_CHECKING:
    from wardround.project.params import Params

#: What the review's workflows call.
SCRIPTS = (".github/scripts/scope.py", ".github/scripts/light.py")


@dataclass(frozen=True)
class Outdated:
    """One file that the installed Wardround would write otherwise. ``path`` is below the top of the repository."""

    path: str
    text: str


def is_own(root: Path) -> bool:
    """Whether a checkout is Wardround's own repository, whose files are the source of all others."""
    import tomllib

    try:
        found = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(found.get("project", {}).get("name") == "wardround")


def expected(projects: Sequence[Params]) -> dict[str, str]:
    """Workflows and scripts, path -> text, for the params of all projects.

    One workflow serves them all: the first project's runner and base branch hold.
    """
    forge, base = projects[0].forge, projects[0].review.base
    return {
        **{name: forge_text.on_branch(forge_text.workflow_text(name, forge), base) for name in forge_text.WORKFLOWS},
        **{name: template.read(name) for name in SCRIPTS},
    }


def outdated(directory: Path) -> tuple[Outdated, ...]:
    """Files of the repository around ``directory`` that differ; none in Wardround's own, whose files are the source.

    A repository without the workflows is not given any. Raises :class:`WardroundError` when a project's params cannot be read.
    """
    from wardround.project.layout import Project
    from wardround.project.scope import projects_of
    from wardround.revision.git import Git

    top = Git(directory).root
    if is_own(top):
        return ()
    params = [Project(top / place).params for place in projects_of(Git(top).tracked())]
    if not params:
        return ()
    wanted = [*_files(top, expected(params)), *_rulesets(top)]
    wanted += _ruleset(top, tuple(one.project.name for one in params))
    return tuple(one for one in wanted if _read(top / one.path) != one.text)


def bring_up_to_date(directory: Path) -> tuple[str, ...]:
    """Renews those files; returns the paths that changed, below the top of the repository."""
    from wardround.revision.git import Git

    found = outdated(directory)
    for one in found:
        write_text(Git(directory).root / one.path, one.text)
    return tuple(one.path for one in found)


def _files(top: Path, texts: dict[str, str]) -> Iterator[Outdated]:
    """What is Wardround's own among them, and the scripts that a workflow of ours calls."""
    ours = {path for path, text in texts.items() if _first(_read(top / path)) == _first(text)}
    called = any(path in ours for path in forge_text.WORKFLOWS)
    for path, text in texts.items():
        if path in ours or (called and path in SCRIPTS and not (top / path).exists()):
            yield Outdated(path, text)


def _rulesets(top: Path) -> Iterator[Outdated]:
    """The rulesets that are the same everywhere. Who may pass them by, the App above all, stays as people wrote it.

    A repository from before there was one of them is given it beside another of ours.
    """
    wanted = {path: template.read(path) for path in forge_text.RULESETS}
    ours = {path for path, text in wanted.items() if _json(_read(top / path)).get("name") == _json(text)["name"]}
    for path, text in wanted.items():
        found = _json(_read(top / path))
        kept = {**_json(text), "bypass_actors": found.get("bypass_actors") or []}
        if path in ours and found != kept:
            yield Outdated(path, json.dumps(kept, indent=2) + "\n" if kept["bypass_actors"] else text)
        elif ours and not (top / path).exists():
            yield Outdated(path, text)


def _ruleset(top: Path, names: tuple[str, ...]) -> Iterator[Outdated]:
    """The default branch's ruleset with one required status a project. What people changed in it, the App's id above all, stays."""
    ruleset = _json(_read(top / forge_text.RULESET))
    wanted = _json(forge_text.ruleset_text(names))
    if ruleset.get("name") != wanted["name"]:
        return
    contexts = [check["context"] for check in _checks(wanted)]
    there = _checks(ruleset)
    if not there or [check.get("context") for check in there] == contexts:
        return
    pinned = next((check["integration_id"] for check in there if "integration_id" in check), None)
    there[:] = [{"context": name, **({} if pinned is None else {"integration_id": pinned})} for name in contexts]
    yield Outdated(forge_text.RULESET, json.dumps(ruleset, indent=2) + "\n")


def _checks(ruleset: dict[str, Any]) -> list[dict[str, Any]]:
    """The required statuses of a ruleset, as the list that it holds; a new list where it has none."""
    for rule in ruleset.get("rules") or ():
        if isinstance(rule, dict) and rule.get("type") == "required_status_checks":
            found = (rule.get("parameters") or {}).get("required_status_checks")
            if isinstance(found, list) and all(isinstance(check, dict) for check in found):
                return found
    return []


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _first(text: str) -> str:
    return text.split("\n", 1)[0]


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
