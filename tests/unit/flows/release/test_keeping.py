"""The storage of releases: objects never change, names are set right, and nothing is there by half."""

import pytest
from records import candidate, digest, files, record, store

from wardround.errors import EnvironmentFailure
from wardround.flows.release import keeping


def _tree(place):
    return {path.relative_to(place).as_posix(): path.read_text() for path in place.rglob("*") if path.is_file()}


@pytest.fixture
def kept(tmp_path):
    ready = candidate()
    at = store(tmp_path / "store")
    keeping.keep(at, files(tmp_path / "files", ready), ready.record)
    return at, ready


def test_objects_first_and_then_names(kept, tmp_path):
    at, ready = kept
    before = _tree(tmp_path / "store")
    assert all(name.startswith("objects/") for name in before)
    assert len(before) == 5
    assert keeping.heal(at, "v1.0.0", ready.record) == tuple(keeping.FILES)
    tree = _tree(tmp_path / "store")
    assert {name: text for name, text in tree.items() if name.startswith("v1.0.0/")} == {
        "v1.0.0/.bento.tar.digest": ready.record.bento,
        "v1.0.0/bento.tar": "bento",
        "v1.0.0/decision.json": "decision",
        "v1.0.0/provenance.json": "provenance",
        "v1.0.0/sbom.json": "sbom",
        "v1.0.0/smoke.json": "smoke",
    }
    assert keeping.heal(at, "v1.0.0", ready.record) == ()


def test_what_is_kept_is_not_written_again(kept, tmp_path):
    at, ready = kept
    for path in (tmp_path / "store").rglob("*.json"):
        path.chmod(0o444)
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*") if path.is_file()}
    keeping.keep(at, files(tmp_path / "files", ready), ready.record)
    assert times == {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["smoke.json", "bento.tar", ".bento.tar.digest"])
def test_a_name_that_a_slower_release_took_is_set_right(name, kept, tmp_path):
    at, ready = kept
    keeping.heal(at, "v1.0.0", ready.record)
    right = _tree(tmp_path / "store")
    (tmp_path / "store" / "v1.0.0" / name).write_text("another's")
    if name == "bento.tar":  # its note is what is compared, and is written last
        (tmp_path / "store" / "v1.0.0" / ".bento.tar.digest").write_text(digest("another's"))
    assert keeping.heal(at, "v1.0.0", ready.record) == (name.strip(".").removesuffix(".digest"),)
    assert _tree(tmp_path / "store") == right


def test_an_object_that_is_gone_is_said(kept, tmp_path):
    at, ready = kept
    keeping.require(at, ready.record)
    (tmp_path / "store" / "objects" / ready.record.sbom.removeprefix("sha256:") / "sbom.json").unlink()
    with pytest.raises(EnvironmentFailure, match=r"sbom\.json"):
        keeping.require(at, ready.record)
    with pytest.raises(EnvironmentFailure, match=r"sbom\.json"):
        keeping.heal(at, "v1.0.0", ready.record)


def test_an_image_is_kept_only_where_no_registry_has_it():
    assert keeping.IMAGE not in keeping.named(record())
    assert keeping.IMAGE not in keeping.named(record(image="registry.example/a@" + digest("image")))
    assert keeping.named(record(image=digest("image")))[keeping.IMAGE] == digest("image")


def test_a_file_is_fetched_by_its_digest_whatever_lies_under_its_name(kept, tmp_path):
    at, ready = kept
    keeping.heal(at, "v1.0.0", ready.record)
    (tmp_path / "store" / "v1.0.0" / "smoke.json").write_text("another's")
    assert keeping.fetch(at, "smoke.json", ready.record, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "smoke"
    assert not keeping.fetch(at, "smoke.json", record(smoke=digest("x")), tmp_path / "none")
