"""The pipeline of a commit, run in a tree of its own on encounters that are drawn from the contract: no remote, no patient."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.errors import EnvironmentFailure
from wardround.files import write_text
from wardround.flows.faults import edit_params
from wardround.flows.reproducing import reproduce
from wardround.project.layout import Project
from wardround.revision.program import SCRATCH

if TYPE_CHECKING:
    from wardround.revision.git import Git

#: Where the drawn encounters lie, below the project.
ENCOUNTERS = "data/rehearsal.parquet"
#: No remote, and a cache of its own: the store's settings of the branch are not even read.
_STORES = "[core]\n    no_scm = True\n    analytics = False\n    check_update = False\n"


@dataclass(frozen=True)
class Rehearsed:
    """The project in its scratch tree, all stages done, and the checks of its contract that no drawn row could satisfy."""

    project: Project
    unmet: tuple[str, ...]


@contextlib.contextmanager
def rehearsed(git: Git, commit: str, progress: Callable[[str], None]) -> Iterator[Rehearsed]:
    """Runs every stage of the commit's pipeline; the tree is there inside the context and removed after it.

    Raises a stage's own explained failure. What a run that was ended left is removed first.
    """
    from filelock import FileLock, Timeout

    place = _place(git)
    place.parent.mkdir(parents=True, exist_ok=True)
    held = FileLock(place.with_suffix(".lock"))
    try:
        held.acquire(timeout=0)
    except Timeout as error:
        raise EnvironmentFailure(
            "another rehearsal of this repository is running", where=str(place), next="wait until it is done, or end it"
        ) from error
    try:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        git.export(commit, place)
        project = Project(place / git.prefix if git.prefix else place)
        unmet = _prepare(project, place, git, progress)
        progress("rehearsing the pipeline")
        reproduce(project, progress, pull=False)
        yield Rehearsed(project, unmet)
    finally:
        shutil.rmtree(place, ignore_errors=True)
        held.release()


def _place(git: Git) -> Path:
    """Beside DVC's own scratch, so that the tree's environment is told as the repository's is."""
    top = next((parent for parent in (git.directory, *git.directory.parents) if (parent / ".dvc").is_dir()), git.root)
    return top / SCRATCH / "rehearsal"


def _prepare(project: Project, tree: Path, git: Git, progress: Callable[[str], None]) -> tuple[str, ...]:
    """Draws the encounters and lets params and pipeline of the scratch tree read them."""
    from wardround import contract as contracts
    from wardround.stages.rehearsal import Wish, encounters, write

    params, layout = project.params, project.layout
    contract = contracts.load(layout.contract)
    progress("drawing encounters from the contract")
    drawn = encounters(contract, params.data, Wish(rate=_rate(params.contract.outcome_rate)))
    (project.root / ENCOUNTERS).parent.mkdir(parents=True, exist_ok=True)
    write(drawn, contract, project.root / ENCOUNTERS)
    for settings in tree.rglob(".dvc"):
        shutil.rmtree(settings, ignore_errors=True)
    top = next((parent for parent in (git.directory, *git.directory.parents) if (parent / ".dvc").is_dir()), git.root)
    write_text(tree / top.relative_to(git.root) / ".dvc" / "config", _STORES)
    (project.root / "dvc.lock").unlink(missing_ok=True)
    changes: dict[str, Any] = {
        "data": {"source": "files", "path": ENCOUNTERS, "partitions": min(params.data.partitions, 2)}
    }
    if params.compute.backend == "dask":
        changes["compute"] = {"backend": "loky", "jobs": 2}  # a fork has no business with the cluster
    edit_params(project.root, changes)
    _depend(project.root)
    return drawn.unmet


def _rate(limits: tuple[float, float]) -> float:
    """A share of events well inside the plausible ones: 0.3 where that is."""
    low, high = limits
    return 0.3 if low + 0.05 <= 0.3 <= high - 0.05 else (low + high) / 2


def _depend(root: Path) -> None:
    """``dvc.yaml`` without the dependencies that only a machine with the data has; *ingest* depends on the drawn encounters."""
    from ruamel.yaml import YAML

    path, yaml = root / "dvc.yaml", YAML()
    pipeline = yaml.load(path.read_text(encoding="utf-8"))
    stages = pipeline.get("stages") or {}
    made = {
        _name(out)
        for stage in stages.values()
        for kind in ("outs", "metrics", "plots")
        for out in stage.get(kind) or ()
    }
    for name, stage in stages.items():
        kept = [
            dependency
            for dependency in stage.get("deps") or ()
            if _name(dependency) in made or (root / _name(dependency)).exists()
        ]
        stage["deps"] = [*kept, ENCOUNTERS] if name == "ingest" else kept
    text = StringIO()
    yaml.dump(pipeline, text)
    write_text(path, text.getvalue())


def _name(entry: Any) -> str:
    return str(next(iter(entry))) if isinstance(entry, Mapping) else str(entry)
