"""The one table of what each call needs, and the check of a token against it.

A run's or App's token needs one of the scopes at the level. A person needs a role: to read, any; to write, write;
for ``administration``, admin. ``anybody`` marks what every reader may do as well: open a pull request from a fork,
comment, review (changing what others wrote is refused by the handler).
"""

from __future__ import annotations

from dataclasses import dataclass

from wardround.sandbox.model import Repository, Token
from wardround.sandbox.refusal import forbidden, missing
from wardround.sandbox.tokens import covers
from wardround.sandbox.world import ROLES, World

_REPO = "/repos/{owner}/{repo}"


@dataclass(frozen=True)
class Needs:
    """``scopes``: one of them is enough. ``level``: read or write."""

    scopes: tuple[str, ...]
    level: str
    anybody: bool = False


def _needs(text: str) -> Needs:
    words = text.split()
    return Needs(tuple(words[0].split("|")), words[1], "anybody" in words)


#: What each call below ``/repos/{owner}/{repo}`` needs, as GitHub documents it for fine-grained tokens.
_TABLE = """
GET    /                                             metadata read
POST   /forks                                        metadata read anybody
GET    /labels                                       issues|pull-requests read
POST   /labels                                       issues|pull-requests write
GET    /labels/{name}                                issues|pull-requests read
PATCH  /labels/{name}                                issues|pull-requests write
DELETE /labels/{name}                                issues|pull-requests write
GET    /issues                                       issues|pull-requests read
POST   /issues                                       issues write anybody
GET    /issues/{issue_number}                        issues|pull-requests read
PATCH  /issues/{issue_number}                        issues|pull-requests write anybody
GET    /issues/{issue_number}/labels                 issues|pull-requests read
POST   /issues/{issue_number}/labels                 issues|pull-requests write
PUT    /issues/{issue_number}/labels                 issues|pull-requests write
DELETE /issues/{issue_number}/labels                 issues|pull-requests write
DELETE /issues/{issue_number}/labels/{name}          issues|pull-requests write
GET    /issues/{issue_number}/comments               issues|pull-requests read
POST   /issues/{issue_number}/comments               issues|pull-requests write anybody
GET    /issues/comments                              issues|pull-requests read
GET    /issues/comments/{comment_id}                 issues|pull-requests read
PATCH  /issues/comments/{comment_id}                 issues|pull-requests write anybody
DELETE /issues/comments/{comment_id}                 issues|pull-requests write anybody
GET    /commits/{commit_sha}/comments                contents read
POST   /commits/{commit_sha}/comments                contents write anybody
GET    /comments/{comment_id}                        contents read
PATCH  /comments/{comment_id}                        contents write anybody
GET    /pulls                                        pull-requests read
POST   /pulls                                        pull-requests write anybody
GET    /pulls/{pull_number}                          pull-requests read
PATCH  /pulls/{pull_number}                          pull-requests write anybody
GET    /pulls/{pull_number}/files                    pull-requests read
GET    /pulls/{pull_number}/commits                  pull-requests read
GET    /pulls/{pull_number}/merge                    pull-requests read
PUT    /pulls/{pull_number}/merge                    contents write
GET    /pulls/{pull_number}/reviews                  pull-requests read
POST   /pulls/{pull_number}/reviews                  pull-requests write anybody
GET    /pulls/{pull_number}/requested_reviewers      pull-requests read
POST   /pulls/{pull_number}/requested_reviewers      pull-requests write
DELETE /pulls/{pull_number}/requested_reviewers      pull-requests write
POST   /statuses/{sha}                               statuses write
GET    /commits/{ref}/statuses                       statuses read
GET    /commits/{ref}/status                         statuses read
POST   /check-runs                                   checks write
GET    /check-runs/{check_run_id}                    checks read
PATCH  /check-runs/{check_run_id}                    checks write
GET    /commits/{ref}/check-runs                     checks read
GET    /git/ref/{ref}                                contents read
GET    /git/matching-refs/{ref}                      contents read
POST   /git/refs                                     contents write
PATCH  /git/refs/{ref}                               contents write
DELETE /git/refs/{ref}                               contents write
POST   /git/blobs                                    contents write
GET    /git/blobs/{file_sha}                         contents read
POST   /git/trees                                    contents write
GET    /git/trees/{tree_sha}                         contents read
POST   /git/commits                                  contents write
GET    /git/commits/{commit_sha}                     contents read
POST   /git/tags                                     contents write
GET    /git/tags/{tag_sha}                           contents read
GET    /contents/{path}                              contents read
PUT    /contents/{path}                              contents write
DELETE /contents/{path}                              contents write
GET    /compare/{basehead}                           contents read
GET    /commits                                      contents read
GET    /commits/{ref}                                contents read
GET    /commits/{commit_sha}/pulls                   pull-requests read
GET    /branches                                     contents read
GET    /branches/{branch}                            contents read
GET    /branches/{branch}/protection                 administration read
PUT    /branches/{branch}/protection                 administration write
DELETE /branches/{branch}/protection                 administration write
GET    /tags                                         metadata read
GET    /collaborators/{username}/permission          metadata read
GET    /actions/runs                                 actions read
GET    /actions/runs/{run_id}                        actions read
GET    /actions/runs/{run_id}/jobs                   actions read
GET    /actions/runs/{run_id}/artifacts              actions read
GET    /actions/jobs/{job_id}                        actions read
GET    /actions/jobs/{job_id}/logs                   actions read
GET    /actions/artifacts                            actions read
GET    /actions/artifacts/{artifact_id}              actions read
DELETE /actions/artifacts/{artifact_id}              actions write
GET    /actions/artifacts/{artifact_id}/{archive_format} actions read
GET    /actions/workflows                            actions read
GET    /actions/workflows/{workflow_id}              actions read
POST   /actions/workflows/{workflow_id}/dispatches   actions write
PUT    /actions/workflows/{workflow_id}/enable       actions write
PUT    /actions/workflows/{workflow_id}/disable      actions write
GET    /actions/workflows/{workflow_id}/runs         actions read
GET    /actions/permissions                          administration read
PUT    /actions/permissions                          administration write
GET    /actions/permissions/workflow                 administration read
PUT    /actions/permissions/workflow                 administration write
GET    /actions/variables                            variables read
POST   /actions/variables                            variables write
GET    /actions/variables/{name}                     variables read
PATCH  /actions/variables/{name}                     variables write
DELETE /actions/variables/{name}                     variables write
GET    /environments                                 actions read
GET    /deployments                                  deployments read
POST   /deployments                                  deployments write
GET    /deployments/{deployment_id}                  deployments read
GET    /deployments/{deployment_id}/statuses         deployments read
POST   /deployments/{deployment_id}/statuses         deployments write
GET    /rulesets                                     metadata read
POST   /rulesets                                     administration write
GET    /rulesets/{ruleset_id}                        metadata read
PUT    /rulesets/{ruleset_id}                        administration write
DELETE /rulesets/{ruleset_id}                        administration write
GET    /rules/branches/{branch}                      metadata read
"""


def _table() -> dict[tuple[str, str], Needs]:
    found = {}
    for line in _TABLE.strip().splitlines():
        method, path, needs = line.split(maxsplit=2)
        found[method, (_REPO + path).removesuffix("/")] = _needs(needs)
    return found


#: Calls below no repository: any token may make them; what is for people only, the handler refuses to others.
OUTSIDE = (
    ("GET", "/user"),
    ("POST", "/user/repos"),
    ("GET", "/users/{username}"),
    ("GET", "/rate_limit"),
)
#: Calls that an App makes with its own signature and not with a token.
SIGNED = (
    ("GET", "/app"),
    ("GET", "/repos/{owner}/{repo}/installation"),
    ("POST", "/app/installations/{installation_id}/access_tokens"),
)
TABLE = _table()


def visible(world: World, token: Token, full_name: str) -> Repository:
    """The repository ``full_name`` if ``token`` may know of it; 404 otherwise."""
    repository = world.repository(full_name)
    if repository is None:
        raise missing()
    if token.kind == "user":
        seen = world.role(token.login, repository) != "none"
    else:
        seen = token.scope == full_name or not repository.private
    if not seen:
        raise missing()
    return repository


def check(world: World, token: Token, repository: Repository, needs: Needs) -> None:
    """Refuses a token that may not do this: 403 as GitHub words it, 404 where a person must not know of it."""
    if token.kind == "user":
        role = ROLES.index(world.role(token.login, repository))
        wanted = "admin" if "administration" in needs.scopes else "write" if needs.level == "write" else "read"
        if role < ROLES.index("read" if needs.anybody else wanted):
            raise missing() if needs.level == "write" else forbidden()
        return
    if token.scope != repository.full_name:
        # another repository: what is public may be read, as anybody may; nothing may be changed
        if needs.level == "read" and not repository.private and "administration" not in needs.scopes:
            return
        raise forbidden()
    if not any(covers(token, scope, needs.level) for scope in needs.scopes):
        raise forbidden()
