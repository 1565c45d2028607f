"""Images in archives: the digest is the manifest's, and every blob must be what its name says."""

import hashlib
import io
import json
import tarfile

import pytest

from wardround.errors import EnvironmentFailure, GovernanceFinding
from wardround.release import oci


class Archive:
    """An OCI archive that is put together, and spoilt."""

    def __init__(self, architecture="amd64"):
        self.files = {}
        layer = self.blob(b"layer")
        config = {
            "architecture": architecture,
            "rootfs": {"diff_ids": [layer]},
            "config": {"User": "1034:1034", "Labels": {"wardround.bento": "sha256:1"}},
        }
        self.config = self.blob(json.dumps(config).encode())
        manifest = {"config": {"digest": self.config}, "layers": [{"digest": layer}]}
        self.manifest = self.blob(json.dumps(manifest).encode())
        self.layer = layer
        self.index([self.manifest])

    def blob(self, content):
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        self.files["blobs/sha256/" + digest[7:]] = content
        return digest

    def index(self, digests):
        self.files["index.json"] = json.dumps({"manifests": [{"digest": one} for one in digests]}).encode()

    def write(self, path):
        with tarfile.open(path, "w") as tar:
            for name, content in self.files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
        return path


def test_what_is_in_it(tmp_path):
    made = Archive()
    found = oci.read(made.write(tmp_path / "x.tar"))
    assert (found.digest, found.layers, found.architecture) == (made.manifest, (made.layer,), "amd64")
    assert (found.user, found.labels) == ("1034:1034", {"wardround.bento": "sha256:1"})


def _spoilt_layer(made):
    made.files["blobs/sha256/" + made.layer[7:]] = b"other"


def _missing_layer(made):
    del made.files["blobs/sha256/" + made.layer[7:]]


def _missing_manifest(made):
    del made.files["blobs/sha256/" + made.manifest[7:]]


def _another_manifest(made):
    made.index([made.config])


def _two_images(made):
    made.index([made.manifest, made.manifest])


def _no_index(made):
    del made.files["index.json"]


def _no_json(made):
    made.files["index.json"] = b"{"


SPOILT = [_spoilt_layer, _missing_layer, _missing_manifest, _another_manifest, _two_images, _no_index, _no_json]


@pytest.mark.parametrize("change", SPOILT, ids=lambda change: change.__name__.strip("_"))
def test_a_spoilt_archive_is_refused(change, tmp_path):
    made = Archive()
    change(made)
    with pytest.raises(GovernanceFinding):
        oci.read(made.write(tmp_path / "x.tar"))


def test_no_archive_is_refused(tmp_path):
    (tmp_path / "x.tar").write_bytes(b"no tar")
    with pytest.raises(GovernanceFinding):
        oci.read(tmp_path / "x.tar")


def test_another_processor_is_refused(tmp_path):
    found = oci.read(Archive("arm64").write(tmp_path / "x.tar"))
    oci.check_architecture(found, "arm64")
    with pytest.raises(EnvironmentFailure, match="another processor") as refused:
        oci.check_architecture(found, "amd64")
    assert refused.value.problems[0].found == "arm64"
