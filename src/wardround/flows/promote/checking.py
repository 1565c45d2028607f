"""A merged change of ``deploy/STAGE.yaml``, checked again from the beginning: nothing that the pull request said is believed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.deploy import files as deploy_files
from wardround.deploy.astray import astray
from wardround.deploy.stage_file import StageFile, parse, path_of
from wardround.errors import EnvironmentFailure, Problem, UsageError
from wardround.files import sha256_bytes
from wardround.flows.promote.demands import Asked, demands
from wardround.flows.promote.plan import CARD, TRIAL, image_for, unmet
from wardround.flows.promote.trusting import version_problems
from wardround.registry import tags
from wardround.registry.record import image_digest

if TYPE_CHECKING:
    from wardround.evidence.trial import Trial
    from wardround.flows.promote.attestation import Attestor
    from wardround.flows.promote.counting import Main
    from wardround.project.params import Params
    from wardround.registry.entries import Version
    from wardround.registry.fold import State


@dataclass(frozen=True)
class Merged:
    """One merged change. ``params`` are those of the commit before it; ``taggers`` who may have made the version's tag.

    ``pull`` is the number of its pull request, None without a forge.
    """

    main: Main
    state: State
    name: str
    stage: str
    commit: str
    params: Params
    taggers: tuple[str, ...]
    now: dt.datetime
    attestor: Attestor

    def read(self, path: str) -> bytes | None:
        """A file of the project as the change left it."""
        return self.main.git.file(self.commit, path)

    def before(self, path: str) -> bytes | None:
        """A file as it was before the change, in the project or else at the repository's top."""
        from wardround.revision.git import Git

        parent = self.main.line.parent(self.commit)
        found = self.main.git.file(parent, path)
        return found if found is not None else Git(self.main.git.root).file(parent, path)


def read_file(merged: Merged) -> tuple[StageFile | None, tuple[Problem, ...]]:
    """The stage's file at the commit, or what is wrong with it; neither where the change removed it."""
    content = merged.read(path_of(merged.stage))
    if content is None:
        return None, ()
    try:
        return parse(content, f"{path_of(merged.stage)} at {merged.commit[:12]}"), ()
    except UsageError as error:
        return None, tuple(error.problems)


def problems(merged: Merged, file: StageFile) -> tuple[Problem, ...]:
    """Why the stage's tag must not be made; nothing when it may be. Raises :class:`EnvironmentFailure` when it cannot be seen."""
    found = list(version_problems(merged.state, file.version, merged.taggers))
    version = merged.state.version(file.version)
    section = merged.params.stages.of(merged.stage)
    where = path_of(merged.stage)
    if (file.project, file.stage) != (merged.name, merged.stage):
        found.append(Problem("the file is about another project or stage", where=where))
    if section is None:
        found.append(Problem("the params know no such stage", where=f"params.yaml: stages.{merged.stage}"))
    if version is None or section is None:
        return tuple(found)
    found += _digests(merged, file, version, image_for(version, section))
    trial, why = _trial(merged)
    asked = Asked(merged.state, file.version, merged.stage, section, merged.now, trial, why)
    found += [unmet(demand, merged.stage) for demand in demands(asked) if demand.verdict.blocks]
    found += manifests(merged, deploy_files.generated(file, section))
    found += _same_tag(merged, version)
    try:
        found += merged.attestor.problems(version, file.image, section.platform, merged.before)
    except EnvironmentFailure:
        if not found:  # what is refused already is refused, whatever could not be seen
            raise
    return tuple(found)


def _digests(merged: Merged, file: StageFile, version: Version, image: str | None) -> Iterator[Problem]:
    """The file's digests are the version's own."""
    card = merged.main.git.file(version.commit, CARD)
    wanted = {
        "image": image,
        "bento": version.record.bento,
        "decision": version.record.decision,
        "card": sha256_bytes(card) if card is not None else None,
    }
    for key, value in wanted.items():
        named = getattr(file, key)
        if named == value:
            continue
        same = key == "image" and image_digest(named) == image_digest(value)
        yield Problem(
            "the image is named otherwise than params and tag say"
            if same
            else f"the {key} is not that of {file.version}",
            where=f"{path_of(merged.stage)}: {key}",
            wanted=str(value),
            found=str(named),
            next="find out who changed the file after `wardround promote` wrote it",
        )


def manifests(merged: Merged, wanted: Mapping[str, str]) -> Iterator[Problem]:
    """The generated files are what is generated: a cluster that follows ``deploy/`` runs them, not the stage's file."""
    for path in sorted({*wanted, *deploy_files.possible(merged.name, merged.stage)}):
        there, text = merged.read(path), wanted.get(path)
        if there != (None if text is None else text.encode()):
            yield Problem(
                "the file is not what is generated for this version"
                if text
                else "the file does not belong to this version",
                where=path,
                next="write it anew with `wardround promote`; changes of your own belong into a kustomization beside it",
            )


def followed(merged: Merged) -> Iterator[Problem]:
    """Edits of what a cluster follows, made without a change of the stage's file: they would run something that nobody promoted.

    Nothing where that file cannot be read, which is said elsewhere.
    """
    file, unreadable = read_file(merged)
    if unreadable:
        return
    git = merged.main.git
    place = f"{deploy_files.directory_of(merged.stage)}/"
    listed = [path.removeprefix(git.prefix) for path in merged.main.line.below(merged.commit, git.prefix + place)]
    found = {path.removeprefix(place): (merged.read(path) or b"").decode("utf-8", "replace") for path in listed}
    for said in astray(found, file.image if file is not None else None):
        yield Problem(
            "a file of the stage does not run what the stage's file names",
            where=f"{place}{said.partition(': ')[0]}",
            found=said.partition(": ")[2],
            next="take the edit back; changes of your own belong into a kustomization beside it",
        )


def _trial(merged: Merged) -> tuple[Trial | None, str]:
    from wardround.evidence.trial import Trial

    content = merged.read(f"{deploy_files.directory_of(merged.stage)}/{TRIAL}")
    if content is None:
        return None, ""
    try:
        return Trial.model_validate(json.loads(content)), ""
    except (ValueError, RecursionError):
        return None, f"{TRIAL} is malformed"


def _same_tag(merged: Merged, version: Version) -> Iterator[Problem]:
    """The version's tag, as it is now, is the one that this clone knows: nobody moved it meanwhile."""
    here = next((tag for tag in tags.read(merged.main.git.root) if tag.name == version.tag.name), None)
    if here is not None and here.object != version.tag.object:
        yield Problem(
            "the version's tag was moved: it is another on the forge than in this clone",
            where=f"tag {version.tag.name}",
            wanted=here.object,
            found=version.tag.object,
            next="find out who moved it; tags never move",
        )
