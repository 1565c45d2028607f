"""git itself, unmodified, clones from and pushes to the sandbox; what it may not do is refused in its own words."""

from datetime import timedelta

import pytest
from sandboxes import commit, git

from wardround.sandbox.model import Event, Protection, Pull, Ruleset
from wardround.sandbox.world import NewRepository


def test_a_clone_has_what_was_put_in(place, tmp_path):
    clone = place.clone("acme", "acme/ml", tmp_path / "clone")
    assert (clone / "src/model.py").read_text() == "x = 1\n"
    assert git("rev-parse", "HEAD", cwd=clone).stdout == git("rev-parse", "HEAD", cwd=place.source).stdout


def test_anybody_reads_what_is_public_and_nothing_private(place, tmp_path):
    url = place.sandbox.url
    git("clone", "-q", f"{url}/acme/ml.git", "public", cwd=tmp_path)
    place.sandbox.create_repository("acme", "secret", from_path=place.source, private=True)
    refused = git("clone", "-q", f"{url}/acme/secret.git", "private", cwd=tmp_path, check=False)
    assert refused.returncode != 0
    assert "could not read Username" in refused.stderr
    stranger = git(
        "clone", f"{url.replace('//', '//x:' + place.tokens['eve'] + '@')}/acme/secret.git", cwd=tmp_path, check=False
    )
    assert "not found" in stranger.stderr
    place.clone("acme", "acme/secret", tmp_path / "own")


@pytest.mark.parametrize(("who", "words"), [("eve", "not found"), ("nobody", "Authentication failed")])
def test_a_stranger_cannot_push(place, tmp_path, who, words):
    clone = place.clone("acme", "acme/ml", tmp_path / "clone")
    commit(clone, "a.txt", "a\n")
    token = place.tokens.get(who, "ghp_wrong")
    url = place.sandbox.url.replace("//", f"//x:{token}@")
    before = place.sandbox.repositories.open("acme/ml").refs()
    done = git("push", f"{url}/acme/ml.git", "HEAD:refs/heads/a", cwd=clone, check=False)
    assert done.returncode != 0
    assert words in done.stderr
    assert place.sandbox.repositories.open("acme/ml").refs() == before


def test_a_push_becomes_events_and_moves_the_pull_request(place, tmp_path):
    clone = place.clone("acme", "acme/ml", tmp_path / "clone")
    git("switch", "-q", "-c", "topic", cwd=clone)
    first = commit(clone, "a.txt", "a\n")
    git("push", "-q", "origin", "topic", cwd=clone)
    body = {"title": "A", "head": "topic", "base": "main"}
    number = place.client("acme").call("POST", "/repos/acme/ml/pulls", body).body["number"]
    second = commit(clone, "a.txt", "b\n")
    git("push", "-q", "origin", "topic", cwd=clone)
    store = place.sandbox.store
    assert store.get(Pull, "acme/ml", number).head_sha == second
    events = store.find(Event)
    assert [(event.name, event.action, event.state) for event in events] == [
        ("push", "", "pending"),
        ("pull_request", "opened", "pending"),
        ("push", "", "pending"),
        ("pull_request", "synchronize", "pending"),
    ]
    last = events[-1].payload
    assert (last["before"], last["after"], last["number"]) == (first, second, number)
    assert last["pull_request"]["head"]["sha"] == second
    assert last["repository"]["full_name"] == "acme/ml"
    assert last["sender"]["login"] == "acme"
    assert events[2].payload["commits"][0]["id"] == second
    assert not events[2].payload["forced"]
    # what a workflow checks out: the merge of head and base
    merged = place.sandbox.repositories.open("acme/ml").commit(events[-1].sha)
    assert set(merged.parents) == {second, git("rev-parse", "origin/main", cwd=clone).stdout.strip()}


def test_a_forced_push_and_a_deleted_branch(place, tmp_path):
    clone = place.clone("acme", "acme/ml", tmp_path / "clone")
    git("switch", "-q", "-c", "topic", cwd=clone)
    commit(clone, "a.txt", "a\n")
    git("push", "-q", "origin", "topic", cwd=clone)
    body = {"title": "A", "head": "topic", "base": "main"}
    number = place.client("acme").call("POST", "/repos/acme/ml/pulls", body).body["number"]
    git("commit", "-q", "--amend", "-m", "other", cwd=clone)
    git("push", "-q", "-f", "origin", "topic", cwd=clone)
    store = place.sandbox.store
    assert store.find(Event, name="push")[-1].payload["forced"]
    assert store.get(Pull, "acme/ml", number).head_sha == git("rev-parse", "HEAD", cwd=clone).stdout.strip()
    git("push", "-q", "origin", ":topic", cwd=clone)
    assert store.get(Pull, "acme/ml", number).state == "closed"
    assert store.find(Event)[-1].action == "closed"


def test_a_conflict_shows(place, tmp_path):
    clone = place.clone("acme", "acme/ml", tmp_path / "clone")
    git("switch", "-q", "-c", "topic", cwd=clone)
    commit(clone, "src/model.py", "x = 2\n")
    git("push", "-q", "origin", "topic", cwd=clone)
    acme = place.client("acme")
    number = acme.call("POST", "/repos/acme/ml/pulls", {"title": "A", "head": "topic", "base": "main"}).body["number"]
    git("switch", "-q", "main", cwd=clone)
    commit(clone, "src/model.py", "x = 3\n")
    git("push", "-q", "origin", "main", cwd=clone)
    answered = acme.call("GET", f"/repos/acme/ml/pulls/{number}").body
    assert (answered["mergeable"], answered["mergeable_state"]) == (False, "dirty")
    assert acme.call("PUT", f"/repos/acme/ml/pulls/{number}/merge").status == 405


def _run_url(place, repository="acme/ml", *, fork=False, **permissions):
    token = place.sandbox.world.tokens.run(repository, permissions, 7, fork=fork)
    return place.sandbox.url.replace("//", f"//x-access-token:{token}@") + f"/{repository}.git"


def test_a_run_pushes_only_with_contents_write(place, tmp_path):
    clone = place.clone("acme", "acme/ml", tmp_path / "clone")
    commit(clone, "a.txt", "a\n")
    for url in (_run_url(place, contents="read"), _run_url(place, contents="write", fork=True)):
        refused = git("push", url, "HEAD:refs/heads/a", cwd=clone, check=False)
        assert refused.returncode != 0
        assert "403" in refused.stderr
        git("ls-remote", url, cwd=clone)
    git("push", "-q", _run_url(place, contents="write"), "HEAD:refs/heads/a", cwd=clone)
    # as on GitHub, a run's push starts no other run
    assert place.sandbox.store.find(Event) == ()


def test_a_run_cannot_change_workflows(place, tmp_path):
    clone = place.clone("acme", "acme/ml", tmp_path / "clone")
    commit(clone, ".github/workflows/evil.yml", "on: push\n")
    url = _run_url(place, contents="write")
    refused = git("push", url, "HEAD:refs/heads/a", cwd=clone, check=False)
    assert "without `workflows` permission" in refused.stderr
    assert place.sandbox.repositories.open("acme/ml").branch("a") is None
    git("push", "-q", "origin", "HEAD:refs/heads/a", cwd=clone)


RULE = {
    "type": "required_status_checks",
    "parameters": {
        "required_status_checks": [{"context": "wardround/root"}],
        "strict_required_status_checks_policy": False,
    },
}


@pytest.mark.parametrize("how", ["ruleset", "protection"])
def test_required_statuses_forbid_a_runs_direct_push(place, tmp_path, how):
    clone = place.clone("acme", "acme/ml", tmp_path / "clone")
    commit(clone, "a.txt", "a\n")
    store = place.sandbox.store
    if how == "ruleset":
        named = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
        admin = {"actor_type": "RepositoryRole", "actor_id": 5, "bypass_mode": "always"}
        store.put(Ruleset(1, "acme/ml", "main", "active", "branch", named, (RULE,), (admin,)))
    else:
        store.put(Protection("acme/ml", "main", ("wardround/root",)))
    url = _run_url(place, contents="write")
    before = place.sandbox.repositories.open("acme/ml").branch("main")
    refused = git("push", url, "HEAD:refs/heads/main", "HEAD:refs/heads/a", cwd=clone, check=False)
    assert "GH013: Repository rule violations found for refs/heads/main" in refused.stderr
    assert place.sandbox.repositories.open("acme/ml").branch("main") == before
    assert place.sandbox.repositories.open("acme/ml").branch("a") is not None, "another branch is free"
    git("push", "-q", "origin", "HEAD:refs/heads/main", cwd=clone)  # an admin may pass it by
    assert place.sandbox.repositories.open("acme/ml").branch("main") != before


def test_force_pushes_alone_can_be_forbidden(place, tmp_path):
    clone = place.clone("acme", "acme/ml", tmp_path / "clone")
    rule = {"type": "non_fast_forward"}
    place.sandbox.store.put(Ruleset(1, "acme/ml", "main", "active", "branch", {}, (rule,)))
    commit(clone, "a.txt", "a\n")
    git("push", "-q", "origin", "HEAD:refs/heads/main", cwd=clone)
    git("commit", "-q", "--amend", "-m", "other", cwd=clone)
    refused = git("push", "-f", "origin", "HEAD:refs/heads/main", cwd=clone, check=False)
    assert "Cannot force-push to refs/heads/main" in refused.stderr


def test_the_default_branch_and_the_sandboxs_own_refs_stay(place, tmp_path):
    clone = place.clone("acme", "acme/ml", tmp_path / "clone")
    before = place.sandbox.repositories.open("acme/ml").refs()
    for target in (":refs/heads/main", "HEAD:refs/pull/1/head"):
        assert git("push", "origin", target, cwd=clone, check=False).returncode != 0
    assert place.sandbox.repositories.open("acme/ml").refs() == before


def test_a_large_push_comes_through_whole(place, tmp_path):
    clone = place.clone("acme", "acme/ml", tmp_path / "clone")
    content = bytes(range(256)) * 20_000  # more than git sends in one buffer
    (clone / "large.bin").write_bytes(content)
    git("add", ".", cwd=clone)
    git("commit", "-q", "-m", "large", cwd=clone)
    git("push", "-q", "origin", "HEAD:refs/heads/large", cwd=clone)
    assert place.sandbox.repositories.open("acme/ml").file("large", "large.bin") == content


def test_git_speaks_tls_with_the_sandboxs_certificate(place, tmp_path):
    url = f"{place.sandbox.tls_url}/acme/ml.git"
    refused = git("ls-remote", url, cwd=tmp_path, check=False)
    assert "certificate" in refused.stderr
    done = git("ls-remote", url, cwd=tmp_path, env={"GIT_SSL_CAINFO": str(place.sandbox.ca_file)})
    assert "refs/heads/main" in done.stdout


def test_a_name_that_leaves_the_directory_is_refused(place, tmp_path):
    for name in ("../../etc", "acme/../../x", "acme/.hidden", "-x/y", "a b/c"):
        with pytest.raises(Exception, match="owner/name"):
            place.sandbox.world.create_repository(NewRepository(name))


def test_a_revoked_and_an_old_token_stop_working(place, tmp_path):
    world = place.sandbox.world
    place.sandbox.create_repository("acme", "secret", from_path=place.source, private=True)
    url = _run_url(place, "acme/secret", contents="read")
    assert "refs/heads/main" in git("ls-remote", url, cwd=tmp_path).stdout
    world.tokens.end_run(7)
    assert "Authentication failed" in git("ls-remote", url, cwd=tmp_path, check=False).stderr
    url = _run_url(place, "acme/secret", contents="read")
    git("ls-remote", url, cwd=tmp_path)
    world.clock.move(timedelta(hours=25))
    assert "Authentication failed" in git("ls-remote", url, cwd=tmp_path, check=False).stderr
    none = _run_url(place, "acme/secret", issues="write")
    assert "403" in git("ls-remote", none, cwd=tmp_path, check=False).stderr
