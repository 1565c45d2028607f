"""Pull requests and labels."""

from __future__ import annotations

from wardround.forge import reading
from wardround.forge.base import Part, quoted, same_repository
from wardround.forge.calls import understood
from wardround.forge.errors import CouldNotCheck, NotThere, Refused
from wardround.forge.values import ChangedFile, PullRequest, PullSpec, Review

#: GitHub names at most so many files of a pull request.
_FILES = 3000


class PullsPart(Part):
    """Finding, opening and updating pull requests."""

    def pull(self, number: int) -> PullRequest | None:
        """A pull request, or None."""
        raw = self._calls.read_or_none(f"{self._root}/pulls/{number:d}")
        with understood(f"pull request {number}"):
            return None if raw is None else reading.pull(raw)

    def pulls_of_branch(self, head_repository: str, branch: str, state: str = "open") -> tuple[PullRequest, ...]:
        """Pull requests from that branch of exactly that repository."""
        owner = head_repository.split("/", maxsplit=1)[0]
        with self._repository_there(), understood("pull requests"):
            found = [
                reading.pull(raw)
                for raw in self._calls.pages(f"{self._root}/pulls", state=state, head=f"{owner}:{branch}")
            ]
        # GitHub leaves the filter out when it does not understand it; an owner may have two forks
        return tuple(
            pull
            for pull in found
            if pull.head_branch == branch and same_repository(pull.head_repository, head_repository)
        )

    def pulls_of_commit(self, sha: str) -> tuple[PullRequest, ...]:
        """Pull requests, open and closed, that hold a commit; a commit that is not there has none."""
        try:
            with understood("pull requests of a commit"):
                return tuple(
                    reading.pull(raw) for raw in self._calls.pages(f"{self._root}/commits/{quoted(sha)}/pulls")
                )
        except Refused:  # 404, or 422 "No commit found for SHA"
            return ()

    def files_of_pull(self, number: int) -> tuple[ChangedFile, ...]:
        """All files that a pull request changes; an incomplete list is no list."""
        with understood("files of a pull request"):
            found = tuple(reading.file(raw) for raw in self._calls.pages(f"{self._root}/pulls/{number:d}/files"))
        if len(found) >= _FILES:
            raise CouldNotCheck(
                "the forge does not name all files of this pull request",
                where=f"pull request {number}",
                wanted=f"fewer than {_FILES} changed files",
                next="split it into smaller ones",
            )
        return found

    def reviews(self, number: int) -> tuple[Review, ...]:
        """The reviews of a pull request that were submitted, oldest first."""
        with understood("reviews of a pull request"):
            found = [reading.review(raw) for raw in self._calls.pages(f"{self._root}/pulls/{number:d}/reviews")]
        return tuple(sorted((one for one in found if one.state != "PENDING"), key=lambda one: one.id))

    def authors_of_pull(self, number: int) -> tuple[str, ...]:
        """Logins of those who opened a pull request or wrote a commit of it, sorted."""
        pull = self.pull(number)
        if pull is None:
            raise NotThere("the pull request is not there", where=f"pull request {number}")
        with understood("commits of a pull request"):
            wrote = [
                raw["author"]["login"]
                for raw in self._calls.pages(f"{self._root}/pulls/{number:d}/commits")
                if raw.get("author")
            ]
        return tuple(sorted({name for name in (pull.author, *wrote) if name}))

    def open_or_update_pull(self, spec: PullSpec) -> PullRequest:
        """The one open pull request of that branch, with that title, body and (at least) those labels."""
        pull = self._open_pull(spec)
        if pull is None:
            pull = self._create_pull(spec)
        if (pull.title, pull.body) != (spec.title, spec.body):
            raw = self._calls.change(
                "PATCH", f"{self._root}/pulls/{pull.number}", {"title": spec.title, "body": spec.body}
            )
            with understood("the updated pull request"):
                pull = reading.pull(raw)
        if missing := [label for label in spec.labels if label not in pull.labels]:
            self._calls.change("POST", f"{self._root}/issues/{pull.number}/labels", {"labels": missing})
            pull = self._with_labels(pull, missing)
        return pull

    @staticmethod
    def _with_labels(pull: PullRequest, labels: list[str]) -> PullRequest:
        return PullRequest(**{**vars(pull), "labels": (*pull.labels, *labels)})

    def _open_pull(self, spec: PullSpec) -> PullRequest | None:
        found = [p for p in self.pulls_of_branch(self.repository, spec.branch) if p.base_branch == spec.base]
        return min(found, key=lambda pull: pull.number) if found else None

    def _create_pull(self, spec: PullSpec) -> PullRequest:
        body = {"title": spec.title, "body": spec.body, "head": spec.branch, "base": spec.base, "draft": spec.draft}
        try:
            raw = self._calls.change("POST", f"{self._root}/pulls", body, look=lambda: self._open_pull(spec))
        except Refused:
            if (pull := self._open_pull(spec)) is not None:  # somebody was faster
                return pull
            raise
        if isinstance(raw, PullRequest):
            return raw
        with understood("the new pull request"):
            return reading.pull(raw)

    def ensure_label(self, name: str, color: str = "ededed", description: str = "") -> None:
        """Makes a label, unless there is one of that name."""
        if self._label(name):
            return
        body = {"name": name, "color": color, "description": description}
        try:
            self._calls.change("POST", f"{self._root}/labels", body, look=lambda: self._label(name) or None)
        except NotThere:
            raise
        except Refused:
            if not self._label(name):
                raise

    def _label(self, name: str) -> bool:
        return self._calls.read_or_none(f"{self._root}/labels/{quoted(name)}") is not None
