"""Issues and deployments."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.sandbox.model import Comment, Deployment, DeploymentStatus, Issue
from wardround.sandbox.pages.answers import Page, get
from wardround.sandbox.pages.visit import Visit

_REPO = "/{owner}/{repo}"


@dataclass(frozen=True)
class DeploymentView:
    """A deployment with its statuses, newest first."""

    deployment: Deployment
    statuses: tuple[DeploymentStatus, ...]

    @property
    def state(self) -> str:
        """How it stands now."""
        return self.statuses[0].state if self.statuses else "pending"


@get(_REPO + "/issues")
def issues(visit: Visit) -> Page:
    """Open or closed issues, newest first."""
    every = visit.world.store.find(Issue, visit.repository.full_name)
    state = "closed" if visit.query.get("state") == "closed" else "open"
    found = [issue for issue in reversed(every) if issue.state == state]
    counts = {
        "open": sum(issue.state == "open" for issue in every),
        "closed": sum(issue.state == "closed" for issue in every),
    }
    return Page("issues.html", {"title": "Issues", "tab": "issues", "state": state, "issues": found, **counts})


@get(_REPO + "/issues/new")
def new(visit: Visit) -> Page:
    """The form that opens an issue."""
    return Page("issue_new.html", {"title": "New issue", "tab": "issues", "shown": visit.repository.full_name})


@get(_REPO + "/issues/{number}")
def issue(visit: Visit) -> Page:
    """An issue and its comments."""
    found = visit.issue
    comments = visit.world.store.find(Comment, found.repository, number=found.number)
    may_close = visit.role in {"write", "admin"} or visit.login == found.author
    title = f"{found.title} · Issue #{found.number}"
    return Page(
        "issue.html", {"title": title, "tab": "issues", "issue": found, "comments": comments, "may_close": may_close}
    )


@get(_REPO + "/deployments")
@get(_REPO + "/deployments/activity_log")
def deployments(visit: Visit) -> Page:
    """The deployments, newest first, and how each goes."""
    store, name = visit.world.store, visit.repository.full_name
    found = [
        DeploymentView(item, store.find(DeploymentStatus, name, deployment_id=item.id)[::-1])
        for item in reversed(store.find(Deployment, name))
    ]
    current: dict[str, DeploymentView] = {}
    for view in found:
        if view.state == "success":
            current.setdefault(view.deployment.environment, view)
    return Page("deployments.html", {"title": "Deployments", "tab": "deployments", "views": found, "current": current})
