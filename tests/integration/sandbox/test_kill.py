"""A sandbox that is killed with SIGKILL starts again with everything that it had acknowledged."""

import os
import signal
import subprocess
import sys
import time

import sandboxes
from sandboxes import Client

from wardround.sandbox.model import Comment, Event
from wardround.sandbox.server import Sandbox

SERVE = """
import sys, time
from pathlib import Path
from wardround.sandbox.server import Sandbox
sandbox = Sandbox(Path(sys.argv[1])).start()
sandbox.create_repository("acme", "ml", from_path=Path(sys.argv[2]))
print(sandbox.url, sandbox.create_user("acme"), flush=True)
time.sleep(600)
"""


def serve(directory, source):
    args = [sys.executable, "-c", SERVE, str(directory), str(source)]
    process = subprocess.Popen(args, stdout=subprocess.PIPE, text=True, env=os.environ.copy())
    url, token = process.stdout.readline().split()
    return process, url, token


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    process.stdout.close()


def test_a_killed_sandbox_has_its_state(tmp_path):
    source = sandboxes.make_source(tmp_path / "source")
    process, url, token = serve(tmp_path / "sandbox", source)
    try:
        client = Client(f"{url}/api/v3", token)
        sha = client.call("GET", "/repos/acme/ml/branches/main").body["commit"]["sha"]
        made = client.call("POST", "/repos/acme/ml/git/refs", {"ref": "refs/heads/topic", "sha": sha})
        assert made.status == 201
        body = {"message": "m", "content": "YQ==", "branch": "topic"}
        assert client.call("PUT", "/repos/acme/ml/contents/a.txt", body).status == 201
        number = client.call("POST", "/repos/acme/ml/pulls", {"title": "T", "head": "topic", "base": "main"}).body[
            "number"
        ]
        comment = client.call("POST", f"/repos/acme/ml/issues/{number}/comments", {"body": "kept"}).body["id"]
    finally:
        kill(process)
    with Sandbox(tmp_path / "sandbox") as again:
        assert again.url == url, "the port is free again, and links in old comments go on working"
        client = Client(again.api_url, token)
        assert client.call("GET", f"/repos/acme/ml/pulls/{number}").body["title"] == "T"
        assert client.call("GET", f"/repos/acme/ml/issues/comments/{comment}").body["body"] == "kept"
        assert (
            client.call("GET", "/repos/acme/ml/contents/a.txt", query={"ref": "topic"}).body["content"].strip()
            == "YQ=="
        )
        assert client.call("POST", "/repos/acme/ml/issues", {"title": "next"}).body["number"] == number + 1
        names = []
        while (event := again.store.claim()) is not None:
            names.append((event.name, event.action))
            again.store.done(event)
        assert names == [("push", ""), ("push", ""), ("pull_request", "opened")]


def test_an_event_that_was_being_worked_on_is_handed_out_again(tmp_path):
    source = sandboxes.make_source(tmp_path / "source")
    first = Sandbox(tmp_path / "sandbox")
    first.create_repository("acme", "ml", from_path=source)
    first.store.put(Event(1, "acme/ml", "push", "", "acme", "s", "r", {}))
    first.store.put(Event(2, "acme/ml", "push", "", "acme", "s", "r", {}))
    first.store.done(first.store.claim())
    assert first.store.claim().id == 2
    first.world.close()  # as a killed process leaves it: claimed, not done
    with Sandbox(tmp_path / "sandbox") as again:
        assert again.store.claim().id == 2
        assert again.store.claim() is None


def test_killed_while_comments_pour_in(tmp_path):
    """Whatever was acknowledged is there, and nothing is there twice."""
    source = sandboxes.make_source(tmp_path / "source")
    process, url, token = serve(tmp_path / "sandbox", source)
    client, acknowledged = Client(f"{url}/api/v3", token), []
    try:
        number = client.call("POST", "/repos/acme/ml/issues", {"title": "t"}).body["number"]
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            answered = client.call("POST", f"/repos/acme/ml/issues/{number}/comments", {"body": "x"})
            acknowledged.append(answered.body["id"])
    finally:
        kill(process)
    with Sandbox(tmp_path / "sandbox") as again:
        kept = [item.id for item in again.store.find(Comment, "acme/ml")]
    assert acknowledged
    assert kept == acknowledged
