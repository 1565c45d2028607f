"""Users, repositories and labels as GitHub writes them."""

from __future__ import annotations

from typing import Any

from wardround.sandbox.api.view import View, node_id
from wardround.sandbox.model import Issue, Label, Pull, Repository, User

#: Templates of a repository's addresses, below its own.
_BELOW = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def simple_user(view: View, login: str) -> dict[str, Any]:
    """A user as other answers hold them."""
    user = view.world.user(login)
    own = view.api("users", user.login)
    return {
        "login": user.login,
        "id": user.id,
        "node_id": node_id("User", user.id),
        "avatar_url": view.html("avatars", user.login),
        "gravatar_id": "",
        "url": own,
        "html_url": view.html(user.login),
        "followers_url": f"{own}/followers",
        "following_url": f"{own}/following{{/other_user}}",
        "gists_url": f"{own}/gists{{/gist_id}}",
        "starred_url": f"{own}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{own}/subscriptions",
        "organizations_url": f"{own}/orgs",
        "repos_url": f"{own}/repos",
        "events_url": f"{own}/events{{/privacy}}",
        "received_events_url": f"{own}/received_events",
        "type": user.kind,
        "site_admin": False,
    }


def public_user(view: View, user: User) -> dict[str, Any]:
    """A user as anybody sees them."""
    owned = [item for item in view.world.store.find(Repository) if item.owner == user.login and not item.private]
    return {
        **simple_user(view, user.login),
        "user_view_type": "public",
        "name": user.name or None,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": len(owned),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": user.created_at,
        "updated_at": user.created_at,
    }


def private_user(view: View, user: User) -> dict[str, Any]:
    """A user as they see themselves."""
    owned = [item for item in view.world.store.find(Repository) if item.owner == user.login and item.private]
    counts = {"total_private_repos": len(owned), "owned_private_repos": len(owned), "private_gists": 0}
    return {
        **public_user(view, user),
        **counts,
        "user_view_type": "private",
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": False,
    }


def minimal_repository(view: View, repository: Repository) -> dict[str, Any]:
    """A repository as other answers hold it."""
    own = view.api("repos", repository.full_name)
    return {
        "id": repository.id,
        "node_id": node_id("Repository", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "owner": simple_user(view, repository.owner),
        "private": repository.private,
        "html_url": view.html(repository.full_name),
        "description": repository.description or None,
        "fork": bool(repository.fork_of),
        "url": own,
        **{name: own + below for name, below in _BELOW.items()},
    }


def repository_shape(view: View, repository: Repository, login: str = "") -> dict[str, Any]:
    """A repository in full; ``login`` is who asks, for ``permissions``."""
    store = view.world.store
    pulls = len(store.find(Pull, repository.full_name, state="open"))
    issues = pulls + len(store.find(Issue, repository.full_name, state="open"))
    forks = len(store.find(Repository, fork_of=repository.full_name))
    clone = view.html(f"{repository.full_name}.git")
    role = view.world.role(login, repository)
    return {
        **minimal_repository(view, repository),
        "git_url": clone,
        "ssh_url": clone,
        "clone_url": clone,
        "svn_url": view.html(repository.full_name),
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "size": 0,
        "default_branch": repository.default_branch,
        "visibility": "private" if repository.private else "public",
        "forks_count": forks,
        "forks": forks,
        "network_count": forks,
        "stargazers_count": 0,
        "watchers_count": 0,
        "watchers": 0,
        "subscribers_count": 0,
        "open_issues_count": issues,
        "open_issues": issues,
        "is_template": False,
        "topics": [],
        "has_issues": True,
        "has_projects": False,
        "has_wiki": False,
        "has_pages": False,
        "has_downloads": False,
        "has_discussions": False,
        "archived": False,
        "disabled": False,
        "allow_forking": True,
        "allow_merge_commit": True,
        "allow_squash_merge": True,
        "allow_rebase_merge": False,
        "allow_auto_merge": False,
        "delete_branch_on_merge": False,
        "web_commit_signoff_required": False,
        "pushed_at": repository.pushed_at,
        "created_at": repository.created_at,
        "updated_at": repository.pushed_at,
        "permissions": {
            "admin": role == "admin",
            "maintain": role == "admin",
            "push": role in {"admin", "write"},
            "triage": role in {"admin", "write"},
            "pull": role != "none",
        },
    }


def full_repository(view: View, repository: Repository, login: str = "") -> dict[str, Any]:
    """A repository in full, with what it was forked from."""
    shape = repository_shape(view, repository, login)
    original = view.world.repository(repository.fork_of) if repository.fork_of else None
    if original is not None:
        shape["parent"] = shape["source"] = repository_shape(view, original, login)
    return shape


def label_shape(view: View, label: Label) -> dict[str, Any]:
    """A label."""
    return {
        "id": label.id,
        "node_id": node_id("Label", label.id),
        "url": view.api("repos", label.repository, "labels", label.name),
        "name": label.name,
        "color": label.color,
        "default": False,
        "description": label.description,
    }


def labels_of(view: View, full_name: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """The labels that an issue carries; one that was deleted is left out."""
    found = (view.world.store.get(Label, full_name, name) for name in names)
    return [label_shape(view, label) for label in found if label is not None]


def association(view: View, login: str, full_name: str) -> str:
    """How an author is related to a repository."""
    repository = view.world.repository(full_name)
    role = view.world.role(login, repository) if repository is not None else "none"
    if role == "write":
        return "COLLABORATOR"
    return "OWNER" if role == "admin" else "NONE"
