"""The review of a commit in a workflow: the ordinary review, and the one file that crosses the trust boundary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, UsageError
from wardround.flows.ci import summary
from wardround.flows.ci.event import read_event
from wardround.flows.review.request import ReviewRequest, silent
from wardround.revision.git import Git
from wardround.values import Role

if TYPE_CHECKING:
    from wardround.evidence.decision import Decision
    from wardround.project.layout import Project
    from wardround.storage.place import Place


@dataclass(frozen=True)
class CiRequest:
    """``out`` is where the publication goes; ``env`` holds what the runner tells (``GITHUB_EVENT_PATH``, ``GITHUB_STEP_SUMMARY``)."""

    project: Project
    out: Path
    env: Mapping[str, str] = field(default_factory=dict)
    progress: Callable[[str], None] = silent


@dataclass(frozen=True)
class CiResult:
    """The decision, lines for a terminal, the paths that went to quarantine, and whether a lock is proposed."""

    decision: Decision
    summary: tuple[str, ...]
    kept: tuple[str, ...] = ()
    lock: bool = False
    notes: tuple[str, ...] = ()


def review_commit(request: CiRequest) -> CiResult:
    """Reviews the checked-out commit and writes the publication, whatever the verdict.

    Raises a :class:`WardroundError` when it could not check; there is no publication then, not even an older one. Killed at any
    point, a second run ends in the same file: the publication is written last, in one step.
    """
    git = prepared(request)
    from wardround.flows import publication, remembered
    from wardround.flows.ci import quarantine
    from wardround.flows.review import references
    from wardround.flows.review.run import review
    from wardround.revision.dvc import Dvc
    from wardround.revision.lock import parse

    project = request.project
    Dvc(project.root).check_repository()
    asked = ReviewRequest(project, base_of(request) or None, progress=request.progress)
    refs = references.resolve(asked, git, references.remote_of(project))
    base = next(reference for reference in refs if reference.role is Role.BASE)
    forge = (base.params or project.params).forge
    place = quarantine.stores(project.root, base.remote, forge.quarantine, counts=forge.lock == "app")
    committed = git.file("HEAD", "dvc.lock")
    quarantine.bring(place, parse(committed), refs, request.progress)
    shared = remembered.shared(project, place.quarantine)
    _with(shared, remembered.bring, request)
    result = review(ReviewRequest(project, asked.base, quarantine=place.counting, progress=request.progress))
    _with(shared, remembered.leave, request)
    made = (project.root / "dvc.lock").read_bytes()
    kept = quarantine.keep(place, parse(made), request.progress)
    proposed = made.decode() if forge.lock == "app" and made != committed else None
    text = (result.html.parent / "comment.md").read_text(encoding="utf-8")
    summary.append(request.env, text)
    publication.write(publication.publication_of(result, lock=proposed), request.out)
    return CiResult(result.decision, result.summary, kept, proposed is not None)


def _with(shared: Place | None, copy: Callable[[Project, Place], None], request: CiRequest) -> None:
    """Records of publications, from or to the quarantine. Without an answer the report itself says which are not at hand."""
    if shared is None:
        return
    try:
        copy(request.project, shared)
    except EnvironmentFailure as error:
        request.progress(f"records of earlier publications: {error.problems[0].what}")


def prepared(request: CiRequest) -> Git:
    """The repository, after a check that the commit is what lies in the work tree; an older publication is gone.

    A changed ``dvc.lock`` is what a run that was ended leaves, and no change of the commit. Raises :class:`UsageError`.
    """
    project, out = request.project, request.out.resolve()
    out.unlink(missing_ok=True)
    _ = project.params
    git = Git(project.root)
    if not git.has_commits:
        raise UsageError("nothing is committed yet", where=str(git.root), wanted="a commit to review")
    own = out.relative_to(project.root).as_posix() if out.is_relative_to(project.root) else ""
    changed = [path for path in git.uncommitted() if path not in {"dvc.lock", own}]
    if changed:
        raise UsageError(
            "the work tree holds changes that are not committed",
            where=", ".join(changed[:5]) + (f" and {len(changed) - 5} more" if len(changed) > 5 else ""),
            wanted="the commit as it was checked out: its evidence is published under its name",
            next="commit them, or review a draft with `wardround review`",
        )
    return git


def base_of(request: CiRequest) -> str:
    """The commit that the change goes into; outside a workflow what params name."""
    return read_event(request.env).base or request.project.params.review.base
