"""GitHub behind the protocol: all parts on one connection."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from wardround.forge import cml
from wardround.forge.calls import Calls, Count
from wardround.forge.github_comments import CommentsPart
from wardround.forge.github_commits import CommitsPart
from wardround.forge.github_deployments import DeploymentsPart
from wardround.forge.github_issues import IssuesPart
from wardround.forge.github_pulls import PullsPart
from wardround.forge.github_runs import RunsPart
from wardround.forge.github_statuses import StatusesPart
from wardround.forge.github_tags import TagsPart
from wardround.forge.identity import AppIdentity, Credentials, Identity, TokenIdentity


class GitHub(PullsPart, IssuesPart, CommentsPart, CommitsPart, StatusesPart, TagsPart, DeploymentsPart, RunsPart):
    """One repository of GitHub.com, GitHub Enterprise or whatever speaks the same API.

    Nothing is sent before the first question. Not for several threads at once.
    """

    def __init__(self, credentials: Credentials) -> None:
        count = Count()
        identity: Identity = AppIdentity(credentials, count) if credentials.app_id else TokenIdentity(credentials)
        calls = Calls(identity.connection, credentials.limits, count)
        super().__init__(calls, credentials.repository, lambda: identity.login(calls))
        self._credentials = credentials
        self._identity = identity

    def close(self) -> None:
        """Closes the connections. The next question opens one again."""
        self._identity.close()

    def poster(self, number: int) -> Callable[[str], bool] | None:
        """CML as what creates a comment on a pull request, or None where it is not installed or cannot reach the forge."""
        server = self._credentials.server_url or "https://github.com"
        program = cml.installed()
        if program is None or urlsplit(server).scheme != "https":
            return None

        def post(body: str) -> bool:
            target = cml.Target(server, self.repository, number, self._identity.token())
            return cml.post(program, target, body)

        return post
