"""Hooks of git that scan before each commit. They call ``wardround`` from the PATH, and say so when it is not there."""

from __future__ import annotations

from pathlib import Path

from wardround.errors import UsageError

_MARK = "# written by wardround phi --install-hook"
_HOOKS = {"pre-commit": "--staged", "commit-msg": '--message "$1"'}


def install(directory: Path) -> tuple[Path, ...]:
    """Writes both hooks; the same again is no change. Raises :class:`UsageError` where a hook of somebody else's is."""
    from wardround.files import write_text
    from wardround.revision.git import Git

    git = Git(directory)
    place = Path(git.repository.common_dir) / "hooks"
    for name, options in _HOOKS.items():
        path = place / name
        if path.exists() and _MARK not in path.read_text(encoding="utf-8", errors="replace"):
            raise UsageError(
                "there is a hook already",
                where=str(path),
                next=f"add this line to it: wardround phi {options} || exit 1",
            )
    made = []
    for name, options in _HOOKS.items():
        path = place / name
        write_text(path, f"#!/bin/sh\n{_MARK}\nexec wardround phi {options}\n")
        path.chmod(0o755)
        made.append(path)
    return tuple(made)
