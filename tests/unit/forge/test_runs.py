"""Runs, artifacts and settings; a download that is bounded and carries no token."""

import logging
from pathlib import Path

import pytest
from loopback_github import GitHubServer

from wardround.errors import EnvironmentFailure
from wardround.forge import CouldNotCheck, Forge, NotThere, Refused
from wardround.forge.settings import RequiredCheck
from wardround.forge.values import Artifact

RUN = {
    "id": 7,
    "run_attempt": 2,
    "name": "review",
    "path": ".github/workflows/review.yml@main",
    "event": "pull_request",
    "status": "completed",
    "conclusion": None,
    "head_sha": "a" * 40,
    "head_branch": "topic",
    "head_repository": None,
    "html_url": "u",
    "created_at": "2026-01-01T00:00:00Z",
}


def test_a_run_and_none(server: GitHubServer, forge: Forge) -> None:
    server.runs = [RUN]
    found = forge.run(7)
    assert found is not None
    assert (found.attempt, found.path, found.conclusion) == (2, ".github/workflows/review.yml", "")
    assert found.head_repository == ""
    assert forge.run(8) is None
    assert [run.id for run in forge.runs_of_workflow("review.yml", "pull_request")] == [7]
    assert forge.runs_of_workflow("review.yml", "schedule") == ()


def test_artifacts_by_name_and_all(server: GitHubServer, forge: Forge) -> None:
    server.artifacts = [{"id": i, "name": f"a{i}", "size_in_bytes": i, "expired": False} for i in range(150)]
    assert forge.artifacts(7, "a149") == (Artifact(149, "a149", 149, expired=False),)
    assert forge.calls == 1
    assert len(forge.artifacts(7)) == 150


def test_an_artifact_is_fetched_without_our_token_from_the_other_host(
    server: GitHubServer, forge: Forge, tmp_path: Path
) -> None:
    other = GitHubServer()
    try:
        other.blob = b"zip" * 1000
        server.blob_url = other.url.replace("127.0.0.1", "localhost")
        path = forge.download_artifact(5, tmp_path, 3000)
        assert path.read_bytes() == other.blob
        assert "authorization" in server.headers[0]
        assert "authorization" not in other.headers[0]
        assert forge.calls == 1
    finally:
        other.close()


def test_netrc_is_not_read(server: GitHubServer, forge: Forge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login robot password PLANTED\n")
    monkeypatch.setenv("NETRC", str(netrc))
    forge.download_artifact(5, tmp_path, 100)
    assert "authorization" not in server.headers[1]


@pytest.mark.parametrize("announced", [True, False])
def test_an_artifact_above_the_limit_is_not_stored(
    server: GitHubServer, forge: Forge, tmp_path: Path, announced: bool
) -> None:
    server.blob = b"x" * 500_000
    if not announced:
        send = server.send

        def chunked(http, status, payload, headers):  # type: ignore[no-untyped-def]
            if payload != server.blob:
                return send(http, status, payload, headers)
            http.send_response(200)
            http.send_header("Transfer-Encoding", "chunked")
            http.end_headers()
            for _ in range(50):
                http.wfile.write(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
            http.wfile.write(b"0\r\n\r\n")
            return None

        server.send = chunked  # type: ignore[method-assign]
    with pytest.raises(Refused, match="larger than allowed") as caught:
        forge.download_artifact(5, tmp_path, 100_000)
    assert caught.value.problems[0].found == ("500000 bytes" if announced else "more")  # before anything is read
    assert list(tmp_path.iterdir()) == []
    assert forge.download_artifact(5, tmp_path, 500_000).stat().st_size == 500_000


@pytest.mark.parametrize("fault", [{"status": 500}, {"kind": "reset"}, {"kind": "short"}, {"status": 403}], ids=str)
def test_a_broken_download_starts_again_with_a_new_address(
    server: GitHubServer, forge: Forge, tmp_path: Path, fault: dict
) -> None:
    server.fail("GET /blob", **fault)
    assert forge.download_artifact(5, tmp_path, 1000).read_bytes() == server.blob
    assert server.count("/zip") == 2
    assert [path.name for path in tmp_path.iterdir()] == ["artifact-5.zip"]


def test_a_download_that_never_works_ends(server: GitHubServer, forge: Forge, tmp_path: Path) -> None:
    server.fail("GET /blob", "short", times=99)
    with pytest.raises(CouldNotCheck):
        forge.download_artifact(5, tmp_path, 1000)
    assert server.count("/zip") == 3
    assert list(tmp_path.iterdir()) == []


def test_an_expired_artifact_is_gone(server: GitHubServer, forge: Forge, tmp_path: Path) -> None:
    server.artifacts = [{"id": 5, "name": "e", "size_in_bytes": 3, "expired": True}]
    with pytest.raises(NotThere, match="expired"):
        forge.download_artifact(5, tmp_path, 100)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "body": {"not": "a redirect"}},
        {"status": 302, "headers": {}},
        {"status": 302, "headers": {"Location": "file:///etc/passwd"}},
        {"status": 302, "headers": {"Location": "ftp://example.org/x"}},
    ],
    ids=str,
)
def test_only_a_web_address_is_followed(server: GitHubServer, forge: Forge, tmp_path: Path, answer: dict) -> None:
    server.fail("/zip", **answer)
    with pytest.raises(CouldNotCheck):
        forge.download_artifact(5, tmp_path, 100)


def test_a_directory_that_cannot_be_written(server: GitHubServer, forge: Forge, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((EnvironmentFailure, OSError)):
        forge.download_artifact(5, tmp_path / "file", 100)


def test_the_signed_address_is_in_no_log(
    server: GitHubServer, forge: Forge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    forge.download_artifact(5, tmp_path, 100)
    assert "/blob/5" in caplog.text
    assert "PLANTED" not in caplog.text


def test_settings_that_doctor_looks_at(server: GitHubServer, forge: Forge) -> None:
    facts = forge.repository_facts()
    assert (facts.default_branch, facts.private, facts.actions_may_open_pulls) == ("main", True, None)
    server.permissions = {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False}
    facts = forge.repository_facts()
    assert (facts.actions_may_open_pulls, facts.workflow_permissions) == (False, "read")
    found = forge.workflow("review.yml")
    assert found is not None
    assert found.state == "active"
    assert forge.workflow("other.yml") is None


def test_rulesets_with_the_app_that_a_check_is_pinned_to(server: GitHubServer, forge: Forge) -> None:
    server.rulesets = [
        {
            "id": 3,
            "name": "main",
            "target": "branch",
            "enforcement": "active",
            "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
            "bypass_actors": [{"actor_id": 1}],
            "rules": [
                {"type": "deletion"},
                {
                    "type": "required_status_checks",
                    "parameters": {
                        "required_status_checks": [
                            {"context": "wardround/readmission", "integration_id": 99},
                            {"context": "test"},
                        ]
                    },
                },
                {
                    "type": "pull_request",
                    "parameters": {"required_approving_review_count": 1, "require_code_owner_review": True},
                },
            ],
        }
    ]
    (found,) = forge.rulesets()
    assert found.checks == (RequiredCheck("wardround/readmission", 99), RequiredCheck("test"))
    assert (found.approvals, found.code_owners, found.bypass) == (1, True, 1)
    assert found.include == ("~DEFAULT_BRANCH",)
    assert found.rules == ("deletion", "pull_request", "required_status_checks")
