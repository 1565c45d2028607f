"""The whole way from an answer to its data and back, every link verified; and each thing that can be forged is seen."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from clicktest import invoke
from traced_clinic import ANSWER, NAME, START, evidence, git, objects

from wardround.errors import UsageError
from wardround.flows.ledger.books import BRANCH
from wardround.flows.trace.run import TraceRequest, trace
from wardround.ledger.lineage import Proof


def traced(clinic, what, **how):
    return trace(TraceRequest(clinic.top, what, log=str(clinic.log), **how))


def proofs(lineage):
    """Verb -> the proofs of the links that it stands on."""
    found: dict[str, set[Proof]] = {}
    for link in lineage.links:
        found.setdefault(link.says, set()).add(link.proof)
    return found


def kinds(lineage):
    return {node.kind for node in lineage.nodes.values()}


def test_an_answer_is_traced_to_its_source_and_every_link_holds(made):
    found = traced(made, ANSWER)
    assert kinds(found) == {
        "prediction", "stage", "version", "bento", "entry", "commit", "pull", "person", "decision", "evidence", "snapshot", "source",
    }  # fmt: skip
    unseen = {(link.says, link.target) for link in found.of(Proof.UNSEEN)}
    # what the last tag cannot know yet
    assert {says for says, _ in unseen} == {"is recorded in"}
    assert not found.of(Proof.BROKEN)
    held = proofs(found)
    for says in ("was answered by", "was given by", "held", "was made from", "was decided by", "judged", "rests on", "was trained on", "was read from", "is the Bento", "was approved by", "came by"):  # fmt: skip
        assert held[says] == {Proof.VERIFIED}, says
    node = next(node for node in found.nodes.values() if node.kind == "prediction")
    assert dict(node.facts) == {"answered": "2026-03-12 12:00:00 UTC", "stage": "prod"}  # nothing of what it is about


@pytest.mark.parametrize(
    "what",
    ["v1.0.0", f"{NAME}@v1.0.0", "prod", f"{NAME}#prod#1", "#1", "pull/1", "snapshot", "digest", "commit", "bento"],
)
def test_any_thing_leads_to_the_whole(made, what):
    record = made.state().version("v1.0.0")
    lock = made.ground().lock(record.commit)
    meant = {
        "snapshot": f"md5:{lock.digest('data/snapshot')}",
        "digest": "sha256:"
        + json.loads(made.ground().output(record.commit, "reports/ingest.json")[0].content)["snapshot"][7:],
        "commit": record.commit[:12],
        "bento": record.record.bento,
    }
    found = traced(made, meant.get(what, what))
    assert found.starts
    assert {"version", "stage", "snapshot", "source", "commit"} <= kinds(found)
    assert not found.of(Proof.BROKEN)


def test_both_ways_from_a_snapshot(made):
    record = made.state().version("v1.0.0")
    found = traced(made, made.ground().lock(record.commit).digest("data/snapshot"))
    (start,) = found.starts
    onward = [other for _, _, other, _ in found.walk(start, back=False)]
    assert any(other.startswith("stage:sepsis#prod#1") for other in onward)
    assert not any("v1.1.0" in other for other in onward)


def test_the_withdrawal_of_another_version_is_no_end(clinic):
    commit = clinic.state().version("v1.1.0").commit
    clinic.tag(f"{NAME}@v1.1.0!", commit, "withdrawn", START.replace(day=5))
    assert len(clinic.state().removals) == 1
    found = traced(clinic, "prod", at="2026-03-08")
    (start,) = found.starts
    assert dict(found.nodes[start].facts)["until"] == "2026-03-11 14:01:00 UTC"


def test_a_stage_on_a_day_and_until_when(made):
    at = (START.date()).replace(day=5).isoformat()
    (start,) = traced(made, "prod", at=at).starts
    assert start == "stage:sepsis#prod#1"
    found = traced(made, "prod", at=at)
    assert dict(found.nodes[start].facts)["until"] == "2026-03-11 14:01:00 UTC"
    (now,) = traced(made, "prod").starts
    assert dict(traced(made, "prod").nodes[now].facts)["until"] == "now"


def test_a_commit_between_versions_leads_to_the_first_one_that_has_it(made):
    between = git(made.top, "rev-list", "--max-parents=0", "HEAD")
    found = traced(made, between)
    assert "version:sepsis@v1.0.0" in found.nodes


def test_what_is_not_known_is_said(made):
    with pytest.raises(UsageError, match="nothing of this name"):
        traced(made, "v9.9.9")
    with pytest.raises(UsageError, match="nothing of this name"):
        traced(made, "0123456789abcdef")


@pytest.mark.parametrize("what", ["prod", "nothing-of-this-name", ANSWER])
@pytest.mark.parametrize(("at", "why"), [("2026-13-40", "month"), ("2026-02-30", "day"), ("2026-03-01T25:00", "hour")])
def test_an_impossible_day_is_named(made, what, at, why):
    with pytest.raises(UsageError, match=f"there is no {at[:10]}") as refused:
        traced(made, what, at=at)
    problem = refused.value.problems[0]
    assert problem.where == "--at"
    assert at in problem.found
    assert why in problem.found


class TestForged:
    """Somebody with a shell, a push or the storage's key changes one thing."""

    def test_the_decision_in_the_storage(self, clinic):
        for path in objects(clinic, "decision.json"):
            path.write_bytes(path.read_bytes().replace(b"non-inferior", b"superior"))
        assert proofs(traced(clinic, "v1.1.0"))["was decided by"] == {Proof.BROKEN}

    def test_evidence_in_the_cache(self, clinic):
        path = evidence(clinic, "metrics")
        path.write_bytes(path.read_bytes().replace(b"v1.1.0", b"v9.9.9"))
        assert proofs(traced(clinic, "v1.1.0"))["rests on"] == {Proof.BROKEN}
        path.unlink()
        assert proofs(traced(clinic, "v1.1.0"))["rests on"] == {Proof.UNSEEN}

    def test_a_signed_statement_about_another_bento(self, clinic):
        other = clinic.ground()
        version = clinic.state().version("v1.1.0")
        record = version.record.model_copy(update={"bento": "sha256:" + "b" * 64})
        from wardround.registry.record import message

        clinic.tag(f"{NAME}@v1.1.0", version.commit, message(["v1.1.0"], record), START)
        found = traced(clinic, "v1.1.0")
        assert proofs(found)["is the Bento"] == {Proof.BROKEN}
        assert proofs(found)["is recorded in"] == {Proof.BROKEN}  # the ledger has the tag that was there
        assert other.name == NAME

    def test_a_statement_by_a_key_that_nobody_trusts(self, clinic):
        (clinic.top / "governance" / "release.pub").write_bytes(_another_key(clinic))
        assert proofs(traced(clinic, "v1.1.0"))["is the Bento"] == {Proof.UNSEEN}

    def test_a_tag_that_was_made_anew(self, clinic):
        from wardround.registry.record import message

        version = clinic.state().version("v1.1.0")
        clinic.tag(f"{NAME}@v1.1.0", version.commit, message(["rewritten"], version.record), START)
        broken = traced(clinic, "v1.1.0").of(Proof.BROKEN)
        assert [link.says for link in broken] == ["is recorded in"]
        assert "another object" in broken[0].how

    @pytest.mark.parametrize("later", [False, True])
    def test_an_approval_that_was_written_into_the_ledger_by_hand_is_not_checked_whatever_tag_comes_later(
        self, clinic, later
    ):
        from wardround.flows.ledger.desk import desk
        from wardround.ledger.entry import entry
        from wardround.revision.git import Git

        facts = {"pull": 2, "role": "ml", "reviewed": "f" * 40, "what": "v1.1.0 into prod"}
        book = desk(Git(clinic.top), None)
        (forged,) = book.record(entry(kind="approval", project=NAME, about="pull/2", by="mallory", facts=facts))
        if later:
            after = forged.moment + dt.timedelta(minutes=1)
            clinic.tag(f"{NAME}@v9.0.0", "HEAD", "\n".join(("another release", "", *book.lines())), after)
            assert clinic.ground().glance.anchored(forged)
        people = {link.target: link.proof for link in traced(clinic, "prod").links if link.says == "was approved by"}
        assert {name.split(":")[1]: proof for name, proof in people.items()} == {
            "alan": Proof.VERIFIED,  # of the model's own change
            "grace": Proof.VERIFIED,
            "mallory": Proof.UNSEEN,
        }

    def test_an_approval_of_the_model_s_own_change_that_came_after_its_tag(self, clinic):
        from wardround.flows.ledger import registering
        from wardround.flows.ledger.desk import desk
        from wardround.flows.promote.approving import Approval
        from wardround.forge.values import Review
        from wardround.revision.git import Git

        clinic.write("dvc.lock", (clinic.top / "dvc.lock").read_bytes() + b"# again\n")
        git(clinic.top, "commit", "-qam", "Better (#8)")
        commit = git(clinic.top, "rev-parse", "HEAD")
        record = clinic.state().version("v1.1.0").record.model_copy(update={"commit": commit})
        from wardround.registry.record import message

        clinic.tag(f"{NAME}@v1.2.0", commit, message(["v1.2.0"], record), START.replace(month=4))
        review = Review(1, "mallory", "APPROVED", commit, "2026-03-01T12:00:00Z")
        book = desk(Git(clinic.top), None)
        registering.approved(book, NAME, 8, registering.change_of(commit), [Approval("reviewer", review)])
        found = traced(clinic, "v1.2.0")
        assert proofs(found)["came by"] == proofs(found)["was approved by"] == {Proof.UNSEEN}

    def test_a_ledger_that_was_taken_away(self, clinic):
        git(clinic.top, "branch", "-D", BRANCH)
        found = traced(clinic, "prod")
        assert "entry" not in kinds(found)
        assert proofs(found)["came by"] == {Proof.UNSEEN}

    def test_the_log_of_params_lies_below_the_project(self, clinic, tmp_path, monkeypatch):
        clinic.write("params.yaml", (clinic.top / "params.yaml").read_bytes() + b"monitor: {predictions: ../log}\n")
        monkeypatch.chdir(tmp_path)
        found = trace(TraceRequest(clinic.top, ANSWER))
        assert proofs(found)["was answered by"] == {Proof.VERIFIED}

    def test_an_answer_of_another_contract_or_of_a_version_that_was_not_there(self, clinic):
        clinic.answer(ANSWER, "v1.1.0", START, contract="sha256:" + "d" * 64)
        found = traced(clinic, ANSWER, at=START.date().isoformat())
        assert proofs(found)["was answered by"] == {Proof.BROKEN}
        clinic.answer(ANSWER, "v1.1.0", START.replace(day=3))
        found = traced(clinic, ANSWER, at="2026-03-03")
        assert proofs(found)["was given by"] == {Proof.BROKEN}  # v1.0.0 was in prod on that day
        code, out = invoke(
            "trace", ANSWER, "--log", str(clinic.log), "--at", "2026-03-03", "--project", str(clinic.top)
        )
        assert code == 13
        assert "BROKEN" in out

    def test_code_that_was_never_judged(self, clinic):
        from wardround.registry.record import message

        version = clinic.state().version("v1.1.0")
        clinic.write("params.yaml", (clinic.top / "params.yaml").read_bytes() + b"# other\n")
        git(clinic.top, "commit", "-qam", "unseen")
        commit = git(clinic.top, "rev-parse", "HEAD")
        clinic.tag(
            f"{NAME}@v1.2.0", commit, message(["x"], version.record.model_copy(update={"commit": commit})), START
        )
        assert proofs(traced(clinic, "v1.2.0"))["judged"] == {Proof.BROKEN}


def _another_key(clinic):
    from wardround.release import signing

    return signing.public_pem(signing.key_of(clinic.place / "other.pem", make=True))
