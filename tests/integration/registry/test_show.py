"""``wardround registry`` and ``wardround where`` on a repository whose promotions were merged, and some that were not."""

import json

import click
import pytest
from tagged import NAME, digest, git, stage_record, version_record

from wardround.cli.main import run
from wardround.deploy.stage_file import StageFile
from wardround.registry.record import message

PARAMS = "project: {name: NAME}\ndata: {source: files, path: x.csv, columns: {outcome: died}}\n"
DAY = 24 * 3600
MARCH = 1_772_323_200  # 2026-03-01 00:00:00 UTC


class Hospital:
    """A repository with a project; versions are commits of main, promotions are merged branches."""

    def __init__(self, path, name=NAME, below="."):
        self.top, self.name = path, name
        self.root = path / below
        self.root.mkdir(parents=True, exist_ok=True)
        if not (path / ".git").is_dir():
            git(path, "init", "-q", "-b", "main")
        self.versions, self.numbers = {}, 0
        (self.root / "params.yaml").write_text(PARAMS.replace("NAME", name))
        (self.root / "dvc.yaml").write_text("stages: {}\n")
        self.commit("A project")

    def commit(self, subject):
        git(self.top, "add", "-A")
        git(self.top, "commit", "-q", "--allow-empty", "-m", subject)
        return git(self.top, "rev-parse", "HEAD")

    def tag(self, name, target, text, time):
        git(self.top, "tag", "-a", "-m", text, name, target, GIT_COMMITTER_DATE=f"@{time} +0000")

    def release(self, version, time, subject="Refit (#3)"):
        record = version_record(self.commit(subject))
        self.versions[version] = record
        self.tag(f"{self.name}@{version}", record.commit, message([f"{version}."], record), time)

    def change(self, stage, version, branch="", merge="Merge pull request #12 from ann/promote"):
        """Merges a change of the stage's file, or with ``branch`` leaves it there; returns its commit."""
        made = self.versions[version]
        file = StageFile(
            project=self.name, stage=stage, version=version, image=made.image, bento=made.bento, decision=made.decision
        )
        git(self.top, "switch", "-q", "-c", branch or "promotion")
        path = self.root / "deploy" / f"{stage}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(file.text() + f"# {len(list(self.top.iterdir()))} {branch} {self.numbers}\n")
        commit = self.commit(f"{version} into {stage}")
        git(self.top, "switch", "-q", "main")
        if branch:
            return commit
        git(self.top, "merge", "-q", "--no-ff", "-m", merge, "promotion")
        git(self.top, "branch", "-q", "-d", "promotion")
        return git(self.top, "rev-parse", "HEAD")

    def assign(self, stage, version, time, commit, **changes):
        self.numbers += 1
        record = stage_record(version, self.versions[version], commit, **{"pull": 12, **changes})
        name = f"{self.name}#{stage}#{self.numbers}"
        self.tag(name, self.versions[version].commit, message([f"Into {stage}."], record), time)
        return name

    def promote(self, stage, version, time, **changes):
        return self.assign(stage, version, time, self.change(stage, version), **changes)


@pytest.fixture
def hospital(tmp_path):
    made = Hospital(tmp_path / "hospital")
    made.release("v1.0.0", MARCH - 20 * DAY)
    made.release("v1.1.0", MARCH - 5 * DAY, "Merge pull request #9 from ann/refit")
    made.promote("prod", "v1.0.0", MARCH - 10 * DAY)
    made.promote("prod", "v1.1.0", MARCH + 10 * 3600, pull=14)
    return made


@pytest.fixture
def wardround(hospital, monkeypatch, capsys):
    """Runs a command in the project: its exit code, and what it printed (JSON read)."""
    monkeypatch.chdir(hospital.root)

    def call(*args):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run(list(args))
        out, err = capsys.readouterr()
        text = json.loads(out) if "--json" in args else click.unstyle(out)
        return ended.value.code, text if ended.value.code == 0 else text or err

    return call


def where(wardround, *args):
    code, answer = wardround("where", NAME, *args, "--json")
    assert code == 0
    return answer["ran"] and (answer["ran"]["version"], answer["ran"]["tag"])


def only(wardround):
    code, answer = wardround("registry", "--json")
    assert code == 0
    (shown,) = answer["projects"]
    return shown


def test_versions_and_stages_who_when_and_from_which_pull_request(wardround):
    shown = only(wardround)
    assert (shown["project"], shown["directory"], shown["latest"]) == (NAME, ".", "v1.1.0")
    assert [(item["version"], item["pull"], item["time"]) for item in shown["versions"]] == [
        ("v1.0.0", 3, "2026-02-09T00:00:00Z"),
        ("v1.1.0", 9, "2026-02-24T00:00:00Z"),
    ]
    prod = shown["stages"]["prod"]
    assert (prod["version"], prod["review"], prod["record"]["pull"]) == ("v1.1.0", "merged", 14)
    assert (prod["tagger"], prod["email"]) == ("Ann", "ann@example.org")
    assert len(shown["assignments"]) == 2
    assert shown["problems"] == []
    code, text = wardround("registry", NAME)
    assert code == 0
    assert "prod       v1.1.0     since 2026-03-01 10:00:00 UTC, pull request 14" in text
    assert "v1.0.0 into prod, pull request 12 [Ann]" in text
    assert "pull request 9: a refit [Ann]" in text
    assert "problems" not in text


def test_what_ran_on_a_day_and_at_a_moment(wardround):
    first, second = ("v1.0.0", f"{NAME}#prod#1"), ("v1.1.0", f"{NAME}#prod#2")
    assert where(wardround, "prod") == second
    assert where(wardround, "prod", "--at", "2026-03-01") == second
    assert where(wardround, "prod", "--at", "2026-02-28") == first
    assert where(wardround, "prod", "--at", "2026-03-01T10:00") == second
    assert where(wardround, "prod", "--at", "2026-03-01T09:59:59Z") == first
    assert where(wardround, "prod", "--at", "2026-03-01T10:30+01:00") == first
    assert where(wardround, "prod", "--at", "2026-02-19") == first
    assert where(wardround, "prod", "--at", "2026-02-18") is None
    assert where(wardround, "staging") is None


def test_the_answer_says_its_moment_and_what_else_ran_that_day(wardround):
    _, text = wardround("where", NAME, "prod", "--at", "2026-03-01")
    assert f"{NAME} v1.1.0 was in prod at the end of that day, 2026-03-01 23:59:59 UTC" in text
    assert f"earlier on that day: v1.0.0 ({NAME}#prod#1, pull request 12)" in text
    _, text = wardround("where", NAME, "prod", "--at", "2026-03-01T10:00:01")
    assert "was in prod at 2026-03-01 10:00:01 UTC" in text
    assert "earlier" not in text
    _, answer = wardround("where", NAME, "prod", "--at", "2026-03-01", "--json")
    assert answer["moment"] == "2026-03-01T23:59:59Z"
    assert [item["version"] for item in answer["earlier"]] == ["v1.0.0"]
    _, answer = wardround("where", NAME, "prod", "--at", "2026-03-02", "--json")
    assert answer["earlier"] == []


def test_nothing_ran_is_an_answer(wardround):
    code, text = wardround("where", NAME, "prod", "--at", "2020-01-01")
    assert (code, text.splitlines()[0]) == (
        0,
        f"nothing of {NAME} was in prod at the end of that day, 2020-01-01 23:59:59 UTC",
    )
    code, text = wardround("where", NAME, "staging")
    assert (code, "no version was ever in a stage of this name; stages with a history: prod" in text) == (0, True)


def test_a_stage_that_nothing_is_known_of(wardround):
    code, answer = wardround("where", NAME, "prdo", "--json")
    (problem,) = answer["problems"]
    assert (code, problem["wanted"], problem["next"]) == (2, "one of prod, staging", "did you mean prod?")


@pytest.mark.parametrize(
    "at", ["yesterday", "2026-02-30", "2026-3-1", "", "9999-12-31T23:59-14:00", "2026-03-01T25:00"]
)
def test_what_is_no_moment_is_refused(wardround, at):
    code, answer = wardround("where", NAME, "prod", "--at", at, "--json")
    assert (code, answer["problems"][0]["where"]) == (2, "--at")


def test_a_name_that_nothing_is_known_of(wardround):
    for command in (("registry", "sepsis"), ("where", "sepsis", "prod")):
        code, answer = wardround(*command, "--json")
        assert code == 2
        assert answer["problems"][0]["wanted"] == f"one of {NAME}"


def aside(wardround, tag):
    """Why a tag does not count; it is in no other part of the answer."""
    shown = only(wardround)
    assert tag not in {item["tag"] for item in shown["assignments"]}
    return {item["tag"]: item["what"] for item in shown["problems"]}[tag]


def test_a_tag_of_a_change_that_was_never_merged_does_not_count(hospital, wardround):
    commit = hospital.change("prod", "v1.0.0", branch="evil")
    tag = hospital.assign("prod", "v1.0.0", MARCH + 2 * DAY, commit)
    assert "not on the default branch" in aside(wardround, tag)
    assert where(wardround, "prod") == ("v1.1.0", f"{NAME}#prod#2")
    _, text = wardround("registry")
    assert f"{tag}: it names commit {commit[:12]}" in text
    _, text = wardround("where", NAME, "prod")
    assert f"these tags of stages do not count:\n    {tag}: it names commit {commit[:12]}" in text


def test_a_tag_that_says_something_else_than_the_merged_change(hospital, wardround):
    commit = hospital.change("prod", "v1.0.0")
    tag = hospital.assign("prod", "v1.0.0", MARCH + 2 * DAY, commit, decision=digest("another"))
    assert "says something else" in aside(wardround, tag)
    other = hospital.assign("test", "v1.0.0", MARCH + 2 * DAY, commit)
    assert "no deploy/test.yaml" in aside(wardround, other)
    assert where(wardround, "prod") == ("v1.1.0", f"{NAME}#prod#2")


def test_a_merged_change_counts_once_and_an_old_one_not_again(hospital, wardround):
    """Whoever may make tags cannot bring back a version by naming the merge that once put it there."""
    once = git(hospital.top, "rev-list", "--first-parent", "--reverse", "main", "--", "deploy/prod.yaml").split()
    for commit in once:
        tag = hospital.assign("prod", "v1.0.0", MARCH + 2 * DAY, commit)
        assert aside(wardround, tag)
    assert where(wardround, "prod") == ("v1.1.0", f"{NAME}#prod#2")


def test_a_break_glass_is_red_until_a_merged_change_names_its_version(hospital, wardround):
    head = git(hospital.top, "rev-parse", "main")
    tag = hospital.assign("prod", "v1.0.0", MARCH + 3 * DAY, head, pull=None, break_glass=True, reason="it alarms")
    held = only(wardround)["stages"]["prod"]
    assert (held["tag"], held["review"], held["review_commit"]) == (tag, "not reviewed", None)
    _, text = wardround("registry")
    assert "prod       v1.0.0     since 2026-03-04 00:00:00 UTC, BREAK-GLASS, NOT REVIEWED" in text
    _, text = wardround("where", NAME, "prod")
    assert "BREAK-GLASS, NOT REVIEWED" in text
    assert "reason  it alarms" in text
    hospital.change("staging", "v1.0.0")  # another stage is no review, nor is another project's file in its place
    other = (hospital.root / "deploy" / "prod.yaml").read_text().replace(f"project: {NAME}", "project: sepsis")
    (hospital.root / "deploy" / "prod.yaml").write_text(other.replace("v1.1.0", "v1.0.0"))
    hospital.commit("A file of another project")
    assert only(wardround)["stages"]["prod"]["review"] == "not reviewed"
    commit = hospital.change("prod", "v1.0.0")
    held = only(wardround)["stages"]["prod"]
    assert (held["tag"], held["review"], held["review_commit"]) == (tag, "reviewed", commit)
    _, text = wardround("registry")
    assert f"break-glass, reviewed by {commit[:12]}" in text


def test_a_break_glass_that_another_version_followed_was_never_reviewed(hospital, wardround):
    head = git(hospital.top, "rev-parse", "main")
    hospital.assign("prod", "v1.0.0", MARCH + 3 * DAY, head, pull=None, break_glass=True, reason="it alarms")
    hospital.release("v1.2.0", MARCH + 4 * DAY)
    hospital.promote("prod", "v1.2.0", MARCH + 5 * DAY)
    shown = only(wardround)
    assert [item["review"] for item in shown["assignments"]] == ["merged", "merged", "not reviewed", "merged"]
    assert shown["stages"]["prod"]["version"] == "v1.2.0"


def test_a_break_glass_from_a_commit_that_is_not_merged_does_not_count(hospital, wardround):
    commit = hospital.change("prod", "v1.0.0", branch="evil")
    tag = hospital.assign("prod", "v1.0.0", MARCH + 3 * DAY, commit, pull=None, break_glass=True, reason="trust me")
    assert "not on the default branch" in aside(wardround, tag)


def test_removals_are_shown_and_heeded(hospital, wardround):
    hospital.tag(f"{NAME}#prod!#9", hospital.versions["v1.1.0"].commit, "out", MARCH + 6 * DAY)
    hospital.tag(f"{NAME}@v1.1.0!", hospital.versions["v1.1.0"].commit, "gone", MARCH + 7 * DAY)
    shown = only(wardround)
    assert [(item["stage"], item["version"]) for item in shown["removals"]] == [("prod", "v1.1.0"), (None, "v1.1.0")]
    assert (shown["latest"], shown["stages"]["prod"]["version"]) == ("v1.0.0", "v1.0.0")
    assert [item["withdrawn"] for item in shown["versions"]] == [False, True]
    _, text = wardround("registry")
    assert "v1.1.0 out of prod, not by a change of deploy/" in text
    assert where(wardround, "prod", "--at", "2026-03-06") == ("v1.1.0", f"{NAME}#prod#2")
    hospital.tag(f"{NAME}@deprecated", hospital.versions["v1.1.0"].commit, "all", MARCH + 8 * DAY)
    shown = only(wardround)
    assert (shown["deprecated"], shown["latest"], shown["stages"]["prod"]) == (True, None, None)
    assert where(wardround, "prod") is None


def test_words_of_a_tag_cannot_steer_the_terminal(hospital, wardround, monkeypatch):
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Eve \x1b[2J\x07")
    commit = hospital.change("prod", "v1.0.0")
    hospital.assign("prod", "v1.0.0", MARCH + 9 * DAY, commit, reason="a\x1b]0;title\x07b\nc\u202e")
    git(hospital.top, "tag", f"{NAME}@\u202ev1")
    for command in (("registry",), ("where", NAME, "prod")):
        _, text = wardround(*command)
        assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_two_projects_in_one_repository(hospital, wardround):
    other = Hospital(hospital.top, "sepsis", "projects/sepsis")
    other.release("v1.0.0", MARCH)
    other.promote("prod", "v1.0.0", MARCH + DAY)
    _, answer = wardround("registry", "--json")
    assert [(item["project"], item["directory"]) for item in answer["projects"]] == [
        (NAME, "."),
        ("sepsis", "projects/sepsis"),
    ]
    assert answer["projects"][1]["stages"]["prod"]["review"] == "merged"
    assert answer["projects"][1]["problems"] == []
    # the other project's file does not vouch for this one
    tag = hospital.assign("prod", "v1.0.0", MARCH + 2 * DAY, git(hospital.top, "rev-parse", "main"))
    _, answer = wardround("registry", NAME, "--json")
    assert tag in {item["tag"] for item in answer["projects"][0]["problems"]}


def test_a_project_that_is_not_in_the_checkout_is_not_checked(hospital, wardround):
    Hospital(hospital.top, "renamed")
    _, answer = wardround("registry", NAME, "--json")
    (shown,) = answer["projects"]
    assert (shown["directory"], shown["stages"]["prod"]["review"]) == (None, "not checked")
    _, text = wardround("where", NAME, "prod")
    assert "NOT CHECKED" in text


def test_the_remotes_branch_says_what_is_merged(hospital, wardround, tmp_path):
    """A clone whose own branch is behind knows what was merged since; one whose branch parted is not believed."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(hospital.top), str(clone))
    hospital.promote("staging", "v1.1.0", MARCH + DAY)
    git(clone, "fetch", "-q", "--tags", "origin")
    code, answer = wardround("registry", "--project", str(clone), "--json")
    assert (code, answer["projects"][0]["problems"]) == (0, [])
    assert answer["projects"][0]["stages"]["staging"]["version"] == "v1.1.0"
    git(clone, "commit", "-q", "--allow-empty", "-m", "on my own")
    own = git(clone, "rev-parse", "HEAD")
    record = stage_record("v1.0.0", hospital.versions["v1.0.0"], own, pull=None, break_glass=True)
    git(clone, "tag", "-a", "-m", message(["x"], record), f"{NAME}#prod#77", hospital.versions["v1.0.0"].commit)
    _, answer = wardround("registry", "--project", str(clone), "--json")
    assert [item["tag"] for item in answer["projects"][0]["problems"]] == [f"{NAME}#prod#77"]


def test_a_clone_that_is_cut_off_could_not_check(hospital, wardround, tmp_path):
    clone = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{hospital.top}", str(clone))
    git(clone, "fetch", "-q", "--depth", "1", "origin", "refs/tags/*:refs/tags/*")
    code, answer = wardround("registry", "--project", str(clone), "--json")
    assert code == 3
    assert "shallow" in answer["problems"][0]["what"]


def test_without_a_version_there_is_still_an_answer(tmp_path, wardround):
    fresh = Hospital(tmp_path / "fresh", "sepsis")
    code, answer = wardround("registry", "--project", str(fresh.root), "--json")
    assert (code, answer["projects"][0]["versions"], answer["projects"][0]["latest"]) == (0, [], None)
    code, text = wardround("registry", "--project", str(fresh.root))
    assert (code, text) == (0, "sepsis  no version\n")
