"""What must be there at the end of a promotion, whatever happened on the way: one pull request, one tag, one deployment, one mark."""

from __future__ import annotations

from dataclasses import dataclass

from ward import REPO, Ward, git

from wardround.flows.ledger.books import BRANCH
from wardround.ledger import DIRECTORY, Ledger, verify
from wardround.sandbox.model import Deployment, DeploymentStatus, Pull, Status


@dataclass(frozen=True)
class End:
    """Pull requests with the trees of their branches, tags with their records, deployments and statuses, in words."""

    pulls: tuple[str, ...]
    tags: tuple[str, ...]
    deployments: tuple[tuple[str, str, str], ...]
    statuses: tuple[str, ...]
    #: What the ledger says happened, and whether it can be believed.
    ledger: tuple[str, ...] = ()


def end(ward: Ward) -> End:
    """What is there now."""
    return End(
        tuple(_pull(ward, one) for one in ward.pulls()),
        tuple(sorted(f"{item.tag.name}: {item.record.line()}" for item in ward.state().assignments)),
        tuple(ward.deployments()),
        tuple(sorted(f"{one.context} {one.state} {one.description}" for one in _latest(ward))),
        _ledger(ward),
    )


def _ledger(ward: Ward) -> tuple[str, ...]:
    bare = ward.bare()
    if f"refs/heads/{BRANCH}" not in bare.refs():
        return ()
    names = git(bare.path, "ls-tree", "-r", "--name-only", BRANCH).split()
    ledger = Ledger.of(
        (name.removeprefix(f"{DIRECTORY}/"), f"{git(bare.path, 'show', f'{BRANCH}:{name}')}\n".encode())
        for name in names
    )
    found = [ledger.entry(digest) for digest in ledger.ordered()]
    said = [f"{item.kind} {item.about} {item.facts.get('version')} {item.facts.get('login')}" for item in found]
    return (*said, *(doubt.code for doubt in verify(ledger, ()).wrong), f"{len(ledger.heads)} heads")


def _pull(ward: Ward, pull: Pull) -> str:
    tip = ward.bare().commit(pull.head_sha)
    assert tip is not None
    return f"{pull.title} {sorted(pull.labels)} {pull.head_branch} {tip.tree} {pull.body}"


def _latest(ward: Ward) -> list[Status]:
    found = {(one.sha, one.context): one for one in ward.store.find(Status, REPO)}
    return list(found.values())


def problems(found: End, wanted: End) -> list[str]:
    """What is not as it should be, in words."""
    return [f"{name}: {getattr(found, name)}" for name in vars(wanted) if getattr(found, name) != getattr(wanted, name)]


@dataclass(frozen=True)
class Snapshot:
    """The forge as it was: branches, tags and records that a promotion makes."""

    refs: dict[str, str]
    ids: dict[type, set[int]]
    pulls: tuple[Pull, ...]


_KINDS = (Deployment, DeploymentStatus, Status)


def taken(ward: Ward) -> Snapshot:
    """The forge as it is."""
    ids = {kind: {one.id for one in ward.store.find(kind, REPO)} for kind in _KINDS}
    return Snapshot(dict(ward.bare().refs()), ids, tuple(ward.store.find(Pull, REPO)))


def put_back(ward: Ward, snapshot: Snapshot) -> None:
    """Back to how it was, also in the person's clone: what never was is not known there."""
    bare, store = ward.bare(), ward.store
    known = {name.removeprefix("refs/tags/") for name in snapshot.refs}
    if gone := [name for name in git(ward.clone, "tag").split() if name not in known]:
        git(ward.clone, "tag", "--delete", *gone)
    for name in set(bare.refs()) - set(snapshot.refs):
        bare.delete(name)
    for name, sha in snapshot.refs.items():
        bare.set(name, sha)
    for kind in _KINDS:
        for one in store.find(kind, REPO):
            if one.id not in snapshot.ids[kind]:
                store.remove(one)
    for pull in store.find(Pull, REPO):
        if all(pull.number != other.number for other in snapshot.pulls):
            store.remove(pull)
    for pull in snapshot.pulls:
        store.put(pull)
