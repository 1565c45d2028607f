"""Workflow runs, their artifacts, and the settings that `wardround doctor --forge` looks at."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from wardround.forge import reading
from wardround.forge.base import Part, quoted
from wardround.forge.calls import understood
from wardround.forge.download import download
from wardround.forge.errors import CouldNotCheck, NotThere, Refused
from wardround.forge.settings import RepositoryFacts, Ruleset, Workflow
from wardround.forge.values import Artifact, Run


class RunsPart(Part):
    """Reading what GitHub Actions did, and how the repository is set up."""

    def run(self, run: int) -> Run | None:
        """A workflow run (its latest attempt), or None."""
        raw = self._calls.read_or_none(f"{self._root}/actions/runs/{run:d}")
        with understood("the run"):
            return None if raw is None else reading.run(raw)

    def runs_of_workflow(self, file: str, event: str = "", limit: int = 1, head: str = "") -> tuple[Run, ...]:
        """The newest runs of a workflow file (``review.yml``), of one kind of event and for one head commit where they are named."""
        path = f"{self._root}/actions/workflows/{quoted(file)}/runs"
        only = {key: value for key, value in (("event", event), ("head_sha", head)) if value}
        found = self._calls.pages(path, key="workflow_runs", **only)
        try:
            with understood("runs of a workflow"):
                return tuple(reading.run(raw) for raw in islice(found, limit))
        except NotThere:  # the forge does not know the workflow
            return ()

    def artifacts(self, run: int, name: str = "") -> tuple[Artifact, ...]:
        """What a run uploaded, of that name where one is given."""
        path = f"{self._root}/actions/runs/{run:d}/artifacts"
        with understood("artifacts"):
            raw = self._calls.pages(path, key="artifacts", **({"name": name} if name else {}))
            found = tuple(map(reading.artifact, raw))
        return tuple(artifact for artifact in found if name in {"", artifact.name})

    def download_artifact(self, artifact: int, into: Path, limit: int) -> Path:
        """Stores an artifact as a zip file below ``into``; :class:`Refused` above ``limit`` bytes or when it is gone."""
        path = f"{self._root}/actions/artifacts/{artifact:d}/zip"
        return download(self._calls, path, into / f"artifact-{artifact:d}.zip", limit)

    def repository_facts(self) -> RepositoryFacts:
        """The repository's settings."""
        with self._repository_there():
            raw = self._calls.read(self._root)
        actions = self._if_allowed(f"{self._root}/actions/permissions/workflow")
        with understood("the repository"):
            return RepositoryFacts(
                full_name=str(raw["full_name"]),
                default_branch=str(raw["default_branch"]),
                private=bool(raw["private"]),
                fork=bool(raw["fork"]),
                archived=bool(raw.get("archived")),
                actions_may_open_pulls=None if actions is None else bool(actions["can_approve_pull_request_reviews"]),
                workflow_permissions=None if actions is None else str(actions["default_workflow_permissions"]),
            )

    def _if_allowed(self, path: str) -> Any:
        """What only an administrator's token may see, or None."""
        try:
            return self._calls.read_or_none(path)
        except (CouldNotCheck, Refused) as error:
            if "403" in error.problems[0].found:
                return None
            raise

    def rulesets(self) -> tuple[Ruleset, ...]:
        """The rulesets that hold for the repository, with their rules."""
        with self._repository_there(), understood("rulesets"):
            numbers = [int(raw["id"]) for raw in self._calls.pages(f"{self._root}/rulesets", includes_parents=True)]
            return tuple(reading.ruleset(self._calls.read(f"{self._root}/rulesets/{number}")) for number in numbers)

    def workflow(self, file: str) -> Workflow | None:
        """A workflow by its file name, or None."""
        raw = self._calls.read_or_none(f"{self._root}/actions/workflows/{quoted(file)}")
        with understood("the workflow"):
            return None if raw is None else reading.workflow(raw)
