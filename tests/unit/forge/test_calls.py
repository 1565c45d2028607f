"""What happens to a question when the network or the forge is in trouble, and what never gets out."""

import logging
import time
from collections.abc import Callable
from email.utils import formatdate

import pytest
from loopback_github import TOKEN, GitHubServer

from wardround.errors import ExitCode, UsageError, WardroundError
from wardround.forge import CouldNotCheck, Forge, NotThere, Refused
from wardround.forge.answers import Answer, plain
from wardround.forge.values import Status

SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
SHA = "a" * 40


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 502},
        {"status": 503, "headers": {"Retry-After": "0"}},
        {"status": 429, "headers": {"Retry-After": "0"}},
        {"status": 403, "body": {"message": SECONDARY}},
        {"status": 403, "headers": {"Retry-After": "0"}},
        {"kind": "reset"},
        {"kind": "short"},
        {"status": 200, "body": {}, "kind": "short"},
    ],
    ids=str,
)
def test_a_passing_trouble_is_overcome(server: GitHubServer, forge: Forge, fault: dict) -> None:
    number = server.add_pull()
    server.fail("GET .*/pulls/1", times=2, **fault)
    found = forge.pull(number)
    assert found is not None
    assert found.number == number
    assert forge.calls == 3


def test_a_silent_forge_is_asked_again(server: GitHubServer, connected: Callable[..., Forge]) -> None:
    server.add_pull()
    server.fail("GET .*/pulls/1", "stall", seconds=1.5)
    forge = connected({"timeout": 0.5})
    assert forge.pull(1) is not None
    assert forge.calls == 2


def test_retry_after_is_honoured(server: GitHubServer, forge: Forge) -> None:
    server.add_pull()
    server.fail("GET", status=503, headers={"Retry-After": "1"})
    start = time.monotonic()
    forge.pull(1)
    assert time.monotonic() - start >= 1.0


def test_retry_after_as_a_date_is_honoured(server: GitHubServer, forge: Forge) -> None:
    server.add_pull()
    server.fail("GET", status=503, headers={"Retry-After": formatdate(time.time() + 2, usegmt=True)})
    start = time.monotonic()
    forge.pull(1)
    assert 0.5 <= time.monotonic() - start <= 10


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "3600"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 3600)},
    ],
    ids=["retry-after", "reset"],
)
def test_a_pause_beyond_our_patience_ends_at_once(server: GitHubServer, forge: Forge, headers: dict) -> None:
    server.fail("GET", status=403, headers=headers, times=9)
    start = time.monotonic()
    with pytest.raises(CouldNotCheck, match=r"rate limit") as caught:
        forge.pull(1)
    assert time.monotonic() - start < 5
    assert forge.calls == 1
    assert "in 3" in str(caught.value)  # says when to come back


def test_a_lasting_trouble_ends_after_the_last_attempt(server: GitHubServer, forge: Forge) -> None:
    server.fail("GET", status=500, times=99)
    with pytest.raises(CouldNotCheck, match="trouble of its own") as caught:
        forge.pull(1)
    assert forge.calls == 5
    assert caught.value.exit_code == ExitCode.COULD_NOT_CHECK


def test_the_total_time_is_limited(server: GitHubServer, connected: Callable[..., Forge]) -> None:
    server.fail("GET", status=500, times=999)
    forge = connected({"attempts": 500, "total": 0.8, "wait": 0.1, "wait_max": 0.2})
    start = time.monotonic()
    with pytest.raises(CouldNotCheck):
        forge.pull(1)
    assert 0.3 < time.monotonic() - start < 6


def test_nobody_listens(server: GitHubServer, connected: Callable[..., Forge]) -> None:
    forge = connected(limits={"attempts": 2})
    server.close()
    with pytest.raises(CouldNotCheck, match="cannot be reached") as caught:
        forge.pull(1)
    assert forge.calls == 2
    assert "GET /repos/acme/ward/pulls/1" in str(caught.value)


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (401, "Bad credentials", CouldNotCheck),
        (403, "Resource not accessible by integration", CouldNotCheck),
        (403, "Repository rule violations found", Refused),
        (404, "Not Found", NotThere),
        (410, "This issue was deleted", NotThere),
        (409, "Conflict", Refused),
        (422, "Validation Failed", Refused),
        (418, "I am a teapot", CouldNotCheck),
    ],
)
def test_an_answer_that_says_no_is_not_repeated(
    server: GitHubServer, forge: Forge, status: int, message: str, kind: type[WardroundError]
) -> None:
    server.fail("POST", status=status, body={"message": message}, times=9)
    with pytest.raises(kind) as caught:
        forge.set_status(SHA, Status("wardround/a", "success"), known=())
    assert forge.calls == 1
    assert type(caught.value) is kind
    assert message in str(caught.value)
    assert caught.value.exit_code == (ExitCode.COULD_NOT_CHECK if kind is CouldNotCheck else ExitCode.GATE)


def test_a_missing_permission_is_named(server: GitHubServer, forge: Forge) -> None:
    server.fail("GET", status=403, headers={"X-Accepted-GitHub-Permissions": "pull_requests=read"})
    with pytest.raises(CouldNotCheck, match="pull_requests=read"):
        forge.pull(1)


@pytest.mark.parametrize("body", [{"number": 1}, [], "text", {"number": "x", "title": []}])
def test_an_answer_of_another_shape_is_no_answer(server: GitHubServer, forge: Forge, body: object) -> None:
    server.fail("GET", status=200, body=body)
    with pytest.raises(CouldNotCheck, match="shape"):
        forge.pull(1)


def test_a_sign_on_page_is_no_answer(server: GitHubServer, forge: Forge) -> None:
    server.fail("GET", status=200, body=b"<html>please sign on\x1b[31m</html>", times=9)
    with pytest.raises(CouldNotCheck, match="not JSON") as caught:
        forge.pull(1)
    assert "\x1b" not in str(caught.value)


def test_a_list_that_does_not_end_is_left(server: GitHubServer, forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wardround.forge.calls._PAGES", 3)
    server.fail("GET", status=200, body=[{}] * 2, headers={"Link": '<x>; rel="next"'}, times=99)
    with pytest.raises(CouldNotCheck):
        forge.statuses(SHA)
    assert forge.calls <= 3


@pytest.mark.parametrize("name", ["../../user", "a/../b", "", "a//b", "."])
def test_no_name_leads_elsewhere(server: GitHubServer, forge: Forge, name: str) -> None:
    for ask in (forge.branch, forge.tag, forge.statuses, lambda part: forge.read_file(part, "main"), forge.workflow):
        with pytest.raises(UsageError):
            ask(name)
    assert server.seen == []


def test_strange_names_arrive_as_they_are(server: GitHubServer, forge: Forge) -> None:
    name = "feature/$(touch x) ${{ a }}#1?b=c&d%2e é;@{"
    server.refs[f"heads/{name}"] = {"type": "commit", "sha": SHA}
    assert forge.branch(name) == SHA


def test_foreign_words_are_made_safe() -> None:
    assert plain("a\x1b[31m\r\nb\u202ec") == "a [31m  b c"
    assert len(plain("x" * 9999)) == 300
    assert Answer(500, {}, "[1]").message() == "500"
    assert Answer(422, {}, '{"message": "no", "errors": ["a", {"field": "f", "code": "c"}]}').message() == (
        "422 no; a; f c"
    )


def test_no_token_gets_out(
    server: GitHubServer, connected: Callable[..., Forge], caplog: pytest.LogCaptureFixture, tmp_path
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("github", "github.Requester", "urllib3", "stamina"):
        caplog.set_level(logging.DEBUG, logger=name)
    told: list[str] = []
    forge = connected()
    told.append(repr(vars(forge)["_credentials"]))
    server.artifacts = [{"id": 5, "name": "e", "size_in_bytes": 3, "expired": False}]
    forge.download_artifact(5, tmp_path, 100)
    for fault in ({"status": 401}, {"status": 500, "times": 9}, {"kind": "reset", "times": 9}, {"status": 422}):
        server.faults.clear()
        server.fail("", **fault)
        with pytest.raises(WardroundError) as caught:
            forge.set_status(SHA, Status("a", "success"), known=())
        told.extend((str(caught.value), repr(caught.value), repr(caught.value.__cause__)))
    server.faults.clear()
    server.fail("blob", "reset", times=9)
    with pytest.raises(CouldNotCheck) as caught:
        forge.download_artifact(5, tmp_path, 100)
    told.extend((str(caught.value), repr(caught.getrepr(showlocals=False))))
    for record in caplog.records:
        told.extend((record.getMessage(), repr(vars(record))))
    everything = "\n".join(told)
    assert "stamina.retry_scheduled" in everything  # the logs were really taken
    assert any(record.name.startswith("urllib3") for record in caplog.records)
    assert "PLANTED" not in everything
    assert TOKEN in server.headers[0]["authorization"]
