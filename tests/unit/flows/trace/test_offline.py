"""What governance asks is answered from the clone: no connection is opened, in this process or by git, and the answers are there."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
from clicktest import invoke
from traced_clinic import ANSWER, git

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "report"))

import report_sample


class Reached(AssertionError):
    """Something wanted the network."""


@pytest.fixture
def offline(clinic, monkeypatch):
    """A clinic whose origin is far away, on a machine where nobody can connect to anything."""

    def refuse(*_args, **_words):
        raise Reached

    git(clinic.top, "remote", "add", "origin", "https://forge.example/hospital/sepsis.git")
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "none")  # git's own transports, in processes that the patch does not reach
    # a forge that is configured is no reason to ask it
    monkeypatch.setenv("GITHUB_REPOSITORY", "hospital/sepsis")
    monkeypatch.setenv("GITHUB_TOKEN", "no-token")
    monkeypatch.setenv("GITHUB_API_URL", "https://forge.example/api/v3")
    return clinic


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("ledger", "verify"), 0, "entries"),
        (("ledger", "show"), 0, "promotion"),
        (("trace", ANSWER, "--log", "LOG"), 0, "was answered by"),
        (("trace", "v1.1.0"), 0, "was approved by"),
        (("trace", "prod", "--at", "2026-03-05", "--json"), 0, "v1.0.0"),
        (("audit", "--from", "2026-03-01", "--to", "2026-03-31", "--out", "PACK"), 0, "pack"),
        (("card", "--check"), 0, "no evidence yet"),
        (("phi",), 0, "nothing found"),
        (("phi", "--base", "HEAD~1"), 0, "nothing found"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else None,
)
def test_no_command_of_governance_uses_the_network(offline, tmp_path, words, code, said):
    given = {"LOG": str(offline.log), "PACK": str(tmp_path / "pack.zip")}
    found, out = invoke(*(given.get(word, word) for word in words), "--project", str(offline.top))
    assert found == code, out
    assert said in out
    assert "audit" not in words or (tmp_path / "pack.zip").is_file()


def test_the_forms_of_a_card_are_made_without_the_network(offline):
    evidence = offline.top / "reports" / "metrics.json"
    evidence.parent.mkdir(exist_ok=True)
    report_sample.metrics(*report_sample.cohorts()).write(evidence)
    code, out = invoke("card", "--project", str(offline.top))
    assert code == 0
    assert "tripod" in out
    assert "reports/metrics.json: populations" in (offline.top / "reports" / "cards" / "tripod.md").read_text("utf-8")


def test_the_patch_would_see_it(offline):
    with pytest.raises(Reached):
        socket.create_connection(("127.0.0.1", 9))
