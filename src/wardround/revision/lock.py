"""``dvc.lock`` as values, and whether the remote really holds every object that it names."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wardround.errors import EnvironmentFailure, UsageError


@dataclass(frozen=True)
class Lock:
    """Outputs and parameters that ``dvc.lock`` records. ``outputs`` maps a path to its MD5 (``….dir`` for directories)."""

    outputs: Mapping[str, str]
    stages: tuple[str, ...]
    #: stage -> (path of a dependency -> its hash)
    dependencies: Mapping[str, Mapping[str, str]]
    #: stage -> all that is recorded of it, as canonical JSON
    records: Mapping[str, str] = field(default_factory=dict)

    def differing(self, other: Lock) -> tuple[str, ...]:
        """Stages whose records are not the same in both."""
        names = dict.fromkeys((*self.stages, *other.stages))
        return tuple(name for name in names if self.records.get(name) != other.records.get(name))

    def digest(self, path: str) -> str:
        """The hash of an output, empty when the lock does not have it."""
        return self.outputs.get(path, "")


@functools.lru_cache(maxsize=8)  # one review asks for the same lock several times, and YAML is slow to read
def parse(text: str | bytes | None) -> Lock:
    """Reads a lock; None or an empty file is an empty lock. Raises :class:`UsageError` on a broken one (merge conflict)."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if not text:
        return Lock({}, (), {})
    try:
        raw = YAML(typ="safe").load(text if isinstance(text, str) else text.decode())
        stages: dict[str, Any] = raw.get("stages") or {}
        outputs = {out["path"]: out.get("md5", "") for stage in stages.values() for out in stage.get("outs", [])}
        dependencies = {
            name: {dep["path"]: dep.get("md5", "") for dep in stage.get("deps", [])} for name, stage in stages.items()
        }
        records = {name: json.dumps(stage, sort_keys=True, default=str) for name, stage in stages.items()}
    except (YAMLError, AttributeError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise UsageError(
            "dvc.lock is not readable",
            where="dvc.lock",
            found="a merge conflict or a broken edit",
            next="take the base's (git checkout BASE -- dvc.lock) and run the review, which re-runs what changed",
        ) from error
    return Lock(outputs, tuple(stages), dependencies, records)


def missing_objects(root: Path, lock: Lock, remote: str) -> tuple[str, ...]:
    """Paths of outputs whose objects the remote lacks, asking it for each one.

    ``dvc status -c`` is no proof: it calls an object that is missing on both sides *in sync*. A directory counts as there
    only if its listing and every file of it are there. Raises :class:`EnvironmentFailure` when the remote does not answer.
    """
    from dvc.repo import Repo

    with Repo(str(root)) as repo:
        try:
            store = repo.cloud.get_remote_odb(remote, hash_name="md5")
            wanted: dict[str, list[str]] = {path: [oid] for path, oid in lock.outputs.items() if oid}
            for path, oid in lock.outputs.items():
                if oid.endswith(".dir"):
                    wanted[path] += _listing(store, oid)
            present = set(store.oids_exist(sorted({oid for oids in wanted.values() for oid in oids})))
        except Exception as error:  # each storage's library has errors of its own, botocore's are not even OSError
            raise EnvironmentFailure(
                f"the remote {remote!r} does not answer",
                where=".dvc/config",
                found=type(error).__name__,
                next="check the network and the credentials: dvc remote list; wardround doctor",
            ) from error
    return tuple(path for path, oids in sorted(wanted.items()) if not set(oids) <= present)


def _listing(store: Any, oid: str) -> Iterable[str]:
    """The objects of a directory, from its listing in the remote; an absent listing is found by the caller."""
    try:
        with store.fs.open(store.oid_to_path(oid), "rb") as stream:
            return [entry["md5"] for entry in json.load(stream)]
    except FileNotFoundError:
        return []
