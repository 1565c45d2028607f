"""The copy for act, and what is refused before it is made."""

import json

import pytest

from wardround.sandbox.runner import refusals, stand_ins, workflows
from wardround.sandbox.runner.groups import of_workflow
from wardround.sandbox.runner.masking import Mask
from wardround.sandbox.runner.rewriting import OUTPUTS, rewrite

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
CACHE = "actions/cache@55cc8345863c7cc4c66a329aec7e433d2d1c52a9"
APP = "actions/create-github-app-token@1b10c78c7865c340bc4f6099eb2f838309f1e8c3"


def workflow(jobs, **more):
    return workflows.read(".github/workflows/w.yml", json.dumps({"name": "w", "on": "push", "jobs": jobs, **more}))


def problems(job, read=lambda _: None):
    return [problem.what for problem in refusals.find(workflow({"a": job}), read)]


def test_each_job_has_a_token_of_its_own():
    steps = [
        {"env": {"A": "${{ github.token }}", "B": "x ${{ secrets.GITHUB_TOKEN || secrets.OTHER }}"}, "run": "true"}
    ]
    made = rewrite(workflow({"a": {"steps": steps}, "b": {"steps": steps}}, env={"T": "${{ github['token'] }}"}))
    assert made.tokens["a"] != made.tokens["b"]
    for name in ("a", "b"):
        job = made.document["jobs"][name]
        own, other = made.tokens[name], made.tokens["b" if name == "a" else "a"]
        assert job["env"]["T"] == f"${{{{ secrets.{own} }}}}"
        assert job["steps"][0]["env"] == {
            "A": f"${{{{ secrets.{own} }}}}",
            "B": f"x ${{{{ secrets.{own} || secrets.OTHER }}}}",
        }
        assert other not in json.dumps(job)
    assert "github.token" not in json.dumps(made.document)


def test_actions_get_the_token_by_default_only():
    steps = [{"uses": CHECKOUT}, {"uses": CHECKOUT, "with": {"token": "${{ secrets.OWN }}"}}]
    made = rewrite(workflow({"a": {"steps": steps}}))
    first, second = made.document["jobs"]["a"]["steps"]
    assert first["with"]["token"] == f"${{{{ secrets.{made.tokens['a']} }}}}"
    assert second["with"]["token"] == "${{ secrets.OWN }}"


def test_a_cache_is_saved_after_the_steps_and_outputs_are_told_last():
    job = {
        "outputs": {"x": "${{ steps.s.outputs.x }}"},
        "steps": [{"uses": CACHE, "with": {"path": "p", "key": "k"}}, {"run": "a"}],
    }
    steps = rewrite(workflow({"a": job})).document["jobs"]["a"]["steps"]
    assert [step.get("uses", step.get("id")) for step in steps] == [
        CACHE,
        None,
        CACHE.replace("actions/cache@", "actions/cache/save@"),
        OUTPUTS,
    ]
    assert stand_ins.find(steps[2]["uses"]) is not None


def test_the_app_gets_what_the_step_asks_for():
    given = {"client-id": "1", "private-key": "k", "permission-contents": "write"}
    made = rewrite(workflow({"a": {"steps": [{"uses": APP, "with": given}]}}))
    ((name, wanted),) = made.apps.items()
    assert wanted == {"contents": "write"}
    assert name in made.document["jobs"]["a"]["steps"][0]["with"]["sandbox-token"]


def test_the_original_is_left_alone():
    given = workflow({"a": {"permissions": {}, "steps": [{"uses": CHECKOUT}]}})
    before = json.dumps(given.document)
    rewrite(given)
    assert json.dumps(given.document) == before


@pytest.mark.parametrize(
    ("job", "word"),
    [
        ({"services": {"db": {"image": "postgres"}}, "steps": []}, "services"),
        ({"container": "debian", "steps": []}, "container"),
        ({"uses": "./.github/workflows/other.yml"}, "reusable"),
        (
            {"steps": [{"uses": "actions/github-script@3a2844b7e9c422d3c10d287c895573f7108da1b3"}]},
            "actions/github-script@3a28",
        ),
        ({"steps": [{"uses": "actions/checkout@v7"}]}, "actions/checkout@v7"),
        ({"steps": [{"uses": "actions/checkout/nothing@3d3c42e5aac5ba805825da76410c181273ba90b1"}]}, "no stand-in"),
        ({"steps": [{"uses": "docker://debian"}]}, "container action"),
        ({"steps": [{"uses": "./.github/actions/gone"}]}, "not there"),
        ({"steps": [{"run": "x", "env": {"A": "${{ toJSON(secrets) }}"}}]}, "as a whole"),
        ({"steps": [{"run": "x", "env": {"A": "${{ secrets[matrix.x] }}"}}]}, "as a whole"),
        ({"runs-on": "windows-latest", "steps": []}, "another system"),
    ],
)
def test_refused_by_name(job, word):
    assert any(word in what for what in problems(job)), problems(job)


def test_what_runs_is_not_refused():
    steps = [{"uses": entry.action + "@" + entry.sha} for entry in stand_ins.listed()]
    steps += [{"run": "echo", "env": {"A": "${{ secrets.A }}${{ secrets['B'] }}"}}]
    assert problems({"runs-on": "ubuntu-24.04", "steps": steps}) == []


def test_local_actions():
    good = "runs: {using: composite, steps: [{run: x, shell: sh}, {uses: %s}]}"
    step = {"steps": [{"uses": "./act"}]}
    assert problems(step, lambda path: good % CHECKOUT if path == "act/action.yml" else None) == []
    assert any("no stand-in" in what for what in problems(step, lambda _: good % "some/thing@v1"))
    assert any("not composite" in what for what in problems(step, lambda _: "runs: {using: node20, main: x.js}"))
    assert any("token" in what for what in problems(step, lambda _: good % CHECKOUT + "\n# ${{ github.token }}"))


def test_every_stand_in_is_there():
    for entry in stand_ins.listed():
        assert (entry.directory / "action.yml").is_file(), entry
        assert len(entry.sha) == 40
        assert entry.version.startswith("v")


def test_groups():
    context = {"github": {"event": {"number": 3}, "event_name": "pull_request"}}
    given = workflow(
        {"a": {"concurrency": "Deploy", "steps": []}},
        concurrency={
            "group": "r-${{ github.event.number }}",
            "cancel-in-progress": "${{ github.event_name == 'pull_request' }}",
        },
    )
    first, second = of_workflow("a/b", given, context)
    assert (first.key, first.cancel) == (("a/b", "r-3"), True)
    assert (second.key, second.cancel, second.whole_queue) == (("a/b", "deploy"), False, False)
    (only,) = of_workflow("a/b", workflow({"a": {"steps": []}}, concurrency={"group": "g", "queue": "max"}), {})
    assert only.whole_queue


def test_masking():
    mask = Mask(["planted-secret", "two\nlines-of-it", "abc"])
    assert mask("a planted-secret and lines-of-it, abc") == "a *** and ***, abc"
    assert "cGxhbnRlZC1zZWNyZXQ" not in mask("header cGxhbnRlZC1zZWNyZXQ=")
    mask.add("later")
    assert mask("later") == "***"
