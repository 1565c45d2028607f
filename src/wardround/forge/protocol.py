"""What Wardround asks of a forge. It knows nothing of models.

Every operation may raise :class:`~wardround.forge.errors.CouldNotCheck` (exit 3); those that change something, or that
ask about parts of what is not there, also :class:`~wardround.forge.errors.Refused` (exit 11). Each change can be asked
for again: it looks whether it is there already.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from wardround.forge.released import Deployment, DeploymentSpec, DeploymentStatus, Tag, TagObject, TagReference, TagSpec
from wardround.forge.settings import RepositoryFacts, Ruleset, Workflow
from wardround.forge.values import (
    Artifact,
    ChangedFile,
    Comment,
    CommentSpec,
    Commit,
    Difference,
    FileCommit,
    Issue,
    IssueSpec,
    PullRequest,
    PullSpec,
    Review,
    Run,
    Status,
)


class Pulls(Protocol):
    """Pull requests and what is said about them."""

    def pull(self, number: int) -> PullRequest | None:
        """A pull request, or None."""
        ...

    def pulls_of_branch(self, head_repository: str, branch: str, state: str = "open") -> tuple[PullRequest, ...]:
        """Pull requests from that branch of exactly that repository. ``state``: ``open``, ``closed`` or ``all``."""
        ...

    def pulls_of_commit(self, sha: str) -> tuple[PullRequest, ...]:
        """Pull requests, open and closed, that hold a commit; a commit that is not there has none."""
        ...

    def files_of_pull(self, number: int) -> tuple[ChangedFile, ...]:
        """All files that a pull request changes; :class:`CouldNotCheck` when the forge does not name all (3,000)."""
        ...

    def reviews(self, number: int) -> tuple[Review, ...]:
        """The reviews of a pull request that were submitted, oldest first."""
        ...

    def authors_of_pull(self, number: int) -> tuple[str, ...]:
        """Logins of those who opened a pull request or wrote a commit of it, sorted; e-mail addresses without a login are left out."""
        ...

    def open_or_update_pull(self, spec: PullSpec) -> PullRequest:
        """The one open pull request of that branch, with that title, body and (at least) those labels."""
        ...

    def ensure_label(self, name: str, color: str = "ededed", description: str = "") -> None:
        """Makes a label, unless there is one of that name."""
        ...

    def find_comments(self, number: int, marker: str) -> tuple[Comment, ...]:
        """Comments of our own author whose body begins with the marker, oldest first, from all pages."""
        ...

    def create_comment(self, number: int, body: str) -> Comment:
        """Adds a comment. Retried only when a comment of ours with that body is not there."""
        ...

    def edit_comment(self, comment: int, body: str) -> None:
        """Replaces a comment's body; :class:`NotThere` when it was deleted."""
        ...

    def delete_comment(self, comment: int) -> None:
        """Deletes a comment; one that is not there is done."""
        ...

    def upsert_comment(self, spec: CommentSpec) -> Comment:
        """Finds, creates or edits the one comment, and removes our own duplicates; two at once end in one."""
        ...


class Issues(Protocol):
    """Issues."""

    def issues(self, label: str, state: str = "open") -> tuple[Issue, ...]:
        """Issues and pull requests with that label, oldest first. ``state``: ``open``, ``closed`` or ``all``."""
        ...

    def open_or_update_issue(self, spec: IssueSpec) -> Issue:
        """The one open issue of ours with that marker, with that title, body and (at least) those labels."""
        ...


class Commits(Protocol):
    """Commits, references, files and statuses."""

    def compare(self, base: str, head: str) -> Difference | None:
        """Two commits compared, or None when one is not there."""
        ...

    def commit(self, sha: str) -> Commit | None:
        """A commit, or None."""
        ...

    def read_file(self, path: str, ref: str) -> bytes | None:
        """A file at a branch, tag or commit, or None; a directory is no file."""
        ...

    def branch(self, name: str) -> str | None:
        """The commit at a branch's tip, or None."""
        ...

    def listing(self, ref: str) -> tuple[str, ...]:
        """The paths of all files at a branch, tag or commit, sorted; none when it is not there."""
        ...

    def create_branch(self, name: str, sha: str) -> None:
        """Makes a branch; :class:`Refused` when there is one at another commit."""
        ...

    def commit_files(self, spec: FileCommit) -> str:
        """The commit with those files, now the branch's tip; :class:`Refused` when the branch has moved. Never forced."""
        ...

    def statuses(self, sha: str) -> tuple[Status, ...]:
        """The latest status of each context of a commit."""
        ...

    def set_status(self, sha: str, status: Status, known: tuple[Status, ...] | None = None) -> None:
        """Sets a status unless ours is the same already. ``known``: what :meth:`statuses` just said saves a call."""
        ...

    def tag(self, name: str) -> Tag | None:
        """A tag, or None."""
        ...

    def tag_references(self, start: str) -> tuple[TagReference, ...]:
        """All tags whose name begins with ``start``, lightweight ones too."""
        ...

    def tag_object(self, sha: str) -> TagObject:
        """An annotated tag's object; :class:`NotThere` when it is not there."""
        ...

    def annotated_tag(self, spec: TagSpec) -> Tag:
        """Makes a tag object and its reference; :class:`Refused` when the name has another target or message."""
        ...


class Actions(Protocol):
    """Workflow runs, deployments, and the settings that `wardround doctor --forge` looks at."""

    def run(self, run: int) -> Run | None:
        """A workflow run (its latest attempt), or None."""
        ...

    def runs_of_workflow(self, file: str, event: str = "", limit: int = 1, head: str = "") -> tuple[Run, ...]:
        """The newest runs of a workflow file (``review.yml``), of one kind of event and for one head commit where they are named."""
        ...

    def artifacts(self, run: int, name: str = "") -> tuple[Artifact, ...]:
        """What a run uploaded, of that name where one is given."""
        ...

    def download_artifact(self, artifact: int, into: Path, limit: int) -> Path:
        """Stores an artifact as a zip file below ``into``; :class:`Refused` above ``limit`` bytes or when it is gone."""
        ...

    def create_deployment(self, spec: DeploymentSpec) -> Deployment:
        """The deployment with that reference, task, environment and payload."""
        ...

    def set_deployment_status(self, deployment: int, status: DeploymentStatus) -> None:
        """Adds a status unless the latest is the same already."""
        ...

    def repository_facts(self) -> RepositoryFacts:
        """The repository's settings."""
        ...

    def rulesets(self) -> tuple[Ruleset, ...]:
        """The rulesets that hold for the repository, with their rules."""
        ...

    def workflow(self, file: str) -> Workflow | None:
        """A workflow by its file name, or None."""
        ...


class Forge(Pulls, Issues, Commits, Actions, Protocol):
    """GitHub, or anything that speaks its API, for one repository."""

    @property
    def repository(self) -> str:
        """``owner/name``."""
        ...

    @property
    def calls(self) -> int:
        """How many API requests were sent, retries included."""
        ...

    def author(self) -> str:
        """Our own login, as comments and statuses show it: ``name`` or ``app[bot]``."""
        ...

    def close(self) -> None:
        """Closes the connections. The next question opens one again."""
        ...

    def poster(self, number: int) -> Callable[[str], bool] | None:
        """Another program that creates comments there (CML), for :class:`CommentSpec`; None where it cannot be used."""
        ...
