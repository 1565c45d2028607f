"""Hostile evidence from end to end: what the forge then holds is inert, and nothing forged passes."""

from __future__ import annotations

import copy
import io
import json
import re
import struct
import sys
import zipfile
from typing import Any

import evidence
import hospital as rig
import pytest
import report_sample as sample
from click.testing import CliRunner
from hospital import CONTEXT, REPO
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from wardround.cli.ci import command
from wardround.disclosure import typed
from wardround.flows.publication import FILE

NASTY = (
    "[x](https://evil.example) ![y](https://evil.example/p.png) <img src=x onerror=alert(1)> <script>alert(1)</script> "
    "@everybody #1 GH-1 https://evil.example www.evil.example <!-- --> </details></table> \u202e `code` ~~~ ``` "
    "::set-output name=lock::true \x1b[31mred\x1b]8;;https://evil.example\x07 $(touch x) ${{ github.token }} | a | b |"
)
FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
_ESCAPES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TAGS = re.compile(r"<(?!/?(?:sub|details|summary|br)\b|!-- wardround:)[A-Za-z!/]")


def inert(body: str, links: tuple[str, ...]) -> None:
    """The comment as GitHub would show it: our links alone, no image, no mention, no reference, no foreign HTML, no escape."""
    assert len(body) <= 65_536
    assert not _ESCAPES.search(body)
    tokens = MarkdownIt("gfm-like").parse(body)
    flat = [part for token in tokens for part in (token, *(token.children or ()))]
    found = {str(part.attrs["href"]) for part in flat if part.type == "link_open"}
    assert all(address.startswith(links) for address in found), found
    assert not [part for part in flat if part.type == "image"]
    for part in flat:
        if part.type in {"html_block", "html_inline"}:
            own = part.content.replace("<summary><b>", "").replace("</b></summary>", "")
            assert not _TAGS.search(own), part.content
        if part.type == "text":
            assert not re.search(r"(?<![\w`])@[A-Za-z0-9]", part.content), part.content
            assert not re.search(r"(?<!\w)#\d|\bGH-\d|https?://|www\.\w", part.content), part.content


class Scene:
    """One change whose evidence is exchanged again and again."""

    def __init__(self, hospital: rig.Hospital, **how: Any) -> None:
        self.hospital, self.change = hospital, hospital.change(**how)

    def publish(self, content: bytes | None) -> tuple[str, str]:
        """Publishes a run with that artifact; checks that all is inert, and returns the status."""
        hospital, change = self.hospital, self.change
        hospital.forget(change)
        run = hospital.run(change)
        if content is not None:
            hospital.upload(run, content)
        lines: list[str] = []
        reports = hospital.place / "reports"
        hospital.publish(run, progress=lines.append, reports=reports)
        (body,) = hospital.comments(change.number)
        inert(body, (rig.PAGE, f"{hospital.sandbox.url}/{REPO}/actions/runs/{run}"))
        state, said = hospital.statuses(change.head)[CONTEXT]
        assert len(said) <= 140
        assert not _ESCAPES.search(said)
        assert "evil" not in said
        assert said.isprintable()
        return state, said

    def honest(self, **changed: Any) -> dict[str, Any]:
        return evidence.value(evidence.made(self.change.head, self.change.base, **changed))


@pytest.fixture(scope="module")
def ours(hospital):
    return Scene(hospital)


@pytest.fixture(scope="module")
def theirs(hospital):
    return Scene(hospital, fork=True)


def test_honest_evidence_passes(ours, theirs):
    """What the tests below spoil is good to begin with; from a fork even that does not pass."""
    assert ours.publish(evidence.zipped(ours.honest()))[0] == "success"
    state, said = theirs.publish(evidence.zipped(theirs.honest()))
    assert (state, said[:11]) == ("failure", "cannot tell")


def test_numbers_that_the_integer_program_does_not_accept_are_no_evidence(ours):
    """The audit is run again here. Each number is large and rounded, and the two models, on the same people, tell of other events."""
    honest = ours.honest()
    tables = typed.plain(sample.publish())
    shown = honest | {"published": honest["published"] | {part: tables[part] for part in ("cohorts", "against")}}
    assert ours.publish(evidence.zipped(shown))[0] == "success"
    forged = copy.deepcopy(shown)
    forged["published"]["against"][0]["cohorts"][0]["models"][1]["groups"][0]["events"]["value"] += 500
    state, said = ours.publish(evidence.zipped(forged))
    assert (state, said[:11]) == ("failure", "cannot tell")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from([NASTY, 10**400]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in inside for place in ((*way, key), *places(item, (*way, key)))]


def spoilt(value: Any, way: tuple[Any, ...], new: Any) -> Any:
    made = copy.deepcopy(value)
    place = made
    for key in way[:-1]:
        place = place[key]
    place[way[-1]] = new
    return made


@FEW
@given(content=JSON)
def test_any_json_is_no_evidence(content, ours):
    assert ours.publish(evidence.zipped(json.dumps(content).encode()))[0] == "failure"


@FEW
@given(data=st.data())
def test_a_real_publication_with_anything_anywhere_is_inert_and_from_a_fork_never_passes(data, ours, theirs):
    scene = data.draw(st.sampled_from([ours, theirs]))
    honest = scene.honest()
    way = data.draw(st.sampled_from(places(honest)))
    state, _ = scene.publish(evidence.zipped(json.dumps(spoilt(honest, way, data.draw(JSON))).encode()))
    assert scene is ours or state == "failure"


def strings(value: Any) -> list[tuple[Any, ...]]:
    """Every place that holds a string."""
    found = []
    for way in places(value):
        here = value
        for key in way:
            here = here[key]
        if isinstance(here, str):
            found.append(way)
    return found


def test_every_free_text_may_be_hostile_at_once(ours, capsys):
    """All fields that take any text are filled with the worst; those that do not are told by trying each."""
    from wardround.flows.publication import Trusted, read

    honest = ours.honest()
    filled, count = honest, 0
    for way in strings(honest):
        tried = spoilt(filled, way, NASTY)
        if read(json.dumps(tried).encode(), Trusted(min_cell=11)).value is not None:
            filled, count = tried, count + 1
    assert count > 20
    ours.publish(evidence.zipped(json.dumps(filled).encode()))
    with capsys.disabled():
        sys.stdout.write(f"\n{count} fields of free text\n")


def bomb() -> bytes:
    return evidence.zipped(b" " * 30_000_000)


def archive(*names: str, mode: int = 0) -> bytes:
    place = io.BytesIO()
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            made.writestr(entry, b"{}")
    return place.getvalue()


def lying() -> bytes:
    """The directory says that the file is small."""
    made = bytearray(bomb())
    at = made.rindex(b"PK\x01\x02")
    struct.pack_into("<I", made, at + 24, 100)
    return bytes(made)


ARCHIVES = {
    "bomb": bomb,
    "lying bomb": lying,
    "traversal": lambda: archive("../../publication.json"),
    "absolute": lambda: archive("/etc/publication.json"),
    "backslashes": lambda: archive("..\\publication.json"),
    "two": lambda: archive(FILE, "other.json"),
    "twice": lambda: archive(FILE, FILE),
    "another name": lambda: archive("Publication.json"),
    "link": lambda: archive(FILE, mode=0o120777),
    "empty": archive,
    "no archive": lambda: b"#!/bin/sh\ntouch x\n",
    "cut off": lambda: evidence.zipped(b"{}" * 5000)[:40],
    "nothing": lambda: b"",
    "large": lambda: b"PK\x03\x04" + b"x" * (6 * 1024 * 1024),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ARCHIVES)
def test_archives_that_are_none(name, ours):
    around = ours.hospital.place.parent  # where other tests have their files, too
    before = set(around.rglob("publication.json"))
    state, said = ours.publish(ARCHIVES[name]())
    assert (state, said[:11]) == ("failure", "cannot tell")
    assert not list(ours.hospital.place.rglob("x"))
    assert set(around.rglob("publication.json")) == before


def test_an_artifact_under_another_name_is_not_looked_at(ours):
    hospital, change = ours.hospital, ours.change
    hospital.forget(change)
    run = hospital.run(change)
    for name in ("wardround-evidence-Root", "wardround-evidence-..", "evidence", "wardround-evidence-readmission"):
        hospital.upload(run, evidence.zipped(ours.honest()), name)
    hospital.publish(run)
    assert hospital.statuses(change.head)[CONTEXT][0] == "failure"


FORGED = {
    "another head": lambda made, other: _commits(made, head_commit=other),
    "another base": lambda made, other: _commits(made, base_commit=other, judged_by=other),
    "judged by its own rules": lambda made, _: made["published"]["decision"].update(judged_by=made["head_commit"]),
    "judged by others": lambda made, other: made["published"]["decision"].update(judged_by=other),
    "no rules": lambda made, _: made["published"]["decision"].update(findings=[]),
    "one rule less": lambda made, _: made["published"]["decision"]["findings"].pop(),
    "rules twice": lambda made, _: made["published"]["decision"]["findings"].__setitem__(
        0, made["published"]["decision"]["findings"][1]
    ),
    "refused, called pass": lambda made, _: made["published"]["decision"]["findings"][0].update(verdict="refuse"),
    "nothing applies": lambda made, _: [
        finding.update(verdict="not applicable") for finding in made["published"]["decision"]["findings"]
    ],
    "no decision": lambda made, _: made["published"].update(decision=None),
    "synthetic": lambda made, _: made.update(mode="synthetic"),
    "first version": lambda made, _: made["published"].update(baseline=True),
    "uncommitted": lambda made, _: made["context"].update(dirty=True),
    "another project": lambda made, _: (
        made.update(project="other"),
        made["context"].update(project="other"),
        made["published"]["decision"].update(project="other"),
    ),
    "smaller cells": lambda made, _: made["published"].update(min_cell=1),
    "unknown key": lambda made, _: made.update(approved=True),
    "pull request": lambda made, _: made.update(pull=1),
}


def _commits(made: dict[str, Any], **commits: str) -> None:
    for name, sha in commits.items():
        if name in made:
            made[name] = sha
        made["published"]["decision"][name] = sha


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_pass_does_not_pass(name, ours, theirs):
    for scene in (ours, theirs):
        made = scene.honest()
        FORGED[name](made, scene.hospital.commit(scene.change.base, {"x": b"x"}))
        assert scene.publish(evidence.zipped(json.dumps(made).encode()))[0] == "failure"


def test_a_fork_names_no_other_pull_request(hospital):
    """Honest evidence of somebody's branch, uploaded by a fork's run, whose branch has the same name."""
    victim = hospital.change(branch="shared-name")
    attack = hospital.change(branch="shared-name", fork=True)
    run = hospital.run(attack)
    hospital.upload(run, evidence.zipped(evidence.made(victim.head, victim.base)))
    hospital.publish(run)
    assert (hospital.comments(victim.number), hospital.statuses(victim.head)) == ((), {})
    assert hospital.statuses(attack.head)[CONTEXT][0] == "failure"


BRANCHES = ["$(touch${IFS}x)", "${{github.token}}", "`touch${IFS}x`", "a;touch${IFS}x", "x&&y|z", "<b>bold</b>", "'\"quoted\"", "@everybody", "a/b#1", "x--rm-watermark", "é☃", "%2e%2e/y", "a'b=c,d+e!"]  # fmt: skip


@pytest.mark.parametrize("branch", BRANCHES)
def test_branches_with_odd_names(branch, hospital, tmp_path, monkeypatch):
    """Through the command: its output has no escape, its step outputs only our words, and the comment is inert."""
    change = hospital.change(branch=branch)
    run = hospital.reviewed(change)
    state = _command(hospital, run, tmp_path, monkeypatch)
    assert state == "done=true\nlock=false\n"
    (body,) = hospital.comments(change.number)
    inert(body, (f"https://forge.example/{REPO}/", f"{hospital.sandbox.url}/{REPO}/actions/runs/"))
    assert hospital.statuses(change.head)[CONTEXT][0] == "success"
    assert not list(hospital.place.rglob("x"))


def _command(hospital, run, place, monkeypatch, *more: str) -> str:
    """``wardround ci publish`` in this process; what it left in GITHUB_OUTPUT. Its output is printed, and looked at."""
    for name, value in {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": REPO,
        "GITHUB_API_URL": hospital.sandbox.api_url,
        "GITHUB_TOKEN": hospital.sandbox.world.tokens.run(REPO, rig.PUBLISH),
        "GITHUB_SERVER_URL": "https://forge.example",
        "GITHUB_RUN_ID": "1",
        "GITHUB_OUTPUT": str(place / "outputs"),
    }.items():
        monkeypatch.setenv(name, value)
    arguments = ["publish", "--run", str(run), "--tree", str(hospital.tree), "--reports", str(place / "reports"), *more]
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert done.exception is None, done.output
    assert not _ESCAPES.search(done.output)
    assert "evil" not in done.output
    assert "::set-output" not in done.output
    return (place / "outputs").read_text()


def test_what_the_command_says_of_hostile_evidence(hospital, tmp_path, monkeypatch):
    change = hospital.change()
    made = evidence.value(evidence.made(change.head, change.base, lock=f"done=true\nlock=false\n{NASTY}"))
    made["published"]["decision"]["outcome"] = "x"
    for finding in made["published"]["decision"]["findings"]:
        finding.update(summary=NASTY, advice=NASTY, subject=NASTY)
    run = hospital.run(change)
    hospital.upload(run, evidence.zipped(json.dumps(made).encode()))
    assert _command(hospital, run, tmp_path, monkeypatch) == "done=true\nlock=false\n"


def test_a_run_that_is_not_there(hospital, tmp_path, monkeypatch):
    with pytest.raises(AssertionError, match="no such workflow run"):
        _command(hospital, 99_999_999, tmp_path, monkeypatch)


def test_a_report_of_seventy_thousand_characters_fits(hospital):
    """Many findings with long words: the comment is cut at sections, not in the middle of one."""
    change = hospital.change()
    made = evidence.value(evidence.made(change.head, change.base))
    finding = {**made["published"]["decision"]["findings"][0], "verdict": "refuse"}
    findings = [{**finding, "summary": f"{number}: " + "many words of what was found " * 12} for number in range(120)]
    made["published"]["decision"].update(findings=findings, verdict="refuse")
    row = made["context"]["changes"]["params"][0]
    made["context"]["changes"]["params"] = [{**row, "key": f"model.settings.setting_{number}"} for number in range(700)]
    run = hospital.run(change)
    hospital.upload(run, evidence.zipped(json.dumps(made).encode()))
    reports = hospital.place / "long"
    hospital.publish(run, reports=reports)
    assert len((reports / "root" / "review.md").read_text()) > 70_000
    (body,) = hospital.comments(change.number)
    assert 5_000 < len(body) <= 65_536
    inert(body, (rig.PAGE, f"{hospital.sandbox.url}/{REPO}/actions/runs/{run}"))
    assert body.count("<details>") == body.count("</details>")
    assert body.rstrip().endswith("</sub>")
    assert re.search("Left out, because a comment must not be longer: .*What changed", body)
    assert all(f" {number}: many" in body for number in range(120)), "what refuses is there to the last finding"
    assert "full report" in body


def test_many_projects_without_evidence_fit_in_one_comment(hospital, tmp_path):
    """Fifty sections that tell why there is no evidence."""
    from wardround.flows.publish import comment as comments

    notes = tuple(("publish.evidence", "There is no evidence: " + "x" * 600, "Push it again. " * 20) for _ in range(6))
    sections = tuple(comments.plain_section("T" * 200, "d" * 140, notes, comments.room(50)) for _ in range(50))
    change = hospital.change()
    with hospital.request(hospital.run(change)) as request:
        assert len(comments.body(request.run, sections, rig.PAGE)) <= 65_536
