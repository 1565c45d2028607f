"""``wardround trace WHAT``: finds the thing, and goes both ways from it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

from wardround.errors import UsageError
from wardround.flows.registry import moment_of
from wardround.flows.trace import predictions, recorded, stages, versions
from wardround.flows.trace.ground import Ground, ground
from wardround.ledger.lineage import Lineage, Proof
from wardround.proc import Command, run
from wardround.registry.entries import Version

_VERSION = re.compile(r"(?:(?P<name>[a-z0-9-]+)@)?(?P<version>v[0-9]+\.[0-9]+\.[0-9]+)")
_STAGE = re.compile(r"(?:(?P<name>[a-z0-9-]+)#)?(?P<stage>[a-z0-9][a-z0-9-]*)(?:#(?P<number>[0-9]+))?")
_PULL = re.compile(r"(?:#|pull/)(?P<number>[1-9][0-9]{0,8})")
_DIGEST = re.compile(r"(?:(?P<kind>sha256|md5):)?(?P<hex>[0-9a-f]{64}|[0-9a-f]{32}(?:\.dir)?)")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


@dataclass(frozen=True)
class TraceRequest:
    """What to look for: an answer's id, ``NAME@vX.Y.Z``, a stage (``at`` a day or moment), a commit, a digest, ``pull/12``.

    ``log`` is the prediction log's fsspec URL, None: that of params; ``wal`` a directory of segments that are not compacted yet.
    """

    directory: Path
    what: str
    at: str | None = None
    log: str | None = None
    wal: Path | None = None


def trace(request: TraceRequest) -> Lineage:
    """Everything that is known around it. Raises :class:`UsageError` when nothing of that name is, or ``at`` is no day or moment."""
    moment_of("", request.at)  # before a name is looked for: an impossible day is the mistake to be told
    here = ground(request.directory).begin()
    lineage = Lineage()
    for look in (_version, _pull, _stage, _digest, _commit, _prediction):
        found = look(here, lineage, request)
        if found:
            lineage.starts += found
            return lineage
    raise UsageError(
        "nothing of this name is known here",
        where=str(here.git.root),
        wanted="the id of an answer, NAME@vX.Y.Z, a stage, a commit, a digest of data, or pull/12",
        found=repr(request.what[:80]),
        next="git fetch --tags origin; for an answer: --log URL, and --at DAY finds it sooner",
    )


def onward(here: Ground, lineage: Lineage, version: Version) -> str:
    """A version, back and forth: what it came from, and the stages that it was in."""
    node = versions.back(here, lineage, version)
    for standing in stages.of_version(here, version):
        stages.back(here, lineage, standing)
    return node


def _version(here: Ground, lineage: Lineage, request: TraceRequest) -> list[str]:
    match = _VERSION.fullmatch(request.what)
    if match is None or (match["name"] or here.name) != here.name:
        return []
    found = here.shown.state.version(match["version"])
    return [onward(here, lineage, found)] if found is not None else []


def _stage(here: Ground, lineage: Lineage, request: TraceRequest) -> list[str]:
    match = _STAGE.fullmatch(request.what)
    if match is None or (match["name"] or here.name) != here.name or match["stage"] not in here.shown.state.stages:
        return []
    if match["number"]:
        named = [
            one
            for one in here.shown.standings
            if one.assignment.tag.name == f"{here.name}#{match['stage']}#{match['number']}"
        ]
    else:
        question = moment_of(match["stage"], request.at)
        held = here.shown.state.at(match["stage"], question.moment)
        named = [one for one in here.shown.standings if held is not None and one.assignment.tag.name == held.tag.name]
    return [stages.back(here, lineage, one) for one in named]


def _pull(here: Ground, lineage: Lineage, request: TraceRequest) -> list[str]:
    match = _PULL.fullmatch(request.what)
    if match is None:
        return []
    number = int(match["number"])
    node = recorded.pull(here, lineage, number)
    for standing in here.shown.standings:
        if standing.assignment.record.pull == number:
            stages.back(here, lineage, standing)
    for version in here.shown.state.versions:
        from wardround.flows.registry import pull_of

        if pull_of(version) == number:
            onward(here, lineage, version)
    return [node] if lineage.links else []


def _digest(here: Ground, lineage: Lineage, request: TraceRequest) -> list[str]:
    """A snapshot by DVC's hash or by its own digest; or whatever a version's record names."""
    match = _DIGEST.fullmatch(request.what)
    if match is None:
        return []
    every = list(here.shown.state.versions)
    named = [item for item in every if match["hex"] in item.record.line()]
    if named:
        for item in named:
            onward(here, lineage, item)
        return [node.id for node in lineage.nodes.values() if match["hex"] in node.id]
    holding = set(here.locks_with(match["hex"], [item.commit for item in every]))
    for item in every:
        if item.commit in holding:
            onward(here, lineage, item)
    if not holding:
        for item in every:  # the snapshot's own digest stands in the evidence of ingest alone
            kept, _ = here.output(item.commit, "reports/ingest.json")
            if kept.content is not None and match["hex"].encode() in kept.content:
                onward(here, lineage, item)
    return [
        node.id
        for node in lineage.nodes.values()
        if node.kind == "snapshot" and (match["hex"] in node.id or any(match["hex"] in text for _, text in node.facts))
    ]


def _commit(here: Ground, lineage: Lineage, request: TraceRequest) -> list[str]:
    if _COMMIT.fullmatch(request.what) is None:
        return []
    try:
        commit = here.git.commit(request.what)
    except UsageError:
        return []
    node = versions.commit_node(here, lineage, commit)
    own = here.shown.state.of_commit(commit)
    found = [own] if own is not None else _first_with(here, commit)
    for version in found:
        onward(here, lineage, version)
        if version.commit != commit:
            lineage.link(
                f"commit:{version.commit}", node, "has in its history", (Proof.VERIFIED, "git's own chain of parents")
            )
    for standing in here.shown.standings:
        if standing.assignment.record.commit == commit:
            stage = stages.back(here, lineage, standing)
            lineage.link(
                stage, node, "was merged as", (Proof.VERIFIED, "the tag names it, and it is on the default branch")
            )
    return [node]


def _first_with(here: Ground, commit: str) -> list[Version]:
    """The earliest version whose history holds a commit."""
    done = run(
        Command(["git", "tag", "--contains", commit, "--list", f"{here.name}@v*"], cwd=here.git.root, timeout=300)
    )
    names = set(done.out.split())
    return [item for item in here.shown.state.versions if item.tag.name in names][:1]


def _prediction(here: Ground, lineage: Lineage, request: TraceRequest) -> list[str]:
    url = request.log or _declared(here)
    if url is None or not re.fullmatch(r"[0-9A-Za-z._:-]{6,200}", request.what):
        return []
    day: dt.date | None = None
    if request.at is not None:
        moment = moment_of("", request.at).moment
        day = moment.date() if moment is not None else None
    answer = predictions.find(url, request.what, day, request.wal)
    return [predictions.back(here, lineage, answer)] if answer is not None else []


def _declared(here: Ground) -> str | None:
    """The log that the params name; a place of this machine lies below the project, as for ``wardround monitor``."""
    url = here.project.params.monitor.predictions
    return url if url is None or "://" in url else str(here.project.root.resolve() / url)
