"""The build context: the same files with the same times, layers that change at different times, nothing downloaded."""

import re

import pytest

from wardround.errors import EnvironmentFailure
from wardround.files import sha256_tree
from wardround.release import image

LINES = ("numpy==2.0 --hash=sha256:aa",)


@pytest.fixture
def bento(tmp_path):
    place = tmp_path / "bento"
    for name in (
        "bento.yaml",
        "src/params.yaml",
        "src/pipelines/service.py",
        "src/models/model/serving.tl",
        "src/release.json",
        "src/requirements.txt",
        "src/wheels/wardround-1-py3-none-any.whl",
        "wheelhouse/numpy-2.0-py3-none-any.whl",
    ):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(name)
    return place


def _request(bento, labels=None):
    return image.ImageRequest(bento, "base@sha256:" + "a" * 64, LINES, labels or {})


def test_model_and_release_are_layers_of_their_own(bento, tmp_path):
    image.lay_out(_request(bento), tmp_path / "context")
    found = {
        path.relative_to(tmp_path / "context").as_posix()
        for path in (tmp_path / "context").rglob("*")
        if path.is_file()
    }
    assert found == {
        "Containerfile",
        "bento/bento.yaml",
        "bento/src/params.yaml",
        "bento/src/pipelines/service.py",
        "bento/src/requirements.txt",
        "data/.keep",
        "env/requirements.txt",
        "env/wheels/wardround-1-py3-none-any.whl",
        "model/serving.tl",
        "release/release.json",
        "wheelhouse/numpy-2.0-py3-none-any.whl",
    }


def test_neither_machine_nor_moment_shows(bento, tmp_path):
    (bento / "src" / "params.yaml").chmod(0o600)
    image.lay_out(_request(bento), tmp_path / "1")
    image.lay_out(_request(bento), tmp_path / "2")
    assert sha256_tree(tmp_path / "1") == sha256_tree(tmp_path / "2")
    for path in (tmp_path / "1").rglob("*"):
        if "wheelhouse" not in path.parts:
            assert path.stat().st_mtime == 0, path
            assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path


def test_the_wheelhouse_itself_is_not_touched(bento, tmp_path):
    wheel = bento / "wheelhouse" / "numpy-2.0-py3-none-any.whl"
    before = wheel.stat().st_mtime_ns, wheel.stat().st_mode
    image.lay_out(_request(bento), tmp_path / "context")
    assert (wheel.stat().st_mtime_ns, wheel.stat().st_mode) == before


def test_it_installs_by_hash_from_the_wheelhouse_and_ends_as_another_user(bento):
    text = image.containerfile(_request(bento))
    assert "--no-index --find-links /wheelhouse --no-deps --require-hashes" in text
    assert re.search(r"^USER 1034:1034$", text, re.MULTILINE)
    assert "://" not in text
    assert "apt-get" not in text
    assert text.rindex("USER ") > text.rindex("COPY "), "files belong to root, and the service cannot change them"
    order = [text.index(part) for part in ("--from=build", "COPY bento", "COPY model", "COPY release")]
    assert order == sorted(order), "what changes most often comes last"


def test_without_hashes_pip_is_not_asked_for_them(bento):
    request = image.ImageRequest(bento, "base", ("numpy==2.0",))
    assert "--require-hashes" not in image.containerfile(request)


@pytest.mark.parametrize("value", ['a"b', "a$HOME", "a\\", "a\nUSER root", "${BASE}", "ü"])
def test_a_label_is_a_label(value, bento):
    text = image.containerfile(_request(bento, {"title": value}))
    (line,) = [line for line in text.splitlines() if line.startswith("LABEL title=")]
    inner = line.removeprefix('LABEL title="').removesuffix('"')
    assert not re.search(r'(?<!\\)(?:\\\\)*["$]', inner)
    assert text.count("\nUSER ") == 1


def test_labels_say_what_it_is():
    told = image.labels(project="x", version="v1.0.0", commit="c", source="", bento="sha256:b")
    assert told["org.opencontainers.image.revision"] == "c"
    assert "org.opencontainers.image.source" not in told
    more = image.labels(project="x", version="v1.0.0", commit="c", source="https://forge.example/a/b", bento="")
    assert more["org.opencontainers.image.source"] == "https://forge.example/a/b"


def test_without_wheels_there_is_no_image(bento, tmp_path):
    for path in (bento / "wheelhouse").iterdir():
        path.unlink()
    (bento / "wheelhouse").rmdir()
    with pytest.raises(EnvironmentFailure, match="without the wheels"):
        image.lay_out(_request(bento), tmp_path / "context")
