"""The default branch's own commits, newest first: what was merged, and which merges changed a file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.proc import Command, run


@dataclass(frozen=True)
class MainLine:
    """The first parents of ``head`` in the repository ``top``. Raises :class:`EnvironmentFailure` for a clone that is cut off."""

    top: Path
    head: str

    @cached_property
    def commits(self) -> tuple[str, ...]:
        """All of them, the head first."""
        return self._listed()

    @cached_property
    def place(self) -> dict[str, int]:
        """Commit -> how many first parents lie between it and the head."""
        return {commit: number for number, commit in enumerate(self.commits)}

    def changes_of(self, *paths: str) -> tuple[str, ...]:
        """Those that changed one of the files or directories (from the repository's top), against their first parent."""
        return self._listed("--", *(f":(top,literal){path}" for path in paths))

    def below(self, commit: str, directory: str) -> tuple[str, ...]:
        """The files of a commit below a directory (from the repository's top, with a final slash), as paths from the top."""
        listed = self._ask("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", directory)
        return tuple(path for path in listed.split("\0") if path)

    def parent(self, commit: str) -> str:
        """The first parent; the commit itself where it is the first of all."""
        number = self.place[commit] + 1
        return self.commits[number] if number < len(self.commits) else commit

    def _listed(self, *words: str) -> tuple[str, ...]:
        if self._ask("rev-parse", "--is-shallow-repository").strip() == "true":
            raise EnvironmentFailure(
                "this clone is shallow: it does not know what was merged before",
                where=str(self.top),
                next="git fetch --unshallow origin; in a workflow: fetch-depth: 0",
            )
        return tuple(self._ask("rev-list", "--first-parent", self.head, *words).split())

    def _ask(self, *words: str) -> str:
        done = run(Command(["git", *words], cwd=self.top, env={"LC_ALL": "C"}, timeout=300))
        if not done.ok:
            raise EnvironmentFailure(f"git {words[0]} failed", where=str(self.top), found=done.err.strip()[-400:])
        return done.out
