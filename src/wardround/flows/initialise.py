"""Makes a project: from a table, or the synthetic one; as a repository of its own, or inside one that is there."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, UsageError
from wardround.files import replacing, write_text
from wardround.flows import versions
from wardround.proc import Command, Finished, run

if TYPE_CHECKING:
    from wardround.scaffold.decision import Plan
    from wardround.scaffold.request import DataRequest

#: Who commits where nobody told git a name. The person's own name is used when there is one.
_NOBODY = ("Wardround", "wardround@localhost")


@dataclass(frozen=True)
class InitRequest:
    """What to make. ``data`` is None for the synthetic network; ``storage`` is DVC's address, None for a directory beside."""

    root: Path
    data: DataRequest | None = None
    copy: bool = False
    storage: str | None = None


@dataclass(frozen=True)
class Initialised:
    """What was made: paths below ``root``, what was left as it was, and what a person should know."""

    root: Path
    written: tuple[str, ...]
    kept: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    plan: Plan | None = None
    commit: str = ""


@dataclass(frozen=True)
class Content:
    """The files of a project as texts, and the raw files that go with them (path below the project -> where it is now)."""

    texts: Mapping[str, str]
    raw: Mapping[str, Path]
    notes: tuple[str, ...]
    plan: Plan | None


def initialise(request: InitRequest) -> Initialised:
    """A project in a repository of its own, complete or not at all.

    Raises :class:`UsageError` when the place is taken, the name or an option is wrong; :class:`ContractViolation` when no contract can
    describe the table.
    """
    from wardround.scaffold.request import check_name

    root = Path(request.root).resolve()
    check_name(root.name)
    _check_place(root)
    content = content_of(request, root, root)
    with replacing(root) as temporary:
        temporary.mkdir(parents=True)
        commit = _fill(temporary, root, request, content)
    outer = _git(["rev-parse", "--show-toplevel"], root.parent)
    notes = content.notes
    if outer.ok:
        notes += (f"this project lies inside another git repository ({outer.out.strip()}), which does not track it",)
    return Initialised(root, (*sorted(content.texts), *sorted(content.raw)), (), notes, content.plan, commit)


def initialise_synthetic(root: Path) -> Initialised:
    """The synthetic hospital network in ``root``: the same files as the root project's."""
    return initialise(InitRequest(root))


def content_of(request: InitRequest, root: Path, inside: Path) -> Content:
    """All files of the project that will lie at ``root``; a table below ``inside`` is named by a path relative to ``root``."""
    from wardround.scaffold import project_text, template

    storage = request.storage or default_storage(root)
    name = root.name
    common = {
        ".gitignore": project_text.IGNORED_TEXT,
        "wardround.yaml": versions.text(versions_tree(root)),
    }
    if request.data is None:
        params = template.read("params.yaml").replace("\n  name: readmission\n", f"\n  name: {name}\n", 1)
        texts = {
            **common,
            **template.pipelines(),
            "params.yaml": params,
            "dvc.yaml": template.read("dvc.yaml"),
            "README.md": project_text.readme_text(name, storage),
        }
        return Content(texts, {}, (), None)
    found = _from_data(request, request.data, root, inside)
    readme = project_text.readme_text(name.replace("-", " "), storage, data=found.texts["README.md"])
    return Content({**common, **found.texts, "README.md": readme}, found.raw, found.notes, found.plan)


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


def _check_place(root: Path) -> None:
    if root.is_symlink() or (root.exists() and not root.is_dir()):
        raise UsageError("there is a file of this name", where=str(root), next="choose another name")
    if root.is_dir() and any(root.iterdir()):
        taken = (root / "params.yaml").is_file() and (root / "dvc.yaml").is_file()
        raise UsageError(
            "there is a project of this name" if taken else "the directory is there and not empty",
            where=str(root),
            wanted="a name that is free, or an empty directory",
            next="choose another name"
            if taken
            else "choose another name; a DVC repository is adopted from inside: wardround init --adopt",
        )
    near = next(parent for parent in root.parents if parent.exists())
    if not near.is_dir() or not os.access(near, os.W_OK):
        raise EnvironmentFailure("nothing can be written here", where=str(near), next="choose a directory of your own")


def _fill(place: Path, root: Path, request: InitRequest, content: Content) -> str:
    """Writes, initialises and commits everything in a directory that nobody sees yet."""
    from wardround.scaffold.project_text import config_text

    for name, text in content.texts.items():
        write_text(place / name, text)
    must(_git(["init", "--quiet", "--initial-branch=main"], place), "git init")
    must(_dvc(["init", "--quiet"], place), "dvc init")
    write_text(place / ".dvc" / "config", config_text(request.storage or default_storage(root)))
    copy_raw(place, content.raw)
    must(_git(["add", "--all"], place), "git add")
    message = f"Start {root.name}: contract, features and model" + (
        " from the data" if content.plan else " of the synthetic network"
    )
    must(
        _git(["commit", "--quiet", "--no-gpg-sign", "--no-verify", "--message", message], place, _identity(place)),
        "git commit",
    )
    return must(_git(["rev-parse", "HEAD"], place), "git rev-parse").out.strip()


def copy_raw(place: Path, raw: Mapping[str, Path]) -> None:
    """Copies raw files below the project and puts them under DVC."""
    import shutil

    for name, source in raw.items():
        with replacing(place / name) as temporary:
            shutil.copyfile(source, temporary)
    if raw:
        target = next(iter(raw)) if len(raw) == 1 else "data/raw"
        must(_dvc(["add", "--quiet", target], place), "dvc add")


def _identity(place: Path) -> dict[str, str]:
    """Environment for a commit where git knows no name."""
    if _git(["var", "GIT_COMMITTER_IDENT"], place).ok and _git(["config", "user.email"], place).ok:
        return {}
    name, email = _NOBODY
    return {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
    }


def _git(args: list[str], cwd: Path, env: Mapping[str, str] | None = None) -> Finished:
    near = next(parent for parent in (cwd, *cwd.parents) if parent.exists())
    return run(Command(["git", *args], cwd=near, env=dict(env or {}), timeout=120))


def _dvc(args: list[str], cwd: Path) -> Finished:
    return run(Command([sys.executable, "-m", "dvc", *args], cwd=cwd, timeout=3600))


def must(done: Finished, what: str) -> Finished:
    """The result of a program that has to succeed."""
    if done.ok:
        return done
    words = " | ".join(line.strip() for line in (done.err or done.out).splitlines() if line.strip())
    raise EnvironmentFailure(
        f"{what} failed, so nothing was made",
        found=words[-500:],
        next="correct what it says and run the same command again",
    )


def as_plain(done: Initialised) -> dict[str, object]:
    """The answer as JSON types."""
    from wardround.scaffold.project_text import decisions

    columns = (
        []
        if done.plan is None
        else [{"column": name, "use": use, "why": why} for name, use, why in decisions(done.plan)]
    )
    return {
        "root": str(done.root),
        "written": list(done.written),
        "kept": list(done.kept),
        "notes": list(done.notes),
        "commit": done.commit,
        "columns": columns,
    }


def quoted(path: str) -> str:
    """A path for a shell line that is shown."""
    return (
        path if path.replace("/", "").replace("-", "").replace("_", "").replace(".", "").isalnum() else json.dumps(path)
    )
