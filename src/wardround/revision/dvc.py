"""DVC in a project: reproduce, fetch, and what the lock promises. What writes goes through ``python -m dvc``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wardround.errors import EnvironmentFailure, Problem, UsageError
from wardround.proc import Command, Finished, run, run_lines
from wardround.revision import dvc_words
from wardround.revision.unchanged import stages_if_unchanged


@dataclass(frozen=True)
class Reproduced:
    """What ``dvc repro`` did: names of stages that ran, were restored from the run-cache, or did not change."""

    ran: tuple[str, ...]
    restored: tuple[str, ...]
    unchanged: tuple[str, ...]
    lock_changed: bool


class StageFailedError(EnvironmentFailure):
    """A stage could not do its work. The stage's own message was shown; the review repeats it with its exit code."""

    def __init__(self, stage: str, output: str, done: Reproduced | None = None) -> None:
        # Only DVC's own words: what the team's code printed may hold cells of patient data.
        words = [match.group(1) for line in output.splitlines() if (match := dvc_words.ENDED.search(line))]
        super().__init__(
            f"the stage {stage} failed",
            where=f"dvc.yaml: stages.{stage}",
            found=words[-1] if words else "",
            next="free space, then run the same command again: finished stages are kept"
            if "No space left" in output
            else f"run `wardround stage {stage}` where the data may be seen: it shows everything that the stage says",
        )
        self.stage = stage
        #: What was done before it failed; the stage that failed is not among what ran.
        self.done = done or Reproduced((), (), (), lock_changed=False)


@dataclass(frozen=True)
class Dvc:
    """DVC in one project directory."""

    root: Path

    def call(self, *args: str, timeout: float = 3600) -> Finished:
        """Runs a DVC command and returns what it answered."""
        return run(Command([sys.executable, "-m", "dvc", *args], cwd=self.root, env=_path(), timeout=timeout))

    def require(self, *args: str, doing: str) -> str:
        """Runs a DVC command that must succeed; otherwise explains what could not be done."""
        done = self.call(*args)
        if not done.ok:
            raise EnvironmentFailure(
                f"DVC could not {doing}",
                where=str(self.root),
                found=dvc_words.tail(done.err or done.out),
                next="check the storage and its credentials: `dvc remote list`, `wardround doctor`",
            )
        return done.out

    def check_repository(self) -> None:
        """Raises :class:`UsageError` when the project is not a DVC repository."""
        if not any((directory / ".dvc").is_dir() for directory in (self.root, *self.root.parents)):
            raise UsageError(
                "this project is not in a DVC repository",
                where=str(self.root),
                wanted="a .dvc directory",
                next="dvc init, or adopt the repository with `wardround init --adopt`",
            )

    def check_pipeline(self) -> None:
        """Raises :class:`UsageError` when ``dvc.yaml`` is no pipeline, or names keys that ``params.yaml`` leaves out: DVC needs both."""
        stages = _sections(self.root / "dvc.yaml").get("stages")
        if not isinstance(stages, Mapping) or not stages:
            raise UsageError("there are no stages", where="dvc.yaml", next="restore it: git checkout main -- dvc.yaml")
        given = _sections(self.root / "params.yaml")
        named: dict[str, list[str]] = {}
        for name, stage in stages.items():
            entries = stage.get("params") if isinstance(stage, Mapping) else None
            for key in entries or ():
                if isinstance(key, str) and not _has(given, key):
                    named.setdefault(key, []).append(str(name))
        if named:
            raise UsageError(
                problems=[
                    Problem(
                        f"the section {key!r} is missing",
                        where=f"params.yaml: {key}",
                        wanted=f"the section, even if empty, because dvc.yaml makes {', '.join(users)} depend on it",
                        next=f"add the line `{key.split('.')[0]}: {{}}`"
                        if "." not in key
                        else f"add {key}, if only with its default: docs/reference/params.md",
                    )
                    for key, users in named.items()
                ]
            )

    def remotes(self) -> str:
        """Names and addresses of the remotes, one a line. Raises :class:`UsageError` outside of a DVC repository."""
        from dvc.config import Config

        top = next((item for item in (self.root, *self.root.parents) if (item / ".dvc").is_dir()), None)
        if top is None:
            raise UsageError("this project is not in a DVC repository", where=os.fspath(self.root), next="dvc init")
        return "\n".join(
            f"{name} {options.get('url', '')}" for name, options in Config(str(top / ".dvc"))["remote"].items()
        )

    def reproduce(self, *, pull: bool, on_line: Callable[[str], None], targets: Sequence[str] = ()) -> Reproduced:
        """Runs the stages that changed: all, or ``targets`` and those before them.

        With ``pull``, missing data and results of earlier runs come from the remote. Raises :class:`StageFailedError` when a stage
        fails and :class:`EnvironmentFailure` when DVC itself could not work.
        """
        lock = self.root / "dvc.lock"
        before = lock.read_bytes() if lock.exists() else b""
        if before and (names := stages_if_unchanged(self.root)):
            for name in names:
                on_line(f"Stage '{name}' didn't change, skipping")
            return Reproduced((), (), names, lock_changed=False)
        args = [sys.executable, "-m", "dvc", "repro", *(["--pull"] if pull else []), *targets]
        done = self._reproduce(args, on_line)
        if not done.ok and dvc_words.UNSAVED in done.out:
            # Someone edited what a stage made. Outputs are the pipeline's: what the lock names comes back, or is made again.
            failed = dvc_words.failed(done.out.splitlines())
            self.call("checkout", "--force", *failed[-1:])
            done = self._reproduce(args, on_line)
        lines = done.out.splitlines()
        after = lock.read_bytes() if lock.exists() else b""
        found = Reproduced(
            dvc_words.names(dvc_words.RUNNING, lines),
            dvc_words.names(dvc_words.CACHED, lines),
            dvc_words.names(dvc_words.UNCHANGED, lines),
            lock_changed=before != after,
        )
        if not done.ok:
            if failed := dvc_words.failed(lines):
                ran = tuple(name for name in found.ran if name != failed[-1])
                raise StageFailedError(failed[-1], done.out, replace(found, ran=ran))
            raise EnvironmentFailure(
                "DVC could not reproduce the pipeline",
                where=str(self.root),
                found=dvc_words.own_words(lines) or f"it ended with {done.code}",
                next="fix what DVC says, then run the same command again: finished stages are kept",
            )
        return found

    def _reproduce(self, args: Sequence[str], on_line: Callable[[str], None]) -> Finished:
        return run_lines(
            Command(args, cwd=self.root, env=_path()),
            lambda line: on_line(line) if dvc_words.PROGRESS.match(line) else None,
        )

    def fetch(self, targets: Sequence[str], *, remote: str | None) -> None:
        """Puts the locked outputs ``targets`` into the directory: from the cache, else from ``remote``.

        Raises :class:`EnvironmentFailure` that names what is missing and where it was looked for.
        """
        done = self.call("checkout", "--force", *targets)
        if done.ok and all((self.root / target).exists() for target in targets):
            return
        if remote is not None:
            done = self.call("pull", "--force", "--remote", remote, *targets)
            if done.ok and all((self.root / target).exists() for target in targets):
                return
        missing = [target for target in targets if not (self.root / target).exists()]
        raise EnvironmentFailure(
            problems=[
                Problem(
                    f"the object of {target} is neither in the DVC cache nor in the remote",
                    where=f"dvc.lock: {target}",
                    wanted="the object that dvc.lock names",
                    found=f"looked in the cache and in {'remote ' + remote if remote else 'no remote'}",
                    next="on a machine that has it: dvc push; or reproduce that revision there",
                )
                for target in missing or targets
            ]
        )


def _sections(path: Path) -> Mapping[str, Any]:
    """A YAML file that must hold a mapping."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found = YAML(typ="safe", pure=True).load(path.read_bytes().decode("utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise UsageError(
            "the file is not valid YAML",
            where=f"{path.name}:{mark.line + 1}" if mark else path.name,
            found=str(getattr(error, "problem", "") or type(error).__name__),
            next=f"correct the line, or take the base's: git checkout main -- {path.name}",
        ) from error
    return found if isinstance(found, Mapping) else {}


def _has(given: Mapping[str, Any], key: str) -> bool:
    """Whether a dotted key is there."""
    value: Any = given
    for part in key.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return True


def _path() -> dict[str, str]:
    """Stage commands say ``wardround``: the one beside this interpreter must be found first."""
    scripts = str(Path(sys.executable).parent)
    return {"PATH": scripts + os.pathsep + os.environ.get("PATH", "")}
