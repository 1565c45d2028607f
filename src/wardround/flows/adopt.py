"""``init --adopt``: a project inside a DVC repository that is there, without touching what is not ours.

In the directory itself when nothing of ours would stand in the way of theirs: a params.yaml, a pipeline file, a stage of the same
name, an output that overlaps. Otherwise in ``projects/NAME``, with a ``dvc.yaml`` of its own. A second run changes nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wardround.errors import Problem, UsageError, WardroundError
from wardround.files import write_text
from wardround.flows.initialise import Content, Initialised, InitRequest, content_of, copy_raw, default_storage, must
from wardround.proc import Command, run
from wardround.scaffold import forge_text, pipeline

if TYPE_CHECKING:
    from wardround.scaffold.request import DataRequest

#: Files that are ours alone; one of theirs by that name sends the project to ``projects/NAME``.
_OURS = ("params.yaml", "wardround.yaml", "pipelines/contract.py", "pipelines/features.py", "pipelines/model.py")
#: Written last, because with them the directory becomes a project.
_LAST = ("params.yaml", "dvc.yaml")


@dataclass(frozen=True)
class Repository:
    """The DVC repository that is adopted. ``remote`` is its default remote, empty if it has none."""

    top: Path
    dvc: Path
    branch: str
    remote: str


def adopt(  # noqa: PLR0913 - the options of `wardround init`
    directory: Path,
    name: str | None,
    data: DataRequest | None,
    *,
    copy: bool = False,
    storage: str | None = None,
    lock: Literal["verify", "app"] = "verify",
) -> Initialised:
    """Adds a project to the DVC repository around ``directory``. Nothing is committed, and no file that is there is overwritten.

    Raises :class:`UsageError` when there is no git or DVC repository, or when ``projects/NAME`` is taken by something else.
    """
    from wardround.scaffold.request import check_name, slug

    directory = directory.resolve()
    repository = _repository(directory)
    name = name or slug(directory.name) or "model"
    check_name(name)
    reasons = list(_in_the_way(directory, name))
    root = directory / "projects" / name if reasons else directory
    if reasons and (taken := list(_in_the_way(root, name))):
        raise UsageError(
            problems=[
                Problem(reason, where=str(root), next="choose another name: wardround init NAME --adopt")
                for reason in taken
            ]
        )
    request = InitRequest(root.parent / name, data, copy=copy, storage=storage, lock=lock)
    content = content_of(request, root, repository.top)
    content = _fitted(content, repository, root)
    notes = content.notes
    if reasons:
        notes = (f"the project lies in projects/{name}, because {'; '.join(reasons)}", *notes)
    if content.plan is not None and not content.raw and data is not None and _in_git(directory, data.path):
        notes += (f"git tracks {data.path}: patients' data do not belong into git; use --copy, then git rm --cached",)
    forge = {path: text for path, text in content.texts.items() if path.startswith(".github/")}
    own = {path: text for path, text in content.texts.items() if path not in forge}
    written, kept = _write(root, replace(content, texts=own))
    more, theirs = _write(repository.top, Content(forge, {}, (), None))  # workflows hold for the whole repository
    written, kept = (*written, *more), (*kept, *theirs)
    if not repository.remote:
        notes += _add_remote(repository, storage or default_storage(repository.dvc))
        written += (".dvc/config",)
    return Initialised(root, written, kept, notes, content.plan)


def _repository(directory: Path) -> Repository:
    top = run(Command(["git", "rev-parse", "--show-toplevel"], cwd=directory, timeout=60))
    if not top.ok:
        raise UsageError(
            "this directory is not in a git repository",
            where=str(directory),
            wanted="a git repository with DVC",
            next="git init && dvc init, then the same command; or make a new project: wardround init NAME",
        )
    root = Path(top.out.strip())
    dvc = next(
        (
            parent
            for parent in (directory, *directory.parents)
            if (parent / ".dvc").is_dir() and parent.is_relative_to(root)
        ),
        None,
    )
    if dvc is None:
        raise UsageError(
            "this git repository has no DVC",
            where=str(root),
            wanted="a .dvc directory",
            next="dvc init, then the same command",
        )
    branch = run(Command(["git", "symbolic-ref", "--short", "HEAD"], cwd=directory, timeout=60)).out.strip()
    return Repository(root, dvc, branch or "main", _default_remote(dvc))


def _default_remote(dvc: Path) -> str:
    from configparser import ConfigParser
    from configparser import Error as ConfigError

    found = ConfigParser(interpolation=None)
    try:
        found.read([dvc / ".dvc" / "config", dvc / ".dvc" / "config.local"], encoding="utf-8")
    except (ConfigError, UnicodeDecodeError) as error:
        raise UsageError(
            "the DVC configuration cannot be read", where=str(dvc / ".dvc" / "config"), next="dvc config --list"
        ) from error
    return found.get("core", "remote", fallback="")


def _in_the_way(root: Path, name: str) -> Iterator[str]:
    """Why the project cannot lie at ``root``. Nothing stands in its way where it lies already."""
    if _is_ours(root, name):
        return
    for path in _OURS:
        if (root / path).exists():
            yield f"{path} is there already and is not this project's"
    stages = pipeline.stages(root / "dvc.yaml")
    from wardround.stages.registry import STAGES

    clash = sorted({stage.name for stage in STAGES} & set(stages))
    if clash:
        yield f"your dvc.yaml has stages called {', '.join(clash)}"
    outputs = sorted({pipeline.output(item) for stage in stages.values() for item in stage.get("outs") or []})
    outputs += sorted(path.name.removesuffix(".dvc") for path in root.glob("*.dvc") if path.is_file())
    ours = (
        "data/snapshot",
        "data/features",
        "data/split.parquet",
        "data/scores.parquet",
        "models/model",
        "models/tuned.json",
        "reports",
    )
    overlap = sorted({other for other in outputs for own in ours if pipeline.overlap(other.rstrip("/"), own)})
    if overlap:
        yield f"DVC tracks {', '.join(overlap)} here, where the pipeline writes"


def _is_ours(root: Path, name: str) -> bool:
    """Whether an earlier run made this project here."""
    from wardround.project.params import load

    try:
        return (root / "wardround.yaml").is_file() and load(root / "params.yaml").project.name == name
    except WardroundError:
        return False


def _fitted(content: Content, repository: Repository, root: Path) -> Content:
    """The texts as this repository needs them: its branch and remote, stages beside its own, no README of ours in its root."""
    texts = {
        path: forge_text.on_branch(text, repository.branch) if path in forge_text.WORKFLOWS else text
        for path, text in content.texts.items()
    }
    review = f"review: {{base: {repository.branch}" + (
        f", remote: {repository.remote}}}" if repository.remote not in ("", "storage") else "}"
    )
    texts["params.yaml"] = texts["params.yaml"].replace("review: {base: main}", review, 1)
    theirs = root / "dvc.yaml"
    if theirs.is_file():
        texts["dvc.yaml"] = pipeline.merged(theirs.read_text(encoding="utf-8"), texts["dvc.yaml"])
    ignore = root / ".gitignore"
    if ignore.is_file():
        before = ignore.read_text(encoding="utf-8")
        lacking = [line for line in texts[".gitignore"].splitlines() if line not in before.splitlines()]
        texts[".gitignore"] = (
            before + ("" if before.endswith("\n") or not before else "\n") + "".join(f"{line}\n" for line in lacking)
        )
    if (root / "README.md").is_file():
        del texts["README.md"]
    return replace(content, texts=texts)


def _write(root: Path, content: Content) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Writes what lacks; the files that make it a project come last. A file of the person's own hand is kept and named."""
    written, kept = [], []
    for name in sorted(
        content.texts, key=lambda item: (item in _LAST, _LAST.index(item) if item in _LAST else 0, item)
    ):
        path, text = root / name, content.texts[name]
        there = path.read_text(encoding="utf-8") if path.is_file() else None
        if there == text:
            continue
        if there is not None and name not in ("dvc.yaml", ".gitignore"):
            kept.append(name)
            continue
        write_text(path, text)
        written.append(name)
    raw = {name: source for name, source in content.raw.items() if not (root / name).is_file()}
    copy_raw(root, raw)
    return (*written, *sorted(raw)), tuple(kept)


def _in_git(directory: Path, path: str) -> bool:
    return run(Command(["git", "ls-files", "--error-unmatch", "--", path], cwd=directory, timeout=60)).ok


def _add_remote(repository: Repository, storage: str) -> tuple[str, ...]:
    url = storage
    if "://" not in storage and not Path(storage).is_absolute():
        # The command counts a relative address from the current directory, .dvc/config from itself.
        url = os.path.relpath((repository.dvc / ".dvc" / storage).resolve(), repository.dvc)
    must(
        run(
            Command(
                [sys.executable, "-m", "dvc", "remote", "add", "--default", "--force", "storage", url],
                cwd=repository.dvc,
                timeout=120,
            )
        ),
        "dvc remote add",
    )
    return (f"this repository had no default remote: {storage} was added as storage (.dvc/config)",)
