"""Model files that would run code, or take the process down: refused with the reason, and nothing of theirs runs."""

import functools
import json
import os
import pickle

import pytest
import skops.io
import workshop

from wardround.errors import GovernanceFinding
from wardround.files import sha256_bytes
from wardround.flows.release import model


@pytest.fixture
def project(tiny, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(workshop.ROOT / "src"))
    return tiny


def replaced(project, name, content, **manifest):
    """Puts a file into the model, and its digest into the manifest: whoever can write there would do both."""
    place = project / "models" / "model"
    for path in place.iterdir():
        path.chmod(0o644)
    told = json.loads((place / "manifest.json").read_text())
    (place / name).unlink(missing_ok=True)
    (place / name).write_bytes(content)
    told["digests"][name] = sha256_bytes(content)
    told.update(manifest)
    (place / "manifest.json").unlink()
    (place / "manifest.json").write_text(json.dumps(told))


class Marks:
    """Leaves a mark where it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def test_a_right_model_answers_its_golden_encounters(project):
    found = model.tried(project)
    assert (found.form, found.limit, len(found.golden)) == ("treelite", 1e-9, 25)


def test_a_pickle_is_not_loaded(project, tmp_path):
    replaced(project, "model.skops", pickle.dumps(Marks(tmp_path / "ran")))
    with pytest.raises(GovernanceFinding, match="cannot be read"):
        model.tried(project)
    assert not (tmp_path / "ran").exists()


def test_a_skops_file_that_asks_for_other_types_is_not_loaded(project, tmp_path):
    replaced(project, "model.skops", skops.io.dumps(functools.partial(os.system, f"touch {tmp_path / 'ran'}")))
    with pytest.raises(GovernanceFinding, match="may not hold") as refused:
        model.tried(project)
    assert not (tmp_path / "ran").exists()
    assert any("system" in problem.found for problem in refused.value.problems)


@pytest.mark.parametrize("kind", ["nothing", "cut", "noise", "huge counts"])
def test_trees_that_are_none_are_refused_whatever_they_do_to_the_process(kind, project):
    right = (project / "models" / "model" / "serving.tl").read_bytes()
    spoilt = {
        "nothing": b"",
        "cut": right[: len(right) // 2],
        "noise": bytes(range(256)) * 40,
        "huge counts": right[:40] + b"\xff" * 64 + right[104:],
    }[kind]
    replaced(project, "serving.tl", spoilt)
    with pytest.raises(GovernanceFinding):
        model.tried(project)


def test_golden_encounters_that_were_changed_are_refused(project):
    path = project / "models" / "model" / "golden.json"
    golden = json.loads(path.read_text())
    golden["encounters"][3]["probability"] += 0.01
    path.unlink()
    path.write_text(json.dumps(golden))
    with pytest.raises(GovernanceFinding, match="does not answer its golden encounters"):
        model.tried(project)


def test_no_golden_encounter_is_no_proof(project):
    path = project / "models" / "model" / "golden.json"
    path.unlink()
    path.write_text('{"encounters": []}')
    with pytest.raises(GovernanceFinding, match="golden"):
        model.tried(project)


def _graph(*, domain="", external=False, functions=False):
    onnx = pytest.importorskip("onnx", reason="the extra wardround[onnx] is not installed")
    from onnx import TensorProto, helper

    weight = helper.make_tensor("w", TensorProto.DOUBLE, [1], [1.0])
    if external:
        weight.ClearField("double_data")
        weight.data_location = TensorProto.EXTERNAL
        entry = weight.external_data.add()
        entry.key, entry.value = "location", "../../../etc/passwd"
    graph = helper.make_graph(
        [helper.make_node("Add", ["X", "w"], ["Y"], domain=domain)],
        "g",
        [helper.make_tensor_value_info("X", TensorProto.DOUBLE, [None, 1])],
        [helper.make_tensor_value_info("Y", TensorProto.DOUBLE, [None, 1])],
        [weight],
    )
    sets = [helper.make_opsetid("", 17), *([helper.make_opsetid(domain, 1)] if domain else [])]
    own = []
    if functions:
        node = helper.make_node("Identity", ["a"], ["b"])
        own = [helper.make_function("f.example", "F", ["a"], ["b"], [node], [helper.make_opsetid("", 17)])]
    made = helper.make_model(graph, opset_imports=sets, functions=own)
    made.ir_version = 8
    assert onnx.__version__
    return made.SerializeToString()


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"domain": "evil.example"}, "the operator set evil.example"),
        ({"external": True}, "weights in another file"),
        ({"functions": True}, "functions of its own"),
        (None, "cannot be read"),
    ],
    ids=["operators of somebody else", "weights in another file", "functions", "noise"],
)
def test_an_onnx_file_that_is_more_than_a_model_is_not_loaded(made, words, project):
    replaced(project, "serving.onnx", b"noise" if made is None else _graph(**made), serving="onnx")
    with pytest.raises(GovernanceFinding) as refused:
        model.tried(project)
    said = " ".join(problem.what + problem.found for problem in refused.value.problems)
    assert words in said
