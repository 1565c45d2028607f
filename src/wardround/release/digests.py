"""The four digests that say whether a release would differ from the last one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.files import sha256_file, sha256_json, sha256_tree
from wardround.release import packages, served

if TYPE_CHECKING:
    from pathlib import Path

    from wardround.project.layout import Project
    from wardround.registry.record import VersionRecord

#: Files of ``pipelines/`` that count elsewhere: in the contract's digest, and in the model's.
_OTHERS = ("contract.py", "model.py")


@dataclass(frozen=True)
class Digests:
    """What a release is made of.

    ``model``: all files of ``models/model``. ``service``: what lies in ``pipelines/`` but the contract and ``model.py``, the params
    that answers depend on, and the framework's own files that answer. ``contract``: ``pipelines/contract.py`` and which column is what.
    ``environment``: the locked packages of the service.
    """

    model: str
    service: str
    contract: str
    environment: str

    def same_as(self, record: VersionRecord) -> bool:
        """Whether a version was made of the same four."""
        return not self.differing(record)

    def differing(self, record: VersionRecord) -> tuple[str, ...]:
        """Which of the four are others in a version's record."""
        names = ("model", "service", "contract", "environment")
        return tuple(name for name in names if getattr(self, name) != getattr(record, name))


def digests(project: Project, tree: Path, model: str) -> Digests:
    """The digests of a project below ``tree`` (where ``requirements.lock`` stands), whose model has the digest ``model``."""
    root, params = project.root, project.params
    pipelines = root / "pipelines"
    answering = params.model_dump(mode="json")
    return Digests(
        model=model,
        service=sha256_json(
            {
                "pipelines": _answering(pipelines),
                "framework": served.digest(),
                "params": {
                    "project": answering["project"],
                    "positive": answering["data"]["positive"],
                    "exclude": answering["data"]["exclude"],
                    "features": answering["features"],
                    "thresholds": answering["evaluate"]["thresholds"],
                    "serve": answering.get("serve"),
                },
            }
        ),
        contract=sha256_json(
            {"contract.py": sha256_file(project.layout.contract), "columns": answering["data"]["columns"]}
        ),
        environment=packages.digest(packages.Where(tree, pipelines)),
    )


def _answering(pipelines: Path) -> list[list[str]]:
    names = sorted(path.relative_to(pipelines).as_posix() for path in pipelines.rglob("*") if path.is_file())
    counted = [name for name in names if name not in _OTHERS and "__pycache__" not in name]
    return [[name, sha256_file(pipelines / name)] for name in counted]


def model_digest(directory: Path) -> str:
    """The digest of ``models/model``: names and contents of its files."""
    return sha256_tree(directory)
