"""Every table object that any commit ever named, and which of them belong together."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

from wardround.errors import UsageError
from wardround.project.params import parse as parse_params
from wardround.revision.lock import parse as parse_lock

if TYPE_CHECKING:
    from wardround.project.sections import Columns
    from wardround.revision.git import Git

SNAPSHOT = "data/snapshot"


@dataclass(frozen=True)
class Tree:
    """One version of ``dvc.lock`` or of a ``.dvc`` file: its outputs that hold rows, as path → MD5. A directory's ends in ``.dir``."""

    outputs: Mapping[str, str]

    @property
    def snapshot(self) -> str:
        """The snapshot's digest, or nothing."""
        return self.outputs.get(SNAPSHOT, "")


def trees(git: Git) -> tuple[Tree, ...]:
    """All of them, from every branch and tag, each once. A lock with a merge conflict names nothing that can be read."""
    found: dict[tuple[tuple[str, str], ...], Tree] = {}
    for outputs in (*_locks(git), *_tracked(git)):
        if outputs:
            found.setdefault(tuple(sorted(outputs.items())), Tree(outputs))
    return tuple(found.values())


def tree_of(content: bytes | None) -> Tree:
    """What one version of ``dvc.lock`` names."""
    return Tree(_rows(parse_lock(content).outputs))


def _rows(outputs: Mapping[str, str]) -> dict[str, str]:
    """Outputs below ``data/`` hold rows of people; evidence and models do not."""
    return {path: md5 for path, md5 in outputs.items() if md5 and path.startswith("data/")}


def _locks(git: Git) -> Iterator[dict[str, str]]:
    from wardround.files import sha256_bytes

    seen = set()
    for content in git.versions("dvc.lock"):
        if (name := sha256_bytes(content)) not in seen:
            seen.add(name)
            try:
                yield _rows(parse_lock(content).outputs)
            except UsageError:
                continue


def _tracked(git: Git) -> Iterator[dict[str, str]]:
    """Files that ``dvc add`` took: raw data. Their ``.dvc`` files name them."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    for path in paths_ever(git, ".dvc"):
        for content in git.versions(path):
            try:
                raw: Any = YAML(typ="safe", pure=True).load(StringIO(content.decode()))
                folder = path.rpartition("/")[0]
                yield {f"{folder}/{out['path']}".lstrip("/"): str(out["md5"]) for out in raw["outs"]}
            except (YAMLError, UnicodeDecodeError, KeyError, TypeError):
                continue


def paths_ever(git: Git, *ends: str) -> tuple[str, ...]:
    """Paths of the project with one of these endings that any commit ever had, sorted."""
    from wardround.revision.additions import paths_of_history

    return tuple(path for path in paths_of_history(git) if path.endswith(ends))


def subject_columns(git: Git) -> tuple[str, ...]:
    """What the column with the subject was ever called: by the params of every commit, and by the stages themselves."""
    names = {"wr_subject": None}
    for content in git.versions("params.yaml"):
        try:
            columns = parse_params(content.decode("utf-8", "replace")).data.columns
        except UsageError:
            continue
        if name := columns.subject or columns.encounter:
            names[name] = None
    return tuple(names)


def listing(md5: str, read: Callable[[str], bytes | None]) -> dict[str, str] | None:
    """The files of a directory object, relative path → MD5; of a single file, itself. None where the listing is nowhere."""
    if not md5.endswith(".dir"):
        return {"": md5}
    content = read(md5)
    if content is None:
        return None
    try:
        return {str(entry["relpath"]): str(entry["md5"]) for entry in json.loads(content)}
    except (ValueError, KeyError, TypeError):
        return None


def columns_of(columns: Columns) -> tuple[str, ...]:
    """What the column with the subject is called now."""
    return tuple(name for name in (columns.subject or columns.encounter,) if name)
