"""What computed the model, without anything that differs between two runs on machines of one type."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

from wardround.evidence.training import Environment
from wardround.files import sha256_file, sha256_json

#: Libraries whose version may change a probability.
LIBRARIES = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "skops", "treelite")


def environment(form: str) -> Environment:
    """Python, the kind of machine and the libraries that matter; an extra's only where the served ``form`` uses it."""
    versions = {}
    for name in (*LIBRARIES, *(("onnx", "onnxruntime") if form == "onnx" else ())):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return Environment(
        python=platform.python_version(),
        platform=f"{platform.system()}-{platform.machine()}".lower(),
        libraries=versions,
    )


def code_digest(*paths: Path) -> str:
    """The digest of the team's files: names and contents."""
    return sha256_json([["/".join(path.parts[-2:]), sha256_file(path)] for path in paths])
