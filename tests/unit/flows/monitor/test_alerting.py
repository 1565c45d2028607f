"""Alerts by webhook and by mail, to real sockets on this machine: what is sent, when, and what a failure does."""

from __future__ import annotations

import datetime as dt
import json
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from wardround.disclosure.shapes import Malformed
from wardround.disclosure.watching import watched
from wardround.errors import UsageError
from wardround.evidence.decision import Fact
from wardround.evidence.monitor import MonitorEvidence, MonitorFinding, Severity, Span
from wardround.flows.monitor import alerting
from wardround.flows.monitor.request import MonitorRequest, MonitorResult
from wardround.monitoring import history
from wardround.monitoring.history import Entry, History
from wardround.project.layout import Project
from wardround.project.params import from_mapping

SPAN = Span(name="2026-03-02", start=dt.date(2026, 3, 2), end=dt.date(2026, 3, 9))
NOW = dt.datetime(2026, 3, 10, tzinfo=dt.UTC)


def look(*severities: Severity, subject: str = "sex=F") -> MonitorEvidence:
    findings = tuple(
        MonitorFinding(
            rule="calibration.decay",
            severity=severity,
            subject=subject,
            summary="More events happen than are predicted.",
            advice="Retrain.",
            facts=(Fact(name="encounters", type="count", count=4321), Fact(name="oe", type="measure", value=1.6543)),
        )
        for severity in severities
    )
    return MonitorEvidence(
        project="tiny", stage="prod", versions=("v1",), until=SPAN.end, windows=(SPAN,), answers=0, outcomes=0, matured=0,
        findings=findings,
    )  # fmt: skip


def request(place: Path, env: dict[str, str], **alerts: Any) -> MonitorRequest:
    project = Project(place)
    project.__dict__["params"] = from_mapping(
        {
            "project": {"name": "tiny"},
            "data": {"source": "synthetic", "columns": {"outcome": "y"}},
            "monitor": {"alerts": alerts},
        }
    )
    return MonitorRequest(project, NOW, env=env)


def result(evidence: MonitorEvidence, place: Path) -> MonitorResult:
    return MonitorResult(evidence, watched(evidence, min_cell=11), place / "report.html")


def past(evidence: MonitorEvidence | None) -> History:
    if evidence is None:
        return History({})
    return History({"one": Entry(NOW - dt.timedelta(days=1), "sha256:a", (), watched(evidence, min_cell=11))})


@dataclass
class Hook:
    """A webhook. ``answers`` are its next status codes, then 204."""

    url: str
    bodies: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            code = made.answers.pop(0) if made.answers else 204
            if code == 204:
                made.bodies.append(json.loads(body))
            self.send_response(code)
            if code == 302:
                self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_address[1]}/secret-token"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def test_a_new_alert_is_posted_without_a_number_of_patients(hook: Hook, tmp_path: Path) -> None:
    env = {
        "WARDROUND_ALERT_WEBHOOK": hook.url,
        "GITHUB_SERVER_URL": "https://forge.example",
        "GITHUB_REPOSITORY": "a/b",
        "GITHUB_RUN_ID": "7",
    }
    done = alerting.alert(request(tmp_path, env), result(look(Severity.ALERT), tmp_path), past(None))
    assert done.sent == ("webhook",)
    (body,) = hook.bodies
    assert body["severity"] == "alert"
    assert body["page"] == "https://forge.example/a/b/actions/runs/7"
    assert body["findings"] == [
        {
            "rule": "calibration.decay",
            "severity": "alert",
            "subject": "sex=F",
            "summary": "More events happen than are predicted.",
            "since": "",
        }
    ]
    text = json.dumps(body)
    assert "4320" not in text
    assert "4321" not in text
    assert "1.65" not in text


def test_an_alert_whose_words_name_a_patient_comes_without_its_words(hook: Hook, tmp_path: Path) -> None:
    env = {"WARDROUND_ALERT_WEBHOOK": hook.url}
    named = look(Severity.ALERT, subject="SSN 212-34-" + "5678")
    done = alerting.alert(request(tmp_path, env), result(named, tmp_path), past(None))
    assert done.sent == ("webhook",)
    (body,) = hook.bodies
    assert body["findings"] == [{"rule": "calibration.decay", "severity": "alert", "since": ""}]
    assert "alert: calibration.decay" in body["text"]
    assert "withheld" in body["text"]
    assert "phi.ssn" in body["text"]
    assert "212-34" not in json.dumps(body)


@pytest.mark.parametrize(
    ("now", "before", "least", "sent"),
    [
        ((), None, "alert", False),
        ((Severity.WARNING,), None, "alert", False),
        ((Severity.WARNING,), None, "warning", True),
        ((Severity.NOTE,), None, "warning", False),
        ((Severity.ALERT,), (Severity.ALERT,), "alert", False),
        ((Severity.ALERT,), (Severity.WARNING,), "alert", True),
        ((Severity.ALERT,), (Severity.WARNING,), "warning", True),
        ((Severity.ALERT,), (), "alert", True),
    ],
)
def test_only_what_is_new_and_severe_enough_is_sent(
    hook: Hook, tmp_path: Path, now: Any, before: Any, least: str, *, sent: bool
) -> None:
    asked = request(tmp_path, {"WARDROUND_ALERT_WEBHOOK": hook.url}, least=least)
    earlier = past(None if before is None else look(*before))
    done = alerting.alert(asked, result(look(*now), tmp_path), earlier)
    assert bool(done.sent) is sent
    assert len(hook.bodies) == sent


@pytest.mark.parametrize("answers", [[500], [503, 500]])
def test_a_failure_that_passes_is_tried_again(hook: Hook, tmp_path: Path, answers: list[int]) -> None:
    hook.answers = answers
    done = alerting.alert(
        request(tmp_path, {"WARDROUND_ALERT_WEBHOOK": hook.url}), result(look(Severity.ALERT), tmp_path), past(None)
    )
    assert done.sent == ("webhook",)
    assert len(hook.bodies) == 1


@pytest.mark.parametrize("answers", [[404] * 3, [302] * 3, [500] * 3])
def test_a_failure_that_stays_is_told_and_no_secret_with_it(hook: Hook, tmp_path: Path, answers: list[int]) -> None:
    hook.answers = list(answers)
    done = alerting.alert(
        request(tmp_path, {"WARDROUND_ALERT_WEBHOOK": hook.url}), result(look(Severity.ALERT), tmp_path), past(None)
    )
    assert done.sent == ()
    assert done.unsent == (f"webhook (the answer is {answers[0]})",)


def test_an_address_that_nobody_listens_at_is_told_without_the_address(tmp_path: Path) -> None:
    env = {"WARDROUND_ALERT_WEBHOOK": "http://127.0.0.1:9/secret-token"}
    done = alerting.alert(request(tmp_path, env), result(look(Severity.ALERT), tmp_path), past(None))
    assert done.unsent == ("webhook (ConnectionError)",)


def follow(files: dict[str, bytes], done: MonitorResult, day: int) -> History:
    """The history after a look, as the branch gives it back."""
    before = history.read(files, 11).get(("tiny", "prod"), History({}))
    made = before.following(done.watch, f"sha256:{day}", NOW + dt.timedelta(days=day), done.owed)
    if made is not None:
        files[made.path] = made.content()
    return history.read(files, 11)["tiny", "prod"]


def test_what_could_not_be_sent_is_sent_by_the_next_look_once(hook: Hook, tmp_path: Path) -> None:
    asked, files = request(tmp_path, {"WARDROUND_ALERT_WEBHOOK": hook.url}), dict[str, bytes]()
    hook.answers = [500] * 6
    found = result(look(Severity.ALERT), tmp_path)
    first = alerting.alert(asked, found, History({}))
    known = follow(files, first, 0)
    assert (first.owed, known.owed) == (("webhook",), ("webhook",))
    second = alerting.alert(asked, found, known)  # nothing new, and not sent yet: it fails once more
    known = follow(files, second, 1)
    assert (second.unsent, known.owed) == (("webhook (the answer is 500)",), ("webhook",))
    third = alerting.alert(asked, result(look(), tmp_path), known)  # all is well again, and nobody was told
    assert third.sent == ("webhook",)
    (body,) = hook.bodies
    assert body["findings"] == []
    (late,) = body["late"]
    assert (late["rule"], late["subject"], late["until"]) == ("calibration.decay", "sex=F", "2026-03-09")
    assert "late alert: tiny in prod" in body["text"]
    known = follow(files, third, 2)
    assert (third.owed, known.owed) == ((), ())
    assert alerting.alert(asked, result(look(), tmp_path), known).sent == ()
    assert len(hook.bodies) == 1


def test_the_same_look_again_on_the_same_day_pays_what_it_owes(hook: Hook, tmp_path: Path) -> None:
    asked, files = request(tmp_path, {"WARDROUND_ALERT_WEBHOOK": hook.url}), dict[str, bytes]()
    hook.answers = [500] * 3
    found = result(look(Severity.ALERT), tmp_path)
    for sent in ((), ("webhook",), ()):
        past = history.read(files, 11).get(("tiny", "prod"), History({}))
        done = alerting.alert(asked, found, past)
        assert done.sent == sent
        follow(files, done, 0)
    assert len(hook.bodies) == 1
    assert "late" in hook.bodies[0]
    assert hook.bodies[0]["late"] == []
    assert len(files) == 2


def test_a_way_without_an_address_in_this_run_still_owes_and_another_way_sends_nothing_twice(
    hook: Hook, tmp_path: Path
) -> None:
    files: dict[str, bytes] = {}
    mail = {"mail": ["ada@hospital.example"], "sender": "w@h.example", "server": "127.0.0.1:9"}
    both = request(tmp_path, {"WARDROUND_ALERT_WEBHOOK": hook.url}, **mail)
    found = result(look(Severity.ALERT), tmp_path)
    first = alerting.alert(both, found, History({}))
    assert (first.sent, first.owed) == (("webhook",), ("mail",))
    known = follow(files, first, 0)
    second = alerting.alert(request(tmp_path, {"WARDROUND_ALERT_WEBHOOK": hook.url}), found, known)
    assert (second.sent, second.owed) == ((), ("mail",))
    assert len(hook.bodies) == 1


@pytest.mark.parametrize("owed", ['"owed":["pigeon"],', '"owed":[],', '"owed":"mail",', '"owed":["webhook","mail"],'])
def test_an_entry_that_owes_something_else_is_none(tmp_path: Path, owed: str) -> None:
    files: dict[str, bytes] = {}
    follow(files, result(look(), tmp_path), 0)
    (content,) = files.values()
    with pytest.raises(Malformed):
        history.parse(content.replace(b'"parents"', owed.encode() + b'"parents"'), 11)


def test_plain_http_to_another_machine_is_refused(tmp_path: Path) -> None:
    env = {"WARDROUND_ALERT_WEBHOOK": "http://hook.example/secret-token"}
    done = alerting.alert(request(tmp_path, env), result(look(Severity.ALERT), tmp_path), past(None))
    assert done.unsent == ("webhook (the address must begin with https://)",)


class _Mail(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as one message needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 made-up\r\n")
        lines: list[bytes] = []
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while (text := self.rfile.readline()) != b".\r\n":
                    lines.append(text)
                self.server.messages.append(b"".join(lines).decode())  # type: ignore[attr-defined]  # set by the test
            if word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 yes\r\n")


def test_mail_goes_to_everybody(tmp_path: Path) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail) as server:
        server.messages = []  # type: ignore[attr-defined]  # what the handler fills
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        asked = request(
            tmp_path,
            {},
            mail=["ada@hospital.example", "eve@hospital.example"],
            sender="ward@hospital.example",
            server=f"127.0.0.1:{server.server_address[1]}",
        )
        done = alerting.alert(
            asked, result(look(Severity.ALERT, subject="x\r\nBcc: all@hospital.example"), tmp_path), past(None)
        )
        server.shutdown()
        thread.join()
        assert done.sent == ("mail",), done.unsent
        (message,) = server.messages  # type: ignore[attr-defined]  # as above
    head, _, body = message.partition("\r\n\r\n")
    assert "To: ada@hospital.example, eve@hospital.example" in head
    assert "\r\nBcc" not in message
    assert "Subject: alert: tiny in prod, until 2026-03-09" in head
    assert "calibration.decay" in body


@pytest.mark.parametrize(
    "alerts",
    [
        {"mail": ["ada@hospital.example"]},
        {"mail": ["ada@hospital.example, eve@hospital.example"], "sender": "w@h.example", "server": "localhost"},
        {"webhook": "http://hook.example/"},
        {"webhook": "https://user:word@hook.example/"},
        {"least": "note"},
    ],
)
def test_params_that_cannot_be_meant_are_refused(tmp_path: Path, alerts: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="monitor"):
        request(tmp_path, {}, **alerts)
