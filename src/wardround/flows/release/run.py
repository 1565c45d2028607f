"""One release from beginning to end. Killed at any point, a second run ends with one version and one tag."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import UsageError
from wardround.flows.ledger.registering import released
from wardround.flows.release import (
    candidate,
    concluding,
    deciding,
    imaging,
    keeping,
    making,
    model,
    origin,
    registering,
    reviewed,
    signing_key,
    supplies,
    trusted,
)
from wardround.flows.release.request import ReleaseRequest, ReleaseResult
from wardround.registry.fold import fold
from wardround.registry.writing import Taken
from wardround.release import engine, model_files, packages
from wardround.release.digests import digests, model_digest
from wardround.revision.git import Git

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.flows.ledger.desk import LedgerDesk
    from wardround.flows.release.trusted import Clone
    from wardround.flows.release.verify import Verified
    from wardround.registry.entries import Version
    from wardround.registry.fold import State
    from wardround.registry.tags import Tag
    from wardround.registry.writing import Place as Tags
    from wardround.release import signing
    from wardround.storage.place import Place as Store

#: So often another release may take the version that this one wanted. Project choice.
_ATTEMPTS = 3


def release(request: ReleaseRequest) -> ReleaseResult:
    """Releases HEAD, or says that there is nothing to release.

    Raises :class:`GateRefusal` when main's own run does not pass or the service does not answer as the model does,
    :class:`GovernanceFinding` when a file is another than the lock names, :class:`EnvironmentFailure` when it could not be checked.
    """
    top = Git(request.project.root).root
    with trusted.only_one(request.project) as scratch:
        at = registering.place(top, request.project.params.project.name, request.env)
        for attempt in range(_ATTEMPTS):
            tags = at.tags()  # also fetches the commits that they name
            try:
                return _released(request, at, tags, scratch / str(attempt))
            except Taken as error:
                taken = error
                request.progress("another release was faster: again, compared with that one")
        raise taken


def _released(request: ReleaseRequest, at: Tags, tags: tuple[Tag, ...], scratch: Path) -> ReleaseResult:
    scratch.mkdir()
    clone = trusted.clone(request.project, scratch)
    params = clone.project.params
    state = fold(tags, params.project.name, params.stages.taggers)
    latest = state.latest
    why = deciding.needless(clone, latest)
    if latest is not None and why is not None:
        return _nothing(request, clone, latest, *filter(None, (why,)))
    deciding.check(clone, state)
    if request.dry_run:
        decided = deciding.decide(clone, state, None)
        tag = f"{state.name}@{decided.version}"
        return ReleaseResult("would release", state.name, decided.version, tag, decided.why)
    prepared = _prepared(request, clone)
    if request.prepare is not None:
        request.prepare.parent.mkdir(parents=True, exist_ok=True)
        request.prepare.unlink(missing_ok=True)  # an older one must not be finished in the place of this
    trusted.run(clone, latest, request.progress)
    return _make(request, clone, at, state, prepared)


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
        lines = packages.requirements(supplies.where(clone.project, clone.tree))
        supplies.wheels(request.project, lines, needed=True)
    return _Prepared(bench, key, notes)


def _nothing(request: ReleaseRequest, clone: Clone, latest: Version, *why: str) -> ReleaseResult:
    """Nothing is new. Files of the version that a killed or slower release left wrong are set right."""
    notes = [*why]
    if not request.dry_run:
        at = keeping.store(clone.project.root, clone.remote, clone.project.params.project.name)
        if mended := keeping.heal(at, latest.version, latest.record):
            notes.append(f"set right in the storage: {', '.join(mended)}")
        if (ledger := _ledger(request)) is not None:  # a release that was killed after its tag did not come to that
            released(ledger, clone.project.params.project.name, latest)
    return ReleaseResult(
        "nothing to do",
        clone.project.params.project.name,
        latest.version,
        latest.tag.name,
        record=latest.record,
        notes=tuple(notes),
    )


def _make(request: ReleaseRequest, clone: Clone, at: Tags, state: State, prepared: _Prepared) -> ReleaseResult:
    project, name = clone.project, clone.project.params.project.name
    model_files.check(project.layout.model, clone.lock.digest("models/model"))
    tried = model.tried(project.root)
    found = digests(project, clone.tree, model_digest(project.layout.model))
    decided = deciding.decide(clone, state, found)
    version, why = decided.version, decided.why
    came = origin.origin(request.project.root, request.env)
    lines = packages.requirements(supplies.where(project, clone.tree), tried.form)
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
            requirements=lines,
            wheels=supplies.wheels(request.project, lines, needed=prepared.bench is not None),
        )
        request.progress(f"building {name} {version}")
        built = making.build(make)
        image = ends.enter_context(imaging.image_of(prepared.bench, make, built)) if prepared.bench else None
        made = making.test(make, built, tried, image)
        store = keeping.store(project.root, clone.remote, name)
        request.progress("keeping its files")
        ready = candidate.Candidate(name, version, made.record)
        concluding.keep(store, made.files, ready)
        if request.prepare is not None:
            shutil.copyfile(made.files["sbom.json"], request.prepare.with_name("sbom.json"))
            candidate.write(request.prepare, ready)
            return ReleaseResult("prepared", name, version, ready.tag, why, made.record, prepared.notes)
        there, notes = _concluded(request, at, store, ready)
    notes = (*prepared.notes, *notes)
    return ReleaseResult("released", name, there.version, there.tag.name, why, there.record, notes)


def _concluded(
    request: ReleaseRequest, at: Tags, store: Store, ready: candidate.Candidate
) -> tuple[Version, tuple[str, ...]]:
    if not request.ledger:
        return concluding.conclude(at, store, ready), ()
    branch = request.project.params.review.base
    reviews = reviewed.look_up(registering.forge(request.env), branch, ready.record.commit)
    there = concluding.conclude(at, store, ready, _ledger(request), reviews)
    return there, tuple(filter(None, (reviews.note,)))


def _ledger(request: ReleaseRequest) -> LedgerDesk | None:
    return registering.ledger(Git(request.project.root).root, request.env) if request.ledger else None


def finish(request: ReleaseRequest, path: Path) -> ReleaseResult:
    """Makes the tag of a prepared release, after a check that everything it names is there."""
    ready = candidate.read(path)
    name = request.project.params.project.name
    if ready.project != name:
        raise UsageError("this is another project's release", where=str(path), wanted=name, found=ready.project)
    from wardround.flows.review.references import remote_of

    store = keeping.store(request.project.root, remote_of(request.project), name)
    at = registering.place(Git(request.project.root).root, name, request.env)
    there, notes = _concluded(request, at, store, ready)
    return ReleaseResult("released", name, there.version, there.tag.name, record=there.record, notes=notes)


def check(request: ReleaseRequest, version: str) -> Verified:
    """Compares what the storage keeps of a version with its tag; errors as in :func:`wardround.flows.release.verify.verify`."""
    from wardround.flows.release import verify
    from wardround.flows.review.references import remote_of

    project, name = request.project, request.project.params.project.name
    state = fold(registering.place(Git(project.root).root, name, request.env).tags(), name)
    there = state.version(version)
    if there is None:
        raise UsageError(
            "there is no such version",
            where=f"{name}@{version}",
            wanted=", ".join(item.version for item in state.versions[-5:]) or "a version: none was released yet",
        )
    keys = signing_key.public_keys_file(project.root)
    return verify.verify(
        verify.VerifyRequest(
            name,
            version,
            there.record,
            keeping.store(project.root, remote_of(project), name),
            None if keys is None else keys.read_bytes(),
        )
    )


@contextlib.contextmanager
def _visible_scratch() -> Iterator[Path]:
    """BentoML reads nothing below a hidden directory, and a project's scratch is one."""
    with tempfile.TemporaryDirectory(prefix="wardround-release-") as scratch:
        yield Path(scratch)
