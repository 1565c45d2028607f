"""What runs are made of events, and what is kept of them."""

from datetime import timedelta

import pytest
from runner_rig import NAME, git

from wardround.sandbox import events, operations
from wardround.sandbox.editing import Edit, edit
from wardround.sandbox.events import Actor
from wardround.sandbox.model import Artifact, CheckRun, Review
from wardround.sandbox.model_more import Event, Variable
from wardround.sandbox.tokens import ACTIONS_BOT

EMPTY = "{runs-on: ubuntu-24.04, steps: [{run: 'true'}]}"


def test_jobs_steps_logs_outputs_and_summaries(rig):
    rig.commit(
        {
            "a": """
            name: all
            on: push
            jobs:
              first:
                runs-on: ubuntu-24.04
                strategy: {matrix: {case: [x, y]}}
                outputs: {said: "${{ steps.say.outputs.said }}", lines: "${{ steps.say.outputs.lines }}"}
                steps:
                  - id: say
                    name: Say it
                    env: {CASE: "${{ matrix.case }}"}
                    run: |
                      echo "case $CASE"
                      echo "said=hello" >> "$GITHUB_OUTPUT"
                      printf 'lines<<E\\none\\ntwo\\nE\\n' >> "$GITHUB_OUTPUT"
                      echo "## Sum of $CASE" >> "$GITHUB_STEP_SUMMARY"
                  - {run: "exit 1", continue-on-error: true}
                  - {run: "echo never", if: "false"}
              second:
                name: Then ${{ vars.WHAT }}
                needs: first
                runs-on: [self-hosted, hospital]
                steps:
                  - {run: "echo '${{ needs.first.outputs.said }}'; echo '::error::bad'; exit 3"}
                  - {run: echo unreached}
                  - {if: always(), run: "echo always"}
              third: {if: "vars.WHAT == 'no'", runs-on: ubuntu-24.04, steps: [{run: "true"}]}
              fourth: {needs: second, runs-on: ubuntu-24.04, steps: [{run: "true"}]}
            """
        }
    )
    rig.world.store.put(Variable(NAME, "WHAT", "this"))
    rig.push()
    (run,) = rig.work()
    assert (run.name, run.event, run.status, run.conclusion, run.number) == ("all", "push", "completed", "failure", 1)
    jobs = rig.jobs(run)
    assert {name: job.conclusion for name, job in jobs.items()} == {
        "first (x)": "success",
        "first (y)": "success",
        "Then this": "failure",
        "third": "skipped",
        "fourth": "skipped",
    }
    first, second = jobs["first (x)"], jobs["Then this"]
    assert [(step.name, step.conclusion) for step in first.steps] == [
        ("Say it", "success"),
        ("Run exit 1", "success"),  # it may fail
        ("Run echo never", "skipped"),
    ]
    assert [step.conclusion for step in second.steps] == ["failure", "skipped", "success"]
    assert first.outputs == {"said": "hello", "lines": "one\ntwo"}
    assert first.summary.strip() == "## Sum of x"
    assert "case x" in rig.log(first)
    assert "case y" not in rig.log(first)
    assert {"hello", "##[error]bad", "##[error]Process completed with exit code 3", "always"} <= set(
        rig.log(second).splitlines()
    )
    assert second.labels == ("self-hosted", "hospital")
    checks = {check.name: check.conclusion for check in rig.world.store.find(CheckRun, NAME, sha=run.head_sha)}
    assert checks == {name: job.conclusion for name, job in jobs.items()}
    assert list((rig.world.directory / "runs").iterdir()) == []


def test_filters_and_broken_files(rig):
    rig.commit(
        {
            "main": f"on: {{push: {{branches: [main]}}}}\njobs: {{a: {EMPTY}}}\n",
            "other": f"on: {{push: {{branches: [other]}}}}\njobs: {{a: {EMPTY}}}\n",
            "pull": f"on: pull_request\njobs: {{a: {EMPTY}}}\n",
            "broken": "on: push\njobs: [\n",
        }
    )
    rig.push()
    runs = rig.work()
    assert {(run.path.rpartition("/")[2], run.conclusion) for run in runs} == {
        ("main.yml", "success"),
        ("broken.yml", "startup_failure"),
    }
    assert "a workflow is not YAML" in rig.logs()


def test_a_pull_request_runs_its_merge(rig):
    rig.commit({"a": f"name: old\non: pull_request\njobs: {{a: {EMPTY}}}\n"})
    rig.commit(
        {
            "a": """
            name: new
            on: pull_request
            jobs:
              a:
                runs-on: ubuntu-24.04
                steps:
                  - env: {NUMBER: "${{ github.event.pull_request.number }}", HEAD: "${{ github.event.pull_request.head.sha }}"}
                    run: echo "$GITHUB_EVENT_NAME $GITHUB_REF $GITHUB_HEAD_REF $GITHUB_BASE_REF $NUMBER $HEAD $GITHUB_SHA ${{ github.sha }}"
            """
        },
        branch="topic",
    )
    pull = rig.pull()
    (run,) = rig.work()
    assert (run.name, run.conclusion, run.head_sha, run.head_branch, run.pulls) == (
        "new",
        "success",
        pull.head_sha,
        "topic",
        (pull.number,),
    )
    merge = rig.world.bare(NAME).ref(f"refs/pull/{pull.number}/merge")
    wanted = f"pull_request refs/pull/{pull.number}/merge topic main {pull.number} {pull.head_sha} {merge} {merge}"
    assert wanted in rig.logs()


LISTENS = """
    name: {name}
    on: {{workflow_run: {{workflows: [{after}], types: [completed]}}}}
    jobs:
      a:
        runs-on: ubuntu-24.04
        steps: [{{run: "echo after ${{{{ github.event.workflow_run.conclusion }}}} $GITHUB_REF"}}]
    """


def test_a_review_and_a_label_are_heard_and_a_finished_run_of_theirs_is_about_the_head(rig):
    said = """
        name: said
        on:
          pull_request: {types: [labeled, unlabeled]}
          pull_request_review: {types: [submitted]}
        permissions: {}
        jobs:
          a:
            runs-on: ubuntu-24.04
            permissions: {}
            steps: [{run: 'echo "${{ github.event_name }} ${{ github.event.action }} of ${{ github.head_ref }}"'}]
    """
    then = """
        name: then
        on: {workflow_run: {workflows: [said], types: [completed]}}
        permissions: {}
        jobs:
          b:
            runs-on: ubuntu-24.04
            permissions: {}
            steps: [{run: 'echo "of ${{ github.event.workflow_run.head_sha }}"'}]
    """
    rig.commit({"said": said, "then": then})
    git(rig.source, "switch", "-qc", "topic")
    head = rig.commit({"notes/a.txt": "more"}, branch="topic")
    pull = rig.pull()
    given = Review(rig.world.store.next_id(), NAME, pull.number, "clara", "APPROVED", head, "", "2026-05-04T12:00:00Z")
    events.review(rig.world, pull, Actor("clara"), given)
    assert events.review(rig.world, pull, Actor("acme", run=True), given) is None
    edit(rig.world, pull, Actor("acme"), Edit(labels=("outside-plan",)))
    runs = rig.work()
    assert sorted((run.name, run.event) for run in runs) == [
        ("said", "pull_request"),
        ("said", "pull_request_review"),
        ("then", "workflow_run"),
        ("then", "workflow_run"),
    ]
    assert {(run.conclusion, run.head_sha == head) for run in runs if run.name == "said"} == {("success", True)}
    for line in ("pull_request_review submitted of topic", "pull_request labeled of topic"):
        assert line in rig.logs()
    assert rig.logs().count(f"\nof {head}") == 2


def test_workflow_run_is_the_default_branch_and_chains_end(rig):
    rig.commit(
        {
            "w0": f"name: w0\non: {{push: {{branches: [topic]}}}}\njobs: {{a: {EMPTY}}}\n",
            **{f"w{n}": LISTENS.format(name=f"w{n}", after=f"w{n - 1}") for n in range(1, 6)},
        }
    )
    tip = rig.world.bare(NAME).branch("main")
    rig.commit(
        {"w1": f"name: w1\non: {{workflow_run: {{workflows: [w0]}}}}\njobs: {{hostile: {EMPTY}}}\n"}, branch="topic"
    )
    rig.push("refs/heads/topic")
    runs = rig.work()
    assert [run.name for run in runs] == ["w0", "w1", "w2", "w3"]  # three levels, as on GitHub
    assert {run.head_sha for run in runs[1:]} == {tip}
    assert "after success refs/heads/main" in rig.log(rig.jobs(runs[1])["a"])


def test_dispatch_with_inputs(rig):
    rig.commit(
        {
            "d": """
            name: by hand
            on: {workflow_dispatch: {inputs: {what: {type: string, default: nothing}}}}
            jobs: {a: {runs-on: ubuntu-24.04, steps: [{env: {WHAT: "${{ inputs.what }}"}, run: 'echo "<$WHAT>"'}]}}
            """,
            "e": f"on: workflow_dispatch\njobs: {{a: {EMPTY}}}\n",
        }
    )
    rig.runner.dispatch(NAME, "d.yml", {"what": "a thing"})
    (run,) = rig.work()
    assert (run.name, run.conclusion) == ("by hand", "success")
    assert "<a thing>" in rig.logs()


def test_schedules_fire_by_the_clock_once(rig):
    rig.commit(
        {
            "s": """
            on: {schedule: [{cron: "17 4 * * *"}]}
            jobs: {a: {runs-on: ubuntu-24.04, steps: [{run: "echo at ${{ github.event.schedule }}"}]}}
            """
        }
    )
    assert rig.runner.move_clock(rig.world.clock.now() + timedelta(days=2)) == 2
    assert [run.event for run in rig.work()] == ["schedule", "schedule"]
    assert "at 17 4 * * *" in rig.logs()
    assert rig.runner.move_clock(rig.world.clock.now() + timedelta(seconds=1)) == 0
    assert len(rig.work()) == 2


def test_a_pull_request_of_a_runs_token_waits_for_approval(rig):
    rig.commit({"a": f"on: pull_request\njobs: {{a: {EMPTY}}}\n"})
    rig.commit({"README/x": "text"}, branch="topic")
    rig.pull(actor=Actor(ACTIONS_BOT, run=True))
    rig.work()
    for _ in range(100):
        if rig.runs():
            break
        rig.runner._changed.acquire()
        rig.runner._changed.wait(0.1)
        rig.runner._changed.release()
    (run,) = rig.runs()
    assert (run.status, run.conclusion) == ("completed", "action_required")
    assert rig.jobs(run) == {}
    rig.runner.approve(NAME, run.id)
    (again,) = rig.work()
    assert (again.id, again.conclusion) == (run.id, "success")


def test_artifacts_and_cache(rig):
    rig.commit(
        {
            "a": """
            on: push
            jobs:
              make:
                runs-on: ubuntu-24.04
                steps:
                  - run: mkdir -p out/deep; echo one > out/a.txt; echo two > out/deep/b.txt; echo no > out/.hidden
                  - uses: <upload>
                    with: {name: whole, path: out, retention-days: 5}
                  - uses: <upload>
                    with: {name: single, path: out/a.txt}
                  - uses: <upload>
                    with: {name: none, path: gone, if-no-files-found: ignore}
                  - uses: <cache>
                    id: cache
                    with: {path: out, key: key-1, restore-keys: key-}
                  - run: echo "hit=${{ steps.cache.outputs.cache-hit }}"
              take:
                needs: make
                runs-on: ubuntu-24.04
                steps:
                  - uses: <download>
                    with: {name: whole, path: got}
                  - run: cat got/a.txt got/deep/b.txt; test ! -e got/.hidden
                  - uses: <cache>
                    id: cache
                    with: {path: out, key: key-1}
                  - run: echo "hit=${{ steps.cache.outputs.cache-hit }}"; cat out/deep/b.txt
            """
        }
    )
    rig.push()
    (run,) = rig.work()
    assert run.conclusion == "success", rig.logs()
    kept = {artifact.name: artifact for artifact in rig.world.store.find(Artifact, NAME, run_id=run.id)}
    assert set(kept) == {"whole", "single"}
    for artifact in kept.values():
        assert (rig.world.directory / artifact.path).stat().st_size == artifact.size
    assert kept["whole"].expires_at < kept["single"].expires_at
    jobs = rig.jobs(run)
    assert "hit=\n" in rig.log(jobs["make"]) + "\n"
    assert "cache saved with key: key-1" in rig.log(jobs["make"])
    assert {"one", "two", "hit=true"} <= set(rig.log(jobs["take"]).splitlines())


def test_a_branch_does_not_read_another_branchs_cache(rig):
    save = """
        on: push
        jobs:
          a:
            runs-on: ubuntu-24.04
            steps:
              - uses: <cache>
                id: cache
                with: {path: out, key: key}
              - run: mkdir -p out; echo "hit=${{ steps.cache.outputs.cache-hit }}"
        """
    rig.commit({"a": save})
    rig.commit({"b/x": "1"}, branch="one")
    rig.push("refs/heads/one")
    rig.work()
    rig.push("refs/heads/main")
    runs = rig.work()
    assert ["hit=true" in rig.log(rig.jobs(run)["a"]) for run in runs] == [False, False]
    rig.push("refs/heads/one")  # and both see main's now; its own comes first
    assert "hit=true" in rig.log(rig.jobs(rig.work()[-1])["a"])


@pytest.mark.parametrize(
    ("job", "word"),
    [
        ("{runs-on: x, services: {db: {image: postgres}}, steps: [{run: touch RAN}]}", "services"),
        ("{runs-on: x, container: debian, steps: [{run: touch RAN}]}", "container"),
        ("{runs-on: x, steps: [{uses: some/action@v1}]}", "some/action@v1"),
        ("{runs-on: x, permissions: {content: read}, steps: [{run: touch RAN}]}", "content"),
    ],
)
def test_what_cannot_run_is_refused_before_the_run(rig, job, word):
    rig.commit({"a": f"on: push\njobs: {{good: {EMPTY}, bad: {job}}}\n"})
    rig.push()
    (run,) = rig.work()
    assert run.conclusion == "startup_failure"
    (job,) = rig.jobs(run).values()
    assert job.conclusion == "failure"
    assert word in rig.log(job)
    assert word in job.summary
    assert job.steps == ()


def test_events_are_done_and_nothing_runs_twice(rig):
    rig.commit({"a": f"on: push\njobs: {{a: {EMPTY}}}\n"})
    rig.push()
    rig.push()
    runs = rig.work()
    assert [run.number for run in runs] == [1, 2]
    assert {event.state for event in rig.world.store.find(Event)} == {"done"}
    operations.existing(rig.world, NAME)


def test_a_run_again(rig):
    rig.commit({"a": "on: push\njobs: {a: {runs-on: x, steps: [{run: 'test \"${{ vars.MEND }}\" = yes'}]}}\n"})
    rig.push()
    (run,) = rig.work()
    assert run.conclusion == "failure"
    rig.world.store.put(Variable(NAME, "MEND", "yes"))
    rig.runner.rerun(NAME, run.id)
    (again,) = rig.work()
    assert (again.id, again.attempt, again.conclusion) == (run.id, 2, "success")


def test_a_matrix_from_another_jobs_output(rig):
    rig.commit(
        {
            "a": """
            name: review
            on: push
            jobs:
              scope:
                runs-on: ubuntu-24.04
                outputs: {projects: "${{ steps.s.outputs.projects }}", none: "[]"}
                steps:
                  - id: s
                    run: |
                      echo 'projects=[{"key": "root", "path": "."}, {"key": "heart", "path": "projects/heart"}]' >> "$GITHUB_OUTPUT"
              branch:
                name: review (${{ matrix.project.key }})
                needs: scope
                if: needs.scope.outputs.projects != '[]'
                runs-on: ubuntu-24.04
                strategy: {fail-fast: false, matrix: {project: "${{ fromJSON(needs.scope.outputs.projects) }}"}}
                continue-on-error: true
                steps: [{env: {P: "${{ matrix.project.path }}"}, run: 'echo "path $P"; test "$P" = .'}]
              fork:
                name: rehearsal (${{ matrix.project.key }})
                needs: scope
                if: needs.scope.outputs.none != '[]'
                runs-on: ubuntu-24.04
                strategy: {matrix: {project: "${{ fromJSON(needs.scope.outputs.projects) }}"}}
                steps: [{run: "true"}]
            """
        }
    )
    rig.push()
    (run,) = rig.work()
    jobs = {name: job.conclusion for name, job in rig.jobs(run).items()}
    assert jobs == {
        "scope": "success",
        "review (root)": "success",
        "review (heart)": "failure",
        "rehearsal (${{ matrix.project.key }})": "skipped",
    }, rig.logs()
    assert "path projects/heart" in rig.logs()
    assert run.conclusion == "success"
