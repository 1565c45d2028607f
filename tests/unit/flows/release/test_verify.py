"""A version's files against its tag, and against each other: each kind of swap is found by its own words."""

import hashlib
import io
import json
import tarfile

import pytest
from records import digest, record, store

from wardround.errors import EnvironmentFailure, GovernanceFinding
from wardround.evidence.decision import Decision, Finding
from wardround.evidence.smoke import Latency, SmokeEvidence
from wardround.files import canonical_json, sha256_bytes
from wardround.flows.release import keeping, verify
from wardround.release import content, provenance, signing
from wardround.release.digests import model_digest
from wardround.values import Verdict

COMMIT = "c" * 40


class Scene:
    """A release that is put together from parts; a test changes one part before, or a file after."""

    def __init__(self, place):
        self.place, self.version, self.told = place, "v1.0.0", {}
        self.verdict, self.decided, self.smoked, self.architecture = Verdict.PASS, COMMIT, "v1.0.0", "amd64"
        self.image, self.labelled, self.subjects, self.model = False, None, {}, b"trees"
        self.key = signing.key_of(place / "key", make=True)

    def make(self):
        bento = self.place / "bento"
        (bento / "src" / "models" / "model").mkdir(parents=True)
        (bento / "src" / "models" / "model" / "serving.tl").write_bytes(self.model)
        model = model_digest(bento / "src" / "models" / "model")
        told = {"project": "demo", "version": "v1.0.0", "commit": COMMIT, "model": model, **self.told}
        (bento / "src" / "release.json").write_bytes(canonical_json(told))
        files = self.place / "files"
        files.mkdir()
        content.pack(bento, files / "bento.tar")
        made = {"bento": content.digest(bento), "model": self.told.get("model", model)}
        image = self._image(files / "image.tar", self.labelled or made["bento"]) if self.image else None
        (files / "sbom.json").write_text("{}")
        self._smoke(made["bento"], image).write(files / "smoke.json")
        self._decision().write(files / "decision.json")
        for name in ("sbom", "smoke", "decision"):
            made[name] = sha256_bytes((files / f"{name}.json").read_bytes())
        subjects = {name: made[name] for name in ("bento", "sbom", "smoke", "decision")}
        subjects |= {"image": image} if image else {}
        about = provenance.Made("demo", "v1.0.0", COMMIT, "git+local", "local", {**subjects, **self.subjects}, {})
        (files / "provenance.json").write_bytes(signing.sign(provenance.statement(about), self.key))
        made["provenance"] = sha256_bytes((files / "provenance.json").read_bytes())
        self.record = record(**made, image=image)
        self.at = store(self.place / "store")
        keeping.keep(self.at, {path.name: path for path in files.iterdir()}, self.record)
        return self

    def _smoke(self, bento, image):
        return SmokeEvidence(
            project="demo", version=self.smoked, commit=COMMIT, bento=bento, image=image, engine="none", network="host",
            user=1, read_only=False, ready_seconds=1, encounters=1, difference=0, limit=0, broken=(),
            latency=Latency(requests=1, p50=1, p95=1, most=1), stopped_seconds=1,
        )  # fmt: skip

    def _decision(self):
        return Decision(
            project="demo", verdict=self.verdict, outcome="baseline", subject_digest="", head_commit=self.decided,
            base_commit="", judged_by="", findings=(Finding(rule="x", verdict=self.verdict, summary=""),),
        )  # fmt: skip

    def _image(self, path, bento):
        files, name = {}, "blobs/sha256/"

        def blob(data):
            found = hashlib.sha256(data).hexdigest()
            files[name + found] = data
            return "sha256:" + found

        config = {
            "architecture": self.architecture,
            "rootfs": {"diff_ids": []},
            "config": {"Labels": {"wardround.bento": bento}},
        }
        manifest = blob(json.dumps({"config": {"digest": blob(json.dumps(config).encode())}, "layers": []}).encode())
        files["index.json"] = json.dumps({"manifests": [{"digest": manifest}]}).encode()
        with tarfile.open(path, "w") as tar:
            for entry_name, data in files.items():
                entry = tarfile.TarInfo(entry_name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
        return manifest

    def verify(self, *, keys=True, **changes):
        pem = signing.public_pem(self.key) if keys is True else keys
        given = {
            "project": "demo",
            "version": "v1.0.0",
            "record": self.record,
            "store": self.at,
            "keys": pem,
            **changes,
        }
        return verify.verify(verify.VerifyRequest(**given))

    def object(self, file):
        (path,) = (self.place / "store" / "objects").glob(f"*/{file}")
        return path


@pytest.fixture
def scene(tmp_path):
    return Scene(tmp_path)


@pytest.mark.parametrize("image", [False, True])
def test_a_right_one_passes(image, scene):
    scene.image = image
    found = scene.make().verify(architecture="amd64")
    assert found.signed_by == scene.key.id
    assert ("image.tar" in found.files) == image
    assert scene.verify(keys=None).signed_by == ""


BEFORE = {
    "an older Bento": ({"told": {"version": "v0.9.0"}}, "the Bento is of another version"),
    "another commit's Bento": ({"told": {"commit": "d" * 40}}, "the Bento is of another version"),
    "another project's Bento": ({"told": {"project": "other"}}, "the Bento is of another version"),
    "a Bento with another model": ({"told": {"model": digest("x")}}, "the model in the Bento is not the one"),
    "evidence of another version": ({"smoked": "v0.9.0"}, "the smoke evidence is of another release"),
    "a decision about another commit": ({"decided": "d" * 40}, "the decision is about another commit"),
    "a decision that refuses": ({"verdict": Verdict.REFUSE}, "the decision is no pass"),
    "an image for another processor": ({"image": True, "architecture": "arm64"}, "the image is for another processor"),
    "an image of another Bento": ({"image": True, "labelled": digest("x")}, "the image is of another Bento"),
    "a statement about another Bento": (
        {"subjects": {"bento": digest("x")}},
        "the provenance is not that of this version",
    ),
    "a statement about another image": (
        {"image": True, "subjects": {"image": digest("x")}},
        "the provenance is not that of this version",
    ),
}


@pytest.mark.parametrize(("changes", "words"), BEFORE.values(), ids=BEFORE)
def test_a_release_that_was_put_together_wrongly_is_found(changes, words, scene):
    for name, value in changes.items():
        setattr(scene, name, value)
    scene.make()
    with pytest.raises(GovernanceFinding) as refused:
        scene.verify(architecture="amd64")
    assert [words in problem.what for problem in refused.value.problems] == [True]


@pytest.mark.parametrize(
    "file", ["smoke.json", "sbom.json", "decision.json", "provenance.json", "bento.tar", "image.tar"]
)
def test_a_file_that_was_swapped_is_found(file, scene):
    scene.image = True
    scene.make()
    path = scene.object(file)
    path.write_bytes(path.read_bytes().replace(b"v1.0.0", b"v1.0.1") + b" ")
    if file.endswith(".tar"):
        path.write_bytes(path.read_bytes().replace(b"amd64", b"arm64").replace(b"trees", b"forge"))
    with pytest.raises(GovernanceFinding):
        scene.verify()


def test_a_swapped_image_that_is_whole_in_itself_is_found(scene, tmp_path):
    """Another right image under the name of this one: its own digests hold, the tag's does not."""
    scene.image = True
    scene.make()
    (tmp_path / "two").mkdir()
    other = Scene(tmp_path / "two")
    other.image, other.model = True, b"others"
    other.make()
    scene.object("image.tar").write_bytes(other.object("image.tar").read_bytes())
    with pytest.raises(GovernanceFinding) as refused:
        scene.verify()
    assert "the image is not the one that the tag names" in [problem.what for problem in refused.value.problems]


def test_a_file_that_is_gone_could_not_be_checked(scene):
    scene.make().object("sbom.json").unlink()
    with pytest.raises(EnvironmentFailure, match=r"lacks sbom\.json"):
        scene.verify()


def test_a_stranger_s_key_is_refused(scene, tmp_path):
    scene.make()
    stranger = signing.key_of(tmp_path / "stranger", make=True)
    with pytest.raises(GovernanceFinding, match="no key that is trusted"):
        scene.verify(keys=signing.public_pem(stranger))
