"""The repository's own files below ``.github/`` against what the installed Wardround would write: workflows, scripts, rulesets.

Only files that Wardround wrote are looked at, told by their first line or, for a ruleset, by its name. CODEOWNERS is the people's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.files import write_text
from wardround.flows.stage import tree_of
from wardround.project.layout import Project

if TYPE_CHECKING:
    from wardround.project.params import Params

_REVIEW = ".github/workflows/review.yml"
_SCRIPTS = (".github/scripts/scope.py", ".github/scripts/light.py")
_TAGS = ".github/rulesets/tags.json"


@dataclass(frozen=True)
class Outdated:
    """One file that the installed Wardround would write otherwise. ``path`` is below the top of the repository."""

    path: str
    text: str


def outdated(project: Project) -> tuple[Outdated, ...]:
    """Files that differ; empty in Wardround's own repository, whose files are the source.

    The params section ``forge`` of the root project counts; where the repository has none there, that of ``project``. Raises
    :class:`WardroundError` when params cannot be read.
    """
    top = _top(project.root)
    if _is_source(top):
        return ()
    return tuple(one for one in _wanted(top, project) if _differs(top, one))


def rewrite(project: Project) -> tuple[str, ...]:
    """Brings them up to date; returns the paths, below the top of the repository."""
    top = _top(project.root)
    found = outdated(project)
    for one in found:
        write_text(top / one.path, one.text)
    return tuple(one.path for one in found)


def _top(root: Path) -> Path:
    """The top of the git repository around a project; without one, where its lock lies."""
    return next((parent for parent in (root, *root.parents) if (parent / ".git").exists()), tree_of(root))


def _is_source(top: Path) -> bool:
    import tomllib

    try:
        found = tomllib.loads((top / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(found.get("project", {}).get("name") == "wardround")


def _wanted(top: Path, project: Project) -> Iterator[Outdated]:
    from wardround.scaffold import forge_text, template

    params = _deciding(top, project)
    workflows = {name: forge_text.workflow_text(name, params.forge) for name in forge_text.WORKFLOWS}
    same = {name: template.read(name) for name in _SCRIPTS}
    ours = [path for path, text in workflows.items() if _first(_read(top / path)) == _first(text)]
    for path in ours:
        yield Outdated(path, workflows[path])
    for path, text in same.items():
        there = _read(top / path)
        # A workflow of ours calls the scripts, so that a missing one is written too.
        if _first(there) == _first(text) or (not there and _REVIEW in ours):
            yield Outdated(path, text)
    tags = _json(_read(top / _TAGS))
    if tags.get("name") and tags.get("name") == _json(template.read(_TAGS)).get("name"):
        yield Outdated(_TAGS, template.read(_TAGS))
    yield from _ruleset(top, project)


def _deciding(top: Path, project: Project) -> Params:
    root = Project(top)
    has = root.layout.params.is_file() and (top / "dvc.yaml").is_file()
    return root.params if has else project.params


def _ruleset(top: Path, project: Project) -> Iterator[Outdated]:
    """The default branch's ruleset with one required status a project. What people changed in it, the App's id above all, stays."""
    from wardround.scaffold import forge_text

    ruleset = _json(_read(top / forge_text.RULESET))
    wanted = _json(forge_text.ruleset_text(_names(top, project)))
    if ruleset.get("name") != wanted["name"]:
        return
    contexts = [check["context"] for check in _checks(wanted)]
    there = _checks(ruleset)
    if not there or [check.get("context") for check in there] == contexts:
        return
    pinned = next((check["integration_id"] for check in there if "integration_id" in check), None)
    there[:] = [{"context": name, **({} if pinned is None else {"integration_id": pinned})} for name in contexts]
    yield Outdated(forge_text.RULESET, json.dumps(ruleset, indent=2) + "\n")


def _names(top: Path, project: Project) -> tuple[str, ...]:
    """The names of all projects of the repository, the root's first."""
    from wardround.project.scope import projects_of
    from wardround.revision.git import Git

    if not (top / ".git").exists():
        return (project.params.project.name,)
    return tuple(Project(top / path).params.project.name for path in projects_of(Git(top).tracked()))


def _checks(ruleset: dict[str, Any]) -> list[dict[str, Any]]:
    """The required statuses of a ruleset, as the list that it holds; a new list where it has none."""
    for rule in ruleset.get("rules") or ():
        if isinstance(rule, dict) and rule.get("type") == "required_status_checks":
            found = (rule.get("parameters") or {}).get("required_status_checks")
            if isinstance(found, list) and all(isinstance(check, dict) for check in found):
                return found
    return []


def _differs(top: Path, one: Outdated) -> bool:
    return _read(top / one.path) != one.text


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
