"""The sandbox's pages over HTTP: what they show, what they escape, what their forms do and whom they refuse."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pages_sample as sample
import pytest

from wardround.sandbox.events import Event
from wardround.sandbox.model import Issue, Pull, Review, Run
from wardround.sandbox.operations import NewPull, open_pull
from wardround.sandbox.pages import diffs, logs, markdown


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A filled sandbox that does not run."""
    return sample.fill(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def shown(kept, tmp_path_factory):
    """A sandbox that tests only look at."""
    yield from sample.opened(kept, tmp_path_factory.mktemp("shown") / "sandbox")


@pytest.fixture
def filled(kept, tmp_path):
    """A sandbox that the test changes."""
    yield from sample.opened(kept, tmp_path / "sandbox")


def paths(given):
    pulls = [f"/acme/ml/pull/{n}{view}" for n in (1, 2, 3, 4) for view in ("", "/commits", "/checks", "/files")]
    runs = [f"/acme/ml/actions/runs/{run.id}" for run in given.sandbox.store.find(Run)]
    return [
        *("/", "/acme", "/_pages/clock", "/eve/ml", "/acme/ml", "/acme/ml/tree/main/src"),
        *("/acme/ml/blob/main/README.md", "/acme/ml/blob/main/params.yaml", "/acme/ml/commits", "/acme/ml/branches"),
        *(f"/acme/ml/commit/{given.bad.head_sha}", "/acme/ml/tags", "/acme/ml/compare/main...leak", "/acme/ml/pulls"),
        *("/acme/ml/pulls?state=closed", "/acme/ml/pulls/new", "/acme/ml/issues", "/acme/ml/issues/new"),
        *(f"/acme/ml/issues/{given.issue.number}", "/acme/ml/actions", "/acme/ml/deployments"),
        *("/acme/ml/actions?workflow=.github/workflows/nightly.yml", *pulls, *runs),
    ]


class Outline(HTMLParser):
    """Elements that must not be there, headings in their order, and the fields that have no label."""

    def __init__(self):
        super().__init__()
        self.tags, self.handlers, self.levels, self.fields, self.labels, self.ids = set(), [], [], [], set(), []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add(tag)
        self.handlers += [name for name in given if name.startswith("on") or name == "style"]
        self.handlers += [value for value in given.values() if (value or "").strip().lower().startswith("javascript:")]
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag in {"input", "select", "textarea"} and given.get("type") != "hidden" and "disabled" not in given:
            self.fields.append(given.get("id"))
        if tag == "label":
            self.labels.add(given.get("for"))
        if "id" in given:
            self.ids.append(given["id"])


def outline(text):
    made = Outline()
    made.feed(text)
    return made


def test_every_page_answers_and_holds_nothing_that_runs(shown):
    browser = shown.browser
    for path in paths(shown):
        found, headers, text = browser.ask("GET", path)
        assert found == 200, (path, text)
        policy = headers["content-security-policy"]
        for part in (
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self' data:",
            "frame-src 'self'",
            "form-action 'self'",
        ):
            assert part in policy.split("; "), policy
        seen = outline(text)
        assert not seen.tags & {"script", "object", "embed", "base"}, path
        assert not seen.handlers, (path, seen.handlers)
        assert "isolates no code" in text
        assert "Skip to the content" in text


def test_headings_are_in_order_and_fields_have_labels(shown):
    for path in paths(shown):
        seen = outline(shown.browser.get(path))
        assert seen.levels.count(1) == 1, (path, seen.levels)
        assert seen.levels[0] == 1, path
        steps = zip(seen.levels, seen.levels[1:], strict=False)
        assert all(after <= before + 1 for before, after in steps), (path, seen.levels)
        assert set(seen.fields) <= seen.labels, (path, seen.fields)
        assert len(seen.ids) == len(set(seen.ids)), path


@pytest.mark.parametrize("view", ["", "/commits", "/checks", "/files"])
def test_hostile_texts_are_only_texts(shown, view):
    text = shown.browser.get(f"/acme/ml/pull/{shown.hostile.number}{view}")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "&lt;script&gt;alert(3)&lt;/script&gt;" in text
    assert "49" not in re.sub(r"[0-9a-f]{7,}", "", text), "a template looked into a title"
    assert "<script" not in text
    assert "onerror" not in re.sub(r"onerror=alert\(2\)&gt;", "", text)
    assert not re.search(r"<(iframe|style|form action=//|button>b)", text)


def test_comments_are_rendered_as_github_does(shown):
    text = shown.browser.get(f"/acme/ml/pull/{shown.bad.number}")
    assert '<th align="right">Difference</th>' in text
    assert "0.698<br>" in text
    assert "<summary>More measures and thresholds</summary>" in text
    assert "H<sub>2</sub>O" in text
    assert text.count('type="checkbox"') == 2
    assert "wardround:review" not in text, "the marker is a comment, and GitHub shows none"
    assert "Why is this refused?<br>" in text
    assert '<a href="https://example.org" rel="nofollow noopener noreferrer">' in text


def test_markdown_keeps_no_way_to_run_or_load(shown):
    hostile = (
        "<svg onload=a()><script>b()</script></svg> <a href='JaVaScRiPt:c()'>x</a> <a href='data:text/html,y'>y</a>"
        " <img src='data:text/html;base64,AA' onerror=d()> <p style='position:fixed' class='banner' id='content'>z</p>"
        " <input type=submit formaction=//evil.example value=go> <h2 title='<h1 id=q>'>t</h2>"
    )
    made = outline(str(markdown.comment(hostile)))
    assert not made.handlers
    assert not made.ids
    assert made.tags <= {"p", "a", "img", "input", "h4", "h5"}
    assert "submit" not in str(markdown.comment(hostile))
    assert "evil.example" not in str(markdown.comment(hostile))


def test_logs_obey_no_terminal_and_stand_by_their_steps(shown):
    text = shown.browser.get(f"/acme/ml/actions/runs/{shown.run.id}")
    assert "red and plain &lt;script&gt;alert(4)&lt;/script&gt;" in text
    assert "\x1b" not in text
    assert "<strong>Error: </strong>Process completed with exit code 11" in text
    assert "Review &lt;b&gt;it&lt;/b&gt;" in text
    job = shown.sandbox.store.find(sample.Job, sample.NAME, run_id=shown.run.id)[0]
    parts = logs.sections(job, sample.LOG)
    assert [(part.step.name, len(part.lines)) for part in parts] == [
        ("Check out the pull request", 1),
        ("Review <b>it</b>", 5),
        ("Upload the evidence", 0),
    ]
    found, headers, raw = shown.browser.ask("GET", f"/acme/ml/actions/runs/{shown.run.id}/jobs/{job.id}/log")
    assert (found, headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert "\x1b" not in raw


def test_a_long_step_keeps_its_end():
    lines = "".join(f"2026-01-31T08:00:00Z line {n}\n" for n in range(logs.MOST + 5))
    job = sample.Job(1, sample.NAME, 1, "j", "0" * 40)
    (part,) = logs.sections(job, lines)
    assert (part.left_out, part.lines[-1].text, part.lines[-1].number) == (5, f"line {logs.MOST + 4}", logs.MOST + 5)


def test_differences_number_both_sides():
    rows = diffs.rows("@@ -3,2 +3,3 @@ def f\n same\n-old\n+new\n+more\n\\ No newline at end of file")
    assert [(row.kind, row.old, row.new) for row in rows] == [
        ("hunk", 0, 0),
        ("same", 3, 3),
        ("delete", 4, 0),
        ("add", 0, 4),
        ("add", 0, 5),
        ("note", 0, 0),
    ]


def test_only_the_trusted_runs_report_is_shown_and_it_runs_nothing(shown):
    browser, pull = shown.browser, f"/acme/ml/pull/{shown.bad.number}"
    text = browser.get(pull)
    address = f"{pull}/report/{shown.report.id}/readmission/review.html"
    assert f'<iframe sandbox src="{address}"' in text
    assert f"report/{shown.forged.id}/" not in text
    found, headers, _ = browser.ask("GET", address)
    assert found == 200
    assert "sandbox" in headers["content-security-policy"].split("; ")
    assert "script-src" not in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    browser.get(f"{pull}/report/{shown.forged.id}/x/review.html", 404)
    browser.get(f"{pull}/report/{shown.report.id}/../../etc/passwd", 404)
    browser.get(f"{pull}/report/{shown.report.id}/readmission/review.md", 404)


def test_artifacts_and_raw_files_are_downloads(shown):
    browser = shown.browser
    path = f"/acme/ml/actions/runs/{shown.publish.id}/artifacts/{shown.report.id}"
    found, headers, _ = browser.ask("GET", path)
    assert (found, headers["content-type"]) == (200, "application/zip")
    assert headers["content-disposition"].startswith("attachment")
    browser.get(f"/acme/ml/actions/runs/{shown.run.id}/artifacts/{shown.report.id}", 404)
    found, headers, _ = browser.ask("GET", "/acme/ml/raw/main/README.md")
    assert found == 200
    assert headers["content-disposition"].startswith("attachment")
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/nobody", "/acme/none", "/acme/ml/pull/99", "/acme/ml/pull/x", "/acme/ml/blob/main/none", "/acme/ml/commit/-x", "/a/b/c/d",
     "/acme/ml/tree/main/../../x", "/acme/ml/actions/runs/1", "/acme/ml/commits/--all"],
)  # fmt: skip
def test_what_is_not_there_is_a_page_too(shown, path):
    assert "There is no such page" in shown.browser.get(path, 404)


def test_a_private_repository_is_not_there_for_others(shown):
    assert "eve/secret" not in shown.browser.get("/")
    browser = shown.browser
    browser.post("/_pages/act", actor="eve", back="/")
    assert "eve/secret" in browser.get("/")
    browser.post("/_pages/act", actor="ada", back="/")
    browser.get("/eve/secret", 404)


def test_annotated_and_lightweight_tags_and_what_is_deployed(shown):
    text = shown.browser.get("/acme/ml/tags")
    assert re.search(r"readmission@v1\.4\.0</a> <span class=\"bot\">annotated", text)
    assert re.search(r"plain</a> <span class=\"bot\">lightweight", text)
    assert "Approved by clin." in text
    text = shown.browser.get("/acme/ml/deployments")
    assert "It answers" in text
    assert "javascript:" not in text


def test_pages_look_again_only_while_something_goes_on(shown):
    going = shown.sandbox.store.find(Run, sample.NAME, status="in_progress")[0]
    path = f"/acme/ml/actions/runs/{going.id}"
    assert 'http-equiv="refresh"' in shown.browser.get(path)
    assert 'http-equiv="refresh"' not in shown.browser.get(f"{path}?refresh=off")
    assert 'http-equiv="refresh"' not in shown.browser.get(f"/acme/ml/actions/runs/{shown.run.id}")
    assert 'http-equiv="refresh"' in shown.browser.get(f"/acme/ml/pull/{shown.good.number}")
    assert 'http-equiv="refresh"' not in shown.browser.get(f"/acme/ml/pull/{shown.bad.number}")


def merge_of(filled):
    return f"/acme/ml/pull/{filled.good.number}/merge"


def stored(filled, pull):
    return filled.sandbox.store.get(Pull, sample.NAME, pull.number)


def test_approve_and_merge(filled):
    browser, number = filled.browser, filled.good.number
    text = browser.get(f"/acme/ml/pull/{number}")
    assert '<button class="go" disabled aria-describedby="why">Merge pull request</button>' in text
    found, headers, _ = browser.post(
        f"/acme/ml/pull/{number}/review", actor="clin", event="approve", sha=filled.good.head_sha
    )
    assert (found, headers["location"]) == (303, f"/acme/ml/pull/{number}")
    text = browser.get(f"/acme/ml/pull/{number}")
    assert '<button class="go">Merge pull request</button>' in text
    before = filled.sandbox.store.find(Event, sample.NAME, name="push")
    found, _, _ = browser.post(merge_of(filled), actor="acme", sha=filled.good.head_sha, method="merge")
    assert found == 303
    done = stored(filled, filled.good)
    assert (done.merged, done.merged_by) == (True, "acme")
    assert filled.sandbox.world.bare(sample.NAME).branch("main") == done.merge_sha
    assert len(filled.sandbox.store.find(Event, sample.NAME, name="push")) == len(before) + 1
    assert "merged commit" in browser.get(f"/acme/ml/pull/{number}")


def test_squash(filled):
    browser = filled.browser
    browser.post(f"/acme/ml/pull/{filled.good.number}/review", actor="clin", event="approve", sha=filled.good.head_sha)
    browser.post(merge_of(filled), actor="ada", sha=filled.good.head_sha, method="squash")
    bare = filled.sandbox.world.bare(sample.NAME)
    assert len(bare.commit("main").parents) == 1


def test_what_blocks_a_merge_is_refused_on_post_too(filled):
    found, _, text = filled.browser.post(merge_of(filled), actor="acme", sha=filled.good.head_sha)
    assert found == 409
    assert "approving review" in text
    bad = filled.bad
    found, _, text = filled.browser.post(f"/acme/ml/pull/{bad.number}/merge", actor="acme", sha=bad.head_sha)
    assert found == 409
    assert "wardround/readmission" in text
    assert not stored(filled, filled.good).merged
    assert not stored(filled, bad).merged


def test_who_may_not_merge_and_a_moved_head(filled):
    browser = filled.browser
    browser.post(f"/acme/ml/pull/{filled.good.number}/review", actor="clin", event="approve", sha=filled.good.head_sha)
    found, _, text = browser.post(merge_of(filled), actor="eve", sha=filled.good.head_sha)
    assert found == 403
    assert "needs the role write" in text
    assert browser.post(merge_of(filled), actor="acme", sha="0" * 40)[0] == 409
    assert browser.post(merge_of(filled), actor="github-actions[bot]", sha=filled.good.head_sha)[0] == 403
    assert browser.post(merge_of(filled), actor="nobody", sha=filled.good.head_sha)[0] == 403
    assert not stored(filled, filled.good).merged


def test_forms_that_no_page_gave_out_are_refused(filled):
    browser, other = filled.browser, filled.browser
    path = f"/acme/ml/pull/{filled.good.number}/state"
    token = browser.token()
    body = f"token={token}&actor=acme&state=closed"
    assert other.ask("POST", path, body)[0] == 403, "another browser"
    assert browser.ask("POST", path, "actor=acme&state=closed")[0] == 403, "no token"
    assert browser.ask("POST", path, body.replace(token, "0" * 64))[0] == 403, "a wrong token"
    assert browser.ask("POST", path, body.replace(token, "é"))[0] == 403, "no token at all"
    assert browser.ask("POST", path, body, Origin="http://evil.example")[0] == 403, "another site"
    assert browser.ask("POST", path, body, Origin="null")[0] == 403, "a sandboxed page"
    assert browser.ask("POST", path, body, Sec_Fetch_Site="same-site")[0] == 403, "another port"
    assert browser.ask("GET", "/", Host="evil.example")[0] == 403, "another name for this machine"
    assert stored(filled, filled.good).state == "open"
    assert browser.ask("POST", path, body, Origin=filled.sandbox.url)[0] == 303
    assert stored(filled, filled.good).state == "closed"


def test_cookies_are_not_for_scripts_or_other_sites(shown):
    _, headers, _ = shown.browser.ask("GET", "/")
    assert "httponly" in headers["set-cookie"].lower()
    assert "samesite=strict" in headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:a()", "/\n/x"]
)
def test_switching_users_leads_nowhere_else(shown, back):
    assert shown.browser.post("/_pages/act", actor="ada", back=back)[1]["location"] == "/"


def test_close_reopen_comment_and_request_changes(filled):
    browser, path = filled.browser, f"/acme/ml/pull/{filled.fork.number}"
    assert browser.post(f"{path}/state", actor="clin", state="closed")[0] == 303
    assert stored(filled, filled.fork).state == "closed"
    assert "Closed" in browser.get(path)
    assert browser.post(f"{path}/state", actor="eve", state="open")[0] == 303, "its author"
    assert stored(filled, filled.fork).state == "open"
    assert browser.post(f"/acme/ml/pull/{filled.good.number}/state", actor="eve", state="closed")[0] == 403
    assert browser.post(f"{path}/comment", actor="eve", body="One\r\nTwo")[0] == 303
    assert "One<br>" in browser.get(path)
    assert browser.post(f"{path}/comment", actor="eve", body=" ")[0] == 422
    assert (
        browser.post(f"{path}/review", actor="ada", event="request_changes", sha=filled.fork.head_sha, body="No")[0]
        == 303
    )
    text = browser.get(path)
    assert "requested changes" in text
    assert "Changes requested" in text


def test_nobody_approves_their_own_or_an_older_head(filled):
    browser, path = filled.browser, f"/acme/ml/pull/{filled.good.number}/review"
    assert browser.post(path, actor="ada", event="approve", sha=filled.good.head_sha)[0] == 422
    assert browser.post(path, actor="clin", event="approve", sha="0" * 40)[0] == 409
    assert filled.sandbox.store.find(Review, sample.NAME, number=filled.good.number) == ()


def test_a_green_status_of_another_app_says_why_it_does_not_count(filled):
    store = filled.sandbox.store
    (rules,) = store.find(sample.Ruleset, sample.NAME)
    pinned = {
        "type": "required_status_checks",
        "parameters": {"required_status_checks": [{"context": sample.CONTEXT, "integration_id": 4242}]},
    }
    store.put(replace(rules, rules=(pinned,)))
    text = filled.browser.get(f"/acme/ml/pull/{filled.good.number}")
    assert "Does not count: set by github-actions[bot]" in text
    assert "disabled aria-describedby" in text


def test_opening_a_pull_request_and_an_issue(filled):
    browser = filled.browser
    sample.Filling(filled.sandbox).branch("more/one", {"a.txt": "a\n"})
    assert "<option selected>acme/ml:more/one</option>" in browser.get("/acme/ml/pulls/new?head=acme/ml:more/one")
    form = {"head": "acme/ml:more/one", "base": "main", "title": "More", "body": "Why"}
    assert browser.post("/acme/ml/pulls/new", actor="eve", **form)[0] == 403
    found, headers, _ = browser.post("/acme/ml/pulls/new", actor="ada", **form)
    assert found == 303
    assert "More" in browser.get(headers["location"])
    assert browser.post("/acme/ml/pulls/new", actor="ada", **form)[0] == 422, "it is open already"
    found, headers, _ = browser.post("/acme/ml/issues/new", actor="eve", title="Late", body="")
    assert found == 303
    assert browser.post(f"{headers['location']}/comment", actor="clin", body="Seen")[0] == 303
    assert browser.post(f"{headers['location']}/state", actor="ada", state="closed")[0] == 303
    assert [issue.state for issue in filled.sandbox.store.find(Issue, sample.NAME)] == ["open", "closed"]
    browser.get("/acme/ml/tree/more/one/a.txt", 404)
    assert "a" in browser.get("/acme/ml/blob/more/one/a.txt")


def test_starting_a_workflow_by_hand(filled):
    browser, store = filled.browser, filled.sandbox.store
    path = ".github/workflows/nightly.yml"
    text = browser.get(f"/acme/ml/actions?workflow={path}")
    assert "Days that are looked at (required)" in text
    assert "Only say what would be done" in text
    form = {"workflow": path, "ref": "main", "input-window": "7", "input-depth": "full"}
    assert browser.post("/acme/ml/actions/dispatch", actor="eve", **form)[0] == 403
    assert browser.post("/acme/ml/actions/dispatch", actor="ada", **{**form, "input-depth": "x"})[0] == 422
    assert browser.post("/acme/ml/actions/dispatch", actor="ada", **{**form, "input-window": ""})[0] == 422
    assert browser.post("/acme/ml/actions/dispatch", actor="ada", **{**form, "ref": "none"})[0] == 422
    assert store.find(Event, sample.NAME, name="workflow_dispatch") == ()
    assert browser.post("/acme/ml/actions/dispatch", actor="ada", **form)[0] == 303
    (event,) = store.find(Event, sample.NAME, name="workflow_dispatch")
    assert event.payload["inputs"] == {"window": "7", "depth": "full", "dry": "false"}
    assert (event.actor, event.ref) == ("ada", "refs/heads/main")


def test_run_again_and_cancel(filled):
    browser, store = filled.browser, filled.sandbox.store
    path = f"/acme/ml/actions/runs/{filled.run.id}"
    assert browser.post(f"{path}/rerun", actor="eve")[0] == 403
    assert browser.post(f"{path}/rerun", actor="ada")[0] == 303
    run = store.get(Run, sample.NAME, filled.run.id)
    assert (run.status, run.attempt) == ("queued", 2)
    assert browser.post(f"{path}/rerun", actor="ada")[0] == 409
    assert browser.post(f"{path}/cancel", actor="ada")[0] == 303
    assert store.get(Run, sample.NAME, filled.run.id).conclusion == "cancelled"
    assert browser.post(f"{path}/approve", actor="ada")[0] == 409


def test_a_held_run_waits_for_somebody(filled):
    browser, store = filled.browser, filled.sandbox.store
    sample.Filling(filled.sandbox).branch("robot", {"a.txt": "a\n"})
    robot = sample.Actor(sample.BOT, run=True)
    open_pull(filled.sandbox.world, NewPull(sample.NAME, "Retrain", sample.NAME, "robot", "main"), robot)
    (event,) = store.find(Event, sample.NAME, state="held")
    run = sample.Filling(filled.sandbox).run(
        filled.good, "review", "pull_request", event.id, status="completed", conclusion="action_required"
    )
    path = f"/acme/ml/actions/runs/{run.id}"
    assert "Approve and run" in browser.get(path)
    assert browser.post(f"{path}/approve", actor="eve")[0] == 403
    assert browser.post(f"{path}/approve", actor="ada")[0] == 303
    assert store.get(Event, sample.NAME, event.id).state == "pending"


def test_the_clock_moves_forward_only(filled):
    browser, clock = filled.browser, filled.sandbox.world.clock
    assert "30 4 * * *" in browser.get("/_pages/clock")
    before = clock.now()
    assert browser.post("/_pages/clock", actor="ada", hours="24")[0] == 303
    assert 86_395 < (clock.now() - before).total_seconds() < 86_500
    found, _, text = browser.post("/_pages/clock", actor="ada", until="2001-01-01T00:00")
    assert found == 422
    assert "moves only forward" in text
    assert browser.post("/_pages/clock", actor="ada", until="soon")[0] == 422
    assert browser.post("/_pages/clock", actor="ada", hours="99999999999")[0] == 422
    assert browser.post("/_pages/clock", actor="ada", hours="999999")[0] == 422


def test_a_check_leads_to_its_job(shown):
    job = shown.sandbox.store.find(sample.Job, sample.NAME, run_id=shown.run.id)[0]
    found, headers, _ = shown.browser.ask("GET", f"/acme/ml/runs/{job.id}")
    assert (found, headers["location"]) == (303, f"/acme/ml/actions/runs/{shown.run.id}#job-{job.id}")


def test_the_api_and_git_are_still_there(shown):
    assert shown.browser.ask("GET", "/api/v3/user")[0] == 401
    found, _, text = shown.browser.ask("GET", "/acme/ml.git/info/refs?service=git-upload-pack")
    assert (found, "refs/heads/main" in text) == (200, True)
