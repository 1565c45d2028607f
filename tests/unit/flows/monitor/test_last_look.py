"""What a report of a review says of the monitor: the newest look that the clone knows of."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path
from types import SimpleNamespace

from wardround.disclosure.watching import watched
from wardround.evidence.monitor import MonitorEvidence, MonitorFinding, Severity, Span
from wardround.flows.monitor.keeping import HISTORY, last_known
from wardround.flows.records import CloneBranch
from wardround.flows.review.reporting import _watched
from wardround.monitoring.history import History
from wardround.project.params import from_mapping
from wardround.revision.git import Git

PARAMS = from_mapping({"project": {"name": "tiny"}, "data": {"source": "synthetic", "columns": {"outcome": "y"}}})
SPAN = Span(name="2026-03-02", start=dt.date(2026, 3, 2), end=dt.date(2026, 3, 9))


def look(project: str, *severities: Severity) -> MonitorEvidence:
    findings = tuple(MonitorFinding(rule="monitor.silence", severity=one, summary="x") for one in severities)
    return MonitorEvidence(
        project=project, stage="prod", versions=("v1",), until=SPAN.end, windows=(SPAN,), answers=0, outcomes=0, matured=0,
        findings=findings,
    )  # fmt: skip


def add(git: Git, evidence: MonitorEvidence, moment: dt.datetime) -> None:
    kept = CloneBranch(HISTORY, git, origin=False)
    entry = History({}).following(watched(evidence, min_cell=11), f"sha256:{moment:%d%H}", moment)
    assert entry is not None
    kept.add({entry.path: entry.content()}, kept.now().tip, entry.path)


def row(git: Git) -> tuple[str, str]:
    said = _watched(SimpleNamespace(judging=PARAMS, git=git))  # type: ignore[arg-type]  # the two parts that it needs
    return said.value, said.note


def test_the_newest_look_of_the_project_is_named(tmp_path: Path) -> None:
    for args in (
        ("init", "-qb", "main"),
        ("config", "user.name", "Ada"),
        ("config", "user.email", "ada@hospital.example"),
    ):
        subprocess.run(["git", *args], cwd=tmp_path, check=True)
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "Nothing yet"], cwd=tmp_path, check=True)
    git = Git(tmp_path)
    assert row(git) == ("never", "no look at prod is recorded on wardround/history")
    add(git, look("tiny"), dt.datetime(2026, 3, 9, 3, 17, tzinfo=dt.UTC))
    assert row(git) == ("2026-03-09 03:17 UTC", "last look at prod: nothing found")
    add(git, look("tiny", Severity.ALERT, Severity.NOTE), dt.datetime(2026, 3, 10, 3, 17, tzinfo=dt.UTC))
    add(git, look("tiny"), dt.datetime(2026, 3, 10, 1, 0, tzinfo=dt.UTC))
    add(git, look("other"), dt.datetime(2026, 3, 11, tzinfo=dt.UTC))
    assert row(git) == ("2026-03-10 03:17 UTC", "last look at prod: alert")
    assert len(last_known(git, "tiny", "prod")) == 2, "the day before is not read"
