"""The files of a project that is made: the synthetic one's, or those that a table decides. Nothing is written here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wardround.errors import UsageError
from wardround.flows import versions

if TYPE_CHECKING:
    from wardround.scaffold.decision import Plan
    from wardround.scaffold.request import DataRequest


@dataclass(frozen=True)
class InitRequest:
    """What to make. ``data`` is None for the synthetic network; ``storage`` is DVC's address, None for a directory beside."""

    root: Path
    data: DataRequest | None = None
    copy: bool = False
    storage: str | None = None
    #: Who commits ``dvc.lock``: ``verify`` (authors do) or ``app``.
    lock: Literal["verify", "app"] = "verify"


@dataclass(frozen=True)
class Content:
    """The files of a project as texts, and the raw files that go with them (path below the project -> where it is now)."""

    texts: Mapping[str, str]
    raw: Mapping[str, Path]
    notes: tuple[str, ...]
    plan: Plan | None


def content_of(request: InitRequest, root: Path, inside: Path) -> Content:
    """All files of the project that will lie at ``root``; a table below ``inside`` is named by a path relative to ``root``."""
    from wardround.card.schema import FILE as CARD
    from wardround.card.skeleton import skeleton
    from wardround.gate.plan.schema import FILE as PLAN
    from wardround.project.forge_section import ForgeSection
    from wardround.scaffold import forge_text, project_text, template

    storage = request.storage or default_storage(root)
    name = root.name
    common = {
        ".gitignore": project_text.IGNORED_TEXT,
        "wardround.yaml": versions.text(versions_tree(root)),
        PLAN: template.read(PLAN),
        **forge_text.forge_files(name, ForgeSection(lock=request.lock)),
    }
    decided = "" if request.lock == "verify" else f"\nforge: {{lock: {request.lock}}}\n"
    if request.data is None:
        params = template.read("params.yaml").replace("\n  name: readmission\n", f"\n  name: {name}\n", 1) + decided
        texts = {
            **common,
            **template.pipelines(),
            "params.yaml": params,
            "dvc.yaml": template.read("dvc.yaml"),
            "README.md": project_text.readme_text(name, storage),
            CARD: template.read(CARD),
        }
        return Content(texts, {}, (), None)
    found = _from_data(request, request.data, root, inside)
    own = {
        **found.texts,
        "params.yaml": found.texts["params.yaml"] + decided,
        "README.md": project_text.readme_text(name.replace("-", " "), storage, data=found.texts["README.md"]),
        CARD: skeleton(),
    }
    return Content({**common, **own}, found.raw, found.notes, found.plan)


def _from_data(request: InitRequest, data: DataRequest, root: Path, inside: Path) -> Content:
    """The files that the table decides; of README.md only the section about the data."""
    from wardround.project.judging import DisclosureSection
    from wardround.project.params import parse
    from wardround.scaffold import project_text, template
    from wardround.scaffold.contract_text import contract_text
    from wardround.scaffold.features_text import features_text
    from wardround.scaffold.params_text import params_text
    from wardround.scaffold.planning import plan

    found = plan(data)
    path, raw, dependency = _raw_files(request, data, root, inside)
    title = root.name.replace("-", " ")
    notes = found.notes
    if not raw:
        notes += (f"the raw table is not copied: data.path says {path}; --copy puts it under DVC",)
    if dependency is None:
        notes += ("DVC cannot watch this address: run `dvc repro --force ingest` when the data change",)
    params = params_text(root.name, title, found, data, path)
    parse(params)  # a mistake of ours must show here, not in the person's first review
    texts = {
        "params.yaml": params,
        "dvc.yaml": project_text.pipeline_text(template.read("dvc.yaml"), dependency),
        "pipelines/contract.py": contract_text(title, found, DisclosureSection().min_cell),
        "pipelines/features.py": features_text(title, found, data),
        "pipelines/model.py": template.read("pipelines/model.py"),
        "README.md": project_text.data_section(found, data, path, copied=bool(raw)),
    }
    return Content(texts, raw, notes, found)


def _raw_files(
    request: InitRequest, data: DataRequest, root: Path, inside: Path
) -> tuple[str, dict[str, Path], str | None]:
    """``data.path``, the files to copy, and what DVC watches (None: it cannot)."""
    from wardround.tables import TableSource, find_files

    if "://" in data.path:
        if request.copy:
            raise UsageError(
                "--copy needs a local file", where=f"--data {data.path}", next="download it first, or leave --copy out"
            )
        known = data.path.split("://", 1)[0] in {"s3", "gs", "azure", "ssh", "hdfs", "http", "https"}
        return data.path, {}, data.path if known and not any(c in data.path for c in "*?[") else None
    files = [Path(item.path).resolve() for item in find_files(TableSource(data.path))]
    if request.copy:
        raw = {f"data/raw/{path.name}": path for path in files}
        if len(raw) < len(files):
            raise UsageError(
                "files of the same name in several directories cannot be copied into one", where=f"--data {data.path}"
            )
        path = next(iter(raw)) if len(raw) == 1 else f"data/raw/{Path(data.path).name}"
        return path, raw, next(iter(raw)) if len(raw) == 1 else "data/raw"
    full = Path(data.path).expanduser().resolve()
    if full.is_relative_to(inside) or full.is_relative_to(root):
        path = os.path.relpath(full, root)
        watched = os.path.relpath(files[0] if len(files) == 1 else files[0].parent, root)
    else:
        path, watched = str(full), str(files[0] if len(files) == 1 else files[0].parent)
    return path, {}, watched


def default_storage(root: Path) -> str:
    """The remote's directory: beside the project, as ``.dvc/config`` counts paths."""
    return f"../../{root.name}-storage"


def versions_tree(root: Path) -> Path:
    """The directory whose lock counts for a project at ``root``.

    A project that is yet to be made will be a repository of its own, so a lock above it says nothing about it.
    """
    from wardround.flows.stage import tree_of

    return tree_of(root) if root.is_dir() and any(root.iterdir()) else root
