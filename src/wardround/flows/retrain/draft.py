"""The draft: the default branch in a clone of its own, where the window is moved and fixes are written, run and reviewed.

It lies in DVC's ignored directory and shares this repository's objects and DVC cache. What an earlier run left is thrown away.
"""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

from wardround.errors import EnvironmentFailure
from wardround.files import write_text
from wardround.proc import Command, run
from wardround.project.layout import Project
from wardround.revision.dvc import Dvc
from wardround.revision.git import Git
from wardround.revision.lock import parse
from wardround.revision.program import SCRATCH, dvc_root, share_storage

#: The commit stays in the draft; the forge's own author makes the one that is proposed.
_WHO = {"user.name": "wardround", "user.email": "wardround@localhost", "commit.gpgsign": "false"}


@dataclass(frozen=True)
class Draft:
    """``project`` lies in the clone ``top``, at ``commit``."""

    top: Path
    project: Project
    commit: str

    def with_params(self, changes: dict[str, Any]) -> Draft:
        """The draft with the commit's ``params.yaml`` and ``changes`` merged into it, section by section; None removes a key."""
        text = Git(self.project.root).file(self.commit, "params.yaml") or b""
        write_text(self.project.layout.params, edited(text.decode("utf-8"), changes))
        return replace(self, project=Project(self.project.root))  # params are read once for each Project

    def commit_all(self, message: str) -> None:
        """Commits params and lock in the clone, on top of the draft's commit, so that a review sees a change and no draft."""
        _git(self.top, "reset", "--quiet", "--soft", self.commit)
        paths = [str(self.project.root / name) for name in ("params.yaml", "dvc.lock")]
        who = [part for key, value in _WHO.items() for part in ("-c", f"{key}={value}")]
        _git(self.top, *who, "commit", "--quiet", "--no-verify", "--allow-empty", "--message", message, "--", *paths)

    @property
    def data_digest(self) -> str:
        """The snapshot's digest, as DVC names it; empty before it is made."""
        return parse(self.file("dvc.lock")).digest("data/snapshot")

    def file(self, path: str) -> bytes:
        """A file of the draft."""
        return (self.project.root / path).read_bytes()


def edited(text: str, changes: dict[str, Any]) -> str:
    """YAML with those values; what is not named stays as it was written. Days and moments become quoted text."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 4096
    yaml.preserve_quotes = True
    found = yaml.load(text)
    _merge(found, changes)
    out = StringIO()
    yaml.dump(found, out)
    return out.getvalue()


def _merge(into: Any, changes: dict[str, Any]) -> None:
    for key, value in changes.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        elif isinstance(value, dict):
            into[key] = {}
            _merge(into[key], value)
        else:
            into[key] = _scalar(value)


def _scalar(value: Any) -> Any:
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    return DoubleQuotedScalarString(value.isoformat()) if isinstance(value, dt.date) else value


def draft(project: Project, commit: str) -> Draft:
    """A fresh clone of the repository at ``commit``.

    Raises :class:`EnvironmentFailure` when git cannot, :class:`UsageError` when DVC's directory is not in the repository.
    """
    git = Git(project.root)
    Dvc(project.root).check_repository()
    top = dvc_root(git)
    place = top / SCRATCH / "retrain"
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    _git(git.root, "clone", "--quiet", "--shared", "--no-checkout", str(git.root), str(place))
    _git(place, "checkout", "--quiet", "--detach", commit)
    share_storage(top, place / top.relative_to(git.root))
    return Draft(place, Project(place / git.prefix), commit)


def _git(directory: Path, *args: str) -> None:
    done = run(Command(["git", *args], cwd=directory, env={"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}, timeout=600))
    if not done.ok:
        raise EnvironmentFailure(
            "git could not work on the draft",
            where=str(directory),
            found=" | ".join(line for line in done.err.strip().splitlines() if line)[-300:],
            next="check that the clone is whole: git fsck",
        )
