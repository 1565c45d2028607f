"""A team's file runs on its own, and its mistakes are explained without a patient's value."""

import sys

import pytest

from wardround.errors import UsageError
from wardround.stages import team


def load(tmp_path, text, name="build"):
    path = tmp_path / "pipelines" / "features.py"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return team.load(path, name, example="def build(...)")


def test_two_versions_do_not_see_each_other(tmp_path):
    before = set(sys.modules)
    first = load(tmp_path, "X = 1\ndef build():\n    return X\n")
    second = load(tmp_path, "X = 2\ndef build():\n    return X\n")
    assert (first.call(), second.call()) == (1, 2)
    assert set(sys.modules) == before


def test_dataclasses_with_text_annotations_work(tmp_path):
    text = "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 3\ndef build():\n    return A().x\n"
    assert load(tmp_path, text).call() == 3


@pytest.mark.parametrize(
    ("text", "message", "where"),
    [
        (
            "import nothing_of_that_name\n",
            r"does not run: ModuleNotFoundError \(nothing_of_that_name\)",
            "pipelines/features.py:1",
        ),
        ("\nx = 1 / 0\n", "does not run: ZeroDivisionError", "pipelines/features.py:2"),
        ("def build(:\n", "not valid Python", "pipelines/features.py:1"),
        ("def other():\n    pass\n", "defines no function build", "pipelines/features.py"),
        ("build = 3\n", "defines no function build", "pipelines/features.py"),
        (b"# \xff\n", "not UTF-8", "pipelines/features.py: byte 2"),
    ],
)
def test_mistakes(tmp_path, text, message, where):
    with pytest.raises(UsageError, match=message) as error:
        load(tmp_path, text)
    assert error.value.problems[0].where == where


def test_a_key_is_named_only_if_the_source_spells_it(tmp_path):
    function = load(tmp_path, "def build(data, key):\n    return data[key]\ncolumns = ['age']\n")
    for key, shown in (("age", True), ("Anna", False)):
        with pytest.raises(UsageError) as error, function.explained("it does not run"):
            function.call({}, key)
        assert (key in str(error.value)) is shown


def test_no_file(tmp_path):
    with pytest.raises(UsageError, match=r"there is no pipelines/model\.py"):
        team.load(tmp_path / "pipelines" / "model.py", "build", example="def build(...)")
