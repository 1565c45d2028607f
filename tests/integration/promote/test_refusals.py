"""What is refused, with its reason, and by whom: at the proposal, or at the merge where nothing of the proposal is believed."""

import os
import subprocess

import pytest
from ward import NAME, git

from wardround.errors import EnvironmentFailure, GateRefusal, UsageError
from wardround.registry.record import StageRecord, VersionRecord, message
from wardround.release import signing
from wardround.sandbox.model import Pull
from wardround.sandbox.tokens import ACTIONS_BOT


def refusal(ward, act=None, **how) -> list[str]:
    """The reasons of a refused completion."""
    with pytest.raises(GateRefusal) as refused:
        (act or ward.complete)(**how)
    return [problem.what for problem in refused.value.problems]


def merged(ward, version="v1.0.0", stage="staging", edits=None):
    """A promotion that somebody edited before it was merged: path -> how its text becomes another."""
    pull = ward.promote(version, stage).proposed.pull
    if edits:
        files = {path: edit(ward.read(path, ward.pull(pull).head_sha).decode()) for path, edit in edits.items()}
        ward.amend(pull, files)
    return ward.merge(pull)


@pytest.fixture
def one(fresh):
    fresh.release("v1.0.0")
    return fresh


class TestTheVersionsTag:
    def test_a_lightweight_tag(self, fresh):
        commit = fresh.commit({"dvc.lock": "# new\n"})
        fresh.record("v1.0.0", commit)
        fresh.bare().set(f"refs/tags/{NAME}@v1.0.0", commit)
        said = refusal(fresh, lambda: fresh.promote("v1.0.0", "staging"))
        assert said == [
            "the version's tag does not count: it is a lightweight tag: it says neither who made it nor when"
        ]

    def test_a_tag_that_was_moved_to_another_commit(self, one):
        record = one.state().version("v1.0.0").record
        other = one.commit({"dvc.lock": "# another model\n"})
        pull = one.promote("v1.0.0", "staging").proposed.pull
        one.tag(f"{NAME}@v1.0.0", other, message(["v1.0.0"], record))
        said = refusal(one, lambda: one.promote("v1.0.0", "staging"))
        assert said == ["the tag is another on the forge than in this clone: it was moved"]
        one.merge(pull)
        (said,) = refusal(one)
        assert "it was moved: the record is of commit" in said

    def test_a_tag_that_was_made_anew_with_other_digests(self, one):
        """Its record is consistent in itself; the signed provenance is not, and an earlier stage's tag says something else."""
        one.goes_live("v1.0.0", "staging")
        before = one.state().version("v1.0.0").record
        other = before.model_copy(update={"bento": "sha256:" + "e" * 64, "image": None})
        one.tag(f"{NAME}@v1.0.0", other.commit, message(["v1.0.0"], other))
        one.fresh_clone()
        said = refusal(one, lambda: one.promote("v1.0.0", "prod"))
        assert "another tag does not agree with this version: its image or Bento is not that of v1.0.0" in said

    def test_a_record_that_was_made_anew_before_any_stage(self, one):
        before = one.state().version("v1.0.0").record
        other = before.model_copy(update={"bento": "sha256:" + "e" * 64})
        one.tag(f"{NAME}@v1.0.0", other.commit, message(["v1.0.0"], other))
        merged(one)
        assert refusal(one) == ["the provenance is not that of this version"]

    def test_a_tag_that_is_moved_while_the_completion_runs(self, one):
        """The checkout has the tag of before, the forge another one with a record of its own."""
        merged(one)
        tree = one.checkout()
        before = one.state().version("v1.0.0").record
        other = before.model_copy(update={"reason": "another"})
        one.tag(f"{NAME}@v1.0.0", other.commit, message(["v1.0.0"], other))
        assert refusal(one, tree=tree) == ["the version's tag was moved: it is another on the forge than in this clone"]

    def test_a_tag_by_somebody_who_may_not(self, fresh):
        commit = fresh.commit({"dvc.lock": "# new\n"})
        fresh.tagged("v1.0.0", fresh.record("v1.0.0", commit), by="eve")
        merged(fresh)
        assert refusal(fresh) == ["the version's tag was made by somebody who may not"]
        text = fresh.read("params.yaml").decode()
        fresh.commit({"params.yaml": text.replace("stages:\n", "stages:\n  taggers: [eve]\n")})
        assert refusal(fresh) == ["the version's tag was made by somebody who may not"], "the params of before judge"
        fresh.merge(fresh.promote("v1.0.0", "staging", reason="eve may").proposed.pull)
        assert fresh.complete().changes[-1][1].made

    def test_a_withdrawn_version_and_a_deprecated_project(self, one):
        commit = one.state().version("v1.0.0").commit
        pull = one.promote("v1.0.0", "staging").proposed.pull
        one.tag(f"{NAME}@v1.0.0!#2", commit, "withdrawn")
        assert refusal(one, lambda: one.promote("v1.0.0", "staging")) == ["the version was withdrawn"]
        one.merge(pull)
        assert refusal(one) == ["the version was withdrawn"]
        one.tag(f"{NAME}@deprecated", commit, "no more")
        assert refusal(one) == ["the project is deprecated: nothing of it counts"]


class TestWhatIsMerged:
    @pytest.mark.parametrize(
        ("field", "said"),
        [
            ("image", "the image is not that of v1.0.0"),
            ("bento", "the bento is not that of v1.0.0"),
            ("decision", "the decision is not that of v1.0.0"),
            ("card", "the card is not that of v1.0.0"),
        ],
    )
    def test_a_swapped_digest(self, one, field, said):
        def swap(text):
            lines = text.splitlines(keepends=True)
            number = next(at for at, line in enumerate(lines) if line.startswith(f"{field}: "))
            lines[number] = lines[number].rpartition("sha256:")[0] + "sha256:" + "d" * 64 + '"\n'
            return "".join(lines)

        merged(one, edits={"deploy/staging.yaml": swap})
        assert said in refusal(one)
        assert one.stage_tags() == []
        assert one.deployments() == []

    def test_the_same_digest_from_another_registry(self, one):
        merged(one, edits={"deploy/staging.yaml": lambda text: text.replace(one.registry.host, "elsewhere.example")})
        assert "the image is named otherwise than params and tag say" in refusal(one)

    def test_a_manifest_that_runs_another_image(self, one):
        other = "elsewhere.example/models/readmission@sha256:" + "d" * 64
        image = one.state().version("v1.0.0").record.image
        merged(one, edits={"deploy/staging/deployment.yaml": lambda text: text.replace(image, other)})
        assert "the file is not what is generated for this version" in refusal(one)

    def test_a_file_of_another_stage_or_project(self, one):
        merged(one, edits={"deploy/staging.yaml": lambda text: text.replace("stage: staging", "stage: prod")})
        assert "the file is about another project or stage" in refusal(one)

    def test_a_file_that_cannot_be_read(self, one):
        merged(one, edits={"deploy/staging.yaml": lambda text: text + "more: 1\n"})
        assert refusal(one) == ["Extra inputs are not permitted"]
        one.commit({"deploy/staging.yaml": "{"})
        assert "the file is not YAML that can be read" in refusal(one)

    def test_a_push_to_main_without_a_pull_request(self, one):
        head = one.pull(one.promote("v1.0.0", "staging").proposed.pull).head_sha
        for pull in one.pulls():
            one.store.remove(pull)
        git(one.clone, "fetch", "-q")
        git(one.clone, "checkout", "-q", "--detach", "origin/main")
        git(one.clone, "merge", "-q", "--no-ff", "-m", "By hand", head)
        git(one.clone, "push", "-q", "origin", "HEAD:main")
        assert refusal(one) == ["no pull request brought this change: it was pushed to the default branch"]
        assert one.store.find(Pull) == ()

    def test_a_checkout_that_is_not_main(self, one):
        pull = one.promote("v1.0.0", "staging").proposed
        tree = one.checkout()
        git(tree, "checkout", "-q", pull.commit)
        with pytest.raises(UsageError, match="this checkout is not the default branch"):
            one.complete(tree=tree)
        assert one.stage_tags() == []

    def test_a_shallow_checkout(self, one):
        merged(one)
        tree = one.place / "shallow"
        subprocess.run(
            ["git", "clone", "-q", "--depth=1", f"file://{one.bare().path}", str(tree)], check=True, timeout=60
        )
        with pytest.raises(EnvironmentFailure, match="this clone is shallow"):
            one.complete(tree=tree)

    def test_a_demand_that_a_hand_written_change_leaves_out(self, one):
        """prod demands staging; the pull request was not made by the command."""
        one.merge(one.by_hand("v1.0.0", "prod"))
        assert refusal(one) == ["the version does not meet a demand of stage prod"]

    def test_params_that_the_same_change_eases(self, one):
        """The base's params judge: a change cannot take away a demand and pass by that."""
        text = one.read("params.yaml").decode().replace("prod: {requires: staging}", "prod: {}")
        one.merge(one.by_hand("v1.0.0", "prod", {"params.yaml": text}))
        assert refusal(one) == ["the version does not meet a demand of stage prod"]

    def test_what_was_refused_is_settled_by_a_later_change(self, one):
        """Taken back, or followed by a good one: the refused merge is not asked for for ever."""
        one.goes_live("v1.0.0", "staging")
        listed = git(one.bare().path, "ls-tree", "-r", "--name-only", "main", "deploy/").split()
        good = {path: one.read(path) for path in listed}
        one.release("v1.0.1")
        merged(
            one,
            "v1.0.1",
            edits={"deploy/staging/deployment.yaml": lambda text: text.replace("replicas: 2", "replicas: 9")},
        )
        assert refusal(one) == ["the file is not what is generated for this version"]
        one.commit(good)
        assert one.complete().changes == ()
        one.release("v1.0.2")
        assert one.goes_live("v1.0.2", "staging") == "readmission#staging#2"

    def test_a_stage_whose_file_is_removed(self, one):
        one.goes_live("v1.0.0", "staging")
        one.commit({"deploy/staging.yaml": None})
        assert "a file of the stage does not run what the stage's file names" in refusal(one)
        assert one.state().at("staging").version == "v1.0.0"


class TestWhatClustersFollow:
    """Edits of deploy/STAGE/ alone make no tag; a completion sees them all the same."""

    @pytest.fixture(scope="class")
    @classmethod
    def live(cls, tmp_path_factory):
        import ward as rig

        with rig.opened(tmp_path_factory.mktemp("live")) as made:
            made.release("v1.0.0")
            made.goes_live("v1.0.0", "staging")
            yield made

    @pytest.mark.parametrize(
        ("path", "edit", "found"),
        [
            ("deployment.yaml", ("image: ", "image: elsewhere.example/x:latest #"), "elsewhere.example/x:latest"),
            ("kustomization.yaml", ("resources:", "images: [{name: x, newTag: y}]\nresources:"), "it does more than"),
            ("kustomization.yaml", ("  - service.yaml", "  - ../../other"), "it takes what does not lie beside it"),
            ("readmission-staging.service", ("models/", "other/"), "other/readmission@sha256"),
            ("compose.yaml", ("models/", "other/"), "other/readmission@sha256"),
            ("deployment.yaml", ("kind:", "kind: ["), "something that cannot be read"),
        ],
    )
    def test_an_edit(self, live, path, edit, found):
        full = f"deploy/staging/{path}"
        before = live.read(full).decode()
        assert edit[0] in before
        live.commit({full: before.replace(*edit)})
        with pytest.raises(GateRefusal) as refused:
            live.complete()
        (problem,) = refused.value.problems
        assert (problem.where, found in problem.found) == (full, True), problem.found
        live.commit({full: before})
        assert live.complete().changes == ()

    def test_a_resource_of_ones_own_beside_is_let_be(self, live):
        live.commit({"deploy/overlay/kustomization.yaml": "resources: [../staging]\npatches: []\n"})
        assert live.complete().changes == ()


class TestTheRelease:
    def test_a_key_that_the_repository_does_not_trust(self, fresh, tmp_path):
        other = signing.key_of(tmp_path / "other.key", make=True)
        fresh.release("v1.0.0", key=other)
        merged(fresh)
        assert refusal(fresh) == ["the provenance cannot be trusted"]

    def test_a_key_that_the_same_change_brings(self, fresh, tmp_path):
        """Whoever signs with a key of their own cannot bring it along: the key counts as it was before the change."""
        other = signing.key_of(tmp_path / "other.key", make=True)
        fresh.release("v1.0.0", key=other)
        pull = fresh.promote("v1.0.0", "staging").proposed.pull
        fresh.amend(pull, {"governance/release.pub": signing.public_pem(other).decode()})
        fresh.merge(pull)
        assert refusal(fresh) == ["the provenance cannot be trusted"]

    def test_no_key_at_all(self, one):
        one.commit({"governance/release.pub": None})
        merged(one)
        assert refusal(one) == ["nobody can check who released this version"]

    def test_a_decision_that_is_no_pass(self, fresh):
        fresh.release("v1.0.0", verdict="refuse")
        merged(fresh)
        assert refusal(fresh) == ["the decision is no pass"]

    @pytest.mark.parametrize("file", ["bento.tar", "provenance.json", "decision.json", "smoke.json"])
    def test_a_file_of_the_release_that_was_changed(self, one, file):
        merged(one)
        for path in one.objects(file):
            content = path.read_bytes().replace(b"the model of", b"another model")
            path.write_bytes(content if file == "bento.tar" else content + b" ")
        assert refusal(one)
        assert one.stage_tags() == []

    def test_a_store_that_lost_the_release(self, one):
        merged(one)
        for path in one.objects("bento.tar"):
            path.unlink()
        with pytest.raises(EnvironmentFailure, match=r"the storage lacks bento\.tar"):
            one.complete()

    def test_an_older_bento_under_the_new_versions_name(self, one):
        """The files of v1.0.0 in the place of v1.0.1's."""
        old = {file: path.read_bytes() for file in ("bento.tar", "smoke.json") for path in one.objects(file)}
        one.release("v1.0.1")
        merged(one, "v1.0.1")
        for file, content in old.items():
            for path in one.objects(file):
                path.write_bytes(content)
        assert refusal(one)
        assert one.stage_tags() == []

    def test_an_image_for_another_processor(self, fresh):
        fresh.release("v1.0.0", platform="linux/arm64")
        merged(fresh)
        assert refusal(fresh) == ["the image is for another processor"]

    def test_an_image_that_the_registry_swapped(self, one):
        merged(one)
        digest = one.state().version("v1.0.0").record.image.rpartition("@")[2]
        one.registry.swapped[digest] = b'{"mediaType": "application/vnd.oci.image.manifest.v1+json"}'
        assert refusal(one) == ["the registry gives another image than was asked for"]

    def test_an_image_that_is_not_there(self, one):
        merged(one)
        one.registry.objects.clear()
        with pytest.raises(EnvironmentFailure, match="the image cannot be seen in its registry"):
            one.complete()
        assert one.stage_tags() == []

    def test_a_guarded_registry(self, one, monkeypatch, tmp_path):
        merged(one)
        one.registry.guarded = True
        monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
        with pytest.raises(EnvironmentFailure, match="not there, or not for us"):
            one.complete()
        auth = f'{{"auths": {{"{one.registry.host}": {{"auth": "{one.registry.user}"}}}}}}'
        (tmp_path / "config.json").write_text(auth)
        assert one.complete().changes[0][1].made

    def test_the_forges_own_attestation(self, one, monkeypatch, tmp_path):
        merged(one)
        gh = tmp_path / "bin" / "gh"
        gh.parent.mkdir()
        gh.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\necho no attestation >&2\nexit 1\n')
        gh.chmod(0o700)
        monkeypatch.setenv("PATH", f"{gh.parent}:{os.environ['PATH']}")
        assert refusal(one, attested_in="hospital/readmission") == [
            "the forge's attestation of the image does not hold"
        ]
        image = one.state().version("v1.0.0").record.image
        asked = (tmp_path / "asked").read_text().split()
        assert asked[:3] == ["attestation", "verify", f"oci://{image}"]
        assert asked[-1] == "hospital/readmission/.github/workflows/release.yml"
        gh.write_text("#!/bin/sh\nexit 0\n")
        assert one.complete(attested_in="hospital/readmission").changes[0][1].made


class TestTagsOfStages:
    """A stage's tag counts only if a merged change says the same, and only if it was not made by somebody else."""

    def record(self, ward, version, commit, **changed):
        found = ward.state().version(version).record
        assert isinstance(found, VersionRecord)
        given = {
            "version": version, "image": found.image, "bento": found.bento, "decision": found.decision,
            "card": None, "pull": 1, "commit": commit, **changed,
        }  # fmt: skip
        return StageRecord(**given)

    def test_one_that_nobody_merged_does_not_meet_a_demand(self, one):
        commit = one.state().version("v1.0.0").commit
        one.tag(f"{NAME}#staging#1", commit, message(["forged"], self.record(one, "v1.0.0", one.main())))
        assert one.state().at("staging").version == "v1.0.0", "GTO believes it"
        assert refusal(one, lambda: one.promote("v1.0.0", "prod")) == [
            "the version does not meet a demand of stage prod"
        ]
        merged(one)
        (change,) = [change for _, change in one.complete().changes]
        assert change.tag == "readmission#staging#2", "and it keeps nobody from the right one"

    def test_an_old_change_cannot_be_tagged_again(self, one):
        first = one.goes_live("v1.0.0", "staging")
        one.release("v1.0.1")
        one.goes_live("v1.0.1", "staging")
        old = next(item for item in one.state().assignments if item.tag.name == first)
        one.tag(f"{NAME}#staging#9", old.commit, message(["again"], old.record.model_copy(update={"reason": "again"})))
        assert one.state().at("staging").version == "v1.0.0", "by its time alone it would count"
        assert one.rollback("staging").version == "v1.0.0", "what counts is v1.0.1, and that is rolled back"

    def test_one_by_somebody_who_may_not_is_seen(self, one):
        """The change was merged and refused, and somebody made its tag by hand."""
        for path in one.objects("provenance.json"):
            path.write_bytes(b"{}")
        merged(one)
        assert refusal(one)
        found = one.state().version("v1.0.0")
        file_card = one.read("deploy/staging.yaml").decode().partition("card: ")[2].partition("\n")[0].strip('"')
        record = self.record(one, "v1.0.0", one.main(), card=file_card)
        one.tag(f"{NAME}#staging#1", found.commit, message(["by hand"], record), by="eve")
        assert refusal(one) == ["the stage's tag was made by somebody who may not"]
        one.tag(f"{NAME}#staging#1", found.commit, message(["by hand"], record), by=ACTIONS_BOT)
        assert one.complete().changes == ()
