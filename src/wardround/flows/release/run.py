"""One release from beginning to end. Killed at any point, a second run ends with one version and one tag."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import UsageError
from wardround.flows.release import (
    candidate,
    changed,
    imaging,
    keeping,
    making,
    model,
    origin,
    registering,
    signing_key,
    supplies,
    trusted,
)
from wardround.flows.release.request import ReleaseRequest, ReleaseResult
from wardround.registry import bump
from wardround.release import engine, model_files, packages
from wardround.release.digests import digests, model_digest
from wardround.revision.git import Git

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.flows.release.trusted import Clone
    from wardround.registry.entries import Version
    from wardround.registry.fold import State
    from wardround.release import signing
    from wardround.release.digests import Digests


def release(request: ReleaseRequest) -> ReleaseResult:
    """Releases HEAD, or says that there is nothing to release.

    Raises :class:`GateRefusal` when main's own run does not pass or the service does not answer as the model does,
    :class:`GovernanceFinding` when a file is another than the lock names, :class:`EnvironmentFailure` when it could not be checked.
    """
    with trusted.only_one(request.project) as place:
        clone = trusted.clone(request.project, place)
        state = registering.state(request.project.root, clone.project.params.project.name, request.env)
        latest = state.latest
        if latest is not None and (known := _known(clone, latest)) and known.same_as(latest.record):
            return _nothing(request, clone, latest)
        _one_version_a_commit(state, clone)
        if request.dry_run:
            return _would(clone, state)
        _needs_service(clone)
        prepared = _prepared(request, clone)
        if request.prepare is not None:
            request.prepare.parent.mkdir(parents=True, exist_ok=True)
            request.prepare.unlink(missing_ok=True)  # an older one must not be finished in the place of this
        trusted.run(clone, latest, request.progress)
        return _make(request, clone, state, prepared)


@dataclass(frozen=True)
class _Prepared:
    """What must be there before hours of training: an engine with its base (or none), and a key that may sign."""

    bench: imaging.Bench | None
    key: signing.Key
    notes: tuple[str, ...]


def _prepared(request: ReleaseRequest, clone: Clone) -> _Prepared:
    key, notes = signing_key.key(clone.project.root, request.env)
    chosen = engine.choose(request.engine)
    bench = None if chosen is None else imaging.Bench(chosen, supplies.base(clone.project, chosen))
    if bench is None:
        notes += (
            "no container engine was used: the Bento itself was tested, on the host's network, and there is no image",
        )
    else:
        lines = packages.requirements(clone.tree)
        supplies.wheels(request.project, lines, needed=True)
    return _Prepared(bench, key, notes)


def _known(clone: Clone, latest: Version) -> Digests | None:
    """The commit's digests, without its model, where the lock says that this is the latest version's; None where it is another."""
    from wardround.revision.lock import parse

    path = "models/model"
    before = parse(Git(clone.project.root).file(latest.commit, "dvc.lock")).digest(path)
    if not before or clone.lock.digest(path) != before:
        return None
    _needs_service(clone)
    return digests(clone.project, clone.tree, latest.record.model)


def _needs_service(clone: Clone) -> None:
    if not (clone.project.root / "pipelines" / "service.py").is_file():
        raise UsageError(
            "the project has no service",
            where="pipelines/service.py",
            wanted="the service that a release is built from",
            next="wardround upgrade writes it; commit it by a pull request",
        )


def _nothing(request: ReleaseRequest, clone: Clone, latest: Version) -> ReleaseResult:
    """Nothing is new. Files of the version that a killed or slower release left wrong are set right."""
    notes = []
    if not request.dry_run:
        at = keeping.store(clone.project.root, clone.remote, clone.project.params.project.name)
        if mended := keeping.heal(at, latest.version, latest.record):
            notes.append(f"set right in the storage: {', '.join(mended)}")
    return ReleaseResult(
        "nothing to do",
        clone.project.params.project.name,
        latest.version,
        latest.tag.name,
        record=latest.record,
        notes=tuple(notes),
    )


def _one_version_a_commit(state: State, clone: Clone) -> None:
    """GTO cannot read two versions of one commit."""
    if (there := state.of_commit(clone.commit)) is not None:
        raise UsageError(
            f"this commit is {there.version} already, and a release of it would be another",
            where=there.tag.name,
            wanted="a commit of its own for each version",
            found="differs: " + ", ".join(_differing(clone, there)),
            next="merge what changed (an upgrade of the framework, a lock), then release that commit",
        )


def _differing(clone: Clone, there: Version) -> tuple[str, ...]:
    known = _known(clone, there)
    return ("model",) if known is None else known.differing(there.record)


def _would(clone: Clone, state: State) -> ReleaseResult:
    _needs_service(clone)
    latest = state.latest
    locked = clone.lock.digest("models/model")
    known = None if latest is None else _known(clone, latest)
    same = known is not None and latest is not None
    found = known if known is not None else digests(clone.project, clone.tree, f"md5:{locked}")
    version, why = _next(clone, state, found, model_changed=not same)
    return ReleaseResult("would release", state.name, version, f"{state.name}@{version}", why)


def _next(clone: Clone, state: State, found: Digests, *, model_changed: bool) -> tuple[str, tuple[str, ...]]:
    """The version to be, and why."""
    latest = state.latest
    if latest is None:
        return _free(state, None, bump.Level.PATCH), ("the first version",)
    change = changed.changed(Git(clone.project.root), latest, clone.commit, found)
    differing = tuple(name for name in found.differing(latest.record) if name != "model" or model_changed)
    return _free(state, latest.version, change.level), changed.words(change, differing)


def _free(state: State, version: str | None, level: bump.Level) -> str:
    """The following version that no tag has taken, counted or not: a withdrawn version's name is not given again."""
    following = bump.following(version, level)
    while following in state.taken:
        following = bump.following(following, level)
    return following


def _make(request: ReleaseRequest, clone: Clone, state: State, prepared: _Prepared) -> ReleaseResult:
    project, name = clone.project, clone.project.params.project.name
    model_files.check(project.layout.model, clone.lock.digest("models/model"))
    tried = model.tried(project.root)
    found = digests(project, clone.tree, model_digest(project.layout.model))
    version, why = _next(clone, state, found, model_changed=True)
    came = origin.origin(request.project.root, request.env)
    lines = packages.requirements(clone.tree, tried.form)
    with _visible_scratch() as scratch, contextlib.ExitStack() as ends:
        make = making.MakeRequest(
            clone=clone,
            version=version,
            previous=state.latest.version if state.latest else None,
            reason=", ".join(why),
            digests=found,
            place=scratch,
            builder=came.builder,
            repository=came.repository,
            key=prepared.key,
            progress=request.progress,
            wheels=supplies.wheels(request.project, lines, needed=prepared.bench is not None),
        )
        request.progress(f"building {name} {version}")
        built = making.build(make, tried)
        image = prepared.bench and ends.enter_context(imaging.image_of(prepared.bench, make, built, lines))
        made = making.test(make, built, tried, image)
        if image is not None:
            image.named()
        at = keeping.store(project.root, clone.remote, name)
        request.progress("keeping its files")
        keeping.keep(at, made.files, made.record)
        ready = candidate.Candidate(name, version, made.record)
        if request.prepare is not None:
            shutil.copyfile(made.files["sbom.json"], request.prepare.with_name("sbom.json"))
            candidate.write(request.prepare, ready)
            return ReleaseResult("prepared", name, version, ready.tag, why, made.record, prepared.notes)
        registering.register(request.project.root, ready, request.env)
        keeping.publish(at, version, made.record)
    return ReleaseResult("released", name, version, ready.tag, why, made.record, prepared.notes)


def finish(request: ReleaseRequest, path: Path) -> ReleaseResult:
    """Makes the tag of a prepared release, after a check that everything it names is there."""
    ready = candidate.read(path)
    name = request.project.params.project.name
    if ready.project != name:
        raise UsageError("this is another project's release", where=str(path), wanted=name, found=ready.project)
    from wardround.flows.review.references import remote_of

    at = keeping.store(request.project.root, remote_of(request.project), name)
    keeping.require(at, ready.record)
    registering.register(request.project.root, ready, request.env)
    keeping.publish(at, ready.version, ready.record)
    return ReleaseResult("released", name, ready.version, ready.tag, record=ready.record)


@contextlib.contextmanager
def _visible_scratch() -> Iterator[Path]:
    """BentoML reads nothing below a hidden directory, and a project's scratch is one."""
    with tempfile.TemporaryDirectory(prefix="wardround-release-") as scratch:
        yield Path(scratch)
