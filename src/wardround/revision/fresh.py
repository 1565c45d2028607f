"""A clone of one commit that shares nothing which a pull request could have written: no DVC cache, no run-cache, no work tree."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.proc import Command, run

#: Whoever runs it: the commit that stands for *nothing* must have one name.
_NOBODY = {
    "GIT_AUTHOR_NAME": "wardround",
    "GIT_AUTHOR_EMAIL": "wardround@localhost",
    "GIT_AUTHOR_DATE": "2000-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "wardround",
    "GIT_COMMITTER_EMAIL": "wardround@localhost",
    "GIT_COMMITTER_DATE": "2000-01-01T00:00:00Z",
}


def clone(top: Path, dvc_root: Path, commit: str, to: Path) -> None:
    """Clones the repository ``top`` into ``to`` at ``commit``, with all history and tags.

    ``dvc_root`` is where its ``.dvc`` lies. The clone has the same remotes, asked to prove what they send by its hash, and a cache of
    its own, empty. Raises :class:`EnvironmentFailure` with git's words.
    """
    _git(["clone", "--quiet", "--no-checkout", str(top), str(to)], top)
    # content filters and line ends of this machine must not make another tree than the commit's
    _git(["-c", "core.autocrlf=false", "checkout", "--quiet", "--detach", commit], to)
    _storage(dvc_root, to / dvc_root.relative_to(top))


def nothing(tree: Path) -> str:
    """A commit in the clone ``tree`` that holds no file: what the first version is compared with. Always the same name."""
    empty = _git(["hash-object", "-t", "tree", "-w", "--stdin"], tree, stdin="").strip()
    return _git(["commit-tree", empty, "-m", "nothing"], tree, env=_NOBODY).strip()


def fetch_inputs(root: Path, tracked: Sequence[str]) -> None:
    """Puts data in place that DVC tracks by a ``.dvc`` file, as the commit names them. Objects are checked against their hashes."""
    files = [name for name in tracked if name.endswith(".dvc") and not name.startswith(".dvc/")]
    if not files:
        return
    done = run(Command([sys.executable, "-m", "dvc", "pull", "--force", *files], cwd=root, timeout=24 * 3600))
    if not done.ok:
        raise EnvironmentFailure(
            "the data of this commit cannot be fetched",
            where=", ".join(files)[:200],
            found=" | ".join((done.err or done.out).strip().splitlines()[-3:])[-400:],
            next="on a machine that has them: dvc push",
        )


def _storage(source: Path, target: Path) -> None:
    from dvc.config import Config

    try:
        settings = Config(str(source / ".dvc"), validate=False)
    except Exception as error:  # DVC raises several unrelated types for a broken configuration
        raise EnvironmentFailure(
            "the DVC configuration cannot be read", where=str(source / ".dvc" / "config"), found=type(error).__name__
        ) from error
    lines = ["[core]", "    analytics = false", "    check_update = false"]
    lines += ["[cache]", f"    dir = {target / '.dvc' / 'cache'}"]
    for name, options in settings["remote"].items():
        lines.append(f"['remote \"{name}\"']")
        lines += [f"    {key} = {value}" for key, value in {**options, "verify": "true"}.items()]
    path = target / ".dvc" / "config.local"
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)  # it may hold credentials
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _git(args: list[str], at: Path, *, stdin: str | None = None, env: dict[str, str] | None = None) -> str:
    done = run(Command(["git", *args], cwd=at, env=env or {}, stdin=stdin, timeout=3600))
    if not done.ok:
        raise EnvironmentFailure(
            f"git {args[0] if not args[0].startswith('-') else args[2]} failed",
            where=str(at),
            found=" | ".join(done.err.strip().splitlines()[-3:])[-400:],
            next="free space or repair what git says, then run the same command again",
        )
    return done.out
