"""Where an answer starts: the default branch's commit and model, and what stands on the forge."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wardround.files import sha256_json
from wardround.flows.promote.trunk_forge import ForgeTrunk
from wardround.flows.retrain.standing import Standing, standing
from wardround.flows.review.references import Reference, remote_of
from wardround.revision.git import Git
from wardround.revision.lock import parse
from wardround.values import Role

if TYPE_CHECKING:
    from wardround.flows.retrain.draft import Draft
    from wardround.flows.retrain.mark import Mark
    from wardround.flows.retrain.request import RetrainRequest


def tip_of(request: RetrainRequest) -> str:
    """The commit that a proposal starts from: the default branch's on the forge, which the clone must have; without a forge HEAD.

    Raises :class:`UsageError` when the clone does not have it.
    """
    git = Git(request.project.root)
    if request.forge is None:
        return git.commit("HEAD")
    branch = request.forge.repository_facts().default_branch
    return git.commit(ForgeTrunk(request.forge, branch).tip())


def begun(request: RetrainRequest, mark: Mark, commit: str) -> tuple[Mark, Standing]:
    """The mark with the default branch's model, and what stands on the forge."""
    lock = parse(Git(request.project.root).file(commit, "dvc.lock"))
    mark = replace(mark, model=short(lock.digest("models/model")))
    return mark, Standing() if request.forge is None else standing(request.forge, mark)


def short(digest: str) -> str:
    """A digest of a digest of DVC, as marks write it; empty for none."""
    return sha256_json(digest)[:23] if digest else ""


def reference(request: RetrainRequest, place: Draft) -> Reference:
    """The default branch's version, exported in the draft's repository."""
    return Reference(Role.BASE, place.commit, place.commit, Git(place.project.root), remote_of(request.project))
