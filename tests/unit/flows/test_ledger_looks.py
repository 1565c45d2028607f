"""The monitor's history behind the tags: real looks on its branch, a tag that names the newest, and what somebody with a shell can do to them."""

from __future__ import annotations

import datetime as dt
import os
import subprocess

import pytest

from wardround.disclosure.watching import watched
from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import MonitorEvidence, Signal, Span
from wardround.flows.ledger import looks
from wardround.flows.ledger.checking import check
from wardround.flows.ledger.desk import desk
from wardround.flows.monitor.keeping import HISTORY
from wardround.flows.records import CloneBranch
from wardround.ledger import heads_in, looks_in, looks_line
from wardround.ledger.entry import entry as noted
from wardround.monitoring import history
from wardround.monitoring.history import History
from wardround.registry import tags
from wardround.registry.record import StageRecord, from_message, message
from wardround.revision.git import Git

NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
BRANCH = history.BRANCH
DIGEST = "sha256:" + "0" * 64


def git(top, *words):
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@hospital.example")
    done = subprocess.run(["git", *who, *words], cwd=top, env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def top(tmp_path):
    place = tmp_path / "clinic"
    place.mkdir()
    git(place, "init", "-q", "-b", "main")
    git(place, "config", "user.name", "Ada")
    git(place, "config", "user.email", "ada@hospital.example")
    git(place, "commit", "-q", "--allow-empty", "-m", "first")
    return place


def look(top, day, auroc=0.8, project="sepsis", parents=True):
    """A look as the monitor writes it."""
    branch = CloneBranch(HISTORY, Git(top), origin=False)
    held = branch.now()
    end = NOON.date() + dt.timedelta(days=day)
    span = Span(name=end.isoformat(), start=end - dt.timedelta(days=7), end=end)
    signal = Signal(
        rule="performance.decay", measure="auroc", window=span.name, n=500, minimum=30, estimate=Estimate(value=auroc)
    )
    evidence = MonitorEvidence(
        project=project, stage="prod", versions=("v1",), until=end, windows=(span,), answers=500, outcomes=400,
        matured=300, signals=(signal,),
    )  # fmt: skip
    past = history.read(held.files, 11).get((project, "prod"), History({})) if parents else History({})
    made = past.following(watched(evidence, min_cell=11), f"sha256:{day}{auroc}", NOON + dt.timedelta(days=day))
    branch.add({made.path: made.content()}, held.tip, made.path)
    return made.path


def tag(top, name="sepsis@v1.0.0"):
    lines = desk(Git(top), None).lines()
    git(top, "tag", "-a", name, "-m", "\n".join(("a release", *lines, "{}")))
    return lines


def wrong(top):
    return [(doubt.code, doubt.where) for doubt in check(top)[0].wrong]


def short(path):
    return path.removeprefix("history/").removesuffix(".jsonl")


def test_the_branch_is_the_monitors():
    assert looks.HISTORY == HISTORY


def test_a_tag_names_the_newest_look_of_each_model_and_goes_on_being_true(top):
    assert desk(Git(top), None).lines() == ()
    look(top, 0)
    last, other = look(top, 1), look(top, 0, project="falls")
    desk(Git(top), None).record(noted(kind="note", project="sepsis", about="x", by="ada", facts={"text": "one"}))
    ledger, named = tag(top)
    (made,) = tags.read(top)
    assert named == looks_line([short(last), short(other)])
    assert looks_in(made.message) == (short(other), short(last))
    assert heads_in(made.message) == tuple(ledger.removeprefix("Ledger: ").split())
    assert wrong(top) == []
    look(top, 2)
    look(top, 2, 0.7, parents=False)  # a run at the same time, that knew none of the others
    assert wrong(top) == []
    assert len(looks.newest(Git(top))) == 3  # two of sepsis lie side by side


def test_the_record_of_a_tag_is_read_as_before(top):
    look(top, 0)
    record = StageRecord(
        version="v1.0.0", commit="a" * 40, image=None, bento=DIGEST, decision=DIGEST, card=None, pull=1, reason="why"
    )
    text = message(("sepsis v1.0.0 goes into prod.", *desk(Git(top), None).lines()), record)
    assert from_message(text) == record
    assert looks_in(text)


def test_an_older_tag_names_no_look_and_is_not_doubted(top):
    look(top, 0)
    git(top, "tag", "-a", "sepsis@v0.9.0", "-m", "a release\n{}")
    git(top, "branch", "-D", BRANCH)
    assert wrong(top) == []


@pytest.mark.parametrize("how", ["cut", "rewritten", "deleted"])
def test_a_history_that_was_cut_rewritten_or_deleted_is_found(top, how):
    look(top, 0)
    last = look(top, 1)
    tag(top)
    assert wrong(top) == []
    if how == "cut":
        git(top, "branch", "-f", BRANCH, f"{BRANCH}~1")
    else:
        git(top, "branch", "-D", BRANCH)
    if how == "rewritten":  # each look again, with a better number: the chain itself is sound
        look(top, 0, 0.9)
        again = look(top, 1, 0.9)
        assert again != last
        history.read(CloneBranch(HISTORY, Git(top), origin=False).now().files, 11)
    assert wrong(top) == [("cut", "tag sepsis@v1.0.0")]
    (doubt,) = check(top)[0].wrong
    assert short(last) in doubt.what


def test_a_look_that_was_edited_or_taken_out_is_found(top):
    first = look(top, 0)
    last = look(top, 1)
    git(top, "checkout", "-q", BRANCH)
    place = top / last
    place.write_bytes(place.read_bytes().replace(b"0.8", b"0.9"))
    git(top, "commit", "-qam", "tidy")
    git(top, "checkout", "-q", "main")
    assert wrong(top) == [("changed", last)]
    git(top, "checkout", "-q", BRANCH)
    (top / first).unlink()
    (top / "history" / "words.txt").write_text("words\n")
    git(top, "add", "-A")
    git(top, "commit", "-qm", "tidy")
    git(top, "checkout", "-q", "main")
    assert {("missing", last), ("malformed", "history/words.txt")} <= set(wrong(top))


def test_a_line_that_could_not_be_read_again_is_not_written():
    with pytest.raises(ValueError, match="cannot be a look"):
        looks_line(["sepsis/prod/today"])
    assert looks_line(()) == ""
    assert looks_in("History: nothing") == ()
    line = looks_line(["sepsis/prod/2026-03-10-" + "0" * 32])
    assert looks_in(f"{line}\n{line}") == ()
