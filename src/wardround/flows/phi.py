"""The scan for identifiers of patients: what is looked at, by which allow-list, and with which key."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import Problem, UsageError
from wardround.flows.phi_names import reader_of
from wardround.phi.allow import FILE, AllowList, parse
from wardround.phi.examining import Examiner, distinct
from wardround.phi.finding import Finding
from wardround.phi.paths import path_findings, shown

if TYPE_CHECKING:
    from wardround.phi.language import Reader
    from wardround.revision.additions import Added
    from wardround.revision.git import Git

#: The environment variable with the secret of the fingerprints; without it each clone has its own.
KEY = "WARDROUND_PHI_KEY"
#: Where what was given without a file stands.
GIVEN = "standard input"


@dataclass(frozen=True)
class PhiRequest:
    """What to look at, in the repository around ``directory``.

    ``base``: what the branch adds to that revision, its messages included. ``staged``: what the index adds. ``message``: a file with a commit's message.
    ``paths``: these files and directories, inside the repository or not. ``given``: what came without a name, on standard input. None of them: every file that git tracks or would track, and what lies in
    ``reports/``. ``proposing``: findings carry what an entry of the allow-list needs in the place of a fingerprint. ``base_judges``: the allow-list is
    that of ``base``, as in a review, where a change must not excuse itself.
    """

    directory: Path
    base: str | None = None
    staged: bool = False
    message: Path | None = None
    paths: tuple[Path, ...] = ()
    given: bytes | None = None
    proposing: bool = False
    base_judges: bool = False


@dataclass(frozen=True)
class PhiReport:
    """What was found, and how much was looked at: files (or versions of them), commit messages, bytes."""

    findings: tuple[Finding, ...]
    files: int
    messages: int
    bytes: int


class _Counter:
    """How much was looked at."""

    def __init__(self) -> None:
        self.files = self.messages = self.bytes = 0

    def counted(self, content: bytes) -> bytes:
        """The content, counted."""
        self.files += 1
        self.bytes += len(content)
        return content


def phi(request: PhiRequest) -> PhiReport:
    """Scans.

    Raises :class:`UsageError` for an allow-list or a path that is wrong, EnvironmentFailure when git does not answer, MissingPackage for a table that
    cannot be read here and for a model of language that params name and that is not there.
    """
    git = _git(request)
    base = git.commit(request.base) if request.base is not None and git is not None else ""
    allow, reader = _guided(git, base, request)
    examiner = Examiner(allow, key_of(git), request.proposing, reader)
    count = _Counter()
    found: list[Finding] = []
    if request.message is not None:
        text = _read(request.message).decode("utf-8", "replace")
        kept = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
        found += examiner.text("commit message", kept)
        count.messages += 1
    if request.staged and git is not None:
        from wardround.revision.additions import staged

        found += _versions(git, examiner, staged(git), count)
    if git is not None and base:
        found += change(git, examiner, git.merge_base(base, "HEAD"), count)
    if request.given is not None:
        found += examiner.file(GIVEN, count.counted(request.given))
    asked = request.staged or request.base or request.message or request.given is not None
    if request.paths or not asked:
        found += _files(request, git, examiner, count)
    return PhiReport(distinct(found), count.files, count.messages, count.bytes)


def _guided(git: Git | None, base: str, request: PhiRequest) -> tuple[AllowList, Reader | None]:
    """What the scan goes by. Where that cannot be read, the error says first that nothing was looked at: silence would look like a pass."""
    try:
        allow = allowed_by(git, base) if git is not None and base and request.base_judges else parse(_list_of(git))
        return allow, reader_of(git, base if request.base_judges else "")
    except UsageError as error:
        nothing = Problem(
            "nothing was scanned: what the scan goes by cannot be read",
            where=error.problems[0].where,
            next="mend what is named below, then run the same command again",
        )
        raise UsageError(problems=[nothing, *error.problems]) from error


def change(git: Git, examiner: Examiner, base: str, count: _Counter | None = None) -> Iterator[Finding]:
    """What the work tree and every commit since ``base`` add: lines, files, their names, and messages."""
    from wardround.revision.additions import added, messages

    count = count or _Counter()
    yield from _versions(git, examiner, added(git, base), count)
    for message in messages(git, base):
        count.messages += 1
        yield from examiner.text(f"message of commit {message.commit[:12]}", message.text)


def everything(git: Git, examiner: Examiner) -> Iterator[Finding]:
    """All files that git tracks or would track: for a first version, which has no base."""
    from wardround.revision.additions import tracked

    for name in tracked(git):
        path = git.root / name
        if path.is_file() and not path.is_symlink():
            yield from _one(examiner, name, path.read_bytes())


def unkeyed(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings without fingerprints where no key is set for all machines: evidence must be the same bytes everywhere."""
    if os.environ.get(KEY):
        return tuple(findings)
    return tuple(replace(finding, fingerprint="") for finding in findings)


def key_of(git: Git | None) -> bytes:
    """The secret of the fingerprints: the environment's, else this clone's own, made on first use; one for this call where there is no clone."""
    if named := os.environ.get(KEY):
        return named.encode()
    if git is None:
        return secrets.token_bytes(32)
    path = Path(git.repository.common_dir) / "wardround-phi.key"
    if not path.is_file():
        from wardround.files import write_bytes

        write_bytes(path, secrets.token_hex(32).encode())
        path.chmod(0o600)
    return path.read_bytes()


def _git(request: PhiRequest) -> Git | None:
    from wardround.revision.git import Git

    try:
        return Git(request.directory)
    except UsageError:
        if request.paths or request.message or request.given is not None:
            return None  # a log can be looked at anywhere
        raise


def _list_of(git: Git | None) -> bytes | None:
    path = git.root / FILE if git is not None else None
    return path.read_bytes() if path is not None and path.is_file() else None


def _versions(git: Git, examiner: Examiner, versions: Iterable[Added], count: _Counter) -> Iterator[Finding]:
    """Findings in versions of files; one that the work tree or a later commit has as well is told once."""
    from wardround.revision.additions import content

    seen: set[tuple[str, str, str]] = set()
    done: dict[tuple[str, bytes], frozenset[int]] = {}
    for version in sorted(versions, key=lambda one: (one.path, bool(one.commit))):
        body = content(git, version)
        if body is None:
            continue
        same = (version.path, hashlib.sha256(body).digest())
        if same in done and version.lines <= done[same]:
            count.counted(body)
            continue  # the last commit's version is usually the work tree's
        done[same] = done.get(same, frozenset()) | version.lines
        for finding in _one(examiner, version.path, count.counted(body), version.lines):
            mark = (version.path, finding.kind, finding.fingerprint.rpartition(":")[2])
            old = version.commit not in {"", ":"}
            if old and mark in seen:
                continue
            seen.add(mark)
            gone = f"{finding.place} in commit {version.commit[:12]}" if old else finding.place
            yield replace(finding, place=gone)


def _one(examiner: Examiner, name: str, content: bytes, lines: frozenset[int] | None = None) -> Iterator[Finding]:
    yield from path_findings(examiner, name)
    place = shown(name)
    for finding in examiner.file(name, content, only=lines):
        yield replace(finding, place=place)


def _files(request: PhiRequest, git: Git | None, examiner: Examiner, count: _Counter) -> Iterator[Finding]:
    if request.paths:
        places = [(_label(path, git), path) for start in request.paths for path in _below(start)]
    else:
        assert git is not None
        from wardround.revision.additions import tracked

        places = [(name, git.root / name) for name in tracked(git)]
        reports = (path for path in sorted((git.directory / "reports").rglob("*")) if path.is_file())
        places += [(_label(path, git), path) for path in reports]
    for name, path in dict(places).items():
        if path.is_file() and not path.is_symlink():
            yield from _one(examiner, name, count.counted(path.read_bytes()))


def _below(start: Path) -> list[Path]:
    if not start.exists():
        raise UsageError("there is no such file or directory", where=str(start), next="correct the path")
    return sorted(path for path in start.rglob("*") if path.is_file()) if start.is_dir() else [start]


def _label(path: Path, git: Git | None) -> str:
    resolved = path.resolve()
    if git is not None and resolved.is_relative_to(git.root):
        return resolved.relative_to(git.root).as_posix()
    return path.as_posix()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError("the file cannot be read", where=str(path), found=error.strerror or "") from error


def allowed_by(git: Git, commit: str) -> AllowList:
    """The allow-list at a commit: a change is judged by its base's. Raises :class:`UsageError` when it cannot be read."""
    from wardround.revision.additions import at

    return parse(at(git, commit, FILE), f"{FILE} at {commit[:12]}")
