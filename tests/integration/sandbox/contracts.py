"""One request for each call of the sandbox's API: what is sent, by whom, and the status that GitHub would answer."""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandboxes import Client, Place

from wardround.sandbox.events import Actor
from wardround.sandbox.model import (
    Artifact,
    Deployment,
    Environment,
    Job,
    Label,
    Protection,
    Review,
    Ruleset,
    Run,
    Status,
    Step,
    Variable,
    Workflow,
)
from wardround.sandbox.operations import NewPull, open_pull
from wardround.sandbox.workflows import workflows_of

ACME = Actor("acme")
RULES = [
    {"type": "deletion"},
    {
        "type": "required_status_checks",
        "parameters": {
            "strict_required_status_checks_policy": False,
            "required_status_checks": [{"context": "wardround/root"}],
        },
    },
]
CONDITIONS = {"ref_name": {"include": ["refs/heads/release"], "exclude": []}}


@dataclass(frozen=True)
class Sent:
    """A request. ``who`` is a login, or the permissions of a run."""

    params: Mapping[str, object] = field(default_factory=dict)
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    who: str | Mapping[str, str] = "acme"


@dataclass(frozen=True)
class Scene:
    """A sandbox with one of everything; ``fresh`` makes names that no other request uses."""

    place: Place
    counter: list[int]
    ids: dict[str, Any]

    def fresh(self, word: str) -> str:
        self.counter[0] += 1
        return f"{word}-{self.counter[0]}"

    @property
    def store(self):
        return self.place.sandbox.store

    @property
    def main(self) -> str:
        return self.place.sandbox.repositories.open("acme/ml").branch("main")

    def pull(self) -> int:
        name = self.fresh("topic")
        self.place.branch(name, f"{name}.txt", "text\n")
        new = NewPull("acme/ml", "A change", "acme/ml", name, "main")
        return open_pull(self.place.sandbox.world, new, ACME).number

    def comment(self, client: Client, number: int) -> int:
        return client.call("POST", f"/repos/acme/ml/issues/{number}/comments", {"body": "text"}).body["id"]

    def label(self) -> str:
        name = self.fresh("label")
        self.store.put(Label(self.store.next_id(), "acme/ml", name))
        return name

    def variable(self) -> str:
        name = self.fresh("NAME").replace("-", "_")
        self.store.put(Variable("acme/ml", name, "1", "2026-01-01T00:00:00Z"))
        return name

    def ruleset(self) -> int:
        number = self.store.next_id()
        now = "2026-01-01T00:00:00Z"
        self.store.put(Ruleset(number, "acme/ml", "r", "active", "branch", CONDITIONS, tuple(RULES), (), now, now))
        return number

    def artifact(self) -> int:
        number = self.store.next_id()
        path = f"artifacts/{number}.zip"
        place = self.place.sandbox.directory / path
        place.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(place, "w") as archive:
            archive.writestr("publication.json", "{}")
        now, later = "2026-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
        self.store.put(Artifact(number, "acme/ml", self.ids["run"], "evidence", path, 120, "ab" * 32, now, later))
        return number

    def file(self, name: str) -> str:
        entry = self.place.sandbox.repositories.open("acme/ml").entry("main", name)
        return entry.sha


def make_scene(place: Place) -> Scene:
    scene = Scene(place, [0], {})
    store, now = place.sandbox.store, "2026-01-01T00:00:00Z"
    pull = scene.pull()
    head = place.sandbox.repositories.open("acme/ml").ref(f"refs/pull/{pull}/head")
    acme = place.client("acme")
    scene.ids.update({"pull": pull, "head": head, "comment": scene.comment(acme, pull), "label": scene.label()})
    run, job, deployment = store.next_id(), store.next_id(), store.next_id()
    workflow = workflows_of(place.sandbox.world, place.sandbox.world.repository("acme/ml"))[0]
    path = workflow.path
    store.put(
        Run(run, "acme/ml", 1, path, "review", "pull_request", head, "topic-1", "acme/ml", "acme", 1, "A change",
            "completed", "success", (pull,), 0, now, now, now)
    )  # fmt: skip
    steps = (Step(1, "Check out", "completed", "success", now, now), Step(2, "Review"))
    log = place.sandbox.directory / "logs" / "1.txt"
    log.parent.mkdir(exist_ok=True)
    log.write_text("done\n")
    store.put(
        Job(job, "acme/ml", run, "review", head, 1, "completed", "success", ("ubuntu-24.04",), "", steps, "logs/1.txt",
            {}, "", now, now, now)
    )  # fmt: skip
    store.put(Status(store.next_id(), "acme/ml", head, "wardround/root", "failure", "no", "", "acme", now))
    store.put(Review(store.next_id(), "acme/ml", pull, "ada", "COMMENTED", head, "well", now))
    store.put(Environment(store.next_id(), "acme/ml", "clinic", now))
    store.put(Protection("acme/ml", "protected", ("wardround/root",), False, 1))
    place.branch("protected", "p.txt", "p\n")
    store.put(Deployment(deployment, "acme/ml", head, "main", "clinic", creator="acme", created_at=now))
    scene.ids.update({"run": run, "job": job, "deployment": deployment, "workflow": workflow.id})
    scene.ids.update({"artifact": scene.artifact(), "ruleset": scene.ruleset(), "variable": scene.variable()})
    app, key = place.sandbox.world.create_app("wardround", ("acme/ml",), {"contents": "write", "statuses": "write"})
    scene.ids.update({"app": app, "key": key})
    checks = place.run(checks="write", contents="write")
    made = checks.call("POST", "/repos/acme/ml/check-runs", {"name": "lint", "head_sha": head})
    scene.ids["check"] = made.body["id"]
    tag = {"tag": "v1", "message": "One", "object": head, "type": "commit"}
    scene.ids["tag"] = acme.call("POST", "/repos/acme/ml/git/tags", tag).body["sha"]
    acme.call("POST", "/repos/acme/ml/git/refs", {"ref": "refs/tags/v1", "sha": scene.ids["tag"]})
    noted = acme.call("POST", f"/repos/acme/ml/commits/{head}/comments", {"body": "text"})
    scene.ids["commit_comment"] = noted.body["id"]
    assert isinstance(workflow, Workflow)
    return scene


def _branch(scene: Scene) -> str:
    name = scene.fresh("side")
    scene.place.branch(name, f"{name}.txt", "text\n")
    return name


def _tree(scene: Scene) -> str:
    return scene.place.sandbox.repositories.open("acme/ml").commit("main").tree


def _labelled(scene: Scene) -> Sent:
    number = scene.pull()
    labels = {"labels": ["one", "two"]}
    scene.place.client("acme").call("POST", f"/repos/acme/ml/issues/{number}/labels", labels)
    return Sent({"issue_number": number, "name": "one"})


def _new_pull(scene: Scene) -> Sent:
    name = scene.fresh("fork")
    scene.place.branch(name, f"{name}.txt", "text\n", "eve/ml")
    body = {"title": "From a fork", "head": f"eve:{name}", "base": "main", "body": "text", "draft": True}
    return Sent(body=body, status=201, who="eve")


def _merged(scene: Scene) -> Sent:
    number = scene.pull()
    assert scene.place.client("acme").call("PUT", f"/repos/acme/ml/pulls/{number}/merge").status == 200
    return Sent({"pull_number": number}, status=204)


def _unprotected(scene: Scene) -> Sent:
    name = _branch(scene)
    scene.store.put(Protection("acme/ml", name, ("x",)))
    return Sent({"branch": name}, status=204)


def _disabled(scene: Scene) -> Sent:
    text = "name: spare\non: push\njobs: {}\n"
    body = {"message": "m", "content": base64.b64encode(text.encode()).decode()}
    name = f"{scene.fresh('spare')}.yml"
    path = f"/repos/acme/ml/contents/.github/workflows/{name}"
    assert scene.place.client("acme").call("PUT", path, body).status == 201
    return Sent({"workflow_id": name}, status=204)


_R = "/repos/{owner}/{repo}"
Make = Callable[[Scene], Sent]
CONTRACTS: dict[tuple[str, str], Make] = {
    ("GET", "/user"): lambda s: Sent(),
    ("POST", "/user/repos"): lambda s: Sent(body={"name": s.fresh("repository")}, status=201),
    ("GET", "/users/{username}"): lambda s: Sent({"username": "eve"}),
    ("GET", "/rate_limit"): lambda s: Sent(),
    ("GET", "/app"): lambda s: Sent(who="app"),
    ("GET", _R + "/installation"): lambda s: Sent(who="app"),
    ("POST", "/app/installations/{installation_id}/access_tokens"): lambda s: Sent(
        {"installation_id": s.ids["app"].installation_id},
        {"repositories": ["ml"], "permissions": {"contents": "read"}},
        status=201,
        who="app",
    ),
    ("GET", _R): lambda s: Sent(),
    ("POST", _R + "/forks"): lambda s: Sent(status=202, who="ada"),
    ("GET", _R + "/collaborators/{username}/permission"): lambda s: Sent({"username": "eve"}),
    ("GET", _R + "/labels"): lambda s: Sent(),
    ("POST", _R + "/labels"): lambda s: Sent(body={"name": s.fresh("l"), "color": "ff0000"}, status=201),
    ("GET", _R + "/labels/{name}"): lambda s: Sent({"name": s.ids["label"]}),
    ("PATCH", _R + "/labels/{name}"): lambda s: Sent({"name": s.label()}, {"new_name": s.fresh("m")}),
    ("DELETE", _R + "/labels/{name}"): lambda s: Sent({"name": s.label()}, status=204),
    ("GET", _R + "/issues"): lambda s: Sent(query={"state": "all"}),
    ("POST", _R + "/issues"): lambda s: Sent(body={"title": "Broken", "labels": ["new"]}, status=201, who="acme"),
    ("GET", _R + "/issues/{issue_number}"): lambda s: Sent({"issue_number": s.ids["pull"]}),
    ("PATCH", _R + "/issues/{issue_number}"): lambda s: Sent(
        {"issue_number": s.pull()}, {"labels": ["a"], "body": "b"}
    ),
    ("GET", _R + "/issues/{issue_number}/labels"): lambda s: Sent({"issue_number": s.ids["pull"]}),
    ("POST", _R + "/issues/{issue_number}/labels"): lambda s: Sent({"issue_number": s.pull()}, {"labels": ["a"]}),
    ("PUT", _R + "/issues/{issue_number}/labels"): lambda s: Sent({"issue_number": s.pull()}, {"labels": ["b"]}),
    ("DELETE", _R + "/issues/{issue_number}/labels"): lambda s: Sent({"issue_number": s.pull()}, status=204),
    ("DELETE", _R + "/issues/{issue_number}/labels/{name}"): _labelled,
    ("GET", _R + "/issues/{issue_number}/comments"): lambda s: Sent({"issue_number": s.ids["pull"]}),
    ("POST", _R + "/issues/{issue_number}/comments"): lambda s: Sent(
        {"issue_number": s.ids["pull"]}, {"body": "text"}, status=201
    ),
    ("GET", _R + "/issues/comments"): lambda s: Sent(),
    ("GET", _R + "/issues/comments/{comment_id}"): lambda s: Sent({"comment_id": s.ids["comment"]}),
    ("PATCH", _R + "/issues/comments/{comment_id}"): lambda s: Sent(
        {"comment_id": s.ids["comment"]}, {"body": "other"}
    ),
    ("DELETE", _R + "/issues/comments/{comment_id}"): lambda s: Sent(
        {"comment_id": s.comment(s.place.client("acme"), s.ids["pull"])}, status=204
    ),
    ("GET", _R + "/commits/{commit_sha}/comments"): lambda s: Sent({"commit_sha": s.ids["head"]}),
    ("POST", _R + "/commits/{commit_sha}/comments"): lambda s: Sent(
        {"commit_sha": s.ids["head"]}, {"body": "text"}, status=201
    ),
    ("GET", _R + "/comments/{comment_id}"): lambda s: Sent({"comment_id": s.ids["commit_comment"]}),
    ("PATCH", _R + "/comments/{comment_id}"): lambda s: Sent({"comment_id": s.ids["commit_comment"]}, {"body": "b"}),
    ("GET", _R + "/pulls"): lambda s: Sent(query={"state": "all"}),
    ("POST", _R + "/pulls"): _new_pull,
    ("GET", _R + "/pulls/{pull_number}"): lambda s: Sent({"pull_number": s.ids["pull"]}),
    ("PATCH", _R + "/pulls/{pull_number}"): lambda s: Sent(
        {"pull_number": s.pull()}, {"title": "B", "state": "closed"}
    ),
    ("GET", _R + "/pulls/{pull_number}/files"): lambda s: Sent({"pull_number": s.ids["pull"]}),
    ("GET", _R + "/pulls/{pull_number}/commits"): lambda s: Sent({"pull_number": s.ids["pull"]}),
    ("GET", _R + "/pulls/{pull_number}/merge"): _merged,
    ("PUT", _R + "/pulls/{pull_number}/merge"): lambda s: Sent({"pull_number": s.pull()}, {"merge_method": "squash"}),
    ("GET", _R + "/pulls/{pull_number}/reviews"): lambda s: Sent({"pull_number": s.ids["pull"]}),
    ("POST", _R + "/pulls/{pull_number}/reviews"): lambda s: Sent(
        {"pull_number": s.ids["pull"]}, {"event": "APPROVE", "body": "good"}, who="ada"
    ),
    ("GET", _R + "/pulls/{pull_number}/requested_reviewers"): lambda s: Sent({"pull_number": s.ids["pull"]}),
    ("POST", _R + "/pulls/{pull_number}/requested_reviewers"): lambda s: Sent(
        {"pull_number": s.pull()}, {"reviewers": ["ada"]}, status=201
    ),
    ("DELETE", _R + "/pulls/{pull_number}/requested_reviewers"): lambda s: Sent(
        {"pull_number": s.pull()}, {"reviewers": ["ada"]}
    ),
    ("POST", _R + "/statuses/{sha}"): lambda s: Sent(
        {"sha": s.ids["head"]},
        {"state": "success", "context": "wardround/root", "target_url": "http://127.0.0.1/x"},
        status=201,
        who={"statuses": "write"},
    ),
    ("GET", _R + "/commits/{ref}/statuses"): lambda s: Sent({"ref": s.ids["head"]}),
    ("GET", _R + "/commits/{ref}/status"): lambda s: Sent({"ref": s.ids["head"]}),
    ("POST", _R + "/check-runs"): lambda s: Sent(
        body={
            "name": "tests",
            "head_sha": s.ids["head"],
            "conclusion": "success",
            "output": {"title": "All", "summary": "well"},
        },
        status=201,
        who={"checks": "write"},
    ),
    ("GET", _R + "/check-runs/{check_run_id}"): lambda s: Sent({"check_run_id": s.ids["check"]}),
    ("PATCH", _R + "/check-runs/{check_run_id}"): lambda s: Sent(
        {"check_run_id": s.ids["check"]}, {"conclusion": "success"}, who={"checks": "write"}
    ),
    ("GET", _R + "/commits/{ref}/check-runs"): lambda s: Sent({"ref": s.ids["head"]}),
    ("GET", _R + "/git/ref/{ref}"): lambda s: Sent({"ref": "heads/main"}),
    ("GET", _R + "/git/matching-refs/{ref}"): lambda s: Sent({"ref": "tags/v"}),
    ("POST", _R + "/git/refs"): lambda s: Sent(
        body={"ref": f"refs/heads/{s.fresh('made')}", "sha": s.ids["head"]}, status=201
    ),
    ("PATCH", _R + "/git/refs/{ref}"): lambda s: Sent({"ref": f"heads/{_branch(s)}"}, {"sha": s.main, "force": True}),
    ("DELETE", _R + "/git/refs/{ref}"): lambda s: Sent({"ref": f"heads/{_branch(s)}"}, status=204),
    ("POST", _R + "/git/blobs"): lambda s: Sent(body={"content": "aGk=", "encoding": "base64"}, status=201),
    ("GET", _R + "/git/blobs/{file_sha}"): lambda s: Sent({"file_sha": s.file("README.md")}),
    ("POST", _R + "/git/trees"): lambda s: Sent(
        body={
            "base_tree": s.main,
            "tree": [
                {"path": "new.txt", "mode": "100644", "type": "blob", "content": "new\n"},
                {"path": "README.md", "mode": "100644", "type": "blob", "sha": None},
            ],
        },
        status=201,
    ),
    ("GET", _R + "/git/trees/{tree_sha}"): lambda s: Sent({"tree_sha": "main"}, query={"recursive": "1"}),
    ("POST", _R + "/git/commits"): lambda s: Sent(
        body={"message": "m", "tree": _tree(s), "parents": [s.main]}, status=201
    ),
    ("GET", _R + "/git/commits/{commit_sha}"): lambda s: Sent({"commit_sha": s.ids["head"]}),
    ("POST", _R + "/git/tags"): lambda s: Sent(
        body={"tag": s.fresh("v"), "message": "m", "object": s.ids["head"], "type": "commit"}, status=201
    ),
    ("GET", _R + "/git/tags/{tag_sha}"): lambda s: Sent({"tag_sha": s.ids["tag"]}),
    ("GET", _R + "/contents/{path}"): lambda s: Sent({"path": "src/model.py"}),
    ("PUT", _R + "/contents/{path}"): lambda s: Sent(
        {"path": f"{s.fresh('file')}.txt"},
        {"message": "m", "content": base64.b64encode(b"text").decode(), "branch": _branch(s)},
        status=201,
    ),
    ("DELETE", _R + "/contents/{path}"): lambda s: Sent(
        {"path": "README.md"}, {"message": "m", "sha": s.file("README.md"), "branch": _branch(s)}
    ),
    ("GET", _R + "/compare/{basehead}"): lambda s: Sent({"basehead": f"main...{s.ids['head']}"}),
    ("GET", _R + "/commits"): lambda s: Sent(),
    ("GET", _R + "/commits/{ref}"): lambda s: Sent({"ref": s.ids["head"]}),
    ("GET", _R + "/commits/{commit_sha}/pulls"): lambda s: Sent({"commit_sha": s.ids["head"]}),
    ("GET", _R + "/branches"): lambda s: Sent(),
    ("GET", _R + "/branches/{branch}"): lambda s: Sent({"branch": "protected"}),
    ("GET", _R + "/branches/{branch}/protection"): lambda s: Sent({"branch": "protected"}),
    ("PUT", _R + "/branches/{branch}/protection"): lambda s: Sent(
        {"branch": _branch(s)},
        {
            "required_status_checks": {"strict": True, "contexts": ["wardround/root"]},
            "enforce_admins": True,
            "required_pull_request_reviews": {"required_approving_review_count": 1},
            "restrictions": None,
        },
    ),
    ("DELETE", _R + "/branches/{branch}/protection"): _unprotected,
    ("GET", _R + "/tags"): lambda s: Sent(),
    ("GET", _R + "/actions/runs"): lambda s: Sent(query={"event": "pull_request"}),
    ("GET", _R + "/actions/runs/{run_id}"): lambda s: Sent({"run_id": s.ids["run"]}),
    ("GET", _R + "/actions/runs/{run_id}/jobs"): lambda s: Sent({"run_id": s.ids["run"]}),
    ("GET", _R + "/actions/runs/{run_id}/artifacts"): lambda s: Sent({"run_id": s.ids["run"]}),
    ("GET", _R + "/actions/jobs/{job_id}"): lambda s: Sent({"job_id": s.ids["job"]}),
    ("GET", _R + "/actions/jobs/{job_id}/logs"): lambda s: Sent({"job_id": s.ids["job"]}, status=302),
    ("GET", _R + "/actions/artifacts"): lambda s: Sent(),
    ("GET", _R + "/actions/artifacts/{artifact_id}"): lambda s: Sent({"artifact_id": s.ids["artifact"]}),
    ("DELETE", _R + "/actions/artifacts/{artifact_id}"): lambda s: Sent({"artifact_id": s.artifact()}, status=204),
    ("GET", _R + "/actions/artifacts/{artifact_id}/{archive_format}"): lambda s: Sent(
        {"artifact_id": s.ids["artifact"], "archive_format": "zip"}, status=302
    ),
    ("GET", _R + "/actions/workflows"): lambda s: Sent(),
    ("GET", _R + "/actions/workflows/{workflow_id}"): lambda s: Sent({"workflow_id": "review.yml"}),
    ("POST", _R + "/actions/workflows/{workflow_id}/dispatches"): lambda s: Sent(
        {"workflow_id": "review.yml"}, {"ref": "main", "inputs": {"a": "b"}}, status=204
    ),
    ("PUT", _R + "/actions/workflows/{workflow_id}/enable"): lambda s: Sent(
        {"workflow_id": s.ids["workflow"]}, status=204
    ),
    ("PUT", _R + "/actions/workflows/{workflow_id}/disable"): _disabled,
    ("GET", _R + "/actions/workflows/{workflow_id}/runs"): lambda s: Sent({"workflow_id": s.ids["workflow"]}),
    ("GET", _R + "/actions/permissions"): lambda s: Sent(),
    ("PUT", _R + "/actions/permissions"): lambda s: Sent(body={"enabled": True}, status=204),
    ("GET", _R + "/actions/permissions/workflow"): lambda s: Sent(),
    ("PUT", _R + "/actions/permissions/workflow"): lambda s: Sent(
        body={"default_workflow_permissions": "read", "can_approve_pull_request_reviews": True}, status=204
    ),
    ("GET", _R + "/actions/variables"): lambda s: Sent(),
    ("POST", _R + "/actions/variables"): lambda s: Sent(
        body={"name": s.fresh("V").replace("-", "_"), "value": "1"}, status=201
    ),
    ("GET", _R + "/actions/variables/{name}"): lambda s: Sent({"name": s.ids["variable"]}),
    ("PATCH", _R + "/actions/variables/{name}"): lambda s: Sent({"name": s.variable()}, {"value": "2"}, status=204),
    ("DELETE", _R + "/actions/variables/{name}"): lambda s: Sent({"name": s.variable()}, status=204),
    ("GET", _R + "/environments"): lambda s: Sent(),
    ("GET", _R + "/deployments"): lambda s: Sent(),
    ("POST", _R + "/deployments"): lambda s: Sent(
        body={"ref": "main", "environment": "clinic", "required_contexts": [], "payload": {"version": "1"}},
        status=201,
        who={"deployments": "write"},
    ),
    ("GET", _R + "/deployments/{deployment_id}"): lambda s: Sent({"deployment_id": s.ids["deployment"]}),
    ("GET", _R + "/deployments/{deployment_id}/statuses"): lambda s: Sent({"deployment_id": s.ids["deployment"]}),
    ("POST", _R + "/deployments/{deployment_id}/statuses"): lambda s: Sent(
        {"deployment_id": s.ids["deployment"]},
        {"state": "success", "log_url": "http://127.0.0.1/log"},
        status=201,
        who={"deployments": "write"},
    ),
    ("GET", _R + "/rulesets"): lambda s: Sent(),
    ("POST", _R + "/rulesets"): lambda s: Sent(
        body={"name": "main", "enforcement": "active", "conditions": CONDITIONS, "rules": RULES}, status=201
    ),
    ("GET", _R + "/rulesets/{ruleset_id}"): lambda s: Sent({"ruleset_id": s.ids["ruleset"]}),
    ("PUT", _R + "/rulesets/{ruleset_id}"): lambda s: Sent({"ruleset_id": s.ruleset()}, {"enforcement": "disabled"}),
    ("DELETE", _R + "/rulesets/{ruleset_id}"): lambda s: Sent({"ruleset_id": s.ruleset()}, status=204),
    ("GET", _R + "/rules/branches/{branch}"): lambda s: Sent({"branch": "release"}),
}
