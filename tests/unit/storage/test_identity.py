"""An identity token as a runner gives it, over HTTP, and what the libraries make of it."""

from __future__ import annotations

import datetime as dt
import json
import os
import stat
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from wardround.errors import EnvironmentFailure, UsageError
from wardround.storage.identity import Identity, begin

STS = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
<Credentials><AccessKeyId>KEY</AccessKeyId><SecretAccessKey>SECRET</SecretAccessKey><SessionToken>SESSION</SessionToken>
<Expiration>{until}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""


class Runner(ThreadingHTTPServer):
    """GitHub's token service and AWS's, as far as they are asked here."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.assumed, self.refuses = [], [], False
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qs(urlsplit(self.path).query)
        self.server.asked.append((query["audience"][0], self.headers["Authorization"]))
        good = not self.server.refuses and self.headers["Authorization"] == "bearer runtime" and query["api-version"]
        self._answer(200 if good else 403, json.dumps({"value": f"jwt-{len(self.server.asked)}"}))

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.assumed.append((form["RoleArn"][0], form["WebIdentityToken"][0]))
        until = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
        self._answer(200, STS.format(until=until.strftime("%Y-%m-%dT%H:%M:%SZ")))

    def _answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_args):
        """Says nothing."""


@pytest.fixture
def runner():
    server = Runner()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def job(runner, tmp_path):
    """A job's variables."""
    return {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{runner.url}/token?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "runtime",
        "RUNNER_TEMP": str(tmp_path),
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/wardround-reads",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AZURE_CLIENT_ID": "client",
        "AZURE_TENANT_ID": "tenant",
        "WARDROUND_GCP_PROVIDER": "projects/1/locations/global/workloadIdentityPools/p/providers/x",
    }


def test_the_libraries_behind_a_remote_get_access_by_it(runner, job, monkeypatch):
    botocore = pytest.importorskip("botocore.session")
    made = Identity("aws", job)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in job.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", runner.url)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    found = botocore.get_session().get_credentials().get_frozen_credentials()
    assert (found.access_key, found.secret_key, found.token) == ("KEY", "SECRET", "SESSION")
    assert runner.asked == [("sts.amazonaws.com", "bearer runtime")]
    assert runner.assumed == [("arn:aws:iam::123456789012:role/wardround-reads", "jwt-1")]
    made.end()


@pytest.mark.parametrize(
    ("cloud", "audience", "named"),
    [
        ("aws", "sts.amazonaws.com", "AWS_WEB_IDENTITY_TOKEN_FILE"),
        ("azure", "api://AzureADTokenExchange", "AZURE_FEDERATED_TOKEN_FILE"),
        ("gcp", "https://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x", "GOOGLE_APPLICATION_CREDENTIALS"),
    ],
)  # fmt: skip
def test_a_file_for_this_user_alone_and_nothing_that_asks_for_more(runner, job, cloud, audience, named):
    made = Identity(cloud, job)
    assert [one for one, _ in runner.asked] == [audience]
    place = Path(job[named])
    token = Path(json.loads(place.read_text())["credential_source"]["file"]) if cloud == "gcp" else place
    assert token.read_text() == "jwt-1"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert not any(name.startswith("ACTIONS_ID_TOKEN") for name in job), "what is started from here asks for none"
    made.end()
    assert list(Path(job["RUNNER_TEMP"]).iterdir()) == []


def test_it_is_renewed_while_the_command_runs_and_not_after(runner, job):
    made = Identity("aws", job, every=0.02)
    until = time.monotonic() + 20
    while made.path.read_text() in {"jwt-1", "jwt-2"} and time.monotonic() < until:
        time.sleep(0.01)
    assert made.path.read_text() not in {"jwt-1", "jwt-2"}
    runner.refuses = True
    time.sleep(0.1)
    assert made.path.read_text().startswith("jwt-"), "a refusal on the way leaves the last one"
    made.end()
    count = len(runner.asked)
    time.sleep(0.1)
    assert len(runner.asked) <= count + 1


def test_all_that_the_job_was_not_given_is_said_at_once(job):
    bare = {name: value for name, value in job.items() if name.startswith("AZURE_CLIENT")}
    with pytest.raises(UsageError) as caught:
        Identity("azure", bare)
    said = [problem.what for problem in caught.value.problems]
    assert [word for word in ("REQUEST_URL", "REQUEST_TOKEN", "TENANT_ID") if any(word in text for text in said)] == ["REQUEST_URL", "REQUEST_TOKEN", "TENANT_ID"]  # fmt: skip
    with pytest.raises(UsageError, match="not known"):
        Identity("cloud9", job)


def test_a_forge_that_gives_none_could_not_be_asked_and_no_token_is_told(runner, job):
    runner.refuses = True
    with pytest.raises(EnvironmentFailure) as caught:
        Identity("aws", job)
    assert "403" in str(caught.value)
    assert "runtime" not in str(caught.value)


def test_it_begins_once_and_only_where_it_is_asked_for(runner, job):
    assert begin({}) is None
    job["WARDROUND_IDENTITY"] = "aws"
    made = begin(job)
    assert made is not None
    assert begin(job) is None, "a process that is started from here has no part in it"
    made.end()
