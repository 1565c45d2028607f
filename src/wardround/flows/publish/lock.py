"""The App commits ``dvc.lock`` alone: after its stages and dependencies match the branch and its objects lie in storage or quarantine.

The verdict goes with the lock only because the parent was reviewed and the difference is exactly that lock (DESIGN §8, *The lock*).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wardround.errors import WardroundError
from wardround.flows.publish.asked import review_of
from wardround.flows.publish.foreign_yaml import differs, mapping
from wardround.flows.publish.judge import Outcome, judge
from wardround.flows.publish.judging import ARTIFACT, artifacts_of, evidence_of, facts_of
from wardround.flows.publish.request import PublishRequest
from wardround.flows.publish.subject import Subject, files_of, subject
from wardround.flows.publish.trusted import TrustedProject, moved, projects
from wardround.forge.errors import Refused
from wardround.forge.values import FileCommit, Status
from wardround.revision.lock import Lock, missing_objects, parse
from wardround.revision.lock_form import is_form, written

if TYPE_CHECKING:
    from wardround.flows.publication import Publication
    from wardround.forge.protocol import Forge

RULE = "lock.fresh"
_MESSAGE = "Lock what the review made of {head}\n\nOnly {path}, as the review of the parent wrote it."


@dataclass(frozen=True)
class LockResult:
    """One project's lock: the commit that has it, or why it was not committed; and the verdict that the commit carries."""

    project: str
    commit: str = ""
    reason: str = ""
    outcome: Outcome | None = None


def commit_locks(request: PublishRequest) -> tuple[LockResult, ...]:
    """Commits the locks that a review run proposes, one commit a project. A second run finds its own commits.

    Raises a forge's error when it could not be asked, or says no.
    """
    meant = review_of(request)
    if isinstance(meant, str):
        return ()
    request = meant
    about = _about(request)
    if about.reason or about.pull is None or about.fork or about.base_branch != request.default_branch:
        return ()
    known = projects(request.tree)
    touched = moved(request.tree, known, about.paths)
    there = artifacts_of(request)
    found: list[LockResult] = []
    for project in known:
        if project.path not in touched or project.params is None or project.params.forge.lock != "app":
            continue
        evidence = evidence_of(request, project, there.get(ARTIFACT + project.key))
        if evidence.value is None or evidence.value.lock is None:
            found.append(LockResult(project.name, reason=evidence.reason or "the review proposes no lock"))
        elif len(touched) > 1:
            found.append(
                LockResult(project.name, reason="several projects change at once: commit their locks yourself")
            )
        else:
            found.append(_commit(request, about, project, evidence.value))
    return tuple(found)


def _about(request: PublishRequest) -> Subject:
    """What the run was about; also where an earlier try of ours has committed the lock already and was ended before it said so."""
    forge, run = request.forge, request.run
    about = subject(forge, run, request.default_branch)
    if not about.reason or run.event != "pull_request" or run.head_repository.casefold() != forge.repository.casefold():
        return about
    for pull in forge.pulls_of_branch(run.head_repository, run.head_branch):
        tip = forge.commit(pull.head_sha)
        if tip is not None and tip.parents == (run.head_sha,) and pull.base_branch == request.default_branch:
            reviewed = replace(pull, head_sha=run.head_sha)
            return Subject(run, reviewed, pull.base_branch, fork=False, files=files_of(forge, reviewed))
    return about


def _commit(request: PublishRequest, about: Subject, project: TrustedProject, publication: Publication) -> LockResult:
    pull, forge = about.pull, request.forge
    assert pull is not None
    assert publication.lock is not None
    problems = list(check(forge, project, publication, pull.head_sha))
    if problems:
        return LockResult(project.name, reason="; ".join(problems[:5]))
    path = _path(project, "dvc.lock")
    try:
        made = forge.commit_files(
            FileCommit(
                pull.head_branch,
                pull.head_sha,
                {path: written(mapping(publication.lock.encode()))},
                _MESSAGE.format(head=pull.head_sha, path=path),
            )
        )
    except Refused as error:
        return LockResult(project.name, reason=f"the forge did not take the commit: {error.problems[0].what}")
    request.progress(f"committed {path} to {pull.head_branch}: {made}")
    outcome = carried(request, about, project, publication, made)
    if outcome is None:
        return LockResult(project.name, made, "the commit is not exactly the lock on top of what was reviewed")
    status = Status(project.context, outcome.state, outcome.description, request.page or request.run.url)
    forge.set_status(made, status)
    for other in projects(request.tree):
        if other.path != project.path:
            forge.set_status(made, Status(other.context, "success", "not touched by this change", status.url))
    return LockResult(project.name, made, outcome=outcome)


def carried(
    request: PublishRequest, about: Subject, project: TrustedProject, publication: Publication, made: str
) -> Outcome | None:
    """The verdict of the lock's commit: that of its parent, with the lock settled. None when the commit is anything else."""
    commit = request.forge.commit(made)
    difference = request.forge.compare(about.run.head_sha, made)
    if commit is None or difference is None or commit.parents != (about.run.head_sha,):
        return None
    if not difference.complete or [file.path for file in difference.files] != [_path(project, "dvc.lock")]:
        return None
    from wardround.disclosure.shapes import Checked

    facts = facts_of(request, about, project, publication)
    return judge(replace(facts, settled=facts.settled | {RULE}), Checked(publication))


def check(forge: Forge, project: TrustedProject, publication: Publication, head: str) -> Iterator[str]:
    """Why the proposed lock must not be committed; nothing when it may be. Asks the forge for the files at ``head``."""
    assert publication.lock is not None
    assert project.params is not None
    if not is_form(mapping(publication.lock.encode())):
        yield "the proposed lock is not readable, or holds more than DVC records"
        return
    lock = parse(publication.lock)
    if not lock.outputs or not all(lock.outputs.values()):
        yield "the proposed lock leaves outputs without a hash"
    yield from _stages(forge, project, lock, head)
    yield from _dependencies(forge, project, lock, head)
    yield from _objects(project, lock)


def _stages(forge: Forge, project: TrustedProject, lock: Lock, head: str) -> Iterator[str]:
    """Stages, commands, outputs and params are those of the branch's own ``dvc.yaml`` and ``params.yaml``."""
    pipeline = mapping(forge.read_file(_path(project, "dvc.yaml"), head)).get("stages")
    if not isinstance(pipeline, Mapping):
        yield "the branch has no stages in dvc.yaml"
        return
    if set(pipeline) != set(lock.stages):
        yield "the proposed lock has other stages than dvc.yaml"
        return
    files = {"params.yaml": mapping(forge.read_file(_path(project, "params.yaml"), head))}
    for name, stage in pipeline.items():
        record = json.loads(lock.records[name])
        try:
            differing = tuple(_otherwise(record, stage))
        except (AttributeError, TypeError, RuntimeError):  # the branch wrote it: it may be of any form
            differing = ("dvc.yaml has it in a form that no stage has",)
        yield from (f"stage {name}: {said}" for said in differing)
        for file, values in (record.get("params") or {}).items():
            if file not in files:
                files[file] = mapping(forge.read_file(_path(project, str(file)), head))
            if any(differs(files[file], key, value) for key, value in (values or {}).items()):
                yield f"stage {name}: other params than {file}'s"


def _otherwise(record: Mapping[str, Any], stage: Mapping[str, Any]) -> Iterator[str]:
    """Where the lock's record of a stage is about other things than its entry in dvc.yaml."""
    if record.get("cmd") != stage.get("cmd"):
        yield "another command than dvc.yaml's"
    if {file: set(values) for file, values in (record.get("params") or {}).items()} != _declared(stage):
        yield "not the params that dvc.yaml names"
    if {out.get("path") for out in record.get("outs") or ()} != _names(stage, "outs", "metrics", "plots"):
        yield "other outputs than dvc.yaml's"
    if {dep.get("path") for dep in record.get("deps") or ()} != _names(stage, "deps"):
        yield "other dependencies than dvc.yaml's"


def _names(stage: Mapping[str, Any], *kinds: str) -> set[Any]:
    entries = [entry for kind in kinds for entry in stage.get(kind) or ()]
    return {next(iter(entry)) if isinstance(entry, Mapping) else entry for entry in entries}


def _declared(stage: Mapping[str, Any]) -> dict[str, set[str]]:
    """The keys of params that a stage of dvc.yaml depends on, by file. A file of which no keys are named is not supported here."""
    found: dict[str, set[str]] = {}
    for entry in stage.get("params") or ():
        for file, keys in entry.items() if isinstance(entry, Mapping) else [("params.yaml", [entry])]:
            found.setdefault(str(file), set()).update(str(key) for key in keys or ())
    return found


def _dependencies(forge: Forge, project: TrustedProject, lock: Lock, head: str) -> Iterator[str]:
    """A dependency is an output of another stage, with that stage's hash, or a file of the branch with that content."""
    seen: dict[str, str] = {}
    for stage, dependencies in lock.dependencies.items():
        for path, recorded in dependencies.items():
            if path in lock.outputs:
                if lock.outputs[path] != recorded:
                    yield f"stage {stage}: {path} is not what the stage before it made"
                continue
            if path not in seen:
                seen[path] = _hash(forge, project, path, head)
            if recorded != seen[path]:
                yield f"stage {stage}: {path} is not the branch's"


def _hash(forge: Forge, project: TrustedProject, path: str, head: str) -> str:
    """DVC's hash of a file that git holds, or the one that its ``.dvc`` file records; empty when there is neither."""
    content = forge.read_file(_path(project, path), head)
    if content is not None:
        return hashlib.md5(content, usedforsecurity=False).hexdigest()
    outs = mapping(forge.read_file(_path(project, f"{path}.dvc"), head)).get("outs")
    first = outs[0] if isinstance(outs, list) and outs and isinstance(outs[0], Mapping) else {}
    return str(first.get("md5", ""))


def _objects(project: TrustedProject, lock: Lock) -> Iterator[str]:
    """Every object lies in the main store or in quarantine; asked of both."""
    assert project.params is not None
    missing: set[str] | None = None
    for remote in (project.params.review.remote, project.params.forge.quarantine):
        try:
            lacking = set(missing_objects(project.root, lock, remote))
        except WardroundError as error:
            yield f"the remote {remote} could not be asked: {error.problems[0].what}"
            return
        missing = lacking if missing is None else missing & lacking
    if missing:
        yield f"neither the main store nor quarantine holds {', '.join(sorted(missing))}"


def _path(project: TrustedProject, name: str) -> str:
    return name if project.path == "." else f"{project.path}/{name}"
