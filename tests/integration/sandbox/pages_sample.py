"""A sandbox with everything that its pages show: pull requests good, bad and hostile, runs, a report, tags, deployments."""

from __future__ import annotations

import hashlib
import http.client
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import sandboxes

from wardround.sandbox import events, operations
from wardround.sandbox.events import Actor
from wardround.sandbox.gitread import Who
from wardround.sandbox.model import (
    Artifact,
    Comment,
    Deployment,
    DeploymentStatus,
    Issue,
    Job,
    Label,
    Pull,
    Repository,
    Review,
    Ruleset,
    Run,
    Status,
    Step,
)
from wardround.sandbox.operations import NewPull
from wardround.sandbox.pages import routes
from wardround.sandbox.runner.ending import check_of
from wardround.sandbox.server import Sandbox

NAME = "acme/ml"
BOT = "github-actions[bot]"
CONTEXT = "wardround/readmission"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"
HOSTILE_BRANCH = "x<script>alert(3)</script>"
NIGHTLY = """name: nightly
on:
  schedule:
    - cron: "30 4 * * *"
  workflow_dispatch:
    inputs:
      window:
        description: Days that are looked at
        default: "28"
        required: true
      depth:
        type: choice
        options: [quick, full]
        default: quick
      dry:
        type: boolean
        description: Only say what would be done
jobs:
  look:
    runs-on: ubuntu-24.04
    steps:
      - run: echo "looking"
"""
README = """# Readmission

Predicts a readmission within 30 days.

| stage | version |
| --- | ---: |
| prod | 1.4.0 |

- [x] contract
- [ ] anchor
"""
COMMENT = """<!-- wardround:review -->
<!-- wardround:run id=123 attempt=1 head=abc -->
## ❌ Refuse

**The new model is worse for new patients.** See `performance.non_inferiority`.

| Measure | Current (base) | New (head) | Difference |
| --- | ---: | ---: | ---: |
| AUROC | 0.698<br>0.650 to 0.747 | 0.661<br>0.612 to 0.710 | **−0.037**<br>−0.056 to −0.017 |
| Sensitivity | 0.930<br>0.902 to 0.951 | *withheld* (a) | *withheld* (a) |
| Net benefit | 0.3288 | 0.3105 | −0.0183 |

<details>
<summary>More measures and thresholds</summary>

### By site

1. North, H<sub>2</sub>O and x<sup>2</sup>
2. South

</details>

- [x] contract holds
- [ ] non-inferior
"""
LOG = """2026-01-31T08:00:00Z ##[group]Check out the pull request
2026-01-31T08:00:00Z ##[endgroup]
2026-01-31T08:00:00Z HEAD is now at 1234567
2026-01-31T08:00:01Z ##[group]Review <b>it</b>
2026-01-31T08:00:01Z ##[endgroup]
2026-01-31T08:00:01Z \x1b[31mred\x1b[0m and \x1b]0;title\x07plain <script>alert(4)</script>
2026-01-31T08:00:02Z ##[group]stage train
2026-01-31T08:00:02Z fitting 3 folds
2026-01-31T08:00:02Z ##[endgroup]
2026-01-31T08:00:03Z ##[warning]The anchor is old
2026-01-31T08:00:03Z ##[error]Process completed with exit code 11
"""
REPORT = """<!doctype html><html lang="en"><head><title>Report</title><style>body{font-family:sans-serif;color-scheme:light dark}</style></head>
<body><h1>Report</h1><p>AUROC, by group</p><svg width="300" height="90" role="img" aria-label="bars"><rect x="0" y="10" width="200" height="20" fill="#0969da"/><rect x="0" y="40" width="160" height="20" fill="#bf3989"/></svg>
<script>document.title = 'ran'; document.body.textContent = 'ran'</script></body></html>
"""


@dataclass
class Browser:
    """A browser without a screen: keeps cookies, sends forms as the page has them, follows nothing."""

    base: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
        where = urlsplit(self.base)
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method == "POST":
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body or None, sent)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0].strip('"')
        told = {name.lower(): value for name, value in answer.getheaders()}
        connection.close()
        return answer.status, told, text

    def get(self, path: str, status: int = 200) -> str:
        found, _, text = self.ask("GET", path)
        assert found == status, (path, found, text[:2000])
        return text

    def token(self, path: str = "/") -> str:
        return re.search(r'name="token" value="([0-9a-f]{64})"', self.get(path))[1]

    def post(self, path: str, **form: str) -> tuple[int, dict[str, str], str]:
        return self.ask("POST", path, urlencode({"token": self.token(), **form}))


@dataclass(frozen=True)
class Sample:
    """The sandbox, and the numbers of what stands in it."""

    sandbox: Sandbox
    good: Pull
    bad: Pull
    fork: Pull
    hostile: Pull
    run: Run
    publish: Run
    forged: Artifact
    report: Artifact
    issue: Issue

    @property
    def browser(self) -> Browser:
        return Browser(self.sandbox.url)


@dataclass
class Filling:
    """Puts things into a running sandbox without its API."""

    sandbox: Sandbox

    @property
    def world(self):
        return self.sandbox.world

    def branch(self, name: str, files: dict[str, str], repository: str = NAME, message: str = "") -> str:
        bare = self.world.bare(repository)
        tip = bare.branch("main")
        made = [("100644", bare.write_blob(text.encode()), path) for path, text in files.items()]
        tree = bare.write_tree(made, tip)
        who = Who(repository.split("/", maxsplit=1)[0], "a@hospital.example", self.world.clock.stamp())
        sha = bare.write_commit(tree, (tip,), message or f"Change {', '.join(files)}", who, who)
        assert bare.move(f"refs/heads/{name}", sha, tip if name == "main" else None)
        return sha

    def pull(self, title: str, branch: str, author: str, repository: str = NAME, body: str = "") -> Pull:
        made = operations.open_pull(self.world, NewPull(NAME, title, repository, branch, "main", body), Actor(author))
        for event in self.world.store.find(events.Event, NAME, state="pending"):
            self.world.store.done(event)
        return made

    def status(self, pull: Pull, state: str, description: str, creator: str = BOT) -> None:
        store, now = self.world.store, self.world.clock.stamp()
        store.put(
            Status(
                store.next_id(),
                NAME,
                pull.head_sha,
                CONTEXT,
                state,
                description,
                f"{self.world.url}/{NAME}/actions",
                creator,
                now,
            )
        )

    def comment(self, pull: Pull, author: str, body: str) -> Comment:
        store, now = self.world.store, self.world.clock.stamp()
        return store.put(Comment(store.next_id(), NAME, pull.number, author, body, "", now, now))

    def run(self, pull: Pull, name: str, event: str, event_id: int, **more: object) -> Run:
        store, now = self.world.store, self.world.clock.stamp()
        path = f".github/workflows/{name}.yml"
        tip = self.world.bare(NAME).branch("main")
        follows = event == "workflow_run"
        run = Run(
            store.next_id(), NAME, store.next_run_number(NAME, path), path, name, event,
            tip if follows else pull.head_sha, "main" if follows else pull.head_branch,
            NAME if follows else pull.head_repository, pull.author, title=pull.title, event_id=event_id,
            created_at=now, started_at=now, updated_at=now,
        )  # fmt: skip
        return store.put(replace(run, **more))

    def job(self, run: Run, steps: tuple[Step, ...], conclusion: str, log: str = "", summary: str = "") -> Job:
        store, now = self.world.store, self.world.clock.stamp()
        number = store.next_id()
        place = f"logs/{run.id}/{number}.log"
        path = self.world.directory / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(log, encoding="utf-8")
        status = "completed" if conclusion else "in_progress"
        job = Job(
            number,
            NAME,
            run.id,
            "branch of the repository",
            run.head_sha,
            1,
            status,
            conclusion,
            ("ubuntu-24.04",),
            "",
            steps,
            place,
            {},
            summary,
            now,
            now,
            now if conclusion else "",
        )
        store.put(check_of(self.world, job))
        return store.put(job)

    def artifact(self, run: Run, name: str, files: dict[str, str]) -> Artifact:
        store = self.world.store
        number = store.next_id()
        place = f"artifacts/{run.id}/{number}.zip"
        path = self.world.directory / place
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for inside, text in files.items():
                archive.writestr(inside, text)
        content = path.read_bytes()
        return store.put(
            Artifact(
                number,
                NAME,
                run.id,
                name,
                place,
                len(content),
                hashlib.sha256(content).hexdigest(),
                self.world.clock.stamp(),
                "2099-01-01T00:00:00Z",
            )
        )

    def finished(self, run: Run) -> int:
        """The event that the end of ``run`` was."""
        event = events.workflow_run(self.world, run)
        self.world.store.done(event)
        return event.id


def fill(directory: Path) -> Sample:
    """Fills a sandbox in ``directory`` and stops it; :func:`opened` starts a copy of it."""
    source = sandboxes.make_source(directory / "source")
    sandboxes.commit(source, ".github/workflows/nightly.yml", NIGHTLY, "Look every night")
    sandboxes.commit(source, "README.md", README, "Say what this is")
    sandboxes.commit(source, "params.yaml", "train:\n  depth: 3\n  rate: 0.1\n  rounds: 200\n", "The numbers")
    sandboxes.git("tag", "plain", cwd=source)
    sandboxes.git("tag", "-a", "readmission@v1.4.0", "-m", "Readmission 1.4.0\n\nApproved by clin.", cwd=source)
    with Sandbox(directory / "sandbox") as sandbox:
        sandbox.create_repository("acme", "ml", from_path=source)
        for login in ("acme", "ada", "clin", "eve"):
            sandbox.create_user(login)
        world = sandbox.world
        store, now = world.store, world.clock.stamp()
        known = world.repository(NAME)
        store.put(replace(known, writers=("ada", "clin"), description="Readmission within 30 days"))
        sandbox.fork(NAME, "eve")
        store.put(Repository(store.next_id(), "eve/secret", private=True, created_at=now, pushed_at=now))
        world.repositories.create("eve/secret")
        return _fill(Filling(sandbox))


def opened(sample: Sample, directory: Path) -> Iterator[Sample]:
    """A running copy of a filled sandbox, in ``directory``."""
    shutil.copytree(sample.sandbox.directory, directory)
    with Sandbox(directory, pages=routes) as sandbox:
        yield replace(sample, sandbox=sandbox)


def _fill(filling: Filling) -> Sample:
    world, store = filling.world, filling.world.store
    rules = (
        {"type": "pull_request", "parameters": {"required_approving_review_count": 1}},
        {"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": CONTEXT}]}},
    )
    conditions = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    store.put(Ruleset(store.next_id(), NAME, "main", "active", "branch", conditions, rules))
    store.put(Label(store.next_id(), NAME, "retraining", "0e8a16"))
    good_params = "train:\n  depth: 4\n  rate: 0.1\n  rounds: 300\n"
    filling.branch(
        "deeper",
        {"params.yaml": good_params, "src/model.py": "x = 2\ny = 3\n"},
        message="Deeper trees\n\nThey see more.",
    )
    good = filling.pull(
        "Deeper trees",
        "deeper",
        "ada",
        body="Depth **4** instead of 3.\nMore rounds, too.\n\n- [x] tried\n- [ ] released",
    )
    good = store.put(replace(good, labels=("retraining",)))
    filling.status(good, "success", "pass: no worse than the base for new patients")
    filling.branch("leak", {"pipelines/features.py": "def leak(frame):\n    return frame.outcome\n"})
    bad = filling.pull("A feature that knows the future", "leak", "ada")
    filling.branch("forge", {"model.py": "print('forged')\n"}, "eve/ml")
    fork = filling.pull("Trust me", "forge", "eve", "eve/ml")
    filling.branch(HOSTILE_BRANCH, {"a<b>.py": "</td><script>alert(5)</script>\n"}, "eve/ml", message=HOSTILE)
    hostile = filling.pull(HOSTILE, HOSTILE_BRANCH, "eve", "eve/ml", HOSTILE)
    filling.comment(
        hostile,
        "eve",
        f"{HOSTILE}\n\n[x](javascript:alert(6)) <iframe src=//evil.example></iframe>\n\n<style>*{{display:none}}</style><form action=//evil.example><input name=a><button>b</button></form> ![p](https://evil.example/p.png)",
    )

    opened = store.find(events.Event, NAME, name="pull_request")
    of_bad = next(event for event in opened if event.payload["number"] == bad.number)
    run = filling.run(
        bad, "review", "pull_request", of_bad.id, status="completed", conclusion="failure", pulls=(bad.number,)
    )
    steps = (
        Step(1, "Check out the pull request", "completed", "success", "2026-01-31T08:00:00Z", "2026-01-31T08:00:01Z"),
        Step(2, "Review <b>it</b>", "completed", "failure", "2026-01-31T08:00:01Z", "2026-01-31T08:01:13Z"),
        Step(3, "Upload the evidence", "completed", "skipped"),
    )
    filling.job(run, steps, "failure", LOG, "### Refused\n\n| a | b |\n| - | -: |\n| 1 | 2 |\n")
    forged = filling.artifact(run, "wardround-report", {"x/review.html": "<h1>forged</h1>"})
    filling.artifact(run, "wardround-evidence-readmission", {"publication.json": "{}"})
    publish = filling.run(
        bad, "publish", "workflow_run", filling.finished(run), status="completed", conclusion="success"
    )
    filling.job(publish, (Step(1, "Publish", "completed", "success"),), "success", "")
    report = filling.artifact(
        publish, "wardround-report", {"readmission/review.html": REPORT, "readmission/review.md": "x"}
    )
    filling.status(bad, "failure", "refuse: performance.non_inferiority, split.leakage")
    filling.comment(
        bad, "ada", "Why is this refused?\n@clin please look.\n\n```python\nx = 1\n```\n> quoted\n\nhttps://example.org"
    )
    filling.comment(bad, BOT, COMMENT)
    store.put(
        Review(
            store.next_id(),
            NAME,
            bad.number,
            "clin",
            "CHANGES_REQUESTED",
            bad.head_sha,
            "The outcome is in the features.",
            world.clock.stamp(),
        )
    )

    going = filling.run(good, "review", "pull_request", opened[0].id, status="in_progress", pulls=(good.number,))
    filling.job(
        going,
        (Step(1, "Check out", "completed", "success"), Step(2, "Review", "in_progress", "")),
        "",
        "2026-01-31T08:00:00Z ##[group]Review\n2026-01-31T08:00:00Z ##[endgroup]\n2026-01-31T08:00:00Z stage split: up to date\n",
    )
    now, sha = world.clock.stamp(), world.bare(NAME).branch("main")
    deployment = store.put(
        Deployment(
            store.next_id(),
            NAME,
            sha,
            "readmission@v1.4.0",
            "prod",
            "deploy",
            {},
            "Readmission 1.4.0",
            "acme",
            now,
            now,
        )
    )
    store.put(
        DeploymentStatus(
            store.next_id(),
            NAME,
            deployment.id,
            "success",
            "prod",
            "It answers",
            "",
            "javascript:alert(7)",
            "acme",
            now,
        )
    )
    issue = store.put(
        Issue(
            store.next_id(),
            NAME,
            store.next_number(NAME),
            "The night run is late",
            "clin",
            "Since **Monday**.",
            created_at=now,
            updated_at=now,
        )
    )
    return Sample(filling.sandbox, good, bad, fork, hostile, run, publish, forged, report, issue)
