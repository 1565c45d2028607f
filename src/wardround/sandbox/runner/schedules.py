"""Fires schedules by the sandbox's clock, which can be moved: only the default branch's workflows have any."""

from __future__ import annotations

from datetime import datetime

from wardround.errors import UsageError
from wardround.sandbox import events
from wardround.sandbox.clock import moment, stamp
from wardround.sandbox.model import Repository, Workflow
from wardround.sandbox.runner import cron, planning
from wardround.sandbox.world import World

_KEPT = "schedules looked at until"


def fire(world: World) -> int:
    """Publishes an event for each time that a schedule named since the last look; says how many.

    The time of the last look outlives a restart, so that nothing fires twice. A fork's schedules do not fire.
    """
    now = world.clock.now()
    kept = world.store.setting(_KEPT)
    if not kept:
        world.store.set_setting(_KEPT, stamp(now))
        return 0
    after = moment(kept)
    if now.replace(second=0, microsecond=0) <= after:
        return 0
    count = 0
    with world.store.transaction():
        for repository in world.store.find(Repository):
            if not repository.fork_of:
                count += _of(world, repository, after, now)
        world.store.set_setting(_KEPT, stamp(now))
    return count


def _of(world: World, repository: Repository, after: datetime, now: datetime) -> int:
    tip = world.bare(repository).branch(repository.default_branch)
    due: list[tuple[datetime, str, str]] = []
    for found in planning.sources(world, repository, tip) if tip else ():
        known = world.store.get(Workflow, repository.full_name, found.path)
        if found.workflow is None or (known is not None and known.state != "active"):
            continue
        for line in found.workflow.crons:
            try:
                due += [(at, line, found.path) for at in cron.read(line).between(after, now)]
            except UsageError:
                continue  # GitHub does not run a line that it cannot read either
    for _, line, path in sorted(due)[-cron.MOST :]:
        events.schedule(world, repository, line, path)
    return min(len(due), cron.MOST)
