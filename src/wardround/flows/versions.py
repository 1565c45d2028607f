"""``wardround.yaml``: the stage versions and the environment that the pipeline depends on."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from wardround.errors import Problem, UsageError
from wardround.files import write_text
from wardround.revision.environment import environment_digest
from wardround.stages.registry import STAGES

_HEADER = "# Written by `wardround upgrade`; stages depend on it, so that an upgrade re-runs what it must.\n"


def wanted(tree: Path) -> dict[str, object]:
    """What the installed framework and the tree's lock say; of the lock, what a run needs."""
    return {"stages": {stage.name: stage.version for stage in STAGES}, "environment": environment_digest(tree)}


def text(tree: Path) -> str:
    """The content of ``wardround.yaml``."""
    from ruamel.yaml import YAML

    stream = StringIO()
    YAML().dump(wanted(tree), stream)
    return _HEADER + stream.getvalue()


def read(path: Path) -> dict[str, object]:
    """What the file says; empty when it is missing or is no mapping."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        raw = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, YAMLError):
        return {}
    return raw if isinstance(raw, dict) else {}


def check(path: Path, tree: Path) -> None:
    """Raises :class:`UsageError` when framework or lock are others than the file says: results would not be the lock's."""
    found, now = read(path), wanted(tree)
    problems = []
    found_stages, now_stages = found.get("stages"), now["stages"]
    if found_stages != now_stages:
        problems.append(
            Problem(
                "the installed Wardround computes other versions of the stages",
                where=f"{path.name}: stages",
                wanted=str(now_stages),
                found=str(found_stages or "nothing"),
                next="run `wardround upgrade` and open its change as a pull request of its own",
            )
        )
    if found.get("environment") != now["environment"]:
        problems.append(
            Problem(
                "the locked packages that a run needs are others than the pipeline was last made with",
                where=f"{path.name}: environment",
                wanted=str(now["environment"]),
                found=str(found.get("environment") or "nothing"),
                next="run `wardround upgrade` and open its change as a pull request of its own",
            )
        )
    if problems:
        raise UsageError(problems=problems)


def upgrade(path: Path, tree: Path) -> bool:
    """Brings the file up to date; returns whether it changed."""
    content = text(tree)
    if path.is_file() and path.read_text(encoding="utf-8") == content:
        return False
    write_text(path, content)
    return True
