"""Base and anchor as whole programs: their code, params and environment from their own commit (DESIGN §8, *Fair comparison*)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, UsageError, WardroundError
from wardround.files import replacing, write_bytes
from wardround.proc import Command, run
from wardround.revision import environment
from wardround.revision.dvc import Dvc
from wardround.revision.lock import Lock, parse

if TYPE_CHECKING:
    from wardround.revision.git import Git

#: Everything that this framework keeps for itself in a repository; inside DVC's own ignored directory.
SCRATCH = Path(".dvc") / "tmp" / "wardround"


class ProgramFailedError(WardroundError):
    """A revision's own program did not run. What depends on it is *cannot tell*, not an error of the review."""


@dataclass(frozen=True)
class Program:
    """A commit exported into ``root`` (the project's directory in that tree); ``python`` runs it."""

    commit: str
    root: Path
    python: str
    remote: str | None

    @property
    def lock(self) -> Lock:
        """What that commit's ``dvc.lock`` records."""
        path = self.root / "dvc.lock"
        return parse(path.read_bytes() if path.exists() else None)

    def fetch(self, *paths: str) -> None:
        """Puts locked outputs in place; raises :class:`EnvironmentFailure` naming what neither cache nor remote has."""
        wanted = [path for path in paths if not (self.root / path).exists()]
        if wanted:
            Dvc(self.root).fetch(wanted, remote=self.remote)

    def run(self, args: Sequence[str], *, timeout: float = 3600) -> str:
        """Runs this revision's ``wardround`` with ``args`` and returns its output.

        Raises :class:`ProgramFailedError` with the program's own last words.
        """
        done = run(
            Command(
                [self.python, "-m", "wardround", *args], cwd=self.root, env=environment.of(self.tree), timeout=timeout
            )
        )
        if not done.ok:
            raise ProgramFailedError(
                f"the program of {self.commit[:10]} did not run: wardround {args[0]}",
                where=f"commit {self.commit[:10]}",
                found=_last_words(done.err or done.out),
                next="check that this change still feeds what that version needs (columns, types, environment)",
            )
        return done.out

    @property
    def tree(self) -> Path:
        """The top of the exported tree."""
        return next(parent for parent in (self.root, *self.root.parents) if (parent / ".exported").is_file())


def _last_words(text: str) -> str:
    """How a program explained its end. Of a traceback only the kind of the error: its text may quote a cell of patient data."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if any(line.startswith("Traceback (most recent") for line in lines):
        return "it ended with " + lines[-1].partition(":")[0][:80]
    start = next((number for number, line in enumerate(lines) if line.startswith("error: ")), max(len(lines) - 4, 0))
    return " | ".join(lines[start : start + 6])[:600]


def export(git: Git, commit: str, *, remote: str | None) -> Program:
    """Exports ``commit`` as :func:`exported` does, with an interpreter that runs it.

    Raises :class:`ProgramFailedError` when the commit holds no such project.
    """
    root = exported(git, commit)
    tree = next(parent for parent in (root, *root.parents) if (parent / ".exported").is_file())
    if not (root / "params.yaml").is_file() or not (root / "dvc.yaml").is_file():
        raise ProgramFailedError(
            f"the commit {commit[:10]} holds no Wardround project here",
            where=git.prefix or ".",
            wanted="params.yaml and dvc.yaml",
            next="compare with a later revision: --base REV",
        )
    return Program(commit, root, environment.python_for(tree, git.root, dvc_root(git) / SCRATCH), remote)


def exported(git: Git, commit: str) -> Path:
    """The project's directory in ``commit``, exported beside the repository's DVC data, once: a complete export is found again and reused.

    The tree shares this repository's DVC cache and storage settings.
    """
    top = dvc_root(git)
    tree = top / SCRATCH / "programs" / commit
    if not (tree / ".exported").is_file():
        with replacing(tree) as temporary:
            temporary.mkdir(parents=True)
            git.export(commit, temporary)
            share_storage(top, temporary / top.relative_to(git.root))
            write_bytes(temporary / ".exported", b"")
    return tree / git.prefix


def dvc_root(git: Git) -> Path:
    """The directory with ``.dvc``: the project's, or the next above it; the top of the repository where there is none.

    Raises :class:`UsageError` when it lies outside of the git repository, because no tree of a commit would hold its settings.
    """
    found = next((parent for parent in (git.directory, *git.directory.parents) if (parent / ".dvc").is_dir()), git.root)
    if not found.is_relative_to(git.root):
        raise UsageError(
            "DVC's directory lies above the git repository",
            where=str(found / ".dvc"),
            wanted=f"a .dvc directory in the repository: {git.root}",
            next="dvc init at the top of the repository, with the same remote, and commit it",
        )
    return found


def share_storage(source: Path, target: Path) -> None:
    """The tree ``target`` uses the cache and remotes of ``source``, with the paths that they have now.

    Raises :class:`EnvironmentFailure` when the configuration cannot be read.
    """
    from dvc.config import Config

    try:
        settings = Config(str(source / ".dvc"), validate=False)
    except Exception as error:  # DVC raises several unrelated types for a broken configuration
        raise EnvironmentFailure(
            "the DVC configuration cannot be read",
            where=str(source / ".dvc" / "config"),
            found=type(error).__name__,
            next="correct it: dvc config --list",
        ) from error
    lines = ["[core]", "    no_scm = True", "    analytics = False", "    check_update = False"]
    if remote := settings["core"].get("remote"):
        lines.append(f"    remote = {remote}")
    lines += ["[cache]", f"    dir = {settings['cache'].get('dir') or source / '.dvc' / 'cache'}"]
    for name, options in settings["remote"].items():
        lines.append(f"['remote \"{name}\"']")
        lines += [f"    {key} = {value}" for key, value in options.items()]
    path = target / ".dvc" / "config.local"
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)  # it may hold credentials
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
