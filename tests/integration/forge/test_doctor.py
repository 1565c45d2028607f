"""`wardround doctor --forge` against a running sandbox: all right, and each thing wrong, as each token sees it."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from wardround.cli.doctor import command
from wardround.flows.doctor import Check
from wardround.flows.doctor_forge.examine import examine_forge
from wardround.flows.doctor_forge.question import ForgeRequest, server_of
from wardround.flows.project_files import InitRequest, content_of
from wardround.forge import Credentials, connect
from wardround.forge.errors import CouldNotCheck
from wardround.sandbox.model import ActionsSettings, Ruleset, Run, Workflow
from wardround.sandbox.server import Sandbox

REPO, CONTEXT = "acme/sepsis", "wardround/sepsis"
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
APP = 4711
GIT = ("git", "-c", "user.name=Acme", "-c", "user.email=acme@example.org", "-c", "commit.gpgsign=false")


@dataclass
class Scene:
    """A repository on a sandbox, and its checkout."""

    sandbox: Sandbox
    checkout: Path
    token: str

    @property
    def store(self):
        return self.sandbox.store

    def examine(self, app: str = str(APP), token: str = "") -> dict[str, Check]:
        forge = connect(Credentials(REPO, token or self.token, self.sandbox.api_url, author="acme"))
        try:
            checks = examine_forge(ForgeRequest(forge, self.checkout, NOW, app, self.sandbox.url))
        finally:
            forge.close()
        named = {check.name: check for check in checks}
        assert len(named) == len(checks), "two checks of one name"
        return named

    def rules(self, file: str) -> Ruleset:
        name = json.loads((self.checkout / f".github/rulesets/{file}.json").read_text())["name"]
        return next(one for one in self.store.find(Ruleset, REPO) if one.name == name)

    def edit(self, files: Mapping[str, str | None]) -> None:
        """A commit on the forge's default branch."""
        bare = self.sandbox.repositories.open(REPO)
        tip = bare.branch("main")
        head = bare.commit(tip)
        changes = [("100644", bare.write_blob(text.encode()), name) if text is not None else ("000000", None, name) for name, text in files.items()]  # fmt: skip
        tree = bare.write_tree(changes, tip)
        made = bare.write_commit(tree, (tip,), "Edit", head.author, head.committer)
        assert bare.move("refs/heads/main", made, tip)

    def ran(self, file: str, hours: float, conclusion: str = "success", event: str = "workflow_run") -> None:
        """A run that ended so many hours ago."""
        at = f"{NOW - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"
        number = self.store.next_id()
        self.store.put(
            Run(number, REPO, 1, f".github/workflows/{file}", file, event, "a" * 40, "main", REPO, "acme",
                status="completed", conclusion=conclusion, created_at=at, started_at=at, updated_at=at)
        )  # fmt: skip


def changed(ruleset: Ruleset, kind: str, **parameters: Any) -> Ruleset:
    """A ruleset with other parameters of one rule."""
    rules = [
        {**rule, "parameters": {**rule["parameters"], **parameters}} if rule["type"] == kind else rule
        for rule in ruleset.rules
    ]
    return replace(ruleset, rules=tuple(rules))


def pinned(scene: Scene, app: int | None) -> Ruleset:
    one = {"context": CONTEXT, **({} if app is None else {"integration_id": app})}
    return changed(scene.rules("main"), "required_status_checks", required_status_checks=[one])


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("doctor") / "sepsis"
    texts = dict(content_of(InitRequest(place), place, place).texts)
    texts[".github/CODEOWNERS"] = texts[".github/CODEOWNERS"].replace("@OWNER", "@acme/owners")
    for name, text in texts.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")
    for args in (("init", "-qb", "main"), ("add", "-A"), ("commit", "-qm", "first")):
        subprocess.run([*GIT, *args], cwd=place, check=True, capture_output=True)
    return place


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Iterator[Scene]:
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        sandbox.create_repository("acme", "sepsis", from_path=checkout)
        yield Scene(sandbox, checkout, sandbox.create_user("acme"))


@pytest.fixture
def scene(running: Scene) -> Scene:
    """Everything is right: to be spoilt."""
    store, bare = running.store, running.sandbox.repositories.open(REPO)
    first = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=running.checkout, check=True, capture_output=True, text=True
    )
    bare.must("update-ref", "refs/heads/main", first.stdout.strip())
    with store.transaction():
        for kind in (Ruleset, Run, Workflow, ActionsSettings):
            for record in store.find(kind, REPO):
                store.remove(record)
        for file in ("main", "tags", "records"):
            given = json.loads((running.checkout / f".github/rulesets/{file}.json").read_text())
            kept = {key: given[key] for key in ("name", "enforcement", "target", "conditions")}
            store.put(Ruleset(store.next_id(), REPO, **kept, rules=tuple(given["rules"])))
        store.put(pinned(running, APP))
        store.put(ActionsSettings(REPO, can_approve=True))
        running.ran("review.yml", 5.1, event="pull_request")
        running.ran("publish.yml", 5)
        running.ran("monitor.yml", 4, event="schedule")
    return running


def test_all_is_right(scene: Scene) -> None:
    found = scene.examine()
    assert [check for check in found.values() if check.state != "ok"] == []
    assert not any(check.fix for check in found.values())
    assert {CONTEXT, "ruleset", "tag ruleset", "records", "record writers", "review.yml", "publish.yml", "files", "CODEOWNERS", "last publish"} <= set(found)  # fmt: skip
    assert found["last publish"].found == "success, 5 hours ago"


Spoil = Callable[[Scene], object]


def _never_watched(scene: Scene) -> None:
    for run in scene.store.find(Run, REPO, event="schedule"):
        scene.store.remove(run)


def _without(kind: str) -> Spoil:
    def spoil(scene: Scene) -> None:
        main = scene.rules("main")
        scene.store.put(replace(main, rules=tuple(rule for rule in main.rules if rule["type"] != kind)))

    return spoil


def _rule(kind: str, **parameters: Any) -> Spoil:
    return lambda scene: scene.store.put(changed(scene.rules("main"), kind, **parameters))


def _queue(strategy: str) -> Spoil:
    """A merge queue, with the parameters that GitHub's page fills in."""
    parameters = {
        "check_response_timeout_minutes": 60, "grouping_strategy": strategy, "max_entries_to_build": 5, "max_entries_to_merge": 5,
        "merge_method": "MERGE", "min_entries_to_merge": 1, "min_entries_to_merge_wait_minutes": 5,
    }  # fmt: skip

    def spoil(scene: Scene) -> None:
        main = scene.rules("main")
        scene.store.put(replace(main, rules=(*main.rules, {"type": "merge_queue", "parameters": parameters})))

    return spoil


def _on(file: str, **fields: Any) -> Spoil:
    return lambda scene: scene.store.put(replace(scene.rules(file), **fields))


def _state(file: str, state: str) -> Spoil:
    def spoil(scene: Scene) -> None:
        scene.examine()  # the sandbox records a workflow when it is first looked at
        path = f".github/workflows/{file}"
        scene.store.put(replace(scene.store.get(Workflow, REPO, path), state=state))

    return spoil


def _edit(name: str, text: str | None) -> Spoil:
    return lambda scene: scene.edit({name: text})


def _elsewhere(*include: str) -> dict[str, Any]:
    return {"ref_name": {"include": list(include), "exclude": []}}


def _without_records(scene: Scene) -> None:
    """A repository from before there was such a ruleset."""
    scene.store.remove(scene.rules("records"))
    scene.edit({".github/rulesets/records.json": None})


def _all_by_pull(scene: Scene, **fields: Any) -> None:
    rules = ({"type": "pull_request", "parameters": {"required_approving_review_count": 1}},)
    made = Ruleset(
        scene.store.next_id(), REPO, "all by pull request", "active", "branch", _elsewhere("refs/heads/**/*"), rules
    )
    scene.store.put(replace(made, **fields))


WRONG: dict[str, tuple[Spoil, str, str, str]] = {
    # what is wrong: (how, which check says so, its state, a part of what it says or of the fix)
    "no ruleset": (lambda scene: scene.store.remove(scene.rules("main")), "ruleset", "missing", f"gh api --hostname HOST --method POST repos/{REPO}/rulesets --input .github/rulesets/main.json"),
    "a ruleset that only watches": (_on("main", enforcement="evaluate"), "ruleset", "missing", "--field enforcement=active"),
    "a ruleset of another branch": (_on("main", conditions=_elsewhere("refs/heads/release/*")), "ruleset", "missing", "none is active"),
    "the default branch left out": (_on("main", conditions={"ref_name": {"include": ["refs/heads/*"], "exclude": ["refs/heads/ma*"]}}), "ruleset", "missing", "none is active"),
    "a wildcard that stops at the slash": (_on("main", conditions=_elsewhere("refs/*")), "ruleset", "missing", "none is active"),
    "no required status": (_without("required_status_checks"), CONTEXT, "missing", "not required"),
    "the status of another project": (_rule("required_status_checks", required_status_checks=[{"context": "wardround/other"}]), CONTEXT, "missing", "not required"),
    "pinned to nobody": (lambda scene: scene.store.put(pinned(scene, None)), CONTEXT, "advice", "forgeable by writers"),
    "pinned to another App": (lambda scene: scene.store.put(pinned(scene, 99)), CONTEXT, "missing", "does not count"),
    "pinned to Actions although there is an App": (lambda scene: scene.store.put(pinned(scene, 15368)), CONTEXT, "missing", f'"integration_id": {APP}'),
    "not up to date": (_rule("required_status_checks", strict_required_status_checks_policy=False), "up to date", "missing", "--method PUT"),
    "force pushes": (_without("non_fast_forward"), "history", "missing", "overwrite"),
    "no approval": (_rule("pull_request", required_approving_review_count=0), "approval", "missing", "--method PUT"),
    "no owners' review": (_rule("pull_request", require_code_owner_review=False), "code owners", "missing", "--method PUT"),
    "somebody who need not obey": (_on("main", bypass_actors=({"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"},)), "bypass", "advice", "1 actors"),
    "a merge queue that tests its last commit alone": (_queue("HEADGREEN"), "merge queue", "missing", "ALLGREEN"),
    "no tag ruleset": (lambda scene: scene.store.remove(scene.rules("tags")), "tag ruleset", "missing", "--input .github/rulesets/tags.json"),
    "tags that may move": (_on("tags", rules=({"type": "deletion"},)), "tag ruleset", "missing", "creation, update"),
    "records that may be lost": (lambda scene: scene.store.remove(scene.rules("records")), "records", "missing", f"gh api --hostname HOST --method POST repos/{REPO}/rulesets --input .github/rulesets/records.json"),
    "records that may be overwritten": (_on("records", rules=({"type": "deletion"},)), "records", "missing", "--method PUT"),
    "records of the history alone": (_on("records", conditions=_elsewhere("refs/heads/wardround/h*")), "records", "missing", "says of wardround/ledger:"),
    "a ruleset of records that only watches": (_on("records", enforcement="evaluate"), "records", "missing", "--method PUT"),
    "records that the App may overwrite": (_on("records", bypass_actors=({"actor_id": APP, "actor_type": "Integration", "bypass_mode": "always"},)), "records", "advice", "not even the App"),
    "records without a file": (_without_records, "records", "missing", "wardround upgrade, which writes the file; then gh api"),
    "records by pull request only": (_all_by_pull, "record writers", "missing", "'all by pull request' (pull_request)"),
    "no publish.yml": (_edit(".github/workflows/publish.yml", None), "publish.yml", "missing", "not on the default branch"),
    "review.yml asleep": (_state("review.yml", "disabled_inactivity"), "review.yml", "missing", "actions/workflows/review.yml/enable"),
    "release.yml switched off": (_state("release.yml", "disabled_manually"), "release.yml", "missing", "actions/workflows/release.yml/enable"),
    "a workflow that somebody edited": (_edit(".github/workflows/review.yml", "name: review\non: push\njobs: {}\n"), "files", "missing", "wardround upgrade"),
    "a script that somebody edited": (_edit(".github/scripts/scope.py", "print('projects=[]')\n"), "files", "missing", "scope.py"),
    "owners that nobody named": (_edit(".github/CODEOWNERS", "* @OWNER\n"), "CODEOWNERS", "missing", "nobody real"),
    "a path without owners": (_edit(".github/CODEOWNERS", "* @acme/all\n/.github/\n"), "CODEOWNERS", "missing", "/.github/"),
    "no owners of what judges": (_edit(".github/CODEOWNERS", "* @acme/all\n"), "CODEOWNERS", "advice", "governance/"),
    "no CODEOWNERS": (_edit(".github/CODEOWNERS", None), "CODEOWNERS", "missing", "not on the default branch"),
    "a publishing that failed": (lambda scene: scene.ran("publish.yml", 1, "failure"), "last publish", "missing", "failure, 1 hours ago"),
    "a review that was not published": (lambda scene: scene.ran("review.yml", 2, event="pull_request"), "last publish", "missing", "later review"),
    "Actions may not open pull requests": (lambda scene: scene.store.put(ActionsSettings(REPO)), "Actions open pull requests", "advice", "settings/actions"),
    "a token that may write unasked": (lambda scene: scene.store.put(ActionsSettings(REPO, can_approve=True, default_permissions="write")), "default permissions", "advice", "choose read"),
    "params that are broken": (_edit("params.yaml", "project: {nam: x}\n"), "params.yaml", "missing", "on the default branch"),
    "a schedule that never ran": (_never_watched, "schedule", "advice", "never"),
}  # fmt: skip


#: One of each kind in every change's tests; all of them in `make test-all`.
QUICK = (
    "no ruleset",
    "pinned to nobody",
    "tags that may move",
    "records that may be lost",
    "records by pull request only",
    "a script that somebody edited",
    "owners that nobody named",
    "a publishing that failed",
)


@pytest.mark.parametrize(
    "what", [what if what in QUICK else pytest.param(what, marks=pytest.mark.slow) for what in WRONG]
)
def test_each_thing_wrong_is_told_with_its_fix(scene: Scene, what: str) -> None:
    spoil, name, state, said = WRONG[what]
    spoil(scene)
    found = scene.examine()
    check = found[name]
    host = scene.sandbox.url.partition("://")[2]
    assert check.state == state, check
    assert said.replace("HOST", host) in f"{check.found} | {check.fix}"
    assert check.fix
    wrong = {one.name for one in found.values() if one.state != "ok"}
    assert wrong <= {name, "files", "last publish"}, "one mistake is told once"


def test_an_edited_title_is_no_publishing_that_failed(scene: Scene) -> None:
    """The forge starts a review and a publish run for it, and both are skipped."""
    for _ in range(12):
        scene.ran("review.yml", 2, "skipped", event="pull_request")
        scene.ran("publish.yml", 2, "skipped")
    check = scene.examine()["last publish"]
    assert (check.state, check.found) == ("ok", "success, 5 hours ago")


def test_a_merge_queue_that_tests_every_commit(scene: Scene) -> None:
    assert "merge queue" not in scene.examine()
    _queue("ALLGREEN")(scene)
    assert scene.examine()["merge queue"].state == "ok"


def test_without_an_app_the_status_is_forgeable(scene: Scene) -> None:
    assert scene.examine(app="")[CONTEXT].state == "unseen", "pinned, but to whom is not known here"
    assert scene.examine(app="Iv23liCLIENT")[CONTEXT].state == "unseen"
    scene.store.put(pinned(scene, 15368))
    found = scene.examine(app="")[CONTEXT]
    assert (found.state, "forgeable by writers" in found.found) == ("advice", True)


def test_the_fix_of_a_missing_ruleset_fixes_it(scene: Scene) -> None:
    """What `gh api --method POST … --input FILE` sends, sent."""
    import urllib.request

    scene.store.remove(scene.rules("main"))
    assert ".github/rulesets/main.json" in scene.examine(app="")["ruleset"].fix
    body = (scene.checkout / ".github/rulesets/main.json").read_bytes()
    headers = {"Authorization": f"Bearer {scene.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{scene.sandbox.api_url}/repos/{REPO}/rulesets", body, headers, method="POST")
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        assert answer.status == 201
    assert scene.examine(app="")["ruleset"].state == "ok"


def test_a_ruleset_of_the_writers_is_no_mistake(scene: Scene) -> None:
    """Only the App may push to the branches of records: its own ruleset, which it passes by; nobody passes by the other."""
    only = ({"type": "creation"}, {"type": "update"})
    app = {"actor_id": APP, "actor_type": "Integration", "bypass_mode": "always"}
    _all_by_pull(scene, conditions=_elsewhere("refs/heads/wardround/**/*"), rules=only, bypass_actors=(app,))
    found = scene.examine()
    assert (found["records"].state, found["record writers"].state) == ("ok", "ok")


@pytest.mark.slow
def test_a_schedule_is_alive_late_or_asleep(scene: Scene) -> None:
    _never_watched(scene)
    scene.ran("monitor.yml", 24 * 4, event="schedule")
    assert scene.examine()["schedule"].state == "missing", "a nightly look that did not start for four days"
    scene.ran("monitor.yml", 3, event="schedule")
    assert scene.examine()["schedule"].state == "ok"
    _state("monitor.yml", "disabled_inactivity")(scene)
    assert scene.examine()["schedule"].state == "missing"


def test_what_a_token_may_not_see_is_never_ok(scene: Scene) -> None:
    """A job's token with contents alone: rules and files are seen; runs and settings are not."""
    token = scene.sandbox.world.tokens.run(REPO, {"contents": "read", "metadata": "read"}, 7)
    found = scene.examine(token=token)
    assert found["workflows"].state == "unseen"
    assert found["published"].state == "unseen"
    assert found["Actions open pull requests"].state == "advice"
    assert "may not see" in found["Actions open pull requests"].found
    assert (found["files"].state, found["ruleset"].state) == ("ok", "ok")
    blind = scene.examine(token=scene.sandbox.world.tokens.run(REPO, {"metadata": "read"}, 7))
    assert (blind["default branch"].state, len(blind)) == ("unseen", 2)


def test_a_repository_that_is_not_there_ends_it(scene: Scene) -> None:
    forge = connect(Credentials("acme/nowhere", scene.token, scene.sandbox.api_url, author="acme"))
    with pytest.raises(CouldNotCheck, match="not there"):
        examine_forge(ForgeRequest(forge, scene.checkout, NOW))
    forge.close()


def test_the_command(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "WARDROUND_APP_KEY_FILE", "GITHUB_SERVER_URL", "WARDROUND_AUTHOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_REPOSITORY", REPO)
    monkeypatch.setenv("GITHUB_API_URL", scene.sandbox.api_url)
    monkeypatch.setenv("WARDROUND_TOKEN", scene.token)
    monkeypatch.setenv("WARDROUND_APP_ID", str(APP))
    monkeypatch.chdir(scene.checkout / "pipelines")
    _never_watched(scene)  # for the command's own clock its schedule would have been late for long
    done = CliRunner().invoke(command, ["--forge", "--json"], standalone_mode=False)
    states = {check["name"]: check["state"] for check in json.loads(done.stdout)}
    assert states[CONTEXT] == "ok"
    # the runs of the scene are long past for the command's own clock, and that alone is no mistake
    assert done.return_value == 0, states
    scene.store.remove(scene.rules("main"))
    done = CliRunner().invoke(command, ["--forge"], standalone_mode=False)
    assert done.return_value == 3
    assert "missing  ruleset" in done.stdout
    assert "fix: gh api" in done.stdout
    assert scene.token not in done.stdout


def test_where_people_look() -> None:
    assert server_of("https://api.github.com") == "https://github.com"
    assert server_of("https://git.hospital.example/api/v3/") == "https://git.hospital.example"
