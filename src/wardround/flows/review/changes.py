"""What differs between base and head, in words: params, pipelines, data, framework."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import TYPE_CHECKING, Any

from wardround.flows import versions
from wardround.project.params import JUDGING_SECTIONS
from wardround.report.context import Changes, DataChange, FileChange, ValueChange

if TYPE_CHECKING:
    from wardround.flows.review.references import Reference
    from wardround.project.layout import Project
    from wardround.revision.git import Git
    from wardround.revision.lock import Lock

#: Paths that are said elsewhere in the report, or that say nothing of the model.
_QUIET = ("params.yaml", "dvc.lock", "wardround.yaml", "reports/", "data/", "models/")


def changes(project: Project, git: Git, base: Reference, lock: Lock) -> Changes:
    """Everything that differs between the base's tree and the work tree."""
    files = [
        FileChange(change.path, change.added, change.deleted)
        for change in git.changes(base.commit)
        if not change.path.startswith(_QUIET)
    ]
    return Changes(
        params=params_changed(_yaml(git.file(base.commit, "params.yaml")), _yaml(project.layout.params.read_bytes())),
        pipelines=tuple(file for file in files if file.path.startswith("pipelines/")),
        code=tuple(file for file in files if not file.path.startswith("pipelines/")),
        framework=_framework(git.file(base.commit, "wardround.yaml"), project),
        data=_data(project, base, lock),
    )


def params_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[ValueChange, ...]:
    """Keys whose value differs, flattened to ``section.key``, in the order of the new file, then those that are gone."""
    old, new = dict(_flat(before)), dict(_flat(after))
    names = [*new, *(name for name in old if name not in new)]
    return tuple(
        ValueChange(name, old.get(name, ""), new.get(name, ""), judges=name.split(".")[0] in JUDGING_SECTIONS)
        for name in names
        if old.get(name, "") != new.get(name, "")
    )


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            found += _flat(value, name + ".")
        else:
            found.append((name, str(value)))
    return found


def _yaml(content: bytes | None) -> Mapping[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found = YAML(typ="safe", pure=True).load(StringIO((content or b"").decode("utf-8", "replace")))
    except YAMLError:
        return {}
    return found if isinstance(found, Mapping) else {}


def _framework(content: bytes | None, project: Project) -> tuple[ValueChange, ...]:
    return params_changed(_yaml(content), versions.read(project.layout.versions))


def _data(project: Project, base: Reference, lock: Lock) -> DataChange:
    window = project.params.data.window
    before = base.params.data.window if base.params else None
    return DataChange(
        before=base.lock.digest("data/snapshot"),
        after=lock.digest("data/snapshot"),
        window_before=f"{before.start} to {before.end}" if before and before.start is not None else "",
        window_after=f"{window.start} to {window.end}" if window.start is not None else "",
    )
