"""Under the ruleset of records that is shipped, jobs add to the history and the ledger, and nobody takes anything away."""

import json

import pytest
from sandboxes import commit, git

from wardround.flows.ledger.books import LEDGER
from wardround.flows.monitor.keeping import HISTORY
from wardround.flows.records import ForgeBranch
from wardround.forge import Credentials, connect
from wardround.forge.errors import Refused
from wardround.revision.git import Git
from wardround.sandbox.model import Ruleset
from wardround.scaffold import template

REPO = "acme/ml"


@pytest.fixture
def ruled(place):
    """The repository with the ruleset, sent as it is shipped."""
    body = json.loads(template.read(".github/rulesets/records.json"))
    assert place.client("acme").call("POST", f"/repos/{REPO}/rulesets", body).status == 201
    return place


@pytest.fixture
def forge(ruled):
    token = ruled.sandbox.world.tokens.run(REPO, {"contents": "write", "metadata": "read"}, 7)
    made = connect(Credentials(REPO, token, ruled.sandbox.api_url, author="github-actions[bot]"))
    yield made
    made.close()


@pytest.mark.parametrize("records", [HISTORY, LEDGER], ids=lambda records: records.called)
def test_a_job_adds_and_nobody_takes_away(ruled, forge, tmp_path, records):
    clone = ruled.clone("acme", REPO, tmp_path / "clone")
    kept = ForgeBranch(records, Git(clone), forge)
    kept.add({f"{records.directory}/a": b"a\n"}, "", "First")
    kept.add({f"{records.directory}/b": b"b\n"}, kept.now().tip, "Second")
    there = kept.now()
    assert set(there.files) == {f"{records.directory}/a", f"{records.directory}/b"}
    commit(clone, "c.txt", "c\n")
    for pushed in (f"+HEAD:{records.branch}", f":{records.branch}"):  # by the owner, whom no other rule stops
        refused = git("push", "-q", "origin", pushed, cwd=clone, check=False)
        assert refused.returncode != 0
    owner = ruled.client("acme")
    assert owner.call("DELETE", f"/repos/{REPO}/git/refs/heads/{records.branch}").status == 422
    moved = {"sha": git("rev-parse", "HEAD~1", cwd=clone).stdout.strip(), "force": True}
    assert owner.call("PATCH", f"/repos/{REPO}/git/refs/heads/{records.branch}", moved).status == 422
    assert kept.now() == there


def test_a_proposal_beside_them_may_be_rewritten_and_deleted(ruled, tmp_path):
    clone = ruled.clone("acme", REPO, tmp_path / "clone")
    commit(clone, "a.txt", "a\n")
    git("push", "-q", "origin", "HEAD:refs/heads/wardround/withdrawal-ml-1", cwd=clone)
    git("commit", "-q", "--amend", "-m", "Rebased", cwd=clone)
    git("push", "-q", "-f", "origin", "HEAD:refs/heads/wardround/withdrawal-ml-1", cwd=clone)
    git("push", "-q", "origin", ":wardround/withdrawal-ml-1", cwd=clone)


def test_where_only_an_app_may_push_a_job_without_it_is_refused(ruled, forge, tmp_path):
    """Why the shipped ruleset does not ask for it: before there is an App, the nightly job would fail."""
    only = {"ref_name": {"include": [f"refs/heads/{one.branch}" for one in (HISTORY, LEDGER)], "exclude": []}}
    store = ruled.sandbox.store
    store.put(
        Ruleset(store.next_id(), REPO, "writers", "active", "branch", only, ({"type": "creation"}, {"type": "update"}))
    )
    kept = ForgeBranch(HISTORY, Git(ruled.clone("acme", REPO, tmp_path / "clone")), forge)
    with pytest.raises(Refused):
        kept.add({"history/a": b"a\n"}, "", "First")
