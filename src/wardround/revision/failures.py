"""What GitPython and git fail with, turned into errors that say what is wrong and what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wardround.errors import EnvironmentFailure, UsageError


@contextlib.contextmanager
def explained(directory: Path) -> Iterator[Any]:
    """GitPython, with which the repository around ``directory`` is opened; raises :class:`UsageError` when there is none."""
    try:
        import git
    except ImportError as error:  # GitPython looks for the git program when it is imported
        raise EnvironmentFailure(
            "git is not installed or not on the PATH",
            where=str(directory),
            next="install git (Debian: apt-get install git), then run the command again",
        ) from error
    try:
        yield git
    except (git.InvalidGitRepositoryError, git.NoSuchPathError) as error:
        raise UsageError(
            "this project is not in a git repository",
            where=str(directory),
            wanted="a git repository: every change to a model is a pull request",
            next="git init && git add -A && git commit -m 'First version'",
        ) from error


@contextlib.contextmanager
def answered(command: str, root: Path) -> Iterator[None]:
    """Turns git's own failure into an explained one."""
    import git

    try:
        yield
    except git.GitCommandError as error:
        words = str(error.stderr).partition("stderr:")[2].strip(" \n'") or str(error.stderr)
        raise EnvironmentFailure(
            f"git {command} failed",
            where=str(root),
            found=" | ".join(line.strip() for line in words.splitlines() if line.strip())[-400:],
            next="free space or repair what git says, then run the same command again",
        ) from error
