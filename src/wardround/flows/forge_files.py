"""The workflows and scripts that a repository must have for its params; written by `upgrade`, looked at by `doctor --forge`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.files import write_text
from wardround.scaffold import forge_text, template

if TYPE_CHECKING:
    from wardround.project.forge_section import ForgeSection

#: What follows params and the installed Wardround; owners, rulesets and dependabot belong to the team.
SCRIPTS = (".github/scripts/scope.py", ".github/scripts/light.py")


def is_own(root: Path) -> bool:
    """Whether a checkout is Wardround's own repository, whose workflows are the source of all others."""
    return (root / "src" / "wardround" / "__init__.py").is_file()


def expected(sections: Sequence[ForgeSection]) -> dict[str, str]:
    """Path -> text, for the ``forge:`` sections of all projects. One workflow serves them all: the first project's runner holds."""
    return {
        **{name: forge_text.workflow_text(name, sections[0]) for name in forge_text.WORKFLOWS},
        **{name: template.read(name) for name in SCRIPTS},
    }


def bring_up_to_date(directory: Path) -> tuple[str, ...]:
    """Renews those files of the repository around ``directory``; returns which changed.

    A repository without these workflows is not given any, and Wardround's own is left alone. Raises :class:`UsageError` when a project's
    params are wrong.
    """
    from wardround.project.layout import Project
    from wardround.project.scope import projects_of
    from wardround.revision.git import Git

    git = Git(directory)
    root = git.root
    if is_own(root) or not any((root / name).is_file() for name in forge_text.WORKFLOWS):
        return ()
    sections = [Project(root / place).params.forge for place in projects_of(git.tracked())]
    changed = []
    for name, text in expected(sections).items() if sections else ():
        path = root / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_text(path, text)
            changed.append(name)
    return tuple(changed)
