"""``wardround monitor`` end to end: a real log, real outcomes, real git; what it finds, writes, records and says."""

from __future__ import annotations

import datetime as dt
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from watched_ward import START, Ward, git, ward

from wardround.cli.monitor import command
from wardround.errors import EnvironmentFailure, GovernanceFinding, UsageError
from wardround.flows.ledger.checking import entries as recorded
from wardround.flows.monitor.run import monitor
from wardround.monitoring import history


@pytest.fixture
def calm(tmp_path: Path) -> Ward:
    """Four weeks like training."""
    made = ward(tmp_path / "clinic")
    made.weeks(4)
    made.outcomes()
    return made


def entries(place: Ward) -> list[str]:
    listed = git(place.root, "ls-tree", "-r", "--name-only", history.BRANCH)
    return listed.split()


def looked(place: Ward, day: int, **how: Any) -> Any:
    return monitor(place.request(day, **how))


@pytest.mark.slow
def test_nothing_is_found_where_nothing_happened(calm: Ward) -> None:
    found = looked(calm, 32)
    assert {item.rule for item in found.watch.findings if item.severity != "note"} == {"monitor.version"}
    assert [window.start for window in found.watch.windows] == [
        (START + dt.timedelta(days=7 * k)).isoformat() for k in range(4)
    ]
    assert found.evidence.answers == 4 * 7 * 60
    assert found.recorded
    assert entries(calm) == [found.entry]
    page = found.report.read_text("utf-8")
    assert "Return to the clinic" in page
    assert (found.report.parent / "monitor.md").is_file()


def test_more_events_than_predicted_is_an_alert_and_exit_12(calm: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    calm.weeks(2, worse=1.5)
    calm.outcomes()
    found = looked(calm, 46)
    assert found.watch.severity == "alert"
    (oe,) = [item for item in found.watch.findings if item.rule == "calibration.decay" and not item.subject]
    assert oe.since == (START + dt.timedelta(days=28)).isoformat()
    monkeypatch.setenv("WARDROUND_LOG_KEY_FILE", str(calm.root / "key"))
    out = calm.root.parent / "outputs"
    monkeypatch.setenv("GITHUB_OUTPUT", str(out))
    note = calm.root.parent / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(note))
    until = (START + dt.timedelta(days=46)).isoformat()
    assert command.main(["--project", str(calm.root), "--until", until, "--quiet"], standalone_mode=False) == 12
    assert out.read_text() == "severity=alert\n"
    assert "More events happen than are predicted." in note.read_text("utf-8")
    assert "![" not in note.read_text("utf-8")
    (alert,) = recorded(calm.root)
    assert (alert.kind, set(alert.facts)) == ("alert", {"rules", "since"})
    # a ledger that cannot be written to does not hide the alert: the workflow's next steps read the outputs
    git(calm.root, "checkout", "-q", "wardround/ledger")
    (calm.root / "governance" / "ledger" / "junk.json").write_text("{}")
    git(calm.root, "add", "governance/ledger/junk.json")
    git(calm.root, "commit", "-qm", "Tidy")
    git(calm.root, "checkout", "-q", "main")
    out.unlink()
    with pytest.raises(GovernanceFinding, match="the ledger was changed"):
        command.main(["--project", str(calm.root), "--until", until, "--quiet"], standalone_mode=False)
    assert out.read_text() == "severity=alert\n"


@pytest.mark.slow
def test_an_alert_that_nobody_got_is_owed_by_the_entry_and_sent_by_the_next_look(calm: Ward) -> None:
    calm.weeks(2, worse=1.5)
    calm.outcomes()
    nobody = {"WARDROUND_ALERT_WEBHOOK": "http://127.0.0.1:9/"}
    first = looked(calm, 46, env=nobody)
    kept = history.read(_files(calm), 11)[("tiny", "prod")]
    assert (first.watch.severity, first.owed, kept.owed) == ("alert", ("webhook",), ("webhook",))
    again = looked(calm, 46, env=nobody)
    assert (len(again.unsent), again.recorded) == (1, False), "it is tried again, and nothing has changed"
    silent = looked(calm, 47, env=nobody, alert=False)
    assert (silent.unsent, silent.owed, silent.recorded) == ((), ("webhook",), True)
    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        somebody = {"WARDROUND_ALERT_WEBHOOK": f"http://127.0.0.1:{server.server_address[1]}/"}
        sent = looked(calm, 48, env=somebody)
        assert (sent.sent, sent.owed) == (("webhook",), ())
        assert looked(calm, 48, env=somebody).sent == (), "and once is enough"
        server.shutdown()
        thread.join()


class Hook(BaseHTTPRequestHandler):
    """Takes what is posted."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Says nothing."""


@pytest.mark.slow
def test_the_same_look_is_recorded_once_and_another_day_again(calm: Ward) -> None:
    first = looked(calm, 32)
    again = looked(calm, 32)
    assert again.entry == first.entry
    assert not again.recorded
    assert first.evidence == again.evidence
    next_day = looked(calm, 33)
    assert next_day.recorded
    assert len(entries(calm)) == 2
    kept = history.read(_files(calm), 11)[("tiny", "prod")]
    assert kept.entries[next_day.entry].parents == (first.entry,)
    assert not kept.entries[next_day.entry].watch.signals, "the second entry holds only what is new"
    assert set(kept.signals().values()) == set(first.watch.signals)


def _files(place: Ward) -> dict[str, bytes]:
    return {path: git(place.root, "show", f"{history.BRANCH}:{path}").encode() for path in entries(place)}


@pytest.mark.slow
def test_the_history_is_not_the_default_branch(calm: Ward) -> None:
    looked(calm, 32)
    assert git(calm.root, "status", "--porcelain") == ""
    assert git(calm.root, "log", "--format=%s", "main").split("\n")[0] == "The clinic's model"
    assert git(calm.root, "rev-list", "--count", history.BRANCH).strip() == "1"
    merged = [
        line for line in git(calm.root, "ls-tree", "-r", "--name-only", history.BRANCH).split() if "params" in line
    ]
    assert merged == []


@pytest.mark.slow
def test_a_missed_schedule_is_an_alert_of_the_next_look(calm: Ward) -> None:
    looked(calm, 30)
    found = looked(calm, 32)
    (missed,) = [item for item in found.watch.findings if item.rule == "monitor.heartbeat"]
    assert missed.severity == "alert"
    assert missed.since == (START + dt.timedelta(days=30)).isoformat()
    again = looked(calm, 33)
    assert not [item for item in again.watch.findings if item.rule == "monitor.heartbeat"]


@pytest.mark.slow
def test_silence_is_not_good_news(tmp_path: Path) -> None:
    empty = ward(tmp_path / "clinic")
    empty.outcomes()
    found = looked(empty, 32)
    assert [(item.rule, item.severity) for item in found.watch.findings if item.rule == "monitor.silence"] == [
        ("monitor.silence", "warning")
    ]
    empty.weeks(4)
    looked(empty, 32)
    later = looked(empty, 90)
    assert ("monitor.silence", "alert") in {(item.rule, item.severity) for item in later.watch.findings}


def test_a_version_without_a_tag_is_a_warning(calm: Ward) -> None:
    """The one that is measured, and one that answered on a day."""
    calm.day(20, version="tiny@v1.0.1-local")
    said = [item for item in looked(calm, 32).watch.findings if item.rule == "monitor.version"]
    assert [(item.subject, item.severity) for item in said] == [
        ("tiny@v1.0.0", "warning"),
        ("tiny@v1.0.1-local", "warning"),
    ]
    assert "work tree" in said[0].summary
    assert "work tree" not in said[1].summary


def test_a_look_that_has_nothing_to_compare_with_says_so(calm: Ward) -> None:
    for name in ("metrics.json", "profile.json"):
        (calm.root / "reports" / name).unlink()
    found = looked(calm, 32)
    blind = {(item.rule, item.severity) for item in found.watch.findings if "cannot be had" in item.summary}
    assert blind == {("performance.decay", "warning"), ("drift.power", "warning")}


@pytest.mark.slow
def test_an_edited_history_is_a_governance_finding(calm: Ward) -> None:
    first = looked(calm, 32)
    content = git(calm.root, "show", f"{history.BRANCH}:{first.entry}").replace('"stage":"prod"', '"stage":"test"')
    git(calm.root, "switch", "-q", history.BRANCH)
    (calm.root / first.entry).write_text(content, "utf-8")
    git(calm.root, "commit", "-qam", "Prettier")
    git(calm.root, "switch", "-q", "main")
    with pytest.raises(GovernanceFinding, match="edited"):
        looked(calm, 33)


@pytest.mark.slow
def test_a_deleted_entry_shows(calm: Ward) -> None:
    first = looked(calm, 32)
    looked(calm, 33)
    git(calm.root, "switch", "-q", history.BRANCH)
    git(calm.root, "rm", "-q", first.entry)
    git(calm.root, "commit", "-qm", "Tidy")
    git(calm.root, "switch", "-q", "main")
    with pytest.raises(GovernanceFinding, match="gone"):
        looked(calm, 34)


@pytest.mark.slow
def test_nothing_that_is_written_for_others_holds_a_small_count(calm: Ward) -> None:
    calm.day(28, 3, worse=3.0)
    calm.outcomes()
    found = looked(calm, 46)
    for item in found.watch.signals:
        if item.n.value is not None:
            assert item.n.value % 10 == 0
            assert item.n.value >= 10
    last = [item for item in found.watch.signals if item.window == (START + dt.timedelta(days=28)).isoformat()]
    assert last
    assert all(item.n.value is None for item in last)
    assert all(not item.estimate.shown for item in last if not item.rule.startswith("service."))


def test_a_stage_that_cannot_be_one_is_refused_before_anything_is_written(calm: Ward) -> None:
    with pytest.raises(UsageError, match="cannot be a stage"):
        looked(calm, 32, stage="../prod")
    assert not (calm.root / "reports" / "monitor").exists()


def test_an_unreachable_log_is_exit_3_and_leaves_nothing(calm: Ward) -> None:
    broken = next((calm.root / "log").rglob("*.parquet"))
    broken.write_bytes(b"PAR1 torn")
    with pytest.raises(EnvironmentFailure, match="cannot be read"):
        looked(calm, 32)
    assert not (calm.root / "reports" / "monitor").exists()
    assert git(calm.root, "branch", "--list", history.BRANCH) == ""


@pytest.mark.slow
def test_json_says_what_may_be_shown(
    calm: Ward, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARDROUND_LOG_KEY_FILE", str(calm.root / "key"))
    until = (START + dt.timedelta(days=32)).isoformat()
    command.main(["--project", str(calm.root), "--until", until, "--no-history", "--json"], standalone_mode=False)
    told = json.loads(capsys.readouterr().out)
    assert told["entry"] is None
    assert told["watch"]["answers"]["value"] == 1680
    assert "signals" not in told["watch"]


def test_a_column_of_two_types_is_named_with_its_part(calm: Ward) -> None:
    place = calm.root / "log" / f"date={(START + dt.timedelta(days=10)).isoformat()}" / "part-0.parquet"
    table = parquet.read_table(place)
    column = table.column_names.index("inputs.age")
    parquet.write_table(table.set_column(column, "inputs.age", table.column(column).cast(pa.string())), place)
    with pytest.raises(EnvironmentFailure, match="another type") as caught:
        looked(calm, 32)
    (problem,) = caught.value.problems
    assert problem.where.endswith(f"{place.parent.name}/part-0.parquet: inputs.age")


@pytest.mark.parametrize(("day", "refused"), [(0, True), (1, False)])
def test_a_day_before_the_first_answer_is_refused(calm: Ward, day: int, refused: bool) -> None:
    until = START + dt.timedelta(days=day)
    if not refused:
        assert looked(calm, 32, until=until).evidence.day == until
        return
    for early in (until, dt.date(1960, 1, 1), dt.date(1, 1, 5), dt.date.min):
        with pytest.raises(UsageError, match="no answer of that time"):
            looked(calm, 32, until=early)
    assert not git(calm.root, "branch", "--list", history.BRANCH)
