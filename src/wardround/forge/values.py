"""What a forge holds, as frozen values. Names follow GitHub's API; SHAs are full, in lower-case hexadecimal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PullRequest:
    """A pull request. ``state`` is ``open`` or ``closed``; ``head_repository`` is empty when the fork is gone."""

    number: int
    title: str
    body: str
    state: str
    merged: bool
    draft: bool
    author: str
    labels: tuple[str, ...]
    head_sha: str
    head_branch: str
    head_repository: str
    base_branch: str
    base_sha: str
    url: str


@dataclass(frozen=True)
class Review:
    """What somebody said of a pull request as of a commit. ``state``: ``APPROVED``, ``CHANGES_REQUESTED``, ``COMMENTED``, ``DISMISSED``.

    ``sha`` is the commit that was looked at, ``submitted`` is ISO 8601. A greater id is a later review.
    """

    id: int
    author: str
    state: str
    sha: str
    submitted: str = ""
    url: str = ""


@dataclass(frozen=True)
class Comment:
    """A comment of a pull request. A smaller id is an older comment."""

    id: int
    author: str
    body: str
    url: str = ""


@dataclass(frozen=True)
class Issue:
    """An issue, or a pull request where ``is_pull``: the forge lists both. ``state`` is ``open`` or ``closed``."""

    number: int
    title: str
    body: str
    state: str
    author: str
    labels: tuple[str, ...]
    is_pull: bool = False
    url: str = ""


@dataclass(frozen=True)
class IssueSpec:
    """The one issue of ours whose body holds ``marker``. ``labels`` are added, never taken away; the first finds it again."""

    marker: str
    title: str
    body: str
    labels: tuple[str, ...]


def _nothing() -> None:
    """Nothing is to be done."""


@dataclass(frozen=True)
class CommentSpec:
    """The one comment that a pull request shall have.

    ``compose`` gets what is there of our own with the marker, oldest first, and returns the body to have (at most
    65,536 characters), which must hold the marker; the body of the first unchanged leaves it alone. It may be asked
    several times. ``post`` creates a comment by other means (CML) and says whether it worked; without it, or when it
    fails, the API does it. ``written`` is called after each write, before the look that follows it: what must not be overtaken by
    another writer unseen is done there.
    """

    number: int
    marker: str
    compose: Callable[[tuple[Comment, ...]], str]
    post: Callable[[str], bool] | None = None
    written: Callable[[], None] = _nothing


@dataclass(frozen=True)
class Status:
    """A commit status. ``state`` is ``success``, ``failure``, ``error`` or ``pending``.

    A description is cut at 140 characters when it is set. ``creator`` is what the forge says, and no part of equality.
    """

    context: str
    state: str
    description: str = ""
    url: str = ""
    creator: str = field(default="", compare=False)


@dataclass(frozen=True)
class Commit:
    """A commit. ``author`` is a login, empty when the forge knows none for the e-mail address; anybody can write that."""

    sha: str
    parents: tuple[str, ...]
    tree: str
    message: str
    author: str = ""


@dataclass(frozen=True)
class ChangedFile:
    """A file that differs. ``status`` is ``added``, ``removed``, ``modified``, ``renamed`` (then with ``previous``) and so on."""

    path: str
    status: str
    previous: str = ""


@dataclass(frozen=True)
class Difference:
    """Two commits compared. ``complete`` is False when the forge may have left files out (it names at most 300)."""

    merge_base: str
    ahead: int
    behind: int
    files: tuple[ChangedFile, ...]
    complete: bool


@dataclass(frozen=True)
class Run:
    """A workflow run. ``path`` is the workflow file; ``created`` is ISO 8601; ``conclusion`` is empty while it runs."""

    id: int
    attempt: int
    name: str
    path: str
    event: str
    status: str
    conclusion: str
    head_sha: str
    head_branch: str
    head_repository: str
    url: str
    created: str = ""


@dataclass(frozen=True)
class Artifact:
    """What a run uploaded. ``size`` is in bytes, as the forge says it."""

    id: int
    name: str
    size: int
    expired: bool


@dataclass(frozen=True)
class FileCommit:
    """Files to commit on top of ``parent``, which must be the tip of ``branch``; None removes a file.

    An empty ``parent`` begins a branch that has nothing in common with others. With ``create`` a branch that is not there is made; otherwise a deleted branch stays deleted. With ``onto`` the files lie on that
    commit's tree, and it becomes the second parent: a branch of old is brought up to date without force.
    """

    branch: str
    parent: str
    files: Mapping[str, bytes | None]
    message: str
    create: bool = False
    onto: str = ""


@dataclass(frozen=True)
class PullSpec:
    """A pull request to have, from ``branch`` of the same repository. Labels are added, never taken away."""

    branch: str
    base: str
    title: str
    body: str
    labels: tuple[str, ...] = ()
    draft: bool = False
