"""A token does what it may and nothing else: each call of the table with too little, and as somebody without a role."""

import contracts
import pytest
from sandboxes import Client

from wardround.sandbox.api.permissions import TABLE
from wardround.sandbox.runner.permissions import SCOPES

PAIRS = sorted(TABLE, key=lambda pair: (pair[1], pair[0]))
WRITES = [pair for pair in PAIRS if TABLE[pair].level == "write"]
#: A person's call that no run may make, whatever its permissions.
PEOPLE = {("POST", "/repos/{owner}/{repo}/forks")}


@pytest.fixture(scope="module")
def scene(shared_place):
    return contracts.make_scene(shared_place)


@pytest.fixture(scope="module")
def everything_but(shared_place):
    """A run's client with write on everything except some scopes; one token for each set of scopes."""
    made = {}

    def client(scopes, rest="none"):
        if (scopes, rest) not in made:
            given = {scope: "write" for scope in (*SCOPES, "administration", "variables") if scope not in scopes}
            given |= dict.fromkeys(scopes, rest)
            token = shared_place.sandbox.world.tokens.run("acme/ml", given, 9)
            made[scopes, rest] = Client(shared_place.sandbox.api_url, token)
        return made[scopes, rest]

    return client


def ask(client, scene, pair):
    sent = contracts.CONTRACTS[pair](scene)
    url = pair[1].format(**{"owner": "acme", "repo": "ml", **sent.params})
    return client.call(pair[0], url, sent.body, sent.query)


def refused(answered):
    return answered.status == 403 and answered.body["message"] == "Resource not accessible by integration"


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if TABLE[pair].scopes != ("metadata",)], ids=" ".join)
def test_without_the_permission_a_run_is_refused(scene, everything_but, pair):
    assert refused(ask(everything_but(TABLE[pair].scopes), scene, pair))


@pytest.mark.parametrize("pair", WRITES, ids=" ".join)
def test_reading_is_not_writing(scene, everything_but, pair):
    assert refused(ask(everything_but(TABLE[pair].scopes, "read"), scene, pair))


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if TABLE[pair].level == "read"], ids=" ".join)
def test_read_is_enough_to_read(scene, shared_place, pair):
    token = shared_place.run(**{TABLE[pair].scopes[0]: "read"} if TABLE[pair].scopes != ("metadata",) else {})
    if pair in PEOPLE:
        return
    sent = contracts.CONTRACTS[pair](scene)
    assert ask(token, scene, pair).status == sent.status


def test_a_forks_run_reads_and_never_writes(scene, shared_place):
    given = {scope.replace("-", "_"): "write" for scope in SCOPES}
    client = shared_place.run(fork=True, **given)
    assert client.call("GET", "/repos/acme/ml/pulls").status == 200
    for pair in WRITES:
        assert refused(ask(client, scene, pair)), pair


@pytest.mark.parametrize("pair", WRITES, ids=" ".join)
def test_a_person_without_a_role_changes_only_what_everybody_may(scene, shared_place, pair):
    answered = ask(shared_place.client("eve"), scene, pair)
    if not TABLE[pair].anybody:
        assert answered.status == 404
    elif pair[0] in {"PATCH", "DELETE"}:
        assert answered.status == 403, "what another person wrote is not theirs"
    else:
        assert answered.status in {200, 201, 403}


def test_without_a_token_or_with_a_wrong_one(shared_place):
    url = shared_place.sandbox.api_url
    assert Client(url).call("GET", "/repos/acme/ml").status == 401
    wrong = Client(url, "ghs_wrong").call("GET", "/repos/acme/ml")
    assert (wrong.status, wrong.body["message"]) == (401, "Bad credentials")


def test_what_a_token_may_not_see_is_not_there(place):
    place.sandbox.create_repository("acme", "secret", from_path=place.source, private=True)
    for path in ("", "/pulls", "/contents/README.md"):
        assert place.client("acme").call("GET", f"/repos/acme/secret{path}").status == 200
        for client in (place.client("eve"), place.run(contents="write", pull_requests="write")):
            answered = client.call("GET", f"/repos/acme/secret{path}")
            assert (answered.status, answered.body["message"]) == (404, "Not Found")


def test_a_run_of_one_repository_changes_no_other(place):
    client = place.run("eve/ml", contents="write", issues="write", pull_requests="write", statuses="write")
    sha = place.sandbox.repositories.open("acme/ml").branch("main")
    assert client.call("GET", "/repos/acme/ml/commits").status == 200, "what is public may be read"
    assert refused(client.call("POST", f"/repos/acme/ml/statuses/{sha}", {"state": "success"}))
    assert refused(client.call("POST", "/repos/acme/ml/issues", {"title": "t"}))


def test_a_run_is_nobody(place):
    assert refused(place.run(contents="write").call("GET", "/user"))


def test_tokens_are_not_in_the_store(place):
    place.run(contents="write")
    content = b"".join(path.read_bytes() for path in place.sandbox.directory.glob("sandbox.sqlite*"))
    assert b"ghp_" not in content
    assert b"ghs_" not in content
    for token in place.tokens.values():
        assert token.encode() not in content
