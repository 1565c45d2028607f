"""What people and programs do to branches and pull requests: one function each, for the API, git pushes and pages alike.

Each function checks, changes refs and records, and publishes the events, holding the repository's lock. What GitHub
would refuse raises :class:`wardround.sandbox.refusal.Refusal`. Who may ask at all is the caller's to check.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from wardround.sandbox import events
from wardround.sandbox.api.shapes_git import MAIL
from wardround.sandbox.events import Actor, Move
from wardround.sandbox.gitread import Who
from wardround.sandbox.gitwrite import ZERO
from wardround.sandbox.model import Pull, Repository
from wardround.sandbox.refusal import Refusal, invalid, missing
from wardround.sandbox.rules import Mover, refusal_to_move
from wardround.sandbox.world import World


@dataclass(frozen=True)
class NewPull:
    """A pull request to be opened from ``head_branch`` of ``head_repository`` into ``base_branch`` of ``repository``."""

    repository: str
    title: str
    head_repository: str
    head_branch: str
    base_branch: str
    body: str = ""
    draft: bool = False


def identity(world: World, login: str) -> Who:
    """How ``login`` stands in a commit that the sandbox makes."""
    return Who(login, f"{login}{MAIL}", world.clock.stamp())


def existing(world: World, full_name: str) -> Repository:
    """The repository ``full_name``; 404 when it is not there."""
    repository = world.repository(full_name)
    if repository is None:
        raise missing()
    return repository


def open_pull(world: World, new: NewPull, actor: Actor) -> Pull:
    """Opens a pull request."""
    repository, head = existing(world, new.repository), world.repository(new.head_repository)
    with world.lock(repository.full_name):
        bare = world.bare(repository)
        base_sha = bare.branch(new.base_branch)
        head_sha = world.bare(head).branch(new.head_branch) if head is not None else None
        if base_sha is None:
            raise invalid("PullRequest", "base", "invalid")
        if head is None or head_sha is None or new.repository not in {head.full_name, head.fork_of}:
            raise invalid("PullRequest", "head", "invalid")
        for other in world.store.find(Pull, repository.full_name, state="open", head_branch=new.head_branch):
            if other.head_repository == head.full_name and other.base_branch == new.base_branch:
                label = f"{head.owner}:{new.head_branch}"
                raise invalid("PullRequest", "", "custom", f"A pull request already exists for {label}.")
        _bring(world, repository, head.full_name, new.head_branch)
        if bare.is_ancestor(head_sha, base_sha):
            text = f"No commits between {new.base_branch} and {new.head_branch}"
            raise invalid("PullRequest", "", "custom", text)
        now = world.clock.stamp()
        with world.store.transaction():
            pull = Pull(
                id=world.store.next_id(),
                repository=repository.full_name,
                number=world.store.next_number(repository.full_name),
                title=new.title,
                author=actor.login,
                head_repository=head.full_name,
                head_branch=new.head_branch,
                head_sha=head_sha,
                base_branch=new.base_branch,
                base_sha=base_sha,
                body=new.body,
                draft=new.draft,
                created_at=now,
                updated_at=now,
            )
            pull = world.store.put(with_merge(world, pull))
            events.pull_request(world, pull, actor, "opened")
    return pull


def _bring(world: World, repository: Repository, source: str, branch: str) -> None:
    """Copies the objects of a fork's branch into ``repository``; no ref of it changes."""
    if source != repository.full_name:
        path = str(world.repositories.path(source))
        world.bare(repository).must("fetch", "-q", "--no-tags", path, f"refs/heads/{branch}")


def with_merge(world: World, pull: Pull) -> Pull:
    """``pull`` with its refs set: ``refs/pull/N/head`` and, when there is no conflict, ``refs/pull/N/merge``."""
    bare = world.bare(pull.repository)
    head, merge = f"refs/pull/{pull.number}/head", f"refs/pull/{pull.number}/merge"
    bare.set(head, pull.head_sha)
    base = bare.branch(pull.base_branch)
    merged = None
    if base is not None:
        text = f"Merge {pull.head_sha} into {base}"
        who = replace(identity(world, pull.author), date=pull.created_at)
        merged = bare.merge(base, pull.head_sha, text, who)
    if merged is None:
        bare.delete(merge)
    else:
        bare.set(merge, merged)
    return replace(pull, merge_sha=merged or "", tested=base or "")


def fresh(world: World, pull: Pull) -> Pull:
    """``pull`` with a test merge of its head and the base branch as it is now; called before mergeability is shown."""
    if pull.state != "open" or world.bare(pull.repository).branch(pull.base_branch) == pull.tested:
        return pull
    with world.lock(pull.repository):
        current = world.store.get(Pull, pull.repository, pull.number) or pull
        return world.store.put(with_merge(world, current)) if current.state == "open" else current


def check_move(world: World, repository: Repository, actor: Actor, move: Move) -> None:
    """Refuses a direct change of a ref that rules forbid."""
    ref, before, after = move.ref, move.before, move.after
    if before == ZERO:
        how = "creation"
    elif after == ZERO:
        how = "deletion"
        if ref == f"refs/heads/{repository.default_branch}":
            raise Refusal(422, "Cannot delete the default branch")
    else:
        how = "update" if world.bare(repository).is_ancestor(before, after) else "non_fast_forward"
    who = Mover(actor.login, actor.run or actor.integration)
    reason = refusal_to_move(world, repository, ref, how, who)
    if reason:
        raise Refusal(422, reason)


def moved(world: World, repository: Repository, actor: Actor, move: Move) -> None:
    """Tells everybody that a ref moved: a push event, and what it means for pull requests."""
    ref, after = move.ref, move.after
    store = world.store
    with world.lock(repository.full_name), store.transaction():
        current = existing(world, repository.full_name)
        store.put(replace(current, pushed_at=world.clock.stamp()))
        if ref.startswith(("refs/heads/", "refs/tags/")):
            events.push(world, repository, actor, move)
        if not ref.startswith("refs/heads/"):
            return
        branch = ref.removeprefix("refs/heads/")
        for pull in store.find(Pull, state="open", head_repository=repository.full_name, head_branch=branch):
            _head_moved(world, pull, actor, move)
        based = store.find(Pull, repository.full_name, state="open", base_branch=branch)
        contained = set(world.bare(repository).merged_refs("refs/pull/", after)) if based and after != ZERO else set()
        for pull in based:
            if after == ZERO:
                _close(world, pull, actor)
            elif f"refs/pull/{pull.number}/head" in contained:
                _merged_by_hand(world, pull, actor, after)


def _head_moved(world: World, pull: Pull, actor: Actor, move: Move) -> None:
    before, after = move.before, move.after
    if after == ZERO:
        _close(world, pull, actor)
        return
    target = existing(world, pull.repository)
    with world.lock(target.full_name):
        _bring(world, target, pull.head_repository, pull.head_branch)
        base = world.bare(target).branch(pull.base_branch) or pull.base_sha
        changed = replace(pull, head_sha=after, base_sha=base, updated_at=world.clock.stamp())
        changed = world.store.put(with_merge(world, changed))
        events.pull_request(world, changed, actor, "synchronize", before=before, after=after)


def _merged_by_hand(world: World, pull: Pull, actor: Actor, tip: str) -> None:
    """The base branch now contains the head: GitHub calls that merged."""
    now = world.clock.stamp()
    done = replace(pull, state="closed", merged=True, merged_by=actor.login, merge_sha=tip)
    done = world.store.put(replace(done, merged_at=now, closed_at=now, updated_at=now))
    events.pull_request(world, done, actor, "closed")


def _close(world: World, pull: Pull, actor: Actor) -> Pull:
    now = world.clock.stamp()
    closed = world.store.put(replace(pull, state="closed", closed_at=now, updated_at=now))
    events.pull_request(world, closed, actor, "closed")
    return closed


def set_state(world: World, pull: Pull, actor: Actor, state: str) -> Pull:
    """Closes or reopens a pull request."""
    if state == pull.state:
        return pull
    with world.lock(pull.repository), world.store.transaction():
        if state == "closed":
            return _close(world, pull, actor)
        head = world.repository(pull.head_repository)
        tip = world.bare(head).branch(pull.head_branch) if head is not None else None
        if pull.merged or tip is None:
            raise invalid(
                "PullRequest", "state", "invalid", "state cannot be changed. The branch was merged or deleted."
            )
        _bring(world, existing(world, pull.repository), pull.head_repository, pull.head_branch)
        opened = replace(pull, state="open", closed_at="", head_sha=tip, updated_at=world.clock.stamp())
        opened = world.store.put(with_merge(world, opened))
        events.pull_request(world, opened, actor, "reopened")
        return opened
