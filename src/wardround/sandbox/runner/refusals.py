"""What the sandbox cannot run is refused by name before the run: ignoring it would show green where GitHub does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wardround.errors import Problem
from wardround.sandbox.runner import stand_ins
from wardround.sandbox.runner.workflows import Workflow

_TOKEN = re.compile(r"github\s*(?:\.\s*token|\[\s*'token'\s*\])|secrets\s*(?:\.|\[)", re.IGNORECASE)
#: `secrets` as a whole, or by a computed name: it would hold every job's token.
_ALL_SECRETS = re.compile(r"\bsecrets\b(?!\s*\.\s*[A-Za-z_]|\s*\[\s*'[^']*'\s*\])", re.IGNORECASE)
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_RUNNERS = re.compile(r"(windows|macos)", re.IGNORECASE)


def find(workflow: Workflow, read: Callable[[str], str | None]) -> tuple[Problem, ...]:
    """Everything in ``workflow`` that cannot be run here; ``read`` gives a file of the commit that is run, or None."""
    return tuple(problem for name, job in workflow.jobs.items() for problem in _job(workflow, name, job, read))


def _job(workflow: Workflow, name: str, job: Mapping[str, Any], read: Callable[[str], str | None]) -> Iterator[Problem]:
    where = f"{workflow.path}:jobs.{name}"
    if "uses" in job:
        yield _refused("a reusable workflow", f"{where}.uses", str(job["uses"]), "write its jobs into this workflow")
    for key in ("services", "container"):
        if job.get(key):
            found = ", ".join(job[key]) if isinstance(job[key], dict) else str(job[key])
            yield _refused(
                f"`{key}:` of a job", f"{where}.{key}", found, "there is no container engine: start it in a step"
            )
    if _RUNNERS.search(str(job.get("runs-on", ""))):
        yield _refused("a runner of another system", f"{where}.runs-on", str(job["runs-on"]), "use a Linux runner")
    for place, step in enumerate(job.get("steps") or ()):
        if isinstance(step, dict):
            yield from _step(f"{where}.steps[{place}]", step, read, depth=0)
    for expression in _expressions(job):
        if _ALL_SECRETS.search(expression):
            yield _refused("`secrets` as a whole", where, expression.strip(), "name the secret")


def _step(where: str, step: Mapping[str, Any], read: Callable[[str], str | None], depth: int) -> Iterator[Problem]:
    uses = str(step.get("uses", ""))
    if not uses:
        return
    if uses.startswith("docker://"):
        yield _refused("a container action", f"{where}.uses", uses, "there is no container engine")
    elif uses.startswith("./"):
        yield from _local(where, uses, read, depth)
    elif stand_ins.find(uses) is None:
        known = ", ".join(f"{entry.action}@{entry.sha} ({entry.version})" for entry in stand_ins.listed())
        yield Problem(
            f"the action {uses} has no stand-in in the sandbox",
            where=f"{where}.uses",
            wanted=known,
            found=uses,
            next="use one of these pins, or add a stand-in to sandbox/actions/stand_ins.json",
        )


def _local(where: str, uses: str, read: Callable[[str], str | None], depth: int) -> Iterator[Problem]:
    """An action of the repository itself runs if it is composite and its own steps can run."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    folder = uses.removeprefix("./").strip("/")
    text = read(f"{folder}/action.yml") or read(f"{folder}/action.yaml")
    if text is None or depth > 5:
        yield _refused("a local action that is not there", f"{where}.uses", uses, "commit its action.yml")
        return
    try:
        document = YAML(typ="safe", pure=True).load(text)
        runs = document["runs"]
        steps = runs["steps"] if runs["using"] == "composite" else None
    except (YAMLError, KeyError, TypeError, ValueError):
        steps = None
    if not isinstance(steps, list):
        yield _refused("a local action that is not composite", f"{where}.uses", uses, "write it as composite")
        return
    if _TOKEN.search(text):
        yield _refused(
            "a local action that takes the token by itself", f"{where}.uses", uses, "give it the token as input"
        )
    for place, step in enumerate(steps):
        if isinstance(step, dict):
            yield from _step(f"{folder}/action.yml:runs.steps[{place}]", step, read, depth + 1)


def _expressions(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from _EXPRESSION.findall(value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _expressions(item)
    elif isinstance(value, list):
        for item in value:
            yield from _expressions(item)


def _refused(what: str, where: str, found: str, hint: str) -> Problem:
    return Problem(f"{what} does not run in the sandbox", where=where, found=found, next=hint)
