"""Deployments and their statuses."""

from __future__ import annotations

from wardround.forge import reading
from wardround.forge.base import Part
from wardround.forge.calls import understood
from wardround.forge.released import Deployment, DeploymentSpec, DeploymentStatus

#: GitHub refuses longer descriptions.
_DESCRIPTION = 140


class DeploymentsPart(Part):
    """Making deployments that are made once."""

    def create_deployment(self, spec: DeploymentSpec) -> Deployment:
        """The deployment with that reference, task, environment and payload."""
        if (there := self._deployment(spec)) is not None:
            return there
        body = {
            "ref": spec.ref,
            "task": spec.task,
            "environment": spec.environment,
            "payload": dict(spec.payload),
            "description": spec.description[:_DESCRIPTION],
            # the gate has decided; a deployment records, and must not merge or wait
            "auto_merge": False,
            "required_contexts": [],
        }
        raw = self._calls.change("POST", f"{self._root}/deployments", body, look=lambda: self._deployment(spec))
        if isinstance(raw, Deployment):
            return raw
        with understood("the new deployment"):
            return reading.deployment(raw)

    def _deployment(self, spec: DeploymentSpec) -> Deployment | None:
        query = {"ref": spec.ref, "task": spec.task, "environment": spec.environment}
        wanted = (spec.ref, spec.task, spec.environment, dict(spec.payload))
        with self._repository_there(), understood("deployments"):
            for raw in self._calls.pages(f"{self._root}/deployments", **query):
                found = reading.deployment(raw)
                if (found.ref, found.task, found.environment, dict(found.payload)) == wanted:
                    return found
        return None

    def set_deployment_status(self, deployment: int, status: DeploymentStatus) -> None:
        """Adds a status unless the latest is the same already."""
        status = DeploymentStatus(status.state, status.description[:_DESCRIPTION], status.url)
        if self._is_latest(deployment, status):
            return
        body = {"state": status.state, "description": status.description}
        if status.url:
            body["log_url"] = status.url
        self._calls.change(
            "POST",
            f"{self._root}/deployments/{deployment:d}/statuses",
            body,
            look=lambda: True if self._is_latest(deployment, status) else None,
        )

    def _is_latest(self, deployment: int, status: DeploymentStatus) -> bool:
        with understood("deployment statuses"):
            for raw in self._calls.pages(f"{self._root}/deployments/{deployment:d}/statuses"):  # newest first
                found = (str(raw["state"]), str(raw.get("description") or ""), str(raw.get("log_url") or ""))
                return found == (status.state, status.description, status.url)
        return False
