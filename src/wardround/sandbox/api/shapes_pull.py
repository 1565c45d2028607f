"""Issues, pull requests, comments, reviews and statuses as GitHub writes them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from wardround.sandbox.api.shapes_repository import (
    association,
    labels_of,
    repository_shape,
    simple_user,
)
from wardround.sandbox.api.view import View, node_id
from wardround.sandbox.model import Comment, Issue, Pull, Repository, Review
from wardround.sandbox.repositories import Bare
from wardround.sandbox.rules import approvals, approvals_wanted, not_green


def issue_shape(view: View, issue: Issue | Pull) -> dict[str, Any]:
    """An issue; every pull request is one too."""
    own = view.api("repos", issue.repository, "issues", issue.number)
    is_pull = isinstance(issue, Pull)
    page = view.html(issue.repository, "pull" if is_pull else "issues", issue.number)
    shape = {
        "id": issue.id,
        "node_id": node_id("Issue", issue.id),
        "url": own,
        "repository_url": view.api("repos", issue.repository),
        "labels_url": f"{own}/labels{{/name}}",
        "comments_url": f"{own}/comments",
        "events_url": f"{own}/events",
        "html_url": page,
        "number": issue.number,
        "state": issue.state,
        "state_reason": None,
        "title": issue.title,
        "body": issue.body or None,
        "user": simple_user(view, issue.author),
        "labels": labels_of(view, issue.repository, issue.labels),
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": False,
        "comments": len(view.world.store.find(Comment, issue.repository, number=issue.number)),
        "created_at": issue.created_at,
        "updated_at": issue.updated_at,
        "closed_at": issue.closed_at or None,
        "author_association": association(view, issue.author, issue.repository),
    }
    if isinstance(issue, Pull):
        shape["draft"] = issue.draft
        shape["pull_request"] = {
            "url": view.api("repos", issue.repository, "pulls", issue.number),
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": issue.merged_at or None,
        }
    return shape


def simple_pull(view: View, pull: Pull) -> dict[str, Any]:
    """A pull request as lists hold it."""
    own = view.api("repos", pull.repository, "pulls", pull.number)
    issue = view.api("repos", pull.repository, "issues", pull.number)
    page = view.html(pull.repository, "pull", pull.number)
    places = {
        "url": own,
        "html_url": page,
        "issue_url": issue,
        "commits_url": f"{own}/commits",
        "review_comments_url": f"{own}/comments",
        "review_comment_url": view.api("repos", pull.repository, "pulls/comments") + "{/number}",
        "comments_url": f"{issue}/comments",
        "statuses_url": view.api("repos", pull.repository, "statuses", pull.head_sha),
    }
    links = {name.removesuffix("_url"): {"href": place} for name, place in places.items() if name != "url"}
    return {
        **places,
        "id": pull.id,
        "node_id": node_id("PullRequest", pull.id),
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "draft": pull.draft,
        "title": pull.title,
        "body": pull.body or None,
        "user": simple_user(view, pull.author),
        "labels": labels_of(view, pull.repository, pull.labels),
        "milestone": None,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [simple_user(view, login) for login in pull.reviewers],
        "requested_teams": [],
        "created_at": pull.created_at,
        "updated_at": pull.updated_at,
        "closed_at": pull.closed_at or None,
        "merged_at": pull.merged_at or None,
        "merge_commit_sha": pull.merge_sha or None,
        "author_association": association(view, pull.author, pull.repository),
        "auto_merge": None,
        "head": _end(view, pull.head_repository, pull.head_branch, pull.head_sha),
        "base": _end(view, pull.repository, pull.base_branch, pull.base_sha),
        "_links": {"self": {"href": own}, **links},
    }


def _end(view: View, full_name: str, branch: str, sha: str) -> dict[str, Any]:
    repository = view.world.repository(full_name)
    owner = full_name.split("/", maxsplit=1)[0]
    return {
        "label": f"{owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": simple_user(view, owner),
        "repo": repository_shape(view, repository) if repository is not None else None,
    }


def pull_shape(view: View, pull: Pull) -> dict[str, Any]:
    """A pull request in full."""
    repository = view.world.repository(pull.repository)
    assert repository is not None
    path = view.world.repositories.path(pull.repository)
    commits, files, additions, deletions = _size(path, pull.base_sha, pull.head_sha)
    return {
        **simple_pull(view, pull),
        "merged": pull.merged,
        "mergeable": None if pull.state == "closed" else bool(pull.merge_sha),
        "rebaseable": False,
        "mergeable_state": merge_state(view, repository, pull),
        "merged_by": simple_user(view, pull.merged_by) if pull.merged_by else None,
        "comments": len(view.world.store.find(Comment, pull.repository, number=pull.number)),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": commits,
        "changed_files": files,
        "additions": additions,
        "deletions": deletions,
    }


def merge_state(view: View, repository: Repository, pull: Pull) -> str:
    """Clean, dirty (a conflict), draft, blocked (something required is missing) or unknown (closed)."""
    if pull.state == "closed":
        return "unknown"
    if not pull.merge_sha:
        return "dirty"
    if pull.draft:
        return "draft"
    wanted = approvals_wanted(view.world, repository, pull.base_branch)
    given = approvals(view.world, pull.repository, pull.number, pull.head_sha)
    missing = not_green(view.world, repository, pull.base_branch, pull.head_sha)
    return "blocked" if missing or len(given) < wanted else "clean"


@lru_cache(maxsize=256)
def _size(path: Path, base: str, head: str) -> tuple[int, int, int, int]:
    bare = Bare(path)
    changes = bare.diff(bare.merge_base(base, head) or base, head)
    lines = sum(change.additions for change in changes), sum(change.deletions for change in changes)
    return bare.count(head, base), len(changes), *lines


def comment_shape(view: View, comment: Comment) -> dict[str, Any]:
    """A comment on an issue or a pull request."""
    issue = view.world.store.get(Pull, comment.repository, comment.number)
    page = view.html(comment.repository, "pull" if issue else "issues", comment.number)
    return {
        "id": comment.id,
        "node_id": node_id("IssueComment", comment.id),
        "url": view.api("repos", comment.repository, "issues/comments", comment.id),
        "html_url": f"{page}#issuecomment-{comment.id}",
        "issue_url": view.api("repos", comment.repository, "issues", comment.number),
        "body": comment.body,
        "user": simple_user(view, comment.author),
        "created_at": comment.created_at,
        "updated_at": comment.updated_at,
        "author_association": association(view, comment.author, comment.repository),
        "performed_via_github_app": None,
    }


def commit_comment_shape(view: View, comment: Comment) -> dict[str, Any]:
    """A comment on a commit."""
    return {
        "id": comment.id,
        "node_id": node_id("CommitComment", comment.id),
        "url": view.api("repos", comment.repository, "comments", comment.id),
        "html_url": view.html(comment.repository, "commit", comment.sha) + f"#commitcomment-{comment.id}",
        "body": comment.body,
        "path": None,
        "position": None,
        "line": None,
        "commit_id": comment.sha,
        "user": simple_user(view, comment.author),
        "created_at": comment.created_at,
        "updated_at": comment.updated_at,
        "author_association": association(view, comment.author, comment.repository),
    }


def review_shape(view: View, review: Review) -> dict[str, Any]:
    """A review."""
    page = view.html(review.repository, "pull", review.number) + f"#pullrequestreview-{review.id}"
    pull = view.api("repos", review.repository, "pulls", review.number)
    return {
        "id": review.id,
        "node_id": node_id("PullRequestReview", review.id),
        "user": simple_user(view, review.author),
        "body": review.body,
        "state": review.state,
        "html_url": page,
        "pull_request_url": pull,
        "_links": {"html": {"href": page}, "pull_request": {"href": pull}},
        "submitted_at": review.submitted_at,
        "commit_id": review.sha,
        "author_association": association(view, review.author, review.repository),
    }
