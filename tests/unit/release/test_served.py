"""The framework's files that answer: found by their imports, so that a change elsewhere makes no version."""

from pathlib import Path

import pytest

from wardround.release import served


def test_the_way_of_an_encounter_is_among_them():
    names = {path.as_posix() for path in served.files()}
    assert {"stages/serving/scorer.py", "stages/features/building.py", "stats/recalibration.py", "files.py"} <= names
    assert "contract/loading.py" in names


def test_what_answers_nothing_is_not():
    tops = {path.parts[0] for path in served.files()}
    assert not tops & {"cli", "gate", "disclosure", "report", "sandbox", "scaffold", "compare", "registry", "release"}


@pytest.fixture
def package(tmp_path, monkeypatch):
    for name, text in {
        "stages/serving/scorer.py": "def late():\n    from wardround.deep.er import thing\n",
        "stages/features/a.py": "import json\nfrom wardround import values\n",
        "values.py": "",
        "deep/__init__.py": "",
        "deep/er.py": "import wardround.deep.est\n",
        "deep/est.py": "",
        "elsewhere.py": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(served, "PACKAGE", tmp_path)
    return tmp_path


def test_imports_are_followed_late_ones_too(package):
    assert [path.as_posix() for path in served.files()] == [
        "deep/__init__.py",
        "deep/er.py",
        "deep/est.py",
        "stages/features/a.py",
        "stages/serving/scorer.py",
        "values.py",
    ]


@pytest.mark.parametrize(("name", "moves"), [("deep/est.py", True), ("values.py", True), ("elsewhere.py", False)])
def test_the_digest_moves_with_them_alone(name, moves, package: Path):
    before = served.digest()
    (package / name).write_text("CHANGED = 1\n")
    assert (served.digest() != before) == moves
