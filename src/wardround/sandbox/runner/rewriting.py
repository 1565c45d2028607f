"""The copy of a workflow that act gets: each job has a token of its own, and actions their default token.

act knows one GITHUB_TOKEN per invocation, and enforces no permission. So each job's `github.token` and
`secrets.GITHUB_TOKEN` become a secret with a name that the workflow cannot guess, and the forge enforces the rest.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from wardround.sandbox.runner import stand_ins
from wardround.sandbox.runner.workflows import Workflow

#: The label that every job runs on, mapped to this machine.
LABEL = "wardround-sandbox"
#: The id of the step that tells a job's outputs, and the prefix of ids given to steps that have none.
OUTPUTS = "wardround-outputs"
_SEGMENT = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"\bgithub\s*(?:\.\s*token\b|\[\s*'token'\s*\])|\bsecrets\s*(?:\.\s*GITHUB_TOKEN\b|\[\s*'GITHUB_TOKEN'\s*\])",
    re.IGNORECASE,
)
#: What a job has no use for here: enforced by the sandbox itself, or unknown to act.
_DROPPED = ("permissions", "concurrency", "environment", "timeout-minutes")


@dataclass(frozen=True)
class Rewritten:
    """A copy for act.

    ``tokens`` names each job's secret; ``apps`` the secrets for tokens of the App, with the permissions that they ask
    for; ``actions`` are the stand-ins used.
    """

    document: Mapping[str, Any]
    tokens: Mapping[str, str]
    apps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    actions: tuple[stand_ins.StandIn, ...] = ()


def rewrite(workflow: Workflow) -> Rewritten:
    """The copy of ``workflow``, which is left as it is."""
    document = {key: deepcopy(value) for key, value in workflow.document.items() if key in ("name", "on", "defaults")}
    shared = workflow.document.get("env") or {}
    tokens: dict[str, str] = {}
    apps: dict[str, Mapping[str, str]] = {}
    used: dict[str, stand_ins.StandIn] = {}
    jobs = {}
    for name, given in workflow.jobs.items():
        secret = tokens[name] = f"SANDBOX_{secrets.token_hex(12).upper()}"
        job = {key: deepcopy(value) for key, value in given.items() if key not in _DROPPED}
        own = job.get("env") or {}
        job["env"] = {**deepcopy(shared), **own} if isinstance(own, dict) else own
        job = _with_token(job, secret)
        job["runs-on"] = LABEL
        job["env"]["WARDROUND_SANDBOX_LEG"] = "${{ toJSON(matrix) }}"
        job["steps"] = _steps(job.get("steps") or [], secret, apps, used)
        if job.get("outputs"):
            job["steps"].append(_telling(job["outputs"]))
        jobs[name] = job
    document["jobs"] = jobs
    return Rewritten(document, tokens, apps, tuple(used.values()))


def _with_token(value: Any, secret: str) -> Any:
    if isinstance(value, str):
        return _SEGMENT.sub(lambda found: _TOKEN.sub(f"secrets.{secret}", found[0]), value)
    if isinstance(value, dict):
        return {key: _with_token(item, secret) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_token(item, secret) for item in value]
    return value


def _steps(
    steps: list[Any], secret: str, apps: dict[str, Mapping[str, str]], used: dict[str, stand_ins.StandIn]
) -> list[Any]:
    made: list[Any] = []
    after: list[Any] = []
    for place, step in enumerate(steps):
        entry = stand_ins.find(str(step.get("uses", ""))) if isinstance(step, dict) else None
        if entry is None:
            made.append(step)
            continue
        used[entry.action] = entry
        given = dict(step.get("with") or {})
        if entry.token:
            given.setdefault(entry.token, f"${{{{ secrets.{secret} }}}}")
        changed = {**step, "with": _as_app(given, apps) if entry.app else given}
        if entry.post and str(step["uses"]).startswith(f"{entry.action}@"):
            changed = {"id": f"wardround-step-{place}", **changed}
            after.insert(0, _post(changed, entry))
        made.append(changed)
    return made + after


def _as_app(given: Mapping[str, Any], apps: dict[str, Mapping[str, str]]) -> dict[str, Any]:
    """The inputs of a step that becomes the App: a token with the permissions that it asks for."""
    name = f"SANDBOX_APP_{secrets.token_hex(12).upper()}"
    wanted = {key: str(access) for key, access in given.items() if key.startswith("permission-")}
    apps[name] = {key.removeprefix("permission-"): access for key, access in wanted.items()}
    return {
        **{key: value for key, value in given.items() if key not in wanted},
        "sandbox-token": f"${{{{ secrets.{name} }}}}",
        "sandbox-slug": "${{ vars.WARDROUND_APP_SLUG || 'wardround' }}",
    }


def _post(step: Mapping[str, Any], entry: stand_ins.StandIn) -> dict[str, Any]:
    """What the action does at the end of a job that went well."""
    return {
        "name": f"Post {step.get('name') or 'Run ' + str(step['uses'])}",
        "if": f"success() && steps.{step['id']}.conclusion == 'success' && steps.{step['id']}.outputs.cache-hit != 'true'",
        "uses": f"{entry.action}/{entry.post}@{entry.sha}",
        "with": step["with"],
    }


def _telling(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """A last step that makes the job's outputs its own: act tells of a step's outputs, not of a job's."""
    end = secrets.token_hex(8)
    env, lines = {}, []
    for place, (name, value) in enumerate(outputs.items()):
        env[f"SANDBOX_OUTPUT_{place}"] = value
        env[f"SANDBOX_NAME_{place}"] = str(name)
        lines.append(
            f'printf \'%s<<{end}\\n%s\\n{end}\\n\' "$SANDBOX_NAME_{place}" "$SANDBOX_OUTPUT_{place}" >> "$GITHUB_OUTPUT"'
        )
    return {"name": OUTPUTS, "id": OUTPUTS, "if": "always()", "shell": "sh", "env": env, "run": "\n".join(lines)}
