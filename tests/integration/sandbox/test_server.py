"""The server as a whole: TLS, downloads, faults that tests plant, the merge queue, and many requests at once."""

import io
import socket
import ssl
import threading
import zipfile

import contracts
import pytest
from sandboxes import Client

from wardround.errors import EnvironmentFailure
from wardround.sandbox import openapi
from wardround.sandbox.api.permissions import OUTSIDE, SIGNED, TABLE
from wardround.sandbox.api.routing import Answer
from wardround.sandbox.events import Actor
from wardround.sandbox.merging import enqueue
from wardround.sandbox.model import Event, Pull, Ruleset, Status
from wardround.sandbox.openapi.cut import cut
from wardround.sandbox.server import Sandbox


def open_pull(place, name="topic"):
    place.branch(name, f"{name}.txt", "a\n")
    return place.client("acme").call("POST", "/repos/acme/ml/pulls", {"title": "T", "head": name, "base": "main"}).body


def test_the_calls_that_cml_makes_work_over_tls(place):
    """What CML 0.20.6 was seen to ask: the pull request of a commit, then a comment, then the list and an edit."""
    pull = open_pull(place)
    trusted = ssl.create_default_context(cafile=str(place.sandbox.ca_file))
    token = place.sandbox.world.tokens.run("acme/ml", {"pull-requests": "write", "checks": "write"}, 3)
    client = Client(f"{place.sandbox.tls_url}/api/v3", token, trusted)
    found = client.call("GET", f"/repos/acme/ml/commits/{pull['head']['sha']}/pulls", query={"state": "open"}).body
    assert [item["number"] for item in found] == [pull["number"]]
    made = client.call("POST", f"/repos/acme/ml/issues/{pull['number']}/comments", {"body": "report"})
    assert made.status == 201
    assert made.body["url"].startswith(f"{place.sandbox.tls_url}/api/v3/")
    assert made.body["user"]["login"] == "github-actions[bot]"
    listed = client.call("GET", f"/repos/acme/ml/issues/{pull['number']}/comments").body
    assert [item["id"] for item in listed] == [made.body["id"]]
    edited = client.call("PATCH", f"/repos/acme/ml/issues/comments/{made.body['id']}", {"body": "newer"})
    assert edited.body["body"] == "newer"
    check = {"name": "CML", "head_sha": pull["head"]["sha"], "status": "completed", "conclusion": "success",
             "output": {"title": "CML", "summary": "s"}}  # fmt: skip
    assert client.call("POST", "/repos/acme/ml/check-runs", check).status == 201
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        Client(f"{place.sandbox.tls_url}/api/v3", token, ssl.create_default_context()).call("GET", "/rate_limit")


def test_an_artifact_is_fetched_by_a_redirect_that_needs_no_token(place):
    scene = contracts.make_scene(place)
    path = f"/repos/acme/ml/actions/artifacts/{scene.ids['artifact']}/zip"
    redirect = place.run(actions="read").call("GET", path)
    assert redirect.status == 302
    content = Client("").call("GET", redirect.headers["location"])
    assert content.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(content.content)) as archive:
        assert archive.namelist() == ["publication.json"]
    assert Client("").call("GET", redirect.headers["location"] + "x").status == 404
    log = place.client("acme").call("GET", f"/repos/acme/ml/actions/jobs/{scene.ids['job']}/logs")
    assert Client("").call("GET", log.headers["location"]).content == b"done\n"


def test_a_planted_fault_takes_the_place_of_an_answer_and_every_call_is_counted(place):
    def fault(method, path):
        return Answer(502, {"message": "Bad gateway"}) if path.endswith("/labels") else None

    place.sandbox.calls.interceptors.append(fault)
    acme = place.client("acme")
    assert acme.call("GET", "/repos/acme/ml/labels").status == 502
    assert acme.call("GET", "/repos/acme/ml").status == 200
    place.sandbox.calls.interceptors.clear()
    assert acme.call("GET", "/repos/acme/ml/labels").status == 200
    assert [status for _, _, status in place.sandbox.calls.made] == [502, 200, 200]


def test_the_merge_queue_merges_when_the_group_is_green(place):
    rule = {
        "type": "required_status_checks",
        "parameters": {
            "required_status_checks": [{"context": "wardround/root"}],
            "strict_required_status_checks_policy": False,
        },
    }
    named = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    store, world = place.sandbox.store, place.sandbox.world
    store.put(Ruleset(1, "acme/ml", "main", "active", "branch", named, (rule,)))
    number, head = (pull := open_pull(place))["number"], pull["head"]["sha"]
    run = place.run(statuses="write")
    green = {"state": "success", "context": "wardround/root"}
    run.call("POST", f"/repos/acme/ml/statuses/{head}", green)
    ref = enqueue(world, store.get(Pull, "acme/ml", number), Actor("acme"))
    event = store.find(Event)[-1]
    assert (event.name, event.action, event.ref) == ("merge_group", "checks_requested", ref)
    group = event.payload["merge_group"]
    assert group["head_ref"] == ref
    run.call("POST", f"/repos/acme/ml/statuses/{group['head_sha']}", {**green, "state": "failure"})
    assert store.get(Pull, "acme/ml", number).state == "open"
    run.call("POST", f"/repos/acme/ml/statuses/{group['head_sha']}", green)
    merged = store.get(Pull, "acme/ml", number)
    assert (merged.merged, merged.merge_sha) == (True, group["head_sha"])
    bare = place.sandbox.repositories.open("acme/ml")
    assert bare.branch("main") == group["head_sha"]
    assert bare.refs(ref) == {}


def test_a_status_of_another_app_does_not_count_where_the_rule_names_one(place):
    app, _ = place.sandbox.world.create_app("wardround", ("acme/ml",), {"statuses": "write"})
    check = {"context": "wardround/root", "integration_id": app.id}
    rule = {"type": "required_status_checks", "parameters": {"required_status_checks": [check]}}
    place.sandbox.store.put(Ruleset(1, "acme/ml", "main", "active", "branch", {}, (rule,)))
    pull = open_pull(place)
    green = {"state": "success", "context": "wardround/root"}
    path = f"/repos/acme/ml/statuses/{pull['head']['sha']}"
    assert place.run(statuses="write").call("POST", path, green).status == 201
    merge = f"/repos/acme/ml/pulls/{pull['number']}/merge"
    assert place.client("acme").call("PUT", merge).status == 405
    token = place.sandbox.world.tokens.app("wardround", "acme/ml", app.permissions)
    assert Client(place.sandbox.api_url, token).call("POST", path, green).status == 201
    assert place.client("acme").call("PUT", merge).status == 200


def test_a_merge_of_a_head_that_moved_is_refused(place):
    pull = open_pull(place)
    merge = f"/repos/acme/ml/pulls/{pull['number']}/merge"
    assert place.client("acme").call("PUT", merge, {"sha": "0" * 40}).status == 409
    assert place.client("acme").call("PUT", merge, {"sha": pull["head"]["sha"]}).status == 200
    assert place.client("acme").call("PUT", merge).status == 405


def test_another_base_and_a_closed_and_reopened_pull_request(place):
    pull = open_pull(place)
    place.branch("release", "r.txt", "r\n")
    acme, path = place.client("acme"), f"/repos/acme/ml/pulls/{pull['number']}"
    assert acme.call("PATCH", path, {"base": "release"}).body["base"]["ref"] == "release"
    assert place.sandbox.store.find(Event)[-1].payload["changes"]["base"]["ref"]["from"] == "main"
    assert acme.call("PATCH", path, {"state": "closed"}).body["state"] == "closed"
    assert acme.call("PATCH", path, {"state": "open"}).body["state"] == "open"
    assert [event.action for event in place.sandbox.store.find(Event)][-2:] == ["closed", "reopened"]
    assert acme.call("PATCH", path, {"base": "nowhere"}).status == 422


def test_requests_at_once_lose_nothing(place):
    sha = place.sandbox.repositories.open("acme/ml").branch("main")
    client, answers = place.run(statuses="write"), []

    def post(name):
        for number in range(5):
            body = {"state": "success", "context": f"{name}/{number}"}
            answers.append(client.call("POST", f"/repos/acme/ml/statuses/{sha}", body).status)

    threads = [threading.Thread(target=post, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [201] * 20
    assert len({item.context for item in place.sandbox.store.find(Status, "acme/ml", sha=sha)}) == 20


def test_one_of_two_writers_of_a_ref_wins(place):
    """Compare and set: of many that create the same branch at once, exactly one is told that it did."""
    sha = place.sandbox.repositories.open("acme/ml").branch("main")
    client, answers = place.client("acme"), []

    def post():
        body = {"ref": "refs/heads/one", "sha": sha}
        answers.append(client.call("POST", "/repos/acme/ml/git/refs", body).status)

    threads = [threading.Thread(target=post) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 422, 422, 422, 422, 422]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("GET", "/repos/acme/none", None, 404),
        ("GET", "/repos/acme/ml/pulls/not-a-number", None, 404),
        ("GET", "/repos/acme/ml/commits/--output=x", None, 422),
        ("GET", "/repos/acme/ml/commits/main~1", None, 422),
        ("GET", "/repos/acme/ml/compare/main...nowhere", None, 404),
        ("GET", "/repos/acme/ml/contents/../../etc/passwd", None, 404),
        ("POST", "/repos/acme/ml/git/refs", {"ref": "refs/heads/../x", "sha": "0" * 40}, 422),
        ("POST", "/repos/acme/ml/git/refs", {"ref": "refs/pull/1/head", "sha": "0" * 40}, 422),
        ("POST", "/repos/acme/ml/issues", b"{not json", 400),
        ("POST", "/repos/acme/ml/statuses/" + "0" * 40, {"state": "success"}, 422),
    ],
)
def test_what_is_wrong_is_refused_in_githubs_words(shared_place, method, path, body, status):
    answered = shared_place.client("acme").call(method, path, body)
    assert answered.status == status
    assert answered.body["message"]
    assert answered.body["documentation_url"]


def test_a_port_that_is_taken_is_explained(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        sandbox = Sandbox(tmp_path / "sandbox", port=other.getsockname()[1])
        with pytest.raises(EnvironmentFailure, match="cannot listen"):
            sandbox.start()
        sandbox.stop()


def test_it_listens_on_loopback_only(shared_place):
    for _, _, listening in shared_place.sandbox._running:
        assert listening.getsockname()[0] == "127.0.0.1"


def test_cutting_the_subset_again_changes_nothing():
    """The subset holds everything that it refers to, and nothing that the calls do not need."""
    whole = openapi.description()
    assert cut(whole, {*TABLE, *OUTSIDE, *SIGNED}) == whole
    smaller = cut(whole, {("GET", "/rate_limit")})
    assert set(smaller["paths"]) == {"/rate_limit"}
    assert len(smaller["components"]["schemas"]) < 5
