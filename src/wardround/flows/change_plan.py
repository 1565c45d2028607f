"""The base's change plan and what a change consists of, for the gate; and the same classification without a review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

from wardround.errors import UsageError
from wardround.gate.plan.atoms import Atom, Sides, atoms_of
from wardround.gate.plan.classify import Classified, classify
from wardround.gate.plan.reading import parse
from wardround.gate.plan.schema import FILE, ChangePlan
from wardround.revision.lock import Lock

if TYPE_CHECKING:
    from wardround.flows.judging import Bench
    from wardround.project.layout import Project

_DATA, _MODEL = "data/snapshot", "models/model"


@dataclass(frozen=True)
class Agreed:
    """The plan that judges. ``reason`` says why one that is there cannot be read; with neither there is none."""

    plan: ChangePlan | None = None
    reason: str = ""


@dataclass(frozen=True)
class Revision:
    """What the classification needs of one side."""

    params: bytes | None
    lock: Lock


def agreed(content: bytes | None) -> Agreed:
    """The plan from its file's bytes, or why it cannot be read; the reason quotes nothing of the file."""
    if content is None:
        return Agreed()
    try:
        return Agreed(parse(content))
    except UsageError as error:
        problem = error.problems[0]
        return Agreed(None, f"{problem.where}: {problem.what}" if problem.where else problem.what)


def atoms(paths: tuple[str, ...], base: Revision, head: Revision) -> tuple[Atom, ...]:
    """What differs between two sides, taken apart."""
    return atoms_of(
        Sides(
            paths=paths,
            params_before=_yaml(base.params),
            params_after=_yaml(head.params),
            data_before=base.lock.digest(_DATA),
            data_after=head.lock.digest(_DATA),
            model_before=base.lock.digest(_MODEL),
            model_after=head.lock.digest(_MODEL),
        )
    )


def facts(bench: Bench) -> dict[str, Any]:
    """What the gate is told of change control: fields of :class:`~wardround.gate.JudgeRequest`."""
    from wardround.flows import looks
    from wardround.flows.stage import scratch

    git, base = bench.git, bench.base
    said = agreed(git.file(base.commit, FILE))
    seen = looks.count(scratch(bench.project), git, bench.lock, *(one.commit for one in bench.references))
    own = bench.project.layout.params.read_bytes()
    there = Revision(git.file(base.commit, "params.yaml"), base.lock)
    changed = tuple({*(change.path for change in git.changes(base.commit)), *git.uncommitted()})
    return {
        "plan": said.plan,
        "no_plan": said.reason,
        "atoms": atoms(changed, there, Revision(own, bench.lock)),
        "looks": None if seen is None else seen.models,
    }


@dataclass(frozen=True)
class Stood:
    """Where the work tree stands against a base's plan."""

    base: str
    agreed: Agreed
    atoms: tuple[Atom, ...]
    found: Classified | None


def stand(project: Project, base: str | None = None) -> Stood:
    """Classifies the work tree against ``base`` (None: ``review.base``) by the base's plan. Nothing runs.

    Raises :class:`UsageError` when the base is not there.
    """
    from wardround.revision.git import Git
    from wardround.revision.lock import parse as parse_lock

    git = Git(project.root)
    commit = git.commit(base or project.params.review.base)
    said = agreed(git.file(commit, FILE))
    path = project.root / "dvc.lock"
    head = Revision(project.layout.params.read_bytes(), parse_lock(path.read_bytes() if path.exists() else None))
    there = Revision(git.file(commit, "params.yaml"), parse_lock(git.file(commit, "dvc.lock")))
    changed = tuple({*(change.path for change in git.changes(commit)), *git.uncommitted()})
    found = atoms(changed, there, head)
    return Stood(commit, said, found, None if said.plan is None else classify(said.plan, found))


def _yaml(content: bytes | None) -> Mapping[str, Any]:
    """Plain values; what cannot be read is one key of its own, so that the two sides differ."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found = YAML(typ="safe", pure=True).load(StringIO((content or b"").decode("utf-8")))
    except (YAMLError, UnicodeDecodeError, RecursionError):
        return {"params.yaml cannot be read": True}
    return found if isinstance(found, Mapping) else {}
