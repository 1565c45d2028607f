"""Which models of language the scan uses: what ``privacy.names`` of the project's params says, else that of the first project that says it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.phi.language import Reader
    from wardround.revision.git import Git


def reader_of(git: Git | None, commit: str = "") -> Reader | None:
    """The models that the params of ``commit`` name (empty: of the work tree); None where none does, or there is no repository.

    Raises :class:`UsageError` for params that are wrong, MissingPackage when Presidio or a model is not there: what was asked for is never left out.
    """
    if git is None:
        return None
    for path in dict.fromkeys(_paths(git, commit)):
        models = _models(_content(git, commit, path), path)
        if models:
            return _loaded(models, git.root / PurePosixPath(path).parent)
    return None


def _paths(git: Git, commit: str) -> Iterator[str]:
    yield f"{git.prefix}params.yaml"
    yield "params.yaml"
    if commit:
        from wardround.revision.additions import below

        yield from (f"{name}/params.yaml" for name in below(git, commit, "projects"))
    else:
        yield from (path.relative_to(git.root).as_posix() for path in sorted(git.root.glob("projects/*/params.yaml")))


def _content(git: Git, commit: str, path: str) -> bytes | None:
    if commit:
        from wardround.revision.additions import at

        return at(git, commit, path)
    place = git.root / path
    return place.read_bytes() if place.is_file() else None


def _models(content: bytes | None, path: str) -> tuple[tuple[str, str], ...]:
    if content is None or b"privacy" not in content or b"names" not in content:
        return ()  # reading params takes as long as the scan of a usual change
    from wardround.project.params import parse

    names = parse(content.decode("utf-8", "replace"), path).privacy.names
    return tuple(names.models.items()) if names else ()


@cache
def _loaded(models: tuple[tuple[str, str], ...], directory: Path) -> Reader:
    from wardround.phi.language import load

    return load(dict(models), directory)
