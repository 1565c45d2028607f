"""A prepared release: there and back, and nothing else."""

import json

import pytest
from records import candidate

from wardround.errors import UsageError
from wardround.flows.release import candidate as flow


def test_there_and_back(tmp_path):
    flow.write(tmp_path / "c.json", candidate())
    assert flow.read(tmp_path / "c.json") == candidate()
    assert candidate().tag == "demo@v1.0.0"
    assert candidate().message.splitlines()[0] == "demo v1.0.0: the first version"


def _edit(change):
    def edited(text):
        plain = json.loads(text)
        change(plain)
        return json.dumps(plain)

    return edited


@pytest.mark.parametrize(
    "change",
    [
        lambda _text: "",
        lambda _text: "[]",
        lambda text: text[:-20],
        _edit(lambda plain: plain.pop("message")),
        _edit(lambda plain: plain.update(message="demo v1.0.0: the first version")),
        _edit(lambda plain: plain.update(message=plain["message"].replace("host", "none", 1) + " ")),
        _edit(lambda plain: plain.update(version="v2.0.0")),
        _edit(lambda plain: plain.update(project="other")),
    ],
)
def test_what_was_changed_is_no_candidate(change, tmp_path):
    flow.write(tmp_path / "c.json", candidate())
    path = tmp_path / "c.json"
    path.write_text(change(path.read_text()))
    with pytest.raises(UsageError, match="no prepared release"):
        flow.read(path)


def test_a_missing_file_is_no_candidate(tmp_path):
    with pytest.raises(UsageError, match="no prepared release"):
        flow.read(tmp_path / "none.json")
