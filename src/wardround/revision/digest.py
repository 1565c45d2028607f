"""What a decision is about: one digest over code, params, data snapshot and lock, without ``reports/`` (DESIGN §8)."""

from __future__ import annotations

from pathlib import Path

from wardround.files import sha256_file, sha256_json

#: Files and directories that do not change what a model is: evidence, prose, and what people declare about it.
NOT_SUBJECT = (
    "reports/",
    "docs/",
    "deploy/",
    "README.md",
    "CHANGELOG.md",
    ".github/",
    "governance/",
    "tests/",
    "benchmarks/",
)


def subject_digest(root: Path, tracked: tuple[str, ...]) -> str:
    """The digest of the names and contents of ``tracked`` below ``root``, leaving out :data:`NOT_SUBJECT`.

    ``dvc.lock`` is among them and holds the digests of data and model, so those count without being read.
    """
    names = [name for name in tracked if not name.startswith(NOT_SUBJECT)]
    return sha256_json([[name, sha256_file(root / name)] for name in sorted(names)])
