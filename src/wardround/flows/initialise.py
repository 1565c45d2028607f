"""Makes a project: from a table, or the synthetic one; as a repository of its own, or inside one that is there."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, UsageError
from wardround.files import replacing, write_text
from wardround.flows.project_files import Content, InitRequest, content_of, default_storage, versions_tree
from wardround.proc import Command, Finished, run

if TYPE_CHECKING:
    from wardround.scaffold.decision import Plan

__all__ = [
    "Content",
    "InitRequest",
    "Initialised",
    "as_plain",
    "content_of",
    "copy_raw",
    "default_storage",
    "initialise",
    "initialise_synthetic",
    "must",
    "quoted",
    "versions_tree",
]

#: Who commits where nobody told git a name. The person's own name is used when there is one.
_NOBODY = ("Wardround", "wardround@localhost")


@dataclass(frozen=True)
class Initialised:
    """What was made: paths below ``root``, what was left as it was, and what a person should know."""

    root: Path
    written: tuple[str, ...]
    kept: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    plan: Plan | None = None
    commit: str = ""


def initialise(request: InitRequest) -> Initialised:
    """A project in a repository of its own, complete or not at all.

    Raises :class:`UsageError` when the place is taken, the name or an option is wrong; :class:`ContractViolation` when no contract can
    describe the table.
    """
    from wardround.scaffold.request import check_name

    root = Path(request.root).resolve()
    check_name(root.name)
    _check_place(root)
    content = content_of(request, root, root)
    with replacing(root) as temporary:
        temporary.mkdir(parents=True)
        commit = _fill(temporary, root, request, content)
    outer = _git(["rev-parse", "--show-toplevel"], root.parent)
    notes = content.notes
    if outer.ok:
        notes += (f"this project lies inside another git repository ({outer.out.strip()}), which does not track it",)
    return Initialised(root, (*sorted(content.texts), *sorted(content.raw)), (), notes, content.plan, commit)


def initialise_synthetic(root: Path) -> Initialised:
    """The synthetic hospital network in ``root``: the same files as the root project's."""
    return initialise(InitRequest(root))


def _check_place(root: Path) -> None:
    if root.is_symlink() or (root.exists() and not root.is_dir()):
        raise UsageError("there is a file of this name", where=str(root), next="choose another name")
    if root.is_dir() and any(root.iterdir()):
        taken = (root / "params.yaml").is_file() and (root / "dvc.yaml").is_file()
        raise UsageError(
            "there is a project of this name" if taken else "the directory is there and not empty",
            where=str(root),
            wanted="a name that is free, or an empty directory",
            next="choose another name"
            if taken
            else "choose another name; a DVC repository is adopted from inside: wardround init --adopt",
        )
    near = next(parent for parent in root.parents if parent.exists())
    if not near.is_dir() or not os.access(near, os.W_OK):
        raise EnvironmentFailure("nothing can be written here", where=str(near), next="choose a directory of your own")


def _fill(place: Path, root: Path, request: InitRequest, content: Content) -> str:
    """Writes, initialises and commits everything in a directory that nobody sees yet."""
    from wardround.scaffold.project_text import config_text

    for name, text in content.texts.items():
        write_text(place / name, text)
    must(_git(["init", "--quiet", "--initial-branch=main"], place), "git init")
    must(_dvc(["init", "--quiet"], place), "dvc init")
    write_text(place / ".dvc" / "config", config_text(request.storage or default_storage(root)))
    copy_raw(place, content.raw)
    must(_git(["add", "--all"], place), "git add")
    message = f"Start {root.name}: contract, features and model" + (
        " from the data" if content.plan else " of the synthetic network"
    )
    must(
        _git(["commit", "--quiet", "--no-gpg-sign", "--no-verify", "--message", message], place, _identity(place)),
        "git commit",
    )
    return must(_git(["rev-parse", "HEAD"], place), "git rev-parse").out.strip()


def copy_raw(place: Path, raw: Mapping[str, Path]) -> None:
    """Copies raw files below the project and puts them under DVC."""
    import shutil

    for name, source in raw.items():
        with replacing(place / name) as temporary:
            shutil.copyfile(source, temporary)
    if raw:
        target = next(iter(raw)) if len(raw) == 1 else "data/raw"
        must(_dvc(["add", "--quiet", target], place), "dvc add")


def _identity(place: Path) -> dict[str, str]:
    """Environment for a commit where git knows no name."""
    if _git(["var", "GIT_COMMITTER_IDENT"], place).ok and _git(["config", "user.email"], place).ok:
        return {}
    name, email = _NOBODY
    return {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
    }


def _git(args: list[str], cwd: Path, env: Mapping[str, str] | None = None) -> Finished:
    near = next(parent for parent in (cwd, *cwd.parents) if parent.exists())
    return run(Command(["git", *args], cwd=near, env=dict(env or {}), timeout=120))


def _dvc(args: list[str], cwd: Path) -> Finished:
    return run(Command([sys.executable, "-m", "dvc", *args], cwd=cwd, timeout=3600))


def must(done: Finished, what: str) -> Finished:
    """The result of a program that has to succeed."""
    if done.ok:
        return done
    words = " | ".join(line.strip() for line in (done.err or done.out).splitlines() if line.strip())
    raise EnvironmentFailure(
        f"{what} failed, so nothing was made",
        found=words[-500:],
        next="correct what it says and run the same command again",
    )


def as_plain(done: Initialised) -> dict[str, object]:
    """The answer as JSON types."""
    from wardround.scaffold.project_text import decisions

    columns = (
        []
        if done.plan is None
        else [{"column": name, "use": use, "why": why} for name, use, why in decisions(done.plan)]
    )
    return {
        "root": str(done.root),
        "written": list(done.written),
        "kept": list(done.kept),
        "notes": list(done.notes),
        "commit": done.commit,
        "columns": columns,
    }


def quoted(path: str) -> str:
    """A path for a shell line that is shown."""
    return (
        path if path.replace("/", "").replace("-", "").replace("_", "").replace(".", "").isalnum() else json.dumps(path)
    )
