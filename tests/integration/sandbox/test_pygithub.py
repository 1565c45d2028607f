"""PyGithub, unmodified, does to the sandbox what Wardround's forge does to GitHub."""

import base64
import warnings

import github
import pytest
from github import Auth, Github, InputGitTreeElement

from wardround.sandbox.events import approve
from wardround.sandbox.model import Event


def connect(place, token):
    return Github(
        base_url=place.sandbox.api_url,
        auth=Auth.Token(token),
        retry=None,
        seconds_between_writes=0,
        seconds_between_requests=0,
    )


@pytest.fixture
def hub(place):
    with connect(place, place.tokens["acme"]) as connected:
        yield connected.get_repo("acme/ml")


def test_a_pull_request_from_branch_to_merge(place, hub):
    place.branch("topic", "a.txt", "a\n")
    pull = hub.create_pull(title="Title", body="Body", head="topic", base="main")
    assert (pull.number, pull.mergeable, pull.mergeable_state) == (1, True, "clean")
    assert [item.filename for item in pull.get_files()] == ["a.txt"]
    assert [item.commit.message for item in pull.get_commits()] == ["Add a.txt"]
    assert [item.number for item in hub.get_pulls(state="open", head="acme:topic", base="main")] == [1]
    assert [item.number for item in hub.get_commit(pull.head.sha).get_pulls()] == [1]
    with pytest.raises(github.GithubException, match="already exists"):
        hub.create_pull(title="Again", body="", head="topic", base="main")
    pull.add_to_labels("wardround")
    assert [label.name for label in hub.get_pull(1).labels] == ["wardround"]
    assert pull.merge(sha=pull.head.sha).merged
    assert hub.get_contents("a.txt").decoded_content == b"a\n"
    assert hub.get_pull(1).is_merged()


def test_three_hundred_comments_on_ten_pages(place, hub):
    place.branch("topic", "a.txt", "a\n")
    pull = hub.create_pull(title="Title", body="Body", head="topic", base="main")
    for number in range(95):
        pull.as_issue().create_comment(f"comment {number}")
    found = list(pull.get_issue_comments())
    assert [item.body for item in found] == [f"comment {number}" for number in range(95)]
    found[50].edit("changed")
    found[51].delete()
    again = [item.body for item in hub.get_issue(1).get_comments()]
    assert "changed" in again
    assert "comment 51" not in again
    assert len(again) == 94


def test_a_body_that_is_too_long_is_refused(place, hub):
    place.branch("topic", "a.txt", "a\n")
    pull = hub.create_pull(title="Title", body="Body", head="topic", base="main")
    assert pull.create_issue_comment("x" * 65536).body
    with pytest.raises(github.GithubException, match="65536"):
        pull.create_issue_comment("x" * 65537)


def test_a_file_commit_and_a_tag_through_the_api(place, hub):
    head = hub.get_branch("main").commit
    blob = hub.create_git_blob(base64.b64encode(b"\x00\xff").decode(), "base64")
    tree = hub.create_git_tree(
        [
            InputGitTreeElement("data/a.bin", "100644", "blob", sha=blob.sha),
            InputGitTreeElement("README.md", "100644", "blob", sha=None),
        ],
        hub.get_git_tree(head.commit.tree.sha),
    )
    made = hub.create_git_commit("Message", tree, [hub.get_git_commit(head.sha)])
    ref = hub.create_git_ref("refs/heads/side", made.sha)
    with pytest.raises(github.GithubException, match="already exists"):
        hub.create_git_ref("refs/heads/side", made.sha)
    with pytest.raises(github.GithubException, match="not a fast forward"):
        ref.edit(head.sha, force=False)
    assert place.sandbox.repositories.open("acme/ml").file("side", "data/a.bin") == b"\x00\xff"
    assert place.sandbox.repositories.open("acme/ml").file("side", "README.md") is None
    compared = hub.compare("main", "side")
    assert (compared.status, compared.ahead_by, compared.merge_base_commit.sha) == ("ahead", 1, head.sha)
    assert {item.filename: item.status for item in compared.files} == {"README.md": "removed", "data/a.bin": "added"}
    tag = hub.create_git_tag("m@v1.0.0", "One", made.sha, "commit")
    hub.create_git_ref("refs/tags/m@v1.0.0", tag.sha)
    assert hub.get_git_ref("tags/m@v1.0.0").object.type == "tag"
    assert hub.get_git_tag(tag.sha).message == "One"
    assert hub.get_tags()[0].commit.sha == made.sha


def test_statuses_count_by_their_newest(place, hub):
    commit = hub.get_branch("main").commit
    for state in ("pending", "failure", "success"):
        commit.create_status(state, context="wardround/root", description=state)
    commit.create_status("failure", context="other")
    combined = commit.get_combined_status()
    assert combined.state == "failure"
    assert {item.context: item.state for item in combined.statuses} == {"wardround/root": "success", "other": "failure"}
    assert len(list(commit.get_statuses())) == 4
    with pytest.raises(github.GithubException, match="140"):
        commit.create_status("success", context="c", description="x" * 141)


def test_a_fork_opens_a_pull_request(place, hub):
    place.branch("topic", "a.txt", "a\n", "eve/ml")
    with connect(place, place.tokens["eve"]) as connected:
        pull = connected.get_repo("acme/ml").create_pull(title="T", body="B", head="eve:topic", base="main")
        assert (pull.head.repo.full_name, pull.base.repo.full_name) == ("eve/ml", "acme/ml")
        assert pull.author_association == "NONE"
        pull.edit(title="Mine")
        with pytest.raises(github.GithubException):
            pull.merge()
    event = place.sandbox.store.find(Event)[-1]
    assert event.payload["pull_request"]["head"]["repo"]["fork"]
    assert place.sandbox.repositories.open("acme/ml").ref("refs/pull/1/head") == pull.head.sha


def test_a_required_status_holds_a_merge_back(place, hub):
    rule = {
        "type": "required_status_checks",
        "parameters": {
            "required_status_checks": [{"context": "wardround/root"}],
            "strict_required_status_checks_policy": False,
        },
    }
    body = {
        "name": "main",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [rule],
    }
    assert place.client("acme").call("POST", "/repos/acme/ml/rulesets", body).status == 201
    place.branch("topic", "a.txt", "a\n")
    pull = hub.create_pull(title="Title", body="Body", head="topic", base="main")
    assert pull.mergeable_state == "blocked"
    with pytest.raises(github.GithubException, match="wardround/root"):
        pull.merge()
    hub.get_commit(pull.head.sha).create_status("success", context="wardround/root")
    assert hub.get_pull(1).mergeable_state == "clean"
    assert pull.merge().merged


def test_a_runs_pull_request_waits_for_approval(place, hub):
    place.branch("topic", "a.txt", "a\n")
    client = place.run(pull_requests="write")
    body = {"title": "Retrain", "head": "topic", "base": "main"}
    assert client.call("POST", "/repos/acme/ml/pulls", body).status == 201
    store = place.sandbox.store
    (event,) = store.find(Event)
    assert (event.state, store.claim()) == ("held", None)
    approve(place.sandbox.world, event)
    assert store.claim().id == event.id


def test_an_app_signs_in_and_acts_as_itself(place):
    app, key = place.sandbox.world.create_app("wardround", ("acme/ml",), {"statuses": "write", "contents": "read"})
    with warnings.catch_warnings():
        integration = github.GithubIntegration(auth=Auth.AppAuth(app.id, key), base_url=place.sandbox.api_url)
        installed = integration.get_repo_installation("acme", "ml")
        token = integration.get_access_token(installed.id).token
        integration.close()
    with connect(place, token) as connected:
        status = connected.get_repo("acme/ml").get_branch("main").commit.create_status("success", context="c")
        assert status.creator.login == "wardround[bot]"
        with pytest.raises(github.GithubException, match="not accessible"):
            connected.get_repo("acme/ml").create_git_blob("x", "utf-8")


def test_answers_name_the_host_they_were_asked_on(place):
    port = place.sandbox.url.rsplit(":", 1)[1]
    with Github(base_url=f"http://localhost:{port}/api/v3", auth=Auth.Token(place.tokens["acme"])) as connected:
        hub = connected.get_repo("acme/ml")
        assert hub.url == f"http://localhost:{port}/api/v3/repos/acme/ml"
        assert hub.get_branch("main").commit.url.startswith(f"http://localhost:{port}/")
