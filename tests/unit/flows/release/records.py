"""Records and stores for the tests of the release."""

import hashlib

from wardround.flows.release.candidate import Candidate
from wardround.registry.record import VersionRecord
from wardround.storage.place import Place


def digest(text):
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def record(commit="c" * 40, **changes):
    return VersionRecord(
        **{
            "commit": commit,
            "model": digest("model"),
            "service": digest("service"),
            "contract": digest("contract"),
            "environment": digest("environment"),
            "decision": digest("decision"),
            "bento": digest("bento"),
            "image": None,
            "sbom": digest("sbom"),
            "provenance": digest("provenance"),
            "smoke": digest("smoke"),
            "smoke_network": "host",
            "previous": None,
            "reason": "the first version",
            **changes,
        }
    )


def candidate(commit="c" * 40, version="v1.0.0", **changes):
    return Candidate("demo", version, record(commit, **changes))


def files(place, ready):
    """Files whose digests the record names; the Bento's and the image's are of their content, so any bytes will do."""
    place.mkdir(exist_ok=True)
    found = {}
    for name in ("decision", "smoke", "sbom", "provenance"):
        (place / f"{name}.json").write_text(name)
        assert digest(name) == getattr(ready.record, name), "the record is of these files"
        found[f"{name}.json"] = place / f"{name}.json"
    (place / "bento.tar").write_text("bento")
    found["bento.tar"] = place / "bento.tar"
    if ready.record.image:
        (place / "image.tar").write_text("image")
        found["image.tar"] = place / "image.tar"
    return found


def store(path):
    from dvc_objects.fs.local import LocalFileSystem

    path.mkdir(exist_ok=True)
    return Place("storage", str(path), LocalFileSystem())
