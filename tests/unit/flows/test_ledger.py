"""The ledger in a real git repository: written once, read from branches, and what somebody with a shell can do to it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import subprocess

import pytest
from click.testing import CliRunner

from wardround.cli import promote, rollback
from wardround.cli.ledger import command
from wardround.errors import GovernanceFinding
from wardround.flows.ledger.books import BRANCH
from wardround.flows.ledger.checking import check, entries
from wardround.flows.ledger.desk import desk
from wardround.flows.records import Held, Moved
from wardround.ledger import DIRECTORY, path_of
from wardround.ledger.entry import entry
from wardround.revision.git import Git


def git(top, *words, **env):
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", "-c", "user.name=Ada", "-c", "user.email=ada@hospital.example", *words],
        cwd=top, env={**os.environ, **quiet, **env}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def event(text, about="sepsis@v1.0.0"):
    return entry(kind="note", project="sepsis", about=about, by="ada", facts={"text": text})


@pytest.fixture
def top(tmp_path):
    place = tmp_path / "clinic"
    place.mkdir()
    git(place, "init", "-q", "-b", "main")
    git(place, "config", "user.name", "Ada")
    git(place, "config", "user.email", "ada@hospital.example")
    (place / "params.yaml").write_text("project: {name: sepsis}\n")
    git(place, "add", ".")
    git(place, "commit", "-qm", "first")
    return place


def tag(top, name="sepsis@v1.0.0", date="2026-12-31T00:00:00Z"):
    line = "\n".join(desk(Git(top), None).lines())
    git(top, "tag", "-a", name, "-m", f"a release\n{line}", GIT_COMMITTER_DATE=date)


def edit(top, change):
    """What somebody does who may push to the branch: a commit on it that changes its files."""
    git(top, "checkout", "-q", BRANCH)
    change(top / DIRECTORY)
    git(top, "add", "-A", ".")
    git(top, "commit", "-qm", "tidy")
    git(top, "checkout", "-q", "main")


def codes(top):
    return sorted(doubt.code for doubt in check(top)[0].wrong)


def test_an_event_is_written_once_and_verified_by_the_tag(top):
    book = desk(Git(top), None)
    assert len(book.record(event("one"), event("two"), event("one"))) == 2
    assert book.record(event("two")) == ()
    tag(top)
    book.record(event("three"))
    found, places = check(top)
    assert (found.sound, found.entries, found.anchored, places) == (True, 3, 2, (BRANCH,))
    assert [item.facts["text"] for item in entries(top)] == ["one", "two", "three"]
    assert git(top, "status", "--porcelain") == ""  # the work tree is left alone


def test_two_writers_at_once_end_in_one_line(top):
    book = desk(Git(top), None)
    book.record(event("one"))

    class Slow:
        """Reads, and is overtaken before it writes."""

        def __init__(self):
            self.turns = 0

        def now(self):
            held = book.books.now()
            self.turns += 1
            if self.turns == 1:
                book.record(event("the quick one"))
            return held

        def add(self, files, tip, title):
            book.books.add(files, tip, title)

    slow = Slow()
    type(book)(book.git, slow).record(event("the slow one"))
    found, _ = check(top)
    assert slow.turns == 2
    assert (found.sound, found.entries, len(found.heads)) == (True, 3, 1)


def test_a_writer_that_is_always_overtaken_says_so(top):
    class Busy:
        def now(self):
            return Held("", {})

        def add(self, *_):
            raise Moved

    with pytest.raises(Exception, match="somebody else was faster"):
        type(desk(Git(top), None))(Git(top), Busy()).record(event("one"))


def test_a_clone_writes_to_its_origin(top, tmp_path):
    desk(Git(top), None).record(event("one"))
    bare, clone = tmp_path / "origin.git", tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--bare", str(top), str(bare))
    git(tmp_path, "clone", "-q", str(bare), str(clone))
    book = desk(Git(clone), None)
    book.record(event("two"))
    assert git(bare, "rev-list", "--count", BRANCH) == "2"
    assert [item.facts["text"] for item in entries(clone)] == ["one", "two"]
    # the other clone goes on from what origin has
    git(top, "remote", "add", "origin", str(bare))
    desk(Git(top), None).record(event("three"))
    git(clone, "fetch", "-q")
    found, _ = check(clone)
    assert (found.sound, found.entries, len(found.heads)) == (True, 3, 1)


@pytest.mark.parametrize("about", ["sepsis@v1.0.0", ["sepsis@v1.0.0"]])
def test_an_entry_of_no_form_is_a_finding_and_no_crash(top, about):
    """Whoever may push to the branch can write a file that has its hash for a name, and is no entry."""
    book = desk(Git(top), None)
    book.record(event("one"))
    content = json.dumps({"about": about, "by": "eve", "kind": "unheard of", "parents": []}).encode()
    name = hashlib.sha256(content).hexdigest()

    def write(place):
        (place / name[:2]).mkdir(exist_ok=True)
        (place / name[:2] / f"{name}.json").write_bytes(content)

    edit(top, write)
    if isinstance(about, str):
        with pytest.raises(GovernanceFinding, match="none that this Wardround writes"):
            book.record(event("two"))
    else:
        assert len(book.record(event("two"))) == 1
    assert codes(top) == ["malformed"]


def test_edits_deletions_and_cut_tails_are_found(top):
    book = desk(Git(top), None)
    made = book.record(event("one"), event("two"), event("three"))
    tag(top)
    first, last = (path_of(item.digest).removeprefix(f"{DIRECTORY}/") for item in (made[0], made[-1]))
    edit(top, lambda place: (place / first).write_bytes(made[0].content.replace(b"one", b"won")))
    assert codes(top) == ["changed", "removed"]
    with pytest.raises(GovernanceFinding, match="nothing is written on top"):
        book.record(event("four"))
    edit(top, lambda place: (place / first).write_bytes(made[0].content))
    assert codes(top) == ["removed"]  # git remembers, though all is well again
    git(top, "branch", "-f", BRANCH, f"{BRANCH}~2")
    assert codes(top) == []
    edit(top, lambda place: (place / last).unlink())
    assert codes(top) == ["cut", "removed"]
    git(top, "branch", "-D", BRANCH)
    assert codes(top) == ["cut"]  # the tag alone remembers


def test_a_rewritten_branch_is_found_by_the_tag(top):
    book = desk(Git(top), None)
    book.record(event("one"))
    tag(top)
    git(top, "branch", "-D", BRANCH)
    desk(Git(top), None).record(event("another story"))
    assert codes(top) == ["cut"]


def test_lines_from_two_clones_are_merged_by_git_and_joined_by_a_person(top):
    desk(Git(top), None).record(event("one"))
    git(top, "branch", "old", BRANCH)
    desk(Git(top), None).record(event("two"))
    tag(top)
    new = git(top, "rev-parse", BRANCH)
    git(top, "branch", "-f", BRANCH, "old")  # a clone of old, that knows no tag
    git(top, "tag", "-d", "sepsis@v1.0.0")
    desk(Git(top), None).record(event("elsewhere"))
    git(top, "checkout", "-q", BRANCH)
    git(top, "merge", "-q", "-m", "both", new)  # no conflict: other names
    git(top, "tag", "-a", "sepsis@v1.0.0", "-m", "x\n" + _line_of(new, top), GIT_COMMITTER_DATE="2026-12-31T00:00:00Z")
    git(top, "checkout", "-q", "main")
    assert codes(top) == ["fork"]
    desk(Git(top), None).record(event("a program goes on"))
    assert codes(top) == ["fork"]  # and does not hide it
    done = CliRunner().invoke(command, ["join", "--reason", "one clone was old", "--local", "--project", str(top)])
    assert done.exit_code == 0, done.output
    found, _ = check(top)
    assert (found.sound, found.entries, len(found.heads)) == (True, 5, 1)
    assert "late" in {doubt.code for doubt in found.doubts}


def _line_of(commit, top):
    from wardround.ledger import Ledger, heads_line
    from wardround.revision.branch import files_at

    files = files_at(Git(top), commit, DIRECTORY)
    return heads_line(Ledger.of((path.removeprefix(f"{DIRECTORY}/"), content) for path, content in files.items()).heads)


def test_the_commands_answer_for_people_and_programs(top):
    run = CliRunner()
    desk(Git(top), None, lambda: dt.datetime(2026, 3, 1, tzinfo=dt.UTC)).record(event("one"))
    tag(top)
    shown = run.invoke(command, ["show", "--json", "--kind", "note", "--project", str(top)])
    assert json.loads(shown.output)[0]["facts"] == {"text": "one"}
    assert "2026-03-01T00:00:00Z" in run.invoke(command, ["show", "--project", str(top)]).output
    assert "no entry" in run.invoke(command, ["show", "--about", "nothing", "--project", str(top)]).output
    verified = run.invoke(command, ["verify", "--json", "--project", str(top)], standalone_mode=False)
    assert (verified.return_value, json.loads(verified.output)["sound"]) == (0, True)
    git(top, "branch", "-D", BRANCH)
    verified = run.invoke(command, ["verify", "--project", str(top)], standalone_mode=False)
    assert verified.return_value == 13
    assert "WRONG" in verified.output


def test_a_note_that_may_name_a_patient_is_not_written(top):
    number = f"{482913:08d}"
    words = ["note", f"The patient with MRN: {number} asked", "--about", "x", "--local", "--project", str(top)]
    done = CliRunner().invoke(command, words)
    assert isinstance(done.exception, GovernanceFinding)
    assert number not in str(done.exception)
    assert entries(top) == ()


def test_what_a_note_is_about_names_no_patient_either(top):
    number = f"{482913:08d}"
    words = ["note", "They asked", "--about", f"MRN: {number}", "--local", "--project", str(top)]
    done = CliRunner().invoke(command, words)
    assert isinstance(done.exception, GovernanceFinding)
    assert number not in str(done.exception)
    assert entries(top) == ()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (promote.command, ["sepsis", "v1.0.0", "--stage", "prod"]),
        (rollback.command, ["sepsis", "--stage", "prod"]),
        (rollback.command, ["sepsis", "--stage", "prod", "--break-glass"]),
    ],
)
def test_a_reason_goes_into_tags_and_names_no_patient(top, asked, words):
    number = f"{482913:08d}"
    reason = ["--reason", f"It alarmed for MRN: {number}", "--local", "--project", str(top)]
    done = CliRunner().invoke(asked, [*words, *reason])
    assert isinstance(done.exception, GovernanceFinding)
    assert number not in str(done.exception)


def test_the_project_of_a_note_names_no_patient_either(top):
    number = "4471203"
    words = ["note", "They asked", "--about", "x", "--name", f"MRN: {number}", "--local", "--project", str(top)]
    done = CliRunner().invoke(command, words, standalone_mode=False)
    assert isinstance(done.exception, GovernanceFinding)
    assert done.exception.problems[0].where == "--name"
    assert number not in repr(done.exception.problems)
    assert entries(top) == ()
