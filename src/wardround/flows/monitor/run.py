"""A look from beginning to end. Killed at any point, a second run ends with one history entry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wardround.disclosure.watching import watched
from wardround.errors import EnvironmentFailure
from wardround.flows.monitor import alerting, looking, trial, writing
from wardround.flows.monitor.keeping import keeping
from wardround.flows.monitor.request import MonitorResult
from wardround.flows.records import Moved, RecordBranch
from wardround.monitoring import history
from wardround.monitoring.history import BRANCH, History
from wardround.revision.git import Git

if TYPE_CHECKING:
    from wardround.flows.monitor.request import MonitorRequest

#: So often another run may be faster. Project choice.
_ATTEMPTS = 5


def monitor(request: MonitorRequest) -> MonitorResult:
    """Looks, reports, records and alerts.

    Raises :class:`EnvironmentFailure` when log, outcomes or history cannot be read, :class:`GovernanceFinding` when the history was edited.
    """
    looked = looking.prepare(request)
    name = (request.project.params.project.name, looked.stage)
    least = request.project.params.disclosure.min_cell
    kept = keeping(Git(request.project.root), request.env)
    request.progress(f"the history on {BRANCH}")
    before = history.read(kept.now().files, least).get(name, History({}))
    evidence = looking.look(looked, before.last_before(request.now), before=before.answered)
    digest = evidence.write(request.project.layout.evidence("monitor"))
    trial.record(looked)
    watch = watched(evidence, min_cell=least, published=before.signals().values())
    own = {span.name for span in watch.windows}
    earlier = tuple(item for item in before.signals().values() if item.window not in own)
    written = writing.write(request.project, watch, earlier)
    result = MonitorResult(evidence, watch, written.html, summary=written.summary, note=written.note, owed=before.owed)
    if request.alert:
        result = alerting.alert(request, result, before)
    return _recorded(request, kept, before, digest, result) if request.record else result


def _recorded(
    request: MonitorRequest, kept: RecordBranch, before: History, digest: str, result: MonitorResult
) -> MonitorResult:
    """The entry on the branch; one that is there already is left as it is. ``before`` is what the alert knew of."""
    watch = result.watch
    for _attempt in range(_ATTEMPTS):
        there = kept.now()
        past = history.read(there.files, watch.min_cell).get((watch.project, watch.stage), History({}))
        meanwhile = {way for path in past.heads if path not in before.entries for way in past.entries[path].owed}
        owed = tuple(way for way in history.WAYS if way in {*result.owed, *meanwhile})
        entry = past.following(watch, digest, request.now, owed)
        if entry is None:
            return replace(result, entry=past.heads[-1] if past.heads else "")
        content = entry.content()
        path = history.path_of(watch, entry.ran_at, content)
        try:
            kept.add({path: content}, there.tip, path.rpartition("/")[2])
        except Moved:
            request.progress("another run was faster: again, on top of it")
            continue
        return replace(result, entry=path, recorded=True)
    raise EnvironmentFailure(
        "other runs were faster each time",
        where=BRANCH,
        found=f"{_ATTEMPTS} attempts",
        next="run the same command again when fewer run at once",
    )
