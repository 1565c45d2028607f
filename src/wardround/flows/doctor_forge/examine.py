"""All checks of a repository on the forge, in the order in which a person would mend it. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.errors import WardroundError
from wardround.flows.doctor import Check
from wardround.flows.doctor_forge.files import files, owners
from wardround.flows.doctor_forge.question import ForgeRequest, Place, seen
from wardround.flows.doctor_forge.records import record_rules
from wardround.flows.doctor_forge.rules import branch_rules, tag_rules
from wardround.flows.doctor_forge.runs import published, schedule, settings, workflows
from wardround.project.params import Params, parse
from wardround.project.scope import projects_of


def examine_forge(request: ForgeRequest) -> tuple[Check, ...]:
    """Asks the forge. Raises a forge's error only when the repository itself cannot be asked for."""
    facts = request.forge.repository_facts()
    state = "missing" if facts.archived else "ok"
    said = f"{facts.full_name}, {'private' if facts.private else 'public'}{', archived' if facts.archived else ''}"
    checks = [Check("repository", state, said, "unarchive it in its settings" if facts.archived else "")]
    try:
        tip = request.forge.branch(facts.default_branch)
    except WardroundError as error:
        return (*checks, Check("default branch", "unseen", error.problems[0].what, "grant the token contents: read"))
    if tip is None:
        fix = f"git push origin {facts.default_branch}"
        return (*checks, Check("default branch", "missing", f"{facts.default_branch} is not there", fix))
    checks.append(Check("default branch", "ok", f"{facts.default_branch} is {tip[:10]}"))
    found, projects = _projects(request, tip)
    place = Place(request, facts, tip, projects)
    for name, step in (
        ("ruleset", branch_rules),
        ("tag ruleset", tag_rules),
        ("records", record_rules),
        ("workflows", workflows),
        ("files", files),
        ("CODEOWNERS", owners),
        ("published", published),
        ("schedule", schedule),
        ("settings", settings),
    ):
        found += list(seen(name, lambda step=step: step(place)))  # type: ignore[misc]  # the default binds the loop's value
    return (*checks, *found)


def _projects(request: ForgeRequest, tip: str) -> tuple[list[Check], tuple[Params, ...]]:
    """The checkout's projects as the default branch has them, the root first."""
    from wardround.revision.git import Git

    checks: list[Check] = []
    known: list[Params] = []
    for project in projects_of(Git(request.root).tracked()):
        path = "params.yaml" if project == "." else f"{project}/params.yaml"
        checks += seen(f"params of {project}", lambda path=path: _params(request, tip, path, known))  # type: ignore[misc]  # as above
    if not known and not checks:
        checks.append(Check("projects", "missing", "none in this checkout", "wardround init NAME"))
    return checks, tuple(known)


def _params(request: ForgeRequest, tip: str, path: str, known: list[Params]) -> Iterator[Check]:
    content = request.forge.read_file(path, tip)
    if content is None:
        yield Check(path, "advice", "not on the default branch yet", "merge the pull request that adds it")
        return
    try:
        known.append(parse(content.decode("utf-8", "replace"), path))
    except WardroundError as error:
        yield Check(path, "missing", f"on the default branch: {error.problems[0].what}", error.problems[0].next)
