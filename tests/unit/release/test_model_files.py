"""The model's files against the lock: DVC's own digest of the same directory, and everything that does not belong."""

import json
import pickle
import shutil
import subprocess
import sys

import pytest
from ruamel.yaml import YAML

from wardround.errors import GovernanceFinding
from wardround.files import sha256_bytes
from wardround.release import model_files


@pytest.fixture
def model(tmp_path):
    place = tmp_path / "model"
    place.mkdir()
    files = {"model.skops": b"PK skops", "serving.tl": b"trees"}
    for name, data in files.items():
        (place / name).write_bytes(data)
    (place / "golden.json").write_text("{}")
    digests = {name: sha256_bytes(data) for name, data in files.items()}
    (place / "manifest.json").write_text(json.dumps({"digests": digests}))
    return place


def test_the_digest_is_dvc_s_own(model, tmp_path):
    work = tmp_path / "work"
    shutil.copytree(model, work / "model")
    for args in (["init", "--no-scm", "--quiet"], ["add", "--quiet", "model"]):
        subprocess.run([sys.executable, "-m", "dvc", *args], cwd=work, check=True, timeout=120, capture_output=True)
    (out,) = YAML(typ="safe").load(work / "model.dvc")["outs"]
    assert model_files.listing_digest(model) == out["md5"]
    model_files.check(model, out["md5"])


def _change_byte(place):
    (place / "serving.tl").write_bytes(b"treeS")


def _add_pickle(place):
    (place / "model.pkl").write_bytes(pickle.dumps([1]))


def _hide_pickle(place):
    (place / "serving.tl").write_bytes(pickle.dumps([1]))


def _link(place):
    (place / "golden.json").unlink()
    (place / "golden.json").symlink_to("/etc/passwd")


def _add_directory(place):
    (place / "sub").mkdir()
    (place / "sub" / "x.py").write_text("")


CHANGES = [_change_byte, _add_pickle, _hide_pickle, _link, _add_directory]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_any_change_is_refused_against_the_lock(change, model):
    locked = model_files.listing_digest(model)
    change(model)
    with pytest.raises(GovernanceFinding):
        model_files.check(model, locked)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_and_also_where_the_lock_was_changed_with_it(change, model):
    change(model)
    with pytest.raises(GovernanceFinding) as refused:
        model_files.check(model, model_files.listing_digest(model))
    assert all("dvc.lock" not in problem.what for problem in refused.value.problems)


def test_everything_wrong_is_said_at_once(model):
    _add_pickle(model)
    _change_byte(model)
    with pytest.raises(GovernanceFinding) as refused:
        model_files.check(model, "0" * 32 + ".dir")
    said = [problem.where for problem in refused.value.problems]
    assert said == ["models/model/model.pkl", "models/model", "models/model/serving.tl"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"digests": 3}', "{"])
def test_a_manifest_that_cannot_be_read_is_refused(text, model):
    (model / "manifest.json").write_text(text)
    with pytest.raises(GovernanceFinding, match="manifest"):
        model_files.check(model, model_files.listing_digest(model))


def test_no_model_is_refused(tmp_path):
    with pytest.raises(GovernanceFinding, match="no model"):
        model_files.check(tmp_path / "nothing", "0" * 32 + ".dir")
