"""Merging a pull request: the button of the page, the API's call, and the merge queue."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wardround.sandbox import events
from wardround.sandbox.events import Actor, Move
from wardround.sandbox.model import Pull
from wardround.sandbox.operations import existing, fresh, identity, moved
from wardround.sandbox.refusal import Refusal
from wardround.sandbox.rules import approvals, approvals_wanted, not_green
from wardround.sandbox.world import World

#: Branches that the merge queue makes, as GitHub names them.
QUEUE = "gh-readonly-queue"


@dataclass(frozen=True)
class Merge:
    """How to merge. ``sha`` is what the head must still be, when given; ``method`` is merge or squash."""

    sha: str = ""
    method: str = "merge"
    title: str = ""
    message: str = ""


def blockers(world: World, pull: Pull) -> tuple[str, ...]:
    """Why ``pull`` cannot be merged now, one sentence each; empty when it can."""
    repository = existing(world, pull.repository)
    found = []
    if pull.state != "open":
        found.append("Pull Request is not open")
    if pull.draft:
        found.append("Pull Request is still a draft")
    if not pull.merge_sha:
        found.append("Pull Request is not mergeable")
    found += [
        f'Required status check "{context}" is expected.'
        for context in not_green(world, repository, pull.base_branch, pull.head_sha)
    ]
    wanted = approvals_wanted(world, repository, pull.base_branch)
    given = [login for login in approvals(world, pull.repository, pull.number, pull.head_sha) if login != pull.author]
    if len(given) < wanted:
        found.append(f"At least {wanted} approving review is required by reviewers with write access.")
    return tuple(found)


def merge(world: World, pull: Pull, actor: Actor, how: Merge) -> Pull:
    """Merges ``pull``. 405 when something required is missing, 409 when the head is not ``how.sha`` any more."""
    with world.lock(pull.repository):
        pull = fresh(world, world.store.get(Pull, pull.repository, pull.number) or pull)
        if how.sha and how.sha != pull.head_sha:
            raise Refusal(409, "Head branch was modified. Review and try the merge again.")
        if how.method not in {"merge", "squash"}:
            raise Refusal(405, "Rebase merges are not allowed on this repository.")
        reasons = blockers(world, pull)
        if reasons:
            raise Refusal(405, reasons[0])
        bare = world.bare(pull.repository)
        base = bare.branch(pull.base_branch)
        assert base is not None
        made = _commit(world, pull, actor, how, base)
        if made is None or not bare.move(f"refs/heads/{pull.base_branch}", made, base):
            raise Refusal(405, "Base branch was modified. Review and try the merge again.")
        return _merged(world, pull, actor, base, made)


def _commit(world: World, pull: Pull, actor: Actor, how: Merge, base: str) -> str | None:
    bare, who = world.bare(pull.repository), identity(world, actor.login)
    owner = pull.head_repository.split("/", maxsplit=1)[0]
    if how.method == "squash":
        tree = bare.merge(base, pull.head_sha, "test merge", who)
        data = bare.commit(tree) if tree is not None else None
        title = how.title or f"{pull.title} (#{pull.number})"
        text = f"{title}\n\n{how.message}".strip()
        return None if data is None else bare.write_commit(data.tree, (base,), text, who, who)
    title = how.title or f"Merge pull request #{pull.number} from {owner}/{pull.head_branch}"
    return bare.merge(base, pull.head_sha, f"{title}\n\n{how.message or pull.title}", who)


def _merged(world: World, pull: Pull, actor: Actor, base: str, made: str) -> Pull:
    now = world.clock.stamp()
    done = replace(
        pull,
        state="closed",
        merged=True,
        merged_by=actor.login,
        merge_sha=made,
        merged_at=now,
        closed_at=now,
        updated_at=now,
    )
    with world.store.transaction():
        world.store.put(done)
        events.pull_request(world, done, replace(actor, run=False), "closed")
        moved(world, existing(world, pull.repository), actor, Move(f"refs/heads/{pull.base_branch}", base, made))
    return done


def enqueue(world: World, pull: Pull, actor: Actor) -> str:
    """Puts ``pull`` in the merge queue: makes the queue's branch, publishes ``merge_group``, and gives the full ref."""
    with world.lock(pull.repository):
        pull = fresh(world, pull)
        reasons = blockers(world, pull)
        if reasons:
            raise Refusal(405, reasons[0])
        bare = world.bare(pull.repository)
        base = bare.branch(pull.base_branch)
        assert base is not None
        made = _commit(world, pull, actor, Merge(), base)
        if made is None:
            raise Refusal(405, "Pull Request is not mergeable")
        ref = f"refs/heads/{QUEUE}/{pull.base_branch}/pr-{pull.number}-{base}"
        bare.set(ref, made)
        events.merge_group(world, pull, Move(ref, base, made))
        return ref


def advance_queue(world: World, full_name: str, sha: str, actor: Actor) -> Pull | None:
    """Merges the queue's pull request whose merge commit is ``sha`` once everything required is green on it."""
    repository = existing(world, full_name)
    with world.lock(full_name):
        bare = world.bare(full_name)
        for ref, tip in bare.refs(f"refs/heads/{QUEUE}/").items():
            _, _, rest = ref.partition(f"{QUEUE}/")
            branch, _, tail = rest.rpartition("/pr-")
            number, _, base = tail.partition("-")
            pull = world.store.get(Pull, full_name, number)
            if tip != sha or pull is None or pull.state != "open" or not_green(world, repository, branch, sha):
                continue
            moved_base = bare.move(f"refs/heads/{branch}", sha, base)
            bare.delete(ref)
            return _merged(world, pull, replace(actor, run=False), base, sha) if moved_base else None
    return None
