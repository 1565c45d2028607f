"""Issues, and the one that a fault of the data has.

An issue is ours when it holds our marker *and* our own author wrote it: anybody can copy a marker.
"""

from __future__ import annotations

from wardround.forge import reading
from wardround.forge.base import Part
from wardround.forge.calls import understood
from wardround.forge.values import Issue, IssueSpec


class IssuesPart(Part):
    """Finding, opening and updating issues."""

    def issues(self, label: str, state: str = "open") -> tuple[Issue, ...]:
        """Issues and pull requests with that label, oldest first. ``state``: ``open``, ``closed`` or ``all``."""
        with understood("issues"):
            found = [reading.issue(raw) for raw in self._calls.pages(f"{self._root}/issues", labels=label, state=state)]
        # the forge leaves a filter out that it does not understand
        return tuple(sorted((item for item in found if label in item.labels), key=lambda item: item.number))

    def open_or_update_issue(self, spec: IssueSpec) -> Issue:
        """The one open issue of ours with that marker, with that title, body and (at least) those labels."""
        issue = self._own_issue(spec)
        if issue is None:
            issue = self._create_issue(spec)
        if (issue.title, issue.body) != (spec.title, spec.body):
            raw = self._calls.change(
                "PATCH", f"{self._root}/issues/{issue.number:d}", {"title": spec.title, "body": spec.body}
            )
            with understood("the updated issue"):
                issue = reading.issue(raw)
        if missing := [label for label in spec.labels if label not in issue.labels]:
            self._calls.change("POST", f"{self._root}/issues/{issue.number:d}/labels", {"labels": missing})
            issue = Issue(**{**vars(issue), "labels": (*issue.labels, *missing)})
        return issue

    def _own_issue(self, spec: IssueSpec) -> Issue | None:
        author = self.author().casefold()
        found = (
            item
            for item in self.issues(spec.labels[0])
            if not item.is_pull and spec.marker in item.body and item.author.casefold() == author
        )
        return next(found, None)

    def _create_issue(self, spec: IssueSpec) -> Issue:
        body = {"title": spec.title, "body": spec.body, "labels": list(spec.labels)}
        raw = self._calls.change("POST", f"{self._root}/issues", body, look=lambda: self._own_issue(spec))
        if isinstance(raw, Issue):
            return raw
        with understood("the new issue"):
            return reading.issue(raw)
