"""The service's part of the lock: all that it needs, nothing that it does not, and by hash."""

from pathlib import Path

import pytest

from wardround.errors import EnvironmentFailure
from wardround.release import packages

ROOT = Path(__file__).resolve().parents[3]
LOCK = """# made by a tool
bentoml==1.4.40 \\
    --hash=sha256:{a}
    # via demo
helper==2.0 ; python_version >= '3.11' \\
    --hash=sha256:{b} \\
    --hash=sha256:{c}
    # via
    #   bentoml
    #   other
other==1.0 \\
    --hash=sha256:{c}
    # via demo
wardround==0.1.0 \\
    --hash=sha256:{a}
    # via demo
dvc==3.0 \\
    --hash=sha256:{a}
    # via wardround
""".format(a="a" * 64, b="b" * 64, c="c" * 64)


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "ROOTS", ("bentoml",))
    (tmp_path / packages.LOCK).write_text(LOCK)
    return tmp_path


def test_the_part_of_this_repository_s_lock():
    lines = packages.requirements(packages.Where(ROOT))
    names = {packages.name_of(line) for line in lines}
    assert set(packages.ROOTS) <= names
    assert not names & {"dvc", "gto", "matplotlib", "gitpython", "pytest", "wardround", "sqlalchemy", "onnxruntime"}
    assert packages.hashed(lines)
    assert all("\n" not in line and "://" not in line for line in lines)
    assert lines == tuple(sorted(lines))


def test_onnx_brings_its_runtime_and_counts_for_the_digest():
    more = set(packages.requirements(packages.Where(ROOT), "onnx")) - set(packages.requirements(packages.Where(ROOT)))
    assert "onnxruntime" in {packages.name_of(line) for line in more}
    assert packages.has_form(ROOT, "onnx")


def test_what_a_root_needs_comes_along_and_nothing_else(small):
    assert packages.requirements(packages.Where(small)) == (
        f"bentoml==1.4.40 --hash=sha256:{'a' * 64}",
        f"helper==2.0 ; python_version >= '3.11' --hash=sha256:{'b' * 64} --hash=sha256:{'c' * 64}",
    )


@pytest.mark.parametrize(
    ("old", "new", "moves"),
    [
        ("helper==2.0", "helper==2.1", True),
        ("b" * 64, "d" * 64, True),
        ("dvc==3.0", "dvc==3.1", False),
        ("other==1.0", "other==1.1", False),
        ("# made by a tool", "# made by another", False),
    ],
)
def test_the_digest_moves_with_what_is_served(old, new, moves, small):
    before = packages.digest(packages.Where(small))
    (small / packages.LOCK).write_text(LOCK.replace(old, new))
    assert (packages.digest(packages.Where(small)) != before) == moves


def test_a_lock_that_does_not_say_who_asked_is_taken_whole(small):
    bare = "\n".join(line for line in LOCK.splitlines() if not line.lstrip().startswith("#"))
    (small / packages.LOCK).write_text(bare)
    names = [packages.name_of(line) for line in packages.requirements(packages.Where(small))]
    assert names == ["bentoml", "dvc", "helper", "other"]


def test_a_lock_without_the_service_is_refused(small):
    (small / packages.LOCK).write_text(LOCK.replace("bentoml==", "bento=="))
    with pytest.raises(EnvironmentFailure, match="bentoml"):
        packages.requirements(packages.Where(small))


def test_without_a_lock_what_is_installed_counts(tmp_path):
    lines = packages.requirements(packages.Where(tmp_path))
    pairs = dict(line.split("==") for line in lines)
    from importlib.metadata import version

    assert pairs["bentoml"] == version("bentoml")
    assert {"numpy", "starlette", "yarl"} <= set(pairs)
    assert not {"wardround", "dvc", "pytest"} & set(pairs)
    assert not packages.hashed(lines)


def test_what_the_team_s_code_imports_comes_along(small):
    pipelines = small / "pipelines"
    pipelines.mkdir()
    (small / packages.LOCK).write_text(LOCK + f"polars==1.0 \\\n    --hash=sha256:{'e' * 64}\n    # via demo\n")
    (pipelines / "features.py").write_text("import json\nimport polars as pl\nfrom . import sibling\n")
    (pipelines / "model.py").write_text("import matplotlib\n")
    names = [packages.name_of(line) for line in packages.requirements(packages.Where(small, pipelines))]
    assert names == ["bentoml", "helper", "polars"]


def test_the_roots_are_all_that_the_framework_imports_when_it_answers():
    import ast
    import sys
    from importlib.metadata import packages_distributions

    from wardround.release import served

    optional = {"distributed", "onnx", "onnxruntime", "skl2onnx"}  # clusters, training, and another form
    owners, missing = packages_distributions(), set()
    for path in served.files():
        for node in ast.walk(ast.parse((served.PACKAGE / path).read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for name in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - optional - {"wardround"}:
                if not {packages.name_of(owner) for owner in owners[name]} & set(packages.ROOTS):
                    missing.add(name)
    assert not missing


@pytest.mark.parametrize(
    ("line", "name", "version"),
    [
        ("Scikit_Learn==1.9.1 --hash=sha256:ab", "scikit-learn", "1.9.1"),
        ("numpy==2.4.6 ; python_version < '3.12' --hash=sha256:ab", "numpy", "2.4.6"),
        ("pandera[pandas]==0.35.0", "pandera", "0.35.0"),
    ],
)
def test_a_requirement_is_read(line, name, version):
    assert (packages.name_of(line), packages.version_of(line)) == (name, version)
