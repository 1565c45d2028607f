"""Tokens carry what the YAML grants, secrets stay where they belong, and nothing outlives a run."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from runner_rig import NAME, git, processes

from wardround.sandbox.events import Actor
from wardround.sandbox.model import Token
from wardround.sandbox.model_more import Event, Secret, Variable
from wardround.sandbox.runner import Runner
from wardround.sandbox.server import Sandbox

PLANTED = "planted-secret-5d41402abc"
#: A step that asks the API for something and prints the code of the answer.
ASK = """curl -s -o answer -w '%{http_code}' -H "Authorization: Bearer $TOKEN" """


def wait_for(condition, seconds=30.0):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


def status_workflow(top, job):
    return f"""
        on: push
        permissions: {top}
        jobs:
          a:
            runs-on: ubuntu-24.04
            {job}
            steps:
              - env: {{TOKEN: "${{{{ github.token }}}}", SHA: "${{{{ github.sha }}}}"}}
                run: |
                  code=$({ASK} -X POST -d '{{"state": "success", "context": "c"}}' "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/statuses/$SHA")
                  echo "code=$code"; cat answer
        """


@pytest.mark.parametrize(
    ("top", "job", "code"),
    [
        ("{}", "permissions: {statuses: write}", 201),
        ("{statuses: write}", "", 201),
        ("{}", "", 403),
        ("{statuses: read}", "", 403),
        ("{statuses: write}", "permissions: {contents: write}", 403),
    ],
)
def test_a_missing_permission_fails_here_too(served, top, job, code):
    served.commit({"a": status_workflow(top, job)})
    served.push()
    (run,) = served.work()
    assert f"code={code}" in served.logs(), served.logs()
    assert ("Resource not accessible by integration" in served.logs()) is (code == 403)
    assert run.conclusion == "success"
    assert served.world.store.find(Token, run_id=run.id) == ()  # the token ended with the run


def test_two_jobs_two_tokens(served):
    served.commit(
        {
            "a": """
            on: push
            permissions: {}
            jobs:
              may:
                runs-on: ubuntu-24.04
                permissions: {contents: read}
                steps:
                  - {uses: <checkout>}
                  - {run: "cat README/x; git log --oneline | wc -l; git config --get-regexp extraheader || echo clean"}
              may-not:
                runs-on: ubuntu-24.04
                steps: [{uses: <checkout>}]
            """,
            "README/x": "the text\n",
        }
    )
    record = served.world.repository(NAME)
    served.world.store.put(type(record)(**{**vars(record), "private": True}))
    served.push()
    (run,) = served.work()
    jobs = served.jobs(run)
    assert {name: job.conclusion for name, job in jobs.items()} == {"may": "success", "may-not": "failure"}, (
        served.logs()
    )
    assert {"the text", "1"} <= set(served.log(jobs["may"]).splitlines())
    assert "clean" not in served.log(jobs["may"]).splitlines()  # credentials persist unless they are told not to
    assert "the token may not read it" in served.log(jobs["may-not"])


def test_checkout(served):
    served.commit({"README/x": "one\n"}, message="one")
    served.commit(
        {
            "a": """
            on: push
            permissions: {contents: read}
            jobs:
              a:
                runs-on: ubuntu-24.04
                steps:
                  - uses: <checkout>
                    with: {fetch-depth: 0, persist-credentials: false}
                  - run: |
                      echo "branch=$(git branch --show-current) count=$(git rev-list --count HEAD) tags=$(git tag)"
                      echo "cred=$(git config --get-regexp 'extraheader|include' || echo none) head=$(git rev-parse HEAD)"
                  - uses: <checkout>
                    with: {ref: v1, path: deep/old}
                  - run: cat deep/old/README/x
                  - uses: <checkout>
                    with: {path: ../out}
            """,
            "README/x": "two\n",
        }
    )
    bare = served.world.bare(NAME)
    sha = bare.branch("main")
    bare.set("refs/tags/v1", bare.must("rev-parse", "main~1").strip())
    served.push()
    served.work()
    log = served.logs()
    assert "branch=main count=2 tags=v1" in log, log
    assert f"cred=none head={sha}" in log
    assert "one" in log.splitlines()
    assert "is not below the workspace" in log


def test_a_forks_run_has_no_secret_and_writes_nothing(served):
    served.commit(
        {
            "a": status_workflow("{}", "permissions: {statuses: write, contents: read}").replace(
                "on: push", "on: pull_request"
            )
        }
    )
    served.world.store.put(Secret(NAME, "PLANTED", PLANTED))
    served.world.fork(NAME, "eve")
    hostile = (
        status_workflow("{}", "permissions: write-all")
        .replace("on: push", "on: pull_request")
        .replace('echo "code=$code"', 'echo "code=$code secret=<${{ secrets.PLANTED }}>"')
    )
    path = served.source / ".github/workflows/a.yml"
    served.commit({"a": hostile}, branch="elsewhere")
    served.world.bare("eve/ml").fetch(served.source, "HEAD", "refs/heads/topic")
    assert path.is_file()
    served.pull(head_repository="eve/ml", actor=Actor("eve"))
    (run,) = served.work()
    assert (run.head_repository, run.pulls) == ("eve/ml", ())
    assert "code=403 secret=<>" in served.logs()
    assert "isolates no code" in served.logs()


def test_secrets_are_in_no_argument_and_no_log(served):
    served.world.ensure_user("acme")
    served.commit(
        {
            "a": """
            on: push
            permissions: {contents: read}
            jobs:
              a:
                runs-on: ubuntu-24.04
                steps:
                  - uses: <checkout>
                  - env: {P: "${{ secrets.PLANTED }}", T: "${{ secrets.GITHUB_TOKEN }}"}
                    run: |
                      echo "secret $P token $T"
                      printf %s "x-access-token:$T" | base64 -w 0
                      printf %s "$P" > "$HOME/found"
                      touch "$HOME/ready"
                      while test -f "$HOME/ready"; do sleep 0.05; done
            """
        }
    )
    served.world.store.put(Secret(NAME, "PLANTED", PLANTED))
    served.push()
    served.runner.start()
    runs = served.world.directory / "runs"
    ready = wait_for(lambda: list(runs.glob("*/home/ready")))[0]
    assert (ready.parent / "found").read_text() == PLANTED
    running = processes(served.world.directory)
    assert any("act" in arguments for arguments in running.values())
    assert PLANTED not in "".join(running.values())
    assert "ghs_" not in "".join(running.values())
    assert list(ready.parent.parent.glob("secrets*")) == []  # act has read it
    ready.unlink()
    (run,) = served.work()
    log = served.logs()
    assert run.conclusion == "success", log
    assert "secret *** token ***" in log
    assert PLANTED not in log
    assert "ghs_" not in log
    assert "eC1hY2Nlc3MtdG9rZW46" not in log  # base64 of the header
    kept = b"".join(
        path.read_bytes()
        for path in served.world.directory.rglob("*")
        if path.is_file() and path.suffix in (".log", ".zip")
    )
    assert PLANTED.encode() not in kept


def test_the_app_has_its_own_token(served):
    served.commit(
        {
            "a": f"""
            on: push
            permissions: {{}}
            jobs:
              a:
                runs-on: ubuntu-24.04
                steps:
                  - uses: <app>
                    id: app
                    with: {{client-id: "${{{{ vars.WARDROUND_APP_ID }}}}", private-key: "${{{{ secrets.KEY }}}}", permission-statuses: write}}
                  - env: {{TOKEN: "${{{{ steps.app.outputs.token }}}}", SHA: "${{{{ github.sha }}}}", SLUG: "${{{{ steps.app.outputs.app-slug }}}}"}}
                    run: |
                      code=$({ASK} -X POST -d '{{"state": "success", "context": "c"}}' "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/statuses/$SHA")
                      echo "code=$code slug=$SLUG token=$TOKEN"; cat answer
                      code=$({ASK} -X POST -d '{{"name": "l"}}' "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/labels")
                      echo "labels=$code"
            """
        }
    )
    served.world.store.put(Variable(NAME, "WARDROUND_APP_ID", "1"))
    served.world.store.put(Secret(NAME, "KEY", "a private key"))
    served.push()
    (run,) = served.work()
    assert "code=201 slug=wardround token=***" in served.logs(), served.logs()
    assert "labels=403" in served.logs()
    assert run.conclusion == "success"
    assert [token for token in served.world.store.find(Token) if token.kind == "app"] == []


def test_evidence_of_another_run_comes_through_the_api(served):
    served.commit(
        {
            "review": """
            name: review
            on: push
            permissions: {}
            jobs:
              a:
                runs-on: ubuntu-24.04
                steps:
                  - run: echo evidence > e.json
                  - uses: <upload>
                    with: {name: ev, path: e.json}
            """,
            "publish": """
            name: publish
            on: {workflow_run: {workflows: [review]}}
            permissions: {}
            jobs:
              may:
                runs-on: ubuntu-24.04
                permissions: {actions: read}
                steps:
                  - uses: <download>
                    with: {name: ev, run-id: "${{ github.event.workflow_run.id }}", github-token: "${{ github.token }}"}
                  - run: cat e.json
              may-not:
                runs-on: ubuntu-24.04
                permissions: {contents: read}
                steps:
                  - uses: <download>
                    with: {name: ev, run-id: "${{ github.event.workflow_run.id }}", github-token: "${{ github.token }}"}
            """,
        }
    )
    record = served.world.repository(NAME)
    served.world.store.put(type(record)(**{**vars(record), "private": True}))
    served.push()
    _, publish = served.work()
    jobs = served.jobs(publish)
    assert "evidence" in served.log(jobs["may"]).splitlines(), served.logs()
    assert jobs["may-not"].conclusion == "failure"
    assert "##[error]the API answered 403" in served.log(jobs["may-not"])


SLOW = """
    on: push
    {more}
    jobs:
      a:
        runs-on: ubuntu-24.04
        {job}
        steps:
          - {{run: 'touch "$HOME/started"; (setsid sleep 300 &) ; sleep 300', timeout-minutes: {step}}}
          - {{run: echo after, if: always()}}
    """


def started(rig):
    return wait_for(lambda: list((rig.world.directory / "runs").glob("*/home/started")))


def test_cancel_ends_every_process(rig):
    rig.commit({"a": SLOW.format(more="", job="", step=60)})
    rig.push()
    rig.runner.start()
    started(rig)
    assert processes(rig.world.directory)
    rig.runner.cancel(NAME, rig.runs()[0].id)
    (run,) = rig.work()
    assert run.conclusion == "cancelled"
    assert [job.conclusion for job in rig.jobs(run).values()] == ["cancelled"]
    assert processes(rig.world.directory) == {}


def test_a_run_cancelled_by_somebody_else_ends(rig):
    rig.commit({"a": SLOW.format(more="", job="", step=60)})
    rig.push()
    rig.runner.start()
    started(rig)
    Runner(rig.world).cancel(NAME, rig.runs()[0].id)  # as a page does
    (run,) = rig.work()
    assert (run.status, run.conclusion) == ("completed", "cancelled")
    assert len(rig.world.store.find(Event, name="workflow_run")) == 1
    assert processes(rig.world.directory) == {}


def test_stop_ends_every_process(rig):
    rig.commit({"a": SLOW.format(more="", job="", step=60)})
    rig.push()
    rig.runner.start()
    started(rig)
    rig.runner.stop()
    assert processes(rig.world.directory) == {}
    assert [run.conclusion for run in rig.runs()] == ["cancelled"]


@pytest.mark.parametrize(
    ("job", "step", "conclusion"), [("timeout-minutes: 0.02", 60, "cancelled"), ("", 0.02, "failure")]
)
def test_time_limits(rig, job, step, conclusion):
    rig.commit({"a": SLOW.format(more="", job=job, step=step)})
    rig.push()
    (run,) = rig.work()
    (done,) = rig.jobs(run).values()
    assert (run.conclusion, done.conclusion) == (conclusion, conclusion)
    assert "0.02 minutes" in rig.log(done)
    assert job or "after" in rig.log(done).splitlines()
    assert processes(rig.world.directory) == {}


def test_a_newer_run_ends_an_older_one_of_its_group(rig):
    group = "concurrency: {group: 'g-${{ github.ref }}', cancel-in-progress: true}"
    rig.commit({"a": SLOW.format(more=group, job="if: \"!contains(github.ref, 'two')\"", step=60)})
    rig.push()
    rig.runner.start()
    started(rig)
    rig.commit({"a": f"on: push\n{group}\njobs: {{a: {{runs-on: x, steps: [{{run: 'true'}}]}}}}\n"})
    rig.push()
    assert [run.conclusion for run in rig.work()] == ["cancelled", "success"]


def test_a_group_without_cancelling_keeps_the_newest_that_waits(rig):
    group = "concurrency: {group: g}"
    rig.commit({"a": SLOW.format(more=group, job="", step=60)})
    rig.push()
    rig.runner.start()
    started(rig)
    rig.commit({"a": f"on: push\n{group}\njobs: {{a: {{runs-on: x, steps: [{{run: 'true'}}]}}}}\n"})
    rig.push()
    rig.push()
    wait_for(lambda: len(rig.runs()) == 3 and rig.runs()[1].conclusion == "cancelled")
    assert rig.runs()[2].status == "queued"
    rig.runner.cancel(NAME, rig.runs()[0].id)
    assert [run.conclusion for run in rig.work()] == ["cancelled", "cancelled", "success"]


KILLED = """
import sys, time
from pathlib import Path
from wardround.sandbox.runner import Runner
from wardround.sandbox.world import World
runner = Runner(World(Path(sys.argv[1])))
runner.start()
time.sleep(600)
"""


def test_killed_with_no_warning(rig):
    """kill -9 of the sandbox: nothing runs on, the run is cancelled at the next start, and what waited is done then."""
    rig.commit({"a": SLOW.format(more="concurrency: {group: g, queue: max}", job="", step=60)})
    rig.push()
    rig.commit(
        {"a": "on: push\nconcurrency: {group: g, queue: max}\njobs: {a: {runs-on: x, steps: [{run: 'true'}]}}\n"}
    )
    rig.push()
    rig.push()
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", KILLED, str(rig.world.directory)], os.environ)
    try:
        started(rig)
        wait_for(lambda: len(rig.runs()) == 3)
        assert len(processes(rig.world.directory)) > 3
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    wait_for(lambda: not processes(rig.world.directory), seconds=10)
    assert [run.status for run in rig.runs()] == ["in_progress", "queued", "queued"]
    assert list((rig.world.directory / "runs").glob("*/secrets*")) == []
    runs = rig.work()
    assert [run.conclusion for run in runs] == ["cancelled", "success", "success"]
    assert list((rig.world.directory / "runs").iterdir()) == []


def test_act_has_a_clean_environment(served, monkeypatch):
    monkeypatch.setenv("OF_THE_CALLER", "x")
    served.commit({"a": "on: push\njobs: {a: {runs-on: x, steps: [{run: env}]}}\n"})
    served.push()
    served.work()
    told = dict(line.split("=", 1) for line in served.logs().splitlines() if "=" in line)
    assert "OF_THE_CALLER" not in told
    assert told["GITHUB_API_URL"] == served.sandbox.api_url
    assert told["GITHUB_SERVER_URL"] == served.sandbox.url
    assert told["GITHUB_REPOSITORY"] == NAME
    assert told["PATH"].startswith(str(Path(sys.executable).parent))
    assert told["NODE_EXTRA_CA_CERTS"] == str(served.sandbox.ca_file)
    assert told["WARDROUND_CML_URL"] == served.sandbox.tls_url
    assert "GITHUB_TOKEN" not in told
    assert isinstance(served.sandbox, Sandbox)
    assert git(served.source, "status", "--short") == ""


def test_what_a_fork_sees_and_what_a_trusted_run_will_not_check_out(served):
    served.commit(
        {
            "review": """
            name: review
            on: pull_request
            permissions: {}
            jobs:
              a:
                runs-on: ubuntu-24.04
                permissions: {contents: read}
                steps:
                  - uses: <checkout>
                  - run: echo "merged $(cat README/x README/y | tr '\\n' ' ') $(git rev-parse HEAD)"
                  - uses: <checkout>
                    with:
                      ref: ${{ github.event.pull_request.head.sha }}
                      repository: ${{ github.event.pull_request.head.repo.full_name }}
                      fetch-depth: 0
                      persist-credentials: false
                      path: fork
                  - run: echo "fork $(git -C fork rev-parse HEAD)"
            """,
            "publish": """
            name: publish
            on: {workflow_run: {workflows: [review]}}
            permissions: {}
            jobs:
              trusted:
                runs-on: ubuntu-24.04
                permissions: {contents: read}
                steps:
                  - uses: <checkout>
                    with: {ref: "${{ github.event.repository.default_branch }}", persist-credentials: false}
                  - run: echo "trusted $(ls README)"
              hostile:
                runs-on: ubuntu-24.04
                permissions: {contents: read}
                steps:
                  - uses: <checkout>
                    with: {ref: "${{ github.event.workflow_run.head_sha }}"}
            """,
            "README/x": "one\n",
        }
    )
    served.world.fork(NAME, "eve")
    head = served.commit({"README/y": "two\n"}, branch="elsewhere")
    served.world.bare("eve/ml").fetch(served.source, "HEAD", "refs/heads/topic")
    pull = served.pull(head_repository="eve/ml", actor=Actor("eve"))
    review, publish = served.work()
    assert review.conclusion == "success", served.logs()
    assert f"merged one two  {pull.merge_sha}" in served.logs()
    assert f"fork {head}" in served.logs()
    jobs = served.jobs(publish)
    assert "trusted x" in served.log(jobs["trusted"]).splitlines()
    assert jobs["hostile"].conclusion == "failure"
    assert "refusing to check out a fork" in served.log(jobs["hostile"])
